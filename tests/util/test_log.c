/* The log's file: its size is limited, the older half is dropped at the beginning of a line, and
 * what is logged later goes on behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "util/fs.h"
#include "util/log.h"
#include "scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "(older messages were dropped)\n"

/* The numbers of the lines of a log, in order and without a gap: first and last. */
static void read_log(const char *path, size_t *bytes, long *first, long *last)
{
    char *text;
    struct ft_err err = {0};
    if (ft_file_read(path, (size_t)FT_LOG_FILE_MAX * 4, &text, bytes, &err))
        fail_msg("%s", err.msg);
    *first = *last = -1;
    const char *line = text, *end_of_text = text + *bytes;
    if (!strncmp(line, HEAD, sizeof HEAD - 1)) line += sizeof HEAD - 1;
    while (line < end_of_text) {
        char one[512];
        const char *end = memchr(line, '\n', (size_t)(end_of_text - line));
        assert_true(end && (size_t)(end - line) < sizeof one); /* whole lines only */
        memcpy(one, line, (size_t)(end - line));
        one[end - line] = 0;
        const char *mark = strstr(one, "note: message ");
        assert_non_null(mark);
        long number = strtol(mark + strlen("note: message "), NULL, 10);
        if (*first < 0)
            *first = number;
        else
            assert_int_equal(number, *last + 1);
        *last = number;
        line = end + 1;
    }
    free(text);
}

static void test_limit(void **state)
{
    (void)state;
    char *path = in_scratch("log.txt"), filler[301];
    size_t bytes, most = 0;
    long first, last;
    memset(filler, 'x', sizeof filler - 1);
    filler[sizeof filler - 1] = 0;
    assert_int_equal(ft_log_open(path, NULL), FT_OK);
    const long lines = 3 * FT_LOG_FILE_MAX / 300; /* three times the limit and more */
    for (long i = 0; i < lines; i++) {
        ft_log(FT_LOG_NOTE, "message %ld %s", i, filler);
        if (i % 100) continue;
        read_log(path, &bytes, &first, &last);
        assert_int_equal(last, i);
        assert_true(bytes <= FT_LOG_FILE_MAX);
        if (bytes > most) most = bytes;
    }
    assert_true(most > FT_LOG_FILE_MAX * 9L / 10); /* nothing is dropped before it must be */
    assert_true(first > 0);
    assert_true(bytes > FT_LOG_FILE_MAX * 2L / 5); /* and then a half of it stays */

    /* opened again, the bytes it has count */
    assert_int_equal(ft_log_open(NULL, NULL), FT_OK);
    assert_int_equal(ft_log_open(path, NULL), FT_OK);
    for (long i = 0; i < lines / 3; i++)
        ft_log(FT_LOG_NOTE, "message %ld %s", lines + i, filler);
    assert_int_equal(ft_log_open(NULL, NULL), FT_OK);
    read_log(path, &bytes, &first, &last);
    assert_true(bytes <= FT_LOG_FILE_MAX);
    assert_int_equal(last, lines + lines / 3 - 1);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limit)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
