/* Screen 1: near duplicates, as items of the list of doubts (view_data_doubts.c). They are searched in the
 * background; the panel of problems counts those that are left, and opens the list again. A row and the one
 * that it is like are shown one below the other, with the words that only one of them has in bold. */
#include "ui/screens/view_data_in.h"

#include "engine/runs/near_duplicates.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- searching --- */

/* What decides which rows there are and in which split they lie, but for edits. */
static uint64_t near_key(const struct data_view *t)
{
    static const enum ft_opt ids[] = {FT_OPT_data,
                                      FT_OPT_validation,
                                      FT_OPT_test,
                                      FT_OPT_text_column,
                                      FT_OPT_text_pair_column,
                                      FT_OPT_label_column,
                                      FT_OPT_clean,
                                      FT_OPT_split,
                                      FT_OPT_limit,
                                      FT_OPT_max_train_samples,
                                      FT_OPT_seed,
                                      FT_OPT_task,
                                      FT_OPT_problem_type,
                                      FT_OPT_label_delimiter,
                                      FT_OPT_label_names,
                                      FT_OPT_delimiter,
                                      FT_OPT_quote,
                                      FT_OPT_header,
                                      FT_OPT_encoding};
    uint64_t key = 1;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *text = ft_options_text(&t->w->o, ids[i]);
        key = key * 1099511628211u ^ ft_hash64(text, strlen(text));
    }
    return key;
}

bool data_near_is_of(const struct data_view *t)
{
    return ft_doubts_searched(t->w->near).threshold > 0 && t->near.key == near_key(t);
}

static void say_none(struct data_view *t)
{
    struct ft_doubts_searched s = ft_doubts_searched(t->w->near);
    char rows[32];
    ft_app_say(t->w->app, FT_SAY_OK, "%s rows compared: no two have a similarity of %g or more",
               data_count(rows, s.rows), s.threshold);
}

static void show(struct data_view *t, int kind)
{
    ft_doubts_fit(t->w->near, t->d);
    if (!ft_doubts_count(t->w->near)) {
        say_none(t);
        return;
    }
    data_doubts_begin(t, t->w->near, kind);
}

void data_near_open(struct data_view *t, const char *arg)
{
    struct ft_err err = {0};
    double threshold;
    if (!ft_dataset_facts(t->d)->open) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no data: o opens a file");
        return;
    }
    if (ft_near_threshold_parse(arg ? arg : "", &threshold, &err)) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    const char *model = ft_options_text(&t->w->o, FT_OPT_model);
    bool there = data_near_is_of(t) && !ft_doubts_busy(t->w->near, NULL) &&
                 !strcmp(ft_doubts_searched(t->w->near).model, ft_path_base(model));
    if (!arg && there) { /* the list that there is */
        show(t, FT_DOUBT_KINDS);
        return;
    }
    if (!*model) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "near duplicates are found with a model: choose one (2), then D again");
        return;
    }
    t->w->near_wanted = threshold;
    t->near.touched = false;
    data_near_follow(t);
}

static void cancel(void *arg)
{
    struct data_view *t = arg;
    t->w->near_wanted = 0;
    ft_doubts_cancel(t->w->near);
}

/* Models that were not made for sentence embeddings, or that know a few labels only, give all texts nearly the
 * same vector. */
static void say_alike(struct data_view *t)
{
    enum { ROWS_MIN = 50 };
    const double much = 0.05;
    struct ft_doubts_searched s = ft_doubts_searched(t->w->near);
    if (s.rows >= ROWS_MIN && s.alike >= much)
        ft_app_say(t->w->app, FT_SAY_WARN,
                   "%.0f%% of all pairs are similar: take a model for sentence embeddings, or "
                   ":duplicates with a higher threshold",
                   100 * s.alike);
}

static void take_found(struct data_view *t)
{
    const struct ft_err *err = ft_doubts_failed(t->w->near);
    size_t found = ft_doubts_searched(t->w->near).found;
    char n[32];
    if (!err->code && data_near_is_of(t) && found && t->near.touched) {
        ft_doubts_fit(t->w->near, t->d);
        ft_app_say(t->w->app, FT_SAY_OK, "%s similar row%s found: D lists them",
                   data_count(n, found), ft_plural(found));
    } else if (!err->code && data_near_is_of(t)) {
        show(t, FT_DOUBT_KINDS);
        say_alike(t);
    } else if (!err->code) {
        ft_app_say(t->w->app, FT_SAY_NOTE, NEAR_OTHER_ROWS);
    } else if (err->code == FT_CANCELLED) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled: near duplicates were not searched");
    } else {
        ft_app_say_err(t->w->app, err);
    }
}

void data_near_follow(struct data_view *t)
{
    struct ft_job_view work;
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    bool idle = !ft_dataset_busy(t->d, &work);
    if (t->w->near_wanted > 0 && idle) {
        double threshold = t->w->near_wanted;
        t->w->near_wanted = 0;
        if (!f->open || !ft_doubts_search(t->w->near, t->d, &t->w->o, threshold))
            ft_app_say(t->w->app, FT_SAY_NOTE, "no rows to compare");
        t->near.coming = near_key(t);
    }
    bool ended = ft_doubts_follow(t->w->near);
    bool busy = ft_doubts_busy(t->w->near, &work);
    if (busy)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->near.busy)
        ft_app_busy_end(t->w->app);
    t->near.busy = busy;
    if (!ended) return;
    if (!ft_doubts_failed(t->w->near)->code) t->near.key = t->near.coming;
    take_found(t);
}

/* --- the panel of problems --- */

struct near_line {
    enum ft_doubt_kind kind;
    char sign;
    size_t n;
};

/* What is said of the search: first what is left, the fine ones at the end. */
static size_t lines(struct data_view *t, struct near_line out[3], bool fine)
{
    size_t n = 0;
    if (!data_near_is_of(t)) return 0;
    for (int k = FT_DOUBT_LABEL + 1; k < FT_DOUBT_KINDS; k++) {
        enum ft_doubt_kind kind = (enum ft_doubt_kind)k;
        size_t left = ft_doubts_left(t->w->near, kind, t->d);
        if (fine != !left) continue;
        if (fine && kind == FT_DOUBT_DUPLICATE) continue; /* says nothing about the run */
        char sign = fine ? 'v' : kind == FT_DOUBT_DUPLICATE ? '-' : '!';
        out[n++] = (struct near_line){kind, sign, left};
    }
    return n;
}

static void line_text(const struct near_line *l, struct ft_dataset_problem *p)
{
    char n[32];
    ft_format_count(n, sizeof n, (long long)l->n);
    memset(p, 0, sizeof *p);
    p->sign = l->sign;
    p->count = l->n;
    p->name = l->n ? ft_doubt_kind_name(l->kind) : "";
    if (l->kind == FT_DOUBT_LEAK)
        snprintf(p->text, sizeof p->text,
                 l->n ? "%s leak%s between splits: similar rows" : "no similar rows in two splits",
                 n, ft_plural(l->n));
    else if (l->kind == FT_DOUBT_CONFLICT)
        snprintf(p->text, sizeof p->text,
                 l->n ? "%s conflict%s: similar rows, two labels"
                      : "no similar rows with two labels",
                 n, ft_plural(l->n));
    else
        snprintf(p->text, sizeof p->text, "%s near duplicate%s in a split", n, ft_plural(l->n));
}

size_t data_problems(struct data_view *t)
{
    struct near_line l[3];
    size_t all = ft_dataset_problems(t->d);
    return all ? all + lines(t, l, false) + lines(t, l, true) : 0;
}

bool data_problem(struct data_view *t, size_t i, struct ft_dataset_problem *p)
{
    struct near_line l[3];
    size_t bad = lines(t, l, false), all = ft_dataset_problems(t->d);
    if (!all) return false;
    if (i < bad) {
        line_text(&l[i], p);
        return true;
    }
    if (i - bad < all) return ft_dataset_problem(t->d, i - bad, p);
    size_t fine = lines(t, l, true);
    if (i - bad - all >= fine) return false;
    line_text(&l[i - bad - all], p);
    return true;
}

bool data_near_problem(struct data_view *t, size_t i)
{
    struct near_line l[3];
    if (i >= lines(t, l, false)) return false;
    show(t, (int)l[i].kind);
    return true;
}

/* --- the list --- */

enum { ROW, PART, KIND, SIM, LIKE, LABEL, OTHER_LABEL, DECISION, TEXT, COLUMNS };

static const struct ft_column *columns_of(const struct data_view *t)
{
    static struct ft_column cols[COLUMNS] = {[ROW] = {"row", 8, true, 0},
                                             [PART] = {"part", 4, false, 70},
                                             [KIND] = {"kind", 9, false, 0},
                                             [SIM] = {"sim.", 6, true, 0},
                                             [LIKE] = {"like", 11, true, 0},
                                             [LABEL] = {"label", 8, false, 90},
                                             [OTHER_LABEL] = {"like's label", 12, false, 90},
                                             [DECISION] = {"decision", 9, false, 90},
                                             [TEXT] = {"text", 0, false, 0}};
    size_t widest = 5, n = ft_dataset_tagged(t->d) ? 0 : ft_dataset_labels(t->d);
    for (size_t i = 0; i < n && i < 100; i++) {
        const char *name = ft_dataset_label(t->d, i, NULL);
        size_t w = (size_t)ft_text_width(name, strlen(name));
        if (w > widest) widest = w;
    }
    cols[LABEL].w = (int)(widest < 20 ? widest : 20);
    cols[OTHER_LABEL].w = cols[LABEL].w > 12 ? cols[LABEL].w : 12;
    return cols;
}

static void cell(struct ft_canvas *c, int y, int x, const struct ft_column *cols, int w, int col,
                 unsigned style, const char *text)
{
    ft_columns_cell(c, y, x, cols, COLUMNS, w, col, style, text);
}

void data_near_row(const struct data_view *t, const struct data_doubt_row *d, struct ft_canvas *c,
                   int y, int x, int w)
{
    const struct ft_column *cols = columns_of(t);
    const struct ft_doubt *q = d->item;
    struct ft_dataset_row r, other;
    char buf[64], text[801];
    int at[COLUMNS], cw[COLUMNS];
    bool open = d->decision == FT_DOUBT_OPEN;
    unsigned style = open ? FT_ROLE_NORMAL : FT_ROLE_MUTED;
    if (!ft_dataset_row(t->d, d->place, &r)) return;
    ft_columns_place(cols, COLUMNS, w, at, cw);
    snprintf(buf, sizeof buf, "%s%zu", d->sign, r.row);
    cell(c, y, x, cols, w, ROW, open ? FT_ROLE_MUTED : FT_ROLE_ACCENT, buf);
    cell(c, y, x, cols, w, PART, FT_ROLE_MUTED, r.part);
    cell(c, y, x, cols, w, KIND, q->kind == FT_DOUBT_LEAK && open ? FT_ROLE_WARN : style,
         ft_doubt_kind_name(q->kind));
    ft_format_short(buf, sizeof buf, q->value, 3);
    cell(c, y, x, cols, w, SIM, style, buf);
    cell(c, y, x, cols, w, LABEL, style, *r.left && q->given ? q->given : r.label);
    size_t n = r.n < sizeof text - 1 ? r.n : sizeof text - 1;
    for (size_t k = 0; k < n; k++)
        text[k] = r.text[k] == '\n' || r.text[k] == '\r' ? ' ' : r.text[k];
    if (cw[TEXT] > 0) ft_canvas_textn(c, y, x + at[TEXT], cw[TEXT], style, text, n);
    cell(c, y, x, cols, w, DECISION, FT_ROLE_ACCENT, ft_doubt_decision_name(d->decision));
    if (q->kind == FT_DOUBT_LABEL) {
        cell(c, y, x, cols, w, LIKE, style, q->suggested);
        cell(c, y, x, cols, w, OTHER_LABEL, style, q->suggested);
    }
    if (!q->other.row || !ft_dataset_row_at(t->d, &q->other, &other)) return;
    snprintf(buf, sizeof buf, "%zu %s", other.row, other.part);
    cell(c, y, x, cols, w, LIKE, style, buf);
    cell(c, y, x, cols, w, OTHER_LABEL, style, other.label);
}

void data_near_header(const struct data_view *t, struct ft_canvas *c, int y, int x, int w)
{
    ft_columns_header(c, y, x, columns_of(t), COLUMNS, w, -1, false);
}

void data_near_source(const struct data_view *t, char *buf, size_t size)
{
    struct ft_doubts_searched s = ft_doubts_searched(t->w->near);
    char all[32];
    if (s.found > FT_DOUBTS_MOST)
        snprintf(buf, size, "worst of %s", data_count(all, s.found));
    else
        snprintf(buf, size, "%g, %.40s", s.threshold, s.model);
}

/* --- the texts of an item --- */

const struct ft_doubt *data_near_selected(const struct data_view *t, struct ft_dataset_row *other)
{
    size_t item;
    const struct ft_doubt *q = t->doubts.on ? data_doubt_selected(t, &item) : NULL;
    if (!q || q->kind == FT_DOUBT_LABEL || !q->other.row) return NULL;
    return ft_dataset_row_at(t->d, &q->other, other) ? q : NULL;
}

static size_t word_end(const char *s, size_t n, size_t at)
{
    while (at < n && !isspace((unsigned char)s[at]))
        at++;
    return at;
}

/* A word without the case and the marks around it. */
static uint64_t word_hash(const char *s, size_t n)
{
    char low[64];
    size_t k = 0;
    for (size_t i = 0; i < n && k < sizeof low; i++)
        if (!ispunct((unsigned char)s[i])) low[k++] = (char)tolower((unsigned char)s[i]);
    return ft_hash64(low, k) * 2 + (k > 0);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static uint64_t *words_of(const char *s, size_t n, size_t *count)
{
    uint64_t *all = ft_xcalloc(n / 2 + 2, sizeof *all);
    *count = 0;
    for (size_t i = 0, end; i < n; i = end + 1) {
        end = word_end(s, n, i);
        if (end > i) all[(*count)++] = word_hash(s + i, end - i);
    }
    qsort(all, *count, sizeof *all, by_value);
    return all;
}

void data_near_words(struct ft_rich *out, const char *s, size_t n, const char *other,
                     size_t other_n)
{
    size_t count;
    uint64_t *words = words_of(other, other_n, &count);
    for (size_t i = 0, end; i < n; i = end) {
        end = i;
        while (end < n && isspace((unsigned char)s[end]))
            end++;
        ft_rich_add(out, FT_ROLE_NORMAL, s + i, end - i);
        i = end;
        end = word_end(s, n, i);
        if (end == i) break;
        uint64_t hash = word_hash(s + i, end - i);
        bool both = !(hash & 1) || bsearch(&hash, words, count, sizeof hash, by_value);
        ft_rich_add(out, both ? FT_ROLE_NORMAL : FT_ROLE_ACCENT | FT_BOLD, s + i, end - i);
    }
    free(words);
}

/* --- the message line --- */

void data_near_next(const struct data_view *t, const struct ft_doubt *q,
                    enum ft_doubt_decision decision, char *buf, size_t size)
{
    static const char *const said[FT_DOUBT_DECISIONS] = {
        [FT_DOUBT_KEPT] = "is kept; Space takes the mark away",
        [FT_DOUBT_ACCEPTED] = "the suggestion was accepted; Space undoes that",
        [FT_DOUBT_CHANGED] = "relabelled; x takes the suggestion, Space the given label",
        [FT_DOUBT_EXCLUDED] = "excluded; x takes the suggestion, Space the given label",
        [FT_DOUBT_SETTLED] = "settled: the row it is like was excluded or relabelled"};
    struct ft_dataset_row r, other;
    bool there = ft_dataset_row_at(t->d, &q->row, &r) && ft_dataset_row_at(t->d, &q->other, &other);
    if (decision != FT_DOUBT_OPEN) {
        snprintf(buf, size, "note: row %zu: %s", q->row.row, said[decision]);
        return;
    }
    if (!there || !r.editable) {
        snprintf(buf, size, "note: row %zu is like row %zu; its file has no label edits",
                 q->row.row, q->other.row);
        return;
    }
    if (q->suggested) {
        snprintf(buf, size, "note: like row %zu, %.18s there: x relabels, Space keeps %.18s",
                 q->other.row, q->suggested, q->given ? q->given : "it");
        return;
    }
    bool test = !strcmp(r.part, "tst");
    snprintf(buf, size, "note: like row %zu (%s): %s, Space keeps it", q->other.row, other.part,
             test ? "d excludes this test row" : "x excludes this one");
}

bool data_near_take(struct data_view *t, const struct ft_doubt *q)
{
    struct ft_dataset_row r;
    bool test = ft_dataset_row_at(t->d, &q->row, &r) && !strcmp(r.part, "tst");
    if (q->kind == FT_DOUBT_LABEL || q->suggested || !test) return true;
    ft_app_say(t->w->app, FT_SAY_NOTE, "row %zu is in the test split: d excludes it", q->row.row);
    return false;
}
