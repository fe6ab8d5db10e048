/* Matrix products of OpenBLAS, on one thread, row-major: one of the backends of core/gemm.h, which
 * is the interface. Private to core. */
#ifndef FT_CORE_BLAS_H
#define FT_CORE_BLAS_H

#include <stdbool.h>
#include <stddef.h>

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c; none of M, N, K is 0. beta 0 does not read c. */
void ft_blas_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                  size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The processor OpenBLAS chose its kernels for, for example "SkylakeX". */
const char *ft_blas_core_name(void);

#endif
