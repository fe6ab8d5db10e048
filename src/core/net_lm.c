/* Language models: head and loss in blocks of rows, so that the N x V logits never exist at once.
 * Forward and backward of a piece are done together; only rows with a target cost anything.
 *
 *     MLM   h -> dense, activation, norm -> word embeddings (+ bias)
 *     CLM   h -> word embeddings */
#include "core/net_in.h"

#include "core/op_act.h"
#include "core/op_linear.h"
#include "core/op_loss.h"
#include "core/op_norm.h"

#include <assert.h>
#include <string.h>

static enum ft_role out_role(const struct ft_net *net)
{
    return ft_params_role(&net->params, FT_ROLE_LM_OUT_W, 0) ? FT_ROLE_LM_OUT_W : FT_ROLE_WORD;
}

static bool has_dense(const struct ft_net *net)
{
    return ft_params_role(&net->params, FT_ROLE_LM_DENSE_W, 0) != NULL;
}

static enum ft_act lm_act(const struct ft_net *net)
{
    const struct ft_family_def *f = net->params.family;
    return f->own_head_act ? net->cfg.head_act : f->lm_gelu ? FT_ACT_GELU : net->cfg.act;
}

/* Logits of the n rows ws->lm_slots of ws->out, into `logits`; returns what they were made of. */
static const float *piece_fwd(const struct ft_net *net, struct ft_ws *ws, size_t n, float *logits)
{
    size_t C = net->cfg.hidden, E = ft_net_config_embed(&net->cfg);
    const float *z = ws->lm_h;
    ft_rows_gather(ws->lm_h, ws->out, ws->lm_slots, n, C);
    if (has_dense(net)) {
        ft_lin_fwd(net, ws, FT_ROLE_LM_DENSE_W, 0, ws->lm_t, ws->lm_h, false, n, C, E);
        op_act_fwd(ws->lm_a, ws->lm_t, ws->lm_t, ft_net_w(net, FT_ROLE_LM_DENSE_B, 0), lm_act(net),
                   n, E);
        op_norm_fwd(ws->lm_z, ws->lm_mean, ws->lm_rstd, ws->lm_a,
                    ft_net_w(net, FT_ROLE_LM_NORM_W, 0), ft_net_w(net, FT_ROLE_LM_NORM_B, 0), n, E,
                    (float)net->cfg.norm_eps);
        z = ws->lm_z;
    }
    const float *bias = ft_net_w(net, FT_ROLE_LM_OUT_B, 0);
    if (ws->opt.train && !ft_net_weights_train(net, &ws->opt, out_role(net), 0)) {
        op_linear_fwd(logits, z, ft_net_w(net, out_role(net), 0), bias, n, E, net->cfg.vocab);
    } else {
        ft_net_weights_fwd(net, &ws->opt, out_role(net), 0, logits, z, bias, n, E, net->cfg.vocab,
                           0, net->cfg.vocab);
    }
    return z;
}

/* From the logits' gradient in ws->lm_logits to rows of ws->dx. */
static void piece_bwd(const struct ft_net *net, struct ft_ws *ws, const float *z, size_t n)
{
    size_t C = net->cfg.hidden, E = ft_net_config_embed(&net->cfg);
    float *d = ws->dtmp;
    size_t V = net->cfg.vocab;
    float *dw = ft_net_g(net, ws, out_role(net), 0), *db = ft_net_g(net, ws, FT_ROLE_LM_OUT_B, 0);
    if (ft_net_weights_train(net, &ws->opt, out_role(net), 0))
        ft_net_weights_bwd(net, &ws->opt, out_role(net), 0, d, dw, db, ws->lm_logits, z, n, E, V, 0,
                           V, false);
    else
        op_linear_bwd(d, dw, db, ws->lm_logits, z, ft_net_w(net, out_role(net), 0), n, E, V, false);
    if (has_dense(net)) {
        op_norm_bwd(d, ft_net_g(net, ws, FT_ROLE_LM_NORM_W, 0),
                    ft_net_g(net, ws, FT_ROLE_LM_NORM_B, 0), d, ws->lm_a, ws->lm_mean, ws->lm_rstd,
                    ft_net_w(net, FT_ROLE_LM_NORM_W, 0), n, E, false);
        op_act_bwd(d, ft_net_g(net, ws, FT_ROLE_LM_DENSE_B, 0), NULL, d, ws->lm_t, lm_act(net), n,
                   E);
        ft_lin_bwd(net, ws, FT_ROLE_LM_DENSE_W, 0, ws->dh, d, ws->lm_h, false, n, C, E, false);
        d = ws->dh;
    }
    ft_rows_scatter_add(ws->dx, d, ws->lm_slots, n, C);
}

static int32_t target_of(const struct ft_net *net, const struct ft_ws *ws,
                         const struct ft_net_targets *t, size_t b, int32_t n)
{
    if (net->cfg.head == FT_HEAD_MLM) return t->labels[n];
    return n + 1 < ws->batch.offsets[b + 1] ? ws->batch.ids[n + 1] : FT_TARGET_IGNORE;
}

static void argmax_rows(const struct ft_ws *ws, const struct ft_loss_opt *opt, size_t n, size_t V)
{
    for (size_t i = 0; i < n; i++) {
        const float *row = ws->lm_logits + i * V;
        size_t best = 0;
        for (size_t v = 1; v < V; v++)
            best = row[v] > row[best] ? v : best;
        opt->argmax[ws->lm_rows[i]] = (int32_t)best;
    }
}

static void piece_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_loss_opt *opt,
                       size_t n, struct ft_loss_sum *sum)
{
    struct ft_xent x = {.V = net->cfg.vocab, .smoothing = opt->smoothing};
    const float *z = piece_fwd(net, ws, n, ws->lm_logits);
    op_xent_fwd(&x, sum, opt->losses ? ws->lm_losses : NULL, ws->lm_logits, ws->lm_target, n);
    for (size_t i = 0; opt->losses && i < n; i++)
        opt->losses[ws->lm_rows[i]] = ws->lm_losses[i];
    if (opt->argmax) argmax_rows(ws, opt, n, x.V);
    if (opt->grad_scale > 0) {
        op_xent_bwd(&x, ws->lm_logits, ws->lm_logits, ws->lm_target, n, (double)opt->grad_scale);
        piece_bwd(net, ws, z, n);
    }
}

void ft_lm_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                const struct ft_loss_opt *opt, struct ft_net_loss *out)
{
    const struct ft_net_batch *b = &ws->batch;
    struct ft_loss_sum sum = {0};
    if (opt->grad_scale > 0) memset(ws->dx, 0, ws->R * net->cfg.hidden * sizeof(*ws->dx));
    for (size_t n = 0; n < b->N; n++) {
        if (opt->losses) opt->losses[n] = 0;
        if (opt->argmax) opt->argmax[n] = -1;
    }
    size_t have = 0;
    for (size_t s = 0; s < b->B; s++) {
        for (int32_t n = b->offsets[s]; n < b->offsets[s + 1]; n++) {
            int32_t target = target_of(net, ws, targets, s, n);
            if (target < 0) continue;
            assert((size_t)target < net->cfg.vocab && ws->slot[n] >= 0);
            ws->lm_rows[have] = n;
            ws->lm_slots[have] = ws->slot[n];
            ws->lm_target[have] = target;
            if (++have == ws->lm_piece) {
                piece_loss(net, ws, opt, have, &sum);
                have = 0;
            }
        }
    }
    if (have) piece_loss(net, ws, opt, have, &sum);
    out->sum = sum.loss;
    out->weight = sum.weight;
    out->hits = sum.correct;
}

void ft_net_lm_logits(const struct ft_net *net, struct ft_ws *ws, const int32_t *rows, size_t n,
                      float *out)
{
    for (size_t from = 0; from < n; from += ws->lm_piece) {
        size_t m = n - from < ws->lm_piece ? n - from : ws->lm_piece;
        for (size_t i = 0; i < m; i++) {
            assert(ws->slot[rows[from + i]] >= 0);
            ws->lm_slots[i] = ws->slot[rows[from + i]];
        }
        piece_fwd(net, ws, m, out + from * net->cfg.vocab);
    }
}
