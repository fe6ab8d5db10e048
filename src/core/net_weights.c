/* Copies of the weights for evaluations, see net_in.h. A copy is made for all layers at once, by the
 * version of the weights that it was made from. */
#include "core/net_in.h"

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

struct ft_net_weights {
    uint64_t version; /* from 1 */
    size_t forwards;  /* of few rows, with this version */
    struct copy copy[FT_NET_PRECISION_COUNT];
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
    free(s);
}

void ft_net_weights_changed(const struct ft_net *net)
{
    net->weights->version++;
    net->weights->forwards = 0;
}

/* --- which have copies, and where they lie --- */

/* The matrix of parameter i with those that are joined to it; false: it is none, or has no copy. */
static bool matrix_of(const struct ft_params *ps, size_t i, struct ft_weights *w)
{
    const struct ft_param *p = &ps->items[i];
    switch (p->role) {
    case FT_ROLE_QKV_W:
    case FT_ROLE_PROJ_W:
    case FT_ROLE_FF1_W:
    case FT_ROLE_FF2_W:
    case FT_ROLE_POOL_W:
    case FT_ROLE_LM_DENSE_W:
        break;
    default:
        return false;
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

/* Bytes of all copies; offsets (ps->n) may be NULL. */
static size_t lay_out(const struct ft_params *ps, enum ft_net_precision precision, size_t *offsets)
{
    size_t used = 0;
    for (size_t i = 0; i < ps->n; i++) {
        struct ft_weights w;
        if (offsets) offsets[i] = SIZE_MAX;
        if (!matrix_of(ps, i, &w)) continue;
        size_t bytes =
            precision == FT_NET_INT8 ? ft_panels_int8_bytes(w.I, w.O) : ft_panels_bytes(w.I, w.O);
        if (offsets) offsets[i] = used;
        if (ft_size_add(bytes, LINE_BYTES - 1, &bytes) ||
            ft_size_add(used, bytes / LINE_BYTES * LINE_BYTES, &used))
            return SIZE_MAX;
    }
    return used;
}

size_t ft_net_weights_bytes(const struct ft_params *ps, enum ft_net_precision precision)
{
    return lay_out(ps, precision, NULL);
}

/* --- making them --- */

static bool reserve(const struct ft_net *net, enum ft_net_precision precision)
{
    struct copy *c = &net->weights->copy[precision];
    if (c->block) return true;
    if (!c->offset) c->offset = ft_xcalloc(net->params.n, sizeof *c->offset);
    c->bytes = lay_out(&net->params, precision, c->offset);
    if (c->bytes != SIZE_MAX) c->block = ft_try_big(c->bytes);
    return c->block != NULL;
}

/* Whether panels leave most of the memory free: a copy that is not needed must not end the program. */
static bool has_room(const struct ft_net *net)
{
    int64_t there = ft_mem_available();
    size_t bytes = ft_net_weights_bytes(&net->params, FT_NET_FP32);
    return net->weights->copy[FT_NET_FP32].block || there < 0 || bytes < (uint64_t)there / 2;
}

enum ft_status ft_net_weights_reserve(const struct ft_net *net, enum ft_net_precision precision,
                                      struct ft_err *err)
{
    if (precision == FT_NET_FP32 || reserve(net, precision)) return FT_OK;
    char need[32], have[32];
    ft_format_bytes(need, sizeof(need), (double)net->weights->copy[precision].bytes);
    ft_format_bytes(have, sizeof(have), (double)ft_mem_available());
    return ft_fail(err, FT_NOMEM, "the quantized weights need %s, but only %s are free", need,
                   have);
}

static void make(const struct ft_net *net, enum ft_net_precision precision)
{
    struct copy *c = &net->weights->copy[precision];
    for (size_t i = 0; i < net->params.n; i++) {
        struct ft_weights w;
        if (!matrix_of(&net->params, i, &w)) continue;
        w.w = net->w + net->params.items[i].offset;
        void *to = (char *)c->block + c->offset[i];
        if (precision == FT_NET_INT8)
            ft_panels_int8_arrange(to, &w);
        else
            ft_panels_arrange(to, &w);
    }
    c->version = net->weights->version;
}

void ft_net_weights_prepare(const struct ft_net *net, const struct ft_ws_opt *opt, size_t N)
{
    struct ft_net_weights *s = net->weights;
    const struct copy *c = &s->copy[opt->precision];
    if (opt->train || c->version == s->version) return;
    bool now = opt->precision == FT_NET_INT8;
    if (!now && opt->panels && N <= PANEL_ROWS_MAX)
        now = ++s->forwards == FORWARDS_MIN && has_room(net) && reserve(net, FT_NET_FP32);
    if (now) make(net, opt->precision);
}

/* --- using them --- */

void ft_net_weights_fwd(const struct ft_net *net, const struct ft_ws_opt *opt, enum ft_role role,
                        size_t layer, float *y, const float *x, const float *bias, size_t N,
                        size_t I, size_t O, size_t from, size_t n)
{
    double begun = ft_op_timer_begin();
    enum ft_net_precision precision = opt ? opt->precision : FT_NET_FP32;
    const struct copy *c = &net->weights->copy[precision];
    const struct ft_param *p = ft_params_role(&net->params, role, layer);
    size_t offset = SIZE_MAX;
    if (opt && c->version == net->weights->version) offset = c->offset[p - net->params.items];
    const void *panels = offset == SIZE_MAX ? NULL : (const char *)c->block + offset;
    if (panels && precision == FT_NET_INT8) {
        ft_panels_int8_product(y, n, x, I, N, I, O, panels, from, n, bias);
    } else {
        bool in_out = (p->flags & FT_PARAM_IN_OUT) != 0;
        struct ft_weights w = {
            .w = net->w + p->offset, .ld = in_out ? O : I, .in_out = in_out, .I = I, .O = O};
        ft_panels_product(y, n, x, I, N, &w, panels, from, n, bias);
    }
    ft_op_timer_product(begun, &(struct ft_product){false, true, N, n, I, 0, 0});
}
