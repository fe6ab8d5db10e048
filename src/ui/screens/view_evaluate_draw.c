/* The panels of screen 5. */
#include "ui/screens/attributions.h"
#include "ui/widgets/plot.h"
#include "ui/screens/view_evaluate_in.h"
#include "util/fs.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *evaluate_empty(const struct evaluate_view *t)
{
    return !*t->w->run     ? "no run: T trains, 7 opens one"
           : t->w->session ? "not evaluated yet: the test split is evaluated when the run is done"
                           : "not evaluated: e evaluates this run's model";
}

static void draw_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    char a[32], b[32], d[32], line[600], base[160] = "";
    if (!f->there) {
        ft_rich_muted(c, r, evaluate_empty(t));
        return;
    }
    if (evaluate_more(t)) {
        evaluate_more_head(t, c, r);
        return;
    }
    if (evaluate_entities(t)) {
        evaluate_entities_head(t, c, r);
        return;
    }
    if (evaluate_numbers(t)) {
        evaluate_numbers_head(t, c, r);
        return;
    }
    if (r.w >= 120 && f->has_baseline)
        snprintf(base, sizeof base, "   baseline majority %s, linear %s",
                 ft_format_short(a, sizeof a, f->constant, 3),
                 ft_format_short(b, sizeof b, f->trained, 3));
    snprintf(line, sizeof line, "%.80s  step %s  %.80s %s row%s  accuracy %s  %s %s  loss %s%s",
             ft_path_base(f->run), ft_format_count(a, sizeof a, (long long)f->step), f->rows,
             ft_format_count(b, sizeof b, (long long)f->scores.examples),
             ft_plural(f->scores.examples), ft_format_short(d, sizeof d, f->scores.accuracy, 4),
             f->scores.labels == 2 ? "F1" : "macro F1",
             ft_format_short((char[32]){0}, 32, f->scores.f1, 4),
             ft_format_short((char[32]){0}, 32, f->scores.loss, 4), base);
    if (evaluate_sets(t)) evaluate_sets_head(t, line, sizeof line);
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, line);
}

static void draw_matrix(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                        bool focused)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    char a[32], b[32], line[160];
    if (!f->there) {
        ft_rich_muted(c, r, "no evaluation yet");
        return;
    }
    if (evaluate_numbers(t)) {
        evaluate_numbers_scatter(t, c, r, focused);
        return;
    }
    bool facts = !evaluate_many(t) || evaluate_sets(t);
    int below = facts ? 2 : 0; /* and another line if it fits */
    if (f->has_teacher && facts) below += 2;
    int used = ft_matrix_draw(c, (struct ft_rect){r.y, r.x, r.h - below, r.w}, &t->matrix, focused);
    if (!below || used > r.h) return;
    int y = r.y + used;
    if (evaluate_entities(t)) {
        evaluate_entities_counts(t, c, (struct ft_rect){y, r.x, r.h - used, r.w});
        return;
    }
    if (f->has_teacher) y = evaluate_sides(f, c, (struct ft_rect){y, r.x, r.y + r.h - y, r.w});
    if (f->has_baseline && y < r.y + r.h) {
        bool worse = f->trained > ft_scores_first(&f->scores);
        snprintf(line, sizeof line, "baseline  majority %s  linear %s%s",
                 ft_format_short(a, sizeof a, f->constant, 3),
                 ft_format_short(b, sizeof b, f->trained, 3), worse ? " !" : "");
        ft_canvas_text(c, y++, r.x + 1, r.w - 1, worse ? FT_ROLE_WARN : FT_ROLE_MUTED, line);
    } else if (y < r.y + r.h) {
        ft_canvas_text(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "b trains the linear baseline");
    }
    if (f->examples && y < r.y + r.h)
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                         "%zu wrong, %zu of them with p > .95", f->wrong, f->sure_wrong);
    if (isfinite(f->calibration) && y < r.y + r.h)
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "calibration error %s, %s",
                         ft_format_short(a, sizeof a, f->calibration, 3),
                         f->calibration < 0.02 ? "well calibrated"
                         : f->too_sure > 0     ? "overconfident"
                                               : "underconfident");
}

static const struct ft_column report_columns[] = {{"label", 0, false, 0},
                                                  {"prec", 6, true, 0},
                                                  {"recall", 6, true, 0},
                                                  {"f1", 6, true, 0},
                                                  {"rows", 6, true, 0}};
enum { REPORT_COLUMNS = sizeof report_columns / sizeof *report_columns, RECALL = 2 };

/* Wide enough for the sort mark. */
static const struct ft_column *columns_of(const struct evaluate_view *t)
{
    static struct ft_column cols[REPORT_COLUMNS];
    memcpy(cols, report_columns, sizeof cols);
    if (t->report_sort == RECALL) cols[RECALL].w += 2;
    if (!evaluate_entities(t)) return cols;
    cols[0].name = "type";
    cols[REPORT_COLUMNS - 1].name = "number";
    return cols;
}

static void report_line(const struct evaluate_view *t, struct ft_canvas *c, int y, int x, int w,
                        const char *name, const struct ft_score *s, uint64_t rows)
{
    const struct ft_column *cols = columns_of(t);
    char text[4][32];
    snprintf(text[0], 32, "%s", ft_format_short(text[1], 32, s->precision, 3));
    ft_columns_cell(c, y, x, cols, REPORT_COLUMNS, w, 0, FT_ROLE_NORMAL, name);
    if (isfinite(s->precision))
        ft_columns_cell(c, y, x, cols, REPORT_COLUMNS, w, 1, FT_ROLE_NORMAL, text[0]);
    if (isfinite(s->recall))
        ft_columns_cell(c, y, x, cols, REPORT_COLUMNS, w, 2, FT_ROLE_NORMAL,
                        ft_format_short(text[2], 32, s->recall, 3));
    ft_columns_cell(c, y, x, cols, REPORT_COLUMNS, w, 3, FT_ROLE_NORMAL,
                    ft_format_short(text[3], 32, s->f1, 3));
    ft_columns_cell(c, y, x, cols, REPORT_COLUMNS, w, 4, FT_ROLE_MUTED,
                    ft_format_count(text[1], 32, (long long)rows));
}

static void report_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_scores *s = &ft_evaluation_facts(t->e)->scores;
    if (i < evaluate_report_labels(t)) {
        int k = t->report_items[i];
        report_line(t, c, y, x, w, s->names[k], &s->classes[k], s->classes[k].support);
        return;
    }
    if (evaluate_entities(t)) {
        const struct ft_score all = {s->precision, s->recall, s->f1, 0};
        uint64_t entities = 0;
        for (size_t k = 0; k + 1 < s->labels; k++)
            entities += s->classes[k].support;
        report_line(t, c, y, x, w, "overall", &all, entities);
        return;
    }
    if (i == s->labels) {
        struct ft_score accuracy = {(double)NAN, (double)NAN, s->accuracy, 0};
        report_line(t, c, y, x, w, "accuracy", &accuracy, s->examples);
        return;
    }
    bool macro = i == s->labels + 1;
    report_line(t, c, y, x, w, macro ? "macro avg" : "weighted avg",
                macro ? &s->macro : &s->weighted, s->examples);
}

static void draw_report(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                        bool focused)
{
    const struct ft_scores *s = &ft_evaluation_facts(t->e)->scores;
    if (evaluate_sets(t)) {
        evaluate_sets_report(t, c, r, focused);
        return;
    }
    ft_list_resize(&t->report,
                   !s->labels ? 0 : evaluate_report_labels(t) + (evaluate_entities(t) ? 1 : 3));
    if (!s->labels) {
        ft_rich_muted(c, r, "no evaluation yet");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, columns_of(t), REPORT_COLUMNS, r.w - 2, t->report_sort,
                      t->report_down);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w - 1}, &t->report, focused,
                 report_draw, t);
}

static void pair_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_pair *p = &t->pair_items[i];
    int half = (w - 5) / 2;
    ft_canvas_printf(c, y, x, 4, FT_ROLE_NORMAL, "%3llu", (unsigned long long)p->n);
    ft_canvas_text(c, y, x + 4, half, FT_ROLE_NORMAL, evaluate_name(t, p->label));
    ft_canvas_text(c, y, x + 5 + half, w - 5 - half, FT_ROLE_NORMAL,
                   evaluate_name(t, p->predicted));
}

static void draw_pairs(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    if (evaluate_sets(t)) {
        evaluate_sets_list(t, c, r, focused);
        return;
    }
    ft_list_resize(&t->pairs, t->pairs_n);
    if (!t->pairs_n) {
        ft_rich_muted(c, r, ft_evaluation_facts(t->e)->there ? "no errors" : "no evaluation yet");
        return;
    }
    if (r.h < 2) return;
    int half = (r.w - 6) / 2;
    ft_canvas_text(c, r.y, r.x + 3, 1, FT_ROLE_MUTED, "n");
    ft_canvas_text(c, r.y, r.x + 5, half, FT_ROLE_MUTED, "true");
    ft_canvas_text(c, r.y, r.x + 6 + half, half, FT_ROLE_MUTED, "predicted");
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->pairs, focused, pair_draw, t);
}

/* --- examples --- */

static const struct ft_column example_columns[] = {
    {"row", 7, true, 0},     {"part", 4, false, 90}, {"loss", 6, true, 0},
    {"p(gold)", 7, true, 0}, {"true", 14, false, 0}, {"predicted", 14, false, 0},
    {"text", 0, false, 0}};
enum { EXAMPLE_COLUMNS = sizeof example_columns / sizeof *example_columns };

const char *evaluate_edited(const struct evaluate_view *t, const struct ft_evaluation_row *r)
{
    static char label[128];
    struct ft_dataset_row d;
    if (!ft_dataset_edits(t->w->data)) return NULL;
    size_t at = ft_dataset_find_row(t->w->data, r->row);
    if (at == SIZE_MAX || !ft_dataset_row(t->w->data, at, &d) || !d.edited) return NULL;
    if (d.n != r->n || memcmp(d.text, r->text, r->n)) return NULL;
    snprintf(label, sizeof label, "%s", *d.left ? "excluded" : d.label);
    return label;
}

/* The columns of the examples; the third is the similarity while similar ones are listed. */
static const struct ft_column *columns_of_examples(const struct evaluate_view *t)
{
    static struct ft_column cols[EXAMPLE_COLUMNS];
    memcpy(cols, example_columns, sizeof cols);
    if (t->similar.on) cols[2].name = "sim";
    if (evaluate_sets(t)) {
        cols[3].name = "wrong";
        cols[4].w = cols[5].w = 20;
    }
    return cols;
}

static void example_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
    const struct ft_column *cols = columns_of_examples(t);
    char text[32];
    bool sets = evaluate_sets(t);
    struct ft_str truth = {0}, said = {0};
    int at[EXAMPLE_COLUMNS], cw[EXAMPLE_COLUMNS];
    if (!r) return;
    ft_columns_place(cols, EXAMPLE_COLUMNS, w, at, cw);
    const char *now = evaluate_edited(t, r);
    snprintf(text, sizeof text, "%s%zu", evaluate_kept(t, t->index[i]) ? "\u2713" : "", r->row);
    ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 0, FT_ROLE_MUTED, text);
    ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 1, FT_ROLE_MUTED, r->part);
    if (t->similar.on)
        ft_format_short(text, sizeof text, t->similar.values[i], 3);
    else
        snprintf(text, sizeof text, "%.2f", r->loss);
    ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 2, FT_ROLE_NORMAL, text);
    if (sets) {
        evaluate_sets_names(t, r, false, &truth);
        evaluate_sets_names(t, r, true, &said);
        snprintf(text, sizeof text, "%zu", r->wrong_n);
        ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 3, FT_ROLE_NORMAL, text);
    } else if (r->label >= 0)
        ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 3, FT_ROLE_NORMAL,
                        ft_format_short(text, sizeof text, (double)r->probabilities[r->label], 3));
    ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 4,
                    now ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL,
                    now    ? now
                    : sets ? ft_str_text(&truth)
                           : evaluate_name(t, r->label));
    ft_columns_cell(c, y, x, cols, EXAMPLE_COLUMNS, w, 5, FT_ROLE_NORMAL,
                    sets ? ft_str_text(&said) : evaluate_name(t, r->predicted));
    ft_str_release(&truth);
    ft_str_release(&said);
    char line[801];
    size_t n = r->n < 800 ? r->n : 800;
    memcpy(line, r->text, n);
    for (size_t k = 0; k < n; k++)
        if (line[k] == '\n' || line[k] == '\r') line[k] = ' ';
    if (cw[6] > 0) ft_canvas_textn(c, y, x + at[6], cw[6], FT_ROLE_NORMAL, line, n);
}

static void draw_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                          bool focused)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    if (evaluate_more(t)) {
        evaluate_more_examples(t, c, r, focused);
        return;
    }
    if (evaluate_entities(t)) {
        evaluate_entities_examples(t, c, r, focused);
        return;
    }
    if (evaluate_numbers(t)) {
        evaluate_numbers_examples(t, c, r, focused);
        return;
    }
    if (!f->there || !t->examples.n) {
        ft_rich_muted(c, r,
                      t->similar.on  ? ft_similar_empty(&t->similar)
                      : !f->there    ? "no evaluation yet"
                      : !f->examples ? "no predictions.jsonl in this run: e evaluates again"
                                     : "no errors here; a lists correct predictions too");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, columns_of_examples(t), EXAMPLE_COLUMNS, r.w - 1,
                      t->similar.on ? 2 : -1, true);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->examples, focused,
                 example_draw, t);
}

static bool explained(const struct evaluate_view *t, const struct ft_evaluation_row *r)
{
    const struct ft_answer *a = &t->w->answer;
    return t->why && t->asked && a->id == t->asked && !a->status && a->prediction.token_n &&
           !strcmp(a->text, r->text);
}

static void draw_text(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_row *row = evaluate_row(t);
    struct ft_rich text = {0};
    if (!row) return;
    if (evaluate_more(t)) {
        evaluate_more_text(t, &text);
    } else if (evaluate_entities(t)) {
        evaluate_entities_text(t, &text);
    } else if (explained(t, row)) {
        ft_attributions(&text, row->text, &t->w->answer.prediction, r.w - 2);
    } else {
        ft_rich_add(&text, FT_ROLE_NORMAL, row->text, row->n);
        if (row->pair) {
            ft_rich_addz(&text, FT_ROLE_MUTED, "\n\n");
            ft_rich_add(&text, FT_ROLE_NORMAL, row->pair, row->pair_n);
        }
    }
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text, &t->text);
    ft_rich_release(&text);
}

/* The likeliest labels of the selected example. */
static void draw_labels(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_row *row = evaluate_row(t);
    size_t labels = ft_evaluation_facts(t->e)->scores.labels;
    if (!row) return;
    if (evaluate_sets(t)) {
        evaluate_sets_labels(t, c, r);
        return;
    }
    if (!row->probabilities) return;
    bool *done = calloc(labels, sizeof *done);
    for (int line = 0; done && line < r.h && (size_t)line < labels; line++) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < labels; k++)
            if (!done[k] && (best == SIZE_MAX || row->probabilities[k] > row->probabilities[best]))
                best = k;
        done[best] = true;
        char p[32];
        double share = (double)row->probabilities[best];
        int y = r.y + line, name_w = r.w / 2 - 6;
        ft_canvas_text(c, y, r.x + 1, name_w, (int)best == row->label ? FT_BOLD : FT_ROLE_NORMAL,
                       evaluate_name(t, (int)best));
        ft_canvas_bar(c, y, r.x + name_w + 2, r.w - name_w - 16, share, FT_ROLE_ACCENT);
        ft_canvas_right(c, y, r.x + r.w - 13, 6, FT_ROLE_NORMAL, ft_format_short(p, 32, share, 3));
        if ((int)best == row->label) ft_canvas_text(c, y, r.x + r.w - 6, 6, FT_ROLE_MUTED, "true");
    }
    free(done);
}

void evaluate_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct evaluate_view *t = (struct evaluate_view *)v;
    switch ((enum evaluate_panel)p) {
    case EVAL_HEAD:
        draw_head(t, c, r);
        break;
    case EVAL_MATRIX:
        draw_matrix(t, c, r, focused);
        break;
    case EVAL_REPORT:
        draw_report(t, c, r, focused);
        break;
    case EVAL_PAIRS:
        draw_pairs(t, c, r, focused);
        break;
    case EVAL_MAP:
        if (ft_evaluation_facts(t->e)->there) ft_error_map_draw(c, r, &t->matrix);
        break;
    case EVAL_EXAMPLES:
        draw_examples(t, c, r, focused);
        break;
    case EVAL_TEXT:
        draw_text(t, c, r);
        break;
    case EVAL_LABELS:
        draw_labels(t, c, r);
        break;
    case EVAL_SCORES:
        if (evaluate_numbers(t))
            evaluate_numbers_scores(t, c, r);
        else
            evaluate_more_scores(t, c, r);
        break;
    case EVAL_ANSWERED:
        evaluate_more_answered(t, c, r);
        break;
    case EVAL_PANELS:
        break;
    }
}

void evaluate_title(struct ft_view *v, int p, struct ft_title *title)
{
    struct evaluate_view *t = (struct evaluate_view *)v;
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_evaluation_row *row = evaluate_row(t);
    if (!f->there) return;
    if (t->similar.on && p == EVAL_EXAMPLES) {
        ft_similar_title(&t->similar, title);
        return;
    }
    if (evaluate_more(t)) {
        evaluate_more_title(t, p, title);
        return;
    }
    if (evaluate_sets(t) && p != EVAL_TEXT) {
        evaluate_sets_title(t, p, title);
        return;
    }
    if (evaluate_entities(t) && evaluate_entities_title(t, p, title)) return;
    if (evaluate_numbers(t)) {
        evaluate_numbers_title(t, p, title);
        return;
    }
    switch ((enum evaluate_panel)p) {
    case EVAL_MATRIX:
        if (t->matrix.window)
            snprintf(title->left, sizeof title->left, "Zoom %d x %d of %d, %s", t->matrix.window,
                     t->matrix.window, t->matrix.n, ft_matrix_mode_name(t->matrix.mode));
        else
            snprintf(title->left, sizeof title->left, "Confusion %s",
                     t->matrix.mode == FT_MATRIX_COUNTS      ? "counts"
                     : t->matrix.mode == FT_MATRIX_TRUE      ? "% of true"
                     : t->matrix.mode == FT_MATRIX_PREDICTED ? "% of predicted"
                                                             : "% of all");
        break;
    case EVAL_REPORT:
        if (evaluate_many(t))
            snprintf(title->left, sizeof title->left, "Report %zu label%s", f->scores.labels,
                     ft_plural(f->scores.labels));
        break;
    case EVAL_PAIRS:
        snprintf(title->left, sizeof title->left, "Confused pairs %zu", t->pairs_n);
        break;
    case EVAL_MAP:
        snprintf(title->left, sizeof title->left, "Error map rows true, columns predicted");
        break;
    case EVAL_EXAMPLES: {
        bool cell = !t->all && t->matrix.row >= 0;
        snprintf(title->left, sizeof title->left, "Examples %zu %s, by loss", t->examples.n,
                 cell           ? "in this cell"
                 : t->right_too ? "in all"
                                : "wrong");
        break;
    }
    case EVAL_TEXT:
        if (!row) break;
        snprintf(title->left, sizeof title->left, "Row %zu full text%s%.40s", row->row,
                 explained(t, row) ? ", + = raises " : "",
                 explained(t, row) ? t->w->answer.labels[t->w->answer.prediction.label] : "");
        break;
    case EVAL_LABELS:
        snprintf(title->left, sizeof title->left, "Prediction");
        break;
    case EVAL_HEAD:
    case EVAL_SCORES:
    case EVAL_ANSWERED:
    case EVAL_PANELS:
        break;
    }
}
