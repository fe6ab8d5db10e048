/* Scores of a classifier: see scores.h. The arithmetic is core's. */
#include "engine/task/scores.h"

#include "core/label_report.h"
#include "core/metrics.h"
#include "core/regression.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert((int)FT_SCORES_FP == (int)FT_LABEL_FP && (int)FT_SCORES_FN == (int)FT_LABEL_FN &&
                   (int)FT_SCORES_TP == (int)FT_LABEL_TP &&
                   (int)FT_SCORES_CELLS == (int)FT_LABEL_CELLS,
               "scores.h has the cells of core/label_report.h");

static struct ft_score plain(struct ft_class_score c)
{
    return (struct ft_score){c.precision, c.recall, c.f1, c.support};
}

void ft_scores_make(struct ft_scores *s, enum ft_task task, const char *const *names, size_t labels,
                    const uint64_t *confusion, double loss)
{
    memset(s, 0, sizeof *s);
    struct ft_class_score *classes = ft_xcalloc(labels, sizeof *classes);
    struct ft_report report;
    ft_report_make(&report, classes, confusion, labels);
    s->task = task;
    s->labels = labels;
    s->loss = loss;
    s->accuracy = report.accuracy;
    s->macro = plain(report.macro);
    s->weighted = plain(report.weighted);
    s->examples = (size_t)report.macro.support;
    s->classes = ft_xcalloc(labels, sizeof *s->classes);
    s->names = ft_xcalloc(labels, sizeof *s->names);
    for (size_t i = 0; i < labels; i++) {
        s->classes[i] = plain(classes[i]);
        s->names[i] = ft_xstrdup(names[i]);
    }
    s->confusion = ft_xcalloc(labels * labels, sizeof *s->confusion);
    memcpy(s->confusion, confusion, labels * labels * sizeof *confusion);
    s->f1 = labels == 2 ? s->classes[1].f1 : s->macro.f1;
    free(classes);
}

void ft_scores_make_multi(struct ft_scores *s, const char *const *names,
                          const struct ft_label_counts *counts, const double *thresholds,
                          double loss)
{
    size_t K = counts->K;
    struct ft_class_score *classes = ft_xcalloc(K, sizeof *classes);
    struct ft_label_report report;
    ft_label_report_make(&report, classes, counts);
    *s = (struct ft_scores){.task = FT_TASK_MULTI_LABEL,
                            .labels = K,
                            .loss = loss,
                            .examples = (size_t)counts->examples,
                            .micro = plain(report.micro),
                            .macro = plain(report.macro),
                            .weighted = plain(report.weighted),
                            .samples = plain(report.samples),
                            .subset_accuracy = report.subset_accuracy,
                            .hamming_loss = report.hamming_loss,
                            .f1 = report.micro.f1,
                            .f1_macro = report.macro.f1};
    s->classes = ft_xcalloc(K, sizeof *s->classes);
    s->names = ft_xcalloc(K, sizeof *s->names);
    s->thresholds = ft_xcalloc(K, sizeof *s->thresholds);
    s->cells = ft_xcalloc(K * FT_LABEL_CELLS, sizeof *s->cells);
    memcpy(s->cells, counts->cells, K * FT_LABEL_CELLS * sizeof *s->cells);
    for (size_t i = 0; i < K; i++) {
        s->classes[i] = plain(classes[i]);
        s->names[i] = ft_xstrdup(names[i]);
        s->thresholds[i] = thresholds ? thresholds[i] : 0.5;
    }
    free(classes);
}

void ft_scores_make_values(struct ft_scores *s, enum ft_task task, const double *truth,
                           const double *predicted, size_t n)
{
    struct ft_regression r;
    ft_regression_make(&r, truth, predicted, n);
    *s = (struct ft_scores){.task = task,
                            .examples = n,
                            .accuracy = (double)NAN,
                            .f1 = (double)NAN,
                            .loss = r.mse,
                            .mse = r.mse,
                            .rmse = r.rmse,
                            .mae = r.mae,
                            .r2 = r.r2,
                            .pearson = r.pearson,
                            .spearman = r.spearman};
}

void ft_scores_release(struct ft_scores *s)
{
    for (size_t i = 0; i < s->labels; i++)
        free(s->names[i]);
    free(s->names);
    free(s->classes);
    free(s->confusion);
    free(s->cells);
    free(s->thresholds);
    memset(s, 0, sizeof *s);
}

/* What every line of texts begins with. */
static void begin_line(struct ft_str *out, size_t row, const char *part, const char *text, size_t n,
                       const char *pair, size_t pair_n)
{
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"text\":", row, part);
    ft_json_add_str(out, text, n);
    if (!pair) return;
    ft_json_add_key(out, "text_pair");
    ft_json_add_str(out, pair, pair_n);
}

void ft_value_line(struct ft_str *out, const struct ft_value_line *x)
{
    begin_line(out, x->row, x->part, x->text, x->n, x->pair, x->pair_n);
    ft_json_put_num(out, "label", x->label);
    ft_json_add_key(out, "value");
    ft_json_add_f32(out, (float)x->value);
    ft_json_add_key(out, "loss");
    ft_json_add_f32(out, (float)x->loss);
    ft_str_addz(out, "}\n");
}

void ft_prediction_line(struct ft_str *out, const struct ft_prediction_line *x)
{
    begin_line(out, x->row, x->part, x->text, x->n, x->pair, x->pair_n);
    ft_json_add_key(out, "label");
    if (x->label >= 0)
        ft_json_add_str(out, x->names[x->label], strlen(x->names[x->label]));
    else
        ft_str_addz(out, "null");
    ft_json_put_text(out, "predicted", x->names[x->predicted]);
    ft_str_addz(out, ",\"probabilities\":{");
    for (size_t k = 0; k < x->labels; k++) {
        ft_json_add_key(out, x->names[k]);
        ft_json_add_f32(out, x->probabilities[k]);
    }
    ft_str_addz(out, "},\"loss\":");
    ft_json_add_f32(out, x->loss);
    ft_str_addz(out, "}\n");
}
