/* The gradients of a step's shards, added in one fixed binary tree: ((0+1)+(2+3))+.. Each shard's
 * gradient is computed alone; whoever computes which, the sums are made in the same order and have
 * the same bits. Norm and update go over the flat arrays in as many segments as there are shards.
 *
 * With several ranks (core/comm.h) each computes as many shards as the others. The sums of different
 * ranks are added by recursive halving: over each distance 1, 2, 4 .. two ranks exchange half of what
 * they have left, so that a rank ends with the complete sum of its own segments. It updates those,
 * whose moments it alone keeps, and the new weights go back the same way. A rank sends
 * 2 (P - 1) / P times the bytes of the weights in a step, the least that any method needs.
 *
 *     st = ft_shards_init(&s, 4, floats, ranges, range_n, err);
 *     each step:
 *         for each shard i of s.own, from 0 on:
 *             .. backward adds to g ..
 *             ft_shards_add(&s, i, &g);         g is zero again, but for the last: it has the sum
 *         st = ft_shards_reduce(&s, g, err);
 *         st = ft_shards_norm(&s, g, &norm, err);
 *         ft_shards_step(&s, &optim, w, g, m, v);
 *         st = ft_shards_share(&s, w, err);
 *     ft_shards_release(&s);
 *
 * One shard costs nothing: all of it is then what core/optim.h does with the whole arrays.
 * Threads: one at a time; inside, the pool's threads share the work. */
#ifndef FT_CORE_SHARDS_H
#define FT_CORE_SHARDS_H

#include "core/optim.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_SHARDS_LEVELS = 10, FT_SHARDS_MAX = 1 << FT_SHARDS_LEVELS };
struct ft_shards {
    size_t n;     /* a power of two, at most FT_SHARDS_MAX */
    size_t own;   /* how many are computed here.. */
    size_t first; /* ..from this one on */
    /* The part of the flat arrays that this rank updates, and whose moments it has: all of it with
     * one rank. */
    size_t begin, end;
    /* private */
    size_t floats, segment;            /* of the flat arrays; of a segment */
    float *sums[FT_SHARDS_LEVELS];     /* of 1, 2, 4 .. shards; zero where none waits */
    struct ft_optim_range *ranges;     /* those of segment i: [of[i], of[i+1]) */
    size_t *of;                        /* (n+1) */
    struct ft_optim_range *own_ranges; /* in [begin, end), from begin on */
    size_t own_range_n;
    float *room; /* what comes from another rank; NULL: there is none */
};
/* Bytes of memory beside the gradient, for n shards on so many ranks. */
size_t ft_shards_bytes(size_t n, size_t ranks, size_t floats);
/* The ranks are those of the calling thread; their number divides n. Errors: FT_NOMEM. s is to be
 * released also after an error. */
enum ft_status ft_shards_init(struct ft_shards *s, size_t n, size_t floats,
                              const struct ft_optim_range *ranges, size_t range_n,
                              struct ft_err *err);
void ft_shards_release(struct ft_shards *s);
/* Takes the gradient of the i-th own shard. *g is replaced by another array of the same size, from
 * ft_try_big. */
void ft_shards_add(struct ft_shards *s, size_t i, float **g);
/* The sum over all ranks: g has it in [begin, end), and nothing of use elsewhere. */
enum ft_status ft_shards_reduce(struct ft_shards *s, float *g, struct ft_err *err);
/* The L2 norm of the sum, as ft_optim_norm. */
enum ft_status ft_shards_norm(const struct ft_shards *s, const float *g, double *norm,
                              struct ft_err *err);
/* One update of [begin, end) of the weights p. m and v (NULL: the optimiser has none) have
 * end - begin floats. g is zero afterwards, all of it. */
void ft_shards_step(const struct ft_shards *s, const struct ft_optim *o, float *p, float *g,
                    float *m, float *v);
/* Each rank's part of the weights for all. */
enum ft_status ft_shards_share(const struct ft_shards *s, float *p, struct ft_err *err);
/* What rank 0 of so many sends in reduce and share. */
uint64_t ft_shards_sent_bytes(size_t n, size_t ranks, size_t floats);
/* The moments of all ranks: on rank 0 `all` (floats) gets them, or gives them when `apart`; `own`
 * is a rank's part. Nothing to do with one rank. */
enum ft_status ft_shards_moments(const struct ft_shards *s, float *own, float *all, bool apart,
                                 struct ft_err *err);

#endif
