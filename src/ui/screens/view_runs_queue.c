/* Screen 7, the queue: a panel that is there while the queue has entries. Its file is looked at twice a
 * second, and read when it is another one. */
#include "ui/screens/view_runs_in.h"

#include "engine/runs/audit.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char root[] = FT_QUEUE_ROOT;

void runs_queue_release(struct runs_view *t)
{
    ft_queue_release(&t->queue);
}

void runs_queue_follow(struct runs_view *t)
{
    struct ft_err err = {0};
    struct ft_queue q;
    uint64_t stamp = ft_queue_stamp(root);
    int64_t runner = t->queue.n ? ft_queue_runner(root) : 0;
    if (runner != t->queue_runner) ft_app_redraw(t->w->app);
    t->queue_runner = runner;
    if (stamp == t->queue_stamp) return;
    t->queue_stamp = stamp;
    if (ft_queue_read(&q, root, &err)) ft_app_say_err(t->w->app, &err);
    ft_queue_release(&t->queue);
    t->queue = q;
    t->queue_runner = q.n ? ft_queue_runner(root) : 0;
    ft_list_resize(&t->queue_list, q.n);
    if (!q.n && t->view.focus == RUNS_QUEUE) ft_app_focus(&t->view, RUNS_LIST);
    ft_app_redraw(t->w->app);
}

static const struct ft_queue_item *chosen(const struct runs_view *t)
{
    return t->queue_list.selected < t->queue.n ? &t->queue.items[t->queue_list.selected] : NULL;
}

bool runs_queue_can(const struct runs_view *t, enum ft_action a, bool *can)
{
    const struct ft_queue_item *x = chosen(t);
    size_t i = t->queue_list.selected;
    switch (a) {
    case FT_ACT_QUEUE_UP:
        *can = x && i && x->state != FT_QUEUE_RUNNING &&
               t->queue.items[i - 1].state != FT_QUEUE_RUNNING;
        return true;
    case FT_ACT_QUEUE_DOWN:
        *can = x && i + 1 < t->queue.n && x->state != FT_QUEUE_RUNNING;
        return true;
    case FT_ACT_QUEUE_REMOVE:
        *can = x && (x->state != FT_QUEUE_RUNNING || !t->queue_runner);
        return true;
    case FT_ACT_QUEUE_RUN:
        *can = t->queue.n && !t->queue_runner;
        return true;
    default:
        return false;
    }
}

/* The run of an audit that is trained now. */
static bool open_fold(struct runs_view *t, const struct ft_queue_item *x)
{
    size_t scored = ft_audit_scored(x->dir, x->folds);
    char *run = ft_xprintf("%s/fold-%zu", x->dir, scored < x->folds ? scored + 1 : x->folds);
    bool there = ft_workbench_show_found(t->w, run);
    free(run);
    return there;
}

static void open_entry(struct runs_view *t, const struct ft_queue_item *x)
{
    if (x->state == FT_QUEUE_FAILED)
        ft_app_say(t->w->app, FT_SAY_ERROR, "%s", x->why ? x->why : "failed");
    else if (x->state == FT_QUEUE_WAITING)
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s has not begun", x->dir);
    else if (x->kind == FT_QUEUE_AUDIT ? open_fold(t, x) : ft_workbench_show_found(t->w, x->dir))
        ft_app_screen_of(t->w->app, FT_SCOPE_TRAIN);
}

bool runs_queue_act(struct runs_view *t, enum ft_action a)
{
    struct ft_err err = {0};
    const struct ft_queue_item *x = chosen(t);
    enum ft_status st = FT_OK;
    int by = a == FT_ACT_QUEUE_UP ? -1 : 1;
    if (a == FT_ACT_QUEUE_RUN) {
        if (ft_workbench_run_queue(t->w))
            ft_app_say(t->w->app, FT_SAY_OK, "the queue is trained in the background");
        return true;
    }
    if (t->view.focus != RUNS_QUEUE && a != FT_ACT_QUEUE_UP && a != FT_ACT_QUEUE_DOWN &&
        a != FT_ACT_QUEUE_REMOVE)
        return false;
    if (ft_list_move(&t->queue_list, ft_action_move(a))) return true;
    switch (a) {
    case FT_ACT_ENTER:
        if (x) open_entry(t, x);
        return true;
    case FT_ACT_QUEUE_UP:
    case FT_ACT_QUEUE_DOWN:
        if (!x) return false;
        st = ft_queue_move(root, x->id, by, &err);
        if (!st && (by < 0 ? t->queue_list.selected > 0 : t->queue_list.selected + 1 < t->queue.n))
            t->queue_list.selected += by < 0 ? (size_t)-1 : 1;
        break;
    case FT_ACT_QUEUE_REMOVE:
        if (!x) return false;
        st = ft_queue_remove(root, x->id, &err);
        if (!st) ft_app_say(t->w->app, FT_SAY_OK, "%s removed from the queue", x->dir);
        break;
    default:
        return false;
    }
    if (st) ft_app_say_err(t->w->app, &err);
    t->queue_stamp = 0;
    runs_queue_follow(t);
    return true;
}

static void row_draw(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w)
{
    const struct runs_view *t = arg;
    const struct ft_queue_item *e = &t->queue.items[i];
    char what[600];
    unsigned style = e->state == FT_QUEUE_FAILED    ? FT_ROLE_BAD
                     : e->state == FT_QUEUE_RUNNING ? FT_ROLE_ACCENT
                                                    : FT_ROLE_NORMAL;
    if (e->why)
        snprintf(what, sizeof what, "%s", e->why);
    else if (e->kind == FT_QUEUE_AUDIT && e->state == FT_QUEUE_RUNNING)
        snprintf(what, sizeof what, "audit, %zu of %zu folds done",
                 ft_audit_scored(e->dir, e->folds), e->folds);
    else if (e->kind == FT_QUEUE_AUDIT)
        snprintf(what, sizeof what, "audit, %zu folds", e->folds);
    else if (e->kind == FT_QUEUE_TRAIN)
        snprintf(what, sizeof what, "%.100s on %.100s",
                 ft_path_base(ft_options_text(&e->o, FT_OPT_model)),
                 ft_path_base(ft_options_text(&e->o, FT_OPT_data)));
    else
        snprintf(what, sizeof what, "%s", ft_queue_kind_name(e->kind));
    if (e->after && e->state == FT_QUEUE_WAITING && !i)
        snprintf(what + strlen(what), sizeof what - strlen(what), ", after %.200s",
                 ft_path_base(e->after));
    ft_canvas_printf(c, y, x, w, style, "%3zu %-8s %-24.24s %s", i + 1,
                     ft_queue_state_name(e->state), ft_path_base(e->dir), what);
}

void runs_queue_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused)
{
    ft_list_draw(c, r, &t->queue_list, focused, row_draw, t);
}

void runs_queue_title(const struct runs_view *t, struct ft_title *title)
{
    snprintf(title->left, sizeof title->left, "Queue %zu", t->queue.n);
    if (t->queue_runner > 0)
        snprintf(title->right, sizeof title->right, "process %lld", (long long)t->queue_runner);
    else if (!t->queue_runner)
        snprintf(title->right, sizeof title->right, "not running: S starts it");
}
