/* What the threads of a session share: see session_link.h. */
#include "engine/train/session_link.h"

#include "engine/predict/predict.h"
#include "engine/train/train_state.h"
#include "engine/train/train_steps.h"
#include "util/clock.h"

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
