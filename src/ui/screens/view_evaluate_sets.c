/* Screen 5 where rows have any number of labels: a list of the labels, lowest F1 first, beside it the 2 x 2
 * matrix of the selected one, whose cells lead to their examples. */
#include "ui/screens/view_evaluate_in.h"
#include "ui/widgets/plot.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const sides[2] = {"without it", "with it"};

static const uint64_t *cells_of(const struct ft_scores *s, int label)
{
    return s->cells + (size_t)label * FT_SCORES_CELLS;
}

static int by_f1(const void *a, const void *b, void *arg)
{
    const struct ft_scores *s = arg;
    const struct ft_evaluation_pair *x = a, *y = b;
    double p = s->classes[x->label].f1, q = s->classes[y->label].f1;
    return p < q ? -1 : p > q ? 1 : x->label - y->label;
}

/* The cursor on the cell with more errors: missed or wrongly predicted. */
static void to_worst(struct evaluate_view *t, int label)
{
    const uint64_t *cell = cells_of(evaluate_scores(t), label);
    bool missed = cell[FT_SCORES_FN] >= cell[FT_SCORES_FP];
    t->matrix.row = missed;
    t->matrix.col = !missed;
}

static void show_label(struct evaluate_view *t, int label)
{
    t->matrix = (struct ft_matrix){.counts = cells_of(evaluate_scores(t), label),
                                   .labels = sides,
                                   .n = 2,
                                   .mode = t->matrix.mode,
                                   .row = t->matrix.row,
                                   .col = t->matrix.col};
}

void evaluate_sets_remake(struct evaluate_view *t)
{
    const struct ft_scores *s = evaluate_scores(t);
    free(t->pair_items);
    t->pair_items = ft_xcalloc(s->labels + 1, sizeof *t->pair_items);
    t->pairs_n = s->labels;
    for (size_t k = 0; k < s->labels; k++) {
        const uint64_t *cell = cells_of(s, (int)k);
        t->pair_items[k] = (struct ft_evaluation_pair){
            .label = (int)k, .predicted = -1, .n = cell[FT_SCORES_FP] + cell[FT_SCORES_FN]};
    }
    qsort_r(t->pair_items, t->pairs_n, sizeof *t->pair_items, by_f1, (void *)(uintptr_t)s);
    ft_list_resize(&t->pairs, t->pairs_n);
    ft_list_select(&t->pairs, 0);
    if (!t->pairs_n) return;
    show_label(t, t->pair_items[0].label);
    to_worst(t, t->pair_items[0].label);
}

int evaluate_sets_label(const struct evaluate_view *t)
{
    return t->pairs.selected < t->pairs_n ? t->pair_items[t->pairs.selected].label : -1;
}

bool evaluate_sets_to(struct evaluate_view *t, int label)
{
    for (size_t i = 0; i < t->pairs_n; i++)
        if (t->pair_items[i].label == label) ft_list_select(&t->pairs, i);
    show_label(t, label);
    to_worst(t, label);
    t->all = false;
    evaluate_select(t);
    return true;
}

size_t evaluate_sets_select(struct evaluate_view *t)
{
    bool cell = !t->all && t->matrix.row >= 0;
    return cell ? ft_evaluation_cell(t->e, evaluate_sets_label(t),
                                     2 * t->matrix.row + t->matrix.col, false, &t->index)
                : ft_evaluation_cell(t->e, -1, -1, !t->right_too, &t->index);
}

void evaluate_sets_say(struct evaluate_view *t)
{
    static const char *const words[FT_SCORES_CELLS] = {[FT_SCORES_TN] =
                                                           "neither true nor predicted",
                                                       [FT_SCORES_FP] = "predicted but not true",
                                                       [FT_SCORES_FN] = "true but not predicted",
                                                       [FT_SCORES_TP] = "true and predicted"};
    int label = evaluate_sets_label(t), at = 2 * t->matrix.row + t->matrix.col;
    if (label < 0 || t->matrix.row < 0) return;
    uint64_t n = cells_of(evaluate_scores(t), label)[at];
    ft_app_say(t->w->app, FT_SAY_NOTE, "%s %s: %llu of %zu rows", evaluate_name(t, label),
               words[at], (unsigned long long)n, evaluate_scores(t)->examples);
}

const struct ft_node *evaluate_sets_layout(struct evaluate_view *t, int h, int w)
{
    struct ft_node *n = t->nodes, *rows = &n[4], *top = &n[8], *low = &n[12], *left = &n[14],
                   *right = &n[16];
    bool wide = w >= 140, report = t->view.focus == EVAL_REPORT;
    int head = h / 2 < 8 ? 8 : h / 2, labels = (int)evaluate_scores(t)->labels;
    if (head > labels + 3) head = labels + 3 < 9 ? 9 : labels + 3;
    rows[0] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = EVAL_HEAD, .bare = true, .h = 1, .h_max = 1};
    top[0] = ft_node_panel(EVAL_PAIRS, head, 0, 36, 0, 1);
    top[1] = ft_node_panel(EVAL_MATRIX, head, 0, 40, 44, 1);
    rows[1] = (struct ft_node){
        .kind = FT_NODE_COLS, .weight = 1, .h_max = head, .kids = top, .kids_n = 2};
    if (!wide) {
        rows[2] = ft_node_panel(report ? EVAL_REPORT : EVAL_EXAMPLES, 4, 0, 60, 0, 1);
        rows[3] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
        n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = 4};
        return &n[0];
    }
    left[0] = ft_node_panel(EVAL_EXAMPLES, 4, 0, 60, 0, 1);
    left[1] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
    right[0] = ft_node_panel(EVAL_LABELS, 4, 0, 40, 60, 1);
    right[1] = ft_node_panel(EVAL_REPORT, 6, 0, 40, 60, 2);
    low[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 3, .kids = left, .kids_n = 2};
    low[1] = (struct ft_node){
        .kind = FT_NODE_ROWS, .weight = 1, .w_max = 60, .kids = right, .kids_n = 2};
    rows[2] = (struct ft_node){.kind = FT_NODE_COLS, .weight = 1, .kids = low, .kids_n = 2};
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = 3};
    return &n[0];
}

/* --- panels --- */

void evaluate_sets_head(const struct evaluate_view *t, char *line, size_t size)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_scores *s = &f->scores;
    char step[32], n[32], a[4][32];
    snprintf(line, size,
             "%.80s  step %s  %.80s %s row%s  F1 micro %s  macro %s  all labels right %s  loss %s",
             ft_path_base(f->run), ft_format_count(step, sizeof step, (long long)f->step), f->rows,
             ft_format_count(n, sizeof n, (long long)s->examples), ft_plural(s->examples),
             ft_format_short(a[0], 32, s->f1, 4), ft_format_short(a[1], 32, s->f1_macro, 4),
             ft_format_short(a[2], 32, s->subset_accuracy, 4),
             ft_format_short(a[3], 32, s->loss, 4));
}

static const struct ft_column list_columns[] = {
    {"label", 0, false, 0}, {"f1", 6, true, 0},    {"rows", 6, true, 0}, {"right", 6, true, 60},
    {"missed", 6, true, 0}, {"wrong", 6, true, 0}, {"over", 6, true, 46}};
enum { LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static void list_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct evaluate_view *t = arg;
    const struct ft_scores *s = evaluate_scores(t);
    int label = t->pair_items[i].label;
    const uint64_t *cell = cells_of(s, label);
    const uint64_t counts[] = {s->classes[label].support, cell[FT_SCORES_TP], cell[FT_SCORES_FN],
                               cell[FT_SCORES_FP]};
    char text[32];
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 0, FT_ROLE_NORMAL,
                    evaluate_name(t, label));
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 1, FT_ROLE_NORMAL,
                    ft_format_short(text, sizeof text, s->classes[label].f1, 3));
    for (int k = 0; k < 4; k++)
        ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 2 + k,
                        k > 1 ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                        ft_format_count(text, sizeof text, (long long)counts[k]));
    ft_columns_cell(c, y, x, list_columns, LIST_COLUMNS, w, 6, FT_ROLE_MUTED,
                    ft_format_short(text, sizeof text, s->thresholds[label], 3));
}

void evaluate_sets_list(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                        bool focused)
{
    ft_list_resize(&t->pairs, t->pairs_n);
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, list_columns, LIST_COLUMNS, r.w - 2, -1, false);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w - 1}, &t->pairs, focused, list_draw,
                 t);
}

static const struct ft_column report_columns[] = {{"label", 0, false, 0},
                                                  {"prec", 6, true, 0},
                                                  {"recall", 8, true, 0},
                                                  {"f1", 6, true, 0},
                                                  {"rows", 6, true, 0}};
enum { REPORT_COLUMNS = sizeof report_columns / sizeof *report_columns, AVERAGES = 4 };

static void report_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct evaluate_view *t = arg;
    const struct ft_scores *s = evaluate_scores(t);
    const struct {
        const char *name;
        const struct ft_score *score;
    } averages[AVERAGES] = {{"micro avg", &s->micro},
                            {"macro avg", &s->macro},
                            {"weighted avg", &s->weighted},
                            {"samples avg", &s->samples}};
    size_t k = i < s->labels ? (size_t)t->report_items[i] : i - s->labels;
    const char *name = i < s->labels ? s->names[k] : averages[k].name;
    const struct ft_score *score = i < s->labels ? &s->classes[k] : averages[k].score;
    const double values[] = {score->precision, score->recall, score->f1};
    char text[32];
    ft_columns_cell(c, y, x, report_columns, REPORT_COLUMNS, w, 0, FT_ROLE_NORMAL, name);
    for (int v = 0; v < 3; v++)
        ft_columns_cell(c, y, x, report_columns, REPORT_COLUMNS, w, 1 + v, FT_ROLE_NORMAL,
                        ft_format_short(text, sizeof text, values[v], 3));
    ft_columns_cell(c, y, x, report_columns, REPORT_COLUMNS, w, 4, FT_ROLE_MUTED,
                    ft_format_count(text, sizeof text, (long long)score->support));
}

void evaluate_sets_report(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                          bool focused)
{
    ft_list_resize(&t->report, evaluate_scores(t)->labels + AVERAGES);
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, report_columns, REPORT_COLUMNS, r.w - 2, t->report_sort,
                      t->report_down);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w - 1}, &t->report, focused,
                 report_draw, t);
}

/* The most probable labels of the selected example, each with its threshold. */
void evaluate_sets_labels(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    static const char *const marks[FT_SCORES_CELLS] = {"", "wrong", "missed", "right"};
    const struct ft_evaluation_row *row = evaluate_row(t);
    const struct ft_scores *s = evaluate_scores(t);
    bool *done = ft_xcalloc(s->labels + 1, sizeof *done);
    for (int line = 0; line < r.h && (size_t)line < s->labels; line++) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < s->labels; k++)
            if (!done[k] && (best == SIZE_MAX || row->probabilities[k] > row->probabilities[best]))
                best = k;
        done[best] = true;
        char p[32];
        double share = (double)row->probabilities[best];
        int y = r.y + line, name_w = r.w / 2 - 6, at = r.x + name_w + 2, w = r.w - name_w - 17;
        bool said = row->cells[best] & FT_SCORES_FP;
        ft_canvas_text(c, y, r.x + 1, name_w, said ? FT_BOLD : FT_ROLE_NORMAL, s->names[best]);
        ft_canvas_bar(c, y, at, w, share, said ? FT_ROLE_ACCENT : FT_ROLE_MUTED);
        if (w > 3)
            ft_canvas_text(c, y, at + (int)(s->thresholds[best] * (w - 1)), 1, FT_ROLE_NORMAL,
                           "\u2502");
        ft_canvas_right(c, y, r.x + r.w - 14, 6, FT_ROLE_NORMAL, ft_format_short(p, 32, share, 3));
        if (row->label >= 0)
            ft_canvas_text(c, y, r.x + r.w - 7, 7,
                           row->cells[best] == FT_SCORES_TP ? FT_ROLE_MUTED : FT_ROLE_WARN,
                           marks[row->cells[best]]);
    }
    free(done);
}

void evaluate_sets_names(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                         bool predicted, struct ft_str *out)
{
    if (!predicted && r->label < 0)
        ft_str_addz(out, "-");
    else
        ft_evaluation_labels(evaluate_scores(t), r, predicted, false, out);
}

void evaluate_sets_title(const struct evaluate_view *t, int p, struct ft_title *title)
{
    static const char *const kinds[FT_SCORES_CELLS] = {"without", "wrongly", "missed", "right"};
    int label = evaluate_sets_label(t);
    bool cell = !t->all && t->matrix.row >= 0 && label >= 0;
    size_t size = sizeof title->left;
    switch ((enum evaluate_panel)p) {
    case EVAL_PAIRS:
        snprintf(title->left, size, "Labels %zu, lowest F1 first", t->pairs_n);
        break;
    case EVAL_MATRIX:
        if (label >= 0)
            snprintf(title->left, size, "%.60s, predicted above %.3g", evaluate_name(t, label),
                     evaluate_scores(t)->thresholds[label]);
        break;
    case EVAL_REPORT:
        snprintf(title->left, size, "Report %zu label%s", t->pairs_n, ft_plural(t->pairs_n));
        break;
    case EVAL_EXAMPLES:
        if (cell)
            snprintf(title->left, size, "Examples %zu %s %.40s, by loss", t->examples.n,
                     kinds[2 * t->matrix.row + t->matrix.col], evaluate_name(t, label));
        else
            snprintf(title->left, size, "Examples %zu %s, by loss", t->examples.n,
                     t->right_too ? "in all" : "with a wrong label");
        break;
    case EVAL_LABELS:
        snprintf(title->left, size, "Prediction");
        break;
    case EVAL_HEAD:
    case EVAL_MAP:
    case EVAL_TEXT:
    case EVAL_SCORES:
    case EVAL_ANSWERED:
    case EVAL_PANELS:
        break;
    }
}
