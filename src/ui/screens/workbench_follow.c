/* Runs that go on in other processes: the one shown is followed through its folder and controlled
 * by requests (engine/train/run_control.h); and the program's own run is left to a process in the
 * background. See workbench.h.
 *
 * Leaving a run: its session saves a checkpoint and ends, `fettle train --resume` is started
 * without a terminal, and this program waits until that process trains: when it cannot, the run is
 * still here, stopped, with the reason. */
#include "ui/screens/workbench_in.h"

#include "engine/train/run_status.h"
#include "util/background.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the run shown --- */

/* What became of a run that was followed until now. */
static void say_ended(struct ft_workbench *w)
{
    struct ft_run run;
    char step[32];
    const char *name = ft_path_base(w->run);
    if (ft_run_read(&run, w->run, NULL)) return;
    ft_format_count(step, sizeof step, (long long)run.step);
    if (run.state == FT_RUN_DONE)
        ft_app_say(w->app, FT_SAY_OK, "%.60s is done.  Next: evaluate (5)", name);
    else if (run.state == FT_RUN_FAILED)
        ft_app_say(w->app, FT_SAY_ERROR, "%.60s failed at step %s; its log says why", name, step);
    else if (run.state == FT_RUN_STOPPED && run.stored == FT_RUN_RUNNING)
        ft_app_say(w->app, FT_SAY_WARN, "%.60s: its process was killed; C continues", name);
    else if (run.state == FT_RUN_STOPPED)
        ft_app_say(w->app, FT_SAY_OK, "%.60s stopped at step %s; C continues", name, step);
    if (run.state == FT_RUN_DONE) ft_evaluation_load(w->evaluation, w->run);
    if (run.state == FT_RUN_DONE || run.state == FT_RUN_FAILED)
        ft_workbench_tell(w, name, run.state == FT_RUN_DONE ? "is done" : "failed");
    ft_run_release(&run);
}

bool ft_workbench_follow_remote(struct ft_workbench *w)
{
    struct ft_snapshot snap;
    int64_t pid = 0;
    bool own = w->session && w->run_is_own;
    bool same = w->remote.on && !strcmp(w->remote.snap.output_dir, w->run);
    bool on = *w->run && !own && ft_run_status_live(w->run, &snap, &pid);
    if (!on && same && !own && pid && pid == w->remote.pid) return false; /* it is about to end */
    bool ended = same && !on && !pid && !own;
    bool any = on != w->remote.on || (on && memcmp(&snap, &w->remote.snap, sizeof snap));
    w->remote.on = on;
    w->remote.pid = pid;
    if (on) w->remote.snap = snap;
    if (ended) say_ended(w);
    return any;
}

const struct ft_snapshot *ft_workbench_snapshot(const struct ft_workbench *w)
{
    if (w->remote.on) return &w->remote.snap;
    return w->run_is_own && w->has_snap ? &w->snap : NULL;
}

bool ft_workbench_active(const struct ft_workbench *w)
{
    return w->remote.on || (w->session && w->run_is_own);
}

bool ft_workbench_request(struct ft_workbench *w, const struct ft_run_request *r)
{
    struct ft_err err = {0};
    enum ft_status st = FT_OK;
    if (w->session && w->run_is_own)
        st = ft_session_request(w->session, r, &err);
    else
        st = ft_run_control_send(w->run, r, &err);
    if (st) ft_app_say_err(w->app, &err);
    ft_workbench_follow(w);
    return !st;
}

/* --- leaving the own run --- */

enum { SWEEP_STARTS_S = 20 };

void ft_workbench_leave(struct ft_workbench *w)
{
    if (!w->session) {
        ft_app_quit(w->app);
        return;
    }
    w->leave.on = true;
    w->leave.pid = 0;
    snprintf(w->leave.dir, sizeof w->leave.dir, "%s", w->snap.output_dir);
    snprintf(w->leave.sweep, sizeof w->leave.sweep, "%s", w->sweep.now ? w->sweep.now->dir : "");
    ft_session_stop(w->session, false);
    ft_app_busy(w->app, "saving a checkpoint", "", 0, 0, NULL, NULL);
}

static void give_up(struct ft_workbench *w)
{
    w->leave.on = false;
    ft_app_busy_end(w->app);
}

/* The last line that the process wrote, for the message line. */
static char *last_line(const char *dir)
{
    char *path = ft_path_join(dir, "background.log"), *text = NULL;
    size_t n = 0;
    char *line = ft_xstrdup("");
    if (!ft_file_read(path, (size_t)64 << 20, &text, &n, NULL)) {
        while (n && (text[n - 1] == '\n' || text[n - 1] == '\r'))
            text[--n] = 0;
        const char *from = memrchr(text, '\n', n);
        free(line);
        line = ft_xstrdup(from ? from + 1 : text);
        ft_text_tame(line, strlen(line));
    }
    free(text);
    free(path);
    return line;
}

void ft_workbench_leave_stopped(struct ft_workbench *w)
{
    bool sweep = *w->leave.sweep;
    const char *dir = sweep ? w->leave.sweep : w->leave.dir;
    const char *words[6] = {sweep ? "sweep" : "train", "--resume", dir};
    const char *notify = sweep ? ft_options_text(&w->o, FT_OPT_notify) : w->notify;
    struct ft_err err = {0};
    if (notify && *notify) {
        words[3] = "--notify";
        words[4] = notify;
    }
    w->leave.since_s = ft_now_s();
    char *log = ft_path_join(dir, "background.log");
    if (ft_background_start(words, log, &w->leave.pid, &err)) {
        give_up(w);
        ft_app_say_err(w->app, &err);
    }
    free(log);
}

bool ft_workbench_follow_leave(struct ft_workbench *w)
{
    struct ft_snapshot snap;
    int64_t pid;
    int status;
    char step[32];
    if (!w->leave.on || !w->leave.pid) return false;
    if (ft_background_ended(w->leave.pid, &status)) {
        char *line = last_line(*w->leave.sweep ? w->leave.sweep : w->leave.dir);
        give_up(w);
        ft_app_say(w->app, FT_SAY_ERROR, "not left running: %.300s; C continues it here",
                   *line ? line : "the process ended");
        free(line);
        return true;
    }
    ft_app_busy(w->app, "starting in the background; q quits now", "", 0, 0, NULL, NULL);
    bool trains = ft_run_status_live(w->leave.dir, &snap, &pid) && pid == w->leave.pid &&
                  snap.state != FT_SESSION_STARTING;
    bool goes_on = *w->leave.sweep && ft_now_s() - w->leave.since_s > SWEEP_STARTS_S;
    if (!trains && goes_on) return ft_workbench_leave_quit(w); /* it began with another member */
    if (!trains) return false;
    free(w->farewell);
    w->farewell = ft_xprintf("%s continues in the background from step %s (process %lld); `fettle` "
                             "shows it, `fettle runs` lists it",
                             w->leave.dir, ft_format_count(step, sizeof step, (long long)snap.step),
                             (long long)pid);
    give_up(w);
    ft_app_quit(w->app);
    return true;
}

bool ft_workbench_leave_quit(struct ft_workbench *w)
{
    if (!w->leave.on || !w->leave.pid) return false;
    const char *dir = *w->leave.sweep ? w->leave.sweep : w->leave.dir;
    free(w->farewell);
    w->farewell = ft_xprintf("%s continues in the background (process %lld); its messages are in "
                             "%s/background.log",
                             dir, (long long)w->leave.pid, dir);
    ft_app_quit(w->app);
    return true;
}
