/* Saving label edits: to a file next to the data with each change, so that nothing is lost
 * whatever happens, and into a file of their own with each run. The data itself is never written.
 */
#include "ui/screens/workbench_in.h"

#include "engine/runs/runs.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *path_beside(const struct ft_options *o)
{
    return ft_xprintf("%s.edits.jsonl", ft_options_text(o, FT_OPT_data));
}

/* For data in a folder that can't be written to, or that is bundled with fettle: a file in the
 * state folder, named after the data and its path. NULL: no home folder. */
static char *path_in_state(const struct ft_options *o)
{
    const char *data = ft_options_text(o, FT_OPT_data);
    char *real = ft_dataset_real_path(data), hex[65];
    const char *whole = real ? real : data;
    ft_sha256_hex(whole, strlen(whole), hex);
    char *name = ft_xprintf("edits/%.100s-%.16s.jsonl", ft_path_base(data), hex);
    char *path = ft_xdg_path(FT_XDG_STATE, name);
    free(name);
    free(real);
    return path;
}

static bool ships(const char *data)
{
    char *dir = ft_path_dir(data), *ours = ft_assets_path("data");
    bool is = ours && ft_path_same(dir, ours);
    free(ours);
    free(dir);
    return is;
}

/* The file that holds the label edits of o's data. */
static char *path_of(const struct ft_options *o)
{
    char *state = path_in_state(o);
    if (state && (ft_path_is_file(state) || ships(ft_options_text(o, FT_OPT_data)))) return state;
    free(state);
    return path_beside(o);
}

char *ft_workbench_edits_path(const struct ft_workbench *w)
{
    return path_of(&w->o);
}

void ft_workbench_add_edits(struct ft_workbench *w, struct ft_options *o)
{
    struct ft_err err = {0};
    char *path = path_of(o);
    const char *named = ft_options_text(o, FT_OPT_edits);
    bool there = *ft_options_text(o, FT_OPT_data) && ft_path_is_file(path);
    if (there && !*named) {
        if (ft_options_set_id(o, FT_OPT_edits, path, true, &err))
            ft_app_say_err(w->app, &err);
        else
            ft_app_say(w->app, FT_SAY_NOTE, "label edits read from %s", path);
    } else if (there && !ft_path_same(named, path)) {
        ft_app_say(w->app, FT_SAY_NOTE, "label edits read from %s, not from %s", named, path);
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

/* The labels that the run shown was trained with. */
void ft_workbench_edits_base(struct ft_workbench *w)
{
    struct ft_run run;
    const char *path = "";
    bool there = *w->run && ft_run_read(&run, w->run, NULL) != FT_NOTFOUND;
    if (there) path = ft_options_text(&run.options, FT_OPT_edits);
    ft_dataset_edits_base(w->data, path);
    if (there) ft_run_release(&run);
}

/* --- on disk --- */

/* Edits of an earlier day that --edits hid are kept under another name. */
static enum ft_status keep_others(struct ft_workbench *w, const char *path, struct ft_err *err)
{
    bool ours = ft_path_same(path, w->edits_file) ||
                ft_path_same(path, ft_options_text(&w->o, FT_OPT_edits));
    if (ours || !ft_path_is_file(path)) return FT_OK;
    char *old = ft_xprintf("%s~", path);
    enum ft_status st = ft_rename(path, old, err);
    if (!st) ft_app_say(w->app, FT_SAY_NOTE, "the previous label edits are kept in %s", old);
    free(old);
    return st;
}

static enum ft_status write_to(struct ft_workbench *w, const char *path, struct ft_err *err)
{
    char *dir = ft_path_dir(path);
    enum ft_status st = ft_mkdirs(dir, err);
    free(dir);
    if (!st) st = keep_others(w, path, err);
    if (!st) st = ft_dataset_write_edits(w->data, path, err);
    if (!st) snprintf(w->edits_file, sizeof w->edits_file, "%s", path);
    return st;
}

/* Beside the data, or in the state folder when that can't be written to; the error is that of the
 * first. */
static enum ft_status write_edits(struct ft_workbench *w, struct ft_err *err)
{
    char *path = path_of(&w->o), *state = path_in_state(&w->o);
    enum ft_status st = write_to(w, path, err);
    if (st && state && strcmp(path, state) != 0 && !write_to(w, state, NULL)) {
        st = FT_OK;
        ft_app_say(w->app, FT_SAY_NOTE, "%s cannot be written; label edits saved in %s", path,
                   state);
    }
    free(state);
    free(path);
    return st;
}

/* Also when all were taken back: the file that was written still has them. */
static bool unsaved(const struct ft_workbench *w)
{
    if (ft_dataset_edits_saved(w->data)) return false;
    char *path = path_of(&w->o);
    bool any = ft_dataset_edits(w->data) || ft_dataset_marks(w->data) || ft_path_is_file(path);
    free(path);
    return any;
}

void ft_workbench_keep_edits(struct ft_workbench *w)
{
    struct ft_err err = {0};
    if (unsaved(w) && write_edits(w, &err)) ft_app_say_err(w->app, &err);
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    struct ft_err err = {0};
    bool again = ft_key_is(k, 'w');
    if (!again && !ft_key_is(k, 'd')) return false;
    if (again && write_edits(w, &err))
        ft_app_say_err(w->app, &err);
    else
        w->after_edits(w);
    return true;
}

bool ft_workbench_ask_edits(struct ft_workbench *w, void (*then)(struct ft_workbench *w))
{
    if (!unsaved(w)) return false;
    size_t n = ft_dataset_edits(w->data);
    char *text = ft_xprintf(
        "%zu label edit%s could not be saved: w try again   d discard   Esc stay", n, ft_plural(n));
    w->after_edits = then;
    ft_app_ask(w->app, text, "w try again  d discard  Esc stay", answer, w);
    free(text);
    return true;
}
