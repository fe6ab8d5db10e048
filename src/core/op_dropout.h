/* Dropout from a counter-based generator (Philox4x32-10, util/rng.h). The mask is a function of
 * seed, step, layer, site, row and column, so it is never stored: backward makes it again. It
 * depends neither on the number of threads nor on how the work is cut.
 *
 * One Philox block gives eight elements of 16 bits each: an element is dropped when its 16 bits are
 * below round(p * 65536), and the kept are scaled by 1 / (1 - that share). */
#ifndef FT_CORE_OP_DROPOUT_H
#define FT_CORE_OP_DROPOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One mask. A NULL pointer or p <= 0 means no dropout, which costs nothing. */
struct ft_dropout {
    float p;       /* share dropped, [0, 1) */
    uint64_t seed; /* the run's */
    uint32_t step; /* counts forward passes with dropout: micro-batches, not updates */
    uint16_t layer;
    uint16_t site; /* the place within a layer; below 256. Attention uses its own for each head. */
};

bool ft_dropout_on(const struct ft_dropout *d);

/* y(N,C) = mask * x / (1 - p). y may be x. Row = token of the batch. */
void op_dropout_fwd(float *y, const float *x, const struct ft_dropout *d, size_t N, size_t C);
/* dx = mask * dy / (1 - p), added to dx when add. dx may be dy when not add. */
void op_dropout_bwd(float *dx, const float *dy, const struct ft_dropout *d, size_t N, size_t C,
                    bool add);

/* y(N,C) = res + dropout(x + b): what ends a block with the norm in front (GPT-2). b(C) may be
 * NULL. y may be x or res. */
void op_add_fwd(float *y, const float *x, const float *b, const float *res,
                const struct ft_dropout *d, size_t N, size_t C);
/* dx = dropout(dy), written, not added: x has no other use. Adds to db(C), which may be NULL. The
 * gradient of res is dy itself: the caller adds or shares it. dx may be dy only without dropout,
 * else the gradient of res would be lost. */
void op_add_bwd(float *dx, float *db, const float *dy, const struct ft_dropout *d, size_t N,
                size_t C);

/* Sums of gradients: y += x over n floats, on the pool. */
void op_accumulate(float *y, const float *x, size_t n);

#endif
