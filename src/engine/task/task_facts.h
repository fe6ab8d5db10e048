/* The constants of a task: its names, metrics and defaults. One row per task (task_NAME.c), used by
 * screens, commands and engine; code asks for these, or for a trait (util/kinds.h), and does not name
 * a task. See docs/ADDING_A_TASK.md.
 *
 *     const struct ft_task_facts *f = ft_task_facts(task);
 *     ft_str_addf(&s, "%zu %s", n, n == 1 ? f->example : f->examples);
 *
 * Implemented in task.c, which has the table. Threads: any (constant). */
#ifndef FT_ENGINE_TASK_TASK_FACTS_H
#define FT_ENGINE_TASK_TASK_FACTS_H

#include "engine/options/options.h"
#include "util/err.h"
#include "util/kinds.h"

#include <stdbool.h>
#include <stddef.h>

/* A number of an evaluation besides the loss. */
struct ft_metric {
    const char *name;
    size_t at;    /* offset of its double in struct ft_scores */
    bool lower;   /* less is better */
    bool percent; /* from 0 to 100; else a share, or a number without a limit */
};
/* The task's default of an option. */
struct ft_task_default {
    enum ft_opt option;
    const char *text;
};
enum { FT_TASK_METRICS = 4, FT_TASK_DEFAULTS = 3 };

struct ft_task_facts {
    /* Names, for messages and screens. */
    const char *does;        /* the task, as in "question answering" */
    const char *examples;    /* its examples: "questions" */
    const char *needed;      /* an example that can be scored: "labelled row" */
    const char *sequences;   /* token sequences: "windows" */
    const char *input_title; /* title of the input field on Predict */
    const char *ask_hint;    /* the flags of `fettle predict`, after an error message */
    /* JSON keys of the input, its second text, and the prediction. */
    const char *input_key, *pair_key, *answer_key;
    /* Scores. */
    /* In the order in which they are reported; a NULL name ends them. */
    struct ft_metric metrics[FT_TASK_METRICS + 1];
    const char *best_metrics; /* for metric_for_best_model, "a|b"; the first is the default */
    /* Options. */
    struct ft_task_default defaults[FT_TASK_DEFAULTS + 1]; /* a NULL text ends them */
    /* Rules between the task's own options; NULL: there are none. */
    enum ft_status (*check)(const struct ft_options *o, struct ft_err *err);
};
const struct ft_task_facts *ft_task_facts(enum ft_task task);

/* Sets the options that were not given to the task's defaults, metric_for_best_model included. They
 * still count as "not given". */
void ft_task_settle(struct ft_options *o, enum ft_task task);
/* The task that the options ask of a model whose head is of task `own` (-1: unknown): task and
 * problem_type where they say it, else own; -1 where nothing does. */
enum ft_task ft_task_asked(const struct ft_options *o, int own);
/* Whether problem_type, if given, is the task's. Part of ft_task_check. */
enum ft_status ft_task_check_problem(const struct ft_options *o, enum ft_task task,
                                     struct ft_err *err);
/* Checks rules between options, including the task's own. */
enum ft_status ft_task_check(const struct ft_options *o, enum ft_task task, struct ft_err *err);

#endif
