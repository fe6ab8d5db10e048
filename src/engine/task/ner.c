/* Windows of tagged words and their labels: see ner.h. */
#include "engine/task/ner.h"

#include "core/comm.h"
#include "core/op_loss.h"
#include "core/pool.h"
#include "engine/task/share.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_ner_opt_of(struct ft_ner_opt *opt, const struct ft_options *o, size_t max_tokens)
{
    opt->max_length = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    if (opt->max_length > max_tokens) opt->max_length = max_tokens;
    opt->stride = (size_t)ft_options_int(o, FT_OPT_doc_stride);
    if (!ft_options_given(o, FT_OPT_doc_stride) && opt->stride > opt->max_length / 3)
        opt->stride = opt->max_length / 3;
    opt->all_tokens = ft_options_bool(o, FT_OPT_label_all_tokens);
}

/* ---- windows ---- */

/* The tokens of one sentence and what is put around them. */
struct maker {
    struct ft_sequences *s;
    const struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    const struct ft_ner_opt *opt;
    struct ft_tag_set tags;
    struct ft_enc enc, window;
    int32_t *ids, *word; /* tokens of the sentence; the word of each, -1: none */
    size_t n, ids_cap, word_cap;
    size_t *best; /* (words) the window in which each counts */
    size_t best_cap;
    int32_t *targets, *words; /* of one window */
    size_t targets_cap, words_cap;
};

static void maker_release(struct maker *m)
{
    ft_enc_release(&m->enc);
    ft_enc_release(&m->window);
    free(m->ids);
    free(m->word);
    free(m->best);
    free(m->targets);
    free(m->words);
}

static void take_tokens(struct maker *m, size_t n)
{
    ft_grow(&m->ids, &m->ids_cap, m->n + n + 1, sizeof *m->ids);
    ft_grow(&m->word, &m->word_cap, m->n + n + 1, sizeof *m->word);
    if (n) memcpy(m->ids + m->n, m->enc.ids, n * sizeof *m->ids);
}

/* Words of a file one by one; those of a text as the text's tokens have them. */
static void tokenize(struct maker *m, const struct ft_tagged *g, const struct ft_sentence *s)
{
    m->n = 0;
    if (g->form != FT_TAGGED_WORDS) {
        struct ft_word *again = NULL;
        size_t n = 0, cap = 0;
        ft_tok_encode(m->tok, m->ctx, s->text.data ? s->text.data : "", s->text.n, &m->enc);
        take_tokens(m, m->enc.n);
        ft_enc_words(&m->enc, s->text, &again, &n, &cap, m->word);
        m->n = m->enc.n;
        for (size_t i = 0; i < m->n; i++)
            if ((size_t)m->word[i] >= s->n && m->word[i] >= 0) m->word[i] = -1;
        free(again);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_word *w = &g->words[s->first + i];
        ft_tok_encode_word(m->tok, m->ctx, s->text.data + w->start, w->end - w->start, &m->enc);
        take_tokens(m, m->enc.n);
        for (size_t k = 0; k < m->enc.n; k++)
            m->word[m->n++] = (int32_t)i;
    }
}

static bool is_first(const struct maker *m, size_t token)
{
    return m->word[token] >= 0 && (!token || m->word[token - 1] != m->word[token]);
}

/* In which window each word counts. */
static void choose_windows(struct maker *m, size_t words, size_t room, size_t step)
{
    ft_grow(&m->best, &m->best_cap, words + 1, sizeof *m->best);
    for (size_t i = 0; i < words; i++)
        m->best[i] = SIZE_MAX;
    size_t *context = ft_xcalloc(words + 1, sizeof *context);
    for (size_t w = 0, from = 0; from < m->n; w++, from += step) {
        size_t end = m->n - from < room ? m->n : from + room;
        for (size_t i = from; i < end; i++) {
            if (!is_first(m, i)) continue;
            size_t before = i - from, behind = end - 1 - i,
                   least = before < behind ? before : behind;
            size_t word = (size_t)m->word[i];
            if (m->best[word] != SIZE_MAX && least <= context[word]) continue;
            m->best[word] = w;
            context[word] = least;
        }
        if (end == m->n) break;
    }
    free(context);
}

/* Window w, tokens [from, end) of the sentence. */
static void add_window(struct maker *m, const struct ft_tagged *g, const struct ft_sentence *s,
                       size_t w, size_t from, size_t end, size_t example)
{
    ft_tok_wrap(m->tok, m->ids + from, end - from, &m->window);
    size_t n = m->window.n, at = 0;
    ft_grow(&m->targets, &m->targets_cap, n, sizeof *m->targets);
    ft_grow(&m->words, &m->words_cap, n, sizeof *m->words);
    for (size_t i = 0; i < n; i++) {
        m->targets[i] = FT_TARGET_IGNORE;
        m->words[i] = -1;
    }
    while (at < n && m->window.parts[at] != FT_TOK_FIRST)
        at++;
    bool counts = false; /* the word at hand, which may have begun in front of this window */
    for (size_t i = from; i < end; i++, at++) {
        int32_t word = m->word[i];
        bool first = is_first(m, i);
        if (word < 0) continue;
        if (first || i == from) counts = first && m->best[word] == w;
        if (!counts) continue;
        int32_t tag = g->words[s->first + (size_t)word].tag;
        if (first) m->words[at] = word;
        if (tag >= 0 && (first || m->opt->all_tokens))
            m->targets[at] = first ? tag : m->tags.tags[tag].inside;
    }
    ft_sequences_add_tagged(m->s, &m->window, m->targets, m->words, example);
}

static enum ft_status add_sentence(struct maker *m, const struct ft_tagged *g,
                                   const struct ft_sentence *s, size_t example,
                                   struct ft_ner_made *made, struct ft_err *err)
{
    size_t special = ft_tok_added_count(m->tok, false), length = m->opt->max_length;
    if (length < special + 1 || (m->opt->stride >= length - special))
        return ft_fail(err, FT_USAGE,
                       "windows of %zu tokens, %zu of them special, leave no room beside a "
                       "doc_stride of %zu: use a smaller doc_stride or a larger max_seq_length",
                       length, special, m->opt->stride);
    size_t room = length - special, step = room - m->opt->stride, made_n = 0;
    tokenize(m, g, s);
    choose_windows(m, s->n, room, step);
    for (size_t w = 0, from = 0; from < m->n; w++, from += step) {
        size_t end = m->n - from < room ? m->n : from + room;
        add_window(m, g, s, w, from, end, example);
        made_n++;
        if (end == m->n) break;
    }
    made->sentences++;
    made->windowed += made_n > 1;
    for (size_t i = 0; i < s->n; i++)
        made->silent += m->best[i] == SIZE_MAX;
    return FT_OK;
}

enum ft_status ft_ner_windows_one(struct ft_sequences *s, const struct ft_tagged *g,
                                  const struct ft_sentence *sentence, size_t example,
                                  const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                  const struct ft_ner_opt *opt, struct ft_ner_made *made,
                                  struct ft_err *err)
{
    struct maker m = {.s = s, .tok = tok, .ctx = ctx, .opt = opt};
    struct ft_ner_made none = {0};
    ft_tag_set_init(&m.tags, (const char *const *)g->tags.names, g->tags.n);
    enum ft_status st = add_sentence(&m, g, sentence, example, made ? made : &none, err);
    ft_tag_set_release(&m.tags);
    maker_release(&m);
    return st;
}

enum ft_status ft_ner_windows(struct ft_sequences *s, const struct ft_examples *x,
                              enum ft_part part, const struct ft_tok *tok,
                              const struct ft_ner_opt *opt, struct ft_ner_made *made,
                              struct ft_job *w, struct ft_err *err)
{
    struct maker m = {.s = s, .tok = tok, .ctx = ft_tok_ctx_new(tok), .opt = opt};
    struct ft_ner_made found = {0};
    size_t *index, n;
    enum ft_status st = FT_OK;
    ft_examples_part(x, part, &index, &n);
    ft_tag_set_init(&m.tags, (const char *const *)x->labels.names, x->labels.n);
    for (size_t i = 0; i < n && !st; i++) {
        const struct ft_example *e = &x->items[index[i]];
        st = add_sentence(&m, x->tagged[e->file], ft_examples_sentence(x, index[i]), index[i],
                          &found, err);
        if (i % 1024) continue;
        ft_job_report(w, (double)i, (double)n, "sentences");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (made) *made = found;
    ft_tag_set_release(&m.tags);
    maker_release(&m);
    ft_tok_ctx_free(m.ctx);
    free(index);
    return st;
}

/* ---- labels ---- */

void ft_ner_result_release(struct ft_ner_result *r)
{
    free(r->start);
    free(r->tags);
    free(r->scores);
    free(r->losses);
    memset(r, 0, sizeof *r);
}

/* What one token's logits say of word `at`. */
static void settle(struct ft_ner_result *r, size_t at, const float *z, size_t labels,
                   int32_t target)
{
    size_t best = 0;
    double sum = 0;
    for (size_t k = 1; k < labels; k++)
        if (z[k] > z[best]) best = k;
    for (size_t k = 0; k < labels; k++)
        sum += exp((double)z[k] - (double)z[best]);
    r->tags[at] = (int32_t)best;
    r->scores[at] = (float)(1 / sum);
    r->losses[at] = NAN;
    if (target >= 0 && (size_t)target < labels)
        r->losses[at] = (float)(log(sum) + (double)z[best] - (double)z[target]);
}

static void result_init(struct ft_ner_result *r, const size_t *words_of, size_t n)
{
    memset(r, 0, sizeof *r);
    r->n = n;
    r->start = ft_xcalloc(n + 1, sizeof *r->start);
    for (size_t i = 0; i < n; i++)
        r->start[i + 1] = r->start[i] + words_of[i];
    size_t words = r->start[n] + 1;
    r->tags = ft_xmalloc(words * sizeof *r->tags);
    r->scores = ft_xcalloc(words, sizeof *r->scores);
    r->losses = ft_xcalloc(words, sizeof *r->losses);
    for (size_t i = 0; i < words; i++) {
        r->tags[i] = -1;
        r->losses[i] = NAN;
    }
}

/* What is said of the word that a token stands for. */
struct token_said {
    int32_t tag;
    float score, loss;
};

/* Between the words and the tokens that they are read off at; back: from the tokens. */
static void copy_tokens(struct ft_ner_result *r, const struct ft_sequences *s,
                        struct token_said *tokens, bool back)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t t = (size_t)s->start[i]; t < (size_t)s->start[i + 1]; t++) {
            if (s->words[t] < 0) continue;
            size_t at = r->start[s->example[i]] + (size_t)s->words[t];
            if (back) {
                r->tags[at] = tokens[t].tag;
                r->scores[at] = tokens[t].score;
                r->losses[at] = tokens[t].loss;
            } else {
                tokens[t] = (struct token_said){r->tags[at], r->scores[at], r->losses[at]};
            }
        }
    }
}

/* The results of all ranks. */
static enum ft_status share_words(struct ft_ner_result *r, const struct ft_sequences *s,
                                  const struct ft_share *share, enum ft_status st,
                                  struct ft_err *err)
{
    if (ft_comm_size() == 1) return st;
    struct token_said *tokens = ft_xcalloc((size_t)s->start[s->n] + 1, sizeof *tokens);
    copy_tokens(r, s, tokens, false);
    st = ft_share_rows(share, tokens, sizeof *tokens, s->start, st, err);
    if (!st) copy_tokens(r, s, tokens, true);
    free(tokens);
    return st;
}

enum ft_status ft_ner_classify(struct ft_ner_result *r, const size_t *words_of, size_t n,
                               const struct ft_net *net, const struct ft_sequences *s, size_t batch,
                               struct ft_job *w, struct ft_err *err)
{
    result_init(r, words_of, n);
    r->loss = (double)NAN;
    if (!s->n) return FT_OK;
    size_t labels = net->cfg.labels, *order = ft_xcalloc(s->n, sizeof *order);
    struct ft_ws_opt opt = ft_sequences_packed_ws(s, batch);
    struct ft_ws *ws = NULL;
    struct ft_batch b;
    struct ft_loss_opt how = {0};
    struct ft_share share;
    struct ft_share_sum total = {0};
    ft_share_init(&share, s->n);
    ft_order_longest(s, order);
    ft_batch_init(&b, opt.N, opt.B);
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    for (size_t done = 0; !st && done < s->n;) {
        const size_t *pick = order + done;
        size_t k = ft_sequences_fit(s, pick, s->n - done, &opt);
        struct ft_net_loss part = {0};
        done += k;
        if (!ft_share_takes(&share, pick, k)) continue;
        ft_batch_fill(&b, s, pick, k);
        ft_pool_take();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        if (!st) ft_net_loss(net, ws, &b.targets, &how, &part);
        ft_pool_give();
        if (st) break;
        *ft_share_sum(&share) = (struct ft_share_sum){part.sum, part.weight, 0};
        const float *logits = ft_ws_logits(ws);
        for (size_t i = 0; i < k; i++) {
            size_t q = pick[i], from = (size_t)s->start[q], len = ft_sequences_len(s, q);
            assert(s->example[q] < n);
            for (size_t t = 0; t < len; t++) {
                if (s->words[from + t] < 0) continue;
                size_t at = r->start[s->example[q]] + (size_t)s->words[from + t];
                assert(at < r->start[s->example[q] + 1]);
                settle(r, at, logits + ((size_t)b.offsets[i] + t) * labels, labels,
                       s->targets[from + t]);
            }
        }
        ft_job_report(w, (double)done, (double)s->n, "windows");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    st = share_words(r, s, &share, st, err);
    if (!st) st = ft_share_sums(&share, &total, st, err);
    if (total.weight > 0) r->loss = total.sum / total.weight;
    ft_share_release(&share);
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(order);
    if (st) ft_ner_result_release(r);
    return st;
}
