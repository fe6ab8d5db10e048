/* Finding one of two or three bytes fast: the inner loop of the CSV and JSON readers. memchr of the
 * C library does the same for one byte. Vector code where the build has it, a plain loop elsewhere.
 */
#ifndef FT_DATA_SCAN_H
#define FT_DATA_SCAN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__AVX2__)
#include <immintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

/* The first a or b in [p, end), or end. */
static inline const char *ft_scan2(const char *p, const char *end, char a, char b)
{
#if defined(__AVX2__)
    const __m256i va = _mm256_set1_epi8(a), vb = _mm256_set1_epi8(b);
    for (; end - p >= 32; p += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(v, va), _mm256_cmpeq_epi8(v, vb));
        uint32_t bits = (uint32_t)_mm256_movemask_epi8(hit);
        if (bits) return p + __builtin_ctz(bits);
    }
#elif defined(__SSE2__)
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b);
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb));
        uint32_t bits = (uint32_t)_mm_movemask_epi8(hit);
        if (bits) return p + __builtin_ctz(bits);
    }
#endif
    while (p < end && *p != a && *p != b)
        p++;
    return p;
}

/* The first a, b or c in [p, end), or end. */
static inline const char *ft_scan3(const char *p, const char *end, char a, char b, char c)
{
#if defined(__AVX2__)
    const __m256i va = _mm256_set1_epi8(a), vb = _mm256_set1_epi8(b), vc = _mm256_set1_epi8(c);
    for (; end - p >= 32; p += 32) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i hit = _mm256_or_si256(_mm256_cmpeq_epi8(v, va), _mm256_cmpeq_epi8(v, vb));
        hit = _mm256_or_si256(hit, _mm256_cmpeq_epi8(v, vc));
        uint32_t bits = (uint32_t)_mm256_movemask_epi8(hit);
        if (bits) return p + __builtin_ctz(bits);
    }
#elif defined(__SSE2__)
    const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b), vc = _mm_set1_epi8(c);
    for (; end - p >= 16; p += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, va), _mm_cmpeq_epi8(v, vb));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, vc));
        uint32_t bits = (uint32_t)_mm_movemask_epi8(hit);
        if (bits) return p + __builtin_ctz(bits);
    }
#endif
    while (p < end && *p != a && *p != b && *p != c)
        p++;
    return p;
}

#endif
