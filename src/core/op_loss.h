/* Losses, forward and backward, as torch.nn.functional defines them. Sums are in double and not yet
 * divided: the caller divides by the total weight over all accumulated batches (transformers
 * #34242), and passes 1/weight as the gradient's scale.
 *
 *     double w = op_xent_weight(&opt, targets, N);        // of every micro-batch, added up
 *     op_xent_fwd(&opt, &sum, NULL, logits, targets, N);  // loss = sum.loss / w
 *     op_xent_bwd(&opt, logits, logits, targets, N, 1 / w); // in place: no second N x V buffer */
#ifndef FT_CORE_OP_LOSS_H
#define FT_CORE_OP_LOSS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_TARGET_IGNORE (-100)

struct ft_xent {
    size_t V;                  /* classes */
    float smoothing;           /* eps: (1-eps) nll + eps mean(-log p) */
    const float *class_weight; /* V weights or NULL for ones; torch: mean divides by their sum */
};

struct ft_loss_sum {
    double loss;    /* sum of weighted losses */
    double weight;  /* what to divide it by for a mean */
    size_t count;   /* rows that were not ignored */
    size_t correct; /* of these, rows whose largest logit is the target */
};

/* Sum of the targets' weights (their number without class weights), ignored rows left out. */
double op_xent_weight(const struct ft_xent *x, const int32_t *targets, size_t N);
/* Adds to *sum. losses(N), each row's own loss, 0 where ignored, may be NULL. */
void op_xent_fwd(const struct ft_xent *x, struct ft_loss_sum *sum, float *losses,
                 const float *logits, const int32_t *targets, size_t N);
/* dlogits(N,V) = scale * gradient of the sum, written, not added; 0 in ignored rows. dlogits may be
 * logits. Rows may be given in pieces (a few hundred of a large vocabulary at a time). */
void op_xent_bwd(const struct ft_xent *x, float *dlogits, const float *logits,
                 const int32_t *targets, size_t N, double scale);

/* p(N,V) = softmax of the rows; p may be logits. */
void op_softmax(float *p, const float *logits, size_t N, size_t V);

/* Distillation: T^2 * KL(softmax(t/T) || softmax(s/T)) of each row, t being the teacher's logits
 * (Hinton et al., 1503.02531); weight is N. ds(N,V) gets scale * the gradient of the sum, added. */
void op_distill_fwd(struct ft_loss_sum *sum, const float *s, const float *t, size_t N, size_t V,
                    double T);
void op_distill_bwd(float *ds, const float *s, const float *t, size_t N, size_t V, double T,
                    double scale);

/* Question answering: logits(N,2) are start and end scores of each token; softmax over the tokens
 * of each sequence. start, end (B): position within the sequence; outside [0, T) is ignored. sum[0]
 * for starts, sum[1] for ends; the loss is half of sum[0] mean + sum[1] mean. */
void op_span_fwd(struct ft_loss_sum sum[2], const float *logits, const int32_t *offsets,
                 const int32_t *start, const int32_t *end, size_t B);
/* Writes dlogits(N,2): scale[0], scale[1] times the gradients of the two sums (0.5 / weight each).
 */
void op_span_bwd(float *dlogits, const float *logits, const int32_t *offsets, const int32_t *start,
                 const int32_t *end, size_t B, const double scale[2]);

/* Regression: sum over n of (y - t)^2; weight is n. dy gets the gradient times scale, added where
 * `add`; without, dy may be y. */
void op_mse_fwd(struct ft_loss_sum *sum, const float *y, const float *t, size_t n);
void op_mse_bwd(float *dy, const float *y, const float *t, size_t n, double scale, bool add);

/* Several labels at once: binary cross-entropy with logits of one row of n labels (torch's
 * BCEWithLogitsLoss); pos_weight(n), NULL: ones, multiplies the part of the targets that are 1. weight is
 * n, whatever they are; correct counts elements with (y > 0) == (t > 0.5). */
void op_bce_fwd(struct ft_loss_sum *sum, const float *y, const float *t, const float *pos_weight,
                size_t n);
void op_bce_bwd(float *dy, const float *y, const float *t, const float *pos_weight, size_t n,
                double scale);
/* Distillation of several labels: T^2 * the KL divergence between sigmoid(t/T) and sigmoid(s/T), summed over
 * n labels; weight is n. ds(n) gets scale * the gradient, added. */
void op_distill_bce_fwd(struct ft_loss_sum *sum, const float *s, const float *t, size_t n,
                        double T);
void op_distill_bce_bwd(float *ds, const float *s, const float *t, size_t n, double T,
                        double scale);

#endif
