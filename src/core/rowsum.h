/* Sums over rows that a run's workers make piece by piece: each adds its rows in its scratch, then
 * the caller adds the workers' sums in order. Internal to core. */
#ifndef FT_CORE_ROWSUM_H
#define FT_CORE_ROWSUM_H

#include <assert.h>
#include <string.h>
#include "core/pool.h"

/* The worker's sums, n floats, zeroed. */
static inline float *rowsum_start(int worker, size_t n)
{
    assert(n <= FT_POOL_SCRATCH_BYTES / sizeof(float));
    float *sum = ft_pool_scratch(worker);
    memset(sum, 0, n * sizeof(*sum));
    return sum;
}

/* out(C) += floats [offset, offset + C) of the sums of all workers that had rows of
 * ft_pool_run(rows, grain). */
static inline void rowsum_add(float *out, size_t offset, size_t C, size_t rows, size_t grain)
{
    for (int w = 0; w < ft_pool_threads(); w++) {
        size_t begin, end;
        ft_pool_piece(rows, grain, w, &begin, &end);
        if (begin == end) continue;
        const float *sum = (const float *)ft_pool_scratch(w) + offset;
        for (size_t c = 0; c < C; c++)
            out[c] += sum[c];
    }
}

#endif
