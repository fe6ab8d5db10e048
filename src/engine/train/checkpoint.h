/* Saving a run's checkpoint and loading it again: weights, moments, state. The folder appears whole
 * and synced; saving rotates the older ones (save_total_limit).
 *
 *     if (!(st = ft_checkpoint_save(t, &err))) ..                       during a run
 *     st = ft_checkpoint_load(t, "runs/imdb/checkpoint-200", &err);     resuming
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_CHECKPOINT_H
#define FT_ENGINE_TRAIN_CHECKPOINT_H

#include "util/err.h"

#include <stdint.h>

struct ft_train;
enum ft_status ft_checkpoint_save(struct ft_train *t, struct ft_err *err); /* and rotates */
/* Removes the oldest checkpoints beyond save_total_limit, never the best or the last one. Also on
 * resuming: the run may have been killed between saving and removing. */
void ft_checkpoint_rotate(struct ft_train *t);
/* FT_NUMERIC when a weight is not a finite number: such a model is not written over a good one. */
enum ft_status ft_checkpoint_check(const struct ft_train *t, struct ft_err *err);
/* Weights, moments and state of checkpoint `path`. */
enum ft_status ft_checkpoint_load(struct ft_train *t, const char *path, struct ft_err *err);
/* Only the weights. */
enum ft_status ft_checkpoint_weights(struct ft_train *t, const char *path, struct ft_err *err);
/* ft_checkpoint_remove during a run: a checkpoint that cannot be removed is a warning. */
void ft_checkpoint_drop(struct ft_train *t, uint64_t step);

#endif
