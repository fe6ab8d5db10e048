/* Starting the program again in the background: never from a program that is not fettle, since it would start
 * itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"
#include "util/background.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char *said; /* where the process in the background writes */

static void test_refused(void **state)
{
    (void)state;
    static const char *const words[] = {"background", NULL};
    struct ft_err err = {0};
    int64_t pid = 7;
    assert_int_equal(ft_background_start(words, said, &pid, &err), FT_UNSUPPORTED);
    assert_int_equal(pid, 0);
    assert_false(ft_path_exists(said));
}

/* This program's main answers the word: see below. */
static void test_started(void **state)
{
    (void)state;
    static const char *const words[] = {"background", "two words", NULL};
    struct ft_err err = {0};
    char *text = NULL;
    size_t n = 0;
    int64_t pid = 0;
    int status = 0;
    int left_open = open("/dev/null", O_RDONLY); /* not close-on-exec */
    assert_true(left_open > 2);
    ft_background_allow();
    assert_int_equal(ft_background_start(words, said, &pid, &err), FT_OK);
    assert_true(pid > 0);
    while (!ft_background_ended(pid, &status))
        usleep(1000);
    assert_int_equal(status, 3);
    assert_int_equal(ft_file_read(said, 4096, &text, &n, &err), FT_OK);
    assert_string_equal(text, "two words: own session, no terminal\n");
    assert_true(ft_background_ended(pid, &status)); /* no child any more */
    close(left_open);
    free(text);
}

static int in_background(const char *word)
{
    bool own = getsid(0) == getpid();
    int terminal = open("/dev/tty", O_RDONLY);
    printf("%s: %s session, %s terminal\n", word, own ? "own" : "another's",
           terminal < 0 ? "no" : "a");
    return 3;
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "background")) return in_background(argv[2]);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_started)};
    said = NULL;
    if (scratch_make(NULL)) return 1;
    said = in_scratch("said");
    int failed = cmocka_run_group_tests(tests, NULL, scratch_remove);
    free(said);
    return failed;
}
