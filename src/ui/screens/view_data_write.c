/* What screen 1 writes: label edits, the rows as they are listed, the data in its own format. */
#include "ui/screens/view_data_in.h"

#include "util/fs.h"
#include "util/record_file.h"

#include <stdlib.h>
#include <string.h>

static bool write_edits(void *arg, const char *path)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    size_t n = ft_dataset_edits(t->d);
    if (ft_dataset_write_edits(t->d, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu edit%s written; fettle train --edits %s applies them", n,
               ft_plural(n), path);
    return true;
}

static bool write_rows(void *arg, const char *path)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    size_t n = ft_dataset_export_n(t->d);
    bool good = !ft_dataset_export(t->d, path, &err);
    if (good)
        ft_app_say(t->w->app, FT_SAY_OK, "%zu row%s written to %s", n, ft_plural(n), path);
    else
        ft_app_say_err(t->w->app, &err);
    return good;
}

static bool take_rows(void *arg, const char *path)
{
    struct data_view *t = arg;
    return ft_workbench_write_to(t->w, path, write_rows, t);
}

static bool write_corrected(void *arg, const char *path)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    size_t changed, dropped;
    if (ft_dataset_corrected(t->d, path, &changed, &dropped, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%s: %zu row%s changed, %zu removed", path, changed,
               ft_plural(changed), dropped);
    return true;
}

static bool take_corrected(void *arg, const char *path)
{
    struct data_view *t = arg;
    return ft_workbench_write_to(t->w, path, write_corrected, t);
}

bool data_act_corrected(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return take_corrected(t, call->arg) || true;
    ft_app_prompt(t->w->app, "write the data with the label edits to", "", "W", take_corrected, t);
    return true;
}

/* The file of label edits is the program's own: replacing it needs no question. */
static bool take_edits(void *arg, const char *path)
{
    struct data_view *t = arg;
    char *beside = ft_workbench_edits_path(t->w);
    bool own = beside && ft_path_same(path, beside);
    free(beside);
    return own ? write_edits(t, path) : ft_workbench_write_to(t->w, path, write_edits, t);
}

/* What `w` writes follows the name: label edits are JSON lines, rows the other formats. */
static bool take_write(void *arg, const char *path)
{
    enum ft_record_format format = ft_record_format_of(path);
    bool rows = format && format != FT_RECORD_JSONL;
    return rows ? take_rows(arg, path) : take_edits(arg, path);
}

bool data_act_edits(const struct ft_view_call *call)
{
    struct data_view *t = data_of(call->view);
    if (call->given) return take_edits(t, call->arg) || true;
    char *beside = ft_workbench_edits_path(t->w);
    if (ft_dataset_edits(t->d))
        ft_app_prompt(t->w->app, "write edits to (.csv .tsv .json: the rows)", beside, "W",
                      take_write, t);
    else
        ft_app_prompt(t->w->app, "write rows to (.csv .tsv .json)", "rows.csv", "W", take_write, t);
    free(beside);
    return true;
}

bool data_act_write(const struct ft_view_call *call)
{
    return call->given && (take_rows(data_of(call->view), call->arg) || true);
}

/* Exporting with such a name means the rows; a folder is the model's. */
bool data_act_export(const struct ft_view_call *call)
{
    return call->given && ft_record_format_of(call->arg) && data_act_write(call);
}
