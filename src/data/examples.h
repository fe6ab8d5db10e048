/* Examples: from the rows of one to three tables to cleaned, labelled, split texts, the form in
 * which tokenizing, training and the Data screen take them. The order of work is fixed: rows ->
 * edits (relabel, drop) -> clean -> leave out (no label, empty text) -> dedup -> limit -> split
 * Texts that cleaning does not change stay views into the tables, so the tables must outlive this.
 * Threads: building is one thread's; afterwards it is read-only. */
#ifndef FT_DATA_EXAMPLES_H
#define FT_DATA_EXAMPLES_H

#include "data/clean.h"
#include "data/columns.h"
#include "data/edits.h"
#include "data/label_sets.h"
#include "data/labels.h"
#include "data/split.h"
#include "data/table.h"
#include "data/tagged.h"

struct ft_example {
    struct ft_text text, pair; /* cleaned; pair.data NULL: no pair */
    size_t row;                /* in its file, from 1 */
    int32_t label;             /* into labels, or into sets; -1: none */
    double value;              /* where labels are numbers: the label's; NaN: none */
    uint8_t file;              /* which table: an ft_part of ft_examples_opt.tables */
    uint8_t part, given_part;  /* an ft_part; the one that the files give, before the split */
    bool edited;               /* its label comes from an edit */
    bool dropped;              /* while it is built: an edit leaves it out */
    int32_t stratum; /* what it is sampled and split by: its label before edits, so that an edit
                      * moves no row to another part; -1: none */
};

struct ft_examples_opt {
    const struct ft_table *tables[FT_PART_COUNT]; /* [TRAIN] is --data; the others may be NULL */
    struct ft_columns columns;      /* of tables[TRAIN]; in the others found by name */
    int join[FT_COLUMNS_JOIN];      /* of tables[TRAIN]: columns whose texts, a line break between
                                       them, are the text instead of columns.text */
    size_t join_n;                  /* 0: none */
    unsigned clean;                 /* bits of ft_clean */
    bool unlabelled;                /* labels are not needed: rows without one stay, label -1,
                                     as does a label that `labels` does not have */
    bool some_unlabelled;           /* rows without a label stay, label -1, and there need not be a
                                     label column; a label that is there counts as usual */
    bool several;                   /* a row has any number of labels: label is one of `sets` */
    bool numbers;                   /* labels are numbers, the targets of a regression: there is
                                       one label, and each example has a value */
    const struct ft_labels *labels; /* the model's order; NULL: found and sorted */
    double share[FT_PART_COUNT]; /* of tables[TRAIN]; all 0: the default, see ft_examples_build */
    struct ft_fold fold;         /* in place of share: of all rows of tables[TRAIN] */
    bool in_order;               /* split one part after the other instead of stratified */
    bool json_texts;             /* texts that are JSON are no error: to show them */
    bool keep_empty;             /* rows without text stay: the blank lines of running text */
    bool every_row; /* each row is asked about: those without text and repeats stay, and all are of
                       one part */
    uint64_t seed;
    size_t limit[FT_PART_COUNT];      /* sample of each table; 0: all */
    struct ft_sample_size train_size; /* of the training part, once it is split */
    const struct ft_edits *edits;     /* of tables[TRAIN]; NULL: none */
    const atomic_bool *cancel;        /* NULL, or becomes true to stop with FT_CANCELLED */
    /* Of each table its sentences, when words are labelled: columns and edits are then theirs. Tags
     * are renumbered to be places in the examples' labels. */
    struct ft_tagged *tagged[FT_PART_COUNT];
};

/* Why a row is not among the examples. */
#define FT_LEFT_LIST(X)                                                                            \
    X(DROPPED, "removed by an edit")                                                               \
    X(EMPTY, "empty text")                                                                         \
    X(NO_LABEL, "no label")                                                                        \
    X(NOT_NUMBER, "label is not a finite number")                                                  \
    X(DUPLICATE, "exact duplicate")                                                                \
    X(REJECTED, "rejected or ignored by the annotator (Prodigy)")
enum ft_left_why {
#define X(id, text) FT_LEFT_##id,
    FT_LEFT_LIST(X)
#undef X
        FT_LEFT_COUNT
};
const char *ft_left_text(enum ft_left_why w);
struct ft_left {
    size_t row;
    uint8_t file, why;
};

/* A row that repeats another one: those that cleaning with dedup would leave out. */
struct ft_repeat {
    size_t row, of;
    uint8_t file, of_file;
};

struct ft_examples {
    struct ft_example *items; /* by file, then by row */
    size_t n;
    struct ft_labels labels;
    size_t (*counts)[FT_PART_COUNT]; /* counts[label][part]; of tagged words: words */
    /* Of tagged words: the sentence of an example is tagged[file]->sentences[row - 1]. */
    const struct ft_tagged *tagged[FT_PART_COUNT];
    struct ft_labels types;               /* of entities, in the order of the labels */
    size_t (*type_counts)[FT_PART_COUNT]; /* entities of each type */
    size_t part_n[FT_PART_COUNT];
    double
        share[FT_PART_COUNT]; /* that were used; all 0 when every part has its own file or folder */
    struct ft_left *left;     /* by file, then by row; not those outside the limit */
    struct ft_repeat *repeats; /* of all rows, also those outside the limit, where there is one; */
    size_t repeats_n;          /* without a limit they are looked for among items */
    bool repeats_known;
    size_t left_n, left_by[FT_LEFT_COUNT];
    size_t changed[FT_CLEAN_COUNT];   /* rows that each step changed (dedup: dropped), after those
                                       before it */
    bool numbers;                     /* labels are numbers: see value */
    int label_columns[FT_PART_COUNT]; /* of the tables, where labels are numbers */
    bool several;                     /* a row has any number of labels: */
    struct ft_label_sets sets;        /* the different ones, of indices into labels */
    bool by_id;                       /* labels are numbers: the ids of the model's labels */
    size_t
        negatives; /* rows that are labelled "not X", since the annotator rejected the only label X */
    struct {
        size_t rows, first;                      /* first: its row, from 1 */
    } label_spaces, label_floats, label_repeats; /* labels with spaces around them; 1.0 that is read
                                                  * as 1; a label twice in a row's list */
    size_t edits_applied,
        edits_stale; /* stale: the row has another text or label, or there is no such row */
    const struct ft_table *tables[FT_PART_COUNT];
    /* private */
    struct ft_arena arena;
    size_t left_cap, repeats_cap;
};

/* Default split: ft_split_default. A folder with train/ test/ parts keeps them, and only the train
 * part is split further, when it has no validation. Errors:
 * FT_FORMAT (a label that the training part does not have, with rows; a label column that holds
 * more labels than any model has; no example left; a file without a column that --data has),
 * FT_USAGE (no text column, no label column), FT_NOMEM, FT_CANCELLED. On error *x is released. */
enum ft_status ft_examples_build(struct ft_examples *x, const struct ft_examples_opt *opt,
                                 struct ft_err *err);
void ft_examples_release(struct ft_examples *x);
/* The sentence of tagged words that example i is; NULL: it is a text. */
const struct ft_sentence *ft_examples_sentence(const struct ft_examples *x, size_t i);
/* Has it an entity of the type? */
bool ft_examples_has_type(const struct ft_examples *x, size_t i, size_t type);

/* Has the example the label: it is its only one, or in its set? */
bool ft_examples_has(const struct ft_examples *x, const struct ft_example *e, size_t label);
/* Appends the example's label for people: "anger, joy" of several, "(none)" without one. */
void ft_examples_label_text(const struct ft_examples *x, const struct ft_example *e,
                            struct ft_str *out);

/* Indexes into items of one part, in file order; the caller frees *index. */
void ft_examples_part(const struct ft_examples *x, enum ft_part part, size_t **index, size_t *n);

/* The split as JSON: {"train":[[1,5],7],"validation":..,"test":..}, the rows of each part in its
 * file. */
void ft_examples_split_json(const struct ft_examples *x, struct ft_str *out);

#endif
