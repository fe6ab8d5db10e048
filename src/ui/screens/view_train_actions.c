/* The actions of screen 4: what they do, which of them would do something now, why another one would
 * not. Wishes go to the session; what came of them is seen in the next snapshot or line of
 * metrics.jsonl, so nothing is shown before it happened. */
#include "ui/screens/view_train_in.h"

#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- what they would do --- */

bool train_may_continue(const struct train_view *t)
{
    return !t->w->session && !train_on(t) && t->has_record && t->w->series.train_runtime_s < 0 &&
           !train_elsewhere(t);
}

bool train_can(struct ft_view *v, enum ft_action a)
{
    struct train_view *t = train_of(v);
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
        return train_may_continue(t);
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
        return true;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    default:
        return !ft_action_by_screen(a);
    }
}

/* "s1 is training (42%): 7 opens it", when it is not the run that is shown. */
void train_elsewhere_text(const struct train_view *t, char *buf, size_t size)
{
    const struct ft_snapshot *s = &t->w->snap;
    snprintf(buf, size, "%.40s is training (%.0f%%): 7 opens it", ft_path_base(s->output_dir),
             s->steps_total ? 100 * (double)s->step / (double)s->steps_total : 0);
}

void train_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size)
{
    struct train_view *t = train_of(v);
    bool needs_session = a >= FT_ACT_TRAIN_PAUSE && a <= FT_ACT_TRAIN_RATE;
    if (a == FT_ACT_TRAIN || ft_action_row(a)->scope != FT_SCOPE_TRAIN) return;
    if (needs_session && t->w->session && !train_on(t))
        train_elsewhere_text(t, buf, size);
    else if (a == FT_ACT_TRAIN_CONTINUE)
        snprintf(buf, size, "%s",
                 train_on(t)          ? "the run is active; Space pauses and continues"
                 : !t->has_record     ? "no run to continue: T starts one"
                 : train_elsewhere(t) ? "another process is training it"
                                      : "the run is done; f starts a new run from a checkpoint");
    else if (needs_session)
        snprintf(buf, size, "no active run: %s",
                 train_may_continue(t) ? "C continues" : "T starts one");
    else if (a == FT_ACT_TRAIN_FORK)
        snprintf(buf, size, "no checkpoint to start from");
    else
        snprintf(buf, size, "no step logged yet");
}

const char *train_label(struct ft_view *v, enum ft_action a)
{
    return a == FT_ACT_TRAIN_PAUSE && train_paused(train_of(v)) ? "go on" : NULL;
}

/* --- what they do --- */

static bool set_rate(void *arg, const char *text)
{
    struct train_view *t = arg;
    double peak;
    if (!train_on(t)) return true;
    if (ft_parse_double(text, &peak) && fabs(peak - train_snap(t)->peak_rate) < 1e-6 * peak)
        return true; /* as it is */
    struct ft_run_request r = {.kind = FT_RUN_REQUEST_SET, .option = FT_OPT_learning_rate};
    if (strlen(text) >= sizeof r.value) return false;
    snprintf(r.value, sizeof r.value, "%s", text);
    if (!ft_workbench_request(t->w, &r)) return false;
    ft_app_say(t->w->app, FT_SAY_OK, "learning_rate %s%s from the next step on",
               *text == 'x' ? "" : "peak ", text);
    return true;
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
    ft_app_prompt(t->w->app, "run to overlay", t->others_n ? t->others[0].run : "", "RUN",
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
    ft_app_say(t->w->app, FT_SAY_OK, "x axis: %s%s", names[next],
               next == AXIS_TIME ? " in training steps, without evaluations and pauses" : "");
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

static bool ask(struct train_view *t, enum ft_run_request_kind kind)
{
    return ft_workbench_request(t->w, &(struct ft_run_request){.kind = kind});
}

/* What only an active run can do. */
static bool act_session(struct train_view *t, enum ft_action a, const char *arg)
{
    struct ft_app *app = t->w->app;
    bool pauses = !train_paused(t) && !train_snap(t)->pausing;
    switch (a) {
    case FT_ACT_TRAIN_PAUSE:
        ask(t, pauses ? FT_RUN_REQUEST_PAUSE : FT_RUN_REQUEST_CONTINUE);
        return true;
    case FT_ACT_TRAIN_STOP:
        ft_workbench_ask_stop(t->w);
        return true;
    case FT_ACT_TRAIN_SAVE:
        if (!ask(t, FT_RUN_REQUEST_SAVE)) return true;
        ft_app_say(app, FT_SAY_NOTE,
                   train_paused(t) ? "saving a checkpoint" : "saving a checkpoint after this step");
        return true;
    case FT_ACT_TRAIN_EVAL:
        if (!ask(t, FT_RUN_REQUEST_EVALUATE)) return true;
        ft_app_say(app, FT_SAY_NOTE, train_paused(t) ? "evaluating" : "evaluating after this step");
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
            ft_format_g(now, sizeof now, train_snap(t)->peak_rate, 6);
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
            ft_app_say(t->w->app, FT_SAY_ERROR, ":smooth: expected 0 to .99");
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

bool train_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct train_view *t = train_of(v);
    train_make(t);
    if (t->forking && v->focus == TRAIN_SAVED && train_choose(t, a)) return true;
    bool scores = v->focus == TRAIN_EVALS || v->focus == TRAIN_MATRIX || v->focus == TRAIN_SCORE;
    if (a == FT_ACT_ENTER && scores && t->w->series.evals_n) {
        ft_app_screen_of(t->w->app, FT_SCOPE_EVALUATE);
        return true;
    }
    if (t->reading && move_readout(t, a)) return true;
    if (v->focus == TRAIN_SAID && ft_message_log_act(&t->said, a)) return true;
    if (ft_action_row(a)->scope == FT_SCOPE_TRAIN && !train_can(v, a)) return false;
    if (a == FT_ACT_TRAIN_CONTINUE) {
        char dir[sizeof t->w->run];
        snprintf(dir, sizeof dir, "%s", t->w->run);
        ft_workbench_resume(t->w, dir, NULL);
        return true;
    }
    if (a == FT_ACT_TRAIN_FORK) {
        if (arg && *arg)
            train_fork_word(t, arg);
        else
            train_begin_choosing(t);
        return true;
    }
    if (train_on(t) && act_session(t, a, arg)) return true;
    return act_plot(t, a, arg);
}
