/* Screen 7: keys and words. The cursor on the list says which run the panels below show; marks say
 * which ones are compared (view_runs_choose.c). Everything that reads a folder is asked of the list
 * of runs, whose answers come by themselves. */
#include "ui/screens/view_runs_in.h"

#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ft_panel panels[RUNS_PANELS] = {
    [RUNS_LIST] = {"Runs", FT_SCOPE_RUNS, false},
    [RUNS_QUEUE] = {"Queue", FT_SCOPE_RUNS_QUEUE, false},
    [RUNS_PLOT] = {"Compare", FT_SCOPE_RUNS, false},
    [RUNS_OPTIONS] = {"Options", FT_SCOPE_RUNS, false},
    [RUNS_RESULTS] = {"Results", FT_SCOPE_RUNS, false},
    [RUNS_LOG] = {"Log", FT_SCOPE_RUNS, false},
};

static const char *const curve_names[RUNS_CURVES] = {"score", "loss", "training", "option"};

static struct runs_view *of(struct ft_view *v)
{
    return (struct runs_view *)v;
}

static void follow_open(struct runs_view *t)
{
    if (t->open_run && !strcmp(t->open_run, t->w->run)) return;
    free(t->open_run);
    free(t->open_real);
    t->open_run = ft_xstrdup(t->w->run);
    t->open_real = *t->open_run ? ft_path_real(t->open_run) : NULL;
}

static void follow(struct runs_view *t)
{
    size_t places[RUNS_MARKS_MAX];
    if (!t->started && ft_app_in_front(&t->view)) runs_anew(t);
    follow_open(t);
    if (t->made != ft_run_list_version(t->l)) runs_remake(t);
    for (int i = (int)t->marks_n - 1; i >= 0; i--)
        if (runs_gone(t, t->marks[i])) runs_unmark(t, i);
    if (!ft_app_in_front(&t->view)) return;
    size_t n = runs_compared(t, places);
    for (size_t i = 0; i < n; i++)
        ft_run_list_look(t->l, places[i]);
    ft_run_list_look(t->l, runs_place(t));
}

void runs_anew(struct runs_view *t)
{
    const char *dir = ft_run_list_dir(t->l);
    t->started = true;
    ft_run_list_read(t->l, *dir ? dir : ".", t->w->run);
}

static bool open_folder(void *arg, const char *path)
{
    struct runs_view *t = arg;
    if (!*path) return false;
    if (!ft_path_is_dir(path)) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s: no such folder", path);
        return false;
    }
    t->started = true;
    while (t->marks_n)
        runs_unmark(t, 0);
    free(t->cursor);
    t->cursor = NULL;
    ft_run_list_read(t->l, path, t->w->run);
    follow(t);
    return true;
}

/* --- actions --- */

static void open_run(struct runs_view *t)
{
    const struct ft_run_item *item = runs_item(t);
    if (!item) return;
    if (runs_group(t, item)) {
        runs_sweep_open(t, item);
        return;
    }
    if (item->run.state == FT_RUN_UNREADABLE) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s", item->run.why);
        return;
    }
    const char *dir = runs_is_own(t, item) ? t->w->snap.output_dir : item->run.path;
    char name[160];
    snprintf(name, sizeof name, "%s", runs_name(t, item));
    ft_workbench_show(t->w, dir);
    ft_app_screen_of(t->w->app, FT_SCOPE_TRAIN);
    ft_app_say(t->w->app, FT_SAY_OK, "%s is open: Train, Evaluate and Predict show it", name);
}

static bool set_curve(struct runs_view *t, const char *arg)
{
    bool options = t->sweep && t->has_brief && ft_sweep_values_n(&t->brief);
    if ((!arg || !*arg) && t->curve == RUNS_CURVE_OPTION && options &&
        t->option + 1 < ft_sweep_values_n(&t->brief)) {
        t->option++;
        return true;
    }
    if (!arg || !*arg) {
        t->curve = ((int)runs_curve_now(t) + 1) % RUNS_CURVES;
        t->option = 0;
        if (t->curve == RUNS_CURVE_OPTION && !options) t->curve = RUNS_CURVE_SCORE;
        return true;
    }
    for (int i = 0; i < (options ? RUNS_CURVES : RUNS_CURVE_OPTION); i++)
        if (!strcmp(arg, curve_names[i])) {
            t->curve = i;
            return true;
        }
    ft_app_say(t->w->app, FT_SAY_ERROR, "score, loss or training, not '%s'", arg);
    return true;
}

static bool act_panel(struct runs_view *t, enum ft_action a)
{
    switch ((enum runs_panel)t->view.focus) {
    case RUNS_OPTIONS:
        return ft_list_move(&t->options, ft_action_move(a));
    case RUNS_RESULTS:
        return ft_list_move(&t->results, ft_action_move(a));
    case RUNS_LOG:
        return ft_message_log_act(&t->said, a);
    default: /* the cursor moves from the plot too: its curve follows */
        return runs_choose_act(t, a, NULL);
    }
}

static bool act(struct ft_view *v, enum ft_action a, const char *arg)
{
    struct runs_view *t = of(v);
    bool given = arg && *arg, known;
    follow(t);
    if (runs_queue_act(t, a)) return true;
    if (runs_sweep_act(t, a, arg)) return true;
    const struct ft_run_item *item = runs_item(t);
    if (!given && item && runs_group(t, item) && runs_change_can(t, a, &known)) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "this row stands for the %zu runs of a sweep: Enter lists them",
                   runs_group(t, item));
        return true;
    }
    switch (a) {
    case FT_ACT_ENTER:
        open_run(t);
        return true;
    case FT_ACT_BACK:
        if (v->focus == RUNS_LIST) return runs_choose_act(t, a, arg);
        ft_app_focus(v, RUNS_LIST);
        return true;
    case FT_ACT_OPEN:
        if (given) return false; /* the word opens data */
        ft_app_prompt(t->w->app, "folder with runs", ft_run_list_dir(t->l), "D", open_folder, t);
        return true;
    case FT_ACT_FIND:
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
    case FT_ACT_FILTER:
    case FT_ACT_SORT:
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
    case FT_ACT_RUNS_MARK:
    case FT_ACT_RUNS_COMPARE:
        return runs_choose_act(t, a, arg);
    case FT_ACT_RUNS_CURVE:
        return set_curve(t, arg);
    case FT_ACT_RUNS_AXIS:
        t->by_epoch = given ? !strcmp(arg, "epoch") : !runs_epoch_now(t);
        return true;
    case FT_ACT_RUNS_RESUME:
        if (given && !ft_run_list_whole(t->l)) /* from the start, before the list is there */
            return ft_workbench_resume(t->w, arg, NULL) || true;
        /* fall through */
    case FT_ACT_RUNS_DELETE:
    case FT_ACT_RUNS_TRIM:
        if (given && !runs_to(t, arg)) return true;
        return runs_change_act(t, a, NULL);
    default:
        return runs_change_act(t, a, arg) || act_panel(t, a);
    }
}

static bool can(struct ft_view *v, enum ft_action a)
{
    const struct runs_view *t = of(v);
    const struct ft_run_item *item = runs_item(t);
    bool known;
    if (runs_queue_can(t, a, &known)) return known;
    if (runs_sweep_can(t, a, &known)) return known;
    if (runs_change_can(t, a, &known)) return known && !(item && runs_group(t, item));
    switch (a) {
    case FT_ACT_ENTER:
        return item && item->run.state != FT_RUN_UNREADABLE;
    case FT_ACT_RUNS_COMPARE:
        return ft_run_list_count(t->l) > 1;
    case FT_ACT_RUNS_MARK:
    case FT_ACT_FIND:
        return item;
    case FT_ACT_RUNS_CURVE:
    case FT_ACT_RUNS_AXIS:
        return item && item->run.state != FT_RUN_UNREADABLE;
    case FT_ACT_FIND_NEXT:
    case FT_ACT_FIND_PREV:
        return item && *t->find;
    case FT_ACT_FILTER:
    case FT_ACT_SORT_UP:
    case FT_ACT_SORT_DOWN:
        return ft_run_list_count(t->l) > 0;
    case FT_ACT_UNDO:
        return ft_workbench_can_undo(t->w);
    default:
        return true;
    }
}

static const char *label(struct ft_view *v, enum ft_action a)
{
    const struct ft_run_item *item = runs_item(of(v));
    if (a == FT_ACT_ENTER && item && runs_group(of(v), item)) return "open sweep";
    if (a == FT_ACT_RUNS_RESUME && item && !item->sweep && item->run.state == FT_RUN_DONE)
        return "train on";
    if (a == FT_ACT_RUNS_MARK && item && runs_mark(of(v), item) >= 0) return "unmark";
    return NULL;
}

/* --- changes since the last frame --- */

static void cancel(void *arg)
{
    struct runs_view *t = arg;
    ft_run_list_cancel(t->l);
    ft_app_say(t->w->app, FT_SAY_NOTE, "cancelled; files already deleted stay deleted");
}

static void tick(struct ft_view *v)
{
    struct runs_view *t = of(v);
    struct ft_job_view work;
    if (ft_run_list_follow(t->l)) ft_app_redraw(t->w->app);
    bool front = ft_app_in_front(&t->view);
    if (front && t->started) ft_run_list_refresh(t->l);
    if (front) runs_queue_follow(t);
    follow(t);
    /* shorter work is none to wait for, and Esc is not for it */
    bool busy = ft_run_list_busy(t->l, &work) && work.seconds >= 0.3;
    if (busy)
        ft_app_busy(t->w->app, work.what, work.unit, (uint64_t)work.done, (uint64_t)work.total,
                    cancel, t);
    else if (t->busy)
        ft_app_busy_end(t->w->app);
    t->busy = busy;
}

static void open_view(struct ft_view *v)
{
    struct runs_view *t = of(v);
    runs_anew(t); /* what came since */
    runs_queue_follow(t);
    follow(t);
}

static void draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    if (p == RUNS_LIST || v->zoom) follow(of(v));
    runs_draw(v, p, c, r, focused);
}

/* `shortly`: the row above has the whole name and the score. */
static void next_one(const struct runs_view *t, const struct ft_run_item *item, bool shortly,
                     char *buf, size_t size)
{
    const struct ft_run *r = &item->run;
    const char *whole = runs_name(t, item);
    size_t n = strlen(whole), fit = shortly ? ft_text_fit(whole, n, 20) : n;
    char name[512];
    snprintf(name, sizeof name, "%.*s%s", (int)fit, whole, fit < n ? "~" : "");
    char step[32], steps[32], best[64] = "", score[32], process[160];
    ft_format_count(step, sizeof step, (long long)r->step);
    ft_format_count(steps, sizeof steps, (long long)r->steps);
    if (!shortly && r->state != FT_RUN_UNREADABLE && r->has_best)
        snprintf(best, sizeof best, ", best %.20s %s", runs_metric(r),
                 runs_score(r, runs_metric(r), r->best, score, sizeof score));
    switch (r->state) {
    case FT_RUN_RUNNING:
        if (runs_is_own(t, item))
            snprintf(buf, size, "ok: %s runs here%s.  Enter watches it", name, best);
        else
            snprintf(buf, size, "ok: %s runs in %s%s.  Enter watches it", name,
                     shortly ? ft_run_process(r, process, sizeof process)
                             : ft_run_progress(r, process, sizeof process),
                     best);
        break;
    case FT_RUN_STOPPED:
        snprintf(buf, size, "note: %s %s at step %s of %s%s.  R resumes it", name,
                 r->stored == FT_RUN_RUNNING ? "was killed" : "stopped", step, steps, best);
        break;
    case FT_RUN_FAILED:
        snprintf(buf, size, "warn: %s failed at step %s%s; its log says why.  R resumes it", name,
                 step, best);
        break;
    case FT_RUN_DONE:
        snprintf(buf, size, "ok: %s is done%s.  Enter opens it, c compares", name, best);
        break;
    case FT_RUN_UNREADABLE:
        snprintf(buf, size, "error: %s", r->why);
        break;
    }
}

/* Of several runs: which is better, where two have the same examples, else whether they may be compared. */
static void next_compared(struct runs_view *t, const struct ft_run *const *runs, size_t n,
                          char *buf, size_t size)
{
    struct ft_str why = {0}, test = {0};
    const struct ft_paired_test *p = runs_paired(t);
    if (p) ft_paired_test_text(p, ft_path_base(runs[0]->name), ft_path_base(runs[1]->name), &test);
    if (!ft_runs_comparable(runs, n, &why))
        snprintf(buf, size, "warn: not comparable: %s%s%s", ft_str_text(&why), test.len ? "; " : "",
                 ft_str_text(&test));
    else if (test.len)
        snprintf(buf, size, "%s: %s", p->better < 0 ? "note" : "ok", ft_str_text(&test));
    else
        snprintf(buf, size, "ok: same data, same split, same seed: the two are comparable");
    ft_str_release(&why);
    ft_str_release(&test);
}

static void next(struct ft_view *v, char *buf, size_t size)
{
    struct runs_view *t = of(v);
    char text[512];
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    const struct ft_run *runs[RUNS_MARKS_MAX];
    const struct ft_err *failed = ft_run_list_failed(t->l);
    if (failed->code) {
        snprintf(buf, size, "error: %s", ft_error_text(failed, text, sizeof text));
    } else if (t->sweep && !t->marks_n) {
        size_t best = t->has_brief ? ft_sweep_best(&t->brief) : 0;
        snprintf(buf, size, "ok: best %.40s.  Enter opens a member, v shows options, Esc goes back",
                 t->has_brief && best < t->brief.n ? t->brief.members[best].name : "none yet");
    } else if (n > 1) {
        for (size_t i = 0; i < n; i++)
            runs[i] = &ft_run_list_item(t->l, places[i])->run;
        next_compared(t, runs, n, buf, size);
    } else if (n == 1) {
        const struct ft_run_item *one = ft_run_list_item(t->l, places[0]);
        int w = v->shown.panel[RUNS_LIST].w; /* as wide as the screen */
        next_one(t, one, false, buf, size);
        if (ft_text_width(buf, strlen(buf)) > (w < 80 ? 80 : w) - 2)
            next_one(t, one, true, buf, size); /* what to do is worth more */
    } else if (!ft_run_list_whole(t->l)) {
        snprintf(buf, size, "note: looking for runs");
    } else if (*t->filter) {
        snprintf(buf, size, "note: no run matches the filter; Esc clears it");
    } else {
        snprintf(buf, size, "note: no runs here yet.  Next: T trains, o opens another folder");
    }
}

static bool click(struct ft_view *v, int p, int y, int x, bool again)
{
    struct runs_view *t = of(v);
    (void)x, (void)again;
    if (p == RUNS_LIST && ft_list_click(&t->list, y)) {
        runs_moved(t);
        return true;
    }
    if (p == RUNS_QUEUE) return ft_list_click(&t->queue_list, y);
    if (p == RUNS_OPTIONS) return ft_list_click(&t->options, y);
    return p == RUNS_RESULTS && ft_list_click(&t->results, y);
}

static void complete(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    (void)v, (void)before, (void)prefix;
    if (strcmp(kind, "COLUMN") != 0) return;
    for (int i = 0; i < RUNS_COLUMNS; i++)
        ft_matches_add(out, runs_column_name((enum runs_column)i));
}

static bool copy(struct ft_view *v, struct ft_str *out)
{
    struct runs_view *t = of(v);
    const struct ft_run_item *item = runs_item(t);
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    const struct ft_run *runs[RUNS_MARKS_MAX];
    if (!item) return false;
    for (size_t i = 0; i < n; i++)
        runs[i] = &ft_run_list_item(t->l, places[i])->run;
    if (v->focus == RUNS_LIST)
        ft_str_addz(out, item->real);
    else if (v->focus == RUNS_OPTIONS || v->focus == RUNS_RESULTS)
        ft_runs_compare_table(runs, n, '\t', out);
    else if (v->focus == RUNS_PLOT)
        runs_curves_copy(t, out);
    const struct ft_run_look *look = ft_run_list_look(t->l, runs_place(t));
    if (v->focus == RUNS_LOG && look) ft_str_addz(out, look->log);
    return out->len > 0;
}

static void close_view(struct ft_view *v)
{
    struct runs_view *t = of(v);
    while (t->marks_n)
        runs_unmark(t, 0);
    runs_queue_release(t);
    free(t->index);
    free(t->cursor);
    free(t->open_run);
    free(t->open_real);
    free(t->asked);
    free(t->asked_member);
    runs_sweep_release(t);
    free(t);
}

struct ft_view *ft_view_runs_new(struct ft_workbench *w)
{
    struct runs_view *t = ft_xcalloc(1, sizeof *t);
    t->w = w;
    t->l = w->runs;
    t->made = UINT64_MAX;
    t->sort = t->column = RUNS_BY_WHEN;
    t->down = true;
    t->curve = t->by_epoch = -1;
    t->view = (struct ft_view){.name = "Runs",
                               .scope = FT_SCOPE_RUNS,
                               .panels = panels,
                               .panels_n = RUNS_PANELS,
                               .open = open_view,
                               .layout = runs_layout,
                               .draw = draw,
                               .title = runs_title,
                               .act = act,
                               .can = can,
                               .label = label,
                               .tick = tick,
                               .next = next,
                               .click = click,
                               .complete = complete,
                               .copy = copy,
                               .close = close_view};
    return &t->view;
}
