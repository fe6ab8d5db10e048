/* Reports as tables: see report_table.h. */
#include "engine/task/report_table.h"

#include "engine/task/score_report.h"

#include "util/fs.h"
#include "util/text_table.h"

#include <math.h>
#include <string.h>

static void words(struct ft_text_table *t, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ft_text_table_word(t, names[i]);
    ft_text_table_end(t);
}

static void class_row(struct ft_text_table *t, const char *name, const struct ft_score *x)
{
    ft_text_table_word(t, name);
    ft_text_table_number(t, x->precision);
    ft_text_table_number(t, x->recall);
    ft_text_table_number(t, x->f1);
    ft_text_table_count(t, x->support);
    ft_text_table_end(t);
}

static void classes(struct ft_text_table *t, const struct ft_scores *s)
{
    static const char *const head[] = {"label", "precision", "recall", "f1", "support"};
    const struct ft_score accuracy = {(double)NAN, (double)NAN, s->accuracy, s->examples};
    words(t, head, sizeof head / sizeof *head);
    for (size_t i = 0; i < s->labels; i++)
        class_row(t, s->names[i], &s->classes[i]);
    class_row(t, "accuracy", &accuracy);
    class_row(t, "macro avg", &s->macro);
    class_row(t, "weighted avg", &s->weighted);
}

static void set_row(struct ft_text_table *t, const char *name, const struct ft_score *x,
                    double threshold)
{
    ft_text_table_word(t, name);
    ft_text_table_number(t, x->precision);
    ft_text_table_number(t, x->recall);
    ft_text_table_number(t, x->f1);
    ft_text_table_count(t, x->support);
    ft_text_table_number(t, threshold);
    ft_text_table_end(t);
}

static void sets(struct ft_text_table *t, const struct ft_scores *s)
{
    static const char *const head[] = {"label", "precision", "recall",
                                       "f1",    "support",   "threshold"};
    const double none = (double)NAN;
    words(t, head, sizeof head / sizeof *head);
    for (size_t i = 0; i < s->labels; i++)
        set_row(t, s->names[i], &s->classes[i], s->thresholds[i]);
    set_row(t, "micro avg", &s->micro, none);
    set_row(t, "macro avg", &s->macro, none);
    set_row(t, "weighted avg", &s->weighted, none);
    set_row(t, "samples avg", &s->samples, none);
}

static void types(struct ft_text_table *t, const struct ft_scores *s)
{
    static const char *const head[] = {"type", "precision", "recall", "f1", "number"};
    struct ft_score all = {s->precision, s->recall, s->f1, 0};
    const struct ft_score accuracy = {(double)NAN, (double)NAN, s->accuracy, s->tokens};
    words(t, head, sizeof head / sizeof *head);
    for (size_t i = 0; i + 1 < s->labels; i++) {
        class_row(t, s->names[i], &s->classes[i]);
        all.support += s->classes[i].support;
    }
    class_row(t, "overall", &all);
    class_row(t, "accuracy of words", &accuracy);
}

static void values(struct ft_text_table *t, const struct ft_scores *s)
{
    const struct ft_squad_scores *q = &s->squad;
    bool qa = ft_task_has(s->task, FT_TRAIT_ANSWERS), none = qa && q->v2;
    const struct {
        const char *name;
        double value;
        bool there;
    } rows[] = {{"examples", (double)s->examples, true},
                {"loss", s->loss, isfinite(s->loss)},
                {"exact", q->exact, qa},
                {"f1", q->f1, qa},
                {"f1_char", q->f1_char, qa && q->has_char},
                {"HasAns_exact", q->has_exact, none && q->has_n},
                {"HasAns_f1", q->has_f1, none && q->has_n},
                {"HasAns_total", (double)q->has_n, none && q->has_n},
                {"NoAns_exact", q->no_exact, none && q->no_n},
                {"NoAns_f1", q->no_f1, none && q->no_n},
                {"NoAns_total", (double)q->no_n, none && q->no_n},
                {"mse", s->mse, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"rmse", s->rmse, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"mae", s->mae, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"r2", s->r2, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"pearson", s->pearson, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"spearman", s->spearman, ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"cosine", s->cosine, ft_task_has(s->task, FT_TRAIT_HIDDEN)},
                {"perplexity", s->perplexity, ft_task_has(s->task, FT_TRAIT_TEXT)},
                {"tokens", (double)s->tokens, !qa && !ft_task_has(s->task, FT_TRAIT_NUMBERS)},
                {"accuracy", s->accuracy, ft_task_has(s->task, FT_TRAIT_MASKS)}};
    static const char *const head[] = {"name", "value"};
    words(t, head, 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].there) continue;
        ft_text_table_word(t, rows[i].name);
        ft_text_table_number(t, rows[i].value);
        ft_text_table_end(t);
    }
}

void ft_report_table(const struct ft_scores *s, char delimiter, struct ft_str *out)
{
    struct ft_text_table t = {.out = out, .delimiter = delimiter};
    if (ft_task_has(s->task, FT_TRAIT_LABELS))
        classes(&t, s);
    else if (ft_task_has(s->task, FT_TRAIT_LABEL_SETS))
        sets(&t, s);
    else if (ft_task_has(s->task, FT_TRAIT_TAGS))
        types(&t, s);
    else
        values(&t, s);
}

void ft_confusion_table(const struct ft_scores *s, char delimiter, struct ft_str *out)
{
    struct ft_text_table t = {.out = out, .delimiter = delimiter};
    if (!s->labels) return;
    if (s->cells) {
        static const char *const head[] = {"label", "true negative", "false positive",
                                           "false negative", "true positive"};
        words(&t, head, sizeof head / sizeof *head);
        for (size_t i = 0; i < s->labels; i++) {
            ft_text_table_word(&t, s->names[i]);
            for (size_t k = 0; k < FT_SCORES_CELLS; k++)
                ft_text_table_count(&t, s->cells[i * FT_SCORES_CELLS + k]);
            ft_text_table_end(&t);
        }
        return;
    }
    ft_text_table_word(&t, "true \\ predicted");
    words(&t, (const char *const *)s->names, s->labels);
    for (size_t i = 0; i < s->labels; i++) {
        ft_text_table_word(&t, s->names[i]);
        for (size_t k = 0; k < s->labels; k++)
            ft_text_table_count(&t, s->confusion[i * s->labels + k]);
        ft_text_table_end(&t);
    }
}

enum ft_status ft_report_write(const struct ft_scores *s, const char *path, struct ft_err *err)
{
    const char *dot = strrchr(ft_path_base(path), '.');
    char delimiter = ft_text_table_delimiter(path);
    bool json = dot && !strcmp(dot, ".json");
    struct ft_str out = {0};
    if (!json && !delimiter)
        return ft_fail(err, FT_USAGE,
                       "%s: expected a name ending in .csv, .tsv, .json or .md for the report",
                       path);
    if (!s->examples) return ft_fail(err, FT_USAGE, "nothing was evaluated yet");
    if (json) {
        ft_str_addc(&out, '{');
        ft_scores_json(s, &out);
        ft_str_addz(&out, "}\n");
    } else {
        ft_report_table(s, delimiter, &out);
    }
    if (delimiter == '|' && s->labels) {
        ft_str_addc(&out, '\n');
        ft_confusion_table(s, delimiter, &out);
    }
    enum ft_status st = ft_file_write(path, ft_str_text(&out), out.len, err);
    ft_str_release(&out);
    return st;
}
