/* The scores of an evaluation as its task reports them: JSON, text for a person, one line for the
 * log, the values of metrics.jsonl, and back from the file. What differs between tasks is in their
 * tables (task.h). Threads: any. */
#ifndef FT_ENGINE_TASK_SCORE_REPORT_H
#define FT_ENGINE_TASK_SCORE_REPORT_H

#include "engine/task/scores.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Appends the members of the object, from "task" to "confusion_matrix", without the braces. */
void ft_scores_json(const struct ft_scores *s, struct ft_str *out);
/* The report as a table for a person. */
void ft_scores_text(const struct ft_scores *s, struct ft_str *out);
/* The value of a metric by its name: loss, or one of the task's (accuracy, f1, ..). NaN: the task has
 * no such metric. */
double ft_scores_metric(const struct ft_scores *s, const char *name);
/* The metric that models are chosen by if the user names none: accuracy, f1, ..; of a regression the mean
 * squared error, since baselines are compared by it and a constant has no correlation. */
double ft_scores_first(const struct ft_scores *s);
enum { FT_METRIC_NAME = 32 };
void ft_scores_first_name(enum ft_task task, char name[FT_METRIC_NAME]); /* its name */
/* Whether less of a metric is better: losses and perplexity. */
bool ft_metric_is_lower(const char *name);
/* Whether a task's metric is in percent (struct ft_metric); task may be FT_TASK_NONE. */
bool ft_metric_is_percent(enum ft_task task, const char *name);
/* Appends the members of a line of metrics.jsonl: ,"eval_loss":.. and what the task has. */
void ft_scores_metrics_json(const struct ft_scores *s, struct ft_str *out);
/* evals/STEP.json or eval.json again: what ft_scores_json wrote, part and step. */
/* A model beside another: what the user of a smaller model compares. */
struct ft_scores_side {
    char name[128];
    double loss, accuracy, ms_per_text, bytes; /* NaN: not known; bytes: of its weights */
};
struct ft_scores_file {
    struct ft_scores scores; /* examples 0: nothing was read */
    char part[16];
    uint64_t step;
    bool has_teacher; /* of a run with a teacher: */
    struct ft_scores_side student, teacher;
};
/* Appends ,"KEY":{"name":..,"loss":..,"accuracy":..,"ms_per_text":..,"bytes":..}. */
void ft_scores_side_json(const struct ft_scores_side *s, const char *key, struct ft_str *out);
/* Fills *f; on an error it is empty. At most 4,096 labels. */
enum ft_status ft_scores_read(struct ft_scores_file *f, const char *path, struct ft_err *err);
void ft_scores_file_release(struct ft_scores_file *f);
/* "loss 0.2604 accuracy 0.9068 f1 0.9067": one line for the log. */
void ft_scores_line(const struct ft_scores *s, struct ft_str *out);

#endif
