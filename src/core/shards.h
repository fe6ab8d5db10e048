/* The gradients of a step's shards, added in one fixed binary tree: ((0+1)+(2+3))+.. Each shard's
 * gradient is computed alone; whoever computes which, the sums are made in the same order and have
 * the same bits. Norm and update go over the flat arrays in as many segments as there are shards.
 *
 *     st = ft_shards_init(&s, 4, floats, ranges, range_n, err);
 *     each step:
 *         for each shard i of s.own, from 0 on:
 *             .. backward adds to g ..
 *             ft_shards_add(&s, i, &g);         g is zero again, but for the last: it has the sum
 *         norm = ft_shards_norm(&s, g);
 *         ft_shards_step(&s, &optim, w, g, m, v);
 *     ft_shards_release(&s);
 *
 * One shard costs nothing: all of it is then what core/optim.h does with the whole arrays.
 * Threads: one at a time; inside, the pool's threads share the work. */
#ifndef FT_CORE_SHARDS_H
#define FT_CORE_SHARDS_H

#include "core/optim.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

enum { FT_SHARDS_LEVELS = 10, FT_SHARDS_MAX = 1 << FT_SHARDS_LEVELS };
struct ft_shards {
    size_t n;     /* a power of two, at most FT_SHARDS_MAX */
    size_t own;   /* how many are computed here.. */
    size_t first; /* ..from this one on */
    /* private */
    size_t floats, segment;        /* of the flat arrays; of a segment */
    float *sums[FT_SHARDS_LEVELS]; /* of 1, 2, 4 .. shards; zero where none waits */
    struct ft_optim_range *ranges; /* those of segment i: [of[i], of[i+1]) */
    size_t *of;                    /* (n+1) */
};
/* Bytes of the sums of `own` shards that wait for their neighbours. */
size_t ft_shards_bytes(size_t own, size_t floats);
/* FT_NOMEM. s is to be released also after an error. */
enum ft_status ft_shards_init(struct ft_shards *s, size_t n, size_t floats,
                              const struct ft_optim_range *ranges, size_t range_n,
                              struct ft_err *err);
void ft_shards_release(struct ft_shards *s);
/* Takes the gradient of the i-th own shard. *g is replaced by another array of the same size, from
 * ft_try_big. */
void ft_shards_add(struct ft_shards *s, size_t i, float **g);
/* The L2 norm of the sum, as ft_optim_norm. */
double ft_shards_norm(const struct ft_shards *s, const float *g);
/* One update with the sum. */
void ft_shards_step(const struct ft_shards *s, const struct ft_optim *o, float *p, float *g,
                    float *m, float *v);

#endif
