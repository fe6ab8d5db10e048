/* The paired test of two runs (engine/runs/paired_test.h) for screens: computed in the background, the last
 * one kept until one of the runs is another.
 *
 *     struct ft_run_pair *p = ft_run_pair_new(&wake);
 *     const struct ft_paired_test *t = ft_run_pair_test(p, &a, &b);     NULL: it comes
 *     ... each time `wake` is readable: if (ft_run_pair_follow(p)) redraw;
 *     ft_run_pair_free(p);
 *
 * Threads: main thread only; its worker is met inside. No call waits for it, but for ft_run_pair_free. */
#ifndef FT_ENGINE_PRESENT_RUN_PAIR_H
#define FT_ENGINE_PRESENT_RUN_PAIR_H

#include "engine/options/job.h"
#include "engine/runs/paired_test.h"
#include "engine/runs/runs.h"

struct ft_run_pair;
struct ft_run_pair *ft_run_pair_new(struct ft_wake *wake);
void ft_run_pair_free(struct ft_run_pair *p);

/* Asks for it where it is not known. One that cannot be made has no examples. */
const struct ft_paired_test *ft_run_pair_test(struct ft_run_pair *p, const struct ft_run *a,
                                              const struct ft_run *b);
bool ft_run_pair_follow(struct ft_run_pair *p); /* true: one has come */
bool ft_run_pair_busy(const struct ft_run_pair *p);

#endif
