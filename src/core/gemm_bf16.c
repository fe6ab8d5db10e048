/* The choice is made once. No machine with such a processor was at hand when this was written: hence
 * the check against the emulation before oneDNN's products are used. */
#include "core/gemm_bf16.h"

#include "core/bf16.h"
#include "core/onednn.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum {
    TILE = 64,    /* columns of the emulation that are summed together */
    BLOCK_K = 64, /* rows of b that are converted at a time */
    CHECK_MAX = 40
};

/* --- the emulation --- */

static float at(const uint16_t *x, size_t ld, bool trans, size_t row, size_t column)
{
    return ft_bf16_float(trans ? x[column * ld + row] : x[row * ld + column]);
}

void ft_gemm_bf16_emulated(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                           const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                           float *c, size_t ldc)
{
    float part[BLOCK_K][TILE];
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < N; j++)
            c[i * ldc + j] = beta == 0.0f ? 0.0f : c[i * ldc + j] * beta;
    for (size_t j = 0; j < N; j += TILE) {
        size_t n = N - j < TILE ? N - j : TILE;
        for (size_t l = 0; l < K; l += BLOCK_K) {
            size_t k = K - l < BLOCK_K ? K - l : BLOCK_K;
            for (size_t p = 0; p < k; p++)
                for (size_t q = 0; q < n; q++)
                    part[p][q] = at(b, ldb, trans_b, l + p, j + q);
            for (size_t i = 0; i < M; i++) {
                float *restrict sums = c + i * ldc + j;
                for (size_t p = 0; p < k; p++) {
                    float x = at(a, lda, trans_a, i, l + p);
                    for (size_t q = 0; q < n; q++)
                        sums[q] += x * part[p][q];
                }
            }
        }
    }
}

/* --- what is there --- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static enum ft_gemm_bf16_way way;
static const char *why = "";

/* avx512_bf16 or amx_bf16, with the registers that the system must save for it. */
static bool processor_has_it(void)
{
#if defined(__x86_64__)
    enum { AVX512_BF16 = 1 << 5, AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, OSXSAVE = 1 << 27 };
    enum { WIDE = 0xe6, TILES = 3 << 17 }; /* of XCR0 */
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & OSXSAVE)) return false;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    if ((low & WIDE) != WIDE || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
    if ((d & AMX_BF16) && (d & AMX_TILE) && (low & TILES) == TILES) return true;
    return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & AVX512_BF16);
#else
    return false;
#endif
}

/* Whole numbers, whose sums are exact in any order: oneDNN and the emulation must agree. */
static bool agrees(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, float beta)
{
    uint16_t a[CHECK_MAX * CHECK_MAX], b[CHECK_MAX * CHECK_MAX];
    float c[CHECK_MAX * CHECK_MAX], expected[CHECK_MAX * CHECK_MAX];
    for (size_t i = 0; i < CHECK_MAX * CHECK_MAX; i++) {
        a[i] = ft_bf16_of((float)(i * 7 % 23) - 11);
        b[i] = ft_bf16_of((float)(i * 5 % 19) - 9);
        c[i] = expected[i] = (float)(i % 17);
    }
    ft_gemm_bf16_emulated(trans_a, trans_b, M, N, K, a, CHECK_MAX, b, CHECK_MAX, beta, expected,
                          CHECK_MAX);
    return ft_onednn_gemm_bf16(trans_a, trans_b, M, N, K, a, CHECK_MAX, b, CHECK_MAX, beta, c,
                               CHECK_MAX) &&
           !memcmp(c, expected, sizeof c);
}

static bool onednn_is_right(void)
{
    static const size_t sizes[][3] = {{1, 40, 40}, {33, 17, 40}, {40, 40, 1}, {16, 33, 39}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (unsigned bits = 0; bits < 8; bits++)
            if (!agrees(bits & 1, bits & 2, sizes[i][0], sizes[i][1], sizes[i][2],
                        bits & 4 ? 1.0f : 0.0f))
                return false;
    return true;
}

static void choose(void)
{
    const char *asked = getenv("FETTLE_BF16");
    if (asked && !strcmp(asked, "emulate"))
        way = FT_GEMM_BF16_EMULATED;
    else if (!processor_has_it())
        why = "this processor has neither avx512_bf16 nor amx_bf16";
    else if (!ft_onednn_is_there())
        why = "oneDNN is not installed";
    else if (!ft_onednn_has_bf16())
        why = "this version of oneDNN has no bf16 products";
    else if (!onednn_is_right())
        why = "oneDNN's bf16 products are wrong on this processor";
    else
        way = FT_GEMM_BF16_ONEDNN;
}

enum ft_gemm_bf16_way ft_gemm_bf16_way(void)
{
    pthread_once(&once, choose);
    return way;
}

const char *ft_gemm_bf16_why_missing(void)
{
    pthread_once(&once, choose);
    return why;
}

void ft_gemm_bf16_one(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const uint16_t *a,
                      size_t lda, const uint16_t *b, size_t ldb, float beta, float *c, size_t ldc)
{
    if (ft_gemm_bf16_way() == FT_GEMM_BF16_ONEDNN &&
        ft_onednn_gemm_bf16(trans_a, trans_b, M, N, K, a, lda, b, ldb, beta, c, ldc))
        return;
    ft_gemm_bf16_emulated(trans_a, trans_b, M, N, K, a, lda, b, ldb, beta, c, ldc);
}
