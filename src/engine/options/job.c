/* Long work on its own thread: see job.h. */
#include "engine/options/job.h"
#include "util/clock.h"
#include "util/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct ft_job {
    pthread_t thread;
    pthread_mutex_t mu;
    struct ft_job_view view;  /* guarded by mu */
    double started_s, woke_s; /* woke_s: guarded by mu */
    atomic_bool cancel;
    ft_job_fn *fn;
    void *arg;
    struct ft_wake *wake;
    struct ft_err err; /* the worker's until it is joined */
};

static void *run(void *arg)
{
    struct ft_job *w = arg;
    enum ft_status st = w->fn(w, w->arg, &w->err);
    pthread_mutex_lock(&w->mu);
    w->view.finished = true;
    w->view.status = st;
    pthread_mutex_unlock(&w->mu);
    if (w->wake) ft_wake_signal(w->wake);
    return NULL;
}

struct ft_job *ft_job_start(const char *what, ft_job_fn *fn, void *arg, struct ft_wake *wake)
{
    struct ft_job *w = ft_xcalloc(1, sizeof *w);
    pthread_mutex_init(&w->mu, NULL);
    snprintf(w->view.what, sizeof w->view.what, "%s", what);
    w->started_s = ft_now_s();
    w->fn = fn;
    w->arg = arg;
    w->wake = wake;
    if (pthread_create(&w->thread, NULL, run, w)) {
        /* no thread to be had: do it here, so that the caller sees one way only */
        w->started_s = ft_now_s();
        run(w);
        w->fn = NULL;
    }
    return w;
}

void ft_job_look(struct ft_job *w, struct ft_job_view *view)
{
    pthread_mutex_lock(&w->mu);
    *view = w->view;
    pthread_mutex_unlock(&w->mu);
    view->seconds = ft_now_s() - w->started_s;
}

void ft_job_cancel(struct ft_job *w)
{
    if (w) atomic_store(&w->cancel, true);
}

enum ft_status ft_job_join(struct ft_job *w, struct ft_err *err)
{
    if (w->fn) pthread_join(w->thread, NULL);
    enum ft_status st = w->view.status;
    if (st && err) *err = w->err;
    pthread_mutex_destroy(&w->mu);
    free(w);
    return st;
}

void ft_job_report(struct ft_job *w, double done, double total, const char *unit)
{
    if (!w) return;
    double now = ft_now_s();
    pthread_mutex_lock(&w->mu);
    w->view.done = done;
    w->view.total = total;
    snprintf(w->view.unit, sizeof w->view.unit, "%s", unit);
    bool wake = now - w->woke_s >= 0.05;
    if (wake) w->woke_s = now;
    pthread_mutex_unlock(&w->mu);
    if (wake && w->wake) ft_wake_signal(w->wake);
}

void ft_job_rename(struct ft_job *w, const char *what)
{
    if (!w) return;
    pthread_mutex_lock(&w->mu);
    snprintf(w->view.what, sizeof w->view.what, "%s", what);
    pthread_mutex_unlock(&w->mu);
}

bool ft_job_cancelled(struct ft_job *w)
{
    return w && atomic_load(&w->cancel);
}
