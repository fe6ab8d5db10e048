/* Copies of the weights for evaluations, see net_in.h. A copy is made for all layers at once, by the
 * version of the weights that it was made from. */
#include "core/net_in.h"

#include "core/bf16.h"
#include "core/op_linear.h"
#include "core/op_timer.h"
#include "core/panels_int8.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <stdlib.h>

enum {
    LINE_BYTES = 64,
    PANEL_ROWS_MAX = 128, /* with more rows, arranging them meanwhile costs next to nothing */
    FORWARDS_MIN = 2      /* a single forward is done sooner without copies */
};

struct copy {
    void *block;
    size_t bytes;
    uint64_t version; /* of the weights that it was made from; 0: none */
    size_t *offset;   /* of each parameter's in the block; SIZE_MAX: it has none */
};

enum { ROWS_X, ROWS_DY, ROWS_COUNT };

struct ft_net_weights {
    uint64_t version; /* from 1 */
    size_t forwards;  /* of few rows, with this version */
    struct copy copy[FT_NET_PRECISION_COUNT];
    struct {
        uint16_t *x;
        size_t bytes;
    } rows[ROWS_COUNT]; /* BF16: a layer's input, and the gradient of its result */
};

struct ft_net_weights *ft_net_weights_new(void)
{
    struct ft_net_weights *s = ft_xcalloc(1, sizeof *s);
    s->version = 1;
    return s;
}

void ft_net_weights_free(struct ft_net_weights *s)
{
    if (!s) return;
    for (int i = 0; i < FT_NET_PRECISION_COUNT; i++) {
        ft_big_free(s->copy[i].block, s->copy[i].bytes);
        free(s->copy[i].offset);
    }
    for (int i = 0; i < ROWS_COUNT; i++)
        ft_big_free(s->rows[i].x, s->rows[i].bytes);
    free(s);
}

void ft_net_weights_changed(const struct ft_net *net)
{
    net->weights->version++;
    net->weights->forwards = 0;
}

/* --- which have copies, and where they lie --- */

/* The output matrix of a language model: a large product, which bf16 serves too. */
static bool is_lm_out(const struct ft_params *ps, const struct ft_net_config *cfg,
                      enum ft_role role)
{
    if (cfg->head != FT_HEAD_MLM && cfg->head != FT_HEAD_CLM) return false;
    return role == (ft_params_role(ps, FT_ROLE_LM_OUT_W, 0) ? FT_ROLE_LM_OUT_W : FT_ROLE_WORD);
}

/* The matrix of parameter i with those that are joined to it; false: it is none, or has no copy. */
static bool matrix_of(const struct ft_params *ps, const struct ft_net_config *cfg,
                      enum ft_net_precision precision, size_t i, struct ft_weights *w)
{
    const struct ft_param *p = &ps->items[i];
    switch (p->role) {
    case FT_ROLE_QKV_W:
    case FT_ROLE_POS_KEY_W:
    case FT_ROLE_POS_QUERY_W:
    case FT_ROLE_PROJ_W:
    case FT_ROLE_FF1_W:
    case FT_ROLE_FF2_W:
    case FT_ROLE_POOL_W:
    case FT_ROLE_LM_DENSE_W:
        break;
    default:
        if (precision != FT_NET_BF16 || !is_lm_out(ps, cfg, p->role)) return false;
        break;
    }
    if (p->ndim != 2) return false;
    *w = (struct ft_weights){.in_out = (p->flags & FT_PARAM_IN_OUT) != 0};
    w->I = p->shape[w->in_out ? 0 : 1];
    w->O = p->shape[w->in_out ? 1 : 0];
    w->ld = p->shape[1];
    for (size_t k = i + 1; !w->in_out && k < ps->n && ps->items[k].role == FT_ROLE_JOINED; k++)
        w->O += ps->items[k].shape[0];
    return true;
}

static size_t product_of(size_t a, size_t b, size_t c)
{
    size_t n;
    return ft_size_mul(a, b, &n) || ft_size_mul(n, c, &n) ? SIZE_MAX : n;
}

static size_t bytes_of(const struct ft_weights *w, enum ft_net_precision precision)
{
    switch (precision) {
    case FT_NET_INT8:
        return ft_panels_int8_bytes(w->I, w->O);
    case FT_NET_BF16:
        return product_of(w->I, w->O, sizeof(uint16_t));
    default:
        return ft_panels_bytes(w->I, w->O);
    }
}

/* Bytes of all copies; offsets (ps->n) may be NULL. */
static size_t lay_out(const struct ft_params *ps, const struct ft_net_config *cfg,
                      enum ft_net_precision precision, size_t *offsets)
{
    size_t used = 0;
    for (size_t i = 0; i < ps->n; i++) {
        struct ft_weights w;
        if (offsets) offsets[i] = SIZE_MAX;
        if (!matrix_of(ps, cfg, precision, i, &w)) continue;
        size_t bytes = bytes_of(&w, precision);
        if (offsets) offsets[i] = used;
        if (ft_size_add(bytes, LINE_BYTES - 1, &bytes) ||
            ft_size_add(used, bytes / LINE_BYTES * LINE_BYTES, &used))
            return SIZE_MAX;
    }
    return used;
}

/* Bytes of the rows in bf16 that products take: their inputs and, in training, gradients. */
static void rows_bytes(const struct ft_params *ps, const struct ft_net_config *cfg,
                       const struct ft_ws_opt *opt, size_t bytes[ROWS_COUNT])
{
    bytes[ROWS_X] = bytes[ROWS_DY] = 0;
    for (size_t i = 0; i < ps->n; i++) {
        struct ft_weights w;
        if (!matrix_of(ps, cfg, FT_NET_BF16, i, &w)) continue;
        bool out = is_lm_out(ps, cfg, ps->items[i].role);
        size_t n = out ? ft_lm_piece_rows(cfg, opt->N) : opt->N;
        size_t x = product_of(n, w.I, sizeof(uint16_t));
        size_t dy = opt->train ? product_of(n, w.O, sizeof(uint16_t)) : 0;
        if (x > bytes[ROWS_X]) bytes[ROWS_X] = x;
        if (dy > bytes[ROWS_DY]) bytes[ROWS_DY] = dy;
    }
}

size_t ft_net_weights_bytes(const struct ft_params *ps, const struct ft_net_config *cfg,
                            const struct ft_ws_opt *opt)
{
    size_t sum = lay_out(ps, cfg, opt->precision, NULL), rows[ROWS_COUNT] = {0};
    if (opt->precision == FT_NET_BF16) rows_bytes(ps, cfg, opt, rows);
    for (int i = 0; i < ROWS_COUNT; i++)
        if (ft_size_add(sum, rows[i], &sum)) return SIZE_MAX;
    return sum;
}

/* --- making them --- */

static bool reserve_rows(const struct ft_net *net, const struct ft_ws_opt *opt)
{
    size_t bytes[ROWS_COUNT];
    rows_bytes(&net->params, &net->cfg, opt, bytes);
    for (int i = 0; i < ROWS_COUNT; i++) {
        if (bytes[i] <= net->weights->rows[i].bytes) continue;
        ft_big_free(net->weights->rows[i].x, net->weights->rows[i].bytes);
        net->weights->rows[i].bytes = 0;
        net->weights->rows[i].x = bytes[i] == SIZE_MAX ? NULL : ft_try_big(bytes[i]);
        if (!net->weights->rows[i].x) return false;
        net->weights->rows[i].bytes = bytes[i];
    }
    return true;
}

static bool reserve(const struct ft_net *net, enum ft_net_precision precision)
{
    struct copy *c = &net->weights->copy[precision];
    if (c->block) return true;
    if (!c->offset) c->offset = ft_xcalloc(net->params.n, sizeof *c->offset);
    c->bytes = lay_out(&net->params, &net->cfg, precision, c->offset);
    if (c->bytes != SIZE_MAX) c->block = ft_try_big(c->bytes);
    return c->block != NULL;
}

/* Whether panels leave most of the memory free: a copy that is not needed must not end the program. */
static bool has_room(const struct ft_net *net)
{
    int64_t there = ft_mem_available();
    size_t bytes = lay_out(&net->params, &net->cfg, FT_NET_FP32, NULL);
    return net->weights->copy[FT_NET_FP32].block || there < 0 || bytes < (uint64_t)there / 2;
}

enum ft_status ft_net_weights_reserve(const struct ft_net *net, const struct ft_ws_opt *opt,
                                      struct ft_err *err)
{
    if (opt->precision == FT_NET_FP32) return FT_OK;
    if (reserve(net, opt->precision) && (opt->precision != FT_NET_BF16 || reserve_rows(net, opt)))
        return FT_OK;
    char need[32], have[32];
    size_t bytes = ft_net_weights_bytes(&net->params, &net->cfg, opt);
    ft_format_bytes(need, sizeof(need), (double)bytes);
    ft_format_bytes(have, sizeof(have), (double)ft_mem_available());
    return ft_fail(err, FT_NOMEM, "the %s weights need %s, but only %s are free",
                   opt->precision == FT_NET_BF16 ? "bf16" : "quantized", need, have);
}

static void make(const struct ft_net *net, enum ft_net_precision precision)
{
    struct copy *c = &net->weights->copy[precision];
    for (size_t i = 0; i < net->params.n; i++) {
        struct ft_weights w;
        if (!matrix_of(&net->params, &net->cfg, precision, i, &w)) continue;
        w.w = net->w + net->params.items[i].offset;
        void *to = (char *)c->block + c->offset[i];
        if (precision == FT_NET_INT8)
            ft_panels_int8_arrange(to, &w);
        else if (precision == FT_NET_BF16)
            ft_bf16_convert(to, w.w, w.I * w.O);
        else
            ft_panels_arrange(to, &w);
    }
    c->version = net->weights->version;
}

void ft_net_weights_prepare(const struct ft_net *net, const struct ft_ws_opt *opt, size_t N)
{
    struct ft_net_weights *s = net->weights;
    const struct copy *c = &s->copy[opt->precision];
    if (c->version == s->version) return;
    bool now = opt->precision != FT_NET_FP32;
    if (!now && !opt->train && opt->panels && N <= PANEL_ROWS_MAX)
        now = ++s->forwards == FORWARDS_MIN && has_room(net) && reserve(net, FT_NET_FP32);
    if (now) make(net, opt->precision);
}

/* --- using them --- */

/* The copy of a layer's weights that is up to date; NULL: it has none. */
static const void *copy_of(const struct ft_net *net, const struct ft_ws_opt *opt,
                           const struct ft_param *p)
{
    if (!opt) return NULL;
    const struct copy *c = &net->weights->copy[opt->precision];
    if (c->version != net->weights->version) return NULL;
    size_t offset = c->offset[p - net->params.items];
    return offset == SIZE_MAX ? NULL : (const char *)c->block + offset;
}

static struct op_weights_bf16 columns_bf16(const void *copy, bool in_out, size_t I, size_t O,
                                           size_t from, size_t n)
{
    return (struct op_weights_bf16){.w = (const uint16_t *)copy + (in_out ? from : from * I),
                                    .ld = in_out ? O : I,
                                    .in_out = in_out,
                                    .I = I,
                                    .O = n};
}

void ft_net_weights_fwd(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                        size_t layer, float *y, const float *x, const float *bias, size_t N,
                        size_t I, size_t O, size_t from, size_t n)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    const void *copy = copy_of(net, opt, p);
    bool in_out = (p->flags & FT_PARAM_IN_OUT) != 0;
    if (copy && opt->precision == FT_NET_BF16) {
        struct op_weights_bf16 w = columns_bf16(copy, in_out, I, O, from, n);
        op_linear_bf16_fwd(y, x, &w, bias, N, net->weights->rows[ROWS_X].x);
        return;
    }
    double begun = ft_op_timer_begin();
    if (copy && opt->precision == FT_NET_INT8) {
        ft_panels_int8_product(y, n, x, I, N, I, O, copy, from, n, bias);
    } else {
        struct ft_weights w = {
            .w = net->w + p->offset, .ld = in_out ? O : I, .in_out = in_out, .I = I, .O = O};
        ft_panels_product(y, n, x, I, N, &w, copy, from, n, bias);
    }
    ft_op_timer_product(begun, &(struct ft_product){.trans_b = true, .M = N, .N = n, .K = I});
}

bool ft_net_weights_train(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                          size_t layer)
{
    return opt->precision == FT_NET_BF16 &&
           copy_of(net, opt, ft_params_role(&net->params, role, layer));
}

void ft_net_weights_bwd(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                        size_t layer, float *dx, float *dw, float *db, const float *dy,
                        const float *x, size_t N, size_t I, size_t O, size_t from, size_t n,
                        bool add_dx)
{
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    bool in_out = (p->flags & FT_PARAM_IN_OUT) != 0;
    struct op_weights_bf16 w = columns_bf16(copy_of(net, opt, p), in_out, I, O, from, n);
    op_linear_bf16_bwd(dx, dw ? dw + (in_out ? from : from * I) : NULL, db ? db + from : NULL, dy,
                       x, &w, N, add_dx, net->weights->rows[ROWS_X].x,
                       net->weights->rows[ROWS_DY].x);
}
