/* Linear layers, forward and backward, in both storage orders: w(O,I) as torch.nn.Linear keeps it,
 * and w(I,O) as GPT-2's Conv1D does. Contiguous rows; threads by core/pool.h; nothing is allocated.
 */
#ifndef FT_CORE_OP_LINEAR_H
#define FT_CORE_OP_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c, as in core/gemm.h: every product of a net with
 * gradients goes through here, and is noted in core/op_timer.h where somebody watches. */
void op_product(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* y(N,O) = x(N,I) w(O,I)^T + b(O). b may be NULL (leave the bias to a fused op that follows). */
void op_linear_fwd(float *y, const float *x, const float *w, const float *b, size_t N, size_t I,
                   size_t O);
/* dx(N,I) = dy w, accumulated when add_dx. Adds to dw(O,I), db(O). Any of dx, dw, db may
 * be NULL (frozen). x is needed for dw only, w for dx only. */
void op_linear_bwd(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                   size_t N, size_t I, size_t O, bool add_dx);

/* The same for w(I,O): y = x w + b. */
void op_conv1d_fwd(float *y, const float *x, const float *w, const float *b, size_t N, size_t I,
                   size_t O);
void op_conv1d_bwd(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
                   size_t N, size_t I, size_t O, bool add_dx);

/* The same with products of bf16 (core/bf16.h): x and dy are converted on the way, into x16(N,I) and
 * dy16(N,O); sums, y, dx, dw, the bias and its gradient are fp32. */
struct op_weights_bf16 {
    const uint16_t *w; /* w(O,I), or (I,O) when in_out */
    size_t ld;         /* from one stored row of w, and of dw, to the next */
    bool in_out;
    size_t I, O;
};
void op_linear_bf16_fwd(float *y, const float *x, const struct op_weights_bf16 *w, const float *b,
                        size_t N, uint16_t *x16);
void op_linear_bf16_bwd(float *dx, float *dw, float *db, const float *dy, const float *x,
                        const struct op_weights_bf16 *w, size_t N, bool add_dx, uint16_t *x16,
                        uint16_t *dy16);

/* db(O) += sum over the rows of dy(N,O). */
void op_bias_bwd(float *db, const float *dy, size_t N, size_t O);

#endif
