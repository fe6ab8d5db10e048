/* What vocab_train.c and learn_merge.c share. */
#ifndef FT_DATA_VOCAB_TRAIN_IN_H
#define FT_DATA_VOCAB_TRAIN_IN_H

#include "data/vocab_train.h"

/* A word as symbols: symbols[start, start + n), it occurs `count` times. */
struct learn_word {
    size_t start;
    uint32_t n;
    uint64_t count;
};

/* The new symbol for a joined pair; -1: stop, the vocabulary is full. */
typedef int32_t learn_join_fn(void *arg, int32_t a, int32_t b);

/* Joins pairs, most frequent first, until `join` says stop or none occurs min_frequency times.
 * False when cancelled. */
bool learn_merge(struct learn_word *words, size_t words_n, int32_t *symbols, uint64_t min_frequency,
                 learn_join_fn *join, void *arg, const atomic_bool *cancel);

#endif
