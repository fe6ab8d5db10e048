/* Screen 5 for questions and language models: scores in place of a matrix, the context with both
 * answers, a block of text with the tokens that cost most. */
#include "ui/widgets/plot.h"
#include "ui/screens/score_table.h"
#include "ui/screens/view_evaluate_in.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void head_line(struct ft_canvas *c, struct ft_rect r, const char *text)
{
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, text);
}

int evaluate_sides(const struct ft_evaluation_facts *f, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_scores_side *sides[2] = {&f->student, &f->teacher};
    static const char *const names[2] = {"model", "teacher"};
    int y = r.y;
    for (int i = 0; i < 2 && y < r.y + r.h; i++) {
        char accuracy[32] = "", ms[32] = "", size[32], a[32];
        if (isfinite(sides[i]->accuracy))
            snprintf(accuracy, sizeof accuracy, "accuracy %s ",
                     ft_format_short(a, sizeof a, sides[i]->accuracy, 4));
        if (isfinite(sides[i]->ms_per_text))
            snprintf(ms, sizeof ms, "%.3g ms ", sides[i]->ms_per_text);
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, i ? FT_ROLE_MUTED : FT_ROLE_NORMAL,
                         "%-7s %s%s%s", names[i], accuracy, ms,
                         ft_format_bytes(size, sizeof size, sides[i]->bytes));
    }
    return y;
}

void evaluate_more_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_scores *s = &f->scores;
    char step[32], n[32], loss[32], line[600];
    bool qa = ft_task_has(s->task, FT_TRAIT_ANSWERS);
    ft_format_count(step, sizeof step, (long long)f->step);
    ft_format_count(n, sizeof n, (long long)s->examples);
    ft_format_short(loss, sizeof loss, s->loss, 4);
    if (qa)
        snprintf(line, sizeof line, "%.80s  step %s  %.80s  %s question%s  exact %.2f  F1 %.2f",
                 ft_path_base(f->run), step, f->rows, n, ft_plural(s->examples), s->squad.exact,
                 s->squad.f1);
    else if (ft_task_has(s->task, FT_TRAIT_HIDDEN))
        snprintf(line, sizeof line, "%.80s  step %s  %.80s  %s %s  loss %s  cosine %.4f",
                 ft_path_base(f->run), step, f->rows, n, ft_by_count(s->examples, "text", "texts"),
                 loss, s->cosine);
    else
        snprintf(line, sizeof line, "%.80s  step %s  %.80s  %s %s  loss %s  perplexity %.2f",
                 ft_path_base(f->run), step, f->rows, n,
                 ft_task_has(s->task, FT_TRAIT_MASKS)
                     ? ft_by_count(s->examples, "sequence", "sequences")
                     : ft_by_count(s->examples, "block", "blocks"),
                 loss, s->perplexity);
    head_line(c, r, line);
}

/* --- scores --- */

static void answered(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_squad_scores *s = &f->scores.squad;
    static const char *const names[2] = {"unanswerable", "answerable"};
    int y = r.y;
    if (!f->examples) {
        ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                       "no predictions.jsonl in this run: e evaluates");
        return;
    }
    ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "%-13s %10s %10s", "", "answered",
                     "no answer");
    for (int has = 1; has >= 0 && y < r.y + r.h; has--) {
        if (!has && !s->no_n) break;
        ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "%-13s %10zu %10zu", names[has],
                         f->answered[has][1], f->answered[has][0]);
    }
    if (!s->v2 || y + 1 >= r.y + r.h) return;
    y++;
    ft_canvas_printf(c, y++, r.x + 1, r.w - 1, FT_ROLE_MUTED, "threshold now %.4g, t to change",
                     f->threshold);
    if (y < r.y + r.h && s->total)
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "baseline  always no answer %.2f",
                         100 * (double)s->no_n / (double)s->total);
}

static const char *step_label(double x, char *buf, size_t size)
{
    return ft_format_count(buf, size, (long long)x);
}

/* Perplexity of the validation part over the run, and the last numbers. */
static void lm_scores(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_run_series *s = &t->w->series;
    char tokens[32], right[32] = "";
    if (ft_task_has(f->scores.task, FT_TRAIT_MASKS))
        snprintf(right, sizeof right, "  accuracy %.4f", f->scores.accuracy);
    ft_canvas_printf(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL,
                     "loss %.4f  perplexity %.2f%s  %s token%s", f->scores.loss,
                     f->scores.perplexity, right,
                     ft_format_count(tokens, sizeof tokens, (long long)f->scores.tokens),
                     ft_plural(f->scores.tokens));
    struct ft_rect plot = {r.y + 1, r.x, r.h - 1, r.w};
    struct ft_point *points = ft_xcalloc(s->evals_n + 1, sizeof *points);
    size_t n = 0;
    for (size_t i = 0; i < s->evals_n; i++)
        if (isfinite(s->evals[i].perplexity))
            points[n++] = (struct ft_point){(double)s->evals[i].step, s->evals[i].perplexity};
    if (n && plot.h >= 4) {
        struct ft_series line = {.kind = FT_SERIES_MARKED,
                                 .points = points,
                                 .n = n,
                                 .style = FT_ROLE_ACCENT,
                                 .marker = 'o'};
        struct ft_plot p = {.series = &line, .series_n = 1, .fit_all = true, .x_label = step_label};
        ft_plot_draw(c, plot, &p, NULL);
    } else if (plot.h > 0) {
        ft_canvas_text(c, plot.y, plot.x + 1, plot.w - 1, FT_ROLE_MUTED,
                       "perplexity over time: no evaluations during this run");
    }
    free(points);
}

/* How near the model comes to its teacher. */
static void hidden_scores(const struct ft_evaluation_facts *f, struct ft_canvas *c,
                          struct ft_rect r)
{
    char tokens[32];
    ft_canvas_printf(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "loss %.4f  cosine %.4f  %s token%s",
                     f->scores.loss, f->scores.cosine,
                     ft_format_count(tokens, sizeof tokens, (long long)f->scores.tokens),
                     ft_plural(f->scores.tokens));
    if (f->has_teacher) evaluate_sides(f, c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w});
}

void evaluate_more_scores(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    if (ft_task_has(f->scores.task, FT_TRAIT_ANSWERS))
        ft_squad_table_draw(&ft_evaluation_facts(t->e)->scores.squad, c, r);
    else if (ft_task_has(f->scores.task, FT_TRAIT_HIDDEN))
        hidden_scores(f, c, r);
    else
        lm_scores(t, c, r);
}

void evaluate_more_answered(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r)
{
    answered(t, c, r);
}

/* --- the list --- */

static const struct ft_column question_columns[] = {
    {"F1", 6, true, 0},  {"exact", 6, false, 0},    {"null-best", 9, true, 0},
    {"p", 5, true, 100}, {"question", 0, false, 0}, {"answer", 34, false, 120}};
enum { QUESTION_COLUMNS = sizeof question_columns / sizeof *question_columns };

static void question_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
    const struct ft_column *cols = question_columns;
    char text[32];
    if (!r) return;
    bool none = ft_evaluation_none(t->e, r);
    double f1 = 100 * ft_evaluation_f1(t->e, r);
    bool exact = ft_evaluation_exact(t->e, r) >= 1;
    snprintf(text, sizeof text, "%.1f", f1);
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 0, FT_ROLE_NORMAL, text);
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 1, exact ? FT_ROLE_GOOD : FT_ROLE_NORMAL,
                    exact ? "yes" : "no");
    snprintf(text, sizeof text, "%.2f", r->null_diff);
    if (t->similar.on) ft_format_short(text, sizeof text, t->similar.values[i], 3);
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 2, FT_ROLE_MUTED, text);
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 3, FT_ROLE_MUTED,
                    ft_format_short(text, sizeof text, r->score, 2));
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 4, FT_ROLE_NORMAL, r->pair);
    ft_columns_cell(c, y, x, cols, QUESTION_COLUMNS, w, 5, none ? FT_ROLE_MUTED : FT_ROLE_NORMAL,
                    none ? "(no answer)" : r->answer);
}

static const struct ft_column block_columns[] = {{"block", 7, true, 0},
                                                 {"loss", 7, true, 0},
                                                 {"tokens", 6, true, 0},
                                                 {"right", 6, true, 100},
                                                 {"text", 0, false, 0}};
enum { BLOCK_COLUMNS = sizeof block_columns / sizeof *block_columns };

static void block_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
    const struct ft_column *cols = block_columns;
    char text[32], line[201];
    if (!r) return;
    snprintf(text, sizeof text, "%zu", r->row);
    ft_columns_cell(c, y, x, cols, BLOCK_COLUMNS, w, 0, FT_ROLE_MUTED, text);
    snprintf(text, sizeof text, "%.3f", r->loss);
    ft_columns_cell(c, y, x, cols, BLOCK_COLUMNS, w, 1, FT_ROLE_NORMAL, text);
    snprintf(text, sizeof text, "%zu", r->tokens);
    if (t->similar.on) ft_format_short(text, sizeof text, t->similar.values[i], 3);
    ft_columns_cell(c, y, x, cols, BLOCK_COLUMNS, w, 2, FT_ROLE_MUTED, text);
    snprintf(text, sizeof text, "%zu", r->right);
    ft_columns_cell(c, y, x, cols, BLOCK_COLUMNS, w, 3, FT_ROLE_MUTED, text);
    size_t n = r->n < 200 ? r->n : 200;
    for (size_t k = 0; k < n; k++)
        line[k] = r->text[k] == '\n' || r->text[k] == '\r' ? ' ' : r->text[k];
    line[n] = 0;
    ft_columns_cell(c, y, x, cols, BLOCK_COLUMNS, w, 4, FT_ROLE_NORMAL, line);
}

void evaluate_more_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                            bool focused)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    bool qa = ft_task_has(f->scores.task, FT_TRAIT_ANSWERS);
    enum { SIMILARITY = 2, COLUMNS_MAX = 8 };
    struct ft_column cols[COLUMNS_MAX];
    int n = qa ? QUESTION_COLUMNS : BLOCK_COLUMNS;
    memcpy(cols, qa ? question_columns : block_columns, (size_t)n * sizeof *cols);
    if (t->similar.on) cols[SIMILARITY].name = "sim";
    if (!t->examples.n) {
        ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                       t->similar.on  ? ft_similar_empty(&t->similar)
                       : !f->examples ? "no predictions.jsonl in this run: e evaluates again"
                                      : "none of this kind; f changes the filter");
        return;
    }
    if (r.h < 2) return;
    ft_columns_header(c, r.y, r.x + 1, cols, n, r.w - 1, t->similar.on ? SIMILARITY : -1, true);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->examples, focused,
                 qa ? question_draw : block_draw, t);
}

/* --- layout and words --- */

const struct ft_node *evaluate_more_layout(struct evaluate_view *t, int h, int w)
{
    struct ft_node *n = t->nodes, *rows = &n[4], *top = &n[8], *low = &n[12];
    bool qa = ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS);
    int head = qa ? 8 : h / 3 < 8 ? 8 : h / 3;
    rows[0] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = EVAL_HEAD, .bare = true, .h = 1, .h_max = 1};
    if (qa) {
        top[0] = ft_node_panel(EVAL_SCORES, 7, head, 40, 0, 1);
        top[1] = ft_node_panel(EVAL_ANSWERED, 7, head, 36, 0, 1);
        rows[1] = (struct ft_node){
            .kind = FT_NODE_COLS, .weight = 1, .h_max = head, .kids = top, .kids_n = 2};
    } else {
        rows[1] = ft_node_panel(EVAL_SCORES, 5, head, 40, 0, 1);
    }
    low[0] = ft_node_panel(EVAL_EXAMPLES, 4, 0, 40, 0, 1);
    low[1] = ft_node_panel(EVAL_TEXT, 4, 0, 40, 0, 1);
    bool wide = w >= 140;
    rows[2] = (struct ft_node){
        .kind = wide ? FT_NODE_COLS : FT_NODE_ROWS, .weight = 3, .kids = low, .kids_n = 2};
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = 3};
    return &n[0];
}

void evaluate_more_title(const struct evaluate_view *t, int p, struct ft_title *title)
{
    static const char *const kinds[FT_QUESTIONS_KINDS] = {"", " answerable", " unanswerable",
                                                          " wrong"};
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    const struct ft_evaluation_row *row = evaluate_row(t);
    bool qa = ft_task_has(f->scores.task, FT_TRAIT_ANSWERS),
         hidden = ft_task_has(f->scores.task, FT_TRAIT_HIDDEN);
    size_t size = sizeof title->left;
    if (p == EVAL_SCORES)
        snprintf(title->left, size,
                 qa       ? "Scores %%"
                 : hidden ? "Scores against the teacher"
                          : "Perplexity over time");
    else if (p == EVAL_ANSWERED)
        snprintf(title->left, size, "Answered?");
    else if (p == EVAL_EXAMPLES && qa)
        snprintf(title->left, size, "Questions %zu%s, worst first", t->examples.n,
                 kinds[t->questions]);
    else if (p == EVAL_EXAMPLES)
        snprintf(title->left, size, "%s %zu, highest loss first", hidden ? "Texts" : "Blocks",
                 t->examples.n);
    else if (p == EVAL_TEXT && row)
        snprintf(title->left, size,
                 qa       ? "Context of question %zu"
                 : hidden ? "Row %zu full text"
                          : "Block %zu, by loss of token",
                 row->row);
}

void evaluate_more_select(struct evaluate_view *t)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    size_t selected = t->examples.selected;
    evaluate_similar_drop(t);
    free(t->index);
    size_t n = ft_task_has(f->scores.task, FT_TRAIT_ANSWERS)
                   ? ft_evaluation_questions(t->e, t->questions, &t->index)
                   : ft_evaluation_blocks(t->e, &t->index);
    ft_list_resize(&t->examples, n);
    ft_list_select(&t->examples, selected);
    t->text.top = 0;
}

static bool take_threshold(void *arg, const char *text)
{
    struct evaluate_view *t = arg;
    double x;
    if (!ft_parse_double(text, &x) || !isfinite(x)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "threshold '%s': expected a number", text);
        return false;
    }
    ft_evaluation_threshold(t->e, x);
    const struct ft_squad_scores *s = &ft_evaluation_facts(t->e)->scores.squad;
    ft_app_say(t->w->app, FT_SAY_OK, "threshold %g: exact %.2f, F1 %.2f", x, s->exact, s->f1);
    return true;
}

/* The next question that is not exactly right. */
static void next_wrong(struct evaluate_view *t, int by)
{
    size_t n = t->examples.n;
    for (size_t k = 1; k <= n; k++) {
        size_t i = (t->examples.selected + (by > 0 ? k : n - k)) % n;
        const struct ft_evaluation_row *r = ft_evaluation_row(t->e, t->index[i]);
        if (r && ft_evaluation_exact(t->e, r) >= 1) continue;
        ft_list_select(&t->examples, i);
        t->text.top = 0;
        return;
    }
}

bool evaluate_more_act(struct evaluate_view *t, enum ft_action a, const char *arg)
{
    bool qa = ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS);
    char now[32];
    switch (a) {
    case FT_ACT_EVAL_THRESHOLD:
        if (!qa) return false;
        snprintf(now, sizeof now, "%g", ft_evaluation_facts(t->e)->threshold);
        if (arg && *arg) return take_threshold(t, arg) || true;
        ft_app_prompt(t->w->app, "no-answer threshold (null - best)", now, "X", take_threshold, t);
        return true;
    case FT_ACT_FILTER:
        if (!qa) return false;
        t->questions = (t->questions + 1) % FT_QUESTIONS_KINDS;
        t->examples.selected = 0;
        evaluate_more_select(t);
        return true;
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        if (qa) next_wrong(t, a == FT_ACT_FIND_NEXT ? 1 : -1);
        return qa;
    default:
        return false;
    }
}

bool evaluate_more_can(const struct evaluate_view *t, enum ft_action a, bool *can)
{
    bool qa = ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS);
    switch (a) {
    case FT_ACT_EVAL_MODE:
    case FT_ACT_EVAL_CELL:
    case FT_ACT_EVAL_REPORT:
    case FT_ACT_EVAL_ORDER:
    case FT_ACT_EVAL_ZOOM_IN:
    case FT_ACT_EVAL_ZOOM_OUT:
    case FT_ACT_EVAL_TAKE:
    case FT_ACT_EVAL_RELABEL:
    case FT_ACT_EVAL_AGAIN:
    case FT_ACT_EVAL_KEEP:
    case FT_ACT_EVAL_DROP:
    case FT_ACT_EVAL_RIGHT_TOO:
    case FT_ACT_EVAL_WHY:
    case FT_ACT_EVAL_BASELINE:
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        *can = false;
        return true;
    case FT_ACT_EVAL_THRESHOLD:
    case FT_ACT_FILTER:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        *can = qa && t->examples.n;
        return true;
    default:
        return false;
    }
}

const char *evaluate_more_why_not(const struct evaluate_view *t, enum ft_action a)
{
    bool qa = ft_task_has(ft_evaluation_facts(t->e)->scores.task, FT_TRAIT_ANSWERS);
    if (ft_action_by_screen(a) || a == FT_ACT_EVAL_THRESHOLD)
        return qa ? "no questions listed" : "for question answering runs only";
    return "for classification runs only";
}

void evaluate_more_next(const struct evaluate_view *t, char *buf, size_t size)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    size_t silent = f->answered[1][0], has = f->answered[1][0] + f->answered[1][1];
    if (!ft_task_has(f->scores.task, FT_TRAIT_ANSWERS))
        snprintf(buf, size, "ok: %zu block%s, highest loss first.  Enter reads one", f->examples,
                 ft_plural(f->examples));
    else if (f->scores.squad.v2 && silent * 4 > has)
        snprintf(buf, size,
                 "note: %zu of %zu answerable questions got no answer; t moves the "
                 "threshold",
                 silent, has);
    else
        snprintf(buf, size, "ok: %zu of %zu without an exact match.  n selects the next", f->wrong,
                 f->examples);
}
