/* Moving about on screen 5: the cursor in matrix and map, the pair it is on, its examples, and the
 * size of the window where the matrix is too large to be shown. */
#include "ui/screens/view_evaluate_in.h"

#include <stdlib.h>
#include <string.h>

static void name_cell(struct evaluate_view *t)
{
    if (evaluate_sets(t)) {
        evaluate_sets_say(t);
        return;
    }
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    if (row < 0 || col < 0) return;
    const struct ft_scores *s = evaluate_scores(t);
    uint64_t n = s->confusion[(size_t)row * s->labels + (size_t)col];
    uint64_t all = s->classes[row].support;
    if (evaluate_entities(t) && evaluate_entities_say(t, row, col, n)) return;
    ft_app_say(t->w->app, FT_SAY_NOTE, "%s predicted as %s: %llu of %llu (%.1f%%)",
               evaluate_name(t, row), evaluate_name(t, col), (unsigned long long)n,
               (unsigned long long)all, all ? 100.0 * (double)n / (double)all : 0);
}

bool evaluate_to_pair(struct evaluate_view *t)
{
    if (!t->pairs.n) return true;
    const struct ft_evaluation_pair *p = &t->pair_items[t->pairs.selected];
    if (evaluate_sets(t)) return evaluate_sets_to(t, p->label);
    for (int i = 0; i < t->matrix.n; i++) {
        if (t->order[i] == p->label) t->matrix.row = i;
        if (t->order[i] == p->predicted) t->matrix.col = i;
    }
    t->all = false;
    evaluate_select(t);
    return true;
}

/* The pair under the cursor of matrix or map becomes the selected one. */
static void pair_of_cell(struct evaluate_view *t)
{
    if (evaluate_sets(t)) return;
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    for (size_t i = 0; i < t->pairs_n; i++)
        if (t->pair_items[i].label == row && t->pair_items[i].predicted == col) {
            t->pairs.n = t->pairs_n;
            ft_list_select(&t->pairs, i);
        }
}

bool evaluate_move_cell(struct evaluate_view *t, enum ft_action a)
{
    int dy = a == FT_ACT_UP ? -1 : a == FT_ACT_DOWN, dx = a == FT_ACT_LEFT ? -1 : a == FT_ACT_RIGHT;
    if (!dy && !dx) return false;
    if (t->matrix.row < 0) t->matrix.row = t->matrix.col = 0;
    ft_matrix_move(&t->matrix, dy, dx);
    t->all = false;
    evaluate_select(t);
    pair_of_cell(t);
    name_cell(t);
    return true;
}

bool evaluate_enter(struct evaluate_view *t)
{
    if (evaluate_similar_enter(t)) return true;
    switch ((enum evaluate_panel)t->view.focus) {
    case EVAL_MATRIX:
    case EVAL_MAP:
    case EVAL_PAIRS:
        ft_app_focus(&t->view, EVAL_EXAMPLES);
        return true;
    case EVAL_REPORT: { /* the examples of this label, whatever they were taken for */
        size_t i = t->report.selected;
        if (i >= evaluate_report_labels(t)) return true;
        if (evaluate_sets(t)) {
            evaluate_sets_to(t, t->report_items[i]);
            ft_app_focus(&t->view, EVAL_EXAMPLES);
            return true;
        }
        for (int k = 0; k < t->matrix.n; k++)
            if (t->order[k] == t->report_items[i]) t->matrix.row = k;
        evaluate_similar_drop(t);
        free(t->index);
        size_t n = ft_evaluation_select(t->e, t->report_items[i], -1, t->right_too, &t->index);
        ft_list_resize(&t->examples, n);
        ft_list_select(&t->examples, 0);
        ft_app_focus(&t->view, EVAL_EXAMPLES);
        return true;
    }
    case EVAL_EXAMPLES:
        if (t->examples.n) ft_app_focus(&t->view, EVAL_TEXT);
        return true;
    default:
        return true;
    }
}

bool evaluate_back(struct evaluate_view *t)
{
    if (evaluate_similar_back(t)) return true;
    switch ((enum evaluate_panel)t->view.focus) {
    case EVAL_TEXT:
    case EVAL_LABELS:
        ft_app_focus(&t->view, EVAL_EXAMPLES);
        return true;
    case EVAL_EXAMPLES:
    case EVAL_REPORT:
        if (evaluate_more(t)) return false;
        ft_app_focus(&t->view, evaluate_many(t) ? EVAL_PAIRS : EVAL_MATRIX);
        return true;
    default:
        return false;
    }
}

/* "LABEL missed|wrong|right|none": of several labels per row. */
static bool sets_to_cell(struct evaluate_view *t, const char *arg)
{
    static const struct {
        const char *word;
        int row, col;
    } cells[] = {{"missed", 1, 0}, {"wrong", 0, 1}, {"right", 1, 1}, {"none", 0, 0}};
    char name[128], word[16] = "";
    if (!ft_command_arg(&arg, name, sizeof name)) return false;
    ft_command_arg(&arg, word, sizeof word);
    for (size_t k = 0; k < evaluate_scores(t)->labels; k++) {
        if (strcmp(evaluate_name(t, (int)k), name)) continue;
        evaluate_sets_to(t, (int)k);
        for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
            if (!strcmp(word, cells[i].word)) {
                t->matrix.row = cells[i].row;
                t->matrix.col = cells[i].col;
            }
        evaluate_select(t);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_ERROR, "no label '%s'", name);
    return true;
}

bool evaluate_to_cell(struct evaluate_view *t, const char *arg)
{
    char names[2][128];
    int found[2] = {-1, -1};
    if (evaluate_sets(t)) return sets_to_cell(t, arg);
    for (int i = 0; i < 2; i++) {
        if (!ft_command_arg(&arg, names[i], sizeof names[i])) return false;
        for (int k = 0; k < t->matrix.n; k++)
            if (!strcmp(evaluate_name(t, t->order[k]), names[i])) found[i] = k;
        if (found[i] < 0) {
            ft_app_say(t->w->app, FT_SAY_ERROR, "no label '%s'", names[i]);
            return true;
        }
    }
    t->matrix.row = found[0];
    t->matrix.col = found[1];
    t->all = false;
    evaluate_select(t);
    pair_of_cell(t);
    return true;
}

/* Labels in the window after + or -; 0: the matrix is not shown, or it would be the same. */
int evaluate_zoom(const struct evaluate_view *t, enum ft_action a)
{
    static const int sizes[] = {6, 12, 24, 48};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    struct ft_rect r = ft_layout_inside(&t->view.shown, EVAL_MATRIX);
    int now = ft_matrix_shown(&t->matrix, r), to = 0;
    if (!now || !t->matrix.window) return 0;
    for (int i = 0; i < SIZES; i++) {
        if (a == FT_ACT_EVAL_ZOOM_IN && sizes[i] < now) to = sizes[i];
        if (a == FT_ACT_EVAL_ZOOM_OUT && sizes[i] > now && !to) to = sizes[i];
    }
    struct ft_matrix then = t->matrix;
    then.window = to;
    return to && ft_matrix_shown(&then, r) != now ? to : 0;
}
