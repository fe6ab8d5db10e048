/* A classifier over many sequences, without dropout: logits, losses, counts. Evaluation and
 * prediction stand on it. Runs on the thread that computes. */
#ifndef FT_ENGINE_TASK_CLASSIFY_H
#define FT_ENGINE_TASK_CLASSIFY_H

#include "core/net.h"
#include "engine/task/sequences.h"
#include "engine/options/job.h"

struct ft_classified {
    size_t n, labels;
    float *logits;       /* (n, labels) */
    float *losses;       /* (n) cross-entropy; NaN where there is no label */
    int32_t *predicted;  /* (n) */
    uint64_t *confusion; /* (labels, labels) of those with a label */
    double loss;         /* their mean */
};
/* All sequences, longest together: in the memory that `batch` long ones take, short ones many at a time.
 * Results are in the order of the sequences and do not depend on it. */
enum ft_status ft_classify(struct ft_classified *c, const struct ft_net *net,
                           const struct ft_sequences *s, size_t batch, struct ft_job *w,
                           struct ft_err *err);
void ft_classified_release(struct ft_classified *c);
/* The logits alone, (s->n, labels), whatever the problem type; the caller frees *logits, which is NULL after
 * an error. */
enum ft_status ft_classify_logits(float **logits, const struct ft_net *net,
                                  const struct ft_sequences *s, size_t batch, struct ft_job *w,
                                  struct ft_err *err);
/* Softmax of one row of logits. */
void ft_probabilities(const float *logits, size_t labels, double *out);

#endif
