/* Queueing a run while another one trains: see workbench.h. The queue is worked through by a process in the
 * background (`fettle queue run`), so it does not depend on this program. */
#include "ui/screens/workbench_in.h"

#include "util/background.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = FT_QUEUE_ROOT;

static void forget(struct ft_workbench *w)
{
    if (w->queueing.on) ft_options_release(&w->queueing.o);
    free(w->queueing.fork);
    free(w->queueing.resume);
    free(w->queueing.sweep);
    memset(&w->queueing, 0, sizeof w->queueing);
}

void ft_workbench_queue_release(struct ft_workbench *w)
{
    int status;
    forget(w);
    if (w->queue_pid) ft_background_ended(w->queue_pid, &status);
}

/* What trains now, for the question: the own run, or the one that is shown. */
static const char *active(const struct ft_workbench *w)
{
    return w->session ? w->snap.output_dir : w->run;
}

bool ft_workbench_run_queue(struct ft_workbench *w)
{
    static const char *const words[] = {"queue", "run", NULL};
    struct ft_err err = {0};
    int status;
    if (w->queue_pid && ft_background_ended(w->queue_pid, &status)) w->queue_pid = 0;
    if (ft_queue_runner(root) || w->queue_pid) return true;
    char *log = ft_path_join(root, "queue-run.log");
    enum ft_status st = ft_background_start(words, log, &w->queue_pid, &err);
    if (st) {
        w->queue_pid = 0;
        ft_app_say_err(w->app, &err);
    }
    free(log);
    return !st;
}

static bool add_entry(struct ft_workbench *w, const struct ft_queue_entry *e)
{
    struct ft_err err = {0};
    uint64_t id = 0;
    if (ft_queue_add(root, e, &id, &err)) {
        ft_app_say_err(w->app, &err);
        return false;
    }
    if (ft_workbench_run_queue(w))
        ft_app_say(w->app, FT_SAY_OK,
                   "%.60s is queued: it trains in the background after %.60s; 7 shows it",
                   ft_path_base(e->dir), e->after ? ft_path_base(e->after) : "the others");
    return true;
}

bool ft_workbench_queue_entry(struct ft_workbench *w, const struct ft_queue_entry *e)
{
    struct ft_queue_entry next = *e;
    next.after = w->session || w->remote.on ? active(w) : NULL;
    return add_entry(w, &next);
}

void ft_workbench_queue_sweep(struct ft_workbench *w, const char *dir)
{
    struct ft_queue_entry e = {
        .kind = FT_QUEUE_SWEEP, .dir = dir, .after = w->session ? active(w) : NULL};
    add_entry(w, &e);
}

static bool add(struct ft_workbench *w)
{
    const char *resume = w->queueing.resume;
    const char *dir = resume ? resume : ft_options_text(&w->queueing.o, FT_OPT_output_dir);
    struct ft_queue_entry e = {.kind = resume ? FT_QUEUE_RESUME : FT_QUEUE_TRAIN,
                               .dir = dir,
                               .fork = w->queueing.fork,
                               .after = w->session || w->remote.on ? active(w) : NULL,
                               .o = &w->queueing.o};
    if (!add_entry(w, &e)) return false;
    if (w->queueing.fork) ft_workbench_end_fork(w);
    return true;
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    bool now = ft_key_is(k, 't') && !w->session;
    if (!ft_key_is(k, 'q') && !now) return false;
    if (!w->queueing.on) return true;
    if (w->queueing.sweep)
        ft_workbench_queue_sweep(w, w->queueing.sweep);
    else if (now)
        ft_workbench_start_now(w, &w->queueing.o, w->queueing.resume, w->queueing.fork);
    else
        add(w);
    forget(w);
    return true;
}

void ft_workbench_offer_queue_sweep(struct ft_workbench *w, const char *dir)
{
    char text[200];
    struct ft_err err = {0};
    struct ft_sweep s;
    if (ft_sweep_read(&s, dir, &err)) {
        ft_app_say_err(w->app, &err);
        return;
    }
    bool driven = s.state == FT_SWEEP_RUNNING, over = s.state == FT_SWEEP_DONE;
    ft_sweep_release(&s);
    if (driven || over) {
        ft_app_say(w->app, FT_SAY_NOTE, "sweep %.60s is %s", ft_path_base(dir),
                   over ? "done" : "running already");
        return;
    }
    forget(w);
    w->queueing.on = true;
    ft_options_init(&w->queueing.o);
    w->queueing.sweep = ft_xstrdup(dir);
    snprintf(text, sizeof text, "%.30s is training: q queue sweep %.30s  Esc cancel",
             ft_path_base(active(w)), ft_path_base(dir));
    ft_app_ask(w->app, text, "q queue  Esc cancel", answer, w);
}

void ft_workbench_offer_queue(struct ft_workbench *w, const struct ft_options *o,
                              const struct ft_session_how *how)
{
    char text[200];
    const struct ft_snapshot *s = w->session ? &w->snap : &w->remote.snap;
    forget(w);
    w->queueing.on = true;
    ft_options_copy(&w->queueing.o, o);
    w->queueing.fork = how->fork ? ft_xstrdup(how->fork) : NULL;
    w->queueing.resume = how->resume ? ft_xstrdup(how->resume) : NULL;
    snprintf(text, sizeof text, "%.24s is training (%.0f%%): q queue this run%s  Esc cancel",
             ft_path_base(active(w)),
             s->steps_total ? 100 * (double)s->step / (double)s->steps_total : 0,
             w->session ? "" : "  t train it now too");
    ft_app_ask(w->app, text,
               w->session ? "q queue  Esc cancel" : "q queue  t train now  Esc cancel", answer, w);
}

bool ft_workbench_is_queued(const char *dir)
{
    struct ft_queue q;
    bool found = false;
    if (ft_queue_read(&q, root, NULL)) return false;
    for (size_t i = 0; i < q.n && !found; i++)
        found = !strcmp(q.items[i].dir, dir);
    ft_queue_release(&q);
    return found;
}
