/* Screen 4: what is kept of the run for drawing, keys and words. Drawing is in view_train_draw.c.
 * Wishes go to the session; what came of them is seen in the next snapshot or line of
 * metrics.jsonl, so nothing is shown before it happened. */
#include "ui/view_train_in.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[TRAIN_PANELS] = {
    [TRAIN_HEAD] = {"run", FT_SCOPE_TRAIN, true},
    [TRAIN_LOSS] = {"Loss", FT_SCOPE_TRAIN, false},
    [TRAIN_SCORE] = {"Accuracy", FT_SCOPE_TRAIN, false},
    [TRAIN_MATRIX] = {"Confusion", FT_SCOPE_TRAIN, false},
    [TRAIN_STEP] = {"Step", FT_SCOPE_TRAIN, false},
    [TRAIN_RATE] = {"Learning rate", FT_SCOPE_TRAIN, false},
    [TRAIN_NORM] = {"Gradient norm", FT_SCOPE_TRAIN, false},
    [TRAIN_SPEED] = {"Tokens a second", FT_SCOPE_TRAIN, false},
    [TRAIN_EVALS] = {"Evaluations", FT_SCOPE_TRAIN, false},
    [TRAIN_SAVED] = {"Checkpoints", FT_SCOPE_TRAIN, false},
    [TRAIN_SAID] = {"Log", FT_SCOPE_TRAIN, false},
};

static const struct ft_node narrow = FT_ROWS(
    1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
    FT_COLS(1,
            FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 6, .w = 30),
                    FT_PANEL(TRAIN_RATE, .h = 2, .h_max = 2, .drop = 2),
                    FT_PANEL(TRAIN_NORM, .h = 2, .h_max = 2, .drop = 2)),
            FT_ROWS(1, FT_PANEL(TRAIN_SCORE, .h = 4, .w = 33, .w_max = 33),
                    FT_PANEL(TRAIN_MATRIX, .h = 6, .w = 33, .w_max = 33),
                    FT_PANEL(TRAIN_STEP, .h = 5, .h_max = 5, .w = 33, .w_max = 33, .drop = 1))),
    FT_PANEL(TRAIN_SAID, .h = 4, .h_max = 4, .drop = 3));

static const struct ft_node wide =
    FT_ROWS(1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(1,
                    FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 12, .w = 60),
                            FT_PANEL(TRAIN_RATE, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_NORM, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_SPEED, .h = 3, .h_max = 3)),
                    FT_ROWS(1, FT_PANEL(TRAIN_SCORE, .h = 10, .w = 50, .w_max = 50),
                            FT_PANEL(TRAIN_MATRIX, .h = 8, .w = 50, .w_max = 50),
                            FT_PANEL(TRAIN_STEP, .h = 5, .h_max = 5, .w = 50, .w_max = 50),
                            FT_PANEL(TRAIN_SAVED, .h = 6, .h_max = 8, .w = 50, .w_max = 50))),
            FT_PANEL(TRAIN_EVALS, .h = 6, .h_max = 8), FT_PANEL(TRAIN_SAID, .h = 6, .h_max = 8));

static struct train_view *of(struct ft_view *v)
{
    return (struct train_view *)v;
}

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    (void)v;
    return h >= 44 && w >= 120 ? &wide : &narrow;
}

bool train_own(const struct train_view *t)
{
    return t->w->run_is_own && t->w->has_snap;
}

uint64_t train_step(const struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    if (train_own(t)) return t->w->snap.step;
    return s->points_n ? s->points[s->points_n - 1].step : 0;
}

uint64_t train_steps(const struct train_view *t)
{
    return train_own(t) ? t->w->snap.steps_total : t->steps;
}

const char *train_state(const struct train_view *t)
{
    return train_own(t) ? ft_session_state_name(t->w->snap.state) : t->state;
}

/* --- what is kept of the run --- */

static void make_lines(struct train_view *t)
{
    const struct ft_run_series *s = &t->w->series;
    if (t->made_bytes == s->read_bytes && !strcmp(t->made_run, t->w->run)) return;
    if (strcmp(t->made_run, t->w->run)) {
        t->loss_range = t->score_range = (struct ft_plot_range){0};
        t->reading = false;
        t->log_up = 0;
        t->log_bytes = -1;
    }
    snprintf(t->made_run, sizeof t->made_run, "%s", t->w->run);
    t->made_bytes = s->read_bytes;
    t->lines_n = s->points_n;
    t->val_n = s->evals_n;
    for (int i = 0; i < TRAIN_LINES; i++)
        ft_grow(&t->lines[i], &t->lines_cap[i], t->lines_n + 1, sizeof *t->lines[i]);
    ft_grow(&t->val, &t->val_cap, t->val_n + 1, sizeof *t->val);
    ft_grow(&t->score, &t->score_cap, t->val_n + 1, sizeof *t->score);
    for (size_t i = 0; i < s->points_n; i++) {
        const struct ft_run_point *p = &s->points[i];
        double y[TRAIN_LINES] = {p->loss, p->learning_rate, p->grad_norm, p->tokens_per_s};
        for (int k = 0; k < TRAIN_LINES; k++)
            t->lines[k][i] = (struct ft_point){(double)p->step, y[k]};
    }
    for (size_t i = 0; i < s->evals_n; i++) {
        t->val[i] = (struct ft_point){(double)s->evals[i].step, s->evals[i].loss};
        t->score[i] = (struct ft_point){(double)s->evals[i].step, s->evals[i].accuracy};
    }
    if (t->at >= t->lines_n) t->at = t->lines_n ? t->lines_n - 1 : 0;
}

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
}

/* run.json of the run shown: state, steps, best. A damaged one says "unreadable". */
static void look_record(struct train_view *t)
{
    cJSON *tree = NULL;
    struct ft_err err = {0};
    const char *state = "";
    int64_t steps = 0, best_step = 0;
    char *path = ft_path_join(t->w->run, "run.json");
    enum ft_status st = ft_json_read(path, (size_t)256 << 20, &tree, &err);
    if (!st) st = ft_json_str(tree, "state", &state, path, &err);
    if (!st) st = ft_json_i64(tree, "steps", 0, INT64_MAX, &steps, path, &err);
    if (!st) st = ft_json_i64(tree, "best_step", 0, INT64_MAX, &best_step, path, &err);
    t->best = 0;
    if (!st) st = ft_json_f64(tree, "best_metric", -1e300, 1e300, &t->best, path, &err);
    snprintf(t->state, sizeof t->state, "%s", st ? "unreadable" : state);
    t->steps = st ? 0 : (uint64_t)steps;
    t->best_step = st ? 0 : (uint64_t)best_step;
    cJSON_Delete(tree);
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

static void refresh(struct ft_view *v)
{
    struct train_view *t = of(v);
    make_lines(t);
    if (!*t->w->run) {
        t->saved_n = 0;
        return;
    }
    look_saved(t);
    look_record(t);
    look_log(t);
}

static void tick(struct ft_view *v)
{
    struct train_view *t = of(v);
    if (!*t->w->run) return;
    ft_workbench_follow(t->w);
    refresh(v);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct train_view *t = of(v);
    if (strcmp(t->made_run, t->w->run))
        refresh(v);
    else
        make_lines(t);
    train_draw(v, p, c, r, focused);
}

/* --- keys --- */

static bool paused(const struct train_view *t)
{
    return t->w->session && t->w->snap.state == FT_SESSION_PAUSED;
}

static bool may_continue(const struct train_view *t)
{
    return !t->w->session && *t->w->run && t->w->series.train_runtime_s < 0;
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct train_view *t = of(v);
    bool on = t->w->session != NULL;
    switch (a) {
    case FT_ACT_TRAIN_PAUSE:
    case FT_ACT_TRAIN_STOP:
    case FT_ACT_TRAIN_SAVE:
    case FT_ACT_TRAIN_EVAL:
    case FT_ACT_TRAIN_FASTER:
    case FT_ACT_TRAIN_SLOWER:
    case FT_ACT_TRAIN_RATE:
        return on;
    case FT_ACT_TRAIN_CONTINUE:
        return may_continue(t);
    case FT_ACT_TRAIN_FORK:
        return !on && t->saved_n > 0;
    case FT_ACT_TRAIN_READOUT:
    case FT_ACT_TRAIN_READ_LEFT:
    case FT_ACT_TRAIN_READ_RIGHT:
    case FT_ACT_TRAIN_SMOOTH_LESS:
    case FT_ACT_TRAIN_SMOOTH_MORE:
    case FT_ACT_TRAIN_SMOOTH:
    case FT_ACT_TRAIN_LOG:
    case FT_ACT_TRAIN_FIT:
        return t->lines_n > 0;
    case FT_ACT_TRAIN_OVERLAY:
    case FT_ACT_TRAIN_AXIS:
        return false;
    case FT_ACT_TRAIN:
        return !on;
    default:
        return true;
    }
}

static const char *label(struct ft_view *v, enum ft_action a)
{
    return a == FT_ACT_TRAIN_PAUSE && paused(of(v)) ? "go on" : NULL;
}

static bool set_rate(void *arg, const char *text)
{
    struct train_view *t = arg;
    struct ft_err err = {0};
    if (!t->w->session) return true;
    if (ft_session_set(t->w->session, "learning_rate", text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "learning_rate %s from the next step on", text);
    return true;
}

static bool fork_from(void *arg, const char *text)
{
    struct train_view *t = arg;
    long long step;
    bool found = false;
    if (!ft_parse_i64(text, &step)) step = -1;
    for (size_t i = 0; i < t->saved_n; i++)
        found = found || (long long)t->saved[i].step == step;
    if (!found) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "no checkpoint of step %s", text);
        return false;
    }
    char dir[sizeof t->w->run];
    snprintf(dir, sizeof dir, "%s", t->w->run);
    ft_workbench_fork(t->w, dir, (uint64_t)step, &t->w->o);
    return true;
}

/* "fork from 400, 800, 1200:", the last one typed in already. */
static void ask_fork(struct train_view *t)
{
    char text[140] = "fork from step", last[24] = "";
    size_t from = t->saved_n > 6 ? t->saved_n - 6 : 0, at = strlen(text);
    for (size_t i = from; i < t->saved_n; i++) {
        snprintf(last, sizeof last, "%llu", (unsigned long long)t->saved[i].step);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s %s", i > from ? "," : "", last);
    }
    ft_app_prompt(t->w->app, text, last, "", fork_from, t);
}

static bool move_readout(struct train_view *t, enum ft_action a)
{
    size_t last = t->lines_n ? t->lines_n - 1 : 0, by = 1;
    switch (a) {
    case FT_ACT_TRAIN_READ_LEFT:
        by = 10; /* fall through */
    case FT_ACT_LEFT:
        t->at = t->at > by ? t->at - by : 0;
        return true;
    case FT_ACT_TRAIN_READ_RIGHT:
        by = 10; /* fall through */
    case FT_ACT_RIGHT:
        t->at = last - t->at > by ? t->at + by : last;
        return true;
    case FT_ACT_TOP:
        t->at = 0;
        return true;
    case FT_ACT_BOTTOM:
        t->at = last;
        return true;
    case FT_ACT_BACK:
        t->reading = false;
        return true;
    default:
        return false;
    }
}

/* What only a session on can do. */
static bool act_session(struct train_view *t, enum ft_action a, const char *arg)
{
    struct ft_session *s = t->w->session;
    struct ft_app *app = t->w->app;
    switch (a) {
    case FT_ACT_TRAIN_PAUSE:
        ft_session_pause(s, !paused(t));
        if (!paused(t)) ft_app_say(app, FT_SAY_NOTE, "pausing after this step; Space goes on");
        return true;
    case FT_ACT_TRAIN_STOP:
        ft_workbench_ask_stop(t->w);
        return true;
    case FT_ACT_TRAIN_SAVE:
        ft_session_save(s);
        ft_app_say(app, FT_SAY_NOTE, "a checkpoint after this step");
        return true;
    case FT_ACT_TRAIN_EVAL:
        ft_session_evaluate(s);
        ft_app_say(app, FT_SAY_NOTE, "evaluating after this step");
        return true;
    case FT_ACT_TRAIN_FASTER:
        return set_rate(t, "x1.25");
    case FT_ACT_TRAIN_SLOWER:
        return set_rate(t, "x0.8");
    case FT_ACT_TRAIN_RATE:
        if (arg && *arg) {
            set_rate(t, arg);
        } else {
            char now[32];
            ft_format_g(now, sizeof now, t->w->snap.learning_rate, 3);
            ft_app_prompt(app, "new peak of the learning rate", now, "", set_rate, t);
        }
        return true;
    default:
        return false;
    }
}

static bool act_plot(struct train_view *t, enum ft_action a, const char *arg)
{
    double x;
    switch (a) {
    case FT_ACT_TRAIN_READOUT:
        if (arg && *arg && ft_parse_double(arg, &x)) {
            t->at = ft_plot_nearest(t->lines[LINE_LOSS], t->lines_n, x);
            t->reading = true;
        } else {
            t->reading = !t->reading;
            if (t->reading) t->at = t->lines_n - 1;
        }
        return true;
    case FT_ACT_TRAIN_SMOOTH_LESS:
        t->smooth = ft_smooth_next(t->smooth, -1);
        return true;
    case FT_ACT_TRAIN_SMOOTH_MORE:
        t->smooth = ft_smooth_next(t->smooth, 1);
        return true;
    case FT_ACT_TRAIN_SMOOTH:
        if (arg && ft_parse_double(arg, &x) && x >= 0 && x <= 0.99)
            t->smooth = x;
        else
            ft_app_say(t->w->app, FT_SAY_ERROR, "smooth takes 0 to .99");
        return true;
    case FT_ACT_TRAIN_LOG:
        t->log_y = arg && *arg ? !strcmp(arg, "on") : !t->log_y;
        t->loss_range.set = false;
        return true;
    case FT_ACT_TRAIN_FIT:
        t->fit_all = !t->fit_all;
        t->loss_range.set = t->score_range.set = false;
        return true;
    default:
        return false;
    }
}

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct train_view *t = of(v);
    make_lines(t);
    if (t->reading && move_readout(t, a)) return true;
    if (v->focus == TRAIN_SAID && (a == FT_ACT_UP || a == FT_ACT_DOWN)) {
        if (a == FT_ACT_UP)
            t->log_up++;
        else if (t->log_up)
            t->log_up--;
        return true;
    }
    if (ft_action_row(a)->scope == FT_SCOPE_TRAIN && !can(v, a)) return false;
    if (a == FT_ACT_TRAIN_CONTINUE) {
        char dir[sizeof t->w->run];
        snprintf(dir, sizeof dir, "%s", t->w->run);
        ft_workbench_resume(t->w, dir, NULL);
        return true;
    }
    if (a == FT_ACT_TRAIN_FORK) {
        if (arg && *arg)
            fork_from(t, arg);
        else
            ask_fork(t);
        return true;
    }
    if (t->w->session && act_session(t, a, arg)) return true;
    return act_plot(t, a, arg);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct train_view *t = of(v);
    const struct ft_snapshot *s = &t->w->snap;
    if (t->w->session) {
        double share = s->steps_total ? (double)s->step / (double)s->steps_total : 0;
        snprintf(buf, size, "%.0f%%", 100 * share);
    } else if (t->w->failed.code) {
        snprintf(buf, size, "!");
    } else if (*t->w->run && t->w->series.train_runtime_s >= 0) {
        snprintf(buf, size, "\u2713");
    }
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct train_view *t = of(v);
    char why[160], best[32];
    const struct ft_snapshot *s = &t->w->snap;
    uint64_t best_step = train_own(t) ? s->best_step : t->best_step;
    double metric = train_own(t) ? s->best_metric : t->best;
    char tail[96] = "";
    if (best_step)
        snprintf(tail, sizeof tail, "  Best: %s at step %llu",
                 ft_format_short(best, sizeof best, metric, 4), (unsigned long long)best_step);
    if (t->w->session && s->state == FT_SESSION_PAUSED)
        snprintf(buf, size, "ok: paused at step %llu.  Space goes on%s",
                 (unsigned long long)s->step, tail);
    else if (t->w->session)
        snprintf(buf, size, "ok: training; every other screen stays usable.%s", tail);
    else if (t->w->failed.code && t->w->run_is_own)
        snprintf(buf, size, "error: %s", t->w->failed.msg);
    else if (may_continue(t))
        snprintf(buf, size, "ok: %s.  C continues%s", train_state(t), tail);
    else if (*t->w->run)
        snprintf(buf, size, "ok: done.%s.  Next: evaluate (5)", tail);
    else if (ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "note: %s", why);
    else
        snprintf(buf, size, "ok: everything needed is here.  T starts training");
}

static void close_view(struct ft_view *v)
{
    struct train_view *t = of(v);
    for (int i = 0; i < TRAIN_LINES; i++)
        free(t->lines[i]);
    free(t->val);
    free(t->score);
    free(t->saved);
    ft_str_release(&t->log);
    free(t);
}

struct ft_view *ft_view_train_new(struct ft_workbench *w)
{
    struct train_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->smooth = 0.9;
    t->log_bytes = -1;
    t->view = (struct ft_view){.name = "Train",
                               .scope = FT_SCOPE_TRAIN,
                               .panels = panels,
                               .panels_n = TRAIN_PANELS,
                               .focus = TRAIN_LOSS,
                               .open = refresh,
                               .layout = layout,
                               .draw = draw,
                               .title = train_title,
                               .act = act,
                               .can = can,
                               .label = label,
                               .tick = tick,
                               .mark = mark,
                               .next = next,
                               .close = close_view};
    return &t->view;
}
