/* A training session's thread, wishes and snapshots: see session.h. The loop itself is train.c;
 * this file is the only one where two threads meet. */
#include "engine/train/session.h"

#include "engine/predict/predict.h"
#include "engine/task/task.h"
#include "engine/train/train.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct ft_session {
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct ft_snapshot snap; /* guarded by mu, as are the next five */
    struct ft_wish wish;
    bool paused, finished, published;
    struct {
        ft_session_ask_fn *fn; /* NULL: nothing is asked */
        void *arg;
        bool done;
    } asked;
    double woke_s;
    struct ft_wake *wake;
    struct ft_train t;              /* the thread's until it is joined */
    struct ft_predictor *predictor; /* the thread's: the run's own model */
    struct ft_scores scores;
    enum ft_status status;
    struct ft_err err;
};

static const char *const state_names[] = {"starting", "running", "evaluating", "paused",
                                          "stopped",  "done",    "failed"};

const char *ft_session_state_name(enum ft_session_state state)
{
    return state_names[state];
}

struct ft_snapshot *ft_session_edit(struct ft_session *s)
{
    pthread_mutex_lock(&s->mu);
    return &s->snap;
}

void ft_session_publish(struct ft_session *s)
{
    double now = ft_now_s();
    s->snap.peak_rate = s->t.s.lr_factor * ft_options_num(&s->t.o, FT_OPT_learning_rate);
    bool wake = s->wake && (s->snap.state != FT_SESSION_RUNNING || now - s->woke_s > 0.03);
    if (wake) s->woke_s = now;
    pthread_mutex_unlock(&s->mu);
    if (wake) ft_wake_signal(s->wake);
}

/* Answers what is asked; the lock is held on entry and on return. */
static void answer(struct ft_session *s)
{
    ft_session_ask_fn *fn = s->asked.fn;
    void *arg = s->asked.arg;
    if (!fn || s->asked.done) return;
    pthread_mutex_unlock(&s->mu);
    if (!s->predictor) s->predictor = ft_predictor_borrow(&s->t.model, &s->t.o);
    fn(arg, s->predictor, s->t.s.step);
    pthread_mutex_lock(&s->mu);
    s->asked.done = true;
    pthread_cond_broadcast(&s->changed);
}

void ft_session_wishes(struct ft_session *s, struct ft_wish *wish)
{
    pthread_mutex_lock(&s->mu);
    bool was_paused = s->paused;
    double from = ft_now_s();
    answer(s);
    while (s->paused && !s->wish.stop && !s->wish.save && !s->wish.evaluate) {
        s->snap.state = FT_SESSION_PAUSED;
        if (s->wake) ft_wake_signal(s->wake);
        pthread_cond_wait(&s->changed, &s->mu);
        answer(s);
    }
    *wish = s->wish;
    memset(&s->wish, 0, sizeof s->wish);
    if (was_paused) wish->paused_s = ft_now_s() - from;
    wish->paused = s->paused && !wish->stop;
    if (was_paused) s->snap.state = FT_SESSION_RUNNING;
    pthread_mutex_unlock(&s->mu);
}

static void end(struct ft_session *s, enum ft_session_state state)
{
    pthread_mutex_lock(&s->mu);
    s->snap.state = state;
    s->finished = true;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
    if (s->wake) ft_wake_signal(s->wake);
}

static void *run(void *arg)
{
    struct ft_session *s = arg;
    struct ft_train *t = &s->t;
    bool stopped = false;
    enum ft_status st = ft_train_prepare(t, &s->err);
    if (!st) st = ft_train_loop(t, &stopped, &s->err);
    if (!st && !stopped) st = ft_train_finish(t, &s->scores, &s->err);
    if (!st && stopped) st = ft_record_write(t, "stopped", &s->err);
    if (st) {
        struct ft_err moved = {0};
        if (t->started && ft_record_here(t, &moved)) s->err = moved; /* that is the reason */
        ft_log(FT_LOG_DEBUG, "failed: %s", s->err.msg);
        if (t->started)
            ft_record_write(t, "failed", NULL); /* the first error is the one that counts */
        else
            ft_record_undo(t); /* a mistyped path must not take the folder */
    }
    s->status = st;
    end(s, st ? FT_SESSION_FAILED : stopped ? FT_SESSION_STOPPED : FT_SESSION_DONE);
    return NULL;
}

static enum ft_status fail_no_checkpoint(const char *dir, const char *path, struct ft_err *err)
{
    enum { SHOWN = 8 };
    uint64_t *steps;
    size_t n;
    enum ft_status st = ft_checkpoint_list(dir, &steps, &n, err);
    struct ft_str list = {0};
    for (size_t i = n > SHOWN ? n - SHOWN : 0; i < n; i++)
        ft_str_addf(&list, "%s%llu", list.len ? ", " : "", (unsigned long long)steps[i]);
    free(steps);
    if (!st || st == FT_NOTFOUND)
        st = ft_fail(err, FT_NOTFOUND, "%s: there is no such checkpoint; %s has %s%s", path, dir,
                     n ? "those of step " : "none", ft_str_text(&list));
    ft_str_release(&list);
    return st;
}

/* "FOLDER@STEP": the checkpoint's folder and the run's options beneath those that were given. */
static enum ft_status take_fork(struct ft_train *t, const char *fork, struct ft_err *err)
{
    const char *at = strrchr(fork, '@');
    long long step;
    if (!at || at == fork || !ft_parse_i64(at + 1, &step) || step < 0)
        return ft_fail(err, FT_USAGE, "fork is %s, expected FOLDER@STEP", fork);
    char *dir = ft_xstrndup(fork, (size_t)(at - fork));
    t->fork_from = ft_checkpoint_path(dir, (uint64_t)step);
    t->fork_rate = ft_options_given(&t->o, FT_OPT_learning_rate);
    enum ft_status st = FT_OK;
    if (!ft_path_is_dir(t->fork_from)) st = fail_no_checkpoint(dir, t->fork_from, err);
    struct ft_options base;
    ft_options_init(&base);
    if (!st) st = ft_options_of_run(dir, &base, err);
    struct ft_events events = {0};
    char *metrics = ft_path_join(dir, "metrics.jsonl");
    if (!st && ft_path_exists(metrics)) st = ft_events_read(&events, metrics, false, err);
    if (!st) ft_events_apply_until(&events, (uint64_t)step, &base);
    ft_events_release(&events);
    free(metrics);
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        if (i == FT_OPT_output_dir || ft_options_given(&t->o, (enum ft_opt)i)) continue;
        if (!ft_options_given(&base, (enum ft_opt)i)) continue;
        st = ft_options_set_id(&t->o, (enum ft_opt)i, ft_options_text(&base, (enum ft_opt)i), true,
                               err);
    }
    ft_options_release(&base);
    free(dir);
    return st;
}

/* Options that a run which goes on may be given though they are not live: where its files lie now
 * (they are compared with those it had), and what changes nothing that was done. */
static bool may_differ(enum ft_opt id)
{
    static const enum ft_opt ids[] = {
        FT_OPT_overwrite_output_dir, FT_OPT_per_device_eval_batch_size,
        FT_OPT_load_best_model_at_end, FT_OPT_threads, FT_OPT_precision};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id) return true;
    return ft_option_at(id)->type == FT_OPT_TYPE_PATH && id != FT_OPT_output_dir;
}

static bool same_value(enum ft_opt id, const char *a, const char *b)
{
    double x, y;
    if (!strcmp(a, b)) return true;
    if (ft_parse_double(a, &x) && ft_parse_double(b, &y)) return fabs(x - y) <= 0;
    if (id != FT_OPT_output_dir) return false;
    return ft_path_same(a, b);
}

/* A resumed run keeps its options; those that are given now are laid over them: live ones as
 * changes from here on, so that what was done before stays what it was. */
static enum ft_status take_resume(struct ft_train *t, const char *dir, struct ft_err *err)
{
    struct ft_options kept;
    ft_options_init(&kept);
    enum ft_status st = ft_options_of_run(dir, &kept, err);
    if (!st) st = ft_record_resume(t, dir, err);
    if (!st) st = ft_options_set(&kept, "output_dir", dir, true, err);
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const char *was = ft_options_text(&kept, id), *now = ft_options_text(&t->o, id);
        if (!ft_options_given(&t->o, id)) continue;
        if (ft_option_at(id)->live)
            ft_events_ask(t, id, now);
        else if (may_differ(id))
            st = ft_options_set_id(&kept, id, now, true, err);
        else if (!same_value(id, was, now))
            st = ft_fail(err, FT_USAGE,
                         "%s: %s is %s here and stays so while a run goes on, not %s; --fork "
                         "%s@STEP starts another run from a checkpoint of it",
                         dir, ft_option_at(id)->name, *was ? was : "not set", now, dir);
    }
    if (!st && ft_options_given(&t->o, FT_OPT_events))
        st = ft_events_read(&t->given, ft_options_text(&t->o, FT_OPT_events), true, err);
    if (st) {
        ft_options_release(&kept);
        return st;
    }
    ft_options_release(&t->o);
    t->o = kept;
    t->resumed = true;
    return FT_OK;
}

static enum ft_status settle(struct ft_train *t, const struct ft_session_how *how,
                             struct ft_err *err)
{
    enum ft_status st = FT_OK;
    if (how->resume)
        st = take_resume(t, how->resume, err);
    else if (how->fork)
        st = take_fork(t, how->fork, err);
    if (st) return st;
    t->task = ft_task_find(&t->o);
    ft_options_settle(&t->o, t->task);
    if ((st = ft_options_check_all(&t->o, t->task, err))) return st;
    if (!strcmp(ft_options_text(&t->o, FT_OPT_precision), "bf16"))
        return ft_fail(err, FT_UNSUPPORTED,
                       "precision bf16 is not built yet in this version, expected auto or fp32");
    if (!t->resumed && *ft_options_text(&t->o, FT_OPT_events) &&
        (st = ft_events_read(&t->given, ft_options_text(&t->o, FT_OPT_events), true, err)))
        return st;
    ft_options_copy(&t->base, &t->o);
    static const enum ft_opt needed[] = {FT_OPT_model, FT_OPT_data, FT_OPT_output_dir};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (!*ft_options_text(&t->o, needed[i]))
            return ft_fail(err, FT_USAGE, "--%s is missing", ft_option_at(needed[i])->name);
    }
    return FT_OK;
}

enum ft_task ft_session_task(const struct ft_options *o)
{
    return ft_task_find(o);
}

/* The thread has ended, or has never begun. */
static void session_free(struct ft_session *s)
{
    ft_scores_release(&s->scores);
    ft_predictor_free(s->predictor);
    ft_train_release(&s->t);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->mu);
    free(s);
}

struct ft_session *ft_session_start(const struct ft_options *o, const struct ft_session_how *how,
                                    struct ft_wake *wake, struct ft_err *err)
{
    struct ft_session *s = ft_xcalloc(1, sizeof *s);
    struct ft_train *t = &s->t;
    pthread_mutex_init(&s->mu, NULL);
    pthread_cond_init(&s->changed, NULL);
    s->wake = wake;
    s->snap.eta_s = -1;
    t->session = s;
    t->lock = -1;
    t->started_s = ft_now_s();
    ft_wall_iso(t->began, sizeof t->began, ft_wall_s());
    ft_options_copy(&t->o, o);
    enum ft_status st = settle(t, how, err);
    if (!st) {
        t->dir = ft_xstrdup(ft_options_text(&t->o, FT_OPT_output_dir));
        snprintf(s->snap.output_dir, sizeof s->snap.output_dir, "%s", t->dir);
        st = ft_record_open(t, err);
    }
    if (!st && !pthread_create(&s->thread, NULL, run, s)) return s;
    if (!st) ft_fail(err, FT_NOMEM, "no thread could be started");
    session_free(s);
    return NULL;
}

void ft_session_look(struct ft_session *s, struct ft_snapshot *snap)
{
    pthread_mutex_lock(&s->mu);
    *snap = s->snap;
    pthread_mutex_unlock(&s->mu);
}

bool ft_session_finished(struct ft_session *s)
{
    pthread_mutex_lock(&s->mu);
    bool finished = s->finished;
    pthread_mutex_unlock(&s->mu);
    return finished;
}

/* Sets what the session's thread looks at between two updates. */
static void tell(struct ft_session *s, bool *what, bool value)
{
    pthread_mutex_lock(&s->mu);
    *what = value;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
}

void ft_session_pause(struct ft_session *s, bool pause)
{
    pthread_mutex_lock(&s->mu);
    s->paused = s->snap.pausing = pause;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
}

void ft_session_save(struct ft_session *s)
{
    tell(s, &s->wish.save, true);
}

void ft_session_evaluate(struct ft_session *s)
{
    tell(s, &s->wish.evaluate, true);
}

void ft_session_stop(struct ft_session *s, bool discard)
{
    pthread_mutex_lock(&s->mu);
    s->wish.stop = s->snap.stopping = true;
    s->wish.discard = discard;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
}

enum ft_status ft_session_set(struct ft_session *s, const char *option, const char *value,
                              struct ft_err *err)
{
    int id = ft_option_find(option);
    if (id < 0 || !ft_option_at((enum ft_opt)id)->live)
        return ft_fail(err, FT_USAGE, "%s cannot be changed while a run goes on", option);
    bool factor = id == FT_OPT_learning_rate && value[0] == 'x';
    double x;
    if (factor && (!ft_parse_double(value + 1, &x) || !(x > 0 && x <= 1000)))
        return ft_fail(err, FT_USAGE, "learning_rate is %s, expected a factor such as x1.25",
                       value);
    enum ft_status st = factor ? FT_OK : ft_option_check((enum ft_opt)id, value, err);
    if (st) return st;
    if (strlen(value) >= FT_EVENT_VALUE_MAX)
        return ft_fail(err, FT_USAGE, "%s: the value is too long", option);
    pthread_mutex_lock(&s->mu);
    if (s->wish.changes < FT_WISH_CHANGES_MAX) {
        size_t i = s->wish.changes++;
        s->wish.change[i].option = (enum ft_opt)id;
        snprintf(s->wish.change[i].value, sizeof s->wish.change[i].value, "%s", value);
    } else {
        st = ft_fail(err, FT_BUSY, "%d changes wait for the next update already",
                     (int)FT_WISH_CHANGES_MAX);
    }
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
    return st;
}

enum ft_status ft_session_ask(struct ft_session *s, ft_session_ask_fn *fn, void *arg,
                              struct ft_err *err)
{
    pthread_mutex_lock(&s->mu);
    while (s->asked.fn && !s->finished)
        pthread_cond_wait(&s->changed, &s->mu);
    if (!s->finished) {
        s->asked.fn = fn;
        s->asked.arg = arg;
        s->asked.done = false;
        pthread_cond_broadcast(&s->changed);
        while (!s->asked.done && !s->finished)
            pthread_cond_wait(&s->changed, &s->mu);
    }
    bool done = s->asked.fn == fn && s->asked.done;
    s->asked.fn = NULL;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->mu);
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
