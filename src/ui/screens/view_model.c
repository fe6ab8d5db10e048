/* Screen 2: keys and words. The cursor on the list says what is looked at; Enter puts it into the
 * settings. Everything that reads a file is asked of the browser, whose answers come by themselves.
 */
#include "ui/screens/view_model_in.h"

#include "engine/task/model_memory.h"

#include "util/fs.h"
#include "util/kinds.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[MODEL_PANELS] = {
    [MODEL_LIST] = {"Models", FT_SCOPE_MODEL, false},
    [MODEL_INSIDE] = {"Inside", FT_SCOPE_MODEL, false},
    [MODEL_PARTS] = {"Parameters", FT_SCOPE_MODEL, false},
    [MODEL_MEMORY] = {"Memory", FT_SCOPE_MODEL, false},
    [MODEL_TENSORS] = {"Tensors", FT_SCOPE_MODEL, false},
    [MODEL_TOKENS] = {"Tokens", FT_SCOPE_MODEL, false},
};

static struct model_view *of(struct ft_view *v)
{
    return (struct model_view *)v;
}

/* --- which model --- */

static const char *setting(const struct model_view *t)
{
    return ft_options_text(&t->w->o, FT_OPT_model);
}

static bool is_named(const struct ft_model_entry *e, const char *name)
{
    return !strcmp(e->name, name) || !strcmp(e->path, name) || (e->real && !strcmp(e->real, name));
}

/* The list is made with the settings' model in it, by whatever path it was given. */
static bool in_list(const struct model_view *t, const char *name, size_t *at)
{
    for (size_t i = 0; i < ft_model_list_count(t->b); i++)
        if (is_named(ft_model_list_entry(t->b, i), name)) {
            *at = i;
            return true;
        }
    char *real = ft_path_real(name), *inner = real ? ft_path_join(real, "model") : NULL;
    bool found = false;
    for (size_t i = 0; real && !found && i < ft_model_list_count(t->b); i++) {
        const struct ft_model_entry *e = ft_model_list_entry(t->b, i);
        found = is_named(e, real) || (!strcmp(e->kind, "run") && is_named(e, inner));
        if (found) *at = i;
    }
    free(real);
    free(inner);
    return found;
}

const struct ft_model_entry *model_entry(const struct model_view *t)
{
    return ft_model_list_entry(t->b, t->list.selected);
}

const struct ft_model_entry *model_used(const struct model_view *t)
{
    return t->has_used ? ft_model_list_entry(t->b, t->used) : NULL;
}

bool model_in_use(const struct model_view *t, const struct ft_model_entry *e)
{
    return e && e == model_used(t);
}

const struct ft_model_facts *model_facts(const struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    return e && !e->why ? ft_model_list_facts(t->b) : NULL;
}

bool model_memory(const struct model_view *t, struct ft_model_memory *m)
{
    const struct ft_model_facts *f = model_facts(t);
    struct ft_options o;
    if (!f) return false;
    ft_options_copy(&o, &t->w->o);
    ft_options_settle(&o, f->task);
    bool counted =
        model_entry(t) == model_used(t); /* the data's tokens are those of its tokenizer */
    struct ft_plan_in in = {
        .o = &o, .task = f->task, .data = counted ? t->w->data : NULL, .model = f};
    ft_plan_memory(m, &in);
    ft_options_release(&o);
    return true;
}

int model_task(const struct model_view *t)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->w->data);
    const struct ft_model_entry *e = model_entry(t);
    int task = ft_options_choice(&t->w->o, FT_OPT_task);
    bool gpt2 = e && e->family && !strcmp(e->family, ft_family_name(FT_FAMILY_GPT2));
    if (task >= 0 || !f->open) return task;
    if (f->squad) return FT_TASK_QA;
    return !f->running ? FT_TASK_CLASSIFY : gpt2 ? FT_TASK_CLM : FT_TASK_MLM;
}

/* --- what is asked of the browser --- */

static void list_anew(struct model_view *t)
{
    free(t->listed);
    t->listed = ft_xstrdup(setting(t));
    ft_model_list_list(t->b, "runs", t->listed);
}

static void look(struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    if (!e || e->why)
        ft_model_list_look(t->b, NULL, NULL);
    else
        ft_workbench_look_at(t->w, t->b, e->path, model_task(t));
}

static void put_text(struct model_view *t, const char *text, size_t n)
{
    if (n == t->text.len && !memcmp(text, ft_str_text(&t->text), n)) return;
    ft_str_clear(&t->text);
    ft_str_add(&t->text, text, n);
    t->tokens.top = 0;
}

/* The data's selected row stands in the token line until something is typed there. */
static void follow_row(struct model_view *t)
{
    struct ft_dataset_row r;
    if (t->own_text || t->typing) return;
    bool there = ft_dataset_row(t->w->data, t->w->row, &r);
    size_t n = there ? r.n : 0;
    t->row_number = there ? r.row : 0;
    t->text_cut = n > MODEL_TEXT_MAX;
    if (t->text_cut) n = MODEL_TEXT_MAX;
    while (t->text_cut && n > 0 && ((unsigned char)r.text[n] & 0xc0) == 0x80)
        n--;
    put_text(t, there ? r.text : "", n);
}

static void follow_used(struct model_view *t)
{
    const char *name = setting(t);
    bool again =
        t->seen != ft_model_list_version(t->b) || !t->used_name || strcmp(t->used_name, name) != 0;
    if (!again) return;
    t->seen = ft_model_list_version(t->b);
    free(t->used_name);
    t->used_name = ft_xstrdup(name);
    t->has_used = *name && in_list(t, name, &t->used);
}

/* The cursor stays on its model when the list changes; at first it is on the one in use. */
static void follow_list(struct model_view *t)
{
    ft_list_resize(&t->list, ft_model_list_count(t->b));
    follow_used(t);
    if (!t->selected && t->has_used) ft_list_select(&t->list, t->used);
    for (size_t i = 0; t->selected && i < t->list.n; i++)
        if (!strcmp(ft_model_list_entry(t->b, i)->name, t->selected)) ft_list_select(&t->list, i);
}

/* Behind another screen only the list is kept, for the mark in the way. */
static void follow(struct model_view *t)
{
    bool running = ft_workbench_running(t->w);
    bool ended = t->running && !running; /* its model is one more */
    bool unknown = !t->listed || (!t->has_used && strcmp(t->listed, setting(t)) != 0);
    t->running = running;
    follow_list(t);
    if (ended || unknown) list_anew(t);
    if (!ft_app_in_front(&t->view)) return;
    look(t);
    follow_row(t);
    ft_model_list_tokens(t->b, ft_str_text(&t->text), t->text.len);
    const struct ft_model_facts *f = model_facts(t);
    ft_list_resize(&t->tensors, f ? f->tensors_n : 0);
}

static void select_entry(struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    free(t->selected);
    t->selected = e ? ft_xstrdup(e->name) : NULL;
    t->inside.top = 0;
    t->tokens.top = 0;
    ft_list_select(&t->tensors, 0);
    follow(t);
}

/* --- choosing --- */

static void use(struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    struct ft_err err = {0};
    if (!e) return;
    if (e->why) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s", e->why);
        return;
    }
    if (model_in_use(t, e)) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s is in use", e->label);
        return;
    }
    /* a shipped name could be hidden by a folder of that name here */
    const char *name = strcmp(e->kind, "shipped") ? e->name : e->path;
    if (ft_workbench_set(t->w, FT_OPT_model, name, &err))
        ft_app_say_err(t->w->app, &err);
    else
        ft_app_say(t->w->app, FT_SAY_OK, "%s is in use%s; u undoes", e->label,
                   ft_workbench_running(t->w) ? " for the next run" : "");
    follow(t);
}

static bool take_folder(void *arg, const char *path)
{
    struct model_view *t = arg;
    if (!*path || !ft_workbench_use_model(t->w, path)) return false;
    free(t->selected);
    t->selected = NULL;
    list_anew(t);
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
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s", e ? e->why : "no model is looked at");
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

/* --- the token line --- */

static void stop_typing(struct model_view *t)
{
    t->typing = false;
    t->own_text = t->text.len > 0; /* nothing typed: the data's row again */
    t->text_cut = false;
    follow(t);
}

static bool key(struct ft_view *v, const struct ft_key *k)
{
    struct model_view *t = of(v);
    if (!t->typing) return false;
    if (k->code == FT_KEY_ENTER || k->code == FT_KEY_ESC || k->code == FT_KEY_TAB) {
        stop_typing(t);
        return k->code != FT_KEY_TAB;
    }
    if (!ft_field_key(&t->field, k, 60)) return false;
    put_text(t, ft_field_text(&t->field), t->field.text.len);
    ft_model_list_tokens(t->b, ft_str_text(&t->text), t->text.len);
    return true;
}

static bool typing(struct ft_view *v)
{
    return of(v)->typing;
}

static void type_text(struct model_view *t, const char *text)
{
    ft_app_focus(&t->view, MODEL_TOKENS);
    if (text && *text) {
        put_text(t, text, strlen(text));
        stop_typing(t);
        return;
    }
    t->typing = true;
    ft_field_set(&t->field, ft_str_text(&t->text));
    t->field.selected = t->field.text.len > 0; /* the first character takes its place */
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
        if (l == &t->list) select_entry(t);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' is not here", t->find);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct model_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, false, true);
}

/* --- actions --- */

static bool act_panel(struct model_view *t, enum ft_action a)
{
    switch ((enum model_panel)t->view.focus) {
    case MODEL_LIST:
        if (!ft_list_move(&t->list, ft_action_move(a))) return false;
        select_entry(t);
        return true;
    case MODEL_TENSORS:
        return ft_list_move(&t->tensors, ft_action_move(a));
    case MODEL_INSIDE:
        return ft_scroll_move(&t->inside, ft_action_move(a));
    case MODEL_TOKENS:
        return ft_scroll_move(&t->tokens, ft_action_move(a));
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
        type_text(t, NULL);
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
        ft_app_say(t->w->app, FT_SAY_NOTE, "no model is looked at");
        return;
    }
    model_config_page(t, &text);
    snprintf(title, sizeof title, "config.json of %.60s", model_entry(t)->label);
    ft_app_page(t->w->app, title, &text);
}

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct model_view *t = of(v);
    bool given = arg && *arg;
    switch (a) {
    case FT_ACT_OPEN:
        if (given) return false; /* the word opens data */
        ft_app_prompt(t->w->app, "model's folder", "", "D", take_folder, t);
        return true;
    case FT_ACT_MODEL:
        return given && take_folder(t, arg);
    case FT_ACT_MODEL_PULL:
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "pull is not built in this version: nothing is downloaded; o opens a folder, "
                   "and the hub's local cache is in the list");
        return true;
    case FT_ACT_MODEL_EXPORT:
        export_model(t, arg);
        return true;
    case FT_ACT_MODEL_TOKENS:
        type_text(t, arg);
        return true;
    case FT_ACT_MODEL_TENSORS:
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

static bool can(struct ft_view *v, enum ft_action a)
{
    struct model_view *t = of(v);
    const struct ft_model_entry *e = model_entry(t);
    char why[200];
    switch (a) {
    case FT_ACT_ENTER:
        return v->focus == MODEL_PARTS || v->focus == MODEL_TOKENS ||
               (v->focus == MODEL_LIST && e && !e->why && !model_in_use(t, e));
    case FT_ACT_MODEL_TENSORS:
    case FT_ACT_MODEL_CONFIG:
    case FT_ACT_MODEL_TOKENS:
        return model_facts(t) != NULL;
    case FT_ACT_MODEL_EXPORT:
        return e && !e->why;
    case FT_ACT_MODEL_PULL:
        return false; /* not built: the word says so */
    case FT_ACT_TRAIN:
        return !t->w->session && !ft_workbench_missing(t->w, why, sizeof why);
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

static const char *label(struct ft_view *v, enum ft_action a)
{
    if (a == FT_ACT_ENTER && v->focus == MODEL_PARTS) return "tensors";
    if (a == FT_ACT_ENTER && v->focus == MODEL_TOKENS) return "type";
    if (a == FT_ACT_MODEL_TENSORS && v->focus == MODEL_TENSORS) return "back";
    return NULL;
}

/* --- what goes on --- */

static void cancel(void *arg)
{
    struct model_view *t = arg;
    ft_model_list_cancel(t->b);
    ft_app_say(t->w->app, FT_SAY_NOTE, "given up; what was read before stays");
}

static void tick(struct ft_view *v)
{
    struct model_view *t = of(v);
    struct ft_job_view work;
    follow(t);
    /* shorter work is none to wait for, and Esc is not for it */
    bool busy = ft_model_list_busy(t->b, &work) && work.seconds >= 0.3;
    bool ours = ft_app_in_front(&t->view);
    const struct ft_err *failed = ft_model_list_list_failed(t->b);
    if (busy && ours)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->busy)
        ft_app_busy_end(t->w->app);
    if (failed->code && !t->list_failed) ft_app_say_err(t->w->app, failed);
    t->list_failed = failed->code != 0;
    t->busy = busy && ours;
}

static void open_view(struct ft_view *v)
{
    struct model_view *t = of(v);
    if (t->opened) list_anew(t); /* what came since */
    t->opened = true;
    follow(t);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    if (p == MODEL_LIST || v->zoom) follow(of(v));
    model_draw(v, p, c, r, focused);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct model_view *t = of(v);
    const struct ft_model_entry *e = model_used(t);
    if (!*setting(t) || !t->listed) return;
    if (e && !e->why)
        snprintf(buf, size, "\u2713");
    else if (e || ft_model_list_whole(t->b))
        snprintf(buf, size, "!");
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct model_view *t = of(v);
    (void)x, (void)again;
    if (p == MODEL_LIST && ft_list_click(&t->list, y)) {
        select_entry(t);
        return true;
    }
    return p == MODEL_TENSORS && ft_list_click(&t->tensors, y);
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct model_view *t = of(v);
    (void)before, (void)prefix;
    if (strcmp(kind, "M") != 0) return;
    for (size_t i = 0; i < ft_model_list_count(t->b); i++)
        ft_matches_add(out, ft_model_list_entry(t->b, i)->name);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    struct model_view *t = of(v);
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    const struct ft_text_tokens *p = ft_model_list_text_tokens(t->b);
    if (v->focus == MODEL_TENSORS && f && f->tensors_n)
        ft_str_addz(out, f->tensors[t->tensors.selected].name);
    else if (v->focus == MODEL_TOKENS && p)
        for (size_t i = 0; i < p->n; i++)
            ft_str_addf(out, "%s%d", i ? " " : "", (int)p->items[i].id);
    else if (e)
        ft_str_addz(out, e->path);
    return out->len > 0;
}

static void close_view(struct ft_view *v)
{
    struct model_view *t = of(v);
    ft_field_release(&t->field);
    ft_str_release(&t->text);
    free(t->selected);
    free(t->listed);
    free(t->used_name);
    free(t);
}

struct ft_view *ft_view_model_new(struct ft_workbench *w)
{
    struct model_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->b = w->models;
    t->field.max_bytes = MODEL_TEXT_MAX;
    t->view = (struct ft_view){.name = "Model",
                               .scope = FT_SCOPE_MODEL,
                               .panels = panels,
                               .panels_n = MODEL_PANELS,
                               .open = open_view,
                               .layout = model_layout,
                               .draw = draw,
                               .title = model_title,
                               .act = act,
                               .key = key,
                               .typing = typing,
                               .can = can,
                               .label = label,
                               .tick = tick,
                               .mark = mark,
                               .next = model_next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
