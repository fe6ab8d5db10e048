/* Optimisers against the definition in double, schedules and metrics against worked numbers. */
#include "kernel_check.h"
#include "core/metrics.h"
#include "core/optim.h"
#include "core/sched.h"

enum { COUNT = 5003, STEPS = 12 };

static const struct ft_optim_range ranges[] = {
    {0, 2001, true, 1.0f}, {2001, 2008, false, 1.0f}, {3000, COUNT, true, 0.5f}};

/* torch.optim.AdamW, Adam, SGD for one element; state is {m, v}. */
static double naive_step(const struct ft_optim *o, const struct ft_optim_range *r, double p,
                         double g, double state[2])
{
    double lr = o->lr * (double)r->lr_scale, decay = r->decay ? o->weight_decay : 0.0;
    double t = (double)o->step;
    g *= (double)o->grad_scale;
    if (o->kind == FT_OPTIM_ADAMW)
        p -= lr * decay * p;
    else
        g += decay * p;
    if (o->kind == FT_OPTIM_SGD) return p - lr * g;
    state[0] = o->beta1 * state[0] + (1.0 - o->beta1) * g;
    state[1] = o->beta2 * state[1] + (1.0 - o->beta2) * g * g;
    double m = state[0] / (1.0 - pow(o->beta1, t)), v = state[1] / (1.0 - pow(o->beta2, t));
    return p - lr * m / (sqrt(v) + o->eps);
}

static void check_optim(enum ft_optim_kind kind, int threads)
{
    assert_int_equal(ft_pool_init(threads, NULL), FT_OK);
    float *p = check_normal(COUNT), *m = check_zeros(COUNT), *v = check_zeros(COUNT);
    float *g = check_zeros(COUNT), *first = check_zeros(COUNT);
    double *want = ft_xcalloc(COUNT, sizeof(*want)),
           (*state)[2] = ft_xcalloc(COUNT, sizeof(*state));
    memcpy(first, p, COUNT * sizeof(*p));
    for (size_t i = 0; i < COUNT; i++)
        want[i] = (double)p[i];
    bool needs = ft_optim_states(kind) == 2;
    for (uint64_t t = 1; t <= STEPS; t++) {
        struct ft_optim o = {.kind = kind,
                             .lr = 1e-2,
                             .beta1 = 0.9,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .weight_decay = 0.1,
                             .step = t,
                             .grad_scale = 0.7f,
                             .zero_grad = t % 2};
        for (size_t i = 0; i < COUNT; i++)
            g[i] = (float)ft_rng_normal(&check_rng);
        double squares = 0.0;
        for (size_t r = 0; r < 3; r++) {
            for (size_t i = ranges[r].begin; i < ranges[r].end; i++) {
                squares += (double)g[i] * (double)g[i];
                want[i] = naive_step(&o, &ranges[r], want[i], (double)g[i], state[i]);
            }
        }
        assert_small(fabs(ft_optim_norm(g, ranges, 3) - sqrt(squares)), 1e-5 * sqrt(squares));
        ft_optim_step(&o, p, g, needs ? m : NULL, needs ? v : NULL, ranges, 3);
        assert_true((g[0] == 0.0f) == (t % 2 == 1) && (g[COUNT - 1] == 0.0f) == (t % 2 == 1));
        assert_true(g[2500] != 0.0f);
    }
    for (size_t i = 0; i < COUNT; i++)
        assert_small(fabs((double)p[i] - want[i]), 2e-6);
    assert_memory_equal(p + 2008, first + 2008, (3000 - 2008) * sizeof(*p));
    g[10] = NAN;
    bool finite = isfinite(ft_optim_norm(g, ranges, 3));
    assert_false(finite);
    free(p), free(m), free(v), free(g), free(first), free(want), free(state);
}

static void test_optimisers(void **state)
{
    (void)state;
    for (int kind = 0; kind < FT_OPTIM_COUNT; kind++) {
        enum ft_optim_kind found;
        assert_true(ft_optim_parse(ft_optim_name((enum ft_optim_kind)kind), &found));
        assert_int_equal(found, kind);
        check_optim((enum ft_optim_kind)kind, 1);
        check_optim((enum ft_optim_kind)kind, 2);
    }
    assert_small(fabs((double)ft_optim_clip(4.0, 1.0) - 1.0 / (4.0 + 1e-6)), 1e-7);
    assert_true(ft_optim_clip(0.5, 1.0) == 1.0f && ft_optim_clip(50.0, 0.0) == 1.0f);
}

static void test_schedules(void **state)
{
    (void)state;
    static const struct {
        enum ft_sched_kind kind;
        uint64_t step;
        double lr; /* base 1, 10 of 100 steps of warm-up */
    } rows[] = {
        {FT_SCHED_LINEAR, 0, 0.0},
        {FT_SCHED_LINEAR, 5, 0.5},
        {FT_SCHED_LINEAR, 10, 1.0},
        {FT_SCHED_LINEAR, 55, 0.5},
        {FT_SCHED_LINEAR, 100, 0.0},
        {FT_SCHED_LINEAR, 120, 0.0},
        {FT_SCHED_COSINE, 9, 0.9},
        {FT_SCHED_COSINE, 55, 0.5},
        {FT_SCHED_COSINE, 40, 0.75},
        {FT_SCHED_COSINE, 100, 0.0},
        {FT_SCHED_CONSTANT, 0, 1.0},
        {FT_SCHED_CONSTANT, 99, 1.0},
        {FT_SCHED_CONSTANT_WITH_WARMUP, 1, 0.1},
        {FT_SCHED_CONSTANT_WITH_WARMUP, 99, 1.0},
        {FT_SCHED_POLYNOMIAL, 5, 0.5},
        {FT_SCHED_POLYNOMIAL, 55, 0.5 * (1.0 - 1e-7) + 1e-7},
        {FT_SCHED_POLYNOMIAL, 100, 1e-7},
        {FT_SCHED_POLYNOMIAL, 101, 1e-7},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_small(fabs(ft_sched_lr(rows[i].kind, 1.0, rows[i].step, 10, 100) - rows[i].lr),
                     1e-12);
    for (int kind = 0; kind < FT_SCHED_COUNT; kind++) {
        enum ft_sched_kind found;
        assert_true(ft_sched_parse(ft_sched_name((enum ft_sched_kind)kind), &found));
        assert_int_equal(found, kind);
        assert_true(strlen(ft_sched_help((enum ft_sched_kind)kind)) > 10);
        assert_true(isfinite(ft_sched_lr((enum ft_sched_kind)kind, 1.0, 3, 5, 5)));
        assert_true(isfinite(ft_sched_lr((enum ft_sched_kind)kind, 1.0, 5, 5, 5)));
    }
    assert_int_equal(ft_sched_warmup(7.0, 0.5, 100), 7);
    assert_int_equal(ft_sched_warmup(0.0, 0.1, 101), 11);
    assert_int_equal(ft_sched_warmup(0.05, 0.0, 101), 6);
    assert_int_equal(ft_sched_warmup(0.0, 0.0, 101), 0);
}

static void test_metrics(void **state)
{
    (void)state;
    /* scikit-learn: y_true 0 0 0 1 1 2, y_pred 0 0 1 1 2 2 */
    int32_t truth[] = {0, 0, 0, 1, 1, 2}, predicted[] = {0, 0, 1, 1, 2, 2};
    uint64_t counts[16] = {0};
    ft_confusion_add(counts, 4, truth, predicted, 6);
    assert_int_equal(counts[0], 2);
    assert_int_equal(counts[1], 1);
    struct ft_class_score k[4];
    struct ft_report r;
    ft_report_make(&r, k, counts, 4);
    assert_small(fabs(r.accuracy - 4.0 / 6.0), 1e-12);
    assert_small(fabs(k[0].precision - 1.0), 1e-12);
    assert_small(fabs(k[0].recall - 2.0 / 3.0), 1e-12);
    assert_small(fabs(k[0].f1 - 0.8), 1e-12);
    assert_small(fabs(k[2].f1 - 2.0 / 3.0), 1e-12);
    assert_small(k[3].f1 + k[3].precision + k[3].recall, 0.0);
    assert_small(fabs(r.macro.f1 - (0.8 + 0.5 + 2.0 / 3.0) / 3.0), 1e-12);
    assert_small(fabs(r.weighted.f1 - (3 * 0.8 + 2 * 0.5 + 2.0 / 3.0) / 6.0), 1e-12);
    assert_int_equal(r.weighted.support, 6);
    assert_small(fabs(r.mcc - 12.0 / sqrt(24.0 * 22.0)), 1e-12);
    assert_small(fabs(ft_perplexity(0.0) - 1.0), 0.0);
    double sure[] = {0.9, 0.9, 0.5, 1.0};
    uint8_t right[] = {1, 0, 1, 1};
    assert_small(fabs(ft_calibration_error(sure, right, 4) - (0.8 + 0.5) / 4.0), 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_optimisers),
        cmocka_unit_test(test_schedules),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
