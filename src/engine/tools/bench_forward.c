/* Forwards without tokenizer and answers, what other programs are compared with: of one text, and of
 * a full batch. The precisions take turns, so that what else the machine does hits all alike. */
#include "engine/tools/bench_in.h"

#include "core/net.h"
#include "core/op_timer.h"
#include "core/pool.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/rng.h"

#include <stdlib.h>

enum { LENGTHS = 2 };

static const struct {
    size_t tokens;
    const struct {
        const char *key, *label;
    } ms[FT_NET_PRECISION_COUNT], floor, share, fastest;
} rows[LENGTHS] = {
    {12,
     {{"fp32_12_ms", "12 tokens, fp32"},
      {"int8_12_ms", "12 tokens, int8"},
      {"bf16_12_ms", "12 tokens, bf16"}},
     {"products_12_ms", "- products alone"},
     {"products_12_share", "- share of fp32"},
     {"products_12_fastest", "- fastest backend"}},
    {128,
     {{"fp32_128_ms", "128 tokens, fp32"},
      {"int8_128_ms", "128 tokens, int8"},
      {"bf16_128_ms", "128 tokens, bf16"}},
     {"products_128_ms", "- products alone"},
     {"products_128_share", "- share of fp32"},
     {"products_128_fastest", "- fastest backend"}},
};

struct forward {
    struct ft_net *net;
    struct ft_ws *ws[FT_NET_PRECISION_COUNT];
    struct ft_net_batch batch;
    int32_t *ids, *offsets;
    struct ft_mem_plan plan; /* of fp32 */
    struct ft_bench_products products;
    struct ft_bench_rounds ms[FT_NET_PRECISION_COUNT], alone, share;
};

static enum ft_status prepare(struct forward *x, size_t texts, size_t length, struct ft_err *err)
{
    size_t tokens = texts * length;
    struct ft_rng rng;
    ft_rng_init(&rng, 1, FT_RNG_SAMPLE);
    x->ids = ft_xcalloc(tokens, sizeof *x->ids);
    for (size_t i = 0; i < tokens; i++)
        x->ids[i] = (int32_t)ft_rng_below(&rng, x->net->cfg.vocab);
    x->offsets = ft_xcalloc(texts + 1, sizeof *x->offsets);
    for (size_t i = 0; i <= texts; i++)
        x->offsets[i] = (int32_t)(i * length);
    x->batch = (struct ft_net_batch){.N = tokens, .B = texts, .ids = x->ids, .offsets = x->offsets};
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++) {
        struct ft_ws_opt opt = {.N = tokens,
                                .B = texts,
                                .T = length,
                                .panels = texts == 1,
                                .precision = (enum ft_net_precision)i};
        if (!ft_net_has(opt.precision)) continue;
        if (i == FT_NET_FP32) ft_net_plan(&x->net->cfg, &opt, &x->plan);
        enum ft_status st = ft_ws_new(&x->ws[i], x->net, &opt, err);
        if (st) return st;
    }
    return FT_OK;
}

static enum ft_status one_round(struct forward *x, bool counts, struct ft_err *err)
{
    double ms[FT_NET_PRECISION_COUNT] = {0}, alone;
    struct ft_op_timer spent = {0};
    enum ft_status st = FT_OK;
    for (int i = 0; i < FT_NET_PRECISION_COUNT && !st; i++) {
        if (!x->ws[i]) continue;
        if (i == FT_NET_FP32) ft_op_timer_watch(&spent);
        double from = ft_now_s();
        st = ft_net_forward(x->net, x->ws[i], &x->batch, NULL, err);
        ms[i] = (ft_now_s() - from) * 1e3;
        ft_op_timer_watch(NULL);
    }
    if (!st) st = ft_bench_products_alone(&x->products, &spent, &alone, err);
    ft_op_timer_release(&spent);
    if (st || !counts) return st;
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++)
        if (x->ws[i]) ft_bench_add(&x->ms[i], ms[i]);
    ft_bench_add(&x->alone, alone * 1e3);
    ft_bench_add(&x->share, alone * 1e3 / ms[FT_NET_FP32]);
    return FT_OK;
}

static void release(struct forward *x)
{
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++)
        ft_ws_free(x->ws[i]);
    ft_bench_products_release(&x->products);
    free(x->ids);
    free(x->offsets);
    free(x);
}

static enum ft_status all_rounds(struct forward *x, const struct ft_bench_job *j, size_t texts,
                                 size_t length, struct ft_err *err)
{
    ft_pool_take();
    enum ft_status st = prepare(x, texts, length, err);
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++)
        st = one_round(x, i >= FT_BENCH_WARM, err);
    ft_pool_give();
    return st;
}

static enum ft_status measure(struct ft_bench_job *j, struct ft_net *net, int k, struct ft_err *err)
{
    size_t most = ft_net_config_tokens_max(&net->cfg);
    if (rows[k].tokens > most) return FT_OK;
    struct forward *x = ft_xcalloc(1, sizeof *x);
    x->net = net;
    enum ft_status st = all_rounds(x, j, 1, rows[k].tokens, err);
    for (int i = 0; i < FT_NET_PRECISION_COUNT && !st; i++)
        if (x->ws[i])
            ft_bench_say_rounds(j, rows[k].ms[i].key, rows[k].ms[i].label, &x->ms[i], "ms");
    if (!st) {
        ft_bench_say_rounds(j, rows[k].floor.key, rows[k].floor.label, &x->alone, "ms");
        ft_bench_say_text(j, rows[k].fastest.key, rows[k].fastest.label,
                          ft_bench_products_text(&x->products));
        ft_bench_say_rounds(j, rows[k].share.key, rows[k].share.label, &x->share, "%");
    }
    release(x);
    return st;
}

enum ft_status ft_bench_forward(struct ft_bench_job *j, struct ft_net *net, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    net->precision = FT_NET_FP32; /* each workspace has its own */
    for (int k = 0; k < LENGTHS && !st; k++)
        st = measure(j, net, k, err);
    return st;
}

static void say_throughput(struct ft_bench_job *j, const struct forward *x, int64_t rss)
{
    static const struct {
        const char *ms, *ms_label, *speed, *speed_label;
    } names[FT_NET_PRECISION_COUNT] = {
        {"fp32_ms", "a batch, fp32", "fp32_tokens_per_second", "speed, fp32"},
        {"int8_ms", "a batch, int8", "int8_tokens_per_second", "speed, int8"},
        {"bf16_ms", "a batch, bf16", "bf16_tokens_per_second", "speed, bf16"},
    };
    ft_bench_say(j, "sequences", "sequences", (double)x->batch.B, "");
    ft_bench_say(j, "length", "tokens per sequence", (double)(x->batch.N / x->batch.B), "");
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++) {
        if (!x->ws[i]) continue;
        struct ft_bench_rounds seconds = x->ms[i];
        for (size_t k = 0; k < seconds.n; k++)
            seconds.x[k] *= 1e-3;
        ft_bench_say_rounds(j, names[i].ms, names[i].ms_label, &x->ms[i], "ms");
        ft_bench_say_speed(j, names[i].speed, names[i].speed_label, (double)x->batch.N, &seconds,
                           "tokens/s");
    }
    ft_bench_say_rounds(j, "products_ms", "products alone", &x->alone, "ms");
    ft_bench_say_text(j, "products_fastest", "- fastest backend",
                      ft_bench_products_text(&x->products));
    ft_bench_say_rounds(j, "products_share", "- share of fp32", &x->share, "%");
    ft_bench_say(j, "plan_bytes", "memory planned, fp32", (double)x->plan.total_bytes, "B");
    ft_bench_say(j, "rss_bytes", "memory used, all", (double)rss, "B");
}

enum ft_status ft_bench_throughput(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_model_file m;
    enum ft_status st = ft_bench_model(j, &m, err);
    if (st) return st;
    struct forward *x = ft_xcalloc(1, sizeof *x);
    size_t texts = (size_t)ft_options_int(&j->o, FT_OPT_per_device_eval_batch_size);
    size_t length = (size_t)ft_options_int(&j->o, FT_OPT_max_seq_length);
    if (length > m.max_tokens) length = m.max_tokens;
    m.net->precision = FT_NET_FP32; /* each workspace has its own */
    x->net = m.net;
    st = all_rounds(x, j, texts, length, err);
    if (!st) say_throughput(j, x, ft_mem_rss());
    release(x);
    ft_model_file_release(&m);
    return st;
}
