/* Hidden states of two networks compared group by group: a group is a run of consecutive rows
 * (tokens) that cover the same characters in both, and each network gives the mean of its rows.
 * Networks with different vocabularies can be compared this way; with one vocabulary every group
 * has one row.
 *
 *     loss = 1/G sum over g of 1/C sum over c of (mean of y over rows [from[g], to[g]) - target[g])^2
 *
 * which is torch.nn.functional.mse_loss on the (G, C) means. Groups do not share rows. Threads: the
 * caller's pool. */
#ifndef FT_CORE_OP_HIDDEN_H
#define FT_CORE_OP_HIDDEN_H

#include "core/op_loss.h"

#include <stddef.h>
#include <stdint.h>

struct ft_groups {
    size_t G;
    const int32_t *from, *to; /* (G) rows; no group is empty */
};

/* out(G,C): the mean of each group's rows of y(N,C). */
void op_group_mean(float *out, const float *y, const struct ft_groups *g, size_t C);
/* dy(N,C), of the rows of all groups, = gradient of y from dout(G,C). */
void op_group_mean_bwd(float *dy, const float *dout, const struct ft_groups *g, size_t C);
/* Adds the sum over groups, each the mean over its C values, to sum->loss and G to sum->weight. */
void op_group_mse_fwd(struct ft_loss_sum *sum, const float *y, const float *target,
                      const struct ft_groups *g, size_t C);
/* dy(N,C) += scale * gradient of that sum. */
void op_group_mse_bwd(float *dy, const float *y, const float *target, const struct ft_groups *g,
                      size_t C, double scale);

#endif
