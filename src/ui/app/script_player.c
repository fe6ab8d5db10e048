/* Scripts drive the app in place of a terminal: each step is done as if by a person, then whatever
 * was due (wake-ups, ticks) is worked off. */
#include "ui/app/app_in.h"

#include "util/clock.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static const double wait_most_s = 120;

/* Works for at most `ms`, or until something woke the app. */
static void work(struct ft_app *app, int ms)
{
    app_work(app, app_woken(app, ms));
}

static enum ft_status wait_state(struct ft_app *app, const char *place, const char *state,
                                 struct ft_err *err)
{
    double start = ft_now_s();
    int reached = 0;
    while (!app->quit) {
        work(app, 0);
        reached = app->hooks.reached ? app->hooks.reached(app->hooks.arg, state) : -1;
        if (reached > 0) {
            app_work(app, true); /* so that the screens have what was reached */
            return FT_OK;
        }
        if (reached < 0)
            return ft_fail(err, FT_USAGE, "%s: state '%s' cannot be reached", place, state);
        if (ft_now_s() - start > wait_most_s)
            return ft_fail(err, FT_CANCELLED, "%s: state '%s' was not reached in %.0f s", place,
                           state, wait_most_s);
        work(app, 50);
    }
    return FT_OK;
}

/* Does the screen hold the text? */
static bool on_screen(struct ft_app *app, const char *text)
{
    struct ft_str screen = {0};
    ft_app_dump(app, &screen);
    bool found = strstr(ft_str_text(&screen), text);
    ft_str_release(&screen);
    return found;
}

static enum ft_status step(struct ft_app *app, struct ft_script *script,
                           const struct ft_script_step *s, struct ft_err *err)
{
    const char *place = ft_script_place(script);
    switch (s->kind) {
    case FT_SCRIPT_KEY:
        app_draw(app); /* a key meets what a person would see */
        app_key(app, &s->key);
        break;
    case FT_SCRIPT_COMMAND: {
        enum ft_action a;
        const char *rest;
        if (!ft_command_parse(FT_SCOPE_ALL, s->text, &a, &rest, NULL) && a == FT_ACT_WAIT)
            return wait_state(app, place, rest, err);
        ft_app_command(app, s->text);
        break;
    }
    case FT_SCRIPT_SIZE:
        app_size(app, s->h, s->w);
        break;
    case FT_SCRIPT_EXPECT:
    case FT_SCRIPT_REJECT:
        if (on_screen(app, s->text) != (s->kind == FT_SCRIPT_EXPECT)) {
            struct ft_str screen = {0};
            ft_app_dump(app, &screen);
            fprintf(stderr, "%s", ft_str_text(&screen));
            ft_str_release(&screen);
            return ft_fail(err, FT_FORMAT, "%s: the screen %s '%s'", place,
                           s->kind == FT_SCRIPT_EXPECT ? "does not show" : "shows", s->text);
        }
        break;
    case FT_SCRIPT_PAUSE:
        for (double end = ft_now_s() + s->ms / 1000.0, left; (left = end - ft_now_s()) > 0;)
            work(app, (int)(left * 1000) + 1);
        break;
    case FT_SCRIPT_SIGNAL:
        if (!strcmp(s->text, "TERM")) app_terminate(app, SIGTERM);
        app->dirty = true;
        break;
    case FT_SCRIPT_END:
        break;
    }
    return FT_OK;
}

/* The program has quit: a line that is left would seem to have been checked. Only waiting, which
 * the end may have come before, is not missed. */
static enum ft_status check_rest(struct ft_script *script, struct ft_err *err)
{
    for (;;) {
        struct ft_script_step s;
        enum ft_status st = ft_script_next(script, &s, err);
        if (st || s.kind == FT_SCRIPT_END) return st;
        bool waits = s.kind == FT_SCRIPT_PAUSE ||
                     (s.kind == FT_SCRIPT_COMMAND && !strncmp(s.text, ":wait ", 6));
        if (!waits)
            return ft_fail(err, FT_USAGE, "%s: the program quits before this line is reached",
                           ft_script_place(script));
    }
}

static enum ft_status follow_script(struct ft_app *app, struct ft_err *err)
{
    struct ft_script *script;
    enum ft_status st = ft_script_open(&script, app->opt.script, err);
    if (st) return st;
    while (!app->quit && !st) {
        struct ft_script_step s;
        st = ft_script_next(script, &s, err);
        if (st || s.kind == FT_SCRIPT_END) break;
        work(app, 0);
        st = step(app, script, &s, err);
    }
    if (!st && app->quit) st = check_rest(script, err);
    ft_script_close(script);
    return st;
}

/* What cannot be reached (no data, say) is what the picture shows then. */
static void wait_loaded(struct ft_app *app)
{
    static const char *const states[] = {"data", "models"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        struct ft_err ignored = {0};
        wait_state(app, "--dump", states[i], &ignored);
    }
}

int app_drive(struct ft_app *app)
{
    struct ft_err err = {0};
    enum ft_status st = FT_OK;
    if (app->opt.script)
        st = follow_script(app, &err);
    else
        wait_loaded(app);
    if (!st && app->opt.dump) st = app_dump_to(app, app->opt.dump, &err);
    if (st) fprintf(stderr, "error: %s\n", err.msg);
    struct ft_err save = {0};
    if (ft_state_save(&app->state, &save)) fprintf(stderr, "warn: %s\n", save.msg);
    return st ? 1 : app->status;
}
