/* Labels changed from screen 5: in the open data, as on screen 1. */
#include "ui/screens/view_evaluate_in.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Only a row of --data can be given another label. */
bool evaluate_is_open_row(const struct evaluate_view *t, const struct ft_evaluation_row *r)
{
    return r && ft_dataset_has(t->w->data, r->row, r->text, r->n);
}

bool evaluate_kept(const struct evaluate_view *t, size_t i)
{
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, i);
    if (!evaluate_is_open_row(t, r)) return t->kept[i];
    return ft_dataset_kept(t->w->data, r->row);
}

bool evaluate_keep(struct evaluate_view *t)
{
    size_t i = t->index[t->examples.selected];
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, i);
    bool kept = evaluate_kept(t, i);
    if (evaluate_is_open_row(t, r)) return ft_workbench_keep(t->w, r->row, NULL, !kept);
    t->kept[i] = !kept;
    return true;
}

const struct ft_evaluation_row *evaluate_editable(struct evaluate_view *t)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    if (!r || evaluate_is_open_row(t, r)) return r;
    ft_app_say(t->w->app, FT_SAY_NOTE,
               "row %zu is not in the open data: only rows of the open data can be relabelled",
               r->row);
    return NULL;
}

static void after_edit(struct evaluate_view *t)
{
    size_t n = ft_dataset_edits_since(t->w->data);
    if (n)
        ft_app_say(t->w->app, FT_SAY_NOTE, EVAL_CHANGED_LABELS "; T retrains", n, ft_plural(n));
    else
        ft_app_say(t->w->app, FT_SAY_OK, "all labels are those this run was trained on");
}

bool evaluate_step_down(struct evaluate_view *t)
{
    bool more = t->examples.selected + 1 < t->examples.n;
    t->similar.moved = true;
    if (more) ft_list_select(&t->examples, t->examples.selected + 1);
    evaluate_moved(t);
    return more;
}

bool evaluate_relabel(void *arg, const char *label)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = evaluate_editable(t);
    if (!r || !ft_workbench_relabel(t->w, r->row, label)) return false;
    after_edit(t);
    return evaluate_entities(t) || evaluate_step_down(t);
}

void evaluate_entity(void *arg, char *buf, size_t size)
{
    const struct ft_evaluation_row *r = evaluate_row(arg);
    if (!r || !evaluate_entities(arg)) return;
    bool said = r->end > r->start; /* what was predicted is often what is right */
    size_t from = said ? r->start : r->gold_start, to = said ? r->end : r->gold_end;
    if (to <= r->n && from < to)
        snprintf(buf, size, "%.*s %s", (int)(to - from), r->text + from,
                 said ? r->answer : r->gold);
}

bool evaluate_has_sets(void *arg)
{
    const struct evaluate_view *t = arg;
    return ft_dataset_facts(t->w->data)->several;
}

bool evaluate_row_has(void *arg, const char *label)
{
    const struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = evaluate_row(t);
    return r && ft_dataset_row_has(t->w->data, r->row, label);
}

bool evaluate_next_row(void *arg)
{
    return evaluate_step_down(arg);
}

bool evaluate_take_label(void *arg, const char *label)
{
    struct evaluate_view *t = arg;
    if (!evaluate_has_sets(t)) return evaluate_relabel(t, label);
    const struct ft_evaluation_row *r = evaluate_editable(t);
    if (!r || !ft_workbench_toggle(t->w, r->row, label)) return false;
    after_edit(t);
    return true;
}

int evaluate_best_labels(void *arg, const char **best)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = evaluate_row(t);
    size_t n = evaluate_scores(t)->labels;
    if (!r || !r->probabilities) return 0;
    double *p = ft_xcalloc(n + 1, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (double)r->probabilities[i];
    int found = ft_relabel_best(p, evaluate_scores(t)->names, n, best);
    free(p);
    return found;
}

static bool relabel_named(void *arg, size_t row, const char *label)
{
    struct evaluate_view *t = arg;
    if (!ft_workbench_relabel(t->w, row, label)) return false;
    after_edit(t);
    return true;
}

bool evaluate_edit_word(struct evaluate_view *t, const char *arg, bool drop)
{
    return ft_relabel_word(&t->relabel, arg, drop, relabel_named);
}

void evaluate_drop(struct evaluate_view *t)
{
    const struct ft_evaluation_row *r = evaluate_editable(t);
    if (!r || !ft_workbench_relabel(t->w, r->row, NULL)) return;
    after_edit(t);
    evaluate_step_down(t);
}
