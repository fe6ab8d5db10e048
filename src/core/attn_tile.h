/* The small products that attention is made of, C += A B: B in rows of whole vectors (heads padded to 16
 * columns) or panels of 16 columns, A by broadcast, transposed or not. Internal to core:
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

/* rows x (2 or 1 vectors) of C, held in registers over all of K. B in panels of ATTN_PAD columns, `panel`
 * floats from one to the next. */
#define TILE_KERNEL(name, rows, vecs, element)                                                     \
    static void tile_##name##_##rows##x##vecs(float *c, size_t ldc, const float *a, size_t lda,    \
                                              const float *b, size_t ldb, size_t panel, size_t K,  \
                                              bool add)                                            \
    {                                                                                              \
        vf acc[rows][vecs];                                                                        \
        VEC_UNROLL for (size_t i = 0; i < (rows); i++)                                             \
        {                                                                                          \
            VEC_UNROLL for (size_t j = 0; j < (vecs); j++) acc[i][j] =                             \
                add ? vf_load(c + i * ldc + j * VW) : vf_set(0.0f);                                \
        }                                                                                          \
        for (size_t k = 0; k < K; k++) {                                                           \
            vf row[vecs];                                                                          \
            VEC_UNROLL for (size_t j = 0; j < (vecs); j++) row[j] =                                \
                vf_load(b + k * ldb + j * VW / ATTN_PAD * panel + j * VW % ATTN_PAD);              \
            VEC_UNROLL for (size_t i = 0; i < (rows); i++)                                         \
            {                                                                                      \
                vf x = vf_set(element);                                                            \
                VEC_UNROLL for (size_t j = 0; j < (vecs); j++) acc[i][j] =                         \
                    vf_fma(x, row[j], acc[i][j]);                                                  \
            }                                                                                      \
        }                                                                                          \
        VEC_UNROLL for (size_t i = 0; i < (rows); i++)                                             \
        {                                                                                          \
            VEC_UNROLL for (size_t j = 0; j < (vecs); j++)                                         \
                vf_store(c + i * ldc + j * VW, acc[i][j]);                                         \
        }                                                                                          \
    }
#define TILE_KERNELS(rows, vecs)                                                                   \
    TILE_KERNEL(row, rows, vecs, a[i * lda + k]) TILE_KERNEL(column, rows, vecs, a[k * lda + i])
typedef void tile_fn(float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                     size_t panel, size_t K, bool add);
/* The most rows: sums, a row of B and a broadcast fit in the vector registers, 16 of AVX2 and of SSE,
 * 32 of AVX-512. An element's sum is one chain over k, whatever the tile. */
#define TILE_LOW(vecs)                                                                             \
    TILE_KERNELS(1, vecs)                                                                          \
    TILE_KERNELS(2, vecs)                                                                          \
    TILE_KERNELS(3, vecs) TILE_KERNELS(4, vecs) TILE_KERNELS(5, vecs) TILE_KERNELS(6, vecs)
TILE_LOW(2)
#if VEC_BYTES == 64
enum { TALL = 8 };
TILE_KERNELS(7, 2)
TILE_KERNELS(8, 2)
TILE_LOW(1)
TILE_KERNELS(7, 1)
TILE_KERNELS(8, 1)
#define TILE_ROW(name, v)                                                                          \
    {                                                                                              \
        NULL, tile_##name##_1x##v, tile_##name##_2x##v, tile_##name##_3x##v, tile_##name##_4x##v,  \
            tile_##name##_5x##v, tile_##name##_6x##v, tile_##name##_7x##v, tile_##name##_8x##v     \
    }
static tile_fn *const tile_narrow[2][TALL + 1] = {TILE_ROW(row, 1), TILE_ROW(column, 1)};
#else
enum { TALL = 6 };
#define TILE_ROW(name, v)                                                                          \
    {                                                                                              \
        NULL, tile_##name##_1x##v, tile_##name##_2x##v, tile_##name##_3x##v, tile_##name##_4x##v,  \
            tile_##name##_5x##v, tile_##name##_6x##v                                               \
    }
#endif
static tile_fn *const tile_wide[2][TALL + 1] = {TILE_ROW(row, 2), TILE_ROW(column, 2)};

/* c(M,N) = (or +=) op(a)(M,K) b(K,N), N a multiple of ATTN_PAD. Element (k,n) of b is b[k*ldb + n], or, in
 * panels, b[n/ATTN_PAD*panel + k*ldb + n%ATTN_PAD]; panel ATTN_PAD is the former. Rows in tiles of
 * nearly the same height: those of 4 and fewer are slower, their sums wait for one another. */
static inline void product(float *c, size_t ldc, const float *a, bool trans_a, size_t lda,
                           const float *b, size_t ldb, size_t panel, size_t M, size_t N, size_t K,
                           bool add)
{
    size_t tiles = (M + TALL - 1) / TALL, step = trans_a ? 1 : lda;
    for (size_t n = 0; n < N;) {
        const float *from = b + n / ATTN_PAD * panel + n % ATTN_PAD;
        tile_fn *const *tile = tile_wide[trans_a];
        size_t columns = 2 * VW;
#if VEC_BYTES == 64
        if (N - n < columns) {
            tile = tile_narrow[trans_a];
            columns = VW;
        }
#endif
        for (size_t t = 0; t < tiles; t++) {
            size_t i = M * t / tiles, rows = M * (t + 1) / tiles - i;
            tile[rows](c + i * ldc + n, ldc, a + i * step, lda, from, ldb, panel, K, add);
        }
        n += columns;
    }
}

/* rows x D, ld apart, into rows of Dp floats, the rest 0. */
static inline void pack(float *to, size_t Dp, const float *from, size_t ld, size_t rows, size_t D)
{
    for (size_t r = 0; r < rows; r++) {
        float *t = to + r * Dp;
        const float *f = from + r * ld;
        size_t d = 0;
        for (; d + VW <= D; d += VW) /* a memcpy of so little takes longer */
            vf_store(t + d, vf_load(f + d));
        for (; d < D; d++)
            t[d] = f[d];
        for (; d < Dp; d++)
            t[d] = 0.0f;
    }
}

/* The same times `scale`. */
static inline void pack_scaled(float *to, size_t Dp, const float *from, size_t ld, size_t rows,
                               size_t D, float scale)
{
    for (size_t r = 0; r < rows; r++) {
        for (size_t d = 0; d < D; d++)
            to[r * Dp + d] = from[r * ld + d] * scale;
        for (size_t d = D; d < Dp; d++)
            to[r * Dp + d] = 0.0f;
    }
}

/* The same as pack in panels of ATTN_PAD columns, `panel` floats from one to the next. */
static inline void pack_panels(float *to, size_t panel, const float *from, size_t ld, size_t rows,
                               size_t D)
{
    for (size_t d = 0; d < D; d += ATTN_PAD, to += panel)
        pack(to, ATTN_PAD, from + d, ld, rows, least(ATTN_PAD, D - d));
}

#if VEC_BYTES >= 32
/* to(8,8) = scale * the transpose of from(8,8). */
VEC_INLINE void turn_8(float *to, size_t ld_to, const float *from, size_t ld, float scale)
{
    __m256 r[8], t[8], by = _mm256_set1_ps(scale);
    for (size_t i = 0; i < 8; i++)
        r[i] = _mm256_mul_ps(_mm256_loadu_ps(from + i * ld), by);
    for (size_t i = 0; i < 8; i += 2) {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < 8; i += 4) {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    for (size_t i = 0; i < 4; i++) {
        _mm256_storeu_ps(to + i * ld_to, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * ld_to, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}
#endif

/* The transpose, times `scale`, in panels of ATTN_PAD columns of D rows, zeros behind `rows`. */
static inline void pack_transposed(float *to, const float *from, size_t ld, size_t rows, size_t D,
                                   float scale)
{
    for (size_t r = 0; r < rows; r += ATTN_PAD, to += D * ATTN_PAD) {
        size_t n = least(ATTN_PAD, rows - r), d = 0;
        from += r ? ATTN_PAD * ld : 0;
#if VEC_BYTES >= 32
        for (; n == ATTN_PAD && d + 8 <= D; d += 8) {
            turn_8(to + d * ATTN_PAD, ATTN_PAD, from + d, ld, scale);
            turn_8(to + d * ATTN_PAD + 8, ATTN_PAD, from + 8 * ld + d, ld, scale);
        }
#endif
        for (; d < D; d++) {
            float *t = to + d * ATTN_PAD;
            for (size_t i = 0; i < n; i++)
                t[i] = from[i * ld + d] * scale;
            for (size_t i = n; i < ATTN_PAD; i++)
                t[i] = 0.0f;
        }
    }
}

#endif
