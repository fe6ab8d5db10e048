/* Where a run was interrupted: forked from another run's checkpoint, resumed, paused. Kept in its
 * run.json as "breaks": [{"step":n,"kind":"resumed"},..], in the order they came.
 *
 * Threads: one list belongs to one thread. */
#ifndef FT_ENGINE_TRAIN_RUN_SEGMENTS_H
#define FT_ENGINE_TRAIN_RUN_SEGMENTS_H

#include "util/json.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

enum ft_run_segment_kind {
    FT_RUN_SEGMENT_FORKED,
    FT_RUN_SEGMENT_RESUMED,
    FT_RUN_SEGMENT_PAUSED,
    FT_RUN_SEGMENT_COUNT
};
enum { FT_RUN_SEGMENT_PAUSE_S = 60 }; /* shorter pauses are none */

struct ft_run_segment {
    uint64_t step; /* after this update */
    enum ft_run_segment_kind kind;
};

struct ft_run_segments {
    struct ft_run_segment *items;
    size_t n, cap;
};

/* Once, when it is just what was added last. */
void ft_run_segments_add(struct ft_run_segments *b, enum ft_run_segment_kind kind, uint64_t step);
/* Takes off what lies behind `step`: a run that goes on from there does it again. */
void ft_run_segments_cut(struct ft_run_segments *b, uint64_t step);
void ft_run_segments_to_json(const struct ft_run_segments *b, struct ft_str *out);
/* Appends the entries that are understood; the others (a later version's) are passed over. */
void ft_run_segments_from_json(struct ft_run_segments *b, const cJSON *list);
void ft_run_segments_release(struct ft_run_segments *b);

#endif
