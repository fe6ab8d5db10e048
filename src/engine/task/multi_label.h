/* Texts with any number of labels: truth and prediction of one text from its logits, the JSON of a
 * prediction, and thresholds chosen on a split. Shared by evaluation, prediction and the baseline. */
#ifndef FT_ENGINE_TASK_MULTI_LABEL_H
#define FT_ENGINE_TASK_MULTI_LABEL_H

#include "engine/task/sequences.h"
#include "util/str.h"

#include <stdint.h>

/* truth (s->set_labels): 1 for each label that sequence i has; false: it is not labelled. */
bool ft_multi_label_truth(const struct ft_sequences *s, size_t i, uint8_t *truth);
/* Mean binary cross-entropy over the labels. */
double ft_multi_label_loss(const float *logits, const uint8_t *truth, size_t labels);
/* predicted (labels): 1 for each label above its threshold; thresholds NULL: 0.5. */
void ft_multi_label_predicted(const float *logits, const double *thresholds, size_t labels,
                              uint8_t *predicted);
/* Appends ,"labels":[..],"probabilities":{..},"logits":[..]. */
void ft_multi_label_json(const float *logits, const double *thresholds, const char *const *names,
                         size_t labels, struct ft_str *out);

/* The threshold of each label (set_labels of them, the caller's) that maximises its F1 over the sequences, of
 * logits (s->n, set_labels); see core/label_report.h. */
void ft_multi_label_tune(const struct ft_sequences *s, const float *logits, double *thresholds);

#endif
