/* A model that answers: for the predict and eval commands and the Predict screen. Loaded once, then
 * asked. Threads: all calls on one predictor from the thread that opened it, which computes. */
#ifndef FT_ENGINE_PREDICT_PREDICT_H
#define FT_ENGINE_PREDICT_PREDICT_H

#include "engine/options/options.h"
#include "engine/task/scores.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ft_predictor;

struct ft_predicted_token {
    char *text; /* the piece of the vocabulary */
    size_t start,
        end; /* code points of the text (of the pair for its tokens); 0, 0 for special ones */
    double attribution; /* word embedding x gradient of the predicted label's logit, divided by the
                           sum of the absolute values over the text */
    bool special, second; /* put around the text; of the second text */
};
struct ft_prediction {
    size_t labels;
    int32_t label;         /* the likeliest */
    double *probabilities; /* (labels) */
    float *logits;         /* (labels) */
    double *thresholds; /* multi-label: (labels) the probability above which a label is predicted;
                            * else NULL */
    struct ft_predicted_token *tokens; /* only when asked for */
    size_t token_n;
    size_t tokens_n;   /* tokens that were read, special ones included */
    size_t cut;        /* tokens that did not fit */
    size_t read_bytes; /* of the text; less than all of it when its end was cut */
};
void ft_prediction_release(struct ft_prediction *p);
/* Multi-label: is label i predicted? */
bool ft_prediction_has(const struct ft_prediction *p, size_t i);

/* `o`: task, max_seq_length, truncation, threads ..; of a run's folder the run's own count where
 * not given.
 */
enum ft_status ft_predictor_open(struct ft_predictor **p, const char *model,
                                 const struct ft_options *o, struct ft_err *err);
void ft_predictor_free(struct ft_predictor *p);
/* That of the model's head, or the one that `o` names. */
enum ft_task ft_predictor_task(const struct ft_predictor *p);
size_t ft_predictor_max_tokens(const struct ft_predictor *p); /* that it reads of a text */
size_t ft_predictor_labels(const struct ft_predictor *p);
const char *ft_predictor_label(const struct ft_predictor *p, size_t i);
/* What its products multiply: FP32, BF16 or INT8. */
enum ft_precision ft_predictor_precision(const struct ft_predictor *p);

/* Warns when most of what it was asked, text by text, are words that the model's vocabulary does
 * not have. */
void ft_predictor_warn_unknown(const struct ft_predictor *p);
/* Tokens read so far, and those of them that the vocabulary does not have; and what there is to say
 * of those read since ("61% [UNK] tokens: .."); false: nothing. */
enum { FT_PREDICTOR_UNKNOWN = 160 };
struct ft_predictor_read {
    uint64_t tokens, unknown;
};
struct ft_predictor_read ft_predictor_read(const struct ft_predictor *p);
bool ft_predictor_unknown(const struct ft_predictor *p, struct ft_predictor_read since,
                          char text[FT_PREDICTOR_UNKNOWN]);

/* One text, or a pair (pair NULL: none). */
enum ft_status ft_predict(struct ft_predictor *p, const char *text, size_t n, const char *pair,
                          size_t pair_n, bool explain, struct ft_prediction *out,
                          struct ft_err *err);
/* The JSON object of CLI.md, without a newline; `text` as given. */
void ft_prediction_json(const struct ft_predictor *p, const struct ft_prediction *x,
                        const char *text, size_t n, const char *pair, size_t pair_n,
                        struct ft_str *out);

/* --- questions about a text (task qa) --- */
struct ft_reply_span {
    char *text;
    size_t start, end; /* code points of the context */
    double probability, start_logit, end_logit;
};
struct ft_reply {
    const char *text;  /* of best[0], "" when there is no answer */
    size_t start, end; /* code points; 0, 0 without an answer */
    double score;      /* its probability, or that of no answer */
    double null_probability;
    double null_score_diff;
    struct ft_reply_span *best; /* (best_n) best first */
    size_t best_n, windows;     /* windows: how many the context took */
};
void ft_reply_release(struct ft_reply *a);
enum ft_status ft_predict_answer(struct ft_predictor *p, const char *question, size_t qn,
                                 const char *context, size_t cn, struct ft_reply *out,
                                 struct ft_err *err);
/* The JSON object without a newline; `id` NULL: none. */
void ft_reply_json(const struct ft_reply *x, const char *id, size_t id_n, const char *question,
                   size_t qn, struct ft_str *out);

/* --- words and the entities in them (task ner) --- */
struct ft_tagging_word {
    size_t start, end;  /* bytes of the text */
    size_t first, last; /* code points of it: [first, last) */
    int32_t label;      /* -1: the word has no token; it counts as O */
    double score;       /* the probability of that label */
};
struct ft_tagging_entity {
    size_t word, words; /* the first of them, how many */
    size_t start, end;  /* bytes */
    size_t first, last; /* code points */
    double score;       /* the mean of its words' */
    char *type;         /* "PER" */
};
struct ft_tagging {
    char *text; /* as given; of tokens, with blanks between them */
    size_t n;
    struct ft_tagging_word *words;
    size_t words_n;
    struct ft_tagging_entity *entities; /* by place */
    size_t entities_n, windows;
};
void ft_tagging_release(struct ft_tagging *x);
/* The words are those of the tokenizer. */
enum ft_status ft_predict_entities(struct ft_predictor *p, const char *text, size_t n,
                                   struct ft_tagging *out, struct ft_err *err);
/* The JSON object of CLI.md, without a newline. */
void ft_tagging_json(const struct ft_predictor *p, const struct ft_tagging *x, struct ft_str *out);
const char *ft_tagging_label(const struct ft_predictor *p, const struct ft_tagging_word *w);

/* A token that could stand somewhere. */
struct ft_fill_choice {
    char *token;
    int32_t id;
    double probability;
};

/* --- text that goes on (task clm) --- */
struct ft_generate_opt {
    size_t max_new_tokens;
    double temperature;        /* 0: always the likeliest token */
    size_t top_k;              /* 0: off */
    double top_p;              /* 1: off */
    double repetition_penalty; /* 1: off */
    uint64_t seed;
    const char *stop; /* ends before this text; NULL: none */
    size_t tell_next; /* so many choices for the token after the text, see ft_generated */
};
struct ft_generated {
    char *text; /* prompt and continuation, as the tokenizer writes them */
    size_t n, prompt_bytes;
    int32_t *ids; /* of both */
    size_t ids_n, prompt_n;
    size_t cut; /* tokens of the prompt's beginning that did not fit */
    enum ft_generated_end {
        FT_END_LENGTH,
        FT_END_OF_TEXT,
        FT_END_STOP,
        FT_END_ROOM,
        FT_END_ASKED
    } end;
    double seconds;              /* of the new tokens */
    struct ft_fill_choice *next; /* (next_n) likeliest first, after temperature and cuts */
    size_t next_n;
};
void ft_generated_release(struct ft_generated *g);
const char *ft_generated_end_text(enum ft_generated_end end);
/* Told after each new token: the whole text so far, up to a whole character; out->next is that of
 * this text. false ends it. */
typedef bool ft_generate_fn(void *arg, const char *text, size_t n, size_t new_tokens);
enum ft_status ft_generate(struct ft_predictor *p, const char *prompt, size_t n,
                           const struct ft_generate_opt *opt, ft_generate_fn *fn, void *arg,
                           struct ft_generated *out, struct ft_err *err);
void ft_generated_json(const struct ft_generated *x, const char *prompt, size_t n,
                       struct ft_str *out);

/* --- masked words (task mlm) --- */
struct ft_fill {
    size_t masks, choices;         /* choices for each mask */
    struct ft_fill_choice *choice; /* (masks, choices), likeliest first */
    char *text;                    /* with the likeliest of each filled in */
};
void ft_fill_release(struct ft_fill *f);
/* `text` has the tokenizer's mask token, or [MASK], in it. */
enum ft_status ft_predict_fill(struct ft_predictor *p, const char *text, size_t n, size_t choices,
                               struct ft_fill *out, struct ft_err *err);
/* The same of many texts, in passes of some thousand tokens; fn is called for each, in order, and may
 * take what is in *x by zeroing it. *done: texts that fn has had, so after an error the number of the
 * text that it is of. */
struct ft_text;
typedef enum ft_status ft_fill_fn(void *arg, size_t i, struct ft_fill *x, struct ft_err *err);
enum ft_status ft_predict_fill_all(struct ft_predictor *p, const struct ft_text *texts, size_t n,
                                   size_t choices, size_t *done, ft_fill_fn *fn, void *arg,
                                   struct ft_job *w, struct ft_err *err);
void ft_fill_json(const struct ft_fill *x, const char *text, size_t n, struct ft_str *out);
const char *ft_predictor_mask(const struct ft_predictor *p); /* "[MASK]", "<mask>"; NULL: none */

/* --- files --- */

/* Every row of a file, in order; `row` is called for each, in order, also for one without text (a
 * model that puts no tokens around an empty text passes it over, which the log says). A label
 * column is not needed. */
struct ft_predict_cells { /* the file's other columns, in its order */
    size_t n;
    const char *const *names; /* those of the output's own columns begin with "data_" */
    const char **cells;       /* NULL: missing */
    size_t *cells_n;          /* bytes of each */
};
typedef enum ft_status ft_predict_row_fn(void *arg, size_t row, const char *text, size_t n,
                                         const char *pair, size_t pair_n,
                                         const struct ft_prediction *x,
                                         const struct ft_predict_cells *more, struct ft_err *err);
enum ft_status ft_predict_file(struct ft_predictor *p, const struct ft_options *o, bool explain,
                               ft_predict_row_fn *row, void *arg, struct ft_job *w,
                               struct ft_err *err);

/* The same for sentences: the words of the file where it has any, else those of its texts. */
typedef enum ft_status ft_tagging_fn(void *arg, size_t row, const struct ft_tagging *x,
                                     struct ft_err *err);
enum ft_status ft_predict_sentences(struct ft_predictor *p, const struct ft_options *o,
                                    ft_tagging_fn *row, void *arg, struct ft_job *w,
                                    struct ft_err *err);

/* The same for the questions of a SQuAD file. */
typedef enum ft_status ft_reply_fn(void *arg, const char *id, size_t id_n, const char *question,
                                   size_t qn, const struct ft_reply *x, struct ft_err *err);
enum ft_status ft_predict_questions(struct ft_predictor *p, const struct ft_options *o,
                                    const char *path, ft_reply_fn *row, void *arg, struct ft_job *w,
                                    struct ft_err *err);

/* Scores of the model on --data: all rows (part NULL; of a folder with parts its test or validation
 * part), or "train", "validation" or "test" as the options split them. `lines` gets a line of
 * predictions.jsonl for each example (NULL: none). Labels must be the model's. */
enum ft_status ft_evaluate(struct ft_predictor *p, const struct ft_options *o, const char *part,
                           FILE *lines, struct ft_scores *scores, struct ft_job *w,
                           struct ft_err *err);

/* A predictor on a model that stays its owner's (a session's), with the options of its run. Use it
 * on the owner's thread only; freeing it leaves the model. */
struct ft_model_file;
struct ft_predictor *ft_predictor_borrow(struct ft_model_file *m, const struct ft_options *o);

#endif
