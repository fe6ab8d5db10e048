/* The small products that attention is made of, C += A B: B in rows of whole vectors (heads padded to 16
 * columns), A by broadcast with any strides, so that it serves A transposed too. Internal to core:
 * only attention includes it. Names have no prefix, as static helpers. */
#ifndef FT_CORE_ATTN_TILE_H
#define FT_CORE_ATTN_TILE_H

#include "core/vec.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { ATTN_PAD = 16 };

static inline size_t round_up(size_t n)
{
    return (n + ATTN_PAD - 1) / ATTN_PAD * ATTN_PAD;
}

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Sum of products, always in the same order. */
static inline float dot(const float *x, const float *y, size_t n)
{
    vf s = vf_set(0.0f);
    size_t i = 0;
    for (; i + VW <= n; i += VW)
        s = vf_fma(vf_load(x + i), vf_load(y + i), s);
    float sum = vf_sum_f(s);
    for (; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static inline void add_row(float *restrict to, const float *restrict from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] += from[i];
}

static inline void add_scaled(float *restrict y, float f, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += f * x[i];
}

/* rows x (2 or 1 vectors) of C, held in registers over all of K. */
#define TILE_KERNEL(rows, vecs)                                                                    \
    VEC_INLINE void tile_##rows##x##vecs(float *c, size_t ldc, const float *a, size_t rs,          \
                                         size_t cs, const float *b, size_t ldb, size_t K,          \
                                         bool add)                                                 \
    {                                                                                              \
        vf acc[rows][vecs];                                                                        \
        for (int i = 0; i < rows; i++)                                                             \
            for (int j = 0; j < vecs; j++)                                                         \
                acc[i][j] = add ? vf_load(c + (size_t)i * ldc + (size_t)(j * VW)) : vf_set(0.0f);  \
        for (size_t k = 0; k < K; k++) {                                                           \
            vf row[vecs];                                                                          \
            for (int j = 0; j < vecs; j++)                                                         \
                row[j] = vf_load(b + k * ldb + (size_t)(j * VW));                                  \
            for (int i = 0; i < rows; i++) {                                                       \
                vf x = vf_set(a[(size_t)i * rs + k * cs]);                                         \
                for (int j = 0; j < vecs; j++)                                                     \
                    acc[i][j] = vf_fma(x, row[j], acc[i][j]);                                      \
            }                                                                                      \
        }                                                                                          \
        for (int i = 0; i < rows; i++)                                                             \
            for (int j = 0; j < vecs; j++)                                                         \
                vf_store(c + (size_t)i * ldc + (size_t)(j * VW), acc[i][j]);                       \
    }
/* The most rows: sums, a row of B and a broadcast fit in the vector registers, 16 of AVX2 and of SSE,
 * 32 of AVX-512. An element's sum is one chain over k, whatever the tile. */
#if VEC_BYTES == 64
#define TALL 8
TILE_KERNEL(8, 2)
#define tile_tall tile_8x2
#else
#define TALL      6
TILE_KERNEL(6, 2)
#define tile_tall tile_6x2
#endif
TILE_KERNEL(8, 1)
TILE_KERNEL(4, 2)
TILE_KERNEL(4, 1)
TILE_KERNEL(1, 2)
TILE_KERNEL(1, 1)

/* c(M,N) = (or +=) a b(K,N); element (i,k) of a is a[i*rs + k*cs]; N is a multiple of ATTN_PAD. */
static inline void product(float *c, size_t ldc, const float *a, size_t rs, size_t cs,
                           const float *b, size_t ldb, size_t M, size_t N, size_t K, bool add)
{
    for (size_t n = 0; n < N;) {
        size_t i = 0;
        if (N - n >= 2 * VW) {
            for (; i + TALL <= M; i += TALL)
                tile_tall(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            for (; i + 4 <= M; i += 4)
                tile_4x2(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            for (; i < M; i++)
                tile_1x2(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            n += 2 * VW;
        } else {
            for (; i + 8 <= M; i += 8)
                tile_8x1(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            for (; i + 4 <= M; i += 4)
                tile_4x1(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            for (; i < M; i++)
                tile_1x1(c + i * ldc + n, ldc, a + i * rs, rs, cs, b + n, ldb, K, add);
            n += VW;
        }
    }
}

/* rows x D, ld apart, into rows of Dp floats, the rest 0. */
static inline void pack(float *to, size_t Dp, const float *from, size_t ld, size_t rows, size_t D)
{
    for (size_t r = 0; r < rows; r++) {
        memcpy(to + r * Dp, from + r * ld, D * sizeof(*to));
        if (Dp > D) memset(to + r * Dp + D, 0, (Dp - D) * sizeof(*to));
    }
}

/* The transpose, times `scale`: Dp rows of `width` floats (rows rounded up), zeros elsewhere. */
static inline void pack_transposed(float *to, size_t width, const float *from, size_t ld,
                                   size_t rows, size_t D, float scale)
{
    for (size_t r = 0; r < width; r += ATTN_PAD) {
        size_t n = r >= rows ? 0 : rows - r < ATTN_PAD ? rows - r : ATTN_PAD;
        for (size_t d = 0; d < D; d++) {
            float *t = to + d * width + r;
            for (size_t i = 0; i < n; i++)
                t[i] = from[(r + i) * ld + d] * scale;
            for (size_t i = n; i < ATTN_PAD; i++)
                t[i] = 0.0f;
        }
    }
}

#endif
