/* Requests, progress and stalls of a session that is active: see session_watch.h. */
#include "engine/train/session_watch.h"

#include "engine/train/notify.h"
#include "engine/train/run_control.h"
#include "engine/train/run_status.h"
#include "engine/train/session_link.h"
#include "engine/train/train_state.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LOOK_EVERY_MS = 250 };
static const double write_every_s = 1;

/* --- stalls --- */

/* Changes whenever something was finished. */
static uint64_t mark_of(const struct ft_snapshot *s)
{
    uint64_t phase = 14695981039346656037u; /* FNV-1a */
    for (const char *p = s->phase; *p; p++)
        phase = (phase ^ (unsigned char)*p) * 1099511628211u;
    return phase ^ (s->step << 24) ^ (s->eval_step << 4) ^ (uint64_t)s->state;
}

bool ft_stall_see(struct ft_stall *x, const struct ft_snapshot *s, double now_s, double cpu_s)
{
    uint64_t mark = mark_of(s);
    bool rests = s->state == FT_SESSION_PAUSED || s->state >= FT_SESSION_STOPPED;
    bool running = s->state == FT_SESSION_RUNNING;
    double still = now_s - x->since_s;
    if (!x->begun || mark != x->mark || rests) {
        double longest = x->longest_s;
        if (x->begun && running && x->running && !x->told && still > longest) longest = still;
        *x = (struct ft_stall){.since_s = now_s,
                               .cpu_s = cpu_s,
                               .longest_s = longest,
                               .mark = mark,
                               .begun = true,
                               .running = running};
        return false;
    }
    bool idle = cpu_s - x->cpu_s < 0.1 * still;
    bool slow = running && x->longest_s > 0 && still >= FT_STALL_TIMES * x->longest_s;
    bool stalls = !x->told && still >= FT_STALL_SECONDS && (idle || slow);
    x->told = x->told || stalls;
    return stalls;
}

static void tell_stall(const struct ft_session_watch *w, const struct ft_snapshot *s)
{
    char text[160];
    snprintf(text, sizeof text, "no progress for %d minutes at step %llu of %llu",
             FT_STALL_SECONDS / 60, (unsigned long long)s->step,
             (unsigned long long)s->steps_total);
    ft_log(FT_LOG_WARN, "%s: is the machine short of memory, or the disk unreachable?", text);
    ft_notify(w->notify, FT_NOTIFY_STALL, w->dir, text);
}

/* --- requests --- */

static void obey(struct ft_session_link *l, const struct ft_run_request *r)
{
    struct ft_err err = {0};
    bool set = r->kind == FT_RUN_REQUEST_SET;
    if (ft_session_link_request(l, r, &err))
        ft_log(FT_LOG_WARN, "request ignored: %s", err.msg);
    else
        ft_log(FT_LOG_INFO, "request of another process: %s%s%s%s%s", ft_run_request_name(r->kind),
               set ? " " : "", set ? ft_option_at(r->option)->name : "", set ? " " : "", r->value);
}

/* --- the thread --- */

/* Whether another process would see something else than what was written last. */
static bool differs(const struct ft_snapshot *a, const struct ft_snapshot *b)
{
    return a->state != b->state || a->pausing != b->pausing || a->stopping != b->stopping;
}

static void *watch(void *arg)
{
    struct ft_session_watch *w = arg;
    struct ft_snapshot now, written = {0};
    struct ft_stall stall = {0};
    struct ft_run_request request;
    double written_s = ft_now_s();
    struct pollfd p = {.fd = w->stop_fd, .events = POLLIN};
    while (poll(&p, 1, LOOK_EVERY_MS) <= 0) {
        if (!ft_lock_stands(w->lock, w->lock_path)) continue; /* moved away: nothing is written */
        while (ft_run_control_take(w->dir, &request))
            obey(w->link, &request);
        ft_session_link_look(w->link, &now);
        if (ft_stall_see(&stall, &now, ft_now_s(), ft_cpu_s())) tell_stall(w, &now);
        bool old = ft_now_s() - written_s >= write_every_s;
        if (!differs(&now, &written) && !(old && memcmp(&now, &written, sizeof now))) continue;
        ft_run_status_write(w->dir, &now, NULL);
        written = now;
        written_s = ft_now_s();
    }
    return NULL;
}

void ft_session_watch_start(struct ft_session_watch *w, const struct ft_train *t)
{
    *w = (struct ft_session_watch){.link = t->link, .lock = t->lock, .stop_fd = -1};
    if (t->lock < 0) return; /* nothing is written by this process */
    snprintf(w->dir, sizeof w->dir, "%s", t->dir);
    if (strlen(t->dir) >= sizeof w->dir) return;
    w->lock_path = ft_path_join(w->dir, ".lock");
    w->notify = ft_xstrdup(ft_options_text(&t->o, FT_OPT_notify));
    ft_run_control_clear(w->dir); /* what was meant for a process before */
    ft_run_status_remove(w->dir);
    w->stop_fd = eventfd(0, EFD_CLOEXEC);
    w->started = w->stop_fd >= 0 && !pthread_create(&w->thread, NULL, watch, w);
}

void ft_session_watch_stop(struct ft_session_watch *w)
{
    uint64_t one = 1;
    if (w->started && write(w->stop_fd, &one, sizeof one) == sizeof one)
        pthread_join(w->thread, NULL);
    if (w->started && ft_lock_stands(w->lock, w->lock_path)) {
        ft_run_control_clear(w->dir);
        ft_run_status_remove(w->dir);
    }
    if (w->stop_fd >= 0) close(w->stop_fd);
    free(w->notify);
    free(w->lock_path);
    *w = (struct ft_session_watch){.stop_fd = -1};
}
