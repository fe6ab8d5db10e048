/* What a session's thread shares with the threads that watch and steer it: the snapshot, what was
 * requested, a question to the model. All of it is guarded by one lock. session.c is the side of
 * the others, the training loop the side of the session's thread; nothing else is shared.
 *
 * Threads: wishes, edit and publish are for the session's thread. */
#ifndef FT_ENGINE_TRAIN_SESSION_LINK_H
#define FT_ENGINE_TRAIN_SESSION_LINK_H

#include "engine/options/options.h"
#include "engine/train/event_list.h"
#include "engine/train/run_control.h"
#include "engine/train/session_ask.h"
#include "engine/train/snapshot.h"
#include "util/wake.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { FT_WISH_CHANGES_MAX = 16 };
struct ft_wish {
    bool stop, discard, save, evaluate;
    size_t changes;
    struct {
        enum ft_opt option;
        char value[FT_EVENT_VALUE_MAX];
    } change[FT_WISH_CHANGES_MAX]; /* in the order they were wished */
    double paused_s;               /* how long it waited for them, paused */
    bool paused;                   /* and is still: these are not to be followed by an update */
};

struct ft_train;
struct ft_session_link {
    pthread_mutex_t mu;
    pthread_cond_t changed;
    struct ft_snapshot snap; /* guarded by mu, as are the next four */
    struct ft_wish wish;
    bool paused, finished;
    struct {
        ft_session_ask_fn *fn; /* NULL: nothing is asked */
        void *arg;
        bool done;
    } asked;
    double woke_s;
    struct ft_wake *wake;           /* NULL: nobody is woken */
    struct ft_train *train;         /* the thread's, as is the next */
    struct ft_predictor *predictor; /* the run's own model; made when it is first asked */
};
void ft_session_link_init(struct ft_session_link *l, struct ft_train *train, struct ft_wake *wake);
void ft_session_link_release(struct ft_session_link *l);
void ft_session_link_look(struct ft_session_link *l, struct ft_snapshot *snap); /* any thread */
/* Any thread: what is to be done between two updates. FT_USAGE as ft_run_request_check; FT_BUSY: too
 * many changes are waiting. */
enum ft_status ft_session_link_request(struct ft_session_link *l, const struct ft_run_request *r,
                                       struct ft_err *err);
/* Takes what was wished since the last call; waits while paused. */
void ft_session_link_wishes(struct ft_session_link *l, struct ft_wish *wish);
struct ft_snapshot *ft_session_link_edit(struct ft_session_link *l); /* locks the snapshot.. */
void ft_session_link_publish(struct ft_session_link *l); /* ..unlocks it and wakes the listener */

#endif
