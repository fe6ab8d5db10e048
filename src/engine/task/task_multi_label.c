/* Multi-label classification, one text or a pair with any number of labels: see task.h. A label is
 * predicted where its probability is above its threshold, 0.5 unless the model has others; scores are
 * those of scikit-learn's classification_report on the indicator matrix. */
#include "engine/task/task.h"

#include "core/label_report.h"
#include "engine/task/classify.h"
#include "engine/task/multi_label.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- scoring ---- */

static void write_line(const struct ft_scoring *in, size_t i, const float *logits, double loss,
                       FILE *lines, struct ft_str *s)
{
    const struct ft_examples *x = &in->d->x;
    const struct ft_example *e = &x->items[in->s->example[i]];
    char *const *names = x->labels.names;
    ft_str_clear(s);
    ft_str_addf(s, "{\"row\":%zu,\"part\":\"%s\",\"text\":", e->row, ft_part_name(in->part));
    ft_json_add_str(s, e->text.data, e->text.n);
    if (e->pair.data) {
        ft_json_add_key(s, "text_pair");
        ft_json_add_str(s, e->pair.data, e->pair.n);
    }
    ft_json_add_key(s, "label");
    if (e->label >= 0)
        ft_label_sets_json(&x->sets, e->label, names, s);
    else
        ft_str_addz(s, "null");
    ft_multi_label_json(logits, in->m->config.thresholds, (const char *const *)names, x->labels.n,
                        s);
    ft_json_add_key(s, "loss");
    ft_json_add_f32(s, (float)loss);
    ft_str_addz(s, "}\n");
    fwrite(s->data, 1, s->len, lines);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size);
    size_t K = in->m->net->cfg.labels;
    float *logits = NULL;
    enum ft_status st = ft_classify_logits(&logits, in->m->net, in->s, batch, w, err);
    if (st) return st;
    struct ft_label_counts counts = {.K = K,
                                     .cells = ft_xcalloc(K * FT_LABEL_CELLS, sizeof *counts.cells)};
    uint8_t *truth = ft_xcalloc(2 * K, 1), *predicted = truth + K;
    struct ft_str line = {0};
    double sum = 0;
    for (size_t i = 0; i < in->s->n; i++) {
        const float *z = logits + i * K;
        double loss = (double)NAN;
        if (ft_multi_label_truth(in->s, i, truth)) {
            loss = ft_multi_label_loss(z, truth, K);
            ft_multi_label_predicted(z, in->m->config.thresholds, K, predicted);
            ft_label_counts_add(&counts, truth, predicted);
            sum += loss;
        }
        if (lines) write_line(in, i, z, loss, lines, &line);
    }
    double loss = counts.examples ? sum / (double)counts.examples : (double)NAN;
    ft_scores_make_multi(scores, (const char *const *)in->d->x.labels.names, &counts,
                         in->m->config.thresholds, loss);
    ft_str_release(&line);
    free(truth);
    free(counts.cells);
    free(logits);
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

static void add_average(struct ft_str *out, const char *key, const struct ft_score *c)
{
    ft_json_add_key(out, key);
    ft_str_addc(out, '{');
    add_score(out, c);
    ft_str_addc(out, '}');
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    ft_json_add_key(out, "labels");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        if (i) ft_str_addc(out, ',');
        ft_json_add_str(out, s->names[i], strlen(s->names[i]));
    }
    ft_str_addc(out, ']');
    ft_json_put_num(out, "subset_accuracy", s->subset_accuracy);
    ft_json_put_num(out, "hamming_loss", s->hamming_loss);
    ft_json_add_key(out, "classes");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        ft_str_addz(out, i ? ",{" : "{");
        ft_json_put_text(out, "label", s->names[i]);
        add_score(out, &s->classes[i]);
        ft_json_put_num(out, "threshold", s->thresholds[i]);
        ft_str_addc(out, '}');
    }
    ft_str_addc(out, ']');
    add_average(out, "micro avg", &s->micro);
    add_average(out, "macro avg", &s->macro);
    add_average(out, "weighted avg", &s->weighted);
    add_average(out, "samples avg", &s->samples);
    ft_json_add_key(out, "confusion_matrix");
    ft_str_addc(out, '[');
    for (size_t i = 0; i < s->labels; i++) {
        const uint64_t *c = s->cells + i * FT_LABEL_CELLS;
        ft_str_addf(out, "%s[[%llu,%llu],[%llu,%llu]]", i ? "," : "",
                    (unsigned long long)c[FT_LABEL_TN], (unsigned long long)c[FT_LABEL_FP],
                    (unsigned long long)c[FT_LABEL_FN], (unsigned long long)c[FT_LABEL_TP]);
    }
    ft_str_addc(out, ']');
}

static void add_row(struct ft_str *out, int width, const char *name, const struct ft_score *c)
{
    ft_str_addf(out, "%*s  %9.4f %9.4f %9.4f %9llu", width, name, c->precision, c->recall, c->f1,
                (unsigned long long)c->support);
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    const struct {
        const char *name;
        const struct ft_score *score;
    } averages[] = {{"micro avg", &s->micro},
                    {"macro avg", &s->macro},
                    {"weighted avg", &s->weighted},
                    {"samples avg", &s->samples}};
    int width = 15;
    for (size_t i = 0; i < s->labels; i++)
        if ((int)strlen(s->names[i]) > width) width = (int)strlen(s->names[i]);
    ft_str_addf(out, "%*s  %9s %9s %9s %9s %9s\n", width, "", "precision", "recall", "f1",
                "support", "threshold");
    for (size_t i = 0; i < s->labels; i++) {
        add_row(out, width, s->names[i], &s->classes[i]);
        ft_str_addf(out, " %9.4f\n", s->thresholds[i]);
    }
    for (size_t i = 0; i < sizeof averages / sizeof *averages; i++) {
        add_row(out, width, averages[i].name, averages[i].score);
        ft_str_addc(out, '\n');
    }
    ft_str_addf(out, "%*s  %9.4f\n", width, "subset accuracy", s->subset_accuracy);
    ft_str_addf(out, "%*s  %9.4f\n", width, "hamming loss", s->hamming_loss);
    ft_str_addf(out, "%*s  %9.4f\n", width, "loss", s->loss);
}

/* ---- reading the report ---- */

/* A label's [[tn, fp], [fn, tp]]; false: it is something else. */
static bool read_cells(const cJSON *matrix, uint64_t *cells)
{
    if (cJSON_GetArraySize(matrix) != 2) return false;
    for (int i = 0; i < 4; i++) {
        const cJSON *row = cJSON_GetArrayItem(matrix, i / 2);
        const cJSON *cell = cJSON_GetArraySize(row) == 2 ? cJSON_GetArrayItem(row, i % 2) : NULL;
        double x = cJSON_IsNumber(cell) ? cell->valuedouble : -1;
        if (!(x >= 0 && x <= 9e15)) return false;
        cells[i] = (uint64_t)x;
    }
    return true;
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    const cJSON *classes = ft_json_get(tree, "classes"), *c;
    const cJSON *matrices = ft_json_get(tree, "confusion_matrix"), *m;
    const cJSON *samples = ft_json_get(tree, "samples avg");
    int n = cJSON_IsArray(classes) ? cJSON_GetArraySize(classes) : 0;
    if (n < 1 || n > FT_SCORES_LABELS_MAX || cJSON_GetArraySize(matrices) != n)
        return ft_fail(err, FT_FORMAT,
                       "%s: expected classes and a confusion_matrix with a 2 x 2 table for each",
                       path);
    enum ft_status st = FT_OK;
    size_t K = (size_t)n, i = 0;
    const char **names = ft_xcalloc(K, sizeof *names);
    double *thresholds = ft_xcalloc(K, sizeof *thresholds);
    struct ft_label_counts counts = {.K = K,
                                     .cells = ft_xcalloc(K * FT_LABEL_CELLS, sizeof *counts.cells)};
    cJSON_ArrayForEach(c, classes)
    {
        const cJSON *name = ft_json_get(c, "label");
        double p = ft_json_number(c, "threshold");
        names[i] = cJSON_IsString(name) ? name->valuestring : "";
        thresholds[i++] = p >= 0 && p <= 1 ? p : 0.5;
    }
    i = 0;
    cJSON_ArrayForEach(m, matrices)
    {
        if (!st && !read_cells(m, counts.cells + i * FT_LABEL_CELLS))
            st = ft_fail(err, FT_FORMAT, "%s: confusion_matrix: table %zu is not 2 x 2 counts",
                         path, i + 1);
        i++;
    }
    if (!st) {
        const uint64_t *first = counts.cells;
        double share = ft_json_number(tree, "subset_accuracy");
        counts.examples = first[0] + first[1] + first[2] + first[3];
        double examples = (double)counts.examples;
        counts.exact = share >= 0 && share <= 1 ? (uint64_t)llround(share * examples) : 0;
        counts.precision = ft_json_number(samples, "precision") * examples;
        counts.recall = ft_json_number(samples, "recall") * examples;
        counts.f1 = ft_json_number(samples, "f1") * examples;
        ft_scores_make_multi(s, names, &counts, thresholds, s->loss);
    }
    free(names);
    free(thresholds);
    free(counts.cells);
    return st;
}

static enum ft_status check(const struct ft_options *o, struct ft_err *err)
{
    if (ft_options_num(o, FT_OPT_label_smoothing_factor) > 0)
        return ft_fail(
            err, FT_USAGE,
            "label_smoothing_factor is for one label per text (or a language model), not "
            "for multi_label_classification");
    if (ft_options_bool(o, FT_OPT_tune_thresholds) &&
        ft_options_choice(o, FT_OPT_eval_strategy) == FT_STRATEGY_NEVER)
        return ft_fail(err, FT_USAGE,
                       "tune_thresholds needs evaluations: set eval_strategy to epoch or steps");
    return FT_OK;
}

const struct ft_task_ops ft_task_multi_label = {
    .facts =
        {
            .does = "multi-label classification",
            .examples = "examples",
            .needed = "labelled row",
            .sequences = "texts",
            .input_title = "Text",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "labels",

            .metrics = {{"f1", offsetof(struct ft_scores, f1), false, false},
                        {"f1_macro", offsetof(struct ft_scores, f1_macro), false, false},
                        {"subset_accuracy", offsetof(struct ft_scores, subset_accuracy), false,
                         false}},
            .best_metrics = "f1|f1_macro|subset_accuracy|loss",
            .check = check,
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
