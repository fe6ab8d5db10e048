/* Memory of a workspace: one walk that either measures or lays out, so that the plan shown before a
 * run and what is taken cannot differ. */
#include "core/net_in.h"

#include "core/op_rotary.h"
#include "core/pool.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LINE_BYTES = 64,
    LM_PIECE_BYTES = 32 << 20,
    LM_PIECE_ROWS_MIN = 16,
    PROGRAM_BYTES = 24 << 20 /* of a run: the program, its libraries and their buffers, measured */
};

struct cursor {
    char *base; /* NULL: measure */
    size_t used;
    bool overflow;
};

static void *take(struct cursor *c, size_t rows, size_t columns)
{
    size_t n, size;
    if (ft_size_mul(rows, columns, &n) || ft_size_mul(n, sizeof(float), &size) ||
        ft_size_add(size, LINE_BYTES - 1, &size) ||
        ft_size_add(c->used, size / LINE_BYTES * LINE_BYTES, &n)) {
        c->overflow = true;
        return NULL;
    }
    void *p = c->base ? c->base + c->used : NULL;
    c->used = n;
    return p;
}

/* Rows of the last layer behind its attention, and of what follows: those that the task reads. */
static size_t last_rows(const struct ft_ws *ws, const struct ft_net_config *cfg)
{
    bool few = cfg->head == FT_HEAD_CLASSIFY && !ws->opt.keep_hidden && !cfg->pool_mean;
    return few ? ws->opt.B : ws->opt.N;
}

/* Whether a net with this head has a tensor in that role. */
static bool has_role(const struct ft_family_def *f, enum ft_role role, enum ft_head head)
{
    unsigned heads = head == FT_HEAD_NONE ? FT_FOR_ALL : 1u << head;
    for (size_t i = 0; i < f->specs_n; i++)
        if (f->specs[i].role == role && (f->specs[i].heads & heads) == heads) return true;
    return false;
}

/* What backward needs of layer i, or what all layers share: N rows, R of them behind the attention;
 * `most` rows of distances. */
static void take_layer(struct cursor *c, struct ft_layer_ws *l, const struct ft_net_config *cfg,
                       size_t i, size_t N, size_t R, size_t most, bool train)
{
    size_t C = cfg->hidden;
    const struct ft_family_def *f = ft_family_get(cfg->family);
    bool gated = f->gated, pre_norm = f->pre_norm;
    l->qkv = take(c, N, 3 * C);
    l->att = take(c, N, C);
    l->pos_keys = take(c, cfg->rel_keys ? most : 0, C);
    l->pos_queries = take(c, cfg->rel_queries ? most : 0, C);
    l->x1 = take(c, R, C);
    l->pre = train || gated ? take(c, R, gated ? 2 * cfg->ff : cfg->ff) : l->act;
    if (pre_norm) {
        if (i > 0 || !f->first_norm_off) l->in = take(c, N, C);
        l->in2 = train ? take(c, R, C) : l->in;
    }
    if (!train) return;
    l->lse = take(c, N, cfg->heads);
    if (!pre_norm) l->sum1 = take(c, R, C);
    l->mean1 = take(c, N, 1);
    l->rstd1 = take(c, N, 1);
    if (!pre_norm) return;
    l->mean2 = take(c, R, 1);
    l->rstd2 = take(c, R, 1);
}

/* The second norm of a post-norm layer, whose result is the next layer's x. */
static void take_norm2(struct cursor *c, struct ft_layer_ws *l, size_t R, size_t C)
{
    l->sum2 = take(c, R, C);
    l->mean2 = take(c, R, 1);
    l->rstd2 = take(c, R, 1);
}

/* Columns that rows of feed-forward parts, hidden states (`times` of them) and embeddings fit. */
static size_t widest_of(const struct ft_net_config *cfg, size_t times)
{
    size_t C = times * cfg->hidden, E = ft_net_config_embed(cfg), n = cfg->ff > C ? cfg->ff : C;
    return E > n ? E : n;
}

static void take_layers(struct cursor *c, struct ft_ws *ws, const struct ft_net_config *cfg,
                        bool pre_norm)
{
    size_t N = ws->opt.N, C = cfg->hidden;
    bool train = ws->opt.train, again = ws->opt.checkpoint, share = !train || again;
    bool own_x = ws->opt.keep_hidden || (train && (!again || pre_norm));
    size_t widest = widest_of(cfg, 1);
    struct ft_layer_ws shared = {.act = take(c, N, widest)};
    float *x = take(c, N, C), *next = again && !own_x ? take(c, N, C) : x;
    if (share) take_layer(c, &shared, cfg, cfg->layers, N, N, ws->dis_most, train);
    for (size_t i = 0; i < cfg->layers; i++) {
        struct ft_layer_ws l = shared;
        size_t R = i + 1 < cfg->layers ? N : last_rows(ws, cfg);
        if (!share) take_layer(c, &l, cfg, i, N, R, ws->dis_most, train);
        if (train && !pre_norm) take_norm2(c, &l, R, C);
        l.x = x;
        l.y = x = own_x ? take(c, R, C) : next;
        if (!pre_norm || (i == 0 && ft_family_get(cfg->family)->first_norm_off)) l.in = l.x;
        if (!pre_norm) l.in2 = l.x1;
        if (ws->layers) ws->layers[i] = l;
    }
    ws->final = pre_norm ? take(c, last_rows(ws, cfg), C) : x;
    if (pre_norm && train) {
        ws->final_mean = take(c, last_rows(ws, cfg), 1);
        ws->final_rstd = take(c, last_rows(ws, cfg), 1);
    }
    ws->dtmp = shared.act;
}

size_t ft_lm_piece_rows(const struct ft_net_config *cfg, size_t N)
{
    size_t piece = LM_PIECE_BYTES / sizeof(float) / cfg->vocab / 8 * 8;
    if (piece < LM_PIECE_ROWS_MIN) piece = LM_PIECE_ROWS_MIN;
    return piece < N ? piece : N;
}

static void take_head(struct cursor *c, struct ft_ws *ws, const struct ft_net_config *cfg)
{
    const struct ft_family_def *f = ft_family_get(cfg->family);
    size_t N = ws->opt.N, B = ws->opt.B, C = cfg->hidden;
    size_t rows = cfg->head == FT_HEAD_CLASSIFY ? B : N;
    bool pool = has_role(f, FT_ROLE_POOL_W, cfg->head) && cfg->head != FT_HEAD_NONE;
    if (pool) {
        ws->pooled_in = take(c, rows, C);
        ws->pooled_pre = take(c, rows, C);
        ws->pooled = take(c, rows, C);
        ws->pooled_out = take(c, rows, C);
    }
    if (pool && has_role(f, FT_ROLE_POOL_NORM_W, cfg->head)) {
        ws->pooled_norm = take(c, rows, C);
        ws->pooled_mean = take(c, rows, 1);
        ws->pooled_rstd = take(c, rows, 1);
    }
    if (cfg->head == FT_HEAD_CLASSIFY) {
        if (!pool) ws->pooled_in = take(c, B, C);
        if (!pool) ws->pooled_out = take(c, B, C);
        ws->logits = take(c, B, cfg->labels);
        ws->dlogits = take(c, B, cfg->labels);
    } else if (cfg->head == FT_HEAD_TOKENS) {
        if (!pool && ws->opt.train) ws->pooled_out = take(c, N, C);
        ws->logits = take(c, N, cfg->labels);
        ws->dlogits = take(c, N, cfg->labels);
    } else if (cfg->head == FT_HEAD_QA) {
        if (!pool && f->qa_dropout && ws->opt.train) ws->pooled_out = take(c, N, C);
        ws->logits = take(c, N, 2);
        ws->dlogits = take(c, N, 2);
    } else if (cfg->head != FT_HEAD_NONE) {
        size_t piece = ft_lm_piece_rows(cfg, N);
        ws->lm_piece = piece;
        ws->lm_h = take(c, piece, C);
        ws->lm_t = take(c, piece, ft_net_config_embed(cfg));
        ws->lm_a = take(c, piece, ft_net_config_embed(cfg));
        ws->lm_z = take(c, piece, ft_net_config_embed(cfg));
        ws->lm_mean = take(c, piece, 1);
        ws->lm_rstd = take(c, piece, 1);
        ws->lm_logits = take(c, piece, cfg->vocab);
        ws->lm_rows = take(c, piece, 1);
        ws->lm_slots = take(c, piece, 1);
        ws->lm_target = take(c, piece, 1);
        ws->lm_losses = take(c, piece, 1);
    }
}

/* Disentangled attention: of sequences of max tokens. */
static void take_disentangled(struct cursor *c, struct ft_ws *ws, const struct ft_net_config *cfg,
                              size_t max)
{
    struct ft_disentangled *d = &ws->dis;
    size_t C = cfg->hidden, H = cfg->heads, Dp = op_disentangled_head(C / H);
    size_t most = ws->dis_most = op_disentangled_most(cfg->rel_span, max);
    size_t width = op_disentangled_width(most), wide = H * Dp;
    d->row = take(c, 2 * max - 1, 1);
    d->column = take(c, 2 * max - 1, 1);
    d->keys_t = take(c, wide, width);
    d->queries_t = take(c, wide, width);
    ws->dis_norm = take(c, cfg->rel_norm ? most : 0, C);
    ws->dis_x = take(c, most, C);
    if (!ws->opt.train) return;
    ws->dis_mean = take(c, most, 1);
    ws->dis_rstd = take(c, most, 1);
    d->keys = take(c, wide, most);
    d->queries = take(c, wide, most);
    ws->dis_dkeys = take(c, most, C);
    ws->dis_dqueries = take(c, most, C);
    ws->dis_dx = take(c, most, C);
    ws->dis_dnorm = take(c, most, C);
    ws->dis_sums_n = op_disentangled_pieces(ws->opt.B, H) * wide * most;
    ws->dis_sums = take(c, 2, ws->dis_sums_n);
}

size_t ft_ws_layout(struct ft_ws *ws, const struct ft_net_config *cfg, char *base,
                    struct ft_mem_plan *plan)
{
    const struct ft_family_def *f = ft_family_get(cfg->family);
    size_t N = ws->opt.N, C = cfg->hidden, E = ft_net_config_embed(cfg);
    size_t T = ft_net_config_tokens_max(cfg) < N ? ft_net_config_tokens_max(cfg) : N;
    struct cursor c = {.base = base};

    ws->pos = take(&c, N, 1);
    ws->rows = take(&c, N, 1);
    ws->slot = take(&c, N, 1);
    if (has_role(f, FT_ROLE_EMB_NORM_W, FT_HEAD_NONE) && ws->opt.train) {
        ws->emb = take(&c, N, f->norm_projected ? C : E);
        ws->emb_mean = take(&c, N, 1);
        ws->emb_rstd = take(&c, N, 1);
    }
    if (f->always_projects || E != C) ws->emb_out = take(&c, N, E);
    if (cfg->relative_buckets) {
        ws->rel_max = T;
        ws->rel = take(&c, 2 * ws->rel_max, cfg->heads);
        if (ws->opt.train) ws->drel = take(&c, 2 * N, cfg->heads);
    }
    if (cfg->rope_theta > 0) ws->rope = take(&c, T, C / cfg->heads);
    if (cfg->rope_theta_local > 0) ws->rope_local = take(&c, T, C / cfg->heads);
    if (cfg->rel_span) take_disentangled(&c, ws, cfg, T);
    take_layers(&c, ws, cfg, f->pre_norm);
    size_t kept = c.used;

    take_head(&c, ws, cfg);
    size_t tail = cfg->head == FT_HEAD_CLASSIFY ? ws->opt.B : cfg->head == FT_HEAD_MLM ? N : 0;
    ws->tail_att = take(&c, tail, C);
    ws->tail_x = take(&c, tail, C);
    ws->h = take(&c, N, C);
    if (ws->opt.train) {
        ws->dx = take(&c, N, C);
        ws->dh = take(&c, N, C);
        ws->dff = take(&c, N, widest_of(cfg, 3));
        ws->dqkv = ws->dff;
    }
    if (c.overflow) c.used = SIZE_MAX;
    if (plan) {
        plan->activations_bytes = kept;
        plan->work_bytes = c.overflow ? SIZE_MAX : c.used - kept;
    }
    return c.used;
}

static size_t add_sizes(size_t a, size_t b)
{
    size_t sum;
    return ft_size_add(a, b, &sum) ? SIZE_MAX : sum;
}

void ft_net_plan(const struct ft_net_config *cfg, const struct ft_ws_opt *opt,
                 struct ft_mem_plan *plan)
{
    *plan = (struct ft_mem_plan){0};
    struct ft_params ps;
    if (ft_params_init(&ps, cfg, NULL)) return;
    plan->weights_bytes = ps.floats * sizeof(float);
    if (opt->precision != FT_NET_FP32 || (!opt->train && opt->panels))
        plan->copies_bytes = ft_net_weights_bytes(&ps, cfg, opt);
    ft_params_release(&ps);
    if (opt->train) {
        plan->grads_bytes = plan->weights_bytes;
        plan->optim_bytes = 2 * plan->weights_bytes;
    }
    struct ft_ws ws = {.opt = *opt};
    size_t used = ft_ws_layout(&ws, cfg, NULL, plan);
    size_t besides = ft_pool_bytes() + (opt->train ? PROGRAM_BYTES : 0);
    plan->work_bytes = add_sizes(plan->work_bytes, besides);
    plan->total_bytes = add_sizes(plan->weights_bytes + plan->grads_bytes + plan->optim_bytes,
                                  add_sizes(plan->copies_bytes, add_sizes(used, besides)));
}

enum ft_status ft_ws_new(struct ft_ws **out, const struct ft_net *net, const struct ft_ws_opt *opt,
                         struct ft_err *err)
{
    assert(opt->N && opt->B && opt->B <= opt->N && (!opt->train || opt->precision != FT_NET_INT8));
    struct ft_ws *ws = ft_xcalloc(1, sizeof(*ws));
    ws->net = net;
    ws->opt = *opt;
    if (!opt->train && opt->precision == FT_NET_FP32) ws->opt.precision = net->precision;
    enum ft_status st = ft_net_weights_reserve(net, &ws->opt, err);
    if (st) {
        ft_ws_free(ws);
        return st;
    }
    ws->layers = ft_xcalloc(net->cfg.layers, sizeof(*ws->layers));
    ws->block_bytes = ft_ws_layout(ws, &net->cfg, NULL, NULL);
    ws->block = ws->block_bytes == SIZE_MAX ? NULL : ft_try_big(ws->block_bytes);
    if (!ws->block) {
        char need[32], have[32];
        ft_format_bytes(need, sizeof(need), (double)ws->block_bytes);
        ft_format_bytes(have, sizeof(have), (double)ft_mem_available());
        ft_ws_free(ws);
        return ft_fail(err, FT_NOMEM,
                       "activations for %zu tokens per batch need %s, but only %s are free; use a "
                       "smaller batch or shorter texts",
                       opt->N, need, have);
    }
    ft_ws_layout(ws, &net->cfg, ws->block, NULL);
    size_t D = net->cfg.hidden / net->cfg.heads, T = ft_net_config_tokens_max(&net->cfg);
    if (ws->rope) op_rotary_table(ws->rope, T < opt->N ? T : opt->N, D, net->cfg.rope_theta);
    if (ws->rope_local)
        op_rotary_table(ws->rope_local, T < opt->N ? T : opt->N, D, net->cfg.rope_theta_local);
    *out = ws;
    return FT_OK;
}

void ft_ws_free(struct ft_ws *ws)
{
    if (!ws) return;
    if (ws->block) ft_big_free(ws->block, ws->block_bytes);
    free(ws->layers);
    free(ws);
}
