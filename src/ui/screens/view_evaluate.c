/* Screen 5: keys and words. The way down is a cell or pair, its examples, one whole text; the way
 * up is Esc; the level above stays visible. Labels are changed in the open data, as on screen 1. */
#include "ui/screens/view_evaluate_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[EVAL_PANELS] = {
    [EVAL_HEAD] = {"Evaluation", FT_SCOPE_EVALUATE, true},
    [EVAL_MATRIX] = {"Confusion", FT_SCOPE_EVALUATE, false},
    [EVAL_REPORT] = {"Report", FT_SCOPE_EVALUATE, false},
    [EVAL_PAIRS] = {"Confused pairs", FT_SCOPE_EVALUATE, false},
    [EVAL_MAP] = {"Error map", FT_SCOPE_EVALUATE, false},
    [EVAL_EXAMPLES] = {"Examples", FT_SCOPE_EVALUATE, false},
    [EVAL_TEXT] = {"Whole text", FT_SCOPE_EVALUATE, false},
    [EVAL_LABELS] = {"The model says", FT_SCOPE_EVALUATE, false},
    [EVAL_SCORES] = {"Scores", FT_SCOPE_EVALUATE, true},
    [EVAL_ANSWERED] = {"Answered?", FT_SCOPE_EVALUATE, true},
};

static struct evaluate_view *of(struct ft_view *v)
{
    return (struct evaluate_view *)v;
}

static const struct ft_scores *scores(const struct evaluate_view *t)
{
    return &ft_evaluation_facts(t->e)->scores;
}

bool evaluate_more(const struct evaluate_view *t)
{
    return ft_evaluation_facts(t->e)->there && scores(t)->task != FT_TASK_CLASSIFY;
}

bool evaluate_many(const struct evaluate_view *t)
{
    return scores(t)->labels > EVAL_MATRIX_LABELS;
}

int evaluate_label(const struct evaluate_view *t, int place)
{
    return place < 0 || place >= t->matrix.n ? -1 : t->order[place];
}

const char *evaluate_name(const struct evaluate_view *t, int label)
{
    return label >= 0 && (size_t)label < scores(t)->labels ? scores(t)->names[label] : "-";
}

const struct ft_evaluation_row *evaluate_row(const struct evaluate_view *t)
{
    return t->examples.n ? ft_evaluation_row(t->e, t->index[t->examples.selected]) : NULL;
}

/* --- what is made of an evaluation --- */

static void select_examples(struct evaluate_view *t)
{
    if (evaluate_more(t)) {
        evaluate_more_select(t);
        return;
    }
    bool cell = !t->all && t->matrix.row >= 0;
    free(t->index);
    size_t n = ft_evaluation_select(t->e, cell ? evaluate_label(t, t->matrix.row) : -1,
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
static void order_by_likeness(const struct ft_scores *s, int *order)
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

static void make_order(struct evaluate_view *t)
{
    const struct ft_scores *s = scores(t);
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    for (size_t i = 0; i < s->labels; i++)
        t->order[i] = (int)i;
    if (t->order_by == EVAL_BY_LIKENESS) order_by_likeness(s, t->order);
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
        double x = report_value(scores(t), i, t->report_sort);
        double y = report_value(scores(t), k, t->report_sort);
        if (x < y) return -sign;
        if (x > y) return sign;
    }
    return t->report_sort > 0 ? i - k : sign * (i - k);
}

static void sort_report(struct evaluate_view *t)
{
    for (size_t i = 0; i < scores(t)->labels; i++)
        t->report_items[i] = (int)i;
    qsort_r(t->report_items, scores(t)->labels, sizeof *t->report_items, by_report, t);
}

/* The panel that the way down starts from. */
static void first_panel(struct evaluate_view *t)
{
    int *focus = &t->view.focus;
    if (evaluate_more(t)) {
        if (*focus != EVAL_TEXT) *focus = EVAL_EXAMPLES;
        return;
    }
    if (*focus == EVAL_MATRIX && evaluate_many(t)) *focus = EVAL_PAIRS;
    if (*focus == EVAL_PAIRS && !evaluate_many(t)) *focus = EVAL_MATRIX;
}

static void remake(struct evaluate_view *t)
{
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    if (t->made == f->version) return;
    const struct ft_scores *s = &f->scores;
    bool same = (size_t)t->matrix.n == s->labels && s->labels;
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
                                   .order = t->order,
                                   .n = (int)s->labels,
                                   .mode = t->matrix.mode,
                                   .row = same ? row : -1,
                                   .col = same ? col : -1,
                                   .window = evaluate_many(t) ? 12 : 0,
                                   .no_recall = evaluate_many(t)};
    make_order(t);
    if (!same && s->labels && !ft_matrix_worst(&t->matrix)) t->matrix.row = t->matrix.col = -1;
    if (evaluate_many(t) && !t->report_sort) {
        t->report_sort = 3;
        t->report_down = false;
    }
    sort_report(t);
    select_examples(t);
    if (!same) ft_list_select(&t->pairs, 0);
    first_panel(t);
}

/* --- layout --- */

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    struct evaluate_view *t = of(v);
    if (evaluate_more(t)) return evaluate_more_layout(t, h, w);
    struct ft_node *n = t->nodes, *rows = &n[4], *top = &n[8], *low = &n[12], *low_left = &n[15];
    bool wide = w >= 140, many = evaluate_many(t);
    int labels = (int)scores(t)->labels, rows_n = 0, top_n = 0;
    int head = labels + 6 < h / 2 ? labels + 6 : h / 2;
    if (head < 7) head = 7;
    if (many) head = h / 2;
    rows[rows_n++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = EVAL_HEAD, .bare = true, .h = 1, .h_max = 1};
    if (many) {
        top[top_n++] = ft_node_panel(EVAL_PAIRS, head, 0, 36, 0, 1);
        if (wide) top[top_n++] = ft_node_panel(EVAL_MATRIX, head, 0, 58, 58, 1);
        top[top_n++] = ft_node_panel(EVAL_MAP, head, 0, 41, 41, 1);
    } else {
        int room = w / 2;
        top[top_n++] = ft_node_panel(EVAL_MATRIX, head, 0, room, wide ? 0 : room, 1);
        top[top_n++] = ft_node_panel(EVAL_REPORT, head, 0, 34, 0, 1);
    }
    rows[rows_n++] = (struct ft_node){
        .kind = FT_NODE_COLS, .weight = 1, .h_max = head, .kids = top, .kids_n = top_n};
    if (wide) {
        low_left[0] = ft_node_panel(EVAL_EXAMPLES, 4, 0, 60, 0, 1);
        low_left[1] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
        low_left[2] = ft_node_panel(EVAL_LABELS, 4, 0, 40, 60, 1);
        low_left[3] = ft_node_panel(EVAL_REPORT, 6, 0, 40, 60, 2);
        low[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 3, .kids = low_left, .kids_n = 2};
        low[1] = (struct ft_node){.kind = FT_NODE_ROWS,
                                  .weight = 1,
                                  .w_max = 60,
                                  .kids = &low_left[2],
                                  .kids_n = many ? 2 : 1};
        rows[rows_n++] =
            (struct ft_node){.kind = FT_NODE_COLS, .weight = 1, .kids = low, .kids_n = 2};
    } else {
        bool report = many && v->focus == EVAL_REPORT;
        rows[rows_n++] = ft_node_panel(report ? EVAL_REPORT : EVAL_EXAMPLES, 4, 0, 60, 0, 1);
        rows[rows_n++] = ft_node_panel(EVAL_TEXT, 3, 0, 60, 0, 1);
    }
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = rows_n};
    return &n[0];
}

/* --- questions --- */

static void ask_why(struct evaluate_view *t)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    if (!r) return;
    t->why = true;
    struct ft_question q = {.model = t->w->run,
                            .current = t->w->session && t->w->run_is_own,
                            .text = r->text,
                            .pair = r->pair,
                            .explain = true};
    t->asked = ft_prediction_queue_ask(t->w->asker, &q);
}

static void moved(struct evaluate_view *t)
{
    t->text.top = 0;
    if (t->why) ask_why(t);
}

static void name_cell(struct evaluate_view *t)
{
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    if (row < 0 || col < 0) return;
    const struct ft_scores *s = scores(t);
    uint64_t n = s->confusion[(size_t)row * s->labels + (size_t)col];
    uint64_t all = s->classes[row].support;
    ft_app_say(t->w->app, FT_SAY_NOTE, "%s taken for %s: %llu of %llu (%.1f%%)",
               evaluate_name(t, row), evaluate_name(t, col), (unsigned long long)n,
               (unsigned long long)all, all ? 100.0 * (double)n / (double)all : 0);
}

/* --- labels --- */

/* Only a row of --data can be given another label. */
static bool is_open_row(const struct evaluate_view *t, const struct ft_evaluation_row *r)
{
    return r && ft_dataset_has(t->w->data, r->row, r->text, r->n);
}

static const struct ft_evaluation_row *editable(struct evaluate_view *t)
{
    const struct ft_evaluation_row *r = evaluate_row(t);
    if (!r || is_open_row(t, r)) return r;
    ft_app_say(
        t->w->app, FT_SAY_NOTE,
        "row %zu is not a row of the open data with this text: only --data can be relabelled",
        r->row);
    return NULL;
}

#define CHANGED_LABELS "%zu label%s changed; scores are for the labels before your changes"

static void after_edit(struct evaluate_view *t)
{
    size_t n = ft_dataset_edits_since(t->w->data);
    if (n)
        ft_app_say(t->w->app, FT_SAY_NOTE, CHANGED_LABELS "; T retrains", n, n == 1 ? "" : "s");
    else
        ft_app_say(t->w->app, FT_SAY_OK, "all labels are as this run was trained with them");
}

static bool step_down(struct evaluate_view *t)
{
    bool more = t->examples.selected + 1 < t->examples.n;
    if (more) ft_list_select(&t->examples, t->examples.selected + 1);
    moved(t);
    return more;
}

static bool relabel(void *arg, const char *label)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = editable(t);
    if (!r || !ft_workbench_relabel(t->w, r->row, label)) return false;
    after_edit(t);
    return step_down(t);
}

static int best_labels(void *arg, const char **best)
{
    struct evaluate_view *t = arg;
    const struct ft_evaluation_row *r = evaluate_row(t);
    size_t n = scores(t)->labels;
    if (!r || !r->probabilities) return 0;
    double *p = ft_xcalloc(n + 1, sizeof *p);
    for (size_t i = 0; i < n; i++)
        p[i] = (double)r->probabilities[i];
    int found = ft_relabel_best(p, scores(t)->names, n, best);
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

static bool edit_word(struct evaluate_view *t, const char *arg, bool drop)
{
    char word[32];
    long long row;
    if (!ft_command_arg(&arg, word, sizeof word) || !ft_parse_i64(word, &row) || row < 1)
        return false;
    arg += strspn(arg, " ");
    if (!drop && !*arg) return false;
    if (drop)
        relabel_named(t, (size_t)row, NULL);
    else
        ft_relabel_row(&t->relabel, (size_t)row, arg, relabel_named);
    return true;
}

/* --- evaluating --- */

static void evaluate(struct evaluate_view *t, const char *part, const char *data)
{
    if (!*t->w->run) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no run: T trains, 7 opens one");
    } else if (t->w->session && t->w->run_is_own) {
        ft_session_evaluate(t->w->session);
        ft_app_say(t->w->app, FT_SAY_NOTE, "the validation part is evaluated (4)");
    } else {
        ft_evaluation_make(t->e, t->w->run, part, data);
    }
}

static bool take_file(void *arg, const char *text)
{
    if (!*text) return false;
    evaluate(arg, NULL, text);
    return true;
}

static bool take_write(void *arg, const char *path)
{
    struct evaluate_view *t = arg;
    struct ft_err err = {0};
    if (ft_evaluation_write(t->e, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu predictions written to %s",
               ft_evaluation_facts(t->e)->examples, path);
    return true;
}

/* --- actions --- */

static bool to_pair(struct evaluate_view *t)
{
    if (!t->pairs.n) return true;
    const struct ft_evaluation_pair *p = &t->pair_items[t->pairs.selected];
    for (int i = 0; i < t->matrix.n; i++) {
        if (t->order[i] == p->label) t->matrix.row = i;
        if (t->order[i] == p->predicted) t->matrix.col = i;
    }
    t->all = false;
    select_examples(t);
    return true;
}

/* The pair under the cursor of matrix or map becomes the selected one. */
static void pair_of_cell(struct evaluate_view *t)
{
    int row = evaluate_label(t, t->matrix.row), col = evaluate_label(t, t->matrix.col);
    for (size_t i = 0; i < t->pairs_n; i++)
        if (t->pair_items[i].label == row && t->pair_items[i].predicted == col) {
            t->pairs.n = t->pairs_n;
            ft_list_select(&t->pairs, i);
        }
}

static bool move_cell(struct evaluate_view *t, enum ft_action a)
{
    int dy = a == FT_ACT_UP ? -1 : a == FT_ACT_DOWN, dx = a == FT_ACT_LEFT ? -1 : a == FT_ACT_RIGHT;
    if (!dy && !dx) return false;
    if (t->matrix.row < 0) t->matrix.row = t->matrix.col = 0;
    ft_matrix_move(&t->matrix, dy, dx);
    t->all = false;
    select_examples(t);
    pair_of_cell(t);
    name_cell(t);
    return true;
}

static bool enter(struct evaluate_view *t)
{
    switch ((enum evaluate_panel)t->view.focus) {
    case EVAL_MATRIX:
    case EVAL_MAP:
    case EVAL_PAIRS:
        ft_app_focus(&t->view, EVAL_EXAMPLES);
        return true;
    case EVAL_REPORT: { /* the examples of this label, whatever they were taken for */
        size_t i = t->report.selected;
        if (i >= scores(t)->labels) return true;
        for (int k = 0; k < t->matrix.n; k++)
            if (t->order[k] == t->report_items[i]) t->matrix.row = k;
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

static bool back(struct evaluate_view *t)
{
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

static bool sort(struct evaluate_view *t, bool down)
{
    if (t->view.focus != EVAL_REPORT) return false;
    if (t->report_down == down || !t->report_sort) t->report_sort = (t->report_sort + 1) % 5;
    t->report_down = down;
    sort_report(t);
    return true;
}

static bool act_panel(struct evaluate_view *t, enum ft_action a)
{
    switch ((enum evaluate_panel)t->view.focus) {
    case EVAL_MATRIX:
    case EVAL_MAP:
        return move_cell(t, a);
    case EVAL_PAIRS:
        return ft_list_move(&t->pairs, ft_action_move(a)) && to_pair(t);
    case EVAL_REPORT:
        return ft_list_move(&t->report, ft_action_move(a));
    case EVAL_EXAMPLES:
        if (!ft_list_move(&t->examples, ft_action_move(a))) return false;
        moved(t);
        return true;
    case EVAL_TEXT:
        return ft_scroll_move(&t->text, ft_action_move(a));
    default:
        return false;
    }
}

static bool set_mode(struct evaluate_view *t, const char *arg)
{
    int next = ((int)t->matrix.mode + 1) % 4;
    if (arg && *arg) {
        next = -1;
        for (int i = 0; i < 4; i++)
            if (!strcmp(arg, ft_matrix_mode_name((enum ft_matrix_mode)i))) next = i;
    }
    if (next < 0) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "counts, true, predicted or all, not '%s'", arg);
        return true;
    }
    t->matrix.mode = (enum ft_matrix_mode)next;
    ft_state_set(ft_app_state(t->w->app), "evaluate.mode", ft_matrix_mode_name(t->matrix.mode));
    return true;
}

static bool to_cell(struct evaluate_view *t, const char *arg)
{
    char names[2][128];
    int found[2] = {-1, -1};
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
    select_examples(t);
    pair_of_cell(t);
    return true;
}

/* Labels in the window after + or -; 0: the matrix is not shown, or it would be the same. */
static int zoom(const struct evaluate_view *t, enum ft_action a)
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

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct evaluate_view *t = of(v);
    const struct ft_evaluation_row *r;
    bool given = arg && *arg;
    remake(t);
    if (evaluate_more(t) && evaluate_more_act(t, a, arg)) return true;
    switch (a) {
    case FT_ACT_EVAL_MODE:
        return set_mode(t, arg);
    case FT_ACT_EVAL_ORDER:
        t->order_by = (enum evaluate_order)((t->order_by + 1) % EVAL_ORDERS);
        if (given)
            t->order_by = !strcmp(arg, "name")       ? EVAL_BY_NAME
                          : !strcmp(arg, "likeness") ? EVAL_BY_LIKENESS
                                                     : EVAL_BY_RECALL;
        make_order(t);
        ft_app_say(t->w->app, FT_SAY_OK, "labels by %s",
                   t->order_by == EVAL_BY_NAME       ? "name"
                   : t->order_by == EVAL_BY_LIKENESS ? "likeness"
                                                     : "recall");
        return true;
    case FT_ACT_EVAL_ZOOM_IN:
    case FT_ACT_EVAL_ZOOM_OUT:
        if (zoom(t, a)) t->matrix.window = zoom(t, a);
        return true;
    case FT_ACT_EVAL_CELL:
        return given && to_cell(t, arg);
    case FT_ACT_EVAL_REPORT:
        ft_app_focus(v, v->focus == EVAL_REPORT ? EVAL_EXAMPLES : EVAL_REPORT);
        return true;
    case FT_ACT_EVAL_TAKE:
        if ((r = editable(t))) relabel(t, evaluate_name(t, r->predicted));
        return true;
    case FT_ACT_EVAL_RELABEL:
        if (given) return edit_word(t, arg, false);
        if (editable(t)) ft_relabel_ask(&t->relabel);
        return true;
    case FT_ACT_EVAL_AGAIN:
        if (t->relabel.last) relabel(t, t->relabel.last);
        return true;
    case FT_ACT_EVAL_KEEP:
        if (t->examples.n) {
            t->kept[t->index[t->examples.selected]] ^= true;
            step_down(t);
        }
        return true;
    case FT_ACT_EVAL_DROP:
        if (given) return edit_word(t, arg, true);
        if ((r = editable(t)) && ft_workbench_relabel(t->w, r->row, NULL)) {
            after_edit(t);
            step_down(t);
        }
        return true;
    case FT_ACT_EVAL_RIGHT_TOO:
        t->right_too = !t->right_too;
        t->all = true;
        select_examples(t);
        return true;
    case FT_ACT_FILTER:
        t->all = !t->all;
        select_examples(t);
        return true;
    case FT_ACT_EVAL_WHY:
        if (t->why)
            t->why = false;
        else
            ask_why(t);
        return true;
    case FT_ACT_EVAL_BASELINE:
        if (*t->w->run) ft_evaluation_baseline(t->e, t->w->run);
        return true;
    case FT_ACT_EVAL_PART:
        evaluate(t,
                 given                              ? arg
                 : *ft_evaluation_facts(t->e)->part ? ft_evaluation_facts(t->e)->part
                                                    : "test",
                 NULL);
        return true;
    case FT_ACT_OPEN:
        if (given) return false; /* the word opens data */
        ft_app_prompt(t->w->app, "evaluate on file", "", "F", take_file, t);
        return true;
    case FT_ACT_EVAL_WRITE:
        if (given) return take_write(t, arg) || true;
        ft_app_prompt(t->w->app, "write predictions to", "predictions.jsonl", "W", take_write, t);
        return true;
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        return sort(t, a == FT_ACT_SORT_DOWN);
    case FT_ACT_ENTER:
        return enter(t);
    case FT_ACT_BACK:
        return back(t);
    default:
        return act_panel(t, a);
    }
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct evaluate_view *t = of(v);
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    char why[200];
    bool known;
    if (evaluate_more(t) && evaluate_more_can(t, a, &known)) return known;
    switch (a) {
    case FT_ACT_EVAL_PART:
    case FT_ACT_OPEN:
    case FT_ACT_EVAL_BASELINE:
        return *t->w->run;
    case FT_ACT_TRAIN:
        return !t->w->session && !ft_workbench_missing(t->w, why, sizeof why);
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_EVAL_ZOOM_IN:
    case FT_ACT_EVAL_ZOOM_OUT:
        return evaluate_many(t) && zoom(t, a);
    case FT_ACT_EVAL_MODE:
        return v->shown.panel[EVAL_MATRIX].h > 0;
    case FT_ACT_EVAL_ORDER:
        return evaluate_many(t);
    case FT_ACT_EVAL_TAKE:
    case FT_ACT_EVAL_RELABEL:
    case FT_ACT_EVAL_DROP:
        return is_open_row(t, evaluate_row(t));
    case FT_ACT_EVAL_KEEP:
    case FT_ACT_EVAL_WHY:
        return t->examples.n > 0;
    case FT_ACT_ENTER:
        return f->there && v->focus != EVAL_TEXT && v->focus != EVAL_LABELS &&
               (v->focus != EVAL_EXAMPLES || t->examples.n);
    case FT_ACT_EVAL_AGAIN:
        return is_open_row(t, evaluate_row(t)) && t->relabel.last;
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        return f->there && v->focus == EVAL_REPORT;
    case FT_ACT_EVAL_THRESHOLD:
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return false;
    case FT_ACT_HELP:
        return true;
    default:
        return f->there;
    }
}

static void why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct evaluate_view *t = of(v);
    bool sort = a == FT_ACT_SORT_UP || a == FT_ACT_SORT_DOWN;
    bool own = ft_action_row(a)->scope == FT_SCOPE_EVALUATE;
    if (a == FT_ACT_FIND || (!own && !ft_action_by_screen(a))) return;
    const char *why =
        !ft_evaluation_facts(t->e)->there    ? evaluate_empty(t)
        : evaluate_more(t)                   ? evaluate_more_why_not(t, a)
        : sort                               ? "p goes to the report, which it sorts"
        : !own || a == FT_ACT_EVAL_THRESHOLD ? "for runs that answer questions"
        : a == FT_ACT_EVAL_ORDER || a == FT_ACT_EVAL_ZOOM_IN || a == FT_ACT_EVAL_ZOOM_OUT
            ? "for more labels than one matrix shows"
        : !t->examples.n ? "no example is selected"
        : !is_open_row(t, evaluate_row(t))
            ? "only rows of the data that is open (1) can be relabelled"
            : "no label was given so far";
    snprintf(buf, size, "%s", why);
}

/* --- what goes on --- */

static void cancel(void *arg)
{
    struct evaluate_view *t = arg;
    ft_evaluation_cancel(t->e);
    ft_app_say(t->w->app, FT_SAY_NOTE, "given up; the evaluation before stays");
}

static void tick(struct ft_view *v)
{
    struct evaluate_view *t = of(v);
    struct ft_job_view work;
    bool busy = ft_evaluation_busy(t->e, &work);
    if (busy)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->busy)
        ft_app_busy_end(t->w->app);
    /* work that was short was never seen busy */
    const struct ft_err *failed = ft_evaluation_failed(t->e);
    if (!busy && failed->code && (t->busy || !t->failed)) ft_app_say_err(t->w->app, failed);
    t->failed = failed->code != 0;
    t->busy = busy;
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    remake(of(v));
    evaluate_draw(v, p, c, r, focused);
}

static void open_view(struct ft_view *v)
{
    remake(of(v));
    first_panel(of(v));
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct ft_job_view work;
    struct evaluate_view *t = of(v);
    if (ft_evaluation_busy(t->e, &work) && work.total > 0)
        snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    else if (ft_evaluation_facts(t->e)->there)
        snprintf(buf, size, "\u2713");
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct evaluate_view *t = of(v);
    const struct ft_evaluation_facts *f = ft_evaluation_facts(t->e);
    struct ft_dataset_tokens k;
    double cut = 0;
    if (!f->there) {
        snprintf(buf, size, "note: %s",
                 *t->w->run ? "e evaluates the model of this run"
                            : "Next: train (T) or open a run (7)");
        return;
    }
    if (evaluate_more(t)) {
        evaluate_more_next(t, buf, size);
        return;
    }
    if (ft_dataset_tokens(t->w->data, &k))
        ft_dataset_cut(t->w->data, (size_t)ft_options_int(&t->w->o, FT_OPT_max_seq_length), &cut,
                       NULL, NULL);
    size_t edits = ft_dataset_edits_since(t->w->data);
    if (edits)
        snprintf(buf, size, "note: " CHANGED_LABELS "; T retrains", edits, edits == 1 ? "" : "s");
    else if (f->has_baseline && f->linear > f->scores.accuracy)
        snprintf(buf, size, "warn: the linear baseline is %.1f points better%s",
                 100 * (f->linear - f->scores.accuracy),
                 cut > 0.2 ? "; many rows are cut: see truncation and max_seq_length (3)"
                           : "; more epochs or another learning_rate may help (3)");
    else
        snprintf(buf, size, "ok: %zu wrong of %zu.  Enter goes to the examples of the cell",
                 f->wrong, f->examples);
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct evaluate_view *t = of(v);
    (void)x, (void)again;
    if (p == EVAL_EXAMPLES && ft_list_click(&t->examples, y)) {
        moved(t);
        return true;
    }
    if (p == EVAL_PAIRS && ft_list_click(&t->pairs, y)) return to_pair(t);
    return p == EVAL_REPORT && ft_list_click(&t->report, y);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    const struct ft_evaluation_row *r = evaluate_row(of(v));
    if (r) ft_str_add(out, r->text, r->n);
    return r;
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct evaluate_view *t = of(v);
    (void)before, (void)prefix;
    if (!strcmp(kind, "TRUE") || !strcmp(kind, "PREDICTED"))
        for (size_t i = 0; i < scores(t)->labels; i++)
            ft_matches_add(out, scores(t)->names[i]);
    if (!strcmp(kind, "PART")) {
        ft_matches_add(out, "validation");
        ft_matches_add(out, "test");
    }
}

static void close_view(struct ft_view *v)
{
    struct evaluate_view *t = of(v);
    free(t->order);
    free(t->report_items);
    free(t->pair_items);
    free(t->index);
    free(t->kept);
    ft_relabel_release(&t->relabel);
    free(t);
}

struct ft_view *ft_view_evaluate_new(struct ft_workbench *w)
{
    struct evaluate_view *t = ft_xcalloc(1, sizeof *t);
    const char *mode = ft_state_get(ft_app_state(w->app), "evaluate.mode");
    t->w = w;
    t->e = w->evaluation;
    t->made = UINT64_MAX;
    t->relabel = (struct ft_relabel){.w = w, .arg = t, .take = relabel, .best = best_labels};
    for (int i = 0; mode && i < 4; i++)
        if (!strcmp(mode, ft_matrix_mode_name((enum ft_matrix_mode)i)))
            t->matrix.mode = (enum ft_matrix_mode)i;
    remake(t);
    t->view = (struct ft_view){.name = "Evaluate",
                               .scope = FT_SCOPE_EVALUATE,
                               .panels = panels,
                               .panels_n = EVAL_PANELS,
                               .open = open_view,
                               .layout = layout,
                               .draw = draw,
                               .title = evaluate_title,
                               .act = act,
                               .can = can,
                               .why_not = why_not,
                               .tick = tick,
                               .mark = mark,
                               .next = next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
