/* Screen 2: pulling a model from the hub. An id is typed, with the known models that match it; what
 * the hub says of it is shown, and Enter downloads it. The pull itself is the workbench's: it goes on
 * behind other screens. */
#include "ui/screens/view_model_in.h"

#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum model_pull_state model_pull_state(const struct model_view *t)
{
    if (!t->w->pull.job) return MODEL_PULL_CHOOSE;
    switch (t->w->pull.view.phase) {
    case FT_PULL_PLANNING:
        return MODEL_PULL_ASK;
    case FT_PULL_READY:
        return MODEL_PULL_READY;
    case FT_PULL_DOWNLOADING:
        return MODEL_PULL_LOAD;
    case FT_PULL_FAILED:
        return MODEL_PULL_FAILED;
    case FT_PULL_DONE:
    case FT_PULL_PHASE_COUNT:
        break;
    }
    return MODEL_PULL_CHOOSE;
}

/* --- what matches --- */

static void plan(struct model_view *t)
{
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    int task = model_task(t);
    ft_options_copy(&o, &t->w->o);
    if (task >= 0) ft_task_settle(&o, (enum ft_task)task);
    ft_workbench_plan(t->w, &o, &p, &in);
    ft_known_list_plan(t->pull.known, &(struct ft_known_in){.o = &o,
                                                            .task = task,
                                                            .speed = ft_speed_last(t->w->speed),
                                                            .length = (size_t)p.mean_length});
    ft_options_release(&o);
}

/* The id as it is typed: whole, or the beginning of a search. */
static bool may_be_id(const char *text)
{
    return *text && !strpbrk(text, " \t");
}

static void find(struct model_view *t)
{
    const char *text = ft_field_text(&t->pull.field);
    const struct ft_known_model *known = ft_known_model(text);
    size_t n = ft_known_list_find(t->pull.known, text, t->b);
    bool whole = strchr(text, '/') || strchr(text, '@');
    t->pull.typed_at = -1;
    if (may_be_id(text) && !(known && !strcmp(known->id, text)))
        t->pull.typed_at = whole ? 0 : (int)n;
    ft_list_resize(&t->pull.list, n + (t->pull.typed_at >= 0));
}

const struct ft_known_row *model_pull_row(const struct model_view *t, size_t i)
{
    int at = t->pull.typed_at;
    if (at >= 0 && i == (size_t)at) return NULL;
    return ft_known_list_row(t->pull.known, at >= 0 && i > (size_t)at ? i - 1 : i);
}

/* --- the field --- */

bool model_pull_typing(const struct model_view *t)
{
    return t->pull.open && t->view.focus == MODEL_PULL && model_pull_state(t) == MODEL_PULL_CHOOSE;
}

/* The address of a model's page, as it is pasted from a browser, is its id and revision. */
static void take_address(struct ft_field *field)
{
    static const char *const hosts[] = {"huggingface.co/", "www.huggingface.co/", "hf.co/"};
    const char *text = ft_field_text(field), *id = NULL;
    const char *scheme = strstr(text, "://");
    text = scheme ? scheme + 3 : text + strspn(text, " \t");
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts && !id; i++)
        if (!strncasecmp(text, hosts[i], strlen(hosts[i]))) id = text + strlen(hosts[i]);
    if (!id) return;
    char *copy = ft_xstrndup(id, strcspn(id, "?# \t\n")), *tree = strstr(copy, "/tree/"),
         *blob = strstr(copy, "/blob/"), *rev = NULL;
    if (!tree) tree = blob;
    if (tree) {
        *tree = 0;
        rev = tree + strlen("/tree/");
        rev[strcspn(rev, "/")] = 0;
        if (!strcmp(rev, "main")) rev = NULL;
    }
    size_t n = strlen(copy);
    while (n && copy[n - 1] == '/')
        copy[--n] = 0;
    char *name = ft_xprintf("%s%s%s", copy, rev && *rev ? "@" : "", rev && *rev ? rev : "");
    ft_field_set(field, name);
    free(name);
    free(copy);
}

bool model_pull_key(struct model_view *t, const struct ft_key *k)
{
    if (!ft_field_key(&t->pull.field, k, 60)) return false;
    if (k->code == FT_KEY_PASTE) take_address(&t->pull.field);
    plan(t);
    find(t);
    ft_list_select(&t->pull.list, 0);
    return true;
}

/* --- opening and closing --- */

void model_pull_open(struct model_view *t, const char *name)
{
    if (!t->pull.known) t->pull.known = ft_known_list_new();
    t->pull.open = true;
    t->view.zoom = false;
    ft_app_focus(&t->view, MODEL_PULL);
    if (name) {
        ft_field_set(&t->pull.field, name);
        take_address(&t->pull.field);
    }
    plan(t);
    find(t);
    if (name) {
        ft_list_select(&t->pull.list, 0);
        ft_workbench_pull(t->w, ft_field_text(&t->pull.field), false);
    }
    t->pull.field.selected = t->pull.field.text.len > 0; /* the first character takes its place */
    t->pull.files.top = 0;
}

void model_pull_close(struct model_view *t)
{
    if (!t->pull.open) return;
    t->pull.open = false;
    if (t->view.focus == MODEL_PULL) ft_app_focus(&t->view, MODEL_LIST);
}

void model_pull_release(struct model_view *t)
{
    ft_field_release(&t->pull.field);
    ft_known_list_free(t->pull.known);
}

void model_pull_follow(struct model_view *t)
{
    struct ft_workbench *w = t->w;
    if (t->pull.open && ft_app_in_front(&t->view) && model_pull_state(t) == MODEL_PULL_CHOOSE) {
        plan(t);
        find(t);
    }
    if (t->pull.seen == w->pull.version) return;
    t->pull.seen = w->pull.version;
    free(t->selected);
    t->selected = ft_xstrdup(w->pull.name);
    model_list_anew(t);
    ft_field_set(&t->pull.field, "");
    model_pull_close(t);
}

/* --- actions --- */

static void ask(struct model_view *t)
{
    size_t i = t->pull.list.selected;
    const struct ft_known_row *row = model_pull_row(t, i);
    const char *text = ft_field_text(&t->pull.field);
    if (!row && (int)i != t->pull.typed_at) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "no known model matches; type a whole id: NAME or "
                   "ORGANISATION/NAME");
        return;
    }
    t->pull.files.top = 0;
    ft_workbench_pull(t->w, row ? row->model->id : text, false);
}

static void back(struct model_view *t)
{
    switch (model_pull_state(t)) {
    case MODEL_PULL_CHOOSE:
        model_pull_close(t);
        break;
    case MODEL_PULL_ASK:
    case MODEL_PULL_LOAD:
        ft_workbench_pull_cancel(t->w);
        break;
    case MODEL_PULL_READY:
    case MODEL_PULL_FAILED:
        ft_workbench_pull_end(t->w);
        ft_app_unsay(t->w->app);
        break;
    }
}

static void enter(struct model_view *t)
{
    struct ft_workbench *w = t->w;
    switch (model_pull_state(t)) {
    case MODEL_PULL_CHOOSE:
        ask(t);
        break;
    case MODEL_PULL_READY:
        t->pull.files.top = 0;
        ft_workbench_pull_go(w);
        break;
    case MODEL_PULL_FAILED: {
        char *name = ft_xstrdup(w->pull.asked);
        ft_workbench_pull(w, name, w->pull.use);
        free(name);
        break;
    }
    case MODEL_PULL_ASK:
    case MODEL_PULL_LOAD:
        break;
    }
}

bool model_pull_act(struct model_view *t, enum ft_action a)
{
    if (a == FT_ACT_ENTER)
        enter(t);
    else if (a == FT_ACT_BACK)
        back(t);
    else if (model_pull_state(t) == MODEL_PULL_CHOOSE)
        return ft_list_move(&t->pull.list, ft_action_move(a));
    else
        return ft_scroll_move(&t->pull.files, ft_action_move(a));
    return true;
}

bool model_pull_can(const struct model_view *t, enum ft_action a)
{
    enum model_pull_state state = model_pull_state(t);
    if (a == FT_ACT_UP) return state == MODEL_PULL_CHOOSE && t->pull.list.n > 1;
    if (a == FT_ACT_NEXT_PANEL || a == FT_ACT_ZOOM) /* alone, it has nowhere to go */
        return ft_app_width(t->w->app) >= MODEL_LIST_AND_PULL;
    if (a != FT_ACT_ENTER) return true;
    if (state == MODEL_PULL_CHOOSE) return t->pull.list.n > 0;
    return state == MODEL_PULL_READY || state == MODEL_PULL_FAILED;
}

const char *model_pull_label(const struct model_view *t, enum ft_action a)
{
    enum model_pull_state state = model_pull_state(t);
    bool cancelled = t->w->pull.view.err.code == FT_CANCELLED;
    if (a == FT_ACT_UP) return "choose";
    if (a == FT_ACT_ENTER)
        return state == MODEL_PULL_CHOOSE                ? "ask the hub"
               : state == MODEL_PULL_FAILED && cancelled ? "resume"
               : state == MODEL_PULL_FAILED              ? "try again"
                                                         : NULL;
    if (a == FT_ACT_BACK)
        return state == MODEL_PULL_CHOOSE                            ? "close"
               : state == MODEL_PULL_ASK || state == MODEL_PULL_LOAD ? "cancel"
                                                                     : NULL;
    return NULL;
}

bool model_pull_next(const struct model_view *t, char *buf, size_t size)
{
    const struct ft_pull_view *p = &t->w->pull.view;
    char bytes[32];
    if (!t->pull.open || t->view.focus != MODEL_PULL) return false;
    switch (model_pull_state(t)) {
    case MODEL_PULL_CHOOSE:
        snprintf(buf, size, "note: type to search, or any id on the hub.  Next: Enter asks for it");
        return true;
    case MODEL_PULL_READY:
        if (p->bytes_download > 0)
            snprintf(buf, size, "Next: Enter downloads %s",
                     ft_format_bytes(bytes, sizeof bytes, (double)p->bytes_download));
        else
            snprintf(buf, size, "ok: all files are on this machine.  Next: Enter checks them");
        return true;
    case MODEL_PULL_FAILED:
        if (p->err.code == FT_CANCELLED)
            snprintf(buf, size, "note: cancelled.  Next: Enter resumes");
        else
            snprintf(buf, size, "error: %s", p->err.msg);
        return true;
    case MODEL_PULL_ASK:
    case MODEL_PULL_LOAD:
        break;
    }
    return false;
}
