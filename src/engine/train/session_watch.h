/* What a session does beside its training while it is active: it takes the requests of other
 * processes (run_control.h), writes its progress for them (run_status.h), and notices a stall. A
 * thread of its own, so that all of it also works while the session is paused, prepares its data or
 * is in a long step.
 *
 *     struct ft_session_watch w;
 *     ft_session_watch_start(&w, train);      train->lock is held
 *     ...
 *     ft_session_watch_stop(&w);       waits for the thread; removes its files from the run's folder
 *
 * Threads: start and stop are the session's thread's. */
#ifndef FT_ENGINE_TRAIN_SESSION_WATCH_H
#define FT_ENGINE_TRAIN_SESSION_WATCH_H

#include "engine/train/snapshot.h"

#include <pthread.h>
#include <stdbool.h>

/* Whether a run stands still: no update, evaluation or phase has ended for FT_STALL_SECONDS, and
 * either the process hardly computed meanwhile (it waits for a disk, or swaps), or an update takes
 * FT_STALL_TIMES as long as the longest before. Told once, and again after progress. */
enum { FT_STALL_SECONDS = 600, FT_STALL_TIMES = 10 };
struct ft_stall {
    double since_s, cpu_s; /* of the last progress */
    double longest_s;      /* an update so far */
    uint64_t mark;         /* of the snapshot then */
    bool begun, running, told;
};
/* true: it stands still since now; now_s and cpu_s as of util/clock.h. Paused and ended sessions
 * never do. */
bool ft_stall_see(struct ft_stall *x, const struct ft_snapshot *s, double now_s, double cpu_s);

struct ft_session_link;
struct ft_train;
struct ft_session_watch {
    struct ft_session_link *link;
    int lock; /* the run's, and its path */
    char *lock_path;
    pthread_t thread;
    bool started;
    int stop_fd; /* an event: the thread ends */
    char *notify;
    char dir[512];
};
void ft_session_watch_start(struct ft_session_watch *w, const struct ft_train *t);
void ft_session_watch_stop(struct ft_session_watch *w);

#endif
