/* Words behind a mask: see predict.h. One text goes through the predictor's own small workspace; the
 * lines of a file in passes of many, each with one forward for all of its masks. A row's logits do
 * not depend on its batch, so both give the same bits. */
#include "engine/predict/predict_in.h"

#include "core/pool.h"
#include "engine/task/classify.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
    PASS_TOKENS = 4096, /* of the texts of a pass, but for a longer one; */
    PASS_TEXTS = 512,
    PIECE_BYTES = 16 << 20 /* logits that exist at once, but for those of one mask */
};

enum ft_status ft_predictor_can(const struct ft_predictor *p, enum ft_trait trait, const char *what,
                                struct ft_err *err)
{
    if (ft_task_has(ft_predictor_task(p), trait)) return FT_OK;
    return ft_fail(err, FT_USAGE, "%s: cannot %s, its task is %s", p->m->name, what,
                   ft_task_name(ft_predictor_task(p)));
}

void ft_fill_choices_free(struct ft_fill_choice *c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(c[i].token);
    free(c);
}

struct ft_fill_choice ft_fill_choice_of(struct ft_predictor *p, int32_t id, double probability)
{
    struct ft_str token = {0};
    ft_tok_decode(p->m->tok, &id, 1, 0, &token);
    return (struct ft_fill_choice){
        .token = ft_str_take(&token), .id = id, .probability = probability};
}

void ft_fill_release(struct ft_fill *f)
{
    ft_fill_choices_free(f->choice, f->masks * f->choices);
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
        choice[i] = ft_fill_choice_of(p, (int32_t)best[i], share[best[i]]);
    free(best);
    free(share);
}

/* Texts of a pass: their tokens, and where the masks are. */
struct pass {
    struct ft_sequences s;
    int32_t *rows; /* of the masks, in the pass */
    size_t rows_n, rows_cap;
    size_t *first; /* (texts + 1) into rows */
    size_t first_cap;
};

static void pass_release(struct pass *x)
{
    ft_sequences_release(&x->s);
    free(x->rows);
    free(x->first);
}

/* Appends p->enc. */
static enum ft_status pass_add(struct pass *x, struct ft_predictor *p, struct ft_err *err)
{
    int32_t id = ft_tok_special_id(p->m->tok, FT_TOK_MASK);
    size_t from = x->rows_n, at = x->s.n ? (size_t)x->s.start[x->s.n] : 0;
    for (size_t i = 0; i < p->enc.n; i++) {
        if (p->enc.ids[i] != id) continue;
        ft_grow(&x->rows, &x->rows_cap, x->rows_n + 1, sizeof *x->rows);
        x->rows[x->rows_n++] = (int32_t)(at + i);
    }
    if (x->rows_n == from)
        return ft_fail(err, FT_USAGE, "the text has no %s: put it where a word should be predicted",
                       ft_predictor_mask(p));
    ft_grow(&x->first, &x->first_cap, x->s.n + 2, sizeof *x->first);
    x->first[x->s.n] = from;
    x->first[x->s.n + 1] = x->rows_n;
    ft_sequences_add(&x->s, &p->enc, -1, 0);
    return FT_OK;
}

/* Into p->enc. */
static enum ft_status encode(struct ft_predictor *p, const char *text, size_t n, struct ft_err *err)
{
    struct ft_str own = {0};
    with_own_mask(text, n, ft_predictor_mask(p), &own);
    struct ft_tok_opt opt = {.cut = FT_TOK_CUT_LONGEST_FIRST, .max_length = p->m->max_tokens};
    enum ft_status st =
        ft_tok_build(p->m->tok, p->ctx, ft_str_text(&own), own.len, NULL, 0, &opt, &p->enc, err);
    ft_str_release(&own);
    return st;
}

/* What came out for text i of a pass; its tokens get the most likely ones. */
static void settle(struct ft_predictor *p, struct pass *x, size_t i, struct ft_fill_choice *choice,
                   size_t choices, struct ft_fill *out)
{
    size_t masks = x->first[i + 1] - x->first[i];
    int32_t *ids = x->s.ids;
    *out = (struct ft_fill){.masks = masks, .choices = choices};
    out->choice = ft_xcalloc(masks * choices, sizeof *out->choice);
    for (size_t k = 0; k < masks; k++) {
        size_t row = x->first[i] + k;
        for (size_t c = 0; c < choices; c++)
            out->choice[k * choices + c] = choice[row * choices + c];
        memset(&choice[row * choices], 0, choices * sizeof *choice); /* they are out's now */
        ids[x->rows[row]] = out->choice[k * choices].id;
    }
    struct ft_str filled = {0};
    ft_tok_decode(p->m->tok, ids + x->s.start[i], ft_sequences_len(&x->s, i), FT_TOK_SKIP_SPECIAL,
                  &filled);
    out->text = ft_xstrdup(ft_str_text(&filled));
    ft_str_release(&filled);
}

/* One forward, and the choices of all masks (rows_n, choices). */
static enum ft_status run_pass(struct ft_predictor *p, const struct pass *x, struct ft_ws *ws,
                               struct ft_fill_choice *choice, size_t choices, struct ft_err *err)
{
    size_t V = p->m->net->cfg.vocab, N = (size_t)x->s.start[x->s.n];
    size_t piece = PIECE_BYTES / sizeof(float) / V ? PIECE_BYTES / sizeof(float) / V : 1;
    if (piece > x->rows_n) piece = x->rows_n;
    float *logits = ft_try_big(piece * V * sizeof *logits);
    if (!logits) return ft_fail(err, FT_NOMEM, "no memory for %zu masked tokens", piece);
    size_t *pick = ft_xmalloc(x->s.n * sizeof *pick);
    for (size_t i = 0; i < x->s.n; i++)
        pick[i] = i;
    struct ft_batch batch;
    ft_batch_init(&batch, N, x->s.n);
    ft_batch_fill(&batch, &x->s, pick, x->s.n);
    batch.net.rows = x->rows;
    batch.net.R = x->rows_n;
    ft_pool_take();
    enum ft_status st = ft_net_forward(p->m->net, ws, &batch.net, NULL, err);
    for (size_t from = 0; !st && from < x->rows_n; from += piece) {
        size_t n = x->rows_n - from < piece ? x->rows_n - from : piece;
        ft_net_lm_logits(p->m->net, ws, x->rows + from, n, logits);
        for (size_t i = 0; i < n; i++)
            choose(p, logits + i * V, choice + (from + i) * choices, choices);
    }
    ft_pool_give();
    ft_batch_release(&batch);
    free(pick);
    ft_big_free(logits, piece * V * sizeof *logits);
    return st;
}

/* Runs a pass and hands over what came out. */
static enum ft_status finish_pass(struct ft_predictor *p, struct pass *x, struct ft_ws *ws,
                                  size_t choices, size_t *done, ft_fill_fn *fn, void *arg,
                                  struct ft_err *err)
{
    if (!x->s.n) return FT_OK;
    struct ft_fill_choice *choice = ft_xcalloc(x->rows_n * choices, sizeof *choice);
    enum ft_status st = run_pass(p, x, ws, choice, choices, err);
    for (size_t i = 0; i < x->s.n && !st; i++) {
        struct ft_fill one;
        settle(p, x, i, choice, choices, &one);
        st = fn(arg, *done, &one, err);
        if (!st) ++*done;
        ft_fill_release(&one);
    }
    ft_fill_choices_free(choice, x->rows_n * choices);
    return st;
}

static size_t most_choices(const struct ft_predictor *p, size_t choices)
{
    size_t V = p->m->net->cfg.vocab;
    return choices < V ? choices : V;
}

static enum ft_status check(const struct ft_predictor *p, struct ft_err *err)
{
    enum ft_status st = ft_predictor_can(p, FT_TRAIT_MASKS, "predict masked tokens", err);
    if (st || ft_predictor_mask(p)) return st;
    return ft_fail(err, FT_FORMAT, "%s: its tokenizer has no mask token", p->m->name);
}

static enum ft_status keep(void *arg, size_t i, struct ft_fill *x, struct ft_err *err)
{
    (void)i, (void)err;
    *(struct ft_fill *)arg = *x;
    memset(x, 0, sizeof *x);
    return FT_OK;
}

enum ft_status ft_predict_fill(struct ft_predictor *p, const char *text, size_t n, size_t choices,
                               struct ft_fill *out, struct ft_err *err)
{
    struct pass x = {0};
    size_t done = 0;
    memset(out, 0, sizeof *out);
    enum ft_status st = check(p, err);
    if (!st) st = encode(p, text, n, err);
    if (!st) st = pass_add(&x, p, err);
    if (!st) st = ft_predictor_workspace(p, 0, p->enc.n, err);
    if (!st) st = finish_pass(p, &x, p->ws[0], most_choices(p, choices), &done, keep, out, err);
    pass_release(&x);
    return st;
}

/* Adds the texts from `from` on that fit; *end: the first that does not, or cannot be read (its error
 * is returned). *longest: their tokens. */
static enum ft_status fill_pass(struct ft_predictor *p, struct pass *x, const struct ft_text *texts,
                                size_t n, size_t from, size_t *end, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    size_t i = from;
    for (; i < n && i - from < PASS_TEXTS && !st; i++) {
        st = encode(p, texts[i].data ? texts[i].data : "", texts[i].n, err);
        if (st) break;
        if (i > from && (size_t)x->s.start[x->s.n] + p->enc.n > PASS_TOKENS) break;
        st = pass_add(x, p, err);
        if (st) break;
    }
    *end = i;
    return st;
}

enum ft_status ft_predict_fill_all(struct ft_predictor *p, const struct ft_text *texts, size_t n,
                                   size_t choices, size_t *done, ft_fill_fn *fn, void *arg,
                                   struct ft_job *w, struct ft_err *err)
{
    *done = 0;
    enum ft_status st = check(p, err);
    while (!st && *done < n) {
        struct pass x = {0};
        struct ft_ws *ws = NULL;
        struct ft_err why = {0};
        size_t end;
        enum ft_status bad = fill_pass(p, &x, texts, n, *done, &end, &why);
        struct ft_ws_opt opt = {
            .N = x.s.n ? (size_t)x.s.start[x.s.n] : 0, .B = x.s.n, .T = x.s.longest};
        if (x.s.n) st = ft_ws_new(&ws, p->m->net, &opt, err);
        if (!st) st = finish_pass(p, &x, ws, most_choices(p, choices), done, fn, arg, err);
        if (!st && bad) st = ft_fail(err, bad, "%s", why.msg); /* of text *done */
        ft_ws_free(ws);
        pass_release(&x);
        ft_job_report(w, (double)*done, (double)n, "texts");
        if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
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
