/* The paired test of two runs: examples found by their text, labels that were corrected between them, what is
 * called better and what is not; damaged predictions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/runs/paired_test.h"
#include "scratch.h"
#include "util/mem.h"

#include <math.h>
#include <string.h>

static void near(double got, double want, double most)
{
    if (!(fabs(got - want) <= most)) fail_msg("%.12g, expected %.12g", got, want);
}

static char *run_of(const char *name, const char *lines)
{
    char *dir = in_scratch(name), *path = ft_path_join(dir, "predictions.jsonl");
    struct ft_err err = {0};
    remove(path); /* of the one before */
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    if (lines) assert_int_equal(ft_file_write(path, lines, strlen(lines), &err), FT_OK);
    free(path);
    return dir;
}

/* n lines "text I" of label a; the first `right` are predicted as a, the others as b. */
static void add(struct ft_str *s, size_t row, size_t text, const char *label, const char *predicted)
{
    ft_str_addf(s,
                "{\"row\":%zu,\"part\":\"test\",\"text\":\"text %zu\",\"label\":\"%s\","
                "\"predicted\":\"%s\",\"loss\":0.5}\n",
                row, text, label, predicted);
}

static char *lines_of(size_t n, size_t wrong_from, size_t shift)
{
    struct ft_str s = {0};
    for (size_t i = n; i-- > 0;) /* in another order, with other row numbers */
        add(&s, i + 1 + shift, i, "a", i < wrong_from ? "a" : "b");
    return ft_str_take(&s);
}

static enum ft_status make(const char *a, const char *b, const char *a_started,
                           const char *b_started, struct ft_paired_test *t, struct ft_err *err)
{
    char *x = run_of("a", a), *y = run_of("b", b);
    const struct ft_paired_run runs[2] = {{x, a_started}, {y, b_started}};
    enum ft_status st = ft_paired_test_make(t, runs, 42, err);
    free(x);
    free(y);
    return st;
}

static void compare(const char *a, const char *b, const char *a_started, const char *b_started,
                    struct ft_paired_test *t)
{
    struct ft_err err = {0};
    if (make(a, b, a_started, b_started, t, &err)) fail_msg("%s", err.msg);
}

static void test_better(void **state)
{
    (void)state;
    struct ft_paired_test t;
    struct ft_str text = {0};
    char *a = lines_of(20, 20, 0),
         *b = lines_of(24, 14, 7); /* 4 of the other are not in the first */
    compare(a, b, "1", "2", &t);
    assert_int_equal(t.examples, 20);
    assert_int_equal(t.all[1], 24);
    assert_int_equal(t.only[0], 6);
    assert_int_equal(t.only[1], 0);
    near(t.mean[0], 1, 1e-12);
    near(t.mean[1], 0.7, 1e-12);
    near(t.p, 2.0 / 64, 1e-12); /* 6 differences of one sign: exact */
    near(t.mcnemar, 2.0 / 64, 1e-12);
    assert_int_equal(t.better, 0);
    assert_int_equal(t.relabelled, 0);
    ft_paired_test_text(&t, "first", "second", &text);
    assert_string_equal(ft_str_text(&text),
                        "first is better (p 0.031): accuracy 1 against 0.7 on 20 examples");
    compare(b, a, "1", "2", &t);
    assert_int_equal(t.better, 1);
    free(b);
    b = lines_of(20, 15, 0); /* five wrong: p = 2 / 32 */
    compare(a, b, "1", "2", &t);
    near(t.p, 0.0625, 1e-12);
    assert_int_equal(t.better, -1);
    compare(a, a, "1", "2", &t);
    assert_int_equal(t.better, -1);
    near(t.p, 1, 0);
    ft_str_release(&text);
    free(a);
    free(b);
}

/* Labels that were corrected: the later run's count for both. */
static void test_relabelled(void **state)
{
    (void)state;
    struct ft_paired_test t;
    struct ft_str a = {0}, b = {0}, text = {0};
    for (size_t i = 0; i < 8; i++) {
        add(&a, i + 1, i, "a", "a"); /* right by the wrong labels */
        add(&b, i + 1, i, i < 6 ? "b" : "a", i < 6 ? "b" : "a");
    }
    compare(ft_str_text(&a), ft_str_text(&b), "2026-11-29T10:00:00Z", "2026-11-29T11:00:00Z", &t);
    assert_int_equal(t.relabelled, 6);
    assert_int_equal(t.labels_of, 1);
    near(t.mean[0], 0.25, 1e-12);
    near(t.mean[1], 1, 1e-12);
    assert_int_equal(t.better, 1);
    ft_paired_test_text(&t, "x", "y", &text);
    assert_non_null(strstr(ft_str_text(&text), "by the labels of y (6 changed)"));
    compare(ft_str_text(&a), ft_str_text(&b), "2026-11-29T12:00:00Z", "2026-11-29T11:00:00Z", &t);
    assert_int_equal(t.labels_of, 0);
    near(t.mean[0], 1, 1e-12);
    near(t.mean[1], 0.25, 1e-12);
    assert_int_equal(t.better, 0);
    ft_str_release(&a);
    ft_str_release(&b);
    ft_str_release(&text);
}

/* The same text several times is paired in the order of the rows, as often as both have it. */
static void test_repeated(void **state)
{
    (void)state;
    struct ft_paired_test t;
    struct ft_str a = {0}, b = {0};
    add(&a, 9, 1, "a", "b");
    add(&a, 2, 1, "a", "a");
    add(&a, 3, 2, "a", "a");
    add(&b, 2, 1, "a", "a");
    add(&b, 9, 1, "a", "b");
    add(&b, 12, 1, "a", "b");
    compare(ft_str_text(&a), ft_str_text(&b), "1", "2", &t);
    assert_int_equal(t.examples, 2);
    assert_int_equal(t.only[0] + t.only[1], 0);
    ft_str_release(&a);
    ft_str_release(&b);
}

static void test_other(void **state)
{
    (void)state;
    struct ft_paired_test t;
    struct ft_err err = {0};
    struct ft_str json = {0};
    static const char qa[] =
        "{\"row\":1,\"question\":\"q\",\"context\":\"c\",\"best\":{\"f1\":50}}\n"
        "{\"row\":2,\"question\":\"q\",\"context\":\"d\",\"best\":{\"f1\":80}}\n";
    static const char loss[] =
        "{\"row\":1,\"text\":\"x\",\"loss\":1.5}\n{\"row\":2,\"text\":\"y\"}\n";
    static const char less[] = "{\"row\":1,\"text\":\"x\",\"loss\":1.25}\n";
    compare(qa, qa, "1", "2", &t);
    assert_int_equal(t.examples, 2);
    assert_string_equal(t.what, "f1");
    assert_true(isnan(t.mcnemar));
    compare(loss, less, "1", "2", &t);
    assert_int_equal(t.examples, 1);
    assert_true(t.lower && t.difference < 0); /* the other one is better, not shown */
    assert_int_equal(t.better, -1);
    compare(qa, loss, "1", "2", &t); /* of another task */
    assert_int_equal(t.examples, 0);
    ft_paired_test_json(&t, &json);
    assert_string_equal(ft_str_text(&json), "null");
    ft_str_release(&json);
    compare(NULL, "", "1", "2", &t);
    assert_int_equal(t.examples, 0);
    static const char *const bad[] = {"{\"row\":1,\"text\":\"x\",\"loss\":1}\nno json\n",
                                      "{\"text\":\"x\",\"loss\":1}\n",
                                      ("{\"row\":1,\"text\":\"x\",\"loss\":1}\n"
                                       "{\"row\":2,\"text\":\"y\",\"best\":{\"f1\":1}}\n")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_not_equal(make(bad[i], loss, "1", "2", &t, &err), FT_OK);
        assert_non_null(strstr(err.msg, "predictions.jsonl"));
    }
}

/* Words with tags are found by the words, also where rows were excluded; the sentence is right or wrong. */
static void test_words(void **state)
{
    (void)state;
    struct ft_paired_test t;
    static const char all[] =
        "{\"row\":1,\"tokens\":[\"in\",\"Ulm\"],\"labels\":[\"O\",\"B-L\"],\"predicted\":[\"O\","
        "\"O\"],"
        "\"loss\":1}\n"
        "{\"row\":2,\"tokens\":[\"to\",\"Ulm\"],\"labels\":[\"O\",\"B-L\"],\"predicted\":[\"O\","
        "\"B-L\"],"
        "\"loss\":2}\n"
        "{\"row\":3,\"tokens\":[\"toUlm\"],\"labels\":[\"O\"],\"predicted\":[\"O\"],\"loss\":3}\n";
    const char *rest = strchr(all, '\n') + 1;
    compare(all, rest, "1", "2", &t);
    assert_string_equal(t.what, "exact match");
    assert_int_equal(t.examples, 2);
    assert_int_equal(t.only[0] + t.only[1], 0);
    near(t.mean[0], 1, 1e-12);
    near(t.mcnemar, 1, 1e-12);
}

/* As in the comparison of a sweep's members. */
static void test_several_and_numbers(void **state)
{
    (void)state;
    struct ft_paired_test t;
    static const char sets[] =
        "{\"row\":1,\"text\":\"x\",\"label\":[\"a\",\"b\"],\"labels\":[\"b\",\"a\"],\"loss\":1}\n"
        "{\"row\":2,\"text\":\"y\",\"label\":[\"a\"],\"labels\":[],\"loss\":1}\n";
    static const char numbers[] = "{\"row\":1,\"text\":\"x\",\"label\":2,\"value\":4,\"loss\":4}\n";
    compare(sets, sets, "1", "2", &t);
    assert_string_equal(t.what, "subset accuracy");
    near(t.mean[1], 0.5, 1e-12);
    compare(numbers, numbers, "1", "2", &t);
    assert_string_equal(t.what, "squared error");
    assert_true(t.lower && isnan(t.mcnemar));
    near(t.mean[0], 4, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_better),   cmocka_unit_test(test_relabelled),
        cmocka_unit_test(test_repeated), cmocka_unit_test(test_other),
        cmocka_unit_test(test_words),    cmocka_unit_test(test_several_and_numbers)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
