/* Private to predict*.c: a model that answers, from within. */
#ifndef FT_ENGINE_PREDICT_PREDICT_IN_H
#define FT_ENGINE_PREDICT_PREDICT_IN_H

#include "core/generate.h"
#include "engine/model/model_file.h"
#include "engine/predict/predict.h"
#include "engine/task/run_data.h"
#include "engine/task/sequences.h"

struct ft_predictor {
    struct ft_tag_set tags;       /* of a model of tagged words: its labels; n 0: not yet asked */
    struct ft_model_file *m, own; /* &own, or a session's that is borrowed */
    struct ft_options o;          /* of the run where the model is one's, else as given */
    struct ft_tok_ctx *ctx;
    struct ft_enc enc;
    size_t max_length;
    struct ft_ws *ws[2]; /* for predicting, for attributions */
    size_t ws_tokens[2];
    struct ft_kv *kv; /* of a causal language model, once it was asked */
};

/* Room for one sequence of so many tokens in ws[kind] (1: for attributions). */
enum ft_status ft_predictor_workspace(struct ft_predictor *p, int kind, size_t tokens,
                                      struct ft_err *err);
/* Adds to a prediction what each token of p->enc, the text that it is of, did for it. */
enum ft_status ft_predictor_explain(struct ft_predictor *p, struct ft_prediction *out,
                                    struct ft_err *err);
/* FT_USAGE when the model's task has not the trait: it cannot `what`. */
enum ft_status ft_predictor_can(const struct ft_predictor *p, enum ft_trait trait, const char *what,
                                struct ft_err *err);
struct ft_fill_choice ft_fill_choice_of(struct ft_predictor *p, int32_t id, double probability);
void ft_fill_choices_free(struct ft_fill_choice *c, size_t n);
/* The rows of --data as sequences, in file order: all of them, or those of one part as the options
 * split them. r is zeroed; it is to be released also after an error. */
struct ft_predict_data {
    struct ft_options o;
    struct ft_run_data d;
    struct ft_sequences s;
    enum ft_part part;
};
enum ft_status ft_predict_data_open(struct ft_predictor *p, const struct ft_options *o,
                                    bool unlabelled, const char *part, struct ft_predict_data *r,
                                    struct ft_job *w, struct ft_err *err);
void ft_predict_data_release(struct ft_predict_data *r);
/* A classifier's logits as a prediction without tokens. */
void ft_prediction_settle(const struct ft_predictor *p, struct ft_prediction *out,
                          const float *logits);

#endif
