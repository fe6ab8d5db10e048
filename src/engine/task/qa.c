/* Question answering: see qa.h. */
#include "engine/task/qa.h"

#include "core/pool.h"
#include "engine/options/ranks.h"
#include "engine/task/share.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_qa_opt_of(struct ft_qa_opt *opt, const struct ft_options *o, size_t max_tokens)
{
    opt->max_length = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    if (!ft_options_given(o, FT_OPT_max_seq_length)) opt->max_length = 384;
    if (opt->max_length > max_tokens) opt->max_length = max_tokens;
    opt->stride = (size_t)ft_options_int(o, FT_OPT_doc_stride);
    if (!ft_options_given(o, FT_OPT_doc_stride) && opt->stride > opt->max_length / 3)
        opt->stride = opt->max_length / 3; /* a model of few positions */
    opt->answer_tokens = (size_t)ft_options_int(o, FT_OPT_max_answer_length);
    opt->n_best = (size_t)ft_options_int(o, FT_OPT_n_best_size);
    opt->threshold = ft_options_num(o, FT_OPT_null_score_diff_threshold);
}

/* The tokens of the window that hold bytes [from, to) of the context; false: not all are in it. */
static bool find_answer(const struct ft_enc *enc, size_t from, size_t to, int32_t *start,
                        int32_t *end)
{
    size_t first = 0, last;
    while (first < enc->n && enc->parts[first] != FT_TOK_SECOND)
        first++;
    for (last = first; last < enc->n && enc->parts[last] == FT_TOK_SECOND;)
        last++;
    if (first == last || enc->bytes[first].start > from || enc->bytes[last - 1].end < to)
        return false;
    size_t a = first, b = last - 1;
    while (a + 1 < last && enc->bytes[a + 1].start <= from)
        a++;
    while (b > first && enc->bytes[b - 1].end >= to)
        b--;
    *start = (int32_t)a;
    *end = (int32_t)b;
    return true;
}

struct maker {
    struct ft_sequences *s;
    const struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    const struct ft_qa_opt *opt;
    struct ft_windows windows;
    struct ft_text context; /* of the windows */
    size_t answer_tokens;   /* of the last question's answer; 0: it is in no window */
};

/* Lengths of answers, counted up to LENGTHS - 1. */
enum { LENGTHS = 1024 };
static void count_answer(struct ft_qa_made *found, size_t *lengths, size_t tokens, size_t most)
{
    if (!tokens) tokens = LENGTHS; /* longer than what windows share */
    found->answers++;
    found->too_long += tokens > most;
    lengths[tokens < LENGTHS ? tokens : LENGTHS - 1]++;
}

static size_t enough_tokens(const struct ft_qa_made *found, const size_t *lengths)
{
    size_t sum = 0, n = 0;
    while (n + 1 < LENGTHS && (sum += lengths[n]) * 20 < found->answers * 19)
        n++;
    return n + 1 < LENGTHS ? n : 0;
}

/* An answer does not begin with a blank, as the tokens of some byte-level vocabularies do. */
static void trim_tokens(struct maker *m)
{
    const struct ft_sequences *s = m->s;
    struct ft_span in = s->context[s->n - 1];
    for (size_t i = in.start; i < in.end; i++) {
        struct ft_span *b = &s->bytes[s->start[s->n - 1] + i];
        while (b->start < b->end && memchr(" \t\r\n", m->context.data[b->start], 4))
            b->start++;
    }
}

/* context.data NULL: the one of the call before. answer NULL: none is known. */
static enum ft_status add_question(struct maker *m, struct ft_text question, struct ft_text context,
                                   const struct ft_squad_answer *answer, size_t index,
                                   struct ft_err *err)
{
    const char *text = question.data ? question.data : "";
    m->answer_tokens = 0;
    if (context.data) m->context = context;
    size_t length = m->opt->max_length, stride = m->opt->stride;
    size_t special = ft_tok_added_count(m->tok, true);
    enum ft_status st = ft_tok_windows(m->tok, m->ctx, text, question.n, context.data, context.n,
                                       length, stride, 0, &m->windows, err);
    if (st == FT_USAGE && length > special + 2 * stride) { /* cut a question that leaves no room */
        st = ft_tok_windows(m->tok, m->ctx, text, question.n, NULL, 0, length, stride,
                            length - special - 2 * stride, &m->windows, err);
    }
    for (size_t i = 0; i < m->windows.n && !st; i++) {
        const struct ft_enc *enc = &m->windows.items[i];
        int32_t start = 0, end = 0; /* the first token: not in this window */
        if (answer && find_answer(enc, answer->start, answer->end, &start, &end))
            m->answer_tokens = (size_t)(end - start) + 1;
        ft_sequences_add_window(m->s, enc, start, end, index, m->opt->keep);
        if (m->opt->keep) trim_tokens(m);
    }
    return st;
}

static const struct ft_squad_answer *first_placed(const struct ft_squad *q,
                                                  const struct ft_squad_question *x)
{
    for (size_t i = 0; i < x->answers_n; i++) {
        const struct ft_squad_answer *a = &q->answers[x->answers_first + i];
        if (a->placed && a->end > a->start) return a;
    }
    return NULL;
}

enum ft_status ft_qa_windows(struct ft_sequences *s, const struct ft_squad *q, enum ft_part part,
                             const struct ft_tok *tok, const struct ft_qa_opt *opt,
                             struct ft_qa_made *found, struct ft_job *w, struct ft_err *err)
{
    struct maker m = {.s = s, .tok = tok, .ctx = ft_tok_ctx_new(tok), .opt = opt};
    struct ft_qa_made none;
    size_t lengths[LENGTHS] = {0};
    if (!found) found = &none;
    memset(found, 0, sizeof *found);
    size_t paragraph = SIZE_MAX; /* whose context was encoded last */
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < q->questions_n && !st; i++) {
        const struct ft_squad_question *x = &q->questions[i];
        if (!x->kept || x->part != (uint8_t)part) continue;
        const struct ft_squad_answer *answer = x->impossible ? NULL : first_placed(q, x);
        if (!opt->keep && !answer && x->answers_n && !x->impossible) {
            found->lost++;
            continue;
        }
        struct ft_text context = {NULL, 0};
        if (x->paragraph != paragraph) {
            context = q->paragraphs[x->paragraph].context;
            if (!context.data) context.data = "";
        }
        st = add_question(&m, x->text, context, answer, i, err);
        if (answer) count_answer(found, lengths, m.answer_tokens, opt->answer_tokens);
        if (st) ft_fail_in(err, "%s: question %.*s", q->path, (int)x->id.n, x->id.data);
        paragraph = x->paragraph;
        if (i % 256) continue;
        ft_job_report(w, (double)i, (double)q->questions_n, "questions");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    found->enough = enough_tokens(found, lengths);
    ft_windows_release(&m.windows);
    ft_tok_ctx_free(m.ctx);
    return st;
}

enum ft_status ft_qa_windows_one(struct ft_sequences *s, const char *question, size_t qn,
                                 const char *context, size_t cn, const struct ft_tok *tok,
                                 struct ft_tok_ctx *ctx, const struct ft_qa_opt *opt,
                                 struct ft_err *err)
{
    struct maker m = {.s = s, .tok = tok, .ctx = ctx, .opt = opt};
    enum ft_status st = add_question(&m, (struct ft_text){question, qn},
                                     (struct ft_text){context, cn}, NULL, 0, err);
    ft_windows_release(&m.windows);
    return st;
}

double ft_qa_null_diff(const struct ft_qa_answer *a)
{
    if (!a->n) return (double)INFINITY;
    return (double)a->null_start + (double)a->null_end - ft_qa_span_score(&a->best[0]);
}

void ft_qa_answers_release(struct ft_qa_answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(answers[i].best);
}

/* Keeps the n_best best, best first; of equals the one that came first. */
static void offer(struct ft_qa_answer *a, size_t n_best, const struct ft_qa_span *span)
{
    double score = ft_qa_span_score(span);
    if (a->n == n_best && score <= ft_qa_span_score(&a->best[a->n - 1])) return;
    size_t at = a->n < n_best ? a->n++ : n_best - 1;
    while (at > 0 && ft_qa_span_score(&a->best[at - 1]) < score) {
        a->best[at] = a->best[at - 1];
        at--;
    }
    a->best[at] = *span;
}

/* What one window says: logits (tokens, 2). */
static void read_window(struct ft_qa_answer *a, const struct ft_sequences *s, size_t i,
                        const float *logits, const struct ft_qa_opt *opt)
{
    const struct ft_span *bytes = s->bytes + s->start[i];
    struct ft_span c = s->context[i];
    float null_start = logits[0], null_end = logits[1];
    if (!a->best) {
        a->best = ft_xcalloc(opt->n_best, sizeof *a->best);
        a->null_start = null_start;
        a->null_end = null_end;
    }
    if (null_start + null_end < a->null_start + a->null_end) {
        a->null_start = null_start;
        a->null_end = null_end;
    }
    for (size_t from = c.start; from < c.end; from++) {
        size_t most = from + opt->answer_tokens < c.end ? from + opt->answer_tokens : c.end;
        for (size_t to = from; to < most; to++) {
            struct ft_qa_span span = {.start = bytes[from].start,
                                      .end = bytes[to].end,
                                      .start_logit = logits[2 * from],
                                      .end_logit = logits[2 * to + 1]};
            if (span.end > span.start) offer(a, opt->n_best, &span);
        }
    }
}

/* Softmax over the spans and no answer. */
static void share_out(struct ft_qa_answer *a)
{
    double top = (double)a->null_start + (double)a->null_end, sum, none = top;
    if (a->n) top = fmax(top, ft_qa_span_score(&a->best[0]));
    sum = a->null_probability = exp(none - top);
    for (size_t i = 0; i < a->n; i++)
        sum += a->best[i].probability = exp(ft_qa_span_score(&a->best[i]) - top);
    for (size_t i = 0; i < a->n; i++)
        a->best[i].probability /= sum;
    a->null_probability /= sum;
}

/* Logits of all windows, (tokens, 2) in the order of the sequences. */
static enum ft_status all_logits(float *logits, const struct ft_net *net,
                                 const struct ft_sequences *s, size_t batch, double *loss,
                                 struct ft_job *w, struct ft_err *err)
{
    size_t *order = ft_xmalloc(s->n * sizeof *order);
    struct ft_ws_opt opt = ft_sequences_packed_ws(s, batch);
    ft_order_longest(s, order);
    struct ft_batch b;
    ft_batch_init(&b, opt.N, opt.B);
    struct ft_ws *ws = NULL;
    struct ft_loss_opt how = {0};
    struct ft_share share;
    struct ft_share_sum total = {0};
    ft_share_init(&share, s->n);
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    for (size_t done = 0; !st && done < s->n;) {
        const size_t *pick = order + done;
        size_t n = ft_sequences_fit(s, pick, s->n - done, &opt);
        done += n;
        if (!ft_share_takes(&share, pick, n)) continue;
        ft_batch_fill(&b, s, pick, n);
        struct ft_net_loss part = {0};
        ft_pool_take();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        if (!st) ft_net_loss(net, ws, &b.targets, &how, &part);
        ft_pool_give();
        if (st) break;
        *ft_share_sum(&share) = (struct ft_share_sum){part.sum, part.weight, 0};
        for (size_t i = 0; i < n; i++) {
            size_t from = (size_t)b.offsets[i], len = (size_t)(b.offsets[i + 1] - b.offsets[i]);
            memcpy(logits + 2 * s->start[pick[i]], ft_ws_logits(ws) + 2 * from,
                   2 * len * sizeof *logits);
        }
        ft_job_report(w, (double)done, (double)s->n, "windows");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    st = ft_share_rows(&share, logits, 2 * sizeof *logits, s->start, st, err);
    if (!st) st = ft_share_sums(&share, &total, st, err);
    *loss = total.weight > 0 ? total.sum / total.weight : (double)NAN;
    ft_share_release(&share);
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(order);
    return st;
}

enum ft_status ft_qa_answer_all(struct ft_qa_answer *answers, size_t questions,
                                const struct ft_net *net, const struct ft_sequences *s,
                                size_t batch, const struct ft_qa_opt *opt, double *loss,
                                struct ft_job *w, struct ft_err *err)
{
    *loss = (double)NAN;
    if (!s->n) return FT_OK;
    float *logits = ft_try_big(s->start[s->n] * 2 * sizeof *logits);
    enum ft_status st = FT_OK;
    if (!logits) st = ft_fail(err, FT_NOMEM, "no memory for the logits of %zu windows", s->n);
    st = ft_ranks_agree(st, err);
    if (!st) st = all_logits(logits, net, s, batch, loss, w, err);
    for (size_t i = 0; i < s->n && !st; i++) {
        assert(s->example[i] < questions);
        read_window(&answers[s->example[i]], s, i, logits + 2 * s->start[i], opt);
    }
    for (size_t i = 0; i < questions && !st; i++)
        share_out(&answers[i]);
    if (logits) ft_big_free(logits, s->start[s->n] * 2 * sizeof *logits);
    return st;
}
