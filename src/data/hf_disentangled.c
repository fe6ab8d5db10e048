/* Settings of config.json that are words, or lists of them, in families with disentangled attention
 * (DeBERTa): see hf_config_in.h. */
#include "data/hf_config.h"
#include "data/hf_config_in.h"
#include "util/json.h"
#include "util/str.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    unsigned bit;
} terms[] = {{"p2c", FT_HF_POS_QUERIES}, {"c2p", FT_HF_POS_KEYS}};
enum { TERMS = sizeof terms / sizeof *terms };

/* One word of n bytes, blanks around it aside. */
static enum ft_status add_term(struct ft_hf_config *c, const char *word, size_t n,
                               struct ft_err *err)
{
    for (; n && *word == ' '; n--)
        word++;
    while (n && word[n - 1] == ' ')
        n--;
    if (!n) return FT_OK;
    for (size_t i = 0; i < TERMS; i++)
        if (n == strlen(terms[i].word) && !strncasecmp(word, terms[i].word, n)) {
            c->pos_att |= terms[i].bit;
            return FT_OK;
        }
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: pos_att_type \"%.*s\" is not supported; expected c2p, p2c or both", c->name,
                   (int)(n < 40 ? n : 40), word);
}

/* "p2c|c2p", or a list. */
static enum ft_status read_terms(struct ft_hf_config *c, struct ft_err *err)
{
    const cJSON *v = ft_json_get(c->tree, "pos_att_type");
    enum ft_status st = FT_OK;
    if (!v || cJSON_IsNull(v)) return FT_OK;
    if (!cJSON_IsString(v) && !cJSON_IsArray(v))
        return ft_fail(err, FT_FORMAT, "%s: pos_att_type: expected a text or a list of texts",
                       c->name);
    for (const cJSON *e = cJSON_IsArray(v) ? v->child : v; e && !st; e = e->next) {
        if (!cJSON_IsString(e))
            return ft_fail(err, FT_FORMAT, "%s: pos_att_type: expected a list of texts", c->name);
        const char *at = e->valuestring;
        while (!st) {
            size_t n = strcspn(at, "|");
            st = add_term(c, at, n, err);
            if (!at[n]) break;
            at += n + 1;
        }
        if (e == v) break;
    }
    return st;
}

static enum ft_status read_norm(struct ft_hf_config *c, struct ft_err *err)
{
    const char *word = "none";
    enum ft_status st = ft_json_str(c->tree, "norm_rel_ebd", &word, c->name, err);
    if (st) return st;
    c->norm_rel = !strcasecmp(word, "layer_norm");
    if (c->norm_rel || !strcasecmp(word, "none")) return FT_OK;
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: norm_rel_ebd \"%.40s\" is not supported; expected layer_norm or none",
                   c->name, word);
}

/* A size that may be given but follows from others. */
static enum ft_status check_size(const struct ft_hf_config *c, const char *key, int64_t want,
                                 struct ft_err *err)
{
    int64_t have = want;
    enum ft_status st = ft_json_i64(c->tree, key, INT32_MIN, INT32_MAX, &have, c->name, err);
    if (st || have == want) return st;
    return ft_fail(err, FT_UNSUPPORTED, "%s: %s is %lld; only %lld is supported", c->name, key,
                   (long long)have, (long long)want);
}

enum ft_status ft_hf_disentangled_read(struct ft_hf_config *c, struct ft_err *err)
{
    enum ft_status st;
    if (!ft_hf_family(c->family)->disentangled) return FT_OK;
    if ((st = read_terms(c, err)) || (st = read_norm(c, err))) return st;
    if ((st = check_size(c, "pooler_hidden_size", c->hidden_size, err))) return st;
    return c->heads ? check_size(c, "attention_head_size", c->hidden_size / c->heads, err) : FT_OK;
}

void ft_hf_disentangled_write(struct ft_hf_config *c)
{
    if (!ft_hf_family(c->family)->disentangled) return;
    if (!ft_json_get(c->tree, "pos_att_type") && c->pos_att) {
        cJSON *list = cJSON_AddArrayToObject(c->tree, "pos_att_type");
        for (size_t i = 0; i < TERMS; i++)
            if (c->pos_att & terms[i].bit)
                cJSON_AddItemToArray(list, cJSON_CreateString(terms[i].word));
    }
    if (!ft_json_get(c->tree, "norm_rel_ebd") && c->norm_rel)
        cJSON_AddStringToObject(c->tree, "norm_rel_ebd", "layer_norm");
}

void ft_hf_disentangled_published(struct ft_hf_config *c)
{
    if (!ft_hf_family(c->family)->disentangled) return;
    c->relative_attention = c->share_att_key = c->norm_rel = true;
    c->position_buckets = 256;
    c->position_biased_input = false;
    c->pos_att = FT_HF_POS_KEYS | FT_HF_POS_QUERIES;
}
