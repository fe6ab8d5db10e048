/* The actions that the app does itself, whatever the screen: going about, help, themes, copying. */
#include "ui/app/app_in.h"

#include "ui/widgets/rich.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

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
        char when[32], shown[sizeof lines->text + 64];
        ft_rich_addf(&text, FT_ROLE_MUTED, "%s ",
                     ft_format_time(when, sizeof when, lines[i].time_s));
        ft_rich_addf(&text, style[lines[i].level], "%s: %s\n", ft_log_level_name(lines[i].level),
                     ft_engine_text(lines[i].text, shown, sizeof shown));
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

/* The focused panel as it is drawn: for those that are only read. */
static void copy_shown(struct ft_app *app, struct ft_view *v, struct ft_str *out)
{
    if (ft_layout_form(app->h, app->w) == FT_FORM_LINE || v->panels[v->focus].bare) return;
    ft_canvas_dump_part(&app->canvas, ft_layout_inside(&v->shown, v->focus), out);
    while (out->len && (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == ' '))
        out->data[--out->len] = 0;
}

static void copy(struct ft_app *app)
{
    struct ft_view *v = app_now(app);
    struct ft_str text = {0};
    if (app->overlay.open)
        ft_str_addz(&text, ft_str_text(&app->overlay.text.text));
    else if (v && (!v->copy || !v->copy(v, &text) || !text.len))
        copy_shown(app, v, &text);
    if (!app->clipboard) {
        ft_app_say(app, FT_SAY_NOTE, "the terminal's clipboard is off; :clipboard on turns it on");
    } else if (text.len) {
        if (app->term) ft_term_copy(app->term, ft_str_text(&text), text.len);
        ft_str_clear(&app->copied);
        ft_str_add(&app->copied, text.data, text.len);
        ft_app_say(app, FT_SAY_OK, "copied %zu byte%s", text.len, ft_plural(text.len));
    } else {
        ft_app_say(app, FT_SAY_NOTE, "nothing to copy here");
    }
    ft_str_release(&text);
}

void app_ask_quit(struct ft_app *app)
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

bool app_act(struct ft_app *app, enum ft_action a, const char *arg)
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
        app_ask_quit(app);
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
    case FT_ACT_BELL: {
        bool on = !app->no_bell;
        if (!on_off(app, text, &on)) return true;
        app->no_bell = !on;
        ft_state_set(&app->state, "bell", on ? "on" : "off");
        ft_app_say(app, FT_SAY_OK, "the bell at the end of a run is %s", on ? "on" : "off");
        return true;
    }
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
