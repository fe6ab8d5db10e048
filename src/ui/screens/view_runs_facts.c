/* What is said of the runs beside each other: the options that differ (of one run: those that were
 * given) and the results (of one run: its record). Both are tables with a column for each run. */
#include "ui/screens/view_runs_in.h"

#include "util/fs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MIN = 6, VALUE_TIGHT = 7, VALUE_MAX = 20, NAME_MAX = 28 };

/* A table being drawn: rows by name, a text for each run. */
struct facts {
    struct runs_view *t;
    size_t places[RUNS_MARKS_MAX], n; /* runs */
    const char *(*name)(const struct facts *f, size_t row, char *buf, size_t size);
    const char *(*text)(const struct facts *f, size_t row, size_t run, char *buf, size_t size);
    const void *rows;
    const struct ft_paired_test *pair; /* NULL: there is none */
    int name_w, value_w;               /* columns */
    size_t runs;                       /* that fit */
};

static const struct ft_run_item *item_of(const struct facts *f, size_t run)
{
    return ft_run_list_item(f->t->l, f->places[run]);
}

/* Columns as wide as their texts where that fits; else the values are cut a little, then the names
 * to a third, then the values again, and last runs are left out. */
static void place(struct facts *f, size_t rows, int w)
{
    char buf[600];
    int name = 0, value = VALUE_MIN, n = (int)f->n;
    for (size_t i = 0; i < rows; i++) {
        const char *text = f->name(f, i, buf, sizeof buf);
        int have = ft_text_width(text, strlen(text));
        if (have > name) name = have;
        for (size_t k = 0; k < f->n; k++) {
            text = f->text(f, i, k, buf, sizeof buf);
            have = ft_text_width(text, strlen(text));
            if (have > value) value = have;
        }
    }
    if (name > NAME_MAX) name = NAME_MAX;
    if (value > VALUE_MAX && n > 1) value = VALUE_MAX;
    int least = name < w / 3 ? name : w / 3;
    if (n > 1 && name + n * (value + 1) > w) {
        int fit = (w - name) / n - 1;
        value = fit > VALUE_TIGHT ? fit : value < VALUE_TIGHT ? value : VALUE_TIGHT;
        if (name + n * (value + 1) > w) name = w - n * (value + 1);
    }
    if (name < least) name = least;
    while (n > 1 && (w - name) / n - 1 < VALUE_MIN)
        n--;
    if (n && (value > (w - name) / n - 1 || n == 1)) value = (w - name) / n - 1;
    f->name_w = name;
    f->value_w = value;
    f->runs = (size_t)n;
}

static int value_x(const struct facts *f, size_t run)
{
    return f->name_w + 1 + (f->value_w + 1) * (int)run;
}

static void fact_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct facts *f = arg;
    char buf[600];
    (void)w;
    ft_canvas_text(c, y, x, f->name_w, f->n > 1 ? FT_ROLE_NORMAL : FT_ROLE_MUTED,
                   f->name(f, i, buf, sizeof buf));
    for (size_t k = 0; k < f->runs; k++) {
        const char *text = f->text(f, i, k, buf, sizeof buf);
        ft_canvas_text(c, y, x + value_x(f, k), f->value_w, FT_ROLE_NORMAL, *text ? text : "-");
    }
}

static void draw(struct facts *f, struct ft_canvas *c, struct ft_rect r, struct ft_list *l,
                 bool focused)
{
    if (r.h < 1) return;
    place(f, l->n, r.w - 1);
    if (f->n > 1) {
        for (size_t k = 0; k < f->runs; k++) {
            char sign[2] = {ft_series_sign((int)k), 0};
            ft_canvas_text(c, r.y, r.x + 1 + value_x(f, k), 1, ft_role_series((int)k) | FT_BOLD,
                           sign);
        }
        if (f->runs < f->n)
            ft_canvas_printf(c, r.y, r.x + 1, f->name_w, FT_ROLE_MUTED, "%zu of %zu: z", f->runs,
                             f->n);
        r.y++;
        r.h--;
    }
    ft_list_draw(c, r, l, focused, fact_draw, f);
}

/* --- options --- */

/* Of several runs those that differ, of one those that were given. */
static size_t options_of(const struct runs_view *t, enum ft_opt *which)
{
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places), count = 0;
    const struct ft_run *runs[RUNS_MARKS_MAX];
    for (size_t i = 0; i < n; i++)
        runs[i] = &ft_run_list_item(t->l, places[i])->run;
    if (n > 1) return ft_runs_differ(runs, n, which);
    for (int id = 0; n && id < FT_OPT_COUNT; id++)
        if (ft_options_given(&runs[0]->options, (enum ft_opt)id) && id != FT_OPT_output_dir)
            which[count++] = (enum ft_opt)id;
    return count;
}

size_t runs_options_n(const struct runs_view *t)
{
    enum ft_opt which[FT_OPT_COUNT];
    return options_of(t, which);
}

static const char *option_name(const struct facts *f, size_t row, char *buf, size_t size)
{
    snprintf(buf, size, "%s", ft_option_at(((const enum ft_opt *)f->rows)[row])->name);
    return buf;
}

/* The end of the path, which is more useful than its start. */
static const char *path_end(const char *path)
{
    const char *base = ft_path_base(path);
    return *base ? base : path;
}

static const char *option_text(const struct facts *f, size_t row, size_t run, char *buf,
                               size_t size)
{
    const struct ft_run *r = &item_of(f, run)->run;
    enum ft_opt id = ((const enum ft_opt *)f->rows)[row];
    const char *text = ft_options_text(&r->options, id);
    bool path = ft_option_at(id)->type == FT_OPT_TYPE_PATH || id == FT_OPT_model;
    if (r->state == FT_RUN_UNREADABLE) text = "?";
    snprintf(buf, size, "%s", path ? path_end(text) : text);
    return buf;
}

void runs_options_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    enum ft_opt which[FT_OPT_COUNT];
    struct facts f = {.t = t, .name = option_name, .text = option_text, .rows = which};
    f.n = runs_compared(t, f.places);
    ft_list_resize(&t->options, options_of(t, which));
    if (!t->options.n)
        ft_rich_muted(c, r,
                      !f.n      ? "the selected run's options"
                      : f.n > 1 ? "none: the options are the same"
                                : "none: all options have their defaults");
    else
        draw(&f, c, r, &t->options, focused);
}

/* --- results --- */

enum fact {
    FACT_BEST,
    FACT_PAIRED, /* of two runs: the paired test */
    FACT_PAIRED_BETTER,
    FACT_PAIRED_P,
    FACT_PAIRED_MCNEMAR,
    FACT_PAIRED_ONLY,
    FACT_PAIRED_LABELS,
    FACT_BEST_AT,
    FACT_RANK,
    FACT_EVAL_LOSS,
    FACT_ACCURACY,
    FACT_F1,
    FACT_PEARSON,
    FACT_MAE,
    FACT_LOSS,
    FACT_TOOK,
    FACT_NOTE,
    FACT_STATE, /* from here on only what differs between several */
    FACT_STEPS,
    FACT_SPEED,
    FACT_STARTED,
    FACT_SIZE,
    FACT_CHECKPOINTS,
    FACT_TRIM,
    FACT_CHANGES,
    FACT_PARAMETERS,
    FACT_MODEL,
    FACT_DATA,
    FACT_SHA256,
    FACT_SEED,
    FACT_PROCESSOR,
    FACT_PATH,
    FACTS
};
static const char *const fact_names[FACTS] = {
    [FACT_BEST] = "best",
    [FACT_BEST_AT] = "best at step",
    [FACT_RANK] = "rank",
    [FACT_EVAL_LOSS] = "eval loss",
    [FACT_ACCURACY] = "accuracy",
    [FACT_F1] = "f1",
    [FACT_PEARSON] = "pearson",
    [FACT_MAE] = "mae",
    [FACT_LOSS] = "loss",
    [FACT_PAIRED] = "on the same",
    [FACT_PAIRED_ONLY] = "better on",
    [FACT_PAIRED_P] = "p, permutation",
    [FACT_PAIRED_MCNEMAR] = "p, McNemar",
    [FACT_PAIRED_BETTER] = "shown better",
    [FACT_PAIRED_LABELS] = "labels used",
    [FACT_TOOK] = "took",
    [FACT_NOTE] = "note",
    [FACT_STATE] = "state",
    [FACT_STEPS] = "step",
    [FACT_SPEED] = "tokens/s",
    [FACT_STARTED] = "started",
    [FACT_SIZE] = "size",
    [FACT_CHECKPOINTS] = "checkpoints",
    [FACT_TRIM] = "D frees",
    [FACT_CHANGES] = "changed in the run",
    [FACT_PARAMETERS] = "parameters",
    [FACT_MODEL] = "model",
    [FACT_DATA] = "data",
    [FACT_SHA256] = "data sha256",
    [FACT_SEED] = "seed",
    [FACT_PROCESSOR] = "processor",
    [FACT_PATH] = "folder",
};

/* The evaluation that the best checkpoint comes from. */
static const struct ft_run_eval *best_eval(const struct ft_run *r, const struct ft_run_look *look)
{
    for (size_t i = 0; look && r->has_best && i < look->series.evals_n; i++)
        if (look->series.evals[i].step == r->best_step) return &look->series.evals[i];
    return NULL;
}

static const char *of_run(const struct ft_run *r, enum fact fact, char *buf, size_t size)
{
    bool scored = r->scores.examples > 0;
    switch (fact) {
    case FACT_BEST:
        if (r->has_best) runs_score(r, runs_metric(r), r->best, buf, size);
        break;
    case FACT_BEST_AT:
        if (r->has_best) ft_format_count(buf, size, (long long)r->best_step);
        break;
    case FACT_ACCURACY:
        if (scored && isfinite(r->scores.accuracy)) ft_format_score(buf, size, r->scores.accuracy);
        break;
    case FACT_F1:
        if (scored && isfinite(r->scores.f1)) runs_score(r, "f1", r->scores.f1, buf, size);
        break;
    case FACT_PEARSON:
        if (scored && isfinite(r->scores.pearson)) ft_format_score(buf, size, r->scores.pearson);
        break;
    case FACT_MAE:
        if (scored && isfinite(r->scores.mae)) ft_format_score(buf, size, r->scores.mae);
        break;
    case FACT_LOSS:
        if (scored && isfinite(r->scores.loss)) ft_format_score(buf, size, r->scores.loss);
        break;
    case FACT_CHANGES:
        if (r->changes) ft_format_count(buf, size, (long long)r->changes);
        break;
    case FACT_PARAMETERS:
        if (r->parameters) ft_format_count(buf, size, (long long)r->parameters);
        break;
    case FACT_MODEL:
        snprintf(buf, size, "%s", path_end(r->model));
        break;
    case FACT_DATA:
        snprintf(buf, size, "%s", r->data);
        break;
    case FACT_SHA256: { /* "data HASH": the first file's */
        const char *hash = strchr(r->data_key, ' ');
        if (hash) snprintf(buf, size, "%.*s", (int)strcspn(hash + 1, " "), hash + 1);
        break;
    }
    case FACT_SEED:
        snprintf(buf, size, "%s", ft_options_text(&r->options, FT_OPT_seed));
        break;
    case FACT_PROCESSOR:
        snprintf(buf, size, "%s", r->processor);
        break;
    default:
        break;
    }
    return buf;
}

static const char *of_look(const struct ft_run *r, const struct ft_run_look *look, enum fact fact,
                           char *buf, size_t size)
{
    const struct ft_run_eval *e = best_eval(r, look);
    const struct ft_run_series *s = &look->series;
    char a[32];
    if (fact == FACT_EVAL_LOSS && e && isfinite(e->loss)) ft_format_score(buf, size, e->loss);
    if (fact == FACT_SPEED && s->points_n && isfinite(s->points[s->points_n - 1].tokens_per_s))
        ft_format_count(buf, size, (long long)s->points[s->points_n - 1].tokens_per_s);
    if (fact == FACT_CHECKPOINTS) snprintf(buf, size, "%zu", look->saved_n);
    if (fact == FACT_TRIM && look->may_trim && look->trim.n)
        snprintf(buf, size, "%s", ft_format_bytes(a, sizeof a, (double)look->trim.bytes));
    return buf;
}

/* What is of both stands in the first column. */
static const char *of_pair(const struct ft_paired_test *p, enum fact fact, size_t run, char *buf,
                           size_t size)
{
    static const char blank[] = " ";
    double both = fact == FACT_PAIRED_P ? p->p : p->mcnemar;
    switch (fact) {
    case FACT_PAIRED:
        return ft_format_score(buf, size, p->mean[run]);
    case FACT_PAIRED_ONLY:
        return ft_format_count(buf, size, (long long)p->only[run]);
    case FACT_PAIRED_P:
    case FACT_PAIRED_MCNEMAR:
        if (!isfinite(both)) return buf;
        if (run) return blank;
        snprintf(buf, size, "%.3g", both);
        return buf;
    case FACT_PAIRED_BETTER:
        return p->better == (int)run ? "yes" : "no";
    case FACT_PAIRED_LABELS:
        if (!p->relabelled) return buf;
        if (p->labels_of != (int)run) return blank;
        snprintf(buf, size, "%zu new", p->relabelled);
        return buf;
    default:
        return buf;
    }
}

static const char *fact_text(const struct facts *f, size_t row, size_t run, char *buf, size_t size)
{
    const struct ft_run_item *item = item_of(f, run);
    const struct ft_run *r = &item->run;
    enum fact fact = ((const enum fact *)f->rows)[row];
    static const int columns[FACTS] = {
        [FACT_TOOK] = RUNS_BY_TOOK,  [FACT_NOTE] = RUNS_BY_NOTE,    [FACT_STATE] = RUNS_BY_STATE,
        [FACT_STEPS] = RUNS_BY_STEP, [FACT_STARTED] = RUNS_BY_WHEN, [FACT_SIZE] = RUNS_BY_SIZE};
    buf[0] = 0;
    if (fact >= FACT_PAIRED && fact <= FACT_PAIRED_LABELS)
        return f->pair ? of_pair(f->pair, fact, run, buf, size) : buf;
    if (fact == FACT_PATH) {
        snprintf(buf, size, "%s", item->real);
        return buf;
    }
    if (fact == FACT_RANK) {
        size_t of, rank = runs_rank(f->t, item, &of);
        if (rank && of > 1) snprintf(buf, size, "%zu of %zu", rank, of);
        return buf;
    }
    if (fact == FACT_STATE && r->state == FT_RUN_RUNNING && !runs_is_own(f->t, item) &&
        r->pid > 0) {
        snprintf(buf, size, "running (%lld)", (long long)r->pid);
        return buf;
    }
    if (columns[fact]) /* as in the list */
        return runs_text(f->t, item, (enum runs_column)columns[fact], buf, size);
    if (r->state == FT_RUN_UNREADABLE) return buf;
    const struct ft_run_look *look = ft_run_list_look(f->t->l, f->places[run]);
    bool inside = fact == FACT_EVAL_LOSS || fact == FACT_SPEED || fact == FACT_CHECKPOINTS ||
                  fact == FACT_TRIM;
    if (inside) return look ? of_look(r, look, fact, buf, size) : buf;
    return of_run(r, fact, buf, size);
}

static const char *fact_name(const struct facts *f, size_t row, char *buf, size_t size)
{
    const struct ft_run *r = &item_of(f, 0)->run;
    enum fact fact = ((const enum fact *)f->rows)[row];
    snprintf(buf, size, "%s", fact_names[fact]);
    if (fact == FACT_PAIRED && f->pair)
        snprintf(buf, size, "%s on %zu", f->pair->what, f->pair->examples);
    if (fact == FACT_BEST) snprintf(buf, size, "best %.30s", runs_metric(r));
    if (fact == FACT_ACCURACY || fact == FACT_F1 || fact == FACT_PEARSON || fact == FACT_MAE ||
        fact == FACT_LOSS)
        snprintf(buf, size, "%s %s", *r->scores.part ? r->scores.part : "test", fact_names[fact]);
    return buf;
}

void runs_results_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    enum fact rows[FACTS];
    struct facts f = {.t = t, .name = fact_name, .text = fact_text, .rows = rows};
    size_t n = 0;
    char buf[600];
    f.n = runs_compared(t, f.places);
    f.pair = runs_paired(t);
    if (!f.n) {
        ft_rich_muted(c, r, "the selected run's record");
        return;
    }
    if (f.n == 1 && item_of(&f, 0)->run.state == FT_RUN_UNREADABLE) {
        ft_rich_muted(c, r, item_of(&f, 0)->run.why);
        return;
    }
    for (int fact = 0; fact < FACTS; fact++) { /* those that say something */
        bool any = false, same = f.n > 1;
        char first[600];
        rows[n] = (enum fact)fact;
        snprintf(first, sizeof first, "%s", fact_text(&f, n, 0, buf, sizeof buf));
        for (size_t k = 0; k < f.n; k++) {
            const char *text = fact_text(&f, n, k, buf, sizeof buf);
            any = *text || any;
            same = same && !strcmp(text, first);
        }
        bool said = f.n > 1 && (fact == FACT_MODEL || fact == FACT_DATA || fact == FACT_PATH);
        n += any && !said && !(same && fact >= FACT_STATE);
    }
    ft_list_resize(&t->results, n);
    draw(&f, c, r, &t->results, focused);
}
