/* A model that answers: for the predict and eval commands and the Predict screen. Loaded once, then
 * asked. Threads: all calls on one predictor from the thread that opened it, which computes. */
#ifndef FT_ENGINE_PREDICT_H
#define FT_ENGINE_PREDICT_H

#include "engine/options.h"
#include "engine/scores.h"
#include "engine/work.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_predictor;

struct ft_predicted_token {
    char *text; /* the piece of the vocabulary */
    size_t start,
        end; /* code points of the text (of the pair for its tokens); 0, 0 for special ones */
    double attribution;   /* gradient x input for the predicted label, as a share of their sum of
                             sizes */
    bool special, second; /* put around the text; of the second text */
};
struct ft_prediction {
    size_t labels;
    int32_t label;                     /* the likeliest */
    double *probabilities;             /* (labels) */
    float *logits;                     /* (labels) */
    struct ft_predicted_token *tokens; /* only when asked for */
    size_t token_n;
    size_t tokens_n;   /* tokens that were read, special ones included */
    size_t cut;        /* tokens that did not fit */
    size_t read_bytes; /* of the text; less than all of it when its end was cut */
};
void ft_prediction_release(struct ft_prediction *p);

/* `o`: max_seq_length, truncation, threads; of a run's folder the run's own count where not given.
 */
enum ft_status ft_predictor_open(struct ft_predictor **p, const char *model,
                                 const struct ft_options *o, struct ft_err *err);
void ft_predictor_free(struct ft_predictor *p);
size_t ft_predictor_labels(const struct ft_predictor *p);
const char *ft_predictor_label(const struct ft_predictor *p, size_t i);

/* One text, or a pair (pair NULL: none). */
enum ft_status ft_predict(struct ft_predictor *p, const char *text, size_t n, const char *pair,
                          size_t pair_n, bool explain, struct ft_prediction *out,
                          struct ft_err *err);
/* The JSON object of CLI.md, without a newline; `text` as given. */
void ft_prediction_json(const struct ft_predictor *p, const struct ft_prediction *x,
                        const char *text, size_t n, const char *pair, size_t pair_n,
                        struct ft_str *out);

/* Every row of a file, in order; `row` is called for each, in order. A label column is not needed.
 */
typedef enum ft_status ft_predict_row_fn(void *arg, size_t row, const char *text, size_t n,
                                         const char *pair, size_t pair_n,
                                         const struct ft_prediction *x, struct ft_err *err);
enum ft_status ft_predict_file(struct ft_predictor *p, const struct ft_options *o,
                               ft_predict_row_fn *row, void *arg, struct ft_work *w,
                               struct ft_err *err);

/* What an evaluation says of one example; texts and probabilities are gone after the call. */
struct ft_evaluated {
    size_t row;                     /* in its file, from 1 */
    const char *part, *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
    int32_t label, predicted;
    double loss;
    const double *probabilities; /* (labels) */
};
typedef enum ft_status ft_evaluated_fn(void *arg, const struct ft_evaluated *x, struct ft_err *err);
/* The labelled rows of --data (part NULL: all; else "train", "validation" or "test", as the options
 * split them), each told to fn in file order (fn NULL: not), then their scores. Labels must be the
 * model's. */
enum ft_status ft_evaluate_examples(struct ft_predictor *p, const struct ft_options *o,
                                    const char *part, ft_evaluated_fn *fn, void *arg,
                                    struct ft_scores *scores, struct ft_work *w,
                                    struct ft_err *err);
/* Scores of the model on all rows of --data (after --limit); labels must be the model's. */
enum ft_status ft_evaluate_file(struct ft_predictor *p, const struct ft_options *o,
                                struct ft_scores *scores, struct ft_work *w, struct ft_err *err);

#endif
