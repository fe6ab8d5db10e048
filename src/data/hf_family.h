/* What a model family is in Hugging Face's files: one row a family in hf_family.c. What its network
 * computes is in its other row, core's (core/family_NAME.c); nothing is in both.
 *
 *     ft_hf_family(c.family)->tokenizer_class      "RobertaTokenizer"
 *
 * Source: transformers' configuration_NAME.py and modeling_NAME.py. docs/ADDING_A_MODEL.md walks
 * through a row; tests/engine/test_families.c names what a row lacks. */
#ifndef FT_DATA_HF_FAMILY_H
#define FT_DATA_HF_FAMILY_H

#include "util/kinds.h"

#include <stdbool.h>

/* Activations, with the names that transformers has for the same function. */
enum ft_hf_act {
    FT_HF_ACT_GELU,      /* gelu, gelu_python: x * Phi(x) by erf */
    FT_HF_ACT_GELU_TANH, /* gelu_new, gelu_pytorch_tanh, gelu_fast, gelu_accurate, gelu_python_tanh
                          */
    FT_HF_ACT_RELU,
    FT_HF_ACT_TANH,
    FT_HF_ACT_SILU, /* silu, swish */
    FT_HF_ACT_COUNT
};

enum { FT_HF_LAYERS_MAX = 1000 };
/* Rotary positions: bases far outside of what models have. */
#define FT_HF_THETA_MIN      1
#define FT_HF_THETA_MAX      1e12
#define FT_HF_DERIVED        (-1.0) /* a value that ft_hf_fields_resolve works out from others */
#define FT_HF_HIDDEN_DROPOUT (-2.0) /* TOKEN_DROPOUT: hidden_dropout, whatever that of texts is */

enum { FT_HF_POS_KEYS = 1, FT_HF_POS_QUERIES = 2 }; /* pos_att_type: "c2p", "p2c" */

/* The numbers of config.json: X(ID, kind, member of struct ft_hf_config, min, max, the general name that transformers takes in
 * every family, or NULL), in the order in which they are listed. */
#define FT_HF_FIELD_LIST(X)                                                                        \
    X(VOCAB, INT, vocab_size, 1, 10000000, NULL)                                                   \
    X(HIDDEN, INT, hidden_size, 1, 65536, "hidden_size")                                           \
    X(LAYERS, INT, layers, 1, FT_HF_LAYERS_MAX, "num_hidden_layers")                               \
    X(HEADS, INT, heads, 1, 4096, "num_attention_heads")                                           \
    X(FF, INT, intermediate_size, 1, 1048576, NULL)                                                \
    X(POSITIONS, INT, positions, 1, 1048576, "max_position_embeddings")                            \
    X(EMBED, INT, embedding_size, 1, 32768, NULL)                                                  \
    X(BUCKETS, INT, relative_buckets, 32, 32, NULL)                                                \
    X(RELATIVE, BOOL, relative_attention, 0, 1, NULL)                                              \
    X(POSITION_BUCKETS, INT, position_buckets, -1, 1048576, NULL)                                  \
    X(RELATIVE_POSITIONS, INT, max_relative_positions, -1, 1048576, NULL)                          \
    X(POSITIONS_ADDED, BOOL, position_biased_input, 0, 1, NULL)                                    \
    X(SHARED_KEYS, BOOL, share_att_key, 0, 1, NULL)                                                \
    X(OLD_HEAD, BOOL, legacy, 0, 1, NULL)                                                          \
    X(TYPES, INT, type_vocab_size, 1, 65536, NULL)                                                 \
    X(NORM_EPS, REAL, layer_norm_eps, 1e-30, 1, NULL)                                              \
    X(HIDDEN_DROPOUT, REAL, hidden_dropout, 0, 0.999, NULL)                                        \
    X(EMBEDDING_DROPOUT, REAL, embedding_dropout, 0, 0.999, NULL)                                  \
    X(ATTENTION_DROPOUT, REAL, attention_dropout, 0, 0.999, NULL)                                  \
    X(CLASSIFIER_DROPOUT, REAL, classifier_dropout, 0, 0.999, NULL)                                \
    X(POOLER_DROPOUT, REAL, pooler_dropout, 0, 0.999, NULL)                                        \
    X(QA_DROPOUT, REAL, qa_dropout, 0, 0.999, NULL)                                                \
    X(TOKEN_DROPOUT, REAL, token_dropout, 0, 0.999, NULL)                                          \
    X(LOCAL_ATTENTION, INT, local_attention, 0, 1000000000, NULL)                                  \
    X(GLOBAL_EVERY, INT, global_every, 1, FT_HF_LAYERS_MAX, NULL)                                  \
    X(ROPE_THETA, REAL, rope_theta, FT_HF_THETA_MIN, FT_HF_THETA_MAX, NULL)                        \
    X(ROPE_THETA_LOCAL, REAL, rope_theta_local, FT_HF_THETA_MIN, FT_HF_THETA_MAX, NULL)            \
    X(NORM_BIAS, BOOL, norm_bias, 0, 1, NULL)                                                      \
    X(ATTENTION_BIAS, BOOL, attention_bias, 0, 1, NULL)                                            \
    X(FF_BIAS, BOOL, ff_bias, 0, 1, NULL)                                                          \
    X(HEAD_BIAS, BOOL, head_bias, 0, 1, NULL)                                                      \
    X(LM_OUT_BIAS, BOOL, lm_out_bias, 0, 1, NULL)                                                  \
    X(INIT_RANGE, REAL, initializer_range, 0, 10, NULL)                                            \
    X(PAD, ID, pad_token_id, -1, 2147483647.0, NULL)                                               \
    X(BOS, ID, bos_token_id, -1, 2147483647.0, NULL)                                               \
    X(EOS, ID, eos_token_id, -1, 2147483647.0, NULL)                                               \
    X(CLS, ID, cls_token_id, -1, 2147483647.0, NULL)                                               \
    X(SEP, ID, sep_token_id, -1, 2147483647.0, NULL)                                               \
    X(TIED, BOOL, tie_word_embeddings, 0, 1, NULL)                                                 \
    X(ATTN_SCALED, BOOL, attn_scaled, 0, 1, NULL)                                                  \
    X(ATTN_LAYER_SCALED, BOOL, attn_layer_scaled, 0, 1, NULL)

enum ft_hf_field_id {
#define X(id, ...) FT_HF_FIELD_##id,
    FT_HF_FIELD_LIST(X)
#undef X
        FT_HF_FIELD_COUNT
};

/* A field of config.json: its key, and the value where the file is silent. */
struct ft_hf_key {
    const char *key; /* NULL: the family's config.json has none, the value is fixed */
    double value;
};

struct ft_hf_family {
    const char *class_prefix;    /* "Bert": its classes are BertForMaskedLM .. */
    const char *tokenizer_class; /* of a new vocabulary */
    enum ft_head lm;             /* what its language models end in: FT_HEAD_MLM or FT_HEAD_CLM */
    const char *lm_tensor;       /* a tensor that they alone have */
    const char *text_tensor;     /* one that a classifier of texts has and one of tokens has not;
                                    NULL: the name score.weight says it */
    const char *act_key;         /* of the activation in the feed-forward part.. */
    enum ft_hf_act act;          /* ..and its default */
    const char *head_act_key;    /* of that in a head, NULL: it is fixed; default GELU */
    const char *pooling_key; /* what a classifier reads, "cls" (default) or "mean"; NULL: fixed */
    struct ft_hf_key keys[FT_HF_FIELD_COUNT];
    bool disentangled;         /* config.json has pos_att_type, norm_rel_ebd */
    const char *own_lm_tensor; /* the tensor of a head where config.json's legacy is false */
};
const struct ft_hf_family *ft_hf_family(enum ft_family family);

/* The class that transformers has for the family with this head, "BertForMaskedLM"; free() it. NULL
 * when the head has no class of its own. */
char *ft_hf_class_name(enum ft_family family, enum ft_head head);
/* The reverse: the family that a class belongs to, -1 when it is none of ours; and its head. */
int ft_hf_class_family(const char *class_name);
enum ft_head ft_hf_class_head(const char *class_name);

#endif
