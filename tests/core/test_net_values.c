/* Regression heads of every family: a net with a value scale is one that learns targets divided by it,
 * to the bit; folding makes a plain net of it; rows without a target change nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/family.h"
#include "core/net.h"
#include "core/pool.h"
#include "util/rng.h"
#include "family_config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { B = 4, T = 7 };

struct one {
    struct ft_net *net;
    struct ft_ws *ws;
    struct ft_net_loss loss;
    float out[B], each[B];
};
static int32_t ids[B * T], offsets[B + 1];

static void one_open(struct one *o, enum ft_family family, float scale)
{
    struct ft_net_config cfg;
    struct ft_err err = {0};
    family_config(&cfg, family, FT_HEAD_CLASSIFY);
    cfg.problem = FT_PROBLEM_TYPE_REGRESSION;
    cfg.vocab = 61, cfg.positions = 40, cfg.hidden = 20, cfg.heads = 2, cfg.layers = 2;
    cfg.pad_id = cfg.pad_id >= 61 ? 0 : cfg.pad_id;
    cfg.ff = 36, cfg.labels = 1, cfg.init_range = 0.25;
    if (ft_net_new(&o->net, &cfg, &err)) fail_msg("%s", err.msg);
    assert_true(o->net->value_scale == 1);
    ft_net_init_weights(o->net, 11, false);
    o->net->value_scale = scale;
    if (ft_net_out_bias(o->net)) *ft_net_out_bias(o->net) = 0.375f;
    if (ft_net_train_begin(o->net, &err)) fail_msg("%s", err.msg);
    struct ft_ws_opt opt = {.N = B * T, .B = B, .T = T, .train = true};
    if (ft_ws_new(&o->ws, o->net, &opt, &err)) fail_msg("%s", err.msg);
}

static void one_step(struct one *o, size_t rows, const float *values, const int32_t *labels)
{
    struct ft_err err = {0};
    struct ft_net_batch batch = {.N = rows * T, .B = rows, .ids = ids, .offsets = offsets};
    struct ft_drop_key key = {.seed = 5, .step = 17};
    struct ft_net_targets targets = {.values = values, .labels = labels};
    double weight = ft_net_loss_weight(&o->net->cfg, &batch, &targets, NULL);
    ft_net_grads_zero(o->net);
    if (ft_net_forward(o->net, o->ws, &batch, &key, &err)) fail_msg("%s", err.msg);
    memcpy(o->out, ft_ws_logits(o->ws), rows * sizeof(float));
    struct ft_loss_opt opt = {.grad_scale = (float)(1 / weight), .losses = o->each};
    ft_net_loss(o->net, o->ws, &targets, &opt, &o->loss);
    assert_true(o->loss.weight == weight);
    ft_net_backward(o->net, o->ws);
}

static void one_close(struct one *o)
{
    ft_ws_free(o->ws);
    ft_net_free(o->net);
}

static void same(const float *a, const float *b, size_t n, float factor)
{
    for (size_t i = 0; i < n; i++)
        assert_true(a[i] == b[i] * factor);
}

static void scales(void **state)
{
    (void)state;
    const float unit[B] = {-1.5f, 0.25f, 2, 0.875f}, wide[B] = {-12, 2, 16, 7};
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        if (!ft_family_has_head((enum ft_family)f, FT_HEAD_CLASSIFY)) continue;
        struct one plain, scaled;
        one_open(&plain, (enum ft_family)f, 1);
        one_open(&scaled, (enum ft_family)f, 8);
        size_t n = plain.net->params.floats;
        one_step(&plain, B, unit, NULL);
        one_step(&scaled, B, wide, NULL);
        same(scaled.out, plain.out, B, 8);
        same(scaled.each, plain.each, B, 64); /* losses of the true values */
        assert_true(scaled.loss.sum == plain.loss.sum * 64);
        same(scaled.net->g, plain.net->g, n, 1);
        double sum = 0;
        for (size_t b = 0; b < B; b++)
            sum += pow((double)scaled.out[b] - (double)wide[b], 2);
        assert_true(fabs(sum - scaled.loss.sum) < 1e-9 * sum);

        float *before = malloc(n * sizeof *before);
        memcpy(before, scaled.net->w, n * sizeof *before);
        ft_net_values_fold(scaled.net); /* as it is saved, and read by others */
        scaled.net->value_scale = 1;
        one_step(&scaled, B, wide, NULL);
        same(scaled.out, plain.out, B, 8);
        scaled.net->value_scale = 8;
        ft_net_values_unfold(scaled.net);
        assert_memory_equal(before, scaled.net->w, n * sizeof *before);
        free(before);
        one_close(&scaled);
        one_close(&plain);
    }
}

/* A batch of one, and the same with three more rows that have no target. */
static void rows_without_target(void **state)
{
    (void)state;
    const float values[B] = {3, 9, 9, 9};
    const int32_t labels[B] = {0, -100, -100, -100};
    struct one one, more;
    one_open(&one, FT_FAMILY_BERT, 1);
    one_open(&more, FT_FAMILY_BERT, 1);
    one.net->cfg.hidden_dropout = more.net->cfg.hidden_dropout = 0;
    one.net->cfg.attn_dropout = more.net->cfg.attn_dropout = 0;
    one.net->cfg.embed_dropout = more.net->cfg.embed_dropout = 0;
    one.net->cfg.head_dropout = more.net->cfg.head_dropout = 0;
    one_step(&one, 1, values, NULL);
    one_step(&more, B, values, labels);
    assert_true(more.loss.weight == 1 && more.loss.sum == one.loss.sum);
    assert_true(more.each[1] == 0);
    for (size_t i = 0; i < one.net->params.floats; i++)
        assert_true(fabsf(one.net->g[i] - more.net->g[i]) <= 1e-5f * fabsf(one.net->g[i]) + 1e-5f);
    one_close(&more);
    one_close(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scales),
        cmocka_unit_test(rows_without_target),
    };
    struct ft_err err = {0};
    struct ft_rng r;
    if (ft_pool_init(2, &err)) return 1;
    ft_rng_init(&r, 4, 2);
    for (size_t i = 0; i < B * T; i++)
        ids[i] = (int32_t)(4 + ft_rng_below(&r, 57));
    for (int b = 0; b <= B; b++)
        offsets[b] = b * T;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
