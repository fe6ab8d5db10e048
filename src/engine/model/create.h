/* A new model: random weights from a configuration, and a vocabulary learned from text. */
#ifndef FT_ENGINE_MODEL_CREATE_H
#define FT_ENGINE_MODEL_CREATE_H

#include "engine/options/job.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_created {
    size_t texts, vocab, parameters;
};
/* config: a config.json (model_type and sizes; what is missing has transformers' default;
 * vocab_size is replaced). text: a file of any data format, whose text column (or whole lines) is
 * learned from. output: the folder that is made; it must not be there. The same input gives the
 * same bytes. Errors: FT_EXISTS, FT_USAGE (vocab_size too small or too large), those of the files.
 */
enum ft_status ft_create_model(const char *config, const char *text, size_t vocab_size,
                               uint64_t seed, const char *output, struct ft_created *made,
                               struct ft_job *w, struct ft_err *err);

#endif
