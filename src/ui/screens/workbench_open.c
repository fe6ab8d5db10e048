/* Opening data and choosing a model for the workbench: see workbench.h. */
#include "ui/screens/workbench_in.h"

#include "engine/model/models.h"
#include "engine/options/data_folder.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

/* Columns named for another file are guessed again when this one has no such columns. */
static void find_columns(struct ft_workbench *w, struct ft_options *o)
{
    if (!ft_dataset_check_columns(o, NULL)) return;
    ft_options_reset(o, FT_OPT_text_column);
    ft_options_reset(o, FT_OPT_text_pair_column);
    ft_options_reset(o, FT_OPT_label_column);
    ft_app_say(w->app, FT_SAY_NOTE, "%s has other columns: inferred again; m changes them",
               ft_path_base(ft_options_text(o, FT_OPT_data)));
}

/* How a file is read is its own: what was set for the one before is not. */
static const enum ft_opt forms[] = {FT_OPT_header, FT_OPT_delimiter, FT_OPT_quote, FT_OPT_encoding};
enum { FORMS = sizeof forms / sizeof *forms };

/* Takes "header=false encoding=latin-1" off the end of `line` and sets them. */
static enum ft_status take_forms(char *line, struct ft_options *o, struct ft_err *err)
{
    for (int i = 0; i < FORMS; i++)
        ft_options_reset(o, forms[i]);
    for (char *word; !ft_path_exists(line) && (word = strrchr(line, ' '));) {
        const char *value = strchr(word, '=');
        int id = -1;
        for (int i = 0; i < FORMS && value; i++) {
            const char *name = ft_option_at(forms[i])->name;
            if (strlen(name) == (size_t)(value - word - 1) &&
                !strncmp(word + 1, name, strlen(name)))
                id = (int)forms[i];
        }
        if (id < 0) break;
        enum ft_status st = ft_options_set_id(o, (enum ft_opt)id, value + 1, true, err);
        if (st) return st;
        while (word > line && *word == ' ')
            *word-- = 0;
    }
    return FT_OK;
}

static bool open_file(struct ft_workbench *w, const char *path, const struct ft_options *wanted)
{
    struct ft_err err = {0};
    char *real = ft_dataset_real_path(path);
    if (!real) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s: no such file; check the path", path);
        return false;
    }
    ft_app_unsay(w->app);
    ft_workbench_keep_edits(w); /* of the data before */
    ft_state_recent(ft_app_state(w->app), real);
    free(real);
    ft_workbench_forget_failed(w);
    struct ft_options o;
    ft_options_copy(&o, wanted);
    ft_options_reset(&o, FT_OPT_edits);
    if (ft_options_set_id(&o, FT_OPT_data, path, true, &err)) {
        ft_app_say_err(w->app, &err);
    } else {
        ft_data_folder_open(&o, true);
        find_columns(w, &o);
        ft_workbench_add_edits(w, &o);
        ft_workbench_replace(w, &o);
    }
    ft_options_release(&o);
    return true;
}

bool ft_workbench_open(struct ft_workbench *w, const char *text)
{
    struct ft_err err = {0};
    struct ft_options o;
    char *path = ft_xstrdup(text);
    ft_options_copy(&o, &w->o);
    bool opened = false;
    if (take_forms(path, &o, &err))
        ft_app_say_err(w->app, &err);
    else
        opened = open_file(w, path, &o);
    ft_options_release(&o);
    free(path);
    return opened;
}

bool ft_workbench_use_model(struct ft_workbench *w, const char *name)
{
    struct ft_err err = {0};
    enum ft_status st = ft_models_find(name, &err);
    if (st == FT_NOTFOUND && ft_workbench_offer_pull(w, name)) return false;
    if (!st && !ft_workbench_set(w, FT_OPT_model, name, &err)) return true;
    ft_app_say_err(w->app, &err);
    return false;
}
