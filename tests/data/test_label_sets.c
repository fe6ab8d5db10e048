/* Several labels per row: the labels of a cell, sets and their numbers, what a column looks like, and
 * examples made of lists, of cells with a delimiter and of columns of 0 and 1. */
#include "data_test.h"

#include "data/label_form.h"
#include "data/label_sets.h"
#include "data/problems.h"

static void read_text(struct ft_table *t, const char *name, const char *text)
{
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(t, name, text, strlen(text), NULL, &err), err);
}

static void check_list(const char *cell, const char *delimiter, const char *want)
{
    struct ft_arena arena = {0};
    struct ft_text *names;
    struct ft_str got = {0};
    size_t n = ft_label_list((struct ft_text){cell, strlen(cell)}, delimiter, &arena, &names);
    ft_label_list_json(names, n, &got);
    if (strcmp(ft_str_text(&got), want)) fail_msg("%s: %s, not %s", cell, ft_str_text(&got), want);
    ft_str_release(&got);
    ft_arena_release(&arena);
}

static void test_cells(void **state)
{
    (void)state;
    check_list("[\"a\", \"b\"]", NULL, "[\"a\",\"b\"]");
    check_list(" [3, 14] ", "", "[\"3\",\"14\"]");
    check_list("[\"a\", null, \"\", \" b \"]", NULL, "[\"a\",\"b\"]");
    check_list("[]", "|", "[]");
    check_list("['it\\'s', \"b, c\", d]", NULL, "[\"it's\",\"b, c\",\"d\"]");
    check_list("[a", "|", "[\"[a\"]");
    check_list("a|b||c |", "|", "[\"a\",\"b\",\"c\"]");
    check_list("a | b", NULL, "[\"a | b\"]");
    check_list("a, b, a", ", ", "[\"a\",\"b\",\"a\"]");
    check_list("", "|", "[]");
    check_list("[\"a|b\"]", "|", "[\"a|b\"]");
    check_list("[\"\\u00e9\\\"\"]", "", "[\"\xC3\xA9\\\"\"]");
    check_list("[1.5, true, {\"x\":1}]", "", "[\"1.5\",\"true\",\"{\\\"x\\\":1}\"]");
}

static void test_sets(void **state)
{
    (void)state;
    struct ft_label_sets s = {0};
    int32_t ab[] = {1, 0, 1}, c[] = {2}, ba[] = {0, 1}, to[] = {1, 0, -1}, set_to[3];
    size_t n;
    assert_int_equal(ft_label_sets_add(&s, ab, 3), 0);
    assert_int_equal(ft_label_sets_add(&s, c, 1), 1);
    assert_int_equal(ft_label_sets_add(&s, NULL, 0), 2);
    assert_int_equal(ft_label_sets_add(&s, ba, 2), 0);
    assert_int_equal(s.n, 3);
    const int32_t *ids = ft_label_sets_at(&s, 0, &n);
    assert_int_equal(n, 2);
    assert_int_equal(ids[0], 0);
    assert_true(ft_label_sets_has(&s, 1, 2) && !ft_label_sets_has(&s, 1, 0));
    assert_false(ft_label_sets_has(&s, 2, 0));
    /* the third label goes: its set is the empty one */
    ft_label_sets_map(&s, to, set_to);
    assert_int_equal(s.n, 2);
    assert_int_equal(set_to[0], 0);
    assert_int_equal(set_to[1], 1);
    assert_int_equal(set_to[2], 1);
    struct ft_str text = {0};
    char *names[] = {"x\"", "y"};
    ft_label_sets_json(&s, 0, names, &text);
    assert_string_equal(ft_str_text(&text), "[\"x\\\"\",\"y\"]");
    ft_str_clear(&text);
    ft_label_sets_text(&s, 1, names, &text);
    assert_string_equal(ft_str_text(&text), "none");
    ft_str_release(&text);
    ft_label_sets_release(&s);
}

/* What the label column of a table is, without any option. */
static void check_column(const char *csv, enum ft_problem_type type, const char *delimiter)
{
    struct ft_table t;
    struct ft_columns c;
    read_text(&t, "a.csv", csv);
    ft_columns_guess(&t, &c);
    if (ft_label_form_problem(&t, &c) != type) fail_msg("%s: another problem type", csv);
    if (type == FT_PROBLEM_TYPE_MULTI_LABEL) ft_label_form_settle(&t, &c);
    if (strcmp(c.delimiter, delimiter)) fail_msg("%s: delimiter %s", csv, c.delimiter);
    ft_table_release(&t);
}

static void test_inference(void **state)
{
    (void)state;
    const enum ft_problem_type one = FT_PROBLEM_TYPE_SINGLE_LABEL,
                               several = FT_PROBLEM_TYPE_MULTI_LABEL;
    check_column("text,label\nx,a\ny,b\n", one, "");
    check_column("text,label\nx,\"[\"\"a\"\",\"\"b\"\"]\"\ny,[]\n", several, "");
    check_column("text,label\nx,\"['a', 'b']\"\ny,['a']\n", several, "");
    check_column("text,label\nx,a|b\ny,a\nz,b\n", several, "|");
    check_column("text,label\nx,a;b\ny,a;c\nz,b;c\nw,a;b;c\n", several, ";");
    check_column("text,label\nx,\"3,14\"\ny,3\nz,\"2,3,14\"\nw,14\nv,2\n", several, ",");
    /* fractions and places are no lists: numbers, and one label */
    check_column("text,label\nx,\"3,1\"\ny,\"1,3\"\nz,\"3,5\"\nw,1\nv,3\n",
                 FT_PROBLEM_TYPE_REGRESSION, "");
    check_column("text,label\nx,\"Paris, France\"\ny,\"Rome, Italy\"\nz,\"Paris, France\"\n", one,
                 "");
    check_column("text,label\nx,a|a\ny,a\nz,b\n", one, "");
    check_column("text,toxic,rude\nx,1,0\ny,0,1\nz,0,0\n", several, "");
    check_column("text,toxic,score\nx,1,3\ny,0,1\nz,0,0\n", one, "");
}

static void check_set(const struct ft_examples *x, size_t row, const char *want)
{
    for (size_t i = 0; i < x->n; i++) {
        struct ft_str text = {0};
        if (x->items[i].row != row) continue;
        ft_examples_label_text(x, &x->items[i], &text);
        assert_string_equal(ft_str_text(&text), want);
        ft_str_release(&text);
        return;
    }
    fail_msg("row %zu is missing", row);
}

static void build(struct ft_examples *x, struct ft_examples_opt *opt, const struct ft_table *t)
{
    struct ft_err err = {0};
    ft_columns_guess(t, &opt->columns);
    ft_label_form_settle(t, &opt->columns);
    opt->tables[FT_PART_TRAIN] = t;
    opt->several = true;
    assert_ok(ft_examples_build(x, opt, &err), err);
}

static void test_examples(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_examples_opt opt = {.share = {1, 0, 0}};
    read_text(
        &t, "a.jsonl",
        "{\"text\":\"one\",\"labels\":[\"b\",\"a\",\"b\"]}\n{\"text\":\"two\",\"labels\":[]}\n"
        "{\"text\":\"three\"}\n{\"text\":\"four\",\"labels\":[\"c\"]}\n"
        "{\"text\":\"five\",\"labels\":[\"a\",\"b\"]}\n");
    build(&x, &opt, &t);
    assert_int_equal(x.n, 4); /* the third has no label at all */
    assert_int_equal(x.left_by[FT_LEFT_NO_LABEL], 1);
    assert_int_equal(x.labels.n, 3);
    assert_int_equal(x.sets.n, 3);
    check_set(&x, 1, "a, b");
    check_set(&x, 2, "none");
    check_set(&x, 4, "c");
    assert_int_equal(x.items[0].label, x.items[3].label);
    assert_int_equal(x.counts[0][FT_PART_TRAIN], 2);
    assert_int_equal(x.counts[2][FT_PART_TRAIN], 1);
    assert_int_equal(x.label_repeats.rows, 1);
    struct ft_problems p = {0};
    struct ft_err err = {0};
    assert_ok(ft_problems_find(&p, &x, 10, NULL, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_LABEL_NONE], 1);
    assert_int_equal(p.count[FT_PROBLEM_LABEL_REPEAT], 1);
    ft_problems_release(&p);
    ft_examples_release(&x);
    ft_table_release(&t);
}

static void test_columns(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_err err = {0};
    struct ft_examples_opt opt = {.share = {1, 0, 0}};
    read_text(&t, "a.csv",
              "text,toxic,rude,id\none,1,0,7\ntwo,0,0,8\nthree,,,9\nfour,1.0,true,10\n");
    build(&x, &opt, &t);
    assert_int_equal(opt.columns.labels_n, 2);
    assert_int_equal(x.n, 3);
    check_set(&x, 1, "toxic");
    check_set(&x, 2, "none");
    check_set(&x, 4, "rude, toxic");
    ft_examples_release(&x);
    /* named ones, in any order; a cell that is neither 0 nor 1 is an error with its row */
    assert_ok(ft_columns_set(&t, NULL, NULL, "rude, toxic", &opt.columns, &err), err);
    assert_int_equal(opt.columns.labels_n, 2);
    assert_string_equal(ft_table_name(&t, (size_t)opt.columns.label), "rude");
    assert_int_equal(ft_columns_set(&t, NULL, NULL, "rude,rude", &opt.columns, &err), FT_USAGE);
    assert_int_equal(ft_columns_set(&t, NULL, NULL, "rude,nice", &opt.columns, &err), FT_USAGE);
    assert_ok(ft_columns_set(&t, NULL, NULL, "id,rude", &opt.columns, &err), err);
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "row 1: column \"id\" has \"7\", expected 0 or 1"));
    ft_table_release(&t);
}

/* An edit is the new set as a list; a label that no training row has is an error. */
static void test_edits(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_examples x;
    struct ft_edits edits = {0};
    struct ft_err err = {0};
    struct ft_examples_opt opt = {.share = {1, 0, 0}, .edits = &edits};
    read_text(&t, "a.csv", "text,label\none,a|b\ntwo,a\nthree,b\n");
    ft_edits_set(&edits, 1, (struct ft_text){"one", 3}, "[\"a\",\"b\"]", "[\"c\"]");
    ft_edits_set(&edits, 2, (struct ft_text){"two", 3}, "[\"a\"]", "[]");
    ft_edits_set(&edits, 3, (struct ft_text){"three", 5}, "[\"a\"]", "[\"b\"]"); /* is another's */
    build(&x, &opt, &t);
    assert_int_equal(x.edits_applied, 2);
    assert_int_equal(x.edits_stale, 1);
    check_set(&x, 1, "c");
    check_set(&x, 2, "none");
    check_set(&x, 3, "b");
    ft_examples_release(&x);
    ft_edits_release(&edits);
    ft_table_release(&t);
    struct ft_table test;
    read_text(&t, "a.csv", "text,label\none,a|b\ntwo,a\nthree,b\n");
    read_text(&test, "b.csv", "text,label\nfour,a|new\n");
    opt = (struct ft_examples_opt){.several = true, .tables = {&t, NULL, &test}};
    ft_columns_guess(&t, &opt.columns);
    ft_label_form_settle(&t, &opt.columns);
    assert_int_equal(ft_examples_build(&x, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "b.csv: row 1: label \"new\" (1 row)"));
    ft_table_release(&t);
    ft_table_release(&test);
}

/* By sets; those of few rows join others that have the same rarest label. */
static void test_strata(void **state)
{
    (void)state;
    struct ft_str csv = {0};
    struct ft_table t;
    struct ft_examples x;
    struct ft_examples_opt opt = {.share = {0.8, 0.1, 0.1}, .seed = 3};
    ft_str_addz(&csv, "text,label\n");
    for (int i = 0; i < 200; i++)
        ft_str_addf(&csv, "t%d,%s\n", i, i % 2 ? "a|b" : "c");
    for (int i = 0; i < 20; i++) /* twenty sets of one row, each with the rare label */
        ft_str_addf(&csv, "u%d,rare|x%d\n", i, i);
    for (int i = 0; i < 20; i++)
        ft_str_addf(&csv, "v%d,x%d\n", i, i);
    read_text(&t, "a.csv", ft_str_text(&csv));
    build(&x, &opt, &t);
    int32_t ab = ft_labels_find(&x.labels, "a", 1), c = ft_labels_find(&x.labels, "c", 1);
    for (int k = 0; k < 2; k++) {
        int32_t l = k ? ab : c;
        assert_int_equal(x.counts[l][FT_PART_TRAIN], 80);
        assert_int_equal(x.counts[l][FT_PART_VALIDATION], 10);
        assert_int_equal(x.counts[l][FT_PART_TEST], 10);
    }
    /* 40 rows of sets of one row: split as one stratum or a few, never all into training */
    size_t others = x.part_n[FT_PART_VALIDATION] - 20;
    assert_true(others >= 3 && others <= 5);
    ft_examples_release(&x);
    ft_table_release(&t);
    ft_str_release(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells),     cmocka_unit_test(test_sets),
        cmocka_unit_test(test_inference), cmocka_unit_test(test_examples),
        cmocka_unit_test(test_columns),   cmocka_unit_test(test_edits),
        cmocka_unit_test(test_strata),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
