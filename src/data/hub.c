/* Finding models: see hub.h. Names from the user and from refs/ files become parts of paths, so
 * each is checked before: no "..", no leading slash. */
#include "data/hub.h"
#include "data/foreign.h"
#include "data/safetensors.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define BUNDLED_DIR "models"
enum { REF_BYTES_MAX = 256, COMMIT_DIGITS_MIN = 7, MODELS_NAMED = 5 };
#define MODULES_BYTES_MAX ((size_t)1 << 20)

const char *ft_hub_kind_name(enum ft_hub_kind kind)
{
    static const char *const names[FT_HUB_KIND_COUNT] = {[FT_HUB_KIND_FOLDER] = "folder",
                                                         [FT_HUB_KIND_RUN] = "run",
                                                         [FT_HUB_KIND_CACHE] = "cache",
                                                         [FT_HUB_KIND_BUNDLED] = "bundled"};
    return names[kind];
}

void ft_hub_model_release(struct ft_hub_model *m)
{
    free(m->name);
    free(m->path);
    free(m->revision);
    memset(m, 0, sizeof *m);
}

void ft_hub_list_free(struct ft_hub_model *models, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ft_hub_model_release(&models[i]);
    free(models);
}

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

char *ft_hub_home_path(const char *file)
{
    const char *dir;
    char *home = NULL;
    if ((dir = env("HF_HOME")))
        home = ft_path_home(dir);
    else if ((dir = env("XDG_CACHE_HOME")))
        home = ft_path_join(dir, "huggingface");
    else if ((dir = env("HOME")))
        home = ft_path_join(dir, ".cache/huggingface");
    char *path = home ? ft_path_join(home, file) : NULL;
    free(home);
    return path;
}

char *ft_hub_cache_path(void)
{
    const char *dir = env("HF_HUB_CACHE");
    return dir ? ft_path_home(dir) : ft_hub_home_path("hub");
}

/* A part of a path made of harmless characters; '/' only where `slashes` allows it. */
static bool is_plain(const char *s, size_t n, int slashes)
{
    if (!n || s[0] == '/' || s[0] == '.' || s[n - 1] == '/') return false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if (c == '/' && (slashes-- < 1 || s[i + 1] == '.' || s[i + 1] == '/')) return false;
        if (c != '/' && !isalnum((unsigned char)c) && c != '-' && c != '_' && c != '.')
            return false;
        if (c == '.' && i + 1 < n && s[i + 1] == '.') return false;
    }
    return true;
}

bool ft_hub_id_is_valid(const char *id)
{
    size_t n = strlen(id);
    return n <= 96 && is_plain(id, n, 1) && !strstr(id, "--");
}

bool ft_hub_revision_is_valid(const char *revision)
{
    size_t n = strlen(revision);
    return n <= 200 && is_plain(revision, n, 8);
}

static bool has_file(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    bool is = ft_path_is_file(path);
    free(path);
    return is;
}

static bool is_complete(const char *dir)
{
    return has_file(dir, "config.json") && ft_st_is_there(dir);
}

static void fill(struct ft_hub_model *m, enum ft_hub_kind kind, const char *name, char *path)
{
    *m = (struct ft_hub_model){.kind = kind,
                               .name = ft_xstrdup(name),
                               .path = path,
                               .size_bytes = -1,
                               .complete = is_complete(path)};
}

static int64_t folder_bytes(const char *dir)
{
    char **names;
    size_t n;
    int64_t sum = 0;
    if (ft_dir_list(dir, &names, &n, NULL)) return -1;
    for (size_t i = 0; i < n; i++) {
        char *path = ft_path_join(dir, names[i]);
        int64_t size = ft_path_is_file(path) ? ft_file_size(path) : 0;
        if (size > 0) sum += size;
        free(path);
    }
    ft_names_free(names, n);
    return sum;
}

/* ---- the hub cache ---- */

/* The path of the transformer that modules.json of sentence-transformers names; NULL: none. */
static char *module_path(const char *dir)
{
    static const char kind[] = ".Transformer";
    char *file = ft_path_join(dir, "modules.json"), *found = NULL;
    cJSON *tree = NULL;
    if (has_file(dir, "modules.json") && !ft_json_read(file, MODULES_BYTES_MAX, &tree, NULL)) {
        const cJSON *e;
        cJSON_ArrayForEach(e, tree)
        {
            const cJSON *type = ft_json_get(e, "type"), *path = ft_json_get(e, "path");
            if (found || !cJSON_IsString(type) || !cJSON_IsString(path)) continue;
            if (!ft_ends_with(type->valuestring, strlen(type->valuestring), kind)) continue;
            if (is_plain(path->valuestring, strlen(path->valuestring), 4))
                found = ft_path_join(dir, path->valuestring);
        }
        cJSON_Delete(tree);
    }
    free(file);
    if (found && has_file(found, "config.json")) return found;
    free(found);
    return NULL;
}

char *ft_hub_repo_path(const char *cache, const char *id)
{
    struct ft_str s = {0};
    ft_str_addf(&s, "%s/models--", cache);
    for (; *id; id++) {
        if (*id == '/')
            ft_str_addz(&s, "--");
        else
            ft_str_addc(&s, *id);
    }
    return ft_str_take(&s);
}

/* The commit in refs/REV, or NULL. */
static char *read_ref(const char *repo, const char *rev)
{
    char *path = ft_xprintf("%s/refs/%s", repo, rev), *text = NULL;
    size_t n = 0;
    if (ft_file_read(path, REF_BYTES_MAX, &text, &n, NULL)) text = NULL;
    free(path);
    if (!text) return NULL;
    while (n && isspace((unsigned char)text[n - 1]))
        text[--n] = 0;
    if (strlen(text) == n && is_plain(text, n, 0)) return text;
    free(text);
    return NULL;
}

/* A snapshot whose name is `rev`, or begins with it when no other does; with rev NULL the first
 * one. */
static char *find_snapshot(const char *repo, const char *rev)
{
    char *dir = ft_path_join(repo, "snapshots"), *found = NULL;
    char **names;
    size_t n, hits = 0, len = rev ? strlen(rev) : 0;
    if (!ft_dir_list(dir, &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) {
            if (rev && (len < COMMIT_DIGITS_MIN || strncmp(names[i], rev, len))) continue;
            if (!hits++) found = ft_xstrdup(names[i]);
            if (!rev) break;
        }
        ft_names_free(names, n);
    }
    free(dir);
    if (hits == 1) return found;
    free(found);
    return NULL;
}

/* The snapshot's folder that a revision means; *commit is its name. Both NULL when there is none.
 */
static char *snapshot_path(const char *repo, const char *rev, char **commit)
{
    *commit = read_ref(repo, rev);
    if (!*commit) *commit = find_snapshot(repo, rev);
    if (!*commit) return NULL;
    char *path = ft_xprintf("%s/snapshots/%s", repo, *commit);
    if (ft_path_is_dir(path)) return path;
    free(path);
    free(*commit);
    *commit = NULL;
    return NULL;
}

/* Takes `path` over. A sentence-transformers model of the old layout has its transformer below. */
static void fill_snapshot(struct ft_hub_model *m, const char *name, char *path)
{
    char *below = has_file(path, "config.json") ? NULL : module_path(path);
    if (below) {
        free(path);
        path = below;
    }
    fill(m, FT_HUB_KIND_CACHE, name, path);
    m->below = below != NULL;
}

/* ID or ID@REV in the cache: FT_OK, or FT_NOTFOUND with *why (free() it) when the id is there but
 * the revision is not. */
static enum ft_status resolve_cache(struct ft_hub_model *m, const char *name, const char *cache,
                                    char **why)
{
    const char *at = strchr(name, '@'), *rev = at ? at + 1 : "main";
    size_t id_len = at ? (size_t)(at - name) : strlen(name);
    char *id = ft_xstrndup(name, id_len), *repo = NULL, *path = NULL, *commit = NULL;
    if (ft_hub_id_is_valid(id) && ft_hub_revision_is_valid(rev)) {
        repo = ft_hub_repo_path(cache, id);
        if (ft_path_is_dir(repo)) {
            path = snapshot_path(repo, rev, &commit);
            if (!path && !at && (commit = find_snapshot(repo, NULL)))
                path = ft_xprintf("%s/snapshots/%s", repo, commit); /* no main: what there is */
            if (!path)
                *why = ft_xprintf("%s is in the hub cache %s, but not its revision %s", id, cache,
                                  rev);
        }
    }
    if (path) {
        fill_snapshot(m, name, path);
        m->revision = commit;
    }
    free(repo);
    free(id);
    return path ? FT_OK : FT_NOTFOUND;
}

/* ---- the three places ---- */

/* Folders in `dir` that hold a model; the first MODELS_NAMED of them are listed in `list`. */
static size_t models_below(const char *dir, char **only, struct ft_str *list)
{
    char **names;
    size_t n, found = 0;
    *only = NULL;
    if (ft_dir_list(dir, &names, &n, NULL)) return 0;
    for (size_t i = 0; i < n; i++) {
        char *path = names[i][0] == '.' ? NULL : ft_path_join(dir, names[i]);
        if (path && has_file(path, "config.json")) {
            if (!found) *only = ft_xstrdup(path);
            if (found < MODELS_NAMED) ft_str_addf(list, "%s%s", found ? ", " : "", names[i]);
            found++;
        }
        free(path);
    }
    if (found > MODELS_NAMED) ft_str_addz(list, ", ..");
    ft_names_free(names, n);
    return found;
}

/* No config.json and no run.json: the only model one folder down, or an error about the folder. */
static enum ft_status resolve_below(struct ft_hub_model *m, const char *name, const char *dir,
                                    struct ft_err *err)
{
    struct ft_str list = {0};
    char *only = NULL, *path = module_path(dir);
    size_t n = path ? 1 : models_below(dir, &only, &list);
    enum ft_status st = FT_OK;
    if (!path && n == 1) {
        path = only;
        only = NULL;
    }
    if (path) {
        fill(m, FT_HUB_KIND_FOLDER, name, path);
        m->below = true;
    } else if (n > 1) {
        st = ft_fail(err, FT_NOTFOUND,
                     "%s: has no config.json, but %zu of its folders are models (%s); name one of "
                     "them",
                     dir, n, ft_str_text(&list));
    } else if (ft_str_clear(&list), !ft_st_is_there(dir) && ft_foreign_folder(dir, &list)) {
        st = ft_fail(err, FT_UNSUPPORTED, "%s: %s", dir, ft_str_text(&list));
    } else {
        st = ft_fail(err, FT_NOTFOUND,
                     "%s: has no config.json (a model) and no run.json (a run)%s; check the folder",
                     dir, ft_st_is_there(dir) ? ", although it has weights" : "");
    }
    free(only);
    ft_str_release(&list);
    return st;
}

static enum ft_status resolve_folder(struct ft_hub_model *m, const char *name, struct ft_err *err)
{
    if (has_file(name, "config.json")) {
        fill(m, FT_HUB_KIND_FOLDER, name, ft_xstrdup(name));
        return FT_OK;
    }
    if (!has_file(name, "run.json")) return resolve_below(m, name, name, err);
    char *path = ft_path_join(name, "model");
    if (has_file(path, "config.json")) {
        fill(m, FT_HUB_KIND_RUN, name, path);
        return FT_OK;
    }
    free(path);
    return ft_fail(
        err, FT_NOTFOUND,
        "%s: is a run without a saved model; use one of its checkpoint folders, or finish the run",
        name);
}

/* A file: the folder it lies in is what is needed. */
static enum ft_status fail_file(const char *name, struct ft_err *err)
{
    char *dir = ft_path_dir(name);
    enum ft_status st =
        has_file(dir, "config.json")
            ? ft_fail(err, FT_NOTFOUND, "%s: is a file, expected the model's folder: %s", name, dir)
            : ft_fail(err, FT_NOTFOUND,
                      "%s: is a file, expected a model's folder (config.json, weights and "
                      "tokenizer)",
                      name);
    free(dir);
    return st;
}

/* The names under assets/models; n == 0 when nothing ships. */
static void bundled(char **dir, char ***names, size_t *n)
{
    *names = NULL;
    *n = 0;
    *dir = ft_assets_path(BUNDLED_DIR);
    if (*dir && ft_dir_list(*dir, names, n, NULL)) *n = 0;
}

/* Whether it can be ID or ID@REV of a model on the hub; a mistyped name of a file is not. */
static bool is_hub_name(const char *name)
{
    static const char *const endings[] = {".csv",  ".tsv",         ".json", ".jsonl",
                                          ".txt",  ".md",          ".xz",   ".gz",
                                          ".xlsx", ".safetensors", ".bin",  ".conll"};
    const char *at = strchr(name, '@'), *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof *endings; i++)
        if (!strcmp(dot, endings[i])) return false;
    char *id = ft_xstrndup(name, at ? (size_t)(at - name) : strlen(name));
    bool is = ft_hub_id_is_valid(id) && (!at || ft_hub_revision_is_valid(at + 1));
    free(id);
    return is;
}

static enum ft_status fail_unknown(const char *name, const char *cache, const char *why,
                                   char *const *names, size_t n, struct ft_err *err)
{
    if (why) return ft_fail(err, FT_NOTFOUND, "%s; `fettle pull %s` downloads it", why, name);
    struct ft_str list = {0}, pull = {0};
    for (size_t i = 0; i < n; i++)
        ft_str_addf(&list, "%s%s", i ? ", " : "", names[i]);
    if (is_hub_name(name))
        ft_str_addf(&pull, "; if it is a model on the hub, `fettle pull %s` downloads it", name);
    const char *near = ft_nearest(name, (const char *const *)names, n);
    enum ft_status st = ft_fail(
        err, FT_NOTFOUND,
        "%s: no such model: not a folder, not in the hub cache (%s), and not a bundled "
        "model (%s)%s%s%s%s; `fettle models` lists the available models",
        name, cache ? cache : "no home folder", n ? list.data : "none",
        near ? "; did you mean " : "", near ? near : "", near ? "?" : "", ft_str_text(&pull));
    ft_str_release(&list);
    ft_str_release(&pull);
    return st;
}

enum ft_status ft_hub_resolve(struct ft_hub_model *m, const char *name, struct ft_err *err)
{
    memset(m, 0, sizeof *m);
    if (!*name)
        return ft_fail(err, FT_USAGE,
                       "the model name is empty; `fettle models` lists the available models");
    if (ft_path_is_dir(name)) return resolve_folder(m, name, err);
    if (ft_path_is_file(name)) return fail_file(name, err);
    char *cache = ft_hub_cache_path(), *why = NULL, *dir, **names;
    size_t n;
    bundled(&dir, &names, &n);
    enum ft_status st = cache ? resolve_cache(m, name, cache, &why) : FT_NOTFOUND;
    for (size_t i = 0; st && i < n; i++) {
        if (strcmp(names[i], name)) continue;
        fill(m, FT_HUB_KIND_BUNDLED, name, ft_path_join(dir, name));
        st = FT_OK;
    }
    if (st) st = fail_unknown(name, cache, why, names, n, err);
    ft_names_free(names, n);
    free(dir);
    free(why);
    free(cache);
    return st;
}

enum ft_status ft_hub_check_complete(const struct ft_hub_model *m, struct ft_err *err)
{
    if (m->kind != FT_HUB_KIND_CACHE || m->complete) return FT_OK;
    return ft_fail(err, FT_NOTFOUND,
                   "%s: no %s in the hub cache (%s); `fettle pull %s` downloads what is missing",
                   m->name, has_file(m->path, "config.json") ? "weights" : "config.json", m->path,
                   m->name);
}

/* "models--org--name" -> "org/name"; NULL when it is no such folder. */
static char *id_of(const char *folder)
{
    static const char prefix[] = "models--";
    size_t n = sizeof prefix - 1;
    if (strncmp(folder, prefix, n)) return NULL;
    const char *rest = folder + n, *cut = strstr(rest, "--");
    char *id = cut ? ft_xprintf("%.*s/%s", (int)(cut - rest), rest, cut + 2) : ft_xstrdup(rest);
    if (ft_hub_id_is_valid(id)) return id;
    free(id);
    return NULL;
}

static void add_model(struct ft_hub_model **models, size_t *n, size_t *cap,
                      const struct ft_hub_model *m)
{
    ft_grow(models, cap, *n + 1, sizeof **models);
    (*models)[*n] = *m;
    (*models)[*n].size_bytes = folder_bytes(m->path);
    ++*n;
}

enum ft_status ft_hub_list(struct ft_hub_model **models, size_t *n, struct ft_err *err)
{
    char *cache = ft_hub_cache_path(), *why = NULL, *dir, **names = NULL;
    size_t count = 0, cap = 0;
    struct ft_hub_model m;
    enum ft_status st = FT_OK;
    *models = NULL;
    *n = 0;
    if (cache && ft_path_is_dir(cache) && (st = ft_dir_list(cache, &names, &count, err))) goto out;
    for (size_t i = 0; i < count; i++) {
        char *id = id_of(names[i]);
        if (id && !resolve_cache(&m, id, cache, &why)) add_model(models, n, &cap, &m);
        free(why);
        why = NULL;
        free(id);
    }
    ft_names_free(names, count);
    bundled(&dir, &names, &count);
    for (size_t i = 0; i < count; i++) {
        char *path = ft_path_join(dir, names[i]);
        if (!has_file(path, "config.json")) {
            free(path);
            continue;
        }
        fill(&m, FT_HUB_KIND_BUNDLED, names[i], path);
        add_model(models, n, &cap, &m);
    }
    ft_names_free(names, count);
    free(dir);
out:
    free(cache);
    return st;
}
