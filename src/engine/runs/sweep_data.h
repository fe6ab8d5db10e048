/* What a sweep has to know of its data and models before it starts: how many examples train, and
 * whether each label has a row for each fold.
 *
 * Threads: the caller's. */
#ifndef FT_ENGINE_RUNS_SWEEP_DATA_H
#define FT_ENGINE_RUNS_SWEEP_DATA_H

#include "engine/runs/sweep_spec.h"

struct ft_sweep_data {
    enum ft_task task;
    size_t train, validation; /* examples of a run with all rows */
    size_t labels;
    double bytes; /* of the text of an example, on average; 0: not known */
};
/* The options of the first configuration whose options go together, with a fold where there are folds. The
 * caller releases *first. Errors: those of the options and of their rules, when none of 64 does. */
enum ft_status ft_sweep_data_first(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                   struct ft_options *first, struct ft_err *err);
/* Reads the data. Errors: FT_USAGE for more folds than a label has rows; FT_NOTFOUND for a model that is
 * not there; those of the files. */
enum ft_status ft_sweep_data_look(struct ft_sweep_data *d, const struct ft_sweep_spec *spec,
                                  const struct ft_options *o, struct ft_err *err);

#endif
