/* A task is a way to read data, to make token sequences of it and to score a model's predictions;
 * its head and loss are core's. One table of functions each; training, evaluation and prediction
 * go through it and know no task by name.
 *
 * The next task: one file with such a table (task_NAME.c), a line in task.c, its word in util/kinds
 * and its head in core. Threads: the caller's. */
#ifndef FT_ENGINE_TASK_TASK_H
#define FT_ENGINE_TASK_TASK_H

#include "engine/model/model_file.h"
#include "engine/task/run_data.h"
#include "engine/task/scores.h"
#include "engine/task/sequences.h"
#include "engine/task/task_facts.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* A part whose sequences were made. */
struct ft_scoring {
    const struct ft_options *o;
    const struct ft_run_data *d;
    const struct ft_model_file *m;
    const struct ft_sequences *s;
    enum ft_part part;
};

struct ft_task_ops {
    struct ft_task_facts facts;
    /* Reads the files that the options name. labels: the model's order, NULL those of the data;
     * unlabelled: they are not needed. Says in the log what was guessed and left out. */
    enum ft_status (*open)(struct ft_run_data *d, const struct ft_options *o,
                           const struct ft_labels *labels, bool unlabelled, struct ft_err *err);
    /* Examples of a part. */
    size_t (*count)(const struct ft_run_data *d, enum ft_part part);
    /* Which example is in which part, as JSON for run.json. */
    void (*split_json)(const struct ft_run_data *d, struct ft_str *out);
    /* The sequences of a part; to_score: more than training needs is kept. */
    enum ft_status (*sequences)(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err);
    /* Scores of a part; `lines` gets a line of predictions.jsonl for each example (NULL: none). */
    enum ft_status (*score)(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err);
    /* The members of the JSON object behind "loss", each with a comma in front. */
    void (*scores_json)(const struct ft_scores *s, struct ft_str *out);
    /* The report as a table for a person. */
    void (*scores_text)(const struct ft_scores *s, struct ft_str *out);
    /* What scores_json wrote; task and loss are set. The file is hostile; on an error *s may hold
     * parts, which the caller releases. */
    enum ft_status (*scores_read)(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err);
};
const struct ft_task_ops *ft_task_ops(enum ft_task task);
#define X(id, word, head, traits) extern const struct ft_task_ops ft_task_##word;
FT_TASK_LIST(X)
#undef X

/* Opens the files that the options name and builds the task's examples; labels NULL: those of the
 * data. Says in the log what was guessed. */
enum ft_status ft_task_open(struct ft_run_data *d, enum ft_task task, const struct ft_options *o,
                            const struct ft_labels *labels, bool unlabelled, struct ft_err *err);

/* What the options say, else what file and model look like. Files that cannot be read decide
 * nothing: whoever opens them says why. */
enum ft_task ft_task_find(const struct ft_options *o);

/* Masking of a run's epoch; of an evaluation (epoch UINT64_MAX, always the same masks). */
void ft_masking_of(struct ft_masking *m, const struct ft_options *o, const struct ft_model_file *f,
                   uint64_t epoch);

#endif
