/* RoBERTa (Liu et al., 1907.11692): BERT's blocks; positions count from pad_id + 1, a
 * classification head of two layers instead of the pooler. */
#include "core/bert_body.h"

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_BODY_ROWS(FT_INIT_EMBED_PAD),

    {"classifier.dense.weight",                 {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"classifier.dense.bias",                   {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
    {"classifier.out_proj.weight",              {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"classifier.out_proj.bias",                {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_TOKENS},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_TOKENS},
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA},
    {"lm_head.dense.weight",                    {FT_DIM_C, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},
    {"lm_head.dense.bias",                      {FT_DIM_C},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},
    {"lm_head.layer_norm.weight",               {FT_DIM_C},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},
    {"lm_head.layer_norm.bias",                 {FT_DIM_C},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},
    {"lm_head.decoder.weight",                  {FT_DIM_V, FT_DIM_C}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {"lm_head.bias",                            {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {"lm_head.decoder.weight", "lm_head.decoder.bias", NULL};

const struct ft_family_def ft_family_roberta = {
    .prefix = "roberta.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pos_from_pad = true,
    .pool_act = FT_ACT_TANH,
    .pool_in_dropout = true,
    .lm_gelu = true,
};
