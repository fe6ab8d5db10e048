/* ELECTRA (Clark et al., 2003.10555): BERT's blocks; embeddings of a size of their own with a
 * projection behind them, RoBERTa's classification head with GELU. The masked language model is the
 * generator of the pair. */
#include "core/bert_body.h"

#define GEN "generator_predictions."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_EMBEDDING_ROWS(FT_INIT_NORMAL),
    {"embeddings_project.weight",               {FT_DIM_C, FT_DIM_E}, FT_ROLE_EMB_PROJ_W, FT_INIT_NORMAL,    E | FT_PARAM_FACTORED, FT_FOR_ALL},
    {"embeddings_project.bias",                 {FT_DIM_C},           FT_ROLE_EMB_PROJ_B, FT_INIT_ZERO,      E | FT_PARAM_FACTORED, FT_FOR_ALL},
    BERT_LAYER_ROWS,

    ROBERTA_TEXT_ROWS,
    {GEN "dense.weight",                        {FT_DIM_E, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},
    {GEN "dense.bias",                          {FT_DIM_E},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},
    {GEN "LayerNorm.weight",                    {FT_DIM_E},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},
    {GEN "LayerNorm.bias",                      {FT_DIM_E},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},
    {"generator_lm_head.weight",                {FT_DIM_V, FT_DIM_E}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {"generator_lm_head.bias",                  {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {"generator_lm_head.weight", NULL};

const struct ft_family_def ft_family_electra = {
    .prefix = "electra.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pool_act = FT_ACT_GELU,
    .pool_in_dropout = true,
    .lm_gelu = true,
};
