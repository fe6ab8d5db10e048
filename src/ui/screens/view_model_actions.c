/* The actions of screen 2: what they do, which of them would do something now, and what the key line
 * calls them. */
#include "ui/screens/view_model_in.h"

#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- choosing --- */

static void use(struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    struct ft_err err = {0};
    if (!e) return;
    if (e->why) {
        char why[512];
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s", ft_engine_text(e->why, why, sizeof why));
        return;
    }
    if (model_in_use(t, e)) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s is in use", e->label);
        return;
    }
    /* the name of a bundled model could be hidden by a folder of that name here */
    const char *name = strcmp(e->kind, "bundled") ? e->name : e->path;
    if (ft_workbench_set(t->w, FT_OPT_model, name, &err))
        ft_app_say_err(t->w->app, &err);
    else
        ft_app_say(t->w->app, FT_SAY_OK, "%s is in use%s; u undoes", e->label,
                   ft_workbench_running(t->w) ? " for the next run" : "");
    model_follow(t);
}

static bool take_folder(void *arg, const char *path)
{
    struct model_view *t = arg;
    if (!*path || !ft_workbench_use_model(t->w, path)) return false;
    free(t->selected);
    t->selected = NULL;
    model_list_anew(t);
    ft_app_focus(&t->view, MODEL_LIST);
    return true;
}

/* --- copying --- */

static bool take_export(void *arg, const char *path)
{
    struct model_view *t = arg;
    const struct ft_model_entry *e = model_entry(t);
    return e && *path && ft_workbench_export(t->w, e->path, path);
}

static void export_model(struct model_view *t, const char *arg)
{
    const struct ft_model_entry *e = model_entry(t);
    char label[120];
    if (!e || e->why) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s", e ? e->why : "no model is selected");
        return;
    }
    if (arg && *arg) {
        take_export(t, arg);
        return;
    }
    char *to = ft_xprintf("%s-hf", ft_path_base(e->label));
    snprintf(label, sizeof label, "export %.60s to", e->label);
    ft_app_prompt(t->w->app, label, to, "W", take_export, t);
    free(to);
}

static void create_model(struct model_view *t, const char *arg)
{
    const struct ft_model_entry *e = model_entry(t);
    if (!e || e->why)
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s", e ? e->why : "no model is selected");
    else
        ft_workbench_create(t->w, e->path, arg ? arg : "");
}

/* --- finding --- */

static bool has_text(const struct model_view *t, size_t i)
{
    const struct ft_model_facts *f = model_facts(t);
    if (t->view.focus == MODEL_TENSORS) return f && strcasestr(f->tensors[i].name, t->find);
    const struct ft_model_entry *e = ft_model_list_entry(t->b, i);
    return strcasestr(e->name, t->find) || strcasestr(e->path, t->find);
}

static bool find(struct model_view *t, bool back, bool here)
{
    struct ft_list *l = t->view.focus == MODEL_TENSORS ? &t->tensors : &t->list;
    size_t n = l->n;
    for (size_t k = here ? 0 : 1; n && *t->find && k <= n; k++) {
        size_t i = (l->selected + (back ? n - k % n : k)) % n;
        if (!has_text(t, i)) continue;
        ft_list_select(l, i);
        if (l == &t->list) model_select_entry(t);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' not found", t->find);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct model_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, false, true);
}

/* --- dispatch --- */

static bool act_panel(struct model_view *t, enum ft_action a)
{
    switch ((enum model_panel)t->view.focus) {
    case MODEL_LIST:
        if (!ft_list_move(&t->list, ft_action_move(a))) return false;
        model_select_entry(t);
        return true;
    case MODEL_TENSORS:
        return ft_list_move(&t->tensors, ft_action_move(a));
    case MODEL_INSIDE:
        return ft_scroll_move(&t->inside, ft_action_move(a));
    case MODEL_TOKENS:
        return ft_scroll_move(&t->tokens, ft_action_move(a));
    case MODEL_PULL:
        return model_pull_act(t, a);
    default:
        return false;
    }
}

static bool enter(struct model_view *t)
{
    switch ((enum model_panel)t->view.focus) {
    case MODEL_LIST:
        use(t);
        return true;
    case MODEL_PARTS:
        ft_app_focus(&t->view, MODEL_TENSORS);
        return true;
    case MODEL_TOKENS:
        model_type_text(t, NULL);
        return true;
    default:
        return true;
    }
}

static void show_config(struct model_view *t)
{
    const struct ft_model_facts *f = model_facts(t);
    struct ft_rich text = {0};
    char title[80];
    if (!f) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no model is selected");
        return;
    }
    model_config_page(t, &text);
    snprintf(title, sizeof title, "config.json of %.60s", model_entry(t)->label);
    ft_app_page(t->w->app, title, &text);
}

/* By key or by command; a model that is set and not here is asked for at once. */
static void pull(struct model_view *t, const char *arg)
{
    const struct ft_model_entry *e = model_entry(t);
    bool missing = t->view.focus == MODEL_LIST && e && model_is_missing(e);
    ft_app_screen_of(t->w->app, FT_SCOPE_MODEL);
    if (arg && *arg)
        model_pull_open(t, arg);
    else if (t->view.focus == MODEL_PULL && model_pull_state(t) == MODEL_PULL_LOAD)
        model_pull_close(t);
    else
        model_pull_open(t, missing ? e->name : NULL);
    if (missing && model_in_use(t, e) && t->w->pull.job) t->w->pull.use = true;
}

bool model_act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct model_view *t = model_of(v);
    bool given = arg && *arg;
    bool pulling = v->focus == MODEL_PULL;
    if (pulling && (a == FT_ACT_ENTER || a == FT_ACT_BACK)) return model_pull_act(t, a);
    switch (a) {
    case FT_ACT_OPEN:
        if (given) return false; /* the word opens data */
        ft_app_prompt(t->w->app, "model's folder", "", "D", take_folder, t);
        return true;
    case FT_ACT_MODEL:
        return given && take_folder(t, arg);
    case FT_ACT_MODEL_PULL:
        pull(t, arg);
        return true;
    case FT_ACT_MODEL_EXPORT:
        export_model(t, arg);
        return true;
    case FT_ACT_MODEL_CREATE:
        create_model(t, arg);
        return true;
    case FT_ACT_MODEL_TOKENS:
        model_type_text(t, arg);
        return true;
    case FT_ACT_MODEL_TENSORS:
        model_pull_close(t);
        ft_app_focus(v, v->focus == MODEL_TENSORS ? MODEL_LIST : MODEL_TENSORS);
        return true;
    case FT_ACT_MODEL_CONFIG:
        show_config(t);
        return true;
    case FT_ACT_FIND:
        if (given) return take_find(t, arg);
        ft_app_prompt(t->w->app, "find", t->find, "", take_find, t);
        return true;
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return find(t, a == FT_ACT_FIND_PREV, false);
    case FT_ACT_ENTER:
        return enter(t);
    case FT_ACT_BACK:
        if (v->focus == MODEL_LIST) return false;
        ft_app_focus(v, MODEL_LIST);
        return true;
    default:
        return act_panel(t, a);
    }
}

bool model_can(struct ft_view *v, enum ft_action a)
{
    struct model_view *t = model_of(v);
    const struct ft_model_entry *e = model_entry(t);
    char why[200];
    static const enum ft_action pulls[] = {FT_ACT_ENTER, FT_ACT_BACK, FT_ACT_UP, FT_ACT_NEXT_PANEL,
                                           FT_ACT_ZOOM};
    for (size_t i = 0; v->focus == MODEL_PULL && i < sizeof pulls / sizeof *pulls; i++)
        if (a == pulls[i]) return model_pull_can(t, a);
    switch (a) {
    case FT_ACT_ENTER:
        return v->focus == MODEL_PARTS || v->focus == MODEL_TOKENS ||
               (v->focus == MODEL_LIST && e && !e->why && !model_in_use(t, e));
    case FT_ACT_MODEL_TENSORS:
    case FT_ACT_MODEL_CONFIG:
    case FT_ACT_MODEL_TOKENS:
        return model_facts(t) != NULL;
    case FT_ACT_MODEL_EXPORT:
    case FT_ACT_MODEL_CREATE:
        return e && !e->why;
    case FT_ACT_MODEL_PULL:
        return v->focus != MODEL_PULL || model_pull_state(t) == MODEL_PULL_LOAD;
    case FT_ACT_TRAIN:
        return !ft_workbench_missing(t->w, why, sizeof why);
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_OPEN:
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return true;
    default:
        return !ft_action_by_screen(a);
    }
}

const char *model_label(struct ft_view *v, enum ft_action a)
{
    if (v->focus == MODEL_PULL) return model_pull_label(model_of(v), a);
    if (a == FT_ACT_ENTER && v->focus == MODEL_PARTS) return "tensors";
    if (a == FT_ACT_ENTER && v->focus == MODEL_TOKENS) return "type";
    if (a == FT_ACT_MODEL_TENSORS && v->focus == MODEL_TENSORS) return "back";
    return NULL;
}
