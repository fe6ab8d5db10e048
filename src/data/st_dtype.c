/* Element types: names, sizes, conversion to float. See st_dtype.h. */
#include "data/st_dtype.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bits;
} types[FT_DTYPE_COUNT] = {
#define X(id, bits) [FT_DTYPE_##id] = {#id, bits},
    FT_DTYPE_LIST(X)
#undef X
};

const char *ft_dtype_name(enum ft_dtype t)
{
    return types[t].name;
}

size_t ft_dtype_bits(enum ft_dtype t)
{
    return types[t].bits;
}

bool ft_dtype_parse(const char *name, size_t n, enum ft_dtype *out)
{
    for (size_t i = 0; i < FT_DTYPE_COUNT; i++) {
        if (strlen(types[i].name) == n && !memcmp(types[i].name, name, n)) {
            *out = (enum ft_dtype)i;
            return true;
        }
    }
    return false;
}

bool ft_dtype_is_float(enum ft_dtype t)
{
    return t == FT_DTYPE_F32 || t == FT_DTYPE_F16 || t == FT_DTYPE_BF16 || t == FT_DTYPE_F64;
}

static float float_of_bits(uint32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

float ft_bf16_to_f32(uint16_t h)
{
    return float_of_bits((uint32_t)h << 16);
}

float ft_f16_to_f32(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 31u, part = h & 0x3ffu;
    if (exponent == 31) return float_of_bits(sign | 0x7f800000u | part << 13);
    if (exponent) return float_of_bits(sign | (exponent + 112) << 23 | part << 13);
    float small = (float)part * 0x1p-24f; /* subnormal: a multiple of 2^-24, exact in float */
    return sign ? -small : small;
}

size_t ft_f32_bad(const float *x, size_t n)
{
    enum { COUNTED = 1 << 16 }; /* at a time, in 32 bits as the floats have */
    size_t all = 0;
    for (size_t from = 0; from < n; from += COUNTED) {
        size_t to = n - from < COUNTED ? n : from + COUNTED;
        uint32_t bad = 0, bits;
        for (size_t i = from; i < to; i++) {
            memcpy(&bits, x + i, sizeof bits);
            bad += (bits & 0x7f800000u) == 0x7f800000u;
        }
        all += bad;
    }
    return all;
}

size_t ft_dtype_to_f32(enum ft_dtype t, const void *src, float *dst, size_t n)
{
    const uint8_t *p = src;
    uint16_t h;
    double d;
    assert(ft_dtype_is_float(t));
    switch (t) {
    case FT_DTYPE_F32:
        if (n) memcpy(dst, p, n * sizeof *dst);
        break;
    case FT_DTYPE_F16:
        for (size_t i = 0; i < n; i++) {
            memcpy(&h, p + 2 * i, 2);
            dst[i] = ft_f16_to_f32(h);
        }
        break;
    case FT_DTYPE_BF16:
        for (size_t i = 0; i < n; i++) {
            memcpy(&h, p + 2 * i, 2);
            dst[i] = ft_bf16_to_f32(h);
        }
        break;
    default:
        for (size_t i = 0; i < n; i++) {
            memcpy(&d, p + 8 * i, 8);
            dst[i] = (float)d;
        }
    }
    return ft_f32_bad(dst, n);
}

static uint32_t bits_of_float(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static uint16_t f32_to_bf16(float f)
{
    uint32_t bits = bits_of_float(f);
    if (isnan(f)) return (uint16_t)(bits >> 16 | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

static uint16_t f32_to_f16(float f)
{
    uint32_t bits = bits_of_float(f), sign = bits >> 16 & 0x8000u, size = bits & 0x7fffffffu;
    if (size > 0x7f800000u) return (uint16_t)(sign | 0x7e00u);  /* NaN */
    if (size >= 0x477ff000u) return (uint16_t)(sign | 0x7c00u); /* rounds to 65536 or more */
    if (size < 0x38800000u)                                     /* subnormal: a multiple of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(float_of_bits(size) * 0x1p24f));
    size += 0xfffu + (size >> 13 & 1u);
    return (uint16_t)(sign | ((size >> 13) - (112u << 10)));
}

size_t ft_dtype_from_f32(enum ft_dtype t, const float *src, void *dst, size_t n)
{
    uint8_t *p = dst;
    size_t lost = 0;
    assert(ft_dtype_is_float(t));
    for (size_t i = 0; i < n; i++) {
        uint16_t h;
        double d = src[i];
        switch (t) {
        case FT_DTYPE_F32:
            memcpy(p + 4 * i, &src[i], 4);
            break;
        case FT_DTYPE_F16:
            h = f32_to_f16(src[i]);
            lost += isfinite(src[i]) && (h & 0x7c00u) == 0x7c00u;
            memcpy(p + 2 * i, &h, 2);
            break;
        case FT_DTYPE_BF16:
            h = f32_to_bf16(src[i]);
            lost += isfinite(src[i]) && (h & 0x7f80u) == 0x7f80u;
            memcpy(p + 2 * i, &h, 2);
            break;
        default:
            memcpy(p + 8 * i, &d, 8);
        }
    }
    return lost;
}

const char *ft_dtype_torch_name(enum ft_dtype t)
{
    return t == FT_DTYPE_F32    ? "float32"
           : t == FT_DTYPE_BF16 ? "bfloat16"
           : t == FT_DTYPE_F16  ? "float16"
           : t == FT_DTYPE_F64  ? "float64"
                                : NULL;
}

bool ft_dtype_to_i64(enum ft_dtype t, const void *src, int64_t *dst, size_t n)
{
    const uint8_t *p = src;
    size_t size = types[t].bits / 8;
    bool is_signed =
        t == FT_DTYPE_I8 || t == FT_DTYPE_I16 || t == FT_DTYPE_I32 || t == FT_DTYPE_I64;
    if (!is_signed && t != FT_DTYPE_BOOL && t != FT_DTYPE_U8 && t != FT_DTYPE_U16 &&
        t != FT_DTYPE_U32 && t != FT_DTYPE_U64)
        return false;
    for (size_t i = 0; i < n; i++) {
        uint64_t u = 0;
        memcpy(&u, p + size * i, size);
        if (is_signed && size < 8 && u >> (8 * size - 1)) u |= ~(uint64_t)0 << (8 * size);
        if (t == FT_DTYPE_U64 && u > INT64_MAX) return false;
        memcpy(&dst[i], &u, sizeof u);
    }
    return true;
}
