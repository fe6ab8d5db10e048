/* Screen 1: the rows that an audit doubts, in place of the list of rows. The data set lists exactly these
 * rows, the worst first (ft_dataset_pick), so that everything about the selected row works in it; only their
 * lines are drawn otherwise. */
#include "ui/screens/view_data_in.h"

#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The item in place i of the list; SIZE_MAX: none. */
static size_t item_at(const struct data_view *t, size_t i)
{
    size_t item = ft_dataset_picked(t->d, i);
    return ft_doubts_at(t->doubts.list, item) ? item : SIZE_MAX;
}

const struct ft_doubt *data_doubt_selected(const struct data_view *t, size_t *item)
{
    *item = item_at(t, t->rows.selected);
    return ft_doubts_at(t->doubts.list, *item);
}

/* --- opening and leaving --- */

/* What decides which texts and labels the rows have. */
static uint64_t data_key(const struct data_view *t)
{
    static const enum ft_opt ids[] = {
        FT_OPT_data,         FT_OPT_text_column,     FT_OPT_text_pair_column,
        FT_OPT_label_column, FT_OPT_clean,           FT_OPT_task,
        FT_OPT_problem_type, FT_OPT_label_delimiter, FT_OPT_label_names,
        FT_OPT_delimiter,    FT_OPT_quote,           FT_OPT_header,
        FT_OPT_encoding};
    uint64_t key = 0;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        const char *text = ft_options_text(&t->w->o, ids[i]);
        key = key * 1099511628211u ^ ft_hash64(text, strlen(text));
    }
    return key;
}

static void list_items(struct data_view *t)
{
    size_t n = ft_doubts_count(t->doubts.list);
    struct ft_dataset_pick *picks = ft_xcalloc(n + 1, sizeof *picks);
    for (size_t i = 0; i < n; i++)
        picks[i] = ft_doubts_at(t->doubts.list, i)->row;
    ft_dataset_pick(t->d, picks, n);
    t->rows.n = ft_dataset_count(t->d);
    free(picks);
}

/* The first item that nobody has decided, of one kind (FT_DOUBT_KINDS: of all). */
static size_t first_open(const struct data_view *t, int kind)
{
    for (size_t i = 0; i < t->rows.n; i++) {
        size_t item = item_at(t, i);
        const struct ft_doubt *x = ft_doubts_at(t->doubts.list, item);
        if (!x || (kind != FT_DOUBT_KINDS && (int)x->kind != kind)) continue;
        if (ft_doubts_decision(t->doubts.list, item, t->d) == FT_DOUBT_OPEN) return i;
    }
    return 0;
}

static bool any_near(const struct ft_doubts *x)
{
    size_t n = 0;
    for (int k = FT_DOUBT_LABEL + 1; k < FT_DOUBT_KINDS; k++)
        n += ft_doubts_kinds(x, (enum ft_doubt_kind)k);
    return n > 0;
}

static void say_opened(struct data_view *t)
{
    size_t n = ft_doubts_count(t->doubts.list), stale = ft_doubts_stale(t->doubts.list);
    if (stale)
        ft_app_say(t->w->app, FT_SAY_WARN,
                   "%zu of %zu rows not listed: their text or label is not that of the open data",
                   stale, n + stale);
    else
        ft_app_unsay(t->w->app);
}

void data_doubts_begin(struct data_view *t, struct ft_doubts *items, int kind)
{
    struct data_doubts *x = &t->doubts;
    x->list = items;
    bool there;
    const char *dir = ft_doubts_dir(t->doubts.list);
    size_t row = data_row(t, &there).row;
    ft_doubts_fit(t->doubts.list, t->d);
    size_t n = ft_doubts_count(t->doubts.list), stale = ft_doubts_stale(t->doubts.list);
    if (!n && stale)
        ft_app_say(t->w->app, FT_SAY_ERROR,
                   "%s: none of its %zu rows has its text and label in the open data", dir, stale);
    else if (!n)
        ft_app_say(t->w->app, FT_SAY_OK, "%s: no label is doubtful, no rows are similar", dir);
    if (!n) {
        data_doubts_close(t, true);
        return;
    }
    data_similar_close(t, true);
    if (!x->on) {
        x->home = there ? row : 0;
        x->sort = ft_dataset_sort_now(t->d, &x->down);
        snprintf(x->filter, sizeof x->filter, "%s", ft_dataset_filter_now(t->d));
    }
    x->on = true;
    x->near = any_near(items);
    x->fitted = data_key(t);
    t->view.panels = data_panels(true);
    ft_dataset_filter(t->d, "", NULL);
    ft_dataset_sort(t->d, FT_DATASET_BY_ROW, false);
    list_items(t);
    ft_list_select(&t->rows, first_open(t, kind));
    t->text.top = t->before.top = 0;
    ft_app_focus(&t->view, DATA_ROWS);
    say_opened(t);
}

/* Whether the data has one label for each row; else says what an audit needs. */
static bool is_possible(struct data_view *t)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_dataset_numbers numbers;
    if (!f->open) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no data: o opens a file");
        return false;
    }
    if (!f->squad && !f->running && !f->several && !ft_dataset_tagged(t->d) &&
        !ft_dataset_numbers(t->d, &numbers))
        return true;
    ft_app_say(
        t->w->app, FT_SAY_NOTE,
        "an audit is for text classification with one label per row, which this data is not");
    return false;
}

/* ":audit run [K]" */
static bool is_run(const char *arg, const char **folds)
{
    *folds = arg + 3 + strspn(arg + 3, " ");
    return !strncmp(arg, "run", 3) && (!arg[3] || arg[3] == ' ');
}

static void make_audit(struct data_view *t, const char *folds)
{
    enum { FOLDS = 5, MOST = 100 };
    long long n = FOLDS;
    if (*folds && (!ft_parse_i64(folds, &n) || n < 2 || n > MOST))
        ft_app_say(t->w->app, FT_SAY_ERROR, "audit run %.20s: expected 2 to %d folds", folds,
                   (int)MOST);
    else
        ft_workbench_audit(t->w, (size_t)n);
}

/* Whether the folder has similar rows, which data of any task can have. */
static bool has_near(const char *dir)
{
    char *path = ft_path_join(dir, "duplicates.jsonl");
    bool there = *dir && (ft_path_is_file(path) || !strcmp(ft_path_base(dir), "duplicates.jsonl"));
    free(path);
    return there;
}

void data_doubts_open(struct data_view *t, const char *arg)
{
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const char *folds;
    bool given = arg && *arg;
    if (!has_near(given ? arg : "") && !is_possible(t)) return;
    if (given && is_run(arg, &folds)) {
        make_audit(t, folds);
        return;
    }
    if (given && !ft_path_exists(arg)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s: no such folder", arg);
        return;
    }
    t->doubts.opening = true;
    ft_doubts_open(t->w->doubts, given ? arg : NULL, ft_options_text(&t->w->o, FT_OPT_data),
                   f->sha256);
    ft_app_redraw(t->w->app);
}

void data_doubts_close(struct data_view *t, bool home)
{
    struct data_doubts *x = &t->doubts;
    if (!x->on) return;
    x->on = false;
    t->view.panels = data_panels(false);
    ft_dataset_pick(t->d, NULL, 0);
    if (!home) return;
    ft_dataset_sort(t->d, x->sort, x->down);
    ft_dataset_filter(t->d, x->filter, NULL);
    x->back = x->home;
    x->back_version = 0;
    t->rows.n = ft_dataset_count(t->d);
    ft_list_select(&t->rows, 0);
}

/* A long list is made in the background: the cursor goes to its row when it is there. */
static void go_back(struct data_view *t)
{
    struct data_doubts *x = &t->doubts;
    uint64_t version = ft_dataset_facts(t->d)->version;
    if (!x->back || version == x->back_version) return;
    x->back_version = version;
    size_t at = ft_dataset_find_row(t->d, x->back);
    if (at == SIZE_MAX) return;
    t->rows.n = ft_dataset_count(t->d);
    ft_list_select(&t->rows, at);
    x->back = 0;
    ft_app_redraw(t->w->app);
}

static void take_read(struct data_view *t)
{
    const struct ft_err *err = ft_doubts_failed(t->w->doubts);
    t->doubts.opening = false;
    if (err->code == FT_NOTFOUND)
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "no audit of %.40s: `:audit run` trains models and lists doubtful labels",
                   ft_path_base(ft_options_text(&t->w->o, FT_OPT_data)));
    else if (err->code == FT_CANCELLED)
        ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled");
    else if (err->code)
        ft_app_say_err(t->w->app, err);
    else
        data_doubts_begin(t, t->w->doubts, FT_DOUBT_KINDS);
}

void data_doubts_follow(struct data_view *t)
{
    struct data_doubts *x = &t->doubts;
    struct ft_job_view work;
    bool whole = ft_dataset_facts(t->d)->whole && !*ft_dataset_facts(t->d)->note;
    bool read = ft_doubts_follow(t->w->doubts);
    x->read = (x->read || read) && x->opening;
    if (x->read && (whole || !ft_dataset_busy(t->d, &work))) {
        x->read = false;
        take_read(t);
    }
    go_back(t);
    if (!x->on || !whole || ft_dataset_busy(t->d, &work)) return;
    if (x->list == t->w->near && !data_near_is_of(t)) {
        data_doubts_close(t, true);
        ft_app_say(t->w->app, FT_SAY_NOTE, NEAR_OTHER_ROWS);
        return;
    }
    if (x->fitted == data_key(t)) return;
    size_t at = t->rows.selected; /* columns or cleaning are others */
    x->fitted = data_key(t);
    ft_doubts_fit(t->doubts.list, t->d);
    if (!ft_doubts_count(t->doubts.list)) {
        data_doubts_close(t, true);
        ft_app_say(t->w->app, FT_SAY_NOTE, "no row of the audit is in the data as it is now");
        return;
    }
    list_items(t);
    ft_list_select(&t->rows, at < t->rows.n ? at : 0);
    say_opened(t);
}

void data_doubts_to(struct data_view *t, size_t row)
{
    size_t at = row ? ft_dataset_find_row(t->d, row) : SIZE_MAX;
    if (at == SIZE_MAX) return;
    t->rows.n = ft_dataset_count(t->d);
    ft_list_select(&t->rows, at);
    t->text.top = t->before.top = 0;
}

/* --- deciding --- */

/* The selected item when its row can be given another label. */
static const struct ft_doubt *editable(struct data_view *t, size_t *item)
{
    const struct ft_doubt *x = data_doubt_selected(t, item);
    if (!x)
        ft_app_say(t->w->app, FT_SAY_NOTE, "no row is selected");
    else if (data_editable(t))
        return x;
    return NULL;
}

void data_doubts_take(struct data_view *t)
{
    size_t item;
    const struct ft_doubt *x = editable(t, &item);
    if (x && data_near_take(t, x) && ft_workbench_relabel(t->w, x->row.row, x->suggested))
        data_next_row(t);
}

void data_doubts_keep(struct data_view *t)
{
    struct ft_dataset_known k;
    size_t item;
    const struct ft_doubt *x = editable(t, &item);
    if (!x || !ft_dataset_known(t->d, x->row.row, NULL, 0, &k)) return;
    bool kept = ft_doubts_decision(t->doubts.list, item, t->d) == FT_DOUBT_KEPT;
    char *label = ft_xstrdup(x->given ? x->given : k.file); /* k's may go */
    if (ft_workbench_keep(t->w, x->row.row, kept ? NULL : label, !kept)) data_next_row(t);
    free(label);
}

/* --- the panel --- */

static size_t wider(const char *label, size_t than)
{
    size_t w = label ? (size_t)ft_text_width(label, strlen(label)) : 0;
    return w > than ? w : than;
}

static const struct ft_column *columns_of(const struct data_view *t)
{
    static struct ft_column cols[] = {
        {"row", 7, true, 0},    {"given", 8, false, 0},     {"suggested", 9, false, 0},
        {"margin", 8, true, 0}, {"decision", 9, false, 90}, {"text", 0, false, 0},
    };
    size_t widest = 5;
    for (size_t i = 0; i < ft_doubts_count(t->doubts.list) && i < 200; i++) {
        const struct ft_doubt *x = ft_doubts_at(t->doubts.list, i);
        widest = wider(x->given, wider(x->suggested, widest));
    }
    if (widest > 24) widest = 24;
    cols[1].w = (int)widest;
    cols[2].w = widest > 9 ? (int)widest : 9;
    return cols;
}
enum { DOUBT_COLUMNS = 6 };

static const char *sign_of(enum ft_doubt_decision decision)
{
    static const char *const signs[FT_DOUBT_DECISIONS] = {"",  "\u2713", "x",
                                                          "r", "d",      "-"}; /* its key */
    return signs[decision];
}

static void doubt_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct data_view *t = arg;
    const struct ft_column *cols = columns_of(t);
    struct ft_dataset_row r;
    char buf[64], text[801];
    int at[DOUBT_COLUMNS], cw[DOUBT_COLUMNS];
    size_t item = item_at(t, i);
    const struct ft_doubt *q = ft_doubts_at(t->doubts.list, item);
    if (!q || !ft_dataset_row(t->d, i, &r)) return;
    enum ft_doubt_decision decision = ft_doubts_decision(t->doubts.list, item, t->d);
    if (t->doubts.near) {
        data_near_row(t, &(struct data_doubt_row){i, q, decision, sign_of(decision)}, c, y, x, w);
        return;
    }
    bool open = decision == FT_DOUBT_OPEN;
    unsigned style = open ? FT_ROLE_NORMAL : FT_ROLE_MUTED;
    ft_columns_place(cols, DOUBT_COLUMNS, w, at, cw);
    snprintf(buf, sizeof buf, "%s%zu", sign_of(decision), r.row);
    ft_columns_cell(c, y, x, cols, DOUBT_COLUMNS, w, 0, open ? FT_ROLE_MUTED : FT_ROLE_ACCENT, buf);
    ft_columns_cell(c, y, x, cols, DOUBT_COLUMNS, w, 1, style, q->given ? q->given : r.label);
    ft_columns_cell(c, y, x, cols, DOUBT_COLUMNS, w, 2,
                    decision == FT_DOUBT_ACCEPTED ? FT_ROLE_ACCENT | FT_BOLD : style,
                    q->suggested ? q->suggested : "exclude");
    ft_format_short(buf, sizeof buf, q->value, 3);
    ft_columns_cell(c, y, x, cols, DOUBT_COLUMNS, w, 3, style, buf);
    snprintf(buf, sizeof buf, "%s", ft_doubt_decision_name(decision));
    if (decision == FT_DOUBT_CHANGED) snprintf(buf, sizeof buf, "%s", r.label);
    ft_columns_cell(c, y, x, cols, DOUBT_COLUMNS, w, 4, FT_ROLE_ACCENT, buf);
    size_t n = r.n < sizeof text - 1 ? r.n : sizeof text - 1;
    for (size_t k = 0; k < n; k++)
        text[k] = r.text[k] == '\n' || r.text[k] == '\r' ? ' ' : r.text[k];
    if (cw[5] > 0) ft_canvas_textn(c, y, x + at[5], cw[5], style, text, n);
}

void data_doubts_draw(struct data_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    enum { MARGIN = 3 };
    if (r.h < 1) return;
    bool down;
    bool worst = ft_dataset_sort_now(t->d, &down) == FT_DATASET_BY_ROW;
    ft_list_resize(&t->rows, ft_dataset_count(t->d));
    if (t->doubts.near)
        data_near_header(t, c, r.y, r.x + 1, r.w - 1);
    else
        ft_columns_header(c, r.y, r.x + 1, columns_of(t), DOUBT_COLUMNS, r.w - 1,
                          worst ? MARGIN : -1, down);
    struct ft_rect list = {r.y + 1, r.x, r.h - 1, r.w};
    if (!t->rows.n)
        data_muted(c, list, 0, "no matching rows; f changes the filter, an empty one shows all");
    ft_list_draw(c, list, &t->rows, focused, doubt_draw, t);
}

void data_doubts_title(const struct data_view *t, struct ft_title *title)
{
    const char *filter = ft_dataset_filter_now(t->d);
    size_t n = ft_doubts_count(t->doubts.list), shown = ft_dataset_count(t->d);
    char some[48] = "";
    if (*filter) snprintf(some, sizeof some, ", %zu shown", shown);
    snprintf(title->left, sizeof title->left, "%s %zu decided of %zu%s%s%.40s",
             t->doubts.near ? "Similar rows" : "Doubtful labels",
             ft_doubts_decided(t->doubts.list, t->d), n, some, *filter ? "  filter: " : "", filter);
    if (t->doubts.list == t->w->near)
        data_near_source(t, title->right, sizeof title->right);
    else
        snprintf(title->right, sizeof title->right, "%.60s",
                 ft_path_base(ft_doubts_dir(t->doubts.list)));
}

void data_doubts_next(const struct data_view *t, char *buf, size_t size)
{
    static const char *const said[FT_DOUBT_DECISIONS] = {
        [FT_DOUBT_OPEN] = "",
        [FT_DOUBT_KEPT] = "marked as correct; Space takes the mark away",
        [FT_DOUBT_ACCEPTED] = "the suggestion was accepted; Space restores the given label",
        [FT_DOUBT_CHANGED] = "relabelled; x takes the suggestion, Space the given label",
        [FT_DOUBT_EXCLUDED] = "excluded; x takes the suggestion, Space the given label",
        [FT_DOUBT_SETTLED] = ""};
    size_t item, n = ft_doubts_count(t->doubts.list);
    const struct ft_doubt *x = data_doubt_selected(t, &item);
    if (!x) {
        snprintf(buf, size, "note: no row is listed; Esc shows all rows");
        return;
    }
    enum ft_doubt_decision decision = ft_doubts_decision(t->doubts.list, item, t->d);
    if (decision != FT_DOUBT_OPEN && ft_doubts_decided(t->doubts.list, t->d) == n)
        snprintf(buf, size, "ok: all %zu decided.  Next: T trains again, c on 7 compares", n);
    else if (x->kind != FT_DOUBT_LABEL)
        data_near_next(t, x, decision, buf, size);
    else if (decision != FT_DOUBT_OPEN)
        snprintf(buf, size, "note: row %zu: %s", x->row.row, said[decision]);
    else
        snprintf(buf, size, "note: given %.18s, suggested %.18s: x accepts, Space keeps",
                 x->given ? x->given : "-", x->suggested);
}
