/* bfloat16: the upper 16 bits of a float, with its exponent and 7 bits of its fraction. Conversion
 * rounds to the nearest value, ties to the even one; infinities, zeros and denormals keep their sign
 * and kind, what is too large becomes infinite, a NaN stays one. */
#ifndef FT_CORE_BF16_H
#define FT_CORE_BF16_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t ft_bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    uint32_t rounded = (u + 0x7fff + (u >> 16 & 1)) >> 16, quiet = u >> 16 | 0x40;
    return (uint16_t)((u & 0x7fffffff) > 0x7f800000 ? quiet : rounded);
}

static inline float ft_bf16_float(uint16_t h)
{
    uint32_t u = (uint32_t)h << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* to[i] = from[i]. Threads: by core/pool.h; not to be called inside a run. */
void ft_bf16_convert(uint16_t *to, const float *from, size_t n);

#endif
