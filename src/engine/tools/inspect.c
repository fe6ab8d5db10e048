/* What a name stands for, and the run's description; data and models are in inspect_data.c and
 * inspect_model.c. */
#include "engine/tools/inspect_in.h"

#include "data/hub.h"
#include "data/xlsx.h"
#include "data/safetensors.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has(const char *dir, const char *name, bool (*what)(const char *path))
{
    char *path = ft_path_join(dir, name);
    bool is = what(path);
    free(path);
    return is;
}

/* By any part of a model, so that a broken one is called that and not a folder of texts. */
static bool looks_like_model(const char *dir)
{
    static const char *const parts[] = {"config.json", "tokenizer.json", "adapter_config.json",
                                        "modules.json"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (has(dir, parts[i], ft_path_exists)) return true;
    struct ft_hub_model found = {0};
    bool below = !ft_hub_resolve(&found, dir, NULL) && found.below;
    ft_hub_model_release(&found);
    return below || ft_st_is_there(dir);
}

/* A file of weights, of a format that is read or of one whose name the reader says. */
static bool looks_like_weights(const char *path)
{
    static const char *const endings[] = {".safetensors", ".bin",  ".pt", ".pth",    ".ckpt",
                                          ".gguf",        ".onnx", ".h5", ".msgpack"};
    size_t n = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t e = strlen(endings[i]);
        if (n > e && !strcasecmp(path + n - e, endings[i])) return true;
    }
    return false;
}

enum ft_status ft_inspect_kind(const char *name, enum ft_inspect_kind *kind, struct ft_err *err)
{
    if (ft_path_is_dir(name)) {
        *kind = has(name, "run.json", ft_path_is_file) ? FT_INSPECT_RUN
                : looks_like_model(name)               ? FT_INSPECT_MODEL
                                                       : FT_INSPECT_DATA;
        return FT_OK;
    }
    char *file; /* a workbook's sheet may stand behind its name */
    ft_xlsx_path(name, &file);
    bool there = ft_path_exists(file);
    free(file);
    if (there) {
        *kind = looks_like_weights(name) ? FT_INSPECT_WEIGHTS : FT_INSPECT_DATA;
        return FT_OK;
    }
    struct ft_hub_model found = {0};
    enum ft_status st = ft_hub_resolve(&found, name, err);
    if (st == FT_NOTFOUND && err)
        ft_fail(err, st, "%s: no such file or model (%s)", name, err->msg);
    ft_hub_model_release(&found);
    *kind = FT_INSPECT_MODEL;
    return st;
}

static void add_text(const cJSON *tree, const char *key, struct ft_str *out)
{
    const cJSON *v = ft_json_get(tree, key);
    if (cJSON_IsString(v))
        ft_str_addf(out, "  %-12s %s\n", key, v->valuestring);
    else if (cJSON_IsNumber(v))
        ft_str_addf(out, "  %-12s %.10g\n", key, v->valuedouble);
}

static enum ft_status inspect_run(const char *dir, bool json, struct ft_str *out,
                                  struct ft_err *err)
{
    char *path = ft_path_join(dir, "run.json");
    cJSON *tree = NULL;
    enum ft_status st = ft_json_read(path, 64u << 20, &tree, err);
    if (!st && !cJSON_IsObject(tree)) st = ft_fail(err, FT_FORMAT, "%s: expected an object", path);
    if (!st && json) {
        cJSON_DeleteItemFromObjectCaseSensitive(tree, "kind");
        cJSON_AddStringToObject(tree, "kind", "run");
        ft_json_compact(out, tree);
        ft_str_addc(out, '\n');
    } else if (!st) {
        static const char *const keys[] = {"state", "task",   "model",   "parameters",
                                           "step",  "epochs", "started", "version"};
        ft_str_addf(out, "%s: a run\n", dir);
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            add_text(tree, keys[i], out);
    }
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_inspect(const char *name, const struct ft_options *o, bool json,
                          struct ft_str *out, struct ft_err *err)
{
    enum ft_inspect_kind kind;
    enum ft_status st = ft_inspect_kind(name, &kind, err);
    if (st) return st;
    switch (kind) {
    case FT_INSPECT_DATA:
        return ft_inspect_data(name, o, json, out, err);
    case FT_INSPECT_MODEL:
        return ft_inspect_model(name, json, out, err);
    case FT_INSPECT_WEIGHTS:
        return ft_inspect_weights(name, json, out, err);
    case FT_INSPECT_RUN:
        return inspect_run(name, json, out, err);
    }
    return FT_OK;
}
