/* A file of examples as a screen sees it: opened in the background, its rows at once, what was
 * understood, cleaned, split and found wrong as it comes, label edits with undo. Everything is the
 * same as a run with these options would make of it, by the same code.
 *
 *     struct ft_dataset *d = ft_dataset_new(&wake);
 *     ft_dataset_set(d, &options);            whenever an option changed: works out what must be
 *     ... each time `wake` is readable: if (ft_dataset_follow(d)) redraw;
 *     for (i = 0; i < ft_dataset_count(d); i++) ft_dataset_row(d, i, &row);
 *     ft_dataset_free(d);
 *
 * Until something new is whole, what was there before stays. Threads: main thread only; its own
 * worker is met inside. No call waits for the worker, but for ft_dataset_free. */
#ifndef FT_ENGINE_PRESENT_DATASET_H
#define FT_ENGINE_PRESENT_DATASET_H

#include "engine/options/options.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/wake.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_dataset;
struct ft_dataset *ft_dataset_new(struct ft_wake *wake);
void ft_dataset_free(struct ft_dataset *d);

/* Of `o` are read: data, validation, test, the columns, clean, split, limit, seed, edits, task,
 * model (its tokenizer counts), max_seq_length. Only what changed is done again. */
void ft_dataset_set(struct ft_dataset *d, const struct ft_options *o);
/* Do the columns that `o` names stand in its data, each for one use? Reads the first row of it;
 * data that can't be read has them. Errors: FT_USAGE. */
enum ft_status ft_dataset_check_columns(const struct ft_options *o, struct ft_err *err);
/* Where the data at `path` really is, also a sheet (F.xlsx#SHEET): absolute, links resolved; NULL
 * when there is none. The caller frees it. */
char *ft_dataset_real_path(const char *path);
/* Is there a file or folder, also one with a sheet named? */
bool ft_dataset_there(const char *path);
/* Takes what the worker has ready; true when something changed. */
bool ft_dataset_follow(struct ft_dataset *d);
/* Cancels the work in progress; the previous data stays. */
void ft_dataset_cancel(struct ft_dataset *d);
/* Work in progress, or finished but not yet taken by ft_dataset_follow; false: none. */
bool ft_dataset_busy(struct ft_dataset *d, struct ft_job_view *view);
/* Why the last opening failed; code 0: it did not. */
const struct ft_err *ft_dataset_failed(const struct ft_dataset *d);

/* What the reader understood. All zero before anything was opened. */
enum { FT_DATASET_COLUMNS = 64 };
struct ft_dataset_column {
    const char *name;
    const char *use; /* "text", "pair", "label" or "" */
    double filled;   /* share of the rows looked at; negative: not counted yet */
    size_t distinct;
    char example[64];
};
struct ft_dataset_facts {
    bool open;    /* there are rows to show */
    bool whole;   /* everything was read and built: a run can start */
    bool squad;   /* questions over documents */
    bool running; /* plain text, no labels: for language models */
    bool several; /* rows have any number of labels: a row's label is "a, b" */
    const char *path, *format, *encoding, *compression;
    /* csv and tsv: the words of their options; else "" */
    const char *header, *delimiter, *quote;
    char sha256[65];
    size_t rows;     /* in the data, so far */
    size_t all_rows; /* with those of validation and test files */
    size_t examples; /* of them after cleaning, edits and limit */
    size_t part_n[3];
    size_t not_utf8;   /* rows with bytes that are no UTF-8, which they were read as */
    size_t unlabelled; /* left out: they have no label */
    size_t edits_stale, edits_given; /* label edits that fit no row, of all */
    bool own_parts; /* validation or test have files of their own: split is not used */
    size_t columns_n;
    struct ft_dataset_column columns[FT_DATASET_COLUMNS];
    const char *text_column, *pair_column, *label_column; /* "" none */
    const char *note; /* why it can't be trained on ("no label column.."), "" */
    size_t articles, paragraphs, impossible; /* squad */
    size_t
        changed[6];   /* rows that each cleaning step changes (dedup: drops); SIZE_MAX: not known */
    uint64_t version; /* counts contents */
};
const struct ft_dataset_facts *ft_dataset_facts(const struct ft_dataset *d);
const char *ft_dataset_clean_name(size_t step); /* NULL: no more */
const char *ft_dataset_clean_help(size_t step);

/* Labels in their order, with rows of each part. */
size_t ft_dataset_labels(const struct ft_dataset *d);
const char *ft_dataset_label(const struct ft_dataset *d, size_t label, size_t part_n[3]);

/* Labels that are numbers (regression): of all parts. */
struct ft_dataset_numbers {
    size_t n, train_n, distinct;
    double least, most, mean, sd, median;
};
bool ft_dataset_numbers(const struct ft_dataset *d,
                        struct ft_dataset_numbers *out); /* false: none */
/* Counts of the values in n bins over from..to. */
void ft_dataset_number_bins(const struct ft_dataset *d, double from, double to, uint64_t *bins,
                            size_t n);
/* Share of the training part's values below x, half of those equal to it; NaN: there are none. */
double ft_dataset_percentile(const struct ft_dataset *d, double x);

/* Tokens of the examples with the model's tokenizer, special ones included. */
struct ft_dataset_tokens {
    size_t counted, all; /* examples counted so far */
    size_t median, longest, p95, p99;
    double mean;
};
/* false: no model, or nothing counted yet. */
bool ft_dataset_tokens(const struct ft_dataset *d, struct ft_dataset_tokens *t);
/* What share of the tokens the model's vocabulary does not have, in words, when it is large. */
bool ft_dataset_unknown(const struct ft_dataset *d, char *text, size_t size);
/* Share of the counted examples longer than `cut`, and of the tokens that stay. */
void ft_dataset_cut(const struct ft_dataset *d, size_t cut, double *rows, double *kept,
                    size_t *rows_n);
/* Counts of lengths in n bins over 0..span; the last bin holds the rest. */
void ft_dataset_bins(const struct ft_dataset *d, size_t span, uint64_t *bins, size_t n);

/* Running text for a language model: a part's texts are joined and cut into blocks, as they are for
 * training. */
struct ft_dataset_blocks {
    size_t length;
    uint64_t tokens[3], blocks[3]; /* of each part */
};
/* false: not counted yet, or the texts stay by themselves. */
bool ft_dataset_blocks(const struct ft_dataset *d, struct ft_dataset_blocks *b);

/* What a run with `o` (settled) makes of each part: texts, windows or blocks, and their tokens
 * after cutting at max_seq_length and at what the model reads (0: not known). false: not all is
 * counted yet. */
struct ft_dataset_sequences {
    uint64_t n, tokens, longest;
};
bool ft_dataset_sequences(const struct ft_dataset *d, const struct ft_options *o, size_t max_tokens,
                          struct ft_dataset_sequences parts[3]);

/* What is wrong, worst first, and what is fine. */
struct ft_dataset_problem {
    char sign;        /* '!' look at it, '-' for information, 'v' fine */
    const char *name; /* for filters: "problem:NAME"; "" for fine ones */
    char text[120];
    size_t count;
};
size_t ft_dataset_problems(const struct ft_dataset *d);
bool ft_dataset_problem(const struct ft_dataset *d, size_t i, struct ft_dataset_problem *p);

/* --- rows, as filtered and sorted --- */
struct ft_dataset_row {
    size_t row;        /* in its file, from 1; SQuAD: the question's number */
    const char *part;  /* "trn", "val", "tst"; "" while reading; "-" left out */
    const char *label; /* "" none; SQuAD: the first answer or "impossible" */
    const char *left;  /* why it is left out, or "" */
    const char *text;  /* cleaned; SQuAD: the question */
    size_t n;
    const char *pair; /* NULL: none; SQuAD: the context */
    size_t pair_n;
    long tokens;               /* -1: not counted */
    uint64_t block, block_end; /* the first and last block of its part it is in, from 1; 0: none */
    bool cut, edited;
    bool editable; /* of --data with labels: relabel and drop work */
};
size_t ft_dataset_count(const struct ft_dataset *d);
bool ft_dataset_row(const struct ft_dataset *d, size_t i, struct ft_dataset_row *row);
/* The place in the list of row `row` of --data; SIZE_MAX when it is not shown. */
size_t ft_dataset_find_row(const struct ft_dataset *d, size_t row);
/* The next place from `from` on (back: down to 0) whose text holds `what`, case ignored. At most
 * 200,000 rows are looked at a call; SIZE_MAX: none there. */
size_t ft_dataset_find(const struct ft_dataset *d, const char *what, size_t from, bool back);
/* Before and after of one row: the text as in the file, and the ranges that cleaning takes out. */
struct ft_dataset_span {
    size_t start, end; /* bytes */
};
bool ft_dataset_before(const struct ft_dataset *d, size_t i, const char **text, size_t *n,
                       struct ft_dataset_span *spans, size_t max, size_t *spans_n);
/* Answers of a question as ranges of bytes of its context. */
size_t ft_dataset_answers(const struct ft_dataset *d, size_t i, struct ft_dataset_span *spans,
                          size_t max);
/* Tagged words: the entities of a row, by place, as ranges of bytes of its text. Labels are then
 * types, a row's label counts its entities ("2 PER, 1 LOC"). */
struct ft_dataset_entity {
    size_t start, end;
    char type[64];
};
bool ft_dataset_tagged(const struct ft_dataset *d);
size_t ft_dataset_entities(const struct ft_dataset *d, size_t i, struct ft_dataset_entity *out,
                           size_t max);
const char *ft_dataset_title(const struct ft_dataset *d, size_t i); /* the article, or "" */

/* label:X part:test len>N len<N row:N edited cut problem:NAME, other words are looked for in the
 * text; "two words" in quotes; "" shows all. Errors: FT_USAGE. */
enum ft_status ft_dataset_filter(struct ft_dataset *d, const char *expression, struct ft_err *err);
const char *ft_dataset_filter_now(const struct ft_dataset *d);
enum ft_dataset_sort {
    FT_DATASET_BY_ROW,
    FT_DATASET_BY_PART,
    FT_DATASET_BY_LABEL,
    FT_DATASET_BY_TOKENS,
    FT_DATASET_BY_TEXT,
    FT_DATASET_SORTS
};
const char *ft_dataset_sort_name(enum ft_dataset_sort s);
void ft_dataset_sort(struct ft_dataset *d, enum ft_dataset_sort by, bool descending);
enum ft_dataset_sort ft_dataset_sort_now(const struct ft_dataset *d, bool *descending);

/* The list becomes these rows, in this order, also those that are left out and any row more than once; filter
 * and sorting (by row: this order) apply to them. Rows that are not there are passed over. Copies; n 0: all
 * rows again. */
struct ft_dataset_pick {
    int file;   /* 0: --data, 1: --validation, 2: --test */
    size_t row; /* from 1 */
};
void ft_dataset_pick(struct ft_dataset *d, const struct ft_dataset_pick *picks, size_t n);
/* Any row, listed or not; tokens -1. false: there is no such row. */
bool ft_dataset_row_at(const struct ft_dataset *d, const struct ft_dataset_pick *place,
                       struct ft_dataset_row *row);
size_t ft_dataset_picked(const struct ft_dataset *d,
                         size_t i); /* which of them is in place i; SIZE_MAX: none are picked */

/* --- edits of --data, by row from 1 --- */
/* The new label may be one that was not there before; NULL leaves the row out. Of several: a JSON list,
 * or "a, b" ("none": none of them). Of tagged words it is "WORDS TYPE": words of the text or their
 * numbers ("3", "3-5", from 1) and a type, O for no entity; entities that they overlap go. Errors:
 * FT_USAGE (no such row, nothing that can be labelled). */
enum ft_status ft_dataset_relabel(struct ft_dataset *d, size_t row, const char *label,
                                  struct ft_err *err);
/* The row of a text that a run's file names, checked by its text: evaluated rows come from there.
 * `file` is "train", "validation" or "test"; only rows of --data can be edited. */
bool ft_dataset_has(const struct ft_dataset *d, size_t row, const char *text, size_t n);
/* Marks a label of row `row` of --data as correct, or takes the mark away; one step of undo. label: as
 * ft_dataset_relabel has it, the row gets it; NULL: the one that it has. A label that is changed later, or a
 * row that is left out, has no mark. Marks are written with the edits. */
enum ft_status ft_dataset_keep(struct ft_dataset *d, size_t row, const char *label, bool on,
                               struct ft_err *err);
bool ft_dataset_kept(const struct ft_dataset *d, size_t row);
/* A row of --data for lists that were made from it earlier: its labels. text (n bytes; NULL: any) is compared
 * with the row's, cleaned. false: no such row with a label, or it is left out for another reason than an
 * edit. The labels are the data set's, until the next change. */
struct ft_dataset_known {
    bool edited, kept;
    const char *file; /* its label before edits */
    const char *now;  /* NULL: it is left out */
};
bool ft_dataset_known(const struct ft_dataset *d, size_t row, const char *text, size_t n,
                      struct ft_dataset_known *out);
bool ft_dataset_undo(struct ft_dataset *d, size_t *row); /* row may be NULL */
bool ft_dataset_redo(struct ft_dataset *d, size_t *row);
size_t ft_dataset_edits(const struct ft_dataset *d);     /* rows that differ from the file */
size_t ft_dataset_marks(const struct ft_dataset *d);     /* rows whose label is marked as correct */
bool ft_dataset_edits_saved(const struct ft_dataset *d); /* nothing changed since the last write */
uint64_t ft_dataset_edits_version(const struct ft_dataset *d); /* counts changes */
/* Several labels per row: whether row `row` of --data has the label, edits included; gives it the label or
 * takes it away, as one edit. */
bool ft_dataset_row_has(const struct ft_dataset *d, size_t row, const char *label);
enum ft_status ft_dataset_toggle(struct ft_dataset *d, size_t row, const char *label,
                                 struct ft_err *err);
/* Rows that have both labels, (labels, labels), the diagonal those that have one; free() it. NULL: one
 * label per row. */
uint64_t *ft_dataset_together(const struct ft_dataset *d);
/* The label edits that a run was trained with, as the file of its --edits has them; "" or a file
 * that can't be read: none. */
void ft_dataset_edits_base(struct ft_dataset *d, const char *path);
/* Rows whose label is not the one of that base: edited since, or taken back. */
size_t ft_dataset_edits_since(const struct ft_dataset *d);
/* The JSONL that --edits reads; a copy does not count as a write. */
enum ft_status ft_dataset_copy_edits(const struct ft_dataset *d, const char *path,
                                     struct ft_err *err);
enum ft_status ft_dataset_write_edits(struct ft_dataset *d, const char *path, struct ft_err *err);
/* The rows that are listed, filtered and sorted as they are, less those left out: .csv, .tsv, .jsonl
 * or .json by the name; columns text, (text_pair,) (label,) part; of questions question, context,
 * answer, part. */
enum ft_status ft_dataset_export(const struct ft_dataset *d, const char *path, struct ft_err *err);
/* --data with the label edits, in its own format (data_rewrite.h); rows that were changed and removed.
 * Errors: FT_USAGE, FT_UNSUPPORTED, FT_IO. */
enum ft_status ft_dataset_corrected(const struct ft_dataset *d, const char *path, size_t *changed,
                                    size_t *dropped, struct ft_err *err);
size_t ft_dataset_export_n(const struct ft_dataset *d); /* how many rows that would be */

#endif
