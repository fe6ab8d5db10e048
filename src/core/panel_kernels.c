/* The sets of fp32 tiles, and which set this processor gets. Those of whole numbers lie in
 * panel_kernels_int8.c. Functions are compiled for their processor whatever the program is built
 * for, and called only where it is there. */
#include "core/panel_kernels.h"
#include "core/panel_kernels_in.h"

#include <stdatomic.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif

/* --- AVX2, AVX-512 --- */

#if defined(__x86_64__)

#define TILE(rows)        avx2_##rows
#define TILE_TARGET       __attribute__((target("avx2,fma")))
#define TILE_VECTOR       __m256
#define TILE_LANES        8
#define TILE_VECTORS      2
#define TILE_LINES        1
#define TILE_ROWS         6
#define TILE_LOAD(p)      _mm256_loadu_ps(p)
#define TILE_STORE(p, v)  _mm256_storeu_ps(p, v)
#define TILE_SET(x)       _mm256_set1_ps(x)
#define TILE_FMA(a, b, c) _mm256_fmadd_ps(a, b, c)
#define TILE_UNROLL       UNROLL
#include "core/panel_tile.h"

#define TILE(rows)        avx512_##rows
#define TILE_TARGET       __attribute__((target("avx512f")))
#define TILE_VECTOR       __m512
#define TILE_LANES        16
#define TILE_VECTORS      3
#define TILE_LINES        2
#define TILE_ROWS         8
#define TILE_LOAD(p)      _mm512_loadu_ps(p)
#define TILE_STORE(p, v)  _mm512_storeu_ps(p, v)
#define TILE_SET(x)       _mm512_set1_ps(x)
#define TILE_FMA(a, b, c) _mm512_fmadd_ps(a, b, c)
#define TILE_UNROLL       UNROLL
#include "core/panel_tile.h"

/* to(8,8) = the transpose of from(8,8). */
__attribute__((target("avx2"))) static inline void turn_8(float *to, size_t ld_to,
                                                          const float *from, size_t ld_from)
{
    __m256 r[8], t[8];
    UNROLL for (size_t i = 0; i < 8; i++) r[i] = _mm256_loadu_ps(from + i * ld_from);
    UNROLL for (size_t i = 0; i < 8; i += 2)
    {
        t[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        t[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    UNROLL for (size_t i = 0; i < 8; i += 4)
    {
        r[i] = _mm256_shuffle_ps(t[i], t[i + 2], 0x44);
        r[i + 1] = _mm256_shuffle_ps(t[i], t[i + 2], 0xee);
        r[i + 2] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0x44);
        r[i + 3] = _mm256_shuffle_ps(t[i + 1], t[i + 3], 0xee);
    }
    UNROLL for (size_t i = 0; i < 4; i++)
    {
        _mm256_storeu_ps(to + i * ld_to, _mm256_permute2f128_ps(r[i], r[i + 4], 0x20));
        _mm256_storeu_ps(to + (i + 4) * ld_to, _mm256_permute2f128_ps(r[i], r[i + 4], 0x31));
    }
}

/* Eight values of K at a time, all columns of them, so that the panel is written in order. */
#define TURN(name, width)                                                                          \
    __attribute__((target("avx2"))) static void name(float *panel, const float *w, size_t ldw,     \
                                                     size_t K)                                     \
    {                                                                                              \
        size_t k = 0;                                                                              \
        for (; k + 8 <= K; k += 8)                                                                 \
            for (size_t n = 0; n < (width); n += 8)                                                \
                turn_8(panel + k * (width) + n, width, w + n * ldw + k, ldw);                      \
        for (; k < K; k++)                                                                         \
            for (size_t n = 0; n < (width); n++)                                                   \
                panel[k * (width) + n] = w[n * ldw + k];                                           \
    }
TURN(avx2_turn, 16)
TURN(avx512_turn, 48)

static ft_panel_tile_fn *const avx2_tiles[] = {NULL,   avx2_1, avx2_2, avx2_3,
                                               avx2_4, avx2_5, avx2_6};
static ft_panel_tile_fn *const avx512_tiles[] = {NULL,     avx512_1, avx512_2, avx512_3, avx512_4,
                                                 avx512_5, avx512_6, avx512_7, avx512_8};
#endif

/* --- portable --- */

typedef float vector_8 __attribute__((vector_size(32)));
typedef float vector_8_mem __attribute__((vector_size(32), aligned(4), may_alias));
typedef float vector_16 __attribute__((vector_size(64)));
typedef float vector_16_mem __attribute__((vector_size(64), aligned(4), may_alias));

/* With one rounding where the processor that the program is built for can do that. */
#if defined(__FP_FAST_FMAF)
enum { PORTABLE_FUSED = 1 };
#define FMA_LANES(a, b, c, lanes)                                                                  \
    __extension__({                                                                                \
        __typeof__(c) fma_sum = (c);                                                               \
        for (size_t fma_l = 0; fma_l < (lanes); fma_l++)                                           \
            fma_sum[fma_l] = __builtin_fmaf((a)[fma_l], (b)[fma_l], fma_sum[fma_l]);               \
        fma_sum;                                                                                   \
    })
#else
enum { PORTABLE_FUSED = 0 };
#define FMA_LANES(a, b, c, lanes) ((a) * (b) + (c))
#endif

#define TILE(rows) portable_##rows
#define TILE_TARGET
#define TILE_VECTOR       vector_8
#define TILE_LANES        8
#define TILE_VECTORS      1
#define TILE_LINES        1
#define TILE_ROWS         6
#define TILE_LOAD(p)      ((vector_8) * (const vector_8_mem *)(p))
#define TILE_STORE(p, v)  (*(vector_8_mem *)(p) = (vector_8_mem)(v))
#define TILE_SET(x)       ((x) - (vector_8){0})
#define TILE_FMA(a, b, c) FMA_LANES(a, b, c, 8)
#define TILE_UNROLL       UNROLL
#include "core/panel_tile.h"

/* Only for tests: not unrolled, which keeps the compiler busy for minutes under the sanitizers. */
#define TILE(rows) wide_##rows
#define TILE_TARGET
#define TILE_VECTOR       vector_16
#define TILE_LANES        16
#define TILE_VECTORS      3
#define TILE_LINES        2
#define TILE_ROWS         8
#define TILE_LOAD(p)      ((vector_16) * (const vector_16_mem *)(p))
#define TILE_STORE(p, v)  (*(vector_16_mem *)(p) = (vector_16_mem)(v))
#define TILE_SET(x)       ((x) - (vector_16){0})
#define TILE_FMA(a, b, c) FMA_LANES(a, b, c, 16)
#define TILE_UNROLL
#include "core/panel_tile.h"

static inline void turn(float *panel, const float *w, size_t ldw, size_t K, size_t width)
{
    for (size_t k = 0; k < K; k++)
        for (size_t n = 0; n < width; n++)
            panel[k * width + n] = w[n * ldw + k];
}

static void portable_turn(float *panel, const float *w, size_t ldw, size_t K)
{
    turn(panel, w, ldw, K, 8);
}

static void wide_turn(float *panel, const float *w, size_t ldw, size_t K)
{
    turn(panel, w, ldw, K, 48);
}

static ft_panel_tile_fn *const portable_tiles[] = {NULL,       portable_1, portable_2, portable_3,
                                                   portable_4, portable_5, portable_6};
static ft_panel_tile_fn *const wide_tiles[] = {NULL,   wide_1, wide_2, wide_3, wide_4,
                                               wide_5, wide_6, wide_7, wide_8};

/* --- the choice --- */

static const struct ft_panel_kernels sets[] = {
#if defined(__x86_64__)
    {"avx512", 48, 8, true, false, avx512_tiles, avx512_turn},
    {"avx2", 16, 6, true, true, avx2_tiles, avx2_turn},
#endif
    {"portable", 8, 6, PORTABLE_FUSED, false, portable_tiles, portable_turn},
    {"portable-wide", 48, 8, PORTABLE_FUSED, false, wide_tiles, wide_turn},
};
enum { SETS = sizeof sets / sizeof *sets };

static bool processor_has(const char *name)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f");
    if (!strcmp(name, "avx512-vnni"))
        return avx512 && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni");
    if (!strcmp(name, "avx512")) return avx512;
    if (!strcmp(name, "avx2")) return avx2;
#endif
    return !strncmp(name, "portable", 8);
}

const void *ft_panel_set_find(const void *from, size_t n, size_t size, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        const void *set = (const char *)from + i * size;
        const char *its;
        memcpy(&its, set, sizeof its);
        if ((!name || !strcmp(its, name)) && processor_has(its)) return set;
    }
    return NULL;
}

static _Atomic(const struct ft_panel_kernels *) chosen;

const struct ft_panel_kernels *ft_panel_kernels(void)
{
    const struct ft_panel_kernels *k = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!k) k = ft_panel_set_find(sets, SETS, sizeof *sets, NULL);
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    return k;
}

bool ft_panel_kernels_force(const char *name)
{
    const struct ft_panel_kernels *k =
        name ? ft_panel_set_find(sets, SETS, sizeof *sets, name) : NULL;
    if (name && !k) return false;
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    ft_panel_kernels_force_int8(name);
    return true;
}
