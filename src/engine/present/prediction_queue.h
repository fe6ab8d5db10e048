/* Prediction requests from a screen that must never wait: the latest request replaces older ones;
 * results come back as values with a wake-up. The model is a folder's (loaded once and kept), or
 * the one that a training session of this program is working on, asked between two of its updates.
 *
 *     struct ft_prediction_queue *a = ft_prediction_queue_new(&wake);
 *     id = ft_prediction_queue_ask(a, &(struct ft_question){.model = "runs/imdb", .text = "fine"});
 *     ... each time `wake` is readable: if (ft_prediction_queue_take(a, &answer)) ..;
 *     ft_answer_release(&answer);
 *     ft_prediction_queue_free(a);
 *
 * Threads: main thread only; its own thread is met inside. */
#ifndef FT_ENGINE_PRESENT_PREDICTION_QUEUE_H
#define FT_ENGINE_PRESENT_PREDICTION_QUEUE_H

#include "engine/options/options.h"
#include "engine/predict/predict.h"
#include "engine/train/session.h"
#include "util/wake.h"

struct ft_prediction_queue;

/* What is asked follows the model's task: a text (and a pair) to classify, a question with its
 * context as the pair, a prompt, or a text with masked words. */
struct ft_question {         /* copied */
    const char *model;       /* a folder, a run's folder or a name */
    bool current;            /* the session's weights instead, where it is there */
    const char *text, *pair; /* text NULL: the model is only loaded; pair NULL: none */
    bool explain;
    enum ft_precision precision;     /* where this machine has it; a session has its own */
    int delay_ms;                    /* waits so long for a later question to take its place */
    size_t choices;                  /* for each masked word */
    struct ft_generate_opt generate; /* `stop` is not copied: a string that stays */
};
struct ft_answer {
    uint64_t id;
    enum ft_status status; /* not FT_OK: see err */
    struct ft_err err;
    bool current;                /* of the session's weights.. */
    uint64_t step;               /* ..after this many updates */
    double ms;                   /* the answer alone, without loading */
    enum ft_precision precision; /* FP32, BF16 or INT8 */
    char *text, *pair, *model;   /* text NULL: nothing was asked */
    enum ft_task task;
    size_t max_tokens; /* that the model reads */
    char **labels;     /* (labels_n) of a classifier */
    size_t labels_n;
    char unknown
        [FT_PREDICTOR_UNKNOWN]; /* most of its words are none of the model's: a sentence; "" */
    bool partial;               /* `generated` still grows: an answer of the same id follows */
    /* by task */
    struct ft_prediction prediction;
    struct ft_reply reply;
    struct ft_tagging tagging;
    struct ft_generated generated;
    struct ft_fill fill;
};
void ft_answer_release(struct ft_answer *a);

struct ft_prediction_queue *ft_prediction_queue_new(struct ft_wake *wake);
void ft_prediction_queue_free(
    struct ft_prediction_queue *a); /* waits for the question that is being answered */
/* Replaces a question that waits. Returns its id, from 1, ascending. */
uint64_t ft_prediction_queue_ask(struct ft_prediction_queue *a, const struct ft_question *q);
/* Ends a text that grows, or waits to, where it is; it is an answer all the same. */
void ft_prediction_queue_stop(struct ft_prediction_queue *a);
/* The newest answer since the last call, moved into *out. */
bool ft_prediction_queue_take(struct ft_prediction_queue *a, struct ft_answer *out);
/* A question waits or is being answered; loading: its model is being loaded. */
bool ft_prediction_queue_busy(struct ft_prediction_queue *a, bool *loading);
/* The session whose weights are asked; NULL before it is joined: waits until it is left alone,
 * which ends a text that grows. */
void ft_prediction_queue_session(struct ft_prediction_queue *a, struct ft_session *s);

#endif
