/* The panels lie behind two rows of O (rounded up to whole panels): the scales, and the sums of each
 * column's weights, which the zero points are multiplied with. Each thread quantizes the rows it
 * needs in its scratch. */
#include "core/panels_int8.h"

#include "core/panel_kernels.h"
#include "core/pool.h"
#include "core/vec.h"
#include "util/mem.h"

#include <assert.h>

enum {
    ROW_MAX = 255,    /* the largest number of a row.. */
    WEIGHT_MAX = 127, /* ..of the weights.. */
    LANE_MAX = 126,   /* ..and of their sums in a lane, before rounding */
    NEIGHBOURS = FT_PANEL_GROUP * FT_PANEL_LANE_GROUPS, /* two lanes */
    BLOCK_ROWS = 128,
    BLOCK_BYTES = 320 << 10, /* of quantized rows: they stay in the second-level cache.. */
    BLOCK_GROUPS = 256,      /* ..and as many groups of a panel in the first-level cache */
    SERIAL_FLOPS = 1 << 17,  /* products below it are not worth a run */
    LINE_BYTES = 64
};
_Static_assert((LANE_MAX + NEIGHBOURS / 4) * ROW_MAX <= INT16_MAX, "a lane fits 16 bits");
#define SCALE_MIN 1e-30f /* rows with a smaller maximum count as zeros */

struct layout {
    const struct ft_panel_kernels_int8 *kernels;
    size_t columns, groups;  /* O and I, in groups, rounded up */
    size_t sums, panels;     /* where they begin, in bytes */
    size_t panel_bytes, all; /* of one; of everything */
};

static bool layout_of(struct layout *l, size_t I, size_t O)
{
    const struct ft_panel_kernels_int8 *k = ft_panel_kernels_int8();
    size_t n, bytes;
    *l = (struct layout){.kernels = k,
                         .groups = (I + NEIGHBOURS - 1) / NEIGHBOURS * FT_PANEL_LANE_GROUPS};
    if (ft_size_add(O, k->width - 1, &n)) return false;
    l->columns = n / k->width * k->width;
    if (ft_size_mul(l->columns, 4, &bytes) || ft_size_add(bytes, LINE_BYTES - 1, &bytes))
        return false;
    l->sums = bytes / LINE_BYTES * LINE_BYTES;
    if (ft_size_mul(l->sums, 2, &l->panels) ||
        ft_size_mul(l->groups, FT_PANEL_GROUP * k->width, &l->panel_bytes) ||
        ft_size_mul(l->panel_bytes, l->columns / k->width, &bytes))
        return false;
    return !ft_size_add(l->panels, bytes, &l->all);
}

bool ft_panels_int8_fast(void)
{
    const struct ft_panel_kernels_int8 *k = ft_panel_kernels_int8();
    /* bytes of AVX2 against floats of AVX-512 gain too little */
    return k->fast && ft_panel_kernels()->width <= k->width;
}

size_t ft_panels_int8_bytes(size_t I, size_t O)
{
    struct layout l;
    return layout_of(&l, I, O) ? l.all : SIZE_MAX;
}

/* --- weights --- */

struct arranging {
    char *to;
    const struct ft_weights *w;
    struct layout l;
};

typedef float four __attribute__((vector_size(16)));
typedef int32_t four_i __attribute__((vector_size(16)));

static inline four four_load(const float *p)
{
    four v;
    memcpy(&v, p, sizeof v);
    return v;
}
static inline four four_pick(four_i mask, four a, four b)
{
    return (four)((mask & (four_i)a) | (~mask & (four_i)b));
}

/* The largest sum in a lane, of what is positive or of what is negative, of n weights, a multiple of
 * NEIGHBOURS: (0 + 4) + (1 + 5), (2 + 6) + (3 + 7). */
static float lane_most(const float *v, size_t n)
{
    _Static_assert(NEIGHBOURS == 8, "as many as are added here");
    four most = {0}, none = {0};
    for (size_t i = 0; i < n; i += NEIGHBOURS) {
        four a = four_load(v + i), b = four_load(v + i + 4);
        four up = four_pick(a > none, a, none) + four_pick(b > none, b, none);
        four down = four_pick(a < none, -a, none) + four_pick(b < none, -b, none);
        four sum = __builtin_shufflevector(up, down, 0, 2, 4, 6) +
                   __builtin_shufflevector(up, down, 1, 3, 5, 7);
        most = four_pick(sum > most, sum, most);
    }
    float all = 0;
    for (int i = 0; i < 4; i++)
        all = most[i] > all ? most[i] : all;
    return all;
}

/* What n weights, a multiple of NEIGHBOURS, are divided by; 0: all count as 0. */
static float scale_of(const float *v, size_t n)
{
    vf most = vf_set(0.0f);
    for (size_t i = 0; i < n; i += VW)
        most = vf_max(most, vf_abs(n - i < VW ? vf_load_n(v + i, n - i) : vf_load(v + i)));
    float scale = vf_max_of(most) / (float)WEIGHT_MAX, lanes = lane_most(v, n) / (float)LANE_MAX;
    if (lanes > scale) scale = lanes;
    return scale > 0 && isfinite(1.0f / scale) && isfinite(scale) ? scale : 0;
}

/* q(n) = v(n) * inverse, rounded; returns their sum. */
static int32_t round_weights(int8_t *q, const float *v, float inverse, size_t n)
{
    enum { ZERO = 128 };
    uint8_t *bytes = (uint8_t *)q;
    int32_t sum = 0;
    for (size_t i = 0; i < n; i += VW) {
        size_t left = n - i < VW ? n - i : VW;
        vf x = left < VW ? vf_load_n(v + i, left) : vf_load(v + i);
        vb b = vf_bytes(vf_rint(x * inverse) + (float)ZERO);
        if (left < VW)
            vb_store_n(bytes + i, b, left);
        else
            vb_store(bytes + i, b);
    }
    for (size_t i = 0; i < n; i++) {
        bytes[i] ^= ZERO;
        sum += q[i];
    }
    return sum;
}

/* Column n into its places of the panel. v and q have room for whole neighbours. */
static void arrange_column(const struct arranging *x, size_t n, float *v, int8_t *q)
{
    const struct ft_weights *w = x->w;
    const struct layout *l = &x->l;
    size_t width = l->kernels->width, group = FT_PANEL_GROUP, all = l->groups * group;
    int8_t *panel = (int8_t *)x->to + l->panels + n / width * l->panel_bytes + n % width * group;
    if (w->in_out) {
        for (size_t i = 0; i < w->I; i++)
            v[i] = w->w[i * w->ld + n];
    } else {
        memcpy(v, w->w + n * w->ld, w->I * sizeof *v);
    }
    memset(v + w->I, 0, (all - w->I) * sizeof *v);
    float scale = scale_of(v, all);
    ((int32_t *)(void *)(x->to + l->sums))[n] =
        round_weights(q, v, scale > 0 ? 1.0f / scale : 0, all);
    ((float *)(void *)x->to)[n] = scale;
    for (size_t i = 0; i < all; i += group, panel += group * width)
        memcpy(panel, q + i, group);
}

static void arrange_panels(void *ctx, size_t begin, size_t end, int worker)
{
    const struct arranging *x = ctx;
    size_t width = x->l.kernels->width, last = end * width < x->w->O ? end * width : x->w->O;
    size_t all = x->l.groups * FT_PANEL_GROUP;
    float *v = ft_pool_scratch(worker);
    assert(all * (sizeof *v + 1) <= FT_POOL_SCRATCH_BYTES);
    if (last < end * width) /* the places right of w */
        memset(x->to + x->l.panels + (end - 1) * x->l.panel_bytes, 0, x->l.panel_bytes);
    for (size_t n = last; n < end * width; n++) {
        ((float *)(void *)x->to)[n] = 0;
        ((int32_t *)(void *)(x->to + x->l.sums))[n] = 0;
    }
    for (size_t n = begin * width; n < last; n++)
        arrange_column(x, n, v, (int8_t *)(v + all));
}

void ft_panels_int8_arrange(void *panels, const struct ft_weights *w)
{
    struct arranging x = {.to = panels, .w = w};
    assert(w->I <= FT_PANELS_INT8_I_MAX);
    bool fits = layout_of(&x.l, w->I, w->O);
    assert(fits);
    (void)fits;
    ft_pool_run(x.l.columns / x.l.kernels->width, 1, arrange_panels, &x);
}

/* --- rows --- */

struct product {
    struct layout l;
    float *c;
    const float *a, *bias;
    const char *panels;
    size_t ldc, lda, M, I, from, n;
    size_t first, count, down;
    size_t row_bytes, block; /* of a quantized row; so many rows at a time */
};

/* The scale and zero point of a row. */
struct range {
    float scale;
    int32_t zero;
};

static struct range range_of(const float *x, size_t n)
{
    enum { SIDE = 4 };                             /* chains of minima and maxima, side by side */
    vf low[SIDE], high[SIDE], none = vf_set(0.0f); /* none: NaN where something is not finite */
    size_t i = 0;
    for (size_t k = 0; k < SIDE; k++)
        low[k] = high[k] = none;
    for (; i + SIDE * VW <= n; i += SIDE * VW)
        for (size_t k = 0; k < SIDE; k++) {
            vf v = vf_load(x + i + k * VW);
            low[k] = vf_min(low[k], v);
            high[k] = vf_max(high[k], v);
            none += v - v;
        }
    for (; i < n; i += VW) {
        vf v = n - i < VW ? vf_load_n(x + i, n - i) : vf_load(x + i);
        low[0] = vf_min(low[0], v);
        high[0] = vf_max(high[0], v);
        none += v - v;
    }
    if (isnan(vf_sum_f(none))) return (struct range){NAN, 0};
    vf lowest = vf_min(vf_min(low[0], low[1]), vf_min(low[2], low[3]));
    vf highest = vf_max(vf_max(high[0], high[1]), vf_max(high[2], high[3]));
    float most = vf_max_of(highest), least = -vf_max_of(-lowest);
    float scale = (most - least) / (float)ROW_MAX;
    if (!isfinite(scale)) return (struct range){NAN, 0}; /* wider than a float */
    if (scale < SCALE_MIN) return (struct range){0, 0};
    return (struct range){scale, (int32_t)rintf(-least / scale)};
}

/* Whole numbers in 0..ROW_MAX. */
VEC_INLINE vb quantized(vf x, vf inverse, vf zero)
{
    vf q = vf_rint(x * inverse) + zero;
    return vf_bytes(vf_min(vf_set((float)ROW_MAX), vf_max(vf_set(0.0f), q)));
}

static struct range quantize(const struct product *p, uint8_t *to, const float *x)
{
    struct range r = range_of(x, p->I);
    vf inverse = vf_set(1.0f / r.scale), zero = vf_set((float)r.zero);
    if (!(r.scale > 0)) { /* all zero, or not finite */
        memset(to, 0, p->row_bytes);
        return r;
    }
    size_t i = 0;
    for (; i + VW <= p->I; i += VW)
        vb_store(to + i, quantized(vf_load(x + i), inverse, zero));
    if (i < p->I)
        vb_store_n(to + i, quantized(vf_load_n(x + i, p->I - i), inverse, zero), p->I - i);
    memset(to + p->I, 0, p->row_bytes - p->I);
    return r;
}

/* --- products --- */

/* A row of a panel: y = scale * (sum - zero * sums of weights) + bias. */
VEC_INLINE void finish_row(float *y, const int32_t *c, struct range range, const float *scale,
                           const int32_t *sum, const float *bias, size_t width)
{
    vf row = vf_set(range.scale);
    vi zero = range.zero - (vi){0};
    for (size_t i = 0; i < width; i += VW) {
        vf v = vi_floats(vi_load(c + i) - zero * vi_load(sum + i)) * (row * vf_load(scale + i));
        vf_store(y + i, bias ? v + vf_load(bias + i) : v);
    }
}

/* Rows [row, row + rows) of the panel of columns from `column` on, of which not all need belong to
 * the product. */
static void finish_panel(const struct product *p, const int32_t *c, const struct range *ranges,
                         size_t row, size_t rows, size_t column)
{
    size_t width = p->l.kernels->width;
    const float *scale = (const float *)(const void *)p->panels + column;
    const int32_t *sum = (const int32_t *)(const void *)(p->panels + p->l.sums) + column;
    size_t begin = column < p->from ? p->from - column : 0;
    size_t end = p->from + p->n - column < width ? p->from + p->n - column : width;
    float y[FT_PANEL_WIDTH_MAX], some[FT_PANEL_WIDTH_MAX] = {0};
    const float *bias = p->bias ? p->bias + column - p->from : NULL;
    bool whole = begin == 0 && end == width;
    if (bias && !whole) {
        memcpy(some + begin, bias + begin, (end - begin) * sizeof *bias);
        bias = some;
    }
    for (size_t r = 0; r < rows; r++) {
        float *to = p->c + (row + r) * p->ldc + column - p->from;
        finish_row(whole ? to : y, c + r * width, ranges[r], scale, sum, bias, width);
        if (!whole) memcpy(to + begin, y + begin, (end - begin) * sizeof *to);
    }
}

static size_t part(size_t n, size_t parts, size_t i)
{
    return n * i / parts;
}

/* What a block of rows has in the scratch of its thread. */
struct block {
    uint8_t *rows;
    struct range *ranges;
    int32_t *sums; /* of a panel */
};

static struct block block_in(const struct product *p, char *scratch)
{
    size_t ranges = p->block * p->row_bytes;
    size_t sums = (ranges + p->block * sizeof(struct range) + LINE_BYTES - 1) / LINE_BYTES;
    return (struct block){.rows = (uint8_t *)scratch,
                          .ranges = (struct range *)(void *)(scratch + ranges),
                          .sums = (int32_t *)(void *)(scratch + sums * LINE_BYTES)};
}

/* The sums of `rows` rows with one panel; `next` comes after it. */
static void multiply_panel(const struct product *p, const struct block *b, size_t rows,
                           const int8_t *panel, const int8_t *next)
{
    const struct ft_panel_kernels_int8 *k = p->l.kernels;
    size_t tiles = (rows + k->rows - 1) / k->rows, group = FT_PANEL_GROUP * k->width;
    size_t step = (group + tiles - 1) / tiles;
    for (size_t g = 0; g < p->l.groups; g += BLOCK_GROUPS) {
        size_t groups = p->l.groups - g < BLOCK_GROUPS ? p->l.groups - g : BLOCK_GROUPS;
        for (size_t t = 0; t < tiles; t++) {
            size_t from = part(rows, tiles, t), to = part(rows, tiles, t + 1);
            struct ft_panel_ahead ahead = {
                .panel = (const char *)next + g * group + t * groups * step, .step = step};
            k->tile[to - from](b->sums + from * k->width,
                               b->rows + from * p->row_bytes + g * FT_PANEL_GROUP, p->row_bytes,
                               panel + g * group, groups, g > 0, ahead);
        }
    }
}

/* Rows [row, row + rows), at most p->block, times the panels [begin, end). */
static void block_rows(const struct product *p, size_t row, size_t rows, size_t begin, size_t end,
                       char *scratch)
{
    struct block b = block_in(p, scratch);
    for (size_t r = 0; r < rows; r++)
        b.ranges[r] = quantize(p, b.rows + r * p->row_bytes, p->a + (row + r) * p->lda);
    for (size_t n = begin; n < end; n++) {
        const int8_t *panel = (const int8_t *)p->panels + p->l.panels + n * p->l.panel_bytes;
        multiply_panel(p, &b, rows, panel, n + 1 < end ? panel + p->l.panel_bytes : panel);
        finish_panel(p, b.sums, b.ranges, row, rows, n * p->l.kernels->width);
    }
}

static void multiply_piece(void *ctx, size_t begin, size_t end, int worker)
{
    const struct product *p = ctx;
    size_t across = (size_t)ft_pool_threads() / p->down;
    for (size_t i = begin; i < end; i++) {
        size_t row = part(p->M, p->down, i / across),
               rows = part(p->M, p->down, i / across + 1) - row;
        size_t from = p->first + part(p->count, across, i % across);
        size_t to = p->first + part(p->count, across, i % across + 1);
        size_t blocks = from < to ? (rows + p->block - 1) / p->block : 0;
        for (size_t k = 0; k < blocks; k++) {
            size_t first = part(rows, blocks, k), last = part(rows, blocks, k + 1);
            block_rows(p, row + first, last - first, from, to, ft_pool_scratch(worker));
        }
    }
}

void ft_panels_int8_product(float *c, size_t ldc, const float *a, size_t lda, size_t M, size_t I,
                            size_t O, const void *panels, size_t from, size_t n, const float *bias)
{
    struct product p = {.c = c,
                        .a = a,
                        .bias = bias,
                        .panels = panels,
                        .ldc = ldc,
                        .lda = lda,
                        .M = M,
                        .I = I,
                        .from = from,
                        .n = n};
    if (!M || !n) return;
    assert(from + n <= O && I <= FT_PANELS_INT8_I_MAX);
    bool fits = layout_of(&p.l, I, O);
    assert(fits);
    (void)fits;
    size_t width = p.l.kernels->width, threads = (size_t)ft_pool_threads();
    p.first = from / width;
    p.count = (from + n + width - 1) / width - p.first;
    p.row_bytes = (p.l.groups * FT_PANEL_GROUP + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    p.block = BLOCK_BYTES / p.row_bytes;
    if (p.block > BLOCK_ROWS) p.block = BLOCK_ROWS;
    assert(p.block); /* by FT_PANELS_INT8_I_MAX */
    p.down = ft_panels_pieces_down(M, p.count, threads);
    if (M * n < SERIAL_FLOPS / (I + 1)) {
        multiply_piece(&p, 0, threads, 0);
    } else {
        ft_pool_run(threads, 1, multiply_piece, &p);
    }
}
