/* What the files of a sweep share: private to sweep*.c. */
#ifndef FT_ENGINE_RUNS_SWEEP_IN_H
#define FT_ENGINE_RUNS_SWEEP_IN_H

#include "engine/runs/sweep.h"

/* ---- sweep.c ---- */

/* Locks the sweep in `dir` and reads it; the caller releases it also on an error. FT_NOTFOUND: there is
 * none; FT_BUSY: another process drives it. */
enum ft_status sweep_take(struct ft_sweep *s, const char *dir, struct ft_err *err);

/* ---- sweep_members.c ---- */

/* How many members there will be. */
size_t sweep_members_planned(const struct ft_sweep *s);
/* Creates those that can be known now: all of a grid and of random ones; of tpe the next one, once those
 * before have their results. false: there is none to create. */
bool sweep_members_create(struct ft_sweep *s);
/* Appends an empty member with the given values (taken), its name made where it is NULL (taken). */
struct ft_sweep_member *sweep_member_add(struct ft_sweep *s, char **values, char *name);
void sweep_member_release(struct ft_sweep *s, struct ft_sweep_member *m);
/* The options of a run; initialises *o. */
enum ft_status sweep_member_options(const struct ft_sweep *s, size_t member, size_t repeat,
                                    struct ft_options *o, struct ft_err *err);

/* ---- sweep_rungs.c: successive halving ---- */

/* Where the runs of a member pause, into *how. */
void sweep_rung_until(const struct ft_sweep *s, const struct ft_sweep_member *m,
                      struct ft_session_how *how);
/* All members are at the rung or failed: chooses those that go on. false: none has to. */
bool sweep_rung_cut(struct ft_sweep *s);

/* ---- sweep_file.c: sweep.json ---- */

enum ft_status sweep_file_write(const struct ft_sweep *s, struct ft_err *err);
/* Into *s, whose dir is set; the caller releases it also on an error. FT_NOTFOUND: there is none. */
enum ft_status sweep_file_read(struct ft_sweep *s, struct ft_err *err);

/* ---- sweep_results.c ---- */

/* Reads what a run's folder has: steps, value. true: it has reached where `how` ends, or its end. */
bool sweep_run_look(const struct ft_sweep *s, struct ft_sweep_run *r,
                    const struct ft_session_how *how);
/* Mean, sd, n, steps and state of a member from its runs. */
void sweep_member_sum(struct ft_sweep *s, struct ft_sweep_member *m);
/* Seconds that its runs have trained, as their folders say. */
double sweep_member_seconds(const struct ft_sweep *s, const struct ft_sweep_member *m);
/* Whether a's mean is better than b's; no mean is worst. */
bool sweep_better(const struct ft_sweep *s, const struct ft_sweep_member *a,
                  const struct ft_sweep_member *b);
/* {"learning_rate":1e-05,..}: the values of a member. */
void sweep_values_json(const struct ft_sweep *s, const struct ft_sweep_member *m,
                       struct ft_str *out);

#endif
