/* What is done to a sweep but driving it: asking the process that drives it to stop, promoting members,
 * deleting them. Each takes the sweep's lock, so that one that is driven is never changed, but
 * ft_sweep_stop, which is for that.
 *
 *     if (ft_sweep_promote("sweeps/lr", "3_lr3e-5", true, &err)) ...
 *     st = ft_sweep_delete("sweeps/lr", FT_SWEEP_DELETE_REST, NULL, &done, &err);
 *
 * A promoted member is kept when the rest is deleted, and trains to its end with the next resume, whatever
 * halving decided; the other members are compared without it. A deleted member keeps its numbers in
 * sweep.json and is neither trained nor compared again; its runs' folders are removed. sweep.json
 * says so before anything is removed, so that a process that is killed in between leaves folders, not a
 * sweep that trains them anew: deleting again removes them.
 *
 * Threads: any, one at a time for one sweep. */
#ifndef FT_ENGINE_RUNS_SWEEP_CHANGE_H
#define FT_ENGINE_RUNS_SWEEP_CHANGE_H

#include "engine/runs/sweep.h"

/* After the update, with a checkpoint; the sweep can be resumed. FT_NOTFOUND: no process drives it.
 * FT_UNSUPPORTED: another user's does. */
enum ft_status ft_sweep_stop(const char *dir, struct ft_err *err);

/* on false: takes it back; a member that halving had stopped, and that has not been trained since, is
 * stopped again. *unfinished (may be NULL): it has updates to train. Errors: FT_BUSY: a process drives the
 * sweep; FT_NOTFOUND: no such member, or it was deleted; FT_UNSUPPORTED: it failed and has no result. */
enum ft_status ft_sweep_promote(const char *dir, const char *member, bool on, bool *unfinished,
                                struct ft_err *err);

enum ft_sweep_deletion {
    FT_SWEEP_DELETE_MEMBER, /* the one that is named */
    FT_SWEEP_DELETE_REST, /* all that have begun but the promoted ones; none promoted: the best one */
    FT_SWEEP_DELETE_ALL   /* the sweep itself */
};
/* Whether a member is kept when the rest is deleted. */
bool ft_sweep_keeps(const struct ft_sweep *s, size_t member);
struct ft_sweep_deleted {
    size_t members, runs;
    int64_t bytes;
    bool left; /* DELETE_ALL: other files stay in the folder */
};
/* What it would take; `member` only for MEMBER. */
enum ft_status ft_sweep_delete_plan(const struct ft_sweep *s, enum ft_sweep_deletion what,
                                    const char *member, struct ft_sweep_deleted *plan,
                                    struct ft_err *err);
/* *done (may be NULL): what went. Errors: FT_BUSY: a process drives the sweep, or trains one of the runs;
 * FT_NOTFOUND: no such member, nothing to delete, or a REST that keeps none; FT_UNSUPPORTED: a folder of a
 * member or run is a link; those of the disk. */
enum ft_status ft_sweep_delete(const char *dir, enum ft_sweep_deletion what, const char *member,
                               struct ft_sweep_deleted *done, struct ft_err *err);

#endif
