/* The checkpoints of a run's folder, checkpoint-STEP: their names, listed and removed. What is in
 * one is written and read by checkpoint.h. Threads: any. */
#ifndef FT_ENGINE_TRAIN_CHECKPOINT_LIST_H
#define FT_ENGINE_TRAIN_CHECKPOINT_LIST_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

char *ft_checkpoint_path(const char *dir, uint64_t step);  /* free() it */
bool ft_checkpoint_step(const char *name, uint64_t *step); /* of "checkpoint-STEP" */
/* Steps of the checkpoints in a run's folder, ascending; free(*steps). On failure there are none.
 */
enum ft_status ft_checkpoint_list(const char *dir, uint64_t **steps, size_t *count,
                                  struct ft_err *err);
/* Renamed first, so that half of a checkpoint is never taken for one. Missing is fine. */
enum ft_status ft_checkpoint_remove(const char *dir, uint64_t step, struct ft_err *err);

#endif
