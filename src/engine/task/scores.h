/* The numbers of an evaluation: scikit-learn's for text classification, the
 * official script's for questions, loss and perplexity for language models.
 * How a task reports them: score_report.h. */
#ifndef FT_ENGINE_TASK_SCORES_H
#define FT_ENGINE_TASK_SCORES_H

#include "engine/task/squad_scores.h"
#include "util/err.h"
#include "util/kinds.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

/* Cells of a label's 2 x 2 table (multi-label): its true value and the predicted one. As in
 * core/label_report.h. */
enum ft_scores_cell { FT_SCORES_TN, FT_SCORES_FP, FT_SCORES_FN, FT_SCORES_TP, FT_SCORES_CELLS };
struct ft_score {
    double precision, recall, f1;
    uint64_t support;
};
/* What an entity that was predicted, or that was to be found, is. */
enum ft_entity_error {
    FT_ENTITY_RIGHT,
    FT_ENTITY_MISSED,         /* a true one with none in its place */
    FT_ENTITY_SPURIOUS,       /* a predicted one where none is */
    FT_ENTITY_WRONG_TYPE,     /* the same words, another type */
    FT_ENTITY_WRONG_BOUNDARY, /* other words, but some in common */
    FT_ENTITY_ERRORS
};
#define FT_ENTITY_NONE "(none)" /* the last row and column of a matrix of entity types */
struct ft_scores {
    enum ft_task task;
    size_t examples; /* texts, questions or blocks; 0: nothing was evaluated */
    double loss;     /* mean over texts, windows or tokens; NaN: unknown */
    double accuracy; /* classify; mlm: over masked tokens; ner: over words */
    double f1;       /* classify: with two labels the second one's, else the macro mean; ner: of
                        entities */
    double precision, recall; /* ner: of entities */
    uint64_t
        entity_errors[FT_ENTITY_ERRORS]; /* ner: true entities by what became of them; spurious:
                                                 predicted ones */
    struct ft_squad_scores squad;        /* qa */
    double perplexity;                   /* mlm, clm; over `tokens` tokens */
    uint64_t tokens;                     /* ner: words */
    /* regression, in the units of the targets; NaN: not defined (core/regression.h) */
    double mse, rmse, mae, r2, pearson, spearman;
    double cosine; /* embed: mean cosine similarity of a text's mean state and the teacher's */
    /* classify and multi-label; ner: types of entities, the last is FT_ENTITY_NONE; empty for others */
    size_t labels;
    struct ft_score macro, weighted;
    struct ft_score *classes; /* (labels) */
    char **names;             /* (labels) */
    uint64_t *confusion; /* classify: (labels, labels): row true, column predicted; else NULL */
    /* multi-label; f1 is that of micro */
    struct ft_score micro, samples;
    double f1_macro, subset_accuracy, hamming_loss;
    uint64_t *cells;    /* (labels, FT_SCORES_CELLS); else NULL */
    double *thresholds; /* (labels) probabilities above which a label is predicted; else NULL */
};
/* Of a classifier, from counts; copies everything. */
enum { FT_SCORES_LABELS_MAX = 4096 }; /* that are read back */
void ft_scores_make(struct ft_scores *s, enum ft_task task, const char *const *names, size_t labels,
                    const uint64_t *confusion, double loss);
/* Of a multi-label classifier: counts and thresholds (labels, NULL: 0.5) are copied. */
struct ft_label_counts;
void ft_scores_make_multi(struct ft_scores *s, const char *const *names,
                          const struct ft_label_counts *counts, const double *thresholds,
                          double loss);
/* Of a regression, from n true and predicted values. The loss is the mean squared error. */
void ft_scores_make_values(struct ft_scores *s, enum ft_task task, const double *truth,
                           const double *predicted, size_t n);
void ft_scores_release(struct ft_scores *s);
/* One line of predictions.jsonl, with its newline. */
struct ft_prediction_line {
    size_t row;
    const char *part, *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
    const char *const *names;
    size_t labels;
    int32_t label, predicted;   /* label -1: none */
    const float *probabilities; /* (labels) */
    float loss;
};
void ft_prediction_line(struct ft_str *out, const struct ft_prediction_line *x);
/* The same of a regression: {"row","part","text","text_pair","label","value","loss"}. */
struct ft_value_line {
    size_t row;
    const char *part, *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
    double label, value, loss; /* label NaN: none */
};
void ft_value_line(struct ft_str *out, const struct ft_value_line *x);

#endif
