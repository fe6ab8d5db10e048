/* Private to examples*.c: examples being built, and the stages that are about labels. */
#ifndef FT_DATA_EXAMPLES_IN_H
#define FT_DATA_EXAMPLES_IN_H

#include "data/examples.h"
#include "data/number.h"

struct ft_examples_build {
    struct ft_examples *x;
    const struct ft_examples_opt *opt;
    struct ft_columns columns[FT_PART_COUNT];
    int join[FT_PART_COUNT][FT_COLUMNS_JOIN];
    struct ft_str buf[2]; /* cleaning goes to and fro between them */
    size_t cap;
    bool *trained; /* label is in the training part, by label as found */
    size_t trained_cap;
    struct {
        size_t row;
        uint8_t file;
    } * first_row; /* of each label as found, for error texts */
    size_t first_cap;
    int answer[FT_PART_COUNT]; /* the column of Prodigy's decisions; -1: none */
    struct ft_text
        binary[2]; /* Prodigy's decisions about one label: it, and "not " it; n 0: others */
    struct ft_labels strata;   /* labels as the files have them */
    size_t strata_n;           /* how many there are in the end */
    bool comma[FT_PART_COUNT]; /* numbers: the decimal mark of the label column is a comma */
    size_t dropped;
    struct ft_tag_set tags[FT_PART_COUNT]; /* of tagged words, as the files have them */
    struct ft_err *err;
};

/* Prodigy's decision about a row, in a column "answer". */
enum ft_decision { FT_DECISION_ACCEPT, FT_DECISION_REJECT, FT_DECISION_IGNORE };
enum ft_decision ft_examples_decision(const struct ft_examples_build *b, uint8_t file, size_t row);
/* Sets b->binary where the training file is about one label, which its rows have or, rejected, have not. */
void ft_examples_find_binary(struct ft_examples_build *b);
/* Is the row one that has not the only label? */
bool ft_examples_negative(const struct ft_examples_build *b, uint8_t file, size_t row,
                          struct ft_text label);
/* Numbers that a data frame turned into floats ("1.0") are the labels that they were. */
void ft_examples_merge_floats(struct ft_examples_build *b);
/* Sets x->by_id when the file's labels are ids of the given ones, and none of their names. */
void ft_examples_settle_ids(struct ft_examples_build *b);
/* FT_FORMAT for a label that is none of the given ones or has no training example, and for a column
 * with too many labels. */
enum ft_status ft_examples_check_labels(struct ft_examples_build *b);
/* Tagged words: begins, takes a row, settles the labels. */
void ft_examples_tags_begin(struct ft_examples_build *b);
void ft_examples_tags_end(struct ft_examples_build *b);
int32_t ft_examples_tags_stratum(struct ft_examples_build *b, uint8_t file,
                                 const struct ft_sentence *s);
/* FT_FORMAT for a tag that is none of the given ones, or whose type the training part has not. */
enum ft_status ft_examples_tags_settle(struct ft_examples_build *b);
void ft_examples_tags_count(struct ft_examples *x);
/* The labels in their final order. */
void ft_examples_order_labels(struct ft_examples_build *b);

/* The index of a row's label, added where it is new. */
int32_t ft_examples_label(struct ft_examples_build *b, struct ft_text s, uint8_t file, size_t row,
                          enum ft_part part);

/* Several labels per row (examples_sets.c). The row's labels in the file as a sorted JSON list; data
 * NULL: it is not labelled. */
struct ft_text ft_examples_set_text(struct ft_examples_build *b, uint8_t file, size_t row);
/* The number of the set that such a list is; its labels are added where they are new. */
int32_t ft_examples_set(struct ft_examples_build *b, struct ft_text label, uint8_t file, size_t row,
                        enum ft_part part);
/* Labels get new numbers: to[old], -1: none. */
void ft_examples_map_sets(struct ft_examples_build *b, const int32_t *to);
/* Strata are sets; those of too few rows to be split join the others that have the same rarest label, and
 * what is then still too small is one stratum. */
void ft_examples_set_strata(struct ft_examples_build *b);

/* Numbers as labels (examples_numbers.c). Begin: FT_FORMAT for a column of something else. */
enum ft_status ft_examples_numbers_begin(struct ft_examples_build *b);
/* *value NaN unless it is FT_NUMBER. */
enum ft_number_form ft_examples_number(const struct ft_examples_build *b, uint8_t file,
                                       struct ft_text label, bool edited, double *value);
/* A stratum for each value, by the label before edits; -1: it is no number. Ranges makes ranges of
 * values of them, when all examples are there. */
int32_t ft_examples_number_stratum(struct ft_examples_build *b, uint8_t file,
                                   struct ft_text before);
void ft_examples_number_ranges(struct ft_examples_build *b);

#endif
