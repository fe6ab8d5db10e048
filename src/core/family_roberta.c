/* RoBERTa (Liu et al., 1907.11692): BERT's blocks; positions count from pad_id + 1, a
 * classification head of two layers instead of the pooler. */
#include "core/family.h"

#define L     FT_PARAM_LAYER
#define N     FT_PARAM_NORM
#define E     FT_PARAM_EMBED
#define H     FT_PARAM_HEAD
#define LAYER "encoder.layer.%d."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"embeddings.word_embeddings.weight",       {FT_DIM_V, FT_DIM_C}, FT_ROLE_WORD,       FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},
    {"embeddings.position_embeddings.weight",   {FT_DIM_P, FT_DIM_C}, FT_ROLE_POS,        FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},
    {"embeddings.token_type_embeddings.weight", {FT_DIM_S, FT_DIM_C}, FT_ROLE_TYPE,       FT_INIT_NORMAL,    E,     FT_FOR_ALL},
    {"embeddings.LayerNorm.weight",             {FT_DIM_C},           FT_ROLE_EMB_NORM_W, FT_INIT_ONE,       E | N, FT_FOR_ALL},
    {"embeddings.LayerNorm.bias",               {FT_DIM_C},           FT_ROLE_EMB_NORM_B, FT_INIT_ZERO,      E | N, FT_FOR_ALL},

    {LAYER "attention.self.query.weight",       {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.self.key.weight",         {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.self.value.weight",       {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.self.query.bias",         {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.self.key.bias",           {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.self.value.bias",         {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.output.dense.weight",     {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "attention.output.dense.bias",       {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "attention.output.LayerNorm.weight", {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "attention.output.LayerNorm.bias",   {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},
    {LAYER "intermediate.dense.weight",         {FT_DIM_F, FT_DIM_C}, FT_ROLE_FF1_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "intermediate.dense.bias",           {FT_DIM_F},           FT_ROLE_FF1_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "output.dense.weight",               {FT_DIM_C, FT_DIM_F}, FT_ROLE_FF2_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},
    {LAYER "output.dense.bias",                 {FT_DIM_C},           FT_ROLE_FF2_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},
    {LAYER "output.LayerNorm.weight",           {FT_DIM_C},           FT_ROLE_NORM2_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},
    {LAYER "output.LayerNorm.bias",             {FT_DIM_C},           FT_ROLE_NORM2_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL},

    {"classifier.dense.weight",                 {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"classifier.dense.bias",                   {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
    {"classifier.out_proj.weight",              {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"classifier.out_proj.bias",                {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
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

static void defaults(struct ft_net_config *cfg)
{
    cfg->vocab = 50265;
    cfg->positions = 514;
    cfg->types = 1;
    cfg->pad_id = 1;
    cfg->norm_eps = 1e-5;
}

const struct ft_family_def ft_family_roberta = {
    .prefix = "roberta.",
    .body_class = "RobertaModel",
    .classes = {[FT_TASK_CLASSIFY] = "RobertaForSequenceClassification",
                [FT_TASK_QA] = "RobertaForQuestionAnswering",
                [FT_TASK_MLM] = "RobertaForMaskedLM"},
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .defaults = defaults,
    .pos_from_pad = true,
    .pool_act = FT_ACT_TANH,
    .pool_in_dropout = true,
    .lm_gelu = true,
};
