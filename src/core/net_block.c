/* A transformer block, forward and backward side by side, for both orders of norm and residual:
 *
 *     post-norm (BERT)                        pre-norm (GPT-2)
 *     x1 = norm1(x + drop(proj(attn(x))))     x1 = x + drop(proj(attn(norm1(x))))
 *     y  = norm2(x1 + drop(ff(x1)))           y  = x1 + drop(ff(norm2(x1)))
 *
 * A narrow last layer computes only rows R behind the attention (for CLASSIFY also only their
 * queries). */
#include "core/net_in.h"

#include "core/attn_one.h"
#include "core/op_act.h"
#include "core/op_linear.h"
#include "core/op_norm.h"
#include "core/op_relative.h"
#include "core/op_rotary.h"

#include <math.h>
#include <string.h>

void ft_part_fwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *y,
                 const float *x, size_t N, size_t from, size_t n)
{
    size_t C = net->cfg.hidden;
    const float *w = ft_net_w(net, FT_ROLE_QKV_W, l), *b = ft_net_w(net, FT_ROLE_QKV_B, l);
    if (b) b += from;
    if (!ws->opt.train || ft_net_weights_train(net, &ws->opt, FT_ROLE_QKV_W, l)) {
        ft_net_weights_fwd(net, &ws->opt, FT_ROLE_QKV_W, l, y, x, b, N, C, 3 * C, from, n);
        return;
    }
    if (!(ft_params_role(&net->params, FT_ROLE_QKV_W, l)->flags & FT_PARAM_IN_OUT)) {
        op_linear_fwd(y, x, w + from * C, b, N, C, n);
        return;
    }
    for (size_t r = 0; b && r < N; r++)
        memcpy(y + r * n, b, n * sizeof(*y));
    op_product(false, false, N, n, C, x, C, w + from, 3 * C, b ? 1.0f : 0.0f, y, n);
}

void ft_part_bwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *dx,
                 const float *dy, const float *x, size_t N, size_t from, size_t n, bool add_dx)
{
    size_t C = net->cfg.hidden;
    const float *w = ft_net_w(net, FT_ROLE_QKV_W, l);
    float *dw = ft_net_g(net, ws, FT_ROLE_QKV_W, l), *db = ft_net_g(net, ws, FT_ROLE_QKV_B, l);
    if (ft_net_weights_train(net, &ws->opt, FT_ROLE_QKV_W, l)) {
        ft_net_weights_bwd(net, &ws->opt, FT_ROLE_QKV_W, l, dx, dw, db, dy, x, N, C, 3 * C, from, n,
                           add_dx);
        return;
    }
    if (!(ft_params_role(&net->params, FT_ROLE_QKV_W, l)->flags & FT_PARAM_IN_OUT)) {
        op_linear_bwd(dx, dw ? dw + from * C : NULL, db ? db + from : NULL, dy, x, w + from * C, N,
                      C, n, add_dx);
        return;
    }
    if (dx) op_product(false, true, N, C, n, dy, n, w + from, 3 * C, add_dx ? 1.0f : 0.0f, dx, C);
    if (dw) op_product(true, false, C, n, N, x, C, dy, n, 1, dw + from, 3 * C);
    if (db) op_bias_bwd(db + from, dy, N, n);
}

static struct ft_attn attn_of(const struct ft_net *net, const struct ft_ws *ws, size_t l,
                              const struct ft_dropout *drop)
{
    const struct ft_net_config *cfg = &net->cfg;
    size_t D = cfg->hidden / cfg->heads;
    size_t terms = cfg->attn_terms ? cfg->attn_terms : 1;
    double scale = cfg->attn_scaled ? 1.0 / sqrt((double)(D * terms)) : 1.0;
    if (cfg->attn_layer_scaled) scale /= (double)(l + 1);
    return (struct ft_attn){
        .B = ws->batch.B,
        .H = cfg->heads,
        .D = D,
        .starts = ws->batch.offsets,
        .causal = net->params.family->causal,
        .reach = ft_net_config_local(cfg, l) ? cfg->reach : 0,
        .scale = (float)scale,
        .ld_qkv = 3 * cfg->hidden,
        .ld_o = cfg->hidden,
        .drop = ft_dropout_on(drop) ? drop : NULL,
        .rel = ws->rel,
        .rel_max = ws->rel_max,
        .drel = ft_net_g(net, ws, FT_ROLE_REL, 0) ? ws->drel : NULL,
    };
}

/* Turns `heads` heads of each row of x, of queries or keys, by their positions: those of the batch, or
 * of its rows `rows`. */
static void rotate(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *x,
                   const int32_t *rows, size_t N, size_t heads, size_t ld, bool back)
{
    const float *table = ft_net_config_local(&net->cfg, l) ? ws->rope_local : ws->rope;
    if (table)
        op_rotary(x, table, ws->pos, rows, N, heads, net->cfg.hidden / net->cfg.heads, ld, back);
}

static bool narrow_layer(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    return ws->narrow && l + 1 == net->cfg.layers;
}

static bool one_query(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    return narrow_layer(net, ws, l) && net->cfg.head == FT_HEAD_CLASSIFY;
}

/* From a->in to the attention's output; for a narrow layer only its rows, in ws->tail_att with
 * their part of x in ws->tail_x. Returns the output (R,C) and sets *res. */
static const float *attention_fwd(const struct ft_net *net, struct ft_ws *ws, size_t l,
                                  const float **res)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t N = ws->batch.N, C = net->cfg.hidden, H = net->cfg.heads;
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.attn_dropout, l, SITE_ATTN);
    struct ft_attn at = attn_of(net, ws, l, &drop);
    *res = a->x;
    if (net->cfg.rel_span) {
        ft_dis_project(net, ws, l);
        at.dis = ft_dis_of(net, ws, l, false);
        if (!one_query(net, ws, l)) op_disentangled_pack(at.dis, at.scale, false);
    }
    if (!narrow_layer(net, ws, l)) {
        ft_lin_fwd(net, ws, FT_ROLE_QKV_W, l, a->qkv, a->in, true, N, C, 3 * C);
        rotate(net, ws, l, a->qkv, NULL, N, 2 * H, 3 * C, false);
        op_attn_fwd(&at, a->att, a->lse, a->qkv, a->qkv + C, a->qkv + 2 * C);
        return a->att;
    }
    if (one_query(net, ws, l)) {
        float *q = a->qkv + N * 2 * C;
        at.ld_qkv = 2 * C;
        ft_rows_gather(ws->tail_x, a->in, ws->rows, ws->R, C);
        ft_part_fwd(net, ws, l, q, ws->tail_x, ws->R, 0, C);
        ft_part_fwd(net, ws, l, a->qkv, a->in, N, C, 2 * C);
        rotate(net, ws, l, q, ws->rows, ws->R, H, C, false);
        rotate(net, ws, l, a->qkv, NULL, N, H, 2 * C, false);
        ft_attn_one_fwd(&at, ws->rows, ws->tail_att, a->lse, q, a->qkv, a->qkv + C);
    } else {
        ft_lin_fwd(net, ws, FT_ROLE_QKV_W, l, a->qkv, a->in, true, N, C, 3 * C);
        rotate(net, ws, l, a->qkv, NULL, N, 2 * H, 3 * C, false);
        op_attn_fwd(&at, a->att, a->lse, a->qkv, a->qkv + C, a->qkv + 2 * C);
        ft_rows_gather(ws->tail_att, a->att, ws->rows, ws->R, C);
    }
    ft_rows_gather(ws->tail_x, a->x, ws->rows, ws->R, C);
    *res = ws->tail_x;
    return ws->tail_att;
}

/* What the attention of layer l, with this scale, left of its positions: the bias by distance in
 * ws->drel, or the sums of ws->dis. */
static void relative_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float scale)
{
    float *dw = ft_net_g(net, ws, FT_ROLE_REL, 0);
    if (net->cfg.rel_span) ft_dis_layer_bwd(net, ws, l, scale);
    if (dw) op_relative_bwd(dw, ws->drel, ws->batch.offsets, ws->batch.B, net->cfg.heads);
}

/* From ws->dtmp, the gradient of the attention's output (R rows), to that of a->in: added to dx (N
 * rows) when add_dx, else written; dx NULL: parameters only. */
static void attention_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float *dx,
                          bool add_dx)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t N = ws->batch.N, C = net->cfg.hidden, H = net->cfg.heads;
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.attn_dropout, l, SITE_ATTN);
    struct ft_attn at = attn_of(net, ws, l, &drop);
    float *d = ws->dqkv;
    if (net->cfg.rel_span) {
        at.dis = ft_dis_of(net, ws, l, true);
        if (!one_query(net, ws, l)) op_disentangled_pack(at.dis, at.scale, true);
    }
    if (one_query(net, ws, l)) {
        float *q = a->qkv + N * 2 * C, *dq = d + N * 2 * C;
        at.ld_qkv = 2 * C;
        ft_attn_one_bwd(&at, ws->rows, dq, d, d + C, ws->dtmp, a->lse, q, a->qkv, a->qkv + C);
        relative_bwd(net, ws, l, at.scale);
        rotate(net, ws, l, dq, ws->rows, ws->R, H, C, true);
        rotate(net, ws, l, d, NULL, N, H, 2 * C, true);
        ft_part_bwd(net, ws, l, dx, d, a->in, N, C, 2 * C, add_dx);
        ft_rows_gather(ws->h, a->in, ws->rows, ws->R, C);
        ft_part_bwd(net, ws, l, dx ? ws->dtmp : NULL, dq, ws->h, ws->R, 0, C, false);
        if (dx) ft_rows_scatter_add(dx, ws->dtmp, ws->rows, ws->R, C);
        return;
    }
    const float *d_o = ws->dtmp;
    if (narrow_layer(net, ws, l)) {
        memset(ws->h, 0, N * C * sizeof(*ws->h));
        ft_rows_scatter_add(ws->h, ws->dtmp, ws->rows, ws->R, C);
        d_o = ws->h;
    }
    op_attn_bwd(&at, d, d + C, d + 2 * C, d_o, a->att, a->lse, a->qkv, a->qkv + C, a->qkv + 2 * C);
    relative_bwd(net, ws, l, at.scale);
    rotate(net, ws, l, d, NULL, N, 2 * H, 3 * C, true);
    ft_lin_bwd(net, ws, FT_ROLE_QKV_W, l, dx, d, a->in, true, N, C, 3 * C, add_dx);
}

/* ws->dx from R rows to N, zeros between. ws->dtmp is in use; ws->dh serves. */
static void spread_dx(struct ft_ws *ws, size_t C)
{
    memcpy(ws->dh, ws->dx, ws->R * C * sizeof(*ws->dx));
    memset(ws->dx, 0, ws->batch.N * C * sizeof(*ws->dx));
    ft_rows_scatter_add(ws->dx, ws->dh, ws->rows, ws->R, C);
}

static size_t tail_rows(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    return narrow_layer(net, ws, l) ? ws->R : ws->batch.N;
}

static struct ft_dropout proj_drop(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    const struct ft_family_def *f = net->params.family;
    double p = f->no_proj_dropout     ? 0
               : f->proj_attn_dropout ? net->cfg.attn_dropout
                                      : net->cfg.hidden_dropout;
    return ft_ws_drop(ws, p, l, SITE_PROJ);
}

/* Dropout within a gated feed-forward part, and behind the second layer of any other. */
static struct ft_dropout ff_drop(const struct ft_net *net, const struct ft_ws *ws, size_t l,
                                 bool within)
{
    bool here = net->params.family->gate_dropout == within;
    return ft_ws_drop(ws, here ? net->cfg.hidden_dropout : 0, l, SITE_FF);
}

/* From x to the activations a->act, between the two linear layers. */
static void feed_forward_half(const struct ft_net *net, struct ft_ws *ws, size_t l, const float *x,
                              size_t R)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t C = net->cfg.hidden, F = net->cfg.ff;
    const float *b = ft_net_w(net, FT_ROLE_FF1_B, l);
    struct ft_dropout drop = ff_drop(net, ws, l, true);
    bool gated = net->params.family->gated;
    ft_lin_fwd(net, ws, FT_ROLE_FF1_W, l, a->pre, x, false, R, C, gated ? 2 * F : F);
    if (gated)
        op_glu_fwd(a->act, a->pre, b, net->cfg.act, R, F);
    else
        op_act_fwd(a->act, a->mean1 ? a->pre : NULL, a->pre, b, net->cfg.act, R, F);
    if (ft_dropout_on(&drop)) op_dropout_fwd(a->act, a->act, &drop, R, F);
}

/* From dy, the gradient of what the second linear layer gave, to that of x, the first one's input:
 * added to dx when add_dx. The activations between them are made again on the way, for the second
 * layer's gradient. */
static void feed_forward_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float *dx,
                             const float *dy, const float *x, size_t R, bool add_dx)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout drop = ff_drop(net, ws, l, true);
    bool gated = net->params.family->gated;
    float *act = ft_net_g(net, ws, FT_ROLE_FF2_W, l) ? a->act : NULL;
    float *db = ft_net_g(net, ws, FT_ROLE_FF1_B, l), *d = gated ? a->pre : ws->dff;
    ft_lin_bwd(net, ws, FT_ROLE_FF2_W, l, ws->dff, dy, NULL, false, R, F, C, false);
    if (ft_dropout_on(&drop)) op_dropout_bwd(ws->dff, ws->dff, &drop, R, F, false);
    if (gated)
        op_glu_bwd(d, db, act, ws->dff, net->cfg.act, R, F);
    else
        op_act_bwd(d, db, act, d, a->pre, net->cfg.act, R, F);
    if (act && ft_dropout_on(&drop)) op_dropout_fwd(act, act, &drop, R, F);
    if (act) ft_lin_bwd(net, ws, FT_ROLE_FF2_W, l, NULL, dy, act, false, R, F, C, false);
    ft_lin_bwd(net, ws, FT_ROLE_FF1_W, l, dx, d, x, false, R, C, gated ? 2 * F : F, add_dx);
}

/* The first half of a post-norm layer: up to the first linear layer behind the attention's norm. */
static void post_norm_half(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    float *h1 = a->sum1 ? a->sum1 : ws->h;
    const float *res, *att = attention_fwd(net, ws, l, &res);
    ft_lin_fwd(net, ws, FT_ROLE_PROJ_W, l, h1, att, false, R, C, C);
    op_add_norm_fwd(a->x1, h1, a->mean1, a->rstd1, h1, ft_net_w(net, FT_ROLE_PROJ_B, l), res, &d1,
                    ft_net_w(net, FT_ROLE_NORM1_W, l), ft_net_w(net, FT_ROLE_NORM1_B, l), R, C,
                    (float)net->cfg.norm_eps);
    feed_forward_half(net, ws, l, a->x1, R);
}

static void post_norm_fwd(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d2 = ff_drop(net, ws, l, false);
    float *h2 = a->sum2 ? a->sum2 : ws->h;

    post_norm_half(net, ws, l);
    ft_lin_fwd(net, ws, FT_ROLE_FF2_W, l, h2, a->act, false, R, F, C);
    op_add_norm_fwd(a->y, h2, a->mean2, a->rstd2, h2, ft_net_w(net, FT_ROLE_FF2_B, l), a->x1, &d2,
                    ft_net_w(net, FT_ROLE_NORM2_W, l), ft_net_w(net, FT_ROLE_NORM2_B, l), R, C,
                    (float)net->cfg.norm_eps);
}

/* What comes in is the second norm of the layer below. */
static void post_norm_again(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    if (l && !ws->opt.keep_hidden) {
        const struct ft_layer_ws *b = a - 1;
        op_norm_again(a->x, b->sum2, b->mean2, b->rstd2, ft_net_w(net, FT_ROLE_NORM2_W, l - 1),
                      ft_net_w(net, FT_ROLE_NORM2_B, l - 1), ws->batch.N, net->cfg.hidden);
    }
    if (l + 1 < net->cfg.layers) post_norm_half(net, ws, l); /* the last one's are there still */
}

static void post_norm_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, bool below)
{
    struct ft_layer_ws *a = &ws->layers[l];
    bool narrow = narrow_layer(net, ws, l);
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    struct ft_dropout d2 = ff_drop(net, ws, l, false);
    float *dx = ws->dx;
    float *h1 = ft_dropout_on(&d1) ? ws->dh : NULL, *h2 = ft_dropout_on(&d2) ? ws->dh : NULL;

    op_add_norm_bwd(h2, dx, ft_net_g(net, ws, FT_ROLE_NORM2_W, l),
                    ft_net_g(net, ws, FT_ROLE_NORM2_B, l), ft_net_g(net, ws, FT_ROLE_FF2_B, l), dx,
                    a->sum2, a->mean2, a->rstd2, &d2, ft_net_w(net, FT_ROLE_NORM2_W, l), R, C);
    feed_forward_bwd(net, ws, l, dx, h2 ? h2 : dx, a->x1, R, true);
    op_add_norm_bwd(h1, dx, ft_net_g(net, ws, FT_ROLE_NORM1_W, l),
                    ft_net_g(net, ws, FT_ROLE_NORM1_B, l), ft_net_g(net, ws, FT_ROLE_PROJ_B, l), dx,
                    a->sum1, a->mean1, a->rstd1, &d1, ft_net_w(net, FT_ROLE_NORM1_W, l), R, C);
    ft_lin_bwd(net, ws, FT_ROLE_PROJ_W, l, ws->dtmp, h1 ? h1 : dx, narrow ? ws->tail_att : a->att,
               false, R, C, C, false);
    if (narrow && below) spread_dx(ws, C);
    attention_bwd(net, ws, l, below ? dx : NULL, true);
}

/* The first half of a pre-norm layer: up to the activation. */
static void pre_norm_half(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t N = ws->batch.N, R = tail_rows(net, ws, l), C = net->cfg.hidden;
    float eps = (float)net->cfg.norm_eps;
    struct ft_dropout d1 = proj_drop(net, ws, l);

    if (ft_net_w(net, FT_ROLE_NORM1_W, l))
        op_norm_fwd(a->in, a->mean1, a->rstd1, a->x, ft_net_w(net, FT_ROLE_NORM1_W, l),
                    ft_net_w(net, FT_ROLE_NORM1_B, l), N, C, eps);
    const float *res, *att = attention_fwd(net, ws, l, &res);
    ft_lin_fwd(net, ws, FT_ROLE_PROJ_W, l, ws->h, att, false, R, C, C);
    op_add_fwd(a->x1, ws->h, ft_net_w(net, FT_ROLE_PROJ_B, l), res, &d1, R, C);
    op_norm_fwd(a->in2, a->mean2, a->rstd2, a->x1, ft_net_w(net, FT_ROLE_NORM2_W, l),
                ft_net_w(net, FT_ROLE_NORM2_B, l), R, C, eps);
    feed_forward_half(net, ws, l, a->in2, R);
}

static void pre_norm_fwd(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d2 = ff_drop(net, ws, l, false);

    pre_norm_half(net, ws, l);
    ft_lin_fwd(net, ws, FT_ROLE_FF2_W, l, ws->h, a->act, false, R, F, C);
    op_add_fwd(a->y, ws->h, ft_net_w(net, FT_ROLE_FF2_B, l), a->x1, &d2, R, C);
}

static void pre_norm_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, bool below)
{
    struct ft_layer_ws *a = &ws->layers[l];
    bool narrow = narrow_layer(net, ws, l);
    size_t N = ws->batch.N, R = tail_rows(net, ws, l), C = net->cfg.hidden;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    struct ft_dropout d2 = ff_drop(net, ws, l, false);
    float *dx = ws->dx;

    op_add_bwd(ws->dh, ft_net_g(net, ws, FT_ROLE_FF2_B, l), dx, &d2, R, C);
    feed_forward_bwd(net, ws, l, ws->dh, ws->dh, a->in2, R, false);
    op_norm_bwd(dx, ft_net_g(net, ws, FT_ROLE_NORM2_W, l), ft_net_g(net, ws, FT_ROLE_NORM2_B, l),
                ws->dh, a->x1, a->mean2, a->rstd2, ft_net_w(net, FT_ROLE_NORM2_W, l), R, C, true);
    op_add_bwd(ws->dh, ft_net_g(net, ws, FT_ROLE_PROJ_B, l), dx, &d1, R, C);
    ft_lin_bwd(net, ws, FT_ROLE_PROJ_W, l, ws->dtmp, ws->dh, narrow ? ws->tail_att : a->att, false,
               R, C, C, false);
    if (narrow && below) spread_dx(ws, C);
    if (!ft_net_w(net, FT_ROLE_NORM1_W, l)) {
        attention_bwd(net, ws, l, below ? dx : NULL, true);
        return;
    }
    attention_bwd(net, ws, l, ws->dh, false);
    op_norm_bwd(below ? dx : NULL, ft_net_g(net, ws, FT_ROLE_NORM1_W, l),
                ft_net_g(net, ws, FT_ROLE_NORM1_B, l), ws->dh, a->x, a->mean1, a->rstd1,
                ft_net_w(net, FT_ROLE_NORM1_W, l), N, C, true);
}

void ft_block_fwd(const struct ft_net *net, struct ft_ws *ws, size_t layer)
{
    if (net->params.family->pre_norm) {
        pre_norm_fwd(net, ws, layer);
    } else {
        post_norm_fwd(net, ws, layer);
    }
}

void ft_block_again(const struct ft_net *net, struct ft_ws *ws, size_t layer)
{
    if (!net->params.family->pre_norm) {
        post_norm_again(net, ws, layer);
    } else if (layer + 1 < net->cfg.layers) {
        pre_norm_half(net, ws, layer);
    }
}

void ft_block_bwd(const struct ft_net *net, struct ft_ws *ws, size_t layer, bool below)
{
    if (net->params.family->pre_norm) {
        pre_norm_bwd(net, ws, layer, below);
    } else {
        post_norm_bwd(net, ws, layer, below);
    }
}
