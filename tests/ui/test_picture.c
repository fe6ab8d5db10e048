/* The tests' own comparison of screens: what it says of two texts, what it leaves behind, and that
 * FETTLE_UPDATE accepts. */
#include "picture.h"

#include "scratch.h"

static void diff_is(const char *old, const char *new, const char *want)
{
    struct ft_str s = {0};
    line_diff(&s, old, strlen(old), new, strlen(new));
    assert_string_equal(ft_str_text(&s), want);
    ft_str_release(&s);
}

static void test_lines(void **state)
{
    (void)state;
    diff_is("", "", "");
    diff_is("a\nb\n", "a\nb\n", "");
    diff_is("a\nb\nc\n", "a\nB\nc\n", "  old   2 | b\n  new   2 | B\n");
    diff_is("a\nb\nc\n", "a\nc\n", "  old   2 | b\n");
    diff_is("a\nc\n", "a\nb\nc\nd", "  new   2 | b\n  new   4 | d\n");
    diff_is("", "x\n", "  new   1 | x\n");
    diff_is("x\n\ny\n", "y\n\nx\n", "  old   1 | x\n  old   2 | \n  new   2 | \n  new   3 | x\n");
}

static void test_files(void **state)
{
    (void)state;
    char *path = in_scratch("frame.txt"), *now = in_scratch("frame.txt.new"), *text = NULL;
    size_t n = 0;
    struct ft_err err = {0};
    unsetenv("FETTLE_UPDATE");
    assert_int_equal(ft_file_write(path, "one\ntwo\n", 8, &err), FT_OK);
    assert_true(picture_is(path, "one\ntwo\n", 8));
    assert_false(ft_path_exists(now));
    assert_false(picture_is(path, "one\n2\n", 6));
    assert_int_equal(ft_file_read(now, 100, &text, &n, &err), FT_OK);
    assert_string_equal(text, "one\n2\n");
    free(text);
    assert_int_equal(ft_file_read(path, 100, &text, &n, &err), FT_OK);
    assert_string_equal(text, "one\ntwo\n"); /* the stored one is untouched */
    free(text);
    setenv("FETTLE_UPDATE", "1", 1);
    assert_true(picture_is(path, "one\n2\n", 6));
    unsetenv("FETTLE_UPDATE");
    assert_true(picture_is(path, "one\n2\n", 6));
    assert_false(ft_path_exists(now)); /* accepted: nothing is left over */
    unlink(path);
    assert_false(picture_is(path, "one\n", 4));
    free(path);
    free(now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_files)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
