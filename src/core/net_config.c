/* Checks of configurations: see net_config.h. */
#include "core/net_config.h"

#include "core/family.h"

size_t ft_net_config_tokens_max(const struct ft_net_config *cfg)
{
    return ft_family_tokens_max(cfg->family, cfg->positions, cfg->pad_id);
}

size_t ft_net_config_embed(const struct ft_net_config *cfg)
{
    return cfg->embed ? cfg->embed : cfg->hidden;
}

enum ft_status ft_net_config_check(const struct ft_net_config *cfg, struct ft_err *err)
{
    bool labelled = cfg->head == FT_HEAD_CLASSIFY || cfg->head == FT_HEAD_TOKENS;
    /* Limits far above any model of these families; below them no product of sizes overflows. */
    const struct {
        const char *name;
        size_t value, min, max;
    } sizes[] = {
        {"vocab_size", cfg->vocab, 1, (size_t)1 << 24},
        {"max_position_embeddings", cfg->positions, 1, (size_t)1 << 20},
        {"type_vocab_size", cfg->types, 0, 1024},
        {"hidden_size", cfg->hidden, 1, (size_t)1 << 15},
        {"embedding_size", cfg->embed, 0, (size_t)1 << 15},
        {"position_buckets or max_relative_positions", cfg->rel_span, 0, (size_t)1 << 20},
        {"max_relative_positions", cfg->rel_far, 0, (size_t)1 << 20},
        {"relative_attention_num_buckets", cfg->relative_buckets, 0, 32},
        {"num_hidden_layers", cfg->layers, 1, FT_NET_LAYERS_MAX},
        {"num_attention_heads", cfg->heads, 1, 1024},
        {"intermediate_size", cfg->ff, 1, (size_t)1 << (ft_family_is_gated(cfg->family) ? 17 : 18)},
        {"local_attention", cfg->reach, 0, (size_t)1 << 30},
        {"number of labels", cfg->labels, labelled ? 1 : 0, (size_t)1 << 20},
    };
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i].value < sizes[i].min || sizes[i].value > sizes[i].max) {
            return ft_fail(err, FT_FORMAT, "%s is %zu; expected %zu to %zu", sizes[i].name,
                           sizes[i].value, sizes[i].min, sizes[i].max);
        }
    }
    const struct {
        const char *name;
        double value, min, max;
    } reals[] = {
        {"layer_norm_eps", cfg->norm_eps, 0, 1},
        {"embedding dropout", cfg->embed_dropout, 0, 0.99},
        {"hidden dropout", cfg->hidden_dropout, 0, 0.99},
        {"attention dropout", cfg->attn_dropout, 0, 0.99},
        {"pooler_dropout", cfg->pool_dropout, 0, 0.99},
        {"classifier dropout", cfg->head_dropout, -1, 0.99},
        {"initializer_range", cfg->init_range, 0, 100},
        {"rope_theta", cfg->rope_theta, 0, 1e30},
        {"rope_theta of local layers", cfg->rope_theta_local, 0, 1e30},
    };
    for (size_t i = 0; i < sizeof(reals) / sizeof(reals[0]); i++) {
        if (!(reals[i].value >= reals[i].min && reals[i].value <= reals[i].max)) {
            return ft_fail(err, FT_FORMAT, "%s is %g; expected %g to %g", reals[i].name,
                           reals[i].value, reals[i].min, reals[i].max);
        }
    }
    if (cfg->hidden % cfg->heads != 0 || cfg->hidden / cfg->heads > 256) {
        return ft_fail(
            err, FT_FORMAT,
            "hidden_size %zu is not a multiple of %zu heads, or a head is larger than 256",
            cfg->hidden, cfg->heads);
    }
    if ((cfg->rope_theta > 0 || cfg->rope_theta_local > 0) && cfg->hidden / cfg->heads % 2) {
        return ft_fail(
            err, FT_FORMAT,
            "hidden_size %zu with %zu heads: heads of %zu columns; rotary positions need an "
            "even number",
            cfg->hidden, cfg->heads, cfg->hidden / cfg->heads);
    }
    if (cfg->rel_far && cfg->rel_far <= cfg->rel_span / 2 + 1 &&
        ft_net_config_tokens_max(cfg) > cfg->rel_span / 2 + 1)
        return ft_fail(
            err, FT_FORMAT,
            "max_relative_positions is %zu with %zu position_buckets; expected more than "
            "%zu",
            cfg->rel_far, cfg->rel_span, cfg->rel_span / 2 + 1);
    if (cfg->new_lm_head && cfg->head == FT_HEAD_MLM && ft_net_config_embed(cfg) != cfg->hidden)
        return ft_fail(err, FT_FORMAT,
                       "legacy is false, but embedding_size %zu is not hidden_size %zu", cfg->embed,
                       cfg->hidden);
    if (cfg->head != FT_HEAD_NONE && !ft_family_has_head(cfg->family, cfg->head)) {
        return ft_fail(err, FT_UNSUPPORTED, "%s has no head for the task %s",
                       ft_family_name(cfg->family), ft_head_name(cfg->head));
    }
    if (ft_family_counts_from_pad(cfg->family) &&
        (cfg->pad_id < 0 || !ft_net_config_tokens_max(cfg))) {
        return ft_fail(
            err, FT_FORMAT,
            "pad_token_id is %d with %zu positions; positions count from pad_token_id + 1",
            (int)cfg->pad_id, cfg->positions);
    }
    if (cfg->pad_id >= 0 && (size_t)cfg->pad_id >= cfg->vocab) {
        return ft_fail(err, FT_FORMAT, "pad_token_id %d is outside the vocabulary of %zu",
                       (int)cfg->pad_id, cfg->vocab);
    }
    return FT_OK;
}
