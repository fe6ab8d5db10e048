/* How long a run is and where it is: batches, updates and epochs by the options and the number of
 * training sequences. Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_STEPS_H
#define FT_ENGINE_TRAIN_TRAIN_STEPS_H

#include "core/net.h"

#include <stddef.h>
#include <stdint.h>

struct ft_param;
struct ft_train;
/* The workspace of a batch in training, after ft_train_count_steps. */
struct ft_ws_opt ft_train_room(const struct ft_train *t);
size_t ft_train_shards(const struct ft_train *t); /* at least 1 */
/* The parameter that is updated by rows (ft_params_by_token); NULL: none, or not with shards. */
const struct ft_param *ft_train_by_token(const struct ft_train *t);
/* Brings all rows of it up to date: before anybody but a training step reads weights or moments. */
void ft_train_sync(struct ft_train *t);
/* Sets batches, updates, total, warmup and epochs; again after an option was changed. */
void ft_train_count_steps(struct ft_train *t);
/* The place of update `step`: its epoch, first batch and how many batches it takes. */
void ft_update_place(const struct ft_train *t, uint64_t step, uint64_t *epoch, uint64_t *first,
                     uint64_t *n);
/* The epoch that `step` updates have reached, with its fraction. */
double ft_train_epoch(const struct ft_train *t, uint64_t step);

#endif
