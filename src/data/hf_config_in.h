/* What config.json's numbers are called in each family, their ranges and defaults: the table behind
 * hf_config.c (reading) and hf_config_write.c (writing), and the names of classes. Private to them.
 */
#ifndef FT_DATA_HF_CONFIG_IN_H
#define FT_DATA_HF_CONFIG_IN_H

#include "data/hf_config.h"

enum {
    FT_HF_BERT = 1u << FT_FAMILY_BERT,
    FT_HF_ROBERTA = 1u << FT_FAMILY_ROBERTA,
    FT_HF_DISTIL = 1u << FT_FAMILY_DISTILBERT,
    FT_HF_GPT2 = 1u << FT_FAMILY_GPT2,
    FT_HF_BERTS = FT_HF_BERT | FT_HF_ROBERTA,
    FT_HF_ENCODERS = FT_HF_BERTS | FT_HF_DISTIL,
    FT_HF_ALL = FT_HF_ENCODERS | FT_HF_GPT2
};

enum ft_hf_kind {
    FT_HF_KIND_INT,  /* int64_t, null keeps the default */
    FT_HF_KIND_REAL, /* double, null keeps the default */
    FT_HF_KIND_ID,   /* int64_t, null is -1 */
    FT_HF_KIND_BOOL
};

struct ft_hf_field {
    const char *key, *alt; /* alt: the general name that transformers takes too, or NULL */
    unsigned families;
    enum ft_hf_kind kind;
    size_t at; /* offset in struct ft_hf_config */
    double min, max;
    double defaults[FT_FAMILY_COUNT];
};
extern const struct ft_hf_field ft_hf_fields[];
extern const size_t ft_hf_field_count;

void *ft_hf_field_at(struct ft_hf_config *c, const struct ft_hf_field *f);
double ft_hf_field_value(const struct ft_hf_config *c, const struct ft_hf_field *f);

void ft_hf_fields_default(struct ft_hf_config *c); /* c->family is set */
/* Fills what is derived when its own field is silent (n_inner, classifier_dropout ..). */
void ft_hf_fields_resolve(struct ft_hf_config *c);
/* Whether the field's value is the derived one, so that null may stay in the file. */
bool ft_hf_field_is_derived(const struct ft_hf_config *c, const struct ft_hf_field *f);
enum ft_status ft_hf_fields_check(const struct ft_hf_config *c, struct ft_err *err);

const char *ft_hf_act_key(enum ft_family family);
const char *ft_hf_problem_name(enum ft_hf_problem problem); /* NULL for none */
int ft_hf_class_family(const char *class_name);             /* -1: none of ours */
enum ft_hf_head ft_hf_class_head(const char *class_name);

#endif
