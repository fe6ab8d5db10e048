/* The state of an evaluation for screens: read from a run's folder (eval.json, predictions.jsonl,
 * baseline.json) in the background, or computed with a model on a split or another file.
 *
 *     struct ft_evaluation *e = ft_evaluation_new(&wake);
 *     ft_evaluation_load(e, "runs/imdb");
 *     ... each time `wake` is readable: if (ft_evaluation_follow(e)) redraw;
 *     ft_evaluation_free(e);
 *
 * Until something new is whole, what was there before stays. Threads: main thread only. */
#ifndef FT_ENGINE_PRESENT_EVALUATION_H
#define FT_ENGINE_PRESENT_EVALUATION_H

#include "engine/options/options.h"
#include "engine/task/score_report.h"
#include "engine/task/scores.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/kinds.h"
#include "util/str.h"
#include "util/wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_evaluation;
struct ft_evaluation *ft_evaluation_new(struct ft_wake *wake);
void ft_evaluation_free(struct ft_evaluation *e);

void ft_evaluation_load(struct ft_evaluation *e, const char *run); /* NULL or "": forgets */
/* Evaluates a run's model: on a part of its own data, or (data given) on all rows of that file.
 * precision: a word of the option, "" the run's. */
void ft_evaluation_make(struct ft_evaluation *e, const char *run, const char *part,
                        const char *data, const char *precision);
/* The baselines of the task on the parts of the run's data, for the facts below. */
void ft_evaluation_baseline(struct ft_evaluation *e, const char *run);
void ft_evaluation_cancel(struct ft_evaluation *e);
bool ft_evaluation_follow(struct ft_evaluation *e);
/* Work in progress, or finished but not yet taken by ft_evaluation_follow. */
bool ft_evaluation_busy(struct ft_evaluation *e, struct ft_job_view *view);
const struct ft_err *ft_evaluation_failed(const struct ft_evaluation *e);

struct ft_evaluation_facts {
    bool there;
    const char *run, *part, *data; /* data: of another file, "" the run's own */
    const char *rows;              /* which rows, for a person: "test part", "dev.csv, int8" */
    uint64_t step;
    struct ft_scores scores;
    double threshold;      /* qa: the one that scores are of */
    size_t answered[2][2]; /* qa: [there is an answer][one was given] */
    bool has_baseline;
    double constant, trained; /* what the baselines (task/baseline.h) have on the same part, as
                                 ft_scores_first says; trained NaN: unknown */
    bool has_teacher;         /* of a run with a teacher: both on the same part */
    struct ft_scores_side student, teacher;
    size_t examples;          /* with texts; 0: there is no predictions.jsonl */
    size_t wrong, sure_wrong; /* of them; with more than .95 for the wrong label */
    double calibration;       /* expected calibration error of them (core/metrics.h); NaN: none */
    double too_sure;          /* mean probability of the predicted label, less the accuracy */
    uint64_t version;
};
const struct ft_evaluation_facts *ft_evaluation_facts(const struct ft_evaluation *e);

/* --- examples --- */
struct ft_evaluation_hard { /* a token of a block of text that cost much */
    size_t start, end;      /* bytes of the text */
    double loss;
    const char *guess;
};
/* A row is an example; of tagged words it is an entity, and a sentence has as many as it has true
 * entities and predicted ones that are none. */
struct ft_evaluation_row {
    size_t row;                     /* in its file, from 1; language models: the block */
    const char *part, *text, *pair; /* qa: the context and the question */
    size_t n, pair_n;
    double loss; /* NaN for questions */
    /* classify */
    int label, predicted;       /* -1: none */
    const float *probabilities; /* (labels), of several too */
    /* multi-label; label is 0 for a row that is labelled */
    const uint8_t *cells; /* (labels) enum ft_scores_cell; of a row without labels TN or FP */
    size_t wrong_n;       /* labels that are wrong */
    /* regression */
    double truth, value; /* the true one, NaN: none; the predicted one */
    /* qa */
    const char *id, *answer, *gold; /* the best answer, all right ones ("" none) */
    size_t start, end;              /* bytes of the context: the best answer */
    size_t gold_start, gold_end;    /* the first right one; equal: it has no place */
    bool has_answer;
    double score, null_diff, exact, f1; /* exact, f1: of the best answer, 0 to 1 */
    /* ner: label and predicted are places among the scores' types, the last is none. gold_start and
     * gold_end are the true entity's bytes, start and end the predicted one's (equal: there is none);
     * answer and gold are their types ("" none). */
    enum ft_entity_error error;
    size_t sentence; /* of the file of predictions, from 0 */
    /* mlm, clm */
    size_t tokens, right;
    const struct ft_evaluation_hard *hard; /* (hard_n) costliest first */
    size_t hard_n;
};
const struct ft_evaluation_row *ft_evaluation_row(const struct ft_evaluation *e, size_t i);
/* Indices of the examples with this true and this predicted label (-1: any), right ones too or only
 * wrong ones, largest loss first. free() *index. */
size_t ft_evaluation_select(const struct ft_evaluation *e, int label, int predicted, bool right_too,
                            size_t **index);

/* multi-label: indices of the examples in this cell (enum ft_scores_cell; -1: any) of this label's table
 * (-1: of the tables of all labels); `wrong` only those with a wrong label. Largest loss first. free()
 * *index. */
size_t ft_evaluation_cell(const struct ft_evaluation *e, int label, int cell, bool wrong,
                          size_t **index);
/* Appends the row's true labels, or those predicted, as "a, b" or a JSON list. */
void ft_evaluation_labels(const struct ft_scores *s, const struct ft_evaluation_row *r,
                          bool predicted, bool json, struct ft_str *out);

/* qa: whether the row gets no answer at the threshold in force, and its scores then (0 to 1). */
bool ft_evaluation_none(const struct ft_evaluation *e, const struct ft_evaluation_row *r);
double ft_evaluation_exact(const struct ft_evaluation *e, const struct ft_evaluation_row *r);
double ft_evaluation_f1(const struct ft_evaluation *e, const struct ft_evaluation_row *r);
/* qa: all numbers with another threshold. */
void ft_evaluation_threshold(struct ft_evaluation *e, double threshold);
/* qa: indices, worst F1 first; of equals the surest first. free() *index. */
enum ft_evaluation_kind {
    FT_QUESTIONS_ALL,
    FT_QUESTIONS_HAS,
    FT_QUESTIONS_NONE,
    FT_QUESTIONS_WRONG,
    FT_QUESTIONS_KINDS
};
size_t ft_evaluation_questions(const struct ft_evaluation *e, enum ft_evaluation_kind kind,
                               size_t **index);
/* ner: entities of a kind of error (FT_ENTITY_ERRORS: all that are wrong, with right_too all), largest
 * loss of the sentence first. One whose boundary is wrong is listed once, with what was predicted. */
size_t ft_evaluation_entities(const struct ft_evaluation *e, enum ft_entity_error kind,
                              bool right_too, size_t **index);
const char *ft_entity_error_name(enum ft_entity_error kind); /* "missed", "wrong type", .. */
/* mlm, clm: all blocks, largest loss first. */
size_t ft_evaluation_blocks(const struct ft_evaluation *e, size_t **index);

/* Confused pairs, most first; free() the result. */
struct ft_evaluation_pair {
    int label, predicted;
    uint64_t n;
};
struct ft_evaluation_pair *ft_evaluation_pairs(const struct ft_evaluation *e, size_t *n);

/* The examples, by the end of the name: .jsonl as a run writes predictions.jsonl, .json the same as
 * one array, .csv and .tsv as a table. FT_USAGE for another name, and without examples. The report:
 * engine/task/report_table.h. */
enum ft_status ft_evaluation_write(const struct ft_evaluation *e, const char *path,
                                   struct ft_err *err);

#endif
