/* A product is cut over the pool's threads into a grid of nearly square pieces, each a product on
 * one thread: measured with two threads on OpenBLAS 0.3.21 this costs nothing against its own
 * threads, which wait in a barrier for each other (on a machine that computes something else too,
 * for milliseconds). */
#include "core/gemm.h"

#include "core/blas.h"
#include "core/gemm_bf16.h"
#include "core/onednn.h"
#include "core/panel_kernels.h"
#include "core/panels.h"
#include "core/panels_int8.h"
#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    BORDER = 16,            /* pieces start at multiples of it: the widest tile of the kernels */
    SERIAL_FLOPS = 1 << 18, /* products below it are not worth a run */
    OWN_ROWS_MAX = 128,     /* of a product whose panels are arranged meanwhile */
    PAGE_FLOATS = 1024,
    OWN_SIZE_MIN = 128 /* columns, and K, of one with more rows */
};

const char *ft_gemm_backend_name(enum ft_gemm_backend b)
{
    static const char *const names[FT_GEMM_BACKEND_COUNT] = {
#define X(id, word) [FT_GEMM_##id] = #word,
        FT_GEMM_BACKEND_LIST(X)
#undef X
    };
    return names[b];
}

static void scale_only(float *c, size_t ldc, size_t m, size_t n, float beta)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = beta == 0.0f ? 0.0f : c[i * ldc + j] * beta;
}

struct product {
    enum ft_gemm_backend backend;
    bool trans_a, trans_b;
    size_t m, n, k;
    float beta;
    const float *a, *b;
    const uint16_t *a16, *b16; /* of bf16, instead of a and b */
    float *c;
    size_t lda, ldb, ldc;
    size_t down; /* pieces of the rows; ft_pool_threads() / down of the columns */
};

static void multiply(const struct product *p, size_t row, size_t rows, size_t column,
                     size_t columns)
{
    size_t a = p->trans_a ? row : row * p->lda, b = p->trans_b ? column * p->ldb : column;
    float *c = p->c + row * p->ldc + column;
    if (p->a16)
        ft_gemm_bf16_one(p->trans_a, p->trans_b, rows, columns, p->k, p->a16 + a, p->lda,
                         p->b16 + b, p->ldb, p->beta, c, p->ldc);
    else
        (p->backend == FT_GEMM_ONEDNN ? ft_onednn_gemm : ft_blas_gemm)(
            p->trans_a, p->trans_b, rows, columns, p->k, p->a + a, p->lda, p->b + b, p->ldb,
            p->beta, c, p->ldc);
}

/* Part `i` of `parts` of [0, n). */
static void part(size_t n, size_t parts, size_t i, size_t *begin, size_t *count)
{
    size_t tiles = (n + BORDER - 1) / BORDER;
    size_t from = tiles * i / parts * BORDER, to = tiles * (i + 1) / parts * BORDER;
    *begin = from < n ? from : n;
    *count = (to < n ? to : n) - *begin;
}

static void multiply_piece(void *ctx, size_t begin, size_t end, int worker)
{
    const struct product *p = ctx;
    (void)worker;
    size_t across = (size_t)ft_pool_threads() / p->down;
    for (size_t i = begin; i < end; i++) {
        size_t row, rows, column, columns;
        part(p->m, p->down, i / across, &row, &rows);
        part(p->n, across, i % across, &column, &columns);
        if (rows && columns) multiply(p, row, rows, column, columns);
    }
}

/* Rows into how many pieces, so that a piece reads the least of a and b together. */
static size_t pieces_down(size_t m, size_t n, size_t threads)
{
    size_t best = 1, least = SIZE_MAX;
    for (size_t down = 1; down <= threads; down++) {
        if (threads % down) continue;
        size_t edge = m / down + n / (threads / down);
        if (edge < least) {
            least = edge;
            best = down;
        }
    }
    return best;
}

static void multiply_whole(struct product *p)
{
    size_t threads = (size_t)ft_pool_threads();
    if (threads == 1 || p->m * p->n < SERIAL_FLOPS / p->k) {
        multiply(p, 0, p->m, 0, p->n);
        return;
    }
    p->down = pieces_down(p->m, p->n, threads);
    ft_pool_run(threads, 1, multiply_piece, p);
}

bool ft_gemm_can(enum ft_gemm_backend b, bool trans_a, float beta)
{
    switch (b) {
    case FT_GEMM_ONEDNN:
        return ft_onednn_is_there();
    case FT_GEMM_OWN:
        return !trans_a && (beta == 0.0f || beta == 1.0f);
    default:
        return true;
    }
}

enum ft_gemm_backend ft_gemm_choice(bool trans_a, bool trans_b, size_t m, size_t n, size_t k,
                                    float beta)
{
    (void)trans_b;
    if (!ft_gemm_can(FT_GEMM_OWN, trans_a, beta)) return FT_GEMM_OPENBLAS;
    /* rows of a whole number of pages share their places in the first-level cache */
    bool many =
        ft_panel_kernels()->many_rows && n >= OWN_SIZE_MIN && k >= OWN_SIZE_MIN && k % PAGE_FLOATS;
    if (m <= OWN_ROWS_MAX || many) return FT_GEMM_OWN;
    return FT_GEMM_OPENBLAS;
}

void ft_gemm_by(enum ft_gemm_backend backend, bool trans_a, bool trans_b, size_t m, size_t n,
                size_t k, const float *a, size_t lda, const float *b, size_t ldb, float beta,
                float *c, size_t ldc)
{
    assert(ft_gemm_can(backend, trans_a, beta));
    if (m == 0 || n == 0) return;
    if (k == 0) {
        scale_only(c, ldc, m, n, beta);
        return;
    }
    if (backend == FT_GEMM_OWN) {
        struct ft_weights w = {.w = b, .ld = ldb, .in_out = !trans_b, .I = k, .O = n};
        if (beta == 0.0f)
            ft_panels_product(c, ldc, a, lda, m, &w, NULL, 0, n, NULL);
        else
            ft_panels_product_add(c, ldc, a, lda, m, &w, NULL, 0, n);
        return;
    }
    multiply_whole(&(struct product){.backend = backend,
                                     .trans_a = trans_a,
                                     .trans_b = trans_b,
                                     .m = m,
                                     .n = n,
                                     .k = k,
                                     .beta = beta,
                                     .a = a,
                                     .b = b,
                                     .c = c,
                                     .lda = lda,
                                     .ldb = ldb,
                                     .ldc = ldc});
}

void ft_gemm_bf16(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, const uint16_t *a,
                  size_t lda, const uint16_t *b, size_t ldb, float beta, float *c, size_t ldc)
{
    if (m == 0 || n == 0) return;
    if (k == 0)
        scale_only(c, ldc, m, n, beta);
    else
        multiply_whole(&(struct product){.backend = FT_GEMM_ONEDNN,
                                         .trans_a = trans_a,
                                         .trans_b = trans_b,
                                         .m = m,
                                         .n = n,
                                         .k = k,
                                         .beta = beta,
                                         .a16 = a,
                                         .b16 = b,
                                         .c = c,
                                         .lda = lda,
                                         .ldb = ldb,
                                         .ldc = ldc});
}

bool ft_gemm_bf16_has(void)
{
    return ft_gemm_bf16_way() != FT_GEMM_BF16_MISSING;
}

const char *ft_gemm_bf16_missing(void)
{
    return ft_gemm_bf16_why_missing();
}

void ft_gemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, const float *a, size_t lda,
             const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    ft_gemm_by(ft_gemm_choice(trans_a, trans_b, m, n, k, beta), trans_a, trans_b, m, n, k, a, lda,
               b, ldb, beta, c, ldc);
}

struct bias_rows {
    float *c;
    const float *bias;
    size_t n, ldc;
};

static void set_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct bias_rows *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++)
        memcpy(j->c + r * j->ldc, j->bias, j->n * sizeof *j->c);
}

/* Where sums can't begin with the bias, rows are set to it and the product is added, which costs one
 * pass less than adding it after. */
void ft_gemm_bias(bool trans_b, size_t m, size_t n, size_t k, const float *a, size_t lda,
                  const float *b, size_t ldb, const float *bias, float *c, size_t ldc)
{
    if (!bias) {
        ft_gemm(false, trans_b, m, n, k, a, lda, b, ldb, 0.0f, c, ldc);
    } else if (ft_gemm_choice(false, trans_b, m, n, k, 0.0f) == FT_GEMM_OWN) {
        struct ft_weights w = {.w = b, .ld = ldb, .in_out = !trans_b, .I = k, .O = n};
        ft_panels_product(c, ldc, a, lda, m, &w, NULL, 0, n, bias);
    } else {
        struct bias_rows j = {.c = c, .bias = bias, .n = n, .ldc = ldc};
        ft_pool_run(m, 8, set_rows, &j);
        ft_gemm(false, trans_b, m, n, k, a, lda, b, ldb, 1.0f, c, ldc);
    }
}

void ft_gemm_naive(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, const float *a,
                   size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t l = 0; l < k; l++)
                sum += (double)(trans_a ? a[l * lda + i] : a[i * lda + l]) *
                       (double)(trans_b ? b[j * ldb + l] : b[l * ldb + j]);
            double old = beta == 0.0f ? 0.0 : (double)beta * (double)c[i * ldc + j];
            c[i * ldc + j] = (float)(sum + old);
        }
    }
}

char *ft_gemm_text(void)
{
    char *onednn = ft_onednn_is_there() ? ft_xprintf(", oneDNN %s", ft_onednn_version()) : NULL;
    char *text = ft_xprintf("OpenBLAS (%s)%s, own kernels %s", ft_blas_core_name(),
                            onednn ? onednn : "", ft_panel_kernels()->name);
    free(onednn);
    return text;
}

char *ft_gemm_bf16_text(void)
{
    switch (ft_gemm_bf16_way()) {
    case FT_GEMM_BF16_ONEDNN:
        return ft_xprintf("oneDNN %s", ft_onednn_version());
    case FT_GEMM_BF16_EMULATED:
        return ft_xstrdup("emulated, slower than fp32 (FETTLE_BF16=emulate)");
    default:
        return ft_xprintf("none: %s", ft_gemm_bf16_why_missing());
    }
}

char *ft_gemm_int8_text(void)
{
    if (ft_panels_int8_fast()) return ft_xprintf("own kernels %s", ft_panel_kernels_int8()->name);
    return ft_xstrdup("none: not faster than fp32 on this processor");
}
