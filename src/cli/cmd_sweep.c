/* `fettle sweep`: drives a sweep in this process, run after run. */
#include "cli/args.h"
#include "cli/log_lines.h"
#include "cli/report.h"
#include "cli/stop.h"
#include "cli/training.h"
#include "engine/runs/sweep.h"
#include "engine/runs/sweep_change.h"
#include "engine/runs/sweep_table.h"
#include "engine/train/notify.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/str.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum ft_status take_count(const struct ft_args *a, const char *name, long long most,
                                 long long *out, struct ft_err *err)
{
    const char *text = ft_args_flag(a, name);
    if (!text) return FT_OK;
    if (ft_parse_i64(text, out) && *out >= 1 && *out <= most) return FT_OK;
    return ft_fail(err, FT_USAGE, "sweep: %s: `%s`: expected a whole number from 1 to %lld", name,
                   text, most);
}

static enum ft_status take_strategy(const struct ft_args *a, struct ft_sweep_spec *spec,
                                    struct ft_err *err)
{
    const char *strategy = ft_args_flag(a, "strategy"), *eta = ft_args_flag(a, "eta");
    int found = strategy ? ft_sweep_strategy_parse(strategy) : FT_SWEEP_GRID;
    if (found < 0)
        return ft_fail(err, FT_USAGE,
                       "sweep: strategy: `%s`: expected one of grid, random, halving, tpe",
                       strategy);
    spec->strategy = (enum ft_sweep_strategy)found;
    if (eta && spec->strategy != FT_SWEEP_HALVING)
        return ft_fail(err, FT_USAGE, "sweep: eta: only strategy halving has rungs");
    if (eta && !ft_parse_double(eta, &spec->eta))
        return ft_fail(err, FT_USAGE, "sweep: eta: `%s` is not a number", eta);
    return FT_OK;
}

/* What was typed. */
static enum ft_status take_spec(const struct ft_args *a, struct ft_sweep_spec *spec,
                                struct ft_err *err)
{
    long long trials = 0, steps = 0, seeds = 0, folds = 0;
    const char *sizes = ft_args_flag(a, "sizes"), *budget = ft_args_flag(a, "budget");
    enum ft_status st = FT_OK;
    for (size_t i = 0; i < a->each_n && !st; i++)
        st = ft_sweep_space_add(&spec->space, a->each[i], err);
    if (!st) st = take_strategy(a, spec, err);
    if (!st) st = take_count(a, "trials", FT_SWEEP_RUNS_MAX, &trials, err);
    if (!st) st = take_count(a, "min_steps", 1LL << 50, &steps, err);
    if (!st) st = take_count(a, "seeds", FT_SWEEP_SEEDS_MAX, &seeds, err);
    if (!st) st = take_count(a, "folds", FT_SWEEP_FOLDS_MAX, &folds, err);
    if (!st && sizes) st = ft_sweep_spec_sizes(spec, sizes, err);
    if (!st && budget) st = ft_sweep_spec_budget(spec, budget, err);
    spec->trials = (size_t)trials;
    spec->min_steps = (uint64_t)steps;
    spec->seeds = (size_t)seeds;
    spec->folds = (size_t)folds;
    return st;
}

static enum ft_status resume(const struct ft_args *a, struct ft_sweep *s, struct ft_err *err)
{
    static const char *const fixed[] = {"over",  "strategy", "trials", "eta",
                                        "seeds", "folds",    "sizes",  "min_steps"};
    struct ft_sweep_spec spec;
    ft_sweep_spec_init(&spec);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (ft_args_flag(a, fixed[i]))
            return ft_fail(err, FT_USAGE, "sweep: %s cannot be changed on resume", fixed[i]);
    for (int i = 0; i < FT_OPT_COUNT; i++)
        if (ft_options_given(&a->o, (enum ft_opt)i) && i != FT_OPT_notify)
            return ft_fail(err, FT_USAGE, "sweep: %s cannot be changed on resume",
                           ft_option_at((enum ft_opt)i)->name);
    const char *budget = ft_args_flag(a, "budget");
    enum ft_status st = budget ? ft_sweep_spec_budget(&spec, budget, err) : FT_OK;
    return st ? st : ft_sweep_open(s, ft_args_flag(a, "resume"), spec.budget_s, err);
}

static void say_cost(const struct ft_sweep_cost *c)
{
    struct ft_str text = {0};
    ft_sweep_cost_text(c, &text);
    ft_command_say("%s", ft_str_text(&text));
    ft_str_release(&text);
    if (c->bytes > 0 && c->free_bytes >= 0 && c->bytes > (double)c->free_bytes)
        ft_command_say(
            "warning: the disk is too small for all of it; runs that do not fit will fail");
}

static enum ft_status start(const struct ft_args *a, struct ft_sweep *s, struct ft_err *err)
{
    struct ft_sweep_spec spec;
    const char *dir = ft_args_option(a, FT_OPT_output_dir);
    if (!dir) return ft_fail(err, FT_USAGE, "sweep: --output_dir is required");
    ft_sweep_spec_init(&spec);
    enum ft_status st = take_spec(a, &spec, err);
    struct ft_options members; /* --notify is for the sweep as a whole */
    ft_options_copy(&members, &a->o);
    ft_options_reset(&members, FT_OPT_notify);
    if (!st) st = ft_sweep_new(s, &spec, &members, dir, err);
    ft_options_release(&members);
    if (!st) say_cost(&s->cost);
    ft_sweep_spec_release(&spec);
    return st;
}

static void say_step(const struct ft_sweep *s, const struct ft_sweep_step *step)
{
    const struct ft_sweep_member *m = &s->members[step->member];
    ft_command_say("run %zu of %zu: %s%s", step->number, step->runs,
                   m->runs[step->repeat].path + strlen(s->dir) + 1,
                   step->how.resume ? ", resumed" : "");
}

static void say_ended(const struct ft_sweep *s, const struct ft_sweep_step *step)
{
    const struct ft_sweep_member *m = &s->members[step->member];
    const struct ft_sweep_run *r = &m->runs[step->repeat];
    if (r->state == FT_SWEEP_FAILED)
        ft_command_say("failed: %s: %s", m->name, r->error);
    else if (isfinite(r->value))
        ft_command_say("%s: %s %.4f after %llu steps", m->name, s->metric, r->value,
                       (unsigned long long)r->steps);
}

/* Trains until there is nothing left to train, or until it is stopped. */
static enum ft_status drive(struct ft_sweep *s, struct ft_err *err)
{
    struct ft_sweep_step step;
    enum ft_status st = FT_OK;
    while (!st && !ft_stop_signal()) {
        st = ft_sweep_next(s, &step, err);
        bool has_run = !st && step.run;
        if (has_run) {
            struct ft_snapshot snap = {0};
            struct ft_scores scores = {0};
            struct ft_err why = {0};
            say_step(s, &step);
            enum ft_status end = ft_training(&step.o, &step.how, s, &snap, &scores, &why);
            ft_scores_release(&scores);
            st = ft_sweep_ended(s, end, &why, err);
            if (!st) say_ended(s, &step);
        }
        ft_sweep_step_release(&step);
        if (!has_run || s->state != FT_SWEEP_RUNNING) break;
    }
    return st;
}

static int finish(const struct ft_args *a, struct ft_sweep *s)
{
    struct ft_str out = {0};
    size_t failed = 0, succeeded = 0;
    for (size_t i = 0; i < s->n; i++) {
        failed += s->members[i].state == FT_SWEEP_FAILED && !s->members[i].deleted;
        succeeded += s->members[i].n > 0;
    }
    if (ft_args_flag(a, "json")) {
        ft_sweep_json(s, &out);
        ft_str_addc(&out, '\n');
    } else {
        ft_sweep_table(s, &out);
    }
    ft_command_print(a, &out);
    ft_str_release(&out);
    if (failed)
        ft_command_say("%zu of %zu member%s failed; the others are not affected", failed, s->n,
                       ft_plural(s->n));
    if (ft_stop_signal()) {
        ft_command_say("stopped; resume with: fettle sweep --resume %s", s->dir);
        return 128 + ft_stop_signal();
    }
    if (s->state == FT_SWEEP_STOPPED)
        ft_command_say("stopped by a request; resume with: fettle sweep --resume %s", s->dir);
    else if (s->state == FT_SWEEP_BUDGET)
        ft_command_say("budget used up; continue with: fettle sweep --resume %s", s->dir);
    else
        ft_command_say("done: %s", s->dir);
    if (s->state == FT_SWEEP_DONE && !succeeded) return 1;
    return ft_command_done();
}

/* Runs the command of --notify; a sweep that was stopped by a signal is no news. */
static void notify(const struct ft_args *a, const struct ft_sweep *s, enum ft_status st,
                   const char *why)
{
    char text[160];
    size_t failed = 0;
    if (!st && ft_stop_signal()) return;
    for (size_t i = 0; i < s->n; i++)
        failed += s->members[i].state == FT_SWEEP_FAILED;
    snprintf(text, sizeof text, "%zu of %zu members done%s", s->n - failed, s->n,
             s->state == FT_SWEEP_BUDGET ? ", budget used up" : "");
    bool bad = st || (s->n && failed == s->n);
    ft_notify(ft_options_text(&a->o, FT_OPT_notify), bad ? FT_NOTIFY_FAILED : FT_NOTIFY_DONE,
              s->dir, st ? why : text);
    ft_notify_wait(3);
}

/* --stop D and --promote D/MEMBER, which train nothing. */
static int change(const struct ft_args *a, const char *stop, const char *promote)
{
    struct ft_err err = {0};
    bool unfinished = false;
    if (stop && promote) return ft_command_usage(a, "use --stop or --promote, not both");
    if (stop) {
        if (ft_sweep_stop(stop, &err)) return ft_command_fail(a, &err);
        ft_command_say("%s: asked to stop after this step; resume with: fettle sweep --resume %s",
                       stop, stop);
        return ft_command_done();
    }
    char *path = ft_xstrdup(promote), *dir = ft_path_dir(promote);
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = 0; /* as a shell completes it */
    const char *name = ft_path_base(path);
    enum ft_status st = ft_sweep_promote(dir, name, true, &unfinished, &err);
    if (!st)
        ft_command_say(unfinished ? "%s is promoted; fettle sweep --resume %s trains it to its end"
                                  : "%s is promoted: fettle delete %s --rest keeps it",
                       name, dir);
    free(path);
    free(dir);
    return st ? ft_command_fail(a, &err) : ft_command_done();
}

int ft_cmd_sweep(const struct ft_args *a)
{
    struct ft_sweep s = {.lock = -1};
    struct ft_err err = {0};
    const char *stop = ft_args_flag(a, "stop"), *promote = ft_args_flag(a, "promote");
    if (stop || promote) return change(a, stop, promote);
    ft_log_lines_once(true); /* the runs say the same of the same data */
    enum ft_status st = ft_args_flag(a, "resume") ? resume(a, &s, &err) : start(a, &s, &err);
    if (st) return ft_command_fail(a, &err);
    ft_stop_watch(NULL);
    st = drive(&s, &err);
    ft_log_lines_once(false);
    int rc = st ? ft_command_fail(a, &err) : finish(a, &s);
    notify(a, &s, st, err.msg);
    ft_stop_unwatch();
    ft_sweep_release(&s);
    return rc;
}
