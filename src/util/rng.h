/* Random numbers, counter-based (Philox4x32-10; Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC11): the value at a counter depends on key and counter alone, so masks need no
 * storage, do not depend on threads, and a resumed run continues exactly. */
#ifndef FT_UTIL_RNG_H
#define FT_UTIL_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Four 32-bit values for one 128-bit counter under a 64-bit key. */
void ft_philox(uint64_t key, const uint32_t counter[4], uint32_t out[4]);

/* A sequential stream over the same generator. `stream` separates uses of one seed. */
struct ft_rng {
    uint64_t key, stream, n; /* n values were drawn: these three are the whole state */
};
void ft_rng_init(struct ft_rng *r, uint64_t seed, uint64_t stream);
uint32_t ft_rng_u32(struct ft_rng *r);
uint64_t ft_rng_below(struct ft_rng *r, uint64_t n); /* uniform in [0, n), n > 0, no bias */
double ft_rng_f64(struct ft_rng *r);                 /* uniform in [0, 1) */
double ft_rng_normal(struct ft_rng *r);              /* mean 0, deviation 1 */
void ft_rng_shuffle(struct ft_rng *r, size_t *items, size_t n);

/* Uses of a seed, one number each, so that no two share a stream. */
enum ft_rng_stream {
    FT_RNG_SPLIT = 1,
    FT_RNG_SAMPLE,
    FT_RNG_SHUFFLE,
    FT_RNG_INIT,
    FT_RNG_DROPOUT,
    FT_RNG_MASK,
    FT_RNG_GENERATE,
    FT_RNG_BASELINE,
    FT_RNG_BOOTSTRAP,
    FT_RNG_SWEEP,
    FT_RNG_PERMUTE,
};

#endif
