/* Heads and losses of classification, of texts and of tokens, and question answering.
 *
 *     BERT        rows -> pooler, tanh -> dropout -> classifier
 *     RoBERTa     rows -> dropout -> dense, tanh -> dropout -> out_proj
 *     DistilBERT  rows -> pre_classifier, relu -> dropout -> classifier
 *     GPT-2       rows -> score
 *     ModernBERT  rows, or the mean of a text's -> dense, activation, norm -> dropout -> classifier;
 *                 the same of tokens and in QA
 *     tokens      rows -> dropout -> classifier
 *     QA          rows -> (DistilBERT: dropout) -> qa_outputs */
#include "core/net_in.h"

#include "core/op_act.h"
#include "core/op_hidden.h"
#include "core/op_loss.h"
#include "core/op_norm.h"

#include <assert.h>
#include <string.h>

static struct ft_dropout head_drop(const struct ft_net *net, const struct ft_ws *ws, unsigned site)
{
    const struct ft_family_def *f = net->params.family;
    double p = net->cfg.head_dropout < 0 ? net->cfg.hidden_dropout : net->cfg.head_dropout;
    bool has = net->cfg.head == FT_HEAD_QA ? f->qa_dropout
               : net->cfg.head == FT_HEAD_TOKENS
                   ? true
                   : ft_params_role(&net->params, FT_ROLE_POOL_W, 0) != NULL;
    if (site == SITE_HEAD_IN && !f->pool_in_dropout) p = net->cfg.pool_dropout;
    return ft_ws_drop(ws, has ? p : 0, net->cfg.layers, site);
}

static size_t out_columns(const struct ft_net *net)
{
    return ft_params_role(&net->params, FT_ROLE_OUT_W, 0)->shape[0];
}

/* The texts of the batch as groups of rows. */
static struct ft_groups texts_of(const struct ft_net_batch *b)
{
    return (struct ft_groups){.G = b->B, .from = b->offsets, .to = b->offsets + 1};
}

/* Rows of the logits. */
static size_t head_rows(const struct ft_net *net, const struct ft_ws *ws)
{
    return net->cfg.head == FT_HEAD_CLASSIFY ? ws->batch.B : ws->R;
}

void ft_head_fwd(const struct ft_net *net, struct ft_ws *ws)
{
    size_t R = head_rows(net, ws), C = net->cfg.hidden;
    struct ft_dropout in = head_drop(net, ws, SITE_HEAD_IN),
                      out = head_drop(net, ws, SITE_HEAD_OUT);
    const float *x = ws->out;
    if (net->cfg.head == FT_HEAD_CLASSIFY && net->cfg.pool_mean) {
        struct ft_groups texts = texts_of(&ws->batch);
        op_group_mean(ws->pooled_in, x, &texts, C);
        x = ws->pooled_in;
    }
    if (ft_params_role(&net->params, FT_ROLE_POOL_W, 0)) {
        op_dropout_fwd(ws->pooled_in, x, &in, R, C);
        ft_lin_fwd(net, ws, FT_ROLE_POOL_W, 0, ws->pooled_pre, ws->pooled_in, false, R, C, C);
        op_act_fwd(ws->pooled, ws->pooled_pre, ws->pooled_pre, ft_net_w(net, FT_ROLE_POOL_B, 0),
                   ft_net_pool_act(net), R, C);
        x = ws->pooled;
    }
    if (ws->pooled_norm) {
        op_norm_fwd(ws->pooled_norm, ws->pooled_mean, ws->pooled_rstd, x,
                    ft_net_w(net, FT_ROLE_POOL_NORM_W, 0), ft_net_w(net, FT_ROLE_POOL_NORM_B, 0), R,
                    C, (float)net->cfg.norm_eps);
        x = ws->pooled_norm;
    }
    if (ft_dropout_on(&out)) {
        op_dropout_fwd(ws->pooled_out, x, &out, R, C);
        x = ws->pooled_out;
    }
    ws->head_in = x;
    ft_lin_fwd(net, ws, FT_ROLE_OUT_W, 0, ws->logits, x, true, R, C, out_columns(net));
    for (size_t i = 0; net->value_scale != 1 && i < R * out_columns(net); i++)
        ws->logits[i] *= net->value_scale;
}

/* The last layer's weight and bias, times `factor`. */
static void scale_out(const struct ft_net *net, float factor)
{
    for (int role = FT_ROLE_OUT_W; role <= FT_ROLE_OUT_B; role++) {
        const struct ft_param *p = ft_params_role(&net->params, (enum ft_role)role, 0);
        for (size_t i = 0; p && i < p->count; i++)
            net->w[p->offset + i] *= factor;
    }
}

void ft_net_values_fold(const struct ft_net *net)
{
    if (net->value_scale != 1) scale_out(net, net->value_scale);
}

void ft_net_values_unfold(const struct ft_net *net)
{
    if (net->value_scale != 1) scale_out(net, 1 / net->value_scale);
}

float *ft_net_out_bias(const struct ft_net *net)
{
    const struct ft_param *p = ft_params_role(&net->params, FT_ROLE_OUT_B, 0);
    return p ? net->w + p->offset : NULL;
}

void ft_head_bwd(const struct ft_net *net, struct ft_ws *ws)
{
    size_t R = head_rows(net, ws), C = net->cfg.hidden;
    struct ft_dropout in = head_drop(net, ws, SITE_HEAD_IN),
                      out = head_drop(net, ws, SITE_HEAD_OUT);
    bool pool = ft_params_role(&net->params, FT_ROLE_POOL_W, 0) != NULL;
    bool mean = net->cfg.head == FT_HEAD_CLASSIFY && net->cfg.pool_mean;
    float *dx = mean ? ws->dtmp : ws->dx, *d = pool ? ws->dh : dx;
    ft_lin_bwd(net, ws, FT_ROLE_OUT_W, 0, d, ws->dlogits, ws->head_in, true, R, C, out_columns(net),
               false);
    if (ft_dropout_on(&out)) op_dropout_bwd(d, d, &out, R, C, false);
    if (ws->pooled_norm)
        op_norm_bwd(d, ft_net_g(net, ws, FT_ROLE_POOL_NORM_W, 0),
                    ft_net_g(net, ws, FT_ROLE_POOL_NORM_B, 0), d, ws->pooled, ws->pooled_mean,
                    ws->pooled_rstd, ft_net_w(net, FT_ROLE_POOL_NORM_W, 0), R, C, false);
    if (pool) {
        op_act_bwd(d, ft_net_g(net, ws, FT_ROLE_POOL_B, 0), NULL, d, ws->pooled_pre,
                   ft_net_pool_act(net), R, C);
        ft_lin_bwd(net, ws, FT_ROLE_POOL_W, 0, dx, d, ws->pooled_in, false, R, C, C, false);
        if (ft_dropout_on(&in)) op_dropout_bwd(dx, dx, &in, R, C, false);
    }
    if (mean) {
        struct ft_groups texts = texts_of(&ws->batch);
        op_group_mean_bwd(ws->dx, dx, &texts, C);
    }
}

/* Of targets with values: nobody has labelled the example. */
static bool ignored(const struct ft_net_targets *t, size_t b)
{
    return t->labels && t->labels[b] == FT_TARGET_IGNORE;
}

static void classify_loss(const struct ft_net *net, struct ft_ws *ws,
                          const struct ft_net_targets *t, const struct ft_loss_opt *opt,
                          struct ft_loss_sum *sum)
{
    size_t B = ws->batch.B, K = net->cfg.labels;
    double scale = (double)opt->grad_scale;
    if (ft_net_config_softmax(&net->cfg)) {
        struct ft_xent x = {
            .V = K, .smoothing = opt->smoothing, .class_weight = opt->class_weights};
        op_xent_fwd(&x, sum, opt->losses, ws->logits, t->labels, B);
        if (scale > 0) op_xent_bwd(&x, ws->dlogits, ws->logits, t->labels, B, scale);
        return;
    }
    bool multi = net->cfg.problem == FT_PROBLEM_TYPE_MULTI_LABEL;
    for (size_t b = 0; b < B; b++) {
        double before = sum->loss;
        if (opt->losses) opt->losses[b] = 0;
        if (ignored(t, b)) {
            if (scale > 0) memset(ws->dlogits + b * K, 0, K * sizeof *ws->dlogits);
            continue;
        }
        const float *y = ws->logits + b * K, *target = t->values + b * K;
        if (multi)
            op_bce_fwd(sum, y, target, opt->class_weights, K);
        else
            op_mse_fwd(sum, y, target, K);
        if (opt->losses) opt->losses[b] = (float)((sum->loss - before) / (double)K);
        if (scale <= 0) continue;
        if (multi)
            op_bce_bwd(ws->dlogits + b * K, y, target, opt->class_weights, K, scale);
        else
            op_mse_bwd(ws->dlogits + b * K, y, target, K, scale / (double)net->value_scale, false);
    }
}

/* Half of each sum belongs to the loss: a start and an end make one example. */
static void qa_loss(struct ft_ws *ws, const struct ft_net_targets *t, const struct ft_loss_opt *opt,
                    struct ft_loss_sum *sum)
{
    const struct ft_net_batch *b = &ws->batch;
    struct ft_loss_sum part[2] = {{0}};
    for (size_t i = 0; i < b->B; i++) {
        double before = part[0].loss + part[1].loss;
        op_span_fwd(part, ws->logits, b->offsets + i, t->start + i, t->end + i, 1);
        if (opt->losses) opt->losses[i] = (float)(0.5 * (part[0].loss + part[1].loss - before));
    }
    sum->loss = 0.5 * (part[0].loss + part[1].loss);
    sum->weight = 0.5 * (part[0].weight + part[1].weight);
    double half = 0.5 * (double)opt->grad_scale;
    if (half > 0)
        op_span_bwd(ws->dlogits, ws->logits, b->offsets, t->start, t->end, b->B,
                    (double[2]){half, half});
}

static void tokens_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *t,
                        const struct ft_loss_opt *opt, struct ft_loss_sum *sum)
{
    size_t N = ws->batch.N, K = net->cfg.labels;
    struct ft_xent x = {.V = K, .smoothing = opt->smoothing, .class_weight = opt->class_weights};
    op_xent_fwd(&x, sum, opt->losses, ws->logits, t->labels, N);
    if (opt->grad_scale > 0)
        op_xent_bwd(&x, ws->dlogits, ws->logits, t->labels, N, (double)opt->grad_scale);
}

void ft_head_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                  const struct ft_loss_opt *opt, struct ft_net_loss *out)
{
    struct ft_loss_sum sum = {0};
    if (net->cfg.head == FT_HEAD_QA) {
        qa_loss(ws, targets, opt, &sum);
    } else if (net->cfg.head == FT_HEAD_TOKENS) {
        tokens_loss(net, ws, targets, opt, &sum);
    } else {
        classify_loss(net, ws, targets, opt, &sum);
    }
    out->sum = sum.loss;
    out->weight = sum.weight;
    out->hits = sum.correct;
}

double ft_net_loss_weight(const struct ft_net_config *cfg, const struct ft_net_batch *batch,
                          const struct ft_net_targets *targets, const float *class_weights)
{
    double weight = 0;
    switch (cfg->head) {
    case FT_HEAD_CLASSIFY:
        if (!ft_net_config_softmax(cfg)) {
            for (size_t b = 0; b < batch->B; b++)
                weight += ignored(targets, b) ? 0 : (double)cfg->labels;
            return weight;
        }
        return op_xent_weight(&(struct ft_xent){.V = cfg->labels, .class_weight = class_weights},
                              targets->labels, batch->B);
    case FT_HEAD_TOKENS:
        return op_xent_weight(&(struct ft_xent){.V = cfg->labels, .class_weight = class_weights},
                              targets->labels, batch->N);
    case FT_HEAD_QA:
        for (size_t b = 0; b < batch->B; b++) {
            int32_t T = batch->offsets[b + 1] - batch->offsets[b];
            weight += targets->start[b] >= 0 && targets->start[b] < T ? 0.5 : 0;
            weight += targets->end[b] >= 0 && targets->end[b] < T ? 0.5 : 0;
        }
        return weight;
    case FT_HEAD_MLM:
        for (size_t n = 0; n < batch->N; n++)
            weight += targets->labels[n] >= 0;
        return weight;
    case FT_HEAD_NONE:
        return 0;
    default:
        return (double)(batch->N - batch->B);
    }
}
