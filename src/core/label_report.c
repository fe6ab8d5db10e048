/* Scores of several labels per example: see label_report.h. */
#include "core/label_report.h"

#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double ratio(double a, double b)
{
    return b > 0.0 ? a / b : 0.0;
}

static struct ft_class_score score_of(double hit, double truth, double predicted)
{
    return (struct ft_class_score){.precision = ratio(hit, predicted),
                                   .recall = ratio(hit, truth),
                                   .f1 = ratio(2.0 * hit, predicted + truth),
                                   .support = (uint64_t)truth};
}

void ft_label_counts_add(struct ft_label_counts *c, const uint8_t *truth, const uint8_t *predicted)
{
    size_t hit = 0, is = 0, said = 0;
    for (size_t k = 0; k < c->K; k++) {
        bool t = truth[k], p = predicted[k];
        c->cells[k * FT_LABEL_CELLS + (size_t)(2 * t + p)]++;
        hit += t && p;
        is += t;
        said += p;
    }
    struct ft_class_score s = score_of((double)hit, (double)is, (double)said);
    c->examples++;
    c->exact += hit == is && hit == said;
    c->precision += s.precision;
    c->recall += s.recall;
    c->f1 += s.f1;
}

static void add(struct ft_class_score *to, const struct ft_class_score *s, double weight)
{
    to->precision += s->precision * weight;
    to->recall += s->recall * weight;
    to->f1 += s->f1 * weight;
}

static void divide(struct ft_class_score *s, double by, uint64_t support)
{
    s->precision = ratio(s->precision, by);
    s->recall = ratio(s->recall, by);
    s->f1 = ratio(s->f1, by);
    s->support = support;
}

void ft_label_report_make(struct ft_label_report *r, struct ft_class_score *classes,
                          const struct ft_label_counts *c)
{
    double hit = 0, truth = 0, said = 0, wrong = 0;
    *r = (struct ft_label_report){0};
    for (size_t k = 0; k < c->K; k++) {
        const uint64_t *cell = c->cells + k * FT_LABEL_CELLS;
        double tp = (double)cell[FT_LABEL_TP], is = tp + (double)cell[FT_LABEL_FN],
               p = tp + (double)cell[FT_LABEL_FP];
        struct ft_class_score s = score_of(tp, is, p);
        if (classes) classes[k] = s;
        add(&r->macro, &s, 1);
        add(&r->weighted, &s, is);
        hit += tp;
        truth += is;
        said += p;
        wrong += is + p - 2 * tp;
    }
    uint64_t support = (uint64_t)truth;
    double n = (double)c->examples;
    r->micro = score_of(hit, truth, said);
    divide(&r->macro, (double)c->K, support);
    divide(&r->weighted, truth, support);
    r->samples =
        (struct ft_class_score){.precision = c->precision, .recall = c->recall, .f1 = c->f1};
    divide(&r->samples, n, support);
    r->subset_accuracy = ratio((double)c->exact, n);
    r->hamming_loss = ratio(wrong, n * (double)c->K);
}

double ft_label_probability(float logit)
{
    return 1.0 / (1.0 + exp(-(double)logit));
}

bool ft_label_is_predicted(float logit, double threshold)
{
    bool half = !(threshold < 0.5) && !(threshold > 0.5);
    return half ? logit > 0.0f : ft_label_probability(logit) > threshold;
}

struct scored {
    double p;
    uint8_t truth;
};

static int most_probable_first(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    return (x->p < y->p) - (x->p > y->p);
}

double ft_label_threshold(const float *logits, const uint8_t *truth, size_t n, double *f1)
{
    struct scored *all = ft_xcalloc(n + 1, sizeof *all);
    double best = 0.5, top = 0, positives = 0, hit = 0, predicted = 0;
    for (size_t i = 0; i < n; i++) {
        bool said = ft_label_is_predicted(logits[i], 0.5);
        all[i] = (struct scored){ft_label_probability(logits[i]), truth[i]};
        positives += truth[i];
        hit += said && truth[i];
        predicted += said;
    }
    top = ratio(2 * hit, positives + predicted);
    if (n) qsort(all, n, sizeof *all, most_probable_first);
    hit = 0;
    for (size_t i = 0; i < n && positives > 0; i++) { /* the i + 1 most probable are predicted */
        hit += all[i].truth;
        double next = i + 1 < n ? all[i + 1].p : 0, at = 0.5 * (all[i].p + next);
        if (!(next < all[i].p) || !(at < all[i].p))
            continue; /* equal ones are predicted together */
        double score = ratio(2 * hit, positives + (double)(i + 1));
        bool equal = !(score < top) && !(score > top);
        if (score < top || (equal && !(fabs(at - 0.5) < fabs(best - 0.5)))) continue;
        top = score;
        best = at;
    }
    free(all);
    if (f1) *f1 = top;
    return best;
}
