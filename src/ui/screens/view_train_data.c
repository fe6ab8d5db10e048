/* Screen 4: what is kept of the run shown and of those drawn over it. Curves are copies of the
 * series for the plots, made anew only when it grew, so that drawing never depends on its length
 * but for the plot itself. */
#include "ui/screens/view_train_in.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- facts --- */

const struct ft_snapshot *train_snap(const struct train_view *t)
{
    static const struct ft_snapshot none = {.eta_s = -1};
    const struct ft_snapshot *s = ft_workbench_snapshot(t->w);
    return s ? s : &none;
}

bool train_own(const struct train_view *t)
{
    return ft_workbench_snapshot(t->w) != NULL;
}

bool train_on(const struct train_view *t)
{
    return ft_workbench_active(t->w);
}

bool train_mine(const struct train_view *t)
{
    return t->w->session && t->w->run_is_own;
}

uint64_t train_step(const struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    const struct ft_run_point *p = train_last(t);
    if (train_own(t)) return train_snap(t)->step;
    uint64_t step = p ? p->step : 0, eval = s->evals_n ? s->evals[s->evals_n - 1].step : 0;
    if (eval > step) step = eval;
    return t->has_record && t->record.step > step ? t->record.step : step;
}

uint64_t train_steps(const struct train_view *t)
{
    return train_own(t) && train_snap(t)->steps_total ? train_snap(t)->steps_total
           : t->has_record                            ? t->record.steps
                                                      : 0;
}

bool train_elsewhere(const struct train_view *t)
{
    return !train_on(t) && t->has_record && t->record.state == FT_RUN_RUNNING;
}

const char *train_state(const struct train_view *t)
{
    const struct ft_snapshot *s = train_snap(t);
    if (train_on(t) && s->stopping) return "stopping";
    if (train_own(t) && s->state == FT_SESSION_RUNNING && s->pausing) return "pausing";
    if (train_own(t)) return ft_session_state_name(s->state);
    return t->has_record ? ft_run_state_name(t->record.state) : "";
}

bool train_best(const struct train_view *t, double *metric)
{
    const struct ft_snapshot *s = train_snap(t);
    if (train_own(t) && s->best_step) {
        *metric = s->best_metric;
        return true;
    }
    *metric = t->record.best;
    return t->has_record && t->record.has_best && t->record.best_step;
}

uint64_t train_best_step(const struct train_view *t)
{
    if (train_own(t) && train_snap(t)->best_step) return train_snap(t)->best_step;
    return t->has_record ? t->record.best_step : 0;
}

const char *train_option(const struct train_view *t, enum ft_opt id)
{
    bool known = t->has_record && t->record.state != FT_RUN_UNREADABLE;
    return known ? ft_options_text(&t->record.options, id) : "";
}

double train_score(const struct ft_run_eval *e, const char **name)
{
    bool lm = isfinite(e->perplexity),
         f1 = isfinite(e->exact) || isfinite(e->subset_accuracy) || isfinite(e->recall);
    if (isfinite(e->cosine)) {
        if (name) *name = "Cosine";
        return e->cosine;
    }
    if (isfinite(e->mae)) {
        if (name) *name = "Pearson";
        return e->pearson;
    }
    if (name) *name = lm ? "Perplexity" : f1 ? "F1" : "Accuracy";
    return lm ? e->perplexity : f1 ? e->f1 : e->accuracy;
}

char *train_metric(const struct train_view *t, const char *metric, double v, char *buf, size_t size)
{
    enum ft_task task = FT_TASK_NONE;
    if (train_own(t))
        task = train_snap(t)->eval_task;
    else if (t->has_record)
        task = t->record.kind;
    return ft_format_metric(buf, size, v, ft_metric_is_percent(task, metric));
}

/* --- curves --- */

static double x_at(const struct ft_run_point *p, enum train_axis axis)
{
    if (axis == AXIS_EPOCH) return p->epoch;
    return axis == AXIS_TIME ? p->seconds : (double)p->step;
}

/* A step on the axis: that of the last line up to it; before the first line, its share of that. */
static double x_of(const struct ft_run_series *s, double step, enum train_axis axis)
{
    size_t lo = 0, hi = s->points_n;
    if (axis == AXIS_STEP) return step;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if ((double)s->points[mid].step <= step)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo) return x_at(&s->points[lo - 1], axis);
    return hi < s->points_n ? x_at(&s->points[hi], axis) * step / (double)s->points[hi].step : 0;
}

double train_x(const struct train_view *t, double step)
{
    return x_of(&t->w->series, step, t->axis);
}

static void curves_make(struct train_curves *c, const struct ft_run_series *s, enum train_axis axis,
                        double smooth)
{
    c->n = s->points_n;
    c->val_n = s->evals_n;
    for (int i = 0; i < TRAIN_LINES; i++)
        ft_grow(&c->lines[i], &c->lines_cap[i], c->n + 1, sizeof *c->lines[i]);
    ft_grow(&c->smooth, &c->smooth_cap, c->n + 1, sizeof *c->smooth);
    ft_grow(&c->val, &c->val_cap, c->val_n + 1, sizeof *c->val);
    ft_grow(&c->score, &c->score_cap, c->val_n + 1, sizeof *c->score);
    ft_grow(&c->exact, &c->exact_cap, c->val_n + 1, sizeof *c->exact);
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_run_point *p = &s->points[i];
        double y[TRAIN_LINES] = {p->loss, p->learning_rate, p->grad_norm, p->tokens_per_s};
        double x = x_at(p, axis), before = i ? c->lines[0][i - 1].x : 0;
        if (!(x >= before)) x = before; /* a line without an epoch */
        for (int k = 0; k < TRAIN_LINES; k++)
            c->lines[k][i] = (struct ft_point){x, y[k]};
    }
    double *line = ft_xmalloc((c->n + 1) * sizeof *line);
    ft_plot_smooth(c->lines[LINE_LOSS], c->n, smooth, line);
    for (size_t i = 0; i < c->n; i++)
        c->smooth[i] = (struct ft_point){c->lines[LINE_LOSS][i].x, line[i]};
    free(line);
    for (size_t i = 0; i < c->val_n; i++) {
        const struct ft_run_eval *e = &s->evals[i];
        double x =
            axis == AXIS_EPOCH && isfinite(e->epoch) ? e->epoch : x_of(s, (double)e->step, axis);
        c->val[i] = (struct ft_point){x, e->loss};
        c->score[i] = (struct ft_point){x, train_score(e, NULL)};
        c->exact[i] = (struct ft_point){x, e->exact};
    }
}

static void curves_release(struct train_curves *c)
{
    for (int i = 0; i < TRAIN_LINES; i++)
        free(c->lines[i]);
    free(c->smooth);
    free(c->val);
    free(c->score);
    free(c->exact);
}

static void other_release(struct train_other *o)
{
    ft_run_series_release(&o->series);
    curves_release(&o->curves);
}

static void another_run(struct train_view *t)
{
    t->loss_range = t->score_range = (struct ft_plot_range){0};
    t->reading = t->forking = false;
    t->said.up = 0;
    t->log_bytes = -1; /* as of a file that is not there */
    ft_str_clear(&t->log);
    t->before_tried = UINT64_MAX;
    ft_scores_file_release(&t->before);
}

void train_make(struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    bool other = strcmp(t->made_run, t->w->run) != 0;
    bool drawn = t->made_axis == t->axis && t->made_smooth == t->smooth;
    if (t->made_bytes == s->read_bytes && !other && drawn) return;
    if (other) another_run(t);
    if (t->made_axis != t->axis) t->reading = false;
    snprintf(t->made_run, sizeof t->made_run, "%s", t->w->run);
    t->made_bytes = s->read_bytes;
    t->made_axis = t->axis;
    t->made_smooth = t->smooth;
    curves_make(&t->c, s, t->axis, t->smooth);
    for (size_t i = 0; i < t->others_n; i++)
        curves_make(&t->others[i].curves, &t->others[i].series, t->axis, t->smooth);
    ft_run_warnings_make(&t->notes, s);
    if (t->at >= t->c.n) t->at = t->c.n ? t->c.n - 1 : 0;
}

bool train_overlay(struct train_view *t, const char *name)
{
    struct ft_app *app = t->w->app;
    char dir[512];
    ft_workbench_run_name(dir, sizeof dir, name);
    for (size_t i = 0; i < t->others_n; i++) {
        if (strcmp(t->others[i].run, dir) != 0) continue;
        other_release(&t->others[i]);
        t->others_n--;
        memmove(&t->others[i], &t->others[i + 1], (t->others_n - i) * sizeof *t->others);
        ft_app_say(app, FT_SAY_OK, "%s removed from the plots", ft_path_base(dir));
        return true;
    }
    if (!strcmp(dir, t->w->run)) {
        ft_app_say(app, FT_SAY_NOTE, "%s is already shown", ft_path_base(dir));
    } else if (t->others_n == TRAIN_OTHERS_MAX) {
        ft_app_say(app, FT_SAY_NOTE, "at most %d runs can be overlaid: name one to remove it",
                   (int)TRAIN_OTHERS_MAX);
    } else {
        struct train_other *o = &t->others[t->others_n];
        *o = (struct train_other){0};
        snprintf(o->run, sizeof o->run, "%s", dir);
        ft_run_series_follow(&o->series, dir);
        if (!o->series.points_n && !o->series.evals_n) {
            other_release(o);
            ft_app_say(app, FT_SAY_ERROR, "%s: no logged step there (no metrics.jsonl)", dir);
            return false;
        }
        curves_make(&o->curves, &o->series, t->axis, t->smooth);
        t->others_n++;
        t->loss_range.set = t->score_range.set = false;
        ft_app_say(app, FT_SAY_OK, "%s overlaid; name it again to remove it", ft_path_base(dir));
        return true;
    }
    return false;
}

/* --- the folder --- */

static int64_t folder_bytes(const char *dir)
{
    char **names;
    size_t n;
    int64_t sum = 0;
    if (ft_dir_list(dir, &names, &n, NULL)) return 0;
    for (size_t i = 0; i < n; i++) {
        char *path = ft_path_join(dir, names[i]);
        int64_t size = ft_file_size(path);
        if (size > 0) sum += size;
        free(path);
    }
    ft_names_free(names, n);
    return sum;
}

static int by_step(const void *a, const void *b)
{
    uint64_t x = ((const struct train_saved *)a)->step, y = ((const struct train_saved *)b)->step;
    return (x > y) - (x < y);
}

static void look_saved(struct train_view *t)
{
    char **names;
    size_t n;
    t->saved_n = 0;
    if (!*t->w->run || ft_dir_list(t->w->run, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        long long step;
        if (strncmp(names[i], "checkpoint-", 11) || !ft_parse_i64(names[i] + 11, &step) || step < 0)
            continue;
        char *path = ft_path_join(t->w->run, names[i]);
        ft_grow(&t->saved, &t->saved_cap, t->saved_n + 1, sizeof *t->saved);
        t->saved[t->saved_n++] = (struct train_saved){(uint64_t)step, folder_bytes(path)};
        free(path);
    }
    ft_names_free(names, n);
    if (t->saved_n) qsort(t->saved, t->saved_n, sizeof *t->saved, by_step);
    if (t->fork >= t->saved_n) t->fork = t->saved_n ? t->saved_n - 1 : 0;
    if (!t->saved_n) t->forking = false;
}

static void look_record(struct train_view *t)
{
    if (t->has_record) ft_run_release(&t->record);
    t->has_record = !ft_run_read(&t->record, t->w->run, NULL);
}

/* The evaluation before the one that is shown, for what changed since. Its line may be there before
 * the file of the last one is. */
static void look_before(struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    uint64_t step = UINT64_MAX;
    for (size_t i = 0; i < s->evals_n && s->evals[i].step < t->w->eval.step; i++)
        step = s->evals[i].step;
    if (t->before_tried == step) return;
    t->before_tried = step;
    ft_scores_file_release(&t->before);
    if (step == UINT64_MAX) return;
    char *path = ft_xprintf("%s/evals/%llu.json", t->w->run, (unsigned long long)step);
    ft_scores_read(&t->before, path, NULL);
    free(path);
}

/* The run's log.txt, its end; only when it grew. */
static void look_log(struct train_view *t)
{
    char *path = ft_path_join(t->w->run, "log.txt");
    int64_t size = ft_file_size(path);
    if (size != t->log_bytes) {
        enum { TAIL = 32768 };
        ft_str_clear(&t->log);
        t->log_bytes = size;
        FILE *f = ft_path_is_file(path) ? fopen(path, "rbe") : NULL;
        if (f && size > TAIL) fseeko(f, (off_t)(size - TAIL), SEEK_SET);
        char *text = ft_xmalloc(TAIL);
        size_t n = f ? fread(text, 1, TAIL, f) : 0;
        const char *from = size > TAIL ? memchr(text, '\n', n) : NULL;
        size_t skip = from ? (size_t)(from - text) + 1 : 0;
        ft_str_add(&t->log, text + skip, n - skip);
        free(text);
        if (f) fclose(f);
    }
    free(path);
}

/* Threads that computed since the last look, of this process. */
static void look_machine(struct train_view *t)
{
    double now = ft_now_s(), cpu = ft_cpu_s();
    if (t->cpu_at_s > 0 && now - t->cpu_at_s < 0.4) return;
    t->busy = t->cpu_at_s > 0 ? (cpu - t->cpu_s) / (now - t->cpu_at_s) : -1;
    t->cpu_s = cpu;
    t->cpu_at_s = now;
}

void train_refresh(struct train_view *t)
{
    train_make(t);
    if (!*t->w->run) {
        t->saved_n = 0;
        if (t->has_record) ft_run_release(&t->record);
        t->has_record = t->forking = false;
        return;
    }
    look_saved(t);
    look_record(t);
    look_before(t);
    look_log(t);
    look_machine(t);
    t->folder_bytes = ft_run_bytes(t->w->run);
}

void train_data_release(struct train_view *t)
{
    curves_release(&t->c);
    for (size_t i = 0; i < t->others_n; i++)
        other_release(&t->others[i]);
    if (t->has_record) ft_run_release(&t->record);
    ft_scores_file_release(&t->before);
    free(t->saved);
    ft_str_release(&t->log);
}
