/* Matrix products and linear layers: whole numbers against the naive twin, exactly. */
#include "kernel_check.h"
#include "core/blas.h"
#include "core/gemm_skinny.h"
#include "core/op_linear.h"
#include "core/op_embed.h"

static const size_t sizes[] = {1, 2, 7, 33, 64, 130};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static void test_gemm(void **state)
{
    (void)state;
    for (size_t s = 0; s < (size_t)SIZES * SIZES * 4; s++) {
        bool ta = s & 1, tb = s & 2;
        size_t M = sizes[s / 4 % SIZES], N = sizes[s / 4 / SIZES], K = sizes[(s + 3) % SIZES];
        float *a = check_integers(M * K), *b = check_integers(N * K);
        float *c = check_integers(M * N), *d = check_zeros(M * N);
        memcpy(d, c, M * N * sizeof(*c));
        float beta = s % 3 ? 1.0f : 0.0f;
        ft_blas_gemm(ta, tb, M, N, K, 2.0f, a, ta ? M : K, b, tb ? K : N, beta, c, N);
        ft_blas_gemm_naive(ta, tb, M, N, K, 2.0f, a, ta ? M : K, b, tb ? K : N, beta, d, N);
        assert_memory_equal(c, d, M * N * sizeof(*c));
        free(a), free(b), free(c), free(d);
    }
    float c[2] = {3, 4};
    ft_blas_gemm(false, false, 1, 2, 0, 1.0f, NULL, 0, NULL, 2, 2.0f, c, 2);
    assert_true(c[0] == 6.0f && c[1] == 8.0f);
    assert_non_null(ft_blas_core_name());
}

/* Every number of rows; columns and sums that fill no tile; parts of wider matrices. */
static void test_few_rows(void **state)
{
    (void)state;
    for (size_t M = 0; M <= FT_GEMM_SKINNY_ROWS_MAX; M++) {
        for (size_t s = 0; s < (size_t)SIZES * SIZES; s++) {
            size_t N = sizes[s / SIZES], K = sizes[s % SIZES], more = s % 3;
            size_t lda = K + more, ldb = K + 2 * more, ldc = N + more;
            float *a = check_integers(M * lda), *b = check_integers(N * ldb);
            float *c = check_integers(M * ldc), *d = check_zeros(M * ldc);
            memcpy(d, c, M * ldc * sizeof(*c));
            float beta = (float)(s % 4) * 0.5f;
            if (beta == 0.0f && M) c[0] = NAN; /* not read */
            ft_gemm_skinny(c, ldc, a, lda, b, ldb, M, N, K, beta);
            ft_blas_gemm_naive(false, true, M, N, K, 1.0f, a, lda, b, ldb, beta, d, ldc);
            assert_memory_equal(c, d, M * ldc * sizeof(*c));
            free(a), free(b), free(c), free(d);
        }
    }
}

/* Both storage orders, forward and backward, adding and writing. */
static void check_layer(size_t N, size_t I, size_t O, bool conv, bool add)
{
    float *x = check_integers(N * I), *w = check_integers(I * O), *b = check_integers(O);
    float *dy = check_integers(N * O), *y = check_normal(N * O), *want = check_zeros(N * O);
    for (size_t r = 0; r < N; r++)
        memcpy(want + r * O, b, O * sizeof(*b));
    ft_blas_gemm_naive(false, !conv, N, O, I, 1, x, I, w, conv ? O : I, 1, want, O);
    (conv ? op_conv1d_fwd : op_linear_fwd)(y, x, w, b, N, I, O);
    assert_memory_equal(y, want, N * O * sizeof(*y));

    float *dx = check_integers(N * I), *dw = check_integers(I * O), *db = check_integers(O);
    float *dx2 = check_zeros(N * I), *dw2 = check_zeros(I * O), *db2 = check_zeros(O);
    memcpy(dx2, dx, N * I * sizeof(*dx));
    memcpy(dw2, dw, I * O * sizeof(*dw));
    memcpy(db2, db, O * sizeof(*db));
    ft_blas_gemm_naive(false, conv, N, I, O, 1, dy, O, w, conv ? O : I, add, dx2, I);
    if (conv)
        ft_blas_gemm_naive(true, false, I, O, N, 1, x, I, dy, O, 1, dw2, O);
    else
        ft_blas_gemm_naive(true, false, O, I, N, 1, dy, O, x, I, 1, dw2, I);
    for (size_t i = 0; i < N * O; i++)
        db2[i % O] += dy[i];
    (conv ? op_conv1d_bwd : op_linear_bwd)(dx, dw, db, dy, x, w, N, I, O, add);
    assert_memory_equal(dx, dx2, N * I * sizeof(*dx));
    assert_memory_equal(dw, dw2, I * O * sizeof(*dw));
    assert_memory_equal(db, db2, O * sizeof(*db));
    (conv ? op_conv1d_bwd : op_linear_bwd)(NULL, NULL, NULL, dy, x, w, N, I, O, add);
    free(x), free(w), free(b), free(dy), free(y), free(want), free(dx), free(dw), free(db);
    free(dx2), free(dw2), free(db2);
}

static void test_layers(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        for (size_t s = 0; s < 4 * SIZES; s++)
            check_layer(sizes[s % SIZES], sizes[(s + 2) % SIZES], sizes[(2 * s + 3) % SIZES],
                        s / SIZES % 2, s / SIZES / 2);
    }
}

static void test_embed(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        for (size_t s = 0; s < SIZES; s++) {
            enum { N = 50, V = 9, P = 6 };
            size_t C = sizes[s];
            int32_t ids[N], pos[N], type[N];
            for (size_t i = 0; i < N; i++) {
                ids[i] = (int32_t)ft_rng_below(&check_rng, V);
                pos[i] = (int32_t)ft_rng_below(&check_rng, P);
                type[i] = (int32_t)ft_rng_below(&check_rng, 2);
            }
            float *tok = check_integers(V * C), *wpe = check_integers(P * C);
            float *wtt = check_integers(2 * C), *y = check_zeros(N * C),
                  *dy = check_integers(N * C);
            float *dt = check_zeros(V * C), *dp = check_zeros(P * C), *dk = check_zeros(2 * C);
            op_embed_fwd(y, ids, pos, type, tok, wpe, wtt, N, C);
            op_embed_bwd(dt, dp, dk, dy, ids, pos, type, N, C);
            op_embed_bwd(NULL, NULL, dk, dy, ids, pos, NULL, N, C);
            for (size_t i = 0; i < N * C; i++) {
                size_t r = i / C, c = i % C;
                size_t a = (size_t)ids[r] * C + c, b = (size_t)pos[r] * C + c;
                size_t k = (size_t)type[r] * C + c;
                assert_true(y[i] == tok[a] + wpe[b] + wtt[k]);
                dt[a] -= dy[i];
                dp[b] -= dy[i];
                dk[k] -= dy[i];
                dk[c] -= dy[i];
            }
            float *zero = check_zeros(V * C);
            assert_memory_equal(dt, zero, V * C * sizeof(*dt));
            assert_memory_equal(dp, zero, P * C * sizeof(*dp));
            assert_memory_equal(dk, zero, 2 * C * sizeof(*dk));
            op_embed_fwd(y, ids, NULL, NULL, tok, NULL, NULL, N, C);
            assert_true(y[C] == tok[(size_t)ids[1] * C]);
            free(tok), free(wpe), free(wtt), free(y), free(dy), free(dt), free(dp), free(dk);
            free(zero);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gemm),
        cmocka_unit_test(test_few_rows),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_embed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
