/* Rows to be compared by near_duplicates.h from what module data makes of files, and the whole work on
 * them: different texts, vectors, pairs. Threads: as text_vectors.h. */
#ifndef FT_ENGINE_RUNS_NEAR_ROWS_H
#define FT_ENGINE_RUNS_NEAR_ROWS_H

#include "data/examples.h"
#include "data/squad.h"
#include "engine/options/options.h"
#include "engine/predict/text_vectors.h"
#include "engine/runs/near_duplicates.h"

/* Views into the data; free() them. The i-th row is the i-th example. Labels that are numbers, and tags
 * of words, are not compared. */
struct ft_near_row *ft_near_rows_of_examples(const struct ft_examples *x);
/* The i-th row is the i-th question, its context the pair. Those that are left out have no text. */
struct ft_near_row *ft_near_rows_of_squad(const struct ft_squad *q);

struct ft_near_work {
    const char *model;
    const struct ft_options *o; /* max_seq_length, which is that of the run, and threads */
    double threshold;
    struct ft_text_vectors *kept; /* vectors that are there, and those that come */
};
struct ft_near_seen {
    size_t without;   /* rows without text */
    size_t texts;     /* different ones */
    size_t truncated; /* of those that were embedded now */
};
/* Errors: as ft_text_vectors_take and ft_near_duplicates_find. */
enum ft_status ft_near_rows_find(struct ft_near_duplicates *found, const struct ft_near_row *rows,
                                 size_t n, const struct ft_near_work *how,
                                 struct ft_near_seen *seen, struct ft_job *w, struct ft_err *err);

#endif
