/* Vectors of floats, as wide as the processor has them, and exp, tanh and the normal distribution
 * on them. Three bodies: AVX-512, AVX2 with FMA, and plain compiler vectors for everything else.
 * Internal to core: only kernels include it. Names have no prefix, as static helpers. */
#ifndef FT_CORE_VEC_H
#define FT_CORE_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__AVX512F__) && defined(__AVX512DQ__)
#define VEC_BYTES 64
#include <immintrin.h>
#elif defined(__AVX2__) && defined(__FMA__)
#define VEC_BYTES 32
#include <immintrin.h>
#else
#define VEC_BYTES 16
#endif

/* Before a loop over arrays that are to be registers, of up to 10 rounds. */
#if defined(__clang__)
#define VEC_UNROLL _Pragma("unroll")
#else
#define VEC_UNROLL _Pragma("GCC unroll 10")
#endif
#define VEC_INLINE static inline __attribute__((always_inline))

enum { VW = VEC_BYTES / 4 }; /* floats in a vector */

typedef float vf __attribute__((vector_size(VEC_BYTES)));
typedef float vf_mem __attribute__((vector_size(VEC_BYTES), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(VEC_BYTES)));
typedef uint8_t vb __attribute__((vector_size(VEC_BYTES / 4))); /* as many bytes */

VEC_INLINE vf vf_load(const float *p)
{
    return (vf) * (const vf_mem *)p;
}
VEC_INLINE void vf_store(float *p, vf v)
{
    *(vf_mem *)p = (vf_mem)v;
}
VEC_INLINE vf vf_set(float x)
{
    return x - (vf){0};
}
/* The first n (< VW) floats; the others are 0. */
VEC_INLINE vf vf_load_n(const float *p, size_t n)
{
#if VEC_BYTES == 64
    return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p);
#else
    float all[VW] = {0};
    for (size_t i = 0; i < n; i++)
        all[i] = p[i];
    return vf_load(all);
#endif
}
VEC_INLINE void vf_store_n(float *p, vf v, size_t n)
{
#if VEC_BYTES == 64
    _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v);
#else
    float all[VW];
    vf_store(all, v);
    for (size_t i = 0; i < n; i++)
        p[i] = all[i];
#endif
}

VEC_INLINE vi vi_load(const int32_t *p)
{
    vi v;
    memcpy(&v, p, sizeof v);
    return v;
}
VEC_INLINE vf vi_floats(vi v)
{
    return __builtin_convertvector(v, vf);
}
/* Of whole numbers in 0..255. Compilers narrow vectors poorly. */
VEC_INLINE vb vf_bytes(vf x)
{
#if VEC_BYTES == 64
    return (vb)_mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x));
#elif VEC_BYTES == 32
    __m256i v = _mm256_cvtps_epi32(x);
    __m128i w = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    int64_t bytes = _mm_cvtsi128_si64(_mm_packus_epi16(w, w));
    vb b;
    memcpy(&b, &bytes, sizeof b);
    return b;
#else
    return __builtin_convertvector(__builtin_convertvector(x, vi), vb);
#endif
}
VEC_INLINE void vb_store(uint8_t *p, vb v)
{
    memcpy(p, &v, sizeof v);
}
VEC_INLINE void vb_store_n(uint8_t *p, vb v, size_t n)
{
    uint8_t all[VW];
    memcpy(all, &v, sizeof all);
    memcpy(p, all, n);
}

/* Vector operations that compilers do not make from operators. max and min return b when one is
 * NaN, so put what may be NaN second. */
#if VEC_BYTES == 64
VEC_INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}
VEC_INLINE vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}
VEC_INLINE vf vf_min(vf a, vf b)
{
    return _mm512_min_ps(a, b);
}
VEC_INLINE vf vf_rint(vf a)
{
    return _mm512_roundscale_ps(a, 0);
}
VEC_INLINE vf vf_sqrt(vf a)
{
    return _mm512_sqrt_ps(a);
}
VEC_INLINE vf vf_abs(vf a)
{
    return _mm512_abs_ps(a);
}
/* a < b ? x : y */
VEC_INLINE vf vf_pick_lt(vf a, vf b, vf x, vf y)
{
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}
#elif VEC_BYTES == 32
VEC_INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}
VEC_INLINE vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}
VEC_INLINE vf vf_min(vf a, vf b)
{
    return _mm256_min_ps(a, b);
}
VEC_INLINE vf vf_rint(vf a)
{
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
VEC_INLINE vf vf_sqrt(vf a)
{
    return _mm256_sqrt_ps(a);
}
VEC_INLINE vf vf_abs(vf a)
{
    return (vf)((vi)a & 0x7fffffff);
}
VEC_INLINE vf vf_pick_lt(vf a, vf b, vf x, vf y)
{
    return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_LT_OQ));
}
#else
VEC_INLINE vf vf_fma(vf a, vf b, vf c)
{
    return a * b + c;
}
VEC_INLINE vf vf_pick_lt(vf a, vf b, vf x, vf y)
{
    vi m = (vi)(a < b);
    return (vf)((m & (vi)x) | (~m & (vi)y));
}
VEC_INLINE vf vf_max(vf a, vf b)
{
    return vf_pick_lt(b, a, a, b);
}
VEC_INLINE vf vf_min(vf a, vf b)
{
    return vf_pick_lt(a, b, a, b);
}
VEC_INLINE vf vf_rint(vf a)
{
    for (int i = 0; i < VW; i++)
        a[i] = rintf(a[i]);
    return a;
}
VEC_INLINE vf vf_sqrt(vf a)
{
    for (int i = 0; i < VW; i++)
        a[i] = sqrtf(a[i]);
    return a;
}
VEC_INLINE vf vf_abs(vf a)
{
    return (vf)((vi)a & 0x7fffffff);
}
#endif

/* Sum of the elements, always in the same order. */
VEC_INLINE double vf_sum(vf v)
{
    float e[VW];
    vf_store(e, v);
    double sum = 0.0;
    for (int i = 0; i < VW; i++)
        sum += (double)e[i];
    return sum;
}
/* In single precision: the upper half is added to the lower one until one is left. */
VEC_INLINE float vf_sum_f(vf v)
{
#if VEC_BYTES >= 32
#if VEC_BYTES == 64
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
#else
    __m256 half = v;
#endif
    __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    quarter = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
#else
    float e[VW];
    vf_store(e, v);
    for (int w = VW / 2; w > 0; w /= 2)
        for (int i = 0; i < w; i++)
            e[i] += e[i + w];
    return e[0];
#endif
}
VEC_INLINE float vf_max_of(vf v)
{
#if VEC_BYTES >= 32
#if VEC_BYTES == 64
    __m256 half = _mm256_max_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
#else
    __m256 half = v;
#endif
    __m128 quarter = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    quarter = _mm_max_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_max_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
#else
    float e[VW];
    vf_store(e, v);
    for (int w = VW / 2; w > 0; w /= 2)
        for (int i = 0; i < w; i++)
            e[i] = e[i] > e[i + w] ? e[i] : e[i + w];
    return e[0];
#endif
}

/* exp(x - n ln 2) for |x - n ln 2| <= ln 2 / 2: a polynomial of degree 6 (own minimax fit). */
VEC_INLINE vf vf_exp_fraction(vf x, vf n)
{
    vf r = vf_fma(n, vf_set(-0.693359375f), x);
    r = vf_fma(n, vf_set(2.12194440e-4f), r);
    vf p = vf_set(0.0013836834f);
    p = vf_fma(p, r, vf_set(0.00837482207f));
    p = vf_fma(p, r, vf_set(0.0416682261f));
    p = vf_fma(p, r, vf_set(0.166664201f));
    p = vf_fma(p, r, vf_set(0.499999921f));
    p = vf_fma(p, r, vf_set(1.0f));
    p = vf_fma(p, r, vf_set(1.0f));
    return p;
}

/* exp(x) within 1.2 units in the last place; 0 below -87.3, infinite above 88.7, NaN stays.
 * x = n ln 2 + r: exp(r) times 2^n. */
VEC_INLINE vf vf_exp(vf x)
{
    vf n = vf_rint(x * 1.44269504f);
#if VEC_BYTES != 64
    n = vf_min(vf_set(128.0f), vf_max(vf_set(-127.0f), n));
#endif
    vf p = vf_exp_fraction(x, n);
#if VEC_BYTES == 64
    p = _mm512_scalef_ps(p, n);
#else
    /* 2^n in two factors, so that n = 128 does not overflow on the way. */
    vi half = __builtin_convertvector(n, vi) >> 1;
    vi rest = __builtin_convertvector(n, vi) - half;
    p = p * (vf)((half + 127) << 23) * (vf)((rest + 127) << 23);
#endif
    p = vf_pick_lt(x, vf_set(-87.3f), vf_set(0.0f), p);
    return vf_pick_lt(vf_set(88.72284f), x, vf_set(INFINITY), p);
}

/* vf_exp of x <= 88, in fewer instructions: x log2 e is rounded by adding and taking away
 * 1.5 * 2^23, whose last bits n then is. */
VEC_INLINE vf vf_exp_low(vf x)
{
#if VEC_BYTES == 64
    vf n = vf_rint(x * 1.44269504f);
#else
    vf t = vf_fma(x, vf_set(1.44269504f), vf_set(12582912.0f)), n = t - 12582912.0f;
#endif
    vf p = vf_exp_fraction(x, n);
#if VEC_BYTES == 64
    p = _mm512_scalef_ps(p, n);
#else
    p = p * (vf)(((vi)t + 127) << 23); /* p NaN stays NaN */
#endif
    return vf_pick_lt(x, vf_set(-87.3f), vf_set(0.0f), p);
}

/* 2^x within 2.2e-7 of the value; about 2^-126 below -126, 2^127 above 127. x is rounded as above; a polynomial of
 * degree 5 (own minimax fit) on what is left, and the rounded part is added to its exponent. */
VEC_INLINE vf vf_exp2_low(vf x)
{
    x = vf_min(vf_set(127.0f), vf_max(vf_set(-126.0f), x));
    vf t = x + 12582912.0f, r = x - (t - 12582912.0f);
    vf p = vf_set(0.00132764725f);
    p = vf_fma(p, r, vf_set(0.00967554096f));
    p = vf_fma(p, r, vf_set(0.0555071309f));
    p = vf_fma(p, r, vf_set(0.240221202f));
    p = vf_fma(p, r, vf_set(0.693146944f));
    p = vf_fma(p, r, vf_set(1.00000012f));
    return (vf)((vi)p + ((vi)t << 23)); /* NaN stays NaN */
}

/* 1 / (1 + exp(-x)), good relative to the result on both sides. */
VEC_INLINE vf vf_sigmoid(vf x)
{
    return 1.0f / (1.0f + vf_exp_low(vf_min(vf_set(87.0f), -x)));
}

/* tanh(x): a polynomial in x^2 near 0 (own fit), else 1 - 2 / (exp(2|x|) + 1) with x's sign. */
VEC_INLINE vf vf_tanh(vf x)
{
    vf a = vf_abs(x), z = x * x;
    vf p = vf_set(-0.00606223399f);
    p = vf_fma(p, z, vf_set(0.020975016f));
    p = vf_fma(p, z, vf_set(-0.0538466961f));
    p = vf_fma(p, z, vf_set(0.133327464f));
    p = vf_fma(p, z, vf_set(-0.333333288f));
    vf small = vf_fma(x * z, p, x);
    vf big = 1.0f - 2.0f / (vf_exp_low(2.0f * vf_min(vf_set(40.0f), a)) + 1.0f);
    big = (vf)((vi)big | ((vi)x & (int32_t)0x80000000));
    return vf_pick_lt(a, vf_set(0.625f), small, big);
}

/* Phi(x), the normal distribution, within 4e-7 of the value even in the lower tail; *density gets
 * exp(-x^2/2) / sqrt(2 pi). Phi(-t) = exp(-t^2/2) R(t) for t >= 0, R a polynomial of degree 8 in
 * u = 1 / (1 + 0.35 t), own fit, relative error 4e-8. */
VEC_INLINE vf vf_normal(vf x, vf *density)
{
    vf t = vf_min(vf_set(14.0f), vf_abs(x)), s = t * t;
    vf lost = vf_fma(t, t, -s); /* what rounding took from t^2; none without FMA */
    vf e = vf_exp_low(-0.5f * s);
    e = vf_fma(e, -0.5f * lost, e);
    vf u = 1.0f / vf_fma(vf_set(0.35f), t, vf_set(1.0f));
    vf p = vf_set(-0.0291580302f);
    p = vf_fma(p, u, vf_set(0.144031611f));
    p = vf_fma(p, u, vf_set(-0.255840403f));
    p = vf_fma(p, u, vf_set(0.159321254f));
    p = vf_fma(p, u, vf_set(-0.0232133944f));
    p = vf_fma(p, u, vf_set(0.105552927f));
    p = vf_fma(p, u, vf_set(0.119821185f));
    p = vf_fma(p, u, vf_set(0.139863529f));
    p = vf_fma(p, u, vf_set(0.139621306f));
    vf tail = e * p * u;
    *density = e * 0.398942280f;
    return vf_pick_lt(x, vf_set(0.0f), tail, 1.0f - tail);
}

#endif
