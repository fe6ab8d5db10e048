/* Finds models: the user's folders, the local cache of the Hugging Face hub, the models that ship
 * with fettle. Does not download. The cache's layout and its environment variables are those of
 * huggingface_hub: $HF_HUB_CACHE, $HF_HOME/hub, $XDG_CACHE_HOME/huggingface/hub,
 * ~/.cache/huggingface/hub.
 *
 *     struct ft_hub_model m;
 *     if ((st = ft_hub_resolve(&m, "google/bert_uncased_L-2@main", &err))) return st;
 *     .. m.path is a folder with config.json ..
 *     ft_hub_model_release(&m);
 *
 * Threads: safe; nothing is kept between calls. */
#ifndef FT_DATA_HUB_H
#define FT_DATA_HUB_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_hub_kind {
    FT_HUB_KIND_FOLDER,
    FT_HUB_KIND_RUN,     /* a run's folder: path is its model/ */
    FT_HUB_KIND_CACHE,   /* a snapshot in the hub cache */
    FT_HUB_KIND_BUNDLED, /* under assets/models */
    FT_HUB_KIND_COUNT
};
const char *ft_hub_kind_name(enum ft_hub_kind kind); /* "folder", "run", "cache", "bundled" */

struct ft_hub_model {
    enum ft_hub_kind kind;
    char *name;         /* as a user would type it: path, id, or the name of a bundled model */
    char *path;         /* the folder that holds config.json and weights */
    bool below;         /* FOLDER, CACHE: path is a folder inside the one that was named */
    char *revision;     /* CACHE: the commit; else NULL */
    int64_t size_bytes; /* of the files in the folder, links followed; -1 when not counted */
    bool complete;      /* has config.json and weights that we read (ft_st_is_there) */
};
void ft_hub_model_release(struct ft_hub_model *m);

/* Finds M of the command line, in this order: a folder; ID or ID@REV in the hub cache (REV: branch,
 * tag, "refs/pr/1", a commit or its first 7 or more digits; main when not given); the name of a bundled model. A
 * folder without config.json but with run.json is a run: its model/ is meant. Without both, the
 * transformer of a sentence-transformers model (0_Transformer/) or the only folder in it that holds
 * a model is meant, and `below` is set: callers report it. Size is not counted.
 * Errors: FT_NOTFOUND, with every place that was looked at and what to do; FT_UNSUPPORTED for an
 * adapter or the files of other programs. */
enum ft_status ft_hub_resolve(struct ft_hub_model *m, const char *name, struct ft_err *err);
/* FT_NOTFOUND for a model in the hub cache whose config.json or weights are not there: names the
 * command that downloads them. */
enum ft_status ft_hub_check_complete(const struct ft_hub_model *m, struct ft_err *err);

/* Everything in the cache (main, else the only or first snapshot of each model), then what ships,
 * each sorted by name, with sizes. A cache that is not there is empty. Free with ft_hub_list_free.
 */
enum ft_status ft_hub_list(struct ft_hub_model **models, size_t *n, struct ft_err *err);
void ft_hub_list_free(struct ft_hub_model *models, size_t n);

/* The cache's folder, whether it exists or not; NULL when no home is known. free() it. */
char *ft_hub_cache_path(void);
/* A file of huggingface_hub: in $HF_HOME, $XDG_CACHE_HOME/huggingface or ~/.cache/huggingface; NULL
 * when no home is known. free() it. */
char *ft_hub_home_path(const char *file);
/* "org/name" or "name": letters, digits, - _ . ; no path. */
bool ft_hub_id_is_valid(const char *id);
/* A branch, a tag, "refs/pr/1" or a commit: the same characters and single slashes. */
bool ft_hub_revision_is_valid(const char *revision);
/* Where the cache keeps a model: CACHE/models--org--name, with refs/, blobs/ and snapshots/. free()
 * it. `id` is valid. */
char *ft_hub_repo_path(const char *cache, const char *id);

#endif
