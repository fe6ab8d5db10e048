/* One update of the weights after the other, on the thread that computes: batches, forward,
 * backward, clipping, optimiser.
 *
 *     st = ft_update_begin(&u, t, &err);      after ft_train_arm (train_prepare.h)
 *     while (!st) st = ft_update_once(&u, t, &err);
 *     ft_update_end(&u);
 *
 * Nothing is allocated between begin and end. */
#ifndef FT_ENGINE_TRAIN_TRAIN_UPDATE_H
#define FT_ENGINE_TRAIN_TRAIN_UPDATE_H

#include "engine/task/sequences.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_train;
/* The losses of a shard's batches: sums. */
struct ft_update_sums {
    double label, teacher, hidden;
};
struct ft_update {
    double loss, norm; /* mean over its examples; of the gradient, before clipping */
    /* Of a run with a teacher: the parts of the loss, before they are weighted; the teacher's time,
     * which is in ms[1] too. */
    double label_loss, teacher_loss, hidden_loss, teacher_ms;
    double carry_ms; /* of it, sending to other ranks and waiting for them */
    double ms[4];    /* data, forward, backward, optimizer */
    uint64_t tokens;
    /* private */
    struct ft_batch batch; /* in the making */
    struct ft_ws *ws;
    struct ft_update_sums *sums; /* (shards) */
    size_t *order;
    size_t *ends;         /* (batches) of balanced ones in `order`; NULL: batches of one size */
    uint64_t order_epoch; /* whose order it is; UINT64_MAX: none yet */
};
/* The train must be armed (ft_train_arm). */
enum ft_status ft_update_begin(struct ft_update *u, struct ft_train *t, struct ft_err *err);
/* Goes on from t->s. FT_NUMERIC: loss or norm is not a finite number, the weights are as they were.
 */
enum ft_status ft_update_once(struct ft_update *u, struct ft_train *t, struct ft_err *err);
void ft_update_end(struct ft_update *u);

#endif
