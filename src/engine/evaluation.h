/* An evaluation as a screen sees it: what a run's folder has of it (eval.json, predictions.jsonl,
 * baseline.json), read in the background, or made anew with a model on a part or another file.
 *
 *     struct ft_evaluation *e = ft_evaluation_new(&wake);
 *     ft_evaluation_load(e, "runs/imdb");
 *     ... each time `wake` is readable: if (ft_evaluation_follow(e)) redraw;
 *     ft_evaluation_free(e);
 *
 * Until something new is whole, what was there before stays. Threads: main thread only. */
#ifndef FT_ENGINE_EVALUATION_H
#define FT_ENGINE_EVALUATION_H

#include "engine/options.h"
#include "engine/scores.h"
#include "engine/work.h"
#include "util/err.h"
#include "util/kinds.h"
#include "util/queue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_evaluation;
struct ft_evaluation *ft_evaluation_new(struct ft_wake *wake);
void ft_evaluation_free(struct ft_evaluation *e);

void ft_evaluation_load(struct ft_evaluation *e, const char *run); /* NULL or "": forgets */
/* Evaluates a run's model: on a part of its own data, or (data given) on all rows of that file. */
void ft_evaluation_make(struct ft_evaluation *e, const char *run, const char *part,
                        const char *data);
/* A majority class and a linear classifier on the parts of the run's data, for the facts below. */
void ft_evaluation_baseline(struct ft_evaluation *e, const char *run);
void ft_evaluation_cancel(struct ft_evaluation *e);
bool ft_evaluation_follow(struct ft_evaluation *e);
bool ft_evaluation_busy(struct ft_evaluation *e, struct ft_work_view *view);
const struct ft_err *ft_evaluation_failed(const struct ft_evaluation *e);

struct ft_evaluation_facts {
    bool there;
    const char *run, *part, *data; /* data: of another file, "" the run's own */
    uint64_t step;
    struct ft_scores scores; /* classify: the report and the matrix */
    bool has_baseline;
    double majority, linear;  /* accuracy of the baseline on the same part; linear NaN: unknown */
    size_t examples;          /* with texts; 0: there is no predictions.jsonl */
    size_t wrong, sure_wrong; /* of them; with more than .95 for the wrong label */
    uint64_t version;
};
const struct ft_evaluation_facts *ft_evaluation_facts(const struct ft_evaluation *e);

/* --- examples --- */
struct ft_evaluation_row {
    size_t row; /* in its file, from 1 */
    const char *part, *text, *pair;
    size_t n, pair_n;
    int label, predicted;
    double loss;
    const float *probabilities; /* (labels) */
};
const struct ft_evaluation_row *ft_evaluation_row(const struct ft_evaluation *e, size_t i);
/* Indices of the examples with this true and this predicted label (-1: any), right ones too or only
 * wrong ones, largest loss first. free() *index. */
size_t ft_evaluation_select(const struct ft_evaluation *e, int label, int predicted, bool right_too,
                            size_t **index);

/* Confused pairs, most first; free() the result. */
struct ft_evaluation_pair {
    int label, predicted;
    uint64_t n;
};
struct ft_evaluation_pair *ft_evaluation_pairs(const struct ft_evaluation *e, size_t *n);

/* predictions.jsonl again, as a run writes it. */
enum ft_status ft_evaluation_write(const struct ft_evaluation *e, const char *path,
                                   struct ft_err *err);

#endif
