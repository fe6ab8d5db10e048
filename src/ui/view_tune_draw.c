/* The panels of screen 3: the form, help, the schedule's curve, and the plan. What is not known is
 * said together with what would tell it. */
#include "engine/schedule.h"
#include "ui/plot.h"
#include "ui/rich.h"
#include "ui/view_tune_in.h"
#include "util/fs.h"

#include <stdio.h>
#include <string.h>

enum { NAME_W = 28, CURVE = 256 };

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    struct tune_view *t = arg;
    const struct tune_row *row = &t->rows[i];
    if (row->head) {
        int n = 0, changed = 0;
        for (int k = 0; k < FT_OPT_COUNT; k++) {
            enum ft_opt id = (enum ft_opt)k;
            if (ft_option_at(id)->group != row->group || !tune_used(t, id)) continue;
            n++;
            changed += tune_changed(t, id);
        }
        int used = ft_canvas_text(c, y, x, w, FT_BOLD, ft_opt_group_name(row->group));
        if (!t->folded[row->group] || t->changed_only) return;
        if (changed)
            ft_canvas_printf(c, y, x + used + 2, w - used - 2, FT_ROLE_MUTED, "%d, %d changed", n,
                             changed);
        else
            ft_canvas_printf(c, y, x + used + 2, w - used - 2, FT_ROLE_MUTED, "%d, all default", n);
        return;
    }
    bool wrong = t->w->wrong[row->id], changed = tune_changed(t, row->id);
    unsigned style = wrong ? FT_ROLE_BAD : changed ? FT_ROLE_ACCENT : FT_ROLE_NORMAL;
    char mark = wrong ? '!' : changed ? '*' : ' ';
    bool here = t->editing && i == t->list.selected;
    const char *value = tune_value(t, row->id);
    ft_form_row(c, y, x + 1, w - 1, NAME_W, mark, ft_option_at(row->id)->name, style,
                here     ? ""
                : *value ? value
                         : "-");
    if (here) ft_field_draw(c, y, x + NAME_W + 4, w - NAME_W - 4, &t->field, true);
}

/* The settings as they would be with what is being typed; release it. */
static void preview(struct tune_view *t, struct ft_options *o)
{
    const struct tune_row *row = tune_selected(t);
    ft_options_copy(o, &t->w->o);
    if (t->editing && row && !row->head)
        ft_options_set_id(o, row->id, ft_field_text(&t->field), true, NULL);
    ft_options_settle(o, ft_workbench_task(t->w));
}

static void list_presets(struct ft_rich *text)
{
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    for (size_t i = 0; i < n; i++) {
        ft_rich_addf(text, FT_ROLE_ACCENT | FT_BOLD, "%s ", p[i].name);
        ft_rich_addf(text, FT_ROLE_MUTED, "%s\n", p[i].help);
    }
}

static void draw_help(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_rich text = {0};
    struct ft_err err = {0};
    const struct tune_row *row = tune_selected(t);
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    if (t->listing) {
        list_presets(&text);
    } else if (row && row->head) {
        ft_rich_addz(&text, FT_ROLE_MUTED, "left and right fold the group");
    } else if (row) {
        const struct ft_option *o = ft_option_at(row->id);
        const char *typed = t->editing ? ft_field_text(&t->field) : t->w->wrong[row->id];
        if (typed && ft_option_check(row->id, typed, &err))
            ft_rich_addf(&text, FT_ROLE_BAD, "! %s\n", err.msg);
        ft_rich_addf(&text, FT_ROLE_NORMAL, "%s\n", o->help);
        if (o->usual) ft_rich_addf(&text, FT_ROLE_NORMAL, "Usual: %s. ", o->usual);
        if (o->choices) ft_rich_addf(&text, FT_ROLE_NORMAL, "One of %s. ", o->choices);
        if (o->type == FT_OPT_TYPE_FLOAT || o->type == FT_OPT_TYPE_INT)
            ft_rich_addf(&text, FT_ROLE_NORMAL, "%g .. %g. ", o->min, o->max);
        ft_rich_addf(&text, FT_ROLE_MUTED, "default %s, %s", *o->fallback ? o->fallback : "-",
                     tune_changed(t, row->id) ? "changed" : "unchanged");
        if (o->live) ft_rich_addz(&text, FT_ROLE_MUTED, ", may change in a run");
    }
    ft_rich_draw(c, inside, &text, NULL);
    ft_rich_release(&text);
}

static void draw_schedule(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_options o;
    struct ft_schedule s;
    struct ft_point points[CURVE];
    struct ft_plot_report report;
    preview(t, &o);
    ft_schedule_make(&s, &o, t->w->train_examples);
    if (!s.total) {
        ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED, "steps need data (1) or max_steps");
    } else {
        uint64_t n = s.total < CURVE ? s.total : CURVE;
        for (uint64_t i = 0; i < n; i++) {
            uint64_t at =
                n > 1 ? (uint64_t)((double)i * (double)(s.total - 1) / (double)(n - 1)) : 0;
            points[i] = (struct ft_point){(double)at, ft_schedule_lr(&s, &o, at)};
        }
        struct ft_series line = {
            .kind = FT_SERIES_LINE, .points = points, .n = (size_t)n, .style = FT_ROLE_ACCENT};
        struct ft_plot p = {.series = &line,
                            .series_n = 1,
                            .x_max = (double)s.total,
                            .from_zero = true,
                            .fit_all = true};
        ft_plot_draw(c, r, &p, &report);
    }
    ft_options_release(&o);
}

static void draw_plan(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_options o;
    struct ft_schedule s;
    char a[32], b[32], rows[4][96];
    preview(t, &o);
    ft_schedule_make(&s, &o, t->w->train_examples);
    if (!s.total)
        snprintf(rows[0], 96, "steps   need data (1)");
    else if (s.epoch_updates && ft_options_int(&o, FT_OPT_max_steps) <= 0)
        snprintf(rows[0], 96, "steps   %s x %s = %s", ft_options_text(&o, FT_OPT_num_train_epochs),
                 ft_format_count(a, sizeof a, (long long)s.epoch_updates),
                 ft_format_count(b, sizeof b, (long long)s.total));
    else
        snprintf(rows[0], 96, "steps   %s", ft_format_count(a, sizeof a, (long long)s.total));
    snprintf(rows[1], 96, "warm-up %s steps",
             s.total ? ft_format_count(a, sizeof a, (long long)s.warmup) : "-");
    int64_t memory = ft_mem_available(), disk = ft_disk_free(".");
    if (t->w->has_snap && t->w->snap.plan_bytes)
        snprintf(rows[2], 96, "memory  last run %s",
                 ft_format_bytes(a, sizeof a, (double)t->w->snap.plan_bytes));
    else
        snprintf(rows[2], 96, "memory  known when a run starts");
    snprintf(rows[3], 96, "free    %s memory, %s disk",
             memory >= 0 ? ft_format_bytes(a, sizeof a, (double)memory) : "?",
             disk >= 0 ? ft_format_bytes(b, sizeof b, (double)disk) : "?");
    for (int i = 0; i < 4 && i < r.h; i++)
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, FT_ROLE_NORMAL, rows[i]);
    ft_options_release(&o);
}

void tune_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct tune_view *t = (struct tune_view *)v;
    switch ((enum tune_panel)p) {
    case TUNE_FORM:
        if (!t->list.n)
            ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                           "nothing is changed: d shows all settings");
        ft_list_draw(c, r, &t->list, focused && !t->editing, row_draw, t);
        break;
    case TUNE_HELP:
        draw_help(t, c, r);
        break;
    case TUNE_SCHEDULE:
        draw_schedule(t, c, r);
        break;
    case TUNE_PLAN:
        draw_plan(t, c, r);
        break;
    case TUNE_PANELS:
        break;
    }
}

void tune_title(struct ft_view *v, int p, struct ft_title *out)
{
    struct tune_view *t = (struct tune_view *)v;
    const struct tune_row *row = tune_selected(t);
    int n = 0, changed = 0;
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        if (!tune_used(t, (enum ft_opt)i)) continue;
        n++;
        changed += tune_changed(t, (enum ft_opt)i);
    }
    if (p == TUNE_FORM)
        snprintf(out->left, sizeof out->left, "Settings %d, %d changed  preset %s", n, changed,
                 *t->w->preset ? t->w->preset : "none");
    if (p == TUNE_HELP && t->listing) snprintf(out->left, sizeof out->left, "Presets");
    if (p == TUNE_HELP && !t->listing && row)
        snprintf(out->left, sizeof out->left, "%s",
                 row->head ? ft_opt_group_name(row->group) : ft_option_at(row->id)->name);
}
