/* Activations, forward and backward, with the bias of the linear layer before them in the same
 * pass. Own vector kernels for exp, erf and tanh (core/vec.h), within 1e-6 of the exact value.
 */
#ifndef FT_CORE_OP_ACT_H
#define FT_CORE_OP_ACT_H

#include <stdbool.h>
#include <stddef.h>

/* Names are those of config.json's hidden_act / activation_function. */
#define FT_ACT_LIST(X)                                                                             \
    X(GELU, "gelu")                   /* x/2 (1 + erf(x / sqrt 2)) */                              \
    X(GELU_NEW, "gelu_new")           /* x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) */          \
    X(GELU_TANH, "gelu_pytorch_tanh") /* the same numbers as gelu_new */                           \
    X(RELU, "relu")                                                                                \
    X(TANH, "tanh")                                                                                \
    X(SILU, "silu")

enum ft_act {
#define X(id, name) FT_ACT_##id,
    FT_ACT_LIST(X)
#undef X
        FT_ACT_COUNT
};

/* true and *act when `name` is in the list. */
bool ft_act_parse(const char *name, enum ft_act *act);
const char *ft_act_name(enum ft_act act);

/* y(N,C) = act(x + b). b(C) may be NULL. pre(N,C) = x + b is kept for the backward pass unless
 * NULL; pre may be x, y may be x when pre is NULL. */
void op_act_fwd(float *y, float *pre, const float *x, const float *b, enum ft_act act, size_t N,
                size_t C);
/* dx(N,C) = dy * act'(pre), written, not added; dx may be dy. Adds to db(C), which may be NULL.
 * y(N,C), unless NULL, becomes act(pre) again, the bits of forward: so nobody keeps it meanwhile. */
void op_act_bwd(float *dx, float *db, float *y, const float *dy, const float *pre, enum ft_act act,
                size_t N, size_t C);

/* The gated form (GEGLU and its relatives, Shazeer, 2002.05202): x(N,2C) += b(2C), which may be NULL,
 * then y(N,C) = act(first C columns) * last C columns. x is kept for the backward pass. */
void op_glu_fwd(float *y, float *x, const float *b, enum ft_act act, size_t N, size_t C);
/* x, as forward left it, becomes its gradient, from dy(N,C). Adds to db(2C), which may be NULL. y(N,C),
 * unless NULL, becomes forward's again; it may be dy. 2C <= FT_POOL_SCRATCH_BYTES / 4. */
void op_glu_bwd(float *x, float *db, float *y, const float *dy, enum ft_act act, size_t N,
                size_t C);

#endif
