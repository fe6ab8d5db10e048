/* A training session's thread: see session.h. The loop itself is train.c; session_link.c is the
 * only place where two threads meet. */
#include "engine/train/session.h"

#include "core/comm.h"
#include "engine/task/task.h"
#include "engine/train/record.h"
#include "engine/train/run_folder.h"
#include "engine/train/session_link.h"
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

static void *run(void *arg)
{
    struct ft_session *s = arg;
    struct ft_train *t = &s->t;
    bool stopped = false;
    ft_comm_enter();
    enum ft_status st = ft_train_prepare(t, &s->err);
    if (!st) st = ft_train_loop(t, &stopped, &s->err);
    if (!st && !stopped) st = ft_train_finish(t, &s->scores, &s->err);
    if (!st && stopped) st = ft_record_write(t, "stopped", &s->err);
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
    pthread_mutex_lock(&s->link.mu);
    *snap = s->link.snap;
    pthread_mutex_unlock(&s->link.mu);
}

bool ft_session_finished(struct ft_session *s)
{
    pthread_mutex_lock(&s->link.mu);
    bool finished = s->link.finished;
    pthread_mutex_unlock(&s->link.mu);
    return finished;
}

/* Sets what the session's thread looks at between two updates. */
static void tell(struct ft_session *s, bool *what, bool value)
{
    pthread_mutex_lock(&s->link.mu);
    *what = value;
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
}

void ft_session_pause(struct ft_session *s, bool pause)
{
    pthread_mutex_lock(&s->link.mu);
    s->link.paused = s->link.snap.pausing = pause;
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
}

void ft_session_save(struct ft_session *s)
{
    tell(s, &s->link.wish.save, true);
}

void ft_session_evaluate(struct ft_session *s)
{
    tell(s, &s->link.wish.evaluate, true);
}

void ft_session_stop(struct ft_session *s, bool discard)
{
    pthread_mutex_lock(&s->link.mu);
    s->link.wish.stop = s->link.snap.stopping = true;
    s->link.wish.discard = discard;
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
}

enum ft_status ft_session_set(struct ft_session *s, const char *option, const char *value,
                              struct ft_err *err)
{
    int id = ft_option_find(option);
    if (id < 0 || !ft_option_at((enum ft_opt)id)->live)
        return ft_fail(err, FT_USAGE, "%s cannot be changed during a run", option);
    bool factor = id == FT_OPT_learning_rate && value[0] == 'x';
    double x;
    if (factor && (!ft_parse_double(value + 1, &x) || !(x > 0 && x <= 1000)))
        return ft_fail(err, FT_USAGE, "learning_rate is %s, expected a factor such as x1.25",
                       value);
    enum ft_status st = factor ? FT_OK : ft_option_check((enum ft_opt)id, value, err);
    if (st) return st;
    if (strlen(value) >= FT_EVENT_VALUE_MAX)
        return ft_fail(err, FT_USAGE, "%s: the value is too long", option);
    pthread_mutex_lock(&s->link.mu);
    if (s->link.wish.changes < FT_WISH_CHANGES_MAX) {
        size_t i = s->link.wish.changes++;
        s->link.wish.change[i].option = (enum ft_opt)id;
        snprintf(s->link.wish.change[i].value, sizeof s->link.wish.change[i].value, "%s", value);
    } else {
        st = ft_fail(err, FT_BUSY, "%d changes are already waiting for the next update",
                     (int)FT_WISH_CHANGES_MAX);
    }
    pthread_cond_broadcast(&s->link.changed);
    pthread_mutex_unlock(&s->link.mu);
    return st;
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
