/* Sweeps on screen 7: all runs of a sweep have one row, which shows the best of them so far; Enter lists the
 * sweep alone, best first, with the curves of its best members and its metric against each option. */
#include "ui/screens/view_runs_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t runs_group(const struct runs_view *t, const struct ft_run_item *item)
{
    size_t n = 0;
    if (!item->sweep || t->sweep || *t->filter) return 0;
    for (size_t i = 0; i < ft_run_list_count(t->l); i++) {
        const struct ft_run_item *other = ft_run_list_item(t->l, i);
        n += other->sweep && !strcmp(other->sweep, item->sweep);
    }
    return n;
}

bool runs_in_sweep(const struct runs_view *t, const struct ft_run_item *item)
{
    return item->sweep && !strcmp(item->sweep, t->sweep);
}

bool runs_group_take(struct runs_view *t, size_t kept, size_t place)
{
    const struct ft_run_item *item = ft_run_list_item(t->l, place);
    for (size_t i = 0; i < kept; i++) {
        const struct ft_run_item *first = ft_run_list_item(t->l, t->index[i]);
        if (!first->sweep || strcmp(first->sweep, item->sweep) != 0) continue;
        if (ft_run_better(&item->run, &first->run)) t->index[i] = place;
        return true;
    }
    return false;
}

/* The sweep's name as the list has it: the run's without its own folders. */
void runs_group_name(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                     size_t size)
{
    const char *name = runs_name(t, item), *own = item->real + strlen(item->sweep) + 1;
    size_t n = strlen(name), inner = strlen(own);
    bool below = n > inner + 1 && !strcmp(name + n - inner, own);
    int keep = below ? (int)(n - inner - 1) : 0;
    size_t runs = runs_group(t, item);
    snprintf(buf, size, "%.*s/ %zu run%s, best %s",
             keep ? keep : (int)strlen(ft_path_base(item->sweep)),
             keep ? name : ft_path_base(item->sweep), runs, ft_plural(runs), own);
}

void runs_group_state(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                      size_t size)
{
    const char *name = ft_sweep_state_name(item->sweep_state);
    (void)t;
    if (item->sweep_damaged)
        snprintf(buf, size, "damaged");
    else if (item->sweep_state == FT_SWEEP_DONE)
        snprintf(buf, size, "%s", name);
    else
        snprintf(buf, size, "%s %zu/%zu", name, item->sweep_done, item->sweep_members);
}

/* The member of a run, by its folder. */
static const struct ft_sweep_member *member_of(const struct runs_view *t,
                                               const struct ft_run_item *item)
{
    if (!t->has_brief || !item->sweep) return NULL;
    const char *own = item->real + strlen(item->sweep) + 1;
    size_t n = strcspn(own, "/");
    for (size_t i = 0; i < t->brief.n; i++) {
        const char *name = t->brief.members[i].name;
        if (strlen(name) == n && !strncmp(name, own, n)) return &t->brief.members[i];
    }
    return NULL;
}

bool runs_rung_text(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                    size_t size)
{
    const struct ft_sweep_member *m = t->sweep ? member_of(t, item) : NULL;
    if (m && m->promoted && m->state == FT_SWEEP_DONE) {
        snprintf(buf, size, "promoted");
        return true;
    }
    if (!m || (m->state != FT_SWEEP_PAUSED && m->state != FT_SWEEP_STOPPED)) return false;
    snprintf(buf, size, "%s %zu", m->state == FT_SWEEP_PAUSED ? "at rung" : "out, rung",
             m->rung + 1);
    return true;
}

/* --- one sweep alone --- */

void runs_sweep_release(struct runs_view *t)
{
    if (t->has_brief) ft_sweep_release(&t->brief);
    t->has_brief = false;
    free(t->sweep);
    t->sweep = NULL;
}

void runs_sweep_read(struct runs_view *t)
{
    if (t->sweep && !ft_sweep_is(t->sweep)) { /* deleted, by whomever */
        ft_app_say(t->w->app, FT_SAY_NOTE, "sweep %.80s is gone", ft_path_base(t->sweep));
        runs_sweep_release(t);
        t->sort = t->sort_before;
        t->down = t->down_before;
        t->curve = -1;
        return;
    }
    if (t->has_brief) ft_sweep_release(&t->brief);
    t->has_brief = t->sweep && !ft_sweep_read(&t->brief, t->sweep, NULL);
}

void runs_sweep_open(struct runs_view *t, const struct ft_run_item *item)
{
    if (t->sweep && !strcmp(t->sweep, item->sweep)) return;
    char *dir = ft_xstrdup(item->sweep);
    if (!t->sweep) {
        t->sort_before = t->sort;
        t->down_before = t->down;
    }
    runs_sweep_release(t);
    t->sweep = dir;
    runs_sweep_read(t);
    t->sort = RUNS_BY_METRIC;
    t->down = !(t->has_brief && t->brief.lower);
    t->curve = -1;
    runs_remake(t);
    ft_list_select(&t->list, 0);
    runs_moved(t);
    ft_app_unsay(t->w->app);
}

bool runs_sweep_close(struct runs_view *t)
{
    if (!t->sweep) return false;
    char *dir = ft_xstrdup(t->sweep);
    runs_sweep_release(t);
    t->sort = t->sort_before;
    t->down = t->down_before;
    t->curve = -1;
    runs_remake(t);
    for (size_t i = 0; i < t->list.n; i++) { /* the cursor to the row of all its runs */
        const struct ft_run_item *item = ft_run_list_item(t->l, t->index[i]);
        if (!item->sweep || strcmp(item->sweep, dir) != 0) continue;
        ft_list_select(&t->list, i);
        runs_moved(t);
        break;
    }
    free(dir);
    return true;
}

void runs_sweep_title(const struct runs_view *t, char *buf, size_t size)
{
    size_t done = 0, deleted = 0, failed = 0;
    char gone[64] = "";
    if (!t->has_brief) {
        snprintf(buf, size, "Sweep %.60s", ft_path_base(t->sweep));
        return;
    }
    const struct ft_sweep *s = &t->brief;
    size_t best = ft_sweep_best(s);
    for (size_t i = 0; i < s->n; i++) {
        done += s->members[i].state == FT_SWEEP_DONE || s->members[i].state == FT_SWEEP_STOPPED;
        deleted += s->members[i].deleted;
        failed += s->members[i].state == FT_SWEEP_FAILED && !s->members[i].deleted;
    }
    if (failed) snprintf(gone, sizeof gone, ", %zu failed", failed);
    if (deleted)
        snprintf(gone + strlen(gone), sizeof gone - strlen(gone), ", %zu deleted", deleted);
    int n = snprintf(buf, size, "Sweep %.40s: %s, %zu of %.0f members done%s, %s",
                     ft_path_base(t->sweep), ft_sweep_strategy_name(s->spec.strategy), done,
                     ft_sweep_spec_members(&s->spec), gone, ft_sweep_state_name(s->state));
    if (best < s->n && n > 0 && (size_t)n < size)
        snprintf(buf + n, size - (size_t)n, ", best %.40s", s->members[best].name);
}

/* The run under the cursor first, then the best of the others. */
size_t runs_sweep_compared(const struct runs_view *t, size_t places[RUNS_MARKS_MAX])
{
    size_t n = 0, most = t->list.n < RUNS_MARKS_MAX ? t->list.n : RUNS_MARKS_MAX;
    if (!most) return 0;
    places[n++] = runs_place(t);
    for (size_t i = 0; i < t->list.n && n < most; i++)
        if (t->index[i] != places[0]) places[n++] = t->index[i];
    return n;
}

/* --- its metric against an option --- */

static const struct ft_sweep *shown; /* of the labels below; set while a plot is drawn */
static size_t shown_option;

static bool number_of(const char *value, double *x)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(value, "%"), value);
    return ft_parse_double(text, x) && isfinite(*x);
}

/* The place of a value among those of the members that have others before. */
static size_t name_place(const struct ft_sweep *s, size_t option, size_t member)
{
    size_t place = 0;
    for (size_t i = 0; i < member; i++) {
        size_t k = 0;
        while (k < i && strcmp(s->members[k].values[option], s->members[i].values[option]) != 0)
            k++;
        if (!strcmp(s->members[i].values[option], s->members[member].values[option])) return place;
        place += k == i;
    }
    return place;
}

static const char *log_label(double x, char *buf, size_t size)
{
    snprintf(buf, size, "%.2g", pow(10, x));
    return buf;
}

static const char *number_label(double x, char *buf, size_t size)
{
    snprintf(buf, size, "%.4g", x);
    return buf;
}

static const char *name_label(double x, char *buf, size_t size)
{
    buf[0] = 0;
    for (size_t i = 0; i < shown->n; i++) {
        double place = (double)name_place(shown, shown_option, i);
        if (fabs(place - x) < 1e-6)
            snprintf(buf, size, "%.20s", ft_path_base(shown->members[i].values[shown_option]));
    }
    return buf;
}

/* Whether the values are numbers, and spread over a logarithmic scale. */
static bool numbers(const struct ft_sweep *s, size_t option, bool *log)
{
    double least = (double)INFINITY, most = 0, x;
    for (size_t i = 0; i < s->n; i++) {
        if (!number_of(s->members[i].values[option], &x)) return false;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    bool range = option < s->spec.space.n && s->spec.space.params[option].scale != FT_SWEEP_LIST;
    *log = least > 0 &&
           (range ? s->spec.space.params[option].scale == FT_SWEEP_LOG : most >= 8 * least);
    return true;
}

void runs_option_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r)
{
    const struct ft_sweep *s = &t->brief;
    size_t n = 0, best = ft_sweep_best(s);
    bool log = false;
    if (!ft_sweep_values_n(s)) {
        ft_rich_muted(c, r, "no option is swept");
        return;
    }
    if (t->option >= ft_sweep_values_n(s)) t->option = 0;
    bool number = numbers(s, t->option, &log);
    struct ft_point *points = ft_xcalloc(s->n + 1, sizeof *points);
    struct ft_series *series = ft_xcalloc(s->n + 1, sizeof *series);
    for (size_t k = 0; k < s->n; k++) {
        size_t i = k ? k - (k <= best) : best < s->n ? best : 0; /* the best one first: on top */
        if (best == s->n) i = k;
        const struct ft_sweep_member *m = &s->members[i];
        double x = (double)name_place(s, t->option, i);
        if (!isfinite(m->mean)) continue;
        if (number) number_of(m->values[t->option], &x);
        points[n] = (struct ft_point){number && log ? log10(x) : x, m->mean};
        series[n] =
            (struct ft_series){.kind = FT_SERIES_MARKED,
                               .points = &points[n],
                               .n = 1,
                               .style = i == best ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL,
                               .marker = i == best ? '*' : 'o'};
        n++;
    }
    shown = s;
    shown_option = t->option;
    struct ft_plot p = {.series = series,
                        .series_n = (int)n,
                        .fit_all = true,
                        .x_label = !number ? name_label
                                   : log   ? log_label
                                           : number_label};
    if (n)
        ft_plot_draw(c, r, &p, NULL);
    else
        ft_rich_muted(c, r, "no member has a result yet");
    free(points);
    free(series);
}

void runs_option_title(const struct runs_view *t, char *buf, size_t size)
{
    bool log = false;
    const struct ft_sweep *s = &t->brief;
    size_t option = t->option < ft_sweep_values_n(s) ? t->option : 0;
    if (!ft_sweep_values_n(s)) return;
    bool number = numbers(s, option, &log);
    snprintf(buf, size, "%.20s by %s%s", s->metric,
             ft_option_at(ft_sweep_value_option(s, option))->name,
             number && log ? ", logarithmic" : "");
}
