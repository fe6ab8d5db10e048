/* What a process that is not rank 0 (engine/options/ranks.h) does in the place of a session: the commands
 * of rank 0's session, until that ends. train_ranks.h has the commands.
 *
 * Threads: the main one, which computes. */
#ifndef FT_ENGINE_TRAIN_FOLLOW_H
#define FT_ENGINE_TRAIN_FOLLOW_H

#include "util/err.h"

/* An error ends the job; it was not yet reported unless ft_ranks_broken. */
enum ft_status ft_follow(struct ft_err *err);

#endif
