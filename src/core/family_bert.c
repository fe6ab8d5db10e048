/* BERT (Devlin et al., 1810.04805), tensors as transformers names them. */
#include "core/family.h"

#define L     FT_PARAM_LAYER
#define N     FT_PARAM_NORM
#define E     FT_PARAM_EMBED
#define H     FT_PARAM_HEAD
#define LAYER "encoder.layer.%d."
#define CLS   "cls.predictions."

/* clang-format off */
static const struct ft_param_spec specs[] = {
    {"embeddings.word_embeddings.weight",       {FT_DIM_V, FT_DIM_C}, FT_ROLE_WORD,       FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},
    {"embeddings.position_embeddings.weight",   {FT_DIM_P, FT_DIM_C}, FT_ROLE_POS,        FT_INIT_NORMAL,    E,     FT_FOR_ALL},
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

    {"pooler.dense.weight",                     {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    0,     FT_FOR_CLASSIFY},
    {"pooler.dense.bias",                       {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      0,     FT_FOR_CLASSIFY},
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},
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

static void defaults(struct ft_net_config *cfg)
{
    cfg->vocab = 30522;
    cfg->positions = 512;
    cfg->types = 2;
    cfg->pad_id = 0;
    cfg->norm_eps = 1e-12;
}

const struct ft_family_def ft_family_bert = {
    .prefix = "bert.",
    .body_class = "BertModel",
    .classes = {[FT_TASK_CLASSIFY] = "BertForSequenceClassification",
                [FT_TASK_QA] = "BertForQuestionAnswering",
                [FT_TASK_MLM] = "BertForMaskedLM"},
    .specs = specs,
    .specs_n = sizeof(specs) / sizeof(specs[0]),
    .buffers = buffers,
    .copies = copies,
    .defaults = defaults,
    .pool_act = FT_ACT_TANH,
};
