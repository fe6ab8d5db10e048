/* A product of few rows with a transposed matrix, as needed to predict a short text. OpenBLAS
 * first copies the whole matrix into an order of its own, which costs more than the product then;
 * here it is read once, in order, shared by the pool's threads. Private to core.
 *
 * The bits depend on the shapes alone, not on the number of threads. */
#ifndef FT_CORE_GEMM_SKINNY_H
#define FT_CORE_GEMM_SKINNY_H

#include <stddef.h>

enum { FT_GEMM_SKINNY_ROWS_MAX = 16 }; /* from about 20 on OpenBLAS is faster */

/* c(M,N) = a(M,K) b(N,K)^T + beta c, as ft_blas_gemm(false, true, ..); M at most
 * FT_GEMM_SKINNY_ROWS_MAX. beta 0 does not read c. */
void ft_gemm_skinny(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                    size_t M, size_t N, size_t K, float beta);

#endif
