/* Numbers as people and programs write them, and which columns of them are no classes. */
#include "data_test.h"

#include "data/number.h"
#include "util/str.h"

#include <math.h>

static struct ft_text text_of(const char *s)
{
    return (struct ft_text){s, strlen(s)};
}

static void numbers_are_read(void **state)
{
    static const struct {
        const char *text;
        double point, comma; /* by the column's decimal mark */
    } cases[] = {
        {"3", 3, 3},
        {" -0.25 ", -0.25, -0.25},
        {"+2.", 2, 2},
        {".5", 0.5, 0.5},
        {"1e-3", 1e-3, 1e-3},
        {"1.5E+2", 150, 150},
        {"0,25", 0.25, 0.25},
        {"-3,5", -3.5, -3.5},
        {"1,5e2", 150, 150},
        {"1,000", 1000, 1},
        {"1.000", 1, 1000},
        {"0.125", 0.125, 0.125},
        {"0,125", 0.125, 0.125},
        {"1,234,567", 1234567, 1234567},
        {"1.234.567", 1234567, 1234567},
        {"1,234.5", 1234.5, 1234.5},
        {"1.234,5", 1234.5, 1234.5},
        {"-12,345.75", -12345.75, -12345.75},
        {"$10.50", 10.5, 10.5},
        {"10,50 \xE2\x82\xAC", 10.5, 10.5},
        {"\xC2\xA3 3", 3, 3},
        {"7.5%", 7.5, 7.5},
        {"3.4e38", 3.4e38, 3.4e38},
        {"0000", 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = NAN;
        if (ft_number_parse(text_of(cases[i].text), false, &x) != FT_NUMBER || x != cases[i].point)
            fail_msg("%s is %.17g", cases[i].text, x);
        x = NAN;
        if (ft_number_parse(text_of(cases[i].text), true, &x) != FT_NUMBER || x != cases[i].comma)
            fail_msg("%s with a decimal comma is %.17g", cases[i].text, x);
    }
}

static void what_is_no_number(void **state)
{
    static const struct {
        const char *text;
        enum ft_number_form form;
    } cases[] = {
        {"", FT_NUMBER_MISSING},
        {"  ", FT_NUMBER_MISSING},
        {"NaN", FT_NUMBER_MISSING},
        {"null", FT_NUMBER_MISSING},
        {"n/a", FT_NUMBER_MISSING},
        {"-", FT_NUMBER_MISSING},
        {"inf", FT_NUMBER_INFINITE},
        {"-Infinity", FT_NUMBER_INFINITE},
        {"1e39", FT_NUMBER_INFINITE},
        {"1e999", FT_NUMBER_INFINITE},
        {"good", FT_NUMBER_NOT},
        {"3 stars", FT_NUMBER_NOT},
        {"0x10", FT_NUMBER_NOT},
        {"1-2", FT_NUMBER_NOT},
        {"1..2", FT_NUMBER_NOT},
        {"1,2,3", FT_NUMBER_NOT},
        {"1,23,456", FT_NUMBER_NOT},
        {"12,34.5", FT_NUMBER_NOT},
        {"1,234.567.8", FT_NUMBER_NOT},
        {"%", FT_NUMBER_NOT},
        {"+", FT_NUMBER_NOT},
        {".", FT_NUMBER_NOT},
        {"e5", FT_NUMBER_NOT},
        {"2023-01-02", FT_NUMBER_NOT},
        {"1111111111111111111111111111111111111111111111111111111111111111", FT_NUMBER_NOT},
    };
    double x;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum ft_number_form form = ft_number_parse(text_of(cases[i].text), false, &x);
        if (form != cases[i].form)
            fail_msg("\"%s\" is of form %d, expected %d", cases[i].text, form, cases[i].form);
    }
    assert_int_equal(ft_number_parse((struct ft_text){NULL, 0}, false, &x), FT_NUMBER_MISSING);
    assert_int_equal(ft_number_parse((struct ft_text){"1\0002", 3}, false, &x), FT_NUMBER_NOT);
}

/* Facts of the first column of rows "NUMBER;TEXT". */
static struct ft_number_facts facts_of(const char *cells)
{
    struct ft_table t;
    struct ft_err err = {0};
    struct ft_number_facts f;
    char *csv = ft_xprintf("score;text\n%s", cells);
    assert_ok(ft_table_read_mem(&t, "a.csv", csv, strlen(csv), NULL, &err), err);
    ft_number_facts(&t, 0, 0, &f);
    ft_table_release(&t);
    free(csv);
    return f;
}

static void columns_of_numbers(void **state)
{
    (void)state;
    struct ft_number_facts f = facts_of("1.5;a\n2;b\nNaN;c\ninf;d\ngood;e\n2.0;f\n");
    assert_int_equal(f.n, 6);
    assert_int_equal(f.numbers, 3);
    assert_int_equal(f.missing, 1);
    assert_int_equal(f.infinite, 1);
    assert_int_equal(f.others, 1);
    assert_int_equal(f.fractions, 1);
    assert_int_equal(f.distinct, 2);
    assert_true(f.least == 1.5 && f.most == 2 && !f.comma);
    assert_true(fabs(f.mean - 5.5 / 3) < 1e-15);
    assert_false(ft_number_is_target(&f, "label")); /* one in five is no number */

    f = facts_of("0,5;a\n1,250;b\n2;c\n");
    assert_true(f.comma && f.most == 2 && ft_number_is_target(&f, "label"));
    f = facts_of("1,250;a\n2,500;b\n0.5;c\n");
    assert_true(!f.comma && f.most == 2500);

    f = facts_of("0;a\n1;b\n2;c\n1;d\n"); /* numbered classes */
    assert_false(ft_number_is_target(&f, "label"));
    f = facts_of("1.0;a\n2.0;b\n"); /* whole numbers of a data frame */
    assert_false(ft_number_is_target(&f, "label"));
    f = facts_of("0.5;a\n1;b\n"); /* a fraction is never a class */
    assert_true(ft_number_is_target(&f, "label"));

    struct ft_str s = {0};
    for (int i = 0; i < 200; i++)
        ft_str_addf(&s, "%d;t%d\n", i * 7 % 101, i);
    f = facts_of(ft_str_text(&s));
    assert_int_equal(f.distinct, 101);
    assert_true(ft_number_is_target(&f, "Score")); /* many whole numbers that are called amounts */
    assert_false(ft_number_is_target(&f, "intent"));
    ft_str_clear(&s);
    for (int i = 0; i < 200; i++)
        ft_str_addf(&s, "%d;t%d\n", i % 11, i);
    f = facts_of(ft_str_text(&s));
    assert_false(ft_number_is_target(&f, "score")); /* few */
    ft_str_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),
        cmocka_unit_test(what_is_no_number),
        cmocka_unit_test(columns_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
