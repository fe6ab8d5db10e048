/* Language modelling: see lm.h. */
#include "engine/task/lm.h"

#include "core/comm.h"
#include "core/pool.h"
#include "engine/task/share.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_lm_opt_of(struct ft_lm_opt *opt, const struct ft_options *o, enum ft_task task, bool plain,
                  size_t max_tokens)
{
    opt->line_by_line =
        ft_task_has(task, FT_TRAIT_MASKS) && ft_options_bool(o, FT_OPT_line_by_line);
    opt->newline = ft_task_has(task, FT_TRAIT_GENERATES) && plain;
    opt->length =
        (size_t)ft_options_int(o, opt->line_by_line ? FT_OPT_max_seq_length : FT_OPT_block_size);
    if (!opt->length || opt->length > max_tokens) opt->length = max_tokens;
}

static void append(struct ft_enc *to, const struct ft_enc *from)
{
    if (to->n + from->n > to->cap) {
        to->cap = (to->n + from->n) * 2;
        to->ids = ft_xrealloc(to->ids, to->cap * sizeof *to->ids);
        to->type_ids = ft_xrealloc(to->type_ids, to->cap * sizeof *to->type_ids);
    }
    memcpy(to->ids + to->n, from->ids, from->n * sizeof *to->ids);
    memset(to->type_ids + to->n, 0, from->n);
    to->n += from->n;
}

/* Moves whole blocks out of `joined`. */
static void take_blocks(struct ft_sequences *s, struct ft_enc *joined, size_t length, size_t text)
{
    size_t at = 0;
    for (; joined->n - at >= length; at += length) {
        struct ft_enc block = {
            .n = length, .ids = joined->ids + at, .type_ids = joined->type_ids + at};
        ft_sequences_add(s, &block, -1, text);
    }
    joined->n -= at;
    if (at) memmove(joined->ids, joined->ids + at, joined->n * sizeof *joined->ids);
}

enum ft_status ft_lm_sequences(struct ft_sequences *s, const struct ft_examples *x,
                               enum ft_part part, const struct ft_tok *tok,
                               const struct ft_lm_opt *opt, struct ft_job *w, struct ft_err *err)
{
    size_t *index, n;
    ft_examples_part(x, part, &index, &n);
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);
    struct ft_enc enc = {0}, joined = {0};
    struct ft_str line = {0};
    struct ft_tok_opt lines = {.cut = FT_TOK_CUT_LONGEST_FIRST, .max_length = opt->length},
                      all = {0};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < n && !st; i++) {
        struct ft_text text = x->items[index[i]].text;
        ft_str_clear(&line);
        ft_str_add(&line, text.data, text.n);
        if (opt->newline) ft_str_addc(&line, '\n');
        st = ft_tok_build(tok, ctx, ft_str_text(&line), line.len, NULL, 0,
                          opt->line_by_line ? &lines : &all, &enc, err);
        if (st) break;
        if (opt->line_by_line && enc.n) {
            ft_sequences_add(s, &enc, -1, index[i]);
        } else if (!opt->line_by_line) {
            append(&joined, &enc);
            take_blocks(s, &joined, opt->length, index[i]);
        }
        if (i % 1024) continue;
        ft_job_report(w, (double)i, (double)n, "texts");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (!st && !s->n && joined.n > 1) ft_sequences_add(s, &joined, -1, index[0]);
    ft_str_release(&line);
    free(joined.ids);
    free(joined.type_ids);
    ft_enc_release(&enc);
    ft_tok_ctx_free(ctx);
    free(index);
    return st;
}

/* What came out for sequences [from, to), whose tokens, from `first` on, losses and argmax are of. */
static enum ft_status tell(const struct ft_sequences *s, size_t from, size_t to,
                           const float *losses, const int32_t *argmax, size_t first,
                           const struct ft_masking *masking, ft_lm_fn *fn, void *arg,
                           struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t i = from; i < to && !st; i++) {
        size_t at = (size_t)s->start[i] - first;
        struct ft_lm_said said = {.i = i,
                                  .n = ft_sequences_len(s, i),
                                  .ids = s->ids + s->start[i],
                                  .argmax = argmax + at,
                                  .losses = losses + at,
                                  .shift = masking ? 0 : 1};
        st = fn(arg, &said, err);
    }
    return st;
}

enum ft_status ft_lm_score(struct ft_lm_sum *sum, const struct ft_net *net,
                           const struct ft_sequences *s, const struct ft_masking *masking,
                           size_t batch, ft_lm_fn *fn, void *arg, struct ft_job *w,
                           struct ft_err *err)
{
    *sum = (struct ft_lm_sum){.loss = (double)NAN};
    if (!s->n) return FT_OK;
    struct ft_ws_opt opt = ft_sequences_packed_ws(s, batch);
    size_t *order = ft_xmalloc(s->n * sizeof *order);
    for (size_t i = 0; i < s->n; i++)
        order[i] = i;
    struct ft_batch b;
    ft_batch_init(&b, opt.N, opt.B);
    struct ft_ws *ws = NULL;
    struct ft_loss_opt how = {0};
    size_t rows = ft_comm_size() > 1 ? (size_t)s->start[s->n] : opt.N; /* all, or of a batch */
    float *losses = NULL;
    int32_t *argmax = NULL;
    if (fn) {
        losses = ft_xcalloc(rows + 1, sizeof *losses);
        argmax = ft_xcalloc(rows + 1, sizeof *argmax);
    }
    struct ft_share share;
    struct ft_share_sum total = {0};
    ft_share_init(&share, s->n);
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    for (size_t done = 0; !st && done < s->n;) {
        const size_t *pick = order + done;
        size_t n = ft_sequences_fit(s, pick, s->n - done, &opt);
        size_t first = done, place = ft_comm_size() > 1 ? (size_t)s->start[first] : 0;
        done += n;
        if (!ft_share_takes(&share, pick, n)) continue;
        ft_batch_fill(&b, s, pick, n);
        if (masking) ft_batch_mask(&b, pick, masking);
        struct ft_net_loss part = {0};
        how.losses = fn ? losses + place : NULL;
        how.argmax = fn ? argmax + place : NULL;
        ft_pool_take();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        if (!st) ft_net_loss(net, ws, &b.targets, &how, &part);
        ft_pool_give();
        *ft_share_sum(&share) = (struct ft_share_sum){part.sum, part.weight, part.hits};
        if (fn && ft_comm_size() == 1 && !st)
            st = tell(s, first, done, losses, argmax, (size_t)s->start[first], masking, fn, arg,
                      err);
        ft_job_report(w, (double)done, (double)s->n, "blocks");
        if (!st && ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    if (fn) st = ft_share_rows(&share, losses, sizeof *losses, s->start, st, err);
    if (fn && !st) st = ft_share_rows(&share, argmax, sizeof *argmax, s->start, st, err);
    if (fn && ft_comm_size() > 1 && !st)
        st = tell(s, 0, s->n, losses, argmax, 0, masking, fn, arg, err);
    st = ft_share_sums(&share, &total, st, err);
    sum->tokens = (uint64_t)total.weight;
    sum->hits = total.hits;
    if (sum->tokens) sum->loss = total.sum / (double)sum->tokens;
    ft_share_release(&share);
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(losses);
    free(argmax);
    free(order);
    return st;
}
