/* Matrix products: the only caller of OpenBLAS, and a naive version that is always compiled and
 * serves as the tests' oracle. Row-major. Uses the pool of core/pool.h; inside a pool run it
 * computes serially.

 */
#ifndef FT_CORE_BLAS_H
#define FT_CORE_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* c(M,N) = alpha op(a)(M,K) op(b)(K,N) + beta c, op(x) = x or, when trans, x transposed.
 * lda, ldb, ldc: floats from one stored row to the next. beta 0 does not read c. Any of M, N, K may
 * be 0 (K = 0 scales c by beta). */
void ft_blas_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, float alpha,
                  const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                  size_t ldc);

/* The same, plainly, sums in double. */
void ft_blas_gemm_naive(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, float alpha,
                        const float *a, size_t lda, const float *b, size_t ldb, float beta,
                        float *c, size_t ldc);

/* The processor OpenBLAS chose its kernels for, for example "SkylakeX". */
const char *ft_blas_core_name(void);

#endif
