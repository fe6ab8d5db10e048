/* What a model can do because of its family: the row of data (its files) and the row of core (its
 * network) put together. Threads: any; nothing is kept. */
#ifndef FT_ENGINE_MODEL_MODEL_FAMILY_H
#define FT_ENGINE_MODEL_MODEL_FAMILY_H

#include "data/hf_config.h"
#include "util/err.h"
#include "util/kinds.h"

#include <stddef.h>

/* The longest sequence that fits the position table, special tokens included. */
size_t ft_model_max_tokens(const struct ft_hf_config *c);
/* FT_FORMAT when no token has a position. Part of every reading of a model's config.json. */
enum ft_status ft_model_check_positions(const struct ft_hf_config *c, struct ft_err *err);
/* FT_UNSUPPORTED when the family has no head for the task; the message lists those that have. */
enum ft_status ft_model_check_task(const struct ft_hf_config *c, enum ft_task task,
                                   struct ft_err *err);
/* The task that the family has for plain text: CLM or MLM. */
enum ft_task ft_family_text_task(enum ft_family family);

#endif
