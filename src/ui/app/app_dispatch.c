/* Who gets a key, a click, a word: a line that is open, the page over the body, the view's own keys,
 * then actions: the view, another screen's, the hooks, and last what the app itself can do. */
#include "ui/app/app_in.h"

#include "util/clock.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_page_find(void *arg, const char *text)
{
    struct ft_app *app = arg;
    if (ft_overlay_find(&app->overlay, text)) return true;
    ft_app_say(app, FT_SAY_ERROR, "'%s' is not on this page", text);
    return false;
}

/* Finding in the page that is open; false: the action is another. */
static bool page_find(struct ft_app *app, enum ft_action a, const char *arg)
{
    struct ft_overlay *o = &app->overlay;
    if (a == FT_ACT_FIND && arg && *arg)
        take_page_find(app, arg);
    else if (a == FT_ACT_FIND || ((a == FT_ACT_FIND_NEXT || a == FT_ACT_FIND_PREV) && !*o->find))
        ft_app_prompt(app, "find on this page", o->find, "", take_page_find, app);
    else if (a == FT_ACT_FIND_NEXT || a == FT_ACT_FIND_PREV)
        ft_overlay_find_next(o, a == FT_ACT_FIND_PREV);
    else
        return false;
    return true;
}

static enum ft_scope screen_of(enum ft_scope s)
{
    while (ft_scope_outer(s) != FT_SCOPE_ALL)
        s = ft_scope_outer(s);
    return s;
}

bool ft_app_act(struct ft_app *app, enum ft_action a, const char *arg)
{
    struct ft_view *v = app_now(app);
    ft_app_redraw(app);
    if (app->overlay.open && page_find(app, a, arg)) return true;
    if (a == FT_ACT_BACK && v && v->zoom) {
        v->zoom = false;
        return true;
    }
    enum ft_scope scope = screen_of(ft_action_row(a)->scope);
    if (v && (scope == FT_SCOPE_ALL || scope == v->scope) && v->act && v->act(v, a, arg))
        return true;
    for (int i = 0; i < app->views_n && scope != FT_SCOPE_ALL; i++) { /* another screen's word */
        struct ft_view *other = app->views[i];
        if (other != v && other->scope == scope && other->act && other->act(other, a, arg))
            return true;
    }
    if (app->hooks.act && app->hooks.act(app->hooks.arg, a, arg)) return true;
    return app_act(app, a, arg);
}

/* Nothing came of it: why, in place of silence. Moving about needs no word. */
static void say_nothing_done(struct ft_app *app, enum ft_action a, const char *by)
{
    char why[160];
    if (a >= FT_ACT_NEXT_PANEL && a <= FT_ACT_BACK) return;
    app_works(app, a, why, sizeof why);
    ft_app_say(app, FT_SAY_NOTE, *why ? "%s: %s" : "%s has no effect here%s", by, why);
}

void ft_app_command(struct ft_app *app, const char *line)
{
    struct ft_err err = {0};
    enum ft_action a;
    const char *rest;
    struct ft_view *v = app_now(app);
    enum ft_scope scope = v ? v->panels[v->focus].scope : FT_SCOPE_ALL;
    ft_app_redraw(app);
    if (ft_command_parse(scope, line, &a, &rest, &err)) {
        ft_app_say_err(app, &err);
        return;
    }
    const char *usage = ft_action_row(a)->usage;
    if (ft_command_choice(usage, rest, &err)) {
        ft_app_say_err(app, &err);
        return;
    }
    bool path = a && (!strcmp(usage, "F") || !strcmp(usage, "M") || !strcmp(usage, "RUN"));
    char *given = path ? ft_command_path(rest) : ft_xstrdup(rest);
    char by[64];
    snprintf(by, sizeof by, ":%s", a ? ft_action_row(a)->word : "");
    if (a && !ft_app_act(app, a, given)) say_nothing_done(app, a, by);
    free(given);
}

static void overlay_key(struct ft_app *app, const struct ft_key *k)
{
    enum ft_action a = ft_action_of_key(FT_SCOPE_ALL, k);
    if (k->code == FT_KEY_MOUSE) {
        a = k->button == FT_BUTTON_UP     ? FT_ACT_UP
            : k->button == FT_BUTTON_DOWN ? FT_ACT_DOWN
                                          : FT_ACT_NONE;
    }
    if (ft_overlay_act(&app->overlay, a) || page_find(app, a, NULL)) return;
    switch (a) {
    case FT_ACT_BACK:
        if (*app->overlay.find)
            ft_overlay_find(&app->overlay, "");
        else
            app->overlay.open = false;
        break;
    case FT_ACT_ENTER:
    case FT_ACT_HELP:
    case FT_ACT_QUIT:
        app->overlay.open = false;
        break;
    case FT_ACT_SCREEN:
        app->overlay.open = false;
        app_key(app, k);
        break;
    case FT_ACT_COMMAND:
    case FT_ACT_COPY:
    case FT_ACT_REDRAW:
    case FT_ACT_SUSPEND:
        app_act(app, a, NULL);
        break;
    default:
        break;
    }
}

/* The screen whose name in the way stands at column x, -1: none. */
static int way_at(struct ft_app *app, int x)
{
    int found = -1;
    for (int i = 0; i <= x && i < app->w; i++) {
        const struct ft_cell *cell = ft_canvas_at(&app->canvas, 0, i);
        const struct ft_cell *before = ft_canvas_at(&app->canvas, 0, i - 1);
        if (cell && before && cell->cp >= '1' && cell->cp <= '9' &&
            (before->cp == ' ' || before->cp == '[') && (int)cell->cp - '1' == found + 1)
            found++;
    }
    return found < app->views_n ? found : -1;
}

static void mouse(struct ft_app *app, const struct ft_key *k)
{
    struct ft_view *v = app_now(app);
    if (ft_layout_form(app->h, app->w) == FT_FORM_LINE) return;
    if (k->button == FT_BUTTON_UP || k->button == FT_BUTTON_DOWN) {
        for (int i = 0; i < 3; i++)
            ft_app_act(app, k->button == FT_BUTTON_UP ? FT_ACT_UP : FT_ACT_DOWN, NULL);
        return;
    }
    double now = ft_now_s();
    bool again =
        k->button == FT_BUTTON_DOUBLE ||
        (k->y == app->clicked.y && k->x == app->clicked.x && now - app->clicked.at_s < 0.5);
    app->clicked.y = k->y;
    app->clicked.x = k->x;
    app->clicked.at_s = now;
    if (k->y == 0 && ft_layout_form(app->h, app->w) == FT_FORM_FULL) {
        int i = way_at(app, k->x);
        if (i >= 0) ft_app_screen(app, i);
        return;
    }
    if (k->y == app->h - 1) {
        for (int i = 0; i < app->spots_n; i++)
            if (k->x >= app->spots[i].x && k->x < app->spots[i].x + app->spots[i].w)
                ft_app_act(app, app->spots[i].action, NULL);
        return;
    }
    for (int p = 0; v && p < v->panels_n && p < FT_PANELS_MAX; p++) {
        struct ft_rect r = v->shown.panel[p];
        if (r.h <= 0 || k->y < r.y || k->y >= r.y + r.h || k->x < r.x || k->x >= r.x + r.w)
            continue;
        if (!v->panels[p].bare) v->focus = p;
        if (v->click) v->click(v, p, k->y, k->x, again);
        if (again) ft_app_act(app, FT_ACT_ENTER, NULL);
        return;
    }
}

void app_key(struct ft_app *app, const struct ft_key *k)
{
    struct ft_view *v = app_now(app);
    app->dirty = app->urgent = true;
    app->key_s = ft_now_s();
    if (app_line_key(app, k)) return;
    ft_message_line_seen(&app->message);
    if (app->overlay.open) {
        overlay_key(app, k);
        return;
    }
    if (k->code == FT_KEY_MOUSE) {
        mouse(app, k);
        return;
    }
    bool typing = app_typing(app);
    if (k->code == FT_KEY_ESC && app->message.busy.on && app->message.busy.cancel && !typing &&
        !(v && v->zoom)) {
        app->message.busy.cancel(app->message.busy.arg);
        return;
    }
    if (v && v->key && v->key(v, k)) return;
    enum ft_action a = ft_action_of_key(app_scope(app), k);
    if (!a) return;
    char digit[2] = {(char)k->cp, 0}, by[24], why[160];
    bool known = !app_works(app, a, why, sizeof why) && *why; /* why nothing would come of it */
    if (!known && ft_app_act(app, a, a == FT_ACT_SCREEN ? digit : NULL)) return;
    ft_key_name(k, by, sizeof by);
    say_nothing_done(app, a, by);
}
