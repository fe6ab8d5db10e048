/* metrics.jsonl of a run: one JSON object per line, appended, synced before a checkpoint that
 * records its length, and truncated to that length when the run is resumed; and the log history
 * for trainer_state.json.
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_METRICS_FILE_H
#define FT_ENGINE_TRAIN_METRICS_FILE_H

#include "util/err.h"
#include "util/str.h"

struct ft_train;
/* After a checkpoint was read (t->s, t->tail, t->event_lines): makes metrics.jsonl begin with what
 * it had when the checkpoint was saved, where lines were lost or damaged, and says so. Lines after
 * the checkpoint stay, for their events. */
enum ft_status ft_metrics_repair(struct ft_train *t, struct ft_err *err);
/* Opens metrics.jsonl cut to s.metrics_bytes, and reads what is left into the history. */
enum ft_status ft_metrics_open(struct ft_train *t, struct ft_err *err);
/* Cuts metrics.jsonl back to the last checkpoint: what came after it is not wanted. */
enum ft_status ft_metrics_discard(struct ft_train *t, struct ft_err *err);
/* Appends one line (an object's text without the newline). */
enum ft_status ft_metrics_line(struct ft_train *t, const char *line, struct ft_err *err);
enum ft_status ft_metrics_sync(struct ft_train *t, struct ft_err *err); /* to disk */
/* The last lines, at most FT_METRICS_TAIL_MAX bytes, for a checkpoint. */
enum { FT_METRICS_TAIL_MAX = 256 << 10, FT_METRICS_HISTORY_MAX = 4096 /* lines */ };
void ft_metrics_tail(const struct ft_train *t, struct ft_str *out);
void ft_metrics_close(struct ft_train *t);

#endif
