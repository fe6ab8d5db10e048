/* Where a thread's computing time goes, for `fettle bench`: products, attention and the passes over
 * rows note their time while somebody on their thread watches. Nobody does in a run; an op then
 * looks at one pointer and no clock.
 *
 *     struct ft_spent spent = {0};
 *     ft_spent_watch(&spent);
 *     ... a training step on this thread ...
 *     ft_spent_watch(NULL);
 *     seconds in products: spent.s[FT_SPENT_PRODUCTS], and which they were: spent.products
 *     ft_spent_release(&spent); */
#ifndef FT_CORE_SPENT_H
#define FT_CORE_SPENT_H

#include <stdbool.h>
#include <stddef.h>

enum ft_spent_kind {
    FT_SPENT_PRODUCTS,
    FT_SPENT_ATTENTION, /* scores, softmax and their way back, between the products */
    FT_SPENT_ROWS,      /* norms, activations, dropout, residuals and biases */
    FT_SPENT_COUNT
};

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c, as in blas.h. */
struct ft_product {
    bool trans_a, trans_b;
    size_t M, N, K;
    float beta;
};

struct ft_spent { /* zero-initialise it */
    double s[FT_SPENT_COUNT];
    struct ft_product *products; /* in the order in which they were computed */
    size_t products_n, products_cap;
};
/* What this thread computes is added to *s from now on; NULL: nobody watches. */
void ft_spent_watch(struct ft_spent *s);
void ft_spent_clear(struct ft_spent *s);
void ft_spent_release(struct ft_spent *s);

/* An op's side: these around what it does. Not one inside another. */
double ft_spent_begin(void);
void ft_spent_end(enum ft_spent_kind kind, double begun);
void ft_spent_product(double begun, const struct ft_product *p);

#endif
