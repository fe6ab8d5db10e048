/* The models that screen 2 lists, the one the cursor is on, the one that is set; and what is read in
 * the background for them. */
#include "ui/screens/view_model_in.h"

#include "engine/task/task_facts.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

const char *model_setting(const struct model_view *t)
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

bool model_is_missing(const struct ft_model_entry *e)
{
    return e->why && !e->real && ft_models_is_id(e->name);
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
    ft_task_settle(&o, f->task);
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
    int task = (int)ft_task_asked(&t->w->o, -1);
    if (task >= 0 || !f->open) return task;
    if (f->running && e && !e->why) return e->text_task;
    return ft_task_of_traits(f->squad     ? FT_TRAIT_ANSWERS
                             : f->running ? FT_TRAIT_MASKS
                                          : FT_TRAIT_ROWS);
}

/* --- what is read --- */

void model_list_anew(struct model_view *t)
{
    free(t->listed);
    t->listed = ft_xstrdup(model_setting(t));
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
    model_put_text(t, there ? r.text : "", n);
}

static void follow_used(struct model_view *t)
{
    const char *name = model_setting(t);
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
void model_follow(struct model_view *t)
{
    bool running = ft_workbench_running(t->w);
    bool ended = t->running && !running; /* its model is one more */
    bool unknown = !t->listed || (!t->has_used && strcmp(t->listed, model_setting(t)) != 0);
    t->running = running;
    model_pull_follow(t);
    follow_list(t);
    if (ended || unknown) model_list_anew(t);
    if (!ft_app_in_front(&t->view)) return;
    look(t);
    follow_row(t);
    ft_model_list_tokens(t->b, ft_str_text(&t->text), t->text.len);
    const struct ft_model_facts *f = model_facts(t);
    ft_list_resize(&t->tensors, f ? f->tensors_n : 0);
}

void model_select_entry(struct model_view *t)
{
    const struct ft_model_entry *e = model_entry(t);
    free(t->selected);
    t->selected = e ? ft_xstrdup(e->name) : NULL;
    t->inside.top = 0;
    t->tokens.top = 0;
    ft_list_select(&t->tensors, 0);
    model_follow(t);
}
