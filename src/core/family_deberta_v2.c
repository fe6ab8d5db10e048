/* DeBERTa-v2 and v3 (He et al., 2006.03654 and 2111.09543): BERT's blocks with disentangled attention
 * (op_disentangled.h); positions only there, or in the embeddings too. The head of its own files for
 * masked language models is not that of transformers' class, which config.json calls legacy. */
#include "core/bert_body.h"

#define ATTN LAYER "attention.self."
#define CLS  "cls.predictions."
#define OWN  "lm_predictions.lm_head."
#define REL  FT_PARAM_RELATIVE
#define RELN FT_PARAM_RELATIVE_NORM
#define PK   FT_PARAM_POS_KEYS
#define PQ   FT_PARAM_POS_QUERIES
#define OLD  FT_PARAM_OLD_HEAD
#define NEW  FT_PARAM_NEW_HEAD

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"embeddings.word_embeddings.weight",       {FT_DIM_V, FT_DIM_E}, FT_ROLE_WORD,       FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},
    {"embeddings.position_embeddings.weight",   {FT_DIM_P, FT_DIM_E}, FT_ROLE_POS,        FT_INIT_NORMAL,    E,     FT_FOR_ALL},
    {"embeddings.token_type_embeddings.weight", {FT_DIM_S, FT_DIM_E}, FT_ROLE_TYPE,       FT_INIT_NORMAL,    E,     FT_FOR_ALL},
    {"embeddings.embed_proj.weight",            {FT_DIM_C, FT_DIM_E}, FT_ROLE_EMB_PROJ_W, FT_INIT_NORMAL,    E | FT_PARAM_FACTORED, FT_FOR_ALL},
    {"embeddings.LayerNorm.weight",             {FT_DIM_C},           FT_ROLE_EMB_NORM_W, FT_INIT_ONE,       E | N, FT_FOR_ALL},
    {"embeddings.LayerNorm.bias",               {FT_DIM_C},           FT_ROLE_EMB_NORM_B, FT_INIT_ZERO,      E | N, FT_FOR_ALL},
    {"encoder.rel_embeddings.weight",           {FT_DIM_2S, FT_DIM_C}, FT_ROLE_REL_ROWS,  FT_INIT_NORMAL,    E | REL, FT_FOR_ALL},
    {"encoder.LayerNorm.weight",                {FT_DIM_C},           FT_ROLE_REL_NORM_W, FT_INIT_ONE,       E | N | RELN, FT_FOR_ALL},
    {"encoder.LayerNorm.bias",                  {FT_DIM_C},           FT_ROLE_REL_NORM_B, FT_INIT_ZERO,      E | N | RELN, FT_FOR_ALL},

    {ATTN "query_proj.weight",                  {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "key_proj.weight",                    {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "value_proj.weight",                  {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {ATTN "query_proj.bias",                    {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "key_proj.bias",                      {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "value_proj.bias",                    {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {ATTN "pos_key_proj.weight",                {FT_DIM_C, FT_DIM_C}, FT_ROLE_POS_KEY_W,  FT_INIT_NORMAL,    L | PK, FT_FOR_ALL},
    {ATTN "pos_key_proj.bias",                  {FT_DIM_C},           FT_ROLE_POS_KEY_B,  FT_INIT_ZERO,      L | PK, FT_FOR_ALL},
    {ATTN "pos_query_proj.weight",              {FT_DIM_C, FT_DIM_C}, FT_ROLE_POS_QUERY_W, FT_INIT_NORMAL,   L | PQ, FT_FOR_ALL},
    {ATTN "pos_query_proj.bias",                {FT_DIM_C},           FT_ROLE_POS_QUERY_B, FT_INIT_ZERO,     L | PQ, FT_FOR_ALL},
    {LAYER "attention.output.dense.weight",     {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.output.dense.bias",       {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.output.LayerNorm.weight", {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "attention.output.LayerNorm.bias",   {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},
    BERT_FF_ROWS,

    {"pooler.dense.weight",                     {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"pooler.dense.bias",                       {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY | FT_FOR_TOKENS},
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA},
    {CLS "transform.dense.weight",              {FT_DIM_E, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H | OLD, FT_FOR_MLM},
    {CLS "transform.dense.bias",                {FT_DIM_E},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H | OLD, FT_FOR_MLM},
    {CLS "transform.LayerNorm.weight",          {FT_DIM_E},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N | OLD, FT_FOR_MLM},
    {CLS "transform.LayerNorm.bias",            {FT_DIM_E},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N | OLD, FT_FOR_MLM},
    {CLS "decoder.weight",                      {FT_DIM_V, FT_DIM_E}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED | OLD, FT_FOR_MLM},
    {CLS "bias",                                {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H | OLD, FT_FOR_MLM},
    {OWN "dense.weight",                        {FT_DIM_C, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H | NEW, FT_FOR_MLM},
    {OWN "dense.bias",                          {FT_DIM_C},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H | NEW, FT_FOR_MLM},
    {OWN "LayerNorm.weight",                    {FT_DIM_C},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N | NEW, FT_FOR_MLM},
    {OWN "LayerNorm.bias",                      {FT_DIM_C},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N | NEW, FT_FOR_MLM},
    {OWN "bias",                                {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H | NEW, FT_FOR_MLM},
};
/* clang-format on */

/* Files have positions, and parts of embeddings that training had, where they are not used. */
static const char *const buffers[] = {
    "embeddings.position_ids", "embeddings.position_embeddings.weight", "embeddings._weight", NULL};
static const char *const copies[] = {CLS "decoder.weight", CLS "decoder.bias", NULL};

const struct ft_family_def ft_family_deberta_v2 = {
    .prefix = "deberta.",
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .norm_projected = true,
    .own_pool_act = true,
};
