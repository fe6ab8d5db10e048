/* Disentangled attention (DeBERTa, He et al., 2006.03654, section 3.1): to the score of query i and key j
 * are added q_i . K[r] and k_j . Q[r], where r is the row of the distance i - j and K and Q are the
 * position keys and queries: rows of an embedding of distances, projected. Near distances have a row
 * each, far ones share rows by their logarithm (2111.09543, as transformers computes it).
 *
 *     op_disentangled_rows(&d, span, far, max);     a batch: which distance has which row
 *     op_disentangled_pack(&d, scale, backward);    a layer: pos_keys and pos_queries by head
 *     op_attn_fwd(&(struct ft_attn){.., .dis = &d}, ..)
 *     op_disentangled_collect(dkeys, dqueries, &d, scale);   after op_attn_bwd
 *
 * Terms are computed for a tile of scores at a time: 16 queries against the rows of their distances, 16
 * keys against theirs. Memory is that of the caller, see the struct. The gradients of the position keys and queries
 * are summed in `pieces` pieces, each a run of sequences, whatever the number of threads. */
#ifndef FT_CORE_OP_DISENTANGLED_H
#define FT_CORE_OP_DISENTANGLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_disentangled {
    size_t B, H, D;  /* as in struct ft_attn */
    size_t max;      /* tokens of the longest sequence */
    size_t first;    /* the embedding's row that is row 0 here.. */
    size_t rows;     /* ..and how many are used: those of the distances below max */
    size_t straight; /* distances up to this one have rows one apart */
    int32_t *row;    /* (2 max - 1) ascending: the row of distance d at row[max - 1 + d] */
    int32_t *column; /* (2 max - 1) rows - 1 - row of distance -d at column[max - 1 + d] */
    /* (rows, H*D); NULL: without that term */
    const float *pos_keys, *pos_queries;
    /* (H, Dp, width) and, for backward, (H, rows, Dp), Dp and width: op_disentangled_sizes. Keys by
     * column, queries by row. */
    float *keys_t, *queries_t, *keys, *queries;
    /* (pieces, H, rows, Dp); NULL: no gradient wanted */
    float *dkeys, *dqueries;
    size_t pieces;
};

/* Sizes for at most `rows` rows: Dp, width, and the pieces of B sequences. */
size_t op_disentangled_head(size_t D);
size_t op_disentangled_width(size_t rows);
size_t op_disentangled_pieces(size_t B, size_t H);
/* The most rows that sequences of max tokens use of an embedding of 2 span rows. */
size_t op_disentangled_most(size_t span, size_t max);

/* Fills d->row, d->column, first, rows and straight for d->max. far: distances beyond span / 2 share
 * rows, up to far - 1, which has the last one; 0: each has its own, up to span. */
void op_disentangled_rows(struct ft_disentangled *d, size_t span, size_t far);
void op_disentangled_pack(const struct ft_disentangled *d, float scale, bool backward);
/* Writes (rows, H*D) each, where the term exists. */
void op_disentangled_collect(float *dpos_keys, float *dpos_queries, const struct ft_disentangled *d,
                             float scale);

/* --- for op_attn.c and attn_one.c --- */

enum { DIS_BLOCK = 16, DIS_KEYS_MAX = 512, DIS_QUERIES_MAX = 64 };
/* Floats of scratch that a tile needs. */
enum {
    DIS_WORK = DIS_BLOCK * (DIS_KEYS_MAX + 2 * DIS_BLOCK) +
               DIS_BLOCK * (DIS_QUERIES_MAX + 2 * DIS_BLOCK) + DIS_BLOCK * DIS_QUERIES_MAX
};

/* A tile of scores: `rows` queries from q0 on, `keys` keys from k0 on, s and ds (rows, ld). */
struct dis_tile {
    size_t head, piece;
    size_t q0, rows, k0, keys;
    const float *q;  /* (rows, Dp) */
    const float *kt; /* panels of 16 keys, (D, 16) each, scaled, zeros behind the last key */
    const float *k;  /* for the gradients: panels of 16 columns, (keys, 16) each, .. */
    size_t k_panel;  /* ..so many floats from one to the next */
    size_t ld;
    float *work;
};
/* s += both terms. */
void dis_scores(const struct ft_disentangled *d, const struct dis_tile *t, float *s);
/* From ds: adds to dq(rows, Dp), dk(keys, Dp) and the piece's dkeys and dqueries, all without the scale. */
void dis_grads(const struct ft_disentangled *d, const struct dis_tile *t, const float *ds,
               float *dq, float *dk);
/* The sequences [*begin, *end) of a piece; zeroes its sums of head h. */
void dis_piece(const struct ft_disentangled *d, size_t piece, size_t h, size_t *begin, size_t *end);

/* Both terms of query i and key j, whose vectors of D are q and k, without the scale. */
float dis_score(const struct ft_disentangled *d, size_t h, size_t i, size_t j, const float *q,
                const float *k);
/* From the gradient ds of the scaled score: adds to dq and dk, and without the scale to the piece's sums. */
void dis_score_grad(const struct ft_disentangled *d, size_t h, size_t piece, size_t i, size_t j,
                    const float *q, const float *k, float ds, float scale, float *dq, float *dk);

#endif
