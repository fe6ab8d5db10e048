/* Examples with numbers as labels: what is left out and told, edits, duplicates, the split. */
#include "data_test.h"

#include "data/examples.h"
#include "data/problems.h"
#include "util/str.h"

#include <math.h>

static void read_csv(struct ft_table *t, const char *text)
{
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(t, "a.csv", text, strlen(text), NULL, &err), err);
}

static struct ft_examples_opt options_for(const struct ft_table *t)
{
    struct ft_examples_opt opt = {.tables = {t},
                                  .columns = {.text = 0, .pair = -1, .label = 1, .sure = true},
                                  .share = {1, 0, 0},
                                  .numbers = true};
    return opt;
}

static void what_is_left_out(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_problems p;
    struct ft_err err = {0};
    read_csv(&t, "text,price\none,1.5\ntwo,NaN\nthree,\nfour,inf\nfive,cheap\nsix,2\nseven,1e2\n"
                 "eight,-3\nnine,\"4,25\"\n");
    struct ft_examples_opt opt = options_for(&t);
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_true(x.numbers);
    assert_int_equal(x.n, 5);
    assert_int_equal(x.labels.n, 1);
    assert_string_equal(x.labels.names[0], "price");
    assert_int_equal(x.counts[0][FT_PART_TRAIN], 5);
    const double want[] = {1.5, 2, 100, -3, 4.25};
    for (size_t i = 0; i < 5; i++)
        assert_true(x.items[i].label == 0 && x.items[i].value == want[i]);
    assert_int_equal(x.left_by[FT_LEFT_NO_LABEL], 2);
    assert_int_equal(x.left_by[FT_LEFT_NOT_NUMBER], 2);
    assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_NOT_NUMBER], 2);
    const struct ft_problem *told = &p.items[p.first[FT_PROBLEM_NOT_NUMBER]];
    assert_int_equal(told->row, 4);
    assert_string_equal(told[1].what, "label is not a finite number: cheap");
    assert_int_equal(told[1].row, 5);
    for (int k = 0; k < FT_PROBLEM_COUNT; k++) /* none of the problems of classes */
        if (k != FT_PROBLEM_NOT_NUMBER && k != FT_PROBLEM_NO_LABEL && p.count[k])
            fail_msg("%s", ft_problem_name((enum ft_problem_kind)k));
    ft_problems_release(&p);
    ft_examples_release(&x);

    opt.unlabelled = true; /* to predict: every row stays */
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_int_equal(x.n, 9);
    assert_true(x.items[4].label == -1 && isnan(x.items[4].value));
    ft_examples_release(&x);
    ft_table_release(&t);
}

static void another_column(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_err err = {0};
    read_csv(&t, "text,label\none,pos\ntwo,neg\nthree,3\nfour,pos\n");
    struct ft_examples_opt opt = options_for(&t);
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "\"label\" is not a column of numbers"));
    assert_non_null(strstr(err.msg, "row 1: pos; 1 of 4"));
    ft_table_release(&t);
    read_csv(&t, "text,label\none,\ntwo,\n");
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "no examples left"));
    ft_table_release(&t);
}

static void equal_texts(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_problems p;
    struct ft_err err = {0};
    read_csv(&t, "text,score\nsame,1\nsame,2.50\nsame,1.0\nother,3\n");
    struct ft_examples_opt opt = options_for(&t);
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_DUPLICATE], 1);
    assert_int_equal(p.count[FT_PROBLEM_CONFLICT], 1);
    assert_string_equal(p.items[p.first[FT_PROBLEM_CONFLICT]].what,
                        "same text as row 1, there \"1\", here \"2.5\"");
    ft_problems_release(&p);
    ft_examples_release(&x);
    opt.clean = FT_CLEAN_BIT(FT_CLEAN_DEDUP);
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_int_equal(x.n, 3); /* another number is another example */
    assert_int_equal(x.left_by[FT_LEFT_DUPLICATE], 1);
    ft_examples_release(&x);
    ft_table_release(&t);
    read_csv(&t, "text,score\na,2\nb,2.0\n");
    opt = options_for(&t);
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_ok(ft_problems_find(&p, &x, 0, NULL, &err), err);
    assert_string_equal(p.items[p.first[FT_PROBLEM_ONE_VALUE]].what,
                        "every row of the train split has the value 2");
    ft_problems_release(&p);
    ft_examples_release(&x);
    ft_table_release(&t);
}

/* 1,000 rows with values that are mostly small: a tenth of each range is validation, and an edit
 * moves no row to another part. */
static void ranges_are_split(void **state)
{
    (void)state;
    enum { N = 1000 };
    struct ft_str s = {0};
    struct ft_table t;
    struct ft_examples x, y;
    struct ft_err err = {0};
    ft_str_addz(&s, "text,score\n");
    for (int i = 0; i < N; i++)
        ft_str_addf(&s, "text %d,%.6f\n", i, pow(i * 7 % N / (double)N, 3) * 1000);
    read_csv(&t, ft_str_text(&s));
    struct ft_examples_opt opt = options_for(&t);
    memcpy(opt.share, (double[]){0.8, 0.1, 0.1}, sizeof opt.share);
    opt.seed = 5;
    assert_ok(ft_examples_build(&x, &opt, &err), err);
    assert_int_equal(x.part_n[FT_PART_VALIDATION], 100);
    assert_int_equal(x.part_n[FT_PART_TEST], 100);
    size_t large[FT_PART_COUNT] = {0};
    for (size_t i = 0; i < x.n; i++)
        large[x.items[i].part] += x.items[i].value > 0.729 * 1000; /* the largest tenth */
    assert_in_range(large[FT_PART_VALIDATION], 9, 11);
    assert_in_range(large[FT_PART_TEST], 9, 11);

    struct ft_edits e = {0};
    struct ft_text cell = ft_table_cell(&t, 10, 1);
    char *old = ft_xstrndup(cell.data, cell.n);
    ft_edits_set(&e, 11, ft_table_cell(&t, 10, 0), old, "1.250");
    opt.edits = &e;
    assert_ok(ft_examples_build(&y, &opt, &err), err);
    assert_true(y.items[10].edited && y.items[10].value == 1.25);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(x.items[i].part, y.items[i].part);
    ft_examples_release(&y);
    opt.limit[FT_PART_TRAIN] = 200; /* a sample of all ranges */
    assert_ok(ft_examples_build(&y, &opt, &err), err);
    assert_int_equal(y.n, 200);
    size_t small = 0;
    for (size_t i = 0; i < y.n; i++)
        small += y.items[i].value < 1;
    assert_in_range(small, 19, 21);
    ft_examples_release(&y);
    ft_examples_release(&x);
    ft_edits_release(&e);
    free(old);
    ft_table_release(&t);
    ft_str_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_left_out),
        cmocka_unit_test(another_column),
        cmocka_unit_test(equal_texts),
        cmocka_unit_test(ranges_are_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
