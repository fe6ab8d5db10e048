/* ModernBERT (Warner et al., 2412.13663) and, of the same type, Ettin: norms in front, rotary positions,
 * local attention in most layers, a gated feed-forward part, and biases only where the config has them
 * (net_config.h). */
#include "core/family_in.h"

#define L     FT_PARAM_LAYER
#define N     FT_PARAM_NORM
#define E     FT_PARAM_EMBED
#define H     FT_PARAM_HEAD
#define LAYER "layers.%d."
#define ANY   (FT_FOR_CLASSIFY | FT_FOR_TOKENS | FT_FOR_QA)

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"embeddings.tok_embeddings.weight", {FT_DIM_V, FT_DIM_C},  FT_ROLE_WORD,         FT_INIT_EMBED_PAD,    E,     FT_FOR_ALL},
    {"embeddings.norm.weight",           {FT_DIM_C},            FT_ROLE_EMB_NORM_W,   FT_INIT_ONE,          E | N, FT_FOR_ALL},
    {"embeddings.norm.bias",             {FT_DIM_C},            FT_ROLE_EMB_NORM_B,   FT_INIT_ZERO,         E | N, FT_FOR_ALL},

    {LAYER "attn_norm.weight",           {FT_DIM_C},            FT_ROLE_NORM1_W,      FT_INIT_ONE,          L | N, FT_FOR_ALL},
    {LAYER "attn_norm.bias",             {FT_DIM_C},            FT_ROLE_NORM1_B,      FT_INIT_ZERO,         L | N, FT_FOR_ALL},
    {LAYER "attn.Wqkv.weight",           {FT_DIM_3C, FT_DIM_C}, FT_ROLE_QKV_W,        FT_INIT_NORMAL,       L,     FT_FOR_ALL},
    {LAYER "attn.Wqkv.bias",             {FT_DIM_3C},           FT_ROLE_QKV_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {LAYER "attn.Wo.weight",             {FT_DIM_C, FT_DIM_C},  FT_ROLE_PROJ_W,       FT_INIT_NORMAL_RESID, L,     FT_FOR_ALL},
    {LAYER "attn.Wo.bias",               {FT_DIM_C},            FT_ROLE_PROJ_B,       FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {LAYER "mlp_norm.weight",            {FT_DIM_C},            FT_ROLE_NORM2_W,      FT_INIT_ONE,          L | N, FT_FOR_ALL},
    {LAYER "mlp_norm.bias",              {FT_DIM_C},            FT_ROLE_NORM2_B,      FT_INIT_ZERO,         L | N, FT_FOR_ALL},
    {LAYER "mlp.Wi.weight",              {FT_DIM_2F, FT_DIM_C}, FT_ROLE_FF1_W,        FT_INIT_NORMAL,       L,     FT_FOR_ALL},
    {LAYER "mlp.Wi.bias",                {FT_DIM_2F},           FT_ROLE_FF1_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {LAYER "mlp.Wo.weight",              {FT_DIM_C, FT_DIM_F},  FT_ROLE_FF2_W,        FT_INIT_NORMAL_RESID, L,     FT_FOR_ALL},
    {LAYER "mlp.Wo.bias",                {FT_DIM_C},            FT_ROLE_FF2_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},

    {"final_norm.weight",                {FT_DIM_C},            FT_ROLE_FINAL_NORM_W, FT_INIT_ONE,          N,     FT_FOR_ALL},
    {"final_norm.bias",                  {FT_DIM_C},            FT_ROLE_FINAL_NORM_B, FT_INIT_ZERO,         N,     FT_FOR_ALL},

    {"head.dense.weight",                {FT_DIM_C, FT_DIM_C},  FT_ROLE_POOL_W,       FT_INIT_NORMAL_RESID, H,     ANY},
    {"head.dense.bias",                  {FT_DIM_C},            FT_ROLE_POOL_B,       FT_INIT_ZERO,         H,     ANY},
    {"head.norm.weight",                 {FT_DIM_C},            FT_ROLE_POOL_NORM_W,  FT_INIT_ONE,          H | N, ANY},
    {"head.norm.bias",                   {FT_DIM_C},            FT_ROLE_POOL_NORM_B,  FT_INIT_ZERO,         H | N, ANY},
    {"classifier.weight",                {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,       FT_INIT_NORMAL_OUT,   H,     ANY},
    {"classifier.bias",                  {FT_DIM_OUT},          FT_ROLE_OUT_B,        FT_INIT_ZERO,         H,     ANY},
    {"head.dense.weight",                {FT_DIM_C, FT_DIM_C},  FT_ROLE_LM_DENSE_W,   FT_INIT_NORMAL_RESID, H,     FT_FOR_MLM},
    {"head.dense.bias",                  {FT_DIM_C},            FT_ROLE_LM_DENSE_B,   FT_INIT_ZERO,         H,     FT_FOR_MLM},
    {"head.norm.weight",                 {FT_DIM_C},            FT_ROLE_LM_NORM_W,    FT_INIT_ONE,          H | N, FT_FOR_MLM},
    {"head.norm.bias",                   {FT_DIM_C},            FT_ROLE_LM_NORM_B,    FT_INIT_ZERO,         H | N, FT_FOR_MLM},
    {"decoder.weight",                   {FT_DIM_V, FT_DIM_C},  FT_ROLE_LM_OUT_W,     FT_INIT_NORMAL_RESID, H | FT_PARAM_UNTIED, FT_FOR_MLM},
    {"decoder.bias",                     {FT_DIM_V},            FT_ROLE_LM_OUT_B,     FT_INIT_ZERO,         H,     FT_FOR_MLM},
};
/* clang-format on */

static const char *const buffers[] = {"rotary_emb.inv_freq", "_attention_inv_freq", NULL};
static const char *const copies[] = {"decoder.weight", NULL};

const struct ft_family_def ft_family_modernbert = {
    .prefix = "model.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pre_norm = true,
    .first_norm_off = true,
    .gated = true,
    .gate_dropout = true,
    .proj_attn_dropout = true,
    .qa_dropout = true,
    .own_head_act = true,
};
