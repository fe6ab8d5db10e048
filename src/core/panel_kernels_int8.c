/* The sets of whole-number tiles. All give the same numbers, exact in 32 bits: AVX2 adds products of
 * bytes in 16 bits, which the weights are quantized for (see panels_int8.h). */
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

/* Four bytes of a row, as one number. */
static inline int32_t group_of(const uint8_t *a)
{
    int32_t x;
    memcpy(&x, a, sizeof x);
    return x;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline __m256i load_32(const int8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* 16 columns: 64 bytes of the panel are a group's. Sums of FT_PANEL_LANE_GROUPS groups stay within
 * 16 bits and are then widened, so that widening costs next to nothing. */
#define AVX2_TILE(rows)                                                                            \
    __attribute__((target("avx2"))) static void avx2_##rows(                                       \
        int32_t *c, const uint8_t *a, size_t a_bytes, const int8_t *panel, size_t groups,          \
        bool add, struct ft_panel_ahead ahead)                                                     \
    {                                                                                              \
        const __m256i ones = _mm256_set1_epi16(1);                                                 \
        __m256i s[rows][2];                                                                        \
        UNROLL for (size_t r = 0; r < (rows); r++)                                                 \
        {                                                                                          \
            UNROLL for (size_t v = 0; v < 2; v++) s[r][v] =                                        \
                add ? _mm256_loadu_si256((const __m256i *)(c + r * 16 + v * 8))                    \
                    : _mm256_setzero_si256();                                                      \
        }                                                                                          \
        for (; groups; groups -= FT_PANEL_LANE_GROUPS, a += 8, panel += 128) {                     \
            __builtin_prefetch(ahead.panel, 0, 2);                                                 \
            ahead.panel += ahead.step * FT_PANEL_LANE_GROUPS;                                      \
            UNROLL for (size_t r = 0; r < (rows); r++)                                             \
            {                                                                                      \
                __m256i x = _mm256_set1_epi32(group_of(a + r * a_bytes));                          \
                __m256i y = _mm256_set1_epi32(group_of(a + r * a_bytes + 4));                      \
                UNROLL for (size_t v = 0; v < 2; v++)                                              \
                {                                                                                  \
                    __m256i t = _mm256_maddubs_epi16(x, load_32(panel + v * 32));                  \
                    __m256i u = _mm256_maddubs_epi16(y, load_32(panel + v * 32 + 64));             \
                    t = _mm256_madd_epi16(_mm256_add_epi16(t, u), ones);                           \
                    s[r][v] = _mm256_add_epi32(s[r][v], t);                                        \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (size_t r = 0; r < (rows); r++)                                                 \
        {                                                                                          \
            UNROLL for (size_t v = 0; v < 2; v++)                                                  \
                _mm256_storeu_si256((__m256i *)(c + r * 16 + v * 8), s[r][v]);                     \
        }                                                                                          \
    }
AVX2_TILE(1)
AVX2_TILE(2)
AVX2_TILE(3)
AVX2_TILE(4)

/* 48 columns: 192 bytes of the panel are a group's. */
#define VNNI_TILE(rows)                                                                            \
    __attribute__((target("avx512f,avx512bw,avx512vnni"))) static void vnni_##rows(                \
        int32_t *c, const uint8_t *a, size_t a_bytes, const int8_t *panel, size_t groups,          \
        bool add, struct ft_panel_ahead ahead)                                                     \
    {                                                                                              \
        __m512i s[rows][3];                                                                        \
        UNROLL for (size_t r = 0; r < (rows); r++)                                                 \
        {                                                                                          \
            UNROLL for (size_t v = 0; v < 3; v++) s[r][v] =                                        \
                add ? _mm512_loadu_si512(c + r * 48 + v * 16) : _mm512_setzero_si512();            \
        }                                                                                          \
        for (size_t g = 0; g < groups; g++, panel += 192) {                                        \
            __m512i b[3];                                                                          \
            for (size_t i = 0; i < 2; i++)                                                         \
                __builtin_prefetch(ahead.panel + i * FT_PANEL_LINE, 0, 2);                         \
            ahead.panel += ahead.step;                                                             \
            UNROLL for (size_t v = 0; v < 3; v++) b[v] = _mm512_loadu_si512(panel + v * 64);       \
            UNROLL for (size_t r = 0; r < (rows); r++)                                             \
            {                                                                                      \
                __m512i x = _mm512_set1_epi32(group_of(a + r * a_bytes + g * 4));                  \
                UNROLL for (size_t v = 0; v < 3; v++) s[r][v] =                                    \
                    _mm512_dpbusd_epi32(s[r][v], x, b[v]);                                         \
            }                                                                                      \
        }                                                                                          \
        UNROLL for (size_t r = 0; r < (rows); r++)                                                 \
        {                                                                                          \
            UNROLL for (size_t v = 0; v < 3; v++)                                                  \
                _mm512_storeu_si512(c + r * 48 + v * 16, s[r][v]);                                 \
        }                                                                                          \
    }
VNNI_TILE(1)
VNNI_TILE(2)
VNNI_TILE(3)
VNNI_TILE(4)
VNNI_TILE(5)
VNNI_TILE(6)
VNNI_TILE(7)
VNNI_TILE(8)

static ft_panel_tile_int8_fn *const avx2_tiles[] = {NULL, avx2_1, avx2_2, avx2_3, avx2_4};
static ft_panel_tile_int8_fn *const vnni_tiles[] = {NULL,   vnni_1, vnni_2, vnni_3, vnni_4,
                                                    vnni_5, vnni_6, vnni_7, vnni_8};
#endif

/* The same, one number after another. */
static inline void plain(int32_t *c, const uint8_t *a, size_t a_bytes, const int8_t *panel,
                         size_t groups, bool add, size_t rows, size_t width)
{
    if (!add) memset(c, 0, rows * width * sizeof *c);
    for (size_t g = 0; g < groups; g++)
        for (size_t r = 0; r < rows; r++) {
            const uint8_t *x = a + r * a_bytes + g * 4;
            for (size_t n = 0; n < width; n++) {
                const int8_t *b = panel + (g * width + n) * 4;
                c[r * width + n] += x[0] * b[0] + x[1] * b[1] + x[2] * b[2] + x[3] * b[3];
            }
        }
}

#define PORTABLE_TILE(name, rows, width)                                                           \
    static void name##_##rows(int32_t *c, const uint8_t *a, size_t a_bytes, const int8_t *panel,   \
                              size_t groups, bool add, struct ft_panel_ahead ahead)                \
    {                                                                                              \
        (void)ahead;                                                                               \
        plain(c, a, a_bytes, panel, groups, add, rows, width);                                     \
    }
PORTABLE_TILE(portable, 1, 16)
PORTABLE_TILE(portable, 2, 16)
PORTABLE_TILE(portable, 3, 16)
PORTABLE_TILE(portable, 4, 16)
PORTABLE_TILE(wide, 1, 48)
PORTABLE_TILE(wide, 2, 48)
PORTABLE_TILE(wide, 3, 48)
PORTABLE_TILE(wide, 4, 48)

static ft_panel_tile_int8_fn *const portable_tiles[] = {NULL, portable_1, portable_2, portable_3,
                                                        portable_4};
static ft_panel_tile_int8_fn *const wide_tiles[] = {NULL, wide_1, wide_2, wide_3, wide_4};

static const struct ft_panel_kernels_int8 sets[] = {
#if defined(__x86_64__)
    {"avx512-vnni", 48, 8, true, vnni_tiles},
    {"avx2", 16, 4, true, avx2_tiles},
#endif
    {"portable", 16, 4, false, portable_tiles},
    {"portable-wide", 48, 4, false, wide_tiles},
};
enum { SETS = sizeof sets / sizeof *sets };

static _Atomic(const struct ft_panel_kernels_int8 *) chosen;

const struct ft_panel_kernels_int8 *ft_panel_kernels_int8(void)
{
    const struct ft_panel_kernels_int8 *k = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (!k) k = ft_panel_set_find(sets, SETS, sizeof *sets, NULL);
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    return k;
}

void ft_panel_kernels_force_int8(const char *name)
{
    const struct ft_panel_kernels_int8 *k =
        name ? ft_panel_set_find(sets, SETS, sizeof *sets, name) : NULL;
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
}
