/* Creating and freeing the app, and functions for views: see app.h; app_in.h lists the files. */
#include "ui/app/app_in.h"

#include "ui/widgets/svg.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- life --- */

struct ft_app *ft_app_new(const struct ft_app_options *opt)
{
    struct ft_app *app = ft_xcalloc(1, sizeof *app);
    app->opt = *opt;
    app->log_path =
        opt->log_path ? ft_xstrdup(opt->log_path) : ft_xdg_path(FT_XDG_STATE, "log.txt");
    ft_message_line_init(&app->message);
    app->dirty = true;
    app->h = opt->h > 0 ? opt->h : 24;
    app->w = opt->w > 0 ? opt->w : 80;
    struct ft_err err = {0};
    if (ft_state_load(&app->state, &err)) ft_log(FT_LOG_WARN, "%s", err.msg);
    const char *bell = ft_state_get(&app->state, "bell");
    app->no_bell = bell && !strcmp(bell, "off");
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
    ft_str_release(&app->copied);
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

void ft_app_notify(struct ft_app *app, const char *text)
{
    if (!app->term || app->no_bell) return;
    ft_term_bell(app->term);
    ft_term_notify(app->term, text);
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
    if (ft_ends_with(path, strlen(path), ".svg")) {
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
