/* Products of rows with a net's weights, forward, by our own kernels: faster than OpenBLAS and
 * oneDNN for up to some hundred rows, and about as fast for more. The weights lie in panels, a few
 * columns of the result each, K after K; arranged once by ft_panels_arrange, or by each product for
 * itself (the same bits, less memory, slower for few rows: with 12 rows by a third).
 *
 *     struct ft_weights w = {.w = w, .ld = I, .I = I, .O = O};         a torch.nn.Linear
 *     float *panels = ft_try_big(ft_panels_bytes(I, O));
 *     ft_panels_arrange(panels, &w);
 *     ft_panels_product(y, O, x, I, rows, &w, panels, 0, O, bias);     y = x w^T + bias
 *
 * A row of the result has the same bits in every product, whatever its other rows, the number of
 * threads and the way of the weights are. Threads: by core/pool.h; not to be called inside a run.
 * Nothing is allocated. Private to core. */
#ifndef FT_CORE_PANELS_H
#define FT_CORE_PANELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A matrix of weights as the net has it: w(O,I), or (I,O) when in_out; ld floats from one stored
 * row to the next. */
struct ft_weights {
    const float *w;
    size_t ld;
    bool in_out;
    size_t I, O;
};

/* Bytes of the panels; SIZE_MAX when that overflows. */
size_t ft_panels_bytes(size_t I, size_t O);
void ft_panels_arrange(float *panels, const struct ft_weights *w);

/* c(M,n) = a(M,I) times columns [from, from + n) of the layer's result, + bias(n) (NULL: none).
 * panels NULL: arranged meanwhile. c must not overlap a. */
void ft_panels_product(float *c, size_t ldc, const float *a, size_t lda, size_t M,
                       const struct ft_weights *w, const float *panels, size_t from, size_t n,
                       const float *bias);
/* The same, added to c. */
void ft_panels_product_add(float *c, size_t ldc, const float *a, size_t lda, size_t M,
                           const struct ft_weights *w, const float *panels, size_t from, size_t n);

/* How [0, rows) x [0, panels) is cut for the pool's threads: `down` pieces of the rows, and
 * threads / down of the panels. */
size_t ft_panels_pieces_down(size_t rows, size_t panels, size_t threads);

#endif
