/* Settings of the workbench: see workbench.h. Their undo is in workbench_undo.c. */
#include "ui/screens/workbench_in.h"

#include "engine/task/task_facts.h"
#include "engine/model/models.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What suits the model that ships, which is smaller than most. */
static const struct {
    enum ft_opt id;
    const char *text;
} bundled_wants[] = {
    {FT_OPT_learning_rate, "2e-4"}, {FT_OPT_num_train_epochs, "4"}, {FT_OPT_warmup_ratio, "0.1"}};
enum { BUNDLED_WANTS = sizeof bundled_wants / sizeof *bundled_wants };

static bool is_bundled(const struct ft_workbench *w)
{
    const char *model = ft_options_text(&w->o, FT_OPT_model);
    char *ours = ft_assets_path("models/" FT_MODELS_BUNDLED);
    bool is = !strcmp(model, FT_MODELS_BUNDLED) || (ours && !strcmp(model, ours));
    free(ours);
    return is;
}

bool ft_workbench_suit_model(struct ft_workbench *w)
{
    bool bundled = is_bundled(w), given = false, all = true;
    for (int i = 0; i < BUNDLED_WANTS; i++) {
        enum ft_opt id = bundled_wants[i].id;
        given = given || ft_options_given(&w->o, id) || w->wrong[id];
        all = all && !strcmp(ft_options_text(&w->o, id), bundled_wants[i].text);
    }
    if (bundled ? given : !all) return false; /* somebody chose them */
    for (int i = 0; i < BUNDLED_WANTS; i++) {
        enum ft_opt id = bundled_wants[i].id;
        if (bundled)
            ft_options_set_id(&w->o, id, bundled_wants[i].text, true, NULL);
        else
            ft_options_reset(&w->o, id);
    }
    return true;
}

enum ft_status ft_workbench_set(struct ft_workbench *w, enum ft_opt id, const char *text,
                                struct ft_err *err)
{
    struct ft_undo_value *before = ft_workbench_begin_step(w);
    enum ft_status st = ft_options_set_id(&w->o, id, text, true, err);
    if (!st && id == FT_OPT_model) ft_workbench_suit_model(w);
    free(w->wrong[id]);
    w->wrong[id] = st ? ft_xstrdup(text) : NULL;
    ft_workbench_end_step(w, before);
    return st;
}

static bool is_column(enum ft_opt id)
{
    return id == FT_OPT_text_column || id == FT_OPT_text_pair_column || id == FT_OPT_label_column;
}

/* Files that are read must be there; what is written need not. */
static bool is_read(enum ft_opt id)
{
    return ft_option_at(id)->type == FT_OPT_TYPE_PATH && id != FT_OPT_output_dir &&
           id != FT_OPT_model;
}

enum ft_status ft_workbench_legal(const struct ft_workbench *w, enum ft_opt id, const char *text,
                                  struct ft_err *err)
{
    struct ft_options o;
    ft_options_copy(&o, &w->o);
    enum ft_status st = ft_options_set_id(&o, id, text, true, err);
    if (!st && id == FT_OPT_model) st = ft_models_find(text, err) ? err->code : FT_OK;
    if (!st && is_read(id) && *text && !ft_path_exists(text))
        st = ft_fail(err, FT_NOTFOUND, "%s: no such file; check the path", text);
    if (!st && is_column(id) && *ft_options_text(&o, FT_OPT_data))
        st = ft_dataset_check_columns(&o, err);
    enum ft_task task = ft_workbench_task(w);
    if (!st && id == FT_OPT_clean && task != FT_TASK_NONE && ft_task_facts(task)->check)
        st = ft_task_facts(task)->check(&o, err);
    ft_options_release(&o);
    return st;
}

enum ft_status ft_workbench_set_legal(struct ft_workbench *w, enum ft_opt id, const char *text,
                                      struct ft_err *err)
{
    char *path =
        ft_option_at(id)->type == FT_OPT_TYPE_PATH ? ft_command_path(text) : ft_xstrdup(text);
    enum ft_status st = ft_workbench_legal(w, id, path, err);
    if (!st && id == FT_OPT_data && *path)
        ft_workbench_open(w, path);
    else if (!st)
        st = ft_workbench_set(w, id, path, err);
    free(path);
    return st;
}

void ft_workbench_reset(struct ft_workbench *w, enum ft_opt id)
{
    struct ft_undo_value *before = ft_workbench_begin_step(w);
    ft_options_reset(&w->o, id);
    free(w->wrong[id]);
    w->wrong[id] = NULL;
    ft_workbench_end_step(w, before);
}

void ft_workbench_settled(struct ft_workbench *w)
{
    ft_dataset_set(w->data, &w->o);
    w->task = ft_task_cache_find(&w->task_cache, &w->o);
}

enum ft_task ft_workbench_task(const struct ft_workbench *w)
{
    return w->task;
}

const char *ft_workbench_missing(const struct ft_workbench *w, char *buf, size_t size)
{
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        if (!w->wrong[i]) continue;
        snprintf(buf, size, "invalid %s: %.80s (3)", ft_option_at((enum ft_opt)i)->name,
                 w->wrong[i]);
        return buf;
    }
    bool data = *ft_options_text(&w->o, FT_OPT_data), model = *ft_options_text(&w->o, FT_OPT_model);
    const struct ft_err *failed = ft_dataset_failed(w->data);
    if (!data || (!model && !failed->code)) {
        snprintf(buf, size, "missing: %s%s%s", data ? "" : "data (1)", data || model ? "" : ", ",
                 model ? "" : "model (2)");
        return buf;
    }
    char before[80], text[sizeof failed->msg];
    if (failed->code && ft_workbench_file_before(w, before, sizeof before)) {
        snprintf(buf, size, "data (1): %.80s is not loaded; u returns to %s",
                 ft_path_base(ft_options_text(&w->o, FT_OPT_data)), before);
        return buf;
    }
    const char *why =
        failed->code ? ft_error_text(failed, text, sizeof text) : ft_dataset_facts(w->data)->note;
    if (why && *why && !ft_dataset_busy(w->data, &(struct ft_job_view){0})) {
        snprintf(buf, size, "data (1): %s", why);
        return buf;
    }
    if (!model) { /* the data is being read again */
        snprintf(buf, size, "missing: model (2)");
        return buf;
    }
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_copy(&o, &w->o);
    ft_task_settle(&o, ft_workbench_task(w));
    enum ft_status st = ft_task_check(&o, ft_workbench_task(w), &err);
    ft_options_release(&o);
    if (!st) return NULL;
    return ft_error_text(&err, buf, size);
}

/* What the next start opens: the data as it is read, cleaned and split, and the model. Label edits
 * lie next to the data. */
static bool is_remembered(enum ft_opt id)
{
    return ft_option_at(id)->group == FT_OPT_GROUP_DATA && id != FT_OPT_edits;
}

void ft_workbench_remember(struct ft_workbench *w)
{
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        if (!is_remembered(id)) continue;
        const char *text = ft_options_given(&w->o, id) ? ft_options_text(&w->o, id) : "";
        bool path = ft_option_at(id)->type == FT_OPT_TYPE_PATH;
        char *real = path ? ft_path_real(text) : NULL; /* NULL: a name of the hub's cache */
        const char *kept = real ? real : text;
        ft_state_set(ft_app_state(w->app), ft_option_at(id)->name, *kept ? kept : NULL);
        free(real);
    }
}

bool ft_workbench_recall(struct ft_workbench *w)
{
    const struct ft_state *state = ft_app_state(w->app);
    const char *data = ft_state_get(state, ft_option_at(FT_OPT_data)->name);
    if (!data || !ft_dataset_there(data)) return false;
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const char *text = is_remembered(id) ? ft_state_get(state, ft_option_at(id)->name) : NULL;
        if (text) ft_options_set_id(&w->o, id, text, true, NULL); /* or it is of another version */
    }
    return true;
}

void ft_workbench_settings_release(struct ft_workbench *w)
{
    ft_workbench_undo_release(w);
    for (int i = 0; i < FT_OPT_COUNT; i++)
        free(w->wrong[i]);
    ft_options_release(&w->o);
}
