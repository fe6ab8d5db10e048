/* Matrix products, the one interface to what computes them. Row-major, fp32. Backends:
 *
 *     openblas   always there
 *     onednn     where CMake finds it (Debian: libdnnl-dev; -DFETTLE_ONEDNN=OFF does without)
 *     own        core/panels.h: rows times a matrix, transposed or not
 *
 * The backend is a function of the product's shape and the processor alone, so a run gives the same
 * bits every time on one machine and build. Weights that stay, forward and without gradients, are
 * products of core/panels.h directly: see core/net_weights.c.
 *
 * The choice follows measurements on AVX2 (bench/bench_rows.c, Zen 3): own kernels win up to about 128
 * rows by far, and by 1 to 5 % for more, unless K is a whole number of pages. OpenBLAS is ahead in sums
 * over many rows (dw). With AVX-512 it also computes the products of many rows. oneDNN only serves to
 * compare (`fettle bench`).
 *
 * Threads: by core/pool.h; inside a pool run a product is computed serially. A product that takes
 * the own backend must not be made inside a run. */
#ifndef FT_CORE_GEMM_H
#define FT_CORE_GEMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, word) */
#define FT_GEMM_BACKEND_LIST(X)                                                                    \
    X(OPENBLAS, openblas)                                                                          \
    X(ONEDNN, onednn)                                                                              \
    X(OWN, own)
enum ft_gemm_backend {
#define X(id, word) FT_GEMM_##id,
    FT_GEMM_BACKEND_LIST(X)
#undef X
        FT_GEMM_BACKEND_COUNT
};
const char *ft_gemm_backend_name(enum ft_gemm_backend b);

/* c(M,N) = op(a)(M,K) op(b)(K,N) + beta c, op(x) = x or, when trans, x transposed.
 * lda, ldb, ldc: floats from one stored row to the next. beta 0 does not read c. Any of M, N, K may
 * be 0 (K = 0 scales c by beta). */
void ft_gemm(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a, size_t lda,
             const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* c(M,N) = a(M,K) op(b)(K,N) + bias(N) in each row; NULL: none. */
void ft_gemm_bias(bool trans_b, size_t M, size_t N, size_t K, const float *a, size_t lda,
                  const float *b, size_t ldb, const float *bias, float *c, size_t ldc);

/* The backend that ft_gemm takes for a shape. */
enum ft_gemm_backend ft_gemm_choice(bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                                    float beta);
/* Whether a backend is there and can do such a product; and the product by it, to compare them. */
bool ft_gemm_can(enum ft_gemm_backend b, bool trans_a, float beta);
void ft_gemm_by(enum ft_gemm_backend b, bool trans_a, bool trans_b, size_t M, size_t N, size_t K,
                const float *a, size_t lda, const float *b_, size_t ldb, float beta, float *c,
                size_t ldc);

/* The same with a and b in bf16 (core/bf16.h) and sums in fp32; lda and ldb count values. By oneDNN
 * where the processor multiplies bf16 faster than fp32 (ft_gemm_bf16_has), emulated elsewhere. */
void ft_gemm_bf16(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const uint16_t *a,
                  size_t lda, const uint16_t *b, size_t ldb, float beta, float *c, size_t ldc);
/* Whether it is to be used: the processor and oneDNN have it, or FETTLE_BF16=emulate asks for the
 * emulation. Otherwise the reason: "this processor has neither avx512_bf16 nor amx_bf16"; "". */
bool ft_gemm_bf16_has(void);
const char *ft_gemm_bf16_missing(void);

/* The same plainly, sums in double: the tests' oracle. */
void ft_gemm_naive(bool trans_a, bool trans_b, size_t M, size_t N, size_t K, const float *a,
                   size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/* What computes, for a person: "OpenBLAS (SkylakeX), oneDNN 2.6.3, own kernels avx512"; what bf16
 * ("oneDNN 2.6.3") and the own kernels for int8 ("avx512-vnni"), or why there are none ("none:
 * ..."). free() them. */
char *ft_gemm_text(void);
char *ft_gemm_bf16_text(void);
char *ft_gemm_int8_text(void);

#endif
