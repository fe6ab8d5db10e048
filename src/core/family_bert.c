/* BERT (Devlin et al., 1810.04805), tensors as transformers names them. */
#include "core/bert_body.h"

#define CLS "cls.predictions."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_BODY_ROWS(FT_INIT_NORMAL),

    {"pooler.dense.weight",                     {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    0,     FT_FOR_CLASSIFY},
    {"pooler.dense.bias",                       {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      0,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA},
    {CLS "transform.dense.weight",              {FT_DIM_C, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},
    {CLS "transform.dense.bias",                {FT_DIM_C},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},
    {CLS "transform.LayerNorm.weight",          {FT_DIM_C},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},
    {CLS "transform.LayerNorm.bias",            {FT_DIM_C},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},
    {CLS "decoder.weight",                      {FT_DIM_V, FT_DIM_C}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {CLS "bias",                                {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {CLS "decoder.weight", CLS "decoder.bias", NULL};

const struct ft_family_def ft_family_bert = {
    .prefix = "bert.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pool_act = FT_ACT_TANH,
};
