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
    BLOCK_ROWS = 96,
    SERIAL_FLOPS = 1 << 17, /* products below it are not worth a run */
    LINE_BYTES = 64
};
#define SCALE_MIN 1e-30f /* rows with a smaller maximum count as zeros */

struct layout {
    const struct ft_panel_kernels_int8 *kernels;
    size_t columns, groups;  /* O and I / group, rounded up */
    size_t sums, panels;     /* where they begin, in bytes */
    size_t panel_bytes, all; /* of one; of everything */
};

static bool layout_of(struct layout *l, size_t I, size_t O)
{
    const struct ft_panel_kernels_int8 *k = ft_panel_kernels_int8();
    size_t n, bytes;
    *l = (struct layout){.kernels = k, .groups = I / k->group + (I % k->group != 0)};
    if (ft_size_add(O, k->width - 1, &n)) return false;
    l->columns = n / k->width * k->width;
    if (ft_size_mul(l->columns, 4, &bytes) || ft_size_add(bytes, LINE_BYTES - 1, &bytes))
        return false;
    l->sums = bytes / LINE_BYTES * LINE_BYTES;
    if (ft_size_mul(l->sums, 2, &l->panels) ||
        ft_size_mul(l->groups, k->group * k->width, &l->panel_bytes) ||
        ft_size_mul(l->panel_bytes, l->columns / k->width, &bytes))
        return false;
    return !ft_size_add(l->panels, bytes, &l->all);
}

bool ft_panels_int8_fast(void)
{
    const struct ft_panel_kernels_int8 *k = ft_panel_kernels_int8();
    /* pairs of 16 bits against AVX-512 floats gain nothing */
    return k->fast && !(k->group == 2 && ft_panel_kernels()->width > k->width);
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

/* Column n into its places of the panel. The places right of w stay zero. */
static void arrange_column(const struct arranging *x, size_t n, float *v, int8_t *q)
{
    const struct ft_weights *w = x->w;
    const struct layout *l = &x->l;
    size_t width = l->kernels->width, group = l->kernels->group, all = l->groups * group;
    int8_t *panel = (int8_t *)x->to + l->panels + n / width * l->panel_bytes + n % width * group;
    float most = 0;
    if (w->in_out) {
        for (size_t i = 0; i < w->I; i++)
            v[i] = w->w[i * w->ld + n];
    } else {
        memcpy(v, w->w + n * w->ld, w->I * sizeof *v);
    }
    for (size_t i = 0; i < w->I; i++)
        most = fabsf(v[i]) > most ? fabsf(v[i]) : most;
    float inverse = most > 0 && isfinite(127.0f / most) ? 127.0f / most : 0;
    int32_t sum = 0;
    for (size_t i = 0; i < w->I; i++)
        q[i] = (int8_t)rintf(v[i] * inverse);
    for (size_t i = 0; i < w->I; i++)
        sum += q[i];
    memset(q + w->I, 0, all - w->I);
    for (size_t i = 0; i < all; i += group, panel += group * width)
        memcpy(panel, q + i, group);
    ((float *)(void *)x->to)[n] = inverse > 0 ? most / 127.0f : 0;
    ((int32_t *)(void *)(x->to + l->sums))[n] = sum;
}

static void arrange_panels(void *ctx, size_t begin, size_t end, int worker)
{
    const struct arranging *x = ctx;
    size_t width = x->l.kernels->width, last = end * width < x->w->O ? end * width : x->w->O;
    float *v = ft_pool_scratch(worker);
    assert(x->w->I * (sizeof *v + 1) + LINE_BYTES <= FT_POOL_SCRATCH_BYTES);
    for (size_t p = begin; p < end; p++)
        memset(x->to + x->l.panels + p * x->l.panel_bytes, 0, x->l.panel_bytes);
    for (size_t n = last; n < end * width; n++) {
        ((float *)(void *)x->to)[n] = 0;
        ((int32_t *)(void *)(x->to + x->l.sums))[n] = 0;
    }
    for (size_t n = begin * width; n < last; n++)
        arrange_column(x, n, v, (int8_t *)(v + x->w->I));
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
    size_t row_bytes, block; /* of a quantized row: groups of four bytes; so many rows at a time */
};

/* The scale and zero point of a row. */
struct range {
    float scale;
    int32_t zero;
};

static struct range range_of(const float *x, size_t n)
{
    vf low = vf_set(0.0f), high = low, none = low; /* none: NaN where something is not finite */
    for (size_t i = 0; i < n; i += VW) {
        vf v = n - i < VW ? vf_load_n(x + i, n - i) : vf_load(x + i);
        low = vf_min(low, v);
        high = vf_max(high, v);
        none += v - v;
    }
    if (isnan(vf_sum_f(none))) return (struct range){NAN, 0};
    float most = vf_max_of(high), least = -vf_max_of(-low);
    float scale = (most - least) / 255.0f;
    if (scale < SCALE_MIN || !isfinite(scale)) return (struct range){0, 0};
    return (struct range){scale, (int32_t)rintf(-least / scale)};
}

/* Whole numbers 0..255, as floats. */
VEC_INLINE vf quantized(vf x, vf inverse, vf zero)
{
    vf q = vf_rint(x * inverse) + zero;
    return vf_min(vf_set(255.0f), vf_max(vf_set(0.0f), q));
}

static struct range quantize(const struct product *p, void *to, const float *x)
{
    struct range r = range_of(x, p->I);
    vf inverse = vf_set(1.0f / r.scale), zero = vf_set((float)r.zero);
    if (!(r.scale > 0)) { /* all zero, or not finite */
        memset(to, 0, p->row_bytes);
        return r;
    }
    uint8_t *bytes = to;
    int16_t *words = to;
    bool pairs = p->l.kernels->group == 2;
    float q[VW];
    for (size_t i = 0; i < p->I; i += VW) {
        size_t n = p->I - i < VW ? p->I - i : VW;
        vf_store(q, quantized(n == VW ? vf_load(x + i) : vf_load_n(x + i, n), inverse, zero));
        if (pairs) {
            for (size_t l = 0; l < n; l++)
                words[i + l] = (int16_t)q[l];
        } else {
            for (size_t l = 0; l < n; l++)
                bytes[i + l] = (uint8_t)q[l];
        }
    }
    for (size_t i = p->I; i < p->l.groups * p->l.kernels->group; i++) {
        if (pairs)
            words[i] = 0;
        else
            bytes[i] = 0;
    }
    return r;
}

/* --- products --- */

static void finish_tile(const struct product *p, const int32_t *tile, const struct range *ranges,
                        size_t row, size_t rows, size_t column)
{
    size_t width = p->l.kernels->width;
    const float *scale = (const float *)(const void *)p->panels + column;
    const int32_t *sum = (const int32_t *)(const void *)(p->panels + p->l.sums) + column;
    size_t begin = column < p->from ? p->from - column : 0;
    size_t end = p->from + p->n - column < width ? p->from + p->n - column : width;
    for (size_t r = 0; r < rows; r++) {
        float *c = p->c + (row + r) * p->ldc + column - p->from;
        const float *bias = p->bias ? p->bias + column - p->from : NULL;
        float row_scale = ranges[r].scale;
        int32_t zero = ranges[r].zero;
        for (size_t i = begin; i < end; i++) {
            float y = (float)(tile[r * width + i] - zero * sum[i]) * (row_scale * scale[i]);
            c[i] = bias ? y + bias[i] : y;
        }
    }
}

static size_t part(size_t n, size_t parts, size_t i)
{
    return n * i / parts;
}

/* Rows [row, row + rows), which fit in the scratch, times the panels [begin, end). */
static void block_rows(const struct product *p, size_t row, size_t rows, size_t begin, size_t end,
                       char *scratch)
{
    int32_t tile[FT_PANEL_ROWS_MAX * FT_PANEL_WIDTH_MAX];
    struct range *ranges = (struct range *)(void *)(scratch + p->block * p->row_bytes);
    const struct ft_panel_kernels_int8 *k = p->l.kernels;
    size_t tiles = (rows + k->rows - 1) / k->rows;
    for (size_t r = 0; r < rows; r++)
        ranges[r] = quantize(p, scratch + r * p->row_bytes, p->a + (row + r) * p->lda);
    for (size_t n = begin; n < end; n++) {
        const int8_t *panel = (const int8_t *)p->panels + p->l.panels + n * p->l.panel_bytes;
        for (size_t t = 0; t < tiles; t++) {
            size_t from = part(rows, tiles, t), to = part(rows, tiles, t + 1);
            k->tile[to - from](tile, scratch + from * p->row_bytes, p->row_bytes, panel,
                               p->l.groups);
            finish_tile(p, tile, ranges + from, row + from, to - from, n * k->width);
        }
    }
}

static void multiply_piece(void *ctx, size_t begin, size_t end, int worker)
{
    const struct product *p = ctx;
    size_t across = (size_t)ft_pool_threads() / p->down;
    for (size_t i = begin; i < end; i++) {
        size_t row_end = part(p->M, p->down, i / across + 1);
        size_t from = p->first + part(p->count, across, i % across);
        size_t to = p->first + part(p->count, across, i % across + 1);
        for (size_t row = part(p->M, p->down, i / across); from < to && row < row_end;
             row += p->block)
            block_rows(p, row, row_end - row < p->block ? row_end - row : p->block, from, to,
                       ft_pool_scratch(worker));
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
    p.row_bytes = (p.l.groups * 4 + LINE_BYTES - 1) / LINE_BYTES * LINE_BYTES;
    p.block = FT_POOL_SCRATCH_BYTES / 2 / (p.row_bytes + sizeof(struct range));
    if (p.block > BLOCK_ROWS) p.block = BLOCK_ROWS;
    p.down = ft_panels_pieces_down(M, p.count, threads);
    if (M * n < SERIAL_FLOPS / (I + 1)) {
        multiply_piece(&p, 0, threads, 0);
    } else {
        ft_pool_run(threads, 1, multiply_piece, &p);
    }
}
