/* Screen 5 where rows have any number of labels: pictures, the 2 x 2 matrix of a label and the examples of its
 * cells, the labels of a row changed in place with undo, damaged files. */
#include "ui/evaluate_bench.h"

enum { LABELS = 3, ROWS = 24 };
static const char *const names[LABELS] = {"anger", "joy", "news"};

/* Row 1 has the labels of the bits of 0, row 2 those of 1, ..; every sixth prediction misses "news", every
 * fifth has "joy" besides. */
static unsigned truth_of(int row)
{
    return (unsigned)(row - 1) % 8;
}

static unsigned said_of(int row)
{
    unsigned said = truth_of(row);
    if (row % 6 == 0) said &= ~4u;
    if (row % 5 == 0) said |= 2;
    return said;
}

static void add_list(struct ft_str *s, unsigned bits)
{
    bool any = false;
    ft_str_addc(s, '[');
    for (int k = 0; k < LABELS; k++)
        if (bits & 1u << k) {
            ft_str_addf(s, "%s\"%s\"", any ? "," : "", names[k]);
            any = true;
        }
    ft_str_addc(s, ']');
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : 0;
}

static void add_score(struct ft_str *s, double tp, double fp, double fn)
{
    double p = ratio(tp, tp + fp), r = ratio(tp, tp + fn);
    ft_str_addf(s, "\"precision\":%.9g,\"recall\":%.9g,\"f1\":%.9g,\"support\":%.0f", p, r,
                ratio(2 * p * r, p + r), tp + fn);
}

static void make_run(const char *dir, const char *data)
{
    struct ft_str lines = {0}, eval = {0}, csv = {0};
    int cells[LABELS][4] = {{0}}, right = 0;
    ft_str_addz(&csv, "text,labels\n");
    for (int row = 1; row <= ROWS; row++) {
        unsigned truth = truth_of(row), said = said_of(row);
        right += truth == said;
        ft_str_addf(
            &lines,
            "{\"row\":%d,\"part\":\"test\",\"text\":\"text %d of the file\",\"label\":", row, row);
        add_list(&lines, truth);
        ft_str_addz(&lines, ",\"labels\":");
        add_list(&lines, said);
        ft_str_addz(&lines, ",\"probabilities\":{");
        ft_str_addf(&csv, "text %d of the file,", row);
        bool any = false;
        for (int k = 0; k < LABELS; k++) {
            unsigned t = truth >> k & 1, p = said >> k & 1;
            cells[k][2 * t + p]++;
            ft_str_addf(&lines, "%s\"%s\":%s", k ? "," : "", names[k], p ? "0.75" : "0.25");
            if (t) ft_str_addf(&csv, "%s%s", any ? "|" : "", names[k]);
            any |= t;
        }
        ft_str_addf(&lines, "},\"loss\":%g}\n", truth == said ? 0.25 : 1 + row / 32.0);
        ft_str_addc(&csv, '\n');
    }
    double tp = 0, fp = 0, fn = 0;
    ft_str_addf(
        &eval,
        "{\"task\":\"classify\",\"problem_type\":\"multi_label_classification\",\"examples\":%d,"
        "\"loss\":0.5,\"labels\":[\"anger\",\"joy\",\"news\"],\"subset_accuracy\":%.9g,"
        "\"hamming_loss\":0.125,\"classes\":[",
        ROWS, (double)right / ROWS);
    for (int k = 0; k < LABELS; k++) {
        ft_str_addf(&eval, "%s{\"label\":\"%s\",", k ? "," : "", names[k]);
        add_score(&eval, cells[k][3], cells[k][1], cells[k][2]);
        ft_str_addz(&eval, k == 2 ? ",\"threshold\":0.3}" : ",\"threshold\":0.5}");
        tp += cells[k][3];
        fp += cells[k][1];
        fn += cells[k][2];
    }
    ft_str_addc(&eval, ']');
    static const char *const averages[] = {"micro avg", "macro avg", "weighted avg", "samples avg"};
    for (int i = 0; i < 4; i++) {
        ft_str_addf(&eval, ",\"%s\":{", averages[i]);
        add_score(&eval, tp, fp, fn);
        ft_str_addc(&eval, '}');
    }
    ft_str_addz(&eval, ",\"confusion_matrix\":[");
    for (int k = 0; k < LABELS; k++)
        ft_str_addf(&eval, "%s[[%d,%d],[%d,%d]]", k ? "," : "", cells[k][0], cells[k][1],
                    cells[k][2], cells[k][3]);
    ft_str_addz(&eval, "],\"part\":\"test\",\"step\":500}\n");
    put(dir, "eval.json", &eval);
    put(dir, "predictions.jsonl", &lines);
    if (data) put(bench_folder, data, &csv);
    ft_str_release(&lines);
    ft_str_release(&eval);
    ft_str_release(&csv);
}

static void test_pictures(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "sets");
    make_run(run, NULL);
    drive(run, NULL, ":wait evaluated\n", 24, 80, "evaluate-sets-80x24");
    drive(run, NULL, ":wait evaluated\n", 60, 200, "evaluate-sets-200x60");
    free(run);
}

/* The lists have the rows that the predictions say. */
static void test_cells(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "cells");
    int wrong = 0, missed = 0, any = 0;
    for (int row = 1; row <= ROWS; row++) {
        wrong += (said_of(row) & ~truth_of(row) & 2) != 0;
        missed += (truth_of(row) & ~said_of(row) & 4) != 0;
        any += said_of(row) != truth_of(row);
    }
    make_run(run, NULL);
    char *script = ft_xprintf(":wait evaluated\nexpect F1 micro\n"
                              "key a\nexpect Examples %d in all\nkey a\nexpect Examples %d \n",
                              ROWS, any);
    drive(run, NULL, script, 24, 80, NULL);
    free(script);
    assert_true(wrong > 0 && missed > 0);
    free(run);
}

static void test_relabel(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "edit");
    char *data = ft_path_join(bench_folder, "edit.csv");
    make_run(run, "edit.csv");
    drive(run, data,
          ":wait data\n:wait evaluated\nkey Tab\nkey Tab\nkey x\nexpect 1 label changed\n"
          ":undo\nexpect 0 labels changed\nkey r\nexpect c ✓news\nkey a\nkey Esc\nexpect 1 label "
          "changed\n"
          "key u\nexpect 0 labels changed\n",
          24, 80, NULL);
    free(run);
    free(data);
}

static void test_odd_files(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "odd");
    struct ft_str s = {0};
    make_run(run, NULL);
    ft_str_addz(
        &s,
        "{\"row\":1,\"text\":\"a\",\"label\":7,\"labels\":{}}\n"
        "{\"row\":2,\"text\":\"b\",\"label\":[\"none of them\"],\"labels\":[1,null]}\nnot json\n");
    put(run, "predictions.jsonl", &s);
    drive(run, NULL, ":wait evaluated\nkey f\nkey Enter\nkey Down\nkey Enter\n", 24, 80, NULL);
    ft_str_clear(&s);
    ft_str_addz(
        &s, "{\"task\":\"classify\",\"problem_type\":\"multi_label_classification\",\"examples\":4,"
            "\"loss\":1,\"labels\":[\"a\"],\"classes\":[],\"part\":\"test\",\"step\":1}");
    put(run, "eval.json", &s);
    drive(run, NULL, ":wait evaluated\nexpect error\n", 24, 80, NULL);
    ft_str_release(&s);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_odd_files),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
