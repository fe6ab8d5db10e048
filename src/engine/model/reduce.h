/* A smaller model out of a larger one: fewer layers, fewer tokens, weights in fewer bytes. Nothing
 * is trained; with fewer tokens alone, a text whose tokens are all kept gets the logits of the
 * original.
 *
 *     struct ft_reduce_opt opt = {.from = "models/minilm", .layers = "0,2,5", .output = "small"};
 *     struct ft_reduced made;
 *     if ((st = ft_reduce_model(&opt, &made, NULL, &err))) return st;
 *
 * Threads: nothing is kept between calls. */
#ifndef FT_ENGINE_MODEL_REDUCE_H
#define FT_ENGINE_MODEL_REDUCE_H

#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

struct ft_reduce_opt {
    const char *from;      /* a model by any of its names */
    const char *layers;    /* "0,2,5": the layers to keep, in the model's order; NULL: all */
    const char *tokens_of; /* a data file: only its tokens are kept; NULL: all are */
    size_t vocab_size;     /* at most so many tokens, the most frequent; 0: all of the file's */
    const char *dtype;     /* "fp32", "fp16", "bf16"; NULL: each tensor's own */
    const char *output;    /* the folder that is made; it must not exist */
};

struct ft_reduced {
    size_t layers, layers_before, vocab, vocab_before;
    uint64_t parameters, bytes; /* of the weights */
    const char *dtype;          /* of most of them: "float32" */
    size_t texts;               /* of tokens_of */
    uint64_t tokens, kept;      /* in these texts, and those of them that are kept */
    size_t left_out;            /* tensors of the file that are of no known part and are left out */
};

/* Errors: FT_USAGE for the options (layers that are not there, twice or none; a vocab_size below
 * what every text needs), FT_EXISTS, those of the files, FT_CANCELLED. On an error nothing is
 * written. */
enum ft_status ft_reduce_model(const struct ft_reduce_opt *opt, struct ft_reduced *made,
                               struct ft_job *w, struct ft_err *err);
/* Appends what was made as one line of text, without a line break. */
void ft_reduced_text(const struct ft_reduced *made, const char *output, struct ft_str *out);

#endif
