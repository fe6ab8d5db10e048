/* All pairs of vectors whose cosine reaches a threshold: exactly, in blocks of matrix products of the
 * upper triangle. Memory does not grow with the number of pairs: each is given to a function as it is
 * found.
 *
 *     struct ft_similar_pairs in = {.v = v, .size = 384, .first = at, .n = n, .threshold = 0.95};
 *     st = ft_similar_pairs_find(&in, &to, job, &err);
 *
 * The products are fp32 and only preselect; each similarity that is given, and each decision at the
 * threshold, is a sum in double in a fixed order, rounded to 6 decimals (the vectors themselves are not
 * more exact than that). The result is therefore the same for any number of threads and any backend.
 *
 * Order of the pairs: for a fixed i its j come ascending, and for a fixed j its i.
 * Threads: the caller's, which computes on the pool (core/pool.h) and gives it back between blocks. */
#ifndef FT_ENGINE_PREDICT_SIMILAR_PAIRS_H
#define FT_ENGINE_PREDICT_SIMILAR_PAIRS_H

#include "engine/options/job.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_similar_pairs {
    const float *v; /* (.., size) vectors of length 1, or 0: similar to none */
    size_t size;
    const size_t *first; /* (n) the vector of each item */
    const size_t
        *second; /* (n) a second vector of each; NULL: none. The similarity is then the smaller
                           * of the two */
    size_t n;
    double threshold; /* in (0, 1] */
};
struct ft_similar_pairs_to {
    /* i < j; similarity: threshold to 1, or NaN where `wants` said that the value does not matter. */
    void (*pair)(void *arg, size_t i, size_t j, double similarity);
    /* Whether the value of a pair matters that reaches the threshold and is at most `most`. NULL: always.
     * Spares the exact sums where very many texts resemble each other. */
    bool (*wants)(void *arg, size_t i, size_t j, double most);
    void *arg;
};
/* Reports pairs compared of all to the job. Errors: FT_CANCELLED, FT_NOMEM. */
enum ft_status ft_similar_pairs_find(const struct ft_similar_pairs *in,
                                     const struct ft_similar_pairs_to *to, struct ft_job *w,
                                     struct ft_err *err);
/* Seconds that it will take, from a short measurement on this thread's pool. */
double ft_similar_pairs_cost(size_t n, size_t size);
/* The similarity of two vectors as above. */
double ft_similar_pairs_value(const float *a, const float *b, size_t size);

#endif
