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
    struct dropmask m = {0};
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
/* The Philox blocks that `counter` numbers, one in each 64-bit lane's lower half. */
VEC_INLINE void mask_blocks(const struct dropmask *m, uint32_t row, mask_wide counter,
                            mask_wide out[4])
{
    const mask_wide m0 = wide_set(0xD2511F53u), m1 = wide_set(0xCD9E8D57u);
    mask_wide a = counter, b = wide_set(row), c = wide_set(m->step), d = wide_set(m->place);
    uint32_t k0 = (uint32_t)m->key, k1 = (uint32_t)(m->key >> 32);
    for (int round = 0; round < 10; round++) {
        mask_wide p0 = wide_mul(m0, a), p1 = wide_mul(m1, c);
        a = wide_xor(wide_xor(wide_high(p1), b), wide_set(k0));
        c = wide_xor(wide_xor(wide_high(p0), d), wide_set(k1));
        b = p1; /* the upper halves are not used by what follows */
        d = p0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

/* words[w][block] of the sixteen blocks of a group. */
static inline void mask_words(const struct dropmask *m, uint32_t row, uint32_t group,
                              uint32_t words[4][16])
{
    for (int from = 0; from < 16; from += VW) {
        int64_t lanes[VW / 2];
        for (int i = 0; i < VW / 2; i++)
            lanes[i] = (int64_t)(m->head | (group * 16 + (uint32_t)(from + 2 * i)));
        mask_wide even, w0[4], w1[4];
        memcpy(&even, lanes, sizeof(even));
        mask_blocks(m, row, even, w0);
        mask_blocks(m, row, wide_add(even, wide_set(1)), w1);
        for (int w = 0; w < 4; w++) {
            /* The upper halves hold leftovers; pairing takes the lower ones of both. */
            mask_wide pair = wide_pair(w0[w], w1[w]);
            memcpy(&words[w][from], &pair, sizeof(pair));
        }
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

/* factor[0..127] = 0 or the scale, for columns group*128 .. of a row. */
static inline void dropmask_group(const struct dropmask *m, size_t row, size_t group, float *factor)
{
    uint32_t words[4][16];
    mask_words(m, (uint32_t)row, (uint32_t)group, words);
    const vi threshold = (int32_t)m->threshold - (vi){0}, scale = (vi)vf_set(m->scale);
    for (int w = 0; w < 4; w++) {
        float *low = factor + 16 * w, *high = low + 64;
        for (int i = 0; i < 16; i += VW) {
            vi x;
            memcpy(&x, &words[w][i], sizeof(x));
            vf_store(low + i, (vf)((vi)((x & 0xffff) >= threshold) & scale));
            vf_store(high + i, (vf)((vi)((x >> 16 & 0xffff) >= threshold) & scale));
        }
    }
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
