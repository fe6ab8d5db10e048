/* The main loop: waits for keys, signals and wake-ups, and draws as often as is due. */
#include "ui/app/app_in.h"

#include "util/clock.h"
#include "util/log.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>

/* Least times between two drawings: after a key; while somebody presses keys, for what these set
 * going; by itself, which also holds for looking at what works in the background. */
static const double key_frame_s = 0.008, busy_frame_s = 1.0 / 30, frame_s = 0.1;
static const double resize_frame_s = 0.05, tick_s = 0.5, keys_s = 1;

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
    if (ft_message_line_expire(&app->message)) app->dirty = true;
    if (!woken && now - app->ticked_s < tick_s) return;
    app->ticked_s = now;
    if (woken && app->hooks.wake) app->hooks.wake(app->hooks.arg);
    for (int i = 0; i < app->views_n; i++)
        if (app->views[i]->tick) app->views[i]->tick(app->views[i]);
    if (app->message.busy.on) app->dirty = true; /* its clock runs */
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
    if (ev & FT_TERM_INTERRUPT) app_ask_quit(app);
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
