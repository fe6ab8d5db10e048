/* Screen 5 for a regression: a scatter plot of true and predicted values in place of the matrix, its
 * cursor and the list of examples on the same one, the worst first. */
#include "ui/screens/view_evaluate_in.h"

#include "ui/widgets/plot.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool evaluate_numbers(const struct evaluate_view *t)
{
    return ft_evaluation_facts(t->e)->there &&
           ft_task_has(evaluate_scores(t)->task, FT_TRAIT_NUMBERS);
}

/* The true and predicted values of all rows, in their order; NaN where there is no true one. */
void evaluate_numbers_remake(struct evaluate_view *t)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    free(t->values);
    t->values = NULL;
    t->scatter = (struct ft_scatter){.cursor = FT_SCATTER_NONE};
    if (!evaluate_numbers(t)) return;
    size_t n = f->examples;
    t->values = ft_xcalloc(2 * n + 1, sizeof *t->values);
    for (size_t i = 0; i < n; i++) {
        const struct ft_evaluation_row *r = ft_evaluation_row(t->e, i);
        t->values[i] = r->truth;
        t->values[n + i] = r->value;
    }
    t->scatter.x = t->values;
    t->scatter.y = t->values + n;
    t->scatter.n = n;
}

/* All examples, the largest error first. */
void evaluate_numbers_select(struct evaluate_view *t)
{
    size_t selected = t->examples.selected;
    free(t->index);
    size_t n = ft_evaluation_blocks(t->e, &t->index);
    ft_list_resize(&t->examples, n);
    ft_list_select(&t->examples, selected);
    t->text.top = 0;
    t->why = false;
    evaluate_numbers_follow(t);
}

void evaluate_numbers_follow(struct evaluate_view *t)
{
    t->scatter.cursor =
        t->examples.n ? (long long)t->index[t->examples.selected] : (long long)FT_SCATTER_NONE;
}

bool evaluate_numbers_move(struct evaluate_view *t, enum ft_action a)
{
    int dy = a == FT_ACT_UP ? 1 : a == FT_ACT_DOWN ? -1 : 0;
    int dx = a == FT_ACT_RIGHT ? 1 : a == FT_ACT_LEFT ? -1 : 0;
    if (!dy && !dx) return false;
    struct ft_rect r = ft_layout_inside(&t->view.shown, EVAL_MATRIX);
    t->scatter.cursor = ft_scatter_move(&t->scatter, r, dy, dx);
    for (size_t i = 0; i < t->examples.n; i++)
        if ((long long)t->index[i] == t->scatter.cursor) ft_list_select(&t->examples, i);
    evaluate_moved(t);
    return true;
}

/* --- panels --- */

void evaluate_numbers_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_scores *s = &f->scores;
    char a[32], b[32], p[2][32];
    ft_canvas_printf(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL,
                     "%.80s  step %s  %.80s  %s row%s  Pearson %s  Spearman %s  MAE %.4g",
                     ft_path_base(f->run), ft_format_count(a, sizeof a, (long long)f->step),
                     f->rows, ft_format_count(b, sizeof b, (long long)s->examples),
                     ft_plural(s->examples), ft_format_short(p[0], 32, s->pearson, 4),
                     ft_format_short(p[1], 32, s->spearman, 4), s->mae);
}

void evaluate_numbers_scatter(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                              bool focused)
{
    const struct ft_evaluation_row *row = evaluate_row(t);
    if (!t->scatter.n) {
        ft_rich_muted(c, r, "no predictions.jsonl in this run: e evaluates again");
        return;
    }
    struct ft_rect plot = {r.y, r.x, r.h - 1, r.w};
    ft_scatter_draw(c, plot, &t->scatter, focused);
    if (row)
        ft_canvas_printf(c, r.y + r.h - 1, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                         "o row %zu: true %.5g, predicted %.5g, %+.4g", row->row, row->truth,
                         row->value, row->value - row->truth);
}

void evaluate_numbers_scores(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_scores *s = &f->scores;
    const struct {
        const char *name;
        double value;
    } rows[] = {{"Pearson", s->pearson}, {"Spearman", s->spearman}, {"R2", s->r2},
                {"MAE", s->mae},         {"RMSE", s->rmse},         {"MSE", s->mse}};
    int y = r.y, end = r.y + r.h;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && y < end; i++, y++) {
        ft_canvas_text(c, y, r.x + 1, 10, FT_ROLE_NORMAL, rows[i].name);
        if (isfinite(rows[i].value))
            ft_canvas_printf(c, y, r.x + 11, r.w - 11, FT_ROLE_NORMAL, "%10.4g", rows[i].value);
        else
            ft_canvas_text(c, y, r.x + 11, r.w - 11, FT_ROLE_MUTED, "not defined: one value only");
    }
    if (f->has_teacher && y < end) y = evaluate_sides(f, c, (struct ft_rect){y, r.x, end - y, r.w});
    if (f->has_baseline && y < end) {
        bool worse = f->trained < s->mse;
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, worse ? FT_ROLE_WARN : FT_ROLE_MUTED,
                         "baseline MSE  mean %.4g  linear %.4g%s", f->constant, f->trained,
                         worse ? " !" : "");
    } else if (y < end) {
        ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "b trains the linear baseline");
    }
}

static const struct ft_column columns[] = {{"row", 7, true, 0},   {"part", 4, false, 90},
                                           {"error", 9, true, 0}, {"true", 9, true, 0},
                                           {"value", 9, true, 0}, {"text", 0, false, 0}};
enum { COLUMNS = sizeof columns / sizeof *columns, ERROR = 2 };

static void example_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
    char text[32], line[801];
    if (!r) return;
    const char *now = evaluate_edited(t, r);
    snprintf(text, sizeof text, "%s%zu", evaluate_kept(t, t->index[i]) ? "\u2713" : "", r->row);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 0, FT_ROLE_MUTED, text);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 1, FT_ROLE_MUTED, r->part);
    if (t->similar.on)
        ft_format_short(text, sizeof text, t->similar.values[i], 3);
    else
        snprintf(text, sizeof text, isfinite(r->truth) ? "%+.4g" : "-", r->value - r->truth);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, ERROR, FT_ROLE_NORMAL, text);
    snprintf(text, sizeof text, isfinite(r->truth) ? "%.5g" : "-", r->truth);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 3,
                    now ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL, now ? now : text);
    snprintf(text, sizeof text, "%.5g", r->value);
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 4, FT_ROLE_NORMAL, text);
    size_t n = r->n < sizeof line - 1 ? r->n : sizeof line - 1;
    for (size_t k = 0; k < n; k++)
        line[k] = r->text[k] == '\n' || r->text[k] == '\r' ? ' ' : r->text[k];
    line[n] = 0;
    ft_columns_cell(c, y, x, columns, COLUMNS, w, 5, FT_ROLE_NORMAL, line);
}

void evaluate_numbers_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                               bool focused)
{
    struct ft_column head[COLUMNS];
    memcpy(head, columns, sizeof head);
    if (t->similar.on) head[ERROR].name = "sim";
    if (!t->examples.n) {
        ft_rich_muted(c, r,
                      t->similar.on ? ft_similar_empty(&t->similar)
                                    : "no predictions.jsonl in this run: e evaluates again");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, head, COLUMNS, r.w - 1, ERROR, true);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->examples, focused,
                 example_draw, t);
}

/* --- layout and words --- */

const struct ft_node *evaluate_numbers_layout(struct evaluate_view *t, int h, int w)
{
    struct ft_node *n = t->nodes, *rows = &n[4], *top = &n[8], *low = &n[12];
    bool wide = w >= 140;
    int head = h / 2 < 11 ? 11 : h / 2;
    rows[0] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = EVAL_HEAD, .bare = true, .h = 1, .h_max = 1};
    top[0] = ft_node_panel(EVAL_MATRIX, 8, head, 40, 0, 2);
    top[1] = ft_node_panel(EVAL_SCORES, 8, head, 30, wide ? 0 : 38, 1);
    rows[1] = (struct ft_node){
        .kind = FT_NODE_COLS, .weight = 1, .h_max = head, .kids = top, .kids_n = 2};
    low[0] = ft_node_panel(EVAL_EXAMPLES, 4, 0, 60, 0, 2);
    low[1] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
    rows[2] = (struct ft_node){
        .kind = wide ? FT_NODE_COLS : FT_NODE_ROWS, .weight = 1, .kids = low, .kids_n = 2};
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = 3};
    return &n[0];
}

void evaluate_numbers_title(const struct evaluate_view *t, int p, struct ft_title *title)
{
    const struct ft_evaluation_row *row = evaluate_row(t);
    size_t size = sizeof title->left;
    if (p == EVAL_MATRIX)
        snprintf(title->left, size, "Predicted (up) and true (right) values");
    else if (p == EVAL_SCORES)
        snprintf(title->left, size, "Scores");
    else if (p == EVAL_EXAMPLES)
        snprintf(title->left, size, "Examples %zu, largest error first", t->examples.n);
    else if (p == EVAL_TEXT && row)
        snprintf(title->left, size, "Row %zu full text%s", row->row,
                 t->why ? ", + = raises the value" : "");
}

/* What the actions about labels, cells and matrices are for here. */
bool evaluate_numbers_can(const struct evaluate_view *t, enum ft_action a, bool *can)
{
    *can = false;
    switch (a) {
    case FT_ACT_EVAL_MODE:
    case FT_ACT_EVAL_ORDER:
    case FT_ACT_EVAL_ZOOM_IN:
    case FT_ACT_EVAL_ZOOM_OUT:
    case FT_ACT_EVAL_CELL:
    case FT_ACT_EVAL_RIGHT_TOO:
    case FT_ACT_FILTER:
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        return true;
    case FT_ACT_EVAL_REPORT: /* the word writes a file */
        *can = true;
        return true;
    default:
        (void)t;
        return false;
    }
}

void evaluate_numbers_next(const struct evaluate_view *t, char *buf, size_t size)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    size_t edits = ft_dataset_edits_since(t->w->data);
    char p[32];
    if (edits)
        snprintf(buf, size, "note: " EVAL_CHANGED_LABELS "; T retrains", edits, ft_plural(edits));
    else if (f->has_baseline && f->trained < f->scores.mse)
        snprintf(buf, size,
                 "warn: the linear baseline's squared error is smaller: tune epochs and "
                 "learning_rate (3)");
    else if (!isfinite(f->scores.pearson))
        snprintf(buf, size, "warn: the correlation is not defined: all values are the same");
    else
        snprintf(buf, size, "ok: Pearson %s.  Arrows move the cursor, Enter opens its example",
                 ft_format_short(p, sizeof p, f->scores.pearson, 4));
}
