/* A training session's thread: see session.h. The loop itself is train.c; session_link.c is the
 * only place where two threads meet. */
#include "engine/train/session.h"

#include "core/comm.h"
#include "engine/task/task.h"
#include "engine/train/notify.h"
#include "engine/train/record.h"
#include "engine/train/run_folder.h"
#include "engine/train/session_link.h"
#include "engine/train/session_watch.h"
#include "engine/train/train.h"
#include "engine/train/train_eval.h"
#include "engine/train/train_options.h"
#include "engine/train/train_prepare.h"
#include "engine/train/train_ranks.h"
#include "engine/train/train_state.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ft_session {
    pthread_t thread;
    struct ft_session_link link;
    struct ft_train t; /* the thread's until it is joined */
    struct ft_scores scores;
    enum ft_status status;
    struct ft_err err;
};

static void end(struct ft_session *s, enum ft_session_state state)
{
    pthread_mutex_lock(&s->link.mu);
    s->link.snap.state = state;
    s->link.finished = true;
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
    if (s->link.wake) ft_wake_signal(s->link.wake);
}

/* Runs the user's command; a stop that somebody asked for is no news. */
static void notify(const struct ft_session *s, enum ft_status st, bool stopped)
{
    const struct ft_train *t = &s->t;
    char text[160];
    bool writes = t->lock >= 0; /* not so the other processes of a run over MPI */
    if (!writes || (!st && stopped)) return;
    snprintf(text, sizeof text, "done at step %llu of %llu", (unsigned long long)t->s.step,
             (unsigned long long)t->total);
    ft_notify(ft_options_text(&t->o, FT_OPT_notify),
              !st                ? FT_NOTIFY_DONE
              : st == FT_NUMERIC ? FT_NOTIFY_NAN
                                 : FT_NOTIFY_FAILED,
              t->dir, st ? s->err.msg : text);
}

static void *run(void *arg)
{
    struct ft_session *s = arg;
    struct ft_train *t = &s->t;
    struct ft_session_watch watch;
    bool stopped = false;
    ft_comm_enter();
    ft_session_watch_start(&watch, t);
    enum ft_status st = ft_train_prepare(t, &s->err);
    if (!st) st = ft_train_loop(t, &stopped, &s->err);
    if (!st && !stopped) st = ft_train_finish(t, &s->scores, &s->err);
    if (!st && stopped) st = ft_record_write(t, "stopped", &s->err);
    ft_session_watch_stop(&watch);
    if (st) {
        struct ft_err moved = {0};
        if (t->started && ft_run_folder_here(t, &moved)) s->err = moved; /* that is the reason */
        ft_log(FT_LOG_DEBUG, "failed: %s", s->err.msg);
        if (t->started)
            ft_record_write(t, "failed", NULL); /* the first error is the one that counts */
        else
            ft_record_undo(t); /* a mistyped path must not take the folder */
    }
    ft_train_ranks_end();
    ft_comm_leave();
    s->status = st;
    notify(s, st, stopped);
    end(s, st ? FT_SESSION_FAILED : stopped ? FT_SESSION_STOPPED : FT_SESSION_DONE);
    return NULL;
}

enum ft_task ft_session_task(const struct ft_options *o)
{
    return ft_task_find(o);
}

/* The thread has ended, or has never begun. */
static void session_free(struct ft_session *s)
{
    ft_scores_release(&s->scores);
    ft_session_link_release(&s->link); /* its predictor uses the model */
    ft_train_release(&s->t);
    free(s);
}

struct ft_session *ft_session_start(const struct ft_options *o, const struct ft_session_how *how,
                                    struct ft_wake *wake, struct ft_err *err)
{
    struct ft_session *s = ft_xcalloc(1, sizeof *s);
    struct ft_train *t = &s->t;
    ft_session_link_init(&s->link, t, wake);
    t->link = &s->link;
    t->lock = -1;
    t->started_s = ft_now_s();
    ft_wall_iso(t->began, sizeof t->began, ft_wall_s());
    t->until_step = how->until_step;
    t->until_share = how->until_share;
    t->baseline = how->baseline;
    ft_options_copy(&t->o, o);
    enum ft_status st = ft_train_settle(t, how->resume, how->fork, err);
    if (!st) {
        t->dir = ft_xstrdup(ft_options_text(&t->o, FT_OPT_output_dir));
        snprintf(s->link.snap.output_dir, sizeof s->link.snap.output_dir, "%s", t->dir);
        st = ft_record_open(t, err);
    }
    if (!st && !pthread_create(&s->thread, NULL, run, s)) return s;
    if (!st) ft_fail(err, FT_NOMEM, "no thread could be started");
    ft_comm_enter();
    ft_train_ranks_end();
    ft_comm_leave();
    session_free(s);
    return NULL;
}

void ft_session_look(struct ft_session *s, struct ft_snapshot *snap)
{
    ft_session_link_look(&s->link, snap);
}

bool ft_session_finished(struct ft_session *s)
{
    pthread_mutex_lock(&s->link.mu);
    bool finished = s->link.finished;
    pthread_mutex_unlock(&s->link.mu);
    return finished;
}

enum ft_status ft_session_request(struct ft_session *s, const struct ft_run_request *r,
                                  struct ft_err *err)
{
    return ft_session_link_request(&s->link, r, err);
}

static void request(struct ft_session *s, enum ft_run_request_kind kind)
{
    ft_session_link_request(&s->link, &(struct ft_run_request){.kind = kind}, NULL);
}

void ft_session_pause(struct ft_session *s, bool pause)
{
    request(s, pause ? FT_RUN_REQUEST_PAUSE : FT_RUN_REQUEST_CONTINUE);
}

void ft_session_save(struct ft_session *s)
{
    request(s, FT_RUN_REQUEST_SAVE);
}

void ft_session_evaluate(struct ft_session *s)
{
    request(s, FT_RUN_REQUEST_EVALUATE);
}

void ft_session_stop(struct ft_session *s, bool discard)
{
    request(s, discard ? FT_RUN_REQUEST_DISCARD : FT_RUN_REQUEST_STOP);
}

enum ft_status ft_session_set(struct ft_session *s, const char *option, const char *value,
                              struct ft_err *err)
{
    struct ft_run_request r = {.kind = FT_RUN_REQUEST_SET};
    int id = ft_option_find(option);
    if (id < 0) return ft_fail(err, FT_USAGE, "%s cannot be changed during a run", option);
    if (strlen(value) >= sizeof r.value)
        return ft_fail(err, FT_USAGE, "%s: the value is too long", option);
    r.option = (enum ft_opt)id;
    snprintf(r.value, sizeof r.value, "%s", value);
    return ft_session_link_request(&s->link, &r, err);
}

enum ft_status ft_session_ask(struct ft_session *s, ft_session_ask_fn *fn, void *arg,
                              struct ft_err *err)
{
    pthread_mutex_lock(&s->link.mu);
    while (s->link.asked.fn && !s->link.finished)
        pthread_cond_wait(&s->link.changed, &s->link.mu);
    if (!s->link.finished) {
        s->link.asked.fn = fn;
        s->link.asked.arg = arg;
        s->link.asked.done = false;
        pthread_cond_broadcast(&s->link.changed);
        while (!s->link.asked.done && !s->link.finished)
            pthread_cond_wait(&s->link.changed, &s->link.mu);
    }
    bool done = s->link.asked.fn == fn && s->link.asked.done;
    s->link.asked.fn = NULL;
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
    return done ? FT_OK : ft_fail(err, FT_CANCELLED, "the run has ended");
}

enum ft_status ft_session_join(struct ft_session *s, struct ft_scores *scores, struct ft_err *err)
{
    pthread_join(s->thread, NULL);
    enum ft_status st = s->status;
    if (st && err) *err = s->err;
    if (scores) {
        *scores = s->scores;
        memset(&s->scores, 0, sizeof s->scores);
    }
    session_free(s);
    return st;
}
