/* The tree-structured Parzen estimator (Bergstra et al., "Algorithms for hyper-parameter optimization",
 * NeurIPS 2011): the next configuration of a search space from those that have a result. The trials are
 * divided into the best quarter and the rest; for each option two densities are estimated, l(x) of the
 * good ones and g(x) of the others, and of 24 candidates drawn from l the one with the largest l(x)/g(x) is
 * taken. Densities of a range are Gaussian mixtures on its scale, cut at its ends, with a wide prior
 * component; those of a list are counts with one more for each value. The first trials (10, or a quarter of
 * all where these are fewer than 40; at least 3) are random.
 *
 * Deterministic: the same trials and random numbers give the same values. Threads: any. */
#ifndef FT_ENGINE_RUNS_SWEEP_TPE_H
#define FT_ENGINE_RUNS_SWEEP_TPE_H

#include "engine/runs/sweep_space.h"

#include <stddef.h>

struct ft_sweep_trial {
    char *const *values; /* (space->n) */
    double loss;         /* less is better; INFINITY: it failed */
};
/* How many of `planned` trials are random. */
size_t ft_sweep_tpe_first(size_t planned);
/* values: (space->n) texts, each the caller's to free. */
void ft_sweep_tpe(const struct ft_sweep_space *space, const struct ft_sweep_trial *trials, size_t n,
                  size_t planned, struct ft_rng *rng, char **values);

#endif
