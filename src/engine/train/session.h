/* A training session: an object with a thread of its own that owns model, optimiser and run
 * folder. It receives requests (pause, stop, save, evaluate, change an option) and sends back
 * value snapshots and a wake-up byte. The command line is its first user, the workbench its
 * second.
 *
 *     struct ft_session *s = ft_session_start(&options, &(struct ft_session_how){0}, &wake, &err);
 *     ... each time `wake` is readable: struct ft_snapshot snap; ft_session_look(s, &snap);
 *     st = ft_session_join(s, &err);      waits for the end, frees s
 *
 * Messages for people go through util/log. Threads: every function but start and join may be called
 * from any thread. */
#ifndef FT_ENGINE_TRAIN_SESSION_H
#define FT_ENGINE_TRAIN_SESSION_H

#include "engine/options/options.h"
#include "engine/task/scores.h"
#include "engine/train/run_control.h"
#include "engine/train/session_ask.h"
#include "engine/train/snapshot.h"
#include "util/err.h"
#include "util/wake.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_session;
struct ft_baseline_cache;

struct ft_session_how {
    const char *resume; /* a run's folder: resume it; its options are kept */
    const char *fork;   /* "FOLDER@STEP": start a new run from that checkpoint */
    /* Where it ends as ft_session_stop does, with an evaluation and a checkpoint: ft_schedule_until
     * (schedule.h). Both 0: at its end. */
    uint64_t until_step;
    double until_share;
    /* The baselines of the runs before, for one on the same data; NULL: they are computed. It outlives the
     * session. */
    struct ft_baseline_cache *baseline;
};

/* The task of a session with these options: the option, or inferred from the beginning of the data
 * and the model's configuration. */
enum ft_task ft_session_task(const struct ft_options *o);

/* Checks the options, takes the output folder and starts the thread. The options are copied.
 * Errors: FT_USAGE, FT_EXISTS (a run is in output_dir), FT_BUSY (another process has it), FT_IO. */
struct ft_session *ft_session_start(const struct ft_options *o, const struct ft_session_how *how,
                                    struct ft_wake *wake, struct ft_err *err);
void ft_session_look(struct ft_session *s, struct ft_snapshot *snap);
bool ft_session_finished(struct ft_session *s); /* join does not wait */

void ft_session_pause(struct ft_session *s, bool pause); /* after the update */
/* Ends after the update: with a checkpoint, or (discard) going back to the last one. */
void ft_session_stop(struct ft_session *s, bool discard);
void ft_session_save(struct ft_session *s);     /* a checkpoint after this update */
void ft_session_evaluate(struct ft_session *s); /* the validation part after this update */
/* Changes a live option from the next update on; written to the run as an event. learning_rate is a
 * factor on the whole schedule: "x1.25", or a new peak "3e-5". */
enum ft_status ft_session_set(struct ft_session *s, const char *option, const char *value,
                              struct ft_err *err);

/* The same by a request, as other processes make them: see run_control.h. */
enum ft_status ft_session_request(struct ft_session *s, const struct ft_run_request *r,
                                  struct ft_err *err);

/* Runs fn on the session's thread between two updates, or while it is paused: a prediction with the
 * weights as they are after `step` updates. Waits until it was done; for threads other than the
 * main one. FT_CANCELLED: the session ended before. */
enum ft_status ft_session_ask(struct ft_session *s, ft_session_ask_fn *fn, void *arg,
                              struct ft_err *err);

/* FT_OK when done or stopped; the scores of the end (if any) are moved into *scores (may be NULL).
 */
enum ft_status ft_session_join(struct ft_session *s, struct ft_scores *scores, struct ft_err *err);

#endif
