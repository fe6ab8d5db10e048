/* Splits: which examples are for training, validation and test. Seeded and stratified; the same
 * items, shares and seed always give the same splits. The rows of each split can be saved with
 * the run and read back. */
#ifndef FT_DATA_SPLIT_H
#define FT_DATA_SPLIT_H

#include "util/err.h"
#include "util/json.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_PART_LIST(X)                                                                            \
    X(TRAIN, "train", "trn")                                                                       \
    X(VALIDATION, "validation", "val")                                                             \
    X(TEST, "test", "tst")
enum ft_part {
#define X(id, name, abbrev) FT_PART_##id,
    FT_PART_LIST(X)
#undef X
        FT_PART_COUNT
};
const char *ft_part_name(enum ft_part p);
const char *ft_part_abbrev(enum ft_part p);
/* train, val, valid, validation, dev, test in any case; FT_PART_COUNT: none of them. */
enum ft_part ft_part_parse(const char *name, size_t n);

/* "0.8,0.1,0.1" to shares that are not negative and sum to 1 (within 1e-6). Errors: FT_USAGE. */
enum ft_status ft_split_parse(const char *text, double share[FT_PART_COUNT], struct ft_err *err);

/* The shares where none are given: 0.8,0.1,0.1, less for the parts that have a file of their own. A
 * validation file without a test file: nothing is taken for a test. */
void ft_split_default(bool has_validation, bool has_test, double share[FT_PART_COUNT]);

/* Stratified: labels[i] in [0, labels_n) or -1 (a stratum of its own). Each label's validation and
 * test items are its count times the share, rounded to the nearest (halves up); the rest trains.
 * Writes parts[i]. */
void ft_split_stratified(const int32_t *labels, size_t n, size_t labels_n,
                         const double share[FT_PART_COUNT], uint64_t seed, uint8_t *parts);

/* One after the other: the first items train, the next validate, the last test (running text). */
void ft_split_in_order(size_t n, const double share[FT_PART_COUNT], uint8_t *parts);

/* Groups that must not be torn (SQuAD's articles): group g has sizes[g] items. Shuffled groups fill
 * validation, then test, to the nearest of their share of items, at least one group each when there
 * are enough groups and the share is not 0; the rest trains. Writes parts[g]. */
void ft_split_groups(const size_t *sizes, size_t n, const double share[FT_PART_COUNT],
                     uint64_t seed, uint8_t *parts);

/* One of several folds: its items validate, all others train. of 0: there are none. */
struct ft_fold {
    size_t at, of; /* at: from 1 to of */
};
enum { FT_FOLDS_MAX = 1000 };
/* "2/5"; "" is none. Errors: FT_USAGE. */
enum ft_status ft_fold_parse(const char *text, struct ft_fold *fold, struct ft_err *err);
/* The folds of a seed are the same for each `at`: every item validates in one of them, but an item whose
 * label has no other always trains. Stratified: the folds differ by one item at most, also in each
 * label's number. */
void ft_fold_stratified(const int32_t *labels, size_t n, size_t labels_n, struct ft_fold fold,
                        uint64_t seed, uint8_t *parts);
/* Running text: the fold is one of `of` equal pieces. */
void ft_fold_in_order(size_t n, struct ft_fold fold, uint8_t *parts);
/* Groups as above: the largest first, each to the fold with the fewest items. Writes parts[g]. */
void ft_fold_groups(const size_t *sizes, size_t n, struct ft_fold fold, uint64_t seed,
                    uint8_t *parts);

/* A seeded sample of `limit` of n items (all when limit is 0 or n or more), stratified: each
 * label's number is its share, rounded so that the sum is `limit` (largest remainders). Writes
 * keep[i]. */
void ft_sample_stratified(const int32_t *labels, size_t n, size_t labels_n, size_t limit,
                          uint64_t seed, bool *keep);

/* How large a sample is to be: so many items, or a share of them. Both 0: all. */
struct ft_sample_size {
    size_t n;
    double share;
};
/* "", "500" or "30%". Errors: FT_USAGE. */
enum ft_status ft_sample_size_parse(const char *text, struct ft_sample_size *size,
                                    struct ft_err *err);
/* Of n items; at least one. 0: all. */
size_t ft_sample_size_of(struct ft_sample_size size, size_t n);

/* Rows as JSON with runs folded: 1,2,3,7 is [[1,3],7]. `rows` ascending. */
void ft_rows_json_add(struct ft_str *out, const size_t *rows, size_t n);
/* And back; the caller frees *rows. Errors: FT_FORMAT, naming `name`. At most `max` rows. */
enum ft_status ft_rows_json_parse(const cJSON *list, const char *name, size_t max, size_t **rows,
                                  size_t *n, struct ft_err *err);

#endif
