/* Dropout masks against the definition in core/op_dropout_in.h made with util/rng.h, and the fused
 * sums.
 */
#include "kernel_check.h"
#include "core/op_dropout.h"

static float factor_of(const struct ft_dropout *d, size_t row, size_t col)
{
    uint32_t group = (uint32_t)(col / 128), c = (uint32_t)(col % 128), out[4];
    uint32_t counter[4] = {group * 16 + c % 16, (uint32_t)row, d->step,
                           (uint32_t)d->layer << 16 | d->site};
    ft_philox(d->seed ^ (0x9E3779B97F4A7C15u * (uint64_t)FT_RNG_DROPOUT), counter, out);
    uint32_t word = out[c / 16 % 4], bits = c < 64 ? word & 0xffff : word >> 16;
    uint32_t threshold = (uint32_t)lrintf(d->p * 65536.0f);
    return bits < threshold ? 0.0f : 65536.0f / (float)(65536 - threshold);
}

static const struct ft_dropout some = {
    .p = 0.1f, .seed = 0x123456789abcdefu, .step = 77, .layer = 5, .site = 3};

static void test_mask(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 7, 33, 128, 129, 384};
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        for (size_t s = 0; s < 6; s++) {
            size_t N = 40, C = sizes[s], n = N * C;
            float *x = check_normal(n), *res = check_normal(n), *b = check_normal(C);
            float *y = check_normal(n), *want = check_zeros(n), *back = check_zeros(n);
            for (size_t i = 0; i < n; i++)
                want[i] = x[i] * factor_of(&some, i / C, i % C);
            op_dropout_fwd(y, x, &some, N, C);
            assert_memory_equal(y, want, n * sizeof(*y));
            op_dropout_bwd(back, x, &some, N, C, true);
            assert_true(check_gap(back, want, n) <= 0.0); /* as values: 0 + -0 is 0 */
            op_add_fwd(y, x, b, res, &some, N, C);
            for (size_t i = 0; i < n; i++)
                back[i] = res[i] + (x[i] + b[i % C]) * factor_of(&some, i / C, i % C);
            assert_small(check_gap(y, back, n), 1e-6);
            float *db = check_zeros(C), *db2 = check_zeros(C);
            op_add_bwd(y, db, x, &some, N, C);
            assert_memory_equal(y, want, n * sizeof(*y));
            for (size_t i = 0; i < n; i++)
                db2[i % C] += want[i];
            assert_small(check_gap(db, db2, C), 1e-5);
            free(x), free(res), free(b), free(y), free(want), free(back), free(db), free(db2);
        }
    }
}

static void test_share(void **state)
{
    (void)state;
    size_t N = 500, C = 384, dropped = 0, changed = 0;
    float *ones = check_zeros(N * C), *y = check_zeros(N * C), *z = check_zeros(N * C);
    for (size_t i = 0; i < N * C; i++)
        ones[i] = 1.0f;
    op_dropout_fwd(y, ones, &some, N, C);
    struct ft_dropout next = some;
    next.step++;
    op_dropout_fwd(z, ones, &next, N, C);
    for (size_t i = 0; i < N * C; i++) {
        dropped += y[i] <= 0.0f;
        changed += (y[i] > 0.0f) != (z[i] > 0.0f);
    }
    /* Five deviations of a fair draw. */
    assert_small(fabs((double)dropped / (double)(N * C) - 0.1), 5 * sqrt(0.09 / (double)(N * C)));
    assert_small(fabs((double)changed / (double)(N * C) - 0.18), 0.01);
    op_dropout_fwd(y, ones, NULL, N, C);
    assert_memory_equal(y, ones, N * C * sizeof(*y));
    free(ones), free(y), free(z);
}

static void test_accumulate(void **state)
{
    (void)state;
    float *x = check_integers(10001), *y = check_integers(10001), *z = check_zeros(10001);
    for (size_t i = 0; i < 10001; i++)
        z[i] = x[i] + y[i];
    op_accumulate(y, x, 10001);
    assert_memory_equal(y, z, 10001 * sizeof(*y));
    free(x), free(y), free(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_share),
        cmocka_unit_test(test_accumulate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
