/* The parameters of a network, from one table per family (family_*.c): one row per tensor with its
 * Hugging Face name, shape and role. It drives allocation, loading, saving, gradients, decay
 * groups, freezing and the gradient tests; nothing else in the program names a tensor.
 *
 * All parameters lie in one flat array of `floats` floats, gradients and the optimiser's moments in
 * arrays of the same layout:
 *
 *     struct ft_params ps;
 *     st = ft_params_init(&ps, &cfg, err);
 *     for (size_t i = 0; i < ps.n; i++)
 *         copy_into(w + ps.items[i].offset, ps.items[i].count, ps.items[i].name);
 */
#ifndef FT_CORE_PARAMS_H
#define FT_CORE_PARAMS_H

#include "core/net_config.h"
#include "core/optim.h"
#include "core/role.h"
#include "util/err.h"
#include "util/hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One tensor of a net. Read-only after ft_params_init, but for `frozen`. */
struct ft_param {
    const char *name; /* as transformers saves it, base prefix included */
    size_t shape[2];
    unsigned ndim; /* 1 or 2 */
    size_t offset; /* in floats, in each of the flat arrays */
    size_t count;  /* shape[0] * shape[1] */
    int layer;     /* from 0; -1 outside the layers; the last one when all share their weights */
    enum ft_role role;
    unsigned flags; /* enum ft_param_flag */
    bool decay;     /* weight decay applies: matrices and embeddings, not biases and norms */
    bool frozen;    /* gets no gradient and no update */
};

struct ft_params {
    struct ft_param *items; /* in the order of the flat arrays, which is the order of saving */
    size_t n;
    size_t floats; /* length of a flat array: the counts and the gaps that keep tensors on cache
                      lines */
    size_t count;  /* numbers in all tensors */
    size_t layers;
    enum ft_family family_id;
    const struct ft_family_def *family; /* its row */
    const char *prefix; /* of the body's names; "" without a head, as transformers saves a body */
    size_t
        *by_role; /* private: (FT_ROLE_COUNT, max(layers,1)) indices into items, SIZE_MAX: none */
    struct ft_strmap by_name;
    char *names; /* private: storage of all names */
};

/* Lays out the parameters of a checked config. Errors: FT_UNSUPPORTED when the family has no such
 * task. */
enum ft_status ft_params_init(struct ft_params *ps, const struct ft_net_config *cfg,
                              struct ft_err *err);
void ft_params_release(struct ft_params *ps);

/* The parameter that plays `role` in `layer` (0 outside the layers); NULL when this net has none.
 */
const struct ft_param *ft_params_role(const struct ft_params *ps, enum ft_role role, size_t layer);

/* What a tensor of a file is to this net. Understood are names with and without the base prefix
 * ("bert."), and the old LayerNorm.gamma and .beta. */
enum ft_param_match {
    FT_PARAM_MATCH,      /* *index says which */
    FT_PARAM_IGNORE,     /* a buffer, or a stored copy of a tied weight: nothing to say about it */
    FT_PARAM_UNEXPECTED, /* nothing in this net: another task's head, or another model */
};
enum ft_param_match ft_params_match(const struct ft_params *ps, const char *file_name,
                                    size_t *index);

/* Which parameters stay as they are. LAYERS freezes the embeddings and the first `layers` blocks.
 */
enum ft_freeze { FT_FREEZE_NONE, FT_FREEZE_EMBEDDINGS, FT_FREEZE_LAYERS };
void ft_params_freeze(struct ft_params *ps, enum ft_freeze what, size_t layers);
size_t ft_params_trainable(const struct ft_params *ps); /* numbers that are not frozen */

/* The parts of the flat arrays that are trained, for core/optim.h: at most ps->n ranges into `out`,
 * fewer because neighbours are joined; returns how many. `except` is left out (NULL: none). */
size_t ft_params_ranges(const struct ft_params *ps, const struct ft_param *except,
                        struct ft_optim_range *out);
/* The trained matrix whose rows get a gradient only where a batch has their tokens, for
 * core/optim_rows.h: the word embeddings, unless they are a language model's last layer. NULL: none. */
const struct ft_param *ft_params_by_token(const struct ft_params *ps,
                                          const struct ft_net_config *cfg);

/* New values for parameter i, the same for the same seed and name order: matrices and embeddings
 * N(0, init_range) (GPT-2's projections into the residual divided by sqrt(2L)), biases 0, norms 1
 * and 0, the padding token's row 0 as in transformers. */
void ft_params_init_values(const struct ft_params *ps, const struct ft_net_config *cfg, size_t i,
                           uint64_t seed, float *w);

#endif
