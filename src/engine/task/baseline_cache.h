/* The baselines of the last examples, kept for the next run on the same ones: the members of a sweep, which
 * differ in other things. What is kept is what ft_baseline_train gives; it depends on the examples, their
 * labels and splits, and the seed, all of which are compared (as SHA-256). Baselines of tagged words
 * are made anew each time: that takes no time.
 *
 *     struct ft_baseline_cache c = {0};
 *     st = ft_baseline_cache_find(&c, &examples, seed, &err);       .. c.json, c.constant ..
 *     ft_baseline_cache_release(&c);
 *
 * Threads: one at a time. */
#ifndef FT_ENGINE_TASK_BASELINE_CACHE_H
#define FT_ENGINE_TASK_BASELINE_CACHE_H

#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_examples;

struct ft_baseline_cache {
    char key[65];             /* "": of nothing, or of tagged words */
    char *json;               /* as of ft_baseline_json */
    double constant, trained; /* ft_scores_first of both */
    size_t made;              /* times that it was not there; for tests */
};
/* Errors: those of ft_baseline_train; the cache is then empty. */
enum ft_status ft_baseline_cache_find(struct ft_baseline_cache *c, const struct ft_examples *x,
                                      uint64_t seed, struct ft_err *err);
void ft_baseline_cache_release(struct ft_baseline_cache *c);

#endif
