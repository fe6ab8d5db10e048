/* The queue of a folder: runs that are to be trained one after the other. It is a file, ROOT/queue.json
 * (ROOT is "runs" in the working folder), so it outlives every program; one process at a time works
 * through it (`fettle queue run`), any may read it, add, move and remove entries meanwhile.
 *
 *     struct ft_queue_entry e = {.kind = FT_QUEUE_TRAIN, .dir = "runs/next", .o = &options};
 *     st = ft_queue_add("runs", &e, &id, &err);
 *
 *     int lock;                                        the runner
 *     st = ft_queue_claim("runs", &lock, &err);        FT_BUSY: another process runs the queue
 *     while (ft_queue_next("runs", &item, &waiting, &err) ..) { train; ft_queue_ended(..); }
 *
 * An entry that has begun stays in the file, as running, until it has ended: after a kill or a power
 * cut the next runner resumes its run. One that failed stays as failed, with the reason, and the
 * queue goes on. Entries name files relative to the working folder, like the commands that they
 * stand for.
 *
 * A queue starts programs (an entry may have --notify), so the file is used only if it belongs to the user
 * and nobody else may write to it; what it says is checked. It is replaced atomically, changes exclude
 * one another by a lock. Threads: any. */
#ifndef FT_ENGINE_RUNS_QUEUE_H
#define FT_ENGINE_RUNS_QUEUE_H

#include "engine/runs/queue_list.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_QUEUE_ROOT "runs"

/* Everything is copied. `o` NULL: none. */
struct ft_queue_entry {
    enum ft_queue_kind kind;
    const char *dir, *fork, *after;
    size_t folds; /* AUDIT */
    const struct ft_options *o;
};
/* At the end. FT_EXISTS: an entry for this folder is waiting already. FT_BUSY: the queue is full, or
 * another process is changing it. */
enum ft_status ft_queue_add(const char *root, const struct ft_queue_entry *e, uint64_t *id,
                            struct ft_err *err);
/* FT_NOTFOUND: no such entry. FT_BUSY: it is running. */
enum ft_status ft_queue_remove(const char *root, uint64_t id, struct ft_err *err);
/* Up (by < 0) or down among the waiting ones, as far as it goes. */
enum ft_status ft_queue_move(const char *root, uint64_t id, int by, struct ft_err *err);
/* All that are not running; *n: how many. */
enum ft_status ft_queue_clear(const char *root, size_t *n, struct ft_err *err);

/* --- the process that works through it --- */
enum ft_status ft_queue_claim(const char *root, int *lock, struct ft_err *err);
/* The pid of that process; 0: none, -1: not known. */
int64_t ft_queue_runner(const char *root);
/* The next entry, as running, into *item (release it with ft_queue_item_release); its kind is RESUME
 * when its run began before. item->id 0: none is ready; *waiting says whether one has to wait for a
 * run that is active. */
enum ft_status ft_queue_next(const char *root, struct ft_queue_item *item, bool *waiting,
                             struct ft_err *err);
/* Only looks whether the next entry would have to wait. */
enum ft_status ft_queue_waits(const char *root, bool *waiting, struct ft_err *err);
/* It has ended: `why` NULL: it is removed, else it failed. */
enum ft_status ft_queue_ended(const char *root, uint64_t id, const char *why, struct ft_err *err);

#endif
