/* A model that answers, measured: loading it, one short text, text that goes on. */
#include "engine/model/model_family.h"
#include "engine/tools/bench_in.h"

#include "core/family.h"
#include "core/generate.h"
#include "core/pool.h"
#include "core/sampler.h"
#include "engine/predict/predict.h"
#include "util/clock.h"
#include "util/mem.h"

#include <stdlib.h>

enum ft_status ft_bench_load(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_bench_rounds s = {.n = 0};
    enum ft_status st = FT_OK;
    double parameters = 0;
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++) {
        struct ft_model_file m;
        double from = ft_now_s();
        if ((st = ft_bench_model(j, &m, err))) return st;
        if (i >= FT_BENCH_WARM) ft_bench_add(&s, (ft_now_s() - from) * 1e3);
        parameters = (double)m.net->params.count;
        ft_model_file_release(&m);
    }
    ft_bench_say(j, "parameters", "parameters", parameters, "");
    ft_bench_say_rounds(j, "ms", "weights, tokenizer", &s, "ms");
    return FT_OK;
}

/* One answer in the model's task; *tokens: how many were read, where the answer says it. */
static enum ft_status answer(struct ft_predictor *p, size_t *tokens, struct ft_err *err)
{
    static const char text[] = "The staff was friendly and the food came fast.";
    static const char question[] = "What came fast?";
    size_t n = sizeof text - 1;
    struct ft_prediction label = {0};
    struct ft_reply reply = {0};
    struct ft_tagging tagging = {0};
    struct ft_fill fill = {0};
    enum ft_status st;
    struct ft_str masked = {0};
    switch (ft_task_predicts(ft_predictor_task(p))) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
        st = ft_predict(p, text, n, NULL, 0, false, &label, err);
        *tokens = label.tokens_n;
        ft_prediction_release(&label);
        return st;
    case FT_PREDICTS_ENTITIES:
        st = ft_predict_entities(p, text, n, &tagging, err);
        *tokens = tagging.words_n;
        ft_tagging_release(&tagging);
        return st;
    case FT_PREDICTS_SPAN:
        st = ft_predict_answer(p, question, sizeof question - 1, text, n, &reply, err);
        ft_reply_release(&reply);
        return st;
    case FT_PREDICTS_TOKENS:
        ft_str_addf(&masked, "%s It was [MASK].", text);
        st = ft_predict_fill(p, masked.data, masked.len, 5, &fill, err);
        ft_fill_release(&fill);
        ft_str_release(&masked);
        return st;
    case FT_PREDICTS_TEXT:
    case FT_PREDICTS_NOTHING:
        break;
    }
    return ft_fail(err, FT_USAGE,
                   "a causal language model predicts no labels: use fettle bench generate");
}

enum ft_status ft_bench_predict(struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_model_file m;
    struct ft_bench_rounds ms = {.n = 0};
    enum ft_status st = ft_bench_model(j, &m, err);
    if (st) return st;
    struct ft_predictor *p = ft_predictor_borrow(&m, &j->o);
    size_t tokens = 0;
    double first = ft_now_s();
    for (size_t i = 0; i < FT_BENCH_WARM + j->rounds && !st; i++) {
        double from = ft_now_s();
        st = answer(p, &tokens, err);
        if (!i) first = (ft_now_s() - from) * 1e3;
        if (i >= FT_BENCH_WARM) ft_bench_add(&ms, (ft_now_s() - from) * 1e3);
    }
    if (!st) {
        if (tokens) ft_bench_say(j, "tokens", "tokens", (double)tokens, "");
        ft_bench_say(j, "first_ms", "first prediction", first, "ms");
        ft_bench_say_rounds(j, "ms", "answer", &ms, "ms");
    }
    ft_predictor_free(p);
    if (!st) st = ft_bench_forward(j, m.net, err);
    ft_model_file_release(&m);
    return st;
}

struct generation {
    struct ft_model_file m; /* one that goes on.. */
    struct ft_net *made;    /* ..or a net of a causal family's default size */
    const struct ft_net *net;
    struct ft_kv *kv;
    size_t prompt, added;
    int32_t *ids;
};

static enum ft_family causal_family(void)
{
    int f = 0;
    while (f + 1 < FT_FAMILY_COUNT && !ft_family_is_causal((enum ft_family)f))
        f++;
    return (enum ft_family)f;
}

static enum ft_status open_net(struct generation *g, struct ft_bench_job *j, struct ft_err *err)
{
    if (ft_task_has(j->task, FT_TRAIT_GENERATES)) {
        enum ft_status st = ft_bench_model(j, &g->m, err);
        g->net = g->m.net;
        return st;
    }
    enum ft_family family = causal_family();
    struct ft_hf_config config;
    struct ft_net_config cfg;
    struct ft_model_opt opt = {.task = ft_family_text_task(family), .dropout = -1};
    ft_hf_config_init(&config, family);
    enum ft_status st = ft_model_file_net_config(&config, &opt, &cfg, err);
    ft_hf_config_release(&config);
    if (!st) st = ft_net_new(&g->made, &cfg, err);
    if (st) return st;
    for (size_t i = 0; i < g->made->params.floats; i++)
        g->made->w[i] = (float)(i % 17) * 0.002f - 0.016f; /* fast, and no two logits need differ */
    g->net = g->made;
    ft_bench_say_text(j, "net", "net",
                      ft_xprintf("%s's default size, random weights", ft_family_title(family)));
    return FT_OK;
}

/* One prompt and the tokens behind it, always the likeliest. */
static enum ft_status go_on(struct generation *g, double *prompt_s, double *added_s,
                            struct ft_err *err)
{
    struct ft_sampler_opt greedy = {
        .greedy = true, .temperature = 1, .top_p = 1, .repetition_penalty = 1};
    struct ft_sampler sampler;
    size_t vocab = g->net->cfg.vocab, n = g->prompt;
    ft_sampler_init(&sampler, &greedy, 1);
    ft_kv_clear(g->kv);
    ft_pool_take();
    double from = ft_now_s();
    enum ft_status st = ft_kv_feed(g->kv, g->ids, g->prompt, err);
    double begun = ft_now_s();
    for (size_t i = 0; i < g->added && !st; i++) {
        g->ids[n] = ft_sampler_pick(&sampler, ft_kv_logits(g->kv), vocab, g->ids, n);
        st = ft_kv_feed(g->kv, &g->ids[n++], 1, err);
    }
    *prompt_s = begun - from;
    *added_s = ft_now_s() - begun;
    ft_pool_give();
    ft_sampler_release(&sampler);
    return st;
}

static enum ft_status generate(struct generation *g, struct ft_bench_job *j, struct ft_err *err)
{
    struct ft_bench_rounds prompt = {.n = 0}, added = {.n = 0};
    size_t room = ft_net_config_tokens_max(&g->net->cfg);
    g->prompt = room / 2 < 256 ? room / 2 : 256;
    g->added = room - g->prompt < 64 ? room - g->prompt : 64;
    if (!g->prompt || !g->added)
        return ft_fail(err, FT_USAGE, "the model has %zu positions, too few to generate text",
                       room);
    g->ids = ft_xcalloc(g->prompt + g->added, sizeof *g->ids);
    for (size_t i = 0; i < g->prompt; i++)
        g->ids[i] = (int32_t)(i * 97 % g->net->cfg.vocab);
    enum ft_status st = ft_kv_new(&g->kv, g->net, g->prompt + g->added, err);
    for (size_t i = 0; i < 1 + j->rounds && !st; i++) { /* a round is long: one warms up */
        double a, b;
        st = go_on(g, &a, &b, err);
        if (!i || st) continue;
        ft_bench_add(&prompt, a);
        ft_bench_add(&added, b);
    }
    if (st) return st;
    double bytes = (double)g->net->params.count * sizeof(float);
    ft_bench_say(j, "parameters", "parameters", (double)g->net->params.count, "");
    ft_bench_say(j, "prompt_tokens", "prompt", (double)g->prompt, "");
    ft_bench_say_speed(j, "prompt_tokens_per_second", "reading the prompt", (double)g->prompt,
                       &prompt, "tokens/s");
    ft_bench_say(j, "tokens", "new tokens", (double)g->added, "");
    ft_bench_say_speed(j, "tokens_per_second", "generation", (double)g->added, &added, "tokens/s");
    ft_bench_say(j, "weights_gb_per_second", "weights read",
                 bytes * (double)g->added / ft_bench_median(&added) * 1e-9, "GB/s");
    return FT_OK;
}

enum ft_status ft_bench_generate(struct ft_bench_job *j, struct ft_err *err)
{
    struct generation g = {.net = NULL};
    enum ft_status st = open_net(&g, j, err);
    if (!st) st = generate(&g, j, err);
    ft_kv_free(g.kv);
    ft_net_free(g.made);
    ft_model_file_release(&g.m);
    free(g.ids);
    return st;
}
