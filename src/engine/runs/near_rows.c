/* See near_rows.h. */
#include "engine/runs/near_rows.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

struct ft_near_row *ft_near_rows_of_examples(const struct ft_examples *x)
{
    struct ft_near_row *rows = ft_xcalloc(x->n + 1, sizeof *rows);
    bool labels = !x->numbers && !x->tagged[FT_PART_TRAIN];
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        rows[i] = (struct ft_near_row){.text = e->text.data,
                                       .n = e->text.n,
                                       .pair = e->pair.data,
                                       .pair_n = e->pair.n,
                                       .label = labels ? e->label : -1,
                                       .part = e->part};
    }
    return rows;
}

struct ft_near_row *ft_near_rows_of_squad(const struct ft_squad *q)
{
    struct ft_near_row *rows = ft_xcalloc(q->questions_n + 1, sizeof *rows);
    for (size_t i = 0; i < q->questions_n; i++) {
        const struct ft_squad_question *x = &q->questions[i];
        rows[i] = (struct ft_near_row){.label = -1, .part = x->part};
        if (!x->kept) continue;
        struct ft_text context = q->paragraphs[x->paragraph].context;
        rows[i].text = x->text.data;
        rows[i].n = x->text.n;
        rows[i].pair = context.data;
        rows[i].pair_n = context.n;
    }
    return rows;
}

enum ft_status ft_near_rows_find(struct ft_near_duplicates *found, const struct ft_near_row *rows,
                                 size_t n, const struct ft_near_work *how,
                                 struct ft_near_seen *seen, struct ft_job *w, struct ft_err *err)
{
    struct ft_near_texts t = {0};
    struct ft_options o;
    *found = (struct ft_near_duplicates){0};
    ft_options_copy(&o, how->o); /* the length of the run, not the model's own */
    ft_options_set_id(&o, FT_OPT_max_seq_length, ft_options_text(how->o, FT_OPT_max_seq_length),
                      true, NULL);
    ft_job_rename(w, "finding different texts");
    ft_near_texts_make(&t, rows, n);
    size_t *at = ft_xcalloc(t.n + 1, sizeof *at);
    enum ft_status st =
        ft_text_vectors_take(how->kept, how->model, &o, t.texts, t.n, at, t.items_n, w, err);
    struct ft_near_vectors v = {how->kept->v, how->kept->size, at};
    if (!st) st = ft_near_duplicates_find(found, &t, &v, how->threshold, w, err);
    *seen = (struct ft_near_seen){t.without, t.n, how->kept->truncated};
    free(at);
    ft_near_texts_release(&t);
    ft_options_release(&o);
    return st;
}
