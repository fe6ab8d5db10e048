/* Arithmetic of metrics: see metrics.h. */
#include "core/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

void ft_confusion_add(uint64_t *counts, size_t K, const int32_t *truth, const int32_t *predicted,
                      size_t n)
{
    for (size_t i = 0; i < n; i++) {
        assert(truth[i] >= 0 && (size_t)truth[i] < K);
        assert(predicted[i] >= 0 && (size_t)predicted[i] < K);
        counts[(size_t)truth[i] * K + (size_t)predicted[i]]++;
    }
}

static double ratio(double a, double b)
{
    return b > 0.0 ? a / b : 0.0;
}

static void score_add(struct ft_class_score *to, const struct ft_class_score *s, double weight)
{
    to->precision += s->precision * weight;
    to->recall += s->recall * weight;
    to->f1 += s->f1 * weight;
}

static void score_divide(struct ft_class_score *s, double by, uint64_t support)
{
    s->precision = ratio(s->precision, by);
    s->recall = ratio(s->recall, by);
    s->f1 = ratio(s->f1, by);
    s->support = support;
}

void ft_report_make(struct ft_report *r, struct ft_class_score *classes, const uint64_t *counts,
                    size_t K)
{
    *r = (struct ft_report){0};
    double all = 0.0, right = 0.0, present = 0.0;
    double truth_predicted = 0.0, truth_truth = 0.0, predicted_predicted = 0.0;
    for (size_t k = 0; k < K; k++) {
        double hit = (double)counts[k * K + k], truth = 0.0, predicted = 0.0;
        for (size_t i = 0; i < K; i++) {
            truth += (double)counts[k * K + i];
            predicted += (double)counts[i * K + k];
        }
        struct ft_class_score s = {.precision = ratio(hit, predicted),
                                   .recall = ratio(hit, truth),
                                   .f1 = ratio(2.0 * hit, predicted + truth),
                                   .support = (uint64_t)truth};
        if (classes) classes[k] = s;
        all += truth;
        right += hit;
        if (truth + predicted > 0.0) present += 1.0;
        score_add(&r->macro, &s, 1.0);
        score_add(&r->weighted, &s, truth);
        truth_predicted += truth * predicted;
        truth_truth += truth * truth;
        predicted_predicted += predicted * predicted;
    }
    score_divide(&r->macro, present, (uint64_t)all);
    score_divide(&r->weighted, all, (uint64_t)all);
    r->accuracy = ratio(right, all);
    double below = (all * all - predicted_predicted) * (all * all - truth_truth);
    r->mcc = below > 0.0 ? (right * all - truth_predicted) / sqrt(below) : 0.0;
}

double ft_perplexity(double mean_loss)
{
    return exp(mean_loss);
}

double ft_calibration_error(const double *confidence, const uint8_t *correct, size_t n)
{
    enum { BINS = 15 };
    double sum[BINS] = {0}, hits[BINS] = {0}, error = 0.0;
    for (size_t i = 0; i < n; i++) {
        /* Bins are open below and closed above, as in Guo et al.; 0 goes to the first. */
        double at = ceil(confidence[i] * BINS) - 1.0;
        size_t b = !(at > 0.0) ? 0 : at >= BINS ? BINS - 1 : (size_t)at;
        sum[b] += confidence[i];
        hits[b] += correct[i] ? 1.0 : 0.0;
    }
    for (size_t b = 0; b < BINS; b++)
        error += fabs(sum[b] - hits[b]);
    return n > 0 ? error / (double)n : 0.0;
}
