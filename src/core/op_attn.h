/* Multi-head attention within each sequence of a packed batch. No T x T matrix is kept: forward
 * leaves the log-sum-exp of each row, backward makes the probabilities again (Dao et al.,
 * 2205.14135).
 *
 * Row t of q belongs to token t of the batch; head h is columns [h*D, (h+1)*D). The three may be
 * parts of one qkv(N,3C): q = qkv, k = qkv + C, v = qkv + 2C, ld = 3C. */
#ifndef FT_CORE_OP_ATTN_H
#define FT_CORE_OP_ATTN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/op_disentangled.h"
#include "core/op_dropout.h"

/* The model's configuration is checked against these. */
#define FT_ATTN_HEAD_SIZE_MAX ((size_t)256)
#define FT_ATTN_HEADS_MAX     ((size_t)4096)

struct ft_attn {
    size_t B, H, D;                /* H, D: limits above; B and T free */
    const int32_t *starts;         /* B+1 offsets of the sequences; N = starts[B] */
    bool causal;                   /* token t sees tokens <= t of its sequence */
    size_t reach;                  /* and only those less than this far away; 0: all. Tiles out of
                                    * reach cost nothing: the work is linear in T */
    float scale;                   /* usually 1/sqrt(D) */
    size_t ld_qkv;                 /* floats between rows of q, k, v and of their gradients */
    size_t ld_o;                   /* the same of o and do; usually H*D */
    const struct ft_dropout *drop; /* on the probabilities; NULL for none */
    /* A bias by distance, NULL for none: rel[h * (2 rel_max - 1) + rel_max - 1 + j - i] is added to
     * the scaled score of query i and key j of a sequence of at most rel_max tokens. Backward
     * writes its gradient for each sequence of T tokens from `first` on, 2T - 1 numbers a head, in
     * the same order: drel[2 * first * H + h * 2T + T - 1 + j - i]. */
    const float *rel;
    size_t rel_max;
    float *drel;
    /* Disentangled attention (op_disentangled.h), NULL for none. Not causal. */
    const struct ft_disentangled *dis;
};

/* o = dropout(softmax(scale q k^T)) v. lse(H,N) is for backward, the binary logarithm of each row's sum of
 * exponentials; NULL when none follows. */
void op_attn_fwd(const struct ft_attn *a, float *o, float *lse, const float *q, const float *k,
                 const float *v);
/* Writes (does not add) dq, dk, dv. o and lse as forward left them. */
void op_attn_bwd(const struct ft_attn *a, float *dq, float *dk, float *dv, const float *d_o,
                 const float *o, const float *lse, const float *q, const float *k, const float *v);

/* One new token of one sequence against its T cached tokens (itself among them): q(H*D), o(H*D),
 * k and v with ld floats between tokens. For generation. */
void op_attn_decode(float *o, const float *q, const float *k, const float *v, size_t T, size_t H,
                    size_t D, size_t ld, float scale);

/* The probabilities of one head of sequence b, p(T,T), for showing; without dropout. Slow and
 * plain. */
void op_attn_probs(const struct ft_attn *a, float *p, size_t b, size_t h, const float *q,
                   const float *k);

#endif
