/* Screen 3: presets as a list with what each changes, the user's own among them. Applying one is
 * one undo step. */
#include "ui/widgets/rich.h"
#include "ui/screens/view_tune_in.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Row i of the list: a built-in one, one of the user's, or (after them) saving. NULL: saving. */
static const char *name_of(const struct tune_view *t, size_t i)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    if (i < n) return p[i].name;
    return i - n < t->own_n ? t->own[i - n] : NULL;
}

static const char *help_of(size_t i)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    return i < n ? p[i].help : "your own";
}

void tune_presets_open(struct tune_view *t)
{
    size_t n;
    ft_presets_built_in(&n);
    ft_names_free(t->own, t->own_n);
    t->own_n = ft_presets_own(&t->own);
    ft_list_resize(&t->presets, n + t->own_n + 1);
    t->listing = true;
}

void tune_presets_close(struct tune_view *t)
{
    t->listing = false;
}

void tune_presets_release(struct tune_view *t)
{
    ft_names_free(t->own, t->own_n);
    if (t->has_preset_made) ft_options_release(&t->preset_made);
}

/* A preset's values over the others; ft_preset_apply itself leaves given ones alone. `all`: to be
 * released when it is FT_OK. */
static enum ft_status laid_over(const struct tune_view *t, const char *name, struct ft_options *all,
                                struct ft_err *err)
{
    struct ft_options preset;
    ft_options_init(&preset);
    ft_options_copy(all, &t->w->o);
    enum ft_status st = ft_preset_apply(&preset, name, err);
    for (int i = 0; i < FT_OPT_COUNT && !st; i++) {
        enum ft_opt id = (enum ft_opt)i;
        if (ft_options_given(&preset, id))
            st = ft_options_set_id(all, id, ft_options_text(&preset, id), true, err);
    }
    ft_options_release(&preset);
    if (st) ft_options_release(all);
    return st;
}

static bool apply(struct tune_view *t, const char *name)
{
    struct ft_options all;
    struct ft_err err = {0};
    if (laid_over(t, name, &all, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_workbench_replace(t->w, &all);
    snprintf(t->w->preset, sizeof t->w->preset, "%s", name);
    if (t->has_preset_made) ft_options_release(&t->preset_made);
    t->preset_made = all;
    t->has_preset_made = true;
    ft_app_say(t->w->app, FT_SAY_OK, "preset %s applied; u undoes", name);
    return true;
}

static bool save(void *arg, const char *name)
{
    struct tune_view *t = arg;
    struct ft_err err = {0};
    if (ft_preset_save(&t->w->o, name, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "preset %s saved", name);
    if (t->listing) tune_presets_open(t);
    return true;
}

bool tune_preset_word(struct tune_view *t, const char *text)
{
    return strncmp(text, "save ", 5) ? apply(t, text) : save(t, text + 5);
}

int tune_preset_changed(const struct tune_view *t)
{
    int n = 0;
    for (int i = 0; t->has_preset_made && i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        n += !ft_options_same(&t->w->o, &t->preset_made, id);
    }
    return n;
}

bool tune_presets_act(struct tune_view *t, enum ft_action a)
{
    if (!t->listing) return false;
    if (ft_list_move(&t->presets, ft_action_move(a))) return true;
    const char *name = name_of(t, t->presets.selected);
    switch (a) {
    case FT_ACT_ENTER:
        if (!name)
            ft_app_prompt(t->w->app, "save these settings as", "", "", save, t);
        else if (apply(t, name))
            tune_presets_close(t);
        return true;
    case FT_ACT_BACK:
    case FT_ACT_TUNE_PRESET:
        tune_presets_close(t);
        return true;
    default:
        return false;
    }
}

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct tune_view *t = arg;
    const char *name = name_of(t, i);
    bool now = name && !strcmp(name, t->w->preset);
    if (!name) {
        ft_canvas_text(c, y, x + 1, w - 1, FT_ROLE_MUTED, "save these settings as ..");
        return;
    }
    ft_canvas_printf(c, y, x, 1, FT_ROLE_ACCENT, now ? "*" : " ");
    ft_canvas_text(c, y, x + 1, 14, FT_ROLE_NORMAL, name);
    ft_canvas_text(c, y, x + 16, w - 16, FT_ROLE_MUTED, help_of(i));
}

void tune_presets_draw(struct tune_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    ft_list_draw(c, r, &t->presets, focused, row_draw, t);
}

/* What the selected one would change, each as "name  before -> after". */
void tune_preset_help(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const char *name = name_of(t, t->presets.selected);
    struct ft_rich text = {0};
    struct ft_options all;
    struct ft_err err = {0};
    char why[sizeof err.msg];
    int n = 0;
    if (!name) {
        ft_rich_addz(&text, FT_ROLE_NORMAL,
                     "Saves the changed settings under a name, except data, model, folders and "
                     "threads.");
    } else if (laid_over(t, name, &all, &err)) {
        ft_rich_addf(&text, FT_ROLE_BAD, "! %s", ft_error_text(&err, why, sizeof why));
    } else {
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            enum ft_opt id = (enum ft_opt)i;
            const char *before = ft_options_text(&t->w->o, id), *after = ft_options_text(&all, id);
            if (ft_options_same(&t->w->o, &all, id)) continue;
            n++;
            ft_rich_addf(&text, FT_ROLE_NORMAL, "%s %s -> ", ft_option_at(id)->name,
                         *before ? before : "-");
            ft_rich_addf(&text, FT_ROLE_ACCENT, "%s\n", after);
        }
        if (!n) ft_rich_addz(&text, FT_ROLE_MUTED, "no changes: these are the current settings");
        ft_options_release(&all);
    }
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text, NULL);
    ft_rich_release(&text);
}
