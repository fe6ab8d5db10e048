/* The layout and the panels of screen 7, but for the tables of view_runs_facts.c. */
#include "ui/screens/view_runs_in.h"

#include "util/mem.h"
#include "util/str.h"
#include "util/text_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double smooth = 0.9; /* of the loss of training */

/* --- layout --- */

const struct ft_node *runs_layout(struct ft_view *v, int h, int w)
{
    struct runs_view *t = (struct runs_view *)v;
    struct ft_node *n = t->nodes, *rows = &n[1], *low = &n[5], *right = &n[7];
    bool wide = w >= 140 && h >= 36;
    size_t places[RUNS_MARKS_MAX], several = runs_compared(t, places) > 1;
    int list = (int)(t->list.n < 200 ? t->list.n : 200) + 3, rows_n = 0;
    int options = (int)runs_options_n(t) + 2 + (int)several, side = wide ? w * 2 / 5 : 34;
    if (list < 9) list = 9;
    if (list > h / 2) list = h / 2 > 5 ? h / 2 : 5;
    right[0] = (struct ft_node){.kind = FT_NODE_PANEL,
                                .panel = RUNS_OPTIONS,
                                .h = 3,
                                .h_max = options < 4 ? 4 : options,
                                .w = 24,
                                .w_max = side};
    right[1] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = RUNS_RESULTS, .h = 4, .w = 24, .w_max = side};
    low[0] = (struct ft_node){.kind = FT_NODE_PANEL, .panel = RUNS_PLOT, .h = 6, .w = 30};
    low[1] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = right, .kids_n = 2};
    rows[rows_n++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = RUNS_LIST, .h = 5, .h_max = list, .weight = 3};
    int queued = (int)(t->queue.n < 20 ? t->queue.n : 20) + 1;
    if (queued > h / 4) queued = h / 4 > 3 ? h / 4 : 3;
    if (t->queue.n)
        rows[rows_n++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                          .panel = RUNS_QUEUE,
                                          .h = queued < 3 ? queued : 3,
                                          .h_max = queued};
    rows[rows_n++] = (struct ft_node){.kind = FT_NODE_COLS, .weight = 2, .kids = low, .kids_n = 2};
    if (wide)
        rows[rows_n++] =
            (struct ft_node){.kind = FT_NODE_PANEL, .panel = RUNS_LOG, .h = 5, .h_max = 9};
    n[0] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = rows, .kids_n = rows_n};
    return &n[0];
}

/* --- the list --- */

static unsigned state_style(const struct ft_run *r)
{
    switch (r->state) {
    case FT_RUN_RUNNING:
        return FT_ROLE_ACCENT | FT_BOLD;
    case FT_RUN_DONE:
        return FT_ROLE_GOOD;
    case FT_RUN_STOPPED:
        return FT_ROLE_WARN;
    case FT_RUN_FAILED:
    case FT_RUN_UNREADABLE:
        return FT_ROLE_BAD;
    }
    return FT_ROLE_NORMAL;
}

static void run_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct runs_view *t = arg;
    const struct ft_run_item *item = ft_run_list_item(t->l, t->index[i]);
    struct ft_column columns[RUNS_COLUMNS];
    char text[600];
    if (!item) return;
    int mark = runs_mark(t, item);
    size_t of, rank = runs_rank(t, item, &of);
    bool open = runs_is_open(t, item);
    if (mark >= 0)
        ft_canvas_put(c, y, x, (uint32_t)(unsigned char)ft_series_sign(mark),
                      ft_role_series(mark) | FT_BOLD);
    if (open) ft_canvas_put(c, y, x + 1, 0x2713, FT_ROLE_GOOD);
    runs_columns(w + 1, columns);
    for (int k = 0; k < RUNS_COLUMNS; k++) {
        unsigned style = FT_ROLE_NORMAL;
        if (k == RUNS_BY_RUN && open) style = FT_BOLD;
        if (k == RUNS_BY_METRIC && rank == 1 && of > 1) style = FT_ROLE_GOOD | FT_BOLD;
        if (k == RUNS_BY_STATE) style = state_style(&item->run);
        if (k == RUNS_BY_WHEN || k == RUNS_BY_NOTE) style = FT_ROLE_MUTED;
        ft_columns_cell(c, y, x + RUNS_SIGNS, columns, RUNS_COLUMNS, w - RUNS_SIGNS, k, style,
                        runs_text(t, item, (enum runs_column)k, text, sizeof text));
    }
}

static void draw_list(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct ft_column columns[RUNS_COLUMNS];
    int x[RUNS_COLUMNS], w[RUNS_COLUMNS], inside = r.w - 1 - RUNS_SIGNS;
    char text[1200];
    if (!t->list.n) {
        const char *dir = ft_run_list_dir(t->l);
        const struct ft_err *failed = ft_run_list_failed(t->l);
        if (failed->code)
            ft_error_text(failed, text, sizeof text);
        else if (!ft_run_list_whole(t->l))
            snprintf(text, sizeof text, "looking for runs in %s ..", *dir ? dir : ".");
        else if (*t->filter)
            snprintf(text, sizeof text, "none of %zu run%s matches \"%s\": Esc clears the filter",
                     ft_run_list_count(t->l), ft_plural(ft_run_list_count(t->l)), t->filter);
        else
            snprintf(text, sizeof text, "no runs in %s: T trains, o opens another folder", dir);
        ft_rich_muted(c, r, text);
        return;
    }
    if (r.h < 2) return;
    runs_columns(r.w, columns);
    ft_columns_header(c, r.y, r.x + 1 + RUNS_SIGNS, columns, RUNS_COLUMNS, inside, (int)t->sort,
                      t->down);
    ft_columns_place(columns, RUNS_COLUMNS, inside, x, w);
    if (focused && w[t->column] > 0)
        ft_canvas_restyle(
            c, (struct ft_rect){r.y, r.x + 1 + RUNS_SIGNS + x[t->column], 1, w[t->column]},
            FT_ROLE_ACCENT | FT_UNDERLINE);
    ft_list_draw(c, (struct ft_rect){r.y + 1, r.x, r.h - 1, r.w}, &t->list, focused, run_draw, t);
}

/* --- curves --- */

/* A run's curve, points made for one drawing. */
struct curve {
    struct ft_point *points;
    size_t n, place, index; /* index: of what is compared */
    const struct ft_run_look *look;
    double last; /* NaN: it has none */
    bool score;  /* values of the run's metric, else losses */
    struct ft_series series;
};

static double score_of(const struct ft_run *r, const struct ft_run_eval *e)
{
    return ft_run_eval_score(e, r->metric);
}

enum runs_curve runs_curve_now(struct runs_view *t)
{
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    if (t->curve == RUNS_CURVE_OPTION && !(t->sweep && t->has_brief)) return RUNS_CURVE_SCORE;
    if (t->curve >= 0) return (enum runs_curve)t->curve;
    if (t->sweep) return RUNS_CURVE_SCORE;
    size_t scored = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ft_run_look *look = ft_run_list_look(t->l, places[i]);
        const struct ft_run *r = &ft_run_list_item(t->l, places[i])->run;
        scored += look && look->series.evals_n && isfinite(score_of(r, &look->series.evals[0]));
    }
    return scored > 1 ? RUNS_CURVE_SCORE : RUNS_CURVE_TRAINING;
}

bool runs_epoch_now(const struct runs_view *t)
{
    size_t places[RUNS_MARKS_MAX];
    return t->by_epoch >= 0 ? t->by_epoch : runs_compared(t, places) > 1;
}

static double x_of(uint64_t step, double epoch, bool by_epoch)
{
    return by_epoch && isfinite(epoch) ? epoch : (double)step;
}

static void make_evals(struct curve *k, const struct ft_run *r, bool score, bool by_epoch)
{
    const struct ft_run_series *s = &k->look->series;
    k->points = ft_xmalloc((s->evals_n + 1) * sizeof *k->points);
    for (size_t i = 0; i < s->evals_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        k->points[k->n++] =
            (struct ft_point){x_of(e->step, e->epoch, by_epoch), score ? score_of(r, e) : e->loss};
    }
    k->series = (struct ft_series){.kind = FT_SERIES_MARKED};
}

static void make_training(struct curve *k, bool raw, bool by_epoch)
{
    const struct ft_run_series *s = &k->look->series;
    k->points = ft_xmalloc((s->points_n + 1) * sizeof *k->points);
    for (size_t i = 0; i < s->points_n; i++)
        k->points[k->n++] = (struct ft_point){x_of(s->points[i].step, s->points[i].epoch, by_epoch),
                                              s->points[i].loss};
    k->series = (struct ft_series){.kind = FT_SERIES_RAW};
    if (raw) return;
    double *line = ft_xmalloc((k->n + 1) * sizeof *line);
    ft_plot_smooth(k->points, k->n, smooth, line);
    for (size_t i = 0; i < k->n; i++)
        if (isfinite(k->points[i].y)) k->points[i].y = line[i];
    free(line);
    k->series =
        (struct ft_series){.kind = FT_SERIES_LINE, .overlay = true, .pattern = (int)k->index};
}

/* The curves of the compared runs; for one run, training and validation loss. */
static size_t make_curves(struct runs_view *t, struct curve *out)
{
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places), made = 0;
    enum runs_curve which = runs_curve_now(t);
    bool by_epoch = runs_epoch_now(t), both = n == 1 && which == RUNS_CURVE_TRAINING;
    for (size_t i = 0; i < n + both; i++) {
        struct curve *k = &out[made];
        size_t place = places[i < n ? i : 0];
        *k = (struct curve){
            .place = place, .index = i, .last = (double)NAN, .score = which == RUNS_CURVE_SCORE};
        const struct ft_run *r = &ft_run_list_item(t->l, place)->run;
        if (!(k->look = ft_run_list_look(t->l, place))) continue;
        if (which == RUNS_CURVE_TRAINING && i < n)
            make_training(k, both, by_epoch);
        else
            make_evals(k, r, which == RUNS_CURVE_SCORE, by_epoch);
        for (size_t p = 0; p < k->n; p++)
            if (isfinite(k->points[p].y)) k->last = k->points[p].y;
        k->series.points = k->points;
        k->series.n = k->n;
        k->series.style = both && !i ? FT_ROLE_ACCENT : (unsigned)ft_role_series((int)i);
        k->series.marker = both ? 'o' : ft_series_sign((int)i);
        made++;
    }
    return made;
}

static const char *curve_name(const struct runs_view *t, const struct curve *k, bool both)
{
    if (both) return k->index ? "validation" : "training";
    return runs_name(t, ft_run_list_item(t->l, k->place));
}

/* Markers, names and last values, best first, as many in a row as fit. Only counts
 * the rows without a canvas. */
static int draw_legend(const struct runs_view *t, const struct curve *curves, size_t n,
                       struct ft_canvas *c, struct ft_rect r, bool higher, bool both)
{
    size_t order[RUNS_MARKS_MAX + 1];
    int y = 0, x = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        double v = curves[i].last;
        while (at > 0 && !both && isfinite(v) &&
               (!isfinite(curves[order[at - 1]].last) ||
                (higher ? curves[order[at - 1]].last < v : curves[order[at - 1]].last > v))) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    for (size_t i = 0; i < n; i++) {
        const struct curve *k = &curves[order[i]];
        char value[32] = "-", text[200];
        const struct ft_run *run = &ft_run_list_item(t->l, k->place)->run;
        if (isfinite(k->last))
            runs_score(run, k->score ? run->metric : "", k->last, value, sizeof value);
        snprintf(text, sizeof text, "%c %.120s  %s",
                 k->series.kind == FT_SERIES_RAW ? '-' : k->series.marker, curve_name(t, k, both),
                 value);
        int w = ft_text_width(text, strlen(text));
        if (x && x + w > r.w) {
            x = 0;
            y++;
        }
        if (c && y < r.h) ft_canvas_text(c, r.y + y, r.x + x, r.w - x, k->series.style, text);
        x += w + 4;
    }
    return y + 1;
}

/* The planned length of an active run, 0 when it ended. */
static double planned(const struct runs_view *t, const struct ft_run_item *item)
{
    if (item->run.state != FT_RUN_RUNNING) return 0;
    if (runs_epoch_now(t)) return ft_options_num(&item->run.options, FT_OPT_num_train_epochs);
    return (double)item->run.steps;
}

static const char *no_curve(const struct runs_view *t, const struct ft_run_item *item, bool read)
{
    if (!item) return "no run: T trains";
    if (item->run.state == FT_RUN_UNREADABLE && !t->marks_n)
        return "no curve: run.json cannot be read; see the message line";
    if (!read) return "reading ..";
    return item->run.state == FT_RUN_RUNNING ? "nothing logged yet"
                                             : "nothing logged for this curve; v shows another";
}

static void draw_plot(struct runs_view *t, struct ft_canvas *c, struct ft_rect r)
{
    if (runs_curve_now(t) == RUNS_CURVE_OPTION) {
        runs_option_draw(t, c, r);
        return;
    }
    struct curve curves[RUNS_MARKS_MAX + 1];
    struct ft_series series[RUNS_MARKS_MAX + 1];
    size_t places[RUNS_MARKS_MAX], compared = runs_compared(t, places);
    size_t n = make_curves(t, curves), points = 0, at = 0;
    bool both = compared == 1 && runs_curve_now(t) == RUNS_CURVE_TRAINING;
    double x_max = 0;
    for (size_t i = 0; i < n; i++)
        points += curves[i].n;
    /* the first one's colour wins where lines meet: that of the run under the cursor */
    for (int own = 1; own >= 0; own--)
        for (size_t i = 0; i < n; i++)
            if ((curves[i].place == runs_place(t)) == own) series[at++] = curves[i].series;
    for (size_t i = 0; i < compared; i++)
        x_max = fmax(x_max, planned(t, ft_run_list_item(t->l, places[i])));
    if (!points) {
        const struct ft_run_item *item = ft_run_list_item(t->l, compared ? places[0] : SIZE_MAX);
        ft_rich_muted(c, r, no_curve(t, item, n > 0));
    } else {
        const struct ft_run *first = &ft_run_list_item(t->l, curves[0].place)->run;
        bool higher = runs_curve_now(t) == RUNS_CURVE_SCORE && !ft_metric_is_lower(first->metric);
        struct ft_rect below = {r.y, r.x + 1, r.h / 3, r.w - 2};
        int rows = draw_legend(t, curves, n, NULL, below, higher, both);
        if (rows > below.h) rows = below.h;
        struct ft_plot p = {.series = series, .series_n = (int)n, .smooth = smooth, .x_max = x_max};
        ft_plot_draw(c, (struct ft_rect){r.y, r.x, r.h - rows, r.w}, &p, NULL);
        below.y = r.y + r.h - rows;
        below.h = rows;
        draw_legend(t, curves, n, c, below, higher, both);
    }
    for (size_t i = 0; i < n; i++)
        free(curves[i].points);
}

void runs_curves_copy(struct runs_view *t, struct ft_str *out)
{
    struct curve curves[RUNS_MARKS_MAX + 1];
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    size_t places[RUNS_MARKS_MAX], n = make_curves(t, curves);
    bool both = runs_compared(t, places) == 1 && runs_curve_now(t) == RUNS_CURVE_TRAINING;
    for (size_t i = 0; i < n; i++) {
        ft_text_table_word(&table, curve_name(t, &curves[i], both));
        ft_text_table_number(&table, curves[i].last);
        ft_text_table_end(&table);
        free(curves[i].points);
    }
}

/* --- the log --- */

static void draw_log(struct runs_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_look *look = ft_run_list_look(t->l, runs_place(t));
    if (look && *look->log)
        ft_message_log_draw(&t->said, c, r, look->log);
    else
        ft_rich_muted(c, r,
                      !runs_item(t) ? "the selected run's log"
                      : look        ? "no log.txt in this run"
                                    : "reading ..");
}

/* --- titles --- */

static void title_list(const struct runs_view *t, struct ft_title *title)
{
    size_t all = ft_run_list_count(t->l);
    char size[32], marked[32] = "", place[200];
    const char *dir = ft_run_list_dir(t->l);
    if (!ft_run_list_whole(t->l)) return;
    if (t->sweep) {
        runs_sweep_title(t, title->left, sizeof title->left);
        snprintf(title->right, sizeof title->right, "by %s", runs_column_name(t->sort));
        return;
    }
    snprintf(place, sizeof place, "%.100s", dir);
    if (t->common) /* names are shown without the folder that all lie in */
        snprintf(place, sizeof place, "%.60s%s%.*s", strcmp(dir, ".") ? dir : "",
                 strcmp(dir, ".") ? "/" : "", t->common < 80 ? (int)t->common - 1 : 80,
                 ft_run_list_item(t->l, 0)->run.name);
    if (t->marks_n) snprintf(marked, sizeof marked, "  %zu marked", t->marks_n);
    if (*t->filter)
        snprintf(title->left, sizeof title->left, "Runs %zu of %zu  filter: %.60s%s", t->list.n,
                 all, t->filter, marked);
    else if (all)
        snprintf(title->left, sizeof title->left, "Runs %zu%s in %.60s  %s%s", all,
                 ft_run_list_cut(t->l) ? " and more" : "", place,
                 ft_format_bytes(size, sizeof size, (double)t->bytes), marked);
    snprintf(title->right, sizeof title->right, "by %s", runs_column_name(t->sort));
}

static void title_plot(struct runs_view *t, struct ft_title *title)
{
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    if (!n) return;
    const struct ft_run *r = &ft_run_list_item(t->l, places[0])->run;
    const char *by = runs_epoch_now(t) ? "epoch" : "step", *what = n > 1 ? "Compare" : "Curve:";
    switch (runs_curve_now(t)) {
    case RUNS_CURVE_SCORE:
        snprintf(title->left, sizeof title->left, "%s validation %.20s by %s", what,
                 *runs_metric(r) ? runs_metric(r) : "score", by);
        break;
    case RUNS_CURVE_OPTION:
        runs_option_title(t, title->left, sizeof title->left);
        break;
    case RUNS_CURVE_LOSS:
        snprintf(title->left, sizeof title->left, "%s validation loss by %s", what, by);
        break;
    default:
        snprintf(title->left, sizeof title->left, "%s%s loss by %s", what, n > 1 ? " training" : "",
                 by);
    }
}

void runs_title(struct ft_view *v, int p, struct ft_title *title)
{
    struct runs_view *t = (struct runs_view *)v;
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    const struct ft_run_item *item = runs_item(t);
    switch ((enum runs_panel)p) {
    case RUNS_LIST:
        title_list(t, title);
        break;
    case RUNS_QUEUE:
        runs_queue_title(t, title);
        break;
    case RUNS_PLOT:
        title_plot(t, title);
        break;
    case RUNS_OPTIONS:
        if (n > 1)
            snprintf(title->left, sizeof title->left, "Differences except output_dir");
        else if (n)
            snprintf(title->left, sizeof title->left, "Options set %zu", runs_options_n(t));
        break;
    case RUNS_RESULTS:
        if (n == 1) snprintf(title->left, sizeof title->left, "Record");
        break;
    case RUNS_LOG:
        if (item) snprintf(title->left, sizeof title->left, "Log of %.100s", runs_name(t, item));
        break;
    case RUNS_PANELS:
        break;
    }
}

void runs_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct runs_view *t = (struct runs_view *)v;
    switch ((enum runs_panel)p) {
    case RUNS_LIST:
        draw_list(t, c, r, focused);
        break;
    case RUNS_QUEUE:
        runs_queue_draw(t, c, r, focused);
        break;
    case RUNS_PLOT:
        draw_plot(t, c, r);
        break;
    case RUNS_OPTIONS:
        runs_options_draw(t, c, r, focused);
        break;
    case RUNS_RESULTS:
        runs_results_draw(t, c, r, focused);
        break;
    case RUNS_LOG:
        draw_log(t, c, r);
        break;
    case RUNS_PANELS:
        break;
    }
}
