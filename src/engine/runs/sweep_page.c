/* A sweep as a page: see sweep_page.h. */
#include "engine/runs/sweep_page.h"

#include "engine/runs/page_curves.h"
#include "engine/runs/page_form.h"
#include "engine/runs/runs.h"
#include "engine/runs/sweep_table.h"
#include "engine/train/run_series.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CURVES_MAX = 200, NAMES_SHOWN = 12 };
#define COLOUR_BEST   "#c0582a"
#define COLOUR_OTHERS "#9bb4cc"
#define COLOUR_POINTS "#2a6fbb"

struct page {
    struct ft_page f;
    const struct ft_sweep *s;
    struct ft_sweep_verdicts v;
    size_t *order;
};

/* ---- command ---- */

void ft_sweep_command(const struct ft_sweep *s, struct ft_str *out)
{
    struct ft_sweep_spec spec = s->spec; /* not its own: a budget is of a moment */
    spec.budget_s = 0;
    ft_sweep_spec_command(&spec, &s->o, s->dir, out);
}

/* ---- sections ---- */

static void row_count(struct ft_text_table *t, const char *name, double n)
{
    char text[32];
    ft_page_row(t, name, ft_format_count(text, sizeof text, (long long)n));
}

static void add_facts(struct page *p)
{
    const struct ft_sweep *s = p->s;
    struct ft_str text = {0};
    struct ft_text_table t = ft_page_table(&p->f);
    double steps = 0;
    for (size_t i = 0; i < s->n; i++)
        steps += (double)s->members[i].steps;
    ft_page_row(&t, "sweep", s->dir);
    ft_page_row(&t, "state", ft_sweep_state_name(s->state));
    ft_page_row(&t, "strategy", ft_sweep_strategy_name(s->spec.strategy));
    for (size_t i = 0; i < s->spec.space.n; i++) {
        ft_str_clear(&text);
        ft_sweep_space_text(&s->spec.space.params[i], &text);
        ft_page_row(&t, i ? "" : "search space", ft_str_text(&text));
    }
    if (s->spec.seeds) row_count(&t, "seeds", (double)s->spec.seeds);
    if (s->spec.folds) row_count(&t, "folds", (double)s->spec.folds);
    row_count(&t, "members", (double)s->n);
    row_count(&t, "runs of each", (double)s->repeats);
    row_count(&t, "updates", steps);
    const char *model = ft_options_text(&s->o, FT_OPT_model);
    if (*model) ft_page_row(&t, "model", model);
    ft_page_row(&t, "data", ft_options_text(&s->o, FT_OPT_data));
    ft_page_row(&t, "members are compared by", s->metric);
    ft_page_table_end(&p->f);
    ft_str_release(&text);
}

static void add_head(struct page *p, struct ft_text_table *t)
{
    const struct ft_sweep *s = p->s;
    char text[64];
    ft_text_table_word(t, "member");
    for (size_t i = 0; i < ft_sweep_values_n(s); i++)
        ft_text_table_word(t, ft_option_at(ft_sweep_value_option(s, i))->name);
    snprintf(text, sizeof text, "%s, validation", s->metric);
    ft_text_table_word(t, text);
    ft_text_table_word(t, "sd");
    ft_text_table_word(t, "n");
    if (p->v.what) {
        snprintf(text, sizeof text, "%s, %s", p->v.what, p->v.part);
        ft_text_table_word(t, text);
        ft_text_table_word(t, "95 % interval");
        ft_text_table_word(t, "best - this");
        ft_text_table_word(t, "95 % interval of it");
        ft_text_table_word(t, "p");
        if (p->v.binary) ft_text_table_word(t, "p, McNemar, not adjusted");
    }
    ft_text_table_word(t, "updates");
    ft_text_table_word(t, "state");
    ft_text_table_end(t);
}

static void add_interval(struct ft_text_table *t, double low, double high)
{
    char text[64] = "";
    if (isfinite(low)) snprintf(text, sizeof text, "%.4f to %.4f", low, high);
    ft_text_table_word(t, text);
}

static void add_fixed(struct ft_text_table *t, double x)
{
    char text[64] = "";
    if (isfinite(x)) snprintf(text, sizeof text, "%.4f", x);
    ft_text_table_word(t, text);
}

static void add_member(struct page *p, struct ft_text_table *t, size_t i)
{
    const struct ft_sweep_member *m = &p->s->members[i];
    const struct ft_sweep_verdict *v = &p->v.items[i];
    double none = (double)NAN;
    ft_text_table_word(t, m->name);
    for (size_t k = 0; k < ft_sweep_values_n(p->s); k++)
        ft_text_table_word(t, m->values[k]);
    add_fixed(t, m->mean);
    add_fixed(t, m->sd);
    ft_text_table_count(t, m->n);
    if (p->v.what) {
        add_fixed(t, v->scored ? v->mean : none);
        add_interval(t, v->scored ? v->low : none, v->high);
        add_fixed(t, v->tested ? v->test.difference : none);
        add_interval(t, v->tested ? v->test.low : none, v->test.high);
        add_fixed(t, v->tested ? v->p : none);
        if (p->v.binary) add_fixed(t, v->tested ? v->test.mcnemar : none);
    }
    ft_text_table_count(t, m->steps);
    char state[48];
    ft_text_table_word(t, ft_sweep_member_state(m, state, sizeof state));
    ft_text_table_end(t);
}

static void add_members(struct page *p)
{
    struct ft_str text = {0};
    ft_page_heading(&p->f, 2, "Members");
    struct ft_text_table t = ft_page_table(&p->f);
    add_head(p, &t);
    for (size_t i = 0; i < p->s->n; i++)
        add_member(p, &t, p->order[i]);
    ft_page_table_end(&p->f);
    ft_sweep_conclusion(p->s, &p->v, &text);
    char *rest = text.data;
    for (char *line; rest && (line = strsep(&rest, "\n"));)
        if (*line) ft_page_paragraph(&p->f, line);
    if (p->v.what)
        ft_page_paragraph(&p->f,
                          "Intervals: percentiles of 1,000 bootstrap samples of the examples.");
    ft_str_release(&text);
}

static void add_failures(struct page *p)
{
    bool any = false;
    for (size_t i = 0; i < p->s->n; i++)
        any = any || p->s->members[i].state == FT_SWEEP_FAILED;
    if (!any) return;
    ft_page_heading(&p->f, 2, "Members that failed");
    struct ft_text_table t = ft_page_table(&p->f);
    ft_page_row(&t, "run", "reason");
    for (size_t i = 0; i < p->s->n; i++)
        for (size_t k = 0; k < p->s->repeats; k++) {
            const struct ft_sweep_run *r = &p->s->members[i].runs[k];
            if (r->error) ft_page_row(&t, r->path + strlen(p->s->dir) + 1, r->error);
        }
    ft_page_table_end(&p->f);
}

/* Evaluations of the first run of each member, the best one on top. */
static void add_curves(struct page *p)
{
    size_t n = p->s->n < CURVES_MAX ? p->s->n : CURVES_MAX, at = 0;
    if (!p->f.html || !n) return;
    struct ft_page_curve *curves = ft_xcalloc(n, sizeof *curves);
    double **columns = ft_xcalloc(2 * n, sizeof *columns);
    for (size_t i = n; i-- > 0; at++) {
        const struct ft_sweep_member *m = &p->s->members[p->order[i]];
        struct ft_run_series series = {0};
        bool best = p->order[i] == p->v.best;
        ft_run_series_follow(&series, m->runs[0].path);
        double *x = columns[2 * at] = ft_xcalloc(series.evals_n + 1, sizeof *x);
        double *y = columns[2 * at + 1] = ft_xcalloc(series.evals_n + 1, sizeof *y);
        for (size_t k = 0; k < series.evals_n; k++) {
            x[k] = (double)series.evals[k].step;
            y[k] = ft_run_eval_score(&series.evals[k], p->s->metric);
        }
        curves[at] = (struct ft_page_curve){best ? m->name : "", best ? COLOUR_BEST : COLOUR_OTHERS,
                                            x, y, series.evals_n};
        ft_run_series_release(&series);
    }
    char *title = ft_xprintf("%s on the validation split by update", p->s->metric);
    ft_page_heading(&p->f, 2, "Curves");
    ft_page_curves(title, curves, n, &p->f.out);
    free(title);
    for (size_t i = 0; i < 2 * n; i++)
        free(columns[i]);
    free(columns);
    free(curves);
}

/* ---- metric against an option ---- */

struct by_option {
    size_t at; /* of the values */
    bool numbers, log;
    char **names; /* (names_n), where they are no numbers */
    size_t names_n, n;
    double *x, *y; /* (n) */
};

/* A share of the rows, too. */
static bool number_of(const char *value, double *x)
{
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(value, "%"), value);
    return ft_parse_double(text, x) && isfinite(*x);
}

static size_t name_place(struct by_option *b, const char *value)
{
    size_t i = 0;
    while (i < b->names_n && strcmp(b->names[i], value) != 0)
        i++;
    if (i == b->names_n) b->names[b->names_n++] = ft_xstrdup(value);
    return i;
}

static void by_option_init(struct by_option *b, const struct ft_sweep *s, size_t at)
{
    double least = (double)INFINITY, most = -(double)INFINITY, x;
    bool range = at < s->spec.space.n && s->spec.space.params[at].scale != FT_SWEEP_LIST;
    *b = (struct by_option){.at = at, .numbers = true};
    b->names = ft_xcalloc(s->n + 1, sizeof *b->names);
    b->x = ft_xcalloc(s->n + 1, sizeof *b->x);
    b->y = ft_xcalloc(s->n + 1, sizeof *b->y);
    bool share = s->n && strchr(s->members[0].values[at], '%');
    for (size_t i = 0; i < s->n; i++) {
        const char *value = s->members[i].values[at];
        if (!number_of(value, &x) || (strchr(value, '%') != NULL) != share) b->numbers = false;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    b->log = b->numbers && least > 0 &&
             (range ? s->spec.space.params[at].scale == FT_SWEEP_LOG : most >= 8 * least);
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_sweep_member *m = &s->members[i];
        if (!isfinite(m->mean)) continue;
        if (b->numbers)
            number_of(m->values[at], &b->x[b->n]);
        else
            b->x[b->n] = (double)name_place(b, m->values[at]);
        if (b->log) b->x[b->n] = log10(b->x[b->n]);
        b->y[b->n++] = m->mean;
    }
}

static void by_option_release(struct by_option *b)
{
    for (size_t i = 0; i < b->names_n; i++)
        free(b->names[i]);
    free(b->names);
    free(b->x);
    free(b->y);
}

/* As a table: the members of each value. */
static void add_values(struct page *p, const struct by_option *b, const char *option)
{
    const struct ft_sweep *s = p->s;
    struct ft_text_table t = ft_page_table(&p->f);
    ft_text_table_word(&t, option);
    ft_text_table_word(&t, "members");
    ft_text_table_word(&t, s->metric);
    ft_text_table_word(&t, "best");
    ft_text_table_end(&t);
    bool *said = ft_xcalloc(s->n + 1, sizeof *said);
    for (size_t i = 0; i < s->n; i++) {
        double sum = 0, best = (double)NAN;
        size_t n = 0;
        for (size_t k = i; k < s->n; k++) {
            const struct ft_sweep_member *m = &s->members[k];
            if (said[k] || strcmp(m->values[b->at], s->members[i].values[b->at]) != 0) continue;
            if (k > i) said[k] = true;
            if (!isfinite(m->mean)) continue;
            sum += m->mean;
            n++;
            if (!isfinite(best) || (s->lower ? m->mean < best : m->mean > best)) best = m->mean;
        }
        if (said[i]) continue;
        ft_text_table_word(&t, s->members[i].values[b->at]);
        ft_text_table_count(&t, n);
        add_fixed(&t, n ? sum / (double)n : (double)NAN);
        add_fixed(&t, best);
        ft_text_table_end(&t);
    }
    free(said);
    ft_page_table_end(&p->f);
}

static void add_options(struct page *p)
{
    const struct ft_sweep *s = p->s;
    if (!ft_sweep_values_n(s)) return;
    char *heading = ft_xprintf("%s by option", s->metric);
    ft_page_heading(&p->f, 2, heading);
    free(heading);
    for (size_t i = 0; i < ft_sweep_values_n(s); i++) {
        const char *option = ft_option_at(ft_sweep_value_option(s, i))->name;
        struct by_option b;
        by_option_init(&b, s, i);
        struct ft_page_axis axis = {b.log, (const char *const *)b.names, b.names_n};
        struct ft_page_curve points = {"", COLOUR_POINTS, b.x, b.y, b.n};
        char *title = ft_xprintf("%s by %s%s", s->metric, option, b.log ? " (logarithmic)" : "");
        if (p->f.html && b.names_n <= NAMES_SHOWN)
            ft_page_points(title, &points, 1, &axis, &p->f.out);
        else
            add_values(p, &b, option);
        free(title);
        by_option_release(&b);
    }
}

static void add_commands(struct page *p)
{
    struct ft_str command = {0};
    ft_page_heading(&p->f, 2, "Commands");
    ft_page_paragraph(&p->f, "The same sweep:");
    ft_sweep_command(p->s, &command);
    ft_page_code(&p->f, ft_str_text(&command));
    struct ft_run r;
    if (p->v.best < p->s->n && !ft_run_read(&r, p->s->members[p->v.best].runs[0].path, NULL)) {
        ft_page_paragraph(&p->f, p->s->repeats > 1 ? "The first run of the best member:"
                                                   : "The best member alone:");
        ft_str_clear(&command);
        ft_options_command(&r.options, NULL, false, &command);
        if (r.state != FT_RUN_UNREADABLE) ft_page_code(&p->f, ft_str_text(&command));
        ft_run_release(&r);
    }
    ft_str_release(&command);
}

enum ft_status ft_sweep_page_write(const char *dir, const char *path, struct ft_err *err)
{
    struct ft_sweep s;
    struct page p = {.s = &s};
    enum ft_status st = ft_page_begin(&p.f, path, err);
    if (!st) st = ft_sweep_read(&s, dir, err);
    if (st) return st;
    p.order = ft_xcalloc(s.n + 1, sizeof *p.order);
    ft_sweep_verdicts_make(&p.v, &s);
    ft_sweep_order(&s, p.order);
    char *title = ft_xprintf("%s: sweep report", ft_path_base(s.dir));
    ft_page_title(&p.f, title);
    free(title);
    add_facts(&p);
    add_members(&p);
    add_failures(&p);
    add_curves(&p);
    add_options(&p);
    add_commands(&p);
    st = ft_page_end(&p.f, FT_OK, path, err);
    ft_sweep_verdicts_release(&p.v);
    free(p.order);
    ft_sweep_release(&s);
    return st;
}
