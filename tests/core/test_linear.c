/* Matrix products and linear layers: whole numbers against the naive twin, exactly. */
#include "kernel_check.h"
#include "core/gemm.h"
#include "core/op_linear.h"
#include "core/op_embed.h"

static const size_t sizes[] = {1, 2, 7, 33, 64, 130};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

/* Every backend that is there, through the interface and by name. */
static void test_gemm(void **state)
{
    (void)state;
    for (size_t s = 0; s < (size_t)SIZES * SIZES * 4; s++) {
        bool ta = s & 1, tb = s & 2;
        size_t M = sizes[s / 4 % SIZES], N = sizes[s / 4 / SIZES], K = sizes[(s + 3) % SIZES];
        float *a = check_integers(M * K), *b = check_integers(N * K),
              *start = check_integers(M * N);
        float *c = check_zeros(M * N), *want = check_zeros(M * N);
        float beta = s % 3 ? 1.0f : s % 2 ? 0.5f : 0.0f;
        size_t lda = ta ? M : K, ldb = tb ? K : N;
        memcpy(want, start, M * N * sizeof(*c));
        ft_gemm_naive(ta, tb, M, N, K, a, lda, b, ldb, beta, want, N);
        for (int i = 0; i <= FT_GEMM_BACKEND_COUNT; i++) {
            enum ft_gemm_backend by = (enum ft_gemm_backend)i;
            memcpy(c, start, M * N * sizeof(*c));
            if (beta == 0.0f) c[0] = NAN; /* not read */
            if (i == FT_GEMM_BACKEND_COUNT)
                ft_gemm(ta, tb, M, N, K, a, lda, b, ldb, beta, c, N);
            else if (ft_gemm_can(by, ta, beta))
                ft_gemm_by(by, ta, tb, M, N, K, a, lda, b, ldb, beta, c, N);
            else
                continue;
            assert_memory_equal(c, want, M * N * sizeof(*c));
        }
        free(a), free(b), free(c), free(want), free(start);
    }
    float c[2] = {3, 4};
    ft_gemm(false, false, 1, 2, 0, NULL, 0, NULL, 2, 2.0f, c, 2);
    assert_true(c[0] == 6.0f && c[1] == 8.0f);
}

static void test_backends(void **state)
{
    (void)state;
    assert_true(ft_gemm_can(FT_GEMM_OPENBLAS, true, 0.5f));
    assert_false(ft_gemm_can(FT_GEMM_OWN, true, 0));
    assert_int_equal(ft_gemm_choice(false, true, 12, 384, 384, 0), FT_GEMM_OWN);
    assert_int_equal(ft_gemm_choice(true, false, 12, 384, 384, 1), FT_GEMM_OPENBLAS);
    assert_int_equal(ft_gemm_choice(false, true, 4096, 768, 3072, 1), FT_GEMM_OPENBLAS);
    assert_int_equal(ft_gemm_choice(false, true, 4096, 2, 384, 1), FT_GEMM_OPENBLAS);
    char *text = ft_gemm_text();
    assert_non_null(strstr(text, "OpenBLAS ("));
    assert_true((strstr(text, "oneDNN") != NULL) == ft_gemm_can(FT_GEMM_ONEDNN, false, 0));
    free(text);
}

/* Both storage orders, forward and backward, adding and writing. */
static void check_layer(size_t N, size_t I, size_t O, bool conv, bool add)
{
    float *x = check_integers(N * I), *w = check_integers(I * O), *b = check_integers(O);
    float *dy = check_integers(N * O), *y = check_normal(N * O), *want = check_zeros(N * O);
    for (size_t r = 0; r < N; r++)
        memcpy(want + r * O, b, O * sizeof(*b));
    ft_gemm_naive(false, !conv, N, O, I, x, I, w, conv ? O : I, 1, want, O);
    (conv ? op_conv1d_fwd : op_linear_fwd)(y, x, w, b, N, I, O);
    assert_memory_equal(y, want, N * O * sizeof(*y));

    float *dx = check_integers(N * I), *dw = check_integers(I * O), *db = check_integers(O);
    float *dx2 = check_zeros(N * I), *dw2 = check_zeros(I * O), *db2 = check_zeros(O);
    memcpy(dx2, dx, N * I * sizeof(*dx));
    memcpy(dw2, dw, I * O * sizeof(*dw));
    memcpy(db2, db, O * sizeof(*db));
    ft_gemm_naive(false, conv, N, I, O, dy, O, w, conv ? O : I, add, dx2, I);
    if (conv)
        ft_gemm_naive(true, false, I, O, N, x, I, dy, O, 1, dw2, O);
    else
        ft_gemm_naive(true, false, O, I, N, dy, O, x, I, 1, dw2, I);
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
        cmocka_unit_test(test_backends),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_embed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
