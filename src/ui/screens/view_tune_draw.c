/* The panels of screen 3: the form, help, the schedule's curve, and the plan. What is not known is
 * said together with what would tell it. */
#include "ui/widgets/plot.h"

#include "engine/task/task_facts.h"
#include "engine/model/precision.h"
#include "engine/task/model_memory.h"
#include "ui/widgets/rich.h"
#include "ui/screens/view_tune_in.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
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
    struct ft_str swept = {0};
    bool marked = ft_workbench_swept(t->w, row->id, &swept);
    if (marked) style = FT_ROLE_ACCENT | FT_BOLD;
    char mark = wrong ? '!' : changed || marked ? '*' : ' ';
    bool here = t->editing && i == t->list.selected;
    const char *value = marked ? ft_str_text(&swept) : tune_value(t, row->id);
    ft_form_row(c, y, x + 1, w - 1, NAME_W, mark, ft_option_at(row->id)->name, style,
                here     ? ""
                : *value ? value
                         : "-");
    ft_str_release(&swept);
    bool live = t->w->session && ft_option_at(row->id)->live;
    if (live && !here && w > 44) ft_canvas_right(c, y, x + w - 5, 4, FT_ROLE_MUTED, "live");
    if (here) ft_field_draw(c, y, x + NAME_W + 4, w - NAME_W - 4, &t->field, true);
}

/* The settings as they would be with what is being typed; release it. */
static void preview(struct tune_view *t, struct ft_options *o)
{
    const struct tune_row *row = tune_selected(t);
    ft_options_copy(o, &t->w->o);
    if (t->editing && row && !row->head)
        ft_options_set_id(o, row->id, ft_field_text(&t->field), true, NULL);
    ft_task_settle(o, ft_workbench_task(t->w));
}

static void draw_help(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_rich text = {0};
    struct ft_err err = {0};
    char why[sizeof err.msg];
    const struct tune_row *row = tune_selected(t);
    struct ft_rect inside = {r.y, r.x + 1, r.h, r.w - 2};
    if (row && row->head) {
        ft_rich_addz(&text, FT_ROLE_MUTED, "left and right fold the group");
    } else if (row) {
        const struct ft_option *o = ft_option_at(row->id);
        const char *typed = t->editing ? ft_field_text(&t->field) : t->w->wrong[row->id];
        if (typed && ft_option_check(row->id, typed, &err))
            ft_rich_addf(&text, FT_ROLE_BAD, "! %s\n", ft_error_text(&err, why, sizeof why));
        ft_rich_addf(&text, FT_ROLE_NORMAL, "%s\n", o->help);
        if (o->usual) ft_rich_addf(&text, FT_ROLE_NORMAL, "Usual: %s. ", o->usual);
        if (o->choices) ft_rich_addf(&text, FT_ROLE_NORMAL, "One of %s. ", o->choices);
        if (row->id == FT_OPT_precision) {
            char *here = ft_precisions_text(true);
            ft_rich_addf(&text, FT_ROLE_NORMAL, "This machine trains with %s. ", here);
            free(here);
        }
        if (o->type == FT_OPT_TYPE_FLOAT || o->type == FT_OPT_TYPE_INT)
            ft_rich_addf(&text, FT_ROLE_NORMAL, "%g .. %g. ", o->min, o->max);
        ft_rich_addf(&text, FT_ROLE_MUTED, "default %s, %s", *o->fallback ? o->fallback : "-",
                     tune_changed(t, row->id) ? "changed" : "unchanged");
        if (o->live) ft_rich_addz(&text, FT_ROLE_MUTED, "\ncan change during a run");
    }
    ft_rich_draw(c, inside, &text, NULL);
    ft_rich_release(&text);
}

static void draw_schedule(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_options o;
    struct ft_plan plan;
    struct ft_plan_in in;
    struct ft_point points[CURVE];
    struct ft_plot_report report;
    preview(t, &o);
    ft_workbench_plan(t->w, &o, &plan, &in);
    const struct ft_schedule *s = &plan.schedule;
    if (!s->total) {
        ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                       plan.counting ? "counting tokens .." : "steps need data (1) or max_steps");
    } else {
        uint64_t n = s->total < CURVE ? s->total : CURVE;
        for (uint64_t i = 0; i < n; i++) {
            uint64_t at =
                n > 1 ? (uint64_t)((double)i * (double)(s->total - 1) / (double)(n - 1)) : 0;
            points[i] = (struct ft_point){(double)at, ft_schedule_lr(s, &o, at)};
        }
        struct ft_series line = {
            .kind = FT_SERIES_LINE, .points = points, .n = (size_t)n, .style = FT_ROLE_ACCENT};
        struct ft_plot p = {.series = &line,
                            .series_n = 1,
                            .x_max = (double)s->total,
                            .from_zero = true,
                            .fit_all = true};
        ft_plot_draw(c, r, &p, &report);
    }
    ft_options_release(&o);
}

static void steps_row(const struct ft_plan *p, const struct ft_options *o, int w, char *buf,
                      size_t size)
{
    const struct ft_schedule *s = &p->schedule;
    char a[32], b[32], warm[48] = "";
    if (s->warmup && w > 50)
        snprintf(warm, sizeof warm, ", warm-up %s",
                 ft_format_count(a, sizeof a, (long long)s->warmup));
    if (!s->total)
        snprintf(buf, size, "steps   %s", p->counting ? "counting tokens .." : "need data (1)");
    else if (s->epoch_updates && ft_options_int(o, FT_OPT_max_steps) <= 0)
        snprintf(buf, size, "steps   %s x %s = %s%s", ft_options_text(o, FT_OPT_num_train_epochs),
                 ft_format_count(a, sizeof a, (long long)s->epoch_updates),
                 ft_format_count(b, sizeof b, (long long)s->total), warm);
    else
        snprintf(buf, size, "steps   %s%s", ft_format_count(a, sizeof a, (long long)s->total),
                 warm);
}

/* As much as batches of the longest text need; free memory only if it fits. */
static void memory_row(const struct ft_plan *p, const struct tune_view *t, int w, char *buf,
                       size_t size)
{
    const struct ft_err *failed = ft_model_list_look_failed(t->w->chosen);
    const struct ft_model_memory *m = &p->memory;
    char a[32], b[32], why[sizeof failed->msg];
    if (p->has_memory && w >= 56)
        snprintf(buf, size, "memory  %s%s of %s free, for %zu x %zu tokens",
                 m->fits ? "up to " : "\u2717 ", ft_format_bytes(a, sizeof a, (double)m->total),
                 m->free >= 0 ? ft_format_bytes(b, sizeof b, (double)m->free) : "?", m->batch,
                 m->length);
    else if (p->has_memory)
        snprintf(buf, size, m->fits && w < 40 ? "memory  %s%s" : "memory  %s%s of %s free",
                 m->fits ? "up to " : "\u2717 ", ft_format_bytes(a, sizeof a, (double)m->total),
                 m->free >= 0 ? ft_format_bytes(b, sizeof b, (double)m->free) : "?");
    else if (!*ft_options_text(&t->w->o, FT_OPT_model))
        snprintf(buf, size, "memory  needs a model (2)");
    else
        snprintf(buf, size, "memory  %.80s",
                 failed->code ? ft_error_text(failed, why, sizeof why) : "reading the model ..");
}

static void time_row(const struct ft_plan *p, const struct tune_view *t, const struct ft_options *o,
                     char *buf, size_t size)
{
    char a[32], b[32];
    const char *threads = ft_options_text(o, FT_OPT_threads);
    if (p->seconds_high > 0)
        snprintf(buf, size, "time    %s-%s, %s thread%s",
                 ft_format_time(a, sizeof a, p->seconds_low),
                 ft_format_time(b, sizeof b, p->seconds_high),
                 strcmp(threads, "0") ? threads : "all", strcmp(threads, "1") ? "s" : "");
    else if (ft_speed_busy(t->w->speed, NULL))
        snprintf(buf, size, "time    measuring ..");
    else if (ft_speed_last(t->w->speed))
        snprintf(buf, size, "time    %s",
                 p->counting || !p->schedule.total ? "needs the number of steps"
                                                   : "needs the token counts (1)");
    else if (!*ft_options_text(o, FT_OPT_model))
        snprintf(buf, size, "time    needs a model (2)");
    else
        snprintf(buf, size, "time    b measures (%d s)", (int)FT_SPEED_SECONDS);
}

/* What a sweep would take: the plan of one run, times its runs. */
static void sweep_row(const struct ft_plan *p, const struct tune_view *t, char *buf, size_t size)
{
    const struct ft_sweep_spec *s = &t->w->sweep.spec;
    char a[32], b[32], time[80] = "", disk[48] = "";
    double runs = ft_sweep_spec_runs(s), share = ft_sweep_spec_share(s);
    if (!isfinite(runs)) {
        snprintf(buf, size, "sweep   a range: :sweep trials N");
        return;
    }
    if (p->seconds_high > 0)
        snprintf(time, sizeof time, ", %s-%s", ft_format_time(a, sizeof a, p->seconds_low * share),
                 ft_format_time(b, sizeof b, p->seconds_high * share));
    if (p->disk > 0)
        snprintf(disk, sizeof disk, ", %s", ft_format_bytes(a, sizeof a, (double)p->disk * runs));
    snprintf(buf, size, "sweep   %.0f runs%s%s", runs, disk, time);
}

bool tune_over_memory(struct tune_view *t, char *why, size_t size)
{
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    char a[32];
    preview(t, &o);
    ft_workbench_plan(t->w, &o, &p, &in);
    bool over = p.has_memory && !p.memory.fits;
    if (over)
        snprintf(why, size, "up to %s of memory: %s",
                 ft_format_bytes(a, sizeof a, (double)p.memory.total), p.memory.advice);
    ft_options_release(&o);
    return over;
}

static void tokens_row(const struct ft_plan *p, char *buf, size_t size)
{
    char a[32];
    unsigned long long mean = (unsigned long long)p->mean_length;
    if (p->tokens >= 1e6)
        snprintf(buf, size, "tokens  %.1f M, %llu a sequence", p->tokens / 1e6, mean);
    else if (p->tokens > 0)
        snprintf(buf, size, "tokens  %s, %llu a sequence",
                 ft_format_count(a, sizeof a, (long long)p->tokens), mean);
    else
        snprintf(buf, size, "tokens  -");
}

static void draw_plan(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    char a[32], b[32], rows[6][160];
    int n = 0, bad = -1, full = -1;
    preview(t, &o);
    ft_workbench_plan(t->w, &o, &p, &in);
    bool sweeps = ft_workbench_sweeps(t->w);
    if (sweeps) sweep_row(&p, t, rows[n++], 160);
    steps_row(&p, &o, r.w, rows[n++], 160);
    if (!sweeps) tokens_row(&p, rows[n++], 160); /* they are one run's */
    bool over = p.has_memory && !p.memory.fits;
    if (over) bad = n;
    memory_row(&p, t, r.w, rows[n++], 160);
    if (p.disk > p.disk_free && p.disk_free >= 0) full = n;
    snprintf(rows[n++], 160, "disk    %s of %s free",
             p.disk > 0 ? ft_format_bytes(a, sizeof a, (double)p.disk) : "-",
             p.disk_free >= 0 ? ft_format_bytes(b, sizeof b, (double)p.disk_free) : "?");
    time_row(&p, t, &o, rows[n++], 160);
    for (int i = 0; i < n && i < r.h; i++) {
        bool red = i == full || i == bad;
        ft_canvas_text(c, r.y + i, r.x + 1, r.w - 1, red ? FT_ROLE_BAD : FT_ROLE_NORMAL, rows[i]);
    }
    ft_options_release(&o);
}

static void draw_note(struct tune_view *t, struct ft_canvas *c, struct ft_rect r)
{
    struct ft_options o;
    struct ft_plan p;
    struct ft_plan_in in;
    struct ft_plan_note notes[FT_PLAN_NOTES];
    struct ft_rich text = {0};
    preview(t, &o);
    ft_workbench_plan(t->w, &o, &p, &in);
    size_t n = ft_plan_notes(&in, &p, notes);
    for (size_t i = 0; i < n; i++)
        ft_rich_addf(&text, FT_ROLE_WARN, "%s%s", i ? "\n" : "", notes[i].text);
    if (!n) ft_rich_addz(&text, FT_ROLE_MUTED, "nothing unusual");
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &text, NULL);
    ft_rich_release(&text);
    ft_options_release(&o);
}

void tune_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    struct tune_view *t = (struct tune_view *)v;
    switch ((enum tune_panel)p) {
    case TUNE_FORM:
        if (t->listing) {
            tune_presets_draw(t, c, r, focused);
            break;
        }
        if (!t->list.n)
            ft_canvas_text(c, r.y, r.x + 1, r.w - 1, FT_ROLE_MUTED,
                           "no settings changed: d shows all");
        ft_list_draw(c, r, &t->list, focused && !t->editing, row_draw, t);
        break;
    case TUNE_HELP:
        if (t->listing)
            tune_preset_help(t, c, r);
        else
            draw_help(t, c, r);
        break;
    case TUNE_SCHEDULE:
        draw_schedule(t, c, r);
        break;
    case TUNE_PLAN:
        draw_plan(t, c, r);
        break;
    case TUNE_NOTE:
        draw_note(t, c, r);
        break;
    case TUNE_PANELS:
        break;
    }
}

static void title_form(const struct tune_view *t, int n, int changed, struct ft_title *out)
{
    char step[32];
    int moved = tune_preset_changed(t);
    double runs = ft_sweep_spec_runs(&t->w->sweep.spec);
    if (ft_workbench_sweeps(t->w) && isfinite(runs))
        snprintf(out->left, sizeof out->left, "Settings %d, %d changed  sweep of %.0f runs", n,
                 changed, runs);
    else if (ft_workbench_sweeps(t->w))
        snprintf(out->left, sizeof out->left, "Settings %d, %d changed  sweep, %s", n, changed,
                 ft_sweep_strategy_name(t->w->sweep.spec.strategy));
    else if (*t->w->fork_run)
        snprintf(out->left, sizeof out->left, "Settings %d, %d changed  from step %s", n, changed,
                 ft_format_count(step, sizeof step, (long long)t->w->fork_step));
    else if (*t->w->preset && moved)
        snprintf(out->left, sizeof out->left, "Settings %d  %.20s, %d changed since", n,
                 t->w->preset, moved);
    else
        snprintf(out->left, sizeof out->left, "Settings %d, %d changed  preset %.20s", n, changed,
                 *t->w->preset ? t->w->preset : "none");
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
    if (p == TUNE_FORM && t->listing)
        snprintf(out->left, sizeof out->left, "Presets %zu", t->presets.n - 1);
    else if (p == TUNE_FORM)
        title_form(t, n, changed, out);
    if (p == TUNE_HELP && t->listing) snprintf(out->left, sizeof out->left, "What it changes");
    if (p == TUNE_HELP && !t->listing && row)
        snprintf(out->left, sizeof out->left, "%s",
                 row->head ? ft_opt_group_name(row->group) : ft_option_at(row->id)->name);
}
