/* Screen 2: what the app sees of it. The cursor on the list says what is looked at; Enter puts it
 * into the settings. What reads a file is asked of the model list, whose answers come by themselves.
 */
#include "ui/screens/view_model_in.h"

#include "util/fs.h"
#include "util/text_table.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[MODEL_PANELS] = {
    [MODEL_LIST] = {"Models", FT_SCOPE_MODEL, false},
    [MODEL_INSIDE] = {"Model", FT_SCOPE_MODEL, false},
    [MODEL_PARTS] = {"Parameters", FT_SCOPE_MODEL, false},
    [MODEL_MEMORY] = {"Memory", FT_SCOPE_MODEL, false},
    [MODEL_TENSORS] = {"Tensors", FT_SCOPE_MODEL, false},
    [MODEL_TOKENS] = {"Tokens", FT_SCOPE_MODEL, false},
    [MODEL_PULL] = {"Pull", FT_SCOPE_MODEL_PULL, false},
};

/* --- changes since the last frame --- */

static void cancel(void *arg)
{
    struct model_view *t = arg;
    ft_model_list_cancel(t->b);
    ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled; the previous models are kept");
}

static void cancel_pull(void *arg)
{
    struct model_view *t = arg;
    ft_workbench_pull_cancel(t->w);
}

/* In the message line while this screen is in front; the others show it in row 1. true: it is there. */
static bool busy_pull(struct model_view *t)
{
    const struct ft_pull_view *p = &t->w->pull.view;
    char what[160];
    if (!ft_workbench_pulling(t->w) || !ft_app_in_front(&t->view)) return false;
    bool load = p->phase == FT_PULL_DOWNLOADING;
    bool small = p->bytes_download < 10 << 20;
    double unit = small ? 1 << 10 : 1 << 20;
    int64_t before = p->bytes - p->bytes_download, come = p->bytes_done - before;
    if (load)
        snprintf(what, sizeof what, "pulling %.60s", ft_path_base(p->id));
    else
        snprintf(what, sizeof what, "asking %.60s for %.60s", *p->server ? p->server : "the hub",
                 ft_path_base(p->id));
    /* bytes that were there before do not count for the rate */
    ft_app_busy(t->w->app, what, small ? "kB" : "MB",
                load && come > 0 ? (uint64_t)((double)come / unit) : 0,
                load ? (uint64_t)((double)p->bytes_download / unit) : 0, cancel_pull, t);
    return true;
}

static void tick(struct ft_view *v)
{
    struct model_view *t = model_of(v);
    struct ft_job_view work;
    model_follow(t);
    if (busy_pull(t)) {
        t->busy = true;
        return;
    }
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
    struct model_view *t = model_of(v);
    if (t->opened) model_list_anew(t); /* what came since */
    t->opened = true;
    model_follow(t);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    if (p == MODEL_LIST || v->zoom) model_follow(model_of(v));
    model_draw(v, p, c, r, focused);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct model_view *t = model_of(v);
    const struct ft_model_entry *e = model_used(t);
    int percent = ft_workbench_pull_percent(t->w);
    if (percent >= 0) {
        snprintf(buf, size, "%d%%", percent);
        return;
    }
    if (!*model_setting(t) || !t->listed) return;
    if (e && !e->why)
        snprintf(buf, size, "\u2713");
    else if (e || ft_model_list_whole(t->b))
        snprintf(buf, size, "!");
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct model_view *t = model_of(v);
    (void)x, (void)again;
    if (p == MODEL_LIST && ft_list_click(&t->list, y)) {
        model_select_entry(t);
        return true;
    }
    if (p == MODEL_PULL && model_pull_state(t) == MODEL_PULL_CHOOSE)
        return ft_list_click(&t->pull.list, y);
    return p == MODEL_TENSORS && ft_list_click(&t->tensors, y);
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct model_view *t = model_of(v);
    (void)before, (void)prefix;
    if (strcmp(kind, "M") != 0) return;
    for (size_t i = 0; i < ft_model_list_count(t->b); i++)
        ft_matches_add(out, ft_model_list_entry(t->b, i)->name);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    struct model_view *t = model_of(v);
    const struct ft_model_entry *e = model_entry(t);
    const struct ft_model_facts *f = model_facts(t);
    const struct ft_text_tokens *p = ft_model_list_text_tokens(t->b);
    struct ft_text_table table = {.out = out, .delimiter = '\t'};
    if (v->focus == MODEL_TENSORS && f && t->tensors.selected < f->tensors_n) {
        ft_str_addz(out, f->tensors[t->tensors.selected].name);
    } else if (v->focus == MODEL_TOKENS && p) {
        for (size_t i = 0; i < p->n; i++) {
            ft_text_table_word(&table, p->items[i].text);
            ft_text_table_count(&table, (unsigned long long)p->items[i].id);
            ft_text_table_end(&table);
        }
    } else if (v->focus == MODEL_LIST && e) {
        ft_str_addz(out, e->path);
    }
    return out->len > 0;
}

static void close_view(struct ft_view *v)
{
    struct model_view *t = model_of(v);
    ft_field_release(&t->field);
    model_pull_release(t);
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
    t->pull.field.max_bytes = MODEL_ID_MAX;
    t->view = (struct ft_view){.name = "Model",
                               .scope = FT_SCOPE_MODEL,
                               .panels = panels,
                               .panels_n = MODEL_PANELS,
                               .open = open_view,
                               .layout = model_layout,
                               .draw = draw,
                               .title = model_title,
                               .act = model_act,
                               .key = model_key,
                               .typing = model_typing,
                               .can = model_can,
                               .label = model_label,
                               .tick = tick,
                               .mark = mark,
                               .next = model_next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
