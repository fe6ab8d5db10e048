/* Promoting, deleting and stopping members of a sweep: see sweep_change.h. */
#include "engine/runs/sweep_change.h"

#include "engine/runs/runs.h"
#include "engine/runs/sweep_in.h"
#include "engine/train/run_control.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum ft_status ft_sweep_stop(const char *dir, struct ft_err *err)
{
    struct ft_run_request r = {.kind = FT_RUN_REQUEST_STOP};
    enum ft_status st = ft_run_control_send(dir, &r, err);
    if (st != FT_NOTFOUND) return st;
    return ft_fail(err, st, "%s: no process is training this sweep", dir);
}

/* As it is on the disk, locked: nobody else changes it until it is released. */
static enum ft_status open_locked(struct ft_sweep *s, const char *dir, struct ft_err *err)
{
    enum ft_status st = sweep_take(s, dir, err);
    if (st) ft_sweep_release(s);
    return st;
}

static enum ft_status find_member(const struct ft_sweep *s, const char *name, size_t *member,
                                  struct ft_err *err)
{
    for (*member = 0; *member < s->n; ++*member)
        if (!strcmp(s->members[*member].name, name)) return FT_OK;
    return ft_fail(err, FT_NOTFOUND, "%s: no member %s", s->dir, name);
}

/* ---- promoting ---- */

static bool is_over(const struct ft_sweep *s)
{
    if (s->n < sweep_members_planned(s)) return false;
    for (size_t i = 0; i < s->n; i++) {
        const struct ft_sweep_member *m = &s->members[i];
        bool waits = m->state == FT_SWEEP_WAITING || m->state == FT_SWEEP_RUNNING;
        if (!m->deleted && (waits || m->state == FT_SWEEP_PAUSED)) return false;
    }
    return true;
}

static void promote(struct ft_sweep *s, struct ft_sweep_member *m)
{
    m->promoted = true;
    for (size_t i = 0; i < s->repeats; i++)
        if (m->runs[i].state == FT_SWEEP_PAUSED) m->runs[i].state = FT_SWEEP_WAITING;
    sweep_member_sum(s, m);
}

static void demote(struct ft_sweep *s, struct ft_sweep_member *m)
{
    bool begun = false;
    m->promoted = false;
    for (size_t i = 0; i < s->repeats; i++) {
        struct ft_sweep_run *r = &m->runs[i];
        struct ft_session_how how = {0};
        sweep_rung_until(s, m, &how);
        if (r->state != FT_SWEEP_WAITING || !r->steps) continue;
        sweep_run_look(s, r, &how);
        if (m->rung < s->rung && r->state == FT_SWEEP_WAITING) r->state = FT_SWEEP_PAUSED;
        begun = true;
    }
    sweep_member_sum(s, m);
    if (begun && m->rung < s->rung && m->state == FT_SWEEP_PAUSED) m->state = FT_SWEEP_STOPPED;
}

enum ft_status ft_sweep_promote(const char *dir, const char *member, bool on, bool *unfinished,
                                struct ft_err *err)
{
    struct ft_sweep s;
    size_t at = 0;
    enum ft_status st = open_locked(&s, dir, err);
    if (st) return st;
    st = find_member(&s, member, &at, err);
    struct ft_sweep_member *m = st ? NULL : &s.members[at];
    if (!st && m->deleted)
        st = ft_fail(err, FT_NOTFOUND, "%s was deleted; its settings are in the report", member);
    if (!st && on && m->state == FT_SWEEP_FAILED)
        st = ft_fail(err, FT_UNSUPPORTED, "%s failed; a member without a result cannot be promoted",
                     member);
    if (!st) {
        on ? promote(&s, m) : demote(&s, m);
        if (unfinished) *unfinished = m->state == FT_SWEEP_WAITING || m->state == FT_SWEEP_RUNNING;
        if (s.state == FT_SWEEP_DONE || s.state == FT_SWEEP_STOPPED)
            s.state = is_over(&s) ? FT_SWEEP_DONE : FT_SWEEP_STOPPED;
        st = sweep_file_write(&s, err);
    }
    ft_sweep_release(&s);
    return st;
}

/* ---- deleting ---- */

bool ft_sweep_keeps(const struct ft_sweep *s, size_t member)
{
    bool any = false;
    for (size_t i = 0; i < s->n; i++)
        any = any || (s->members[i].promoted && !s->members[i].deleted);
    return any ? s->members[member].promoted && !s->members[member].deleted
               : member == ft_sweep_best(s);
}

static bool has_file(const struct ft_sweep_run *r, const char *name)
{
    char *path = ft_path_join(r->path, name);
    bool has = ft_path_exists(path);
    free(path);
    return has;
}

/* A run, or what a process that was killed while it deleted one has left. */
static bool has_run(const struct ft_sweep_member *m, const struct ft_sweep_run *r)
{
    return has_file(r, "run.json") ||
           (m->deleted && (has_file(r, "log.txt") || has_file(r, ".lock")));
}

static enum ft_status remove_run(const struct ft_sweep_run *r, struct ft_err *err)
{
    static const char *const last[] = {"log.txt", ".lock"};
    enum ft_status st = FT_OK;
    if (has_file(r, "run.json")) return ft_run_delete(r->path, NULL, err);
    for (size_t i = 0; i < sizeof last / sizeof *last && !st; i++) {
        char *path = ft_path_join(r->path, last[i]);
        st = ft_remove_tree(path, err);
        free(path);
    }
    if (!st) rmdir(r->path); /* stays if not empty */
    return st;
}

static bool keeps_any(const struct ft_sweep *s)
{
    bool any = false;
    for (size_t i = 0; i < s->n; i++)
        any = any || ft_sweep_keeps(s, i);
    return any;
}

static enum ft_status check_link(const char *path, struct ft_err *err)
{
    struct stat sb;
    if (lstat(path, &sb) || !S_ISLNK(sb.st_mode)) return FT_OK;
    return ft_fail(err, FT_UNSUPPORTED,
                   "%s: is a link, and what lies behind it is not the sweep's: remove the link",
                   path);
}

/* What is deleted lies in the sweep's own folder. */
static enum ft_status check_inside(const struct ft_sweep *s, const struct ft_sweep_member *m,
                                   struct ft_err *err)
{
    char *folder = ft_path_join(s->dir, m->name);
    enum ft_status st = check_link(folder, err);
    for (size_t k = 0; k < s->repeats && !st; k++)
        st = check_link(m->runs[k].path, err);
    free(folder);
    return st;
}

static bool goes(const struct ft_sweep *s, size_t i, enum ft_sweep_deletion what, size_t member)
{
    switch (what) {
    case FT_SWEEP_DELETE_MEMBER:
        return i == member;
    case FT_SWEEP_DELETE_REST:
        return !ft_sweep_keeps(s, i);
    case FT_SWEEP_DELETE_ALL:
        return true;
    }
    return false;
}

enum ft_status ft_sweep_delete_plan(const struct ft_sweep *s, enum ft_sweep_deletion what,
                                    const char *member, struct ft_sweep_deleted *plan,
                                    struct ft_err *err)
{
    size_t at = s->n;
    *plan = (struct ft_sweep_deleted){0};
    enum ft_status st = what == FT_SWEEP_DELETE_MEMBER ? find_member(s, member, &at, err) : FT_OK;
    if (what == FT_SWEEP_DELETE_REST && !keeps_any(s))
        st = ft_fail(err, FT_NOTFOUND,
                     "%s: no member is promoted or has a result, so that none would be kept; "
                     "delete them one by one, or the sweep",
                     s->dir);
    for (size_t i = 0; i < s->n && !st; i++) {
        size_t runs = 0;
        if (!goes(s, i, what, at)) continue;
        st = check_inside(s, &s->members[i], err);
        for (size_t k = 0; k < s->repeats && !st; k++) {
            if (!has_run(&s->members[i], &s->members[i].runs[k])) continue;
            plan->bytes += ft_run_bytes(s->members[i].runs[k].path);
            runs++;
        }
        plan->runs += runs;
        plan->members += runs > 0;
    }
    if (!st && !plan->runs && what != FT_SWEEP_DELETE_ALL)
        st = ft_fail(err, FT_NOTFOUND, "%s: nothing to delete: %s", s->dir,
                     what == FT_SWEEP_DELETE_MEMBER ? "the member has no run"
                                                    : "no other member has a run");
    return st;
}

/* A member may be trained by itself, too. */
static enum ft_status check_idle(const struct ft_sweep_member *m, size_t repeats,
                                 struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t k = 0; k < repeats && !st; k++) {
        char *lock = ft_path_join(m->runs[k].path, ".lock");
        if (ft_lock_holder(lock))
            st = ft_fail(err, FT_BUSY, "%s is being trained: stop it first", m->runs[k].path);
        free(lock);
    }
    return st;
}

/* In sweep.json; the time that its runs took counts on for the budget. */
static void mark_deleted(struct ft_sweep *s, struct ft_sweep_member *m)
{
    if (!m->deleted) s->deleted_s += sweep_member_seconds(s, m);
    m->deleted = true;
    m->promoted = false;
}

static enum ft_status remove_runs(const struct ft_sweep *s, const struct ft_sweep_member *m,
                                  struct ft_err *err)
{
    enum ft_status st = FT_OK;
    for (size_t k = 0; k < s->repeats && !st; k++)
        if (has_run(m, &m->runs[k])) st = remove_run(&m->runs[k], err);
    char *folder = ft_path_join(s->dir, m->name);
    if (s->repeats > 1 || s->spec.seeds || s->spec.folds) rmdir(folder); /* stays if not empty */
    free(folder);
    return st;
}

/* What a sweep and those who read it have written beside the members. */
static enum ft_status remove_own(const struct ft_sweep *s, bool *left, struct ft_err *err)
{
    static const char *const names[] = {"labels.jsonl", "background.log", ".control", "sweep.json",
                                        ".lock"};
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names && !st; i++) {
        char *path = ft_path_join(s->dir, names[i]);
        if (ft_path_exists(path)) st = ft_remove_tree(path, err);
        free(path);
    }
    *left = !st && rmdir(s->dir);
    return st;
}

/* sweep.json. Where the disk is full, the members at rest go first: they are not trained again anyway. */
static enum ft_status write_or_make_room(const struct ft_sweep *s, const bool *go,
                                         struct ft_err *err)
{
    struct ft_err full = {0};
    enum ft_status st = sweep_file_write(s, &full);
    bool any = false;
    if (!st) return FT_OK;
    for (size_t i = 0; i < s->n; i++) {
        enum ft_sweep_state state = s->members[i].state;
        bool rests = state == FT_SWEEP_DONE || state == FT_SWEEP_STOPPED;
        if (go[i] && rests && !remove_runs(s, &s->members[i], NULL)) any = true;
    }
    if (!any) {
        if (err) *err = full;
        return st;
    }
    return sweep_file_write(s, err);
}

static enum ft_status delete_locked(struct ft_sweep *s, enum ft_sweep_deletion what,
                                    const char *member, struct ft_sweep_deleted *plan,
                                    struct ft_err *err)
{
    size_t at = s->n;
    bool *go = ft_xcalloc(s->n + 1, sizeof *go);
    enum ft_status st = ft_sweep_delete_plan(s, what, member, plan, err);
    if (!st && what == FT_SWEEP_DELETE_MEMBER) st = find_member(s, member, &at, err);
    for (size_t i = 0; i < s->n && !st; i++) { /* before any is marked: the best one may change */
        bool begun = false;
        for (size_t k = 0; k < s->repeats; k++)
            begun = begun || has_run(&s->members[i], &s->members[i].runs[k]);
        go[i] = begun && goes(s, i, what, at);
        if (go[i]) st = check_idle(&s->members[i], s->repeats, err);
    }
    for (size_t i = 0; i < s->n && !st; i++)
        if (go[i]) mark_deleted(s, &s->members[i]);
    if (!st && s->state != FT_SWEEP_BUDGET)
        s->state = is_over(s) ? FT_SWEEP_DONE : FT_SWEEP_STOPPED;
    if (!st) st = write_or_make_room(s, go, err);
    for (size_t i = 0; i < s->n && !st; i++)
        if (go[i]) st = remove_runs(s, &s->members[i], err);
    if (!st && what == FT_SWEEP_DELETE_ALL) st = remove_own(s, &plan->left, err);
    free(go);
    return st;
}

enum ft_status ft_sweep_delete(const char *dir, enum ft_sweep_deletion what, const char *member,
                               struct ft_sweep_deleted *done, struct ft_err *err)
{
    struct ft_sweep s;
    struct ft_sweep_deleted plan = {0};
    enum ft_status st = open_locked(&s, dir, err);
    if (st) return st;
    st = delete_locked(&s, what, member, &plan, err);
    ft_sweep_release(&s);
    if (done) *done = plan;
    return st;
}
