/* Warnings about a run's metrics: loss spikes, overfitting (validation loss rises while training
 * loss falls), a loss that does not change. Computed from the logged lines alone, so a run says
 * the same whoever looks at it and when.
 *
 * Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_TRAIN_RUN_WARNINGS_H
#define FT_ENGINE_TRAIN_RUN_WARNINGS_H

#include "engine/train/run_series.h"

/* A jump is a finite loss of more than FT_JUMP_TIMES its smooth value (factor .9, debiased) before
 * it, after at least FT_JUMP_AFTER losses. A jump does not count into the smooth value. */
#define FT_JUMP_TIMES 3
enum { FT_JUMP_AFTER = 10 };
struct ft_jump { /* zero-initialise it */
    double mean, weight;
    size_t n;
    uint64_t jumps; /* seen so far */
};
bool ft_jump_see(struct ft_jump *j, double loss);
/* Whether jump number n (from 1) is worth a message: the first few are, then each time that their
 * number has doubled, so that a noisy run does not fill the log. */
bool ft_jump_said(uint64_t n);

enum { FT_RUN_WARNINGS_JUMPS = 8 };
struct ft_run_warnings {
    uint64_t jumps[FT_RUN_WARNINGS_JUMPS]; /* steps of the last ones, ascending */
    double jump_loss;                      /* of the last one */
    size_t jumps_n;
    /* The step at which the validation loss had risen twice in a row while the loss of training
     * fell; 0: not so. It goes away when the validation loss is lower than ever before. */
    uint64_t overfit;
    /* The smooth loss of the last third of at least 60 lines fell by less than 1 % of what it fell
     * in all; 0: not so. */
    uint64_t plateau;
};
void ft_run_warnings_make(struct ft_run_warnings *out, const struct ft_run_series *s);

#endif
