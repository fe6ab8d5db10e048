/* See task_cache.h. */
#include "engine/task/task_cache.h"

#include "data/hub.h"
#include "engine/task/task.h"
#include "util/folder.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MOST = 256 }; /* of a folder whose times are looked at; the others count by name */

/* Those that ft_task_find looks at. */
static const enum ft_opt matters[] = {FT_OPT_data,
                                      FT_OPT_model,
                                      FT_OPT_teacher,
                                      FT_OPT_task,
                                      FT_OPT_problem_type,
                                      FT_OPT_delimiter,
                                      FT_OPT_quote,
                                      FT_OPT_header,
                                      FT_OPT_encoding,
                                      FT_OPT_text_column,
                                      FT_OPT_text_pair_column,
                                      FT_OPT_label_column,
                                      FT_OPT_label_delimiter};

static void add_file(struct ft_str *key, const char *path)
{
    struct stat s;
    if (stat(path, &s))
        ft_str_addz(key, "-;");
    else
        ft_str_addf(key, "%llu,%lld,%lld.%09ld;", (unsigned long long)s.st_ino,
                    (long long)s.st_size, (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
}

static void add_data(struct ft_str *key, const char *path)
{
    size_t file = strcspn(path, "#"); /* a sheet of a workbook comes behind it */
    char *plain = ft_xstrndup(path, ft_path_exists(path) ? strlen(path) : file);
    add_file(key, plain);
    if (ft_path_is_dir(plain)) {
        struct ft_folder f = {0};
        if (!ft_folder_read(&f, plain, NULL))
            for (size_t i = 0; i < f.n; i++) {
                char *one = ft_path_join(plain, f.entries[i].name);
                ft_str_addf(key, "%s:", f.entries[i].name);
                if (i < FILES_MOST) add_file(key, one);
                free(one);
            }
        ft_folder_release(&f);
    }
    free(plain);
}

/* The configuration of a folder, a hub id, a run. */
static void add_model(struct ft_str *key, const char *name)
{
    struct ft_hub_model found = {0};
    if (!*name || ft_hub_resolve(&found, name, NULL)) {
        ft_str_addz(key, "-;");
        return;
    }
    char *config = ft_path_join(found.path, "config.json");
    ft_str_addf(key, "%s:", found.path);
    add_file(key, config);
    free(config);
    ft_hub_model_release(&found);
}

static char *key_of(const struct ft_options *o)
{
    struct ft_str key = {0};
    for (size_t i = 0; i < sizeof matters / sizeof *matters; i++) {
        const char *text = ft_options_text(o, matters[i]);
        ft_str_addf(&key, "%zu:", strlen(text));
        ft_str_addz(&key, text);
        ft_str_addz(&key, ft_options_given(o, matters[i]) ? "!" : ";");
    }
    add_data(&key, ft_options_text(o, FT_OPT_data));
    add_model(&key, ft_options_text(o, FT_OPT_model));
    add_model(&key, ft_options_text(o, FT_OPT_teacher));
    return ft_str_take(&key);
}

enum ft_task ft_task_cache_find(struct ft_task_cache *c, const struct ft_options *o)
{
    char *key = key_of(o);
    if (c->key && !strcmp(c->key, key)) {
        free(key);
        return c->task;
    }
    free(c->key);
    c->key = key;
    c->task = ft_task_find(o);
    c->found++;
    return c->task;
}

void ft_task_cache_release(struct ft_task_cache *c)
{
    free(c->key);
    *c = (struct ft_task_cache){0};
}
