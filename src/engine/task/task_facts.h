/* What is known about a task without running it: its words, metrics and defaults. One row a task
 * (task_NAME.c), for screens, commands and engine alike; code asks here, or for a trait
 * (util/kinds.h), and does not name a task. docs/ADDING_A_TASK.md walks through one.
 *
 *     const struct ft_task_facts *f = ft_task_facts(task);
 *     ft_str_addf(&s, "%zu %s", n, n == 1 ? f->example : f->examples);
 *
 * Implemented in task.c, which has the table. Threads: any; nothing changes. */
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
    size_t at;  /* of its double in struct ft_scores */
    bool lower; /* less is better */
};
/* What the task decides about an option that was not given. */
struct ft_task_default {
    enum ft_opt option;
    const char *text;
};
enum { FT_TASK_METRICS = 3, FT_TASK_DEFAULTS = 3 };

struct ft_task_facts {
    /* Words. */
    const char *does;        /* what a model of it does: "answers questions" */
    const char *examples;    /* what its data has: "questions" */
    const char *needed;      /* one that can be scored: "labelled row" */
    const char *sequences;   /* what examples are cut into for the net: "windows" */
    const char *input_title; /* what one types to get an answer */
    const char *ask_hint;    /* how `fettle predict` is told it, behind an error message */
    /* Names in JSON of what is asked, of its second text, and of the answer. */
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

/* Puts in place what the task decides where nothing was given: its defaults and
 * metric_for_best_model. The values stay "not given". */
void ft_task_settle(struct ft_options *o, enum ft_task task);
/* Rules between options, the task's own among them. */
enum ft_status ft_task_check(const struct ft_options *o, enum ft_task task, struct ft_err *err);

#endif
