/* Screen 1: keys and words. What the screen shows is the workbench's data set, which follows the
 * settings; changing columns, cleaning, split or the cut here is changing settings, with their
 * undo. */
#include "ui/screens/view_data_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[DATA_PANELS] = {
    [DATA_HEAD] = {"File", FT_SCOPE_DATA, true},
    [DATA_ROWS] = {"Rows", FT_SCOPE_DATA, false},
    [DATA_TEXT] = {"Whole text", FT_SCOPE_DATA, false},
    [DATA_BEFORE] = {"Before", FT_SCOPE_DATA, false},
    [DATA_LABELS] = {"Labels", FT_SCOPE_DATA, false},
    [DATA_TOKENS] = {"Tokens", FT_SCOPE_DATA_TOKENS, false},
    [DATA_PROBLEMS] = {"Problems", FT_SCOPE_DATA, false},
    [DATA_CLEAN] = {"Clean", FT_SCOPE_DATA_CLEAN, false},
    [DATA_COLUMNS] = {"Columns", FT_SCOPE_DATA_COLUMNS, false},
};

static struct data_view *of(struct ft_view *v)
{
    return (struct data_view *)v;
}

struct ft_dataset_row data_row(const struct data_view *t, bool *there)
{
    struct ft_dataset_row r;
    *there = ft_dataset_row(t->d, t->rows.selected, &r);
    return r;
}

size_t data_cut(const struct data_view *t)
{
    struct ft_options o;
    struct ft_dataset_blocks blocks;
    if (t->cutting) return t->cut;
    if (ft_dataset_blocks(t->d, &blocks)) return blocks.length;
    ft_options_copy(&o, &t->w->o);
    ft_options_settle(&o, ft_workbench_task(t->w));
    size_t cut = (size_t)ft_options_int(&o, FT_OPT_max_seq_length);
    ft_options_release(&o);
    return cut;
}

/* The 99th percentile, rounded up to 64, 96, 128, 192 .. */
size_t data_span(const struct data_view *t)
{
    struct ft_dataset_tokens k;
    size_t span = 64;
    ft_dataset_tokens(t->d, &k);
    while (span < k.p99)
        span = span % 3 ? span * 3 / 2 : span * 4 / 3;
    return span;
}

size_t data_recent(const struct data_view *t, char (*paths)[512], size_t max)
{
    const struct ft_state *s = ft_app_state(t->w->app);
    char *sample = ft_assets_path("data/library-mail.csv");
    size_t n = 0;
    for (size_t i = 0; i < s->recent_n && n + 1 < max; i++)
        if (ft_dataset_there(s->recent[i])) snprintf(paths[n++], 512, "%s", s->recent[i]);
    if (sample && n < max) snprintf(paths[n++], 512, "%s", sample);
    free(sample);
    return n;
}

/* --- layout --- */

/* Wide: everything at once. Else cleaning or columns take the place of labels and lengths. */
static const struct ft_node *layout(struct ft_view *v, int h, int w)
{
    struct data_view *t = of(v);
    struct ft_node *n = t->nodes;
    bool wide = w >= 140 && h >= 36, cleaning = v->focus == DATA_CLEAN;
    bool columns = v->focus == DATA_COLUMNS;
    bool running = ft_dataset_facts(t->d)->running; /* parts instead of labels */
    int labels = (running ? 3 : (int)ft_dataset_labels(t->d)) + 1 + wide;
    if (labels < 2 + wide) labels = 2 + wide;
    if (labels > (h - 1) / 4) labels = (h - 1) / 4;
    if (labels < 2) labels = 2;
    int k = 0, left = 0, right = 0;
    struct ft_node *left_kids = &n[4], *right_kids = &n[8];
    left_kids[left++] =
        (struct ft_node){.kind = FT_NODE_PANEL, .panel = DATA_ROWS, .h = 5, .w = 40, .weight = 5};
    if (cleaning || wide)
        left_kids[left++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                             .panel = DATA_BEFORE,
                                             .h = 3,
                                             .w = 40,
                                             .weight = cleaning ? 4 : 2,
                                             .drop = 2};
    left_kids[left++] =
        (struct ft_node){.kind = FT_NODE_PANEL, .panel = DATA_TEXT, .h = 3, .w = 40, .weight = 4};
    int side = wide ? 62 : cleaning || columns ? 40 : 27;
    if (wide || cleaning)
        right_kids[right++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                               .panel = DATA_CLEAN,
                                               .h = 8,
                                               .h_max = 8,
                                               .w = side,
                                               .w_max = side};
    if (wide || !(cleaning || columns)) {
        right_kids[right++] = (struct ft_node){.kind = FT_NODE_PANEL,
                                               .panel = DATA_LABELS,
                                               .h = labels,
                                               .h_max = labels,
                                               .w = side,
                                               .w_max = side};
        right_kids[right++] = (struct ft_node){
            .kind = FT_NODE_PANEL, .panel = DATA_TOKENS, .h = 7, .w = side, .w_max = side};
    }
    right_kids[right++] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = DATA_PROBLEMS, .h = 4, .w = side, .w_max = side};
    if (wide || columns)
        right_kids[right++] = (struct ft_node){
            .kind = FT_NODE_PANEL, .panel = DATA_COLUMNS, .h = 4, .w = side, .w_max = side};
    n[2] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = left_kids, .kids_n = left};
    n[3] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = right_kids, .kids_n = right};
    n[14] = (struct ft_node){
        .kind = FT_NODE_PANEL, .panel = DATA_HEAD, .bare = true, .h = 1, .h_max = 1};
    n[15] = (struct ft_node){.kind = FT_NODE_COLS, .weight = 1, .kids = &n[2], .kids_n = 2};
    n[k] = (struct ft_node){.kind = FT_NODE_ROWS, .weight = 1, .kids = &n[14], .kids_n = 2};
    return &n[k];
}

/* --- changes --- */

static bool set(struct data_view *t, enum ft_opt id, const char *text)
{
    struct ft_err err = {0};
    enum ft_status st = ft_workbench_set_legal(t->w, id, text, &err);
    if (st) {
        ft_app_say_err(t->w->app, &err);
    } else if (t->w->session) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "the run goes on with the data it started with");
    }
    return !st;
}

static void toggle_clean(struct data_view *t, size_t step)
{
    char list[160] = "";
    size_t n = 0;
    const char *now = ft_options_text(&t->w->o, FT_OPT_clean);
    for (size_t i = 0; ft_dataset_clean_name(i); i++) {
        const char *name = ft_dataset_clean_name(i);
        char *copy = ft_xstrdup(now), *rest = copy;
        bool on = false;
        for (char *word; (word = strsep(&rest, ","));)
            on = on || !strcmp(word, name);
        free(copy);
        if (on == (i != step))
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? "," : "", name);
    }
    set(t, FT_OPT_clean, *list ? list : "none");
}

static bool take_split(void *arg, const char *text)
{
    char shares[64];
    snprintf(shares, sizeof shares, "%.*s", (int)strcspn(text, " "), text);
    return set(arg, FT_OPT_split, shares);
}

static bool take_filter(void *arg, const char *text)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    if (ft_dataset_filter(t->d, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_list_select(&t->rows, 0);
    ft_app_redraw(t->w->app);
    return true;
}

static bool find(struct data_view *t, bool back)
{
    size_t n = ft_dataset_count(t->d), at = t->rows.selected;
    if (!*t->find || !n) return true;
    size_t from = back ? (at ? at - 1 : n - 1) : (at + 1) % n;
    size_t found = ft_dataset_find(t->d, t->find, from, back);
    if (found == SIZE_MAX) found = ft_dataset_find(t->d, t->find, back ? n - 1 : 0, back);
    if (found == SIZE_MAX)
        ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' is in no row that was looked at", t->find);
    else
        ft_list_select(&t->rows, found);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct data_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, false);
}

static bool take_open(void *arg, const char *text)
{
    struct data_view *t = arg;
    if (!*text || !ft_workbench_open(t->w, text)) return false;
    ft_dataset_filter(t->d, "", NULL);
    return true;
}

static bool take_edits(void *arg, const char *path)
{
    struct data_view *t = arg;
    struct ft_err err = {0};
    if (ft_dataset_write_edits(t->d, path, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%zu edits written; fettle train --edits %s makes them again",
               ft_dataset_edits(t->d), path);
    return true;
}

static bool export_to(struct data_view *t, const char *path)
{
    struct ft_err err = {0};
    if (ft_dataset_export(t->d, path, &err))
        ft_app_say_err(t->w->app, &err);
    else
        ft_app_say(t->w->app, FT_SAY_OK, "%zu examples written to %s",
                   ft_dataset_facts(t->d)->examples, path);
    return true;
}

/* --- labels --- */

static bool relabel_row(void *arg, const char *label)
{
    struct data_view *t = arg;
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!there || !ft_workbench_relabel(t->w, r.row, label)) return false;
    if (t->rows.selected + 1 >= t->rows.n) return false;
    ft_list_select(&t->rows, t->rows.selected + 1);
    return true;
}

static bool editable(struct data_view *t)
{
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (there && r.editable) return true;
    ft_app_say(t->w->app, FT_SAY_NOTE, "this row can't be labelled: only labelled rows of %s can",
               ft_path_base(ft_options_text(&t->w->o, FT_OPT_data)));
    return false;
}

static bool relabel_named(void *arg, size_t row, const char *label)
{
    struct data_view *t = arg;
    if (!ft_workbench_relabel(t->w, row, label)) return false;
    ft_app_say(t->w->app, FT_SAY_OK, "row %zu is %s; u undoes", row, label ? label : "left out");
    return true;
}

/* ":relabel ROW LABEL" and ":drop ROW". */
static bool edit_word(struct data_view *t, const char *arg, bool drop)
{
    char word[32];
    long long row;
    if (!ft_command_arg(&arg, word, sizeof word) || !ft_parse_i64(word, &row) || row < 1)
        return false;
    arg += strspn(arg, " ");
    if (!drop && !*arg) return false;
    if (drop)
        relabel_named(t, (size_t)row, NULL);
    else
        ft_relabel_row(&t->relabel, (size_t)row, arg, relabel_named);
    return true;
}

static void drop(struct data_view *t)
{
    bool there;
    struct ft_dataset_row r = data_row(t, &there);
    if (!editable(t) || !ft_workbench_relabel(t->w, r.row, NULL)) return;
    ft_app_say(t->w->app, FT_SAY_OK, "row %zu is left out; u undoes", r.row);
}

/* --- problems, lengths --- */

static void show_problem(struct data_view *t, size_t i)
{
    struct ft_dataset_problem p;
    char filter[80];
    if (!ft_dataset_problem(t->d, i, &p) || !*p.name) return;
    snprintf(filter, sizeof filter, "problem:%s", p.name);
    take_filter(t, filter);
    ft_app_say(t->w->app, FT_SAY_NOTE, "%s; Esc shows all rows", p.text);
    ft_app_focus(&t->view, DATA_ROWS);
}

static void next_problem(struct data_view *t)
{
    size_t n = ft_dataset_problems(t->d), at = t->problems.selected;
    struct ft_dataset_problem p;
    bool first = strncmp(ft_dataset_filter_now(t->d), "problem:", 8) != 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = (at + i + !first) % n;
        if (!ft_dataset_problem(t->d, k, &p) || p.sign == 'v') continue;
        t->problems.n = n;
        ft_list_select(&t->problems, k);
        show_problem(t, k);
        return;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "no problem was found");
}

static bool move_cut(struct data_view *t, int by)
{
    if (!t->cutting) t->cut = data_cut(t);
    t->cutting = true;
    size_t step = data_span(t) / 32;
    t->cut = t->cut / step * step;
    if (by > 0)
        t->cut += step;
    else if (t->cut > step)
        t->cut -= step;
    return true;
}

static void take_cut(struct data_view *t)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", data_cut(t));
    t->cutting = false;
    struct ft_dataset_blocks blocks;
    enum ft_opt id = ft_dataset_blocks(t->d, &blocks) ? FT_OPT_block_size : FT_OPT_max_seq_length;
    if (set(t, id, text))
        ft_app_say(t->w->app, FT_SAY_OK, "%s is %s; u undoes", ft_option_at(id)->name, text);
}

/* --- actions --- */

static bool enter(struct data_view *t)
{
    char paths[FT_RECENT_MAX + 1][512];
    switch ((enum data_panel)t->view.focus) {
    case DATA_ROWS:
        if (!ft_dataset_facts(t->d)->open) {
            size_t n = data_recent(t, paths, FT_RECENT_MAX + 1);
            if (t->recent.selected < n) take_open(t, paths[t->recent.selected]);
            return true;
        }
        ft_app_focus(&t->view, DATA_TEXT);
        t->view.zoom = true;
        return true;
    case DATA_PROBLEMS:
        show_problem(t, t->problems.selected);
        return true;
    case DATA_CLEAN:
        if (t->clean.n) toggle_clean(t, t->clean.selected);
        return true;
    case DATA_COLUMNS:
        if (t->columns.selected >= ft_dataset_facts(t->d)->columns_n)
            data_cycle_form(t, t->columns.selected - ft_dataset_facts(t->d)->columns_n);
        else if (t->columns.n)
            data_cycle_use(t, t->columns.selected);
        return true;
    case DATA_TOKENS:
        take_cut(t);
        return true;
    default:
        return false;
    }
}

static bool back(struct data_view *t)
{
    t->cutting = false;
    if (t->view.focus != DATA_ROWS) {
        ft_app_focus(&t->view, DATA_ROWS);
        return true;
    }
    if (*ft_dataset_filter_now(t->d)) {
        bool there;
        size_t row = data_row(t, &there).row;
        take_filter(t, "");
        size_t at = there ? ft_dataset_find_row(t->d, row) : SIZE_MAX;
        t->rows.n = ft_dataset_count(t->d);
        if (at != SIZE_MAX) ft_list_select(&t->rows, at);
        return true;
    }
    return false;
}

static bool act_panel(struct data_view *t, enum ft_action a)
{
    int focus = t->view.focus;
    if (focus == DATA_ROWS && (a == FT_ACT_LEFT || a == FT_ACT_RIGHT)) {
        int n = (int)t->column + (a == FT_ACT_LEFT ? -1 : 1);
        if (n >= 0 && n < FT_DATASET_SORTS) t->column = (enum ft_dataset_sort)n;
        return true;
    }
    if (focus == DATA_ROWS && !ft_dataset_facts(t->d)->open)
        return ft_list_move(&t->recent, ft_action_move(a));
    if (focus == DATA_ROWS && ft_list_move(&t->rows, ft_action_move(a))) {
        t->text.top = t->before.top = 0;
        return true;
    }
    if (focus == DATA_TOKENS && (a == FT_ACT_LEFT || a == FT_ACT_RIGHT))
        return move_cut(t, a == FT_ACT_LEFT ? -1 : 1);
    if (focus == DATA_PROBLEMS) return ft_list_move(&t->problems, ft_action_move(a));
    if (focus == DATA_CLEAN) return ft_list_move(&t->clean, ft_action_move(a));
    if (focus == DATA_COLUMNS) return ft_list_move(&t->columns, ft_action_move(a));
    if (focus == DATA_TEXT) return ft_scroll_move(&t->text, ft_action_move(a));
    if (focus == DATA_BEFORE) return ft_scroll_move(&t->before, ft_action_move(a));
    return false;
}

static bool sort_word(struct data_view *t, const char *arg)
{
    for (int i = 0; i < FT_DATASET_SORTS; i++) {
        const char *name = ft_dataset_sort_name((enum ft_dataset_sort)i);
        size_t n = strlen(name);
        if (strncmp(arg, name, n)) continue;
        ft_dataset_sort(t->d, (enum ft_dataset_sort)i, strstr(arg + n, "down") != NULL);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_ERROR, "sort by row, part, label, tokens or text, not '%s'", arg);
    return true;
}

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct data_view *t = of(v);
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    bool given = arg && *arg, there;
    switch (a) {
    case FT_ACT_OPEN:
        if (given) return take_open(t, arg) || true;
        ft_app_prompt(t->w->app, "open", "", "F", take_open, t);
        return true;
    case FT_ACT_DATA_COLUMNS:
        if (given) return data_columns_word(t, arg);
        ft_app_focus(v, v->focus == DATA_COLUMNS ? DATA_ROWS : DATA_COLUMNS);
        return true;
    case FT_ACT_DATA_CLEAN:
        if (given) return set(t, FT_OPT_clean, arg) || true;
        ft_app_focus(v, v->focus == DATA_CLEAN ? DATA_ROWS : DATA_CLEAN);
        return true;
    case FT_ACT_DATA_TOGGLE:
        return enter(t);
    case FT_ACT_DATA_TOKENS:
        ft_app_focus(v, DATA_TOKENS);
        return true;
    case FT_ACT_DATA_SPLIT:
        if (f->own_parts && !given) {
            ft_app_say(t->w->app, FT_SAY_NOTE,
                       "validation or test have files of their own: nothing is split off");
            return true;
        }
        if (given) return take_split(t, arg) || true;
        ft_app_prompt(t->w->app, "split train,validation,test",
                      ft_options_text(&t->w->o, FT_OPT_split), "", take_split, t);
        return true;
    case FT_ACT_FILTER:
        if (arg) return take_filter(t, arg) || true;
        ft_app_prompt(t->w->app, "filter (label:X part:val len>256 word)",
                      ft_dataset_filter_now(t->d), "", take_filter, t);
        return true;
    case FT_ACT_FIND:
        if (given) return take_find(t, arg);
        ft_app_prompt(t->w->app, "find", t->find, "", take_find, t);
        return true;
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return find(t, a == FT_ACT_FIND_PREV);
    case FT_ACT_SORT:
        return given && sort_word(t, arg);
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        ft_dataset_sort(t->d, t->column, a == FT_ACT_SORT_DOWN);
        return true;
    case FT_ACT_DATA_PROBLEM:
        next_problem(t);
        return true;
    case FT_ACT_DATA_RELABEL:
        if (given) return edit_word(t, arg, false);
        data_best_release(t); /* the model may have learned since */
        if (editable(t)) ft_relabel_ask(&t->relabel);
        return true;
    case FT_ACT_DATA_AGAIN:
        if (t->relabel.last && editable(t)) relabel_row(t, t->relabel.last);
        return true;
    case FT_ACT_DATA_DROP:
        if (given) return edit_word(t, arg, true);
        drop(t);
        return true;
    case FT_ACT_DATA_VIEW: {
        struct ft_dataset_row r = data_row(t, &there);
        if (!there) return true;
        char *text = ft_xstrndup(r.text, r.n < 4096 ? r.n : 4096);
        ft_app_screen_of(t->w->app, FT_SCOPE_MODEL);
        ft_app_act(t->w->app, FT_ACT_MODEL_TOKENS, text);
        free(text);
        return true;
    }
    case FT_ACT_DATA_EDITS: {
        if (given) return take_edits(t, arg) || true;
        char *beside = ft_workbench_edits_path(t->w);
        ft_app_prompt(t->w->app, "write edits to", beside, "W", take_edits, t);
        free(beside);
        return true;
    }
    case FT_ACT_EXPORT:
        return given && (strstr(arg, ".csv") || strstr(arg, ".tsv") || strstr(arg, ".jsonl")) &&
               export_to(t, arg);
    case FT_ACT_ENTER:
        return enter(t);
    case FT_ACT_BACK:
        return back(t);
    default:
        return act_panel(t, a);
    }
}

static bool can(struct ft_view *v, enum ft_action a)
{
    struct data_view *t = of(v);
    bool there, open = ft_dataset_facts(t->d)->open;
    struct ft_dataset_row r = data_row(t, &there);
    switch (a) {
    case FT_ACT_OPEN:
    case FT_ACT_HELP:
        return true;
    case FT_ACT_ENTER:
        return v->focus != DATA_TEXT && v->focus != DATA_BEFORE && v->focus != DATA_LABELS;
    case FT_ACT_DATA_RELABEL:
    case FT_ACT_DATA_DROP:
        return there && r.editable;
    case FT_ACT_DATA_AGAIN:
        return there && r.editable && t->relabel.last;
    case FT_ACT_DATA_EDITS:
        return ft_dataset_edits(t->d) > 0;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    case FT_ACT_TRAIN: {
        char why[200];
        return !t->w->session && !ft_workbench_missing(t->w, why, sizeof why);
    }
    default:
        return open;
    }
}

static const char *label(struct ft_view *v, enum ft_action a)
{
    if (a == FT_ACT_ENTER && v->focus == DATA_ROWS && !ft_dataset_facts(of(v)->d)->open)
        return "open";
    if (a == FT_ACT_ENTER && v->focus == DATA_PROBLEMS) return "show its rows";
    return NULL;
}

/* --- what goes on --- */

static void cancel(void *arg)
{
    struct data_view *t = arg;
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    char before[80];
    bool opening =
        strcmp(f->path, ft_options_text(&t->w->o, FT_OPT_data)) != 0 || (!f->whole && !*f->note);
    ft_dataset_cancel(t->d);
    if (opening && ft_workbench_file_before(t->w, before, sizeof before)) ft_workbench_undo(t->w);
    ft_app_say(t->w->app, FT_SAY_NOTE, "given up; what was there before stays");
}

static void tick(struct ft_view *v)
{
    struct data_view *t = of(v);
    struct ft_job_view work = {0};
    const struct ft_err *failed = ft_dataset_failed(t->d);
    bool busy = ft_dataset_busy(t->d, &work);
    data_best_follow(t);
    if (busy && !t->w->session)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->busy)
        ft_app_busy_end(t->w->app);
    /* work that was short was never seen busy */
    if (!busy && failed->code && (t->busy || !t->failed)) ft_app_say_err(t->w->app, failed);
    t->failed = failed->code != 0;
    t->busy = busy && !t->w->session;
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    if (f->edits_stale != t->stale && f->edits_stale)
        ft_app_say(t->w->app, FT_SAY_WARN,
                   "%zu of %zu label edits are not made: text or old label of the row are others",
                   f->edits_stale, f->edits_given);
    t->stale = f->edits_stale;
    if (strcmp(t->shown_path, ft_dataset_facts(t->d)->path)) {
        snprintf(t->shown_path, sizeof t->shown_path, "%s", ft_dataset_facts(t->d)->path);
        ft_list_select(&t->rows, 0);
        ft_list_select(&t->problems, 0);
        t->robbed = SIZE_MAX;
    }
}

static void mark(struct ft_view *v, char *buf, size_t size)
{
    const struct data_view *t = of(v);
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    struct ft_job_view work;
    if (ft_dataset_busy(t->d, &work) && !f->whole && work.total > 0)
        snprintf(buf, size, "%.0f%%", 100 * work.done / work.total);
    else if (ft_dataset_failed(t->d)->code || *f->note)
        snprintf(buf, size, "!");
    else if (f->whole)
        snprintf(buf, size, "\u2713");
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct data_view *t = of(v);
    const struct ft_dataset_facts *f = ft_dataset_facts(t->d);
    const struct ft_err *failed = ft_dataset_failed(t->d);
    char a[3][32], n[32], why[300];
    if (failed->code && ft_workbench_missing(t->w, why, sizeof why)) {
        snprintf(buf, size, "error: %s", why);
        return;
    }
    if (!f->open) {
        snprintf(buf, size, "Next: open a file (o)");
        return;
    }
    if (*f->note) {
        snprintf(buf, size, "warn: %s", f->note);
        return;
    }
    for (int i = 0; i < 3; i++)
        ft_format_count(a[i], sizeof a[i], (long long)f->part_n[i]);
    bool missing = ft_workbench_missing(t->w, why, sizeof why);
    const char *how = f->own_parts ? ""
                      : f->squad   ? ", by article"
                      : f->running ? ""
                                   : ", stratified, seeded";
    char left[64] = "";
    if (f->unlabelled)
        snprintf(left, sizeof left, ", %s row%s without a label left out",
                 ft_format_count(n, sizeof n, (long long)f->unlabelled),
                 f->unlabelled == 1 ? "" : "s");
    snprintf(buf, size, "%s: %s %s trn %s val %s tst%s.  Next: %s", *left ? "warn" : "ok",
             f->own_parts ? "parts" : "split", a[0], a[1], a[2], *left ? left : how,
             missing ? why : "T trains");
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct data_view *t = of(v);
    (void)x, (void)again;
    if (p == DATA_ROWS)
        return ft_list_click(ft_dataset_facts(t->d)->open ? &t->rows : &t->recent, y);
    if (p == DATA_PROBLEMS) return ft_list_click(&t->problems, y);
    if (p == DATA_CLEAN) return ft_list_click(&t->clean, y);
    if (p == DATA_COLUMNS) return ft_list_click(&t->columns, y);
    return false;
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    (void)before, (void)prefix;
    if (!strcmp(kind, "COLUMN"))
        for (int i = 0; i < FT_DATASET_SORTS; i++)
            ft_matches_add(out, ft_dataset_sort_name((enum ft_dataset_sort)i));
    if (!strcmp(kind, "CLEAN"))
        for (size_t i = 0; ft_dataset_clean_name(i); i++)
            ft_matches_add(out, ft_dataset_clean_name(i));
    (void)v;
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    bool there;
    struct ft_dataset_row r = data_row(of(v), &there);
    if (there) ft_str_add(out, r.text, r.n);
    return there;
}

static void close_view(struct ft_view *v)
{
    data_best_release(of(v));
    ft_relabel_release(&of(v)->relabel);
    free(v);
}

struct ft_view *ft_view_data_new(struct ft_workbench *w)
{
    struct data_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->d = w->data;
    t->robbed = SIZE_MAX;
    t->relabel = (struct ft_relabel){.w = w, .arg = t, .take = relabel_row, .best = data_best};
    t->view = (struct ft_view){.name = "Data",
                               .scope = FT_SCOPE_DATA,
                               .panels = panels,
                               .panels_n = DATA_PANELS,
                               .layout = layout,
                               .draw = data_draw,
                               .title = data_title,
                               .act = act,
                               .can = can,
                               .label = label,
                               .tick = tick,
                               .mark = mark,
                               .next = next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
