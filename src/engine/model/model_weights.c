/* Loading is copying: the second thread verifies the checksum, which has to be done in the order of
 * the file, and then takes tensors too. Both take the next one from a counter; what is read does not
 * depend on who reads it. */
#include "engine/model/model_weights.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

struct reading {
    struct ft_net *net;
    const struct ft_st *file;
    const struct ft_model_match *match;
    atomic_size_t next;
    atomic_bool failed; /* no further tensor is taken */
};

/* One thread's side: its first error, and of which parameter. */
struct reader {
    struct reading *r;
    enum ft_status damaged, status;
    size_t at;
    struct ft_err damage, err;
};

static void take_tensors(struct reader *x)
{
    struct reading *r = x->r;
    const struct ft_params *ps = &r->net->params;
    while (!atomic_load(&r->failed)) {
        size_t k = atomic_fetch_add(&r->next, 1);
        if (k >= ps->n) return;
        if (r->match->file_of[k] == SIZE_MAX) continue;
        x->status = ft_st_read_f32(r->file, ft_st_at(r->file, r->match->file_of[k]),
                                   r->net->w + ps->items[k].offset, &x->err);
        if (!x->status) continue;
        x->at = k;
        atomic_store(&r->failed, true);
        return;
    }
}

static void verify(struct reader *x)
{
    x->damaged = ft_st_verify(x->r->file, &x->damage);
    if (x->damaged) atomic_store(&x->r->failed, true);
}

static void *second_thread(void *arg)
{
    verify(arg);
    take_tensors(arg);
    return NULL;
}

/* Signals are for the other threads. */
static bool start(pthread_t *thread, struct reader *second)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = !pthread_create(thread, NULL, second_thread, second);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

enum ft_status ft_model_weights_read(struct ft_net *net, const struct ft_st *file,
                                     const struct ft_model_match *match, struct ft_err *err)
{
    struct reading r = {.net = net, .file = file, .match = match};
    struct reader first = {.r = &r}, second = {.r = &r};
    pthread_t thread;
    bool started = start(&thread, &second);
    if (!started) verify(&second);
    take_tensors(&first);
    if (started) pthread_join(thread, NULL);
    /* Each parameter below the one that failed was taken before it: the lower one is the first. */
    const struct reader *x = !second.status                          ? &first
                             : !first.status || second.at < first.at ? &second
                                                                     : &first;
    enum ft_status st = second.damaged ? second.damaged : x->status;
    if (st && err) *err = second.damaged ? second.damage : x->err;
    return st;
}
