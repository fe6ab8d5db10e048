/* Matrix products through OpenBLAS, and the naive twin. The product is cut over the pool's threads
 * into a grid of nearly square pieces, each a product by OpenBLAS on one thread: measured with two
 * threads on 0.3.21 this costs nothing against its own threads, which wait in a barrier for each
 * other (on a machine that computes something else too, for milliseconds). */
#include "core/blas.h"

#include <assert.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <cblas.h>
#include "core/pool.h"

/* The OpenMP runtime below OpenBLAS: the number of threads of products that this thread asks for.
 */
extern void omp_set_num_threads(int threads);

/* OpenBLAS's own start and end of its choice of kernels; not there when it was built for one
 * processor only. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

enum {
    BORDER = 16,           /* pieces start at multiples of it: the widest tile of the kernels */
    SERIAL_FLOPS = 1 << 18 /* products below it are not worth a run */
};

static int blas_int(size_t n)
{
    assert(n <= INT_MAX);
    return (int)n;
}

static int leading(size_t ld)
{
    return ld == 0 ? 1 : blas_int(ld);
}

static void scale_only(float *c, size_t ldc, size_t m, size_t n, float beta)
{
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            c[i * ldc + j] = beta == 0.0f ? 0.0f : c[i * ldc + j] * beta;
}

/* How wide the vectors of a set of kernels are: 3 AVX-512, 2 AVX2, 1 less. */
static int width_of(const char *kernels)
{
    static const char *const wide[] = {"SkylakeX", "Cooperlake", "SapphireRapids"},
                             *const middle[] = {"Haswell", "Zen"};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (!strcasecmp(kernels, wide[i])) return 3;
    for (size_t i = 0; i < sizeof middle / sizeof *middle; i++)
        if (!strcasecmp(kernels, middle[i])) return 2;
    return 1;
}

/* OpenBLAS knows processors by their model number and takes SSE3 kernels for one that is newer than
 * itself (0.3.21 on Emerald Rapids: a fifth of the speed). Where the processor's features allow
 * wider ones, and the user has not chosen, its choice is made again with them. Before main, while
 * there are no threads. */
static void choose_kernels(void)
{
#if defined(__x86_64__)
    static const char variable[] = "OPENBLAS_CORETYPE";
    if (!gotoblas_dynamic_init || !gotoblas_dynamic_quit || getenv(variable)) return;
    __builtin_cpu_init();
    const char *kernels = NULL;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        kernels = __builtin_cpu_supports("avx512bf16") ? "Cooperlake" : "SkylakeX";
    else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels = "Haswell";
    if (!kernels || width_of(kernels) <= width_of(openblas_get_corename())) return;
    setenv(variable, kernels, 1);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    unsetenv(variable);
#endif
}

/* The pthread build of OpenBLAS starts threads of its own and ignores the setting of OpenMP; its
 * number of threads is that of the process, so it is set before main, while no product runs. */
__attribute__((constructor)) static void prepare(void)
{
    choose_kernels();
    openblas_set_num_threads(1);
}

/* Once for each thread: the OpenMP build takes the number of its threads from OpenMP. */
static void start(void)
{
    static _Thread_local bool is_started;
    if (!is_started) omp_set_num_threads(1);
    is_started = true;
}

struct product {
    bool trans_a, trans_b;
    size_t m, n, k;
    float alpha, beta;
    const float *a, *b;
    float *c;
    size_t lda, ldb, ldc;
    size_t down; /* pieces of the rows; ft_pool_threads() / down of the columns */
};

static void multiply(const struct product *p, size_t row, size_t rows, size_t column,
                     size_t columns)
{
    start();
    const float *a = p->a + (p->trans_a ? row : row * p->lda);
    const float *b = p->b + (p->trans_b ? column * p->ldb : column);
    cblas_sgemm(CblasRowMajor, p->trans_a ? CblasTrans : CblasNoTrans,
                p->trans_b ? CblasTrans : CblasNoTrans, blas_int(rows), blas_int(columns),
                blas_int(p->k), p->alpha, a, leading(p->lda), b, leading(p->ldb), p->beta,
                p->c + row * p->ldc + column, leading(p->ldc));
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

void ft_blas_gemm(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc)
{
    if (m == 0 || n == 0) return;
    if (k == 0) {
        scale_only(c, ldc, m, n, beta);
        return;
    }
    struct product p = {trans_a, trans_b, m, n, k, alpha, beta, a, b, c, lda, ldb, ldc, 1};
    size_t threads = (size_t)ft_pool_threads();
    if (threads == 1 || m * n < SERIAL_FLOPS / k) {
        multiply(&p, 0, m, 0, n);
        return;
    }
    p.down = pieces_down(m, n, threads);
    ft_pool_run(threads, 1, multiply_piece, &p);
}

void ft_blas_gemm_naive(bool trans_a, bool trans_b, size_t m, size_t n, size_t k, float alpha,
                        const float *a, size_t lda, const float *b, size_t ldb, float beta,
                        float *c, size_t ldc)
{
    for (size_t i = 0; i < m; i++) {
        for (size_t j = 0; j < n; j++) {
            double sum = 0.0;
            for (size_t l = 0; l < k; l++)
                sum += (double)(trans_a ? a[l * lda + i] : a[i * lda + l]) *
                       (double)(trans_b ? b[j * ldb + l] : b[l * ldb + j]);
            double old = beta == 0.0f ? 0.0 : (double)beta * (double)c[i * ldc + j];
            c[i * ldc + j] = (float)((double)alpha * sum + old);
        }
    }
}

const char *ft_blas_core_name(void)
{
    return openblas_get_corename();
}
