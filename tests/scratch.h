/* A folder of a test program's own, made before its tests and removed with all in it behind them.
 * Include it after cmocka.h.
 *
 *     return cmocka_run_group_tests(tests, scratch_make, scratch_remove); */
#ifndef FT_TESTS_SCRATCH_H
#define FT_TESTS_SCRATCH_H

#include "util/fs.h"

#include <stdlib.h>

static char scratch[] = "/tmp/fettle-test-XXXXXX";

static inline int scratch_make(void **state)
{
    (void)state;
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
    (void)state;
    return ft_remove_tree(scratch, NULL) ? -1 : 0;
}

static inline char *in_scratch(const char *name) /* free() it */
{
    return ft_path_join(scratch, name);
}

#endif
