/* Layer normalisation (torch.nn.LayerNorm: biased variance, eps inside the root), and the form that
 * ends a block of BERT: bias, dropout, residual and norm in one pass. mean(N) and rstd(N) are kept
 * for the backward pass. Sums over a row are made in double where they decide. The shifts b and db may
 * be NULL everywhere: a norm without. C <= FT_POOL_COLUMNS_MAX. */
#ifndef FT_CORE_OP_NORM_H
#define FT_CORE_OP_NORM_H

#include <stdbool.h>
#include <stddef.h>
#include "core/op_dropout.h"

/* y(N,C) = (x - mean) * rstd * g(C) + b(C). y may be x only when no backward pass follows.
 * mean and rstd may both be NULL then. */
void op_norm_fwd(float *y, float *mean, float *rstd, const float *x, const float *g, const float *b,
                 size_t N, size_t C, float eps);
/* y(N,C) from the mean and rstd that forward left: its bits. */
void op_norm_again(float *y, const float *x, const float *mean, const float *rstd, const float *g,
                   const float *b, size_t N, size_t C);
/* dx(N,C) = gradient of x, accumulated when add_dx; dx may be dy when not add_dx. Adds
 * to dg(C), db(C). dg may be NULL (frozen), then db is. dx may be NULL. */
void op_norm_bwd(float *dx, float *dg, float *db, const float *dy, const float *x,
                 const float *mean, const float *rstd, const float *g, size_t N, size_t C,
                 bool add_dx);

/* dots(N) = the dot product of each row of x with its gradient, from that of y. It would be 0 without eps, so
 * it is eps rstd^2 times that of (x - mean) rstd with its gradient, not a sum of what cancels. */
void op_norm_dots(float *dots, const float *dy, const float *x, const float *mean,
                  const float *rstd, const float *g, size_t N, size_t C, float eps);

/* sum(N,C) = res + dropout(h + hb); y = norm(sum). hb(C), the bias of the linear layer that made h,
 * may be NULL. sum is kept for the backward pass and may be h. */
void op_add_norm_fwd(float *y, float *sum, float *mean, float *rstd, const float *h,
                     const float *hb, const float *res, const struct ft_dropout *d, const float *g,
                     const float *b, size_t N, size_t C, float eps);
/* From dy: dres(N,C) = gradient of res (= of sum), dh(N,C) = dropout of it. Both are written, not
 * added. dres may be dy; without dropout dh may be NULL: it equals dres. Adds to dg(C), db(C),
 * dhb(C); dg may be NULL, then db is; dhb may be NULL. */
void op_add_norm_bwd(float *dh, float *dres, float *dg, float *db, float *dhb, const float *dy,
                     const float *sum, const float *mean, const float *rstd,
                     const struct ft_dropout *d, const float *g, size_t N, size_t C);

#endif
