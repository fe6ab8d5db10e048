/* See similar.h. */
#include "ui/screens/similar.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ft_similar_release(struct ft_similar *x)
{
    free(x->model);
    free(x->text);
    free(x->pair);
    x->model = x->text = x->pair = NULL;
}

void ft_similar_begin(struct ft_similar *x, const char *model, size_t number,
                      const struct ft_similarity_text *text)
{
    /* they may be of the list that was there */
    char *copy = ft_xstrndup(text->text, text->n);
    char *pair = text->pair ? ft_xstrndup(text->pair, text->pair_n) : NULL;
    ft_similar_release(x);
    x->model = ft_xstrdup(model);
    x->text = copy;
    x->text_n = text->n;
    x->pair = pair;
    x->pair_n = text->pair_n;
    x->number = number;
    x->on = true;
    x->n = 0;
    x->moved = x->failed = x->same_rows = false;
    ft_list_resize(x->list, 0);
}

bool ft_similar_is_self(const struct ft_similar *x, size_t number, const char *text, size_t n)
{
    return number == x->number && n == x->text_n && !memcmp(text, x->text, n);
}

/* Takes what is listed now. */
static void take(struct ft_similar *x)
{
    size_t at = x->n ? x->rows[x->list->selected] : SIZE_MAX, selected = x->list->selected;
    x->n = ft_similarity_count(x->s);
    for (size_t k = 0; k < x->n; k++)
        x->rows[k] = ft_similarity_at(x->s, k, &x->values[k]);
    size_t first = ft_similarity_facts(x->s).self && x->n > 1; /* behind the row itself */
    if (!x->same_rows && x->n) { /* rows of before have other numbers: the cursor keeps its place */
        x->same_rows = true;
        if (!x->moved) selected = first;
    } else if (x->moved) {
        for (size_t k = 0; k < x->n; k++)
            if (x->rows[k] == at) selected = k;
    } else {
        selected = first;
    }
    x->list->n = x->n;
    ft_list_select(x->list, selected);
}

void ft_similar_ask(struct ft_similar *x, size_t n,
                    void (*row)(void *arg, size_t i, struct ft_similarity_text *t), void *arg)
{
    struct ft_similarity_ask ask = {
        .model = x->model,
        .o = &x->w->o,
        .text = {.text = x->text, .n = x->text_n, .pair = x->pair, .pair_n = x->pair_n},
        .n = n,
        .row = row,
        .arg = arg};
    x->waiting = !ft_similarity_ask(x->s, &ask);
    x->same_rows = false;
    x->failed = false;
    if (x->waiting)
        x->n = 0;
    else
        take(x);
}

static void cancel(void *arg)
{
    struct ft_similar *x = arg;
    struct ft_similarity_facts f = ft_similarity_facts(x->s);
    char a[32], b[32];
    ft_similarity_cancel(x->s);
    ft_app_say(x->w->app, FT_SAY_NOTE, "cancelled: %s of %s rows compared",
               ft_format_count(a, sizeof a, (long long)f.compared),
               ft_format_count(b, sizeof b, (long long)f.rows));
}

bool ft_similar_follow(struct ft_similar *x)
{
    struct ft_job_view view;
    bool changed = ft_similarity_follow(x->s), busy = ft_similarity_busy(x->s, &view);
    if (busy && x->on)
        ft_app_busy(x->w->app, view.what, view.unit, (uint64_t)view.done, (uint64_t)view.total,
                    cancel, x);
    else if (x->busy)
        ft_app_busy_end(x->w->app);
    x->busy = busy && x->on;
    const struct ft_err *failed = ft_similarity_failed(x->s);
    if (x->on && !busy && failed->code && !x->failed) ft_app_say_err(x->w->app, failed);
    x->failed = failed->code != 0;
    if (!x->on || x->waiting || !changed) return false;
    take(x);
    ft_app_redraw(x->w->app);
    return true;
}

void ft_similar_end(struct ft_similar *x)
{
    x->on = x->waiting = false;
    x->n = 0;
    ft_similarity_cancel(x->s);
    if (x->busy) ft_app_busy_end(x->w->app);
    x->busy = false;
}

void ft_similar_title(const struct ft_similar *x, struct ft_title *title)
{
    struct ft_similarity_facts f = ft_similarity_facts(x->s);
    char a[32], b[32];
    snprintf(title->left, sizeof title->left, "Similar to row %zu: %zu of %s%s", x->number,
             x->n - (f.self && x->n), f.left_out ? "the first " : "",
             ft_format_count(a, sizeof a, (long long)f.rows));
    if (f.compared < f.rows)
        snprintf(title->right, sizeof title->right, "%s compared",
                 ft_format_count(b, sizeof b, (long long)f.compared));
    else
        snprintf(title->right, sizeof title->right, "by %.40s", ft_path_base(x->model));
}

const char *ft_similar_empty(const struct ft_similar *x)
{
    return ft_similarity_failed(x->s)->code               ? "not compared; Esc goes back"
           : x->waiting || ft_similarity_busy(x->s, NULL) ? "comparing .."
                                                          : "no other rows; Esc goes back";
}
