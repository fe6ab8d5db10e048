/* Statistics of a sweep against scipy and statsmodels, and what they must be of simple samples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/runs/sample_stats.h"
#include "reference_lines.h"

static void near(double got, double want, double most)
{
    if (!(fabs(got - want) <= most)) fail_msg("%.12g, expected %.12g", got, want);
}

static void test_samples(void **state)
{
    (void)state;
    struct reference_lines r = reference_read(REFERENCE "sweep/samples.jsonl");
    assert_int_equal(r.n, 6);
    for (size_t i = 0; i < r.n; i++) {
        size_t n;
        double *d = reference_array(r.rows[i], "differences", &n), low, high;
        double sd = reference_num(r.rows[i], "sd"), error = sd / sqrt((double)n);
        near(ft_sample_mean(d, n), reference_num(r.rows[i], "mean"), 1e-11);
        near(ft_sample_sd(d, n), sd, 1e-11);
        /* 1,000 samples against 50,000: a quantile is known to a tenth of the standard error */
        ft_sample_bootstrap(d, n, 42, &low, &high);
        near(low, reference_num(r.rows[i], "low"), 0.25 * error);
        near(high, reference_num(r.rows[i], "high"), 0.25 * error);
        double p = reference_num(r.rows[i], "p"), got = ft_sample_permutation(d, n, 42);
        bool exact = cJSON_IsTrue(ft_json_get(r.rows[i], "exact"));
        near(got, p,
             exact ? 1e-12 : 4 * sqrt(p * (1 - p) / FT_SAMPLE_SIGNS) + 2.0 / FT_SAMPLE_SIGNS);
        uint64_t b = (uint64_t)reference_num(r.rows[i], "b");
        uint64_t c = (uint64_t)reference_num(r.rows[i], "c");
        near(ft_sample_mcnemar(b, c), reference_num(r.rows[i], "mcnemar"), 1e-11);
        assert_true(got >= ft_sample_permutation(d, n, 42) &&
                    got <= ft_sample_permutation(d, n, 42));
        free(d);
    }
    reference_release(&r);
}

static void test_mcnemar(void **state)
{
    (void)state;
    struct reference_lines r = reference_read(REFERENCE "sweep/mcnemar.jsonl");
    for (size_t i = 0; i < r.n; i++) {
        uint64_t b = (uint64_t)reference_num(r.rows[i], "b");
        uint64_t c = (uint64_t)reference_num(r.rows[i], "c");
        double p = reference_num(r.rows[i], "p");
        near(ft_sample_mcnemar(b, c), p, 1e-9 * p);
        near(ft_sample_mcnemar(c, b), p, 1e-9 * p);
    }
    reference_release(&r);
}

static void test_holm(void **state)
{
    (void)state;
    struct reference_lines r = reference_read(REFERENCE "sweep/holm.jsonl");
    for (size_t i = 0; i < r.n; i++) {
        size_t n, m;
        double *p = reference_array(r.rows[i], "p", &n);
        double *want = reference_array(r.rows[i], "holm", &m);
        ft_sample_holm(p, n);
        for (size_t k = 0; k < n; k++)
            near(p[k], want[k], 1e-12);
        free(p);
        free(want);
    }
    reference_release(&r);
    double some[3] = {0.01, (double)NAN, 0.02};
    ft_sample_holm(some, 3);
    near(some[0], 0.02, 1e-15);
    assert_true(isnan(some[1]));
    near(some[2], 0.02, 1e-15);
}

static void test_simple(void **state)
{
    (void)state;
    double none[20] = {0}, same[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, low, high;
    near(ft_sample_permutation(none, 20, 1), 1, 0);
    near(ft_sample_permutation(same, 10, 1), 2.0 / 1024, 1e-15);
    double mixed[4] = {0, 3, 0, -1}; /* of four signs, two are as far from 0 as 2: all */
    near(ft_sample_permutation(mixed, 4, 1), 1, 0);
    ft_sample_bootstrap(same, 10, 1, &low, &high);
    near(low, 1, 0);
    near(high, 1, 0);
    assert_true(isnan(ft_sample_sd(same, 1)));
    assert_true(isnan(ft_sample_mean(same, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_mcnemar),
        cmocka_unit_test(test_holm),
        cmocka_unit_test(test_simple),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
