/* See embed.h. Texts are tokenized one after another into a packed batch, which is computed when the
 * next one does not fit; nothing but that batch is kept. */
#include "engine/predict/embed.h"

#include "core/op_act.h"
#include "core/op_linear.h"
#include "core/pool.h"
#include "data/clean.h"
#include "data/safetensors.h"
#include "engine/model/model_file.h"
#include "engine/model/pooling.h"
#include "engine/task/sequences.h"
#include "engine/task/unknown.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_TOKENS = 2048, BATCH_TEXTS = 512 };

struct dense {
    float *w, *b; /* (out, in), (out); b NULL: none */
};

struct ft_embedder {
    struct ft_model_file m;
    struct ft_pooling pooling;
    struct dense dense[FT_POOLING_STEPS_MAX];
    bool normalise; /* once more, after the steps */
    size_t size, widest, max_length;
    struct ft_tok_ctx *ctx;
    struct ft_enc enc;
    struct ft_str text; /* with the prompt, or lower-cased */
    struct ft_ws *ws;
    size_t ws_tokens;
    float *pooled, *stepped; /* (BATCH_TEXTS, widest) */
    struct ft_embed_seen seen;
    size_t expected; /* texts; 0: not known */
};

/* The texts that are computed together. */
struct batch {
    size_t n, n_max;                /* tokens */
    int32_t *ids, *types, *offsets; /* (n_max), (n_max), (BATCH_TEXTS + 1) */
    size_t texts;
    float *out[BATCH_TEXTS]; /* where each one's vector goes */
};

/* ---- opening ---- */

static enum ft_status read_tensor(const struct ft_st *file, const char *name, size_t rows,
                                  size_t columns, float **out, struct ft_err *err)
{
    const struct ft_st_tensor *t = ft_st_find(file, name);
    bool fits = t && (columns ? t->rank == 2 && t->shape[0] == rows && t->shape[1] == columns
                              : t->rank == 1 && t->shape[0] == rows);
    if (!fits)
        return ft_fail(err, FT_FORMAT, "%s: expected a tensor %s of %zu numbers (%zu outputs)",
                       ft_st_file(file, 0), name, columns ? rows * columns : rows, rows);
    *out = ft_xcalloc(t->count, sizeof **out);
    return ft_st_read_f32(file, t, *out, err);
}

static enum ft_status read_dense(struct dense *d, const struct ft_pooling_step *s,
                                 struct ft_err *err)
{
    struct ft_st *file = NULL;
    enum ft_status st = ft_st_open_dir(&file, s->dir, err);
    if (!st) st = ft_st_verify(file, err);
    if (!st) st = read_tensor(file, "linear.weight", s->out, s->in, &d->w, err);
    if (!st && s->bias) st = read_tensor(file, "linear.bias", s->out, 0, &d->b, err);
    ft_st_close(file);
    return st;
}

static enum ft_status read_steps(struct ft_embedder *e, struct ft_err *err)
{
    size_t hidden = e->m.net->cfg.hidden;
    enum ft_status st = ft_pooling_size(&e->pooling, hidden, &e->size, err);
    e->widest = hidden * e->pooling.modes_n;
    for (size_t i = 0; i < e->pooling.steps_n && !st; i++) {
        const struct ft_pooling_step *s = &e->pooling.steps[i];
        if (!s->dir) continue;
        if (s->out > e->widest) e->widest = s->out;
        st = read_dense(&e->dense[i], s, err);
    }
    e->pooled = ft_xcalloc(BATCH_TEXTS * e->widest, sizeof *e->pooled);
    e->stepped = ft_xcalloc(BATCH_TEXTS * e->widest, sizeof *e->stepped);
    return st;
}

/* As the library does it: the model's own length, which the tokenizer and the positions limit. */
static void settle_length(struct ft_embedder *e, const struct ft_options *o)
{
    size_t most = e->m.max_tokens, own = e->pooling.max_seq_length;
    size_t tokenizer = ft_tok_max_length(e->m.tok);
    if (!own && tokenizer && tokenizer < most) own = tokenizer;
    if (ft_options_given(o, FT_OPT_max_seq_length))
        own = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    e->max_length = own && own < most ? own : most;
}

enum ft_status ft_embedder_open(struct ft_embedder **out, const char *model,
                                const struct ft_options *o, struct ft_err *err)
{
    struct ft_embedder *e = ft_xcalloc(1, sizeof *e);
    struct ft_model_opt opt = {.dropout = -1, .as_it_is = true, .body = true};
    enum ft_status st = ft_pool_init((int)ft_options_int(o, FT_OPT_threads), err);
    if (!st) st = ft_model_file_load(&e->m, model, &opt, err);
    if (!st) st = ft_pooling_read(&e->pooling, e->m.path, err);
    if (!st) st = read_steps(e, err);
    if (!st) {
        settle_length(e, o);
        e->ctx = ft_tok_ctx_new(e->m.tok);
        ft_model_file_precision(&e->m, o);
        *out = e;
    } else {
        ft_embedder_free(e);
    }
    return st;
}

void ft_embedder_free(struct ft_embedder *e)
{
    if (!e) return;
    for (size_t i = 0; i < FT_POOLING_STEPS_MAX; i++) {
        free(e->dense[i].w);
        free(e->dense[i].b);
    }
    free(e->pooled);
    free(e->stepped);
    ft_ws_free(e->ws);
    ft_str_release(&e->text);
    ft_enc_release(&e->enc);
    ft_tok_ctx_free(e->ctx);
    ft_pooling_release(&e->pooling);
    ft_model_file_release(&e->m);
    free(e);
}

void ft_embedder_normalise(struct ft_embedder *e)
{
    e->normalise = !ft_pooling_normalises(&e->pooling);
}

void ft_embedder_expect(struct ft_embedder *e, size_t texts)
{
    e->expected = texts;
}

size_t ft_embedder_size(const struct ft_embedder *e)
{
    return e->size;
}

size_t ft_embedder_max_tokens(const struct ft_embedder *e)
{
    return e->max_length;
}

void ft_embedder_text(const struct ft_embedder *e, struct ft_str *out)
{
    ft_pooling_text(&e->pooling, out);
    ft_str_addf(out, "%s, %zu numbers, at most %zu tokens", e->normalise ? ", then normalised" : "",
                e->size, e->max_length);
}

struct ft_embed_seen ft_embedder_seen(const struct ft_embedder *e)
{
    return e->seen;
}

void ft_embedder_warn_unknown(const struct ft_embedder *e, const char *what)
{
    uint64_t tokens, unknown;
    ft_tok_ctx_seen(e->ctx, &tokens, &unknown);
    ft_unknown_warn(what, e->m.tok, tokens, unknown);
}

/* ---- pooling ---- */

/* h (T,C) of one text to out (C). */
static void pool_mean(const float *h, size_t T, size_t C, enum ft_pooling_mode mode, float *out)
{
    double divisor = mode == FT_POOLING_MEAN            ? (double)T
                     : mode == FT_POOLING_MEAN_SQRT_LEN ? sqrt((double)T)
                                                        : (double)T * (double)(T + 1) / 2;
    bool weighted = mode == FT_POOLING_WEIGHTED_MEAN;
    for (size_t c = 0; c < C; c++) {
        double sum = 0;
        for (size_t t = 0; t < T; t++)
            sum += (double)h[t * C + c] * (weighted ? (double)(t + 1) : 1);
        out[c] = (float)(sum / divisor);
    }
}

static void pool_max(const float *h, size_t T, size_t C, float *out)
{
    memcpy(out, h, C * sizeof *out);
    for (size_t t = 1; t < T; t++)
        for (size_t c = 0; c < C; c++)
            if (!(h[t * C + c] <= out[c])) out[c] = h[t * C + c]; /* a NaN stays one */
}

static void pool_text(const struct ft_pooling *p, const float *h, size_t T, size_t C, float *out)
{
    for (size_t k = 0; k < p->modes_n; k++, out += C) {
        switch (p->modes[k]) {
        case FT_POOLING_CLS:
            memcpy(out, h, C * sizeof *out);
            break;
        case FT_POOLING_LAST:
            memcpy(out, h + (T - 1) * C, C * sizeof *out);
            break;
        case FT_POOLING_MAX:
            pool_max(h, T, C, out);
            break;
        default:
            pool_mean(h, T, C, p->modes[k], out);
        }
    }
}

static void normalise(float *v, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)v[i] * (double)v[i];
    double length = fmax(sqrt(sum), 1e-12);
    for (size_t i = 0; i < n; i++)
        v[i] = (float)((double)v[i] / length);
}

/* x (B,in) to y (B,out). */
static void dense_fwd(const struct dense *d, const struct ft_pooling_step *s, const float *x,
                      float *y, size_t B)
{
    op_linear_fwd(y, x, d->w, d->b, B, s->in, s->out);
    if (s->act != FT_POOLING_IDENTITY)
        op_act_fwd(y, NULL, y, NULL, s->act == FT_POOLING_TANH ? FT_ACT_TANH : FT_ACT_RELU, B,
                   s->out);
}

/* Everything behind the network; returns the vectors (B, size). */
static float *finish(struct ft_embedder *e, const struct batch *b, const float *h)
{
    size_t C = e->m.net->cfg.hidden, now = C * e->pooling.modes_n;
    float *x = e->pooled, *y = e->stepped;
    for (size_t i = 0; i < b->texts; i++) {
        size_t from = (size_t)b->offsets[i], T = (size_t)b->offsets[i + 1] - from;
        pool_text(&e->pooling, h + from * C, T, C, x + i * now);
    }
    for (size_t k = 0; k < e->pooling.steps_n; k++) {
        const struct ft_pooling_step *s = &e->pooling.steps[k];
        for (size_t i = 0; !s->dir && i < b->texts; i++)
            normalise(x + i * now, now);
        if (!s->dir) continue;
        dense_fwd(&e->dense[k], s, x, y, b->texts);
        float *was = x;
        x = y;
        y = was;
        now = s->out;
    }
    for (size_t i = 0; e->normalise && i < b->texts; i++)
        normalise(x + i * now, now);
    return x;
}

/* ---- batches ---- */

static enum ft_status need_workspace(struct ft_embedder *e, size_t tokens, struct ft_err *err)
{
    if (e->ws && e->ws_tokens >= tokens) return FT_OK;
    ft_ws_free(e->ws);
    e->ws = NULL;
    e->ws_tokens = (tokens + 63) / 64 * 64;
    size_t T = e->max_length < e->ws_tokens ? e->max_length : e->ws_tokens;
    size_t B = e->ws_tokens < BATCH_TEXTS ? e->ws_tokens : BATCH_TEXTS;
    struct ft_ws_opt opt = {.N = e->ws_tokens, .B = B, .T = T};
    return ft_ws_new(&e->ws, e->m.net, &opt, err);
}

static enum ft_status compute(struct ft_embedder *e, struct batch *b, struct ft_job *w,
                              struct ft_err *err)
{
    if (!b->texts) return FT_OK;
    if (ft_job_cancelled(w)) return ft_fail(err, FT_CANCELLED, "cancelled");
    struct ft_net_batch net = {
        .N = b->n, .B = b->texts, .ids = b->ids, .types = b->types, .offsets = b->offsets};
    enum ft_status st = need_workspace(e, b->n, err);
    if (st) return st;
    ft_pool_take();
    st = ft_net_forward(e->m.net, e->ws, &net, NULL, err);
    const float *x = st ? NULL : finish(e, b, ft_ws_out(e->ws));
    ft_pool_give();
    for (size_t i = 0; i < b->texts && !st; i++) {
        bool finite = true;
        for (size_t c = 0; c < e->size; c++)
            finite &= isfinite(x[i * e->size + c]) != 0;
        if (!finite)
            st = ft_fail(err, FT_NUMERIC, "%s: gives a vector with NaN or infinite numbers",
                         e->m.path);
        memcpy(b->out[i], x + i * e->size, e->size * sizeof *x);
    }
    b->n = b->texts = 0;
    if (!st && e->expected) ft_job_report(w, (double)e->seen.texts, (double)e->expected, "texts");
    return st;
}

/* One text as the tokenizer gets it. */
static struct ft_text prepare(struct ft_embedder *e, struct ft_text text)
{
    if (!text.data) text = (struct ft_text){"", 0};
    if (e->pooling.prompt) {
        ft_str_clear(&e->text);
        ft_str_addz(&e->text, e->pooling.prompt);
        ft_str_add(&e->text, text.data, text.n);
        text = (struct ft_text){e->text.data, e->text.len};
    }
    struct ft_str low = {0};
    if (!e->pooling.lowercase || !ft_clean_text(FT_CLEAN_BIT(FT_CLEAN_LOWERCASE), text, &low))
        return text;
    ft_str_release(&e->text);
    e->text = low;
    return (struct ft_text){e->text.data, e->text.len};
}

static enum ft_status add_text(struct ft_embedder *e, struct batch *b, struct ft_text text,
                               float *out, struct ft_job *w, struct ft_err *err)
{
    struct ft_enc *enc = &e->enc;
    enum ft_status st = ft_sequences_encode(e->m.tok, e->ctx, prepare(e, text), (struct ft_text){0},
                                            e->max_length, false, enc, err);
    if (st) return st;
    e->seen.texts++;
    e->seen.tokens += enc->n;
    e->seen.truncated += enc->cut > 0;
    if (!enc->n) {
        e->seen.empty++;
        memset(out, 0, e->size * sizeof *out);
        return FT_OK;
    }
    if (b->n + enc->n > b->n_max || b->texts == BATCH_TEXTS) st = compute(e, b, w, err);
    if (st) return st;
    for (size_t i = 0; i < enc->n; i++) {
        b->ids[b->n + i] = enc->ids[i];
        b->types[b->n + i] = enc->type_ids[i];
    }
    b->offsets[b->texts] = (int32_t)b->n;
    b->n += enc->n;
    b->out[b->texts++] = out;
    b->offsets[b->texts] = (int32_t)b->n;
    return FT_OK;
}

enum ft_status ft_embed(struct ft_embedder *e, const struct ft_text *texts, size_t n, float *out,
                        struct ft_job *w, struct ft_err *err)
{
    struct batch b = {.n_max = e->max_length > BATCH_TOKENS ? e->max_length : BATCH_TOKENS};
    enum ft_status st = FT_OK;
    b.ids = ft_xcalloc(b.n_max, sizeof *b.ids);
    b.types = ft_xcalloc(b.n_max, sizeof *b.types);
    b.offsets = ft_xcalloc(BATCH_TEXTS + 1, sizeof *b.offsets);
    for (size_t i = 0; i < n && !st; i++)
        st = add_text(e, &b, texts[i], out + i * e->size, w, err);
    if (!st) st = compute(e, &b, w, err);
    free(b.ids);
    free(b.types);
    free(b.offsets);
    return st;
}
