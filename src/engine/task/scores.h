/* The scores of an evaluation, in memory and as JSON: scikit-learn's for text classification,
 * the official script's for questions, loss and perplexity for language models. */
#ifndef FT_ENGINE_TASK_SCORES_H
#define FT_ENGINE_TASK_SCORES_H

#include "engine/task/squad_scores.h"
#include "util/err.h"
#include "util/kinds.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

struct ft_score {
    double precision, recall, f1;
    uint64_t support;
};
struct ft_scores {
    enum ft_task task;
    size_t examples; /* texts, questions or blocks; 0: nothing was evaluated */
    double loss;     /* mean over texts, windows or tokens; NaN: unknown */
    double accuracy; /* classify; mlm: over masked tokens */
    double f1;       /* classify: with two labels the second one's, else the macro mean */
    struct ft_squad_scores squad; /* qa */
    double perplexity;            /* mlm, clm; over `tokens` tokens */
    uint64_t tokens;
    /* classify, empty for others */
    size_t labels;
    struct ft_score macro, weighted;
    struct ft_score *classes; /* (labels) */
    uint64_t *confusion;      /* (labels, labels): row true, column predicted */
    char **names;             /* (labels) */
};
/* Of a classifier, from counts; copies everything. */
void ft_scores_make(struct ft_scores *s, const char *const *names, size_t labels,
                    const uint64_t *confusion, double loss);
void ft_scores_release(struct ft_scores *s);
/* Appends the members of the object, from "task" to "confusion_matrix", without the braces. */
void ft_scores_json(const struct ft_scores *s, struct ft_str *out);
/* The report as a table for a person. */
void ft_scores_text(const struct ft_scores *s, struct ft_str *out);
/* One line of predictions.jsonl, with its newline. */
struct ft_prediction_line {
    size_t row;
    const char *part, *text, *pair; /* pair NULL: none */
    size_t n, pair_n;
    const char *const *names;
    size_t labels;
    int32_t label, predicted;   /* label -1: none */
    const float *probabilities; /* (labels) */
    float loss;
};
void ft_prediction_line(struct ft_str *out, const struct ft_prediction_line *x);
/* The value of a metric by its name (accuracy, f1, loss, exact, perplexity), in percent for f1 and
 * exact of questions; NaN: the task has no such metric. */
double ft_scores_metric(const struct ft_scores *s, const char *name);
/* Whether less of a metric is better: losses and perplexity. */
bool ft_metric_is_lower(const char *name);
/* Appends the members of a line of metrics.jsonl: ,"eval_loss":.. and what the task has. */
void ft_scores_metrics_json(const struct ft_scores *s, struct ft_str *out);
/* evals/STEP.json or eval.json again: what ft_scores_json wrote, part and step. */
struct ft_scores_file {
    struct ft_scores scores; /* examples 0: nothing was read */
    char part[16];
    uint64_t step;
};
/* Fills *f; on an error it is empty. At most 4,096 labels. */
enum ft_status ft_scores_read(struct ft_scores_file *f, const char *path, struct ft_err *err);
void ft_scores_file_release(struct ft_scores_file *f);
/* "loss 0.2604 accuracy 0.9068 f1 0.9067": one line for the log. */
void ft_scores_line(const struct ft_scores *s, struct ft_str *out);

#endif
