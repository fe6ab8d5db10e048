/* See prediction_queue.h. One thread with one slot for the question that waits and one for the
 * answer. */
#include "engine/present/prediction_queue.h"

#include "engine/model/precision.h"
#include "util/clock.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct question {
    uint64_t id;
    double from_s; /* not answered before */
    char *model, *text, *pair;
    bool current, explain;
    enum ft_precision precision;
    size_t choices;
    struct ft_generate_opt generate;
};

struct ft_prediction_queue {
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct ft_wake *wake;
    struct question waiting; /* id 0: none */
    struct ft_answer answer; /* id 0: none */
    uint64_t last_id;
    struct ft_session *session;
    bool ending, working, loading, with_session;
    bool stop; /* the text that grows */
    /* the thread's own */
    struct ft_predictor *predictor;
    char *loaded;
    enum ft_precision loaded_precision; /* as it was asked for */
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
    for (size_t i = 0; i < a->labels_n; i++)
        free(a->labels[i]);
    free(a->labels);
    free(a->text);
    free(a->pair);
    free(a->model);
    ft_prediction_release(&a->prediction);
    ft_reply_release(&a->reply);
    ft_tagging_release(&a->tagging);
    ft_generated_release(&a->generated);
    ft_fill_release(&a->fill);
    memset(a, 0, sizeof *a);
}

/* --- the thread --- */

struct job {
    struct ft_prediction_queue *asker;
    const struct question *q;
    struct ft_answer *a;
};

/* A newer answer takes the place of one that nobody took. */
static void put(struct ft_prediction_queue *asker, const struct ft_answer *a)
{
    ft_answer_release(&asker->answer);
    asker->answer = *a;
    if (asker->wake) ft_wake_signal(asker->wake);
}

/* What a growing text is so far, as an answer of its own. */
static bool grew(void *arg, const char *text, size_t n, size_t new_tokens)
{
    struct job *j = arg;
    const struct ft_generated *g = &j->a->generated;
    struct ft_answer part = {.id = j->q->id,
                             .current = j->a->current,
                             .step = j->a->step,
                             .text = ft_xstrdup(j->q->text),
                             .model = ft_xstrdup(j->q->model),
                             .task = j->a->task,
                             .max_tokens = j->a->max_tokens,
                             .partial = true};
    part.generated = (struct ft_generated){.text = ft_xstrndup(text, n),
                                           .n = n,
                                           .prompt_bytes = g->prompt_bytes,
                                           .prompt_n = g->prompt_n,
                                           .ids_n = g->prompt_n + new_tokens,
                                           .next_n = g->next_n};
    part.generated.next = ft_xcalloc(g->next_n, sizeof *g->next);
    for (size_t i = 0; i < g->next_n; i++) {
        part.generated.next[i] = g->next[i];
        part.generated.next[i].token = ft_xstrdup(g->next[i].token);
    }
    pthread_mutex_lock(&j->asker->mu);
    bool left = part.current && !j->asker->session; /* whoever takes the session away waits */
    bool more = !j->asker->stop && !j->asker->waiting.id && !j->asker->ending && !left;
    put(j->asker, &part);
    pthread_mutex_unlock(&j->asker->mu);
    return more;
}

static enum ft_status answer_by_task(struct job *j, struct ft_predictor *p)
{
    const struct question *q = j->q;
    struct ft_answer *a = j->a;
    size_t n = strlen(q->text), pair_n = q->pair ? strlen(q->pair) : 0;
    switch (ft_task_predicts(a->task)) {
    case FT_PREDICTS_LABEL:
    case FT_PREDICTS_LABELS:
    case FT_PREDICTS_NUMBER:
        return ft_predict(p, q->text, n, q->pair, pair_n, q->explain, &a->prediction, &a->err);
    case FT_PREDICTS_ENTITIES:
        return ft_predict_entities(p, q->text, n, &a->tagging, &a->err);
    case FT_PREDICTS_SPAN:
        return ft_predict_answer(p, q->text, n, q->pair ? q->pair : "", pair_n, &a->reply, &a->err);
    case FT_PREDICTS_TOKENS:
        return ft_predict_fill(p, q->text, n, q->choices ? q->choices : 5, &a->fill, &a->err);
    case FT_PREDICTS_TEXT:
        return ft_generate(p, q->text, n, &q->generate, grew, j, &a->generated, &a->err);
    case FT_PREDICTS_NOTHING:
        break;
    }
    return ft_fail(&a->err, FT_UNSUPPORTED, "this model has no head: it makes no predictions");
}

static void predict(void *arg, struct ft_predictor *p, uint64_t step)
{
    struct job *j = arg;
    struct ft_answer *a = j->a;
    double start = ft_now_s();
    a->step = step;
    a->task = ft_predictor_task(p);
    a->max_tokens = ft_predictor_max_tokens(p);
    a->precision = ft_predictor_precision(p);
    if (ft_task_has(a->task, FT_TRAIT_CLASSES)) {
        a->labels_n = ft_predictor_labels(p);
        a->labels = ft_xcalloc(a->labels_n, sizeof *a->labels);
        for (size_t i = 0; i < a->labels_n; i++)
            a->labels[i] = ft_xstrdup(ft_predictor_label(p, i));
    }
    struct ft_predictor_read before = ft_predictor_read(p);
    if (j->q->text) a->status = answer_by_task(j, p);
    if (j->q->text) ft_predictor_unknown(p, before, a->unknown);
    a->ms = (ft_now_s() - start) * 1e3;
}

static void set_loading(struct ft_prediction_queue *a, bool loading)
{
    pthread_mutex_lock(&a->mu);
    a->loading = loading;
    pthread_mutex_unlock(&a->mu);
    if (a->wake) ft_wake_signal(a->wake);
}

static enum ft_status load(struct ft_prediction_queue *a, const char *model,
                           enum ft_precision precision, struct ft_err *err)
{
    if (a->predictor && !strcmp(a->loaded, model) && a->loaded_precision == precision) return FT_OK;
    struct ft_options o;
    ft_predictor_free(a->predictor);
    a->predictor = NULL;
    free(a->loaded);
    a->loaded = NULL;
    ft_options_init(&o);
    set_loading(a, true);
    enum ft_status st =
        ft_options_set_id(&o, FT_OPT_precision, ft_precision_name(precision), true, err);
    if (!st) st = ft_predictor_open(&a->predictor, model, &o, err);
    set_loading(a, false);
    ft_options_release(&o);
    if (!st) a->loaded = ft_xstrdup(model);
    a->loaded_precision = precision;
    return st;
}

static void work(struct ft_prediction_queue *a, struct question *q, struct ft_session *session,
                 struct ft_answer *out)
{
    struct job j = {a, q, out};
    memset(out, 0, sizeof *out);
    out->id = q->id;
    out->text = ft_xstrdup(q->text);
    out->pair = ft_xstrdup(q->pair);
    out->model = ft_xstrdup(q->model);
    if (session) {
        out->current = true;
        enum ft_status st = ft_session_ask(session, predict, &j, &out->err);
        if (st) out->status = st;
        if (st) out->current = false;
        return;
    }
    out->status = load(a, q->model, q->precision, &out->err);
    if (!out->status) predict(&j, a->predictor, 0);
}

/* The question that waits is to wait longer: waits for a change until then. */
static bool wait_for_later(struct ft_prediction_queue *a)
{
    double left = a->waiting.from_s - ft_now_s();
    if (left <= 0) return false;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    long ns = until.tv_nsec + (long)(left * 1e9);
    until.tv_sec += ns / 1000000000L;
    until.tv_nsec = ns % 1000000000L;
    pthread_cond_timedwait(&a->changed, &a->mu, &until);
    return true;
}

static void *run(void *arg)
{
    struct ft_prediction_queue *a = arg;
    pthread_mutex_lock(&a->mu);
    while (!a->ending) {
        if (!a->waiting.id) {
            pthread_cond_wait(&a->changed, &a->mu);
            continue;
        }
        if (wait_for_later(a)) continue;
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
        put(a, &answer);
        pthread_cond_broadcast(&a->changed);
    }
    pthread_mutex_unlock(&a->mu);
    return NULL;
}

/* --- the main thread's side --- */

struct ft_prediction_queue *ft_prediction_queue_new(struct ft_wake *wake)
{
    struct ft_prediction_queue *a = ft_xcalloc(1, sizeof *a);
    pthread_mutex_init(&a->mu, NULL);
    pthread_cond_init(&a->changed, NULL);
    a->wake = wake;
    if (pthread_create(&a->thread, NULL, run, a)) a->ending = true;
    return a;
}

void ft_prediction_queue_free(struct ft_prediction_queue *a)
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

uint64_t ft_prediction_queue_ask(struct ft_prediction_queue *a, const struct ft_question *q)
{
    pthread_mutex_lock(&a->mu);
    question_release(&a->waiting);
    a->stop = false; /* of the one before: this one takes its place anyhow */
    a->waiting = (struct question){.id = ++a->last_id,
                                   .model = ft_xstrdup(q->model ? q->model : ""),
                                   .from_s = ft_now_s() + q->delay_ms / 1e3,
                                   .text = ft_xstrdup(q->text),
                                   .pair = ft_xstrdup(q->pair),
                                   .current = q->current,
                                   .explain = q->explain,
                                   .precision = q->precision,
                                   .choices = q->choices,
                                   .generate = q->generate};
    uint64_t id = a->last_id;
    pthread_cond_broadcast(&a->changed);
    pthread_mutex_unlock(&a->mu);
    return id;
}

void ft_prediction_queue_stop(struct ft_prediction_queue *a)
{
    pthread_mutex_lock(&a->mu);
    a->stop = true;
    pthread_mutex_unlock(&a->mu);
}

bool ft_prediction_queue_take(struct ft_prediction_queue *a, struct ft_answer *out)
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

bool ft_prediction_queue_busy(struct ft_prediction_queue *a, bool *loading)
{
    pthread_mutex_lock(&a->mu);
    bool busy = a->working || a->waiting.id;
    if (loading) *loading = a->loading;
    pthread_mutex_unlock(&a->mu);
    return busy;
}

void ft_prediction_queue_session(struct ft_prediction_queue *a, struct ft_session *s)
{
    pthread_mutex_lock(&a->mu);
    a->session = s;
    while (!s && a->with_session)
        pthread_cond_wait(&a->changed, &a->mu);
    pthread_mutex_unlock(&a->mu);
}
