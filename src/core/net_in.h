/* What the files of the net share: the workspace and the passes. Private to core.
 *
 * A training workspace keeps, for each layer, what backward needs and cannot make again in a pass
 * that it makes anyway; an evaluation's has one set of buffers that all layers use. With
 * checkpoints, training has that too, and what a layer is computed from again: what comes in
 * (pre-norm), or the input of the norm in front of it (post-norm). All are parts of one block of
 * memory, laid out by net_plan.c.
 *
 * The end of the last layer is computed only for the rows that the task reads ("narrow"): exact,
 * since behind the attention no row looks at another. */
#ifndef FT_CORE_NET_IN_H
#define FT_CORE_NET_IN_H

#include "core/family_in.h"
#include "core/net.h"
#include "core/op_attn.h"
#include "core/op_disentangled.h"
#include "core/op_dropout.h"

/* Places of dropout within a layer; the embeddings and the head have layer numbers of their own. */
enum { SITE_ATTN, SITE_PROJ, SITE_FF, SITE_EMBED, SITE_HEAD_IN, SITE_HEAD_OUT, SITE_RELATIVE };

/* The activation of the head's dense layer. */
static inline enum ft_act ft_net_pool_act(const struct ft_net *net)
{
    const struct ft_family_def *f = net->params.family;
    return f->own_head_act || f->own_pool_act ? net->cfg.head_act : f->pool_act;
}

/* Activations of a layer: N rows, or R behind the attention of a narrow last layer. */
struct ft_layer_ws {
    float *x;    /* (N,C) what comes in: the hidden states of layer l. Post-norm with checkpoints:
                    shared, but for layer 0's */
    float *in;   /* (N,C) pre-norm: norm of x; else x itself */
    float *qkv;  /* (N,3C); narrow classification: keys and values (N,2C), then queries (B,C) */
    float *lse;  /* (H,N) */
    float *att;  /* (N,C) */
    float *sum1; /* (N,C) post-norm: input of norm 1 */
    float *x1;   /* (N,C) the residual stream between the two parts */
    float *in2;  /* (N,C) pre-norm: norm of x1; else x1 itself */
    float *pre;  /* (N,F); gated: (N,2F), and in backward its gradient */
    float *act;  /* (N,F) shared by all layers; backward makes it again */
    float *sum2; /* (N,C) post-norm: input of norm 2 */
    float *pos_keys, *pos_queries;        /* (dis_most,C) disentangled attention: NULL without */
    float *mean1, *rstd1, *mean2, *rstd2; /* (N) */
    float *y;                             /* (N,C) what goes out: the next layer's x */
};

struct ft_ws {
    const struct ft_net *net;
    struct ft_ws_opt opt;
    void *block;
    size_t block_bytes;

    /* Laid out once. */
    struct ft_layer_ws *layers;       /* (L) */
    int32_t *pos;                     /* (N) positions */
    int32_t *rows;                    /* (N) rows that the end of the last layer is computed for */
    int32_t *slot;                    /* (N) the reverse: index into rows, -1 for none */
    float *emb, *emb_mean, *emb_rstd; /* (N,E), (N), (N): sum of the embeddings, before the norm */
    float *emb_out; /* (N,E) behind norm and dropout where a projection follows; else NULL */
    float *demb;    /* (N,E) after backward: the gradient of the sum of the embeddings; for an
                       attribution, if ft_net_norms_words, that of their norm */
    float *rel;     /* (H, 2 rel_max - 1) bias by distance, see op_attn.h; NULL: none */
    float *drel;    /* (2N, H) its gradient in one layer */
    size_t rel_max;
    float *rope,
        *rope_local; /* (T,D) the angles of rotary positions, see op_rotary.h; NULL: none */
    /* Disentangled attention: of the rows of distances in use, at most dis_most. */
    struct ft_disentangled dis;
    size_t dis_most;
    float *dis_norm, *dis_mean, *dis_rstd; /* (most,C), (most), (most): behind the norm */
    float *dis_x;                          /* (most,C) dropped out for a layer */
    float *dis_dkeys, *dis_dqueries, *dis_dx, *dis_dnorm; /* (most,C); dnorm: of all layers */
    float *dis_sums;                                      /* twice dis_sums_n: the pieces' sums */
    size_t dis_sums_n;
    float *tail_att, *tail_x;               /* (R,C) gathered in front of a narrow end */
    float *final, *final_mean, *final_rstd; /* (N,C): after the last norm where there is one */
    float *pooled_in, *pooled_pre, *pooled, *pooled_norm,
        *pooled_out;                  /* (B,C); of TOKENS and QA: (N,C) */
    float *pooled_mean, *pooled_rstd; /* of pooled_norm */
    const float *head_in;             /* what the last linear layer read */
    float *logits; /* (B,labels), (N,labels) or (N,2), and their gradient in dlogits */
    float *dlogits;
    float *lm_h, *lm_t, *lm_a, *lm_z, *lm_mean, *lm_rstd, *lm_logits; /* a piece of rows */
    int32_t *lm_rows, *lm_slots, *lm_target; /* rows of the batch, of ws->out, and targets */
    float *lm_losses;
    size_t lm_piece;                    /* rows in a piece */
    float *h;                           /* (N,C) passing results of forward */
    float *dx, *dh, *dtmp, *dqkv, *dff; /* backward: (N,C) x3, (N,3C), (N,F); dtmp lies in the
                                           layers' act, dqkv in dff: never needed together */

    /* The last forward. */
    struct ft_net_batch batch;
    struct ft_drop_key key;
    bool drop;
    bool narrow;
    size_t R;                /* rows of the outputs: B, batch.R or N */
    const float *out;        /* (R,C) the outputs: hidden states behind the last norm */
    bool graded;             /* ft_net_loss wrote the gradient of the logits */
    struct ft_groups hidden; /* of the hidden-state loss; G 0: backward has none to add */
    const float *hidden_target;
    float hidden_scale;
    bool no_params; /* backward leaves parameters alone (attribution) */
};

/* Sizes and pointers: called once with base NULL to measure, once to lay out. */
size_t ft_ws_layout(struct ft_ws *ws, const struct ft_net_config *cfg, char *base,
                    struct ft_mem_plan *plan);

/* Weights and gradients by role; a gradient is NULL when it is frozen or not wanted. */
const float *ft_net_w(const struct ft_net *net, enum ft_role role, size_t layer);
float *ft_net_g(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer);

/* Whether the embeddings are those of words alone, with a norm behind them. */
bool ft_net_norms_words(const struct ft_net *net);

/* The mask of a place in this forward; p 0 when there is none. */
struct ft_dropout ft_ws_drop(const struct ft_ws *ws, double p, size_t layer, unsigned site);

/* The linear layer whose weight plays `role` (its bias is the next role), in its storage order.
 * Forward without a workspace (NULL) is an evaluation's. Backward writes dx, or adds to it when
 * add_dx; dx may be NULL; x NULL: no parameters. */
void ft_lin_fwd(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer,
                float *y, const float *x, bool bias, size_t N, size_t I, size_t O);
void ft_lin_bwd(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer,
                float *dx, const float *dy, const float *x, bool bias, size_t N, size_t I, size_t O,
                bool add_dx);

/* Columns [from, from + n) of the joined projection of layer l, queries (0, C), keys and values (C, 2C), of
 * x(N,C): y(N,n). Backward as ft_lin_bwd. */
void ft_part_fwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *y,
                 const float *x, size_t N, size_t from, size_t n);
void ft_part_bwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *dx,
                 const float *dy, const float *x, size_t N, size_t from, size_t n, bool add_dx);

/* net_disentangled.c. A forward: begin; each layer: project, then the attention with dis_of. Backward: each
 * layer: the attention with dis_of, then layer_bwd with the attention's scale; at last end. */
void ft_dis_begin(const struct ft_net *net, struct ft_ws *ws);
void ft_dis_project(const struct ft_net *net, struct ft_ws *ws, size_t l);
const struct ft_disentangled *ft_dis_of(const struct ft_net *net, struct ft_ws *ws, size_t l,
                                        bool backward);
void ft_dis_layer_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float scale);
void ft_dis_end(const struct ft_net *net, struct ft_ws *ws);

/* One block. Forward leaves y; backward turns dx, the gradient of y (rows R when narrow), into that
 * of x (N rows) when `below`, else it only adds to the parameters. */
void ft_block_fwd(const struct ft_net *net, struct ft_ws *ws, size_t layer);
/* With checkpoints, before the layer's backward: its activations, as forward had left them. */
void ft_block_again(const struct ft_net *net, struct ft_ws *ws, size_t layer);
void ft_block_bwd(const struct ft_net *net, struct ft_ws *ws, size_t layer, bool below);

/* Heads of CLASSIFY, TOKENS and QA: ws->out to logits; ws->dlogits to ws->dx (R rows). */
void ft_head_fwd(const struct ft_net *net, struct ft_ws *ws);
void ft_head_bwd(const struct ft_net *net, struct ft_ws *ws);
/* Losses of CLASSIFY, TOKENS and QA. */
void ft_head_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                  const struct ft_loss_opt *opt, struct ft_net_loss *out);
/* Language models: head and loss in pieces; leaves ws->dx (R rows). */
void ft_lm_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                const struct ft_loss_opt *opt, struct ft_net_loss *out);

/* Rows of C floats: dst[i] = src[rows[i]], and dst[rows[i]] += src[i]. */
void ft_rows_gather(float *dst, const float *src, const int32_t *rows, size_t n, size_t C);
void ft_rows_scatter_add(float *dst, const float *src, const int32_t *rows, size_t n, size_t C);

/* Rows of a language model's logits that exist at once, of N. */
size_t ft_lm_piece_rows(const struct ft_net_config *cfg, size_t N);

/* net_weights.c: the weights as products take them: in panels (core/panels.h) or quantized
 * (core/panels_int8.h) for evaluations, in bf16 (core/bf16.h) for training too. Copies beside
 * net->w, made when forwards need them and made again after ft_net_weights_changed. In fp32, each
 * product of an evaluation without a copy arranges its panels itself; the bits are the same.
 *
 * The layers of the blocks, the dense layer before a classifier and that of a language model's head
 * have copies; in bf16 the output matrix of a language model too. What has none is computed from
 * net->w, in fp32: the last layer of a head, projections of embeddings. */
struct ft_net_weights *ft_net_weights_new(void);
void ft_net_weights_free(struct ft_net_weights *s);

/* Bytes that workspaces with `opt` (N, train, precision) need for copies; SIZE_MAX when that
 * overflows. */
size_t ft_net_weights_bytes(const struct ft_params *ps, const struct ft_net_config *cfg,
                            const struct ft_ws_opt *opt);

/* Memory for the copies that a workspace can't do without. Errors: FT_NOMEM. */
enum ft_status ft_net_weights_reserve(const struct ft_net *net, const struct ft_ws_opt *opt,
                                      struct ft_err *err);

/* Before a forward of N rows: brings the copies up to date, or decides that it does without. */
void ft_net_weights_prepare(const struct ft_net *net, const struct ft_ws_opt *opt, size_t N);

/* y(N,n) = x(N,I) times columns [from, from + n) of the layer whose weight plays `role`, with O
 * columns in all, + bias(n) (NULL: none). opt NULL: without copies, in fp32. */
void ft_net_weights_fwd(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                        size_t layer, float *y, const float *x, const float *bias, size_t N,
                        size_t I, size_t O, size_t from, size_t n);

/* Whether training with `opt` computes this layer by ft_net_weights_fwd and _bwd: in bf16, where it
 * has a copy. Otherwise it is op_linear's, in fp32. */
bool ft_net_weights_train(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                          size_t layer);
/* Of the same columns: writes dx(N,I), or adds to it when add_dx; adds to dw and db, the gradients
 * of the whole layer. dx, dw, db may be NULL; x is needed for dw only. */
void ft_net_weights_bwd(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                        size_t layer, float *dx, float *dw, float *db, const float *dy,
                        const float *x, size_t N, size_t I, size_t O, size_t from, size_t n,
                        bool add_dx);

#endif
