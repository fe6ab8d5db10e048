/* Counting the tokens of a data set, in the worker: see dataset_in.h. The counts are handed over
 * before they are complete and grow while the screen reads them. */
#include "engine/present/dataset_in.h"

#include "engine/task/blocks.h"
#include "engine/task/unknown.h"
#include "engine/tools/inspect_in.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>

struct counter {
    const struct dataset_build *build;
    struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    bool newline;                   /* texts are joined, each with a newline */
    struct ft_str line;             /* one with its newline */
    size_t last_paragraph, context; /* tokens of the context counted last */
};

static size_t count_text(struct counter *c, struct ft_text t)
{
    return ft_tok_count(c->tok, c->ctx, t.data ? t.data : "", t.n);
}

static size_t count_question(struct counter *c, size_t i)
{
    const struct ft_squad *q = &c->build->source->squad;
    const struct ft_squad_question *question = &q->questions[i];
    const struct ft_text context = q->paragraphs[question->paragraph].context;
    if (question->paragraph != c->last_paragraph) {
        c->context = count_text(c, context);
        c->last_paragraph = question->paragraph;
    }
    return c->context + count_text(c, question->text) +
           ft_tok_added_count(c->tok, context.data != NULL);
}

static size_t count_example(struct counter *c, size_t i)
{
    struct ft_text a = c->build->x.items[i].text, pair = c->build->x.items[i].pair;
    size_t n = pair.data ? count_text(c, pair) : 0;
    if (c->newline) { /* as it is learned from */
        ft_str_clear(&c->line);
        ft_str_add(&c->line, a.data, a.n);
        ft_str_addc(&c->line, '\n');
        a = (struct ft_text){c->line.data, c->line.len};
    }
    return n + count_text(c, a) + ft_tok_added_count(c->tok, pair.data != NULL);
}

static void count_one(struct counter *c, struct dataset_tokens *t, size_t i)
{
    size_t n = c->build->source->is_squad ? count_question(c, i) : count_example(c, i);
    uint64_t seen, unknown;
    t->len[i] = n < INT32_MAX ? (int32_t)n : INT32_MAX;
    if (t->question) t->question[i] = (int32_t)((size_t)t->len[i] - c->context);
    if (t->from) {
        uint64_t *all = &t->part_tokens[c->build->x.items[i].part];
        t->from[i] = *all;
        *all += n;
    }
    ft_tok_ctx_seen(c->ctx, &seen, &unknown);
    atomic_store_explicit(&t->seen, seen, memory_order_relaxed);
    atomic_store_explicit(&t->unknown, unknown, memory_order_relaxed);
    atomic_store_explicit(&t->counted, i + 1, memory_order_release);
}

static void hand_tokens(struct dataset_job *j)
{
    struct ft_dataset *d = j->d;
    atomic_fetch_add(&j->tokens->refs, 1);
    pthread_mutex_lock(&d->mu);
    struct dataset_tokens *old = d->ready.tokens;
    d->ready.tokens = j->tokens;
    pthread_mutex_unlock(&d->mu);
    dataset_tokens_unref(old);
}

/* Room for the counts of all examples, with the tokenizer's facts. A model that cannot be used is
 * reported by the list of models; here its data has no counts. */
static enum ft_status prepare(struct dataset_job *j, struct dataset_tokens *t, struct ft_tok **tok,
                              struct ft_blocks_plan *plan, struct ft_err *err)
{
    const struct dataset_build *b = j->build;
    bool squad = b->source->is_squad, text;
    t->n = squad ? b->source->squad.questions_n : b->x.n;
    t->len = ft_xcalloc(t->n ? t->n : 1, sizeof *t->len);
    if (squad) t->question = ft_xcalloc(t->n ? t->n : 1, sizeof *t->question);
    enum ft_status st = ft_inspect_tok(tok, ft_options_text(&j->o, FT_OPT_model), err);
    text = b->source->tables[FT_PART_TRAIN].format == FT_FORMAT_TEXT;
    if (!st && !squad) st = ft_blocks_plan(plan, &j->o, text, err);
    if (st) t->n = 0;
    if (!st && ft_unknown_name(*tok))
        snprintf(t->unknown_name, sizeof t->unknown_name, "%s", ft_unknown_name(*tok));
    t->joined = plan->joined;
    t->max_tokens = plan->max_tokens;
    if (t->joined) t->from = ft_xcalloc(t->n ? t->n : 1, sizeof *t->from);
    return st;
}

enum ft_status dataset_count_tokens(struct dataset_job *j, char *key, struct ft_err *err)
{
    struct dataset_tokens *t = ft_xcalloc(1, sizeof *t);
    struct ft_tok *tok = NULL;
    struct ft_blocks_plan plan = {0};
    t->key = key;
    atomic_store(&t->refs, 1);
    dataset_tokens_unref(j->tokens);
    j->tokens = t;
    ft_job_rename(j->work, "counting tokens");
    bool usable = prepare(j, t, &tok, &plan, err) == FT_OK;
    hand_tokens(j);
    if (!usable) {
        ft_tok_free(tok);
        if (j->d->wake) ft_wake_signal(j->d->wake);
        return FT_OK;
    }
    struct counter c = {.build = j->build,
                        .tok = tok,
                        .ctx = ft_tok_ctx_new(tok),
                        .newline = plan.newline && plan.joined,
                        .last_paragraph = SIZE_MAX};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < t->n && !st; i++) {
        count_one(&c, t, i);
        if (i % 256 && i + 1 < t->n) continue;
        ft_job_report(j->work, (double)(i + 1), (double)t->n, "rows");
        if (dataset_cancelled(j)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    ft_str_release(&c.line);
    ft_tok_ctx_free(c.ctx);
    ft_tok_free(tok);
    return st;
}
