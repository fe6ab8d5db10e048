/* Chooses the next token from logits, as transformers' generate does, in its order: repetition
 * penalty, temperature, top-k, top-p, then the most likely token (greedy) or a random draw. */
#ifndef FT_CORE_SAMPLER_H
#define FT_CORE_SAMPLER_H

#include "util/rng.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_sampler_opt {
    bool greedy;
    double temperature;        /* > 0; 1: unchanged */
    size_t top_k;              /* 0: off */
    double top_p;              /* in (0, 1]; 1: off */
    double repetition_penalty; /* > 0; 1: off */
};

struct ft_sampler {
    struct ft_sampler_opt opt;
    struct ft_rng rng;
    struct ft_sampler_item *items; /* private */
    size_t items_cap;
};

void ft_sampler_init(struct ft_sampler *s, const struct ft_sampler_opt *opt, uint64_t seed);
void ft_sampler_release(struct ft_sampler *s);
/* The next id. Changes `logits` (vocab). `seen` (seen_n ids, prompt and continuation) is what the
 * repetition penalty looks at; ids outside the vocabulary are skipped. */
int32_t ft_sampler_pick(struct ft_sampler *s, float *logits, size_t vocab, const int32_t *seen,
                        size_t seen_n);
/* The likeliest of what a pick would choose from (greedy: from all), at most n: ids and their
 * shares after temperature and cuts. Returns how many. Leaves `logits` as they are. */
size_t ft_sampler_choices(struct ft_sampler *s, const float *logits, size_t vocab,
                          const int32_t *seen, size_t seen_n, size_t n, int32_t *ids,
                          double *shares);

#endif
