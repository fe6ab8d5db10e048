/* Configs of nets for tests: what a family's config.json means where it is silent, or what one says.
 * Include it after cmocka.h. */
#ifndef FT_TESTS_FAMILY_CONFIG_H
#define FT_TESTS_FAMILY_CONFIG_H

#include "core/net_config.h"
#include "data/hf_config.h"

static inline void net_config_of(struct ft_net_config *cfg, const struct ft_hf_config *hf,
                                 enum ft_head head)
{
    *cfg = (struct ft_net_config){.family = hf->family, .head = head};
    cfg->vocab = (size_t)hf->vocab_size;
    cfg->positions = (size_t)hf->positions;
    cfg->types = (size_t)hf->type_vocab_size;
    cfg->embed = (size_t)hf->embedding_size;
    cfg->relative_buckets = (size_t)hf->relative_buckets;
    cfg->hidden = (size_t)hf->hidden_size;
    cfg->layers = (size_t)hf->layers;
    cfg->heads = (size_t)hf->heads;
    cfg->ff = (size_t)hf->intermediate_size;
    cfg->labels = hf->label_count;
    assert_true(ft_act_parse(ft_hf_act_name(hf->act), &cfg->act));
    cfg->norm_eps = hf->layer_norm_eps;
    cfg->embed_dropout = hf->embedding_dropout;
    cfg->hidden_dropout = hf->hidden_dropout;
    cfg->attn_dropout = hf->attention_dropout;
    cfg->head_dropout = head == FT_HEAD_QA       ? hf->qa_dropout
                        : head == FT_HEAD_TOKENS ? hf->token_dropout
                                                 : hf->classifier_dropout;
    cfg->pad_id = (int32_t)hf->pad_token_id;
    cfg->tied = hf->tie_word_embeddings;
    cfg->attn_scaled = hf->attn_scaled;
    cfg->attn_layer_scaled = hf->attn_layer_scaled;
    cfg->init_range = hf->initializer_range;
    cfg->no_bias = (hf->norm_bias ? 0u : FT_NET_NO_BIAS_NORM) |
                   (hf->attention_bias ? 0u : FT_NET_NO_BIAS_ATTENTION) |
                   (hf->ff_bias ? 0u : FT_NET_NO_BIAS_FF) |
                   (hf->head_bias ? 0u : FT_NET_NO_BIAS_HEAD) |
                   (hf->lm_out_bias ? 0u : FT_NET_NO_BIAS_LM_OUT);
    cfg->pool_mean = hf->pool_mean;
    cfg->rope_theta = hf->rope_theta;
    for (size_t i = 0; i < (size_t)hf->layers; i++) {
        if (!ft_hf_config_local(hf, i)) continue;
        cfg->local_layers[i / 64] |= (uint64_t)1 << i % 64;
        cfg->reach = (size_t)hf->local_attention / 2 + 1;
        cfg->rope_theta_local = hf->rope_theta_local;
    }
    assert_true(ft_act_parse(ft_hf_act_name(hf->head_act), &cfg->head_act));
    if (!ft_hf_family(hf->family)->disentangled) return;
    bool keys = (hf->pos_att & FT_HF_POS_KEYS) != 0,
         queries = (hf->pos_att & FT_HF_POS_QUERIES) != 0, buckets = hf->position_buckets > 0;
    int64_t far = hf->max_relative_positions < 1 ? hf->positions : hf->max_relative_positions;
    cfg->attn_terms = 1 + (size_t)keys + (size_t)queries;
    cfg->rel_span = hf->relative_attention ? (size_t)(buckets ? hf->position_buckets : far) : 0;
    cfg->rel_far = hf->relative_attention && buckets ? (size_t)far : 0;
    cfg->rel_keys = hf->relative_attention && keys;
    cfg->rel_queries = hf->relative_attention && queries;
    cfg->rel_shared = hf->share_att_key;
    cfg->rel_norm = hf->norm_rel;
    cfg->no_positions = !hf->position_biased_input;
    cfg->new_lm_head = !hf->legacy;
    cfg->pool_dropout = hf->pooler_dropout;
}

/* The family's defaults. */
static inline void family_config(struct ft_net_config *cfg, enum ft_family family,
                                 enum ft_head head)
{
    struct ft_hf_config hf;
    ft_hf_config_init(&hf, family);
    net_config_of(cfg, &hf, head);
    ft_hf_config_release(&hf);
}

#endif
