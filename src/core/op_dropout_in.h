/* The factors of a dropout mask, made fast: what op_dropout.h promises, for kernels to multiply by.
 * Internal to core.
 *
 * Counter of a Philox block: {head << 20 | block, row, step, layer << 16 | site}; key: the seed,
 * set apart from other uses of it. A row's columns go in groups of 128, made of 16 blocks: column c
 * of a group takes block c % 16, word c / 16 % 4, and of it the low (c < 64) or high 16 bits. That
 * is the order in which sixteen blocks at once leave a vector unit, whatever its width. */
#ifndef FT_CORE_OP_DROPOUT_IN_H
#define FT_CORE_OP_DROPOUT_IN_H

#include <assert.h>
#include "core/op_dropout.h"
#include "core/vec.h"
#include "util/rng.h"

enum { DROP_GROUP = 128 };

struct dropmask {
    bool on;
    uint64_t key;
    uint32_t step, place, head; /* place = layer << 16 | site */
    uint32_t threshold;         /* of 65536 */
    float scale;
};

static inline struct dropmask dropmask_of(const struct ft_dropout *d, size_t head)
{
    struct dropmask m = {.scale = 1.0f};
    m.on = ft_dropout_on(d);
    if (!m.on) return m;
    assert(head < 4096);
    m.key = d->seed ^ (0x9E3779B97F4A7C15u * (uint64_t)FT_RNG_DROPOUT);
    m.step = d->step;
    m.place = (uint32_t)d->layer << 16 | d->site;
    m.head = (uint32_t)head << 20;
    m.threshold = (uint32_t)lrintf(d->p * 65536.0f);
    if (m.threshold > 65535) m.threshold = 65535;
    m.scale = 65536.0f / (float)(65536 - m.threshold);
    return m;
}

#if VEC_BYTES == 64
typedef __m512i mask_wide;
#define wide_set(x)     _mm512_set1_epi64((long long)(x))
#define wide_mul(a, b)  _mm512_mul_epu32(a, b)
#define wide_high(a)    _mm512_srli_epi64(a, 32)
#define wide_xor(a, b)  _mm512_xor_si512(a, b)
#define wide_add(a, b)  _mm512_add_epi64(a, b)
#define wide_pair(a, b) _mm512_mask_blend_epi32((__mmask16)0xAAAA, a, _mm512_slli_epi64(b, 32))
#elif VEC_BYTES == 32
typedef __m256i mask_wide;
#define wide_set(x)     _mm256_set1_epi64x((long long)(x))
#define wide_mul(a, b)  _mm256_mul_epu32(a, b)
#define wide_high(a)    _mm256_srli_epi64(a, 32)
#define wide_xor(a, b)  _mm256_xor_si256(a, b)
#define wide_add(a, b)  _mm256_add_epi64(a, b)
#define wide_pair(a, b) _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xAA)
#endif

#if VEC_BYTES > 16
/* words[w][block] of the sixteen blocks of a group, each in a 64-bit lane's lower half. All vectors take
 * a round together, since the steps of one wait for each other. */
static inline void mask_words(const struct dropmask *m, uint32_t row, uint32_t group,
                              uint32_t words[4][16])
{
    enum { VECTORS = 32 / VW };
    const mask_wide m0 = wide_set(0xD2511F53u), m1 = wide_set(0xCD9E8D57u);
    mask_wide a[VECTORS], b[VECTORS], c[VECTORS], d[VECTORS];
    int64_t lanes[VW / 2];
    for (int i = 0; i < VW / 2; i++)
        lanes[i] = (int64_t)(m->head | (group * 16 + 2 * (uint32_t)i));
    memcpy(&a[0], lanes, sizeof lanes);
    VEC_UNROLL for (int i = VECTORS - 1; i >= 0; i--)
    { /* even blocks, odd blocks, the next VW */
        a[i] = wide_add(a[0], wide_set(i / 2 * VW + i % 2));
        b[i] = wide_set(row);
        c[i] = wide_set(m->step);
        d[i] = wide_set(m->place);
    }
    uint32_t k0 = (uint32_t)m->key, k1 = (uint32_t)(m->key >> 32);
    VEC_UNROLL for (int round = 0; round < 10; round++)
    {
        const mask_wide key0 = wide_set(k0), key1 = wide_set(k1);
        VEC_UNROLL for (int i = 0; i < VECTORS; i++)
        {
            mask_wide p0 = wide_mul(m0, a[i]), p1 = wide_mul(m1, c[i]);
            a[i] = wide_xor(wide_xor(wide_high(p1), b[i]), key0);
            c[i] = wide_xor(wide_xor(wide_high(p0), d[i]), key1);
            b[i] = p1; /* the upper halves are not used by what follows */
            d[i] = p0;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    VEC_UNROLL for (int i = 0; i < VECTORS; i += 2)
    {
        /* the upper halves hold leftovers; pairing takes the lower ones of both */
        mask_wide pairs[4] = {wide_pair(a[i], a[i + 1]), wide_pair(b[i], b[i + 1]),
                              wide_pair(c[i], c[i + 1]), wide_pair(d[i], d[i + 1])};
        VEC_UNROLL for (int w = 0; w < 4; w++)
            memcpy(&words[w][i / 2 * VW], &pairs[w], sizeof pairs[w]);
    }
}
#else
static inline void mask_words(const struct dropmask *m, uint32_t row, uint32_t group,
                              uint32_t words[4][16])
{
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t counter[4] = {m->head | (group * 16 + i), row, m->step, m->place}, out[4];
        ft_philox(m->key, counter, out);
        for (int w = 0; w < 4; w++)
            words[w][i] = out[w];
    }
}
#endif

/* factor[0..127] = 0 or the bits of `kept`, for columns group*128 .. of a row. */
static inline void dropmask_bits(const struct dropmask *m, size_t row, size_t group, float *factor,
                                 vi kept)
{
    uint32_t words[4][16];
    mask_words(m, (uint32_t)row, (uint32_t)group, words);
    const vi threshold = (int32_t)m->threshold - (vi){0};
    VEC_UNROLL for (int w = 0; w < 4; w++)
    {
        float *low = factor + 16 * w, *high = low + 64;
        VEC_UNROLL for (int i = 0; i < 16; i += VW)
        {
            vi x;
            memcpy(&x, &words[w][i], sizeof(x));
            vf_store(low + i, (vf)((vi)((x & 0xffff) >= threshold) & kept));
            vf_store(high + i, (vf)((vi)((x >> 16 & 0xffff) >= threshold) & kept));
        }
    }
}

/* factor[0..127] = 0 or the scale. */
static inline void dropmask_group(const struct dropmask *m, size_t row, size_t group, float *factor)
{
    dropmask_bits(m, row, group, factor, (vi)vf_set(m->scale));
}

/* What rows do with factors, in whole vectors: the arrays may be the same ones, which keeps a compiler
 * from making vectors by itself. n floats; f NULL: all 1; b NULL: all 0. */

/* y = res + (x + b) f */
VEC_INLINE void factors_add(float *y, const float *res, const float *x, const float *b,
                            const float *f, size_t n)
{
    size_t i = 0;
    for (; i + VW <= n; i += VW) {
        vf v = vf_load(x + i);
        if (b) v += vf_load(b + i);
        if (f) v *= vf_load(f + i);
        vf_store(y + i, vf_load(res + i) + v);
    }
    for (; i < n; i++) {
        float v = b ? x[i] + b[i] : x[i];
        y[i] = res[i] + (f ? v * f[i] : v);
    }
}

/* y = x f; sum += y where it is not NULL */
VEC_INLINE void factors_multiply(float *y, const float *x, const float *f, float *sum, size_t n)
{
    size_t i = 0;
    for (; i + VW <= n; i += VW) {
        vf v = vf_load(x + i);
        if (f) v *= vf_load(f + i);
        if (y) vf_store(y + i, v);
        if (sum) vf_store(sum + i, vf_load(sum + i) + v);
    }
    for (; i < n; i++) {
        float v = f ? x[i] * f[i] : x[i];
        if (y) y[i] = v;
        if (sum) sum[i] += v;
    }
}

#endif
