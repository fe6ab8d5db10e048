/* The rows of BERT's embeddings and blocks, which families after it have under the same names, and
 * the short words that their tables are written with. For family_*.c only. */
#ifndef FT_CORE_BERT_BODY_H
#define FT_CORE_BERT_BODY_H

#include "core/family_in.h"

#define L     FT_PARAM_LAYER
#define N     FT_PARAM_NORM
#define E     FT_PARAM_EMBED
#define H     FT_PARAM_HEAD
#define LAYER "encoder.layer.%d."

/* `position_init`: of the positions, among which RoBERTa has one for padding. */
/* clang-format off */
/* The embeddings, and one layer. */
#define BERT_EMBEDDING_ROWS(position_init)                                                                                                  \
    {"embeddings.word_embeddings.weight",       {FT_DIM_V, FT_DIM_E}, FT_ROLE_WORD,       FT_INIT_EMBED_PAD, E,     FT_FOR_ALL},            \
    {"embeddings.position_embeddings.weight",   {FT_DIM_P, FT_DIM_E}, FT_ROLE_POS,        position_init,     E,     FT_FOR_ALL},            \
    {"embeddings.token_type_embeddings.weight", {FT_DIM_S, FT_DIM_E}, FT_ROLE_TYPE,       FT_INIT_NORMAL,    E,     FT_FOR_ALL},            \
    {"embeddings.LayerNorm.weight",             {FT_DIM_E},           FT_ROLE_EMB_NORM_W, FT_INIT_ONE,       E | N, FT_FOR_ALL},            \
    {"embeddings.LayerNorm.bias",               {FT_DIM_E},           FT_ROLE_EMB_NORM_B, FT_INIT_ZERO,      E | N, FT_FOR_ALL}
#define BERT_ATTENTION_ROWS                                                                                                                 \
    {LAYER "attention.self.query.weight",       {FT_DIM_C, FT_DIM_C}, FT_ROLE_QKV_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "attention.self.key.weight",         {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "attention.self.value.weight",       {FT_DIM_C, FT_DIM_C}, FT_ROLE_JOINED,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "attention.self.query.bias",         {FT_DIM_C},           FT_ROLE_QKV_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "attention.self.key.bias",           {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "attention.self.value.bias",         {FT_DIM_C},           FT_ROLE_JOINED,     FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "attention.output.dense.weight",     {FT_DIM_C, FT_DIM_C}, FT_ROLE_PROJ_W,     FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "attention.output.dense.bias",       {FT_DIM_C},           FT_ROLE_PROJ_B,     FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "attention.output.LayerNorm.weight", {FT_DIM_C},           FT_ROLE_NORM1_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},            \
    {LAYER "attention.output.LayerNorm.bias",   {FT_DIM_C},           FT_ROLE_NORM1_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL}
#define BERT_FF_ROWS                                                                                                                        \
    {LAYER "intermediate.dense.weight",         {FT_DIM_F, FT_DIM_C}, FT_ROLE_FF1_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "intermediate.dense.bias",           {FT_DIM_F},           FT_ROLE_FF1_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "output.dense.weight",               {FT_DIM_C, FT_DIM_F}, FT_ROLE_FF2_W,      FT_INIT_NORMAL,    L,     FT_FOR_ALL},            \
    {LAYER "output.dense.bias",                 {FT_DIM_C},           FT_ROLE_FF2_B,      FT_INIT_ZERO,      L,     FT_FOR_ALL},            \
    {LAYER "output.LayerNorm.weight",           {FT_DIM_C},           FT_ROLE_NORM2_W,    FT_INIT_ONE,       L | N, FT_FOR_ALL},            \
    {LAYER "output.LayerNorm.bias",             {FT_DIM_C},           FT_ROLE_NORM2_B,    FT_INIT_ZERO,      L | N, FT_FOR_ALL}

/* RoBERTa's heads, which others have too. */
#define ROBERTA_TEXT_ROWS                                                                                                                   \
    {"classifier.dense.weight",                 {FT_DIM_C, FT_DIM_C}, FT_ROLE_POOL_W,     FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},       \
    {"classifier.dense.bias",                   {FT_DIM_C},           FT_ROLE_POOL_B,     FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},       \
    {"classifier.out_proj.weight",              {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_CLASSIFY},       \
    {"classifier.out_proj.bias",                {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_CLASSIFY},       \
    {"classifier.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_TOKENS},         \
    {"classifier.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_TOKENS},         \
    {"qa_outputs.weight",                       {FT_DIM_OUT, FT_DIM_C}, FT_ROLE_OUT_W,    FT_INIT_NORMAL,    H,     FT_FOR_QA},             \
    {"qa_outputs.bias",                         {FT_DIM_OUT},         FT_ROLE_OUT_B,      FT_INIT_ZERO,      H,     FT_FOR_QA}
#define ROBERTA_LM_ROWS                                                                                                                     \
    {"lm_head.dense.weight",                    {FT_DIM_C, FT_DIM_C}, FT_ROLE_LM_DENSE_W, FT_INIT_NORMAL,    H,     FT_FOR_MLM},            \
    {"lm_head.dense.bias",                      {FT_DIM_C},           FT_ROLE_LM_DENSE_B, FT_INIT_ZERO,      H,     FT_FOR_MLM},            \
    {"lm_head.layer_norm.weight",               {FT_DIM_C},           FT_ROLE_LM_NORM_W,  FT_INIT_ONE,       H | N, FT_FOR_MLM},            \
    {"lm_head.layer_norm.bias",                 {FT_DIM_C},           FT_ROLE_LM_NORM_B,  FT_INIT_ZERO,      H | N, FT_FOR_MLM},            \
    {"lm_head.decoder.weight",                  {FT_DIM_V, FT_DIM_C}, FT_ROLE_LM_OUT_W,   FT_INIT_NORMAL,    H | FT_PARAM_UNTIED, FT_FOR_MLM},\
    {"lm_head.bias",                            {FT_DIM_V},           FT_ROLE_LM_OUT_B,   FT_INIT_ZERO,      H,     FT_FOR_MLM}

#define BERT_LAYER_ROWS BERT_ATTENTION_ROWS, BERT_FF_ROWS
#define BERT_BODY_ROWS(position_init) BERT_EMBEDDING_ROWS(position_init), BERT_LAYER_ROWS
#define ROBERTA_HEAD_ROWS ROBERTA_TEXT_ROWS, ROBERTA_LM_ROWS
/* clang-format on */

#endif
