/* What the workbench does for the app (struct ft_hooks): actions that no screen took, quitting,
 * completion, and the texts at the right end of row 1. */
#include "ui/screens/workbench_in.h"

#include "engine/model/known_models.h"
#include "ui/widgets/plot.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the end --- */

static bool answer_quit(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (ft_key_is(k, 'l')) {
        ft_workbench_leave(w);
        return true;
    }
    if (!ft_workbench_answer_stop(arg, k)) return false;
    w->quit_after = true;
    if (!w->session) ft_app_quit(w->app);
    return true;
}

static void quit_after_edits(struct ft_workbench *w)
{
    if (w->session)
        ft_app_ask(
            w->app, "a run is active: l leave it running  w save and quit  d discard  Esc stay",
            "l leave it running  w save and quit  d discard and quit  Esc stay", answer_quit, w);
    else
        ft_app_quit(w->app);
}

static void quit_after_pull(struct ft_workbench *w)
{
    if (!ft_workbench_ask_edits(w, quit_after_edits)) quit_after_edits(w);
}

static bool on_quit(void *arg)
{
    struct ft_workbench *w = arg;
    ft_workbench_remember(w);
    if (ft_workbench_leave_quit(w)) return false;
    if (!ft_workbench_ask_pull(w, quit_after_pull)) quit_after_pull(w);
    return false;
}

/* The program is told to end: what was learned is saved. */
static void on_terminate(void *arg, int number)
{
    struct ft_workbench *w = arg;
    (void)number;
    ft_workbench_remember(w);
    ft_workbench_keep_edits(w);
    ft_workbench_end_session(w);
}

/* --- actions --- */

/* The option that `*text` begins with ("NAME VALUE", "NAME=VALUE", "--NAME VALUE"), the rest is its
 * value; FT_OPT_COUNT with an error. */
static enum ft_opt named_option(const char **text, struct ft_err *err)
{
    char name[64];
    const char *from = *text + strspn(*text, " \t");
    if (!strncmp(from, "--", 2)) from += 2;
    size_t n = strcspn(from, " \t=");
    snprintf(name, sizeof name, "%.*s", (int)(n < sizeof name ? n : sizeof name - 1), from);
    from += n + strspn(from + n, " \t");
    from += *from == '=';
    *text = from + strspn(from, " \t");
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
    bool value = a == FT_ACT_SET && text[strcspn(text, " \t=")]; /* the option is whole */
    enum ft_opt id = value ? named_option(&text, &err) : FT_OPT_COUNT;
    if (id != FT_OPT_COUNT && *text) ft_workbench_legal(w, id, text, &err);
    if (a == FT_ACT_TUNE_SWEEP) ft_workbench_sweep_check(w, text, &err);
    if (err.code) ft_error_text(&err, why, size);
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
        if (!ft_workbench_redo(w)) ft_app_say(w->app, FT_SAY_NOTE, "nothing to redo");
        return true;
    default:
        return false;
    }
}

/* --- the rest --- */

static int on_reached(void *arg, const char *state)
{
    return ft_workbench_reached(arg, state);
}

static void on_status(void *arg, char *buf, size_t size)
{
    struct ft_workbench *w = arg;
    const struct ft_snapshot *s = &w->snap;
    char eta[24] = "", time[16];
    buf[0] = 0;
    char pull[64] = "";
    int percent = ft_workbench_pull_percent(w);
    if (percent >= 0)
        snprintf(pull, sizeof pull, "   %.40s %d%%", ft_path_base(w->pull.view.id), percent);
    if (!w->session) {
        snprintf(buf, size, "no run%s", pull);
        return;
    }
    if (s->eta_s >= 0) snprintf(eta, sizeof eta, "   ETA %s", ft_format_time(time, 16, s->eta_s));
    snprintf(buf, size, "%s   %s   %.1fk tok/s%s%s", ft_path_base(s->output_dir),
             ft_session_state_name(s->state), s->tokens_per_s / 1000, eta, pull);
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
    if (!strcmp(kind, "ID"))
        for (size_t i = 0; i < ft_known_models_count(); i++)
            ft_matches_add_note(out, ft_known_model_at(i)->id, ft_known_model_at(i)->use);
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

void ft_workbench_hook(struct ft_workbench *w)
{
    ft_app_hooks(w->app, &(struct ft_hooks){.arg = w,
                                            .act = on_act,
                                            .quit = on_quit,
                                            .terminate = on_terminate,
                                            .reached = on_reached,
                                            .status = on_status,
                                            .brief = on_brief,
                                            .wake = on_wake,
                                            .complete = on_complete,
                                            .check = on_check});
}
