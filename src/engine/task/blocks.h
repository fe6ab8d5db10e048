/* How text will be divided into blocks for a language model; the Data screen counts blocks by
 * it. Reads the model's configuration alone. Threads: any. */
#ifndef FT_ENGINE_TASK_BLOCKS_H
#define FT_ENGINE_TASK_BLOCKS_H

#include "engine/options/options.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_blocks_plan {
    bool joined;       /* texts are joined and cut into blocks; else each stays by itself */
    bool newline;      /* each text ends in one */
    size_t max_tokens; /* that the model reads: the longest block */
};
/* `plain`: the data is a text file. Not joined for other tasks. */
enum ft_status ft_blocks_plan(struct ft_blocks_plan *p, const struct ft_options *o, bool plain,
                              struct ft_err *err);

#endif
