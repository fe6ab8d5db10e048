/* See model_weights.h. */
#include "engine/model/model_weights.h"

#include "util/mem.h"

#include <stdint.h>
#include <stdlib.h>

enum ft_status ft_model_weights_read(struct ft_net *net, const struct ft_st *file,
                                     const struct ft_model_match *match, struct ft_err *err)
{
    const struct ft_params *ps = &net->params;
    struct ft_st_wanted *wanted = ft_xcalloc(ps->n, sizeof *wanted);
    size_t n = 0;
    for (size_t k = 0; k < ps->n; k++) {
        if (match->file_of[k] == SIZE_MAX) continue;
        wanted[n++] = (struct ft_st_wanted){.tensor = ft_st_at(file, match->file_of[k]),
                                            .dst = net->w + ps->items[k].offset};
    }
    enum ft_status st = ft_st_load(file, wanted, n, err);
    free(wanted);
    return st;
}
