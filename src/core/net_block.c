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

#include <math.h>
#include <string.h>

/* Columns [from, from + n) of the joined projection of layer l: queries (0, C), keys and values
 * (C, 2C). y(N,n). */
static void part_fwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *y,
                     const float *x, size_t N, size_t from, size_t n)
{
    size_t C = net->cfg.hidden;
    const float *w = ft_net_w(net, FT_ROLE_QKV_W, l), *b = ft_net_w(net, FT_ROLE_QKV_B, l) + from;
    if (!ws->opt.train) {
        ft_net_weights_fwd(net, &ws->opt, FT_ROLE_QKV_W, l, y, x, b, N, C, 3 * C, from, n);
        return;
    }
    if (!(ft_params_role(&net->params, FT_ROLE_QKV_W, l)->flags & FT_PARAM_IN_OUT)) {
        op_linear_fwd(y, x, w + from * C, b, N, C, n);
        return;
    }
    for (size_t r = 0; r < N; r++)
        memcpy(y + r * n, b, n * sizeof(*y));
    op_product(false, false, N, n, C, x, C, w + from, 3 * C, 1, y, n);
}

static void part_bwd(const struct ft_net *net, const struct ft_ws *ws, size_t l, float *dx,
                     const float *dy, const float *x, size_t N, size_t from, size_t n, bool add_dx)
{
    size_t C = net->cfg.hidden;
    const float *w = ft_net_w(net, FT_ROLE_QKV_W, l);
    float *dw = ft_net_g(net, ws, FT_ROLE_QKV_W, l), *db = ft_net_g(net, ws, FT_ROLE_QKV_B, l);
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
    double scale = cfg->attn_scaled ? 1.0 / sqrt((double)D) : 1.0;
    if (cfg->attn_layer_scaled) scale /= (double)(l + 1);
    return (struct ft_attn){
        .B = ws->batch.B,
        .H = cfg->heads,
        .D = D,
        .starts = ws->batch.offsets,
        .causal = net->params.family->causal,
        .scale = (float)scale,
        .ld_qkv = 3 * cfg->hidden,
        .ld_o = cfg->hidden,
        .drop = ft_dropout_on(drop) ? drop : NULL,
        .rel = ws->rel,
        .rel_max = ws->rel_max,
        .drel = ft_net_g(net, ws, FT_ROLE_REL, 0) ? ws->drel : NULL,
    };
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
    size_t N = ws->batch.N, C = net->cfg.hidden;
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.attn_dropout, l, SITE_ATTN);
    struct ft_attn at = attn_of(net, ws, l, &drop);
    *res = a->x;
    if (!narrow_layer(net, ws, l)) {
        ft_lin_fwd(net, ws, FT_ROLE_QKV_W, l, a->qkv, a->in, true, N, C, 3 * C);
        op_attn_fwd(&at, a->att, a->lse, a->qkv, a->qkv + C, a->qkv + 2 * C);
        return a->att;
    }
    if (one_query(net, ws, l)) {
        float *q = a->qkv + N * 2 * C;
        at.ld_qkv = 2 * C;
        ft_rows_gather(ws->tail_x, a->in, ws->rows, ws->R, C);
        part_fwd(net, ws, l, q, ws->tail_x, ws->R, 0, C);
        part_fwd(net, ws, l, a->qkv, a->in, N, C, 2 * C);
        ft_attn_one_fwd(&at, ws->rows, ws->tail_att, a->lse, q, a->qkv, a->qkv + C);
    } else {
        ft_lin_fwd(net, ws, FT_ROLE_QKV_W, l, a->qkv, a->in, true, N, C, 3 * C);
        op_attn_fwd(&at, a->att, a->lse, a->qkv, a->qkv + C, a->qkv + 2 * C);
        ft_rows_gather(ws->tail_att, a->att, ws->rows, ws->R, C);
    }
    ft_rows_gather(ws->tail_x, a->x, ws->rows, ws->R, C);
    *res = ws->tail_x;
    return ws->tail_att;
}

/* The bias by distance from ws->drel, which the attention of one layer left. */
static void relative_bwd(const struct ft_net *net, struct ft_ws *ws)
{
    float *dw = ft_net_g(net, ws, FT_ROLE_REL, 0);
    if (dw) op_relative_bwd(dw, ws->drel, ws->batch.offsets, ws->batch.B, net->cfg.heads);
}

/* From ws->dtmp, the gradient of the attention's output (R rows), to that of a->in: added to dx (N
 * rows) when add_dx, else written; dx NULL: parameters only. */
static void attention_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float *dx,
                          bool add_dx)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t N = ws->batch.N, C = net->cfg.hidden;
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.attn_dropout, l, SITE_ATTN);
    struct ft_attn at = attn_of(net, ws, l, &drop);
    float *d = ws->dqkv;
    if (one_query(net, ws, l)) {
        float *q = a->qkv + N * 2 * C, *dq = d + N * 2 * C;
        at.ld_qkv = 2 * C;
        ft_attn_one_bwd(&at, ws->rows, dq, d, d + C, ws->dtmp, a->lse, q, a->qkv, a->qkv + C);
        relative_bwd(net, ws);
        part_bwd(net, ws, l, dx, d, a->in, N, C, 2 * C, add_dx);
        ft_rows_gather(ws->h, a->in, ws->rows, ws->R, C);
        part_bwd(net, ws, l, dx ? ws->dtmp : NULL, dq, ws->h, ws->R, 0, C, false);
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
    relative_bwd(net, ws);
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
    double p = net->params.family->no_proj_dropout ? 0 : net->cfg.hidden_dropout;
    return ft_ws_drop(ws, p, l, SITE_PROJ);
}

/* From dy, the gradient of what the second linear layer gave, to ws->dff, that of the first. The
 * activations between them are made again on the way, for the second layer's gradient. */
static void feed_forward_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, const float *dy,
                             size_t R)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t C = net->cfg.hidden, F = net->cfg.ff;
    float *act = ft_net_g(net, ws, FT_ROLE_FF2_W, l) ? a->act : NULL;
    ft_lin_bwd(net, ws, FT_ROLE_FF2_W, l, ws->dff, dy, NULL, false, R, F, C, false);
    op_act_bwd(ws->dff, ft_net_g(net, ws, FT_ROLE_FF1_B, l), act, ws->dff, a->pre, net->cfg.act, R,
               F);
    if (act) ft_lin_bwd(net, ws, FT_ROLE_FF2_W, l, NULL, dy, act, false, R, F, C, false);
}

/* The first half of a post-norm layer: up to the first linear layer behind the attention's norm. */
static void post_norm_half(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    float *h1 = a->sum1 ? a->sum1 : ws->h;
    const float *res, *att = attention_fwd(net, ws, l, &res);
    ft_lin_fwd(net, ws, FT_ROLE_PROJ_W, l, h1, att, false, R, C, C);
    op_add_norm_fwd(a->x1, h1, a->mean1, a->rstd1, h1, ft_net_w(net, FT_ROLE_PROJ_B, l), res, &d1,
                    ft_net_w(net, FT_ROLE_NORM1_W, l), ft_net_w(net, FT_ROLE_NORM1_B, l), R, C,
                    (float)net->cfg.norm_eps);
    ft_lin_fwd(net, ws, FT_ROLE_FF1_W, l, a->pre, a->x1, false, R, C, F);
    op_act_fwd(a->act, a->mean1 ? a->pre : NULL, a->pre, ft_net_w(net, FT_ROLE_FF1_B, l),
               net->cfg.act, R, F);
}

static void post_norm_fwd(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d2 = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_FF);
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
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    struct ft_dropout d2 = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_FF);
    float *dx = ws->dx;
    float *h1 = ft_dropout_on(&d1) ? ws->dh : NULL, *h2 = ft_dropout_on(&d2) ? ws->dh : NULL;

    op_add_norm_bwd(h2, dx, ft_net_g(net, ws, FT_ROLE_NORM2_W, l),
                    ft_net_g(net, ws, FT_ROLE_NORM2_B, l), ft_net_g(net, ws, FT_ROLE_FF2_B, l), dx,
                    a->sum2, a->mean2, a->rstd2, &d2, ft_net_w(net, FT_ROLE_NORM2_W, l), R, C);
    feed_forward_bwd(net, ws, l, h2 ? h2 : dx, R);
    ft_lin_bwd(net, ws, FT_ROLE_FF1_W, l, dx, ws->dff, a->x1, false, R, C, F, true);
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
    size_t N = ws->batch.N, R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    float eps = (float)net->cfg.norm_eps;
    struct ft_dropout d1 = proj_drop(net, ws, l);

    op_norm_fwd(a->in, a->mean1, a->rstd1, a->x, ft_net_w(net, FT_ROLE_NORM1_W, l),
                ft_net_w(net, FT_ROLE_NORM1_B, l), N, C, eps);
    const float *res, *att = attention_fwd(net, ws, l, &res);
    ft_lin_fwd(net, ws, FT_ROLE_PROJ_W, l, ws->h, att, false, R, C, C);
    op_add_fwd(a->x1, ws->h, ft_net_w(net, FT_ROLE_PROJ_B, l), res, &d1, R, C);
    op_norm_fwd(a->in2, a->mean2, a->rstd2, a->x1, ft_net_w(net, FT_ROLE_NORM2_W, l),
                ft_net_w(net, FT_ROLE_NORM2_B, l), R, C, eps);
    ft_lin_fwd(net, ws, FT_ROLE_FF1_W, l, a->pre, a->in2, false, R, C, F);
    op_act_fwd(a->act, a->mean1 ? a->pre : NULL, a->pre, ft_net_w(net, FT_ROLE_FF1_B, l),
               net->cfg.act, R, F);
}

static void pre_norm_fwd(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_layer_ws *a = &ws->layers[l];
    size_t R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d2 = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_FF);

    pre_norm_half(net, ws, l);
    ft_lin_fwd(net, ws, FT_ROLE_FF2_W, l, ws->h, a->act, false, R, F, C);
    op_add_fwd(a->y, ws->h, ft_net_w(net, FT_ROLE_FF2_B, l), a->x1, &d2, R, C);
}

static void pre_norm_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, bool below)
{
    struct ft_layer_ws *a = &ws->layers[l];
    bool narrow = narrow_layer(net, ws, l);
    size_t N = ws->batch.N, R = tail_rows(net, ws, l), C = net->cfg.hidden, F = net->cfg.ff;
    struct ft_dropout d1 = proj_drop(net, ws, l);
    struct ft_dropout d2 = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_FF);
    float *dx = ws->dx;

    op_add_bwd(ws->dh, ft_net_g(net, ws, FT_ROLE_FF2_B, l), dx, &d2, R, C);
    feed_forward_bwd(net, ws, l, ws->dh, R);
    ft_lin_bwd(net, ws, FT_ROLE_FF1_W, l, ws->dh, ws->dff, a->in2, false, R, C, F, false);
    op_norm_bwd(dx, ft_net_g(net, ws, FT_ROLE_NORM2_W, l), ft_net_g(net, ws, FT_ROLE_NORM2_B, l),
                ws->dh, a->x1, a->mean2, a->rstd2, ft_net_w(net, FT_ROLE_NORM2_W, l), R, C, true);
    op_add_bwd(ws->dh, ft_net_g(net, ws, FT_ROLE_PROJ_B, l), dx, &d1, R, C);
    ft_lin_bwd(net, ws, FT_ROLE_PROJ_W, l, ws->dtmp, ws->dh, narrow ? ws->tail_att : a->att, false,
               R, C, C, false);
    if (narrow && below) spread_dx(ws, C);
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
