/* The panels of screen 4. A panel without data says why and which key fills it. */
#include "ui/matrix.h"
#include "ui/view_train_in.h"
#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LABELS_AS_MATRIX = 12, PAIRS = 5 };

static const struct ft_run_point *last_point(const struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    return s->points_n ? &s->points[s->points_n - 1] : NULL;
}

static char *count(char *buf, size_t size, uint64_t n)
{
    return ft_format_count(buf, size, (long long)n);
}

static void muted(struct ft_canvas *c, struct ft_rect r, const char *text)
{
    if (r.h > 0) ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, text);
}

static void draw_head(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    char why[160], a[32], b[32], line[400];
    const struct ft_snapshot *s = &t->w->snap;
    if (!*t->w->run) {
        bool missing = ft_workbench_missing(t->w, why, sizeof why);
        ft_canvas_printf(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "no run: %s%s",
                         missing ? why : "T starts", missing ? "" : " (ready)");
        return;
    }
    uint64_t step = train_step(t), steps = train_steps(t);
    const struct ft_run_point *p = last_point(t);
    int at = snprintf(line, sizeof line, "%s  %s", ft_path_base(t->w->run), train_state(t));
    bool starting = train_own(t) && t->w->session && !s->steps_total;
    size_t n = at > 0 && (size_t)at < sizeof line ? (size_t)at : sizeof line - 1;
    if (train_own(t) && t->w->session && *s->phase &&
        (starting || s->state == FT_SESSION_EVALUATING))
        n += (size_t)snprintf(line + n, sizeof line - n, ": %s", s->phase);
    if (n < sizeof line && steps)
        n += (size_t)snprintf(line + n, sizeof line - n, "  step %s of %s",
                              count(a, sizeof a, step), count(b, sizeof b, steps));
    else if (n < sizeof line && step)
        n += (size_t)snprintf(line + n, sizeof line - n, "  step %s", count(a, sizeof a, step));
    if (n < sizeof line && train_own(t) && s->epochs_total > 0)
        n += (size_t)snprintf(line + n, sizeof line - n, "  epoch %.2f of %g", s->epoch,
                              s->epochs_total);
    else if (n < sizeof line && !train_own(t) && p && isfinite(p->epoch))
        n += (size_t)snprintf(line + n, sizeof line - n, "  epoch %.2f", p->epoch);
    double took = t->w->series.train_runtime_s;
    if (train_own(t)) took = s->elapsed_s;
    if (n < sizeof line && took > 0)
        n += (size_t)snprintf(line + n, sizeof line - n, "  %s", ft_format_time(a, 32, took));
    if (n < sizeof line && train_own(t) && t->w->session && s->eta_s >= 0)
        n += (size_t)snprintf(line + n, sizeof line - n, "  ETA %s",
                              ft_format_time(a, 32, s->eta_s));
    if (n < sizeof line && r.w >= 120 && train_own(t) && s->plan_bytes)
        snprintf(line + n, sizeof line - n, "  memory %s, %s planned",
                 ft_format_bytes(a, sizeof a, (double)s->rss_bytes),
                 ft_format_bytes(b, sizeof b, (double)s->plan_bytes));
    ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, line);
    if (r.h > 1 && steps)
        ft_canvas_progress(c, r.y + 1, r.x + 1, r.w - 2, (double)step / (double)steps);
}

/* Changes of the rate as columns; at most `max`. */
static int events_of(const struct train_view *t, struct ft_plot_event *out, int max)
{
    const struct ft_run_series *s = &t->w->series;
    int n = 0;
    for (size_t i = 0; i < s->events_n && n < max; i++) {
        bool rate = !strcmp(s->events[i].option, "learning_rate");
        if (rate) out[n++] = (struct ft_plot_event){(double)s->events[i].step, 'r'};
    }
    return n;
}

static void set_x(const struct train_view *t, struct ft_plot *p)
{
    uint64_t steps = train_steps(t);
    bool to_now = t->fit_all || train_step(t) > steps;
    p->x_max = to_now ? 0 : (double)steps;
    p->has_cursor = t->reading && t->at < t->lines_n;
    if (p->has_cursor) p->cursor = t->lines[LINE_LOSS][t->at].x;
}

/* The read-out's numbers in the plot's upper right corner. */
static void draw_readout(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_point *p = &t->w->series.points[t->at];
    char a[32], b[32], rows[5][64];
    double *smooth = calloc(t->lines_n, sizeof *smooth);
    int n = 0, w = 0;
    if (!smooth) return;
    ft_plot_smooth(t->lines[LINE_LOSS], t->lines_n, t->smooth, smooth);
    snprintf(rows[n++], 64, "step %s epoch %.2f", count(a, sizeof a, p->step), p->epoch);
    snprintf(rows[n++], 64, "train %s raw %s", ft_format_short(a, sizeof a, smooth[t->at], 3),
             ft_format_short(b, sizeof b, p->loss, 3));
    snprintf(rows[n++], 64, "rate %s", ft_format_g(a, sizeof a, p->learning_rate, 3));
    snprintf(rows[n++], 64, "gradient norm %.3g", p->grad_norm);
    free(smooth);
    const struct ft_run_series *s = &t->w->series;
    for (size_t i = s->evals_n; i-- > 0;) {
        if (s->evals[i].step > p->step) continue;
        snprintf(rows[n++], 64, "o val %s at %s", ft_format_short(a, sizeof a, s->evals[i].loss, 3),
                 count(b, sizeof b, s->evals[i].step));
        break;
    }
    for (int i = 0; i < n; i++) {
        int have = ft_text_width(rows[i], strlen(rows[i]));
        if (have > w) w = have;
    }
    for (int i = 0; i < n && i < r.h - 1; i++)
        ft_canvas_text(c, r.y + i, r.x + r.w - w - 1, w, FT_ROLE_ACCENT, rows[i]);
}

static void draw_loss(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_plot_event events[64];
    char a[32], b[32];
    if (!t->lines_n && !t->val_n) {
        bool on = t->w->session != NULL;
        muted(c, r,
              !*t->w->run ? "no run yet: T starts one"
              : on        ? "no step logged yet (logging_steps)"
                          : "this run has no logged step: C continues it");
        t->loss_report = (struct ft_plot_report){0};
        return;
    }
    struct ft_series series[2] = {{.kind = FT_SERIES_RAW,
                                   .points = t->lines[LINE_LOSS],
                                   .n = t->lines_n,
                                   .style = FT_ROLE_ACCENT},
                                  {.kind = FT_SERIES_MARKED,
                                   .points = t->val,
                                   .n = t->val_n,
                                   .style = FT_ROLE_SERIES2,
                                   .marker = 'o'}};
    struct ft_plot p = {.series = series,
                        .series_n = 2,
                        .smooth = t->smooth,
                        .from_zero = !t->log_y,
                        .log_y = t->log_y,
                        .fit_all = t->fit_all,
                        .range = &t->loss_range,
                        .label_w = 5,
                        .events = events,
                        .events_n = events_of(t, events, 64)};
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &t->loss_report);
    if (p.has_cursor) {
        draw_readout(t, c, r);
        return;
    }
    const struct ft_run_point *last = last_point(t);
    if (last && r.h > 2)
        ft_canvas_printf(c, r.y, r.x + r.w - 24, 24, FT_ROLE_ACCENT, "train %s at %s",
                         ft_format_short(a, sizeof a, last->loss, 3),
                         count(b, sizeof b, last->step));
    if (t->val_n && r.h > 3)
        ft_canvas_printf(c, r.y + 1, r.x + r.w - 24, 24, FT_ROLE_SERIES2, "o val %s at %s",
                         ft_format_short(a, sizeof a, t->val[t->val_n - 1].y, 3),
                         count(b, sizeof b, (uint64_t)t->val[t->val_n - 1].x));
}

static void no_evaluation(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    muted(c, r,
          t->w->session ? "no evaluation yet: e evaluates"
          : *t->w->run  ? "no evaluation in this run"
                        : "evaluations need a run: T starts");
}

static void draw_score(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    if (!t->val_n) {
        no_evaluation(t, c, r);
        return;
    }
    struct ft_series series = {.kind = FT_SERIES_MARKED,
                               .points = t->score,
                               .n = t->val_n,
                               .style = FT_ROLE_SERIES2,
                               .marker = 'o'};
    struct ft_plot p = {
        .series = &series, .series_n = 1, .range = &t->score_range, .fit_all = t->fit_all};
    struct ft_plot_report report;
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &report);
}

/* Up to PAIRS of the largest wrong cells, as indices true * n + predicted. */
static int worst_pairs(const struct ft_eval_file *e, size_t *out)
{
    int n = 0;
    for (size_t i = 0; i < e->n * e->n; i++) {
        if (i / e->n == i % e->n || !e->confusion[i]) continue;
        int at = n;
        while (at > 0 && e->confusion[out[at - 1]] < e->confusion[i])
            at--;
        if (at >= PAIRS) continue;
        if (n < PAIRS) n++;
        for (int k = n - 1; k > at; k--)
            out[k] = out[k - 1];
        out[at] = i;
    }
    return n;
}

static void draw_matrix(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_eval_file *e = &t->w->eval;
    if (!e->n) {
        no_evaluation(t, c, r);
        return;
    }
    uint64_t right = 0, all = 0;
    char a[32], b[32];
    int used = 0;
    for (size_t i = 0; i < e->n * e->n; i++) {
        all += e->confusion[i];
        if (i / e->n == i % e->n) right += e->confusion[i];
    }
    if (e->n <= LABELS_AS_MATRIX) {
        struct ft_matrix m = {.counts = e->confusion,
                              .labels = (const char *const *)e->labels,
                              .n = (int)e->n,
                              .row = -1,
                              .col = -1,
                              .no_recall = r.w < 45};
        struct ft_rect top = {r.y, r.x + 1, r.h - 1, r.w - 1};
        used = ft_matrix_draw(c, top, &m, false);
    } else {
        size_t pairs[PAIRS];
        int n = worst_pairs(e, pairs);
        for (int i = 0; i < n && i < r.h - 1; i++, used++)
            ft_canvas_printf(c, r.y + i, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "%4llu %s as %s",
                             (unsigned long long)e->confusion[pairs[i]], e->labels[pairs[i] / e->n],
                             e->labels[pairs[i] % e->n]);
    }
    if (used < r.h && all)
        ft_canvas_printf(c, r.y + used, r.x + 1, r.w - 1, FT_ROLE_MUTED, "wrong %s of %s (%.1f%%)",
                         count(a, sizeof a, all - right), count(b, sizeof b, all),
                         100.0 * (double)(all - right) / (double)all);
}

/* Parts of a step: forward, backward, optimizer, data. false: not known. */
static bool step_ms(const struct train_view *t, double ms[4])
{
    const struct ft_run_point *p = last_point(t);
    const struct ft_snapshot *s = &t->w->snap;
    if (train_own(t) && s->step > s->step_first) {
        ms[0] = s->ms_forward, ms[1] = s->ms_backward, ms[2] = s->ms_optimizer, ms[3] = s->ms_data;
        return true;
    }
    if (!p || !isfinite(p->ms[0])) return false;
    ms[0] = p->ms[FT_RUN_MS_FORWARD], ms[1] = p->ms[FT_RUN_MS_BACKWARD];
    ms[2] = p->ms[FT_RUN_MS_OPTIMIZER], ms[3] = p->ms[FT_RUN_MS_DATA];
    return true;
}

static void draw_step(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    static const char *const names[4] = {"forward", "backward", "optimizer", "data"};
    double ms[4], sum = 0;
    if (!step_ms(t, ms)) {
        muted(c, r, "no step yet");
        return;
    }
    for (int i = 0; i < 4; i++)
        sum += ms[i];
    int bar = r.w - 27;
    for (int i = 0; i < 4 && i < r.h; i++) {
        ft_canvas_text(c, r.y + i, r.x + 1, 9, FT_ROLE_NORMAL, names[i]);
        if (bar > 2 && sum > 0)
            ft_canvas_bar(c, r.y + i, r.x + 11, bar, ms[i] / sum, FT_ROLE_ACCENT);
        ft_canvas_printf(c, r.y + i, r.x + r.w - 16, 15, FT_ROLE_NORMAL, "%7.4g ms %3.0f%%", ms[i],
                         sum > 0 ? 100 * ms[i] / sum : 0);
    }
}

/* The largest value of a strip, up to a tick. */
static double strip_top(const struct train_view *t, enum train_line line)
{
    double most = 0, first, step;
    for (size_t i = 0; i < t->lines_n; i++)
        if (isfinite(t->lines[line][i].y)) most = fmax(most, t->lines[line][i].y);
    if (!(most > 0)) return 1;
    int n = ft_plot_ticks(0, most, 4, &first, &step);
    return fmax(most, first + step * (n - 1));
}

static void draw_strip(struct train_view *t, enum train_line line, struct ft_canvas *c,
                       struct ft_rect r)
{
    struct ft_plot_event events[64];
    if (!t->lines_n) {
        muted(c, r, "no step logged yet");
        return;
    }
    struct ft_series s = {
        .kind = FT_SERIES_LINE, .points = t->lines[line], .n = t->lines_n, .style = FT_ROLE_ACCENT};
    struct ft_plot p = {.series = &s,
                        .series_n = 1,
                        .fixed = true,
                        .y_max = strip_top(t, line),
                        .no_labels = true,
                        .label_w = 5,
                        .events = events,
                        .events_n = events_of(t, events, 64)};
    struct ft_plot_report report;
    set_x(t, &p);
    ft_plot_draw(c, r, &p, &report);
}

static const struct ft_column eval_columns[] = {
    {"step", 9, true, 0},       {"epoch", 7, true, 0}, {"eval loss", 10, true, 0},
    {"accuracy", 9, true, 0},   {"f1", 8, true, 0},    {"took s", 8, true, 0},
    {"checkpoint", 0, false, 0}};

static void draw_evals(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_run_series *s = &t->w->series;
    enum { N = sizeof eval_columns / sizeof *eval_columns };
    if (!s->evals_n) {
        no_evaluation(t, c, r);
        return;
    }
    ft_columns_header(c, r.y, r.x + 1, eval_columns, N, r.w - 2, -1, false);
    size_t room = r.h > 1 ? (size_t)r.h - 1 : 0, from = s->evals_n > room ? s->evals_n - room : 0;
    uint64_t best = train_own(t) ? t->w->snap.best_step : t->best_step;
    for (size_t i = from; i < s->evals_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        char cells[N][48];
        bool saved = false;
        for (size_t k = 0; k < t->saved_n; k++)
            saved = saved || t->saved[k].step == e->step;
        count(cells[0], sizeof cells[0], e->step);
        snprintf(cells[1], sizeof cells[1], "%.2f", e->epoch);
        ft_format_short(cells[2], sizeof cells[2], e->loss, 4);
        ft_format_short(cells[3], sizeof cells[3], e->accuracy, 4);
        ft_format_short(cells[4], sizeof cells[4], e->f1, 4);
        snprintf(cells[5], sizeof cells[5], "%.1f", e->seconds);
        snprintf(cells[6], sizeof cells[6], "%s%s", saved ? "saved" : "-",
                 e->step == best ? ", best" : "");
        for (int k = 0; k < N; k++)
            ft_columns_cell(c, r.y + 1 + (int)(i - from), r.x + 1, eval_columns, N, r.w - 2, k,
                            FT_ROLE_NORMAL, cells[k]);
    }
}

static void draw_saved(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    char a[32], b[32];
    if (!t->saved_n) {
        muted(c, r, t->w->session ? "none yet: w saves one" : "none");
        return;
    }
    uint64_t best = train_own(t) ? t->w->snap.best_step : t->best_step;
    size_t room = r.h > 1 ? (size_t)r.h - 1 : 1, from = t->saved_n > room ? t->saved_n - room : 0;
    int y = r.y;
    for (size_t i = from; i < t->saved_n; i++, y++)
        ft_canvas_printf(c, y, r.x + 1, r.w - 1, FT_ROLE_NORMAL, "\u25aa %s  %s%s",
                         count(a, sizeof a, t->saved[i].step),
                         ft_format_bytes(b, sizeof b, (double)t->saved[i].bytes),
                         t->saved[i].step == best ? "  best, kept" : "");
    if (y < r.y + r.h)
        ft_canvas_text(c, y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                       t->w->session ? "w saves one now" : "f starts a new run from one");
}

static void draw_said(struct train_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const char *text = ft_str_text(&t->log);
    size_t n = strlen(text), lines = 0;
    if (!n) {
        muted(c, r, *t->w->run ? "nothing said yet" : "no run yet: T starts one");
        return;
    }
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n' || i + 1 == n;
    size_t room = r.h > 0 ? (size_t)r.h : 1, last = lines > room ? lines - room : 0;
    if (t->log_up > last) t->log_up = last;
    size_t skip = last - t->log_up;
    int y = r.y;
    for (const char *p = text; *p && y < r.y + r.h;) {
        size_t len = strcspn(p, "\n");
        if (skip)
            skip--;
        else
            ft_canvas_textn(c, y++, r.x + 1, r.w - 1, FT_ROLE_NORMAL, p, len);
        p += len + (p[len] == '\n');
    }
}

void train_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct train_view *t = (struct train_view *)v;
    (void)focused;
    switch ((enum train_panel)p) {
    case TRAIN_HEAD:
        draw_head(t, c, r);
        break;
    case TRAIN_LOSS:
        draw_loss(t, c, r);
        break;
    case TRAIN_SCORE:
        draw_score(t, c, r);
        break;
    case TRAIN_MATRIX:
        draw_matrix(t, c, r);
        break;
    case TRAIN_STEP:
        draw_step(t, c, r);
        break;
    case TRAIN_RATE:
        draw_strip(t, LINE_RATE, c, r);
        break;
    case TRAIN_NORM:
        draw_strip(t, LINE_NORM, c, r);
        break;
    case TRAIN_SPEED:
        draw_strip(t, LINE_SPEED, c, r);
        break;
    case TRAIN_EVALS:
        draw_evals(t, c, r);
        break;
    case TRAIN_SAVED:
        draw_saved(t, c, r);
        break;
    case TRAIN_SAID:
        draw_said(t, c, r);
        break;
    case TRAIN_PANELS:
        break;
    }
}

static void title_loss(const struct train_view *t, struct ft_title *out)
{
    char f[16];
    const struct ft_plot_report *rep = &t->loss_report;
    if (t->smooth > 0)
        snprintf(out->left, sizeof out->left, "Loss raw and smooth %s%s",
                 ft_format_short(f, sizeof f, t->smooth, t->smooth > 0.94 ? 2 : 1),
                 t->log_y ? ", log" : "");
    else
        snprintf(out->left, sizeof out->left, "Loss raw%s", t->log_y ? ", log" : "");
    if (rep->beyond && rep->bad)
        snprintf(out->right, sizeof out->right, "%zu beyond, %zu NaN", rep->beyond, rep->bad);
    else if (rep->beyond)
        snprintf(out->right, sizeof out->right, "%zu beyond", rep->beyond);
    else if (rep->bad)
        snprintf(out->right, sizeof out->right, "%zu NaN", rep->bad);
}

static void title_strip(const struct train_view *t, const char *name, enum train_line line,
                        struct ft_title *out)
{
    char a[32], b[32];
    if (!t->lines_n) return;
    double top = strip_top(t, line);
    if (line == LINE_SPEED) {
        snprintf(out->left, sizeof out->left, "%s %.1fk (0 .. %gk)", name,
                 t->lines[line][t->lines_n - 1].y / 1000, top / 1000);
        return;
    }
    snprintf(out->left, sizeof out->left, "%s %s (0 .. %s)", name,
             ft_format_g(a, sizeof a, t->lines[line][t->lines_n - 1].y, 3),
             ft_format_g(b, sizeof b, top, 3));
}

void train_title(struct ft_view *v, int p, struct ft_title *out)
{
    const struct train_view *t = (const struct train_view *)v;
    const struct ft_run_series *s = &t->w->series;
    char a[32], b[32];
    double ms[4];
    switch ((enum train_panel)p) {
    case TRAIN_LOSS:
        title_loss(t, out);
        break;
    case TRAIN_SCORE:
        if (s->evals_n) {
            const struct ft_run_eval *e = &s->evals[s->evals_n - 1];
            uint64_t best = train_own(t) ? t->w->snap.best_step : t->best_step;
            snprintf(out->left, sizeof out->left, "Accuracy %s at %s%s",
                     ft_format_short(a, sizeof a, e->accuracy, 4), count(b, sizeof b, e->step),
                     e->step == best ? ", best" : "");
        }
        break;
    case TRAIN_MATRIX:
        if (t->w->eval.n)
            snprintf(out->left, sizeof out->left, "Confusion at %s",
                     count(a, sizeof a, t->w->eval.step));
        break;
    case TRAIN_STEP:
        if (step_ms(t, ms)) {
            const struct ft_run_point *last = last_point(t);
            double speed = train_own(t) ? t->w->snap.tokens_per_s : last ? last->tokens_per_s : 0;
            snprintf(out->left, sizeof out->left, "Step %.3g ms  %.1fk tokens/s",
                     ms[0] + ms[1] + ms[2] + ms[3], speed / 1000);
        }
        break;
    case TRAIN_RATE:
        title_strip(t, "Learning rate", LINE_RATE, out);
        break;
    case TRAIN_NORM:
        title_strip(t, "Gradient norm", LINE_NORM, out);
        break;
    case TRAIN_SPEED:
        title_strip(t, "Tokens a second", LINE_SPEED, out);
        break;
    case TRAIN_EVALS:
        if (s->evals_n) snprintf(out->left, sizeof out->left, "Evaluations %zu", s->evals_n);
        break;
    case TRAIN_SAVED:
        if (t->saved_n) snprintf(out->left, sizeof out->left, "Checkpoints %zu", t->saved_n);
        break;
    case TRAIN_HEAD:
    case TRAIN_SAID:
    case TRAIN_PANELS:
        break;
    }
}
