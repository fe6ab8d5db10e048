/* bfloat16: conversion of every kind of number; products against sums in double, the same bits for
 * every number of threads and for a row alone; oneDNN's products against the emulated ones, where
 * this processor has them. */
#include "kernel_check.h"
#include "core/bf16.h"
#include "core/gemm.h"
#include "core/gemm_bf16.h"
#include "core/onednn.h"

static float of_bits(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Every value of 16 bits comes back; between two neighbours the nearer one is taken, the even one on
 * a tie. */
static void test_round(void **state)
{
    (void)state;
    for (uint32_t h = 0; h < 0x10000; h++) {
        float x = ft_bf16_float((uint16_t)h);
        if (isnan(x)) {
            assert_true(isnan(ft_bf16_float(ft_bf16_of(x))));
            assert_int_equal(ft_bf16_of(x) >> 15, h >> 15);
            continue;
        }
        assert_int_equal(ft_bf16_of(x), h);
        if (isinf(x)) continue;
        uint32_t u = h << 16, up = h + 1;
        assert_int_equal(ft_bf16_of(of_bits(u + 1)), h);
        assert_int_equal(ft_bf16_of(of_bits(u + 0x7fff)), h);
        assert_int_equal(ft_bf16_of(of_bits(u + 0x8000)), h & 1 ? up : h);
        assert_int_equal(ft_bf16_of(of_bits(u + 0x8001)), up);
        assert_int_equal(ft_bf16_of(of_bits(u + 0xffff)), up);
    }
}

static void test_special(void **state)
{
    (void)state;
    assert_int_equal(ft_bf16_of(1.0f), 0x3f80);
    assert_int_equal(ft_bf16_of(-0.0f), 0x8000);
    assert_int_equal(ft_bf16_of(INFINITY), 0x7f80);
    assert_int_equal(ft_bf16_of(-INFINITY), 0xff80);
    assert_int_equal(ft_bf16_of(3.4e38f), 0x7f80);             /* beyond the largest */
    assert_int_equal(ft_bf16_of(of_bits(0x7f7f7fff)), 0x7f7f); /* the largest */
    assert_int_equal(ft_bf16_of(of_bits(1)), 0);               /* the least denormal */
    assert_int_equal(ft_bf16_of(of_bits(0x00018000)), 2);      /* a denormal tie, to even */
    assert_int_equal(ft_bf16_of(of_bits(0x80010000)), 0x8001);
    /* NaNs whose upper 16 bits alone are an infinity, and whose rounding would overflow */
    assert_true(isnan(ft_bf16_float(ft_bf16_of(of_bits(0x7f800001)))));
    assert_true(isnan(ft_bf16_float(ft_bf16_of(of_bits(0xffffffff)))));
}

static void test_convert(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 4096, 4097, 40000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        size_t n = sizes[s];
        float *x = check_normal(n);
        uint16_t *h = ft_xcalloc(n + 1, sizeof *h);
        h[n] = 0x1234;
        ft_bf16_convert(h, x, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(h[i], ft_bf16_of(x[i]));
        assert_int_equal(h[n], 0x1234);
        free(x), free(h);
    }
}

struct operands {
    bool ta, tb;
    size_t M, N, K, lda, ldb, ldc;
    float beta;
    uint16_t *a, *b;
    float *wide_a, *wide_b, *start;
};

/* Rows are longer than the product needs. */
static void take(struct operands *x, size_t M, size_t N, size_t K, unsigned bits)
{
    *x = (struct operands){.ta = bits & 1, .tb = bits & 2, .M = M, .N = N, .K = K};
    x->beta = bits & 4 ? 1.0f : 0.0f;
    x->lda = (x->ta ? M : K) + 3;
    x->ldb = (x->tb ? K : N) + 5;
    x->ldc = N + 2;
    size_t na = x->lda * (x->ta ? K : M), nb = x->ldb * (x->tb ? N : K);
    x->wide_a = check_normal(na);
    x->wide_b = check_normal(nb);
    x->start = check_normal(M * x->ldc);
    x->a = ft_xcalloc(na + 1, sizeof *x->a);
    x->b = ft_xcalloc(nb + 1, sizeof *x->b);
    ft_bf16_convert(x->a, x->wide_a, na);
    ft_bf16_convert(x->b, x->wide_b, nb);
    for (size_t i = 0; i < na; i++)
        x->wide_a[i] = ft_bf16_float(x->a[i]);
    for (size_t i = 0; i < nb; i++)
        x->wide_b[i] = ft_bf16_float(x->b[i]);
}

static void drop(struct operands *x)
{
    free(x->a), free(x->b), free(x->wide_a), free(x->wide_b), free(x->start);
}

static float *start_of(const struct operands *x)
{
    float *c = ft_xcalloc(x->M * x->ldc + 1, sizeof *c);
    memcpy(c, x->start, x->M * x->ldc * sizeof *c);
    if (x->beta == 0.0f) c[0] = NAN; /* not read */
    return c;
}

static const size_t sizes[][3] = {{1, 1, 1},   {1, 70, 130}, {3, 64, 64},   {70, 1, 65},
                                  {33, 90, 7}, {2, 129, 1},  {130, 200, 66}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void test_product(void **state)
{
    (void)state;
    for (unsigned s = 0; s < SIZES * 8; s++) {
        struct operands x;
        take(&x, sizes[s / 8][0], sizes[s / 8][1], sizes[s / 8][2], s % 8);
        float *want = start_of(&x), *first = NULL;
        ft_gemm_naive(x.ta, x.tb, x.M, x.N, x.K, x.wide_a, x.lda, x.wide_b, x.ldb, x.beta, want,
                      x.ldc);
        for (int threads = 1; threads <= 3; threads++) {
            struct ft_err err;
            assert_int_equal(ft_pool_init(threads, &err), FT_OK);
            float *c = start_of(&x);
            ft_gemm_bf16(x.ta, x.tb, x.M, x.N, x.K, x.a, x.lda, x.b, x.ldb, x.beta, c, x.ldc);
            for (size_t i = 0; i < x.M; i++) {
                double gap = check_gap(c + i * x.ldc, want + i * x.ldc, x.N);
                if (!(gap < 2e-5)) fail_msg("%u: row %zu is off by %g", s, i, gap);
                /* what lies behind a row stays */
                assert_memory_equal(c + i * x.ldc + x.N, x.start + i * x.ldc + x.N, 2 * sizeof *c);
            }
            if (first) assert_memory_equal(c, first, x.M * x.ldc * sizeof *c);
            if (!first)
                first = c;
            else
                free(c);
        }
        free(first), free(want);
        drop(&x);
    }
    float c[2] = {3, 4};
    ft_gemm_bf16(false, false, 1, 2, 0, NULL, 0, NULL, 2, 0.0f, c, 2);
    assert_true(c[0] == 0 && c[1] == 0);
}

/* A row of the result has the same bits alone and among others. */
static void test_row_alone(void **state)
{
    (void)state;
    struct operands x;
    take(&x, 130, 200, 66, 2);
    float *all = start_of(&x), *one = ft_xcalloc(x.ldc, sizeof *one);
    ft_gemm_bf16(false, true, x.M, x.N, x.K, x.a, x.lda, x.b, x.ldb, 0, all, x.ldc);
    for (size_t i = 0; i < x.M; i += 43) {
        ft_gemm_bf16(false, true, 1, x.N, x.K, x.a + i * x.lda, x.lda, x.b, x.ldb, 0, one, x.ldc);
        assert_memory_equal(one, all + i * x.ldc, x.N * sizeof *one);
    }
    free(all), free(one);
    drop(&x);
}

static void test_special_products(void **state)
{
    (void)state;
    uint16_t a[2] = {ft_bf16_of(INFINITY), ft_bf16_of(1)}, b[2] = {ft_bf16_of(0), ft_bf16_of(2)};
    float c = 0;
    ft_gemm_bf16(false, false, 1, 1, 2, a, 2, b, 1, 0, &c, 1);
    assert_true(isnan(c));
    b[0] = ft_bf16_of(1);
    ft_gemm_bf16(false, false, 1, 1, 2, a, 2, b, 1, 0, &c, 1);
    assert_true(isinf(c) && c > 0);
}

/* oneDNN 2.6 has such a product from AVX-512 on; it is only used where it is fast. */
static void test_onednn(void **state)
{
    (void)state;
    if (!ft_onednn_has_bf16()) skip();
    for (unsigned s = 0; s < SIZES * 8; s++) {
        struct operands x;
        take(&x, sizes[s / 8][0], sizes[s / 8][1], sizes[s / 8][2], s % 8);
        float *want = start_of(&x), *c = start_of(&x);
        ft_gemm_bf16_emulated(x.ta, x.tb, x.M, x.N, x.K, x.a, x.lda, x.b, x.ldb, x.beta, want,
                              x.ldc);
        if (!ft_onednn_gemm_bf16(x.ta, x.tb, x.M, x.N, x.K, x.a, x.lda, x.b, x.ldb, x.beta, c,
                                 x.ldc)) {
            print_message("oneDNN has no bf16 product for this processor\n");
            assert_int_not_equal(ft_gemm_bf16_way(), FT_GEMM_BF16_ONEDNN);
            free(want), free(c);
            drop(&x);
            skip();
        }
        for (size_t i = 0; i < x.M; i++)
            assert_true(check_gap(c + i * x.ldc, want + i * x.ldc, x.N) < 2e-5);
        free(want), free(c);
        drop(&x);
    }
}

static void test_choice(void **state)
{
    (void)state;
    char *text = ft_gemm_bf16_text();
    if (ft_gemm_bf16_has()) {
        assert_string_equal(ft_gemm_bf16_missing(), "");
        assert_null(strstr(text, "none"));
    } else {
        assert_true(*ft_gemm_bf16_missing() != '\0');
        assert_non_null(strstr(text, ft_gemm_bf16_missing()));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),     cmocka_unit_test(test_special),
        cmocka_unit_test(test_convert),   cmocka_unit_test(test_product),
        cmocka_unit_test(test_row_alone), cmocka_unit_test(test_special_products),
        cmocka_unit_test(test_onednn),    cmocka_unit_test(test_choice),
    };
    struct ft_err err;
    if (ft_pool_init(2, &err)) return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
