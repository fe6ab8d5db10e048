/* The training loop: updates, and after each the actions that are due or requested: a log line,
 * events, an evaluation, a checkpoint, a pause, the end.
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_H
#define FT_ENGINE_TRAIN_TRAIN_H

#include "util/err.h"

#include <stdbool.h>

struct ft_train;
/* From the step of ft_train_prepare to the last; *stopped: it was requested to end before. */
enum ft_status ft_train_loop(struct ft_train *t, bool *stopped, struct ft_err *err);

#endif
