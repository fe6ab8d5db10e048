/* What a sweep will take before it starts: runs, updates, time and disk. An estimate: disk by the sizes of
 * the models and the checkpoints that stay; time by the floating-point operations of the matrix products, at
 * the speed of one product that is measured here for some milliseconds; lengths of texts by their bytes. Of
 * a space with many configurations a sample is looked at.
 *
 * Threads: the caller's, which computes. */
#ifndef FT_ENGINE_RUNS_SWEEP_COST_H
#define FT_ENGINE_RUNS_SWEEP_COST_H

#include "engine/runs/sweep_data.h"

struct ft_sweep_cost {
    double members, runs;
    double steps;                     /* of all runs; 0: not known */
    double flops;                     /* the same; 0: not known */
    double seconds_low, seconds_high; /* 0: not known */
    double bytes;                     /* on disk; 0: not known */
    int64_t free_bytes;               /* -1: not known */
};
/* flops_per_s: of a training step, where it was measured (speed.h); 0: measures a product. What cannot be
 * found out stays 0. */
void ft_sweep_cost_make(struct ft_sweep_cost *c, const struct ft_sweep_spec *spec,
                        const struct ft_options *o, const struct ft_sweep_data *data,
                        double flops_per_s);
/* "9 members, 27 runs, 3,240 steps; about 12 to 20 min and 1.2 GB of disk (40 GB free)" */
void ft_sweep_cost_text(const struct ft_sweep_cost *c, struct ft_str *out);
/* "3,240 steps; about 12 to 20 min and 1.2 GB of disk" */
void ft_sweep_cost_work(const struct ft_sweep_cost *c, struct ft_str *out);

#endif
