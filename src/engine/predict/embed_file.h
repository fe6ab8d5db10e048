/* The vectors of a whole file: what `fettle embed` makes. Reads every data format; each row gives one
 * vector, in order, also one without text. Vectors are written as they come, so that apart from the
 * input's text memory does not grow with the rows.
 *
 *     struct ft_embed_file f = {.model = "m", .o = &o, .input = "in.csv", .output = "out.npy"};
 *     st = ft_embed_file(&f, &done, job, &err);
 *
 * Threads: as embed.h. */
#ifndef FT_ENGINE_PREDICT_EMBED_FILE_H
#define FT_ENGINE_PREDICT_EMBED_FILE_H

#include "engine/options/job.h"
#include "engine/options/options.h"
#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum ft_embed_form {
    FT_EMBED_JSONL, /* {"text":"..","embedding":[..]} a line, the text as it is in the file */
    FT_EMBED_NPY,   /* a numpy array (rows, size) of little-endian float32 in C order */
};
/* By the ending of the output's name: .jsonl or .npy. Error: FT_USAGE. */
enum ft_status ft_embed_form_of(const char *path, enum ft_embed_form *form, struct ft_err *err);

struct ft_embed_file {
    const char *model, *input;
    const struct ft_options *o; /* the input's form and text column, max_seq_length, threads */
    const char *output;         /* a new file, whole or not at all; NULL: JSONL to the stream */
    FILE *to;                   /* called stdout in errors; not flushed */
    bool normalise;             /* also where the model's files do not say so */
};
struct ft_embed_done {
    uint64_t rows, tokens, size; /* size: numbers of a vector */
    double seconds;              /* of tokenizing and computing, without writing */
};
/* Notes in the log which column is the text, how vectors are made, what was truncated. The text of
 * a SQuAD file is its questions; text_column context takes their contexts. */
enum ft_status ft_embed_file(const struct ft_embed_file *f, struct ft_embed_done *done,
                             struct ft_job *w, struct ft_err *err);

#endif
