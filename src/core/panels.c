/* A block of rows stays in the second-level cache while panels go by, a part of K at a time that
 * stays in the first-level cache. Between the parts of K a sum waits in c, which rounds nothing.
 * Panels that are not there are arranged in the worker's scratch, as many as fit it, before all rows
 * go by; for few rows one at a time, which is then still in the first-level cache. */
#include "core/panels.h"

#include "core/panel_kernels.h"
#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <string.h>

enum {
    BLOCK_K = 384,
    BLOCK_ROWS = 96,
    ONE_PANEL_ROWS = 192,     /* up to so many rows panels are arranged one at a time */
    ARRANGED_K = 3 * BLOCK_K, /* at most at a time */
    SERIAL_FLOPS = 1 << 17    /* products below it are not worth a run */
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
            const float *row = w->w + (k + i) * w->ld + column;
            if (n == width) {
                for (size_t c = 0; c < width; c += FT_PANEL_WIDTH_STEP)
                    memcpy(panel + c, row + c, FT_PANEL_WIDTH_STEP * sizeof *panel);
            } else {
                memcpy(panel, row, n * sizeof *panel);
                memset(panel + n, 0, (width - n) * sizeof *panel);
            }
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
                        const float *a, const float *panel, size_t k, size_t K,
                        struct ft_panel_ahead ahead)
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
    p->kernels->tile[rows](tile, width, tile, width, a, p->lda, panel, K, ahead);
    for (size_t r = 0; r < rows; r++)
        memcpy(p->c + (row + r) * p->ldc + column + begin - p->from, tile + r * width + begin,
               (end - begin) * sizeof *tile);
}

static size_t part(size_t n, size_t parts, size_t i)
{
    return n * i / parts;
}

/* Rows [row, row + rows) of one panel over [k, k + K), which of a lie at `a`; `next` comes after
 * it. */
static void panel_rows(const struct product *p, size_t column, size_t row, size_t rows,
                       const float *a, const float *panel, size_t k, size_t K, const float *next)
{
    size_t lda = p->lda, tiles = (rows + p->kernels->rows - 1) / p->kernels->rows,
           width = p->kernels->width, step = (width * sizeof *panel + tiles - 1) / tiles;
    bool whole = column >= p->from && column + width <= p->from + p->n;
    for (size_t t = 0; t < tiles; t++) {
        size_t begin = part(rows, tiles, t), end = part(rows, tiles, t + 1);
        float *c = p->c + row * p->ldc + column - p->from, *at = c + begin * p->ldc;
        /* behind the last tile comes the first one of the next panel */
        bool last = t + 1 == tiles;
        struct ft_panel_ahead ahead = {.c = last ? c + width : c + end * p->ldc,
                                       .panel = (const char *)next + t * K * step,
                                       .step = step};
        if (!whole) {
            ahead.c = at;
            border_tile(p, column, row + begin, end - begin, a + begin * lda, panel, k, K, ahead);
            continue;
        }
        const float *init = k || p->add ? at : p->bias ? p->bias + column - p->from : NULL;
        p->kernels->tile[end - begin](at, p->ldc, init, k || p->add ? p->ldc : 0, a + begin * lda,
                                      lda, panel, K, ahead);
    }
}

/* What a worker does at a time: panels [panel, panel_end) over [k, k_end) of K. */
struct stretch {
    size_t panel, panel_end, k, k_end;
    const float *panels; /* those, k_end - k rows each */
    size_t each;         /* floats from one to the next */
};

static void stretch_rows(const struct product *p, const struct stretch *s, size_t row_begin,
                         size_t row_end)
{
    size_t width = p->kernels->width, K = s->k_end - s->k, parts = (K + BLOCK_K - 1) / BLOCK_K;
    size_t blocks = (row_end - row_begin + BLOCK_ROWS - 1) / BLOCK_ROWS;
    for (size_t i = 0; i < blocks; i++) {
        size_t row = row_begin + part(row_end - row_begin, blocks, i);
        size_t rows = row_begin + part(row_end - row_begin, blocks, i + 1) - row;
        for (size_t j = 0; j < parts; j++) {
            size_t k = part(K, parts, j), count = part(K, parts, j + 1) - k;
            const float *a = p->a + row * p->lda + s->k + k;
            for (size_t n = s->panel; n < s->panel_end; n++) {
                const float *panel = s->panels + (n - s->panel) * s->each + k * width;
                const float *next = n + 1 < s->panel_end ? panel + s->each
                                    : j + 1 < parts      ? s->panels + (k + count) * width
                                                         : panel;
                panel_rows(p, n * width, row, rows, a, panel, s->k + k, count, next);
            }
        }
    }
}

/* Without panels: arranges them, stretch by stretch, in the worker's scratch. */
static void arrange_and_multiply(const struct product *p, size_t row, size_t row_end, size_t panel,
                                 size_t panel_end, float *own)
{
    bool few = row_end - row <= ONE_PANEL_ROWS;
    size_t width = p->kernels->width, I = p->w.I, most_k = few ? BLOCK_K : ARRANGED_K;
    if (I < most_k) most_k = I;
    size_t most = few ? 1 : FT_POOL_SCRATCH_BYTES / (most_k * width * sizeof *own);
    size_t parts = (I + most_k - 1) / most_k;
    for (size_t j = 0; j < parts; j++) {
        size_t k = part(I, parts, j), K = part(I, parts, j + 1) - k;
        size_t stretches = (panel_end - panel + most - 1) / most;
        for (size_t i = 0; i < stretches; i++) {
            struct stretch s = {.panel = panel + part(panel_end - panel, stretches, i),
                                .panel_end = panel + part(panel_end - panel, stretches, i + 1),
                                .k = k,
                                .k_end = k + K,
                                .panels = own,
                                .each = K * width};
            for (size_t n = s.panel; n < s.panel_end; n++)
                arrange(p->kernels, own + (n - s.panel) * s.each, &p->w, n * width, k, K);
            stretch_rows(p, &s, row, row_end);
        }
    }
}

static void multiply_piece(void *ctx, size_t begin, size_t end, int worker)
{
    const struct product *p = ctx;
    size_t across = (size_t)ft_pool_threads() / p->down, width = p->kernels->width;
    for (size_t i = begin; i < end; i++) {
        size_t row = part(p->M, p->down, i / across), row_end = part(p->M, p->down, i / across + 1);
        size_t panel = p->first + part(p->count, across, i % across);
        size_t panel_end = p->first + part(p->count, across, i % across + 1);
        if (!p->panels) {
            arrange_and_multiply(p, row, row_end, panel, panel_end, ft_pool_scratch(worker));
            continue;
        }
        stretch_rows(p,
                     &(struct stretch){.panel = panel,
                                       .panel_end = panel_end,
                                       .k_end = p->w.I,
                                       .panels = p->panels + panel * width * p->w.I,
                                       .each = width * p->w.I},
                     row, row_end);
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

_Static_assert((size_t)ARRANGED_K *FT_PANEL_WIDTH_MAX * sizeof(float) <= FT_POOL_SCRATCH_BYTES,
               "a panel fits a worker's scratch");

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
