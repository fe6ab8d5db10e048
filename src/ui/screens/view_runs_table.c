/* The list of screen 7 as a table: the text of each column, order and filter. */
#include "ui/screens/view_runs_in.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct {
    struct ft_column shown; /* on a narrow screen the name of the run stays */
    int wide_w;             /* from 140 on */
    bool number;            /* ordered and compared as one */
} table[RUNS_COLUMNS] = {
    [RUNS_BY_RUN] = {{"run", 0, false, 0}, 0, false},
    [RUNS_BY_WHEN] = {{"when", 12, false, 66}, 12, false},
    [RUNS_BY_TASK] = {{"task", 8, false, 110}, 8, false},
    [RUNS_BY_MODEL] = {{"model", 10, false, 44}, 16, false},
    [RUNS_BY_DATA] = {{"data", 10, false, 54}, 18, false},
    [RUNS_BY_METRIC] = {{"metric", 10, false, 0}, 12, true},
    [RUNS_BY_STATE] = {{"state", 11, false, 0}, 12, true},
    [RUNS_BY_STEP] = {{"step", 15, true, 150}, 15, true},
    [RUNS_BY_TOOK] = {{"took", 8, true, 120}, 8, true},
    [RUNS_BY_SIZE] = {{"size", 9, true, 100}, 9, true},
    [RUNS_BY_RATE] = {{"rate", 8, true, 130}, 8, true},
    [RUNS_BY_BATCH] = {{"batch", 7, true, 170}, 7, true},
    [RUNS_BY_EPOCHS] = {{"epochs", 8, true, 160}, 8, true},
    [RUNS_BY_LENGTH] = {{"length", 8, true, 170}, 8, true},
    [RUNS_BY_NOTE] = {{"note", 0, false, 140}, 0, false},
};

void runs_columns(int w, struct ft_column out[RUNS_COLUMNS])
{
    for (int i = 0; i < RUNS_COLUMNS; i++) {
        out[i] = table[i].shown;
        if (w >= 140) out[i].w = table[i].wide_w;
    }
}

const char *runs_column_name(enum runs_column column)
{
    return table[column].shown.name;
}

static bool readable(const struct ft_run_item *item)
{
    return item->run.state != FT_RUN_UNREADABLE;
}

const char *runs_name(const struct runs_view *t, const struct ft_run_item *item)
{
    const char *name = item->run.name;
    if (t->sweep && runs_in_sweep(t, item)) { /* without the sweep's folder */
        size_t inner = strlen(item->real) - strlen(item->sweep) - 1, n = strlen(name);
        if (n > inner && !strcmp(name + n - inner, item->real + strlen(item->sweep) + 1))
            return name + n - inner;
    }
    return strlen(name) > t->common ? name + t->common : name;
}

char *runs_score(const struct ft_run *r, const char *metric, double v, char *buf, size_t size)
{
    return ft_format_metric(buf, size, v, ft_metric_is_percent(r->kind, metric));
}

const char *runs_metric(const struct ft_run *r)
{
    return r->metric + (strncmp(r->metric, "eval_", 5) ? 0 : 5);
}

/* "22 Nov 14:02" of an ISO time in UTC, here and now; of another year "22 Nov 2024". */
static const char *when_text(const char *iso, char *buf, size_t size)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm at = {0}, now = {0};
    const char *end = strptime(iso, "%Y-%m-%dT%H:%M:%S", &at);
    time_t s = end ? timegm(&at) : 0, today = (time_t)ft_wall_s();
    buf[0] = 0;
    if (!end || !localtime_r(&s, &at) || !localtime_r(&today, &now)) return buf;
    if (at.tm_year == now.tm_year)
        snprintf(buf, size, "%2d %s %02d:%02d", at.tm_mday, months[at.tm_mon], at.tm_hour,
                 at.tm_min);
    else
        snprintf(buf, size, "%2d %s %d", at.tm_mday, months[at.tm_mon], at.tm_year + 1900);
    return buf;
}

/* The value of a column that is a number; NaN: it has none. */
static double number(const struct runs_view *t, const struct ft_run_item *item,
                     enum runs_column column)
{
    const struct ft_run *r = &item->run;
    if (column == RUNS_BY_STATE) return r->state;
    if (column == RUNS_BY_SIZE) return (double)item->bytes;
    if (!readable(item)) return (double)NAN;
    switch (column) {
    case RUNS_BY_METRIC:
        return r->has_best ? r->best : (double)NAN;
    case RUNS_BY_STEP:
        return runs_is_own(t, item) ? (double)t->w->snap.step : (double)r->step;
    case RUNS_BY_TOOK:
        return r->seconds;
    case RUNS_BY_RATE:
        return ft_options_num(&r->options, FT_OPT_learning_rate);
    case RUNS_BY_BATCH:
        return ft_options_num(&r->options, FT_OPT_per_device_train_batch_size);
    case RUNS_BY_EPOCHS:
        return ft_options_num(&r->options, FT_OPT_num_train_epochs);
    case RUNS_BY_LENGTH:
        return ft_options_num(&r->options, FT_OPT_max_seq_length);
    default:
        return (double)NAN;
    }
}

static const char *state_text(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                              size_t size)
{
    if (runs_group(t, item)) {
        runs_group_state(t, item, buf, size);
        return buf;
    }
    if (runs_rung_text(t, item, buf, size)) return buf;
    bool own = runs_is_own(t, item);
    const struct ft_snapshot *s = own ? &t->w->snap : item->run.is_live ? &item->run.live : NULL;
    const char *name = ft_run_state_name(item->run.state);
    if (s && s->state == FT_SESSION_PAUSED) name = "paused";
    snprintf(buf, size, "%s", name);
    if (s && s->steps_total)
        snprintf(buf, size, "%s %.0f%%", name, 100.0 * (double)s->step / (double)s->steps_total);
    return buf;
}

const char *runs_text(const struct runs_view *t, const struct ft_run_item *item,
                      enum runs_column column, char *buf, size_t size)
{
    const struct ft_run *r = &item->run;
    char a[32], b[32];
    double x = number(t, item, column);
    buf[0] = 0;
    if (!readable(item) && column != RUNS_BY_RUN && column != RUNS_BY_STATE &&
        column != RUNS_BY_SIZE && column != RUNS_BY_NOTE)
        return buf;
    switch (column) {
    case RUNS_BY_RUN:
        if (runs_group(t, item))
            runs_group_name(t, item, buf, size);
        else
            snprintf(buf, size, "%s", runs_name(t, item));
        break;
    case RUNS_BY_WHEN:
        when_text(r->started, buf, size);
        break;
    case RUNS_BY_TASK:
        snprintf(buf, size, "%s", r->task);
        break;
    case RUNS_BY_MODEL:
        snprintf(buf, size, "%s", ft_path_base(r->model));
        break;
    case RUNS_BY_DATA: {
        const char *base = ft_path_base(r->data);
        snprintf(buf, size, "%.*s", (int)strcspn(base, "."), base);
        break;
    }
    case RUNS_BY_METRIC: {
        const char *metric = runs_metric(r);
        if (!*metric) break;
        snprintf(buf, size, "%s %s", strcmp(metric, "accuracy") ? metric : "acc",
                 isfinite(x) ? runs_score(r, metric, x, a, sizeof a) : "-");
        break;
    }
    case RUNS_BY_STATE:
        state_text(t, item, buf, size);
        break;
    case RUNS_BY_STEP:
        ft_format_count(a, sizeof a, (long long)x);
        ft_format_count(b, sizeof b, (long long)r->steps);
        if (r->steps && (uint64_t)x != r->steps)
            snprintf(buf, size, "%s of %s", a, b);
        else
            snprintf(buf, size, "%s", a);
        break;
    case RUNS_BY_TOOK:
        if (x > 0) ft_format_time(buf, size, x);
        break;
    case RUNS_BY_SIZE:
        ft_format_bytes(buf, size, x);
        break;
    case RUNS_BY_RATE:
        ft_format_g(buf, size, x, 3);
        break;
    case RUNS_BY_BATCH:
    case RUNS_BY_EPOCHS:
    case RUNS_BY_LENGTH:
        snprintf(buf, size, "%g", x);
        break;
    case RUNS_BY_NOTE:
        snprintf(buf, size, "%s", r->note);
        break;
    case RUNS_COLUMNS:
        break;
    }
    return buf;
}

/* --- filter --- */

/* A word of the filter: COLUMN and one of ":<>", then what it must be; op 0: a word anywhere. */
struct term {
    enum runs_column column;
    char op;
    const char *text;
    double x;
};

static enum ft_status take_term(struct term *m, const char *word, struct ft_err *err)
{
    size_t n = strcspn(word, ":<>");
    *m = (struct term){.text = word};
    if (!word[n] || !n) return FT_OK;
    m->op = word[n];
    m->text = word + n + 1;
    int found = -1;
    for (int i = 0; i < RUNS_COLUMNS; i++)
        if (strlen(table[i].shown.name) == n && !strncmp(table[i].shown.name, word, n)) found = i;
    if (found < 0)
        return ft_fail(err, FT_USAGE, "no column '%.*s'; run, when, task, model, data, metric, ..",
                       (int)n, word);
    m->column = (enum runs_column)found;
    if (m->op == ':' || m->column == RUNS_BY_WHEN) return FT_OK;
    if (!table[found].number || m->column == RUNS_BY_STATE || !ft_parse_double(m->text, &m->x))
        return ft_fail(err, FT_USAGE,
                       "'%s': < and > need a number, or a date as in when>2026-11-20", word);
    return FT_OK;
}

static bool has_word(const struct runs_view *t, const struct ft_run_item *item, const char *word)
{
    static const enum runs_column columns[] = {RUNS_BY_RUN,  RUNS_BY_TASK,  RUNS_BY_MODEL,
                                               RUNS_BY_DATA, RUNS_BY_STATE, RUNS_BY_NOTE};
    char buf[512];
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcasestr(runs_text(t, item, columns[i], buf, sizeof buf), word)) return true;
    return false;
}

static bool matches(const struct runs_view *t, const struct ft_run_item *item, const struct term *m)
{
    char buf[512];
    if (!m->op) return has_word(t, item, m->text);
    if (m->op == ':') return strcasestr(runs_text(t, item, m->column, buf, sizeof buf), m->text);
    bool more = m->op == '>';
    if (m->column == RUNS_BY_WHEN) {
        int order = strcmp(item->run.started, m->text);
        return *item->run.started && (more ? order > 0 : order < 0);
    }
    double x = number(t, item, m->column);
    return more ? x > m->x : x < m->x;
}

enum ft_status runs_filter_check(const struct runs_view *t, const char *filter, struct ft_err *err)
{
    char word[256];
    struct term m;
    enum ft_status st = FT_OK;
    if (strlen(filter) >= sizeof t->filter) return ft_fail(err, FT_USAGE, "the filter is too long");
    while (!st && ft_command_arg(&filter, word, sizeof word))
        st = take_term(&m, word, err);
    return st;
}

static bool passes(const struct runs_view *t, const struct ft_run_item *item)
{
    const char *rest = t->filter;
    char word[256];
    struct term m;
    while (ft_command_arg(&rest, word, sizeof word))
        if (take_term(&m, word, NULL) || !matches(t, item, &m)) return false;
    return true;
}

/* --- order --- */

static int by_column(const void *a, const void *b, void *arg)
{
    const struct runs_view *t = arg;
    const struct ft_run_item *x = ft_run_list_item(t->l, *(const size_t *)a);
    const struct ft_run_item *y = ft_run_list_item(t->l, *(const size_t *)b);
    int order = 0, sign = t->down ? -1 : 1;
    if (table[t->sort].number) {
        double u = number(t, x, t->sort), v = number(t, y, t->sort);
        if (isnan(u) != isnan(v)) return isnan(u) ? 1 : -1; /* what has none comes last */
        order = u < v ? -1 : u > v;
    } else if (t->sort == RUNS_BY_WHEN) {
        order = strcmp(x->run.started, y->run.started);
    } else {
        char u[512], v[512];
        order = strcasecmp(runs_text(t, x, t->sort, u, sizeof u),
                           runs_text(t, y, t->sort, v, sizeof v));
    }
    return order ? sign * order : strcmp(x->run.name, y->run.name);
}

/* The folder that all names lie in, with its '/'. */
static size_t common_folder(const struct ft_run_list *l)
{
    size_t n = ft_run_list_count(l), common = 0;
    const char *first = n ? ft_run_list_item(l, 0)->run.name : "";
    for (size_t i = 0; first[i]; i++)
        if (first[i] == '/') common = i + 1;
    for (size_t k = 1; k < n; k++) {
        const char *name = ft_run_list_item(l, k)->run.name;
        size_t same = 0, folder = 0;
        for (; same < common && name[same] == first[same]; same++)
            if (name[same] == '/') folder = same + 1;
        if (same < common) common = folder;
    }
    return common;
}

void runs_table_make(struct runs_view *t)
{
    size_t n = ft_run_list_count(t->l), kept = 0;
    free(t->index);
    t->index = ft_xcalloc(n + 1, sizeof *t->index);
    t->common = common_folder(t->l);
    t->bytes = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ft_run_item *item = ft_run_list_item(t->l, i);
        t->bytes += item->bytes;
        if (!passes(t, item) || (t->sweep && !runs_in_sweep(t, item))) continue;
        if (runs_group(t, item) && runs_group_take(t, kept, i)) continue;
        t->index[kept++] = i;
    }
    if (kept) qsort_r(t->index, kept, sizeof *t->index, by_column, t);
    ft_list_resize(&t->list, kept);
}
