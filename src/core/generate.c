/* Reads tokens in blocks of rows: products over all rows of a block (or matrix times vector for one
 * token), attention row by row against the cache. Only the last row goes through the end of the
 * net. */
#include "core/generate.h"

#include "core/matvec.h"
#include "core/net_in.h"
#include "core/op_act.h"
#include "core/op_embed.h"
#include "core/op_norm.h"
#include "core/pool.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_ROWS = 64 };

struct ft_kv {
    const struct ft_net *net;
    size_t cap, length;
    void *block;
    size_t block_bytes;
    float *cache;                      /* (L, cap, 2C): keys, then values, of each token */
    float *x, *n, *qkv, *att, *h, *ff; /* (BLOCK_ROWS, C | 3C | F) */
    float *logits;                     /* (V) */
    int32_t pos[BLOCK_ROWS];
};

static size_t floats_needed(const struct ft_net_config *cfg, size_t tokens)
{
    return cfg->layers * tokens * 2 * cfg->hidden + BLOCK_ROWS * (7 * cfg->hidden + cfg->ff) +
           cfg->vocab;
}

size_t ft_kv_bytes(const struct ft_net_config *cfg, size_t tokens_max)
{
    return floats_needed(cfg, tokens_max) * sizeof(float);
}

enum ft_status ft_kv_new(struct ft_kv **out, const struct ft_net *net, size_t tokens_max,
                         struct ft_err *err)
{
    const struct ft_net_config *cfg = &net->cfg;
    if (!net->params.family->causal || cfg->head != FT_HEAD_CLM)
        return ft_fail(err, FT_UNSUPPORTED, "text generation needs a causal language model");
    if (tokens_max < 1 || tokens_max > ft_net_config_tokens_max(cfg))
        return ft_fail(err, FT_USAGE, "%zu token%s requested; the model takes 1 to %zu", tokens_max,
                       ft_plural(tokens_max), ft_net_config_tokens_max(cfg));
    struct ft_ws_opt opt = {.N = BLOCK_ROWS, .precision = net->precision};
    enum ft_status st = ft_net_weights_reserve(net, &opt, err);
    if (st) return st;
    struct ft_kv *kv = ft_xcalloc(1, sizeof(*kv));
    kv->net = net;
    kv->cap = tokens_max;
    kv->block_bytes = ft_kv_bytes(cfg, tokens_max);
    kv->block = ft_try_big(kv->block_bytes);
    if (!kv->block) {
        char need[32], have[32];
        ft_format_bytes(need, sizeof(need), (double)kv->block_bytes);
        ft_format_bytes(have, sizeof(have), (double)ft_mem_available());
        free(kv);
        return ft_fail(err, FT_NOMEM,
                       "the key/value cache of %zu tokens needs %s, but only %s are free",
                       tokens_max, need, have);
    }
    float *p = kv->block;
    size_t C = cfg->hidden;
    kv->cache = p;
    kv->x = kv->cache + cfg->layers * tokens_max * 2 * C;
    kv->n = kv->x + BLOCK_ROWS * C;
    kv->att = kv->n + BLOCK_ROWS * C;
    kv->h = kv->att + BLOCK_ROWS * C;
    kv->qkv = kv->h + BLOCK_ROWS * C;
    kv->ff = kv->qkv + BLOCK_ROWS * 3 * C;
    kv->logits = kv->ff + BLOCK_ROWS * cfg->ff;
    *out = kv;
    return FT_OK;
}

void ft_kv_free(struct ft_kv *kv)
{
    if (!kv) return;
    ft_big_free(kv->block, kv->block_bytes);
    free(kv);
}

void ft_kv_clear(struct ft_kv *kv)
{
    kv->length = 0;
}

float *ft_kv_logits(struct ft_kv *kv)
{
    return kv->logits;
}

static void linear(const struct ft_net *net, enum ft_role role, size_t l, float *y, const float *x,
                   bool bias, size_t rows, size_t I, size_t O)
{
    const float *b = bias ? ft_net_w(net, role + 1, l) : NULL;
    if (rows > 1 || net->precision != FT_NET_FP32) {
        struct ft_ws_opt opt = {.precision = net->precision};
        ft_net_weights_fwd(net, &opt, role, l, y, x, b, rows, I, O, 0, O);
        return;
    }
    const struct ft_param *p = ft_params_role(&net->params, role, l);
    ft_matvec(y, x, net->w + p->offset, b, I, O, (p->flags & FT_PARAM_IN_OUT) != 0);
}

/* Attention of the rows of a prompt: a row is one worker's, whose heads are then done one by one.
 */
struct rows_job {
    const struct ft_kv *kv;
    const float *cache;
    float scale;
};

static void attend_row(void *ctx, size_t begin, size_t end, int worker)
{
    const struct rows_job *j = ctx;
    const struct ft_kv *kv = j->kv;
    size_t C = kv->net->cfg.hidden, H = kv->net->cfg.heads;
    (void)worker;
    for (size_t r = begin; r < end; r++)
        op_attn_decode(kv->att + r * C, kv->qkv + r * 3 * C, j->cache, j->cache + C,
                       kv->length + r + 1, H, C / H, 2 * C, j->scale);
}

/* Block l over `rows` rows of kv->x, the first at position kv->length. */
static void block(struct ft_kv *kv, size_t l, size_t rows)
{
    const struct ft_net *net = kv->net;
    const struct ft_net_config *cfg = &net->cfg;
    size_t C = cfg->hidden, F = cfg->ff, D = C / cfg->heads;
    float eps = (float)cfg->norm_eps;
    double scale = cfg->attn_scaled ? 1 / sqrt((double)D) : 1;
    if (cfg->attn_layer_scaled) scale /= (double)(l + 1);
    float *cache = kv->cache + l * kv->cap * 2 * C;

    op_norm_fwd(kv->n, NULL, NULL, kv->x, ft_net_w(net, FT_ROLE_NORM1_W, l),
                ft_net_w(net, FT_ROLE_NORM1_B, l), rows, C, eps);
    linear(net, FT_ROLE_QKV_W, l, kv->qkv, kv->n, true, rows, C, 3 * C);
    for (size_t r = 0; r < rows; r++)
        memcpy(cache + (kv->length + r) * 2 * C, kv->qkv + r * 3 * C + C, 2 * C * sizeof(*cache));
    struct rows_job job = {kv, cache, (float)scale};
    if (rows > 1) {
        ft_pool_each(rows, attend_row, &job);
    } else {
        attend_row(&job, 0, 1, 0);
    }
    linear(net, FT_ROLE_PROJ_W, l, kv->h, kv->att, false, rows, C, C);
    op_add_fwd(kv->x, kv->h, ft_net_w(net, FT_ROLE_PROJ_B, l), kv->x, NULL, rows, C);
    op_norm_fwd(kv->n, NULL, NULL, kv->x, ft_net_w(net, FT_ROLE_NORM2_W, l),
                ft_net_w(net, FT_ROLE_NORM2_B, l), rows, C, eps);
    linear(net, FT_ROLE_FF1_W, l, kv->ff, kv->n, false, rows, C, F);
    op_act_fwd(kv->ff, NULL, kv->ff, ft_net_w(net, FT_ROLE_FF1_B, l), cfg->act, rows, F);
    linear(net, FT_ROLE_FF2_W, l, kv->h, kv->ff, false, rows, F, C);
    op_add_fwd(kv->x, kv->h, ft_net_w(net, FT_ROLE_FF2_B, l), kv->x, NULL, rows, C);
}

enum ft_status ft_kv_feed(struct ft_kv *kv, const int32_t *ids, size_t n, struct ft_err *err)
{
    const struct ft_net *net = kv->net;
    const struct ft_net_config *cfg = &net->cfg;
    size_t C = cfg->hidden, rows = 0;
    if (n < 1 || n > kv->cap - kv->length)
        return ft_fail(err, FT_USAGE, "%zu tokens after %zu; the key/value cache holds %zu", n,
                       kv->length, kv->cap);
    for (size_t i = 0; i < n; i++) {
        if (ids[i] < 0 || (size_t)ids[i] >= cfg->vocab)
            return ft_fail(err, FT_FORMAT, "token id %d is outside the model's vocabulary of %zu",
                           (int)ids[i], cfg->vocab);
    }
    ft_net_weights_prepare(net, &(struct ft_ws_opt){.precision = net->precision}, n);
    for (size_t at = 0; at < n; at += rows, kv->length += rows) {
        rows = n - at < BLOCK_ROWS ? n - at : BLOCK_ROWS;
        for (size_t r = 0; r < rows; r++)
            kv->pos[r] = (int32_t)(kv->length + r);
        op_embed_fwd(kv->x, ids + at, kv->pos, NULL, ft_net_w(net, FT_ROLE_WORD, 0),
                     ft_net_w(net, FT_ROLE_POS, 0), NULL, rows, C);
        for (size_t l = 0; l < cfg->layers; l++)
            block(kv, l, rows);
    }
    op_norm_fwd(kv->n, NULL, NULL, kv->x + (rows - 1) * C, ft_net_w(net, FT_ROLE_FINAL_NORM_W, 0),
                ft_net_w(net, FT_ROLE_FINAL_NORM_B, 0), 1, C, (float)cfg->norm_eps);
    const float *out = ft_net_w(net, FT_ROLE_LM_OUT_W, 0);
    ft_matvec(kv->logits, kv->n, out ? out : ft_net_w(net, FT_ROLE_WORD, 0), NULL, C, cfg->vocab,
              false);
    return FT_OK;
}
