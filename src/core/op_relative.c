/* See op_relative.h. */
#include "core/op_relative.h"

#include <math.h>

enum { HALF = FT_RELATIVE_BUCKETS / 2, EXACT = HALF / 2, FAR = 128 };

size_t op_relative_bucket(int64_t distance)
{
    size_t side = distance > 0 ? HALF : 0;
    uint64_t n = (uint64_t)(distance < 0 ? -distance : distance);
    if (n < EXACT) return side + (size_t)n;
    /* in float, as PyTorch computes it: the bounds between buckets depend on it */
    float place = logf((float)n / (float)EXACT) / (float)log((double)FAR / EXACT) * (HALF - EXACT);
    size_t bucket = EXACT + (size_t)place;
    return side + (bucket < HALF ? bucket : HALF - 1);
}

void op_relative_fwd(float *rel, const float *w, size_t H, size_t max)
{
    size_t width = 2 * max - 1;
    for (size_t i = 0; i < width; i++) {
        const float *row = w + op_relative_bucket((int64_t)i - (int64_t)(max - 1)) * H;
        for (size_t h = 0; h < H; h++)
            rel[h * width + i] = row[h];
    }
}

void op_relative_bwd(float *dw, const float *drel, const int32_t *starts, size_t B, size_t H)
{
    for (size_t h = 0; h < H; h++) {
        double sum[FT_RELATIVE_BUCKETS] = {0};
        for (size_t b = 0; b < B; b++) {
            size_t first = (size_t)starts[b], T = (size_t)starts[b + 1] - first;
            const float *row = drel + 2 * (first * H + h * T);
            for (size_t i = 0; i < 2 * T - 1; i++)
                sum[op_relative_bucket((int64_t)i - (int64_t)(T - 1))] += (double)row[i];
        }
        for (size_t k = 0; k < FT_RELATIVE_BUCKETS; k++)
            dw[k * H + h] += (float)sum[k];
    }
}
