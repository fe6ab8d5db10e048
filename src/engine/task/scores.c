/* Scores of a classifier: see scores.h. The arithmetic is core's. */
#include "engine/task/scores.h"

#include "core/metrics.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ft_score plain(struct ft_class_score c)
{
    return (struct ft_score){c.precision, c.recall, c.f1, c.support};
}

void ft_scores_make(struct ft_scores *s, const char *const *names, size_t labels,
                    const uint64_t *confusion, double loss)
{
    memset(s, 0, sizeof *s);
    struct ft_class_score *classes = ft_xcalloc(labels, sizeof *classes);
    struct ft_report report;
    ft_report_make(&report, classes, confusion, labels);
    s->task = FT_TASK_CLASSIFY;
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

void ft_scores_release(struct ft_scores *s)
{
    for (size_t i = 0; i < s->labels; i++)
        free(s->names[i]);
    free(s->names);
    free(s->classes);
    free(s->confusion);
    memset(s, 0, sizeof *s);
}

static void add_score(struct ft_str *out, const struct ft_score *c)
{
    ft_json_put_num(out, "precision", c->precision);
    ft_json_put_num(out, "recall", c->recall);
    ft_json_put_num(out, "f1", c->f1);
    ft_json_put_num(out, "support", (double)c->support);
}

static void squad_json(const struct ft_scores *s, struct ft_str *out)
{
    struct ft_str inner = {0};
    ft_json_put_num(out, "loss", s->loss);
    ft_squad_scores_json(&s->squad, &inner);
    ft_str_addc(out, ',');
    ft_str_add(out, inner.data + 1, inner.len - 2); /* its members without the braces */
    ft_str_release(&inner);
}

static void lm_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_put_num(out, "loss", s->loss);
    ft_json_put_num(out, "perplexity", s->perplexity);
    ft_json_put_num(out, "tokens", (double)s->tokens);
    if (s->task == FT_TASK_MLM) ft_json_put_num(out, "accuracy", s->accuracy);
}

static void classify_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_put_num(out, "loss", s->loss);
    ft_json_put_num(out, "accuracy", s->accuracy);
    ft_json_add_key(out, "labels");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, s->names[i], strlen(s->names[i]));
    }
    ft_str_addc(out, ']');
    ft_json_add_key(out, "classes");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addz(out, i ? ",{" : "{");
        ft_json_put_text(out, "label", s->names[i]);
        add_score(out, &s->classes[i]);
        ft_str_addc(out, '}');
    }
    ft_str_addc(out, ']');
    ft_json_add_key(out, "macro avg");
    ft_str_addc(out, '{');
    add_score(out, &s->macro);
    ft_str_addc(out, '}');
    ft_json_add_key(out, "weighted avg");
    ft_str_addc(out, '{');
    add_score(out, &s->weighted);
    ft_str_addc(out, '}');
    ft_json_add_key(out, "confusion_matrix");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addz(out, i ? ",[" : "[");
        for (size_t j = 0; j < s->labels; j++)
            ft_str_addf(out, "%s%llu", j ? "," : "",
                        (unsigned long long)s->confusion[i * s->labels + j]);
        ft_str_addc(out, ']');
    }
    ft_str_addc(out, ']');
}

void ft_scores_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_add_key(out, "task");
    ft_str_addf(out, "\"%s\"", ft_task_name(s->task));
    ft_json_put_num(out, "examples", (double)s->examples);
    if (s->task == FT_TASK_CLASSIFY)
        classify_json(s, out);
    else if (s->task == FT_TASK_QA)
        squad_json(s, out);
    else
        lm_json(s, out);
}

static void add_row(struct ft_str *out, int width, const char *name, const struct ft_score *c)
{
    ft_str_addf(out, "%*s  %9.4f %9.4f %9.4f %9llu\n", width, name, c->precision, c->recall, c->f1,
                (unsigned long long)c->support);
}

static void lm_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_str_addf(out, "%12s  %.4f\n%12s  %.4f\n%12s  %llu\n", "loss", s->loss, "perplexity",
                s->perplexity, "tokens", (unsigned long long)s->tokens);
    if (s->task == FT_TASK_MLM) ft_str_addf(out, "%12s  %.4f\n", "accuracy", s->accuracy);
}

static void classify_text(const struct ft_scores *s, struct ft_str *out)
{
    int width = 12;
    for (size_t i = 0; i < s->labels; i++) {
        if ((int)strlen(s->names[i]) > width) width = (int)strlen(s->names[i]);
    }
    ft_str_addf(out, "%*s  %9s %9s %9s %9s\n", width, "", "precision", "recall", "f1", "support");
    for (size_t i = 0; i < s->labels; i++)
        add_row(out, width, s->names[i], &s->classes[i]);
    ft_str_addf(out, "%*s  %9s %9s %9.4f %9zu\n", width, "accuracy", "", "", s->accuracy,
                s->examples);
    add_row(out, width, "macro avg", &s->macro);
    add_row(out, width, "weighted avg", &s->weighted);
    ft_str_addf(out, "%*s  %9.4f\n", width, "loss", s->loss);
    if (s->labels > 12) return;
    ft_str_addf(out, "\nconfusion matrix (row: true, column: predicted)\n");
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addf(out, "%*s ", width, s->names[i]);
        for (size_t j = 0; j < s->labels; j++)
            ft_str_addf(out, " %7llu", (unsigned long long)s->confusion[i * s->labels + j]);
        ft_str_addc(out, '\n');
    }
}

void ft_scores_text(const struct ft_scores *s, struct ft_str *out)
{
    if (s->task == FT_TASK_CLASSIFY)
        classify_text(s, out);
    else if (s->task == FT_TASK_QA)
        ft_squad_scores_text(&s->squad, out);
    else
        lm_text(s, out);
}

/* What a task reports of an evaluation besides the loss, in the order in which it is told. */
static const struct {
    unsigned tasks;
    const char *name;
    size_t at; /* of the double in struct ft_scores */
} metrics[] = {
    {1u << FT_TASK_CLASSIFY | 1u << FT_TASK_MLM, "accuracy", offsetof(struct ft_scores, accuracy)},
    {1u << FT_TASK_CLASSIFY, "f1", offsetof(struct ft_scores, f1)},
    {1u << FT_TASK_QA, "exact", offsetof(struct ft_scores, squad.exact)},
    {1u << FT_TASK_QA, "f1", offsetof(struct ft_scores, squad.f1)},
    {1u << FT_TASK_MLM | 1u << FT_TASK_CLM, "perplexity", offsetof(struct ft_scores, perplexity)},
};
enum { METRICS = sizeof metrics / sizeof *metrics };

static bool has_metric(const struct ft_scores *s, size_t i, double *value)
{
    if (!(metrics[i].tasks & 1u << s->task)) return false;
    memcpy(value, (const char *)s + metrics[i].at, sizeof *value);
    return true;
}

double ft_scores_metric(const struct ft_scores *s, const char *name)
{
    double x;
    if (!strcmp(name, "loss")) return s->loss;
    for (size_t i = 0; i < METRICS; i++) {
        if (!strcmp(name, metrics[i].name) && has_metric(s, i, &x)) return x;
    }
    return NAN;
}

bool ft_metric_is_lower(const char *name)
{
    return strstr(name, "loss") || strstr(name, "perplexity");
}

void ft_scores_metrics_json(const struct ft_scores *s, struct ft_str *out)
{
    char key[32];
    double x;
    ft_json_put_num(out, "eval_loss", s->loss);
    for (size_t i = 0; i < METRICS; i++) {
        if (!has_metric(s, i, &x)) continue;
        snprintf(key, sizeof key, "eval_%s", metrics[i].name);
        ft_json_put_num(out, key, x);
    }
}

void ft_scores_line(const struct ft_scores *s, struct ft_str *out)
{
    double x;
    ft_str_addf(out, "loss %.4f", s->loss);
    for (size_t i = 0; i < METRICS; i++) {
        if (has_metric(s, i, &x)) ft_str_addf(out, " %s %.4f", metrics[i].name, x);
    }
}

void ft_prediction_line(struct ft_str *out, const struct ft_prediction_line *x)
{
    ft_str_addf(out, "{\"row\":%zu,\"part\":\"%s\",\"text\":", x->row, x->part);
    ft_json_add_str(out, x->text, x->n);
    if (x->pair) {
        ft_json_add_key(out, "text_pair");
        ft_json_add_str(out, x->pair, x->pair_n);
    }
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
