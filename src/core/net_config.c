/* Configs of nets: defaults, checks, and the names of families, classes and tasks. */
#include "core/net_config.h"

#include "core/family.h"
#include "util/mem.h"

#include <string.h>

static const struct ft_family_def *const families[FT_FAMILY_COUNT] = {
    [FT_FAMILY_BERT] = &ft_family_bert,
    [FT_FAMILY_ROBERTA] = &ft_family_roberta,
    [FT_FAMILY_DISTILBERT] = &ft_family_distilbert,
    [FT_FAMILY_GPT2] = &ft_family_gpt2,
};

const struct ft_family_def *ft_family_get(enum ft_family family)
{
    return families[family];
}

void ft_net_config_defaults(struct ft_net_config *cfg, enum ft_family family, enum ft_task task)
{
    *cfg = (struct ft_net_config){
        .family = family,
        .task = task,
        .problem = FT_PROBLEM_SINGLE,
        .hidden = 768,
        .layers = 12,
        .heads = 12,
        .ff = 3072,
        .labels = 2,
        .act = FT_ACT_GELU,
        .embed_dropout = 0.1,
        .hidden_dropout = 0.1,
        .attn_dropout = 0.1,
        .head_dropout = -1,
        .tied = true,
        .attn_scaled = true,
        .init_range = 0.02,
    };
    families[family]->defaults(cfg);
}

const char *ft_arch_class(enum ft_family family, enum ft_task task)
{
    return families[family]->classes[task];
}

bool ft_arch_parse(const char *class_name, enum ft_family *family, int *task)
{
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        for (int t = -1; t < FT_TASK_COUNT; t++) {
            const char *name = t < 0 ? families[f]->body_class : families[f]->classes[t];
            if (!name || strcmp(name, class_name) != 0) continue;
            *family = (enum ft_family)f;
            *task = t;
            return true;
        }
    }
    return false;
}

size_t ft_net_config_tokens_max(const struct ft_net_config *cfg)
{
    size_t first = families[cfg->family]->pos_from_pad ? (size_t)(cfg->pad_id + 1) : 0;
    return cfg->positions > first ? cfg->positions - first : 0;
}

enum ft_status ft_net_config_check(const struct ft_net_config *cfg, struct ft_err *err)
{
    /* Limits far above any model of these families; below them no product of sizes overflows. */
    const struct {
        const char *name;
        size_t value, min, max;
    } sizes[] = {
        {"vocab_size", cfg->vocab, 1, (size_t)1 << 24},
        {"max_position_embeddings", cfg->positions, 1, (size_t)1 << 20},
        {"type_vocab_size", cfg->types, 0, 1024},
        {"hidden_size", cfg->hidden, 1, (size_t)1 << 15},
        {"num_hidden_layers", cfg->layers, 1, 1024},
        {"num_attention_heads", cfg->heads, 1, 1024},
        {"intermediate_size", cfg->ff, 1, (size_t)1 << 18},
        {"number of labels", cfg->labels, cfg->task == FT_TASK_CLASSIFY ? 1 : 0, (size_t)1 << 20},
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
        {"classifier dropout", cfg->head_dropout, -1, 0.99},
        {"initializer_range", cfg->init_range, 0, 100},
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
    if (!ft_arch_class(cfg->family, cfg->task)) {
        return ft_fail(err, FT_UNSUPPORTED, "%s has no head for the task %s",
                       ft_family_name(cfg->family), ft_task_name(cfg->task));
    }
    if (families[cfg->family]->pos_from_pad &&
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
