/* The entries of a queue, and its file ROOT/queue.json:
 *
 *     {"version":1,"next":3,"entries":[{"id":1,"kind":"train","state":"waiting","dir":"runs/a",
 *       "fork":..,"after":..,"notify":..,"why":..,"added":"2026-11-23T10:36:00Z",
 *       "options":{as in run.json}}]}
 *
 * What is done with it is in queue.h. Threads: a struct belongs to one thread at a time. */
#ifndef FT_ENGINE_RUNS_QUEUE_LIST_H
#define FT_ENGINE_RUNS_QUEUE_LIST_H

#include "engine/options/options.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

enum ft_queue_kind {
    FT_QUEUE_TRAIN,  /* a new run, or one from a checkpoint */
    FT_QUEUE_RESUME, /* a run that was stopped */
    FT_QUEUE_SWEEP,  /* a sweep whose sweep.json is there: engine/runs/sweep.h */
    FT_QUEUE_AUDIT,  /* an audit, begun or not: engine/runs/audit.h */
    FT_QUEUE_KIND_COUNT
};
enum ft_queue_state { FT_QUEUE_WAITING, FT_QUEUE_RUNNING, FT_QUEUE_FAILED, FT_QUEUE_STATE_COUNT };
const char *ft_queue_kind_name(enum ft_queue_kind kind);
const char *ft_queue_state_name(enum ft_queue_state state);

struct ft_queue_item {
    uint64_t id; /* never used twice in one queue */
    enum ft_queue_kind kind;
    enum ft_queue_state state;
    char *dir;           /* folder of the run or sweep */
    char *fork;          /* TRAIN: FOLDER@STEP; NULL: none */
    char *after;         /* a run that has to end first; NULL: none */
    char *notify;        /* NULL: none */
    char *why;           /* FAILED: one line; else NULL */
    char added[32];      /* UTC */
    size_t folds;        /* AUDIT; else 0 */
    struct ft_options o; /* given ones, for TRAIN, RESUME and AUDIT */
};
struct ft_queue {
    struct ft_queue_item *items; /* in the order in which they are trained */
    size_t n;
    uint64_t next; /* id */
};
enum { FT_QUEUE_MAX = 1000 };

/* No file: an empty queue. FT_FORMAT: it is damaged. FT_UNSUPPORTED: somebody else may have written
 * it. On an error *q is empty. */
enum ft_status ft_queue_read(struct ft_queue *q, const char *root, struct ft_err *err);
void ft_queue_release(struct ft_queue *q);
void ft_queue_item_release(struct ft_queue_item *item);
/* For queue.c alone, which holds the lock: replaces the file, for the user alone to read. */
enum ft_status ft_queue_write(const struct ft_queue *q, const char *root, struct ft_err *err);

/* Tells one state of the file from another, for who looks at it often; 0: there is no file. */
uint64_t ft_queue_stamp(const char *root);

#endif
