/* A sweep, step by step: see sweep.h. Members: sweep_members.c; halving: sweep_rungs.c; results:
 * sweep_results.c; sweep.json: sweep_file.c. What a run has reached is always read from its own folder,
 * so that a sweep that was killed between two of its files loses nothing. */
#include "engine/runs/sweep_in.h"

#include "engine/runs/sweep_data.h"
#include "engine/task/baseline_cache.h"
#include "engine/task/score_report.h"
#include "engine/task/task_facts.h"
#include "engine/train/run_control.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_file(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name);
    bool is = ft_path_exists(path);
    free(path);
    return is;
}

bool ft_sweep_is(const char *dir)
{
    return has_file(dir, "sweep.json");
}

char *ft_sweep_of(const char *run)
{
    char *above = ft_path_dir(run), *top = ft_path_dir(above), *found = NULL;
    if (ft_sweep_is(above))
        found = ft_xstrdup(above);
    else if (ft_sweep_is(top))
        found = ft_xstrdup(top);
    free(above);
    free(top);
    return found;
}

void ft_sweep_release(struct ft_sweep *s)
{
    for (size_t i = 0; i < s->n; i++)
        sweep_member_release(s, &s->members[i]);
    free(s->members);
    ft_sweep_spec_release(&s->spec);
    ft_options_release(&s->o);
    if (s->lock >= 0) ft_run_control_clear(s->dir);
    if (s->baseline) ft_baseline_cache_release(s->baseline);
    free(s->baseline);
    free(s->metric);
    free(s->dir);
    ft_lock_release(&s->lock);
    *s = (struct ft_sweep){.lock = -1};
}

static void begin(struct ft_sweep *s, const char *dir)
{
    size_t n = strlen(dir);
    *s = (struct ft_sweep){.lock = -1};
    while (n > 1 && dir[n - 1] == '/')
        n--;
    s->dir = ft_xstrndup(dir, n);
    ft_sweep_spec_init(&s->spec);
    ft_options_init(&s->o);
}

static enum ft_status lock(struct ft_sweep *s, struct ft_err *err)
{
    char *path = ft_path_join(s->dir, ".lock");
    enum ft_status st = ft_lock_take(&s->lock, path, err);
    free(path);
    return st;
}

/* ---- a new one ---- */

/* What it will take, for people; and whether it is not too much. */
static enum ft_status estimate(struct ft_sweep *s, const struct ft_sweep_data *data,
                               struct ft_err *err)
{
    ft_sweep_cost_make(&s->cost, &s->spec, &s->o, data, 0);
    if (s->cost.runs <= FT_SWEEP_RUNS_MAX) return FT_OK;
    struct ft_str text = {0};
    ft_sweep_cost_text(&s->cost, &text);
    enum ft_status st = ft_fail(
        err, FT_USAGE, "%s: more than %d runs; use fewer values, or --strategy random --trials N",
        ft_str_text(&text), FT_SWEEP_RUNS_MAX);
    ft_str_release(&text);
    return st;
}

/* What the runs have where the options do not say: one checkpoint, besides the best. */
static enum ft_status settle(struct ft_sweep *s, struct ft_err *err)
{
    bool swept = false;
    for (size_t i = 0; i < s->spec.space.n; i++)
        swept = swept || s->spec.space.params[i].option == FT_OPT_save_total_limit;
    if (swept || ft_options_given(&s->o, FT_OPT_save_total_limit)) return FT_OK;
    return ft_options_set_id(&s->o, FT_OPT_save_total_limit, "1", true, err);
}

static void take_metric(struct ft_sweep *s, enum ft_task task)
{
    struct ft_options o;
    ft_options_copy(&o, &s->o);
    ft_task_settle(&o, task);
    const char *metric = ft_options_text(&o, FT_OPT_metric_for_best_model);
    s->metric = ft_xstrdup(strncmp(metric, "eval_", 5) ? metric : metric + 5);
    s->lower = ft_metric_is_lower(s->metric);
    ft_options_release(&o);
}

static enum ft_status take_folder(struct ft_sweep *s, struct ft_err *err)
{
    if (has_file(s->dir, "run.json"))
        return ft_fail(err, FT_EXISTS, "%s: already contains a run; choose another output_dir",
                       s->dir);
    enum ft_status st = ft_mkdirs(s->dir, err);
    if (!st) st = lock(s, err);
    if (!st && ft_sweep_is(s->dir))
        st = ft_fail(err, FT_EXISTS, "%s: already contains a sweep; --resume %s continues it",
                     s->dir, s->dir);
    return st;
}

enum ft_status ft_sweep_new(struct ft_sweep *s, const struct ft_sweep_spec *spec,
                            const struct ft_options *o, const char *dir, struct ft_err *err)
{
    struct ft_sweep_data data;
    begin(s, dir);
    ft_options_release(&s->o);
    ft_options_copy(&s->o, o);
    ft_options_reset(&s->o, FT_OPT_output_dir);
    ft_sweep_spec_copy(&s->spec, spec);
    s->repeats = (spec->seeds ? spec->seeds : 1) * (spec->folds ? spec->folds : 1);
    s->state = FT_SWEEP_RUNNING;
    enum ft_status st = ft_sweep_spec_check(spec, o, err);
    if (!st) st = settle(s, err);
    if (!st) st = ft_sweep_data_look(&data, spec, o, err);
    if (!st && spec->strategy == FT_SWEEP_HALVING && !data.validation)
        st = ft_fail(err, FT_USAGE,
                     "strategy halving compares members by their validation split, and there is "
                     "none: use --validation F, --split or --folds");
    if (!st) st = estimate(s, &data, err);
    if (!st) {
        take_metric(s, data.task);
        st = take_folder(s, err);
    }
    if (!st) {
        sweep_members_create(s);
        st = sweep_file_write(s, err);
    }
    if (st) ft_sweep_release(s);
    return st;
}

/* ---- one that is there ---- */

enum ft_status ft_sweep_read(struct ft_sweep *s, const char *dir, struct ft_err *err)
{
    begin(s, dir);
    enum ft_status st = sweep_file_read(s, err);
    char *path = ft_path_join(s->dir, ".lock");
    if (!st && s->state == FT_SWEEP_RUNNING && !ft_lock_holder(path)) s->state = FT_SWEEP_STOPPED;
    free(path);
    if (st) ft_sweep_release(s);
    return st;
}

enum ft_status sweep_take(struct ft_sweep *s, const char *dir, struct ft_err *err)
{
    begin(s, dir);
    if (!ft_sweep_is(s->dir))
        return ft_fail(err, FT_NOTFOUND, "%s: no sweep here (no sweep.json)", s->dir);
    enum ft_status st = lock(s, err);
    return st ? st : sweep_file_read(s, err);
}

/* Failed runs that may succeed now. */
static void try_again(struct ft_sweep *s)
{
    for (size_t i = 0; i < s->n; i++) {
        struct ft_sweep_member *m = &s->members[i];
        for (size_t k = 0; k < s->repeats; k++) {
            struct ft_sweep_run *r = &m->runs[k];
            bool out = m->deleted || (m->rung != s->rung && !m->promoted);
            if (r->state != FT_SWEEP_FAILED || !r->again || out) continue;
            r->state = FT_SWEEP_WAITING;
            free(r->error);
            r->error = NULL;
            r->again = false;
            if (s->state == FT_SWEEP_DONE) s->state = FT_SWEEP_STOPPED;
        }
        sweep_member_sum(s, m);
    }
}

enum ft_status ft_sweep_open(struct ft_sweep *s, const char *dir, double budget_s,
                             struct ft_err *err)
{
    enum ft_status st = sweep_take(s, dir, err);
    if (!st) {
        ft_run_control_clear(s->dir); /* what was meant for a process before */
        bool over = s->state == FT_SWEEP_BUDGET || ft_sweep_left_s(s) <= 0;
        try_again(s);
        if (over) s->spec.budget_s = 0;
        if (budget_s > 0) s->spec.budget_s = ft_sweep_used_s(s) + budget_s;
        if (s->state != FT_SWEEP_DONE) s->state = FT_SWEEP_RUNNING;
        st = sweep_file_write(s, err);
    }
    if (st) ft_sweep_release(s);
    return st;
}

double ft_sweep_left_s(const struct ft_sweep *s)
{
    return s->spec.budget_s > 0 ? s->spec.budget_s - ft_sweep_used_s(s) : (double)INFINITY;
}

/* Nothing is written where another sweep may be by now. */
static enum ft_status check_here(const struct ft_sweep *s, struct ft_err *err)
{
    char *path = ft_path_join(s->dir, ".lock");
    bool stands = ft_lock_stands(s->lock, path);
    free(path);
    if (stands) return FT_OK;
    return ft_fail(
        err, FT_NOTFOUND,
        "%s: the sweep's folder was moved or removed while it was trained; stopped (put it "
        "back, then --resume)",
        s->dir);
}

bool ft_sweep_stops(struct ft_sweep *s)
{
    struct ft_run_request r;
    while (!s->stopping && ft_run_control_take(s->dir, &r))
        s->stopping = r.kind == FT_RUN_REQUEST_STOP || r.kind == FT_RUN_REQUEST_DISCARD;
    return s->stopping;
}

/* ---- steps ---- */

static bool waits(const struct ft_sweep_run *r)
{
    return r->state == FT_SWEEP_WAITING || r->state == FT_SWEEP_RUNNING;
}

/* The next run that has something to train; those that have done it already are only read. */
static struct ft_sweep_run *find(struct ft_sweep *s, struct ft_session_how *how)
{
    for (size_t i = 0; i < s->n; i++) {
        struct ft_sweep_member *m = &s->members[i];
        for (size_t k = 0; k < s->repeats && !m->deleted; k++) {
            struct ft_sweep_run *r = &m->runs[k];
            if (!waits(r)) continue;
            *how = (struct ft_session_how){0};
            sweep_rung_until(s, m, how);
            s->at_member = i;
            s->at_run = k;
            if (!sweep_run_look(s, r, how)) return r;
            sweep_member_sum(s, m);
        }
    }
    return NULL;
}

static size_t begun(const struct ft_sweep *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->repeats; k++)
            n += s->members[i].runs[k].state != FT_SWEEP_WAITING || s->members[i].runs[k].steps;
    return n;
}

static enum ft_status give(struct ft_sweep *s, struct ft_sweep_step *step, struct ft_sweep_run *r,
                           struct ft_err *err)
{
    enum ft_status st = sweep_member_options(s, s->at_member, s->at_run, &step->o, err);
    if (!s->baseline) s->baseline = ft_xcalloc(1, sizeof *s->baseline);
    step->how.baseline = s->baseline;
    step->run = r->path;
    step->member = s->at_member;
    step->repeat = s->at_run;
    r->state = FT_SWEEP_RUNNING;
    sweep_member_sum(s, &s->members[s->at_member]);
    step->number = begun(s);
    step->runs = sweep_members_planned(s) * s->repeats;
    if (has_file(r->path, "run.json")) {
        struct ft_options asked; /* the run keeps its own */
        ft_options_init(&asked);
        ft_options_release(&step->o);
        step->o = asked;
        step->how.resume = r->path;
    }
    return st ? st : sweep_file_write(s, err);
}

enum ft_status ft_sweep_next(struct ft_sweep *s, struct ft_sweep_step *step, struct ft_err *err)
{
    struct ft_sweep_run *r = NULL;
    *step = (struct ft_sweep_step){0};
    ft_options_init(&step->o);
    enum ft_status st = check_here(s, err);
    if (st) return st;
    if (ft_sweep_stops(s)) s->state = FT_SWEEP_STOPPED;
    while (s->state == FT_SWEEP_RUNNING && !(r = find(s, &step->how)))
        if (!sweep_members_create(s) &&
            !(s->spec.strategy == FT_SWEEP_HALVING && sweep_rung_cut(s)))
            s->state = FT_SWEEP_DONE;
    if (r && ft_sweep_left_s(s) <= 0) {
        s->state = FT_SWEEP_BUDGET;
        r = NULL;
    }
    if (!r) return sweep_file_write(s, err);
    ft_options_release(&step->o);
    return give(s, step, r, err);
}

void ft_sweep_step_release(struct ft_sweep_step *step)
{
    ft_options_release(&step->o);
}

/* What is tried again when the sweep is resumed. */
static bool may_go(enum ft_status status)
{
    return status == FT_NOMEM || status == FT_IO || status == FT_BUSY;
}

enum ft_status ft_sweep_ended(struct ft_sweep *s, enum ft_status status, const struct ft_err *why,
                              struct ft_err *err)
{
    struct ft_sweep_member *m = &s->members[s->at_member];
    struct ft_sweep_run *r = &m->runs[s->at_run];
    struct ft_session_how how = {0};
    sweep_rung_until(s, m, &how);
    enum ft_status here = check_here(s, err);
    if (here) return here;
    bool reached = sweep_run_look(s, r, &how);
    if (status) {
        r->state = FT_SWEEP_FAILED;
        r->value = (double)NAN;
        free(r->error);
        r->error = ft_xstrdup(why && why->msg[0] ? why->msg : ft_status_name(status));
        r->again = may_go(status);
    } else if (!reached) {
        s->state = ft_sweep_left_s(s) <= 0 ? FT_SWEEP_BUDGET : FT_SWEEP_STOPPED;
    }
    sweep_member_sum(s, m);
    return sweep_file_write(s, err);
}
