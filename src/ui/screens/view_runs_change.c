/* What screen 7 does to a run: go on with it, copy it out, name it, note it, delete it. What can't
 * be undone asks first and names what is lost; what may take long goes on in the background. */
#include "ui/screens/view_runs_in.h"

#include "util/fs.h"
#include "util/text_table.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say_busy(struct runs_view *t)
{
    ft_app_say(t->w->app, FT_SAY_WARN, "another run is being changed; wait until it is done");
}

/* Keeps which run a question is about: the cursor may move while it stands. */
static const struct ft_run_item *ask_about(struct runs_view *t)
{
    const struct ft_run_item *item = runs_item(t);
    if (!item) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "no run is selected");
        return NULL;
    }
    free(t->asked);
    t->asked = ft_xstrdup(item->run.path);
    t->asked_open = runs_is_open(t, item);
    return item;
}

/* Explains why an active run is not changed. */
static bool runs_now(struct runs_view *t, const struct ft_run_item *item)
{
    char process[32];
    if (item->run.state != FT_RUN_RUNNING) return false;
    if (runs_is_own(t, item))
        ft_app_say(t->w->app, FT_SAY_WARN, "%s is running here: stop it first (4 s)",
                   runs_name(t, item));
    else
        ft_app_say(t->w->app, FT_SAY_WARN, "%s is running in %s: stop it there first",
                   runs_name(t, item), ft_run_process(&item->run, process, sizeof process));
    return true;
}

static bool unreadable(struct runs_view *t, const struct ft_run_item *item)
{
    if (item->run.state != FT_RUN_UNREADABLE) return false;
    ft_app_say(t->w->app, FT_SAY_ERROR, "%s", item->run.why);
    return true;
}

/* --- deleting --- */

static bool answer(struct runs_view *t, const struct ft_key *k, enum ft_run_change what)
{
    if (ft_key_is(k, 'n')) return true;
    if (!ft_key_is(k, 'y')) return false;
    if (!ft_run_list_change(t->l, what, t->asked, NULL)) say_busy(t);
    return true;
}

static bool answer_delete(void *arg, const struct ft_key *k)
{
    return answer(arg, k, FT_RUN_CHANGE_DELETE);
}

static bool answer_trim(void *arg, const struct ft_key *k)
{
    return answer(arg, k, FT_RUN_CHANGE_TRIM);
}

/* Asks "HEAD NAME TAIL"; a name that does not fit is truncated, so that the end can be read. */
static void ask(struct runs_view *t, const char *head, const char *tail,
                bool (*answered)(void *arg, const struct ft_key *k))
{
    const char *name = runs_name(t, runs_item(t));
    int w = t->view.shown.panel[RUNS_LIST].w; /* as wide as the screen */
    int room = (w < 80 ? 80 : w) - (int)strlen(" ask: ") - ft_text_width(head, strlen(head)) -
               ft_text_width(tail, strlen(tail)) - 2; /* a "~" and the last column */
    size_t n = strlen(name), fit = ft_text_fit(name, n, room < 8 ? 8 : room);
    char *text = ft_xprintf("%s%.*s%s%s", head, (int)fit, name, fit < n ? "~" : "", tail);
    ft_app_ask(t->w->app, text, "y delete  n or Esc keep", answered, t);
    free(text);
}

static void ask_delete(struct runs_view *t)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || runs_now(t, item)) return;
    const struct ft_run_look *look = ft_run_list_look(t->l, runs_place(t));
    char size[32], *model = ft_path_join(item->run.path, "model");
    struct ft_str tail = {0};
    ft_str_addf(&tail, ", %s", ft_format_bytes(size, sizeof size, (double)item->bytes));
    if (ft_path_is_dir(model)) ft_str_addz(&tail, ", its model");
    if (look && look->saved_n)
        ft_str_addf(&tail, ", %zu checkpoint%s", look->saved_n, ft_plural(look->saved_n));
    ft_str_addz(&tail, ", cannot be undone: y");
    ask(t, "delete ", ft_str_text(&tail), answer_delete);
    ft_str_release(&tail);
    free(model);
}

static void ask_trim(struct runs_view *t)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || runs_now(t, item) || unreadable(t, item)) return;
    const struct ft_run_look *look = ft_run_list_look(t->l, runs_place(t));
    char size[32], step[32], head[64], tail[120], keeps[64] = "";
    if (!look || !look->may_trim) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   "its checkpoints are still being read; try again in a moment");
        return;
    }
    if (!look->trim.n) {
        ft_app_say(t->w->app, FT_SAY_NOTE, "nothing to trim: %s",
                   look->trim.kept_n ? "all its checkpoints are needed" : "it has no checkpoint");
        return;
    }
    if (look->trim.kept_n)
        snprintf(keeps, sizeof keeps, " (%s is kept)",
                 ft_format_count(step, sizeof step, (long long)look->trim.kept[0]));
    snprintf(head, sizeof head, "delete %zu checkpoint%s of ", look->trim.n,
             ft_plural(look->trim.n));
    snprintf(tail, sizeof tail, "%s, %s, cannot be undone: y", keeps,
             ft_format_bytes(size, sizeof size, (double)look->trim.bytes));
    ask(t, head, tail, answer_trim);
}

/* --- going on --- */

/* The option that limits a run: max_steps if it was given, else the epochs. */
static enum ft_opt length_option(const struct ft_run *r)
{
    return ft_options_int(&r->options, FT_OPT_max_steps) > 0 ? FT_OPT_max_steps
                                                             : FT_OPT_num_train_epochs;
}

static bool take_longer(void *arg, const char *text)
{
    struct runs_view *t = arg;
    struct ft_run run;
    struct ft_err err = {0};
    if (ft_run_read(&run, t->asked, &err)) {
        ft_app_say_err(t->w->app, &err);
        return true;
    }
    struct ft_options more;
    ft_options_init(&more);
    enum ft_opt id = length_option(&run);
    enum ft_status st = ft_options_set_id(&more, id, text, true, &err);
    if (!st && ft_options_num(&more, id) <= ft_options_num(&run.options, id))
        st = ft_fail(&err, FT_USAGE, "expected more than %s", ft_options_text(&run.options, id));
    if (st)
        ft_app_say_err(t->w->app, &err);
    else
        ft_workbench_resume(t->w, t->asked, &more);
    ft_options_release(&more);
    ft_run_release(&run);
    return !st;
}

static void resume(struct runs_view *t)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || runs_now(t, item) || unreadable(t, item)) return;
    const struct ft_run *r = &item->run;
    if (r->state != FT_RUN_DONE) {
        ft_workbench_resume(t->w, t->asked, NULL);
        return;
    }
    enum ft_opt id = length_option(r);
    char label[160], more[32];
    double now = ft_options_num(&r->options, id);
    snprintf(label, sizeof label, "%.80s is done; continue training to %s", runs_name(t, item),
             ft_option_at(id)->name);
    snprintf(more, sizeof more, "%g", id == FT_OPT_max_steps ? 2 * now : now + 1);
    ft_app_prompt(t->w->app, label, more, "", take_longer, t);
}

static bool take_fork(void *arg, const char *text)
{
    struct runs_view *t = arg;
    struct ft_options none;
    long long step;
    if (!ft_parse_i64(text, &step) || step < 0) {
        ft_app_say(t->w->app, FT_SAY_ERROR, "step '%s' not found", text);
        return false;
    }
    ft_options_init(&none);
    bool ok = ft_workbench_fork(t->w, t->asked, (uint64_t)step, &none);
    ft_options_release(&none);
    return ok;
}

/* "fork NAME from step 400, 800:", the last one typed in already. */
static void fork_run(struct runs_view *t, const char *arg)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || unreadable(t, item)) return;
    if (arg && *arg) {
        take_fork(t, arg);
        return;
    }
    const struct ft_run_look *look = ft_run_list_look(t->l, runs_place(t));
    struct ft_str text = {0};
    char last[24] = "";
    if (!look || !look->saved_n) {
        ft_app_say(t->w->app, FT_SAY_NOTE,
                   look ? "it has no checkpoint to start from" : "it is being read");
        return;
    }
    ft_str_addf(&text, "fork %.60s from step", runs_name(t, item));
    for (size_t i = look->saved_n > 4 ? look->saved_n - 4 : 0, n = 0; i < look->saved_n; i++, n++) {
        snprintf(last, sizeof last, "%llu", (unsigned long long)look->saved[i]);
        ft_str_addf(&text, "%s %s", n ? "," : "", last);
    }
    ft_app_prompt(t->w->app, ft_str_text(&text), last, "", take_fork, t);
    ft_str_release(&text);
}

static void load(struct runs_view *t)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || unreadable(t, item)) return;
    struct ft_options o;
    ft_options_copy(&o, &item->run.options);
    ft_options_reset(&o, FT_OPT_output_dir); /* the next run gets a folder of its own */
    ft_workbench_replace(t->w, &o);
    ft_options_release(&o);
    ft_app_say(t->w->app, FT_SAY_OK, "the settings of %s are in Tune (3); u undoes",
               runs_name(t, item));
}

/* --- names, notes, copies --- */

static bool take_note(void *arg, const char *text)
{
    struct runs_view *t = arg;
    struct ft_err err = {0};
    if (ft_run_note(t->asked, text, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    runs_anew(t);
    return true;
}

static void edit_note(struct runs_view *t, const char *arg)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item) return;
    if (arg && *arg) {
        take_note(t, arg);
        return;
    }
    char label[120];
    snprintf(label, sizeof label, "note on %.80s", runs_name(t, item));
    ft_app_prompt(t->w->app, label, item->run.note, "", take_note, t);
}

static bool take_name(void *arg, const char *text)
{
    struct runs_view *t = arg;
    struct ft_err err = {0};
    char *to = NULL;
    if (ft_run_rename(t->asked, text, &to, &err)) {
        ft_app_say_err(t->w->app, &err);
        return false;
    }
    char *real = ft_path_real(to);
    int mark = runs_item(t) ? runs_mark(t, runs_item(t)) : -1;
    if (mark >= 0 && real) {
        free(t->marks[mark]);
        t->marks[mark] = ft_xstrdup(real);
    }
    if (real) runs_select(t, real);
    if (t->asked_open) ft_workbench_show(t->w, to);
    runs_anew(t);
    ft_app_say(t->w->app, FT_SAY_OK, "renamed to %s", to);
    free(real);
    free(to);
    return true;
}

static void rename_run(struct runs_view *t, const char *arg)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item || runs_now(t, item)) return;
    if (arg && *arg) {
        take_name(t, arg);
        return;
    }
    char label[120];
    snprintf(label, sizeof label, "new name of %.80s", runs_name(t, item));
    ft_app_prompt(t->w->app, label, ft_path_base(item->real), "", take_name, t);
}

static bool write_comparison(void *arg, const char *path)
{
    struct runs_view *t = arg;
    struct ft_err err = {0};
    const struct ft_run *runs[RUNS_MARKS_MAX];
    size_t places[RUNS_MARKS_MAX], n = runs_compared(t, places);
    for (size_t i = 0; i < n; i++)
        runs[i] = &ft_run_list_item(t->l, places[i])->run;
    bool good = !ft_runs_compare_write(runs, n, path, &err);
    if (good)
        ft_app_say(t->w->app, FT_SAY_OK, "%zu run%s written to %s", n, ft_plural(n), path);
    else
        ft_app_say_err(t->w->app, &err);
    return good;
}

static bool take_comparison(void *arg, const char *path)
{
    struct runs_view *t = arg;
    return ft_workbench_write_to(t->w, path, write_comparison, t);
}

/* A model's folder, or, by the end of the name, the table of what is compared. */
static bool take_export(void *arg, const char *path)
{
    struct runs_view *t = arg;
    const char *dot = strrchr(ft_path_base(path), '.');
    if (ft_text_table_delimiter(path) || (dot && !strcmp(dot, ".json")))
        return take_comparison(t, path);
    return *path && ft_workbench_export(t->w, t->asked, path);
}

static void export_run(struct runs_view *t, const char *arg)
{
    const struct ft_run_item *item = ask_about(t);
    if (!item) return;
    if (arg && *arg) {
        take_export(t, arg);
        return;
    }
    char label[160], *to = ft_xprintf("%s-hf", ft_path_base(item->real));
    snprintf(label, sizeof label, "export the model of %.60s to (.csv .md .json: the comparison)",
             runs_name(t, item));
    ft_app_prompt(t->w->app, label, to, "W", take_export, t);
    free(to);
}

/* --- by key and word --- */

bool runs_change_act(struct runs_view *t, enum ft_action a, const char *arg)
{
    switch (a) {
    case FT_ACT_RUNS_RESUME:
        resume(t);
        return true;
    case FT_ACT_RUNS_FORK:
        fork_run(t, arg);
        return true;
    case FT_ACT_RUNS_DELETE:
        ask_delete(t);
        return true;
    case FT_ACT_RUNS_TRIM:
        ask_trim(t);
        return true;
    case FT_ACT_RUNS_EXPORT:
        export_run(t, arg);
        return true;
    case FT_ACT_WRITE:
        if (!arg || !*arg || !runs_item(t)) return false;
        take_comparison(t, arg);
        return true;
    case FT_ACT_RUNS_RENAME:
        rename_run(t, arg);
        return true;
    case FT_ACT_RUNS_NOTE:
        edit_note(t, arg);
        return true;
    case FT_ACT_RUNS_LOAD:
        load(t);
        return true;
    default:
        return false;
    }
}

bool runs_change_can(const struct runs_view *t, enum ft_action a, bool *can)
{
    const struct ft_run_item *item = runs_item(t);
    bool is = item != NULL, reads = is && item->run.state != FT_RUN_UNREADABLE;
    bool on = is && item->run.state == FT_RUN_RUNNING;
    switch (a) {
    case FT_ACT_RUNS_RESUME:
        *can = reads && !on && !t->w->session;
        return true;
    case FT_ACT_RUNS_FORK:
        *can = reads && !t->w->session;
        return true;
    case FT_ACT_RUNS_TRIM:
        *can = reads && !on;
        return true;
    case FT_ACT_RUNS_DELETE:
    case FT_ACT_RUNS_RENAME:
        *can = is && !on;
        return true;
    case FT_ACT_RUNS_EXPORT:
    case FT_ACT_RUNS_LOAD:
        *can = reads;
        return true;
    case FT_ACT_RUNS_NOTE:
        *can = is;
        return true;
    default:
        return false;
    }
}
