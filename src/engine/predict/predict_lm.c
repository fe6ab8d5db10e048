/* Language models that answer: text that goes on, and words behind a mask. See predict.h. */
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

static enum ft_status can(const struct ft_predictor *p, enum ft_trait trait, const char *what,
                          struct ft_err *err)
{
    if (ft_task_has(ft_predictor_task(p), trait)) return FT_OK;
    return ft_fail(err, FT_USAGE, "%s: cannot %s, its task is %s", p->m->name, what,
                   ft_task_name(ft_predictor_task(p)));
}

/* --- generation --- */

static void choices_free(struct ft_fill_choice *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(c[i].token);
    free(c);
}

void ft_generated_release(struct ft_generated *g)
{
    free(g->text);
    free(g->ids);
    choices_free(g->next, g->next_n);
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

static struct ft_fill_choice token_choice(struct ft_predictor *p, int32_t id, double probability)
{
    struct ft_str token = {0};
    ft_tok_decode(p->m->tok, &id, 1, 0, &token);
    return (struct ft_fill_choice){
        .token = ft_str_take(&token), .id = id, .probability = probability};
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
    choices_free(out->next, out->next_n);
    out->next = ft_xcalloc(n, sizeof *out->next);
    out->next_n = ft_sampler_choices(&g->sampler, ft_kv_logits(g->p->kv), g->p->m->net->cfg.vocab,
                                     out->ids, out->ids_n, n, ids, shares);
    for (size_t i = 0; i < out->next_n; i++)
        out->next[i] = token_choice(g->p, ids[i], shares[i]);
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
    enum ft_status st = can(p, FT_TRAIT_GENERATES, "generate text", err);
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

/* --- masked words --- */

void ft_fill_release(struct ft_fill *f)
{
    choices_free(f->choice, f->masks * f->choices);
    free(f->text);
    memset(f, 0, sizeof *f);
}

const char *ft_predictor_mask(const struct ft_predictor *p)
{
    int32_t id = ft_tok_special_id(p->m->tok, FT_TOK_MASK);
    return id < 0 ? NULL : ft_tok_text(p->m->tok, id, NULL);
}

/* [MASK] for every family: RoBERTa's own is <mask>. */
static void with_own_mask(const char *text, size_t n, const char *mask, struct ft_str *out)
{
    static const char common[] = "[MASK]";
    for (size_t i = 0; i < n;) {
        if (n - i >= sizeof common - 1 && !memcmp(text + i, common, sizeof common - 1)) {
            ft_str_addz(out, mask);
            i += sizeof common - 1;
        } else {
            ft_str_addc(out, text[i++]);
        }
    }
}

static void choose(struct ft_predictor *p, const float *logits, struct ft_fill_choice *choice,
                   size_t choices)
{
    size_t V = p->m->net->cfg.vocab, n = 0;
    double *share = ft_xmalloc(V * sizeof *share);
    size_t *best = ft_xcalloc(choices, sizeof *best);
    ft_probabilities(logits, V, share);
    for (size_t v = 0; v < V; v++) {
        if (n == choices && share[v] <= share[best[n - 1]]) continue;
        size_t at = n < choices ? n++ : choices - 1;
        for (; at > 0 && share[best[at - 1]] < share[v]; at--)
            best[at] = best[at - 1];
        best[at] = v;
    }
    for (size_t i = 0; i < n; i++)
        choice[i] = token_choice(p, (int32_t)best[i], share[best[i]]);
    free(best);
    free(share);
}

static enum ft_status run_masked(struct ft_predictor *p, int32_t *rows, size_t masks, float *logits,
                                 struct ft_err *err)
{
    struct ft_batch batch;
    struct ft_sequences one = {0};
    ft_sequences_add(&one, &p->enc, -1, 0);
    ft_batch_init(&batch, p->enc.n, 1);
    ft_batch_fill(&batch, &one, (size_t[]){0}, 1);
    batch.net.rows = rows;
    batch.net.R = masks;
    enum ft_status st = ft_predictor_workspace(p, 0, p->enc.n, err);
    ft_pool_take();
    if (!st) st = ft_net_forward(p->m->net, p->ws[0], &batch.net, NULL, err);
    if (!st) ft_net_lm_logits(p->m->net, p->ws[0], rows, masks, logits);
    ft_pool_give();
    ft_sequences_release(&one);
    ft_batch_release(&batch);
    return st;
}

enum ft_status ft_predict_fill(struct ft_predictor *p, const char *text, size_t n, size_t choices,
                               struct ft_fill *out, struct ft_err *err)
{
    memset(out, 0, sizeof *out);
    enum ft_status st = can(p, FT_TRAIT_MASKS, "predict masked tokens", err);
    if (st) return st;
    const char *mask = ft_predictor_mask(p);
    if (!mask) return ft_fail(err, FT_FORMAT, "%s: its tokenizer has no mask token", p->m->name);
    struct ft_str own = {0};
    with_own_mask(text, n, mask, &own);
    struct ft_tok_opt opt = {.cut = FT_TOK_CUT_LONGEST_FIRST, .max_length = p->m->max_tokens};
    st = ft_tok_build(p->m->tok, p->ctx, ft_str_text(&own), own.len, NULL, 0, &opt, &p->enc, err);
    ft_str_release(&own);
    if (st) return st;
    int32_t id = ft_tok_special_id(p->m->tok, FT_TOK_MASK);
    int32_t *rows = ft_xcalloc(p->enc.n, sizeof *rows);
    size_t masks = 0, V = p->m->net->cfg.vocab;
    for (size_t i = 0; i < p->enc.n; i++)
        if (p->enc.ids[i] == id) rows[masks++] = (int32_t)i;
    if (choices > V) choices = V;
    float *logits = masks ? ft_try_big(masks * V * sizeof *logits) : NULL;
    if (!masks)
        st = ft_fail(err, FT_USAGE, "the text has no %s: put it where a word should be predicted",
                     mask);
    else if (!logits)
        st = ft_fail(err, FT_NOMEM, "no memory for %zu masked tokens", masks);
    if (!st) st = run_masked(p, rows, masks, logits, err);
    if (!st) {
        out->masks = masks;
        out->choices = choices;
        out->choice = ft_xcalloc(masks * choices, sizeof *out->choice);
        for (size_t i = 0; i < masks; i++) {
            choose(p, logits + i * V, out->choice + i * choices, choices);
            p->enc.ids[rows[i]] = out->choice[i * choices].id;
        }
        struct ft_str filled = {0};
        ft_tok_decode(p->m->tok, p->enc.ids, p->enc.n, FT_TOK_SKIP_SPECIAL, &filled);
        out->text = ft_xstrdup(ft_str_text(&filled));
        ft_str_release(&filled);
    }
    ft_big_free(logits, masks * V * sizeof *logits);
    free(rows);
    return st;
}

void ft_fill_json(const struct ft_fill *x, const char *text, size_t n, struct ft_str *out)
{
    ft_str_addz(out, "{\"text\":");
    ft_json_add_str(out, text, n);
    ft_json_put_text(out, "filled", x->text);
    ft_str_addz(out, ",\"masks\":[");
    for (size_t m = 0; m < x->masks; m++) {
        ft_str_addz(out, m ? ",[" : "[");
        for (size_t i = 0; i < x->choices; i++) {
            const struct ft_fill_choice *c = &x->choice[m * x->choices + i];
            ft_str_addz(out, i ? ",{\"token\":" : "{\"token\":");
            ft_json_add_str(out, c->token, strlen(c->token));
            ft_str_addf(out, ",\"id\":%d,\"score\":", (int)c->id);
            ft_json_add_num(out, c->probability);
            ft_str_addc(out, '}');
        }
        ft_str_addc(out, ']');
    }
    ft_str_addz(out, "]}");
}
