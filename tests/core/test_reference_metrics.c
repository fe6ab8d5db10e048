/* Classification reports and regression scores against the numbers of scikit-learn and scipy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/label_report.h"
#include "core/metrics.h"
#include "core/regression.h"
#include "reference_lines.h"

static void check_score(const struct ft_class_score *s, const cJSON *want, const char *what)
{
    reference_near(s->precision, reference_num(want, "precision"), 1e-12, what);
    reference_near(s->recall, reference_num(want, "recall"), 1e-12, what);
    reference_near(s->f1, reference_num(want, "f1"), 1e-12, what);
    assert_int_equal(s->support, (uint64_t)reference_num(want, "support"));
}

static void check_report(const cJSON *row)
{
    size_t n, m, K = (size_t)reference_num(row, "classes_count");
    double *truth = reference_array(row, "truth", &n);
    double *predicted = reference_array(row, "predicted", &m);
    assert_int_equal(n, m);
    int32_t *t = calloc(n, sizeof *t), *p = calloc(n, sizeof *p);
    uint64_t *counts = calloc(K * K, sizeof *counts);
    struct ft_class_score *classes = calloc(K, sizeof *classes);
    assert_true(t && p && counts && classes);
    for (size_t i = 0; i < n; i++) {
        t[i] = (int32_t)truth[i];
        p[i] = (int32_t)predicted[i];
    }
    /* In two parts: evaluation adds batch by batch. */
    ft_confusion_add(counts, K, t, p, n / 2);
    ft_confusion_add(counts, K, t + n / 2, p + n / 2, n - n / 2);
    const cJSON *matrix = ft_json_get(row, "confusion_matrix");
    for (size_t i = 0; i < K; i++)
        for (size_t j = 0; j < K; j++)
            assert_int_equal(counts[i * K + j], (uint64_t)cJSON_GetArrayItem(
                                                    cJSON_GetArrayItem(matrix, (int)i), (int)j)
                                                    ->valuedouble);

    struct ft_report r;
    ft_report_make(&r, classes, counts, K);
    const char *name = reference_str(row, "name");
    reference_near(r.accuracy, reference_num(row, "accuracy"), 1e-12, name);
    reference_near(r.mcc, reference_num(row, "mcc"), 1e-12, name);
    check_score(&r.macro, ft_json_get(row, "macro avg"), name);
    check_score(&r.weighted, ft_json_get(row, "weighted avg"), name);
    for (size_t k = 0; k < K; k++)
        check_score(&classes[k], cJSON_GetArrayItem(ft_json_get(row, "classes"), (int)k), name);
    free(classes), free(counts), free(p), free(t), free(predicted), free(truth);
}

static void reports_are_scikit_learns(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "metrics/reports.jsonl");
    for (size_t i = 0; i < lines.n; i++)
        check_report(lines.rows[i]);
    assert_true(lines.n >= 16);
    reference_release(&lines);
}

/* 0 and 1 of a row of JSON numbers. */
static uint8_t *bytes(const cJSON *row, const char *key, size_t want)
{
    size_t n;
    double *x = reference_array(row, key, &n);
    uint8_t *out = calloc(n + 1, 1);
    assert_non_null(out);
    assert_int_equal(n, want);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] > 0;
    free(x);
    return out;
}

static void check_labels(const cJSON *row)
{
    size_t n = (size_t)reference_num(row, "rows"), K = (size_t)reference_num(row, "labels_count"),
           m;
    uint8_t *truth = bytes(row, "truth", n * K), *predicted = bytes(row, "predicted", n * K);
    struct ft_label_counts c = {.K = K, .cells = calloc(K * FT_LABEL_CELLS, sizeof *c.cells)};
    struct ft_class_score *classes = calloc(K, sizeof *classes);
    struct ft_label_report r;
    const char *name = reference_str(row, "name");
    for (size_t i = 0; i < n; i++)
        ft_label_counts_add(&c, truth + i * K, predicted + i * K);
    ft_label_report_make(&r, classes, &c);
    double *tables = reference_array(row, "tables", &m);
    assert_int_equal(m, K * FT_LABEL_CELLS);
    for (size_t i = 0; i < m; i++)
        assert_int_equal(c.cells[i], (uint64_t)tables[i]);
    reference_near(r.subset_accuracy, reference_num(row, "subset_accuracy"), 1e-12, name);
    reference_near(r.hamming_loss, reference_num(row, "hamming_loss"), 1e-12, name);
    check_score(&r.micro, ft_json_get(row, "micro avg"), name);
    check_score(&r.macro, ft_json_get(row, "macro avg"), name);
    check_score(&r.weighted, ft_json_get(row, "weighted avg"), name);
    check_score(&r.samples, ft_json_get(row, "samples avg"), name);
    for (size_t k = 0; k < K; k++)
        check_score(&classes[k], cJSON_GetArrayItem(ft_json_get(row, "classes"), (int)k), name);
    free(truth), free(predicted), free(c.cells), free(classes), free(tables);
}

static void several_labels_are_scikit_learns(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "metrics/label_reports.jsonl");
    for (size_t i = 0; i < lines.n; i++)
        check_labels(lines.rows[i]);
    assert_true(lines.n >= 11);
    reference_release(&lines);
}

/* F1 at the threshold is what it says, and no other threshold gives more. */
static void thresholds_give_the_largest_f1(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "metrics/thresholds.jsonl");
    for (size_t i = 0; i < lines.n; i++) {
        size_t n;
        double *logits = reference_array(lines.rows[i], "logits", &n), f1;
        uint8_t *truth = bytes(lines.rows[i], "truth", n), *said = calloc(n, 1);
        float *z = calloc(n, sizeof *z);
        assert_true(z && said);
        for (size_t k = 0; k < n; k++)
            z[k] = (float)logits[k];
        double at = ft_label_threshold(z, truth, n, &f1);
        reference_near(f1, reference_num(lines.rows[i], "f1"), 1e-12, "largest f1");
        uint64_t cells[FT_LABEL_CELLS] = {0};
        struct ft_label_counts c = {.K = 1, .cells = cells};
        for (size_t k = 0; k < n; k++) {
            said[k] = ft_label_is_predicted(z[k], at);
            ft_label_counts_add(&c, &truth[k], &said[k]);
        }
        struct ft_label_report r;
        ft_label_report_make(&r, NULL, &c);
        reference_near(r.micro.f1, f1, 1e-12, reference_str(lines.rows[i], "name"));
        free(logits), free(truth), free(said), free(z);
    }
    assert_true(lines.n >= 7);
    reference_release(&lines);
    const float z[] = {-1, 2, 3};
    const uint8_t none[] = {0, 0, 0};
    double f1;
    assert_true(ft_label_threshold(z, none, 3, &f1) == 0.5 && f1 == 0);
    assert_true(ft_label_threshold(z, none, 0, NULL) == 0.5);
    assert_false(ft_label_is_predicted(0, 0.5));
    assert_true(ft_label_is_predicted(1e-30f, 0.5)); /* its probability is 0.5 in doubles */
}

/* null: not defined. r2 and the correlations are sums of squares of differences: their error
 * follows that of the mean. */
static void check_number(double got, const cJSON *row, const char *key, double tolerance)
{
    const char *name = reference_str(row, "name");
    bool defined = !cJSON_IsNull(cJSON_GetObjectItem(row, key));
    double want = defined ? reference_num(row, key) : NAN;
    if (defined ? !(fabs(got - want) <= tolerance * fabs(want)) : !isnan(got))
        fail_msg("%s: %s is %.17g, the reference says %.17g", name, key, got, want);
}

static void regression_is_scipys(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "metrics/regression.jsonl");
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *row = lines.rows[i];
        size_t n, m;
        double *truth = reference_array(row, "truth", &n), *ranks = calloc(n, sizeof *ranks);
        double *predicted = reference_array(row, "predicted", &m);
        double *wanted = reference_array(row, "ranks", &m);
        struct ft_regression r;
        ft_regression_make(&r, truth, predicted, n);
        ft_ranks(truth, n, ranks);
        for (size_t k = 0; k < n; k++)
            assert_true(ranks[k] == wanted[k]);
        check_number(r.mse, row, "mse", 1e-12);
        check_number(r.rmse, row, "rmse", 1e-12);
        check_number(r.mae, row, "mae", 1e-12);
        check_number(r.r2, row, "r2", 1e-9);
        check_number(r.pearson, row, "pearson", 1e-9);
        check_number(r.spearman, row, "spearman", 1e-12);
        free(truth), free(ranks), free(predicted), free(wanted);
    }
    assert_true(lines.n >= 16);
    reference_release(&lines);
    struct ft_regression r;
    ft_regression_make(&r, NULL, NULL, 0);
    assert_true(isnan(r.mse) && isnan(r.r2) && isnan(r.pearson));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regression_is_scipys),
        cmocka_unit_test(reports_are_scikit_learns),
        cmocka_unit_test(several_labels_are_scikit_learns),
        cmocka_unit_test(thresholds_give_the_largest_f1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
