/* Token sequences, batches and orders: see sequences.h. */
#include "engine/task/sequences.h"

#include "core/op_loss.h"
#include "engine/model/model_file.h"
#include "engine/task/run_data.h"

#include "util/mem.h"
#include "util/rng.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void ft_sequences_release(struct ft_sequences *s)
{
    free(s->start);
    free(s->ids);
    free(s->types);
    free(s->labels);
    free(s->ends);
    free(s->example);
    free(s->bytes);
    free(s->context);
    free(s->targets);
    free(s->words);
    memset(s, 0, sizeof *s);
}

void ft_sequences_add(struct ft_sequences *s, const struct ft_enc *enc, int32_t label,
                      size_t example)
{
    if (s->n + 1 >= s->cap) {
        s->cap = s->cap ? s->cap * 2 : 256;
        s->start = ft_xrealloc(s->start, (s->cap + 1) * sizeof *s->start);
        s->labels = ft_xrealloc(s->labels, s->cap * sizeof *s->labels);
        s->example = ft_xrealloc(s->example, s->cap * sizeof *s->example);
        if (!s->n) s->start[0] = 0;
    }
    size_t at = (size_t)s->start[s->n];
    if (at + enc->n > s->tokens_cap) {
        while (at + enc->n > s->tokens_cap)
            s->tokens_cap = s->tokens_cap ? s->tokens_cap * 2 : 4096;
        s->ids = ft_xrealloc(s->ids, s->tokens_cap * sizeof *s->ids);
        s->types = ft_xrealloc(s->types, s->tokens_cap * sizeof *s->types);
    }
    for (size_t i = 0; i < enc->n; i++) {
        s->ids[at + i] = enc->ids[i];
        s->types[at + i] = enc->type_ids[i];
    }
    s->labels[s->n] = label;
    s->example[s->n] = example;
    s->start[++s->n] = at + enc->n;
    if (enc->n > s->longest) s->longest = enc->n;
    s->cut += enc->cut > 0;
}

/* Where the tokens of the second text lie. */
static struct ft_span second_part(const struct ft_enc *enc)
{
    struct ft_span at = {0, 0};
    while (at.start < enc->n && enc->parts[at.start] != FT_TOK_SECOND)
        at.start++;
    for (at.end = at.start; at.end < enc->n && enc->parts[at.end] == FT_TOK_SECOND;)
        at.end++;
    return at;
}

void ft_sequences_add_window(struct ft_sequences *s, const struct ft_enc *enc, int32_t start,
                             int32_t end, size_t question, bool keep)
{
    size_t cap = s->cap, tokens_cap = s->tokens_cap, i = s->n;
    ft_sequences_add(s, enc, start, question);
    if (s->cap != cap) s->ends = ft_xrealloc(s->ends, s->cap * sizeof *s->ends);
    s->ends[i] = end;
    if (!keep) return;
    if (s->cap != cap) s->context = ft_xrealloc(s->context, s->cap * sizeof *s->context);
    if (s->tokens_cap != tokens_cap)
        s->bytes = ft_xrealloc(s->bytes, s->tokens_cap * sizeof *s->bytes);
    s->context[i] = second_part(enc);
    memcpy(s->bytes + s->start[i], enc->bytes, enc->n * sizeof *s->bytes);
}

void ft_sequences_add_tagged(struct ft_sequences *s, const struct ft_enc *enc,
                             const int32_t *targets, const int32_t *words, size_t example)
{
    size_t tokens_cap = s->tokens_cap, i = s->n;
    ft_sequences_add(s, enc, -1, example);
    if (s->tokens_cap != tokens_cap) {
        s->targets = ft_xrealloc(s->targets, s->tokens_cap * sizeof *s->targets);
        s->words = ft_xrealloc(s->words, s->tokens_cap * sizeof *s->words);
    }
    memcpy(s->targets + s->start[i], targets, enc->n * sizeof *targets);
    memcpy(s->words + s->start[i], words, enc->n * sizeof *words);
}

enum ft_status ft_sequences_encode(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                   struct ft_text text, struct ft_text pair, size_t max_length,
                                   bool head_tail, struct ft_enc *enc, struct ft_err *err)
{
    struct ft_tok_opt opt = {.cut = head_tail ? FT_TOK_CUT_HEAD_TAIL : FT_TOK_CUT_LONGEST_FIRST,
                             .max_length = max_length};
    return ft_tok_build(tok, ctx, text.data ? text.data : "", text.n, pair.data, pair.n, &opt, enc,
                        err);
}

enum ft_status ft_sequences_make(struct ft_sequences *s, const struct ft_examples *x,
                                 enum ft_part part, const struct ft_tok *tok, size_t max_length,
                                 bool head_tail, struct ft_job *w, struct ft_err *err)
{
    size_t *index, n;
    ft_examples_part(x, part, &index, &n);
    s->sets = x->several ? &x->sets : NULL;
    s->set_labels = x->labels.n;
    s->numbers = x->numbers ? x->items : NULL;
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
    struct ft_enc enc = {0};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < n && !st; i++) {
        const struct ft_example *e = &x->items[index[i]];
        st = ft_sequences_encode(tok, ctx, e->text, e->pair, max_length, head_tail, &enc, err);
        if (st) {
            ft_fail_in(err, "row %zu", e->row);
            break;
        }
        if (enc.n) ft_sequences_add(s, &enc, e->label, index[i]);
        if (i % 1024) continue;
        ft_job_report(w, (double)i, (double)n, "texts");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    ft_enc_release(&enc);
    ft_tok_ctx_free(ctx);
    free(index);
    return st;
}

enum ft_status ft_run_data_sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                     enum ft_part part, const struct ft_model_file *m,
                                     const struct ft_options *o, bool to_score, struct ft_job *w,
                                     struct ft_err *err)
{
    size_t length = (size_t)ft_options_int(o, FT_OPT_max_seq_length);
    bool head_tail = ft_options_choice(o, FT_OPT_truncation) == FT_TRUNCATION_HEAD_TAIL;
    (void)to_score;
    if (length > m->max_tokens) length = m->max_tokens;
    return ft_sequences_make(s, &d->x, part, m->tok, length, head_tail, w, err);
}

void ft_sequences_keep_labelled(struct ft_sequences *s)
{
    size_t n = 0, at = 0, longest = 0;
    for (size_t i = 0; i < s->n; i++) {
        size_t from = (size_t)s->start[i], len = ft_sequences_len(s, i);
        if (s->labels[i] < 0) continue;
        memmove(s->ids + at, s->ids + from, len * sizeof *s->ids);
        memmove(s->types + at, s->types + from, len * sizeof *s->types);
        s->start[n] = at;
        s->labels[n] = s->labels[i];
        s->example[n++] = s->example[i];
        at += len;
        if (len > longest) longest = len;
    }
    if (s->n) s->start[n] = at;
    s->n = n;
    s->longest = longest;
}

void ft_batch_init(struct ft_batch *b, size_t tokens, size_t sequences)
{
    memset(b, 0, sizeof *b);
    b->n_cap = tokens;
    b->b_cap = sequences;
    b->ids = ft_xcalloc(tokens, sizeof *b->ids);
    b->types = ft_xcalloc(tokens, sizeof *b->types);
    b->offsets = ft_xcalloc(sequences + 1, sizeof *b->offsets);
    b->labels = ft_xcalloc(sequences, sizeof *b->labels);
    b->ends = ft_xcalloc(sequences, sizeof *b->ends);
    b->tokens = ft_xcalloc(tokens, sizeof *b->tokens);
    b->rows = ft_xcalloc(tokens, sizeof *b->rows);
}

void ft_batch_release(struct ft_batch *b)
{
    free(b->ids);
    free(b->types);
    free(b->offsets);
    free(b->labels);
    free(b->ends);
    free(b->tokens);
    free(b->rows);
    free(b->values);
    memset(b, 0, sizeof *b);
}

/* The sets of the batch's sequences as rows of 0 and 1. */
static void fill_sets(struct ft_batch *b, const struct ft_sequences *s, size_t n)
{
    size_t K = s->set_labels, count;
    ft_grow(&b->values, &b->values_cap, b->b_cap * K, sizeof *b->values);
    memset(b->values, 0, n * K * sizeof *b->values);
    for (size_t i = 0; i < n; i++) {
        if (b->labels[i] < 0) continue;
        const int32_t *ids = ft_label_sets_at(s->sets, b->labels[i], &count);
        for (size_t k = 0; k < count; k++)
            b->values[i * K + (size_t)ids[k]] = 1;
    }
    b->targets.values = b->values;
}

static void fill_numbers(struct ft_batch *b, const struct ft_sequences *s, const size_t *pick,
                         size_t n)
{
    ft_grow(&b->values, &b->values_cap, b->b_cap, sizeof *b->values);
    for (size_t i = 0; i < n; i++)
        b->values[i] = b->labels[i] < 0 ? 0 : (float)s->numbers[s->example[pick[i]]].value;
    b->targets.values = b->values;
}

void ft_batch_fill(struct ft_batch *b, const struct ft_sequences *s, const size_t *pick, size_t n)
{
    assert(n <= b->b_cap);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t from = (size_t)s->start[pick[i]], len = ft_sequences_len(s, pick[i]);
        assert(at + len <= b->n_cap);
        memcpy(b->ids + at, s->ids + from, len * sizeof *b->ids);
        memcpy(b->types + at, s->types + from, len * sizeof *b->types);
        b->offsets[i] = (int32_t)at;
        b->labels[i] = s->labels[pick[i]] < 0 ? FT_TARGET_IGNORE : s->labels[pick[i]];
        if (s->ends) b->ends[i] = s->ends[pick[i]];
        if (s->targets) memcpy(b->tokens + at, s->targets + from, len * sizeof *b->tokens);
        at += len;
    }
    b->offsets[n] = (int32_t)at;
    b->net = (struct ft_net_batch){
        .N = at, .B = n, .ids = b->ids, .types = b->types, .offsets = b->offsets};
    b->targets = s->ends      ? (struct ft_net_targets){.start = b->labels, .end = b->ends}
                 : s->targets ? (struct ft_net_targets){.labels = b->tokens}
                              : (struct ft_net_targets){.labels = b->labels};
    if (s->sets) fill_sets(b, s, n);
    if (s->numbers) fill_numbers(b, s, pick, n);
}

void ft_batch_mask(struct ft_batch *b, const size_t *pick, const struct ft_masking *m)
{
    int32_t mask = ft_tok_special_id(m->tok, FT_TOK_MASK);
    size_t rows = 0;
    struct ft_rng key;
    ft_rng_init(&key, m->seed, FT_RNG_MASK);
    for (size_t i = 0; i < b->net.B; i++) {
        for (int32_t n = b->offsets[i]; n < b->offsets[i + 1]; n++) {
            b->tokens[n] = FT_TARGET_IGNORE;
            if (ft_tok_is_special(m->tok, b->ids[n])) continue;
            uint32_t at[4] = {(uint32_t)(n - b->offsets[i]), (uint32_t)pick[i],
                              (uint32_t)((uint64_t)pick[i] >> 32 ^ m->epoch), FT_RNG_MASK},
                     out[4];
            ft_philox(key.key, at, out);
            if ((double)out[0] * 0x1p-32 >= m->probability) continue;
            b->tokens[n] = b->ids[n];
            b->rows[rows++] = n;
            double what = (double)out[1] * 0x1p-32;
            if (what < 0.8)
                b->ids[n] = mask;
            else if (what < 0.9)
                b->ids[n] = (int32_t)((uint64_t)out[2] * m->vocab >> 32);
        }
    }
    b->net.rows = b->rows;
    b->net.R = rows;
    b->targets = (struct ft_net_targets){.labels = b->tokens};
}

struct by_length {
    size_t index, len, place;
};

static int longest_first(const void *a, const void *b)
{
    const struct by_length *x = a, *y = b;
    if (x->len != y->len) return x->len < y->len ? 1 : -1;
    return x->place < y->place ? -1 : x->place > y->place; /* keeps the shuffled order: stable */
}

/* As transformers' LengthGroupedSampler: 50, but four runs an epoch or more where there are enough
 * batches, so that a small set is not gone through from its longest to its shortest. */
static size_t batches_of_run(size_t n, size_t batch)
{
    size_t quarter = n / (batch * 4);
    return !quarter ? 1 : quarter < 50 ? quarter : 50;
}

static void sort_runs(const struct ft_sequences *s, size_t *order, size_t run)
{
    struct by_length *items = ft_xmalloc(run * sizeof *items);
    for (size_t from = 0; from < s->n; from += run) {
        size_t n = s->n - from < run ? s->n - from : run;
        for (size_t i = 0; i < n; i++)
            items[i] = (struct by_length){order[from + i], ft_sequences_len(s, order[from + i]), i};
        qsort(items, n, sizeof *items, longest_first);
        for (size_t i = 0; i < n; i++)
            order[from + i] = items[i].index;
    }
    free(items);
}

void ft_order_epoch(const struct ft_sequences *s, enum ft_order kind, uint64_t seed, uint64_t epoch,
                    size_t batch, size_t *order)
{
    for (size_t i = 0; i < s->n; i++)
        order[i] = i;
    if (kind == FT_ORDER_SEQUENTIAL) return;
    struct ft_rng rng;
    ft_rng_init(&rng, seed, (uint64_t)FT_RNG_SHUFFLE << 32 | epoch);
    ft_rng_shuffle(&rng, order, s->n);
    if (kind == FT_ORDER_LENGTH) sort_runs(s, order, batch * batches_of_run(s->n, batch));
}

void ft_order_longest(const struct ft_sequences *s, size_t *order)
{
    for (size_t i = 0; i < s->n; i++)
        order[i] = i;
    if (s->n) sort_runs(s, order, s->n);
}

static int larger_first(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

struct ft_ws_opt ft_sequences_ws(const struct ft_sequences *s, size_t batch, bool train)
{
    struct ft_ws_opt opt = {.B = batch < s->n ? batch : s->n, .T = s->longest, .train = train};
    size_t *lens = ft_xmalloc((s->n + 1) * sizeof *lens);
    for (size_t i = 0; i < s->n; i++)
        lens[i] = ft_sequences_len(s, i);
    qsort(lens, s->n, sizeof *lens, larger_first);
    for (size_t i = 0; i < opt.B; i++)
        opt.N += lens[i];
    free(lens);
    return opt;
}

struct ft_ws_opt ft_sequences_packed_ws(const struct ft_sequences *s, size_t batch)
{
    enum { SHORT = 8 }; /* tokens; the buffers of a sequence cost as much as some of its tokens' */
    struct ft_ws_opt opt = ft_sequences_ws(s, batch, false);
    if (opt.B < opt.N / SHORT) opt.B = opt.N / SHORT < s->n ? opt.N / SHORT : s->n;
    return opt;
}

size_t ft_sequences_fit(const struct ft_sequences *s, const size_t *pick, size_t n,
                        const struct ft_ws_opt *opt)
{
    size_t tokens = 0, fit = 0;
    for (; fit < n && fit < opt->B; fit++) {
        tokens += ft_sequences_len(s, pick[fit]);
        if (tokens > opt->N) break;
    }
    return fit;
}
