/* Arithmetic of metrics: confusion table, the values of scikit-learn's classification_report,
 * calibration, perplexity. Plain values, no tensors, no threads. */
#ifndef FT_CORE_METRICS_H
#define FT_CORE_METRICS_H

#include <stddef.h>
#include <stdint.h>

/* counts(K,K): row = true class, column = predicted class; the caller's, zeroed by it. */
void ft_confusion_add(uint64_t *counts, size_t K, const int32_t *truth, const int32_t *predicted,
                      size_t n);

struct ft_class_score {
    double precision, recall, f1; /* 0 where the division is 0/0, as scikit-learn's */
    uint64_t support;             /* true examples of the class */
};
struct ft_report {
    double accuracy;
    struct ft_class_score macro, weighted; /* support: all examples */
    double mcc;                            /* Matthews correlation; 0 when undefined */
};
/* classes(K) may be NULL. Classes that occur neither as truth nor as prediction are left out of the
 * macro mean, as scikit-learn does when it is not given the labels. */
void ft_report_make(struct ft_report *r, struct ft_class_score *classes, const uint64_t *counts,
                    size_t K);

/* exp(mean loss); infinite above about 709. */
double ft_perplexity(double mean_loss);

/* Expected calibration error over 15 even bins (Guo et al. 2017): confidence in [0,1] and 0/1. */
double ft_calibration_error(const double *confidence, const uint8_t *correct, size_t n);

#endif
