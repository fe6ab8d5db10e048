/* The configuration of a network: every value that changes its result, in one plain struct. The
 * engine fills it from a model's config.json and the user's task;
 * this unit does not read files. Defaults of config.json are in data/hf_family.h. */
#ifndef FT_CORE_NET_CONFIG_H
#define FT_CORE_NET_CONFIG_H

#include "core/op_act.h"
#include "util/err.h"
#include "util/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_NET_LAYERS_MAX = 1024 };

/* Parts of a net that have no biases (in other families they always have). */
enum ft_net_no_bias {
    FT_NET_NO_BIAS_NORM = 1,
    FT_NET_NO_BIAS_ATTENTION = 2,
    FT_NET_NO_BIAS_FF = 4,
    FT_NET_NO_BIAS_HEAD = 8,   /* the dense layer of a head */
    FT_NET_NO_BIAS_LM_OUT = 16 /* the output matrix of a masked language model */
};

struct ft_net_config {
    enum ft_family family;
    enum ft_head head;            /* NONE: the body alone */
    enum ft_problem_type problem; /* CLASSIFY only: NONE and SINGLE_LABEL are softmax and
                                   * cross-entropy, MULTI_LABEL a sigmoid each and binary
                                   * cross-entropy, REGRESSION mean squared error */
    size_t vocab;                 /* rows of the word embeddings */
    size_t positions;             /* rows of the position embeddings */
    size_t types;                 /* rows of the token type embeddings; 0: the family has none */
    size_t hidden;                /* C */
    size_t embed;                 /* E, columns of the embeddings; 0: as many as hidden */
    size_t layers;                /* L */
    size_t heads;                 /* H, divides hidden */
    size_t ff;                    /* F */
    size_t labels;                /* CLASSIFY, TOKENS: columns of the logits */
    enum ft_act act;              /* between the two feed-forward products */
    double norm_eps;
    double embed_dropout;    /* after the embeddings */
    double hidden_dropout;   /* on what a block adds to its residual */
    double attn_dropout;     /* on the attention's weights */
    double head_dropout;     /* in the head; negative: hidden_dropout */
    int32_t pad_id;          /* -1: none; RoBERTa counts positions from pad_id + 1 */
    size_t relative_buckets; /* rows of the bias by distance (MPNet); 0: none */
    /* Disentangled attention (DeBERTa, op_disentangled.h). */
    size_t rel_span;   /* the embedding of distances has 2 rel_span rows; 0: none */
    size_t rel_far;    /* distances beyond rel_span / 2 share rows, up to this one; 0: none */
    bool rel_keys;     /* scores of a query and a position ("c2p") */
    bool rel_queries;  /* of a position and a key ("p2c") */
    bool rel_shared;   /* projected as tokens are; else by matrices of its own */
    bool rel_norm;     /* a norm behind the embedding */
    size_t attn_terms; /* scores are divided by sqrt(D attn_terms); 0: 1 */
    bool no_positions; /* no position embeddings, though `positions` limits the length */
    bool new_lm_head;  /* the head of DeBERTa's own files, without a matrix of its own */
    double
        pool_dropout; /* of a classifier's dense layer, where head_dropout is not in front of it */
    bool tied;        /* MLM, CLM: the output matrix is the word embeddings */
    bool attn_scaled; /* scores divided by sqrt(D); GPT-2 can switch it off */
    bool attn_layer_scaled; /* and by the layer's number from 1 (GPT-2, off by default) */
    double init_range;      /* deviation of new weights */
    /* Local layers, one bit each from the lowest of word 0 on: a token sees those less than `reach`
     * away. In the others, and where reach is 0, it sees all. */
    uint64_t local_layers[FT_NET_LAYERS_MAX / 64];
    size_t reach;
    double rope_theta, rope_theta_local; /* rotary positions in these layers; 0: none */
    unsigned no_bias;                    /* enum ft_net_no_bias */
    bool pool_mean;       /* classifies on the mean of all tokens in place of one of them */
    enum ft_act head_act; /* of a head's dense layer, in families with a setting for it */
};

static inline bool ft_net_config_local(const struct ft_net_config *cfg, size_t layer)
{
    return cfg->local_layers[layer / 64] >> layer % 64 & 1;
}

/* FT_FORMAT or FT_UNSUPPORTED with the field's name when no net can be made of it; sizes whose
 * products overflow are refused here, so that nothing later needs to check them. */
enum ft_status ft_net_config_check(const struct ft_net_config *cfg, struct ft_err *err);

/* CLASSIFY: an example has one label, the loss is cross-entropy. */
static inline bool ft_net_config_softmax(const struct ft_net_config *cfg)
{
    return cfg->problem <= FT_PROBLEM_TYPE_SINGLE_LABEL;
}

/* Columns of the embeddings. */
size_t ft_net_config_embed(const struct ft_net_config *cfg);

/* The longest sequence that fits the position table, special tokens included. */
size_t ft_net_config_tokens_max(const struct ft_net_config *cfg);

#endif
