/* The options of a run: those that were given, laid over those of the run that is resumed or of the
 * checkpoint that is forked, completed and checked.
 *
 * Threads: before the session's thread begins. */
#ifndef FT_ENGINE_TRAIN_TRAIN_OPTIONS_H
#define FT_ENGINE_TRAIN_TRAIN_OPTIONS_H

#include "util/err.h"

struct ft_train;
/* t->o holds the options that were given. resume: a run's folder, or NULL; fork: "FOLDER@STEP", or
 * NULL. Sets o, base, task, fork_from, fork_rate, resumed and the lists of events. Errors:
 * FT_USAGE, FT_NOTFOUND, those of the files. */
enum ft_status ft_train_settle(struct ft_train *t, const char *resume, const char *fork,
                               struct ft_err *err);

#endif
