/* See asker.h. One thread with one slot for the question that waits and one for the answer. */
#include "engine/asker.h"

#include "util/clock.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct question {
    uint64_t id;
    char *model, *text, *pair;
    bool current, explain;
};

struct ft_asker {
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct ft_wake *wake;
    struct question waiting; /* id 0: none */
    struct ft_answer answer; /* id 0: none */
    uint64_t last_id;
    struct ft_session *session;
    bool ending, working, loading, with_session;
    /* the thread's own */
    struct ft_predictor *predictor;
    char *loaded;
};

static void question_release(struct question *q)
{
    free(q->model);
    free(q->text);
    free(q->pair);
    memset(q, 0, sizeof *q);
}

void ft_answer_release(struct ft_answer *a)
{
    for (size_t i = 0; a->labels && i < a->prediction.labels; i++)
        free(a->labels[i]);
    free(a->labels);
    free(a->text);
    free(a->pair);
    free(a->model);
    ft_prediction_release(&a->prediction);
    memset(a, 0, sizeof *a);
}

/* --- the thread --- */

struct job {
    const struct question *q;
    struct ft_answer *a;
};

static void predict(void *arg, struct ft_predictor *p, uint64_t step)
{
    struct job *j = arg;
    const struct question *q = j->q;
    struct ft_answer *a = j->a;
    double start = ft_now_s();
    a->step = step;
    a->status = ft_predict(p, q->text, strlen(q->text), q->pair, q->pair ? strlen(q->pair) : 0,
                           q->explain, &a->prediction, &a->err);
    a->ms = (ft_now_s() - start) * 1e3;
    if (a->status) return;
    a->labels = ft_xcalloc(a->prediction.labels, sizeof *a->labels);
    for (size_t i = 0; i < a->prediction.labels; i++)
        a->labels[i] = ft_xstrdup(ft_predictor_label(p, i));
}

static void set_loading(struct ft_asker *a, bool loading)
{
    pthread_mutex_lock(&a->mu);
    a->loading = loading;
    pthread_mutex_unlock(&a->mu);
    if (a->wake) ft_wake_signal(a->wake);
}

static enum ft_status load(struct ft_asker *a, const char *model, struct ft_err *err)
{
    if (a->predictor && !strcmp(a->loaded, model)) return FT_OK;
    struct ft_options o;
    ft_predictor_free(a->predictor);
    a->predictor = NULL;
    free(a->loaded);
    a->loaded = NULL;
    ft_options_init(&o);
    set_loading(a, true);
    enum ft_status st = ft_predictor_open(&a->predictor, model, &o, err);
    set_loading(a, false);
    ft_options_release(&o);
    if (!st) a->loaded = ft_xstrdup(model);
    return st;
}

static void work(struct ft_asker *a, struct question *q, struct ft_session *session,
                 struct ft_answer *out)
{
    struct job j = {q, out};
    memset(out, 0, sizeof *out);
    out->id = q->id;
    out->text = ft_xstrdup(q->text);
    out->pair = ft_xstrdup(q->pair);
    out->model = ft_xstrdup(q->model);
    if (session) {
        enum ft_status st = ft_session_ask(session, predict, &j, &out->err);
        out->current = !st;
        if (st) out->status = st;
        return;
    }
    out->status = load(a, q->model, &out->err);
    if (!out->status) predict(&j, a->predictor, 0);
}

static void *run(void *arg)
{
    struct ft_asker *a = arg;
    pthread_mutex_lock(&a->mu);
    while (!a->ending) {
        if (!a->waiting.id) {
            pthread_cond_wait(&a->changed, &a->mu);
            continue;
        }
        struct question q = a->waiting;
        struct ft_session *session = q.current ? a->session : NULL;
        struct ft_answer answer;
        memset(&a->waiting, 0, sizeof a->waiting);
        a->working = true;
        a->with_session = session;
        pthread_mutex_unlock(&a->mu);
        work(a, &q, session, &answer);
        question_release(&q);
        pthread_mutex_lock(&a->mu);
        a->working = a->with_session = false;
        ft_answer_release(&a->answer);
        a->answer = answer;
        pthread_cond_broadcast(&a->changed);
        if (a->wake) ft_wake_signal(a->wake);
    }
    pthread_mutex_unlock(&a->mu);
    return NULL;
}

/* --- the main thread's side --- */

struct ft_asker *ft_asker_new(struct ft_wake *wake)
{
    struct ft_asker *a = ft_xcalloc(1, sizeof *a);
    pthread_mutex_init(&a->mu, NULL);
    pthread_cond_init(&a->changed, NULL);
    a->wake = wake;
    if (pthread_create(&a->thread, NULL, run, a)) a->ending = true;
    return a;
}

void ft_asker_free(struct ft_asker *a)
{
    if (!a) return;
    pthread_mutex_lock(&a->mu);
    bool never = a->ending;
    a->ending = true;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mu);
    if (!never) pthread_join(a->thread, NULL);
    question_release(&a->waiting);
    ft_answer_release(&a->answer);
    ft_predictor_free(a->predictor);
    free(a->loaded);
    pthread_cond_destroy(&a->changed);
    pthread_mutex_destroy(&a->mu);
    free(a);
}

uint64_t ft_asker_ask(struct ft_asker *a, const struct ft_question *q)
{
    pthread_mutex_lock(&a->mu);
    question_release(&a->waiting);
    a->waiting = (struct question){.id = ++a->last_id,
                                   .model = ft_xstrdup(q->model ? q->model : ""),
                                   .text = ft_xstrdup(q->text ? q->text : ""),
                                   .pair = ft_xstrdup(q->pair),
                                   .current = q->current,
                                   .explain = q->explain};
    uint64_t id = a->last_id;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mu);
    return id;
}

bool ft_asker_take(struct ft_asker *a, struct ft_answer *out)
{
    pthread_mutex_lock(&a->mu);
    bool there = a->answer.id;
    if (there) {
        *out = a->answer;
        memset(&a->answer, 0, sizeof a->answer);
    }
    pthread_mutex_unlock(&a->mu);
    return there;
}

bool ft_asker_busy(struct ft_asker *a, bool *loading)
{
    pthread_mutex_lock(&a->mu);
    bool busy = a->working || a->waiting.id;
    if (loading) *loading = a->loading;
    pthread_mutex_unlock(&a->mu);
    return busy;
}

void ft_asker_session(struct ft_asker *a, struct ft_session *s)
{
    pthread_mutex_lock(&a->mu);
    a->session = s;
    while (!s && a->with_session)
        pthread_cond_wait(&a->changed, &a->mu);
    pthread_mutex_unlock(&a->mu);
}
