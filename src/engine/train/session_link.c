/* What the threads of a session share: see session_link.h. */
#include "engine/train/session_link.h"

#include "engine/predict/predict.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/clock.h"

#include <stdio.h>
#include <string.h>

void ft_session_link_init(struct ft_session_link *l, struct ft_train *train, struct ft_wake *wake)
{
    memset(l, 0, sizeof *l);
    pthread_mutex_init(&l->mu, NULL);
    pthread_cond_init(&l->changed, NULL);
    l->train = train;
    l->wake = wake;
    l->snap.eta_s = -1;
}

void ft_session_link_release(struct ft_session_link *l)
{
    ft_predictor_free(l->predictor);
    pthread_cond_destroy(&l->changed);
    pthread_mutex_destroy(&l->mu);
}

void ft_session_link_look(struct ft_session_link *l, struct ft_snapshot *snap)
{
    pthread_mutex_lock(&l->mu);
    *snap = l->snap;
    pthread_mutex_unlock(&l->mu);
}

static enum ft_status add_change(struct ft_wish *wish, const struct ft_run_request *r,
                                 struct ft_err *err)
{
    if (wish->changes == FT_WISH_CHANGES_MAX)
        return ft_fail(err, FT_BUSY, "%d changes are already waiting for the next update",
                       (int)FT_WISH_CHANGES_MAX);
    size_t i = wish->changes++;
    wish->change[i].option = r->option;
    snprintf(wish->change[i].value, sizeof wish->change[i].value, "%s", r->value);
    return FT_OK;
}

enum ft_status ft_session_link_request(struct ft_session_link *l, const struct ft_run_request *r,
                                       struct ft_err *err)
{
    enum ft_status st = ft_run_request_check(r, err);
    if (st) return st;
    pthread_mutex_lock(&l->mu);
    switch (r->kind) {
    case FT_RUN_REQUEST_PAUSE:
    case FT_RUN_REQUEST_CONTINUE:
        l->paused = l->snap.pausing = r->kind == FT_RUN_REQUEST_PAUSE;
        break;
    case FT_RUN_REQUEST_STOP:
    case FT_RUN_REQUEST_DISCARD:
        l->wish.stop = l->snap.stopping = true;
        l->wish.discard = r->kind == FT_RUN_REQUEST_DISCARD;
        break;
    case FT_RUN_REQUEST_SAVE:
        l->wish.save = true;
        break;
    case FT_RUN_REQUEST_EVALUATE:
        l->wish.evaluate = true;
        break;
    case FT_RUN_REQUEST_SET:
        st = add_change(&l->wish, r, err);
        break;
    case FT_RUN_REQUEST_COUNT:
        break;
    }
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->mu);
    return st;
}

struct ft_snapshot *ft_session_link_edit(struct ft_session_link *l)
{
    pthread_mutex_lock(&l->mu);
    return &l->snap;
}

void ft_session_link_publish(struct ft_session_link *l)
{
    double now = ft_now_s();
    l->snap.peak_rate = l->train->s.lr_factor * ft_options_num(&l->train->o, FT_OPT_learning_rate);
    bool wake = l->wake && (l->snap.state != FT_SESSION_RUNNING || now - l->woke_s > 0.03);
    if (wake) l->woke_s = now;
    pthread_mutex_unlock(&l->mu);
    if (wake) ft_wake_signal(l->wake);
}

/* Answers what is asked; the lock is held on entry and on return. */
static void answer(struct ft_session_link *l)
{
    ft_session_ask_fn *fn = l->asked.fn;
    void *arg = l->asked.arg;
    if (!fn || l->asked.done) return;
    pthread_mutex_unlock(&l->mu);
    ft_train_sync(l->train);
    if (!l->predictor) l->predictor = ft_predictor_borrow(&l->train->model, &l->train->o);
    fn(arg, l->predictor, l->train->s.step);
    pthread_mutex_lock(&l->mu);
    l->asked.done = true;
    pthread_cond_broadcast(&l->changed);
}

void ft_session_link_wishes(struct ft_session_link *l, struct ft_wish *wish)
{
    pthread_mutex_lock(&l->mu);
    bool was_paused = l->paused;
    double from = ft_now_s();
    answer(l);
    while (l->paused && !l->wish.stop && !l->wish.save && !l->wish.evaluate) {
        l->snap.state = FT_SESSION_PAUSED;
        if (l->wake) ft_wake_signal(l->wake);
        pthread_cond_wait(&l->changed, &l->mu);
        answer(l);
    }
    *wish = l->wish;
    memset(&l->wish, 0, sizeof l->wish);
    if (was_paused) wish->paused_s = ft_now_s() - from;
    wish->paused = l->paused && !wish->stop;
    if (was_paused) l->snap.state = FT_SESSION_RUNNING;
    pthread_mutex_unlock(&l->mu);
}
