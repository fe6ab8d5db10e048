/* Reading and checking config.json: see hf_config.h. One table of fields (hf_fields.c) gives for
 * every number its keys, range and the family's default; a second table here, what is refused.
 * Writing is in hf_config_write.c. */
#include "data/hf_config.h"
#include "data/hf_config_in.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_BYTES_MAX ((size_t)16 << 20)
enum { LABELS_MAX = 100000 };

static const struct {
    const char *name;
    enum ft_hf_act act;
} acts[] = {/* the first of each kind is the name that is written */
            {"gelu", FT_HF_ACT_GELU},
            {"gelu_new", FT_HF_ACT_GELU_TANH},
            {"relu", FT_HF_ACT_RELU},
            {"tanh", FT_HF_ACT_TANH},
            {"silu", FT_HF_ACT_SILU},
            {"gelu_python", FT_HF_ACT_GELU},
            {"gelu_pytorch_tanh", FT_HF_ACT_GELU_TANH},
            {"gelu_python_tanh", FT_HF_ACT_GELU_TANH},
            {"gelu_fast", FT_HF_ACT_GELU_TANH},
            {"gelu_accurate", FT_HF_ACT_GELU_TANH},
            {"swish", FT_HF_ACT_SILU}};
enum { ACTS = sizeof acts / sizeof *acts };

const char *ft_hf_act_name(enum ft_hf_act act)
{
    size_t i = 0;
    while (acts[i].act != act)
        i++;
    return acts[i].name;
}

/* Fields that would change the result in an unsupported way. `want`: the supported value;
 * a missing or null field always is. */
enum want {
    WANT_FALSE,
    WANT_ABSOLUTE,
    WANT_EMPTY,
    WANT_NOTHING,
    WANT_ONE,
    WANT_HEAD_DIM,
    WANT_ZERO
};
static const struct {
    const char *key;
    bool encoders; /* in these only: a decoder's file may say it */
    enum want want;
    const char *why;
} refused[] = {
    {"position_embedding_type", true, WANT_ABSOLUTE,
     "only absolute position embeddings are supported"},
    {"is_decoder", true, WANT_FALSE, "only encoder models of this family are supported"},
    {"add_cross_attention", false, WANT_FALSE, "cross-attention is not supported"},
    {"is_encoder_decoder", false, WANT_FALSE, "encoder-decoder models are not supported"},
    {"num_hidden_groups", false, WANT_ONE, "only one group of layers is supported"},
    {"inner_group_num", false, WANT_ONE, "only one layer per group is supported"},
    {"rope_scaling", false, WANT_NOTHING, "scaled rotary positions are not supported"},
    {"head_dim", false, WANT_HEAD_DIM,
     "heads of another size than hidden_size / heads are not supported"},
    {"conv_kernel_size", true, WANT_ZERO, "a convolution behind the first layer is not supported"},
    {"pruned_heads", false, WANT_EMPTY, "pruned heads are not supported"},
    {"quantization_config", false, WANT_NOTHING,
     "quantised weights are not supported; use the original model"},
};

static enum ft_status check_refused(const struct ft_hf_config *c, struct ft_err *err)
{
    bool decoder = ft_hf_family(c->family)->lm == FT_HEAD_CLM;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const cJSON *v = ft_json_get(c->tree, refused[i].key);
        if ((refused[i].encoders && decoder) || !v || cJSON_IsNull(v)) continue;
        bool flag = false, ok = false;
        const char *text = "";
        enum ft_status st = FT_OK;
        switch (refused[i].want) {
        case WANT_FALSE:
            st = ft_json_bool(c->tree, refused[i].key, &flag, c->name, err);
            ok = !flag;
            break;
        case WANT_ABSOLUTE:
            st = ft_json_str(c->tree, refused[i].key, &text, c->name, err);
            ok = !strcmp(text, "absolute");
            break;
        case WANT_EMPTY:
            ok = !v->child;
            break;
        case WANT_NOTHING:
            break;
        case WANT_ONE:
            ok = cJSON_IsNumber(v) && v->valueint == 1;
            break;
        case WANT_HEAD_DIM:
            ok = cJSON_IsNumber(v) && v->valueint == c->hidden_size / c->heads;
            break;
        case WANT_ZERO:
            ok = cJSON_IsNumber(v) && v->valuedouble <= 0;
            break;
        }
        if (st) return st;
        if (!ok)
            return ft_fail(err, FT_UNSUPPORTED, "%s: %s%s%s%s: %s", c->name, refused[i].key,
                           *text ? " \"" : "", text, *text ? "\"" : "", refused[i].why);
    }
    return FT_OK;
}

/* transformers takes the last of two equal keys, cJSON the first: such a file is refused. */
static enum ft_status check_unique(const cJSON *obj, const char *name, struct ft_err *err)
{
    struct ft_strmap seen = {0};
    enum ft_status st = FT_OK;
    const cJSON *e;
    cJSON_ArrayForEach(e, obj)
    {
        size_t n = strlen(e->string);
        if (ft_strmap_get(&seen, e->string, n)) {
            st = ft_fail(err, FT_FORMAT, "%s: duplicate key %s; remove one", name, e->string);
            break;
        }
        ft_strmap_put(&seen, e->string, n, 0);
    }
    ft_strmap_release(&seen);
    return st;
}

/* A field under its key or, as transformers allows, under its general name; both must not differ.
 */
static enum ft_status key_of(const struct ft_hf_config *c, const struct ft_hf_field *f,
                             const char **key, struct ft_err *err)
{
    const cJSON *own = ft_json_get(c->tree, f->key);
    const cJSON *alt = f->alt ? ft_json_get(c->tree, f->alt) : NULL;
    if (own && cJSON_IsNull(own)) own = NULL;
    if (alt && cJSON_IsNull(alt)) alt = NULL;
    if (own && alt && !cJSON_Compare(own, alt, 1))
        return ft_fail(err, FT_FORMAT, "%s: %s and %s are the same setting but differ; remove one",
                       c->name, f->key, f->alt);
    *key = alt && !own ? f->alt : f->key;
    return FT_OK;
}

static enum ft_status read_field(struct ft_hf_config *c, const struct ft_hf_field *f,
                                 struct ft_err *err)
{
    const char *key = f->key;
    enum ft_status st = key_of(c, f, &key, err);
    if (st) return st;
    const cJSON *v = ft_json_get(c->tree, key);
    void *at = ft_hf_field_at(c, f);
    int64_t min = (int64_t)f->min, max = (int64_t)f->max;
    switch (f->kind) {
    case FT_HF_KIND_ID:
        if (v && cJSON_IsNull(v)) {
            *(int64_t *)at = -1; /* null is a value here: no such token */
            return FT_OK;
        }
        if (cJSON_IsArray(v)) { /* several end tokens: the first */
            cJSON first = {0};
            cJSON *e = cJSON_Duplicate(v->child, 1);
            if (e) cJSON_AddItemToObject(&first, key, e);
            first.type = cJSON_Object;
            st = ft_json_i64(&first, key, min, max, at, c->name, err);
            cJSON_Delete(first.child);
            return st;
        }
        return ft_json_i64(c->tree, key, min, max, at, c->name, err);
    case FT_HF_KIND_INT:
        return ft_json_i64(c->tree, key, min, max, at, c->name, err);
    case FT_HF_KIND_REAL:
        return ft_json_f64(c->tree, key, f->min, f->max, at, c->name, err);
    case FT_HF_KIND_BOOL:
        return ft_json_bool(c->tree, key, at, c->name, err);
    }
    return FT_OK;
}

static enum ft_status read_act(const struct ft_hf_config *c, const char *key, enum ft_hf_act *act,
                               struct ft_err *err)
{
    const char *name = NULL;
    enum ft_status st = key ? ft_json_str(c->tree, key, &name, c->name, err) : FT_OK;
    if (st || !name) return st;
    for (size_t i = 0; i < ACTS; i++) {
        if (!strcmp(acts[i].name, name)) {
            *act = acts[i].act;
            return FT_OK;
        }
    }
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: %s \"%s\" is not supported; expected gelu, gelu_new, gelu_pytorch_tanh, "
                   "relu, tanh, silu or another name of these",
                   c->name, key, name);
}

static enum ft_status read_pooling(struct ft_hf_config *c, struct ft_err *err)
{
    const char *key = ft_hf_family(c->family)->pooling_key, *name = NULL;
    enum ft_status st = key ? ft_json_str(c->tree, key, &name, c->name, err) : FT_OK;
    if (st || !name) return st;
    c->pool_mean = !strcmp(name, "mean");
    if (c->pool_mean || !strcmp(name, "cls")) return FT_OK;
    return ft_fail(err, FT_UNSUPPORTED, "%s: %s \"%s\" is not supported; expected cls or mean",
                   c->name, key, name);
}

/* The settings that are words. */
static enum ft_status read_words(struct ft_hf_config *c, struct ft_err *err)
{
    const struct ft_hf_family *f = ft_hf_family(c->family);
    enum ft_status st = read_act(c, f->act_key, &c->act, err);
    if (!st) st = read_act(c, f->head_act_key, &c->head_act, err);
    return st ? st : read_pooling(c, err);
}

/* The labels' names: copied, distinct. */
static enum ft_status take_labels(struct ft_hf_config *c, const cJSON *map, struct ft_err *err)
{
    struct ft_strmap seen = {0};
    enum ft_status st = FT_OK;
    const cJSON *e;
    cJSON_ArrayForEach(e, map)
    {
        long long id = -1;
        char number[40];
        const char *name = e->valuestring;
        if (!ft_parse_i64(e->string, &id) || id < 0 || (size_t)id >= c->label_count) {
            st = ft_fail(err, FT_FORMAT, "%s: id2label: key \"%s\", expected 0 to %zu without gaps",
                         c->name, e->string, c->label_count - 1);
            break;
        }
        if (cJSON_IsNumber(e)) {
            snprintf(number, sizeof number, "%.15g", e->valuedouble);
            name = number;
        } else if (!cJSON_IsString(e)) {
            st = ft_fail(err, FT_FORMAT, "%s: id2label: %s is not a string", c->name, e->string);
            break;
        }
        if (c->labels[id]) {
            st = ft_fail(err, FT_FORMAT, "%s: id2label: duplicate id %lld", c->name, id);
            break;
        }
        c->labels[id] = ft_xstrdup(name);
        size_t n = strlen(name);
        const size_t *other = ft_strmap_get(&seen, name, n);
        if (other) {
            st = ft_fail(err, FT_FORMAT,
                         "%s: id2label: duplicate label \"%s\" (%zu and %lld); rename one", c->name,
                         name, *other, id);
            break;
        }
        ft_strmap_put(&seen, c->labels[id], n, (size_t)id);
    }
    ft_strmap_release(&seen);
    return st;
}

static enum ft_status read_labels(struct ft_hf_config *c, struct ft_err *err)
{
    const cJSON *map = ft_json_get(c->tree, "id2label");
    if (map && !cJSON_IsNull(map) && !cJSON_IsObject(map))
        return ft_fail(err, FT_FORMAT, "%s: id2label: expected {\"0\": name, ..}", c->name);
    int64_t count = 2;
    enum ft_status st = ft_json_i64(c->tree, "num_labels", 1, LABELS_MAX, &count, c->name, err);
    if (st) return st;
    c->labels_given = map && map->child;
    if (c->labels_given) {
        count = cJSON_GetArraySize(map);
        if (count > LABELS_MAX)
            return ft_fail(err, FT_FORMAT, "%s: id2label: %lld labels, expected at most %d",
                           c->name, (long long)count, LABELS_MAX);
    }
    c->label_count = (size_t)count;
    c->labels = ft_xcalloc(c->label_count, sizeof *c->labels);
    if (c->labels_given) return take_labels(c, map, err);
    for (size_t i = 0; i < c->label_count; i++)
        c->labels[i] = ft_xprintf("LABEL_%zu", i);
    return FT_OK;
}

static enum ft_status read_problem(struct ft_hf_config *c, struct ft_err *err)
{
    const char *name = NULL;
    enum ft_status st = ft_json_str(c->tree, "problem_type", &name, c->name, err);
    if (st || !name) return st;
    c->problem = (enum ft_problem_type)ft_problem_type_parse(name);
    if (!c->problem)
        return ft_fail(
            err, FT_FORMAT,
            "%s: problem_type \"%s\", expected regression, single_label_classification or "
            "multi_label_classification",
            c->name, name);
    return FT_OK;
}

/* {label: probability}; a label that is missing keeps 0.5. */
static enum ft_status read_thresholds(struct ft_hf_config *c, struct ft_err *err)
{
    const cJSON *map = ft_json_get(c->tree, "label_thresholds"), *e;
    if (!map || cJSON_IsNull(map) || c->problem != FT_PROBLEM_TYPE_MULTI_LABEL) return FT_OK;
    if (!cJSON_IsObject(map))
        return ft_fail(err, FT_FORMAT, "%s: label_thresholds: expected {label: probability, ..}",
                       c->name);
    c->thresholds = ft_xcalloc(c->label_count + 1, sizeof *c->thresholds);
    for (size_t i = 0; i < c->label_count; i++)
        c->thresholds[i] = 0.5;
    struct ft_strmap ids = {0};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < c->label_count; i++)
        ft_strmap_put(&ids, c->labels[i], strlen(c->labels[i]), i);
    cJSON_ArrayForEach(e, map)
    {
        const size_t *id = ft_strmap_get(&ids, e->string, strlen(e->string));
        double p = cJSON_IsNumber(e) ? e->valuedouble : -1;
        if (!id)
            st = ft_fail(err, FT_FORMAT, "%s: label_thresholds: \"%s\" is not in id2label", c->name,
                         e->string);
        else if (!(p >= 0 && p <= 1))
            st = ft_fail(err, FT_FORMAT,
                         "%s: label_thresholds: the threshold of \"%s\" is not a probability (0 to "
                         "1)",
                         c->name, e->string);
        if (st) break;
        c->thresholds[*id] = p;
    }
    ft_strmap_release(&ids);
    return st;
}

/* The family by model_type or, in old files without it, by the name of the class. */
static enum ft_status read_family(struct ft_hf_config *c, struct ft_err *err)
{
    const char *type = NULL, *class_name = ft_hf_config_architecture(c);
    enum ft_status st = ft_json_str(c->tree, "model_type", &type, c->name, err);
    if (st) return st;
    int family = type ? ft_family_parse(type) : ft_hf_class_family(class_name);
    if (family >= 0) {
        c->family = (enum ft_family)family;
        return FT_OK;
    }
    struct ft_str known = {0};
    ft_family_words(&known, FT_FAMILY_ALL, "or");
    st = type ? ft_fail(err, FT_UNSUPPORTED, "%s: model_type \"%s\" is not supported; expected %s",
                        c->name, type, ft_str_text(&known))
              : ft_fail(err, FT_FORMAT,
                        "%s: has no model_type, and it cannot be inferred from architectures "
                        "(\"%s\"); expected model_type %s: is this a model's config.json?",
                        c->name, class_name, ft_str_text(&known));
    ft_str_release(&known);
    return st;
}

/* The ids that end a text: a number, a list of them, or null, in a file called `name`. */
static enum ft_status add_ends(struct ft_hf_config *c, const cJSON *tree, const char *name,
                               struct ft_err *err)
{
    const cJSON *v = ft_json_get(tree, "eos_token_id");
    if (!v) return FT_OK;
    c->end_given = true;
    if (cJSON_IsNull(v)) return FT_OK;
    bool list = cJSON_IsArray(v);
    for (const cJSON *e = list ? v->child : v; e; e = list ? e->next : NULL) {
        double id = cJSON_IsNumber(e) ? e->valuedouble : -2;
        if (!(id >= -1 && id <= INT32_MAX) || id < (double)(int64_t)id || id > (double)(int64_t)id)
            return ft_fail(err, FT_FORMAT,
                           "%s: eos_token_id: expected a token's id or a list of them", name);
        bool known = id < 0;
        for (size_t i = 0; i < c->end_n; i++)
            known = known || c->end_ids[i] == (int64_t)id;
        if (known) continue;
        if (c->end_n == FT_HF_END_IDS_MAX)
            return ft_fail(err, FT_UNSUPPORTED, "%s: eos_token_id: expected at most %d ids", name,
                           FT_HF_END_IDS_MAX);
        c->end_ids[c->end_n++] = (int64_t)id;
    }
    return FT_OK;
}

enum ft_status ft_hf_config_add_generation(struct ft_hf_config *c, const char *dir,
                                           struct ft_err *err)
{
    char *path = ft_path_join(dir, "generation_config.json");
    cJSON *tree = NULL;
    enum ft_status st = FT_OK;
    if (ft_path_is_file(path)) {
        st = ft_json_read(path, CONFIG_BYTES_MAX, &tree, err);
        if (!st && !cJSON_IsObject(tree))
            st = ft_fail(err, FT_FORMAT, "%s: must be a JSON object", path);
        if (!st) st = add_ends(c, tree, path, err);
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}

/* c->tree and c->name are set. */
static enum ft_status read_tree(struct ft_hf_config *c, struct ft_err *err)
{
    enum ft_status st;
    if (!cJSON_IsObject(c->tree))
        return ft_fail(err, FT_FORMAT, "%s: is not a JSON object; is this a model's config.json?",
                       c->name);
    if ((st = check_unique(c->tree, c->name, err)) || (st = read_family(c, err))) return st;
    ft_hf_fields_default(c);
    c->head = ft_hf_class_head(ft_hf_config_architecture(c));
    if (c->head == FT_HEAD_CLM)
        c->head = ft_hf_family(c->family)->lm; /* BertLMHeadModel is an MLM */
    for (int i = 0; i < FT_HF_FIELD_COUNT; i++) {
        struct ft_hf_field f;
        if (ft_hf_field_get(c->family, (enum ft_hf_field_id)i, &f) && (st = read_field(c, &f, err)))
            return st;
    }
    ft_hf_fields_resolve(c);
    if ((st = ft_hf_layers_read(c, err)) || (st = add_ends(c, c->tree, c->name, err)) ||
        (st = read_words(c, err)) || (st = ft_hf_disentangled_read(c, err)) ||
        (st = check_refused(c, err)) || (st = read_labels(c, err)) || (st = read_problem(c, err)) ||
        (st = read_thresholds(c, err)))
        return st;
    return ft_hf_config_check(c, err);
}

enum ft_status ft_hf_config_parse(struct ft_hf_config *c, const char *text, size_t n,
                                  const char *name, struct ft_err *err)
{
    memset(c, 0, sizeof *c);
    size_t good = ft_utf8_prefix(text, n);
    if (good < n)
        return ft_fail(err, FT_FORMAT, "%s: byte %zu: is not UTF-8; save the file as UTF-8", name,
                       good);
    enum ft_status st = ft_json_parse(text, n, name, &c->tree, err);
    if (st) return st;
    c->name = ft_xstrdup(name);
    st = read_tree(c, err);
    if (st) ft_hf_config_release(c);
    return st;
}

enum ft_status ft_hf_config_load(struct ft_hf_config *c, const char *path, struct ft_err *err)
{
    char *text;
    size_t n;
    memset(c, 0, sizeof *c);
    enum ft_status st = ft_file_read(path, CONFIG_BYTES_MAX, &text, &n, err);
    if (st) return st;
    st = ft_hf_config_parse(c, text, n, path, err);
    free(text);
    return st;
}

void ft_hf_config_init(struct ft_hf_config *c, enum ft_family family)
{
    memset(c, 0, sizeof *c);
    c->family = family;
    c->tree = cJSON_CreateObject();
    c->name = ft_xstrdup("config.json");
    ft_hf_fields_default(c);
    ft_hf_fields_resolve(c);
    ft_hf_layers_default(c);
    c->label_count = 2;
    c->labels = ft_xcalloc(2, sizeof *c->labels);
    c->labels[0] = ft_xstrdup("LABEL_0");
    c->labels[1] = ft_xstrdup("LABEL_1");
}

void ft_hf_config_release(struct ft_hf_config *c)
{
    if (c->labels) ft_names_free(c->labels, c->label_count);
    free(c->thresholds);
    cJSON_Delete(c->tree);
    free(c->name);
    memset(c, 0, sizeof *c);
}

enum ft_status ft_hf_config_check(const struct ft_hf_config *c, struct ft_err *err)
{
    enum ft_status st = ft_hf_fields_check(c, err);
    if (st) return st;
    if (c->hidden_size % c->heads)
        return ft_fail(err, FT_FORMAT,
                       "%s: hidden size %lld is not a multiple of the number of heads, %lld",
                       c->name, (long long)c->hidden_size, (long long)c->heads);
    if (c->rope_theta > 0 && c->hidden_size / c->heads % 2)
        return ft_fail(err, FT_FORMAT,
                       "%s: hidden size %lld with %lld heads: a head has %lld columns; rotary "
                       "positions need an even number",
                       c->name, (long long)c->hidden_size, (long long)c->heads,
                       (long long)(c->hidden_size / c->heads));
    if (c->pad_token_id >= c->vocab_size)
        return ft_fail(err, FT_FORMAT, "%s: pad_token_id is %lld, expected below vocab_size %lld",
                       c->name, (long long)c->pad_token_id, (long long)c->vocab_size);
    if (c->problem == FT_PROBLEM_TYPE_SINGLE_LABEL && c->label_count == 1)
        return ft_fail(
            err, FT_FORMAT,
            "%s: problem_type single_label_classification needs two labels or more, found 1",
            c->name);
    return FT_OK;
}

const char *ft_hf_config_architecture(const struct ft_hf_config *c)
{
    const cJSON *list = ft_json_get(c->tree, "architectures");
    const cJSON *first = cJSON_IsArray(list) ? list->child : NULL;
    return cJSON_IsString(first) ? first->valuestring : "";
}

enum ft_status ft_hf_config_check_vocab(int64_t tokens, int64_t max_id, int64_t rows,
                                        const char *name, struct ft_err *err)
{
    if (max_id < rows) return FT_OK;
    return ft_fail(
        err, FT_FORMAT,
        "%s: the tokenizer has %lld tokens with ids up to %lld, but the embedding has %lld "
        "rows (ids up to %lld); the tokenizer belongs to another model: copy the right one",
        name, (long long)tokens, (long long)max_id, (long long)rows, (long long)rows - 1);
}
