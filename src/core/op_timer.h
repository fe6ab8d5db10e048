/* Time per kind of operation, for `fettle bench`: products, attention and row operations record
 * their time while a timer is active on their thread. During a run none is; an op then only checks
 * one pointer.
 *
 *     struct ft_op_timer spent = {0};
 *     ft_op_timer_watch(&spent);
 *     ... a training step on this thread ...
 *     ft_op_timer_watch(NULL);
 *     seconds in products: spent.s[FT_OP_TIMER_PRODUCTS], and which they were: spent.products
 *     ft_op_timer_release(&spent); */
#ifndef FT_CORE_OP_TIMER_H
#define FT_CORE_OP_TIMER_H

#include <stdbool.h>
#include <stddef.h>

enum ft_op_timer_kind {
    FT_OP_TIMER_PRODUCTS,
    FT_OP_TIMER_ATTENTION, /* scores, softmax and their way back, between the products */
    FT_OP_TIMER_ROWS,      /* norms, activations, dropout, residuals and biases */
    FT_OP_TIMER_COUNT
};

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c, as in gemm.h. */
struct ft_product {
    bool trans_a, trans_b;
    size_t M, N, K;
    float beta;
    double s;  /* that it took; set by the timer */
    bool bf16; /* of operands in bf16 */
};

struct ft_op_timer { /* zero-initialise it */
    double s[FT_OP_TIMER_COUNT];
    struct ft_product *products; /* in the order in which they were computed */
    size_t products_n, products_cap;
};
/* What this thread computes is added to *s from now on; NULL: nobody watches. */
void ft_op_timer_watch(struct ft_op_timer *s);
void ft_op_timer_clear(struct ft_op_timer *s);
void ft_op_timer_release(struct ft_op_timer *s);

/* An op's side: these around what it does. Not one inside another. */
double ft_op_timer_begin(void);
void ft_op_timer_end(enum ft_op_timer_kind kind, double begun);
void ft_op_timer_product(double begun, const struct ft_product *p);

#endif
