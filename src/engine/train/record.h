/* The record of a run: its folder with the lock, and run.json, which says what the run is, where it
 * is and what it was made of; written whole each time the state changes.
 *
 * Threads: the session's thread; ft_record_remove any. */
#ifndef FT_ENGINE_TRAIN_RECORD_H
#define FT_ENGINE_TRAIN_RECORD_H

#include "util/err.h"

struct ft_train;
enum ft_status ft_record_open(struct ft_train *t, struct ft_err *err); /* folder and lock */
/* Notes in the log that threads or precision are not those of the run until now. */
enum ft_status ft_record_compare_machine(const struct ft_train *t, struct ft_err *err);
/* Whether the data files are those that run.json names, by sha256: FT_FORMAT when one is not. */
/* FT_FORMAT when the teacher has other weights than when the run was started. Sets
 * t->teacher_cached. */
enum ft_status ft_record_same_teacher(struct ft_train *t, struct ft_err *err);
enum ft_status ft_record_same_data(const struct ft_train *t, struct ft_err *err);
/* Removes the older run, once this one is prepared. */
enum ft_status ft_record_replace(struct ft_train *t, struct ft_err *err);
/* Takes back what ft_record_open made, for a run that could not be prepared. */
void ft_record_undo(struct ft_train *t);
enum ft_status ft_record_write(struct ft_train *t, const char *state, struct ft_err *err);
void ft_record_close(struct ft_train *t);
/* Removes a run's files, but for the lock and log.txt, and nothing else that lies there. */
enum ft_status ft_record_remove(const char *dir, struct ft_err *err);
/* What a run that goes on needs of its run.json besides: events, seconds, where it was forked. */
enum ft_status ft_record_resume(struct ft_train *t, const char *dir, struct ft_err *err);

#endif
