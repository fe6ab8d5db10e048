/* ALBERT (Lan et al., 1909.11942): BERT's block once, applied L times; embeddings of a size of their
 * own with a projection behind them. */
#include "core/bert_body.h"

#define ONE  "encoder.albert_layer_groups.0.albert_layers.0."
#define PRED "predictions."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_EMBEDDING_ROWS(FT_INIT_NORMAL),
    {"encoder.embedding_hidden_mapping_in.weight", {FT_DIM_C, FT_DIM_E}, FT_ROLE_EMB_PROJ_W, FT_INIT_NORMAL, E,    FT_FOR_ALL},
    {"encoder.embedding_hidden_mapping_in.bias", {FT_DIM_C},          FT_ROLE_EMB_PROJ_B, FT_INIT_ZERO,      E,     FT_FOR_ALL},

    {ONE "attention.query.weight",              {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "attention.key.weight",                {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "attention.value.weight",              {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "attention.query.bias",                {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "attention.key.bias",                  {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "attention.value.bias",                {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "attention.dense.weight",              {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "attention.dense.bias",                {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "attention.LayerNorm.weight",          {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {ONE "attention.LayerNorm.bias",            {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},
    {ONE "ffn.weight",                          {FT_DIM_F, FT_DIM_C}, FT_ROLE_FF1_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "ffn.bias",                            {FT_DIM_F},           FT_ROLE_FF1_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "ffn_output.weight",                   {FT_DIM_C, FT_DIM_F}, FT_ROLE_FF2_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ONE "ffn_output.bias",                     {FT_DIM_C},           FT_ROLE_FF2_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ONE "full_layer_layer_norm.weight",        {FT_DIM_C},           FT_ROLE_NORM2_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {ONE "full_layer_layer_norm.bias",          {FT_DIM_C},           FT_ROLE_NORM2_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},

    {"pooler.weight",                           {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    0,     FT_FOR_CLASSIFY},
    {"pooler.bias",                             {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      0,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA},
    {PRED "dense.weight",                       {FT_DIM_E, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},
    {PRED "dense.bias",                         {FT_DIM_E},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},
    {PRED "LayerNorm.weight",                   {FT_DIM_E},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},
    {PRED "LayerNorm.bias",                     {FT_DIM_E},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},
    {PRED "decoder.weight",                     {FT_DIM_V, FT_DIM_E}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {PRED "bias",                               {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {PRED "decoder.weight", PRED "decoder.bias", NULL};

const struct ft_family_def ft_family_albert = {
    .prefix = "albert.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .shared_layers = true,
    .always_projects = true,
    .pool_act = FT_ACT_TANH,
};
