/* Which runs screen 7 shows: the cursor, the marks and what is compared, finding, filter and order.
 * The cursor and the marks follow the runs, not the places: the list may change at any time. */
#include "ui/screens/view_runs_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- which runs --- */

size_t runs_place(const struct runs_view *t)
{
    return t->list.n ? t->index[t->list.selected] : SIZE_MAX;
}

const struct ft_run_item *runs_item(const struct runs_view *t)
{
    return ft_run_list_item(t->l, runs_place(t));
}

int runs_mark(const struct runs_view *t, const struct ft_run_item *item)
{
    for (size_t i = 0; i < t->marks_n; i++)
        if (!strcmp(t->marks[i], item->real)) return (int)i;
    return -1;
}

size_t runs_place_of(const struct runs_view *t, const char *real)
{
    for (size_t i = 0; i < ft_run_list_count(t->l); i++)
        if (!strcmp(ft_run_list_item(t->l, i)->real, real)) return i;
    return SIZE_MAX;
}

size_t runs_compared(const struct runs_view *t, size_t places[RUNS_MARKS_MAX])
{
    const struct ft_run_item *item = runs_item(t);
    size_t n = 0;
    for (size_t i = 0; i < t->marks_n; i++) {
        size_t at = runs_place_of(t, t->marks[i]);
        if (at != SIZE_MAX) places[n++] = at;
    }
    if (!n && t->sweep) return runs_sweep_compared(t, places);
    if (item && n < 2 && runs_mark(t, item) < 0) places[n++] = runs_place(t);
    return n;
}

bool runs_is_open(const struct runs_view *t, const struct ft_run_item *item)
{
    return t->open_real && !strcmp(t->open_real, item->real);
}

bool runs_is_own(const struct runs_view *t, const struct ft_run_item *item)
{
    return t->w->session && item->run.pid == (int64_t)getpid();
}

void runs_unmark(struct runs_view *t, int mark)
{
    free(t->marks[mark]);
    t->marks_n--;
    for (size_t i = (size_t)mark; i < t->marks_n; i++)
        t->marks[i] = t->marks[i + 1];
}

static void unmark_all(struct runs_view *t)
{
    while (t->marks_n)
        runs_unmark(t, 0);
}

void runs_select(struct runs_view *t, const char *real)
{
    char *copy = ft_xstrdup(real);
    free(t->cursor);
    t->cursor = copy;
    for (size_t i = 0; i < t->list.n; i++)
        if (!strcmp(ft_run_list_item(t->l, t->index[i])->real, t->cursor))
            ft_list_select(&t->list, i);
}

/* The cursor was moved to another row. */
void runs_moved(struct runs_view *t)
{
    const struct ft_run_item *item = runs_item(t);
    free(t->cursor);
    t->cursor = item ? ft_xstrdup(item->real) : NULL;
    t->said.up = 0;
    t->options.top = t->results.top = 0;
    ft_list_select(&t->options, 0);
    ft_list_select(&t->results, 0);
}

bool runs_gone(const struct runs_view *t, const char *real)
{
    return runs_place_of(t, real) == SIZE_MAX && !ft_path_exists(real);
}

/* The list anew from filter and order; the cursor stays on its run, or where it was. A run that was
 * renamed is waited for: the list may be older than its name. */
void runs_remake(struct runs_view *t)
{
    runs_sweep_read(t);
    runs_table_make(t);
    t->made = ft_run_list_version(t->l);
    if (t->cursor) runs_select(t, t->cursor);
    const struct ft_run_item *item = runs_item(t);
    bool listed = t->cursor && runs_place_of(t, t->cursor) != SIZE_MAX;
    bool lost = !t->cursor || listed || runs_gone(t, t->cursor);
    if (item && lost && (!t->cursor || strcmp(t->cursor, item->real) != 0)) runs_moved(t);
}

/* The run that a word names, by its name, its path or the last part of it. Says when there is none.
 */
bool runs_to(struct runs_view *t, const char *name)
{
    for (int exact = 1; exact >= 0; exact--)
        for (size_t i = 0; i < ft_run_list_count(t->l); i++) {
            const struct ft_run_item *item = ft_run_list_item(t->l, i);
            bool same = exact ? !strcmp(item->run.path, name) || !strcmp(item->run.name, name) ||
                                    !strcmp(item->real, name)
                              : !strcmp(ft_path_base(item->real), name);
            if (!same) continue;
            if (*t->filter || t->sweep || runs_group(t, item)) { /* it might not be in the list */
                t->filter[0] = 0;
                if (item->sweep) runs_sweep_open(t, item);
                runs_table_make(t);
            }
            runs_select(t, item->real);
            runs_moved(t);
            return true;
        }
    if (!t->started) {
        runs_anew(t);
        ft_app_say(t->w->app, FT_SAY_NOTE, "the runs are still being read; try again in a moment");
    } else {
        ft_app_say(t->w->app, FT_SAY_ERROR, "no run '%s' in %s", name, ft_run_list_dir(t->l));
    }
    return false;
}

/* --- marks --- */

static bool mark(struct runs_view *t, const struct ft_run_item *item)
{
    if (t->marks_n == RUNS_MARKS_MAX) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "at most %d runs can be marked", (int)RUNS_MARKS_MAX);
        return false;
    }
    t->marks[t->marks_n++] = ft_xstrdup(item->real);
    return true;
}

static void toggle(struct runs_view *t, bool step)
{
    const struct ft_run_item *item = runs_item(t);
    if (!item) return;
    int at = runs_mark(t, item);
    if (at >= 0)
        runs_unmark(t, at);
    else if (!mark(t, item))
        return;
    if (step && t->list.selected + 1 < t->list.n) {
        ft_list_select(&t->list, t->list.selected + 1);
        runs_moved(t);
    }
}

size_t runs_rank(const struct runs_view *t, const struct ft_run_item *item, size_t *of)
{
    size_t rank = 1;
    *of = 0;
    for (size_t i = 0; i < ft_run_list_count(t->l); i++) {
        const struct ft_run_item *other = ft_run_list_item(t->l, i);
        const struct ft_run *two[2] = {&item->run, &other->run};
        if (!other->run.has_best || strcmp(other->run.metric, item->run.metric) != 0 ||
            !ft_runs_comparable(two, 2, NULL))
            continue;
        ++*of;
        if (other != item && ft_run_better(&other->run, &item->run)) rank++;
    }
    return item->run.has_best ? rank : 0;
}

/* The best other run of the same task, data, split and seed; NULL: there is none. */
static const struct ft_run_item *best_other(const struct runs_view *t,
                                            const struct ft_run_item *than)
{
    const struct ft_run_item *best = NULL;
    for (size_t i = 0; i < ft_run_list_count(t->l); i++) {
        const struct ft_run_item *item = ft_run_list_item(t->l, i);
        const struct ft_run *two[2] = {&than->run, &item->run};
        if (item == than || !ft_runs_comparable(two, 2, NULL)) continue;
        if (!best || ft_run_better(&item->run, &best->run)) best = item;
    }
    return best;
}

const struct ft_paired_test *runs_paired(struct runs_view *t)
{
    size_t places[RUNS_MARKS_MAX];
    if (runs_compared(t, places) != 2) return NULL;
    const struct ft_run *a = &ft_run_list_item(t->l, places[0])->run;
    const struct ft_run *b = &ft_run_list_item(t->l, places[1])->run;
    if (a->state == FT_RUN_UNREADABLE || b->state == FT_RUN_UNREADABLE) return NULL;
    const struct ft_paired_test *p = ft_run_pair_test(t->w->pair, a, b);
    return p && p->examples ? p : NULL;
}

/* The last run before this one of the same task and data, whatever its split: rows may have been excluded
 * since. */
static const struct ft_run_item *previous(const struct runs_view *t, const struct ft_run_item *than)
{
    const struct ft_run_item *last = NULL;
    for (size_t i = 0; i < ft_run_list_count(t->l); i++) {
        const struct ft_run_item *item = ft_run_list_item(t->l, i);
        const struct ft_run *r = &item->run;
        if (item == than || r->state == FT_RUN_UNREADABLE || r->kind != than->run.kind ||
            strcmp(r->data_key, than->run.data_key) != 0 ||
            strcmp(r->started, than->run.started) > 0)
            continue;
        if (!last || strcmp(r->started, last->run.started) > 0) last = item;
    }
    return last;
}

static void compare(struct runs_view *t)
{
    const struct ft_run_item *item = runs_item(t);
    size_t places[RUNS_MARKS_MAX];
    if (!item) return;
    if (runs_compared(t, places) < 2) {
        const struct ft_run_item *other = best_other(t, item);
        if (!other) other = previous(t, item);
        if (!other) {
            ft_app_say(t->w->app, FT_SAY_NOTE,
                       "no other run of the same data, split and seed; Space marks any two");
            return;
        }
        if (runs_mark(t, item) < 0 && !mark(t, item)) return;
        mark(t, other);
    } else if (t->marks_n == 1 && !mark(t, item)) {
        return;
    }
    runs_paired(t); /* begins */
    ft_app_focus(&t->view, RUNS_PLOT);
}

static bool compare_words(struct runs_view *t, const char *arg)
{
    char name[512];
    size_t n = 0;
    unmark_all(t);
    while (ft_command_arg(&arg, name, sizeof name)) {
        if (!runs_to(t, name)) return true;
        if (runs_mark(t, runs_item(t)) < 0 && !mark(t, runs_item(t))) return true;
        n++;
    }
    if (n) compare(t);
    return n > 0;
}

/* --- filter, order, finding --- */

static bool take_filter(void *arg, const char *text)
{
    struct runs_view *t = arg;
    struct ft_err err = {0};
    if (runs_filter_check(t, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    snprintf(t->filter, sizeof t->filter, "%s", text);
    runs_remake(t);
    ft_app_redraw(t->w->app);
    return true;
}

static void sort(struct runs_view *t, enum runs_column column, bool down)
{
    t->sort = t->column = column;
    t->down = down;
    runs_remake(t);
}

static bool sort_word(struct runs_view *t, const char *arg)
{
    char name[32], way[16] = "";
    if (!ft_command_arg(&arg, name, sizeof name)) return false;
    ft_command_arg(&arg, way, sizeof way);
    for (int i = 0; i < RUNS_COLUMNS; i++) {
        if (strcmp(name, runs_column_name((enum runs_column)i)) != 0) continue;
        sort(t, (enum runs_column)i, !strcmp(way, "down"));
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_ERROR, "no column '%s'; run, when, model, metric, state, ..",
               name);
    return true;
}

/* The next column that is shown. */
static void move_column(struct runs_view *t, int by)
{
    struct ft_column columns[RUNS_COLUMNS];
    struct ft_rect r = t->view.shown.panel[RUNS_LIST];
    runs_columns(r.w, columns);
    for (int i = (int)t->column + by; i >= 0 && i < RUNS_COLUMNS; i += by) {
        if (r.w < columns[i].from_w) continue;
        t->column = (enum runs_column)i;
        return;
    }
}

static bool find(struct runs_view *t, bool back, bool here)
{
    size_t n = t->list.n;
    char note[512];
    for (size_t k = here ? 0 : 1; n && *t->find && k <= n; k++) {
        size_t i = (t->list.selected + (back ? n - k % n : k)) % n;
        const struct ft_run_item *item = ft_run_list_item(t->l, t->index[i]);
        if (!strcasestr(item->run.name, t->find) &&
            !strcasestr(runs_text(t, item, RUNS_BY_NOTE, note, sizeof note), t->find))
            continue;
        ft_list_select(&t->list, i);
        runs_moved(t);
        return true;
    }
    ft_app_say(t->w->app, FT_SAY_NOTE, "'%s' not found in names and notes", t->find);
    return true;
}

static bool take_find(void *arg, const char *text)
{
    struct runs_view *t = arg;
    snprintf(t->find, sizeof t->find, "%s", text);
    return find(t, false, true);
}

bool runs_choose_act(struct runs_view *t, enum ft_action a, const char *arg)
{
    bool given = arg && *arg;
    switch (a) {
    case FT_ACT_FIND:
        if (given) return take_find(t, arg);
        ft_app_prompt(t->w->app, "find in names and notes", t->find, "", take_find, t);
        return true;
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return find(t, a == FT_ACT_FIND_PREV, false);
    case FT_ACT_FILTER:
        if (arg) return take_filter(t, arg) || true;
        ft_app_prompt(t->w->app, "filter (state:done data:X metric>.9 word)", t->filter, "",
                      take_filter, t);
        return true;
    case FT_ACT_SORT:
        return given && sort_word(t, arg);
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        sort(t, t->column, a == FT_ACT_SORT_DOWN);
        return true;
    case FT_ACT_RUNS_MARK:
        if (!given || runs_to(t, arg)) toggle(t, !given);
        return true;
    case FT_ACT_RUNS_COMPARE:
        if (given) return compare_words(t, arg);
        compare(t);
        return true;
    case FT_ACT_LEFT:
    case FT_ACT_RIGHT:
        move_column(t, a == FT_ACT_LEFT ? -1 : 1);
        return true;
    case FT_ACT_BACK:
        if (*t->filter)
            take_filter(t, "");
        else if (t->marks_n)
            unmark_all(t);
        else
            return runs_sweep_close(t);
        return true;
    default:
        if (!ft_list_move(&t->list, ft_action_move(a))) return false;
        runs_moved(t);
        return true;
    }
}
