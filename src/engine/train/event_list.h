/* What was changed or requested during a run: options set, checkpoints and evaluations on request.
 * A list of them, read from the lines {"step":n,"event":..} of metrics.jsonl or from run.json and
 * written as JSON. What a running session does with them is in events.h.
 *
 *     struct ft_events e = {0};
 *     st = ft_events_read(&e, "runs/imdb/metrics.jsonl", true, &err);
 *     ft_events_release(&e);
 *
 * Threads: one list belongs to one thread. */
#ifndef FT_ENGINE_TRAIN_EVENT_LIST_H
#define FT_ENGINE_TRAIN_EVENT_LIST_H

#include "engine/options/options.h"
#include "util/err.h"
#include "util/json.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_event_kind { FT_EVENT_SET, FT_EVENT_SAVE, FT_EVENT_EVALUATE };
enum { FT_EVENT_VALUE_MAX = 64 };
struct ft_event {
    uint64_t step; /* after this update */
    enum ft_event_kind kind;
    enum ft_opt option; /* of SET */
    char value[FT_EVENT_VALUE_MAX];
    uint64_t at; /* where its line begins in the file it was read from */
};
struct ft_events { /* zero-initialise it; steps ascend */
    struct ft_event *items;
    size_t n, cap;
};

void ft_events_add(struct ft_events *e, const struct ft_event *event);
void ft_events_release(struct ft_events *e);
/* Appends the events of a metrics.jsonl. FT_FORMAT names the line of a broken one; not strict: a
 * line that is no JSON is skipped (the file of a run whose machine was switched off). */
enum ft_status ft_events_read(struct ft_events *e, const char *path, bool strict,
                              struct ft_err *err);
enum ft_status ft_events_from_json(struct ft_events *e, const cJSON *list, const char *name,
                                   struct ft_err *err);
void ft_events_to_json(const struct ft_events *e, struct ft_str *out);
void ft_event_to_json(const struct ft_event *event, struct ft_str *out);
/* Lays the changes up to `step` over `o`, but for the learning rate (a checkpoint has its factor).
 */
void ft_events_apply_until(const struct ft_events *e, uint64_t step, struct ft_options *o);

#endif
