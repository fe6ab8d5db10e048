/* The update of a matrix of which a step reads few rows, and only those get a gradient: the
 * embeddings of a large vocabulary. The other rows wait. What their updates would have done (decay,
 * and the moments that go on moving them) is made up for in the same arithmetic before a row is read
 * again, so all numbers are those of core/optim.h over the whole matrix, bit for bit, without a pass
 * over all of it in each step.
 *
 *     ft_optim_rows_init(&x, &optim, p, m, v, &part);     m, v NULL: no moments
 *     each step:
 *         each batch: ft_optim_rows_use(&x, ids, N);    before forward: these are read and get a gradient
 *         sum += ft_optim_rows_squares(&x, g);          for the norm
 *         ft_optim_rows_step(&x, &optim, g);            leaves the gradient of these rows zero
 *     ft_optim_rows_sync(&x);                           before anybody reads other rows, or the moments
 *     ft_optim_rows_release(&x);
 *
 * p, m, v and g are the flat arrays; `part` says where in them the matrix lies. Nothing is allocated
 * in a step. Threads: one at a time; inside, the pool's threads share the work, and the bits do not
 * depend on how many they are. */
#ifndef FT_CORE_OPTIM_ROWS_H
#define FT_CORE_OPTIM_ROWS_H

#include "core/optim.h"

#include <stddef.h>
#include <stdint.h>

struct ft_optim_part {
    size_t begin, rows, width; /* from this float of the flat arrays on */
    bool decay;                /* as in ft_optim_range */
    float lr_scale;
};
struct ft_optim_rows {
    struct ft_optim_part part; /* rows 0: there is no such matrix, and nothing is done */
    /* private */
    float *p, *m, *v;
    uint32_t *done;  /* (rows) how many of the updates that are kept this row has had */
    uint8_t *state;  /* (rows) */
    int32_t *used;   /* (rows) those that this step reads */
    double *squares; /* (rows) of these */
    size_t used_n, kept_n;
    struct optim_update *kept; /* the last updates */
    enum ft_optim_kind kind;
};
/* The optimiser's kind and epsilon must stay. */
void ft_optim_rows_init(struct ft_optim_rows *x, const struct ft_optim *o, float *p, float *m,
                        float *v, const struct ft_optim_part *part);
void ft_optim_rows_release(struct ft_optim_rows *x); /* a zeroed one is fine */
void ft_optim_rows_use(struct ft_optim_rows *x, const int32_t *ids, size_t n);
/* The sum of squares of the gradient. */
double ft_optim_rows_squares(struct ft_optim_rows *x, const float *g);
/* One update; o->zero_grad must be set. */
void ft_optim_rows_step(struct ft_optim_rows *x, const struct ft_optim *o, float *g);
void ft_optim_rows_sync(struct ft_optim_rows *x);

#endif
