/* Problems of the data, found before a run: a description and the rows, most severe first. */
#ifndef FT_DATA_PROBLEMS_H
#define FT_DATA_PROBLEMS_H

#include "data/examples.h"
#include "data/squad.h"

/* Most severe first. `one` and `bad`: the text after a count of 1 and of N ("N rows.."); `fine`: the
 * text when there are none (NULL: nothing). sign: '!' needs attention, '-' for information. */
#define FT_PROBLEM_LIST(X)                                                                         \
    X(OVERLAP_LABEL, '!', "text is also in another split with a different label",                  \
      "texts are also in another split with a different label", NULL)                              \
    X(OVERLAP, '!', "text is also in another split", "texts are also in another split",            \
      "no text in two splits")                                                                     \
    X(CONFLICT, '!', "duplicate text with a different label",                                      \
      "duplicate texts with different labels", "no text with two labels")                          \
    X(EMPTY, '!', "row without text, excluded", "rows without text, excluded", "no empty rows")    \
    X(NO_LABEL, '!', "row without a label, excluded", "rows without a label, excluded",            \
      "no rows without a label")                                                                   \
    X(NOT_NUMBER, '!', "row whose label is not a finite number, excluded",                         \
      "rows whose labels are not finite numbers, excluded", NULL)                                  \
    X(TEXT_JSON, '!', "row has JSON instead of text", "rows have JSON instead of text", NULL)      \
    X(LABEL_VALUE, '!', "row has a label that looks like a missing value",                         \
      "rows have labels that look like missing values", NULL)                                      \
    X(LABEL_SPELLING, '!', "label differs from another only in case or spaces",                    \
      "labels differ from others only in case or spaces", NULL)                                    \
    X(TAG_NO_B, '!', "tag I- without B- before it", "tags I- without B- before them", NULL)        \
    X(TAG_FORM, '!', "tag without B- or I-", "tags without B- or I-", NULL)                        \
    X(SPAN_SPLIT, '!', "span splits a word", "spans split a word", NULL)                           \
    X(SPAN_OVERLAP, '!', "span overlaps another, not used", "spans overlap others, not used",      \
      NULL)                                                                                        \
    X(SPAN_OUTSIDE, '!', "span is outside its text, not used",                                     \
      "spans are outside their texts, not used", NULL)                                             \
    X(LABEL_LIST, '!', "label column with several labels in a cell",                               \
      "label columns with several labels in a cell", NULL)                                         \
    X(LABEL_AMOUNT, '!', "label column with many whole numbers",                                   \
      "label columns with many whole numbers", NULL)                                               \
    X(UTF8, '!', "row has invalid UTF-8, shown as U+FFFD",                                         \
      "rows have invalid UTF-8, shown as U+FFFD", "no invalid UTF-8")                              \
    X(RAGGED, '!', "row has more or fewer cells than columns",                                     \
      "rows have more or fewer cells than columns", NULL)                                          \
    X(QUOTE, '!', "row has text after a closing quote", "rows have text after a closing quote",    \
      NULL)                                                                                        \
    X(LINES, '!', "row has lines of other rows in a quoted cell: a stray quote?",                  \
      "rows have lines of other rows in a quoted cell: a stray quote?", NULL)                      \
    X(EDIT, '!', "edit not applied: the row's text or label has changed",                          \
      "edits not applied: the row's text or label has changed", NULL)                              \
    X(ANSWER, '!', "answer is not at its offset", "answers are not at their offset",               \
      "answers at their offsets")                                                                  \
    X(CONTEXT, '!', "context is empty", "contexts are empty", NULL)                                \
    X(ONE_LABEL, '!', "label only: nothing to classify", "label only: nothing to classify", NULL)  \
    X(ONE_VALUE, '!', "split with a single value: its correlations are not defined",               \
      "splits with a single value: their correlations are not defined", NULL)                      \
    X(LABEL_MISSING, '!', "label missing in a split", "labels missing in a split",                 \
      "no label missing in a split")                                                               \
    X(RARE, '!', "label has fewer than 8 rows", "labels have fewer than 8 rows", NULL)             \
    X(UNKNOWN, '!', "note on words unknown to the model", "notes on words unknown to the model",   \
      NULL)                                                                                        \
    X(CUT, '!', "row is truncated", "rows are truncated", NULL)                                    \
    X(DUPLICATE, '-', "exact duplicate", "exact duplicates", "no exact duplicates")                \
    X(DROPPED, '-', "exact duplicate dropped by dedup", "exact duplicates dropped by dedup", NULL) \
    X(REJECTED, '-', "row rejected or ignored by the annotator, excluded",                         \
      "rows rejected or ignored by the annotator, excluded", NULL)                                 \
    X(LABEL_REPEAT, '-', "note on labels twice in a row", "notes on labels twice in a row", NULL)  \
    X(LABEL_NONE, '-', "row has none of the labels", "rows have none of the labels", NULL)         \
    X(FORM, '-', "note on how the file is read", "notes on how the files are read", NULL)
enum ft_problem_kind {
#define X(id, sign, one, bad, fine) FT_PROBLEM_##id,
    FT_PROBLEM_LIST(X)
#undef X
        FT_PROBLEM_COUNT
};
char ft_problem_sign(enum ft_problem_kind k);
/* The text after a count of the kind: "exact duplicate" or "exact duplicates". */
const char *ft_problem_bad(enum ft_problem_kind k, size_t count);
const char *ft_problem_fine(enum ft_problem_kind k); /* or NULL */
/* The name of a kind in JSON: "overlap", "conflict", "empty".. */
const char *ft_problem_name(enum ft_problem_kind k);

struct ft_problem {
    enum ft_problem_kind kind;
    uint8_t file, other_file; /* ft_part of the tables */
    size_t row, other_row;    /* from 1; 0: not about one row */
    const char *what;         /* one line, without the row; owned here */
};
struct ft_problems {
    struct ft_problem *items; /* by kind, worst first, then by file and row */
    size_t n, cap;
    size_t count[FT_PROBLEM_COUNT];                         /* all of them */
    size_t first[FT_PROBLEM_COUNT], kept[FT_PROBLEM_COUNT]; /* where a kind is in items */
    /* private */
    struct ft_arena arena;
};
/* Keeps up to rows_max of each kind (0: 100). One pass; a few seconds for 1,000,000 rows. CUT and
 * UNKNOWN are not found here, since they need a tokenizer: the caller adds them with
 * ft_problems_add and then sorts. Errors: FT_CANCELLED (cancel may be NULL). Texts of examples must
 * outlive nothing: all is copied. */
enum ft_status ft_problems_find(struct ft_problems *p, const struct ft_examples *x, size_t rows_max,
                                const atomic_bool *cancel, struct ft_err *err);
enum ft_status ft_problems_find_squad(struct ft_problems *p, const struct ft_squad *q,
                                      size_t rows_max, struct ft_err *err);
void ft_problems_add(struct ft_problems *p, enum ft_problem_kind kind, uint8_t file, size_t row,
                     const char *what);
void ft_problems_sort(struct ft_problems *p);
/* The texts that are JSON. Quick. */
void ft_problems_texts(struct ft_problems *p, const struct ft_examples *x);
/* The problems of the labels alone: missing values, spelling; of tagged words, of types, and what
 * reading them found. Quick. */
void ft_problems_labels(struct ft_problems *p, const struct ft_examples *x);
void ft_problems_release(struct ft_problems *p);

#endif
