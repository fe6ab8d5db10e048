/* Texts with any number of labels: see multi_label.h. */
#include "engine/task/multi_label.h"

#include "core/label_report.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ft_multi_label_truth(const struct ft_sequences *s, size_t i, uint8_t *truth)
{
    size_t n;
    memset(truth, 0, s->set_labels);
    if (s->labels[i] < 0) return false;
    const int32_t *ids = ft_label_sets_at(s->sets, s->labels[i], &n);
    for (size_t k = 0; k < n; k++)
        truth[ids[k]] = 1;
    return true;
}

double ft_multi_label_loss(const float *logits, const uint8_t *truth, size_t labels)
{
    double sum = 0;
    for (size_t k = 0; k < labels; k++) {
        double x = truth[k] ? -(double)logits[k] : (double)logits[k];
        sum += fmax(x, 0) + log1p(exp(-fabs(x)));
    }
    return sum / (double)labels;
}

void ft_multi_label_predicted(const float *logits, const double *thresholds, size_t labels,
                              uint8_t *predicted)
{
    for (size_t k = 0; k < labels; k++)
        predicted[k] = ft_label_is_predicted(logits[k], thresholds ? thresholds[k] : 0.5);
}

void ft_multi_label_json(const float *logits, const double *thresholds, const char *const *names,
                         size_t labels, struct ft_str *out)
{
    const char *between = "";
    ft_str_addz(out, ",\"labels\":[");
    for (size_t k = 0; k < labels; k++) {
        if (!ft_label_is_predicted(logits[k], thresholds ? thresholds[k] : 0.5)) continue;
        ft_str_addz(out, between);
        ft_json_add_str(out, names[k], strlen(names[k]));
        between = ",";
    }
    ft_str_addz(out, "],\"probabilities\":{");
    for (size_t k = 0; k < labels; k++) {
        ft_json_add_key(out, names[k]);
        ft_json_add_f32(out, (float)ft_label_probability(logits[k]));
    }
    ft_str_addz(out, "},\"logits\":[");
    for (size_t k = 0; k < labels; k++) {
        if (k) ft_str_addc(out, ',');
        ft_json_add_f32(out, logits[k]);
    }
    ft_str_addc(out, ']');
}

void ft_multi_label_tune(const struct ft_sequences *s, const float *logits, double *thresholds)
{
    size_t K = s->set_labels, n = 0;
    float *column = ft_xcalloc(s->n + 1, sizeof *column);
    uint8_t *truth = ft_xcalloc(s->n + 1, 1);
    for (size_t k = 0; k < K; k++, n = 0) {
        for (size_t i = 0; i < s->n; i++) {
            if (s->labels[i] < 0) continue;
            truth[n] = ft_label_sets_has(s->sets, s->labels[i], (int32_t)k);
            column[n++] = logits[i * K + k];
        }
        thresholds[k] = ft_label_threshold(column, truth, n, NULL);
    }
    free(column);
    free(truth);
}
