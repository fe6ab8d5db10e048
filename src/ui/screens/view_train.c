/* Screen 4: keys and words. Wishes go to the session; what came of them is seen in the next
 * snapshot or line of metrics.jsonl, so nothing is shown before it happened. */
#include "ui/screens/view_train_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
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
    [TRAIN_MACHINE] = {"Machine", FT_SCOPE_TRAIN, false},
    [TRAIN_RUN] = {"Run", FT_SCOPE_TRAIN, false},
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

/* While a checkpoint is chosen: their list in place of what is beside the plots. */
static const struct ft_node choosing =
    FT_ROWS(1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(1,
                    FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 6, .w = 30),
                            FT_PANEL(TRAIN_RATE, .h = 2, .h_max = 2, .drop = 2),
                            FT_PANEL(TRAIN_NORM, .h = 2, .h_max = 2, .drop = 2)),
                    FT_PANEL(TRAIN_SAVED, .h = 4, .w = 42, .w_max = 42)),
            FT_PANEL(TRAIN_SAID, .h = 4, .h_max = 4, .drop = 3));

static const struct ft_node wide =
    FT_ROWS(1, FT_PANEL(TRAIN_HEAD, .h = 2, .h_max = 2, .bare = true),
            FT_COLS(1,
                    FT_ROWS(1, FT_PANEL(TRAIN_LOSS, .h = 12, .w = 60),
                            FT_PANEL(TRAIN_RATE, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_NORM, .h = 4, .h_max = 4),
                            FT_PANEL(TRAIN_SPEED, .h = 3, .h_max = 3)),
                    FT_ROWS(1, FT_PANEL(TRAIN_SCORE, .h = 8, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_MATRIX, .h = 7, .w = 56, .w_max = 56, .weight = 3),
                            FT_PANEL(TRAIN_STEP, .h = 5, .h_max = 5, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_MACHINE, .h = 4, .h_max = 5, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_SAVED, .h = 5, .h_max = 7, .w = 56, .w_max = 56),
                            FT_PANEL(TRAIN_RUN, .h = 6, .h_max = 8, .w = 56, .w_max = 56))),
            FT_PANEL(TRAIN_EVALS, .h = 5, .h_max = 8), FT_PANEL(TRAIN_SAID, .h = 5, .h_max = 8));

static struct train_view *of(struct ft_view *v)
{
    return (struct train_view *)v;
}

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    bool is_wide = h >= 44 && w >= 120;
    return is_wide ? &wide : of(v)->forking ? &choosing : &narrow;
}

/* A note is said once a run, when it comes up while the run goes on. */
static void tell(struct train_view *t, int kind, bool now, enum ft_say how, const char *text)
{
    unsigned bit = 1u << kind;
    if (!now || t->told & bit) return;
    t->told |= bit;
    ft_app_say(t->w->app, how, "%s", text);
}

static void tell_notes(struct train_view *t)
{
    enum { OVERFIT, PLATEAU, JUMP };
    const struct ft_run_warnings *n = &t->notes;
    char text[200], loss[32], step[32];
    if (!train_on(t)) return;
    if (strcmp(t->told_run, t->w->snap.output_dir)) t->told = 0;
    snprintf(t->told_run, sizeof t->told_run, "%s", t->w->snap.output_dir);
    if (!n->overfit) t->told &= ~(1u << OVERFIT); /* it went away, and may come again */
    snprintf(text, sizeof text,
             "the validation loss rose twice while that of training fell (step %s): overfitting; "
             "s stops, the best is kept",
             ft_format_count(step, sizeof step, (long long)n->overfit));
    tell(t, OVERFIT, n->overfit > 0, FT_SAY_NOTE, text);
    snprintf(text, sizeof text, "the loss has not moved for a third of the run (step %s): s stops",
             ft_format_count(step, sizeof step, (long long)n->plateau));
    tell(t, PLATEAU, n->plateau > 0, FT_SAY_NOTE, text);
    uint64_t last = n->jumps_n ? n->jumps[n->jumps_n - 1] : 0;
    snprintf(text, sizeof text, "! the loss jumped to %s at step %s; - lowers the learning rate",
             ft_format_score(loss, sizeof loss, n->jump_loss),
             ft_format_count(step, sizeof step, (long long)last));
    tell(t, JUMP, n->jumps_n > 0, FT_SAY_WARN, text);
}

static void refresh(struct ft_view *v)
{
    train_refresh(of(v));
}

static bool paused(const struct train_view *t)
{
    return train_on(t) && t->w->snap.state == FT_SESSION_PAUSED;
}

static void tick(struct ft_view *v)
{
    struct train_view *t = of(v);
    char step[32];
    if (!*t->w->run) return;
    ft_workbench_follow(t->w);
    for (size_t i = 0; i < t->others_n; i++)
        if (ft_run_series_follow(&t->others[i].series, t->others[i].run)) {
            t->made_run[0] = 0; /* made anew */
            ft_app_redraw(t->w->app);
        }
    train_refresh(t);
    tell_notes(t);
    if (paused(t) && !t->was_paused)
        ft_app_say(t->w->app, FT_SAY_OK,
                   "paused at step %s; 6 asks the model as it is now, Space goes on",
                   ft_format_count(step, sizeof step, (long long)t->w->snap.step));
    t->was_paused = paused(t);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct train_view *t = of(v);
    if (strcmp(t->made_run, t->w->run))
        train_refresh(t);
    else
        train_make(t);
    train_draw(v, p, c, r, focused);
}

/* --- keys --- */

static bool may_continue(const struct train_view *t)
{
    return !t->w->session && t->has_record && t->w->series.train_runtime_s < 0 &&
           !train_elsewhere(t);
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct train_view *t = of(v);
    switch (a) {
    case FT_ACT_TRAIN_PAUSE:
    case FT_ACT_TRAIN_STOP:
    case FT_ACT_TRAIN_SAVE:
    case FT_ACT_TRAIN_EVAL:
    case FT_ACT_TRAIN_FASTER:
    case FT_ACT_TRAIN_SLOWER:
    case FT_ACT_TRAIN_RATE:
        return train_on(t);
    case FT_ACT_TRAIN_CONTINUE:
        return may_continue(t);
    case FT_ACT_TRAIN_FORK:
        return t->saved_n > 0;
    case FT_ACT_TRAIN_OVERLAY:
    case FT_ACT_TRAIN_AXIS:
        return t->c.n > 0;
    case FT_ACT_TRAIN_READOUT:
    case FT_ACT_TRAIN_READ_LEFT:
    case FT_ACT_TRAIN_READ_RIGHT:
    case FT_ACT_TRAIN_SMOOTH_LESS:
    case FT_ACT_TRAIN_SMOOTH_MORE:
    case FT_ACT_TRAIN_SMOOTH:
    case FT_ACT_TRAIN_LOG:
    case FT_ACT_TRAIN_FIT:
        return t->c.n > 0;
    case FT_ACT_TRAIN:
        return !t->w->session;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    default:
        return !ft_action_by_screen(a);
    }
}

/* "s1 trains (42%): 7 opens it", when it is not the run that is shown. */
static void trains_elsewhere(const struct train_view *t, char *buf, size_t size)
{
    const struct ft_snapshot *s = &t->w->snap;
    snprintf(buf, size, "%.40s trains (%.0f%%): 7 opens it", ft_path_base(s->output_dir),
             s->steps_total ? 100 * (double)s->step / (double)s->steps_total : 0);
}

static void why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct train_view *t = of(v);
    bool needs_session = a >= FT_ACT_TRAIN_PAUSE && a <= FT_ACT_TRAIN_RATE;
    if (a == FT_ACT_TRAIN || ft_action_row(a)->scope != FT_SCOPE_TRAIN) return;
    if (needs_session && t->w->session && !train_on(t))
        trains_elsewhere(t, buf, size);
    else if (a == FT_ACT_TRAIN_CONTINUE)
        snprintf(buf, size, "%s",
                 train_on(t)          ? "it is on; Space pauses and goes on"
                 : !t->has_record     ? "no run to go on with: T starts one"
                 : train_elsewhere(t) ? "another process trains it"
                                      : "the run is done; f starts another one from a checkpoint");
    else if (needs_session)
        snprintf(buf, size, "no run is on: %s", may_continue(t) ? "C continues" : "T starts one");
    else if (a == FT_ACT_TRAIN_FORK)
        snprintf(buf, size, "no checkpoint to start from");
    else
        snprintf(buf, size, "no step is logged yet");
}

static const char *label(struct ft_view *v, enum ft_action a)
{
    return a == FT_ACT_TRAIN_PAUSE && paused(of(v)) ? "go on" : NULL;
}

static bool set_rate(void *arg, const char *text)
{
    struct train_view *t = arg;
    struct ft_err err = {0};
    double peak;
    if (!t->w->session) return true;
    if (ft_parse_double(text, &peak) && fabs(peak - t->w->snap.peak_rate) < 1e-6 * peak)
        return true; /* as it is */
    if (ft_session_set(t->w->session, "learning_rate", text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "learning_rate %s%s from the next step on",
               *text == 'x' ? "" : "has the peak ", text);
    return true;
}

/* Its settings go to Tune, where T starts it; the start is asked for here. */
static bool fork_from(struct train_view *t, uint64_t step)
{
    char dir[sizeof t->w->run], n[32];
    snprintf(dir, sizeof dir, "%s", t->w->run);
    t->forking = false;
    if (!ft_workbench_begin_fork(t->w, dir, step)) return false;
    ft_app_screen_of(t->w->app, FT_SCOPE_TUNE);
    ft_app_say(t->w->app, FT_SAY_OK, "from step %s of %s: change what is to differ, T starts it",
               ft_format_count(n, sizeof n, (long long)step), ft_path_base(dir));
    return true;
}

static void fork_word(struct train_view *t, const char *text)
{
    long long step;
    if (ft_parse_i64(text, &step))
        for (size_t i = 0; i < t->saved_n; i++)
            if ((long long)t->saved[i].step == step) {
                fork_from(t, t->saved[i].step);
                return;
            }
    ft_app_say(t->w->app, FT_SAY_ERROR, "no checkpoint of step %s", text);
}

/* The list of checkpoints has the keys; the best one is chosen at first. */
static void begin_choosing(struct train_view *t)
{
    t->forking = true;
    t->fork = t->saved_n - 1;
    for (size_t i = 0; i < t->saved_n; i++)
        if (t->saved[i].step == train_best_step(t)) t->fork = i;
    ft_app_focus(&t->view, TRAIN_SAVED);
}

static bool choose(struct train_view *t, enum ft_action a)
{
    switch (a) {
    case FT_ACT_UP:
        if (t->fork) t->fork--;
        return true;
    case FT_ACT_DOWN:
        if (t->fork + 1 < t->saved_n) t->fork++;
        return true;
    case FT_ACT_TOP:
        t->fork = 0;
        return true;
    case FT_ACT_BOTTOM:
        t->fork = t->saved_n - 1;
        return true;
    case FT_ACT_ENTER:
        fork_from(t, t->saved[t->fork].step);
        return true;
    case FT_ACT_BACK:
        t->forking = false;
        ft_app_focus(&t->view, TRAIN_LOSS);
        return true;
    default:
        return false;
    }
}

static bool take_overlay(void *arg, const char *text)
{
    struct train_view *t = arg;
    return !*text || train_overlay(t, text);
}

static void overlay(struct train_view *t, const char *arg)
{
    if (arg && *arg) {
        take_overlay(t, arg);
        return;
    }
    if (!ft_run_list_whole(t->w->runs)) ft_run_list_read(t->w->runs, ".", ""); /* for Tab */
    ft_app_prompt(t->w->app, "draw which run too", t->others_n ? t->others[0].run : "", "RUN",
                  take_overlay, t);
}

static bool set_axis(struct train_view *t, const char *arg)
{
    static const char *const names[TRAIN_AXES] = {"step", "epoch", "time"};
    int next = (int)(t->axis + 1) % TRAIN_AXES;
    for (int i = 0; arg && *arg && i < TRAIN_AXES; i++)
        if (!strcmp(arg, names[i])) next = i;
    t->axis = (enum train_axis)next;
    t->loss_range.set = t->score_range.set = false;
    ft_app_say(t->w->app, FT_SAY_OK, "along the plots: %s%s", names[next],
               next == AXIS_TIME ? " of updates, without evaluations and pauses" : "");
    return true;
}

static bool move_readout(struct train_view *t, enum ft_action a)
{
    size_t last = t->c.n ? t->c.n - 1 : 0, by = 1;
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
        ft_session_pause(s, !paused(t) && !t->w->snap.pausing);
        ft_workbench_follow(t->w);
        return true;
    case FT_ACT_TRAIN_STOP:
        ft_workbench_ask_stop(t->w);
        return true;
    case FT_ACT_TRAIN_SAVE:
        ft_session_save(s);
        ft_app_say(app, FT_SAY_NOTE,
                   paused(t) ? "saving a checkpoint" : "a checkpoint after this step");
        return true;
    case FT_ACT_TRAIN_EVAL:
        ft_session_evaluate(s);
        ft_app_say(app, FT_SAY_NOTE, paused(t) ? "evaluating" : "evaluating after this step");
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
            ft_format_g(now, sizeof now, t->w->snap.peak_rate, 6);
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
            t->at = ft_plot_nearest(t->c.lines[LINE_LOSS], t->c.n, train_x(t, x));
            t->reading = true;
        } else {
            t->reading = !t->reading;
            if (t->reading) t->at = t->c.n - 1;
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
    case FT_ACT_TRAIN_OVERLAY:
        overlay(t, arg);
        return true;
    case FT_ACT_TRAIN_AXIS:
        return set_axis(t, arg);
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
    train_make(t);
    if (t->forking && v->focus == TRAIN_SAVED && choose(t, a)) return true;
    bool scores = v->focus == TRAIN_EVALS || v->focus == TRAIN_MATRIX || v->focus == TRAIN_SCORE;
    if (a == FT_ACT_ENTER && scores && t->w->series.evals_n) {
        ft_app_screen_of(t->w->app, FT_SCOPE_EVALUATE);
        return true;
    }
    if (t->reading && move_readout(t, a)) return true;
    if (v->focus == TRAIN_SAID && ft_message_log_act(&t->said, a)) return true;
    if (ft_action_row(a)->scope == FT_SCOPE_TRAIN && !can(v, a)) return false;
    if (a == FT_ACT_TRAIN_CONTINUE) {
        char dir[sizeof t->w->run];
        snprintf(dir, sizeof dir, "%s", t->w->run);
        ft_workbench_resume(t->w, dir, NULL);
        return true;
    }
    if (a == FT_ACT_TRAIN_FORK) {
        if (arg && *arg)
            fork_word(t, arg);
        else
            begin_choosing(t);
        return true;
    }
    if (train_on(t) && act_session(t, a, arg)) return true;
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

/* A run that is only looked at while another one trains. */
static void shown_beside(const struct train_view *t, char *buf, size_t size)
{
    char trains[120];
    trains_elsewhere(t, trains, sizeof trains);
    snprintf(buf, size, "note: %.20s is %s; %s", ft_path_base(t->w->run), train_state(t), trains);
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct train_view *t = of(v);
    char why[160], best[32], at[32], tail[96] = "", from[48] = "";
    const struct ft_snapshot *s = &t->w->snap;
    double metric;
    if (train_best(t, &metric))
        snprintf(tail, sizeof tail, "  Best: %s at step %s",
                 ft_format_score(best, sizeof best, metric),
                 ft_format_count(at, sizeof at, (long long)train_best_step(t)));
    if (t->saved_n)
        snprintf(from, sizeof from, "; f from %s",
                 ft_format_count(at, sizeof at, (long long)t->saved[t->saved_n - 1].step));
    if (t->forking)
        snprintf(buf, size, "ok: up and down choose, Enter takes its settings to Tune");
    else if (t->w->session && !train_on(t))
        shown_beside(t, buf, size);
    else if (t->w->session && s->stopping)
        snprintf(buf, size, "busy: stopping after this step");
    else if (t->w->session && s->state == FT_SESSION_PAUSED)
        snprintf(buf, size, "ok: paused at step %s.  Space goes on%s",
                 ft_format_count(why, sizeof why, (long long)s->step), tail);
    else if (t->w->session && s->pausing)
        snprintf(buf, size, "busy: pausing after this step; Space goes on");
    else if (t->w->session)
        snprintf(buf, size, "ok: training; every other screen stays usable.%s", tail);
    else if (t->w->failed.code && t->w->run_is_own)
        snprintf(buf, size, "error: %s%s", t->w->failed.msg,
                 t->w->failed.code == FT_NUMERIC ? from : "");
    else if (*t->w->run && t->has_record && t->record.state == FT_RUN_UNREADABLE)
        snprintf(buf, size, "error: %s", t->record.why);
    else if (train_elsewhere(t))
        snprintf(buf, size, "ok: it goes on in process %lld; what it writes is shown here.%s",
                 (long long)t->record.pid, tail);
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
    train_data_release(t);
    free(t);
}

struct ft_view *ft_view_train_new(struct ft_workbench *w)
{
    struct train_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->smooth = 0.9;
    t->log_bytes = -1;
    t->busy = -1;
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
                               .why_not = why_not,
                               .label = label,
                               .tick = tick,
                               .mark = mark,
                               .next = next,
                               .close = close_view};
    return &t->view;
}
