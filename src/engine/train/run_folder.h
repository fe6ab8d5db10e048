/* The folder of a run while it is written: checks that it still exists, and removes incomplete
 * files of killed processes. Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_RUN_FOLDER_H
#define FT_ENGINE_TRAIN_RUN_FOLDER_H

#include "util/err.h"

struct ft_train;
/* FT_IO when the run's folder is no longer where it was: nothing may be written then, or a second
 * folder would grow there. */
enum ft_status ft_run_folder_here(const struct ft_train *t, struct ft_err *err);
/* The same, at most once a second: for the loop. */
enum ft_status ft_run_folder_watch(struct ft_train *t, struct ft_err *err);
/* Removes half-made files and folders of processes that ended, also of this one. */
void ft_run_folder_clear(const char *dir);

#endif
