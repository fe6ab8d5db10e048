/* Where label edits go: beside the data when they are written, a file of their own with each run.
 * The data itself is never written. */
#include "ui/workbench_in.h"

#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"

#include <stdlib.h>

static char *path_beside(const struct ft_options *o)
{
    return ft_xprintf("%s.edits.jsonl", ft_options_text(o, FT_OPT_data));
}

char *ft_workbench_edits_path(const struct ft_workbench *w)
{
    return path_beside(&w->o);
}

void ft_workbench_add_edits(struct ft_workbench *w, struct ft_options *o)
{
    struct ft_err err = {0};
    char *path = path_beside(o);
    bool there = *ft_options_text(o, FT_OPT_data) && ft_path_is_file(path);
    if (there && !*ft_options_text(o, FT_OPT_edits)) {
        if (ft_options_set_id(o, FT_OPT_edits, path, true, &err))
            ft_app_say_err(w->app, &err);
        else
            ft_app_say(w->app, FT_SAY_NOTE, "label edits are read from %s", path);
    }
    free(path);
}

void ft_workbench_edits_beside(struct ft_workbench *w)
{
    ft_workbench_add_edits(w, &w->o);
    ft_workbench_settled(w);
}

/* Named by what is in it, so that the command line can do the same again whatever is edited later.
 */
bool ft_workbench_take_edits(struct ft_workbench *w, struct ft_options *o)
{
    struct ft_err err = {0};
    w->edits_trained = ft_dataset_edits_version(w->data);
    if (!ft_dataset_edits(w->data)) {
        ft_options_reset(o, FT_OPT_edits);
        return true;
    }
    char *dir = ft_xdg_path(FT_XDG_STATE, "edits"), hex[65], *path = NULL;
    char *now = ft_path_join(dir, "now.jsonl");
    enum ft_status st = ft_mkdirs(dir, &err);
    if (!st) st = ft_dataset_copy_edits(w->data, now, &err);
    if (!st) st = ft_sha256_file(now, hex, &err);
    if (!st) {
        path = ft_xprintf("%s/%.16s.jsonl", dir, hex);
        st = ft_rename(now, path, &err);
    }
    if (!st) st = ft_options_set_id(o, FT_OPT_edits, path, true, &err);
    if (st) ft_app_say_err(w->app, &err);
    free(path);
    free(now);
    free(dir);
    return !st;
}

/* Also when all were taken back: the file that was written still has them. */
static bool unsaved(const struct ft_workbench *w)
{
    if (ft_dataset_edits_saved(w->data)) return false;
    char *path = ft_workbench_edits_path(w);
    bool any = ft_dataset_edits(w->data) || ft_path_is_file(path);
    free(path);
    return any;
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    struct ft_err err = {0};
    bool keep = ft_key_is(k, 'w');
    if (!keep && !ft_key_is(k, 'd')) return false;
    char *path = ft_workbench_edits_path(w);
    enum ft_status st = keep ? ft_dataset_write_edits(w->data, path, &err) : FT_OK;
    free(path);
    if (st)
        ft_app_say_err(w->app, &err);
    else
        w->after_edits(w);
    return true;
}

bool ft_workbench_ask_edits(struct ft_workbench *w, void (*then)(struct ft_workbench *w))
{
    if (!unsaved(w)) return false;
    size_t n = ft_dataset_edits(w->data);
    char *path = ft_workbench_edits_path(w);
    char *text =
        n ? ft_xprintf("%zu label%s changed: w write %s   d drop %s   Esc stay", n,
                       n == 1 ? " is" : "s are", ft_path_base(path), n == 1 ? "it" : "them")
          : ft_xprintf("no label is changed any more: w write %s   d leave it   Esc stay",
                       ft_path_base(path));
    w->after_edits = then;
    ft_app_ask(w->app, text, n ? "w write  d drop  Esc stay" : "w write  d leave it  Esc stay",
               answer, w);
    free(text);
    free(path);
    return true;
}

void ft_workbench_keep_edits(struct ft_workbench *w)
{
    struct ft_err err = {0};
    if (!unsaved(w)) return;
    char *path = ft_workbench_edits_path(w);
    if (ft_dataset_write_edits(w->data, path, &err))
        ft_app_say_err(w->app, &err);
    else
        ft_app_say(w->app, FT_SAY_OK, "label edits written to %s", path);
    free(path);
}
