/* A snapshot of a training session: state, progress and last scores, as plain values that may
 * be copied. Filled by the session's thread, read by ft_session_look. */
#ifndef FT_ENGINE_TRAIN_SNAPSHOT_H
#define FT_ENGINE_TRAIN_SNAPSHOT_H

#include "engine/task/scores.h"

#include <stdbool.h>
#include <stdint.h>

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
    bool taught; /* by a teacher: the loss has these parts, NaN: not this one */
    double loss_label, loss_teacher, loss_hidden;
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

#endif
