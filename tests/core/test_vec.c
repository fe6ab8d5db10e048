/* The vector functions against libm in double. */
#include "kernel_check.h"
#include "core/vec.h"

static double cdf(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}
static double density(double x)
{
    return exp(-0.5 * x * x) / sqrt(2.0 * 3.14159265358979323846);
}
static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}
static vf normal_cdf(vf x)
{
    vf d;
    return vf_normal(x, &d);
}
static vf normal_density(vf x)
{
    vf d;
    vf_normal(x, &d);
    return d;
}
static vf exp_v(vf x)
{
    return vf_exp(x);
}
static vf exp_low_v(vf x)
{
    return vf_exp_low(x);
}
static vf exp2_low_v(vf x)
{
    return vf_exp2_low(x);
}
static vf tanh_v(vf x)
{
    return vf_tanh(x);
}
static vf sigmoid_v(vf x)
{
    return vf_sigmoid(x);
}

static double worst(vf (*f)(vf), double (*exact)(double), double from, double to)
{
    double most = 0.0;
    for (int i = 0; i <= 200000; i++) {
        float x = (float)(from + (to - from) * i / 200000.0);
        double want = exact((double)x), got = (double)f(vf_set(x))[VW - 1];
        if (fabs(want) < 1e-37) continue;
        double e = fabs(got - want) / fabs(want);
        if (!isfinite(e)) return INFINITY;
        if (e > most) most = e;
    }
    return most;
}

static void test_accuracy(void **state)
{
    (void)state;
    assert_small(worst(exp_v, exp, -87.0, 88.7), 1.5e-7);
    assert_small(worst(exp_v, exp, -1.0, 1.0), 1.5e-7);
    assert_small(worst(exp_low_v, exp, -87.0, 88.0), 1.5e-7);
    assert_small(worst(exp_low_v, exp, -1.0, 1.0), 1.5e-7);
    assert_small(worst(exp2_low_v, exp2, -126.0, 126.9), 2.5e-7);
    assert_small(worst(exp2_low_v, exp2, -1.0, 1.0), 2.5e-7);
    assert_small(worst(tanh_v, tanh, -12.0, 12.0), 4e-7);
    assert_small(worst(tanh_v, tanh, -0.01, 0.01), 4e-7);
    assert_small(worst(sigmoid_v, sigmoid, -80.0, 80.0), 4e-7);
    assert_small(worst(normal_cdf, cdf, -5.0, 12.0), sizeof(vf) > 16 ? 6e-7 : 3e-6);
    assert_small(worst(normal_density, density, -5.0, 5.0), sizeof(vf) > 16 ? 6e-7 : 3e-6);
}

static void test_edges(void **state)
{
    (void)state;
    assert_true(vf_exp2_low(vf_set(-INFINITY))[0] < 0x1.1p-126f);
    assert_true(vf_exp2_low(vf_set(-1000.0f))[0] < 0x1.1p-126f);
    assert_true(isnan(vf_exp2_low(vf_set(NAN))[0]));
    assert_true(vf_exp2_low(vf_set(126.9f))[0] <= vf_exp2_low(vf_set(127.0f))[0]);
    assert_true(vf_exp2_low(vf_set(1000.0f))[0] == vf_exp2_low(vf_set(127.0f))[0]);
    assert_true(vf_exp(vf_set(-INFINITY))[0] == 0.0f);
    assert_true(vf_exp(vf_set(-1000.0f))[0] == 0.0f);
    assert_true(isinf(vf_exp(vf_set(1000.0f))[0]));
    assert_true(isinf(vf_exp(vf_set(INFINITY))[0]));
    assert_true(vf_exp(vf_set(0.0f))[0] == 1.0f);
    assert_true(vf_exp_low(vf_set(-INFINITY))[0] == 0.0f && vf_exp_low(vf_set(0.0f))[0] == 1.0f);
    assert_true(vf_exp_low(vf_set(-1e30f))[0] == 0.0f && isnan(vf_exp_low(vf_set(NAN))[0]));
    assert_true(vf_tanh(vf_set(100.0f))[0] == 1.0f && vf_tanh(vf_set(-100.0f))[0] == -1.0f);
    assert_true(isnan(vf_exp(vf_set(NAN))[0]) && isnan(vf_tanh(vf_set(NAN))[0]));
    assert_true(isnan(normal_cdf(vf_set(NAN))[0]) && isnan(vf_sigmoid(vf_set(NAN))[0]));
    assert_true(normal_cdf(vf_set(-100.0f))[0] == 0.0f && normal_cdf(vf_set(100.0f))[0] == 1.0f);
    float some[VW] = {1, 2, 3};
    assert_true(vf_load_n(some, 2)[1] == 2.0f && vf_load_n(some, 2)[2] == 0.0f);
    assert_true(vf_sum(vf_load(some)) == 6.0 && vf_max_of(vf_load(some)) == 3.0f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accuracy),
        cmocka_unit_test(test_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
