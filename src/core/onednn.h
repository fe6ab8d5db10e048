/* Matrix products of oneDNN, on one thread, row-major: one of the backends of core/gemm.h. Built
 * where CMake finds oneDNN (FETTLE_ONEDNN); its library is opened at the first use, since it is
 * large and most commands do without. Where it isn't built or not on this machine, it is not there
 * and nothing of it may be called but ft_onednn_is_there and ft_onednn_has_bf16. Private to core.
 * Threads: all functions from any thread. */
#ifndef FT_CORE_ONEDNN_H
#define FT_CORE_ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ft_onednn_is_there(void);
/* "2.6.3" */
const char *ft_onednn_version(void);

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c; none of M, N, K is 0. beta 0 does not read c. */
void ft_onednn_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* The same with a and b in bf16 (core/bf16.h), where ft_onednn_has_bf16. false: this processor has
 * no such product (oneDNN 2.6 needs AVX-512, with avx512_bf16 or AMX to be fast); c is as it was. */
bool ft_onednn_has_bf16(void);
bool ft_onednn_gemm_bf16(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                         const uint16_t *a, size_t lda, const uint16_t *b, size_t ldb, float beta,
                         float *c, size_t ldc);

#endif
