/* The table of config.json's fields: see hf_config_in.h. Defaults are those of transformers'
 * configuration classes; DistilBERT's norm epsilon and GPT-2's lack of a head dropout are fixed
 * there in the model's code. */
#include "data/hf_config_in.h"

#include "util/json.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct ft_hf_config, field)
#define SAME(x)                                                                                    \
    {                                                                                              \
        x, x, x, x                                                                                 \
    }
#define DERIVED    -1.0 /* replaced by ft_hf_fields_resolve */
#define DROPOUT    0, 0.999
#define ID_MAX     2147483647.0
#define LAYERS_MAX 1000
#define SIZE_LIMIT 1048576

/* clang-format off */
const struct ft_hf_field ft_hf_fields[] = {
    /* key                 general name               families        kind              member              range            bert roberta distilbert gpt2 */
    {"vocab_size",              NULL,                      FT_HF_ALL,      FT_HF_KIND_INT,  AT(vocab_size),        1, 10000000,     {30522, 50265, 30522, 50257}},
    {"hidden_size",             NULL,                      FT_HF_BERTS,    FT_HF_KIND_INT,  AT(hidden_size),       1, 65536,        SAME(768)},
    {"dim",                     "hidden_size",             FT_HF_DISTIL,   FT_HF_KIND_INT,  AT(hidden_size),       1, 65536,        SAME(768)},
    {"n_embd",                  "hidden_size",             FT_HF_GPT2,     FT_HF_KIND_INT,  AT(hidden_size),       1, 65536,        SAME(768)},
    {"num_hidden_layers",       NULL,                      FT_HF_BERTS,    FT_HF_KIND_INT,  AT(layers),            1, LAYERS_MAX,   SAME(12)},
    {"n_layers",                "num_hidden_layers",       FT_HF_DISTIL,   FT_HF_KIND_INT,  AT(layers),            1, LAYERS_MAX,   SAME(6)},
    {"n_layer",                 "num_hidden_layers",       FT_HF_GPT2,     FT_HF_KIND_INT,  AT(layers),            1, LAYERS_MAX,   SAME(12)},
    {"num_attention_heads",     NULL,                      FT_HF_BERTS,    FT_HF_KIND_INT,  AT(heads),             1, 4096,         SAME(12)},
    {"n_heads",                 "num_attention_heads",     FT_HF_DISTIL,   FT_HF_KIND_INT,  AT(heads),             1, 4096,         SAME(12)},
    {"n_head",                  "num_attention_heads",     FT_HF_GPT2,     FT_HF_KIND_INT,  AT(heads),             1, 4096,         SAME(12)},
    {"intermediate_size",       NULL,                      FT_HF_BERTS,    FT_HF_KIND_INT,  AT(intermediate_size), 1, SIZE_LIMIT,   SAME(3072)},
    {"hidden_dim",              NULL,                      FT_HF_DISTIL,   FT_HF_KIND_INT,  AT(intermediate_size), 1, SIZE_LIMIT,   SAME(3072)},
    {"n_inner",                 NULL,                      FT_HF_GPT2,     FT_HF_KIND_INT,  AT(intermediate_size), 1, SIZE_LIMIT,   SAME(DERIVED)},
    {"max_position_embeddings", NULL,                      FT_HF_ENCODERS, FT_HF_KIND_INT,  AT(positions),         1, SIZE_LIMIT,   SAME(512)},
    {"n_positions",             "max_position_embeddings", FT_HF_GPT2,     FT_HF_KIND_INT,  AT(positions),         1, SIZE_LIMIT,   SAME(1024)},
    {"type_vocab_size",         NULL,                      FT_HF_BERTS,    FT_HF_KIND_INT,  AT(type_vocab_size),   1, 65536,        {2, 2, 0, 0}},
    {"layer_norm_eps",          NULL,                      FT_HF_BERTS,    FT_HF_KIND_REAL, AT(layer_norm_eps),    1e-30, 1,        SAME(1e-12)},
    {"layer_norm_epsilon",      NULL,                      FT_HF_GPT2,     FT_HF_KIND_REAL, AT(layer_norm_eps),    1e-30, 1,        SAME(1e-5)},
    {"hidden_dropout_prob",     NULL,                      FT_HF_BERTS,    FT_HF_KIND_REAL, AT(hidden_dropout),    DROPOUT,         SAME(0.1)},
    {"dropout",                 NULL,                      FT_HF_DISTIL,   FT_HF_KIND_REAL, AT(hidden_dropout),    DROPOUT,         SAME(0.1)},
    {"resid_pdrop",             NULL,                      FT_HF_GPT2,     FT_HF_KIND_REAL, AT(hidden_dropout),    DROPOUT,         SAME(0.1)},
    {"embd_pdrop",              NULL,                      FT_HF_GPT2,     FT_HF_KIND_REAL, AT(embedding_dropout), DROPOUT,         SAME(0.1)},
    {"attention_probs_dropout_prob", NULL,                 FT_HF_BERTS,    FT_HF_KIND_REAL, AT(attention_dropout), DROPOUT,         SAME(0.1)},
    {"attention_dropout",       NULL,                      FT_HF_DISTIL,   FT_HF_KIND_REAL, AT(attention_dropout), DROPOUT,         SAME(0.1)},
    {"attn_pdrop",              NULL,                      FT_HF_GPT2,     FT_HF_KIND_REAL, AT(attention_dropout), DROPOUT,         SAME(0.1)},
    {"classifier_dropout",      NULL,                      FT_HF_BERTS,    FT_HF_KIND_REAL, AT(classifier_dropout), DROPOUT,        SAME(DERIVED)},
    {"seq_classif_dropout",     NULL,                      FT_HF_DISTIL,   FT_HF_KIND_REAL, AT(classifier_dropout), DROPOUT,        SAME(0.2)},
    {"qa_dropout",              NULL,                      FT_HF_DISTIL,   FT_HF_KIND_REAL, AT(qa_dropout),        DROPOUT,         SAME(0.1)},
    {"initializer_range",       NULL,                      FT_HF_ALL,      FT_HF_KIND_REAL, AT(initializer_range), 0, 10,           SAME(0.02)},
    {"pad_token_id",            NULL,                      FT_HF_ALL,      FT_HF_KIND_ID,   AT(pad_token_id),      -1, ID_MAX,      {0, 1, 0, -1}},
    {"bos_token_id",            NULL,                      FT_HF_ALL,      FT_HF_KIND_ID,   AT(bos_token_id),      -1, ID_MAX,      {-1, 0, -1, 50256}},
    {"eos_token_id",            NULL,                      FT_HF_ALL,      FT_HF_KIND_ID,   AT(eos_token_id),      -1, ID_MAX,      {-1, 2, -1, 50256}},
    {"tie_word_embeddings",     NULL,                      FT_HF_ALL,      FT_HF_KIND_BOOL, AT(tie_word_embeddings), 0, 1,          SAME(1)},
    {"scale_attn_weights",      NULL,                      FT_HF_GPT2,     FT_HF_KIND_BOOL, AT(attn_scaled),       0, 1,            SAME(1)},
    {"scale_attn_by_inverse_layer_idx", NULL,              FT_HF_GPT2,     FT_HF_KIND_BOOL, AT(attn_layer_scaled), 0, 1,            SAME(0)},
};
/* clang-format on */
const size_t ft_hf_field_count = sizeof ft_hf_fields / sizeof *ft_hf_fields;

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
    c->act = c->family == FT_FAMILY_GPT2 ? FT_HF_ACT_GELU_TANH : FT_HF_ACT_GELU;
    c->layer_norm_eps = 1e-12; /* DistilBERT's; the others have a field */
    c->attn_scaled = true;
    c->embedding_dropout = DERIVED;
    for (size_t i = 0; i < ft_hf_field_count; i++) {
        const struct ft_hf_field *f = &ft_hf_fields[i];
        if (f->families & 1u << c->family) put_value(c, f, f->defaults[c->family]);
    }
}

void ft_hf_fields_resolve(struct ft_hf_config *c)
{
    if (c->intermediate_size < 0) c->intermediate_size = 4 * c->hidden_size;
    if (c->classifier_dropout < 0) c->classifier_dropout = c->hidden_dropout;
    if (c->embedding_dropout < 0) c->embedding_dropout = c->hidden_dropout;
}

bool ft_hf_field_is_derived(const struct ft_hf_config *c, const struct ft_hf_field *f)
{
    if (f->defaults[c->family] >= 0 || f->kind == FT_HF_KIND_ID) return false;
    if (f->at == AT(intermediate_size)) return c->intermediate_size == 4 * c->hidden_size;
    return !(c->classifier_dropout < c->hidden_dropout ||
             c->classifier_dropout > c->hidden_dropout);
}

enum ft_status ft_hf_fields_check(const struct ft_hf_config *c, struct ft_err *err)
{
    for (size_t i = 0; i < ft_hf_field_count; i++) {
        const struct ft_hf_field *f = &ft_hf_fields[i];
        double x = ft_hf_field_value(c, f);
        if (f->families & 1u << c->family && !(x >= f->min && x <= f->max))
            return ft_fail(err, FT_FORMAT, "%s: %s is %g, expected %g to %g", c->name, f->key, x,
                           f->min, f->max);
    }
    return FT_OK;
}

const char *ft_hf_act_key(enum ft_family family)
{
    static const char *const keys[FT_FAMILY_COUNT] = {[FT_FAMILY_BERT] = "hidden_act",
                                                      [FT_FAMILY_ROBERTA] = "hidden_act",
                                                      [FT_FAMILY_DISTILBERT] = "activation",
                                                      [FT_FAMILY_GPT2] = "activation_function"};
    return keys[family];
}

const char *ft_hf_problem_name(enum ft_hf_problem problem)
{
    static const char *const names[FT_HF_PROBLEM_COUNT] = {
        [FT_HF_PROBLEM_REGRESSION] = "regression",
        [FT_HF_PROBLEM_SINGLE_LABEL] = "single_label_classification",
        [FT_HF_PROBLEM_MULTI_LABEL] = "multi_label_classification"};
    return names[problem];
}

/* Classes of transformers: the family's prefix, then what is in the task's row. */
static const char *const prefixes[FT_FAMILY_COUNT] = {[FT_FAMILY_BERT] = "Bert",
                                                      [FT_FAMILY_ROBERTA] = "Roberta",
                                                      [FT_FAMILY_DISTILBERT] = "DistilBert",
                                                      [FT_FAMILY_GPT2] = "GPT2"};

static const struct {
    const char *suffix;
    enum ft_hf_head head;
} suffixes[] = {{"ForSequenceClassification", FT_HF_HEAD_CLASSIFY},
                {"ForQuestionAnswering", FT_HF_HEAD_QA},
                {"ForMaskedLM", FT_HF_HEAD_MLM},
                {"ForPreTraining", FT_HF_HEAD_MLM},
                {"LMHeadModel", FT_HF_HEAD_CLM},
                {"DoubleHeadsModel", FT_HF_HEAD_CLM},
                {"ForTokenClassification", FT_HF_HEAD_TOKENS},
                {"ForMultipleChoice", FT_HF_HEAD_CHOICE},
                {"ForNextSentencePrediction", FT_HF_HEAD_NEXT}};

int ft_hf_class_family(const char *class_name)
{
    for (size_t i = 0; i < FT_FAMILY_COUNT; i++) {
        if (!strncmp(class_name, prefixes[i], strlen(prefixes[i]))) return (int)i;
    }
    return -1;
}

enum ft_hf_head ft_hf_class_head(const char *class_name)
{
    size_t n = strlen(class_name);
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t k = strlen(suffixes[i].suffix);
        if (n > k && !strcmp(class_name + n - k, suffixes[i].suffix)) return suffixes[i].head;
    }
    return FT_HF_HEAD_NONE;
}

const char *ft_hf_config_class(enum ft_family family, enum ft_task task)
{
    static const char *const classes[FT_FAMILY_COUNT][FT_TASK_COUNT] = {
        [FT_FAMILY_BERT] = {"BertForSequenceClassification", "BertForQuestionAnswering",
                            "BertForMaskedLM", NULL},
        [FT_FAMILY_ROBERTA] = {"RobertaForSequenceClassification", "RobertaForQuestionAnswering",
                               "RobertaForMaskedLM", NULL},
        [FT_FAMILY_DISTILBERT] = {"DistilBertForSequenceClassification",
                                  "DistilBertForQuestionAnswering", "DistilBertForMaskedLM", NULL},
        [FT_FAMILY_GPT2] = {"GPT2ForSequenceClassification", "GPT2ForQuestionAnswering", NULL,
                            "GPT2LMHeadModel"}};
    return classes[family][task];
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
    size_t k = 0;
    while (k < ft_hf_field_count && (!(ft_hf_fields[k].families & 1u << c->family) || i--))
        k++;
    if (k < ft_hf_field_count) {
        const struct ft_hf_field *f = &ft_hf_fields[k];
        *key = f->key;
        value_text(c, f, value, size);
        said = is_given(c, f->key, f->alt);
    } else if (i == 0) {
        *key = ft_hf_act_key(c->family);
        snprintf(value, size, "%s", ft_hf_act_name(c->act));
        said = is_given(c, *key, NULL);
    } else if (i == 1) {
        const char *problem = ft_hf_problem_name(c->problem);
        *key = "problem_type";
        snprintf(value, size, "%s", problem ? problem : "none");
        said = is_given(c, *key, NULL);
    } else {
        return false;
    }
    if (given) *given = said;
    return true;
}
