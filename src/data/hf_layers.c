/* What config.json says of single layers (ModernBERT): which attend to all tokens and which to near ones
 * only, and the base of the rotary positions of each kind. There are two forms: numbers
 * (global_attn_every_n_layers, global_rope_theta, local_rope_theta), and since transformers 5 a list and
 * an object (layer_types, rope_parameters), which win. See hf_config_in.h. */
#include "data/hf_config.h"
#include "data/hf_config_in.h"
#include "data/hf_family.h"
#include "util/json.h"

#include <string.h>

#define LAYER_TYPES     "layer_types"
#define ROPE_PARAMETERS "rope_parameters"
#define LOCAL_TYPE      "sliding_attention"
#define GLOBAL_TYPE     "full_attention"
enum { WORD = 64 };

static const char *key_of(const struct ft_hf_config *c, enum ft_hf_field_id id)
{
    return ft_hf_family(c->family)->keys[id].key;
}

bool ft_hf_config_local(const struct ft_hf_config *c, size_t layer)
{
    return c->local_layers[layer / WORD] >> layer % WORD & 1;
}

static void set_local(struct ft_hf_config *c, size_t layer, bool local)
{
    uint64_t bit = (uint64_t)1 << layer % WORD;
    uint64_t *word = &c->local_layers[layer / WORD];
    *word = local ? *word | bit : *word & ~bit;
}

/* Whether layers [0, n) are those that one global layer in `every` makes. */
static bool is_regular(const struct ft_hf_config *c, size_t n, int64_t every)
{
    for (size_t i = 0; i < n; i++)
        if (ft_hf_config_local(c, i) != (i % (size_t)every != 0)) return false;
    return true;
}

/* All layers that there can be, so that a change of their number leaves them right. */
static void set_regular(struct ft_hf_config *c)
{
    for (size_t i = 0; i < FT_HF_LAYERS_MAX; i++)
        set_local(c, i, i % (size_t)c->global_every != 0);
}

void ft_hf_layers_default(struct ft_hf_config *c)
{
    memset(c->local_layers, 0, sizeof c->local_layers);
    if (key_of(c, FT_HF_FIELD_GLOBAL_EVERY)) set_regular(c);
}

static enum ft_status read_types(struct ft_hf_config *c, const cJSON *list, struct ft_err *err)
{
    int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
    if (n != c->layers)
        return ft_fail(err, FT_FORMAT, "%s: " LAYER_TYPES ": expected a list of %lld layers",
                       c->name, (long long)c->layers);
    const cJSON *e;
    size_t i = 0;
    cJSON_ArrayForEach(e, list)
    {
        const char *type = cJSON_IsString(e) ? e->valuestring : "";
        bool local = !strcmp(type, LOCAL_TYPE);
        if (!local && strcmp(type, GLOBAL_TYPE) != 0)
            return ft_fail(err, FT_UNSUPPORTED,
                           "%s: " LAYER_TYPES ": layer %zu is \"%s\", expected " GLOBAL_TYPE
                           " or " LOCAL_TYPE,
                           c->name, i, type);
        set_local(c, i++, local);
    }
    for (int64_t every = 1; every <= c->layers; every++) {
        if (!is_regular(c, i, every)) continue;
        c->global_every = every;
        set_regular(c);
        break;
    }
    return FT_OK;
}

/* {"rope_type": "default", "rope_theta": 10000}, of one kind of layers. */
static enum ft_status read_rope(struct ft_hf_config *c, const cJSON *rope, const char *kind,
                                double *theta, struct ft_err *err)
{
    const cJSON *e;
    if (!rope || cJSON_IsNull(rope)) return FT_OK;
    if (!cJSON_IsObject(rope))
        return ft_fail(err, FT_FORMAT, "%s: " ROPE_PARAMETERS ": %s: expected an object", c->name,
                       kind);
    cJSON_ArrayForEach(e, rope)
    {
        bool type = !strcmp(e->string, "rope_type") || !strcmp(e->string, "type");
        if (type && cJSON_IsString(e) && !strcmp(e->valuestring, "default")) continue;
        if (!strcmp(e->string, "rope_theta")) continue;
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: " ROPE_PARAMETERS ": %s: %s%s%s is not supported; only rope_theta and "
                       "rope_type default are",
                       c->name, kind, e->string, cJSON_IsString(e) ? " " : "",
                       cJSON_IsString(e) ? e->valuestring : "");
    }
    return ft_json_f64(rope, "rope_theta", FT_HF_THETA_MIN, FT_HF_THETA_MAX, theta, c->name, err);
}

static enum ft_status read_ropes(struct ft_hf_config *c, const cJSON *ropes, struct ft_err *err)
{
    const cJSON *e;
    if (!cJSON_IsObject(ropes))
        return ft_fail(err, FT_FORMAT, "%s: " ROPE_PARAMETERS ": expected an object", c->name);
    cJSON_ArrayForEach(e, ropes)
    {
        if (strcmp(e->string, GLOBAL_TYPE) != 0 && strcmp(e->string, LOCAL_TYPE) != 0)
            return ft_fail(err, FT_UNSUPPORTED,
                           "%s: " ROPE_PARAMETERS ": %s, expected " GLOBAL_TYPE " or " LOCAL_TYPE,
                           c->name, e->string);
    }
    enum ft_status st =
        read_rope(c, ft_json_get(ropes, GLOBAL_TYPE), GLOBAL_TYPE, &c->rope_theta, err);
    return st ? st
              : read_rope(c, ft_json_get(ropes, LOCAL_TYPE), LOCAL_TYPE, &c->rope_theta_local, err);
}

enum ft_status ft_hf_layers_read(struct ft_hf_config *c, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    ft_hf_layers_default(c);
    if (!key_of(c, FT_HF_FIELD_GLOBAL_EVERY)) return FT_OK;
    /* null: as in the other layers */
    const cJSON *local = ft_json_get(c->tree, key_of(c, FT_HF_FIELD_ROPE_THETA_LOCAL));
    if (local && cJSON_IsNull(local)) c->rope_theta_local = c->rope_theta;
    const cJSON *types = ft_json_get(c->tree, LAYER_TYPES);
    const cJSON *ropes = ft_json_get(c->tree, ROPE_PARAMETERS);
    if (types && !cJSON_IsNull(types)) st = read_types(c, types, err);
    if (!st && ropes && !cJSON_IsNull(ropes)) st = read_ropes(c, ropes, err);
    return st;
}

void ft_hf_config_keep_layers(struct ft_hf_config *c, const bool *kept)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)c->layers; i++)
        if (kept[i]) set_local(c, n++, ft_hf_config_local(c, i));
    c->layers = (int64_t)n;
    if (!key_of(c, FT_HF_FIELD_GLOBAL_EVERY)) return;
    for (int64_t every = 1; every <= c->layers; every++) {
        if (!is_regular(c, n, every)) continue;
        c->global_every = every;
        set_regular(c);
        return;
    }
}

void ft_hf_layers_sync(struct ft_hf_config *c)
{
    const char *every = key_of(c, FT_HF_FIELD_GLOBAL_EVERY);
    if (!every) return;
    bool regular = is_regular(c, (size_t)c->layers, c->global_every);
    bool listed = ft_json_get(c->tree, LAYER_TYPES) != NULL;
    cJSON_DeleteItemFromObjectCaseSensitive(c->tree, LAYER_TYPES);
    if (!regular) cJSON_DeleteItemFromObjectCaseSensitive(c->tree, every);
    if (regular && !listed) return;
    cJSON *list = cJSON_AddArrayToObject(c->tree, LAYER_TYPES);
    for (size_t i = 0; i < (size_t)c->layers; i++)
        cJSON_AddItemToArray(
            list, cJSON_CreateString(ft_hf_config_local(c, i) ? LOCAL_TYPE : GLOBAL_TYPE));
}

bool ft_hf_layers_has(const struct ft_hf_config *c, const struct ft_hf_field *f)
{
    const char *every = key_of(c, FT_HF_FIELD_GLOBAL_EVERY), *by = NULL;
    if (!every) return false;
    if (f->key == every) by = LAYER_TYPES;
    if (f->key == key_of(c, FT_HF_FIELD_ROPE_THETA) ||
        f->key == key_of(c, FT_HF_FIELD_ROPE_THETA_LOCAL))
        by = ROPE_PARAMETERS;
    return by && ft_json_get(c->tree, by) && !cJSON_IsNull(ft_json_get(c->tree, by));
}
