/* Near duplicates among the rows of a data set: rows whose texts have nearly the same embedding, within
 * a split, with different labels, or in two splits.
 *
 *     struct ft_near_texts t = {0};
 *     ft_near_texts_make(&t, rows, n);                  the different texts, to be embedded
 *     .. vectors of t.texts[0 .. t.n): at[i] says where the i-th lies in v (text_vectors.h) ..
 *     st = ft_near_duplicates_find(&found, &t, &vectors, 0.95, job, &err);
 *     .. found.items[0 .. found.n) ..
 *     ft_near_duplicates_release(&found);
 *     ft_near_texts_release(&t);
 *
 * Two rows are similar when the cosine of their texts' vectors, rounded to 6 decimals, is at least the
 * threshold; of pairs of texts, when that of the first and that of the second texts are. Texts that differ
 * only in case and white space are the same text: their similarity is 1. Rows without text are not
 * compared.
 *
 * Many rows can resemble each other, and then the number of pairs grows with the square of it. So a row
 * is listed with one other row for each kind, and no more than 3 n items come out of n rows:
 *
 *     leak       `row` is similar to a row of a later split (train, validation, test); `other` is the
 *                most similar one. Every such row is listed.
 *     conflict   two rows of one split with different labels, each row's most similar such row. `row` is
 *                the one whose label is rarer in the group; of equally common ones the later row. Rows
 *                that repeat a text and its label are listed once.
 *     duplicate  `row` is similar to an earlier row of the same split with the same label, or with none;
 *                `other` is the most similar one. Every such row is listed, so that without them no such
 *                pair is left.
 *
 * Of equally similar rows, `other` is the first. Items: leaks, then conflicts, then duplicates, the most
 * similar first, then by row. Groups are the connected components of all similar rows.
 * Threads: as similar_pairs.h. The result depends on rows and vectors alone. */
#ifndef FT_ENGINE_RUNS_NEAR_DUPLICATES_H
#define FT_ENGINE_RUNS_NEAR_DUPLICATES_H

#include "engine/options/job.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_near_row {
    const char *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
    int32_t label; /* equal numbers are equal labels; -1: none, in conflict with nothing */
    uint8_t part;  /* an ft_part */
};

struct ft_text; /* data/text.h */

/* The different texts of rows. Views into the rows, which must outlive it. */
struct ft_near_texts {
    const struct ft_near_row *rows;
    size_t rows_n;
    struct ft_text *texts; /* as in the first row that has them */
    size_t n;
    size_t without; /* rows without text */
    /* private: items that are compared: a text, or two */
    size_t *item;           /* (rows_n) of a row; SIZE_MAX: without text */
    size_t *first, *second; /* (items_n) their texts; second NULL: no row has a pair */
    size_t items_n;
};
void ft_near_texts_make(struct ft_near_texts *t, const struct ft_near_row *rows, size_t n);
void ft_near_texts_release(struct ft_near_texts *t);

#define FT_NEAR_LIST(X)                                                                            \
    X(LEAK, "leak")                                                                                \
    X(CONFLICT, "conflict")                                                                        \
    X(DUPLICATE, "duplicate")
enum ft_near_kind {
#define X(id, name) FT_NEAR_##id,
    FT_NEAR_LIST(X)
#undef X
        FT_NEAR_COUNT
};
const char *ft_near_name(enum ft_near_kind k);

struct ft_near_item {
    enum ft_near_kind kind;
    size_t row, other;     /* into rows */
    double similarity;     /* threshold to 1 */
    bool same_text;        /* they differ in case and white space at most */
    size_t group, group_n; /* number from 1, in the order of the rows; its rows */
};
struct ft_near_duplicates {
    struct ft_near_item *items;
    size_t n, by_kind[FT_NEAR_COUNT];
    double pairs;      /* of similar rows, all of them */
    double text_pairs; /* of similar texts that are not the same */
    size_t groups;     /* with two rows or more */
};

struct ft_near_vectors {
    const float *v; /* (.., size), of length 1 or 0 */
    size_t size;
    const size_t *at; /* of each text */
};
/* threshold in (0, 1]. Errors: FT_CANCELLED, FT_NOMEM. */
enum ft_status ft_near_duplicates_find(struct ft_near_duplicates *found,
                                       const struct ft_near_texts *t,
                                       const struct ft_near_vectors *v, double threshold,
                                       struct ft_job *w, struct ft_err *err);
void ft_near_duplicates_release(struct ft_near_duplicates *found);

/* The threshold that is used where none is given; see bench/RESULTS.md. */
#define FT_NEAR_THRESHOLD 0.95
/* "0.9": a number above 0 and at most 1; "" is the default. Errors: FT_USAGE, naming the text. */
enum ft_status ft_near_threshold_parse(const char *text, double *threshold, struct ft_err *err);

#endif
