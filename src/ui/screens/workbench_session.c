/* The training session of this program while it is on, how it ends, and the question about that: see
 * workbench.h. Starting one is in workbench_run.c. */
#include "ui/screens/workbench_in.h"

#include "util/fs.h"

#include <stdio.h>
#include <string.h>

bool ft_workbench_running(const struct ft_workbench *w)
{
    return w->session != NULL;
}

static void say_end(struct ft_workbench *w)
{
    char took[16], best[64] = "", of[64] = "";
    const struct ft_snapshot *s = &w->snap;
    ft_format_time(took, sizeof took, s->elapsed_s);
    if (s->best_step)
        snprintf(best, sizeof best, ", best %.4f at step %llu", s->best_metric,
                 (unsigned long long)s->best_step);
    if (!w->run_is_own) /* another run is shown */
        snprintf(of, sizeof of, "%.40s: ", ft_path_base(s->output_dir));
    if (s->state == FT_SESSION_FAILED)
        ft_app_say_err(w->app, &w->failed);
    else if (s->state == FT_SESSION_STOPPED)
        ft_app_say(w->app, FT_SAY_OK, "%sstopped at step %llu; %s continues", of,
                   (unsigned long long)s->step, *of ? "R on 7" : "C");
    else
        ft_app_say(w->app, FT_SAY_OK, "%sdone in %s%s; model saved.  Next: %s", of, took, best,
                   *of ? "7 opens it" : "evaluate (5)");
    ft_workbench_tell(w, ft_path_base(s->output_dir),
                      s->state == FT_SESSION_FAILED    ? "failed"
                      : s->state == FT_SESSION_STOPPED ? "stopped"
                                                       : "is done");
}

void ft_workbench_tell(struct ft_workbench *w, const char *name, const char *what)
{
    char text[160];
    snprintf(text, sizeof text, "fettle: %.100s %s", name, what);
    ft_app_notify(w->app, text);
}

static void join(struct ft_workbench *w)
{
    w->failed = (struct ft_err){0};
    struct ft_err err = {0};
    ft_prediction_queue_session(w->asker, NULL);
    enum ft_status st = ft_session_join(w->session, NULL, &err);
    w->session = NULL;
    if (st) w->failed = err;
    if (!st && w->run_is_own) ft_evaluation_load(w->evaluation, w->run);
    ft_workbench_edits_base(w);
    bool leaves = w->leave.on && !st && w->snap.state == FT_SESSION_STOPPED;
    bool of_sweep = ft_workbench_sweep_ended(w, st, &err);
    if (leaves) {
        ft_workbench_leave_stopped(w);
        return;
    }
    if (w->leave.on) ft_app_busy_end(w->app);
    if (w->leave.on && !st) w->quit_after = true; /* it was done before it could be left */
    w->leave.on = false;
    if (!of_sweep) say_end(w);
    if (w->quit_after) ft_app_quit(w->app);
}

bool ft_workbench_follow_session(struct ft_workbench *w)
{
    struct ft_snapshot snap;
    bool finished = ft_session_finished(w->session); /* before the look: the last state shows */
    ft_session_look(w->session, &snap);
    bool any = memcmp(&snap, &w->snap, sizeof snap) != 0;
    w->snap = snap;
    w->has_snap = true;
    if (finished) join(w);
    return any || finished;
}

void ft_workbench_end_session(struct ft_workbench *w)
{
    if (!w->session) return;
    ft_session_stop(w->session, false);
    ft_prediction_queue_session(w->asker, NULL);
    w->quit_after = true; /* no further member of a sweep is begun */
    enum ft_status st = ft_session_join(w->session, NULL, &w->failed);
    w->session = NULL;
    ft_workbench_sweep_ended(w, st, &w->failed);
}

bool ft_workbench_answer_stop(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    bool save = ft_key_is(k, 'w');
    if (!save && !ft_key_is(k, 'd')) return false;
    if (w->session) {
        ft_session_stop(w->session, !save);
        ft_app_say(w->app, FT_SAY_NOTE, "stopping after this step");
    }
    return true;
}

static bool answer_stop_shown(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    bool save = ft_key_is(k, 'w');
    if (!save && !ft_key_is(k, 'd')) return false;
    struct ft_run_request r = {.kind = save ? FT_RUN_REQUEST_STOP : FT_RUN_REQUEST_DISCARD};
    if (ft_workbench_active(w) && ft_workbench_request(w, &r))
        ft_app_say(w->app, FT_SAY_NOTE, "stopping after this step");
    return true;
}

void ft_workbench_ask_stop(struct ft_workbench *w)
{
    if (ft_workbench_active(w))
        ft_app_ask(w->app, "w save and stop   d discard since the last checkpoint   Esc continue",
                   "w save and stop  d discard  Esc continue", answer_stop_shown, w);
}
