/* The known models of the hub as a screen lists them while an id is typed: which match, which are
 * on this machine already, what training each of them would take here.
 *
 *     struct ft_known_list *l = ft_known_list_new();
 *     ft_known_list_plan(l, &in);          when the settings or the speed changed
 *     n = ft_known_list_find(l, typed, models);
 *     const struct ft_known_row *r = ft_known_list_row(l, i);
 *     ft_known_list_free(l);
 *
 * Threads: main thread only. Nothing is read but the memory that is free. */
#ifndef FT_ENGINE_PRESENT_KNOWN_LIST_H
#define FT_ENGINE_PRESENT_KNOWN_LIST_H

#include "engine/model/known_models.h"
#include "engine/options/options.h"
#include "engine/present/model_list.h"
#include "engine/present/speed.h"

struct ft_known_row {
    const struct ft_known_model *model;
    uint64_t parameters; /* of the body */
    size_t max_tokens;   /* of one text, special ones included */
    uint64_t memory;     /* bytes that a run takes at most */
    bool fits;           /* into the memory that is free; true when that is not known */
    bool refused;        /* its family does not support the task */
    bool here;           /* it is in the hub cache */
    double seconds;      /* to train on 1,000 sequences, by the speed that was measured; 0: none */
};

struct ft_known_in {
    const struct ft_options *o;        /* batch, length and optimiser of the next run */
    int task;                          /* enum ft_task; -1: not known */
    const struct ft_speed_fact *speed; /* NULL: not measured */
    size_t length;                     /* tokens of a usual sequence; 0: as long as `o` allows */
};

struct ft_known_list;
struct ft_known_list *ft_known_list_new(void);
void ft_known_list_free(struct ft_known_list *l);

/* Plans a run with each model. The same request again costs nothing; the memory that is free is
 * looked at anew at most once a second. */
void ft_known_list_plan(struct ft_known_list *l, const struct ft_known_in *in);
/* Lists what matches (known_models.h); models that do not fit or do not support the task come after
 * those that do, except the id itself. `local` (may be NULL): those here. Returns how many. */
size_t ft_known_list_find(struct ft_known_list *l, const char *typed,
                          const struct ft_model_list *local);
const struct ft_known_row *ft_known_list_row(const struct ft_known_list *l, size_t i);
size_t ft_known_list_length(const struct ft_known_list *l); /* tokens that `seconds` is for */

#endif
