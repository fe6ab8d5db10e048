/* The options of `fettle ui`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/screens/ui_options.h"

#include <string.h>

static enum ft_status parse(struct ft_ui_options *o, struct ft_err *err, int argc, ...)
{
    char *argv[10] = {"fettle"};
    va_list ap;
    va_start(ap, argc);
    for (int i = 1; i <= argc; i++)
        argv[i] = va_arg(ap, char *);
    va_end(ap);
    return ft_ui_options_parse(o, argc + 1, argv, err);
}

static void test_options(void **state)
{
    (void)state;
    struct ft_ui_options o;
    struct ft_err err = {0};
    assert_int_equal(parse(&o, &err, 0), FT_OK);
    assert_int_equal(
        parse(&o, &err, 6, "ui", "--open", "a.csv", "--model=m", "--no_color", "--size=200x60"),
        FT_OK);
    assert_string_equal(o.open, "a.csv");
    assert_string_equal(o.model, "m");
    assert_true(o.app.no_color && !o.app.no_mouse && o.app.w == 200 && o.app.h == 60);
    assert_int_equal(parse(&o, &err, 7, "ui", "--data", "b.csv", "--learning-rate=3e-5",
                           "--max_seq_length", "64", "--group_by_length"),
                     FT_USAGE);
    assert_int_equal(parse(&o, &err, 7, "ui", "--data", "b.csv", "--learning-rate=3e-5",
                           "--max_seq_length", "64", "--line_by_line"),
                     FT_OK);
    assert_string_equal(o.open, "b.csv");
    assert_int_equal(o.set_n, 3);
    assert_int_equal(o.set[0].id, FT_OPT_learning_rate);
    assert_string_equal(o.set[0].value, "3e-5");
    assert_string_equal(o.set[1].value, "64");
    assert_string_equal(o.set[2].value, "true");
    static const struct {
        const char *arg, *says;
    } bad[] = {{"--thmee", "did you mean --theme?"}, {"--size=80", "80x24"},
               {"--size=80x24x", "80x24"},           {"--theme=pink", "contrast"},
               {"--open", "needs a value"},          {"file", "--open file"},
               {"--no-mouse=1", "takes no value"},   {"--learning_rate=-1", "learning_rate"},
               {"--max_seq_length", "needs a value"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(&o, &err, 2, "ui", bad[i].arg), FT_USAGE);
        if (!strstr(err.msg, bad[i].says)) fail_msg("%s: %s", bad[i].arg, err.msg);
    }
    struct ft_str help = {0};
    ft_ui_options_help(&help);
    assert_non_null(strstr(ft_str_text(&help), "--size WxH"));
    ft_str_release(&help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_options)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
