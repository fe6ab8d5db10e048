/* ft_task_find with its last answer kept: what a screen asks at each change of an option. The first rows of the
 * data are read again only where they may say something else: when the data or the model's config.json has
 * another path, size or time, or an option by which the data are read or the task is named has changed.
 *
 *     struct ft_task_cache c = {0};
 *     enum ft_task task = ft_task_cache_find(&c, &options);
 *     ft_task_cache_release(&c);
 *
 * Of a folder the files in it count, not those below. Threads: one owner. */
#ifndef FT_ENGINE_TASK_TASK_CACHE_H
#define FT_ENGINE_TASK_TASK_CACHE_H

#include "engine/options/options.h"
#include "util/kinds.h"

#include <stddef.h>

struct ft_task_cache {
    char *key; /* NULL: nothing is kept */
    enum ft_task task;
    size_t found; /* times that it was not in the cache; for tests */
};
enum ft_task ft_task_cache_find(struct ft_task_cache *c, const struct ft_options *o);
void ft_task_cache_release(struct ft_task_cache *c);

#endif
