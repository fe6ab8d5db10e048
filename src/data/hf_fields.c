/* The table of config.json's fields: see hf_config_in.h. */
#include "data/hf_config_in.h"

#include "data/hf_family.h"
#include "util/json.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct ft_hf_field fields[FT_HF_FIELD_COUNT] = {
#define X(id, k, member, low, high, general)                                                       \
    [FT_HF_FIELD_##id] = {.alt = general,                                                          \
                          .kind = FT_HF_KIND_##k,                                                  \
                          .at = offsetof(struct ft_hf_config, member),                             \
                          .min = low,                                                              \
                          .max = high},
    FT_HF_FIELD_LIST(X)
#undef X
};

bool ft_hf_field_get(enum ft_family family, enum ft_hf_field_id id, struct ft_hf_field *f)
{
    const struct ft_hf_key *k = &ft_hf_family(family)->keys[id];
    *f = fields[id];
    f->key = k->key;
    f->fallback = k->value;
    if (f->kind == FT_HF_KIND_INT && k->value >= 0 && k->value < f->min)
        f->min = k->value; /* 0: none, where a family may have none */
    if (!f->key || (f->alt && !strcmp(f->alt, f->key))) f->alt = NULL;
    return f->key != NULL;
}

void *ft_hf_field_at(struct ft_hf_config *c, const struct ft_hf_field *f)
{
    return (char *)c + f->at;
}

double ft_hf_field_value(const struct ft_hf_config *c, const struct ft_hf_field *f)
{
    const void *at = (const char *)c + f->at;
    switch (f->kind) {
    case FT_HF_KIND_REAL:
        return *(const double *)at;
    case FT_HF_KIND_BOOL:
        return *(const bool *)at;
    default:
        return (double)*(const int64_t *)at;
    }
}

static void put_value(struct ft_hf_config *c, const struct ft_hf_field *f, double x)
{
    void *at = ft_hf_field_at(c, f);
    switch (f->kind) {
    case FT_HF_KIND_REAL:
        *(double *)at = x;
        return;
    case FT_HF_KIND_BOOL:
        *(bool *)at = x != 0;
        return;
    default:
        *(int64_t *)at = (int64_t)x;
    }
}

void ft_hf_fields_default(struct ft_hf_config *c)
{
    struct ft_hf_field f;
    c->act = ft_hf_family(c->family)->act;
    c->head_act = FT_HF_ACT_GELU;
    c->pool_mean = false;
    for (int i = 0; i < FT_HF_FIELD_COUNT; i++) {
        ft_hf_field_get(c->family, (enum ft_hf_field_id)i, &f);
        put_value(c, &f, f.fallback);
    }
}

void ft_hf_fields_resolve(struct ft_hf_config *c)
{
    if (c->intermediate_size < 0) c->intermediate_size = 4 * c->hidden_size;
    if (c->classifier_dropout < 0) c->classifier_dropout = c->hidden_dropout;
    if (c->qa_dropout < 0) c->qa_dropout = c->classifier_dropout;
    if (c->embedding_dropout < 0) c->embedding_dropout = c->hidden_dropout;
    /* the family's padding token, in a smaller vocabulary: there is none */
    if (c->pad_token_id >= c->vocab_size && !ft_json_get(c->tree, "pad_token_id"))
        c->pad_token_id = -1;
    if (c->token_dropout < 0) {
        /* one key for both heads: classifier_dropout; else the family's head of texts has its own */
        struct ft_hf_field f;
        ft_hf_field_get(c->family, FT_HF_FIELD_CLASSIFIER_DROPOUT, &f);
        bool hidden = c->token_dropout <= FT_HF_HIDDEN_DROPOUT;
        c->token_dropout = !hidden && f.fallback < 0 ? c->classifier_dropout : c->hidden_dropout;
    }
}

bool ft_hf_field_is_derived(const struct ft_hf_config *c, const struct ft_hf_field *f)
{
    if (f->fallback >= 0 || f->kind == FT_HF_KIND_ID || f->min < 0) return false;
    if (f->at == fields[FT_HF_FIELD_FF].at) return c->intermediate_size == 4 * c->hidden_size;
    return !(c->classifier_dropout < c->hidden_dropout ||
             c->classifier_dropout > c->hidden_dropout);
}

enum ft_status ft_hf_fields_check(const struct ft_hf_config *c, struct ft_err *err)
{
    struct ft_hf_field f;
    for (int i = 0; i < FT_HF_FIELD_COUNT; i++) {
        if (!ft_hf_field_get(c->family, (enum ft_hf_field_id)i, &f)) continue;
        double x = ft_hf_field_value(c, &f);
        if (!(x >= f.min && x <= f.max))
            return ft_fail(err, FT_FORMAT, "%s: %s is %g, expected %g to %g", c->name, f.key, x,
                           f.min, f.max);
    }
    return FT_OK;
}

static bool is_given(const struct ft_hf_config *c, const char *key, const char *alt)
{
    const cJSON *v = ft_json_get(c->tree, key);
    if (!v && alt) v = ft_json_get(c->tree, alt);
    return v && !cJSON_IsNull(v);
}

static void value_text(const struct ft_hf_config *c, const struct ft_hf_field *f, char *value,
                       size_t size)
{
    double x = ft_hf_field_value(c, f);
    if (f->kind == FT_HF_KIND_BOOL)
        snprintf(value, size, "%s", x != 0 ? "true" : "false");
    else if (f->kind == FT_HF_KIND_ID && x < 0)
        snprintf(value, size, "none");
    else
        snprintf(value, size, "%.10g", x);
}

bool ft_hf_config_field(const struct ft_hf_config *c, size_t i, const char **key, char *value,
                        size_t size, bool *given)
{
    bool said = false;
    struct ft_hf_field f;
    int k = 0;
    while (k < FT_HF_FIELD_COUNT &&
           (!ft_hf_field_get(c->family, (enum ft_hf_field_id)k, &f) || i--))
        k++;
    if (k < FT_HF_FIELD_COUNT) {
        *key = f.key;
        value_text(c, &f, value, size);
        said = is_given(c, f.key, f.alt);
    } else {
        const struct ft_hf_family *family = ft_hf_family(c->family);
        const char *problem = ft_problem_type_name(c->problem);
        const struct {
            const char *key, *value;
        } words[] = {{family->act_key, ft_hf_act_name(c->act)},
                     {family->head_act_key, ft_hf_act_name(c->head_act)},
                     {family->pooling_key, c->pool_mean ? "mean" : "cls"},
                     {"problem_type", problem ? problem : "none"}};
        enum { WORDS = sizeof words / sizeof *words };
        size_t w = 0;
        while (w < WORDS && (!words[w].key || i--))
            w++;
        if (w == WORDS) return false;
        *key = words[w].key;
        snprintf(value, size, "%s", words[w].value);
        said = is_given(c, *key, NULL);
    }
    if (given) *given = said;
    return true;
}
