/* GPT-2 (Radford et al., 2019): causal, norms in front of each part, matrices stored [in, out]. */
#include "core/family_in.h"

#define L FT_PARAM_LAYER
#define N FT_PARAM_NORM
#define E FT_PARAM_EMBED
#define H FT_PARAM_HEAD
#define T FT_PARAM_IN_OUT

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"wte.weight",                {FT_DIM_V, FT_DIM_C},  FT_ROLE_WORD,         FT_INIT_NORMAL,       E,     FT_FOR_ALL},
    {"wpe.weight",                {FT_DIM_P, FT_DIM_C},  FT_ROLE_POS,          FT_INIT_NORMAL,       E,     FT_FOR_ALL},

    {"h.%d.ln_1.weight",          {FT_DIM_C},            FT_ROLE_NORM1_W,      FT_INIT_ONE,          L | N, FT_FOR_ALL},
    {"h.%d.ln_1.bias",            {FT_DIM_C},            FT_ROLE_NORM1_B,      FT_INIT_ZERO,         L | N, FT_FOR_ALL},
    {"h.%d.attn.c_attn.weight",   {FT_DIM_C, FT_DIM_3C}, FT_ROLE_QKV_W,        FT_INIT_NORMAL,       L | T, FT_FOR_ALL},
    {"h.%d.attn.c_attn.bias",     {FT_DIM_3C},           FT_ROLE_QKV_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {"h.%d.attn.c_proj.weight",   {FT_DIM_C, FT_DIM_C},  FT_ROLE_PROJ_W,       FT_INIT_NORMAL_RESID, L | T, FT_FOR_ALL},
    {"h.%d.attn.c_proj.bias",     {FT_DIM_C},            FT_ROLE_PROJ_B,       FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {"h.%d.ln_2.weight",          {FT_DIM_C},            FT_ROLE_NORM2_W,      FT_INIT_ONE,          L | N, FT_FOR_ALL},
    {"h.%d.ln_2.bias",            {FT_DIM_C},            FT_ROLE_NORM2_B,      FT_INIT_ZERO,         L | N, FT_FOR_ALL},
    {"h.%d.mlp.c_fc.weight",      {FT_DIM_C, FT_DIM_F},  FT_ROLE_FF1_W,        FT_INIT_NORMAL,       L | T, FT_FOR_ALL},
    {"h.%d.mlp.c_fc.bias",        {FT_DIM_F},            FT_ROLE_FF1_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},
    {"h.%d.mlp.c_proj.weight",    {FT_DIM_F, FT_DIM_C},  FT_ROLE_FF2_W,        FT_INIT_NORMAL_RESID, L | T, FT_FOR_ALL},
    {"h.%d.mlp.c_proj.bias",      {FT_DIM_C},            FT_ROLE_FF2_B,        FT_INIT_ZERO,         L,     FT_FOR_ALL},

    {"ln_f.weight",               {FT_DIM_C},            FT_ROLE_FINAL_NORM_W, FT_INIT_ONE,          N,     FT_FOR_ALL},
    {"ln_f.bias",                 {FT_DIM_C},            FT_ROLE_FINAL_NORM_B, FT_INIT_ZERO,         N,     FT_FOR_ALL},
    {"score.weight",              {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,       FT_INIT_NORMAL,       H,     FT_FOR_CLASSIFY},
    {"classifier.weight",         {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,       FT_INIT_NORMAL,       H,     FT_FOR_TOKENS},
    {"classifier.bias",           {FT_DIM_OUT},          FT_ROLE_OUT_B,        FT_INIT_ZERO,         H,     FT_FOR_TOKENS},
    {"lm_head.weight",            {FT_DIM_V, FT_DIM_C},  FT_ROLE_LM_OUT_W,     FT_INIT_NORMAL,       H | FT_PARAM_UNTIED, FT_FOR_CLM},
};
/* clang-format on */

static const char *const buffers[] = {".attn.bias", ".attn.masked_bias", NULL};
static const char *const copies[] = {"lm_head.weight", NULL};

const struct ft_family_def ft_family_gpt2 = {
    .prefix = "transformer.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pre_norm = true,
    .causal = true,
    .classify_last = true,
};
