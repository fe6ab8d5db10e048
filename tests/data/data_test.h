/* What the tests of the data room share. */
#ifndef FT_TESTS_DATA_TEST_H
#define FT_TESTS_DATA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/read.h"
#include "data/table.h"
#include "shared.h"
#include "util/fs.h"
#include "util/mem.h"

static inline void assert_text(struct ft_text s, const char *want)
{
    size_t n = strlen(want);
    if (!s.data || s.n != n || memcmp(s.data, want, n) != 0)
        fail_msg("got \"%.*s\", expected \"%s\"", s.data ? (int)s.n : 0, s.data ? s.data : "",
                 want);
}

#define assert_ok(st, e)                                                                           \
    do {                                                                                           \
        if (st) fail_msg("%s", (e).msg);                                                           \
    } while (0)

#endif
