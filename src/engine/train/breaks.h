/* Where a run did not simply go on: forked from another's checkpoint, resumed, paused. Kept in its
 * run.json as "breaks": [{"step":n,"kind":"resumed"},..], in the order they came.
 *
 * Threads: one list belongs to one thread. */
#ifndef FT_ENGINE_TRAIN_BREAKS_H
#define FT_ENGINE_TRAIN_BREAKS_H

#include "util/json.h"
#include "util/str.h"

#include <stddef.h>
#include <stdint.h>

enum ft_break_kind { FT_BREAK_FORKED, FT_BREAK_RESUMED, FT_BREAK_PAUSED, FT_BREAK_COUNT };
enum { FT_BREAK_PAUSE_S = 60 }; /* shorter pauses are none */

struct ft_break {
    uint64_t step; /* after this update */
    enum ft_break_kind kind;
};

struct ft_breaks {
    struct ft_break *items;
    size_t n, cap;
};

/* Once, when it is just what was added last. */
void ft_breaks_add(struct ft_breaks *b, enum ft_break_kind kind, uint64_t step);
/* Takes off what lies behind `step`: a run that goes on from there does it again. */
void ft_breaks_cut(struct ft_breaks *b, uint64_t step);
void ft_breaks_to_json(const struct ft_breaks *b, struct ft_str *out);
/* Appends the entries that are understood; the others (a later version's) are passed over. */
void ft_breaks_from_json(struct ft_breaks *b, const cJSON *list);
void ft_breaks_release(struct ft_breaks *b);

#endif
