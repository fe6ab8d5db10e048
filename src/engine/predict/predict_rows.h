/* Answers to a whole file, or to one text, written as a file or a stream: what `fettle predict
 * --input` and `b` of the Predict screen make. A classifier takes every data format, a model for
 * questions SQuAD files, a language model plain text with one prompt (or masked text) a line.
 *
 * Threads: as predict.h. */
#ifndef FT_ENGINE_PREDICT_PREDICT_ROWS_H
#define FT_ENGINE_PREDICT_PREDICT_ROWS_H

#include "engine/predict/predict.h"

#include <stdio.h>

enum ft_predict_form {
    FT_PREDICT_TEXT,  /* a line each, for people */
    FT_PREDICT_JSONL, /* a line each, as `predict --json` of one */
    FT_PREDICT_CSV,   /* row or id, text, answer, score */
    FT_PREDICT_CONLL, /* of tagged words: a word and its tag a line, a blank line behind a sentence */
    FT_PREDICT_JSON, /* one object, {id: answer}: what the official script of SQuAD reads */
};

/* By the ending of the output's name: .jsonl, .csv, .conll or .json. Error: FT_USAGE. */
enum ft_status ft_predict_form_of(const char *path, enum ft_predict_form *form, struct ft_err *err);

/* `o`: columns and cleaning of the input; `generate` is for prompts. One of input, text, question
 * and prompt is given. */
struct ft_predict_rows {
    struct ft_predictor *p;
    const struct ft_options *o;
    const char *input;
    const char *text, *pair; /* pair NULL: none */
    const char *question, *context;
    const char *prompt;
    bool explain;                           /* of a classifier: what each token did */
    const struct ft_generate_opt *generate; /* NULL: greedy, 50 tokens */
};
/* To a stream, which is called stdout in errors. */
enum ft_status ft_predict_write(const struct ft_predict_rows *r, enum ft_predict_form form,
                                FILE *to, struct ft_job *w, struct ft_err *err);
/* Into a new file, whole or not at all. A classifier's lines also have the input's other columns,
 * behind its own; those with a name of its own begin with "data_". */
enum ft_status ft_predict_write_file(const struct ft_predict_rows *r, const char *output,
                                     struct ft_job *w, struct ft_err *err);

/* A classifier's answer as a line (and one for each token, when it was explained). */
void ft_prediction_text(const struct ft_predictor *p, const struct ft_prediction *x,
                        struct ft_str *out);

#endif
