/* The network: its weights, the checks of a batch, and the order of the passes. */
#include "core/net_in.h"

#include "core/attn_one.h"
#include "core/gemm.h"
#include "core/op_embed.h"
#include "core/op_loss.h"
#include "core/op_linear.h"
#include "core/op_norm.h"
#include "core/op_relative.h"
#include "core/panels_int8.h"
#include "core/pool.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status take_flat(float **out, const struct ft_net *net, const char *what,
                                struct ft_err *err)
{
    size_t size = net->params.floats * sizeof(float);
    *out = ft_try_big(size);
    if (*out) return FT_OK;
    char need[32], have[32];
    ft_format_bytes(need, sizeof(need), (double)size);
    ft_format_bytes(have, sizeof(have), (double)ft_mem_available());
    return ft_fail(err, FT_NOMEM, "%s need %s, but only %s are free", what, need, have);
}

enum ft_status ft_net_new(struct ft_net **out, const struct ft_net_config *cfg, struct ft_err *err)
{
    enum ft_status st = ft_net_config_check(cfg, err);
    if (st) return st;
    struct ft_net *net = ft_xcalloc(1, sizeof(*net));
    net->cfg = *cfg;
    st = ft_params_init(&net->params, cfg, err);
    if (!st) st = take_flat(&net->w, net, "the weights", err);
    net->weights = ft_net_weights_new();
    net->value_scale = 1;
    if (st) {
        ft_net_free(net);
        return st;
    }
    *out = net;
    return FT_OK;
}

void ft_net_free(struct ft_net *net)
{
    if (!net) return;
    ft_net_train_end(net);
    ft_net_weights_free(net->weights);
    if (net->w) ft_big_free(net->w, net->params.floats * sizeof(float));
    ft_params_release(&net->params);
    free(net);
}

enum ft_status ft_net_train_begin(struct ft_net *net, struct ft_err *err)
{
    if (net->g) {
        ft_net_grads_zero(net);
        return FT_OK;
    }
    return take_flat(&net->g, net, "the gradients", err);
}

void ft_net_train_end(struct ft_net *net)
{
    if (net->g) ft_big_free(net->g, net->params.floats * sizeof(float));
    net->g = NULL;
}

static void zero_piece(void *ctx, size_t begin, size_t end, int worker)
{
    (void)worker;
    memset((float *)ctx + begin, 0, (end - begin) * sizeof(float));
}

void ft_net_grads_zero(struct ft_net *net)
{
    ft_pool_run(net->params.floats, 16, zero_piece, net->g);
}

void ft_net_init_weights(struct ft_net *net, uint64_t seed, bool only_head)
{
    for (size_t i = 0; i < net->params.n; i++) {
        if (only_head && !(net->params.items[i].flags & FT_PARAM_HEAD)) continue;
        ft_params_init_values(&net->params, &net->cfg, i, seed, net->w);
    }
    ft_net_weights_changed(net);
}

bool ft_net_has(enum ft_net_precision precision)
{
    return precision == FT_NET_FP32 || (precision == FT_NET_INT8 && ft_panels_int8_fast()) ||
           (precision == FT_NET_BF16 && ft_gemm_bf16_has());
}

const char *ft_net_precision_name(enum ft_net_precision precision)
{
    static const char *const names[FT_NET_PRECISION_COUNT] = {
        [FT_NET_FP32] = "fp32", [FT_NET_INT8] = "int8", [FT_NET_BF16] = "bf16"};
    return names[precision];
}

/* What the passes share. */

const float *ft_net_w(const struct ft_net *net, enum ft_role role, size_t layer)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    return p ? net->w + p->offset : NULL;
}

float *ft_net_g(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    return p && !p->frozen && !ws->no_params ? net->g + p->offset : NULL;
}

struct ft_dropout ft_ws_drop(const struct ft_ws *ws, double p, size_t layer, unsigned site)
{
    return (struct ft_dropout){.p = ws->drop ? (float)p : 0.0f,
                               .seed = ws->key.seed,
                               .step = ws->key.step,
                               .layer = (uint16_t)layer,
                               .site = (uint16_t)site};
}

void ft_lin_fwd(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer,
                float *y, const float *x, bool bias, size_t N, size_t I, size_t O)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    const float *b = bias ? ft_net_w(net, role + 1, layer) : NULL;
    if (!ws || !ws->opt.train || ft_net_weights_train(net, &ws->opt, role, layer)) {
        ft_net_weights_fwd(net, ws ? &ws->opt : NULL, role, layer, y, x, b, N, I, O, 0, O);
    } else if (p->flags & FT_PARAM_IN_OUT) {
        op_conv1d_fwd(y, x, net->w + p->offset, b, N, I, O);
    } else {
        op_linear_fwd(y, x, net->w + p->offset, b, N, I, O);
    }
}

void ft_lin_bwd(const struct ft_net *net, const struct ft_ws *ws, enum ft_role role, size_t layer,
                float *dx, const float *dy, const float *x, bool bias, size_t N, size_t I, size_t O,
                bool add_dx)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    float *dw = x ? ft_net_g(net, ws, role, layer) : NULL;
    float *db = x && bias ? ft_net_g(net, ws, role + 1, layer) : NULL;
    if (ft_net_weights_train(net, &ws->opt, role, layer)) {
        ft_net_weights_bwd(net, &ws->opt, role, layer, dx, dw, db, dy, x, N, I, O, 0, O, add_dx);
    } else if (p->flags & FT_PARAM_IN_OUT) {
        op_conv1d_bwd(dx, dw, db, dy, x, net->w + p->offset, N, I, O, add_dx);
    } else {
        op_linear_bwd(dx, dw, db, dy, x, net->w + p->offset, N, I, O, add_dx);
    }
}

struct rows_job {
    float *dst;
    const float *src;
    const int32_t *rows;
    size_t C;
};

static void gather_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct rows_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        memcpy(j->dst + i * j->C, j->src + (size_t)j->rows[i] * j->C, j->C * sizeof(*j->dst));
}

static void scatter_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct rows_job *j = ctx;
    (void)worker;
    for (size_t i = begin; i < end; i++) {
        float *restrict dst = j->dst + (size_t)j->rows[i] * j->C;
        const float *restrict src = j->src + i * j->C;
        for (size_t c = 0; c < j->C; c++)
            dst[c] += src[c];
    }
}

void ft_rows_gather(float *dst, const float *src, const int32_t *rows, size_t n, size_t C)
{
    struct rows_job j = {dst, src, rows, C};
    ft_pool_run(n, 8, gather_rows, &j);
}

void ft_rows_scatter_add(float *dst, const float *src, const int32_t *rows, size_t n, size_t C)
{
    struct rows_job j = {dst, src, rows, C};
    ft_pool_run(n, 8, scatter_rows, &j);
}

/* Forward. */

static enum ft_status check_batch(const struct ft_net *net, const struct ft_ws *ws,
                                  const struct ft_net_batch *b, struct ft_err *err)
{
    size_t tokens_max = ft_net_config_tokens_max(&net->cfg);
    if (b->N > ws->opt.N || b->B > ws->opt.B || !b->B)
        return ft_fail(err, FT_USAGE,
                       "batch of %zu token%s in %zu text%s; expected at most %zu in %zu", b->N,
                       ft_plural(b->N), b->B, ft_plural(b->B), ws->opt.N, ws->opt.B);
    if (b->offsets[0] != 0 || (size_t)b->offsets[b->B] != b->N)
        return ft_fail(err, FT_FORMAT, "batch offsets do not run from 0 to %zu", b->N);
    for (size_t i = 0; i < b->B; i++) {
        int64_t T = (int64_t)b->offsets[i + 1] - b->offsets[i];
        if (T < 1 || (size_t)T > tokens_max || (size_t)T > FT_ATTN_ONE_TOKENS_MAX)
            return ft_fail(err, FT_FORMAT,
                           "text %zu of a batch has %lld tokens; the model takes 1 to %zu", i + 1,
                           (long long)T, tokens_max);
    }
    bool types = net->cfg.types > 0 && b->types;
    for (size_t n = 0; n < b->N; n++) {
        if (b->ids[n] < 0 || (size_t)b->ids[n] >= net->cfg.vocab)
            return ft_fail(err, FT_FORMAT,
                           "token id %d is outside the model's vocabulary of %zu; the tokenizer "
                           "does not match the model",
                           (int)b->ids[n], net->cfg.vocab);
        if (types && (b->types[n] < 0 || (size_t)b->types[n] >= net->cfg.types))
            return ft_fail(err, FT_FORMAT, "token type %d; the model has %zu types",
                           (int)b->types[n], net->cfg.types);
    }
    for (size_t i = 0; b->rows && i < b->R; i++) {
        if (b->rows[i] < (i ? b->rows[i - 1] + 1 : 0) || (size_t)b->rows[i] >= b->N)
            return ft_fail(err, FT_FORMAT, "rows of a batch are out of range or order");
    }
    return FT_OK;
}

/* The row of text i that a causal net's classifier reads: its last one, padding that stands in the
 * text not counted, as in transformers; the first when all of it is padding. */
static int32_t last_row(const struct ft_net *net, const struct ft_net_batch *b, size_t i)
{
    int32_t first = b->offsets[i], n = b->offsets[i + 1] - 1, pad = net->cfg.pad_id;
    while (pad >= 0 && n > first && b->ids[n] == pad)
        n--;
    return n;
}

/* Which rows the task reads; ws->slot is the way back from a row of the batch. */
static void choose_rows(const struct ft_net *net, struct ft_ws *ws)
{
    const struct ft_net_batch *b = &ws->batch;
    bool last = net->params.family->classify_last;
    bool classify = net->cfg.head == FT_HEAD_CLASSIFY && !net->cfg.pool_mean;
    size_t n = 0;
    if (classify) {
        for (; n < b->B; n++)
            ws->rows[n] = last ? last_row(net, b, n) : b->offsets[n];
    } else if (net->cfg.head == FT_HEAD_MLM && b->rows && b->R) {
        for (; n < b->R; n++)
            ws->rows[n] = b->rows[n];
    } else {
        for (; n < b->N; n++)
            ws->rows[n] = (int32_t)n;
    }
    ws->R = n;
    ws->narrow = n < b->N && !ws->opt.keep_hidden;
    for (size_t i = 0; i < b->N; i++)
        ws->slot[i] = -1;
    for (size_t i = 0; i < n; i++)
        ws->slot[ws->rows[i]] = (int32_t)i;
}

/* Positions count from 0 or, in RoBERTa's manner, from pad + 1; there a padding token that stands
 * in a text has the position `pad` and is not counted. */
static void set_positions(const struct ft_net *net, const struct ft_net_batch *b, int32_t *pos)
{
    bool from_pad = net->params.family->pos_from_pad;
    int32_t pad = net->cfg.pad_id;
    for (size_t i = 0; i < b->B; i++) {
        int32_t next = from_pad ? pad + 1 : 0;
        for (int32_t n = b->offsets[i]; n < b->offsets[i + 1]; n++)
            pos[n] = from_pad && b->ids[n] == pad ? pad : next++;
    }
}

static void embed_fwd(const struct ft_net *net, struct ft_ws *ws)
{
    const struct ft_net_batch *b = &ws->batch;
    size_t N = b->N, C = net->cfg.hidden, E = ft_net_config_embed(&net->cfg);
    set_positions(net, b, ws->pos);
    const float *gamma = ft_net_w(net, FT_ROLE_EMB_NORM_W, 0);
    bool projected = ws->emb_out && net->params.family->norm_projected;
    size_t width = projected ? C : E; /* of the norm */
    float *x = ws->emb_out && !projected ? ws->emb_out : ws->layers[0].x;
    float *in = ws->emb ? ws->emb : x, *sum = projected ? ws->emb_out : in;
    op_embed_fwd(sum, b->ids, ws->pos, b->types, ft_net_w(net, FT_ROLE_WORD, 0),
                 ft_net_w(net, FT_ROLE_POS, 0), ft_net_w(net, FT_ROLE_TYPE, 0), N, E);
    if (projected) ft_lin_fwd(net, ws, FT_ROLE_EMB_PROJ_W, 0, in, sum, true, N, E, C);
    if (gamma)
        op_norm_fwd(x, ws->emb_mean, ws->emb_rstd, in, gamma, ft_net_w(net, FT_ROLE_EMB_NORM_B, 0),
                    N, width, (float)net->cfg.norm_eps);
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.embed_dropout, 0, SITE_EMBED);
    if (ft_dropout_on(&drop)) op_dropout_fwd(x, x, &drop, N, width);
    if (ws->emb_out && !projected)
        ft_lin_fwd(net, ws, FT_ROLE_EMB_PROJ_W, 0, ws->layers[0].x, x, true, N, E, C);
}

/* The outputs behind the last block: all N rows, or the R that the task reads. */
static void final_fwd(const struct ft_net *net, struct ft_ws *ws)
{
    size_t C = net->cfg.hidden, n = ws->narrow ? ws->R : ws->batch.N;
    const float *y = ws->layers[net->cfg.layers - 1].y;
    if (ft_net_w(net, FT_ROLE_FINAL_NORM_W, 0)) {
        op_norm_fwd(ws->final, ws->final_mean, ws->final_rstd, y,
                    ft_net_w(net, FT_ROLE_FINAL_NORM_W, 0), ft_net_w(net, FT_ROLE_FINAL_NORM_B, 0),
                    n, C, (float)net->cfg.norm_eps);
        y = ws->final;
    }
    ws->out = y;
    if (!ws->narrow && ws->R < ws->batch.N) {
        ft_rows_gather(ws->tail_x, y, ws->rows, ws->R, C);
        ws->out = ws->tail_x;
    }
}

enum ft_status ft_net_forward(const struct ft_net *net, struct ft_ws *ws,
                              const struct ft_net_batch *batch, const struct ft_drop_key *drop,
                              struct ft_err *err)
{
    enum ft_status st = check_batch(net, ws, batch, err);
    if (st) return st;
    ws->batch = *batch;
    ws->drop = drop != NULL;
    if (drop) ws->key = *drop;
    ws->no_params = false;
    ws->graded = false;
    ws->hidden.G = 0;
    choose_rows(net, ws);
    ft_net_weights_prepare(net, &ws->opt, batch->N);
    embed_fwd(net, ws);
    if (net->cfg.rel_span) ft_dis_begin(net, ws);
    if (ws->rel)
        op_relative_fwd(ws->rel, ft_net_w(net, FT_ROLE_REL, 0), net->cfg.heads, ws->rel_max);
    for (size_t l = 0; l < net->cfg.layers; l++)
        ft_block_fwd(net, ws, l);
    final_fwd(net, ws);
    if (ws->logits) ft_head_fwd(net, ws);
    return FT_OK;
}

const float *ft_ws_logits(const struct ft_ws *ws)
{
    return ws->logits;
}

const float *ft_ws_out(const struct ft_ws *ws)
{
    return ws->out;
}

const float *ft_ws_hidden(const struct ft_ws *ws, size_t l)
{
    size_t L = ws->net->cfg.layers;
    assert(ws->opt.keep_hidden && l <= L);
    return l < L ? ws->layers[l].x : ws->final;
}

void ft_net_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_net_targets *targets,
                 const struct ft_loss_opt *opt, struct ft_net_loss *out)
{
    assert(opt->grad_scale <= 0 || (ws->opt.train && net->g));
    *out = (struct ft_net_loss){0};
    ws->graded = opt->grad_scale > 0;
    if (ws->logits) {
        ft_head_loss(net, ws, targets, opt, out);
    } else if (net->cfg.head != FT_HEAD_NONE) {
        ft_lm_loss(net, ws, targets, opt, out);
    }
}

void ft_net_distill_loss(const struct ft_net *net, struct ft_ws *ws, const float *teacher,
                         double temperature, float grad_scale, struct ft_net_loss *out)
{
    struct ft_loss_sum sum = {0};
    size_t B = ws->batch.B, K = net->cfg.labels;
    assert(net->cfg.head == FT_HEAD_CLASSIFY && (grad_scale <= 0 || (ws->opt.train && net->g)));
    bool several = net->cfg.problem == FT_PROBLEM_TYPE_MULTI_LABEL;
    bool numbers = net->cfg.problem == FT_PROBLEM_TYPE_REGRESSION;
    double share = several || numbers ? 1 / (double)K : 1;
    if (several)
        op_distill_bce_fwd(&sum, ws->logits, teacher, B * K, temperature);
    else if (numbers)
        op_mse_fwd(&sum, ws->logits, teacher, B * K);
    else
        op_distill_fwd(&sum, ws->logits, teacher, B, K, temperature);
    *out = (struct ft_net_loss){.sum = share * sum.loss, .weight = share * sum.weight};
    if (grad_scale <= 0) return;
    if (!ws->graded) memset(ws->dlogits, 0, B * K * sizeof(*ws->dlogits));
    ws->graded = true;
    if (several)
        op_distill_bce_bwd(ws->dlogits, ws->logits, teacher, B * K, temperature,
                           share * (double)grad_scale);
    else if (numbers)
        op_mse_bwd(ws->dlogits, ws->logits, teacher, B * K,
                   share * (double)grad_scale / (double)net->value_scale, true);
    else
        op_distill_bwd(ws->dlogits, ws->logits, teacher, B, K, temperature, (double)grad_scale);
}

void ft_net_hidden_loss(const struct ft_net *net, struct ft_ws *ws, const struct ft_groups *groups,
                        const float *target, float grad_scale, struct ft_net_loss *out)
{
    assert(!ws->narrow && (grad_scale <= 0 || (ws->opt.train && net->g)));
    struct ft_loss_sum sum = {0};
    op_group_mse_fwd(&sum, ws->final, target, groups, net->cfg.hidden);
    *out = (struct ft_net_loss){.sum = sum.loss, .weight = sum.weight};
    if (grad_scale <= 0) return;
    ws->hidden = *groups;
    ws->hidden_target = target;
    ws->hidden_scale = grad_scale;
}

/* Backward. */

static bool any_trained(const struct ft_net *net, int layer)
{
    for (size_t i = 0; i < net->params.n; i++) {
        const struct ft_param *p = &net->params.items[i];
        bool shared = net->params.family->shared_layers && p->layer >= 0;
        bool here = layer >= 0 ? p->layer == layer || shared : (p->flags & FT_PARAM_EMBED) != 0;
        if (here && !p->frozen) return true;
    }
    return false;
}

bool ft_net_norms_words(const struct ft_net *net)
{
    return ft_net_w(net, FT_ROLE_EMB_NORM_W, 0) && !ft_net_w(net, FT_ROLE_POS, 0) &&
           !ft_net_w(net, FT_ROLE_TYPE, 0);
}

static void embed_bwd(const struct ft_net *net, struct ft_ws *ws)
{
    const struct ft_net_batch *b = &ws->batch;
    size_t N = b->N, C = net->cfg.hidden, E = ft_net_config_embed(&net->cfg);
    struct ft_dropout drop = ft_ws_drop(ws, net->cfg.embed_dropout, 0, SITE_EMBED);
    const float *gamma = ft_net_w(net, FT_ROLE_EMB_NORM_W, 0);
    bool projected = ws->emb_out && net->params.family->norm_projected;
    size_t width = projected ? C : E; /* of the norm */
    float *d = ws->emb_out && !projected ? ws->dff : ws->dx;
    if (ws->emb_out && !projected)
        ft_lin_bwd(net, ws, FT_ROLE_EMB_PROJ_W, 0, d, ws->dx, ws->emb_out, true, N, E, C, false);
    if (ft_dropout_on(&drop)) op_dropout_bwd(d, d, &drop, N, width, false);
    ws->demb = d;
    if (ft_net_norms_words(net) && ws->no_params) return; /* attribution.c does the rest */
    if (gamma)
        op_norm_bwd(d, ft_net_g(net, ws, FT_ROLE_EMB_NORM_W, 0),
                    ft_net_g(net, ws, FT_ROLE_EMB_NORM_B, 0), d, ws->emb, ws->emb_mean,
                    ws->emb_rstd, gamma, N, width, false);
    if (projected) {
        ft_lin_bwd(net, ws, FT_ROLE_EMB_PROJ_W, 0, ws->dff, d, ws->emb_out, true, N, E, C, false);
        ws->demb = d = ws->dff;
    }
    op_embed_bwd(ft_net_g(net, ws, FT_ROLE_WORD, 0), ft_net_g(net, ws, FT_ROLE_POS, 0),
                 ft_net_g(net, ws, FT_ROLE_TYPE, 0), d, b->ids, ws->pos, b->types, N, E);
}

void ft_net_backward(const struct ft_net *net, struct ft_ws *ws)
{
    assert(ws->opt.train);
    size_t C = net->cfg.hidden, L = net->cfg.layers;
    bool embed = ws->no_params || any_trained(net, -1);
    size_t lowest = 0;
    while (!embed && lowest < L && !any_trained(net, (int)lowest))
        lowest++;

    if (ws->logits) /* a language model's loss did it */
        ft_head_bwd(net, ws);
    else if (net->cfg.head == FT_HEAD_NONE)
        memset(ws->dx, 0, ws->batch.N * C * sizeof(*ws->dx));
    if (!ws->narrow && ws->R < ws->batch.N) {
        memcpy(ws->dh, ws->dx, ws->R * C * sizeof(*ws->dx));
        memset(ws->dx, 0, ws->batch.N * C * sizeof(*ws->dx));
        ft_rows_scatter_add(ws->dx, ws->dh, ws->rows, ws->R, C);
    }
    if (ws->hidden.G)
        op_group_mse_bwd(ws->dx, ws->final, ws->hidden_target, &ws->hidden, C,
                         (double)ws->hidden_scale);
    if (ft_net_w(net, FT_ROLE_FINAL_NORM_W, 0))
        op_norm_bwd(ws->dx, ft_net_g(net, ws, FT_ROLE_FINAL_NORM_W, 0),
                    ft_net_g(net, ws, FT_ROLE_FINAL_NORM_B, 0), ws->dx, ws->layers[L - 1].y,
                    ws->final_mean, ws->final_rstd, ft_net_w(net, FT_ROLE_FINAL_NORM_W, 0),
                    ws->narrow ? ws->R : ws->batch.N, C, false);
    for (size_t l = L; l-- > lowest;) {
        if (ws->opt.checkpoint) ft_block_again(net, ws, l);
        ft_block_bwd(net, ws, l, embed || l > lowest);
    }
    if (net->cfg.rel_span) ft_dis_end(net, ws);
    if (embed) embed_bwd(net, ws);
}
