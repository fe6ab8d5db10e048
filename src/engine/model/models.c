/* See models.h. First the places are looked through, which is cheap; then each model is read. */
#include "engine/model/models.h"

#include "core/params.h"
#include "data/hub.h"
#include "engine/model/known_models.h"
#include "engine/model/model_family.h"
#include "engine/model/model_match.h"
#include "engine/model/model_file.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY_BYTES_MAX = 1 << 20 };

struct found {
    struct ft_model_entry *items;
    size_t n, cap;
};

void ft_model_entry_release(struct ft_model_entry *e)
{
    free(e->name);
    free(e->label);
    free(e->path);
    free(e->real);
    free(e->revision);
    free(e->why);
    free(e->architecture);
    memset(e, 0, sizeof *e);
}

/* --- folders that were opened --- */

static char *memory_path(void)
{
    return ft_xdg_path(FT_XDG_STATE, "models.txt");
}

/* The lines of the file; none when there is none. Free both. */
static char **memory_lines(char **text, size_t *n)
{
    char *path = memory_path(), **lines = NULL;
    size_t bytes, cap = 0;
    *n = 0;
    *text = NULL;
    if (path && !ft_file_read(path, MEMORY_BYTES_MAX, text, &bytes, NULL)) {
        char *rest = *text;
        for (char *line; (line = strsep(&rest, "\n")) && *n < FT_MODELS_REMEMBERED;) {
            if (*line != '/') continue;
            ft_grow(&lines, &cap, *n + 1, sizeof *lines);
            lines[(*n)++] = line;
        }
    }
    free(path);
    return lines;
}

/* Puts a line first. */
static enum ft_status rewrite(const char *first, struct ft_err *err)
{
    char *text, *path = memory_path(), *dir = path ? ft_path_dir(path) : NULL;
    size_t n;
    char **lines = memory_lines(&text, &n);
    struct ft_str s = {0};
    ft_str_addf(&s, "%s\n", first);
    for (size_t i = 0; i < n; i++)
        if (strcmp(lines[i], first) != 0) ft_str_addf(&s, "%s\n", lines[i]);
    enum ft_status st = path ? ft_mkdirs(dir, err) : ft_fail(err, FT_NOTFOUND, "no home folder");
    if (!st) st = ft_file_write(path, ft_str_text(&s), s.len, err);
    ft_str_release(&s);
    free(lines);
    free(text);
    free(dir);
    free(path);
    return st;
}

enum ft_status ft_models_remember(const char *path, struct ft_err *err)
{
    char *real = ft_path_real(path);
    enum ft_status st = FT_OK;
    if (!real)
        st = ft_fail(err, FT_NOTFOUND, "%s: no such folder", path);
    else if (!strchr(real, '\n'))
        st = rewrite(real, err);
    free(real);
    return st;
}

/* --- what there is --- */

/* "minilm-l6" of a path; "imdb/checkpoint-20" where the last component is not enough. */
static char *label_of(const char *path)
{
    char *copy = ft_xstrdup(path);
    size_t n = strlen(copy);
    while (n > 1 && copy[n - 1] == '/')
        copy[--n] = 0;
    char *slash = strrchr(copy, '/');
    const char *base = slash ? slash + 1 : copy;
    if (slash && slash > copy &&
        (!strcmp(base, "model") || !strncmp(base, "checkpoint-", strlen("checkpoint-")))) {
        *slash = 0;
        char *upper = strrchr(copy, '/');
        *slash = '/';
        base = upper ? upper + 1 : copy;
    }
    char *label = ft_xstrdup(*base ? base : copy);
    free(copy);
    return label;
}

static bool among(const struct found *f, const char *real)
{
    for (size_t i = 0; real && i < f->n; i++)
        if (f->items[i].real && !strcmp(f->items[i].real, real)) return true;
    return false;
}

/* Takes `path` over. One that is there already is left out. */
static void add(struct found *f, const char *kind, const char *name, char *label, char *path)
{
    char *real = ft_path_real(path);
    if (among(f, real)) {
        free(label);
        free(path);
        free(real);
        return;
    }
    ft_grow(&f->items, &f->cap, f->n + 1, sizeof *f->items);
    f->items[f->n++] = (struct ft_model_entry){.kind = kind,
                                               .name = ft_xstrdup(name),
                                               .label = label,
                                               .path = path,
                                               .real = real,
                                               .size_bytes = -1,
                                               .task = -1};
}

static void add_hub(struct found *f, const struct ft_hub_model *models, size_t n,
                    enum ft_hub_kind kind)
{
    for (size_t i = 0; i < n; i++) {
        const struct ft_hub_model *m = &models[i];
        size_t before = f->n;
        if (m->kind != kind) continue;
        add(f, ft_hub_kind_name(kind), m->name, ft_xstrdup(m->name), ft_xstrdup(m->path));
        if (f->n == before) continue;
        struct ft_model_entry *e = &f->items[f->n - 1];
        e->size_bytes = m->size_bytes;
        e->complete = m->complete;
        e->revision = ft_xstrdup(m->revision);
    }
}

/* The folder may have its model one folder down, as when it is opened. */
static void add_folder(struct found *f, const char *dir)
{
    struct ft_hub_model m;
    bool is = !ft_hub_resolve(&m, dir, NULL);
    add(f, "folder", dir, label_of(dir),
        ft_xstrdup(is && m.kind == FT_HUB_KIND_FOLDER ? m.path : dir));
    if (is) ft_hub_model_release(&m);
}

static void add_remembered(struct found *f)
{
    char *text;
    size_t n;
    char **lines = memory_lines(&text, &n);
    for (size_t i = 0; i < n; i++) /* one that was deleted since is passed over */
        if (ft_path_is_dir(lines[i])) add_folder(f, lines[i]);
    free(lines);
    free(text);
}

/* A ft_models_run_fn. */
static void add_run(void *arg, const char *name, const char *dir)
{
    char *path = ft_path_join(dir, "model"), *config = ft_path_join(path, "config.json");
    if (ft_path_is_file(config))
        add(arg, "run", dir, label_of(*name ? name : dir), path);
    else
        free(path);
    free(config);
}

/* The model that was asked for comes first among the folders; what can't be found is listed with
 * why. */
static void add_also(struct found *f, const char *name)
{
    struct ft_hub_model m;
    struct ft_err why = {0};
    if (ft_hub_resolve(&m, name, &why)) {
        size_t before = f->n;
        add(f, "folder", name, label_of(name), ft_xstrdup(name));
        if (f->n > before) f->items[before].why = ft_xstrdup(why.msg);
        return;
    }
    if (m.kind == FT_HUB_KIND_FOLDER) {
        char *real = ft_path_real(name);
        if (!among(f, real)) {
            ft_models_remember(name, NULL); /* a state that can't be written is no reason to fail */
            add(f, "folder", real ? real : name, label_of(real ? real : name), ft_xstrdup(m.path));
        }
        free(real);
    } else if (m.kind == FT_HUB_KIND_RUN) {
        add(f, "run", name, label_of(name), ft_xstrdup(m.path));
    } else if (strchr(name, '@')) { /* another revision than the one that the cache's list shows */
        add(f, ft_hub_kind_name(m.kind), name, ft_xstrdup(name), ft_xstrdup(m.path));
    }
    ft_hub_model_release(&m);
}

static enum ft_status find_all(struct found *f, const struct ft_models_from *from,
                               struct ft_err *err)
{
    struct ft_hub_model *hub = NULL;
    size_t n = 0;
    enum ft_status st = ft_hub_list(&hub, &n, err);
    if (st) return st;
    add_hub(f, hub, n, FT_HUB_KIND_BUNDLED);
    if (from->also && *from->also) add_also(f, from->also);
    add_remembered(f);
    add_hub(f, hub, n, FT_HUB_KIND_CACHE);
    if (from->runs) from->runs_each(from->runs, add_run, f);
    ft_hub_list_free(hub, n);
    return FT_OK;
}

/* --- reading one --- */

static void count_files(struct ft_model_entry *e)
{
    char **names;
    size_t n;
    if (e->size_bytes >= 0 || ft_dir_list(e->path, &names, &n, NULL)) return;
    e->size_bytes = 0;
    e->complete = e->complete || ft_st_is_there(e->path);
    for (size_t i = 0; i < n; i++) {
        char *path = ft_path_join(e->path, names[i]);
        int64_t size = ft_path_is_file(path) ? ft_file_size(path) : 0;
        if (size > 0) e->size_bytes += size;
        free(path);
    }
    ft_names_free(names, n);
}

static enum ft_status match_weights(struct ft_model_entry *e, const struct ft_net_config *net,
                                    struct ft_err *err)
{
    struct ft_st *file = NULL;
    struct ft_params ps;
    struct ft_model_match m = {0};
    enum ft_status st = ft_st_open_dir(&file, e->path, err);
    if (st) return st;
    if (!(st = ft_params_init(&ps, net, err))) {
        st = ft_model_match(&m, file, &ps, FT_HEAD_USE_IF_FITS, err);
        if (!st) st = ft_model_match_whole(&m, &ps, file, e->path, err);
        e->parameters = m.parameters;
        ft_model_match_release(&m);
        ft_params_release(&ps);
    }
    ft_st_close(file);
    return st;
}

static void read_entry(struct ft_model_entry *e)
{
    struct ft_hf_config c = {0};
    struct ft_err err = {0};
    struct ft_net_config net;
    if (e->why) return;
    count_files(e);
    struct ft_hub_model cached = {
        .kind = FT_HUB_KIND_CACHE, .name = e->name, .path = e->path, .complete = e->complete};
    bool is_cached = !strcmp(e->kind, ft_hub_kind_name(FT_HUB_KIND_CACHE));
    enum ft_status st = is_cached ? ft_hub_check_complete(&cached, &err) : FT_OK;
    if (!st) st = ft_model_folder_config(&c, e->path, &err);
    if (!st) {
        e->family = ft_family_name(c.family);
        e->architecture = ft_xstrdup(ft_hf_config_architecture(&c));
        e->task = ft_model_head_task(&c);
        e->text_task = ft_family_text_task(c.family);
        e->layers = c.layers;
        e->hidden = c.hidden_size;
        e->vocab = c.vocab_size;
        struct ft_model_opt opt = {.task = ft_task_or_first(e->task), .dropout = -1};
        st = ft_model_file_net_config(&c, &opt, &net, &err);
        if (!st) st = match_weights(e, &net, &err);
        ft_hf_config_release(&c);
    }
    if (st) e->why = ft_xstrdup(err.msg);
}

enum ft_status ft_models_find(const char *name, struct ft_err *err)
{
    struct ft_hub_model found = {0};
    enum ft_status st = ft_hub_resolve(&found, name, err);
    ft_hub_model_release(&found);
    return st;
}

bool ft_models_is_id(const char *name)
{
    size_t n = strcspn(name, "@");
    char *id = ft_xstrndup(name, n), *slash = strchr(id, '/');
    bool good = ft_hub_id_is_valid(id) && !ft_path_exists(id) &&
                (!name[n] || ft_hub_revision_is_valid(name + n + 1));
    if (good && slash) {
        *slash = 0;
        good = !ft_path_is_dir(id);
    }
    free(id);
    return good;
}

char *ft_models_near(const char *name)
{
    char *dir = ft_assets_path("models"), **bundled = NULL;
    size_t n = 0;
    if (dir && ft_dir_list(dir, &bundled, &n, NULL)) n = 0;
    const char **names = ft_xcalloc(n + ft_known_models_count(), sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = bundled[i];
    for (size_t i = 0; i < ft_known_models_count(); i++)
        names[n + i] = ft_known_model_at(i)->id;
    const char *near = ft_nearest(name, names, n + ft_known_models_count());
    char *copy = ft_xstrdup(near);
    free(names);
    ft_names_free(bundled, n);
    free(dir);
    return copy;
}

enum ft_status ft_models_each(const struct ft_models_from *from, struct ft_job *w,
                              ft_models_fn *take, void *arg, struct ft_err *err)
{
    struct found f = {0};
    size_t i = 0;
    enum ft_status st = find_all(&f, from, err);
    for (; !st && i < f.n; i++) {
        if (ft_job_cancelled(w)) {
            st = ft_fail(err, FT_CANCELLED, "cancelled");
            break;
        }
        read_entry(&f.items[i]);
        take(arg, &f.items[i]);
        ft_job_report(w, (double)(i + 1), (double)f.n, "models");
    }
    for (; i < f.n; i++)
        ft_model_entry_release(&f.items[i]);
    free(f.items);
    return st;
}

/* --- the command --- */

struct text {
    struct ft_str *out;
    bool json;
    size_t n;
};

static void entry_json(const struct ft_model_entry *e, struct ft_str *s)
{
    ft_str_addc(s, '{');
    ft_json_put_text(s, "name", e->name);
    ft_json_put_text(s, "kind", e->kind);
    ft_json_put_text(s, "path", e->path);
    if (e->revision) ft_json_put_text(s, "revision", e->revision);
    ft_str_addf(s, ",\"size_bytes\":%lld,\"complete\":%s", (long long)e->size_bytes,
                e->complete ? "true" : "false");
    if (e->why) {
        ft_json_put_text(s, "error", e->why);
    } else {
        ft_json_put_text(s, "family", e->family);
        ft_json_put_text(s, "architecture", e->architecture);
        ft_json_add_key(s, "task");
        if (e->task < 0)
            ft_str_addz(s, "null");
        else
            ft_str_addf(s, "\"%s\"", ft_task_name((enum ft_task)e->task));
        ft_str_addf(s,
                    ",\"parameters\":%llu,\"layers\":%lld,\"hidden_size\":%lld,\"vocab_size\":%lld",
                    (unsigned long long)e->parameters, (long long)e->layers, (long long)e->hidden,
                    (long long)e->vocab);
    }
    ft_str_addz(s, "}\n");
}

static void entry_text(const struct ft_model_entry *e, struct ft_str *s)
{
    char bytes[32], n[32];
    ft_str_addf(s, "%-40s %-8s %10s", e->name, e->kind,
                e->size_bytes < 0 ? "-"
                                  : ft_format_bytes(bytes, sizeof bytes, (double)e->size_bytes));
    if (e->why)
        ft_str_addf(s, "  not usable: %s\n", e->why);
    else
        ft_str_addf(s, "  %-10s %14s parameters  %s\n", e->family,
                    ft_format_count(n, sizeof n, (long long)e->parameters),
                    e->task < 0 ? "no head" : ft_task_name((enum ft_task)e->task));
}

static void take_text(void *arg, struct ft_model_entry *e)
{
    struct text *t = arg;
    t->n++;
    if (t->json)
        entry_json(e, t->out);
    else
        entry_text(e, t->out);
    ft_model_entry_release(e);
}

enum ft_status ft_models_text(const struct ft_models_from *from, bool json, struct ft_str *out,
                              struct ft_err *err)
{
    struct text t = {.out = out, .json = json};
    enum ft_status st = ft_models_each(from, NULL, take_text, &t, err);
    if (!st && !t.n && !json)
        ft_str_addz(out, "no models found (bundled, opened before, in the hub cache, or trained "
                         "here); --model accepts any folder in Hugging Face layout\n");
    return st;
}
