/* MPNet (Song et al., 2004.09297): BERT's blocks with RoBERTa's positions and heads, no token types,
 * and a bias by distance on the attention scores, which all layers share. */
#include "core/bert_body.h"

#define ATTN LAYER "attention.attn."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    BERT_EMBEDDING_ROWS(FT_INIT_EMBED_PAD),
    {"encoder.relative_attention_bias.weight",  {FT_DIM_R, FT_DIM_H}, FT_ROLE_REL,        FT_INIT_NORMAL,    E | FT_PARAM_NO_DECAY, FT_FOR_ALL},

    {ATTN "q.weight",                           {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "k.weight",                           {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "v.weight",                           {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "q.bias",                             {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "k.bias",                             {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "v.bias",                             {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "o.weight",                           {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "o.bias",                             {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.LayerNorm.weight",        {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "attention.LayerNorm.bias",          {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},
    BERT_FF_ROWS,

    ROBERTA_HEAD_ROWS,
};
/* clang-format on */

static const char *const buffers[] = {"embeddings.position_ids", NULL};
static const char *const copies[] = {"lm_head.decoder.weight", "lm_head.decoder.bias", NULL};

const struct ft_family_def ft_family_mpnet = {
    .prefix = "mpnet.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .pos_from_pad = true,
    .pool_act = FT_ACT_TANH,
    .pool_in_dropout = true,
    .lm_gelu = true,
};
