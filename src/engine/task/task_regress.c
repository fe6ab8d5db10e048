/* Regression, a number for a text or a pair: see task.h. Targets are read as numbers (data/number.h),
 * predictions are the one output of the classification head. */
#include "engine/task/task.h"

#include "core/regression.h"
#include "engine/task/classify.h"
#include "util/json.h"
#include "util/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static void write_line(FILE *lines, struct ft_str *s, const struct ft_scoring *in,
                       const struct ft_example *e, float value)
{
    double d = (double)value - e->value;
    struct ft_value_line x = {.row = e->row,
                              .part = ft_part_name(in->part),
                              .text = e->text.data,
                              .n = e->text.n,
                              .pair = e->pair.data,
                              .pair_n = e->pair.n,
                              .label = e->value,
                              .value = (double)value,
                              .loss = d * d};
    ft_str_clear(s);
    ft_value_line(s, &x);
    fwrite(s->data, 1, s->len, lines);
}

static enum ft_status score(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err)
{
    struct ft_classified c;
    size_t batch = (size_t)ft_options_int(in->o, FT_OPT_per_device_eval_batch_size), n = 0;
    enum ft_status st = ft_classify(&c, in->m->net, in->s, batch, w, err);
    if (st) return st;
    double *truth = ft_xcalloc(2 * c.n + 1, sizeof *truth), *predicted = truth + c.n;
    struct ft_str s = {0};
    for (size_t i = 0; i < c.n; i++) {
        const struct ft_example *e = &in->d->x.items[in->s->example[i]];
        float value = c.logits[i * c.labels];
        if (lines) write_line(lines, &s, in, e, value);
        if (isnan(e->value)) continue;
        truth[n] = e->value;
        predicted[n++] = (double)value;
    }
    ft_scores_make_values(scores, FT_TASK_REGRESS, truth, predicted, n);
    ft_str_release(&s);
    free(truth);
    ft_classified_release(&c);
    return FT_OK;
}

/* ---- the report ---- */

static const struct number {
    const char *name;
    size_t at;
} numbers[] = {
    {"mse", offsetof(struct ft_scores, mse)},
    {"rmse", offsetof(struct ft_scores, rmse)},
    {"mae", offsetof(struct ft_scores, mae)},
    {"r2", offsetof(struct ft_scores, r2)},
    {"pearson", offsetof(struct ft_scores, pearson)},
    {"spearman", offsetof(struct ft_scores, spearman)},
};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

static double number_of(const struct ft_scores *s, size_t i)
{
    double x;
    memcpy(&x, (const char *)s + numbers[i].at, sizeof x);
    return x;
}

static void scores_json(const struct ft_scores *s, struct ft_str *out)
{
    for (size_t i = 0; i < NUMBERS; i++)
        ft_json_put_num(out, numbers[i].name, number_of(s, i));
}

static void scores_text(const struct ft_scores *s, struct ft_str *out)
{
    ft_str_addf(out, "%10s  %12zu\n", "examples", s->examples);
    for (size_t i = 0; i < NUMBERS; i++) {
        double x = number_of(s, i);
        if (isnan(x))
            ft_str_addf(out, "%10s  %12s\n", numbers[i].name, "not defined");
        else
            ft_str_addf(out, "%10s  %12.6g\n", numbers[i].name, x);
    }
}

static enum ft_status scores_read(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err)
{
    double examples = ft_json_number(tree, "examples");
    if (!(examples >= 0 && examples <= 9e15))
        return ft_fail(err, FT_FORMAT, "%s: examples is not a count", path);
    s->examples = (size_t)examples;
    s->accuracy = s->f1 = (double)NAN;
    for (size_t i = 0; i < NUMBERS; i++) {
        double x = ft_json_number(tree, numbers[i].name); /* null: not defined */
        memcpy((char *)s + numbers[i].at, &x, sizeof x);
    }
    return FT_OK;
}

static enum ft_status check(const struct ft_options *o, struct ft_err *err)
{
    if (ft_options_given(o, FT_OPT_label_smoothing_factor) &&
        ft_options_num(o, FT_OPT_label_smoothing_factor) > 0)
        return ft_fail(
            err, FT_USAGE,
            "label_smoothing_factor: is for labels, not for the numbers of a regression");
    return FT_OK;
}

const struct ft_task_ops ft_task_regress = {
    .facts =
        {
            .does = "regression",
            .examples = "examples",
            .needed = "row with a number",
            .sequences = "texts",
            .input_title = "Text",
            .ask_hint = "",
            .input_key = "text",
            .pair_key = "text_pair",
            .answer_key = "value",

            .metrics = {{"pearson", offsetof(struct ft_scores, pearson), false, false},
                        {"spearman", offsetof(struct ft_scores, spearman), false, false},
                        {"mse", offsetof(struct ft_scores, mse), true, false},
                        {"mae", offsetof(struct ft_scores, mae), true, false}},
            .best_metrics = "pearson|spearman|mse|mae|loss",
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
