/* Layer norm and activations against plain double arithmetic and finite differences. */
#include "kernel_check.h"
#include "core/op_act.h"
#include "core/op_norm.h"

static const size_t sizes[] = {1, 7, 33, 384};

static void norm_naive(float *y, const float *x, const float *g, const float *b, size_t N, size_t C)
{
    for (size_t r = 0; r < N; r++) {
        double mean = 0.0, var = 0.0;
        for (size_t c = 0; c < C; c++)
            mean += (double)x[r * C + c] / (double)C;
        for (size_t c = 0; c < C; c++)
            var += pow((double)x[r * C + c] - mean, 2.0) / (double)C;
        for (size_t c = 0; c < C; c++)
            y[r * C + c] = (float)(((double)x[r * C + c] - mean) / sqrt(var + 1e-5) * (double)g[c] +
                                   (double)b[c]);
    }
}

/* A whole end of a block: sum = res + dropout(h + hb), y = norm(sum), loss = w . y. */
struct block {
    float *h, *hb, *res, *g, *b, *y, *sum, *mean, *rstd, *w;
    const struct ft_dropout *drop;
    size_t N, C;
};

static double block_loss(void *ctx)
{
    struct block *k = ctx;
    op_add_norm_fwd(k->y, k->sum, k->mean, k->rstd, k->h, k->hb, k->res, k->drop, k->g, k->b, k->N,
                    k->C, 1e-5f);
    return check_dot(k->w, k->y, k->N * k->C);
}

static void check_block(size_t N, size_t C, const struct ft_dropout *drop)
{
    size_t n = N * C;
    struct block k = {check_normal(n),
                      check_normal(C),
                      check_normal(n),
                      check_normal(C),
                      check_normal(C),
                      check_zeros(n),
                      check_zeros(n),
                      check_zeros(N),
                      check_zeros(N),
                      check_normal(n),
                      drop,
                      N,
                      C};
    float *dh = check_normal(n), *dres = check_normal(n), *dg = check_zeros(C);
    float *db = check_zeros(C), *dhb = check_zeros(C), *want = check_zeros(n);
    block_loss(&k);
    norm_naive(want, k.sum, k.g, k.b, N, C);
    assert_small(check_gap(k.y, want, n), 1e-5);
    op_norm_fwd(want, NULL, NULL, k.sum, k.g, k.b, N, C, 1e-5f);
    assert_memory_equal(want, k.y, n * sizeof(*want));
    op_add_norm_bwd(dh, dres, dg, db, dhb, k.w, k.sum, k.mean, k.rstd, drop, k.g, N, C);
    if (C < 100 && C > 1) {
        assert_small(check_slope(block_loss, &k, k.h, dh, n, 1e-2f), 2e-3);
        assert_small(check_slope(block_loss, &k, k.res, dres, n, 1e-2f), 2e-3);
        assert_small(check_slope(block_loss, &k, k.g, dg, C, 1e-2f), 2e-3);
        assert_small(check_slope(block_loss, &k, k.b, db, C, 1e-2f), 2e-3);
        assert_small(check_slope(block_loss, &k, k.hb, dhb, C, 1e-2f), 2e-3);
    }
    block_loss(&k); /* the last slope left another sum */
    float *dx = check_integers(n), *dx2 = check_zeros(n), *dg2 = check_zeros(C);
    float *db2 = check_zeros(C);
    for (size_t i = 0; i < n; i++)
        dx2[i] = dx[i] + dres[i];
    op_norm_bwd(dx, dg2, db2, k.w, k.sum, k.mean, k.rstd, k.g, N, C, true);
    assert_memory_equal(dg, dg2, C * sizeof(*dg));
    assert_memory_equal(db, db2, C * sizeof(*db));
    assert_small(check_gap(dx, dx2, n), 1e-5);
    free(k.h), free(k.hb), free(k.res), free(k.g), free(k.b), free(k.y), free(k.sum);
    free(k.mean), free(k.rstd), free(k.w), free(dh), free(dres), free(dg), free(db), free(dhb);
    free(want), free(dx), free(dx2), free(dg2), free(db2);
}

static void test_norm(void **state)
{
    (void)state;
    struct ft_dropout drop = {.p = 0.3f, .seed = 9, .step = 1};
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        for (size_t i = 0; i < 4; i++) {
            check_block(5, sizes[i], NULL);
            check_block(33, sizes[i], &drop);
        }
    }
}

static double act_exact(enum ft_act act, double x)
{
    switch (act) {
    case FT_ACT_GELU:
        return 0.5 * x * erfc(-x / sqrt(2.0));
    case FT_ACT_RELU:
        return fmax(x, 0.0);
    case FT_ACT_TANH:
        return tanh(x);
    case FT_ACT_SILU:
        return x / (1.0 + exp(-x));
    default:
        return 0.5 * x *
               (1.0 + tanh(sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    }
}

static void test_activations(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 2; threads++) {
        assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
        for (int act = 0; act < FT_ACT_COUNT; act++) {
            enum ft_act found;
            assert_true(ft_act_parse(ft_act_name((enum ft_act)act), &found) && (int)found == act);
            for (size_t s = 0; s < 4; s++) {
                size_t N = 37, C = sizes[s], n = N * C;
                float *x = check_normal(n), *b = check_normal(C), *pre = check_zeros(n);
                float *y = check_zeros(n), *dy = check_normal(n), *dx = check_zeros(n);
                float *db = check_zeros(C), *db2 = check_zeros(C), *again = check_zeros(n);
                for (size_t i = 0; i < n; i++)
                    x[i] *= 3.0f;
                op_act_fwd(y, pre, x, b, (enum ft_act)act, N, C);
                op_act_bwd(dx, db, again, dy, pre, (enum ft_act)act, N, C);
                assert_memory_equal(again, y, n * sizeof *y);
                for (size_t i = 0; i < n; i++) {
                    double at = (double)(x[i] + b[i % C]), h = 1e-5;
                    assert_true(pre[i] == x[i] + b[i % C]);
                    double want = act_exact((enum ft_act)act, at);
                    assert_small(fabs((double)y[i] - want) / fmax(1e-3, fabs(want)), 2e-6);
                    double slope = (act_exact((enum ft_act)act, at + h) -
                                    act_exact((enum ft_act)act, at - h)) /
                                   (2 * h);
                    if (act != FT_ACT_RELU || fabs(at) > 2 * h)
                        assert_small(fabs((double)dx[i] - slope * (double)dy[i]), 1e-5);
                    db2[i % C] += dx[i];
                }
                assert_small(check_gap(db, db2, C), 1e-5);
                free(x), free(b), free(pre), free(y), free(dy), free(dx), free(db), free(db2);
                free(again);
            }
        }
    }
    enum ft_act found;
    assert_false(ft_act_parse("swish?", &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_norm),
        cmocka_unit_test(test_activations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
