/* See output_dir.h. */
#include "engine/model/output_dir.h"

#include "data/hub.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

/* The path with all links resolved, also of what does not exist yet. free() it. */
static char *real_path(const char *path)
{
    char *real = ft_path_real(path);
    if (real) return real;
    char *up = ft_path_dir(path);
    /* "x" lies in ".", and "." is there unless it was removed */
    char *above = strcmp(up, path) != 0 ? real_path(up) : ft_xstrdup(path);
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    char *trimmed = ft_xstrndup(path, n);
    real = ft_path_join(above, ft_path_base(trimmed));
    free(trimmed);
    free(above);
    free(up);
    return real;
}

/* What follows `folder` in `path`: "" for the folder itself, "/x" inside; NULL: elsewhere. */
static const char *inside(const char *path, const char *folder)
{
    size_t n = folder ? strlen(folder) : 0;
    if (!n || strncmp(path, folder, n) != 0) return NULL;
    return path[n] == '/' || !path[n] ? path + n : NULL;
}

static bool is_bundled(const char *real)
{
    char *dir = ft_assets_path("models"), *there = dir ? ft_path_real(dir) : NULL;
    bool is = there && inside(real, there);
    free(there);
    free(dir);
    return is;
}

static bool is_cached(const char *real)
{
    char *dir = ft_hub_cache_path(), *there = dir ? ft_path_real(dir) : NULL;
    const char *rest = there ? inside(real, there) : NULL;
    bool is = rest && !strncmp(rest, "/models--", strlen("/models--"));
    free(there);
    free(dir);
    return is;
}

static bool has_model(const char *real)
{
    char *config = ft_path_join(real, "config.json");
    bool has = ft_path_is_file(config);
    free(config);
    return has;
}

/* Whether a run in `real` would replace what lies at `base`: its own model/ or a checkpoint. */
static bool replaces(const char *real, const char *base)
{
    char *there = base && *base ? ft_path_real(base) : NULL;
    const char *rest = there ? inside(there, real) : NULL;
    bool is = rest && (!*rest || inside(rest, "/model") ||
                       !strncmp(rest, "/checkpoint-", strlen("/checkpoint-")));
    free(there);
    return is;
}

enum ft_status ft_output_dir_check(const char *dir, const char *base, struct ft_err *err)
{
    struct ft_hub_model m = {0};
    bool named = base && *base && !ft_hub_resolve(&m, base, NULL);
    char *real = real_path(dir);
    const char *what = is_bundled(real)                        ? "is inside fettle's model folder"
                       : is_cached(real)                       ? "is inside the hub cache"
                       : has_model(real)                       ? "is a model folder"
                       : replaces(real, named ? m.path : base) ? "contains the model to start from"
                                                               : NULL;
    free(real);
    if (named) ft_hub_model_release(&m);
    if (!what) return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "output_dir %s: %s, and a run must not change it: choose another folder", dir,
                   what);
}
