/* The workbench's start: what was asked for on the command line, what was open last or what ships,
 * the screens in the order of their keys. Nothing heavy happens before the first drawing. */
#include "ui/screens/ui.h"

#include "ui/screens/ui_options.h"
#include "ui/screens/view_data.h"
#include "ui/screens/view_evaluate.h"
#include "ui/screens/view_model.h"
#include "ui/screens/view_predict.h"
#include "ui/screens/view_runs.h"
#include "ui/screens/view_train.h"
#include "ui/screens/view_tune.h"
#include "ui/screens/workbench.h"
#include "engine/model/models.h"
#include "engine/options/data_folder.h"
#include "util/fs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of keys 1..7. */
static struct ft_view *(*const screens[])(struct ft_workbench *w) = {
    ft_view_data_new,     ft_view_model_new,   ft_view_tune_new, ft_view_train_new,
    ft_view_evaluate_new, ft_view_predict_new, ft_view_runs_new};

void ft_ui_screens(struct ft_app *app, struct ft_workbench *w)
{
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++)
        ft_app_add(app, screens[i](w));
}

/* Put in place before anything was done: no step of undo. */
static void first(struct ft_workbench *w, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(&w->o, name, value, true, &err)) ft_app_say_err(w->app, &err);
}

/* The sample and the model that ship. */
static void open_sample(struct ft_workbench *w)
{
    char *data = ft_assets_path("data/library-mail.csv");
    char *model = ft_assets_path("models/" FT_MODELS_BUNDLED);
    if (data && model) {
        first(w, "data", data);
        first(w, "model", model);
        ft_workbench_suit_model(w);
        ft_app_say(w->app, FT_SAY_NOTE, "bundled sample and model opened.  Next: T trains");
    }
    free(data);
    free(model);
}

static void take_settings(struct ft_workbench *w, const struct ft_ui_options *o)
{
    for (size_t i = 0; i < o->set_n; i++)
        first(w, ft_option_at(o->set[i].id)->name, o->set[i].value);
}

/* What is named; else what was open last and is still there; else what ships. */
static void open_first(struct ft_workbench *w, const struct ft_ui_options *o)
{
    if (o->open || o->model || o->run) {
        if (o->open) first(w, "data", o->open);
        if (o->model) first(w, "model", o->model);
        take_settings(w, o);
        ft_data_folder_open(&w->o, false);
        if (o->run) ft_workbench_show_with_data(w, o->run);
        ft_workbench_edits_beside(w);
        ft_workbench_suit_model(w);
        return;
    }
    if (!ft_workbench_recall(w)) {
        open_sample(w);
        take_settings(w, o);
        return;
    }
    take_settings(w, o);
    ft_workbench_edits_beside(w);
    ft_workbench_suit_model(w);
}

int ft_ui_main(int argc, char **argv)
{
    struct ft_ui_options o;
    struct ft_err err = {0};
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of the write, with its file */
    if (ft_ui_options_parse(&o, argc, argv, &err)) {
        fprintf(stderr, "error: %s\nhint: fettle ui --help\n", err.msg);
        return 2;
    }
    if (o.help) {
        struct ft_str help = {0};
        ft_ui_options_help(&help);
        fputs(ft_str_text(&help), stdout);
        ft_str_release(&help);
        return 0;
    }
    struct ft_app *app = ft_app_new(&o.app);
    struct ft_workbench *w = ft_workbench_new(app);
    ft_ui_screens(app, w);
    open_first(w, &o);
    ft_workbench_settled(w);
    ft_workbench_check_model(w);
    if (!o.run) ft_workbench_look_for_stopped(w);
    int status = ft_app_run(app);
    if (w->farewell) fprintf(stderr, "%s\n", w->farewell);
    ft_app_free(app);
    ft_workbench_free(w);
    return status;
}
