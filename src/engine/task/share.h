/* The batches of an evaluation, computed by the ranks in turn (engine/options/ranks.h): each rank
 * computes its own and gets the results of the others, so that all have what one process would have,
 * to the bit.
 *
 *     ft_share_init(&share, s->n);
 *     for each batch of sequences pick[0..n):
 *         if (!ft_share_takes(&share, pick, n)) continue;
 *         .. rows of these sequences; *ft_share_sum(&share) = what is summed over batches ..
 *     st = ft_share_rows(&share, rows, bytes, NULL, st, err);
 *     st = ft_share_sums(&share, &sum, st, err);          in the order of the batches
 *     ft_share_release(&share);
 *
 * One rank alone computes all, and nothing is carried. Every rank must come to each of the two calls,
 * with its own error if it has one: all get the first. Threads: the caller's. */
#ifndef FT_ENGINE_TASK_SHARE_H
#define FT_ENGINE_TASK_SHARE_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_share_sum {
    double sum, weight;
    uint64_t hits;
};
struct ft_share {
    /* private */
    size_t n, batches, cap;
    uint16_t *owner; /* (n) the rank of each sequence; NULL: one rank */
    struct ft_share_sum *sums;
};
void ft_share_init(struct ft_share *s, size_t n);
void ft_share_release(struct ft_share *s);
/* The next batch: whether this rank computes it. */
bool ft_share_takes(struct ft_share *s, const size_t *pick, size_t n);
/* The sums of that batch, zero. */
struct ft_share_sum *ft_share_sum(struct ft_share *s);
/* Row i is `bytes` long, or (start) bytes * (start[i + 1] - start[i]) from start[i] * bytes on. */
enum ft_status ft_share_rows(const struct ft_share *s, void *rows, size_t bytes,
                             const uint64_t *start, enum ft_status st, struct ft_err *err);
enum ft_status ft_share_sums(const struct ft_share *s, struct ft_share_sum *total,
                             enum ft_status st, struct ft_err *err);

#endif
