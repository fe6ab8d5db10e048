/* Products of matrices in bf16 (core/bf16.h) with sums in fp32: which of them this machine has, and
 * one product on one thread. core/gemm.h cuts products for the pool's threads.
 *
 *     oneDNN     where the processor has avx512_bf16 or amx_bf16 and the library is there. Asked for
 *                once, then checked against the emulation on small products, whose results are exact.
 *     emulated   everywhere else: right, and slower than fp32. A precision is not used because of it,
 *                unless the environment has FETTLE_BF16=emulate (for tests).
 *
 * oneDNN's product flushes denormals to zero; the emulation does not. Private to core.
 * Threads: all functions from any thread. */
#ifndef FT_CORE_GEMM_BF16_H
#define FT_CORE_GEMM_BF16_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_gemm_bf16_way { FT_GEMM_BF16_MISSING, FT_GEMM_BF16_ONEDNN, FT_GEMM_BF16_EMULATED };
/* What products are computed by, and why there is nothing faster than fp32: "this processor has
 * neither avx512_bf16 nor amx_bf16"; "" otherwise. MISSING computes as EMULATED does. */
enum ft_gemm_bf16_way ft_gemm_bf16_way(void);
const char *ft_gemm_bf16_why_missing(void);

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c, on this thread, as in gemm.h; none of M, N, K is 0. */
void ft_gemm_bf16_one(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const uint16_t *a,
                      size_t lda, const uint16_t *b, size_t ldb, float beta, float *c, size_t ldc);

/* The same by the emulation: a sum starts with beta c and adds the products in the order of K, each
 * rounded to fp32. An element's bits depend on its row of a and its column of b alone. */
void ft_gemm_bf16_emulated(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                           const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                           float *c, size_t ldc);

#endif
