/* A block of rows stays in the second-level cache while all panels go by, a part of K at a time that
 * stays in the first-level cache. Between the parts of K a sum waits in c, which rounds nothing. */
#include "core/panels.h"

#include "core/panel_kernels.h"
#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <string.h>

enum {
    BLOCK_K = 384,
    BLOCK_ROWS = 96,
    BLOCK_ROWS_MEANWHILE = 192, /* more, since each block arranges the panels again */
    SERIAL_FLOPS = 1 << 17      /* products below it are not worth a run */
};

struct product {
    const struct ft_panel_kernels *kernels;
    float *c;
    const float *a, *bias, *panels;
    size_t ldc, lda, M, from, n;
    struct ft_weights w;
    bool add;
    size_t first, count; /* panels that the columns lie in */
    size_t down;
};

size_t ft_panels_bytes(size_t I, size_t O)
{
    size_t width = ft_panel_kernels()->width, n;
    if (ft_size_add(O, width - 1, &n)) return SIZE_MAX;
    n = n / width * width;
    return ft_size_mul(n, I, &n) || ft_size_mul(n, sizeof(float), &n) ? SIZE_MAX : n;
}

/* Rows [k, k + K) of the panel of columns [column, column + width), zeros right of w. */
static void arrange(const struct ft_panel_kernels *kernels, float *panel,
                    const struct ft_weights *w, size_t column, size_t k, size_t K)
{
    size_t width = kernels->width, n = w->O - column < width ? w->O - column : width;
    if (w->in_out) {
        for (size_t i = 0; i < K; i++, panel += width) {
            memcpy(panel, w->w + (k + i) * w->ld + column, n * sizeof *panel);
            memset(panel + n, 0, (width - n) * sizeof *panel);
        }
        return;
    }
    const float *from = w->w + column * w->ld + k;
    if (n == width) {
        kernels->turn(panel, from, w->ld, K);
        return;
    }
    for (size_t i = 0; i < K; i++, panel += width) {
        for (size_t c = 0; c < n; c++)
            panel[c] = from[c * w->ld + i];
        memset(panel + n, 0, (width - n) * sizeof *panel);
    }
}

struct arranging {
    float *panels;
    const struct ft_weights *w;
};

static void arrange_panels(void *ctx, size_t begin, size_t end, int worker)
{
    const struct arranging *x = ctx;
    const struct ft_panel_kernels *kernels = ft_panel_kernels();
    (void)worker;
    for (size_t p = begin; p < end; p++)
        arrange(kernels, x->panels + p * kernels->width * x->w->I, x->w, p * kernels->width, 0,
                x->w->I);
}

void ft_panels_arrange(float *panels, const struct ft_weights *w)
{
    struct arranging x = {panels, w};
    size_t width = ft_panel_kernels()->width;
    ft_pool_run((w->O + width - 1) / width, 1, arrange_panels, &x);
}

/* Rows [row, row + rows) of the columns of a panel that belong to the product, not all of them. */
static void border_tile(const struct product *p, size_t column, size_t row, size_t rows,
                        const float *panel, size_t k, size_t K)
{
    float tile[FT_PANEL_ROWS_MAX * FT_PANEL_WIDTH_MAX];
    size_t width = p->kernels->width;
    size_t begin = column < p->from ? p->from - column : 0;
    size_t end = p->from + p->n - column < width ? p->from + p->n - column : width;
    memset(tile, 0, rows * width * sizeof *tile);
    for (size_t r = 0; r < rows; r++) {
        float *c = p->c + (row + r) * p->ldc + column - p->from;
        for (size_t i = begin; i < end; i++)
            tile[r * width + i] = k || p->add ? c[i]
                                  : p->bias   ? p->bias[column + i - p->from]
                                              : 0.0f;
    }
    p->kernels->tile[rows](tile, width, tile, width, p->a + row * p->lda + k, p->lda, panel, K);
    for (size_t r = 0; r < rows; r++)
        memcpy(p->c + (row + r) * p->ldc + column + begin - p->from, tile + r * width + begin,
               (end - begin) * sizeof *tile);
}

/* Rows [row, row + rows) of one panel over [k, k + K). */
static void panel_rows(const struct product *p, size_t column, size_t row, size_t rows,
                       const float *panel, size_t k, size_t K)
{
    size_t tiles = (rows + p->kernels->rows - 1) / p->kernels->rows;
    bool whole = column >= p->from && column + p->kernels->width <= p->from + p->n;
    for (size_t t = 0; t < tiles; t++) {
        size_t begin = row + rows * t / tiles, end = row + rows * (t + 1) / tiles;
        if (!whole) {
            border_tile(p, column, begin, end - begin, panel, k, K);
            continue;
        }
        float *c = p->c + begin * p->ldc + column - p->from;
        const float *init = k || p->add ? c : p->bias ? p->bias + column - p->from : NULL;
        p->kernels->tile[end - begin](c, p->ldc, init, k || p->add ? p->ldc : 0,
                                      p->a + begin * p->lda + k, p->lda, panel, K);
    }
}

static size_t part(size_t n, size_t parts, size_t i)
{
    return n * i / parts;
}

static void multiply_piece(void *ctx, size_t begin, size_t end, int worker)
{
    const struct product *p = ctx;
    size_t across = (size_t)ft_pool_threads() / p->down, width = p->kernels->width;
    size_t block = p->panels ? BLOCK_ROWS : BLOCK_ROWS_MEANWHILE;
    assert(BLOCK_K * width * sizeof(float) <= FT_POOL_SCRATCH_BYTES);
    for (size_t i = begin; i < end; i++) {
        size_t row_end = part(p->M, p->down, i / across + 1);
        size_t panel_begin = p->first + part(p->count, across, i % across);
        size_t panel_end = p->first + part(p->count, across, i % across + 1);
        for (size_t row = part(p->M, p->down, i / across); row < row_end; row += block) {
            size_t rows = row_end - row < block ? row_end - row : block;
            for (size_t k = 0; k < p->w.I; k += BLOCK_K) {
                size_t K = p->w.I - k < BLOCK_K ? p->w.I - k : BLOCK_K;
                for (size_t n = panel_begin; n < panel_end; n++) {
                    const float *panel = p->panels + n * width * p->w.I + k * width;
                    if (!p->panels) {
                        float *own = ft_pool_scratch(worker);
                        arrange(p->kernels, own, &p->w, n * width, k, K);
                        panel = own;
                    }
                    panel_rows(p, n * width, row, rows, panel, k, K);
                }
            }
        }
    }
}

size_t ft_panels_pieces_down(size_t rows, size_t panels, size_t threads)
{
    /* Each thread reads its panels alone, unless there are too few for even shares. */
    size_t down = 1;
    while (threads % (down * 2) == 0 && panels < 4 * (threads / down) && rows >= 16 * down)
        down *= 2;
    return down;
}

static void multiply(struct product *p)
{
    if (!p->M || !p->n) return;
    assert(p->from + p->n <= p->w.O);
    p->kernels = ft_panel_kernels();
    size_t width = p->kernels->width, threads = (size_t)ft_pool_threads();
    p->first = p->from / width;
    p->count = (p->from + p->n + width - 1) / width - p->first;
    if (!p->w.I) {
        for (size_t r = 0; r < p->M && !p->add; r++)
            for (size_t i = 0; i < p->n; i++)
                p->c[r * p->ldc + i] = p->bias ? p->bias[i] : 0.0f;
        return;
    }
    p->down = ft_panels_pieces_down(p->M, p->count, threads);
    if (p->M * p->n < SERIAL_FLOPS / p->w.I) {
        multiply_piece(p, 0, threads, 0);
    } else {
        ft_pool_run(threads, 1, multiply_piece, p);
    }
}

void ft_panels_product(float *c, size_t ldc, const float *a, size_t lda, size_t M,
                       const struct ft_weights *w, const float *panels, size_t from, size_t n,
                       const float *bias)
{
    struct product p = {.c = c,
                        .a = a,
                        .bias = bias,
                        .panels = panels,
                        .ldc = ldc,
                        .lda = lda,
                        .M = M,
                        .from = from,
                        .n = n,
                        .w = *w};
    multiply(&p);
}

void ft_panels_product_add(float *c, size_t ldc, const float *a, size_t lda, size_t M,
                           const struct ft_weights *w, const float *panels, size_t from, size_t n)
{
    struct product p = {.c = c,
                        .a = a,
                        .panels = panels,
                        .ldc = ldc,
                        .lda = lda,
                        .M = M,
                        .from = from,
                        .n = n,
                        .w = *w,
                        .add = true};
    multiply(&p);
}
