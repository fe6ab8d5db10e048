/* Pretrained models on the Hugging Face hub that are worth suggesting: a short table of ids whose
 * family is supported, with sizes, licence, language and use. For search while an id is typed; any
 * other id can be pulled as well. Sizes are approximate; before a download the hub is asked (pull.h).
 *
 *     size_t n, order[..];
 *     n = ft_known_models_find("distil", order);          best match first
 *     const struct ft_known_model *k = ft_known_model_at(order[0]);
 *     struct ft_model_facts f;
 *     if (!ft_known_model_facts(&f, k, &ask, &err)) ..     for ft_model_memory() before a download
 *
 * Threads: any; the table is constant. */
#ifndef FT_ENGINE_MODEL_KNOWN_MODELS_H
#define FT_ENGINE_MODEL_KNOWN_MODELS_H

#include "engine/model/model_facts.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_known_model {
    const char *id;       /* as it is pulled */
    const char *also;     /* the id with its organisation where the hub knows both; NULL: none */
    const char *family;   /* config.json's model_type */
    const char *licence;  /* SPDX id in lower case, as the hub writes it */
    const char *language; /* "English", "104 languages", .. */
    const char *casing;   /* "cased", "uncased" */
    const char *use;      /* what it is good for, a short phrase */
    /* of config.json; types 0: the family has no token types */
    int64_t layers, hidden, heads, ff, vocab, positions, types;
    int download_mb; /* config, tokenizer and weights, in 10^6 bytes, rounded */
    int64_t embed;   /* columns of the embeddings; 0: as many as hidden */
    double speed;    /* tokens per second in training over BERT-base's, texts of 128 tokens, by
                      * bench/families.sh (bench/RESULTS.md); 0: not measured */
};

size_t ft_known_models_count(void);
const struct ft_known_model *ft_known_model_at(size_t i); /* NULL: there are fewer */
/* The row of an id, by either of its names; NULL: not in the table. */
const struct ft_known_model *ft_known_model(const char *id);

/* Rows that match what was typed: each word of `typed` (separated by blanks) must be in the id,
 * family, language, casing, licence or use, capitals aside. Fills `order` (room for
 * ft_known_models_count()) with row numbers, best first: the id itself, ids that begin with the
 * text, ids that contain it, the rest; in each group in the table's order, which begins with what is
 * most useful on a CPU. "" matches all. */
size_t ft_known_models_find(const char *typed, size_t *order);

/* What is known of the model without its files, for a plan of memory and time: sizes, parameters
 * and the network of a task, all of its tensors new; f->parameters are those of the body. Release
 * with ft_model_facts_release. Errors: those of ft_model_facts_plan. */
enum ft_status ft_known_model_facts(struct ft_model_facts *f, const struct ft_known_model *k,
                                    const struct ft_model_ask *ask, struct ft_err *err);
#endif
