/* Rotary positions, gated activations, norms without a shift and means of groups: against plain loops,
 * and gradients against differences. */
#include "kernel_check.h"
#include "core/op_act.h"
#include "core/op_hidden.h"
#include "core/op_norm.h"
#include "core/op_rotary.h"

static void rotary(void **state)
{
    (void)state;
    enum { T = 40, N = 7, HEADS = 3 };
    static const int32_t pos[T] = {
        [0] = 0, [1] = 39, [2] = 5, [3] = 1, [4] = 17, [5] = 2, [6] = 38};
    static const int32_t rows[] = {4, 0, 6};
    static const size_t sizes[] = {2, 10, 36, 64};
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        size_t D = sizes[k], ld = HEADS * D + 5;
        float *table = check_zeros(T * D), *x = check_normal(N * ld), *was = check_zeros(N * ld);
        memcpy(was, x, N * ld * sizeof *x);
        op_rotary_table(table, T, D, 10000);
        op_rotary(x, table, pos, NULL, N, HEADS, D, ld, false);
        for (size_t n = 0; n < N; n++) {
            for (size_t h = 0; h < HEADS; h++) {
                for (size_t c = 0; c < D / 2; c++) {
                    size_t at = n * ld + h * D + c;
                    double turn = pow(10000, -2.0 * (double)c / (double)D), a = (double)was[at];
                    double angle = (double)pos[n] * turn, b = (double)was[at + D / 2];
                    assert_small(fabs((double)x[at] - (a * cos(angle) - b * sin(angle))), 2e-5);
                    assert_small(fabs((double)x[at + D / 2] - (b * cos(angle) + a * sin(angle))),
                                 2e-5);
                }
            }
            /* what lies between the rows stays */
            assert_memory_equal(x + n * ld + HEADS * D, was + n * ld + HEADS * D, 5 * sizeof *x);
        }
        /* back again; and some rows by themselves turn as they did among all */
        float *some = check_zeros(3 * ld);
        for (size_t i = 0; i < 3; i++)
            memcpy(some + i * ld, was + (size_t)rows[i] * ld, ld * sizeof *some);
        op_rotary(some, table, pos, rows, 3, HEADS, D, ld, false);
        for (size_t i = 0; i < 3; i++)
            assert_memory_equal(some + i * ld, x + (size_t)rows[i] * ld, ld * sizeof *some);
        op_rotary(x, table, pos, NULL, N, HEADS, D, ld, true);
        assert_small(check_gap(x, was, N * ld), 1e-5);
        free(table), free(x), free(was), free(some);
    }
}

struct glu {
    float *x, *b, *w, *pre, *y;
    enum ft_act act;
    size_t N, C;
};

static double glu_loss(void *ctx)
{
    struct glu *g = ctx;
    memcpy(g->pre, g->x, 2 * g->N * g->C * sizeof *g->pre);
    op_glu_fwd(g->y, g->pre, g->b, g->act, g->N, g->C);
    return check_dot(g->w, g->y, g->N * g->C);
}

static void gated(void **state)
{
    (void)state;
    for (int act = 0; act < FT_ACT_COUNT; act++) {
        for (int biased = 0; biased < 2; biased++) {
            size_t N = 5, C = 19;
            struct glu g = {.x = check_normal(2 * N * C),
                            .b = biased ? check_normal(2 * C) : NULL,
                            .w = check_normal(N * C),
                            .pre = check_zeros(2 * N * C),
                            .y = check_zeros(N * C),
                            .act = (enum ft_act)act,
                            .N = N,
                            .C = C};
            glu_loss(&g);
            float *plain = check_zeros(N * C), *half = check_zeros(N * C);
            for (size_t r = 0; r < N; r++)
                for (size_t c = 0; c < C; c++)
                    half[r * C + c] = g.x[2 * r * C + c] + (biased ? g.b[c] : 0);
            op_act_fwd(plain, NULL, half, NULL, g.act, N, C);
            for (size_t r = 0; r < N; r++)
                for (size_t c = 0; c < C; c++)
                    plain[r * C + c] *= g.x[(2 * r + 1) * C + c] + (biased ? g.b[C + c] : 0);
            assert_small(check_gap(g.y, plain, N * C), 1e-6);
            float *dx = check_zeros(2 * N * C), *db = check_zeros(2 * C),
                  *again = check_zeros(N * C);
            memcpy(dx, g.pre, 2 * N * C * sizeof *dx);
            op_glu_bwd(dx, biased ? db : NULL, again, g.w, g.act, N, C);
            assert_memory_equal(again, g.y, N * C * sizeof *again);
            if (act != FT_ACT_RELU) { /* whose slope jumps */
                assert_small(check_slope(glu_loss, &g, g.x, dx, 2 * N * C, 1e-2f), 1e-3);
                if (biased) assert_small(check_slope(glu_loss, &g, g.b, db, 2 * C, 1e-2f), 1e-3);
            }
            free(g.x), free(g.b), free(g.w), free(g.pre), free(g.y);
            free(plain), free(half), free(dx), free(db), free(again);
        }
    }
}

static void no_shift(void **state)
{
    (void)state;
    size_t N = 6, C = 21;
    float *x = check_normal(N * C), *g = check_normal(C), *zero = check_zeros(C);
    float *dy = check_normal(N * C), *mean = check_zeros(N), *rstd = check_zeros(N);
    float *a = check_zeros(N * C), *b = check_zeros(N * C),
          *dg[2] = {check_zeros(C), check_zeros(C)};
    op_norm_fwd(a, mean, rstd, x, g, zero, N, C, 1e-5f);
    op_norm_fwd(b, mean, rstd, x, g, NULL, N, C, 1e-5f);
    assert_small(check_gap(a, b, N * C), 0);
    op_norm_bwd(a, dg[0], zero, dy, x, mean, rstd, g, N, C, false);
    op_norm_bwd(b, dg[1], NULL, dy, x, mean, rstd, g, N, C, false);
    assert_small(check_gap(a, b, N * C), 0);
    assert_small(check_gap(dg[0], dg[1], C), 0);
    free(x), free(g), free(zero), free(dy), free(mean), free(rstd), free(a), free(b);
    free(dg[0]), free(dg[1]);
}

static void means(void **state)
{
    (void)state;
    static const int32_t starts[] = {0, 1, 5, 40};
    enum { B = 3, C = 9, N = 40 };
    struct ft_groups g = {.G = B, .from = starts, .to = starts + 1};
    float *y = check_integers(N * C), *d = check_normal(B * C), *dy = check_normal(N * C);
    float out[B * C];
    op_group_mean(out, y, &g, C);
    op_group_mean_bwd(dy, d, &g, C);
    for (size_t b = 0; b < B; b++) {
        double T = (double)(starts[b + 1] - starts[b]);
        for (size_t c = 0; c < C; c++) {
            double sum = 0;
            for (int32_t n = starts[b]; n < starts[b + 1]; n++) {
                sum += (double)y[(size_t)n * C + c];
                assert_small(fabs((double)dy[(size_t)n * C + c] - (double)d[b * C + c] / T), 1e-6);
            }
            assert_small(fabs((double)out[b * C + c] - sum / T), 1e-6);
        }
    }
    free(y), free(d), free(dy);
}

int main(void)
{
    if (ft_pool_init(2, NULL)) return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(rotary), cmocka_unit_test(gated),
                                       cmocka_unit_test(no_shift), cmocka_unit_test(means)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
