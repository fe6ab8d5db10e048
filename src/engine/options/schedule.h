/* What the options say about a run before it starts: how many updates, and the learning rate of
 * each. The numbers are those of the training loop. */
#ifndef FT_ENGINE_OPTIONS_SCHEDULE_H
#define FT_ENGINE_OPTIONS_SCHEDULE_H

#include "engine/options/options.h"

#include <stdint.h>

struct ft_schedule {
    uint64_t epoch_updates; /* 0: not known (no examples given and no max_steps) */
    uint64_t total, warmup; /* updates; total 0: not known */
    double peak;
};
/* How many batches an update takes: gradient_accumulation_steps of each shard. */
uint64_t ft_schedule_batches(const struct ft_options *o);
/* `examples`: of the training part; 0 when not known. */
void ft_schedule_make(struct ft_schedule *s, const struct ft_options *o, uint64_t examples);
/* The learning rate of update `step`, from 0 on; 0 when the total is not known. */
double ft_schedule_lr(const struct ft_schedule *s, const struct ft_options *o, uint64_t step);

/* Evaluations while it trains; and checkpoints that lie in its folder at most, without a best one that is
 * not among the last. */
double ft_schedule_evaluations(const struct ft_schedule *s, const struct ft_options *o);
double ft_schedule_checkpoints(const struct ft_schedule *s, const struct ft_options *o);
/* The update after which a run of `total` updates is to pause: `step`, or (where that is 0) `share` of
 * all, rounded down; at least 1, at most `total`. Both 0: total. */
uint64_t ft_schedule_until(uint64_t step, double share, uint64_t total);

#endif
