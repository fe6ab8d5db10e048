/* See hub_select.h. */
#include "data/hub_select.h"

#include "data/safetensors.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

enum { MODULES_MAX = 64, SHARDS_MAX = 1000 };

/* Of a model's folder. */
static const char *const model_files[] = {FT_HUB_CONFIG,      "generation_config.json",
                                          "tokenizer.json",   "tokenizer_config.json",
                                          "vocab.txt",        "vocab.json",
                                          "merges.txt",       "special_tokens_map.json",
                                          "added_tokens.json"};
/* Of sentence-transformers, beside modules.json. */
static const char *const sentence_files[] = {
    FT_HUB_MODULES, "config_sentence_transformers.json", "sentence_bert_config.json",
    "sentence_roberta_config.json", "sentence_distilbert_config.json"};
/* The first that is there. */
static const char *const weight_files[] = {FT_ST_FILE, FT_ST_INDEX, FT_PT_FILE, FT_PT_INDEX};

enum {
    MODEL_FILES = sizeof model_files / sizeof *model_files,
    SENTENCE_FILES = sizeof sentence_files / sizeof *sentence_files,
    WEIGHT_FILES = sizeof weight_files / sizeof *weight_files
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t ft_hub_select_find(const struct ft_hub_info *info, const char *name)
{
    char **at = info->n ? bsearch(&name, info->names, info->n, sizeof *info->names, by_text) : NULL;
    return at ? (size_t)(at - info->names) : info->n;
}

static bool ends_in(const char *name, const char *ending)
{
    return ft_ends_with(name, strlen(name), ending);
}

bool ft_hub_is_index(const char *name)
{
    const char *base = strrchr(name, '/');
    base = base ? base + 1 : name;
    return !strcmp(base, FT_ST_INDEX) || !strcmp(base, FT_PT_INDEX);
}

bool ft_hub_is_weights(const char *name)
{
    return ends_in(name, ".safetensors") || ends_in(name, ".bin");
}

/* Wants DIR/NAME, DIR "" for the top; false: it is not there. */
static bool want(const struct ft_hub_info *info, bool *wanted, const char *dir, const char *name)
{
    char *path = *dir ? ft_xprintf("%s/%s", dir, name) : ft_xstrdup(name);
    size_t i = ft_hub_select_find(info, path);
    free(path);
    if (i == info->n) return false;
    wanted[i] = true;
    return true;
}

static void want_weights(const struct ft_hub_info *info, bool *wanted, const char *dir)
{
    for (int i = 0; i < WEIGHT_FILES; i++)
        if (want(info, wanted, dir, weight_files[i])) return;
}

static void want_model(const struct ft_hub_info *info, bool *wanted, const char *dir)
{
    for (int i = 0; i < MODEL_FILES; i++)
        want(info, wanted, dir, model_files[i]);
    for (int i = 0; i < SENTENCE_FILES; i++)
        want(info, wanted, dir, sentence_files[i]);
    want_weights(info, wanted, dir);
}

bool *ft_hub_select(const struct ft_hub_info *info)
{
    bool *wanted = ft_xcalloc(info->n + 1, sizeof *wanted);
    want_model(info, wanted, "");
    return wanted;
}

enum ft_status ft_hub_select_modules(const struct ft_hub_info *info, bool *wanted, const char *text,
                                     size_t n, struct ft_err *err)
{
    cJSON *tree = NULL;
    const cJSON *e;
    int seen = 0;
    enum ft_status st = ft_json_parse(text, n, FT_HUB_MODULES, &tree, err);
    if (st) return st;
    if (!cJSON_IsArray(tree))
        st = ft_fail(err, FT_FORMAT, "%s: expected a list of modules", FT_HUB_MODULES);
    const cJSON *modules = st ? NULL : tree;
    cJSON_ArrayForEach(e, modules)
    {
        const cJSON *type = ft_json_get(e, "type"), *path = ft_json_get(e, "path");
        if (++seen > MODULES_MAX) {
            st = ft_fail(err, FT_FORMAT, "%s: more than %d modules", FT_HUB_MODULES, MODULES_MAX);
            break;
        }
        if (!cJSON_IsString(type) || !cJSON_IsString(path) || !*path->valuestring) continue;
        if (!ft_hub_name_is_safe(path->valuestring)) {
            st = ft_fail(err, FT_FORMAT, "%s: module %d: path is not a folder's name",
                         FT_HUB_MODULES, seen);
            break;
        }
        if (ends_in(type->valuestring, ".Transformer")) {
            want_model(info, wanted, path->valuestring);
        } else if (want(info, wanted, path->valuestring, FT_HUB_CONFIG)) {
            want_weights(info, wanted, path->valuestring);
        }
    }
    cJSON_Delete(tree);
    return st;
}

enum ft_status ft_hub_select_shards(const struct ft_hub_info *info, bool *wanted, size_t index,
                                    const char *text, size_t n, struct ft_err *err)
{
    const char *name = info->names[index], *cut = strrchr(name, '/'),
               *ending = ends_in(name, FT_ST_INDEX) ? ".safetensors" : ".bin";
    char *dir = cut ? ft_xstrndup(name, (size_t)(cut - name)) : ft_xstrdup("");
    cJSON *tree = NULL;
    const cJSON *e, *last = NULL;
    size_t shards = 0;
    enum ft_status st = ft_json_parse(text, n, name, &tree, err);
    const cJSON *map = st ? NULL : ft_json_get(tree, "weight_map");
    if (!st && !cJSON_IsObject(map)) {
        map = NULL;
        st = ft_fail(err, FT_FORMAT, "%s: weight_map: expected {tensor: file, ..}", name);
    }
    cJSON_ArrayForEach(e, map)
    {
        const char *file = cJSON_IsString(e) ? e->valuestring : "";
        if (last && !strcmp(last->valuestring, file)) continue;
        if (!ft_hub_name_is_safe(file) || strchr(file, '/') || !ends_in(file, ending)) {
            st = ft_fail(err, FT_FORMAT, "%s: weight_map: %.80s: expected the name of a %s file",
                         name, file, ending);
            break;
        }
        if (!want(info, wanted, dir, file)) {
            st = ft_fail(err, FT_FORMAT,
                         "%s: weight_map names %.80s, which the model does not have", name, file);
            break;
        }
        last = e;
    }
    for (size_t i = 0; i < info->n; i++)
        shards += wanted[i];
    if (!st && shards > SHARDS_MAX)
        st = ft_fail(err, FT_FORMAT, "%s: weight_map names more than %d files", name, SHARDS_MAX);
    cJSON_Delete(tree);
    free(dir);
    return st;
}

/* What the list has instead of weights that are read. */
static const char *others(const struct ft_hub_info *info)
{
    static const char *const kinds[][2] = {{".gguf", "GGUF"},
                                           {".onnx", "ONNX"},
                                           {"tf_model.h5", "TensorFlow"},
                                           {"flax_model.msgpack", "Flax"},
                                           {"adapter_model.safetensors", "adapter"},
                                           {"adapter_model.bin", "adapter"},
                                           {".ckpt", "checkpoint"},
                                           {".pt", "checkpoint"}};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < info->n; i++)
            if (ends_in(info->names[i], kinds[k][0])) return kinds[k][1];
    return NULL;
}

enum ft_status ft_hub_select_check(const struct ft_hub_info *info, const bool *wanted,
                                   const char *id, struct ft_err *err)
{
    bool config = false, weights = false;
    for (size_t i = 0; i < info->n; i++) {
        if (!wanted[i]) continue;
        config = config || ends_in(info->names[i], FT_HUB_CONFIG);
        weights = weights || ft_hub_is_weights(info->names[i]) || ft_hub_is_index(info->names[i]);
    }
    const char *other = others(info);
    if (!weights)
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: has no %s and no %s%s%s%s; choose a model with PyTorch weights", id,
                       FT_ST_FILE, FT_PT_FILE, other ? ", only " : "", other ? other : "",
                       other ? " weights" : "");
    if (!config)
        return ft_fail(err, FT_UNSUPPORTED, "%s: has no %s; choose a model in Hugging Face layout",
                       id, FT_HUB_CONFIG);
    return FT_OK;
}
