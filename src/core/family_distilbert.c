/* DistilBERT (Sanh et al., 1910.01108): BERT's blocks under other names, no token types, no dropout
 * behind the attention's projection. */
#include "core/family_in.h"

#define L     FT_PARAM_LAYER
#define N     FT_PARAM_NORM
#define E     FT_PARAM_EMBED
#define H     FT_PARAM_HEAD
#define LAYER "transformer.layer.%d."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"embeddings.word_embeddings.weight",       {FT_DIM_V, FT_DIM_C}, FT_ROLE_WORD,       FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},
    {"embeddings.position_embeddings.weight",   {FT_DIM_P, FT_DIM_C}, FT_ROLE_POS,        FT_INIT_NORMAL,    E,     FT_FOR_ALL},
    {"embeddings.LayerNorm.weight",             {FT_DIM_C},           FT_ROLE_EMB_NORM_W, FT_INIT_ONE,       E | N, FT_FOR_ALL},
    {"embeddings.LayerNorm.bias",               {FT_DIM_C},           FT_ROLE_EMB_NORM_B, FT_INIT_ZERO,      E | N, FT_FOR_ALL},

    {LAYER "attention.q_lin.weight",            {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.k_lin.weight",            {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.v_lin.weight",            {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.q_lin.bias",              {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.k_lin.bias",              {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.v_lin.bias",              {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.out_lin.weight",          {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.out_lin.bias",            {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "sa_layer_norm.weight",              {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "sa_layer_norm.bias",                {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},
    {LAYER "ffn.lin1.weight",                   {FT_DIM_F, FT_DIM_C}, FT_ROLE_FF1_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "ffn.lin1.bias",                     {FT_DIM_F},           FT_ROLE_FF1_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "ffn.lin2.weight",                   {FT_DIM_C, FT_DIM_F}, FT_ROLE_FF2_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "ffn.lin2.bias",                     {FT_DIM_C},           FT_ROLE_FF2_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "output_layer_norm.weight",           {FT_DIM_C},           FT_ROLE_NORM2_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "output_layer_norm.bias",             {FT_DIM_C},           FT_ROLE_NORM2_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},

    {"pre_classifier.weight",                   {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"pre_classifier.bias",                     {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA},
    {"vocab_transform.weight",                  {FT_DIM_C, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},
    {"vocab_transform.bias",                    {FT_DIM_C},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},
    {"vocab_layer_norm.weight",                 {FT_DIM_C},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},
    {"vocab_layer_norm.bias",                   {FT_DIM_C},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},
    {"vocab_projector.weight",                  {FT_DIM_V, FT_DIM_C}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {"vocab_projector.bias",                    {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {"vocab_projector.weight", NULL};

const struct ft_family_def ft_family_distilbert = {
    .prefix = "distilbert.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .no_proj_dropout = true,
    .qa_dropout = true,
    .pool_act = FT_ACT_RELU,
};
