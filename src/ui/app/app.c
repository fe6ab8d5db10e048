/* The main loop and the dispatch of keys and words: a line that is open, the page over the body,
 * the view's own keys, then actions: the view, the hooks, and last what the frame itself can do. */
#include "ui/app/app_in.h"

#include "ui/widgets/rich.h"
#include "ui/widgets/svg.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Least times between two drawings: after a key; while somebody presses keys, for what these set
 * going; by itself, which also holds for looking at what works in the background. */
static const double key_frame_s = 0.008, busy_frame_s = 1.0 / 30, frame_s = 0.1;
static const double resize_frame_s = 0.05, tick_s = 0.5, keys_s = 1;

/* --- life --- */

struct ft_app *ft_app_new(const struct ft_app_options *opt)
{
    struct ft_app *app = ft_xcalloc(1, sizeof *app);
    app->opt = *opt;
    app->log_path =
        opt->log_path ? ft_xstrdup(opt->log_path) : ft_xdg_path(FT_XDG_STATE, "log.txt");
    app->said_s = -1;
    app->dirty = true;
    app->h = opt->h > 0 ? opt->h : 24;
    app->w = opt->w > 0 ? opt->w : 80;
    struct ft_err err = {0};
    if (ft_state_load(&app->state, &err)) ft_log(FT_LOG_WARN, "%s", err.msg);
    ft_history_load(&app->history);
    return app;
}

void ft_app_free(struct ft_app *app)
{
    if (!app) return;
    for (int i = 0; i < app->views_n; i++)
        if (app->views[i]->close) app->views[i]->close(app->views[i]);
    ft_prompt_release(&app->prompt);
    ft_overlay_release(&app->overlay);
    ft_history_release(&app->history);
    ft_state_release(&app->state);
    ft_canvas_release(&app->canvas);
    ft_canvas_release(&app->scratch);
    free(app->log_path);
    free(app);
}

void ft_app_add(struct ft_app *app, struct ft_view *v)
{
    if (app->views_n == APP_VIEWS_MAX) return;
    v->app = app;
    v->focus = 0;
    while (v->focus + 1 < v->panels_n && v->panels[v->focus].bare)
        v->focus++;
    app->views[app->views_n++] = v;
}

void ft_app_hooks(struct ft_app *app, const struct ft_hooks *hooks)
{
    app->hooks = *hooks;
}

void ft_app_watch(struct ft_app *app, struct ft_wake *wake)
{
    if (app->wakes_n < APP_WAKES_MAX) app->wakes[app->wakes_n++] = wake;
}

void ft_app_redraw(struct ft_app *app)
{
    app->dirty = true;
}

void ft_app_quit(struct ft_app *app)
{
    app->quit = true;
}

int ft_app_screen_now(const struct ft_app *app)
{
    return app->now;
}

struct ft_view *ft_app_view(struct ft_app *app, int i)
{
    return i >= 0 && i < app->views_n ? app->views[i] : NULL;
}

int ft_app_width(const struct ft_app *app)
{
    return app->w;
}

bool ft_app_in_front(const struct ft_view *v)
{
    return ft_app_view(v->app, v->app->now) == v;
}

struct ft_state *ft_app_state(struct ft_app *app)
{
    return &app->state;
}

void ft_app_bell(struct ft_app *app)
{
    if (app->term) ft_term_bell(app->term);
}

void ft_app_screen(struct ft_app *app, int i)
{
    if (i < 0 || i >= app->views_n) return;
    app->now = i;
    app->overlay.open = false;
    if (app->views[i]->open) app->views[i]->open(app->views[i]);
    ft_app_redraw(app);
}

void ft_app_screen_of(struct ft_app *app, enum ft_scope scope)
{
    for (int i = 0; i < app->views_n; i++)
        if (app->views[i]->scope == scope) {
            ft_app_screen(app, i);
            return;
        }
}

void ft_app_focus(struct ft_view *v, int panel)
{
    if (panel < 0 || panel >= v->panels_n || v->panels[panel].bare) return;
    v->focus = panel;
    ft_app_redraw(v->app);
}

void ft_app_page(struct ft_app *app, const char *title, struct ft_rich *text)
{
    ft_overlay_release(&app->overlay);
    app->overlay.text = *text;
    *text = (struct ft_rich){0};
    snprintf(app->overlay.title, sizeof app->overlay.title, "%s", title);
    app->overlay.open = true;
    ft_app_redraw(app);
}

void ft_app_dump(struct ft_app *app, struct ft_str *out)
{
    app_draw(app);
    ft_canvas_dump(&app->canvas, out);
}

enum ft_status app_dump_to(struct ft_app *app, const char *path, struct ft_err *err)
{
    struct ft_str text = {0};
    size_t n = strlen(path);
    if (n > 4 && !strcmp(path + n - 4, ".svg")) {
        struct ft_theme theme = app->theme;
        theme.depth = app->opt.no_color ? FT_DEPTH_NONE : FT_DEPTH_TRUE;
        app_draw(app);
        ft_canvas_svg(&app->canvas, &theme, &text);
    } else {
        ft_app_dump(app, &text);
    }
    enum ft_status st = ft_file_write(path, text.data, text.len, err);
    ft_str_release(&text);
    return st;
}

/* --- what the frame itself does --- */

static void move_focus(struct ft_app *app, int direction)
{
    struct ft_view *v = app_now(app);
    int panels[FT_PANELS_MAX], n = v ? app_panels(v, app->h, app->w, panels) : 0, at = 0;
    if (n < 1) return;
    for (int i = 0; i < n; i++)
        if (panels[i] == v->focus) at = i;
    v->focus = panels[(at + direction + n) % n];
}

static void show_log(struct ft_app *app)
{
    enum { LINES = 500 };
    static const unsigned style[] = {FT_ROLE_MUTED, FT_ROLE_NORMAL, FT_ROLE_NORMAL, FT_ROLE_WARN,
                                     FT_ROLE_BAD};
    struct ft_log_line *lines = ft_xmalloc(LINES * sizeof *lines);
    size_t n = ft_log_last(lines, LINES);
    struct ft_rich text = {0};
    for (size_t i = 0; i < n; i++) {
        char when[32];
        ft_rich_addf(&text, FT_ROLE_MUTED, "%s ",
                     ft_format_time(when, sizeof when, lines[i].time_s));
        ft_rich_addf(&text, style[lines[i].level], "%s: %s\n", ft_log_level_name(lines[i].level),
                     lines[i].text);
    }
    if (!n) ft_rich_addz(&text, FT_ROLE_MUTED, "no messages yet");
    free(lines);
    ft_app_page(app, "Messages", &text);
    app->overlay.scroll.top = n; /* the newest */
}

static void set_theme(struct ft_app *app, const char *name)
{
    enum ft_palette p;
    if (!ft_palette_parse(name, &p)) {
        ft_app_say(app, FT_SAY_ERROR, "unknown theme '%s'; expected dark, light, plain or contrast",
                   name);
        return;
    }
    ft_theme_set(&app->theme, p);
    ft_state_set(&app->state, "theme", name);
    if (app->term) ft_term_redraw(app->term);
}

static void dump_to(struct ft_app *app, const char *path)
{
    struct ft_err err = {0};
    if (!*path)
        ft_app_say(app, FT_SAY_ERROR, ":dump needs a file: :dump F");
    else if (app_dump_to(app, path, &err))
        ft_app_say_err(app, &err);
}

static void copy(struct ft_app *app)
{
    struct ft_view *v = app_now(app);
    struct ft_str text = {0};
    bool page = app->overlay.open;
    if (page) ft_str_addz(&text, ft_str_text(&app->overlay.text.text));
    if (!app->clipboard) {
        ft_app_say(app, FT_SAY_NOTE, "the terminal's clipboard is off; :clipboard on turns it on");
    } else if (page || (v && v->copy && v->copy(v, &text))) {
        if (app->term) ft_term_copy(app->term, ft_str_text(&text), text.len);
        ft_app_say(app, FT_SAY_OK, "copied %zu bytes", text.len);
    } else {
        ft_app_say(app, FT_SAY_NOTE, "nothing to copy here");
    }
    ft_str_release(&text);
}

static void quit(struct ft_app *app)
{
    if (!app->hooks.quit || app->hooks.quit(app->hooks.arg)) app->quit = true;
}

/* on, off or nothing (toggles); false with a message for other words. */
static bool on_off(struct ft_app *app, const char *arg, bool *value)
{
    if (!strcmp(arg, "on") || !strcmp(arg, "off"))
        *value = arg[1] == 'n';
    else if (!*arg)
        *value = !*value;
    else
        ft_app_say(app, FT_SAY_ERROR, "expected on or off, not '%s'", arg);
    return !*arg || !strcmp(arg, "on") || !strcmp(arg, "off");
}

static bool frame_act(struct ft_app *app, enum ft_action a, const char *arg)
{
    struct ft_view *v = app_now(app);
    const char *text = arg ? arg : "";
    switch (a) {
    case FT_ACT_SCREEN:
        if (*text >= '1' && *text <= '0' + app->views_n && !text[1])
            ft_app_screen(app, *text - '1');
        else
            ft_app_say(app, FT_SAY_ERROR, "expected a screen from 1 to %d, not '%s'", app->views_n,
                       text);
        return true;
    case FT_ACT_NEXT_PANEL:
    case FT_ACT_PREV_PANEL:
        move_focus(app, a == FT_ACT_NEXT_PANEL ? 1 : -1);
        return true;
    case FT_ACT_ZOOM:
        if (v) v->zoom = !v->zoom;
        return true;
    case FT_ACT_COMMAND:
        app_line_command(app, "");
        return true;
    case FT_ACT_HELP:
        ft_overlay_help(&app->overlay, app_scope(app), app_works, app);
        return true;
    case FT_ACT_REDRAW:
        if (app->term) ft_term_redraw(app->term);
        return true;
    case FT_ACT_SUSPEND:
        if (app->term) ft_term_suspend(app->term);
        return true;
    case FT_ACT_QUIT:
        quit(app);
        return true;
    case FT_ACT_THEME:
        set_theme(app, text);
        return true;
    case FT_ACT_MOUSE: {
        bool on = app->opt.no_mouse;
        if (!on_off(app, text, &on)) return true;
        app->opt.no_mouse = !on;
        if (app->term) ft_term_mouse(app->term, on);
        return true;
    }
    case FT_ACT_CLIPBOARD:
        on_off(app, text, &app->clipboard);
        return true;
    case FT_ACT_COPY:
        copy(app);
        return true;
    case FT_ACT_LOG:
        show_log(app);
        return true;
    case FT_ACT_DUMP:
        dump_to(app, text);
        return true;
    case FT_ACT_WAIT: /* scripts wait in script_player.c; by hand it only tells */
        ft_app_say(app, FT_SAY_NOTE, ":wait works only in scripts");
        return true;
    default:
        return false;
    }
}

/* --- a page over the body --- */

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

/* --- dispatch --- */

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
    return frame_act(app, a, arg);
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
        frame_act(app, a, NULL);
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
    app_error_seen(app);
    if (app->overlay.open) {
        overlay_key(app, k);
        return;
    }
    if (k->code == FT_KEY_MOUSE) {
        mouse(app, k);
        return;
    }
    bool typing = app_typing(app);
    if (k->code == FT_KEY_ESC && app->busy.on && app->busy.cancel && !typing && !(v && v->zoom)) {
        app->busy.cancel(app->busy.arg);
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

/* --- the loop --- */

void app_size(struct ft_app *app, int h, int w)
{
    app->h = h < 1 ? 1 : h > 1000 ? 1000 : h;
    app->w = w < 1 ? 1 : w > 1000 ? 1000 : w;
    app->dirty = true;
}

bool app_woken(struct ft_app *app, int timeout_ms)
{
    struct pollfd fds[APP_WAKES_MAX];
    for (int i = 0; i < app->wakes_n; i++)
        fds[i] = (struct pollfd){.fd = app->wakes[i]->fd, .events = POLLIN};
    bool woken = poll(fds, (nfds_t)app->wakes_n, timeout_ms) > 0;
    for (int i = 0; i < app->wakes_n; i++)
        if (fds[i].revents & POLLIN) ft_wake_drain(app->wakes[i]);
    return woken;
}

void app_work(struct ft_app *app, bool woken)
{
    double now = ft_now_s();
    if (app_line_expire(app)) app->dirty = true;
    if (!woken && now - app->ticked_s < tick_s) return;
    app->ticked_s = now;
    if (woken && app->hooks.wake) app->hooks.wake(app->hooks.arg);
    for (int i = 0; i < app->views_n; i++)
        if (app->views[i]->tick) app->views[i]->tick(app->views[i]);
    if (app->busy.on) app->dirty = true; /* its clock goes on */
}

void app_terminate(struct ft_app *app, int signal_number)
{
    if (!app->terminated && app->hooks.terminate)
        app->hooks.terminate(app->hooks.arg, signal_number);
    app->terminated = app->quit = true;
    app->status = 128 + signal_number;
}

static void events(struct ft_app *app)
{
    unsigned ev = ft_term_events(app->term);
    if (ev & FT_TERM_RESIZED) {
        int h, w;
        ft_term_size(app->term, &h, &w);
        app_size(app, h, w);
    }
    if (ev & FT_TERM_RESUMED) app->dirty = true;
    if (ev & FT_TERM_INTERRUPT) quit(app);
    if (ev & FT_TERM_TERMINATE) app_terminate(app, SIGTERM);
    if (ev & FT_TERM_HANGUP) app_terminate(app, SIGHUP);
}

static double frame_of(const struct ft_app *app, double now)
{
    return now - app->key_s < keys_s ? busy_frame_s : frame_s;
}

/* Seconds until the screen may be drawn again; 0 or less: now. */
static double draw_in(struct ft_app *app)
{
    double now = ft_now_s();
    bool resized = app->h != app->canvas.h || app->w != app->canvas.w;
    double gap = resized ? resize_frame_s : app->urgent ? key_frame_s : frame_of(app, now);
    return app->drawn_s + gap - now;
}

/* Seconds until what woke the app is looked at: steps of a run may come faster than they are shown.
 */
static double work_in(struct ft_app *app)
{
    double now = ft_now_s();
    return app->ticked_s + (app->woken ? frame_of(app, now) : tick_s) - now;
}

static void loop(struct ft_app *app)
{
    while (!app->quit) {
        double due = draw_in(app);
        if (app->dirty && due <= 0) app_draw(app);
        double wait = work_in(app), draw = app->dirty ? draw_in(app) : wait;
        if (draw < wait) wait = draw;
        int fds[APP_WAKES_MAX];
        for (int i = 0; i < app->wakes_n; i++)
            fds[i] = app->wakes[i]->fd;
        int ms = wait > 0 ? (int)(wait * 1000) + 1 : 0;
        ft_term_wait(app->term, fds, app->woken ? 0 : app->wakes_n, ms);
        if (!app->woken) app->woken = app_woken(app, 0);
        events(app);
        struct ft_key k;
        while (!app->quit && ft_term_key(app->term, &k))
            app_key(app, &k);
        bool look = app->woken && work_in(app) <= 0;
        if (look) app->woken = false;
        app_work(app, look);
    }
}

static void first_theme(struct ft_app *app)
{
    const char *name = app->opt.theme ? app->opt.theme : ft_state_get(&app->state, "theme");
    enum ft_palette p;
    if (name && ft_palette_parse(name, &p)) ft_theme_set(&app->theme, p);
}

int ft_app_run(struct ft_app *app)
{
    struct ft_err err = {0};
    int status;
    if (app->opt.script || app->opt.dump) {
        first_theme(app);
        app->canvas.ascii = app->scratch.ascii = app->opt.no_unicode;
        ft_app_screen(app, app->now);
        return app_drive(app);
    }
    const char *name = app->opt.theme ? app->opt.theme : ft_state_get(&app->state, "theme");
    struct ft_term_options opt = {.no_color = app->opt.no_color,
                                  .no_unicode = app->opt.no_unicode,
                                  .no_mouse = app->opt.no_mouse,
                                  .theme = name,
                                  .log_path = app->log_path};
    if (ft_term_start(&app->term, &opt, &app->theme, &err)) {
        fprintf(stderr, "error: %s\n", err.msg);
        return 1;
    }
    app->canvas.ascii = app->scratch.ascii = !ft_term_unicode(app->term);
    app->canvas.ascii_signs = app->scratch.ascii_signs = !ft_term_has_signs(app->term);
    ft_term_size(app->term, &app->h, &app->w);
    ft_app_screen(app, app->now);
    loop(app);
    ft_term_stop(app->term);
    app->term = NULL;
    status = app->status;
    if (ft_state_save(&app->state, &err)) ft_log(FT_LOG_WARN, "%s", err.msg);
    return status;
}
