/* Sweeps of the workbench: the options that are marked on screen 3, and a sweep that this program drives:
 * each member is the session of the program, as a run alone would be, so that screen 4 shows it and can
 * pause and stop it. See workbench.h. */
#include "ui/screens/workbench_in.h"

#include "engine/train/notify.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ft_workbench_sweep { /* a sweep in the making */
    struct ft_sweep_spec spec;
    struct ft_options o;
    char *dir;
    struct ft_sweep made;
    bool queued; /* something trains: the queue gets it */
};

void ft_workbench_sweep_init(struct ft_workbench *w)
{
    ft_sweep_spec_init(&w->sweep.spec);
}

static void made_release(struct ft_workbench_sweep *m)
{
    ft_sweep_spec_release(&m->spec);
    ft_options_release(&m->o);
    free(m->dir);
    free(m);
}

static void end_sweep(struct ft_workbench *w)
{
    if (!w->sweep.now) return;
    ft_sweep_release(w->sweep.now);
    free(w->sweep.now);
    w->sweep.now = NULL;
}

void ft_workbench_sweep_release(struct ft_workbench *w)
{
    struct ft_err err = {0};
    if (w->sweep.job) {
        if (!ft_job_join(w->sweep.job, &err)) ft_sweep_release(&w->sweep.made->made);
        made_release(w->sweep.made);
        w->sweep.job = NULL;
    }
    end_sweep(w);
    ft_sweep_spec_release(&w->sweep.spec);
}

/* --- what is marked --- */

bool ft_workbench_sweeps(const struct ft_workbench *w)
{
    const struct ft_sweep_spec *s = &w->sweep.spec;
    return s->space.n || s->seeds || s->folds || s->sizes_n;
}

static size_t place_of(const struct ft_workbench *w, enum ft_opt id)
{
    size_t i = 0;
    while (i < w->sweep.spec.space.n && w->sweep.spec.space.params[i].option != id)
        i++;
    return i;
}

bool ft_workbench_swept(const struct ft_workbench *w, enum ft_opt id, struct ft_str *out)
{
    size_t i = place_of(w, id);
    struct ft_str text = {0};
    if (i == w->sweep.spec.space.n) return false;
    if (!out) return true;
    ft_sweep_space_text(&w->sweep.spec.space.params[i], &text);
    ft_str_addz(out, strchr(ft_str_text(&text), '=') + 1);
    ft_str_release(&text);
    return true;
}

enum ft_status ft_workbench_sweep_over(struct ft_workbench *w, enum ft_opt id, const char *values,
                                       struct ft_err *err)
{
    struct ft_sweep_spec next;
    char *text = ft_xprintf("%s=%s", ft_option_at(id)->name, values);
    size_t at = place_of(w, id);
    ft_sweep_spec_copy(&next, &w->sweep.spec);
    enum ft_status st = FT_OK;
    if (*values)
        st = ft_sweep_space_set(&next.space, text, err);
    else
        ft_sweep_space_drop(&next.space, id);
    free(text);
    if (st) {
        ft_sweep_spec_release(&next);
        return st;
    }
    if (!*values && at == w->sweep.spec.space.n) /* it was not swept */
        ;
    else
        ft_workbench_replace_sweep(w, &next);
    ft_sweep_spec_release(&next);
    return FT_OK;
}

void ft_workbench_sweep_text(const struct ft_workbench *w, struct ft_str *out)
{
    struct ft_str flags = {0};
    ft_sweep_spec_flags(&w->sweep.spec, &flags);
    ft_str_addz(out, flags.len ? ft_str_text(&flags) + 1 : "");
    ft_str_release(&flags);
}

/* --- driving --- */

static void say_end(struct ft_workbench *w)
{
    const struct ft_sweep *s = w->sweep.now;
    size_t best = ft_sweep_best(s), failed = 0;
    char more[48] = "";
    for (size_t i = 0; i < s->n; i++)
        failed += s->members[i].state == FT_SWEEP_FAILED;
    if (failed) snprintf(more, sizeof more, "; %zu failed", failed);
    if (s->state != FT_SWEEP_DONE)
        ft_app_say(w->app, FT_SAY_OK, "sweep %s; :sweep resume %s continues it",
                   s->state == FT_SWEEP_BUDGET ? "stopped: budget used up" : "stopped", s->dir);
    else if (best < s->n)
        ft_app_say(w->app, FT_SAY_OK, "sweep done: best %.40s, %s %.4f%s; `fettle report %s`",
                   s->members[best].name, s->metric, s->members[best].mean, more, s->dir);
    else
        ft_app_say(w->app, FT_SAY_ERROR, "sweep done, no member succeeded: %.200s",
                   s->n && s->members[0].runs[0].error ? s->members[0].runs[0].error : s->dir);
    char text[96];
    snprintf(text, sizeof text, "%zu of %zu members done", s->n - failed, s->n);
    if (s->state == FT_SWEEP_DONE || s->state == FT_SWEEP_BUDGET)
        ft_notify(ft_options_text(&w->o, FT_OPT_notify),
                  best < s->n ? FT_NOTIFY_DONE : FT_NOTIFY_FAILED, s->dir, text);
    ft_workbench_tell(w, ft_path_base(s->dir), s->state == FT_SWEEP_DONE ? "is done" : "stopped");
}

/* Starts the session of the next run; members that cannot start are recorded. */
static void go_on(struct ft_workbench *w)
{
    struct ft_sweep *s = w->sweep.now;
    struct ft_err err = {0};
    enum ft_status st = FT_OK;
    while (!st && s->state == FT_SWEEP_RUNNING) {
        struct ft_sweep_step step;
        struct ft_err why = {0};
        bool show = !*w->run || w->run_is_own;
        st = ft_sweep_next(s, &step, &err);
        if (st || !step.run) {
            ft_sweep_step_release(&step);
            break;
        }
        enum ft_status begun = ft_workbench_begin_session(w, &step.o, &step.how, show, &why);
        if (!begun)
            ft_app_say(w->app, FT_SAY_NOTE, "sweep: run %zu of %zu, %.80s", step.number, step.runs,
                       s->members[step.member].name);
        ft_sweep_step_release(&step);
        if (!begun) return;
        st = ft_sweep_ended(s, begun, &why, &err);
    }
    if (st)
        ft_app_say_err(w->app, &err);
    else
        say_end(w);
    end_sweep(w);
}

bool ft_workbench_sweep_ended(struct ft_workbench *w, enum ft_status st, const struct ft_err *why)
{
    struct ft_err err = {0};
    if (!w->sweep.now) return false;
    if (ft_sweep_ended(w->sweep.now, st, why, &err)) {
        ft_app_say_err(w->app, &err);
        end_sweep(w);
    } else if (w->quit_after || w->leave.on) {
        end_sweep(w);
    } else {
        go_on(w);
    }
    return true;
}

/* --- starting --- */

static enum ft_status make(struct ft_job *job, void *arg, struct ft_err *err)
{
    struct ft_workbench_sweep *m = arg;
    (void)job;
    return ft_sweep_new(&m->made, &m->spec, &m->o, m->dir, err);
}

static void begin(struct ft_workbench *w)
{
    struct ft_options o;
    if (!ft_workbench_sweep_options(w, &o)) return;
    struct ft_workbench_sweep *m = ft_xcalloc(1, sizeof *m);
    m->dir = ft_xstrdup(ft_options_text(&o, FT_OPT_output_dir));
    m->o = o;
    ft_sweep_spec_copy(&m->spec, &w->sweep.spec);
    for (size_t i = 0; i < m->spec.space.n; i++) /* the marks stand for their values */
        ft_options_reset(&m->o, m->spec.space.params[i].option);
    ft_options_reset(&m->o, FT_OPT_notify); /* it is for the sweep, not for each member */
    m->queued = w->session != NULL;
    w->sweep.made = m;
    w->sweep.job = ft_job_start("preparing the sweep", make, m, &w->wake);
    if (!m->queued) ft_app_screen_of(w->app, FT_SCOPE_TRAIN);
}

/* What another process asks for. */
static void obey(struct ft_workbench *w)
{
    struct ft_sweep *s = w->sweep.now;
    double now_s = ft_now_s();
    if (!s || !w->session || s->stopping || now_s - w->sweep.looked_s < 0.25) return;
    w->sweep.looked_s = now_s;
    if (ft_sweep_stops(s)) ft_session_stop(w->session, false);
}

bool ft_workbench_follow_sweep(struct ft_workbench *w)
{
    struct ft_job_view view;
    struct ft_err err = {0};
    obey(w);
    if (!w->sweep.job) return false;
    ft_job_look(w->sweep.job, &view);
    if (!view.finished) return false;
    struct ft_workbench_sweep *m = w->sweep.made;
    enum ft_status st = ft_job_join(w->sweep.job, &err);
    w->sweep.job = NULL;
    w->sweep.made = NULL;
    if (st) {
        ft_app_say_err(w->app, &err);
    } else if (m->queued) {
        ft_sweep_release(&m->made);
        ft_workbench_queue_sweep(w, m->dir);
    } else {
        w->sweep.now = ft_xcalloc(1, sizeof *w->sweep.now);
        *w->sweep.now = m->made;
        go_on(w);
    }
    made_release(m);
    return true;
}

static bool answer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    bool one = ft_key_is(k, 'o');
    if (!one && !ft_key_is(k, 'y')) return false;
    if (w->sweep.job)
        ft_app_say(w->app, FT_SAY_WARN, "a sweep is being prepared");
    else if (one)
        ft_workbench_train_one(w);
    else
        begin(w);
    return true;
}

bool ft_workbench_sweep_ask(struct ft_workbench *w)
{
    const struct ft_sweep_spec *s = &w->sweep.spec;
    struct ft_options o;
    struct ft_err err = {0};
    char text[160];
    if (!ft_workbench_sweeps(w)) return false;
    ft_options_copy(&o, &w->o);
    for (size_t i = 0; i < s->space.n; i++)
        ft_options_reset(&o, s->space.params[i].option);
    enum ft_status st = ft_sweep_spec_check(s, &o, &err);
    ft_options_release(&o);
    if (st) {
        ft_app_say_err(w->app, &err);
        return true;
    }
    snprintf(text, sizeof text, "sweep of %.0f runs (%s): y %s   o only this run   Esc cancel",
             ft_sweep_spec_runs(s), ft_sweep_strategy_name(s->strategy),
             w->session ? "queue" : "start");
    ft_app_ask(w->app, text,
               w->session ? "y queue the sweep  o only this run  Esc cancel"
                          : "y start the sweep  o only this run  Esc cancel",
               answer, w);
    return true;
}

/* --- words --- */

static enum ft_status take_number(const char *name, const char *text, size_t most, size_t *out,
                                  struct ft_err *err)
{
    long long n;
    if (!ft_parse_i64(text, &n) || n < 0 || (unsigned long long)n > most)
        return ft_fail(err, FT_USAGE, "sweep %s: `%.20s`: expected 0 to %zu", name, text, most);
    *out = (size_t)n;
    return FT_OK;
}

void ft_workbench_sweep_resume(struct ft_workbench *w, const char *dir)
{
    struct ft_err err = {0};
    if (w->sweep.job) {
        ft_app_say(w->app, FT_SAY_WARN, "a sweep is being prepared");
        return;
    }
    if (w->session || w->sweep.now) {
        ft_workbench_offer_queue_sweep(w, dir);
        return;
    }
    w->sweep.now = ft_xcalloc(1, sizeof *w->sweep.now);
    if (ft_sweep_open(w->sweep.now, dir, 0, &err)) {
        free(w->sweep.now);
        w->sweep.now = NULL;
        ft_app_say_err(w->app, &err);
        return;
    }
    go_on(w);
    if (w->session) ft_app_screen_of(w->app, FT_SCOPE_TRAIN);
}

static enum ft_status take_word(struct ft_sweep_spec *s, const char *name, const char *value,
                                struct ft_err *err)
{
    size_t steps = (size_t)s->min_steps;
    enum ft_status st = FT_OK;
    if (!strcmp(name, "seeds")) return take_number(name, value, FT_SWEEP_SEEDS_MAX, &s->seeds, err);
    if (!strcmp(name, "folds")) return take_number(name, value, FT_SWEEP_FOLDS_MAX, &s->folds, err);
    if (!strcmp(name, "trials"))
        return take_number(name, value, FT_SWEEP_RUNS_MAX, &s->trials, err);
    if (!strcmp(name, "budget")) return ft_sweep_spec_budget(s, value, err);
    if (!strcmp(name, "min_steps")) {
        st = take_number(name, value, (size_t)1 << 40, &steps, err);
        s->min_steps = steps;
        return st;
    }
    if (!strcmp(name, "eta"))
        return ft_parse_double(value, &s->eta)
                   ? FT_OK
                   : ft_fail(err, FT_USAGE, "sweep eta: `%.20s` is not a number", value);
    if (!strcmp(name, "sizes")) {
        for (size_t i = 0; i < s->sizes_n; i++)
            free(s->sizes[i]);
        s->sizes_n = 0;
        return strcmp(value, "off") ? ft_sweep_spec_sizes(s, value, err) : FT_OK;
    }
    if (!strcmp(name, "strategy")) {
        int found = ft_sweep_strategy_parse(value);
        if (found >= 0) s->strategy = (enum ft_sweep_strategy)found;
        return found >= 0 ? FT_OK
                          : ft_fail(err, FT_USAGE, "sweep strategy: grid, random, halving or tpe");
    }
    return ft_fail(
        err, FT_USAGE,
        "sweep: seeds, folds, sizes, strategy, trials, eta, min_steps, budget, resume, off");
}

/* One word with its value, as on the command line: "over learning_rate=1e-5,3e-5", "--seeds 3",
 * "seeds=3", "learning_rate=1e-5..1e-4:log". */
static enum ft_status take_next(struct ft_sweep_spec *s, const char **text, const char *first,
                                struct ft_err *err)
{
    char value[FT_SWEEP_VALUE_BYTES_MAX] = "";
    const char *name = first + (strncmp(first, "--", 2) ? 0 : 2), *eq = strchr(name, '=');
    if (!eq && !ft_command_arg(text, value, sizeof value)) value[0] = 0;
    if (!strcmp(name, "over")) return ft_sweep_space_set(&s->space, value, err);
    if (!strncmp(name, "over=", 5)) return ft_sweep_space_set(&s->space, name + 5, err);
    if (!eq) return take_word(s, name, value, err);
    char *word = ft_xstrndup(name, (size_t)(eq - name));
    enum ft_status st = ft_option_find(word) >= 0 ? ft_sweep_space_set(&s->space, name, err)
                                                  : take_word(s, word, eq + 1, err);
    free(word);
    return st;
}

static enum ft_status take_words(struct ft_sweep_spec *s, const char *text, struct ft_err *err)
{
    char first[FT_SWEEP_VALUE_BYTES_MAX];
    enum ft_status st = FT_OK;
    while (!st && ft_command_arg(&text, first, sizeof first))
        st = take_next(s, &text, first, err);
    return st;
}

void ft_workbench_sweep_check(const struct ft_workbench *w, const char *text, struct ft_err *err)
{
    struct ft_sweep_spec next;
    bool whole = text[strcspn(text, " =")] && strcmp(text, "over "); /* a value is there */
    if (!whole || !strncmp(text, "resume", 6)) return;
    ft_sweep_spec_copy(&next, &w->sweep.spec);
    take_words(&next, text, err);
    ft_sweep_spec_release(&next);
}

void ft_workbench_sweep_word(struct ft_workbench *w, const char *text)
{
    struct ft_sweep_spec next;
    struct ft_err err = {0};
    char name[32], value[1024] = "";
    const char *rest = text;
    if (!ft_command_arg(&rest, name, sizeof name)) name[0] = 0;
    ft_command_arg(&rest, value, sizeof value);
    if (!strcmp(name, "off")) {
        ft_sweep_spec_init(&next);
        if (ft_workbench_sweeps(w)) ft_workbench_replace_sweep(w, &next);
        ft_app_say(w->app, FT_SAY_OK, "no sweep: T trains one run");
        return;
    }
    if (!strcmp(name, "resume")) {
        ft_workbench_sweep_resume(w, value);
        return;
    }
    ft_sweep_spec_copy(&next, &w->sweep.spec);
    enum ft_status st = take_words(&next, text, &err);
    double runs = ft_sweep_spec_runs(&next);
    if (st) {
        ft_app_say_err(w->app, &err);
    } else {
        ft_workbench_replace_sweep(w, &next);
        if (isfinite(runs))
            ft_app_say(w->app, FT_SAY_OK, "sweep: %s, %.0f run%s",
                       ft_sweep_strategy_name(next.strategy), runs, runs > 1 ? "s" : "");
        else
            ft_app_say(w->app, FT_SAY_OK, "sweep: %s; a range needs :sweep trials N",
                       ft_sweep_strategy_name(next.strategy));
    }
    ft_sweep_spec_release(&next);
}
