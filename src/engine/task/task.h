/* A task defines how data is read, converted to token sequences and scored; its head and loss are in
 * core. Each task has one table of functions; training, evaluation and prediction use the table and
 * name no task.
 *
 * How to add one: docs/ADDING_A_TASK.md. Threads: the caller's. */
#ifndef FT_ENGINE_TASK_TASK_H
#define FT_ENGINE_TASK_TASK_H

#include "engine/model/model_file.h"
#include "engine/task/run_data.h"
#include "engine/task/scores.h"
#include "engine/task/sequences.h"
#include "engine/task/task_facts.h"

#include <cjson/cJSON.h>
#include <stdio.h>

struct ft_teacher;

/* A split and its token sequences. */
struct ft_scoring {
    const struct ft_options *o;
    const struct ft_run_data *d;
    const struct ft_model_file *m;
    const struct ft_sequences *s;
    enum ft_part part;
    struct ft_teacher *teacher; /* ready for this part's batches (teacher.h); NULL: there is none */
};

struct ft_task_ops {
    struct ft_task_facts facts;
    /* Reads the files that the options name. labels: in the model's order, NULL: those of the
     * data; unlabelled: labels are not needed. Logs what was inferred and excluded. */
    enum ft_status (*open)(struct ft_run_data *d, const struct ft_options *o,
                           const struct ft_labels *labels, bool unlabelled, struct ft_err *err);
    /* Number of examples in a split. */
    size_t (*count)(const struct ft_run_data *d, enum ft_part part);
    /* The split of each example, as JSON for run.json. */
    void (*split_json)(const struct ft_run_data *d, struct ft_str *out);
    /* The sequences of a split; to_score: also keeps what scoring needs. */
    enum ft_status (*sequences)(struct ft_sequences *s, const struct ft_run_data *d,
                                enum ft_part part, const struct ft_model_file *m,
                                const struct ft_options *o, bool to_score, struct ft_job *w,
                                struct ft_err *err);
    /* Scores of a split; `lines` gets a line of predictions.jsonl for each example (NULL: none). */
    enum ft_status (*score)(const struct ft_scoring *in, struct ft_scores *scores, FILE *lines,
                            struct ft_job *w, struct ft_err *err);
    /* The members of the JSON object after "loss", each with a comma before it. */
    void (*scores_json)(const struct ft_scores *s, struct ft_str *out);
    /* The report as a text table. */
    void (*scores_text)(const struct ft_scores *s, struct ft_str *out);
    /* Reads what scores_json wrote; task and loss are already set. The file is hostile; on an error *s may hold
     * parts, which the caller releases. */
    enum ft_status (*scores_read)(struct ft_scores *s, const cJSON *tree, const char *path,
                                  struct ft_err *err);
};
const struct ft_task_ops *ft_task_ops(enum ft_task task);
#define X(id, word, head, predicts, traits) extern const struct ft_task_ops ft_task_##word;
FT_TASK_LIST(X)
#undef X

/* Opens the files that the options name and builds the task's examples; labels NULL: those of the
 * data. Logs what was inferred. */
enum ft_status ft_task_open(struct ft_run_data *d, enum ft_task task, const struct ft_options *o,
                            const struct ft_labels *labels, bool unlabelled, struct ft_err *err);

/* The task of the options, else that of the teacher's head (embed where it has none, or one of a
 * language model), else inferred from the data file and the model. Files that cannot be read
 * are ignored here; opening them later reports the error. A problem_type that has no task is left to
 * ft_task_check. */
enum ft_task ft_task_find(const struct ft_options *o);

/* Masking of a run's epoch; of an evaluation (epoch UINT64_MAX, always the same masks). */
void ft_masking_of(struct ft_masking *m, const struct ft_options *o, const struct ft_model_file *f,
                   uint64_t epoch);

#endif
