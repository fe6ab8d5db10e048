/* What screen 7 does to a sweep, on its row or on those of its members: stop, resume, promote, delete. What
 * cannot be undone asks first and names number and bytes. The engine's side is in sweep_change.h. */
#include "ui/screens/view_runs_in.h"

#include "engine/runs/sweep_change.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- which sweep, which member --- */

/* The member of a row; free() it. */
static char *member_of(const struct ft_run_item *item)
{
    const char *own = item->real + strlen(item->sweep) + 1;
    return ft_xstrndup(own, strcspn(own, "/"));
}

static size_t place_of(const struct ft_sweep *s, const char *member)
{
    size_t i = 0;
    while (i < s->n && strcmp(s->members[i].name, member) != 0)
        i++;
    return i;
}

static bool drives(const struct runs_view *t, const char *dir)
{
    return t->w->sweep.now && ft_path_same(t->w->sweep.now->dir, dir);
}

static bool is_driven(const char *dir)
{
    char *path = ft_path_join(dir, ".lock");
    bool is = ft_lock_holder(path) != 0;
    free(path);
    return is;
}

static void keep_asked(struct runs_view *t, const char *dir, const char *member)
{
    free(t->asked);
    free(t->asked_member);
    t->asked = ft_xstrdup(dir);
    t->asked_member = member ? ft_xstrdup(member) : NULL;
}

/* --- stopping --- */

static void stop_run(struct runs_view *t, const struct ft_run_item *item)
{
    struct ft_run_request r = {.kind = FT_RUN_REQUEST_STOP};
    struct ft_err err = {0};
    if (item->run.state != FT_RUN_RUNNING) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "%.80s is not running", runs_name(t, item));
        return;
    }
    if (runs_is_own(t, item))
        ft_session_stop(t->w->session, false);
    else if (ft_run_control_send(item->run.path, &r, &err)) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "%.80s stops after this step and saves; R resumes it",
               runs_name(t, item));
}

static void stop_sweep(struct runs_view *t, const char *dir)
{
    struct ft_err err = {0};
    if (drives(t, dir) && t->w->session) {
        t->w->sweep.now->stopping = true;
        ft_session_stop(t->w->session, false);
    } else if (ft_sweep_stop(dir, &err)) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    ft_app_say(t->w->app, FT_SAY_OK, "sweep %.60s stops after this step and saves; R resumes it",
               ft_path_base(dir));
}

/* --- promoting --- */

static bool answer_train(void *arg, const struct ft_key *k)
{
    struct runs_view *t = arg;
    if (ft_key_is(k, 'n')) return true;
    if (!ft_key_is(k, 'y')) return false;
    ft_workbench_sweep_resume(t->w, t->asked);
    return true;
}

/* The settings of a member's first run, for screen 3; u takes them back. false: it has not begun. */
static bool load_settings(struct runs_view *t, const char *run)
{
    struct ft_options o;
    ft_options_init(&o);
    bool read = !ft_options_of_run(run, &o, NULL);
    ft_options_reset(&o, FT_OPT_output_dir);
    if (read) ft_workbench_replace(t->w, &o);
    ft_options_release(&o);
    return read;
}

static void promote(struct runs_view *t, const char *dir, const char *member)
{
    struct ft_sweep s;
    struct ft_err err = {0};
    bool unfinished = false;
    enum ft_status st = ft_sweep_read(&s, dir, &err);
    if (st) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    size_t at = member ? place_of(&s, member) : ft_sweep_best(&s);
    if (at == s.n) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no member of %.60s has a result yet",
                   ft_path_base(dir));
        ft_sweep_release(&s);
        return;
    }
    const struct ft_sweep_member *m = &s.members[at];
    bool on = !m->promoted;
    st = ft_sweep_promote(dir, m->name, on, &unfinished, &err);
    if (st) {
        ft_app_say_err(t->w->app, &err);
    } else if (!on) {
        ft_app_say(t->w->app, FT_SAY_OK, "%.60s is no longer promoted", m->name);
    } else {
        bool loaded = load_settings(t, m->runs[0].path);
        ft_app_say(t->w->app, FT_SAY_OK, "%.60s is promoted%s; X deletes the rest", m->name,
                   loaded ? ", its settings are in Tune (u undoes)" : "");
    }
    if (!st && on && unfinished) {
        char text[200];
        keep_asked(t, dir, m->name);
        snprintf(text, sizeof text, "%.40s is promoted, at step %llu of %llu: train it to its end?",
                 m->name, (unsigned long long)m->runs[0].steps,
                 (unsigned long long)m->runs[0].total);
        ft_app_ask(t->w->app, text, "y train (resumes the sweep)  n or Esc later", answer_train, t);
    }
    ft_sweep_release(&s);
    runs_anew(t);
}

/* --- deleting --- */

static bool answer_delete(void *arg, const struct ft_key *k)
{
    struct runs_view *t = arg;
    if (ft_key_is(k, 'n')) return true;
    if (!ft_key_is(k, 'y')) return false;
    if (!ft_run_list_change(t->l, t->asked_change, t->asked, t->asked_member))
        ft_app_say(t->w->app, FT_SAY_WARN, "another run is being changed; wait until it is done");
    return true;
}

/* What is listed of it: number of members and bytes. */
static size_t count_listed(const struct runs_view *t, const struct ft_sweep *s, const char *member,
                           enum ft_run_change change, int64_t *bytes)
{
    bool *seen = ft_xcalloc(s->n + 1, sizeof *seen);
    size_t n = 0;
    char *real = ft_path_real(s->dir);
    *bytes = 0;
    for (size_t i = 0; real && i < ft_run_list_count(t->l); i++) {
        const struct ft_run_item *item = ft_run_list_item(t->l, i);
        if (!item->sweep || strcmp(item->sweep, real) != 0) continue;
        char *name = member_of(item);
        size_t at = place_of(s, name);
        bool goes = at < s->n && (change == FT_RUN_CHANGE_SWEEP ||
                                  (change == FT_RUN_CHANGE_MEMBER && !strcmp(name, member)) ||
                                  (change == FT_RUN_CHANGE_REST && !ft_sweep_keeps(s, at)));
        free(name);
        if (!goes) continue;
        *bytes += item->bytes;
        n += !seen[at];
        seen[at] = true;
    }
    free(real);
    free(seen);
    return n;
}

/* The same from the disk, before anything is listed. */
static size_t count_there(const struct ft_sweep *s, const char *member, enum ft_run_change change,
                          int64_t *bytes)
{
    struct ft_sweep_deleted plan;
    ft_sweep_delete_plan(s,
                         change == FT_RUN_CHANGE_SWEEP  ? FT_SWEEP_DELETE_ALL
                         : change == FT_RUN_CHANGE_REST ? FT_SWEEP_DELETE_REST
                                                        : FT_SWEEP_DELETE_MEMBER,
                         member, &plan, NULL);
    *bytes = plan.bytes;
    return plan.members;
}

/* "3_lr3e-5", or "2 promoted members" that stay; returns how many. */
static size_t kept_text(const struct ft_sweep *s, char *buf, size_t size)
{
    size_t n = 0;
    const char *first = "";
    for (size_t i = 0; i < s->n; i++) {
        if (!ft_sweep_keeps(s, i)) continue;
        if (!n++) first = s->members[i].name;
    }
    if (n == 1)
        snprintf(buf, size, "%.40s", first);
    else
        snprintf(buf, size, "%zu promoted ones", n);
    return n;
}

static void ask_delete(struct runs_view *t, const char *dir, const char *member,
                       enum ft_run_change change)
{
    struct ft_sweep s;
    struct ft_err err = {0};
    char text[240], size[32], kept[64];
    int64_t bytes;
    if (is_driven(dir)) {
        ft_app_say(t->w->app, FT_SAY_WARN, "sweep %.60s is running: s stops it first",
                   ft_path_base(dir));
        return;
    }
    if (ft_sweep_read(&s, dir, &err)) {
        ft_app_say_err(t->w->app, &err);
        return;
    }
    size_t n = ft_run_list_whole(t->l) ? count_listed(t, &s, member, change, &bytes)
                                       : count_there(&s, member, change, &bytes);
    ft_format_bytes(size, sizeof size, (double)bytes);
    bool none = !kept_text(&s, kept, sizeof kept) && change == FT_RUN_CHANGE_REST;
    if (change == FT_RUN_CHANGE_MEMBER)
        snprintf(text, sizeof text, "delete member %.40s, %s, cannot be undone: y", member, size);
    else if (change == FT_RUN_CHANGE_SWEEP)
        snprintf(text, sizeof text, "delete sweep %.30s: %zu member%s, %s, cannot be undone: y",
                 ft_path_base(dir), n, ft_plural(n), size);
    else
        snprintf(text, sizeof text, "delete %zu member%s, %s; kept: %s: cannot be undone: y", n,
                 ft_plural(n), size, kept);
    if (none) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "no member is promoted or has a result: d deletes one of them, or the sweep");
    } else if (n || change == FT_RUN_CHANGE_SWEEP) {
        keep_asked(t, dir, member);
        t->asked_change = change;
        ft_app_ask(t->w->app, text, "y delete  n or Esc keep", answer_delete, t);
    } else {
        ft_app_say(t->w->app, FT_SAY_NOTE, "nothing to delete: no other member has a run");
    }
    ft_sweep_release(&s);
}

/* --- by key and word --- */

static bool is_known(enum ft_action a)
{
    return a == FT_ACT_RUNS_RESUME || a == FT_ACT_RUNS_STOP || a == FT_ACT_RUNS_PROMOTE ||
           a == FT_ACT_RUNS_REST || a == FT_ACT_RUNS_DELETE || a == FT_ACT_RUNS_RENAME;
}

static void act_on(struct runs_view *t, enum ft_action a, const char *dir, const char *member)
{
    switch (a) {
    case FT_ACT_RUNS_RESUME:
        ft_workbench_sweep_resume(t->w, dir);
        break;
    case FT_ACT_RUNS_STOP:
        stop_sweep(t, dir);
        break;
    case FT_ACT_RUNS_PROMOTE:
        promote(t, dir, member);
        break;
    case FT_ACT_RUNS_REST:
        ask_delete(t, dir, NULL, FT_RUN_CHANGE_REST);
        break;
    case FT_ACT_RUNS_DELETE:
        ask_delete(t, dir, member, member ? FT_RUN_CHANGE_MEMBER : FT_RUN_CHANGE_SWEEP);
        break;
    default:
        ft_app_say(t->w->app, FT_SAY_NOTE, "%s",
                   member ? "a member keeps its name; w exports its model under another one"
                          : "a sweep keeps its name while it is listed here");
    }
}

bool runs_sweep_act(struct runs_view *t, enum ft_action a, const char *arg)
{
    bool given = arg && *arg && a != FT_ACT_RUNS_RENAME;
    if (!is_known(a)) return false;
    if (given && ft_sweep_is(arg)) {
        act_on(t, a, arg, NULL);
        return true;
    }
    if (given && !ft_run_list_whole(t->l)) return false;
    if (given && !runs_to(t, arg)) return true;
    const struct ft_run_item *item = runs_item(t);
    bool own = a == FT_ACT_RUNS_STOP || a == FT_ACT_RUNS_PROMOTE || a == FT_ACT_RUNS_REST;
    if (!item) {
        if (own) ft_app_say(t->w->app, FT_SAY_NOTE, "no run is selected");
        return own;
    }
    if (item->sweep) {
        char *dir = ft_run_item_sweep(item), *member = runs_group(t, item) ? NULL : member_of(item);
        act_on(t, a, dir, member);
        free(dir);
        free(member);
        return true;
    }
    if (a == FT_ACT_RUNS_STOP)
        stop_run(t, item);
    else if (own)
        ft_app_say(t->w->app, FT_SAY_NOTE, "%.80s is not a member of a sweep", runs_name(t, item));
    return own;
}

bool runs_sweep_can(const struct runs_view *t, enum ft_action a, bool *can)
{
    const struct ft_run_item *item = runs_item(t);
    *can = false;
    if (a == FT_ACT_RUNS_STOP && item && !item->sweep) *can = item->run.state == FT_RUN_RUNNING;
    if (!is_known(a)) return false;
    if (!item || !item->sweep)
        return a == FT_ACT_RUNS_STOP || a == FT_ACT_RUNS_PROMOTE || a == FT_ACT_RUNS_REST;
    bool driven = is_driven(item->sweep), over = item->sweep_state == FT_SWEEP_DONE;
    if (a == FT_ACT_RUNS_STOP)
        *can = driven;
    else if (a == FT_ACT_RUNS_RESUME)
        *can = !driven && !over;
    else
        *can = !driven && a != FT_ACT_RUNS_RENAME;
    return true;
}
