/* What reading tokenizer.json's components shares: tok_json.c (model, added tokens, templates) and
 * tok_steps.c (normalizers, pre-tokenizers, decoders). Private to them. */
#ifndef FT_DATA_TOK_JSON_IN_H
#define FT_DATA_TOK_JSON_IN_H

#include "data/tok_in.h"

struct tok_reader {
    struct ft_tok *tok;
    const char *name; /* of the file, for errors */
    struct ft_err *err;
};

typedef enum ft_status tok_component_fn(struct tok_reader *r, const cJSON *obj);
struct tok_component {
    const char *type;
    tok_component_fn *read;
};

/* Reads obj by its "type"; one that the table lacks is refused with the table's names. NULL and null
 * are nothing to read. */
enum ft_status tok_component(struct tok_reader *r, const cJSON *obj, const char *slot,
                             const struct tok_component *table, size_t n);
/* Reads each of obj's list `key`. */
enum ft_status tok_sequence(struct tok_reader *r, const cJSON *obj, const char *key,
                            tok_component_fn *each);

const char *tok_json_text(const cJSON *obj, const char *key); /* NULL: no string */
bool tok_json_flag(const cJSON *obj, const char *key, bool otherwise);
enum ft_status tok_json_bad(struct tok_reader *r, const char *what); /* FT_FORMAT */

/* tok_steps.c; `obj` may be NULL. */
enum ft_status tok_read_normalizer(struct tok_reader *r, const cJSON *obj);
enum ft_status tok_read_pre_tokenizer(struct tok_reader *r, const cJSON *obj);
enum ft_status tok_read_decoder(struct tok_reader *r, const cJSON *obj);

#endif
