/* Language models that answer: text that goes on. See predict.h. */
#include "engine/predict/predict_in.h"

#include "core/pool.h"
#include "core/sampler.h"
#include "engine/task/classify.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- generation --- */

void ft_generated_release(struct ft_generated *g)
{
    free(g->text);
    free(g->ids);
    ft_fill_choices_free(g->next, g->next_n);
    memset(g, 0, sizeof *g);
}

const char *ft_generated_end_text(enum ft_generated_end end)
{
    static const char *const texts[] = {"max_new_tokens", "end of text", "stop text",
                                        "position limit reached", "stopped"};
    return texts[end];
}

/* Bytes of `text` up to its last whole character. */
static size_t whole_characters(const char *text, size_t n)
{
    size_t back = 0;
    while (back < n && back < 4) {
        unsigned char c = (unsigned char)text[n - 1 - back];
        if ((c & 0xC0) == 0x80) {
            back++;
            continue;
        }
        size_t needs = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
        return back + 1 < needs ? n - 1 - back : n;
    }
    return n;
}

struct growing {
    struct ft_predictor *p;
    const struct ft_generate_opt *opt;
    struct ft_generated *out;
    struct ft_sampler sampler;
    struct ft_str text;
    size_t cap, most;
    int32_t end_id; /* of the tokenizer, where the model's files say nothing of an end; -1: none */
};

static void add_id(struct growing *g, int32_t id)
{
    ft_grow(&g->out->ids, &g->cap, g->out->ids_n + 1, sizeof *g->out->ids);
    g->out->ids[g->out->ids_n++] = id;
}

/* The prompt's tokens; its beginning goes when it does not fit. */
static enum ft_status read_prompt(struct growing *g, const char *prompt, size_t n,
                                  struct ft_err *err)
{
    struct ft_predictor *p = g->p;
    struct ft_enc *enc = &p->enc;
    size_t most = p->m->max_tokens;
    enum ft_status st = ft_tok_build(p->m->tok, p->ctx, prompt, n, NULL, 0, NULL, enc, err);
    if (st) return st;
    int64_t start = p->m->config.bos_token_id;
    if (start < 0 || start >= p->m->config.vocab_size)
        start = ft_tok_special_id(p->m->tok, FT_TOK_EOS);
    if (!enc->n && start < 0)
        return ft_fail(err, FT_USAGE, "the prompt is empty: there is nothing to continue");
    if (!enc->n) {
        add_id(g, (int32_t)start); /* GPT-2's: a text begins behind the end of another */
    } else {
        g->out->cut = enc->n >= most ? enc->n - most + 1 : 0; /* one token must fit behind it */
        for (size_t i = g->out->cut; i < enc->n; i++)
            add_id(g, enc->ids[i]);
    }
    g->out->prompt_n = g->out->ids_n;
    g->most = g->out->prompt_n + g->opt->max_new_tokens;
    if (g->most > most) g->most = most;
    return FT_OK;
}

static void decode(struct growing *g, size_t from, size_t n)
{
    ft_tok_decode(g->p->m->tok, g->out->ids + from, n, FT_TOK_RAW_BYTES, &g->text);
}

/* Where the stop text begins in what was added; SIZE_MAX: nowhere. */
static size_t find_stop(const struct growing *g)
{
    const char *stop = g->opt->stop;
    if (!stop || !*stop) return SIZE_MAX;
    char *at = memmem(g->text.data + g->out->prompt_bytes, g->text.len - g->out->prompt_bytes, stop,
                      strlen(stop));
    return at ? (size_t)(at - g->text.data) : SIZE_MAX;
}

static bool is_end(const struct growing *g, int32_t id)
{
    const struct ft_hf_config *c = &g->p->m->config;
    for (size_t i = 0; i < c->end_n; i++)
        if (c->end_ids[i] == id) return true;
    return id == g->end_id;
}

/* One token more; false when it was not added, which ends the text. */
static bool add_token(struct growing *g)
{
    struct ft_generated *out = g->out;
    int32_t id = ft_sampler_pick(&g->sampler, ft_kv_logits(g->p->kv), g->p->m->net->cfg.vocab,
                                 out->ids, out->ids_n);
    if (is_end(g, id)) {
        out->end = FT_END_OF_TEXT;
        return false;
    }
    add_id(g, id);
    decode(g, out->ids_n - 1, 1);
    size_t stop = find_stop(g);
    if (stop == SIZE_MAX) return true;
    g->text.len = stop;
    out->end = FT_END_STOP;
    return false;
}

/* The choices for the token after those that the keys and values hold. */
static void tell_next(struct growing *g)
{
    struct ft_generated *out = g->out;
    size_t n = g->opt->tell_next;
    if (!n) return;
    int32_t *ids = ft_xcalloc(n, sizeof *ids);
    double *shares = ft_xcalloc(n, sizeof *shares);
    ft_fill_choices_free(out->next, out->next_n);
    out->next = ft_xcalloc(n, sizeof *out->next);
    out->next_n = ft_sampler_choices(&g->sampler, ft_kv_logits(g->p->kv), g->p->m->net->cfg.vocab,
                                     out->ids, out->ids_n, n, ids, shares);
    for (size_t i = 0; i < out->next_n; i++)
        out->next[i] = ft_fill_choice_of(g->p, ids[i], shares[i]);
    free(ids);
    free(shares);
}

/* Until the length is reached or the text ended; the keys and values hold the prompt. */
static enum ft_status add_tokens(struct growing *g, ft_generate_fn *fn, void *arg,
                                 struct ft_err *err)
{
    struct ft_generated *out = g->out;
    enum ft_status st = FT_OK;
    bool more = true;
    while (!st && more && out->ids_n < g->most) {
        ft_pool_take(); /* a token at a time, so that a run that trains has its turns */
        more = add_token(g);
        if (more && (out->ids_n < g->most || g->opt->tell_next)) {
            st = ft_kv_feed(g->p->kv, &out->ids[out->ids_n - 1], 1, err);
            if (!st) tell_next(g);
        }
        ft_pool_give();
        size_t whole = whole_characters(g->text.data, g->text.len);
        if (st || !more || !fn || fn(arg, g->text.data, whole, out->ids_n - out->prompt_n))
            continue;
        out->end = FT_END_ASKED;
        more = false;
    }
    if (more)
        out->end =
            out->ids_n == out->prompt_n + g->opt->max_new_tokens ? FT_END_LENGTH : FT_END_ROOM;
    return st;
}

static enum ft_status grow(struct growing *g, ft_generate_fn *fn, void *arg, struct ft_err *err)
{
    struct ft_generated *out = g->out;
    ft_kv_clear(g->p->kv);
    ft_pool_take();
    enum ft_status st = ft_kv_feed(g->p->kv, out->ids, out->ids_n, err);
    if (!st) tell_next(g);
    ft_pool_give();
    double from = ft_now_s();
    if (!st) st = add_tokens(g, fn, arg, err);
    out->seconds = ft_now_s() - from;
    return st;
}

enum ft_status ft_generate(struct ft_predictor *p, const char *prompt, size_t n,
                           const struct ft_generate_opt *opt, ft_generate_fn *fn, void *arg,
                           struct ft_generated *out, struct ft_err *err)
{
    struct growing g = {.p = p, .opt = opt, .out = out, .end_id = -1};
    memset(out, 0, sizeof *out);
    enum ft_status st = ft_predictor_can(p, FT_TRAIT_GENERATES, "generate text", err);
    if (st) return st;
    if (!p->m->config.end_given) {
        g.end_id = ft_tok_special_id(p->m->tok, FT_TOK_EOS);
        if (g.end_id < 0) g.end_id = (int32_t)p->m->config.eos_token_id;
    }
    struct ft_sampler_opt how = {.greedy = !(opt->temperature > 0),
                                 .temperature = opt->temperature > 0 ? opt->temperature : 1,
                                 .top_k = opt->top_k,
                                 .top_p = opt->top_p > 0 ? opt->top_p : 1,
                                 .repetition_penalty =
                                     opt->repetition_penalty > 0 ? opt->repetition_penalty : 1};
    ft_sampler_init(&g.sampler, &how, opt->seed);
    st = read_prompt(&g, prompt ? prompt : "", n, err);
    if (!st && !p->kv) st = ft_kv_new(&p->kv, p->m->net, p->m->max_tokens, err);
    if (!st) {
        decode(&g, 0, out->ids_n);
        out->prompt_bytes = g.text.len;
        st = grow(&g, fn, arg, err);
    }
    ft_sampler_release(&g.sampler);
    if (!st && out->end != FT_END_STOP) { /* as a whole: what is no character becomes U+FFFD */
        ft_str_clear(&g.text);
        ft_tok_decode(p->m->tok, out->ids, out->ids_n, 0, &g.text);
    }
    out->n = g.text.len;
    out->text = ft_xstrndup(ft_str_text(&g.text), g.text.len);
    ft_str_release(&g.text);
    if (st) ft_generated_release(out);
    return st;
}

void ft_generated_json(const struct ft_generated *x, const char *prompt, size_t n,
                       struct ft_str *out)
{
    ft_str_addz(out, "{\"prompt\":");
    ft_json_add_str(out, prompt, n);
    ft_json_add_key(out, "text");
    ft_json_add_str(out, x->text, x->n);
    ft_str_addz(out, ",\"ids\":[");
    for (size_t i = 0; i < x->ids_n; i++)
        ft_str_addf(out, "%s%d", i ? "," : "", (int)x->ids[i]);
    ft_str_addz(out, "]}");
}
