/* See token_counts.h. */
#include "engine/model/token_counts.h"

#include "data/columns.h"
#include "data/read.h"
#include "data/squad.h"
#include "util/mem.h"

#include <stdlib.h>

struct counter {
    struct ft_token_counts *c;
    const struct ft_tok *tok;
    struct ft_tok_ctx *ctx;
    struct ft_enc enc;
    struct ft_job *w;
    const char *unit; /* of what is reported */
};

static void add_text(struct counter *k, struct ft_text text)
{
    if (!text.n) return;
    ft_tok_encode(k->tok, k->ctx, text.data, text.n, &k->enc);
    for (size_t i = 0; i < k->enc.n; i++)
        k->c->of[k->enc.ids[i]]++;
    k->c->tokens += k->enc.n;
    k->c->texts++;
}

static enum ft_status look_up(struct counter *k, size_t done, size_t total, struct ft_err *err)
{
    if (done % 1024) return FT_OK;
    ft_job_report(k->w, (double)done, (double)total, k->unit);
    return ft_job_cancelled(k->w) ? ft_fail(err, FT_CANCELLED, "cancelled") : FT_OK;
}

static enum ft_status add_table(struct counter *k, const struct ft_table *t, struct ft_err *err)
{
    int join[FT_COLUMNS_JOIN];
    struct ft_columns columns;
    size_t joined = ft_columns_joined(t, join), rows = ft_table_rows(t);
    enum ft_status st = FT_OK;
    ft_columns_guess(t, &columns);
    if (columns.text < 0 && !joined)
        return ft_fail(err, FT_FORMAT, "%s: has no text column", t->path);
    k->unit = "rows";
    for (size_t i = 0; i < rows && !st; i++) {
        for (size_t j = 0; j < joined; j++)
            add_text(k, ft_table_cell(t, i, (size_t)join[j]));
        if (!joined) add_text(k, ft_table_cell(t, i, (size_t)columns.text));
        if (!joined && columns.pair >= 0) add_text(k, ft_table_cell(t, i, (size_t)columns.pair));
        st = look_up(k, i, rows, err);
    }
    return st;
}

static enum ft_status add_squad(struct counter *k, const struct ft_squad *q, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    k->unit = "questions";
    for (size_t i = 0; i < q->paragraphs_n; i++)
        add_text(k, q->paragraphs[i].context);
    for (size_t i = 0; i < q->questions_n && !st; i++) {
        add_text(k, q->questions[i].text);
        st = look_up(k, i, q->questions_n, err);
    }
    return st;
}

enum ft_status ft_token_counts_read(struct ft_token_counts *c, const struct ft_tok *tok,
                                    const char *path, struct ft_job *w, struct ft_err *err)
{
    struct ft_table table = {0};
    struct ft_squad squad = {0};
    struct ft_read_opt how = {0};
    struct counter k = {.c = c, .tok = tok, .ctx = ft_tok_ctx_new(tok), .w = w};
    *c = (struct ft_token_counts){.of = ft_xcalloc(ft_tok_vocab_size(tok) + 1, sizeof *c->of)};
    enum ft_status st = ft_table_read(&table, path, &how, err);
    if (st == FT_USAGE) { /* it is not a table */
        st = ft_squad_read(&squad, path, NULL, NULL, err);
        if (!st) st = add_squad(&k, &squad, err);
    } else if (!st) {
        st = add_table(&k, &table, err);
    }
    if (!st && !c->tokens) st = ft_fail(err, FT_FORMAT, "%s: has no text", path);
    ft_table_release(&table);
    ft_squad_release(&squad);
    ft_enc_release(&k.enc);
    ft_tok_ctx_free(k.ctx);
    return st;
}

void ft_token_counts_release(struct ft_token_counts *c)
{
    free(c->of);
    *c = (struct ft_token_counts){0};
}
