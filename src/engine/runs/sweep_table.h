/* The members of a sweep as a table for a person, best first, and what the tests say in words. Threads: any. */
#ifndef FT_ENGINE_RUNS_SWEEP_TABLE_H
#define FT_ENGINE_RUNS_SWEEP_TABLE_H

#include "engine/runs/sweep_compare.h"

/* With the columns of a terminal; reads the predictions of the members. */
void ft_sweep_table(const struct ft_sweep *s, struct ft_str *out);
/* The sentences below it: which members the best one is better than, and how this was tested; one a
 * line. */
void ft_sweep_conclusion(const struct ft_sweep *s, const struct ft_sweep_verdicts *v,
                         struct ft_str *out);

#endif
