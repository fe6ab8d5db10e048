/* Attention with one query a sequence: the last layer of a classifier, which reads one row of each.
 * Same numbers as op_attn.h for that row (but dropout's mask, whose row is the sequence's number).
 * `a` as there; ld_qkv is that of k and v and their gradients, q, o and theirs are (B, H*D).
 * rows(B): where in the batch each query stands, which says what it sees in a causal net. Private
 * to core. */
#ifndef FT_CORE_ATTN_ONE_H
#define FT_CORE_ATTN_ONE_H

#include "core/op_attn.h"

enum { FT_ATTN_ONE_TOKENS_MAX = 1 << 16 };

/* lse(H,B), NULL when no backward follows. */
void ft_attn_one_fwd(const struct ft_attn *a, const int32_t *rows, float *o, float *lse,
                     const float *q, const float *k, const float *v);
/* Writes (does not add) dq, dk, dv. */
void ft_attn_one_bwd(const struct ft_attn *a, const int32_t *rows, float *dq, float *dk, float *dv,
                     const float *d_o, const float *lse, const float *q, const float *k,
                     const float *v);

#endif
