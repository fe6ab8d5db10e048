/* The data files of a run, from the options that name them to the examples of the task: tables or
 * SQuAD files, columns, edits, splits. Evaluation, prediction and the baselines read theirs the
 * same way.
 *
 *     st = ft_task_open(&d, task, &options, NULL, false, &err);     task.h
 *     .. d.x ..
 *     ft_run_data_release(&d);
 *
 * Threads: one at a time. */
#ifndef FT_ENGINE_TASK_RUN_DATA_H
#define FT_ENGINE_TASK_RUN_DATA_H

#include "data/edits.h"
#include "data/examples.h"
#include "data/squad.h"
#include "data/table.h"
#include "data/tagged.h"
#include "engine/options/options.h"
#include "util/str.h"

/* Data files of a run and what came of them. */
struct ft_run_data {
    enum ft_task task;
    struct ft_table tables[FT_PART_COUNT]; /* those that were given; path NULL: not */
    struct ft_squad squad[FT_PART_COUNT];  /* QA: in their place */
    bool some_unlabelled; /* rows without a label stay: a teacher has predictions for them */
    bool texts_only;      /* only texts are read: no labels, no pairs */
    bool running_text;    /* language models: no labels, parts in order, blank lines are text */
    char sha256[FT_PART_COUNT][65]; /* "" for a folder */
    struct ft_columns columns;
    /* Tagged words, of each table; the words of texts are those of tok. */
    struct ft_tagged tagged[FT_PART_COUNT];
    const struct ft_tok
        *tok;            /* set before reading, the caller's; NULL: that of tok_dir or --model */
    const char *tok_dir; /* the caller's */
    struct ft_tok *own_tok;
    struct ft_edits edits;
    struct ft_examples x;
    bool built;
};
/* The part of it that tasks with tables share. */
enum ft_status ft_run_data_read(struct ft_run_data *d, const struct ft_options *o,
                                const struct ft_labels *labels, bool unlabelled,
                                struct ft_err *err);
size_t ft_run_data_examples(const struct ft_run_data *d, enum ft_part part);
void ft_run_data_split_json(const struct ft_run_data *d, struct ft_str *out);
enum ft_opt ft_run_data_option(enum ft_part part); /* data, validation, test */
/* The file of a part (NULL: it has none) and its rows or questions. */
const char *ft_run_data_path(const struct ft_run_data *d, enum ft_part part);
size_t ft_run_data_rows(const struct ft_run_data *d, enum ft_part part);
/* Builds the examples again with another order of labels. */
enum ft_status ft_run_data_rebuild(struct ft_run_data *d, const struct ft_options *o,
                                   const struct ft_labels *labels, bool unlabelled,
                                   struct ft_err *err);
/* Whether a classifier can learn from it: FT_FORMAT, naming the file, when all rows have one label
 * or none is in the training part. */
enum ft_status ft_run_data_teaches(const struct ft_run_data *d, struct ft_err *err);
/* The error of an empty training part. */
enum ft_status ft_run_data_empty(const struct ft_run_data *d, struct ft_err *err);
void ft_run_data_release(struct ft_run_data *d);

#endif
