/* What screen 5 makes of an evaluation: the order of labels in the matrix and of rows in the
 * report, and which examples are listed. It is made anew for each evaluation. */
#include "ui/screens/view_evaluate_in.h"

#include "util/mem.h"

#include <stdlib.h>

void evaluate_select(struct evaluate_view *t)
{
    evaluate_similar_drop(t);
    if (evaluate_more(t)) {
        evaluate_more_select(t);
        return;
    }
    if (evaluate_numbers(t)) {
        evaluate_numbers_select(t);
        return;
    }
    bool cell = !t->all && t->matrix.row >= 0;
    free(t->index);
    size_t n = evaluate_sets(t) ? evaluate_sets_select(t)
               : evaluate_entities(t) && !cell
                   ? evaluate_entities_select(t)
                   : ft_evaluation_select(t->e, cell ? evaluate_label(t, t->matrix.row) : -1,
                                          cell ? evaluate_label(t, t->matrix.col) : -1,
                                          t->right_too && !cell, &t->index);
    t->examples.top = 0;
    ft_list_resize(&t->examples, n);
    ft_list_select(&t->examples, 0);
    t->text.top = 0;
    t->why = false;
}

/* Labels that are taken for each other stand together: each is followed by the one it shares most
 * errors with. */
static void order_by_similarity(const struct ft_scores *s, int *order)
{
    size_t n = s->labels;
    bool *used = ft_xcalloc(n, sizeof *used);
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        size_t best = SIZE_MAX;
        uint64_t most = 0;
        for (size_t k = 0; k < n && i; k++) {
            uint64_t both = s->confusion[at * n + k] + s->confusion[k * n + at];
            if (!used[k] && (best == SIZE_MAX || both > most)) {
                best = k;
                most = both;
            }
        }
        at = i ? best : 0;
        used[at] = true;
        order[i] = (int)at;
    }
    free(used);
}

static int by_recall(const void *a, const void *b, void *arg)
{
    const struct ft_scores *s = arg;
    double x = s->classes[*(const int *)a].recall, y = s->classes[*(const int *)b].recall;
    return x < y ? -1 : x > y ? 1 : *(const int *)a - *(const int *)b;
}

void evaluate_make_order(struct evaluate_view *t)
{
    const struct ft_scores *s = evaluate_scores(t);
    if (evaluate_sets(t)) return;
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    for (size_t i = 0; i < s->labels; i++)
        t->order[i] = (int)i;
    if (t->order_by == EVAL_BY_SIMILARITY) order_by_similarity(s, t->order);
    if (t->order_by == EVAL_BY_RECALL)
        qsort_r(t->order, s->labels, sizeof *t->order, by_recall, (void *)(uintptr_t)s);
    for (int i = 0; i < t->matrix.n; i++) { /* the cursor stays with its labels */
        if (t->order[i] == row) t->matrix.row = i;
        if (t->order[i] == col) t->matrix.col = i;
    }
}

static double report_value(const struct ft_scores *s, int label, int column)
{
    const struct ft_score *c = &s->classes[label];
    return column == 1   ? c->precision
           : column == 2 ? c->recall
           : column == 3 ? c->f1
                         : (double)c->support;
}

static int by_report(const void *a, const void *b, void *arg)
{
    const struct evaluate_view *t = arg;
    int i = *(const int *)a, k = *(const int *)b;
    int sign = t->report_down ? -1 : 1;
    if (t->report_sort > 0) {
        double x = report_value(evaluate_scores(t), i, t->report_sort);
        double y = report_value(evaluate_scores(t), k, t->report_sort);
        if (x < y) return -sign;
        if (x > y) return sign;
    }
    return t->report_sort > 0 ? i - k : sign * (i - k);
}

void evaluate_sort_report(struct evaluate_view *t)
{
    size_t n = evaluate_report_labels(t);
    for (size_t i = 0; i < n; i++)
        t->report_items[i] = (int)i;
    qsort_r(t->report_items, n, sizeof *t->report_items, by_report, t);
}

bool evaluate_sort(struct evaluate_view *t, bool down)
{
    if (t->view.focus != EVAL_REPORT) return false;
    if (t->report_down == down || !t->report_sort) t->report_sort = (t->report_sort + 1) % 5;
    t->report_down = down;
    evaluate_sort_report(t);
    return true;
}

/* The panel that the way down starts from. */
void evaluate_first_panel(struct evaluate_view *t)
{
    int *focus = &t->view.focus;
    if (evaluate_more(t)) {
        if (*focus != EVAL_TEXT) *focus = EVAL_EXAMPLES;
        return;
    }
    if (*focus == EVAL_MATRIX && evaluate_many(t)) *focus = EVAL_PAIRS;
    if (*focus == EVAL_PAIRS && !evaluate_many(t)) *focus = EVAL_MATRIX;
}

void evaluate_remake(struct evaluate_view *t)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    if (t->made == f->version) return;
    const struct ft_scores *s = &f->scores;
    bool same = (size_t)t->matrix.n == s->labels && s->labels && !evaluate_sets(t);
    t->made = f->version;
    free(t->order);
    free(t->report_items);
    free(t->pair_items);
    free(t->kept);
    t->order = ft_xcalloc(s->labels + 1, sizeof *t->order);
    t->report_items = ft_xcalloc(s->labels + 1, sizeof *t->report_items);
    t->kept = ft_xcalloc(f->examples + 1, sizeof *t->kept);
    t->pair_items = ft_evaluation_pairs(t->e, &t->pairs_n);
    int row = t->matrix.row, col = t->matrix.col;
    t->matrix = (struct ft_matrix){.counts = s->confusion,
                                   .labels = (const char *const *)s->names,
                                   .row_none = evaluate_entities(t) ? "spurious" : NULL,
                                   .col_none = evaluate_entities(t) ? "missed" : NULL,
                                   .order = t->order,
                                   .n = s->confusion ? (int)s->labels : 0,
                                   .mode = t->matrix.mode,
                                   .row = same ? row : -1,
                                   .col = same ? col : -1,
                                   .window = evaluate_many(t) ? 12 : 0,
                                   .no_recall = evaluate_many(t)};
    if (evaluate_sets(t)) evaluate_sets_remake(t);
    evaluate_make_order(t);
    if (!same && s->labels && !evaluate_sets(t) && !ft_matrix_worst(&t->matrix))
        t->matrix.row = t->matrix.col = -1;
    if (evaluate_many(t) && !t->report_sort) {
        t->report_sort = 3;
        t->report_down = false;
    }
    evaluate_sort_report(t);
    evaluate_numbers_remake(t);
    evaluate_select(t);
    if (!same) ft_list_select(&t->pairs, 0);
    evaluate_first_panel(t);
}
