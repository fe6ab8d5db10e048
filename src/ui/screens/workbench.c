/* The state that the screens share: see workbench.h. Settings and their undo are in
 * workbench_set.c; here are the session, the run shown, and the app's hooks. */
#include "ui/screens/workbench.h"

#include "engine/model/models.h"
#include "ui/widgets/plot.h"
#include "ui/screens/workbench_in.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void changed(struct ft_workbench *w)
{
    w->version++;
    ft_app_redraw(w->app);
}

/* Columns named for another file are guessed again when this one has no such columns. */
static void find_columns(struct ft_workbench *w, struct ft_options *o)
{
    if (!ft_dataset_check_columns(o, NULL)) return;
    ft_options_reset(o, FT_OPT_text_column);
    ft_options_reset(o, FT_OPT_text_pair_column);
    ft_options_reset(o, FT_OPT_label_column);
    ft_app_say(w->app, FT_SAY_NOTE, "%s has other columns: guessed again; m changes them",
               ft_path_base(ft_options_text(o, FT_OPT_data)));
}

/* How a file is read is its own: what was set for the one before is not. */
static const enum ft_opt forms[] = {FT_OPT_header, FT_OPT_delimiter, FT_OPT_quote, FT_OPT_encoding};
enum { FORMS = sizeof forms / sizeof *forms };

/* Takes "header=false encoding=latin-1" off the end of `line` and sets them. */
static enum ft_status take_forms(char *line, struct ft_options *o, struct ft_err *err)
{
    for (int i = 0; i < FORMS; i++)
        ft_options_reset(o, forms[i]);
    for (char *word; !ft_path_exists(line) && (word = strrchr(line, ' '));) {
        const char *value = strchr(word, '=');
        int id = -1;
        for (int i = 0; i < FORMS && value; i++) {
            const char *name = ft_option_at(forms[i])->name;
            if (strlen(name) == (size_t)(value - word - 1) &&
                !strncmp(word + 1, name, strlen(name)))
                id = (int)forms[i];
        }
        if (id < 0) break;
        enum ft_status st = ft_options_set_id(o, (enum ft_opt)id, value + 1, true, err);
        if (st) return st;
        while (word > line && *word == ' ')
            *word-- = 0;
    }
    return FT_OK;
}

static bool open_file(struct ft_workbench *w, const char *path, const struct ft_options *wanted)
{
    struct ft_err err = {0};
    char *real = ft_dataset_real_path(path);
    if (!real) {
        ft_app_say(w->app, FT_SAY_ERROR, "%s: there is no such file; check the path", path);
        return false;
    }
    ft_app_unsay(w->app);
    ft_workbench_keep_edits(w); /* of the data before */
    ft_state_recent(ft_app_state(w->app), real);
    free(real);
    ft_workbench_forget_failed(w);
    struct ft_options o;
    ft_options_copy(&o, wanted);
    ft_options_reset(&o, FT_OPT_edits);
    if (ft_options_set_id(&o, FT_OPT_data, path, true, &err)) {
        ft_app_say_err(w->app, &err);
    } else {
        find_columns(w, &o);
        ft_workbench_add_edits(w, &o);
        ft_workbench_replace(w, &o);
    }
    ft_options_release(&o);
    return true;
}

bool ft_workbench_open(struct ft_workbench *w, const char *text)
{
    struct ft_err err = {0};
    struct ft_options o;
    char *path = ft_xstrdup(text);
    ft_options_copy(&o, &w->o);
    bool opened = false;
    if (take_forms(path, &o, &err))
        ft_app_say_err(w->app, &err);
    else
        opened = open_file(w, path, &o);
    ft_options_release(&o);
    free(path);
    return opened;
}

bool ft_workbench_use_model(struct ft_workbench *w, const char *name)
{
    struct ft_err err = {0};
    if (!ft_models_find(name, &err) && !ft_workbench_set(w, FT_OPT_model, name, &err)) return true;
    ft_app_say_err(w->app, &err);
    return false;
}

/* --- the run shown --- */

static bool read_eval(struct ft_workbench *w)
{
    if (!w->series.evals_n) return false;
    uint64_t step = w->series.evals[w->series.evals_n - 1].step;
    if (w->eval_tried == step) return false;
    char *path = ft_xprintf("%s/evals/%llu.json", w->run, (unsigned long long)step);
    bool there = ft_path_is_file(path); /* the line comes before the file */
    if (there) {
        w->eval_tried = step;
        struct ft_err err = {0};
        ft_scores_file_release(&w->eval);
        if (ft_scores_read(&w->eval, path, &err)) ft_app_say_err(w->app, &err);
    }
    free(path);
    return there;
}

static void forget_run(struct ft_workbench *w)
{
    ft_run_series_release(&w->series);
    ft_scores_file_release(&w->eval);
    w->eval_tried = UINT64_MAX;
}

void ft_workbench_run_name(char *buf, size_t size, const char *dir)
{
    int n = (int)strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    snprintf(buf, size, "%.*s", n, dir);
}

void ft_workbench_show_own(struct ft_workbench *w, const char *dir, bool own)
{
    forget_run(w);
    ft_workbench_run_name(w->run, sizeof w->run, dir ? dir : "");
    w->run_is_own = own;
    if (*w->run) {
        ft_run_series_follow(&w->series, w->run);
        read_eval(w);
    }
    ft_evaluation_load(w->evaluation, w->run);
    ft_workbench_edits_base(w);
    changed(w);
}

void ft_workbench_show(struct ft_workbench *w, const char *dir)
{
    ft_workbench_show_own(w, dir,
                          dir && *dir && w->has_snap && ft_path_same(dir, w->snap.output_dir));
}

/* --- the session --- */

bool ft_workbench_running(const struct ft_workbench *w)
{
    return w->session != NULL;
}

static void say_end(struct ft_workbench *w)
{
    char took[16], best[64] = "", of[64] = "";
    const struct ft_snapshot *s = &w->snap;
    ft_format_time(took, sizeof took, s->elapsed_s);
    if (s->best_step)
        snprintf(best, sizeof best, ", best %.4f at step %llu", s->best_metric,
                 (unsigned long long)s->best_step);
    if (!w->run_is_own) /* another run is shown */
        snprintf(of, sizeof of, "%.40s: ", ft_path_base(s->output_dir));
    if (s->state == FT_SESSION_FAILED)
        ft_app_say_err(w->app, &w->failed);
    else if (s->state == FT_SESSION_STOPPED)
        ft_app_say(w->app, FT_SAY_OK, "%sstopped at step %llu; %s continues", of,
                   (unsigned long long)s->step, *of ? "R on 7" : "C");
    else
        ft_app_say(w->app, FT_SAY_OK, "%sdone in %s%s; model saved.  Next: %s", of, took, best,
                   *of ? "7 opens it" : "evaluate (5)");
    ft_app_bell(w->app);
}

static void join(struct ft_workbench *w)
{
    w->failed = (struct ft_err){0};
    struct ft_err err = {0};
    ft_prediction_queue_session(w->asker, NULL);
    enum ft_status st = ft_session_join(w->session, NULL, &err);
    w->session = NULL;
    if (st) w->failed = err;
    if (!st && w->run_is_own) ft_evaluation_load(w->evaluation, w->run);
    ft_workbench_edits_base(w);
    say_end(w);
    if (w->quit_after) ft_app_quit(w->app);
}

static bool has_run(const char *dir)
{
    char *json = ft_path_join(dir, "run.json");
    bool there = ft_path_exists(json);
    free(json);
    return there;
}

bool ft_workbench_show_found(struct ft_workbench *w, const char *dir)
{
    bool there = has_run(dir);
    if (there)
        ft_workbench_show(w, dir);
    else
        ft_app_say(w->app, FT_SAY_ERROR,
                   "%s: there is no run here (no run.json); 7 lists those that are", dir);
    return there;
}

/* The run shown is not one that is gone. */
static void forget_deleted(struct ft_workbench *w)
{
    if (*w->run && !has_run(w->run)) ft_workbench_show(w, NULL);
}

/* What came of a change of a run, whoever asked for it. */
static bool take_change(struct ft_workbench *w)
{
    struct ft_run_changed c;
    char size[32];
    if (!ft_run_list_changed(w->runs, &c)) return false;
    const char *name = ft_path_base(c.path);
    if (c.status == FT_CANCELLED) {
        ft_app_say(w->app, FT_SAY_NOTE, "given up; nothing was left behind");
    } else if (c.status) {
        ft_app_say_err(w->app, &c.err);
    } else if (c.what == FT_RUN_CHANGE_DELETE) {
        forget_deleted(w);
        ft_app_say(w->app, FT_SAY_OK, "%s is deleted%s", name,
                   c.left ? "; other files in the folder stay" : "");
    } else if (c.what == FT_RUN_CHANGE_TRIM) {
        ft_app_say(w->app, FT_SAY_OK, "%zu checkpoint%s of %s deleted, %s free", c.trim.n,
                   c.trim.n == 1 ? "" : "s", name,
                   ft_format_bytes(size, sizeof size, (double)c.trim.bytes));
    } else {
        ft_app_say(w->app, FT_SAY_OK, "%s written: %zu files, %s", c.to, c.done.files,
                   ft_format_bytes(size, sizeof size, (double)c.done.bytes));
    }
    ft_run_changed_release(&c);
    return true;
}

bool ft_workbench_follow(struct ft_workbench *w)
{
    bool any = ft_dataset_follow(w->data);
    struct ft_answer answer;
    w->train_examples = ft_dataset_facts(w->data)->part_n[0];
    if (ft_prediction_queue_take(w->asker, &answer)) {
        ft_answer_release(&w->answer);
        w->answer = answer;
        w->answered = answer.id;
        any = true;
    }
    if (w->session) {
        struct ft_snapshot snap;
        bool finished = ft_session_finished(w->session); /* before the look: the last state shows */
        ft_session_look(w->session, &snap);
        any = memcmp(&snap, &w->snap, sizeof snap) != 0;
        w->snap = snap;
        w->has_snap = true;
        if (finished) {
            join(w);
            any = true;
        }
    }
    any = ft_evaluation_follow(w->evaluation) || any;
    any = ft_model_list_follow(w->models) || any;
    any = ft_model_list_follow(w->chosen) || any;
    any = ft_workbench_follow_speed(w) || any;
    any = ft_run_list_follow(w->runs) || any;
    any = ft_workbench_follow_stopped(w) || any;
    any = take_change(w) || any;
    if (*w->run) {
        bool series = ft_run_series_follow(&w->series, w->run);
        bool eval = read_eval(w);
        any = any || series || eval;
    }
    if (any) changed(w);
    return any;
}

bool ft_workbench_export(struct ft_workbench *w, const char *model, const char *to)
{
    if (ft_path_exists(to)) { /* said while it can be typed again */
        ft_app_say(w->app, FT_SAY_ERROR, "%s: is there already; take another name", to);
        return false;
    }
    bool begun = ft_run_list_change(w->runs, FT_RUN_CHANGE_EXPORT, model, to);
    if (!begun) ft_app_say(w->app, FT_SAY_WARN, "another run is being changed: wait for it");
    return begun;
}

static bool answer_stop(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    bool save = ft_key_is(k, 'w');
    if (!save && !ft_key_is(k, 'd')) return false;
    if (w->session) {
        ft_session_stop(w->session, !save);
        ft_app_say(w->app, FT_SAY_NOTE, "stopping after this step");
    }
    return true;
}

void ft_workbench_ask_stop(struct ft_workbench *w)
{
    if (w->session)
        ft_app_ask(w->app, "w save and stop   d discard since the last checkpoint   Esc go on",
                   "w save and stop  d discard  Esc go on", answer_stop, w);
}

/* --- the app's hooks --- */

static bool answer_quit(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (!answer_stop(arg, k)) return false;
    w->quit_after = true;
    if (!w->session) ft_app_quit(w->app);
    return true;
}

static void quit_after_edits(struct ft_workbench *w)
{
    if (w->session)
        ft_app_ask(w->app, "a run is on: w save and quit   d discard and quit   Esc stay",
                   "w save and quit  d discard and quit  Esc stay", answer_quit, w);
    else
        ft_app_quit(w->app);
}

static bool on_quit(void *arg)
{
    struct ft_workbench *w = arg;
    ft_workbench_remember(w);
    if (!ft_workbench_ask_edits(w, quit_after_edits)) quit_after_edits(w);
    return false;
}

/* The program is told to end: what was learned is saved. */
static void on_terminate(void *arg, int number)
{
    struct ft_workbench *w = arg;
    if (number) ft_workbench_remember(w);
    if (number) ft_workbench_keep_edits(w);
    if (!w->session) return;
    ft_session_stop(w->session, false);
    ft_prediction_queue_session(w->asker, NULL);
    ft_session_join(w->session, NULL, &w->failed);
    w->session = NULL;
}

/* The option that `*text` begins with, the rest is its value; FT_OPT_COUNT with an error. */
static enum ft_opt named_option(const char **text, struct ft_err *err)
{
    char name[64];
    if (!ft_command_arg(text, name, sizeof name)) name[0] = 0;
    int id = ft_option_find(name);
    if (id >= 0) return (enum ft_opt)id;
    const char *near = ft_option_nearest(name);
    ft_fail(err, FT_USAGE, "no option '%s'%s%s%s", name, near ? "; did you mean " : "",
            near ? near : "", near ? "?" : "");
    return FT_OPT_COUNT;
}

static void set_word(struct ft_workbench *w, const char *text)
{
    struct ft_err err = {0};
    enum ft_opt id = named_option(&text, &err);
    if (id == FT_OPT_COUNT || ft_workbench_set_legal(w, id, text, &err))
        ft_app_say_err(w->app, &err);
    else
        ft_app_say(w->app, FT_SAY_OK, "%s is %s", ft_option_at(id)->name,
                   ft_options_text(&w->o, id));
}

/* What is wrong with a command that is being typed. */
static void on_check(void *arg, enum ft_action a, const char *text, char *why, size_t size)
{
    const struct ft_workbench *w = arg;
    struct ft_err err = {0};
    bool value = a == FT_ACT_SET && text[strcspn(text, " \t")]; /* the option is whole */
    enum ft_opt id = value ? named_option(&text, &err) : FT_OPT_COUNT;
    if (id != FT_OPT_COUNT && *text) ft_workbench_legal(w, id, text, &err);
    if (err.code) snprintf(why, size, "%.*s", (int)size - 1, err.msg);
}

static bool on_act(void *arg, enum ft_action a, const char *text)
{
    struct ft_workbench *w = arg;
    switch (a) {
    case FT_ACT_TRAIN:
        ft_workbench_train(w);
        return true;
    case FT_ACT_SET:
        if (!text || !*text) return false;
        set_word(w, text);
        return true;
    case FT_ACT_OPEN:
        if (!text || !*text) return false;
        ft_workbench_open(w, text);
        return true;
    case FT_ACT_MODEL:
        if (!text || !*text) return false;
        ft_workbench_use_model(w, text);
        return true;
    case FT_ACT_EXPORT:
        if (!text || !*text) return false;
        if (*w->run)
            ft_workbench_export(w, w->run, text);
        else
            ft_app_say(w->app, FT_SAY_NOTE, "no run to export: T trains, 7 opens one");
        return true;
    case FT_ACT_RUN:
        if (!text || !*text) return false;
        if (ft_workbench_show_found(w, text)) ft_app_screen_of(w->app, FT_SCOPE_TRAIN);
        return true;
    case FT_ACT_PREDICT: { /* from any screen: Predict does it */
        ft_app_screen_of(w->app, FT_SCOPE_PREDICT);
        const struct ft_view *v = ft_app_view(w->app, ft_app_screen_now(w->app));
        return v && v->scope == FT_SCOPE_PREDICT && ft_app_act(w->app, a, text);
    }
    case FT_ACT_UNDO:
        if (!ft_workbench_undo(w)) ft_app_say(w->app, FT_SAY_NOTE, "nothing to undo");
        return true;
    case FT_ACT_REDO:
        if (!ft_workbench_redo(w)) ft_app_say(w->app, FT_SAY_NOTE, "nothing to do again");
        return true;
    default:
        return false;
    }
}

/* States of a session by name, "ended", "step N" and "evaluation" (one was made). */
static int on_reached(void *arg, const char *state)
{
    struct ft_workbench *w = arg;
    long long step;
    bool on = w->session != NULL;
    ft_workbench_follow(w);
    if (!strcmp(state, "data")) { /* read, checked and counted */
        struct ft_job_view view;
        if (ft_dataset_busy(w->data, &view)) return 0;
        return ft_dataset_facts(w->data)->open || ft_dataset_failed(w->data)->code ? 1 : -1;
    }
    if (!strcmp(state, "models")) { /* listed, and the one looked at read */
        struct ft_job_view view;
        return ft_model_list_whole(w->models) && !ft_model_list_busy(w->models, &view);
    }
    if (!strcmp(state, "runs")) /* listed, those looked at read, what was begun with one done */
        return ft_run_list_whole(w->runs) && ft_run_list_idle(w->runs);
    if (!strcmp(state, "exported")) return ft_run_list_idle(w->runs);
    if (!strcmp(state, "evaluated")) { /* its examples are there, or why they are not */
        struct ft_job_view view;
        if (on || ft_evaluation_busy(w->evaluation, &view)) return 0;
        return ft_evaluation_facts(w->evaluation)->there ||
                       ft_evaluation_failed(w->evaluation)->code
                   ? 1
                   : -1;
    }
    if (!strcmp(state, "speed")) { /* measured, or why not */
        if (ft_speed_busy(w->speed, NULL)) return 0;
        return ft_speed_last(w->speed) || ft_speed_failed(w->speed)->code ? 1 : -1;
    }
    if (!strcmp(state, "plan")) { /* all that the plan comes from is read */
        struct ft_job_view view;
        ft_workbench_look(w);
        return !ft_dataset_busy(w->data, &view) && !ft_model_list_busy(w->chosen, &view);
    }
    if (!strcmp(state, "answer")) { /* the last question was answered */
        if (ft_prediction_queue_busy(w->asker, NULL)) return 0;
        return w->answered ? 1 : -1;
    }
    if (!strcmp(state, "beside"))
        return w->beside ? !ft_prediction_queue_busy(w->beside, NULL) : -1;
    if (!strcmp(state, "predicted")) return !w->predicting; /* the file is written, or why not */
    if (!strcmp(state, "offered")) return !w->stopped;      /* a stopped run, if there is one */
    if (!strcmp(state, "ended")) return w->has_snap ? !w->session : -1;
    if (!strncmp(state, "step ", 5) && ft_parse_i64(state + 5, &step) && step >= 0) {
        if (w->snap.step >= (uint64_t)step) return 1;
        return on ? 0 : -1;
    }
    if (!strcmp(state, "evaluation")) return w->eval.scores.examples ? 1 : on ? 0 : -1;
    for (int i = 0; i <= FT_SESSION_FAILED; i++) {
        if (strcmp(state, ft_session_state_name((enum ft_session_state)i))) continue;
        if (w->has_snap && w->snap.state == (enum ft_session_state)i &&
            (w->session == NULL) == (i >= FT_SESSION_STOPPED && i != FT_SESSION_PAUSED))
            return 1;
        return on ? 0 : -1;
    }
    return -1;
}

static void on_status(void *arg, char *buf, size_t size)
{
    struct ft_workbench *w = arg;
    const struct ft_snapshot *s = &w->snap;
    char eta[24] = "", time[16];
    buf[0] = 0;
    if (!w->session) {
        snprintf(buf, size, "no run");
        return;
    }
    if (s->eta_s >= 0) snprintf(eta, sizeof eta, "   ETA %s", ft_format_time(time, 16, s->eta_s));
    snprintf(buf, size, "%s   %s   %.1fk tok/s%s", ft_path_base(s->output_dir),
             ft_session_state_name(s->state), s->tokens_per_s / 1000, eta);
}

static void on_brief(void *arg, char *buf, size_t size)
{
    struct ft_workbench *w = arg;
    char loss[32];
    buf[0] = 0;
    if (w->session && w->snap.step)
        snprintf(buf, size, "loss %s", ft_format_short(loss, sizeof loss, w->snap.loss, 3));
}

static void on_wake(void *arg)
{
    ft_workbench_follow(arg);
}

/* Values for `:set`: names of options, and choices or steps of one. */
static void on_complete(void *arg, const char *kind, const char *before, const char *prefix,
                        struct ft_matches *out)
{
    const struct ft_workbench *w = arg;
    if (!strcmp(kind, "OPTION"))
        for (int i = 0; i < FT_OPT_COUNT; i++)
            ft_matches_add_note(out, ft_option_at((enum ft_opt)i)->name,
                                ft_option_at((enum ft_opt)i)->help);
    if (!strcmp(kind, "LABEL"))
        for (size_t i = 0; i < ft_dataset_labels(w->data); i++)
            ft_matches_add(out, ft_dataset_label(w->data, i, NULL));
    if (!strcmp(kind, "RUN") && !ft_run_list_whole(w->runs)) ft_run_list_read(w->runs, ".", "");
    if (!strcmp(kind, "RUN"))
        for (size_t i = 0; i < ft_run_list_count(w->runs); i++)
            ft_matches_add(out, ft_run_list_item(w->runs, i)->run.path);
    int id = strcmp(kind, "VALUE") ? -1 : ft_option_find(before);
    if (id < 0) return;
    const struct ft_option *row = ft_option_at((enum ft_opt)id);
    const char *values = row->choices ? row->choices : row->steps;
    if (row->type == FT_OPT_TYPE_BOOL) values = "true|false";
    if (row->type == FT_OPT_TYPE_PATH) {
        struct ft_folder folder = {0};
        ft_complete_path(&folder, prefix, false, out, NULL);
        ft_folder_release(&folder);
    }
    if (!values) return;
    char *copy = ft_xstrdup(values), *rest = copy;
    for (char *word; (word = strsep(&rest, "| "));)
        if (*word) ft_matches_add(out, word);
    free(copy);
}

struct ft_workbench *ft_workbench_new(struct ft_app *app)
{
    struct ft_workbench *w = ft_xcalloc(1, sizeof *w);
    w->app = app;
    w->eval_tried = UINT64_MAX;
    w->series.train_runtime_s = -1;
    ft_options_init(&w->o);
    ft_wake_open(&w->wake);
    w->data = ft_dataset_new(&w->wake);
    w->asker = ft_prediction_queue_new(&w->wake);
    w->models = ft_model_list_new(&w->wake);
    w->chosen = ft_model_list_new(&w->wake);
    w->speed = ft_speed_new(&w->wake);
    w->runs = ft_run_list_new(&w->wake);
    w->evaluation = ft_evaluation_new(&w->wake);
    ft_app_watch(app, &w->wake);
    ft_app_hooks(app, &(struct ft_hooks){.arg = w,
                                         .act = on_act,
                                         .quit = on_quit,
                                         .terminate = on_terminate,
                                         .reached = on_reached,
                                         .status = on_status,
                                         .brief = on_brief,
                                         .wake = on_wake,
                                         .complete = on_complete,
                                         .check = on_check});
    return w;
}

void ft_workbench_free(struct ft_workbench *w)
{
    if (!w) return;
    on_terminate(w, 0);
    ft_dataset_free(w->data);
    ft_prediction_queue_free(w->asker);
    ft_prediction_queue_free(w->beside);
    ft_model_list_free(w->models);
    ft_model_list_free(w->chosen);
    ft_speed_free(w->speed);
    ft_run_list_free(w->runs);
    if (w->stopped) ft_run_list_free(w->stopped);
    ft_evaluation_free(w->evaluation);
    ft_answer_release(&w->answer);
    ft_run_series_release(&w->series);
    ft_scores_file_release(&w->eval);
    ft_workbench_settings_release(w);
    ft_wake_close(&w->wake);
    free(w);
}
