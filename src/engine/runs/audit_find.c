/* Looking for the newest labels.jsonl of some data: see audit_find.h. */
#include "engine/runs/audit_find.h"

#include "engine/options/options.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEPTH_MAX = 6, FOLDERS_MAX = 5000 };
static const size_t json_bytes_max = (size_t)256 << 20;

struct search {
    const char *data, *sha256;
    struct ft_job *work;
    size_t folders;
    char *best;
    struct timespec when; /* of the best one's list */
};

/* The file of a folder as JSON; NULL: there is none, or it is damaged. */
static cJSON *tree_of(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    cJSON *tree = NULL;
    if (ft_path_is_file(path)) ft_json_read(path, json_bytes_max, &tree, NULL);
    free(path);
    return tree;
}

static bool has_bytes(const struct search *s, const char *dir)
{
    cJSON *run = tree_of(dir, "fold-1/run.json");
    const cJSON *sha = ft_json_get(cJSON_GetArrayItem(ft_json_get(run, "data"), 0), "sha256");
    bool same = *s->sha256 && cJSON_IsString(sha) && !strcmp(sha->valuestring, s->sha256);
    cJSON_Delete(run);
    return same;
}

static bool is_of_data(const struct search *s, const char *dir)
{
    cJSON *tree = tree_of(dir, "audit.json");
    if (!tree) tree = tree_of(dir, "sweep.json");
    if (!tree) return false;
    struct ft_options o;
    ft_options_init(&o);
    const cJSON *options = ft_json_get(tree, "options");
    bool same = options && !ft_options_from_json(&o, options, dir, NULL) &&
                ft_path_same(ft_options_text(&o, FT_OPT_data), s->data);
    ft_options_release(&o);
    cJSON_Delete(tree);
    return same || has_bytes(s, dir);
}

static bool is_later(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static void look(struct search *s, const char *dir)
{
    struct stat sb;
    char *list = ft_path_join(dir, "labels.jsonl");
    bool later =
        !stat(list, &sb) && S_ISREG(sb.st_mode) && (!s->best || is_later(&sb.st_mtim, &s->when));
    free(list);
    if (!later || !is_of_data(s, dir)) return;
    free(s->best);
    s->best = ft_xstrdup(dir);
    s->when = sb.st_mtim;
}

/* What a run writes for itself. */
static bool own_folder(const char *name)
{
    return *name == '.' || !strncmp(name, "checkpoint-", 11) || !strcmp(name, "model") ||
           !strcmp(name, "evals");
}

static void visit(struct search *s, const char *dir, int depth)
{
    char **names;
    size_t n;
    look(s, dir);
    if (ft_job_cancelled(s->work) || depth == DEPTH_MAX || ft_dir_list(dir, &names, &n, NULL))
        return;
    for (size_t i = 0; i < n && s->folders < FOLDERS_MAX; i++) {
        struct stat sb;
        char *inner = ft_path_join(strcmp(dir, ".") ? dir : "", names[i]);
        if (!own_folder(names[i]) && !lstat(inner, &sb) && S_ISDIR(sb.st_mode)) {
            s->folders++;
            visit(s, inner, depth + 1);
        }
        free(inner);
    }
    ft_names_free(names, n);
}

char *ft_audit_find(const char *root, const char *data, const char *sha256, struct ft_job *work)
{
    struct search s = {.data = data, .sha256 = sha256, .work = work};
    visit(&s, root, 0);
    return s.best;
}
