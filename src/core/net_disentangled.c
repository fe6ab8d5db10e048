/* Disentangled attention in the net (op_disentangled.h): the embedding of distances and its norm once
 * a forward, its projections by each layer; backward adds up their gradients over the layers.
 *
 *     rows -> norm -> dropout -> position keys and queries of a layer, by the layer's matrices of tokens
 *                                or by matrices of their own
 *
 * Only the rows of distances that the batch's longest sequence has are computed. */
#include "core/net_in.h"

#include "core/op_disentangled.h"
#include "core/op_norm.h"

#include <string.h>

/* The embedding's rows in use. */
static const float *rows_of(const struct ft_net *net, const struct ft_ws *ws)
{
    return ft_net_w(net, FT_ROLE_REL_ROWS, 0) + ws->dis.first * net->cfg.hidden;
}

/* Behind the norm. */
static const float *normed(const struct ft_net *net, const struct ft_ws *ws)
{
    return net->cfg.rel_norm ? ws->dis_norm : rows_of(net, ws);
}

void ft_dis_begin(const struct ft_net *net, struct ft_ws *ws)
{
    const struct ft_net_batch *b = &ws->batch;
    struct ft_disentangled *d = &ws->dis;
    size_t max = 1, C = net->cfg.hidden;
    for (size_t i = 0; i < b->B; i++) {
        size_t T = (size_t)(b->offsets[i + 1] - b->offsets[i]);
        max = T > max ? T : max;
    }
    d->B = b->B;
    d->H = net->cfg.heads;
    d->D = C / net->cfg.heads;
    d->max = max;
    d->pieces = op_disentangled_pieces(d->B, d->H);
    op_disentangled_rows(d, net->cfg.rel_span, net->cfg.rel_far);
    if (ws->opt.train) memset(ws->dis_dnorm, 0, d->rows * C * sizeof *ws->dis_dnorm);
    if (net->cfg.rel_norm)
        op_norm_fwd(ws->dis_norm, ws->dis_mean, ws->dis_rstd, rows_of(net, ws),
                    ft_net_w(net, FT_ROLE_REL_NORM_W, 0), ft_net_w(net, FT_ROLE_REL_NORM_B, 0),
                    d->rows, C, (float)net->cfg.norm_eps);
}

/* What layer l projects: the rows behind norm and dropout. */
static const float *input_of(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_RELATIVE);
    const float *x = normed(net, ws);
    if (!ft_dropout_on(&drop)) return x;
    op_dropout_fwd(ws->dis_x, x, &drop, ws->dis.rows, net->cfg.hidden);
    return ws->dis_x;
}

static float *keys_of(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    return net->cfg.rel_keys ? ws->layers[l].pos_keys : NULL;
}

static float *queries_of(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    return net->cfg.rel_queries ? ws->layers[l].pos_queries : NULL;
}

void ft_dis_project(const struct ft_net *net, struct ft_ws *ws, size_t l)
{
    size_t C = net->cfg.hidden, rows = ws->dis.rows;
    const float *x = input_of(net, ws, l);
    float *keys = keys_of(net, ws, l), *queries = queries_of(net, ws, l);
    if (net->cfg.rel_shared) {
        if (queries) ft_part_fwd(net, ws, l, queries, x, rows, 0, C);
        if (keys) ft_part_fwd(net, ws, l, keys, x, rows, C, C);
        return;
    }
    if (queries) ft_lin_fwd(net, ws, FT_ROLE_POS_QUERY_W, l, queries, x, true, rows, C, C);
    if (keys) ft_lin_fwd(net, ws, FT_ROLE_POS_KEY_W, l, keys, x, true, rows, C, C);
}

/* Whether anything that layer l's position keys and queries are made of is trained. */
static bool wanted(const struct ft_net *net, const struct ft_ws *ws, size_t l)
{
    static const enum ft_role roles[] = {FT_ROLE_REL_ROWS, FT_ROLE_REL_NORM_W, FT_ROLE_QKV_W,
                                         FT_ROLE_QKV_B,    FT_ROLE_POS_KEY_W,  FT_ROLE_POS_QUERY_W};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (ft_net_g(net, ws, roles[i], roles[i] < FT_ROLE_QKV_W ? 0 : l)) return true;
    return false;
}

const struct ft_disentangled *ft_dis_of(const struct ft_net *net, struct ft_ws *ws, size_t l,
                                        bool backward)
{
    struct ft_disentangled *d = &ws->dis;
    d->pos_keys = keys_of(net, ws, l);
    d->pos_queries = queries_of(net, ws, l);
    bool sums = backward && wanted(net, ws, l);
    d->dkeys = sums && d->pos_keys ? ws->dis_sums : NULL;
    d->dqueries = sums && d->pos_queries ? ws->dis_sums + ws->dis_sums_n : NULL;
    return d;
}

void ft_dis_layer_bwd(const struct ft_net *net, struct ft_ws *ws, size_t l, float scale)
{
    size_t C = net->cfg.hidden, rows = ws->dis.rows;
    bool keys = net->cfg.rel_keys, queries = net->cfg.rel_queries;
    if ((!keys && !queries) || !wanted(net, ws, l)) return;
    op_disentangled_collect(ws->dis_dkeys, ws->dis_dqueries, &ws->dis, scale);
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.hidden_dropout, l, SITE_RELATIVE);
    const float *x = input_of(net, ws, l);
    float *dx = ft_net_g(net, ws, FT_ROLE_REL_ROWS, 0) || ft_net_g(net, ws, FT_ROLE_REL_NORM_W, 0)
                    ? ws->dis_dx
                    : NULL;
    if (net->cfg.rel_shared) {
        if (queries) ft_part_bwd(net, ws, l, dx, ws->dis_dqueries, x, rows, 0, C, false);
        if (keys) ft_part_bwd(net, ws, l, dx, ws->dis_dkeys, x, rows, C, C, queries);
    } else {
        if (queries)
            ft_lin_bwd(net, ws, FT_ROLE_POS_QUERY_W, l, dx, ws->dis_dqueries, x, true, rows, C, C,
                       false);
        if (keys)
            ft_lin_bwd(net, ws, FT_ROLE_POS_KEY_W, l, dx, ws->dis_dkeys, x, true, rows, C, C,
                       queries);
    }
    if (dx) op_dropout_bwd(ws->dis_dnorm, dx, &drop, rows, C, true);
}

void ft_dis_end(const struct ft_net *net, struct ft_ws *ws)
{
    size_t C = net->cfg.hidden, rows = ws->dis.rows;
    float *dw = ft_net_g(net, ws, FT_ROLE_REL_ROWS, 0);
    float *dg = ft_net_g(net, ws, FT_ROLE_REL_NORM_W, 0);
    if (!dw && !dg) return;
    if (dw) dw += ws->dis.first * C;
    if (!net->cfg.rel_norm) {
        op_accumulate(dw, ws->dis_dnorm, rows * C);
        return;
    }
    op_norm_bwd(dw, dg, ft_net_g(net, ws, FT_ROLE_REL_NORM_B, 0), ws->dis_dnorm, rows_of(net, ws),
                ws->dis_mean, ws->dis_rstd, ft_net_w(net, FT_ROLE_REL_NORM_W, 0), rows, C, true);
}
