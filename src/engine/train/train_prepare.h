/* What is prepared once before a run's first update: data, labels, model, token sequences, memory
 * plan and optimiser, and the checkpoint that it resumes from; and releasing all of it.
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_PREPARE_H
#define FT_ENGINE_TRAIN_TRAIN_PREPARE_H

#include "util/err.h"

struct ft_train;
enum ft_status ft_train_prepare(struct ft_train *t, struct ft_err *err);
/* Freezes what the options say. FT_USAGE: the model has fewer layers. */
enum ft_status ft_train_freeze(struct ft_train *t, struct ft_err *err);
/* Steps, memory plan and optimiser, once model and training sequences are there. FT_NOMEM with the
 * numbers when the memory is not enough. */
enum ft_status ft_train_arm(struct ft_train *t, struct ft_err *err);
/* The teacher's outputs are kept in this file from now on. */
enum ft_status ft_train_cache_begin(struct ft_train *t, const char *path, struct ft_err *err);
void ft_train_release(struct ft_train *t);

#endif
