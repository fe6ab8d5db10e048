/* A forward of one text, without its tokens and its answer: what other programs' latencies are
 * compared with. The precisions take turns, so that what else the machine does hits all alike. */
#include "engine/tools/bench_in.h"

#include "core/net.h"
#include "core/op_timer.h"
#include "core/pool.h"
#include "util/clock.h"
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
     {{"fp32_12_ms", "12 tokens, fp32"}, {"int8_12_ms", "12 tokens, int8"}},
     {"products_12_ms", "- products alone"},
     {"products_12_share", "- share of fp32"},
     {"products_12_fastest", "- fastest backend"}},
    {128,
     {{"fp32_128_ms", "128 tokens, fp32"}, {"int8_128_ms", "128 tokens, int8"}},
     {"products_128_ms", "- products alone"},
     {"products_128_share", "- share of fp32"},
     {"products_128_fastest", "- fastest backend"}},
};

struct forward {
    struct ft_net *net;
    struct ft_ws *ws[FT_NET_PRECISION_COUNT];
    struct ft_net_batch batch;
    int32_t *ids, offsets[2];
    struct ft_bench_products products;
    struct ft_bench_rounds ms[FT_NET_PRECISION_COUNT], alone, share;
};

static enum ft_status prepare(struct forward *x, size_t tokens, struct ft_err *err)
{
    struct ft_rng rng;
    ft_rng_init(&rng, 1, FT_RNG_SAMPLE);
    x->ids = ft_xcalloc(tokens, sizeof *x->ids);
    for (size_t i = 0; i < tokens; i++)
        x->ids[i] = (int32_t)ft_rng_below(&rng, x->net->cfg.vocab);
    x->offsets[1] = (int32_t)tokens;
    x->batch = (struct ft_net_batch){.N = tokens, .B = 1, .ids = x->ids, .offsets = x->offsets};
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++) {
        struct ft_ws_opt opt = {.N = tokens,
                                .B = 1,
                                .T = tokens,
                                .panels = true,
                                .precision = (enum ft_net_precision)i};
        if (!ft_net_has(opt.precision)) continue;
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
    free(x);
}

static enum ft_status measure(struct ft_bench_job *j, struct ft_net *net, int k, struct ft_err *err)
{
    size_t most = ft_net_config_tokens_max(&net->cfg);
    if (rows[k].tokens > most) return FT_OK;
    struct forward *x = ft_xcalloc(1, sizeof *x);
    x->net = net;
    ft_pool_take();
    enum ft_status st = prepare(x, rows[k].tokens, err);
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++)
        st = one_round(x, i >= FT_BENCH_WARM, err);
    ft_pool_give();
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
