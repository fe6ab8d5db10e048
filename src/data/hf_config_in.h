/* The numbers of config.json: which there are, their ranges and where they go. What each family
 * calls them and its defaults are in its row (hf_family.h). Private to hf_*.c. */
#ifndef FT_DATA_HF_CONFIG_IN_H
#define FT_DATA_HF_CONFIG_IN_H

#include "data/hf_config.h"

enum ft_hf_kind {
    FT_HF_KIND_INT,  /* int64_t, null keeps the default */
    FT_HF_KIND_REAL, /* double, null keeps the default */
    FT_HF_KIND_ID,   /* int64_t, null is -1 */
    FT_HF_KIND_BOOL
};

/* A field as one family has it. */
struct ft_hf_field {
    const char *key, *alt; /* alt: the general name where it is another, or NULL */
    enum ft_hf_kind kind;
    size_t at; /* offset in struct ft_hf_config */
    double min, max, fallback;
};
/* false: the family's config.json has no such field; its value is the fixed `fallback`. */
bool ft_hf_field_get(enum ft_family family, enum ft_hf_field_id id, struct ft_hf_field *f);

void *ft_hf_field_at(struct ft_hf_config *c, const struct ft_hf_field *f);
double ft_hf_field_value(const struct ft_hf_config *c, const struct ft_hf_field *f);

void ft_hf_fields_default(struct ft_hf_config *c); /* c->family is set */
/* Fills what is derived when its own field is silent (n_inner, classifier_dropout ..). */
void ft_hf_fields_resolve(struct ft_hf_config *c);
/* Whether the field's value is the derived one, so that null may stay in the file. */
bool ft_hf_field_is_derived(const struct ft_hf_config *c, const struct ft_hf_field *f);
enum ft_status ft_hf_fields_check(const struct ft_hf_config *c, struct ft_err *err);

/* hf_layers.c: what is said of single layers. Called behind the fields, which it may overrule; before
 * they are written; and whether a field is said there, so that it needs no key of its own. */
void ft_hf_layers_default(struct ft_hf_config *c);
enum ft_status ft_hf_layers_read(struct ft_hf_config *c, struct ft_err *err);
void ft_hf_layers_sync(struct ft_hf_config *c);
bool ft_hf_layers_has(const struct ft_hf_config *c, const struct ft_hf_field *f);
/* hf_disentangled.c: settings that are words: read and checked behind the fields, and written where the file
 * is silent. */
enum ft_status ft_hf_disentangled_read(struct ft_hf_config *c, struct ft_err *err);
void ft_hf_disentangled_write(struct ft_hf_config *c);

#endif
