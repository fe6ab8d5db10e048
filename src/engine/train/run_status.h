/* The progress of a run for other processes: the session's snapshot as JSON in DIR/.status.json,
 * replaced about once a second while the run is active and removed at its end. It is not synced: it
 * means something only as long as the process that writes it holds the folder's lock.
 *
 *     struct ft_snapshot s;
 *     int64_t pid;
 *     if (ft_run_status_live("runs/imdb", &s, &pid)) ...      active: step, ETA, state
 *
 * The file is not trusted: numbers out of range and texts that are too long are dropped. Threads:
 * reading from any; writing is the session's. */
#ifndef FT_ENGINE_TRAIN_RUN_STATUS_H
#define FT_ENGINE_TRAIN_RUN_STATUS_H

#include "engine/train/snapshot.h"
#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Writes what *s says; a full disk only makes it old. */
enum ft_status ft_run_status_write(const char *dir, const struct ft_snapshot *s,
                                   struct ft_err *err);
void ft_run_status_remove(const char *dir);
/* false: no process holds the lock on DIR (*pid 0), or the holder has written no status yet (*s is
 * empty, *pid its pid or -1). output_dir is set to `dir`. */
bool ft_run_status_live(const char *dir, struct ft_snapshot *s, int64_t *pid);

#endif
