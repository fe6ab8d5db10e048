/* What a sweep is asked to do: the options of `fettle sweep` besides those of train.
 *
 *     struct ft_sweep_spec spec;
 *     ft_sweep_spec_init(&spec);
 *     st = ft_sweep_space_add(&spec.space, "learning_rate=1e-5,3e-5", &err);
 *     spec.seeds = 3;
 *     st = ft_sweep_spec_check(&spec, &options, &err);
 *     ft_sweep_spec_release(&spec);
 *
 * Threads: a struct belongs to one thread at a time. */
#ifndef FT_ENGINE_RUNS_SWEEP_SPEC_H
#define FT_ENGINE_RUNS_SWEEP_SPEC_H

#include "engine/runs/sweep_space.h"

#include <stdint.h>

enum {
    FT_SWEEP_RUNS_MAX = 10000,
    FT_SWEEP_SEEDS_MAX = 1000,
    FT_SWEEP_FOLDS_MAX = 100,
    FT_SWEEP_SIZES_MAX = 32,
};

/* X(ID, "word") */
#define FT_SWEEP_STRATEGY_LIST(X)                                                                  \
    X(GRID, "grid")                                                                                \
    X(RANDOM, "random")                                                                            \
    X(HALVING, "halving")                                                                          \
    X(TPE, "tpe")
enum ft_sweep_strategy {
#define X(id, word) FT_SWEEP_##id,
    FT_SWEEP_STRATEGY_LIST(X)
#undef X
        FT_SWEEP_STRATEGY_COUNT
};
const char *ft_sweep_strategy_name(enum ft_sweep_strategy s);
int ft_sweep_strategy_parse(const char *word); /* -1: none of them */

struct ft_sweep_spec {
    struct ft_sweep_space space;
    enum ft_sweep_strategy strategy;
    size_t trials; /* of random and tpe; halving: 0, or random ones; 0: not given */
    double eta;
    uint64_t min_steps; /* 0: not given */
    double budget_s;    /* of training, all runs together; 0: none */
    size_t seeds;       /* repeats with the seeds 1 to .., 0: only the option's */
    size_t folds;       /* 0: none */
    char *sizes[FT_SWEEP_SIZES_MAX];
    size_t sizes_n;
};
void ft_sweep_spec_init(struct ft_sweep_spec *spec);
void ft_sweep_spec_release(struct ft_sweep_spec *spec);
void ft_sweep_spec_copy(struct ft_sweep_spec *to, const struct ft_sweep_spec *from);
/* "10%,30%,100%". FT_USAGE for what is not a number of rows or a share of them. */
enum ft_status ft_sweep_spec_sizes(struct ft_sweep_spec *spec, const char *text,
                                   struct ft_err *err);
/* "90s", "30m", "2h", or seconds. */
enum ft_status ft_sweep_spec_budget(struct ft_sweep_spec *spec, const char *text,
                                    struct ft_err *err);
/* Whether it is complete and goes with the options: trials, folds and sizes with the strategy, options
 * that are swept twice. Also when nothing is to be swept but seeds or folds. How many runs there are is
 * checked by ft_sweep_new, which can say what they would take. */
enum ft_status ft_sweep_spec_check(const struct ft_sweep_spec *spec, const struct ft_options *o,
                                   struct ft_err *err);
/* Configurations (sizes included) and runs that it makes; more than FT_SWEEP_RUNS_MAX are not
 * allowed. INFINITY: a grid over a range, which is not allowed either. */
double ft_sweep_spec_members(const struct ft_sweep_spec *spec);
double ft_sweep_spec_runs(const struct ft_sweep_spec *spec);
/* Of halving, of so many members: how many rungs there are (where min_steps does not say where they are);
 * the share of a run's updates at rung 0, 1, ..; and how many of the members that reached a rung go
 * on. */
size_t ft_sweep_spec_rungs(const struct ft_sweep_spec *spec, size_t members);
double ft_sweep_spec_rung_share(const struct ft_sweep_spec *spec, size_t members, size_t rung);
size_t ft_sweep_spec_keep(const struct ft_sweep_spec *spec, size_t members);
/* Updates of all runs in units of a whole run's: less than the runs with halving. */
double ft_sweep_spec_share(const struct ft_sweep_spec *spec);

/* " --over learning_rate=1e-5,3e-5 --seeds 3": what was asked for, as flags for a shell, each after a
 * blank. */
void ft_sweep_spec_flags(const struct ft_sweep_spec *spec, struct ft_str *out);
/* The whole command: "fettle sweep --over .. --output_dir DIR --model .." */
void ft_sweep_spec_command(const struct ft_sweep_spec *spec, const struct ft_options *o,
                           const char *dir, struct ft_str *out);

#endif
