#include "core/onednn.h"

#include <assert.h>

#if FETTLE_ONEDNN

#include <dlfcn.h>
#include <dnnl.h>
#include <pthread.h>
#include <stdio.h>

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)
#define LIBRARY    "libdnnl.so." TEXT(DNNL_VERSION_MAJOR)

/* The OpenMP runtime below it: the number of threads of products that this thread asks for. */
extern void omp_set_num_threads(int threads);

#if defined(__SANITIZE_ADDRESS__)
/* The leak sanitizer crashes at the end of a program over the thread-local data of libraries that
 * were opened like this one, unless it leaves them alone. Read by the sanitizer. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "intercept_tls_get_addr=0";
}
#endif

/* Exported by oneDNN 1.3 and later, and not declared in its headers; row-major as dnnl_sgemm. */
typedef dnnl_status_t bf16_gemm(char trans_a, char trans_b, dnnl_dim_t M, dnnl_dim_t N,
                                dnnl_dim_t K, float alpha, const uint16_t *a, dnnl_dim_t lda,
                                const uint16_t *b, dnnl_dim_t ldb, float beta, float *c,
                                dnnl_dim_t ldc);

static __typeof__(&dnnl_sgemm) sgemm;
static bf16_gemm *gemm_bf16;
static char version[32];

static void open_library(void)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) return;
    /* POSIX lets a pointer to an object hold a function; C has no cast for it */
    union {
        void *object;
        __typeof__(&dnnl_sgemm) sgemm;
        __typeof__(&dnnl_version) version;
        bf16_gemm *gemm_bf16;
    } found = {.object = dlsym(library, "dnnl_version")};
    if (!found.object) return;
    const dnnl_version_t *v = found.version();
    snprintf(version, sizeof version, "%d.%d.%d", v->major, v->minor, v->patch);
    found.object = dlsym(library, "dnnl_sgemm");
    if (found.object) sgemm = found.sgemm;
    found.object = dlsym(library, "dnnl_gemm_bf16bf16f32");
    if (found.object) gemm_bf16 = found.gemm_bf16;
}

bool ft_onednn_is_there(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_library);
    return sgemm != NULL;
}

bool ft_onednn_has_bf16(void)
{
    return ft_onednn_is_there() && gemm_bf16;
}

const char *ft_onednn_version(void)
{
    return version;
}

static void on_one_thread(void)
{
    static _Thread_local bool is_started;
    if (!is_started) omp_set_num_threads(1);
    is_started = true;
}

void ft_onednn_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    on_one_thread();
    dnnl_status_t st =
        sgemm(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', (dnnl_dim_t)M, (dnnl_dim_t)N, (dnnl_dim_t)K,
              1.0f, a, (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c, (dnnl_dim_t)ldc);
    assert(st == dnnl_success);
    (void)st;
}

bool ft_onednn_gemm_bf16(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                         const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                         float *c, size_t ldc)
{
    on_one_thread();
    return !gemm_bf16(trans_a ? 'T' : 'N', trans_b ? 'T' : 'N', (dnnl_dim_t)M, (dnnl_dim_t)N,
                      (dnnl_dim_t)K, 1.0f, a, (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, beta, c,
                      (dnnl_dim_t)ldc);
}

#else

bool ft_onednn_is_there(void)
{
    return false;
}

const char *ft_onednn_version(void)
{
    return "none";
}

void ft_onednn_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc)
{
    (void)trans_a, (void)trans_b, (void)M, (void)N, (void)K, (void)a, (void)lda, (void)b, (void)ldb;
    (void)beta, (void)c, (void)ldc;
    assert(false && "oneDNN is not there");
}

bool ft_onednn_has_bf16(void)
{
    return false;
}

bool ft_onednn_gemm_bf16(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                         const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                         float *c, size_t ldc)
{
    (void)trans_a, (void)trans_b, (void)M, (void)N, (void)K, (void)a, (void)lda, (void)b, (void)ldb;
    (void)beta, (void)c, (void)ldc;
    return false;
}

#endif
