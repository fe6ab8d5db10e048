/* Text classification, one text or a pair: see task.h. */
#include "engine/task/task.h"

#include "engine/task/classify.h"
#include "util/json.h"
#include "util/mem.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void write_lines(const struct ft_scoring *in, const struct ft_classified *c, FILE *lines)
{
    const struct ft_labels *labels = &in->d->x.labels;
    double *p = ft_xmalloc(c->labels * sizeof *p);
    float *shares = ft_xmalloc(c->labels * sizeof *shares);
    struct ft_str s = {0};
    for (size_t i = 0; i < c->n; i++) {
        const struct ft_example *e = &in->d->x.items[in->s->example[i]];
        ft_probabilities(c->logits + i * c->labels, c->labels, p);
        for (size_t k = 0; k < c->labels; k++)
            shares[k] = (float)p[k];
        struct ft_prediction_line x = {.row = e->row,
                                       .part = ft_part_name(in->part),
                                       .text = e->text.data,
                                       .n = e->text.n,
                                       .pair = e->pair.data,
                                       .pair_n = e->pair.n,
                                       .names = (const char *const *)labels->names,
                                       .labels = c->labels,
                                       .label = e->label,
                                       .predicted = c->predicted[i],
                                       .probabilities = shares,
                                       .loss = c->losses[i]};
        ft_str_clear(&s);
        ft_prediction_line(&s, &x);
        fwrite(s.data, 1, s.len, lines);
    }
    ft_str_release(&s);
    free(shares);
    free(p);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    struct ft_classified c;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    enum ft_status st = ft_classify(&c, in->m->net, in->s, batch, w, err);
    if (st) return st;
    ft_scores_make(scores, FT_TASK_CLASSIFY, (const char *const *)in->d->x.labels.names, c.labels,
                   c.confusion, c.loss);
    if (lines) write_lines(in, &c, lines);
    ft_classified_release(&c);
    return FT_OK;
}

/* ---- the report ---- */

static void add_score(struct ft_str *out, const struct ft_score *c)
{
    ft_json_put_num(out, "precision", c->precision);
    ft_json_put_num(out, "recall", c->recall);
    ft_json_put_num(out, "f1", c->f1);
    ft_json_put_num(out, "support", (double)c->support);
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
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

static void add_row(struct ft_str *out, int width, const char *name, const struct ft_score *c)
{
    ft_str_addf(out, "%*s  %9.4f %9.4f %9.4f %9llu\n", width, name, c->precision, c->recall, c->f1,
                (unsigned long long)c->support);
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
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

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    const cJSON *labels = ft_json_get(tree, "labels"), *cell;
    const cJSON *rows = ft_json_get(tree, "confusion_matrix"), *row;
    int n = cJSON_IsArray(labels) ? cJSON_GetArraySize(labels) : 0;
    if (n < 1 || n > FT_SCORES_LABELS_MAX || cJSON_GetArraySize(rows) != n)
        return ft_fail(err, FT_FORMAT,
                       "%s: expected labels and a confusion_matrix with a row for each", path);
    enum ft_status st = FT_OK;
    const char **names = ft_xcalloc((size_t)n, sizeof *names);
    uint64_t *counts = ft_xcalloc((size_t)n * (size_t)n, sizeof *counts);
    size_t i = 0, k = 0;
    cJSON_ArrayForEach(cell, labels) names[i++] = cJSON_IsString(cell) ? cell->valuestring : "";
    cJSON_ArrayForEach(row, rows)
    {
        if (!st && cJSON_GetArraySize(row) != n)
            st = ft_fail(err, FT_FORMAT, "%s: confusion_matrix is not square", path);
        if (st) break;
        cJSON_ArrayForEach(cell, row)
        {
            double x = cJSON_IsNumber(cell) ? cell->valuedouble : -1;
            if (!(x >= 0 && x <= 9e15))
                st = ft_fail(err, FT_FORMAT,
                             "%s: confusion_matrix contains a value that is not a count", path);
            else
                counts[k++] = (uint64_t)x;
        }
    }
    if (!st) ft_scores_make(s, s->task, names, (size_t)n, counts, s->loss);
    free(names);
    free(counts);
    return st;
}

const struct ft_task_ops ft_task_classify = {
    .facts =
        {
            .does = "classify",
            .examples = "examples",
            .needed = "labelled row",
            .sequences = "texts",
            .input_title = "Text",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "label",

            .metrics = {{"accuracy", offsetof(struct ft_scores, accuracy), false, false},
                        {"f1", offsetof(struct ft_scores, f1), false, false}},
            .best_metrics = "accuracy|f1|loss",
        },
    .open = ft_run_data_read,
    .count = ft_run_data_examples,
    .split_json = ft_run_data_split_json,
    .sequences = ft_run_data_sequences,
    .score = score,
    .scores_json = scores_json,
    .scores_text = scores_text,
    .scores_read = scores_read,
};
