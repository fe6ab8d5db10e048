/* A pull from the hub in the background: see workbench.h. Screen 2 shows its progress. */
#include "ui/screens/workbench_in.h"

#include "engine/model/known_models.h"
#include "engine/model/models.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double bell_after_s = 20; /* somebody who waited this long does something else */

/* --- asking and downloading --- */

bool ft_workbench_pulling(const struct ft_workbench *w)
{
    enum ft_pull_phase phase = w->pull.view.phase;
    return w->pull.job && (phase == FT_PULL_PLANNING || phase == FT_PULL_DOWNLOADING);
}

/* As ft_pull_look, and what the worker will find in a moment. */
static void look(struct ft_workbench *w)
{
    struct ft_pull_view *v = &w->pull.view;
    ft_pull_look(w->pull.job, v);
    if (!*v->id) snprintf(v->id, sizeof v->id, "%.*s", (int)sizeof v->id - 1, w->pull.asked);
    if (w->pull.went && v->phase == FT_PULL_READY) v->phase = FT_PULL_DOWNLOADING;
}

bool ft_workbench_pull(struct ft_workbench *w, const char *name, bool use)
{
    if (ft_workbench_pulling(w)) {
        ft_app_say(w->app, FT_SAY_NOTE, "%s is being pulled; Esc cancels it", w->pull.view.id);
        return false;
    }
    ft_workbench_pull_end(w);
    ft_app_unsay(w->app);
    snprintf(w->pull.asked, sizeof w->pull.asked, "%s", name);
    w->pull.use = use;
    w->pull.began = true;
    w->pull.went = false;
    w->pull.job = ft_pull_start(name, true, &w->wake);
    look(w);
    ft_workbench_changed(w);
    return true;
}

void ft_workbench_pull_go(struct ft_workbench *w)
{
    if (!w->pull.job || w->pull.view.phase != FT_PULL_READY) return;
    ft_pull_go(w->pull.job);
    w->pull.went = true;
    w->pull.view.phase = FT_PULL_DOWNLOADING;
    ft_workbench_changed(w);
}

void ft_workbench_pull_cancel(struct ft_workbench *w)
{
    if (w->pull.job) ft_pull_cancel(w->pull.job);
}

void ft_workbench_pull_end(struct ft_workbench *w)
{
    ft_pull_free(w->pull.job);
    w->pull.job = NULL;
    w->pull.view = (struct ft_pull_view){.eta_s = -1, .disk_free_bytes = -1};
    ft_workbench_changed(w);
}

int ft_workbench_pull_percent(const struct ft_workbench *w)
{
    const struct ft_pull_view *v = &w->pull.view;
    if (!w->pull.job || v->phase != FT_PULL_DOWNLOADING) return -1;
    if (v->bytes <= 0 || v->bytes_done <= 0) return 0;
    double share = (double)v->bytes_done / (double)v->bytes;
    return share >= 1 ? 99 : (int)(share * 100); /* 100 is when it's there */
}

/* --- its end --- */

static void say_done(struct ft_workbench *w, const struct ft_pull_view *v, bool used)
{
    char size[32], time[32], took[96] = "";
    const struct ft_view *front = ft_app_view(w->app, ft_app_screen_now(w->app));
    bool seen = front && front->scope == FT_SCOPE_MODEL;
    const char *next = used ? "; in use" : seen ? ".  Enter uses it" : ".  2 shows it";
    if (v->bytes_download > 0)
        snprintf(took, sizeof took, " downloaded: %s in %s",
                 ft_format_bytes(size, sizeof size, (double)v->bytes_download),
                 ft_format_time(time, sizeof time, v->seconds));
    else
        snprintf(took, sizeof took, " is up to date");
    ft_app_say(w->app, FT_SAY_OK, "%s%s%s", w->pull.name, took, next);
    if (v->seconds >= bell_after_s) ft_workbench_tell(w, v->id, "is downloaded");
}

/* It is in the cache: screen 2 selects it, and it is put in use where that was asked for. */
static void take_done(struct ft_workbench *w)
{
    struct ft_pull_view v = w->pull.view;
    struct ft_err err = {0};
    bool other = *v.revision && strcmp(v.revision, "main") != 0; /* the list shows one revision */
    free(w->pull.name);
    w->pull.name = ft_xprintf("%s%s%s", v.id, other ? "@" : "", other ? v.revision : "");
    bool use = w->pull.use || other;
    w->pull.version++;
    ft_workbench_pull_end(w);
    bool same = !strcmp(ft_options_text(&w->o, FT_OPT_model), w->pull.name);
    if (use && !same && ft_workbench_set(w, FT_OPT_model, w->pull.name, &err)) {
        ft_app_say_err(w->app, &err);
        return;
    }
    if (same) ft_workbench_settled(w); /* what was not there before is read now */
    say_done(w, &v, use);
}

static void say_failed(struct ft_workbench *w)
{
    const struct ft_pull_view *v = &w->pull.view;
    char size[32];
    if (v->err.code != FT_CANCELLED)
        ft_app_say_err(w->app, &v->err);
    else if (v->bytes_done > 0)
        ft_app_say(w->app, FT_SAY_NOTE, "cancelled; %s are kept, the next pull resumes",
                   ft_format_bytes(size, sizeof size, (double)v->bytes_done));
    else
        ft_app_say(w->app, FT_SAY_NOTE, "cancelled");
    if (v->err.code == FT_CANCELLED && !v->bytes) ft_workbench_pull_end(w); /* nothing to show */
}

bool ft_workbench_follow_pull(struct ft_workbench *w)
{
    if (!w->pull.job) return false;
    bool waited = ft_workbench_pulling(w);
    enum ft_pull_phase before = w->pull.view.phase;
    look(w);
    enum ft_pull_phase now = w->pull.view.phase;
    if (now != before && now == FT_PULL_DONE)
        take_done(w);
    else if (now != before && now == FT_PULL_FAILED)
        say_failed(w);
    return waited;
}

/* --- offering --- */

static bool answer_offer(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (!ft_key_is(k, 'p')) return false;
    char *name = ft_xstrdup(w->pull.offered);
    ft_app_act(w->app, FT_ACT_MODEL_PULL, name);
    if (w->pull.job) w->pull.use = true;
    free(name);
    return true;
}

bool ft_workbench_offer_pull(struct ft_workbench *w, const char *name)
{
    char text[400];
    if (!ft_models_is_id(name) || strlen(name) >= sizeof w->pull.offered) return false;
    char *near = ft_known_model(name) ? NULL : ft_models_near(name);
    snprintf(w->pull.offered, sizeof w->pull.offered, "%s", name);
    snprintf(text, sizeof text, "%.120s is not on this machine%s%.80s%s: p pulls it   Esc stay",
             name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    ft_app_ask(w->app, text, "p pull from the hub  Esc stay", answer_offer, w);
    free(near);
    return true;
}

void ft_workbench_check_model(struct ft_workbench *w)
{
    const char *name = ft_options_text(&w->o, FT_OPT_model);
    if (!*name || !ft_models_is_id(name) || !ft_models_find(name, NULL)) return;
    ft_app_screen_of(w->app, FT_SCOPE_MODEL);
    ft_app_say(w->app, FT_SAY_WARN, "%s is not on this machine.  Next: p pulls it from the hub",
               name);
}

/* --- the program's end --- */

static bool answer_quit(void *arg, const struct ft_key *k)
{
    struct ft_workbench *w = arg;
    if (!ft_key_is(k, 'q')) return false;
    ft_workbench_pull_cancel(w);
    w->pull.then(w);
    return true;
}

bool ft_workbench_ask_pull(struct ft_workbench *w, void (*then)(struct ft_workbench *w))
{
    char text[240];
    int percent = ft_workbench_pull_percent(w);
    if (percent < 0) return false;
    w->pull.then = then;
    snprintf(text, sizeof text,
             "%.60s is %d%% downloaded: q quit, the next pull resumes   Esc stay",
             ft_path_base(w->pull.view.id), percent);
    ft_app_ask(w->app, text, "q quit  Esc stay", answer_quit, w);
    return true;
}
