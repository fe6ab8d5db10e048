/* Events of a running session: options changed, checkpoints and evaluations on request are written
 * to metrics.jsonl when they happen, and replayed at the same steps by a run that resumes from an
 * earlier checkpoint or is given --events. Live options given with --resume are changes, too.
 *
 * Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_EVENTS_H
#define FT_ENGINE_TRAIN_EVENTS_H

#include "engine/train/event_list.h"

struct ft_train;
/* After a checkpoint was read and before metrics.jsonl is cut: the options in force then, and in
 * t->replay what comes. */
enum ft_status ft_events_restore(struct ft_train *t, struct ft_err *err);
/* Changes an option now and writes the event. */
enum ft_status ft_events_set(struct ft_train *t, enum ft_opt id, const char *value,
                             struct ft_err *err);
/* Writes the event of a checkpoint or an evaluation on request. */
enum ft_status ft_events_note(struct ft_train *t, enum ft_event_kind kind, struct ft_err *err);
/* Makes those events again that are due after this update; sets *save and *evaluate. */
enum ft_status ft_events_due(struct ft_train *t, bool *save, bool *evaluate, struct ft_err *err);
/* A live option given with --resume: remembered, then changed where its value is another. */
void ft_events_ask(struct ft_train *t, enum ft_opt id, const char *value);
enum ft_status ft_events_asked(struct ft_train *t, struct ft_err *err);
/* Whether a run that goes on would end, with what was asked, before where it is: FT_USAGE then. */
enum ft_status ft_events_fit(struct ft_train *t, struct ft_err *err);

#endif
