/* Evaluations during a run, and the results written at its end: the best model, its scores on the test
 * split (else on the validation split), its predictions, the baselines.
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_EVAL_H
#define FT_ENGINE_TRAIN_TRAIN_EVAL_H

#include "engine/task/scores.h"
#include "util/err.h"

#include <stdbool.h>

struct ft_train;
/* The validation split; *better: it is the best evaluation so far. FT_NUMERIC: its loss is not a
 * finite number. */
enum ft_status ft_train_evaluate(struct ft_train *t, bool *better, struct ft_err *err);
/* After the last update. The scores are the caller's to release. */
enum ft_status ft_train_finish(struct ft_train *t, struct ft_scores *scores, struct ft_err *err);

#endif
