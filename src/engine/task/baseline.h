/* Simple baselines scored on the same splits, so that a user sees what the model adds: a constant (the most
 * frequent label, set of labels or tag; the mean of numbers), and one that is trained: a linear
 * classifier or regression on word unigrams and bigrams, for tags of words a unigram tagger. Trained in
 * seconds, the same numbers for the same examples and seed, on any number of threads.
 *
 *     struct ft_baseline b = {0};
 *     if (!(st = ft_baseline_file(&b, &options, NULL, &err))) ft_baseline_json(&b, &out);
 *     ft_baseline_release(&b);
 */
#ifndef FT_ENGINE_TASK_BASELINE_H
#define FT_ENGINE_TASK_BASELINE_H

#include "engine/options/options.h"
#include "engine/task/scores.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

struct ft_examples;

struct ft_baseline {
    const char *part; /* that was scored: the test part, else validation, else train itself */
    size_t train_n;   /* examples trained on */
    size_t features; /* words and pairs that occur in two examples or more; tags: different words */
    size_t
        majority_label;  /* index of the commonest label, or set of labels, of the training part */
    char *majority_json; /* it as JSON: "pos", or ["a","b"]; of numbers their mean; owned */
    char *majority_text; /* and for people, without quotes around a name; owned */
    struct ft_scores constant,
        trained; /* losses: mean cross-entropy; the constant's is of label shares */
    double seconds;
};

/* On examples that are there (engine and data only): two labels or more, some to train on. Errors:
 * FT_NOMEM, FT_CANCELLED. On an error *b is released. */
enum ft_status ft_baseline_train(struct ft_baseline *b, const struct ft_examples *x, uint64_t seed,
                                 struct ft_job *w, struct ft_err *err);
/* On the files, columns, cleaning, limit and split that the options name. Errors also: FT_FORMAT
 * and others of reading, FT_FORMAT when there is one label only or nothing to train on. */
enum ft_status ft_baseline_file(struct ft_baseline *b, const struct ft_options *o, struct ft_job *w,
                                struct ft_err *err);
void ft_baseline_release(struct ft_baseline *b);

/* "majority"; of a regression "mean": the baseline that always gives the same answer. "linear"; of tags
 * "unigram": the other one. */
const char *ft_baseline_constant(enum ft_task task);
const char *ft_baseline_trained(enum ft_task task);
/* What they are, for people: "the most frequent label", "a linear classifier on words". */
const char *ft_baseline_constant_text(enum ft_task task);
const char *ft_baseline_trained_text(enum ft_task task);
/* Appends {"part":..,"train":n,"majority":{..},"linear":{..}}, without a newline; seconds are left
 * out, so that two runs give the same bytes. */
void ft_baseline_json(const struct ft_baseline *b, struct ft_str *out);
void ft_baseline_text(const struct ft_baseline *b, struct ft_str *out);

#endif
