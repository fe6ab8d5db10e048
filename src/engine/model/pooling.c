/* See pooling.h. Names of classes are told by their last part: their modules have moved between the
 * versions of the library. */
#include "engine/model/pooling.h"

#include "util/fs.h"
#include "util/json.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20, SIZE_MAX_OUT = 1 << 16 };

static const struct {
    const char *key, *word;
} modes[FT_POOLING_COUNT] = {
#define X(id, key, word) [FT_POOLING_##id] = {"pooling_mode_" key, word},
    FT_POOLING_LIST(X)
#undef X
};

void ft_pooling_release(struct ft_pooling *p)
{
    for (size_t i = 0; i < p->steps_n; i++)
        free(p->steps[i].dir);
    free(p->dir);
    free(p->prompt);
    *p = (struct ft_pooling){0};
}

bool ft_pooling_normalises(const struct ft_pooling *p)
{
    return p->steps_n && !p->steps[p->steps_n - 1].dir;
}

enum ft_status ft_pooling_size(const struct ft_pooling *p, size_t hidden, size_t *size,
                               struct ft_err *err)
{
    size_t now = hidden * p->modes_n;
    for (size_t i = 0; i < p->steps_n; i++) {
        const struct ft_pooling_step *s = &p->steps[i];
        if (!s->dir) continue;
        if (s->in != now)
            return ft_fail(err, FT_FORMAT, "%s/config.json: in_features is %zu, expected %zu",
                           s->dir, s->in, now);
        now = s->out;
    }
    *size = now;
    return FT_OK;
}

void ft_pooling_text(const struct ft_pooling *p, struct ft_str *out)
{
    for (size_t k = 0; k < p->modes_n; k++)
        ft_str_addf(out, "%s%s", k ? " + " : "", modes[p->modes[k]].word);
    ft_str_addz(out, " pooling");
    for (size_t i = 0; i < p->steps_n; i++) {
        if (p->steps[i].dir)
            ft_str_addf(out, ", dense layer of %zu", p->steps[i].out);
        else
            ft_str_addz(out, ", L2-normalised");
    }
    if (!ft_pooling_normalises(p)) ft_str_addz(out, ", not normalised");
    if (p->lowercase) ft_str_addz(out, ", lower-cased");
}

/* The last part of a class name. */
static const char *class_of(const char *type)
{
    const char *dot = type ? strrchr(type, '.') : NULL;
    return dot ? dot + 1 : type ? type : "";
}

/* A folder of the model's own: no way out of it. */
static bool is_below(const char *path)
{
    if (*path == '/') return false;
    for (const char *at = path; at; at = strchr(at, '/')) {
        at += *at == '/';
        if (!strncmp(at, "..", 2) && (!at[2] || at[2] == '/')) return false;
    }
    return true;
}

/* An optional file: *tree NULL when it is not there. */
static enum ft_status read_file(const char *dir, const char *name, char **path, cJSON **tree,
                                struct ft_err *err)
{
    *path = ft_path_join(dir, name);
    *tree = NULL;
    if (!ft_path_exists(*path)) return FT_OK;
    return ft_json_read(*path, FILE_BYTES_MAX, tree, err);
}

/* ---- the modules ---- */

/* "pooling_mode": a word or a list of them. */
static enum ft_status read_words(struct ft_pooling *p, const cJSON *mode, const char *name,
                                 struct ft_err *err)
{
    const cJSON *item = cJSON_IsArray(mode) ? mode->child : mode;
    for (; item; item = cJSON_IsArray(mode) ? item->next : NULL) {
        const char *word = cJSON_GetStringValue(item);
        size_t k = 0;
        while (k < FT_POOLING_COUNT && (!word || strcmp(word, modes[k].word) != 0))
            k++;
        if (k == FT_POOLING_COUNT || p->modes_n == FT_POOLING_COUNT)
            return ft_fail(err, FT_UNSUPPORTED,
                           "%s: pooling_mode %s is not supported; expected cls, max, mean, "
                           "mean_sqrt_len_tokens, weightedmean or lasttoken",
                           name, word ? word : "of another type");
        p->modes[p->modes_n++] = (enum ft_pooling_mode)k;
    }
    return FT_OK;
}

static enum ft_status read_modes(struct ft_pooling *p, const cJSON *tree, const char *name,
                                 struct ft_err *err)
{
    const cJSON *mode = ft_json_get(tree, "pooling_mode");
    enum ft_status st = FT_OK;
    p->modes_n = 0;
    if (mode) st = read_words(p, mode, name, err);
    for (size_t k = 0; !mode && !st && k < FT_POOLING_COUNT; k++) {
        bool on = false;
        st = ft_json_bool(tree, modes[k].key, &on, name, err);
        if (on) p->modes[p->modes_n++] = (enum ft_pooling_mode)k;
    }
    if (!p->modes_n) p->modes[p->modes_n++] = FT_POOLING_MEAN; /* the library's default */
    return st;
}

static enum ft_status read_pooling(struct ft_pooling *p, const char *dir, struct ft_err *err)
{
    char *path;
    cJSON *tree;
    enum ft_status st = read_file(dir, "config.json", &path, &tree, err);
    if (!st && !tree) st = ft_fail(err, FT_NOTFOUND, "%s: missing; modules.json names it", path);
    if (!st) st = read_modes(p, tree, path, err);
    bool prompt = true;
    if (!st) st = ft_json_bool(tree, "include_prompt", &prompt, path, err);
    if (!st && !prompt && p->prompt)
        st = ft_fail(err, FT_UNSUPPORTED,
                     "%s: include_prompt false is not supported with a default prompt", path);
    cJSON_Delete(tree);
    free(path);
    return st;
}

static enum ft_status read_dense(struct ft_pooling_step *s, struct ft_err *err)
{
    static const char *const acts[] = {
        [FT_POOLING_IDENTITY] = "Identity", [FT_POOLING_TANH] = "Tanh", [FT_POOLING_RELU] = "ReLU"};
    char *path;
    cJSON *tree;
    int64_t in = 0, out = 0;
    const char *act = "Tanh", *of = "sentence_embedding";
    s->bias = true;
    enum ft_status st = read_file(s->dir, "config.json", &path, &tree, err);
    if (!st && !tree) st = ft_fail(err, FT_NOTFOUND, "%s: missing; modules.json names it", path);
    if (!st) st = ft_json_i64(tree, "in_features", 1, SIZE_MAX_OUT, &in, path, err);
    if (!st) st = ft_json_i64(tree, "out_features", 1, SIZE_MAX_OUT, &out, path, err);
    if (!st) st = ft_json_bool(tree, "bias", &s->bias, path, err);
    if (!st) st = ft_json_str(tree, "activation_function", &act, path, err);
    if (!st) st = ft_json_str(tree, "module_input_name", &of, path, err);
    if (!st && strcmp(of, "sentence_embedding") != 0)
        st = ft_fail(err, FT_UNSUPPORTED, "%s: a dense layer on %s is not supported", path, of);
    if (!st && (!in || !out))
        st = ft_fail(err, FT_FORMAT, "%s: expected in_features and out_features", path);
    size_t k = 0, n = sizeof acts / sizeof *acts;
    while (!st && k < n && strcmp(class_of(act), acts[k]) != 0)
        k++;
    if (!st && k == n)
        st = ft_fail(err, FT_UNSUPPORTED,
                     "%s: activation_function %s is not supported, expected Identity, Tanh or ReLU",
                     path, act);
    s->in = (size_t)in;
    s->out = (size_t)out;
    s->act = (enum ft_pooling_act)(k < n ? k : 0);
    cJSON_Delete(tree);
    free(path);
    return st;
}

/* One entry of modules.json; `at` is the number of those before it that count. */
static enum ft_status read_module(struct ft_pooling *p, const cJSON *m, const char *name,
                                  size_t *at, struct ft_err *err)
{
    const char *type = NULL, *path = "";
    enum ft_status st = ft_json_str(m, "type", &type, name, err);
    if (!st) st = ft_json_str(m, "path", &path, name, err);
    if (st) return st;
    const char *class = class_of(type);
    if (!is_below(path))
        return ft_fail(err, FT_FORMAT, "%s: path %s leaves the folder", name, path);
    if (!strcmp(class, "Dropout")) return FT_OK; /* of training only */
    size_t place = (*at)++;
    bool dense = !strcmp(class, "Dense");
    if (place == 0 ? !strcmp(class, "Transformer") : place == 1 && !strcmp(class, "Pooling")) {
        if (!place) return FT_OK;
        char *dir = ft_path_join(p->dir, path);
        st = read_pooling(p, dir, err);
        free(dir);
        return st;
    }
    if (place < 2 || (!dense && strcmp(class, "Normalize") != 0) ||
        p->steps_n == FT_POOLING_STEPS_MAX)
        return ft_fail(err, FT_UNSUPPORTED,
                       "%s: module %zu is %s; supported: Transformer, Pooling, then Dense and "
                       "Normalize",
                       name, place + 1, *class ? class : "without a type");
    struct ft_pooling_step *s = &p->steps[p->steps_n++];
    if (!dense) return FT_OK;
    s->dir = ft_path_join(p->dir, path);
    return read_dense(s, err);
}

/* ---- around them ---- */

/* sentence_bert_config.json, or the same with another family's name. */
static enum ft_status read_length(struct ft_pooling *p, const char *dir, struct ft_err *err)
{
    char *path = NULL;
    cJSON *tree = NULL;
    int64_t length = 0;
    enum ft_status st = FT_OK;
    for (int k = 0; k < FT_FAMILY_COUNT && !st && !tree; k++) {
        char *name = ft_xprintf("sentence_%s_config.json", ft_family_name((enum ft_family)k));
        free(path);
        st = read_file(dir, name, &path, &tree, err);
        free(name);
    }
    if (tree) {
        if (!st) st = ft_json_i64(tree, "max_seq_length", 1, INT_MAX, &length, path, err);
        if (!st) st = ft_json_bool(tree, "do_lower_case", &p->lowercase, path, err);
    }
    p->max_seq_length = (size_t)length;
    cJSON_Delete(tree);
    free(path);
    return st;
}

static enum ft_status read_prompt(struct ft_pooling *p, struct ft_err *err)
{
    char *path;
    cJSON *tree;
    const char *name = NULL, *text = NULL;
    enum ft_status st = read_file(p->dir, "config_sentence_transformers.json", &path, &tree, err);
    if (!st && tree) st = ft_json_str(tree, "default_prompt_name", &name, path, err);
    if (!st && name) st = ft_json_str(ft_json_get(tree, "prompts"), name, &text, path, err);
    if (!st && text && *text) p->prompt = ft_xstrdup(text);
    cJSON_Delete(tree);
    free(path);
    return st;
}

/* Whether modules.json of the folder above names `path` as its transformer. */
static bool names_transformer(const char *up, const char *path)
{
    char *file;
    cJSON *tree = NULL;
    bool names = false;
    if (!read_file(up, "modules.json", &file, &tree, NULL)) {
        const cJSON *first = cJSON_IsArray(tree) ? tree->child : NULL;
        const char *own = cJSON_GetStringValue(ft_json_get(first, "path"));
        names = own && !strcmp(own, ft_path_base(path));
    }
    cJSON_Delete(tree);
    free(file);
    return names;
}

static enum ft_status read_modules(struct ft_pooling *p, struct ft_err *err)
{
    char *path;
    cJSON *tree;
    size_t at = 0;
    enum ft_status st = read_prompt(p, err);
    if (st) return st;
    st = read_file(p->dir, "modules.json", &path, &tree, err);
    if (!st && !cJSON_IsArray(tree))
        st = ft_fail(err, FT_FORMAT, "%s: expected a list of modules", path);
    for (const cJSON *m = st ? NULL : tree->child; m && !st; m = m->next)
        st = read_module(p, m, path, &at, err);
    if (!st && at < 2)
        st = ft_fail(err, FT_UNSUPPORTED, "%s: expected the modules Transformer and Pooling", path);
    cJSON_Delete(tree);
    free(path);
    return st;
}

enum ft_status ft_pooling_read(struct ft_pooling *p, const char *path, struct ft_err *err)
{
    *p = (struct ft_pooling){.modes = {FT_POOLING_MEAN}, .modes_n = 1, .steps_n = 1};
    char *file = ft_path_join(path, "modules.json"), *up = ft_path_dir(path);
    if (ft_path_exists(file))
        p->dir = ft_xstrdup(path);
    else if (names_transformer(up, path))
        p->dir = ft_xstrdup(up);
    enum ft_status st = FT_OK;
    if (p->dir) {
        p->steps_n = 0;
        st = read_modules(p, err);
        if (!st) st = read_length(p, path, err);
    }
    free(file);
    free(up);
    if (st) ft_pooling_release(p);
    return st;
}
