/* Screen 3: what the app sees of it. */
#include "ui/screens/view_tune_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[TUNE_PANELS] = {
    [TUNE_FORM] = {"Settings", FT_SCOPE_TUNE, false},
    [TUNE_HELP] = {"Help", FT_SCOPE_TUNE, false},
    [TUNE_SCHEDULE] = {"Schedule", FT_SCOPE_TUNE, false},
    [TUNE_PLAN] = {"Plan", FT_SCOPE_TUNE, false},
    [TUNE_NOTE] = {"Note", FT_SCOPE_TUNE, false},
};

static const struct ft_node tree =
    FT_COLS(1, FT_PANEL(TUNE_FORM, .h = 5, .w = 46),
            FT_ROWS(1, FT_PANEL(TUNE_HELP, .h = 7, .w = 32),
                    FT_PANEL(TUNE_SCHEDULE, .h = 5, .h_max = 16, .w = 32),
                    FT_PANEL(TUNE_PLAN, .h = 6, .h_max = 7, .w = 32),
                    FT_PANEL(TUNE_NOTE, .h = 3, .h_max = 7, .w = 32)));

static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    (void)v, (void)h, (void)w;
    return &tree;
}

/* --- keys --- */

static void open_view(struct ft_view *v)
{
    tune_make_rows(tune_of(v));
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    tune_make_rows(tune_of(v));
    tune_draw(v, p, c, r, focused);
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    struct tune_view *t = tune_of(v);
    char why[160];
    bool wrong = false;
    for (int i = 0; i < FT_OPT_COUNT; i++)
        wrong = wrong || t->w->wrong[i];
    if (wrong)
        snprintf(buf, size, "!");
    else if (!ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "\u2713");
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct tune_view *t = tune_of(v);
    char why[400];
    char step[32];
    if (t->listing)
        snprintf(buf, size, "ok: Enter applies the preset, Esc changes nothing");
    else if (ft_workbench_missing(t->w, why, sizeof why))
        snprintf(buf, size, "note: %s", why);
    else if (tune_over_memory(t, why, sizeof why))
        snprintf(buf, size, "warn: %s", why);
    else if (*t->w->fork_run)
        snprintf(buf, size, "ok: T starts from step %s of %.100s; u undoes the fork",
                 ft_format_count(step, sizeof step, (long long)t->w->fork_step),
                 ft_path_base(t->w->fork_run));
    else if (ft_workbench_sweeps(t->w))
        snprintf(buf, size, "ok: T starts the sweep");
    else
        snprintf(buf, size, "ok: ready.  T starts training");
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    size_t n;
    (void)v, (void)before, (void)prefix;
    if (strcmp(kind, "NAME")) return;
    const struct ft_preset *p = ft_presets_built_in(&n);
    for (size_t i = 0; i < n; i++)
        ft_matches_add(out, p[i].name);
    char **own;
    n = ft_presets_own(&own);
    for (size_t i = 0; i < n; i++)
        ft_matches_add(out, own[i]);
    ft_names_free(own, n);
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    const struct tune_view *t = tune_of(v);
    const struct tune_row *row = tune_selected(t);
    if (v->focus != TUNE_FORM || t->listing || !row) return false;
    if (row->head)
        ft_str_addz(out, ft_opt_group_name(row->group));
    else
        ft_str_addf(out, "%s = %s", ft_option_at(row->id)->name, tune_value(t, row->id));
    return true;
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    (void)x, (void)again;
    struct tune_view *t = tune_of(v);
    return p == TUNE_FORM && ft_list_click(t->listing ? &t->presets : &t->list, y);
}

static void close_view(struct ft_view *v)
{
    ft_field_release(&tune_of(v)->field);
    tune_presets_release(tune_of(v));
    ft_options_release(&tune_of(v)->settled);
    ft_options_release(&tune_of(v)->defaults);
    free(v);
}

struct ft_view *ft_view_tune_new(struct ft_workbench *w)
{
    struct tune_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    for (int g = FT_OPT_GROUP_ESSENTIALS + 1; g < FT_OPT_GROUP_COUNT; g++)
        t->folded[g] = true;
    tune_make_rows(t);
    ft_list_select(&t->list, 1); /* learning_rate */
    t->view = (struct ft_view){.name = "Tune",
                               .scope = FT_SCOPE_TUNE,
                               .panels = panels,
                               .panels_n = TUNE_PANELS,
                               .open = open_view,
                               .layout = layout,
                               .draw = draw,
                               .title = tune_title,
                               .act = tune_act,
                               .key = tune_key,
                               .typing = tune_typing,
                               .can = tune_can,
                               .label = tune_label,
                               .mark = mark,
                               .next = next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
