/* How a training step grows: with the threads, the tokens and the layers. Steps of the model's body
 * with a new head that labels every token, random weights and random tokens: a classifier's last layer
 * works for one token of a text only, so that twice its layers are more than twice the work. The variants take turns, and a ratio is
 * that of one turn, so that what else the machine does hits both sides alike. */
#include "engine/tools/bench_in.h"

#include "core/net.h"
#include "core/optim.h"
#include "core/pool.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/rng.h"

#include <stdlib.h>

/* A net of its own with all that a step takes. */
struct body {
    struct ft_net *net;
    float *moments[2];
    struct ft_optim_range *ranges;
    size_t range_n;
    struct ft_optim optim;
};

enum { WHOLE, ONE_THREAD, HALF_TOKENS, HALF_LAYERS, VARIANTS };

struct scale {
    struct body whole, half; /* of the layers */
    struct ft_ws *ws[2];     /* of whole and of half */
    int32_t *ids, *offsets, *labels;
    size_t texts, length;
    int threads;
    struct ft_bench_rounds ms[VARIANTS], ratio[VARIANTS];
};

static enum ft_status body_new(struct body *b, const struct ft_net_config *cfg, struct ft_err *err)
{
    enum ft_status st = ft_net_new(&b->net, cfg, err);
    if (!st) st = ft_net_train_begin(b->net, err);
    if (st) return st;
    const struct ft_params *ps = &b->net->params;
    ft_net_init_weights(b->net, 1, false);
    for (int k = 0; k < 2; k++)
        if (!(b->moments[k] = ft_try_big(ps->floats * sizeof(float))))
            return ft_fail(err, FT_NOMEM, "no memory for the optimiser's %zu values", ps->floats);
    b->ranges = ft_xcalloc(ps->n, sizeof *b->ranges);
    b->range_n = ft_params_ranges(ps, NULL, b->ranges);
    b->optim = (struct ft_optim){.kind = FT_OPTIM_ADAMW,
                                 .lr = 1e-5,
                                 .beta1 = 0.9,
                                 .beta2 = 0.999,
                                 .eps = 1e-8,
                                 .weight_decay = 0.01,
                                 .zero_grad = true};
    return FT_OK;
}

static void body_free(struct body *b)
{
    size_t bytes = b->net ? b->net->params.floats * sizeof(float) : 0;
    for (int k = 0; k < 2; k++)
        ft_big_free(b->moments[k], bytes);
    free(b->ranges);
    ft_net_free(b->net);
}

static enum ft_status step(struct scale *x, struct body *b, struct ft_ws *ws, size_t texts,
                           double *ms, struct ft_err *err)
{
    struct ft_net_batch batch = {
        .N = texts * x->length, .B = texts, .ids = x->ids, .offsets = x->offsets};
    struct ft_net_targets targets = {.labels = x->labels};
    struct ft_loss_opt opt = {.grad_scale = 1.0f / (float)(texts * x->length)};
    struct ft_drop_key key = {.seed = 1, .step = (uint32_t)b->optim.step};
    struct ft_net_loss loss;
    double from = ft_now_s();
    enum ft_status st = ft_net_forward(b->net, ws, &batch, &key, err);
    if (st) return st;
    ft_net_loss(b->net, ws, &targets, &opt, &loss);
    ft_net_backward(b->net, ws);
    b->optim.step++;
    b->optim.grad_scale = ft_optim_clip(ft_optim_norm(b->net->g, b->ranges, b->range_n), 1);
    ft_optim_step(&b->optim, b->net->w, b->net->g, b->moments[0], b->moments[1], b->ranges,
                  b->range_n);
    ft_net_weights_changed(b->net);
    *ms = (ft_now_s() - from) * 1e3;
    return FT_OK;
}

static enum ft_status one_round(struct scale *x, bool counts, struct ft_err *err)
{
    double ms[VARIANTS] = {0};
    enum ft_status st = ft_pool_init(1, err);
    if (!st && x->threads > 1) st = step(x, &x->whole, x->ws[0], x->texts, &ms[ONE_THREAD], err);
    if (!st) st = ft_pool_init(x->threads, err);
    if (!st) st = step(x, &x->whole, x->ws[0], x->texts, &ms[WHOLE], err);
    if (!st) st = step(x, &x->whole, x->ws[0], x->texts / 2, &ms[HALF_TOKENS], err);
    if (!st) st = step(x, &x->half, x->ws[1], x->texts, &ms[HALF_LAYERS], err);
    if (st || !counts) return st;
    for (int i = 0; i < VARIANTS; i++) {
        if (ms[i] <= 0) continue;
        ft_bench_add(&x->ms[i], ms[i]);
        ft_bench_add(&x->ratio[i], i == ONE_THREAD ? ms[i] / ms[WHOLE] : ms[WHOLE] / ms[i]);
    }
    return FT_OK;
}

static enum ft_status prepare(struct scale *x, const struct ft_bench_job *j,
                              struct ft_net_config cfg, struct ft_err *err)
{
    size_t most = ft_net_config_tokens_max(&cfg);
    size_t tokens;
    struct ft_rng rng;
    x->texts = (size_t)ft_options_int(&j->o, FT_OPT_per_device_train_batch_size);
    x->length = (size_t)ft_options_int(&j->o, FT_OPT_max_seq_length);
    if (x->length > most) x->length = most;
    x->texts = x->texts < 2 ? 2 : x->texts / 2 * 2;
    x->threads = ft_pool_threads();
    cfg.head = FT_HEAD_TOKENS;
    cfg.problem = FT_PROBLEM_TYPE_SINGLE_LABEL;
    cfg.labels = 2;
    cfg.layers = cfg.layers < 2 ? 2 : cfg.layers / 2 * 2;
    tokens = x->texts * x->length;
    x->ids = ft_xcalloc(tokens, sizeof *x->ids);
    x->offsets = ft_xcalloc(x->texts + 1, sizeof *x->offsets);
    x->labels = ft_xcalloc(tokens, sizeof *x->labels);
    ft_rng_init(&rng, 1, FT_RNG_SAMPLE);
    for (size_t i = 0; i < tokens; i++) {
        x->ids[i] = (int32_t)ft_rng_below(&rng, cfg.vocab);
        x->labels[i] = (int32_t)(i % 2);
    }
    for (size_t i = 0; i <= x->texts; i++)
        x->offsets[i] = (int32_t)(i * x->length);
    struct ft_ws_opt opt = {.N = tokens, .B = x->texts, .T = x->length, .train = true};
    enum ft_status st = body_new(&x->whole, &cfg, err);
    if (!st) st = ft_ws_new(&x->ws[0], x->whole.net, &opt, err);
    cfg.layers /= 2;
    if (!st) st = body_new(&x->half, &cfg, err);
    if (!st) st = ft_ws_new(&x->ws[1], x->half.net, &opt, err);
    return st;
}

static void say(struct ft_bench_job *j, const struct scale *x)
{
    static const struct {
        const char *ms, *ms_label, *ratio, *ratio_label;
    } rows[VARIANTS] = {
        [WHOLE] = {"ms", "step", NULL, NULL},
        [ONE_THREAD] = {"one_thread_ms", "- with one thread", "threads_ratio",
                        "all threads, times"},
        [HALF_TOKENS] = {"half_tokens_ms", "- half the tokens", "tokens_ratio", "twice the tokens"},
        [HALF_LAYERS] = {"half_layers_ms", "- half the layers", "layers_ratio", "twice the layers"},
    };
    ft_bench_say(j, "sequences", "sequences", (double)x->texts, "");
    ft_bench_say(j, "length", "tokens per sequence", (double)x->length, "");
    ft_bench_say(j, "layers", "layers", (double)x->whole.net->cfg.layers, "");
    ft_bench_say(j, "threads", "threads", x->threads, "");
    for (int i = 0; i < VARIANTS; i++)
        if (x->ms[i].n) ft_bench_say_rounds(j, rows[i].ms, rows[i].ms_label, &x->ms[i], "ms");
    for (int i = ONE_THREAD; i < VARIANTS; i++)
        if (x->ms[i].n)
            ft_bench_say_rounds(j, rows[i].ratio, rows[i].ratio_label, &x->ratio[i], "x");
}

enum ft_status ft_bench_scale(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_model_file m;
    enum ft_status st = ft_bench_model(j, &m, err);
    if (st) return st;
    struct ft_net_config cfg = m.net->cfg;
    ft_model_file_release(&m);
    struct scale *x = ft_xcalloc(1, sizeof *x);
    st = prepare(x, j, cfg, err);
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++) {
        ft_pool_take();
        st = one_round(x, i >= FT_BENCH_WARM, err);
        ft_pool_give();
    }
    if (!st) say(j, x);
    for (int k = 0; k < 2; k++)
        ft_ws_free(x->ws[k]);
    body_free(&x->whole);
    body_free(&x->half);
    free(x->ids);
    free(x->offsets);
    free(x->labels);
    free(x);
    return st;
}
