/* Scores of examples that have any number of labels: a 2 x 2 table per label, the values of
 * scikit-learn's classification_report on the indicator matrix, and the threshold of a label that maximises
 * its F1. Plain values, no tensors, no threads.
 *
 *     struct ft_label_counts c = {.K = K, .cells = zeroed};
 *     for each example: ft_label_counts_add(&c, truth, predicted);
 *     ft_label_report_make(&report, classes, &c);
 *
 * Source: sklearn.metrics (zero_division 0, all K labels count, whether they occur or not). */
#ifndef FT_CORE_LABEL_REPORT_H
#define FT_CORE_LABEL_REPORT_H

#include "core/metrics.h"

#include <stdbool.h>

/* Cells of a label's table: of examples without it and with it (true label), not predicted and predicted. */
enum ft_label_cell { FT_LABEL_TN, FT_LABEL_FP, FT_LABEL_FN, FT_LABEL_TP, FT_LABEL_CELLS };

struct ft_label_counts {
    size_t K;
    uint64_t *cells;              /* (K, FT_LABEL_CELLS), the caller's */
    uint64_t examples, exact;     /* exact: every label is right */
    double precision, recall, f1; /* sums over the examples */
};
/* truth and predicted (K): 1 where the example has the label. */
void ft_label_counts_add(struct ft_label_counts *c, const uint8_t *truth, const uint8_t *predicted);

struct ft_label_report {
    double subset_accuracy; /* share of examples whose labels are all right */
    double hamming_loss;    /* share of wrong cells */
    struct ft_class_score micro, macro, weighted, samples; /* support: all true labels */
};
/* classes (K) may be NULL. */
void ft_label_report_make(struct ft_label_report *r, struct ft_class_score *classes,
                          const struct ft_label_counts *c);

/* Is a label predicted? Above its threshold; at 0.5 where the logit is above 0. */
bool ft_label_is_predicted(float logit, double threshold);
double ft_label_probability(float logit); /* its sigmoid */

/* The threshold above which predicting a label gives the largest F1 over n examples: half way between two
 * probabilities; of equally good ones that nearest to 0.5, which is also returned when no example has the
 * label. F1 at it in *f1 (may be NULL). */
double ft_label_threshold(const float *logits, const uint8_t *truth, size_t n, double *f1);

#endif
