/* Philox4x32-10: see rng.h. Constants are those of the paper's reference. */
#include "util/rng.h"

#include <assert.h>
#include <math.h>

void ft_philox(uint64_t key, const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * a, p1 = (uint64_t)0xCD9E8D57u * c;
        uint32_t na = (uint32_t)(p1 >> 32) ^ b ^ k0, nc = (uint32_t)(p0 >> 32) ^ d ^ k1;
        b = (uint32_t)p1;
        d = (uint32_t)p0;
        a = na;
        c = nc;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

void ft_rng_init(struct ft_rng *r, uint64_t seed, uint64_t stream)
{
    r->key = seed;
    r->stream = stream;
    r->n = 0;
}

uint32_t ft_rng_u32(struct ft_rng *r)
{
    uint64_t block = r->n / 4;
    uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), (uint32_t)r->stream,
                           (uint32_t)(r->stream >> 32)};
    uint32_t out[4];
    ft_philox(r->key, counter, out);
    return out[r->n++ % 4];
}

static uint64_t draw_u64(struct ft_rng *r)
{
    uint64_t hi = ft_rng_u32(r);
    return hi << 32 | ft_rng_u32(r);
}

uint64_t ft_rng_below(struct ft_rng *r, uint64_t n)
{
    assert(n > 0);
    uint64_t limit =
        UINT64_MAX - UINT64_MAX % n; /* values at or above would favour small results */
    uint64_t x;
    do {
        x = draw_u64(r);
    } while (x >= limit);
    return x % n;
}

double ft_rng_f64(struct ft_rng *r)
{
    return (double)(draw_u64(r) >> 11) * 0x1p-53;
}

double ft_rng_normal(struct ft_rng *r)
{
    double u = 1.0 - ft_rng_f64(r), v = ft_rng_f64(r); /* u in (0, 1]: its log is finite */
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

void ft_rng_shuffle(struct ft_rng *r, size_t *items, size_t n)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)ft_rng_below(r, i), t = items[i - 1];
        items[i - 1] = items[j];
        items[j] = t;
    }
}
