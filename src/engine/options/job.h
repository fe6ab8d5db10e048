/* One piece of long work on a thread of its own (opening a file, counting tokens, a baseline):
 * started, looked at, cancelled, joined. The worker reports progress and polls for cancellation;
 * nobody is killed.
 *
 *     struct ft_job *w = ft_job_start("reading train.csv", read_it, &arg, &wake);
 *     ... each time `wake` is readable: struct ft_job_view v; ft_job_look(w, &v);
 *     st = ft_job_join(w, &err);        waits, frees w
 *
 * Code that takes a `struct ft_job *` also runs without one (NULL): no progress, never cancelled.
 */
#ifndef FT_ENGINE_OPTIONS_JOB_H
#define FT_ENGINE_OPTIONS_JOB_H

#include "util/err.h"
#include "util/wake.h"

#include <stdbool.h>

struct ft_job;

struct ft_job_view {
    char what[96];         /* as given at the start, or changed by the worker */
    char unit[16];         /* of done and total: "rows", "bytes", "texts" */
    double done, total;    /* total 0: not known */
    double seconds;        /* since the start */
    bool finished;         /* the function has returned; join does not wait */
    enum ft_status status; /* of the function, once finished */
};

/* The function runs on the new thread; what it returns and fills is given by ft_job_join. `wake`
 * (may be NULL) is signalled at most 20 times a second while it reports, and when it ends. */
typedef enum ft_status ft_job_fn(struct ft_job *w, void *arg, struct ft_err *err);
struct ft_job *ft_job_start(const char *what, ft_job_fn *fn, void *arg, struct ft_wake *wake);

/* Any thread. */
void ft_job_look(struct ft_job *w, struct ft_job_view *view);
void ft_job_cancel(struct ft_job *w);
/* Waits for the end and frees w. A cancelled function returns FT_CANCELLED. */
enum ft_status ft_job_join(struct ft_job *w, struct ft_err *err);

/* The worker's side. */
void ft_job_report(struct ft_job *w, double done, double total, const char *unit);
void ft_job_rename(struct ft_job *w, const char *what);
bool ft_job_cancelled(struct ft_job *w);

#endif
