/* A sweep: many ordinary runs that differ in some options, and what they say together. The folder has
 * sweep.json (the search space, the members and their states; its format is in sweep_file.c) and a
 * run's folder for each: DIR/NAME, or DIR/NAME/seed-1, fold-2, seed-1-fold-2 where each configuration is
 * repeated. A sweep is driven step by step, so that a command, a background thread or a process without a
 * terminal can drive it; what has been done is read from the folder, so that one that was killed goes on
 * and ends with the same bytes.
 *
 *     struct ft_sweep_spec spec;
 *     ft_sweep_spec_init(&spec);
 *     .. spec.over, spec.seeds, .. as typed ..
 *     struct ft_sweep s;
 *     st = ft_sweep_new(&s, &spec, &options, "sweeps/lr", &err);     or ft_sweep_open(&s, dir, ..)
 *     struct ft_sweep_step step;
 *     while (!(st = ft_sweep_next(&s, &step, &err)) && step.run) {
 *         .. a session with step.o and step.how (session.h); stop it after ft_sweep_left_s(&s) ..
 *         st = ft_sweep_ended(&s, status_of_the_session, &why, &err);
 *         if (st || s.state != FT_SWEEP_RUNNING) break;     stopped: the session was
 *     }
 *     ft_sweep_release(&s);
 *
 * Whoever only looks reads the folder: ft_sweep_read, as often as it likes, also while another process
 * drives the sweep.
 *
 * Strategies. grid: all configurations. random: `trials` of them, drawn without repetition. tpe: the
 * same number, each after the first ones chosen by the tree-structured Parzen estimator
 * (sweep_tpe.h). halving: all (or `trials` random ones) train until the first rung, the best
 * 1/eta of them until the next, and so on; the others stop where they are. The runs pause and resume
 * exactly, with the learning rate schedule of the whole run, so that no update is done twice
 * (Jamieson and Talwalkar 2016). Rungs: with min_steps after min_steps, min_steps eta, .. updates;
 * else the last one after half of a run's updates, those before after 1/eta of the next one's.
 *
 * Configurations are compared by the metric of metric_for_best_model on the validation split: of the
 * model that a run saves. What the test supports is in sweep_compare.h.
 *
 * Threads: a struct belongs to one thread at a time. */
#ifndef FT_ENGINE_RUNS_SWEEP_H
#define FT_ENGINE_RUNS_SWEEP_H

#include "engine/options/options.h"
#include "engine/runs/sweep_cost.h"
#include "engine/train/session.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a sweep, a member and a run alike. */
#define FT_SWEEP_STATE_LIST(X)                                                                     \
    X(WAITING, "waiting") /* not begun */                                                          \
    X(RUNNING, "running") /* or was when its process was killed */                                 \
    X(PAUSED, "paused")   /* at a rung: the others have to reach it first */                       \
    X(STOPPED, "stopped") /* a sweep: by a signal; a member: others were better at its rung */     \
    X(BUDGET, "budget")   /* a sweep: the time is used up */                                       \
    X(DONE, "done")                                                                                \
    X(FAILED, "failed")
enum ft_sweep_state {
#define X(id, word) FT_SWEEP_##id,
    FT_SWEEP_STATE_LIST(X)
#undef X
        FT_SWEEP_STATE_COUNT
};
const char *ft_sweep_state_name(enum ft_sweep_state s);

/* ---- the sweep ---- */

struct ft_sweep_run {
    char *path;        /* its folder */
    size_t seed, fold; /* 0: of the options, none */
    enum ft_sweep_state state;
    uint64_t steps, total; /* updates done, of the whole run; 0: not begun */
    double value;          /* of the metric; NaN: none yet */
    char *error;           /* FAILED: one line */
    bool again;            /* the reason may have gone (memory, disk): tried again on resume */
};
struct ft_sweep_member {
    char *name;
    char **values;             /* (space.n), then the size where there are sizes */
    struct ft_sweep_run *runs; /* (s->repeats) */
    enum ft_sweep_state state;
    size_t rung;     /* that its runs train to, or have reached; the last: to their end */
    double mean, sd; /* of the values of its runs; NaN: none; sd NaN: of one */
    size_t n;        /* of those values */
    uint64_t steps;  /* updates of all its runs */
    bool promoted; /* trains to its end, whatever halving decides; stays when the rest is deleted */
    bool deleted;  /* its runs are gone; its numbers stay: see sweep_change.h */
};
struct ft_sweep {
    char *dir;
    struct ft_sweep_spec spec;
    struct ft_options o; /* given to all */
    char *metric;
    bool lower; /* less of it is better */
    enum ft_sweep_state state;
    struct ft_sweep_member *members; /* in the order of their creation */
    size_t n, cap, repeats;
    size_t rung;                        /* of halving: now */
    struct ft_sweep_cost cost;          /* estimated by ft_sweep_new; else 0 */
    int lock;                           /* -1: not driven by this process */
    size_t at_member, at_run;           /* of the step that was given last */
    double deleted_s;                   /* seconds that the runs of deleted members have trained */
    bool stopping;                      /* somebody asked for it */
    struct ft_baseline_cache *baseline; /* shared by the runs */
};

/* Makes the folder and sweep.json. Errors: FT_USAGE (ft_sweep_spec_check, the options), FT_EXISTS (the
 * folder has a sweep or a run), FT_BUSY, those of the disk. On an error *s is empty. */
enum ft_status ft_sweep_new(struct ft_sweep *s, const struct ft_sweep_spec *spec,
                            const struct ft_options *o, const char *dir, struct ft_err *err);
/* Goes on with one; budget_s above 0: its new budget from now on. A budget that was used up is over:
 * without a new one the sweep goes on to its end. Runs that failed for want of memory or disk are tried
 * again. FT_BUSY: another process drives it. FT_FORMAT: sweep.json is damaged. */
enum ft_status ft_sweep_open(struct ft_sweep *s, const char *dir, double budget_s,
                             struct ft_err *err);
/* Only looks; the state of a sweep that is not driven by any process is never RUNNING. */
enum ft_status ft_sweep_read(struct ft_sweep *s, const char *dir, struct ft_err *err);
/* Whether a folder has a sweep. */
bool ft_sweep_is(const char *dir);
/* The folder of the sweep that a run belongs to, which is one or two above its own; NULL: it belongs to
 * none. free() it. */
char *ft_sweep_of(const char *run);
void ft_sweep_release(struct ft_sweep *s);

/* The next run to train; step.run NULL: there is none, s->state says why (DONE or BUDGET). */
struct ft_sweep_step {
    struct ft_options o; /* the caller releases it (ft_sweep_step_release) */
    struct ft_session_how how;
    const char *run; /* its folder, as long as the sweep lives; NULL: the sweep has ended */
    size_t member, repeat;
    size_t number, runs; /* "3 of 27": runs that have been begun, this one included; of all */
};
/* Errors: FT_NOTFOUND: the folder was moved or removed; those of writing sweep.json. */
enum ft_status ft_sweep_next(struct ft_sweep *s, struct ft_sweep_step *step, struct ft_err *err);
void ft_sweep_step_release(struct ft_sweep_step *step);
/* The step's session has ended with `status` (and *why). Its results are read from its folder and
 * sweep.json is written. A failed run is recorded and the sweep goes on; a run that was stopped
 * before its time stops the sweep, with state BUDGET when the time is used up. Errors: as ft_sweep_next. */
enum ft_status ft_sweep_ended(struct ft_sweep *s, enum ft_status status, const struct ft_err *why,
                              struct ft_err *err);
/* Whether another process asked it to stop (ft_sweep_stop), or asked before: the session is to be stopped
 * then. For whoever drives it, a few times a second. */
bool ft_sweep_stops(struct ft_sweep *s);
/* Seconds of training that the budget leaves; INFINITY without one. */
double ft_sweep_left_s(const struct ft_sweep *s);
/* Seconds that the runs have trained so far. */
double ft_sweep_used_s(const struct ft_sweep *s);

/* ---- results ---- */

/* Members from the best to the worst into order[s->n]: done ones by mean, then those that halving has
 * stopped by rung and mean, then waiting and failed ones. */
void ft_sweep_order(const struct ft_sweep *s, size_t *order);
/* The best member with a value that has not been deleted; s->n: none yet. */
size_t ft_sweep_best(const struct ft_sweep *s);
/* "done", "done, promoted", "deleted": for people. Returns buf. */
const char *ft_sweep_member_state(const struct ft_sweep_member *m, char *buf, size_t size);
/* {"best":..,"members":[{"name","options","metric","mean","sd","n","steps","state"}]}, best first; with
 * "promoted" and "deleted" where they are true. */
void ft_sweep_json(const struct ft_sweep *s, struct ft_str *out);
/* The options of a member that are swept, as they are given to train, and its size. */
size_t ft_sweep_values_n(const struct ft_sweep *s);
enum ft_opt ft_sweep_value_option(const struct ft_sweep *s, size_t i);

#endif
