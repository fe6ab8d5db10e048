/* The numbers of an evaluation of text classification, scikit-learn's, as memory and as CLI.md's
 * JSON. */
#ifndef FT_ENGINE_SCORES_H
#define FT_ENGINE_SCORES_H

#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

struct ft_score {
    double precision, recall, f1;
    uint64_t support;
};
struct ft_scores {
    size_t examples, labels;
    double loss, accuracy;
    double f1; /* two labels: the second one's; else the macro mean */
    struct ft_score macro, weighted;
    struct ft_score *classes; /* (labels) */
    uint64_t *confusion;      /* (labels, labels): row true, column predicted */
    char **names;             /* (labels) */
};
/* From counts; copies everything. */
void ft_scores_make(struct ft_scores *s, const char *const *names, size_t labels,
                    const uint64_t *confusion, double loss);
void ft_scores_release(struct ft_scores *s);
/* Appends the members of the object, from "task" to "confusion_matrix", without the braces. */
void ft_scores_json(const struct ft_scores *s, struct ft_str *out);
/* The report as a table for a person. */
void ft_scores_text(const struct ft_scores *s, struct ft_str *out);
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
/* The value of a metric by its name (accuracy, f1, loss); NaN: no such metric. */
double ft_scores_metric(const struct ft_scores *s, const char *name);

#endif
