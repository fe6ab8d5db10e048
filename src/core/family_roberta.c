/* RoBERTa (Liu et al., 1907.11692): BERT's blocks; positions count from pad_id + 1, a
 * classification head of two layers instead of the pooler. XLM-RoBERTa (Conneau et al., 1911.02116) is the
 * same network under the same names; its classes and its tokenizer are data's matter. */
#include "core/bert_body.h"

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_BODY_ROWS(FT_INIT_EMBED_PAD),
    ROBERTA_HEAD_ROWS,
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {"lm_head.decoder.weight", "lm_head.decoder.bias", NULL};

#define ROBERTA                                                                                    \
    {                                                                                              \
        .prefix = "roberta.", .specs = specs, .specs_n = sizeof(specs) / sizeof(specs[0]),         \
        .buffers = buffers, .copies = copies, .pos_from_pad = true, .pool_act = FT_ACT_TANH,       \
        .pool_in_dropout = true, .lm_gelu = true,                                                  \
    }
const struct ft_family_def ft_family_roberta = ROBERTA;
const struct ft_family_def ft_family_xlm_roberta = ROBERTA;
