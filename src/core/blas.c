/* Which kernels OpenBLAS takes, and that it starts no threads of its own. */
#include "core/blas.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <cblas.h>

/* The OpenMP runtime below OpenBLAS: the number of threads of products that this thread asks for.
 */
extern void omp_set_num_threads(int threads);

/* OpenBLAS's own start and end of its choice of kernels; not there when it was built for one
 * processor only. */
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern void gotoblas_dynamic_quit(void) __attribute__((weak));

static int blas_int(size_t n)
{
    assert(n <= INT_MAX);
    return (int)n;
}

static int leading(size_t ld)
{
    return ld == 0 ? 1 : blas_int(ld);
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

void ft_blas_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    start();
    cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans,
                trans_b ? CblasTrans : CblasNoTrans, blas_int(M), blas_int(N), blas_int(K), 1.0f, a,
                leading(lda), b, leading(ldb), beta, c, leading(ldc));
}

const char *ft_blas_core_name(void)
{
    return openblas_get_corename();
}
