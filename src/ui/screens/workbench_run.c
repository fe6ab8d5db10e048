/* Starting runs: anew, resumed, from a checkpoint; and the next one as a command. See workbench.h.
 */
#include "ui/screens/workbench_in.h"

#include "engine/model/models.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum ft_status ft_workbench_begin_session(struct ft_workbench *w, const struct ft_options *o,
                                          const struct ft_session_how *how, bool show,
                                          struct ft_err *err)
{
    struct ft_session *s = ft_session_start(o, how, &w->wake, err);
    if (!s) return err->code;
    ft_speed_cancel(w->speed); /* it would take turns with the run */
    w->session = s;
    free(w->notify);
    w->notify = ft_xstrdup(ft_options_text(o, FT_OPT_notify));
    ft_prediction_queue_session(w->asker, s);
    w->failed = (struct ft_err){0};
    ft_session_look(s, &w->snap);
    w->has_snap = true;
    if (show) ft_workbench_show_own(w, w->snap.output_dir, true);
    return FT_OK;
}

static bool start(struct ft_workbench *w, const struct ft_options *o,
                  const struct ft_session_how *how)
{
    if (!w->session && !w->remote.on) return ft_workbench_start_now(w, o, how->resume, how->fork);
    ft_workbench_offer_queue(w, o, how);
    return false;
}

bool ft_workbench_start_now(struct ft_workbench *w, const struct ft_options *o, const char *resume,
                            const char *fork)
{
    struct ft_err err = {0};
    enum ft_status st = ft_workbench_begin_session(
        w, o, &(struct ft_session_how){.resume = resume, .fork = fork}, true, &err);
    if (st == FT_EXISTS) /* names keys, not flags */
        ft_app_say(w->app, FT_SAY_ERROR,
                   "%.19s already has a run; choose another: :set output_dir NAME",
                   ft_path_base(ft_options_text(o, FT_OPT_output_dir)));
    else if (st)
        ft_app_say_err(w->app, &err);
    if (st) return false;
    ft_app_unsay(w->app);
    ft_app_screen_of(w->app, FT_SCOPE_TRAIN);
    return true;
}

static bool is_taken(const char *dir)
{
    return ft_path_exists(dir) || ft_workbench_is_queued(dir);
}

/* "runs/reviews-minilm-l6", with a number when that is taken. */
static char *free_folder(const struct ft_options *o)
{
    const char *data = ft_path_base(ft_options_text(o, FT_OPT_data));
    const char *model = ft_path_base(ft_options_text(o, FT_OPT_model));
    int n = (int)strcspn(data, ".");
    char *dir = ft_xprintf("runs/%.*s-%s", n, data, model);
    for (int i = 2; is_taken(dir) && i < 10000; i++) {
        free(dir);
        dir = ft_xprintf("runs/%.*s-%s-%d", n, data, model, i);
    }
    return dir;
}

bool ft_workbench_begin_fork(struct ft_workbench *w, const char *dir, uint64_t step)
{
    struct ft_run run;
    struct ft_err err = {0};
    enum ft_status st = ft_run_read(&run, dir, &err);
    if (!st && run.state == FT_RUN_UNREADABLE) st = ft_fail(&err, FT_FORMAT, "%s", run.why);
    if (st) {
        ft_app_say_err(w->app, &err);
    } else {
        ft_options_reset(&run.options, FT_OPT_output_dir); /* a folder of its own */
        ft_workbench_replace_forking(w, &run.options, dir, step);
    }
    if (st != FT_NOTFOUND) ft_run_release(&run);
    return !st;
}

void ft_workbench_end_fork(struct ft_workbench *w)
{
    w->fork_run[0] = 0;
    ft_app_redraw(w->app);
}

/* What T would start. */
struct next_run {
    struct ft_options o;
    char *fork; /* FOLDER@STEP; NULL: it starts anew */
};

static void next_release(struct next_run *r)
{
    ft_options_release(&r->o);
    free(r->fork);
}

/* "D-fork1", with a number that is not taken; of a member of a sweep beside the sweep, as "SWEEP-NAME-fork1". */
static char *free_fork(const char *dir)
{
    char *to = NULL, *sweep = ft_sweep_of(dir), *base = NULL;
    if (sweep && *ft_path_base(sweep) != '.') { /* it has a name here */
        base = ft_xprintf("%s-%s", sweep, dir + strlen(sweep) + 1);
        for (char *c = base + strlen(sweep); *c; c++)
            if (*c == '/') *c = '-';
    }
    for (int i = 1; !to || (is_taken(to) && i < 10000); i++) {
        free(to);
        to = ft_xprintf("%s-fork%d", base ? base : dir, i);
    }
    free(sweep);
    free(base);
    return to;
}

static void add_folder(struct ft_options *o, const char *fork_of)
{
    const char *dir = ft_options_text(o, FT_OPT_output_dir);
    bool own = ft_options_given(o, FT_OPT_output_dir) && *dir;
    if (own && !(fork_of && !strcmp(dir, fork_of))) return;
    char *to = fork_of ? free_fork(fork_of) : free_folder(o);
    ft_options_set_id(o, FT_OPT_output_dir, to, true, NULL);
    free(to);
}

/* Only what differs from the run's options is given, so that what was changed while it ran stays.
 */
static bool next_fork(struct ft_workbench *w, const struct ft_options *want, struct next_run *r)
{
    struct ft_run run;
    struct ft_err err = {0};
    if (ft_run_read(&run, w->fork_run, &err)) {
        ft_app_say_err(w->app, &err);
        return false;
    }
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        enum ft_opt id = (enum ft_opt)i;
        const char *text = ft_options_text(want, id);
        bool out = id == FT_OPT_output_dir && !ft_options_given(want, id);
        if (!out && !ft_options_same(&w->o, &run.options, id))
            ft_options_set_id(&r->o, id, text, true, NULL);
    }
    r->fork = ft_xprintf("%s@%llu", w->fork_run, (unsigned long long)w->fork_step);
    ft_run_release(&run);
    return true;
}

/* Its folder and its label edits are named. false: it can't be, and it says why. */
static bool next_run(struct ft_workbench *w, struct next_run *r)
{
    struct ft_options want;
    struct ft_job_view view;
    *r = (struct next_run){0};
    ft_options_init(&r->o);
    ft_options_copy(&want, &w->o);
    /* edits that are still being read stay named as they are */
    bool reading = !ft_dataset_edits(w->data) && ft_dataset_busy(w->data, &view);
    bool ok = reading || ft_workbench_take_edits(w, &want);
    if (ok && *w->fork_run) {
        ok = next_fork(w, &want, r);
        ft_options_release(&want);
    } else {
        ft_options_release(&r->o);
        r->o = want;
    }
    if (ok) add_folder(&r->o, r->fork ? w->fork_run : NULL);
    if (!ok) next_release(r);
    return ok;
}

/* The options of T for many runs in one folder, "DIR-kind" where none is set. */
static bool options_of(struct ft_workbench *w, const char *kind, bool named, struct ft_options *o)
{
    struct next_run r;
    if (*w->fork_run) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s %s starts from the model, not from a checkpoint",
                   *kind == 'a' ? "an" : "a", kind);
        return false;
    }
    bool own = named && ft_options_given(&w->o, FT_OPT_output_dir);
    if (!next_run(w, &r)) return false;
    *o = r.o;
    if (own) return true;
    char *dir = NULL;
    for (int i = 1; !dir || (is_taken(dir) && i < 10000); i++) {
        free(dir);
        dir = i > 1 ? ft_xprintf("%s-%s-%d", ft_options_text(o, FT_OPT_output_dir), kind, i)
                    : ft_xprintf("%s-%s", ft_options_text(o, FT_OPT_output_dir), kind);
    }
    ft_options_set_id(o, FT_OPT_output_dir, dir, true, NULL);
    free(dir);
    return true;
}

bool ft_workbench_sweep_options(struct ft_workbench *w, struct ft_options *o)
{
    return options_of(w, "sweep", true, o);
}

bool ft_workbench_audit_options(struct ft_workbench *w, struct ft_options *o)
{
    return options_of(w, "audit", false, o);
}

bool ft_workbench_train(struct ft_workbench *w)
{
    char why[200];
    if (!w->session && ft_workbench_missing(w, why, sizeof why)) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s", why);
        return false;
    }
    if (ft_workbench_sweep_ask(w)) return true;
    return ft_workbench_train_one(w);
}

bool ft_workbench_train_one(struct ft_workbench *w)
{
    struct next_run r;
    if (!next_run(w, &r)) return false;
    bool ok = start(w, &r.o, &(struct ft_session_how){.fork = r.fork});
    if (ok && r.fork) ft_workbench_end_fork(w);
    next_release(&r);
    return ok;
}

bool ft_workbench_command(struct ft_workbench *w, bool all, struct ft_str *out)
{
    char why[200];
    struct next_run r;
    if (ft_workbench_sweeps(w) && !all) {
        struct ft_options o;
        if (!ft_workbench_sweep_options(w, &o)) return false;
        char *dir = ft_xstrdup(ft_options_text(&o, FT_OPT_output_dir));
        for (size_t i = 0; i < w->sweep.spec.space.n; i++) /* the marks stand for their values */
            ft_options_reset(&o, w->sweep.spec.space.params[i].option);
        ft_options_reset(&o, FT_OPT_output_dir);
        ft_sweep_spec_command(&w->sweep.spec, &o, dir, out);
        ft_options_release(&o);
        free(dir);
    } else {
        if (!next_run(w, &r)) return false;
        ft_options_command(&r.o, r.fork, all && !r.fork, out);
        next_release(&r);
    }
    if (ft_workbench_missing(w, why, sizeof why))
        ft_app_say(w->app, FT_SAY_WARN, "the run cannot start: %s", why);
    return true;
}

bool ft_workbench_resume(struct ft_workbench *w, const char *dir, const struct ft_options *more)
{
    struct ft_options o; /* a run does not keep its --notify: the form's is for it, too */
    if (more)
        ft_options_copy(&o, more);
    else
        ft_options_init(&o);
    const char *notify = ft_options_text(&w->o, FT_OPT_notify);
    if (*notify) ft_options_set_id(&o, FT_OPT_notify, notify, true, NULL);
    bool ok = start(w, &o, &(struct ft_session_how){.resume = dir});
    ft_options_release(&o);
    return ok;
}

bool ft_workbench_fork(struct ft_workbench *w, const char *dir, uint64_t step,
                       const struct ft_options *changed)
{
    char *from = ft_xprintf("%s@%llu", dir, (unsigned long long)step);
    struct ft_options o;
    ft_options_copy(&o, changed);
    add_folder(&o, dir);
    bool ok = start(w, &o, &(struct ft_session_how){.fork = from});
    ft_options_release(&o);
    free(from);
    return ok;
}

/* --- at the start --- */

/* A value of the run that names what is gone is not taken; the names that are go to `gone`. */
static bool take_value(struct ft_workbench *w, const struct ft_options *run, enum ft_opt id,
                       struct ft_str *gone)
{
    const char *text = ft_options_text(run, id);
    bool path = ft_option_at(id)->type == FT_OPT_TYPE_PATH && *text;
    bool there =
        !path || (id == FT_OPT_model ? !ft_models_find(text, NULL) : ft_dataset_there(text));
    if (there && ft_options_given(run, id)) ft_options_set_id(&w->o, id, text, true, NULL);
    if (!there)
        ft_str_addf(gone, "%sits %s %s", gone->len ? ", " : "", ft_option_at(id)->name, text);
    return there;
}

/* What a file of its own is read by: not for another one. */
static bool is_of_data(enum ft_opt id)
{
    return id == FT_OPT_text_column || id == FT_OPT_text_pair_column || id == FT_OPT_label_column ||
           id == FT_OPT_edits || id == FT_OPT_validation || id == FT_OPT_test;
}

bool ft_workbench_show_with_data(struct ft_workbench *w, const char *dir)
{
    struct ft_options run;
    struct ft_err err = {0};
    struct ft_str gone = {0};
    bool own_data = ft_options_given(&w->o, FT_OPT_data);
    if (!ft_workbench_show_found(w, dir)) return false;
    ft_options_init(&run);
    if (ft_options_of_run(dir, &run, &err)) {
        ft_app_say_err(w->app, &err);
    } else {
        if (!own_data) own_data = !take_value(w, &run, FT_OPT_data, &gone);
        for (int i = 0; i < FT_OPT_COUNT; i++) {
            enum ft_opt id = (enum ft_opt)i;
            bool skip = id == FT_OPT_output_dir || id == FT_OPT_data ||
                        ft_options_given(&w->o, id) || (own_data && is_of_data(id));
            if (!skip) take_value(w, &run, id, &gone);
        }
    }
    if (gone.len)
        ft_app_say(w->app, FT_SAY_WARN, "%s: no longer exists: %s", ft_path_base(w->run),
                   ft_str_text(&gone));
    ft_str_release(&gone);
    ft_options_release(&run);
    return true;
}

void ft_workbench_look_for_stopped(struct ft_workbench *w)
{
    if (w->stopped) return;
    w->stopped = ft_run_list_new(&w->wake);
    ft_run_list_read(w->stopped, ".", "");
}

bool ft_workbench_follow_stopped(struct ft_workbench *w)
{
    const struct ft_run *last = NULL, *on = NULL;
    const struct ft_run_item *of = NULL; /* last's */
    char step[32], steps[32], progress[160];
    if (!w->stopped) return false;
    ft_run_list_follow(w->stopped);
    if (!ft_run_list_whole(w->stopped)) return false;
    for (size_t i = 0; i < ft_run_list_count(w->stopped); i++) {
        const struct ft_run *r = &ft_run_list_item(w->stopped, i)->run;
        if (r->state == FT_RUN_RUNNING && (!on || strcmp(r->updated, on->updated) > 0)) on = r;
        const struct ft_run_item *item = ft_run_list_item(w->stopped, i);
        bool rests = item->sweep && item->sweep_state != FT_SWEEP_STOPPED; /* at a rung, or out */
        if (r->state == FT_RUN_STOPPED && !rests &&
            (!last || strcmp(r->updated, last->updated) > 0))
            last = r, of = item;
    }
    bool show = on && !w->session && !*w->run;
    if (show) {
        ft_workbench_show(w, on->path);
        ft_app_offer(w->app, "%s trains in %s: 4 follows it", on->path,
                     ft_run_progress(on, progress, sizeof progress));
    } else if (last && of->sweep && !w->session) {
        char *dir = ft_run_item_sweep(of);
        ft_app_offer(w->app, "sweep %s stopped, %zu of %zu members done; :resume %s continues it",
                     dir, of->sweep_done, of->sweep_members, dir);
        free(dir);
    } else if (last && !w->session)
        ft_app_offer(w->app, "%s stopped at step %s of %s; :resume %s continues it", last->path,
                     ft_format_count(step, sizeof step, (long long)last->step),
                     ft_format_count(steps, sizeof steps, (long long)last->steps), last->path);
    ft_run_list_free(w->stopped);
    w->stopped = NULL;
    return last || show;
}
