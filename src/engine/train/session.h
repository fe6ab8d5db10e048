/* A training session: an object with a thread of its own that owns model, optimiser and run folder.
 * Wishes go down (pause, stop, save, evaluate, change an option), value snapshots and a wake-up
 * byte come up. The command line is its first user, the workbench its second.
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
#include "util/err.h"
#include "util/wake.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_session;

struct ft_session_how {
    const char *resume; /* a run's folder: go on where it stopped; options given there are kept */
    const char *fork;   /* "FOLDER@STEP": start a new run from that checkpoint */
};

enum ft_session_state {
    FT_SESSION_STARTING,
    FT_SESSION_RUNNING,
    FT_SESSION_EVALUATING,
    FT_SESSION_PAUSED,
    FT_SESSION_STOPPED, /* saved, can be resumed */
    FT_SESSION_DONE,
    FT_SESSION_FAILED,
};
const char *ft_session_state_name(enum ft_session_state state);

struct ft_snapshot { /* plain values only */
    enum ft_session_state state;
    bool pausing, stopping;     /* was wished; comes after the update */
    char phase[64];             /* what STARTING and EVALUATING are doing */
    uint64_t step, steps_total; /* updates */
    uint64_t step_first; /* of this process: a resumed run does not count the others as speed */
    double epoch, epochs_total;
    double loss, grad_norm, learning_rate;
    double peak_rate; /* of the schedule, with the changes made so far; 0: not known yet */
    double tokens_per_s, elapsed_s, eta_s; /* eta_s negative: not known yet */
    /* The last evaluation, eval_step 0: none yet. What the task does not have is NaN or 0; exact
     * and f1 of questions are percent. */
    enum ft_task eval_task;
    double eval_loss, eval_accuracy, eval_f1, eval_exact, eval_perplexity;
    char eval_line[96]; /* the same in words: "loss 0.2604 accuracy 0.9068 f1 0.9067" */
    uint64_t eval_step, best_step;
    double best_metric;
    double ms_data, ms_forward, ms_backward, ms_optimizer; /* of the last update */
    uint64_t plan_bytes, rss_bytes;
    char output_dir[512];
};

/* The task of a session with these options: named, or what data and model look like (it reads the
 * beginning of the one and the configuration of the other). */
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

/* Runs fn on the session's thread between two updates, or while it is paused: a prediction with the
 * weights as they are after `step` updates. Waits until it was done; for threads other than the
 * main one. FT_CANCELLED: the session ended before. */
struct ft_predictor;
typedef void ft_session_ask_fn(void *arg, struct ft_predictor *p, uint64_t step);
enum ft_status ft_session_ask(struct ft_session *s, ft_session_ask_fn *fn, void *arg,
                              struct ft_err *err);

/* FT_OK when done or stopped; the scores of the end (if any) are moved into *scores (may be NULL).
 */
enum ft_status ft_session_join(struct ft_session *s, struct ft_scores *scores, struct ft_err *err);

#endif
