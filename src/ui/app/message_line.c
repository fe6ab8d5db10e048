/* The message line: what was said, long work, questions, prompts and the command line, one at a
 * time. */
#include "ui/app/app_in.h"

#include "util/clock.h"
#include "util/fs.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    unsigned style;
    enum ft_log_level level;
} kinds[] = {
    [FT_SAY_OK] = {"ok:", FT_ROLE_GOOD, FT_LOG_INFO},
    [FT_SAY_NOTE] = {"note:", FT_ROLE_ACCENT, FT_LOG_NOTE},
    [FT_SAY_WARN] = {"warn:", FT_ROLE_WARN, FT_LOG_WARN},
    [FT_SAY_ERROR] = {"error:", FT_ROLE_BAD, FT_LOG_ERROR},
};

static const double message_s = 8, bar_after_s = 0.3, eta_after_s = 3, busy_every_s = 0.1;

void ft_app_say(struct ft_app *app, enum ft_say kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(app->message, sizeof app->message, fmt, ap);
    va_end(ap);
    app->said = kind;
    app->said_s = ft_now_s();
    ft_log(kinds[kind].level, "%s", app->message);
    ft_app_redraw(app);
}

void ft_app_offer(struct ft_app *app, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (app->said_s >= 0 && app->said >= FT_SAY_WARN)
        ft_log(FT_LOG_NOTE, "%s", text);
    else
        ft_app_say(app, FT_SAY_NOTE, "%s", text);
}

void ft_app_unsay(struct ft_app *app)
{
    app->said_s = -1;
    ft_app_redraw(app);
}

void ft_app_say_err(struct ft_app *app, const struct ft_err *err)
{
    ft_app_say(app, FT_SAY_ERROR, "%s", *err->msg ? err->msg : ft_status_name(err->code));
}

bool app_line_expire(struct ft_app *app)
{
    if (app->said_s < 0 || app->said == FT_SAY_ERROR || ft_now_s() - app->said_s < message_s)
        return false;
    app->said_s = -1;
    return true;
}

void app_error_seen(struct ft_app *app)
{
    if (app->said_s >= 0 && app->said == FT_SAY_ERROR) app->said_s = -1;
}

/* --- long work --- */

void ft_app_busy(struct ft_app *app, const char *what, const char *unit, uint64_t done,
                 uint64_t total, void (*cancel)(void *arg), void *arg)
{
    double now = ft_now_s();
    if (!app->busy.on || strcmp(app->busy.what, what)) {
        snprintf(app->busy.what, sizeof app->busy.what, "%s", what);
        app->busy.start_s = now;
        app->busy.on = true;
        app->busy.drawn_s = 0;
    }
    snprintf(app->busy.unit, sizeof app->busy.unit, "%s", unit ? unit : "");
    app->busy.done = done;
    app->busy.total = total;
    app->busy.cancel = cancel;
    app->busy.arg = arg;
    if (now - app->busy.drawn_s < busy_every_s) return;
    app->busy.drawn_s = now;
    ft_app_redraw(app);
}

void ft_app_busy_end(struct ft_app *app)
{
    if (!app->busy.on) return;
    app->busy.on = false;
    ft_app_redraw(app);
}

/* 38400 -> "38k", 950 -> "950", 2.5 -> "2.5". */
static void rate_text(char *buf, size_t size, double rate)
{
    if (rate >= 1e6)
        snprintf(buf, size, "%.1fM", rate / 1e6);
    else if (rate >= 1e4)
        snprintf(buf, size, "%.0fk", rate / 1e3);
    else if (rate >= 1e3)
        snprintf(buf, size, "%.1fk", rate / 1e3);
    else
        snprintf(buf, size, rate >= 10 ? "%.0f" : "%.1f", rate);
}

static void draw_busy(struct ft_app *app, int y)
{
    struct ft_canvas *c = &app->canvas;
    char tail[200] = "", part[80], done[32], total[32];
    double spent = ft_now_s() - app->busy.start_s;
    bool known = app->busy.total > 0;
    double share = known ? (double)app->busy.done / (double)app->busy.total : 0;
    if (share > 1) share = 1;
    ft_format_count(done, sizeof done, (long long)app->busy.done);
    ft_format_count(total, sizeof total, (long long)app->busy.total);
    if (known)
        snprintf(tail, sizeof tail, " %s/%s", done, total);
    else if (app->busy.done)
        snprintf(tail, sizeof tail, " %s", done);
    size_t n = strlen(tail);
    if (*app->busy.unit && spent > bar_after_s && app->busy.done) {
        rate_text(part, sizeof part, (double)app->busy.done / spent);
        n += (size_t)snprintf(tail + n, sizeof tail - n, "  %s %s/s", part, app->busy.unit);
    }
    if (known && share > 0 && (spent > eta_after_s || share > 0.02) && spent > bar_after_s) {
        ft_format_time(part, sizeof part, spent / share - spent);
        n += (size_t)snprintf(tail + n, sizeof tail - n, "  ETA %s", part);
    }
    if (app->busy.cancel) snprintf(tail + n, sizeof tail - n, "  Esc cancels");
    int x = 1, w = c->w - 2;
    x += ft_canvas_text(c, y, x, w, FT_ROLE_ACCENT | FT_BOLD, "busy:") + 1;
    x += ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, app->busy.what) + 1;
    int bar = c->w - 1 - x - ft_text_width(tail, strlen(tail));
    if (bar > c->w / 4) bar = c->w / 4;
    if (known && spent > bar_after_s && bar >= 4) {
        ft_canvas_progress(c, y, x, bar, share);
        x += bar;
    } else {
        x--;
    }
    ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, tail);
}

/* --- lines --- */

static void close_line(struct ft_app *app)
{
    app->line = LINE_NONE;
    ft_prompt_release(&app->prompt);
    ft_app_redraw(app);
}

void ft_app_ask(struct ft_app *app, const char *text, const char *keys,
                bool (*answer)(void *arg, const struct ft_key *k), void *arg)
{
    if (app->line) close_line(app);
    snprintf(app->label, sizeof app->label, "%s", text);
    snprintf(app->ask_keys, sizeof app->ask_keys, "%s", keys);
    app->line = LINE_ASK;
    app->answer = answer;
    app->line_arg = arg;
    ft_app_redraw(app);
}

bool ft_app_asking(const struct ft_app *app, bool (*answer)(void *arg, const struct ft_key *k),
                   const void *arg)
{
    return app->line == LINE_ASK && app->answer == answer && app->line_arg == arg;
}

static void complete(void *arg, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out)
{
    struct ft_app *app = arg;
    struct ft_view *v = app_now(app);
    if (v && v->complete) v->complete(v, kind, before, prefix, out);
    if (app->hooks.complete) app->hooks.complete(app->hooks.arg, kind, before, prefix, out);
}

static void check(void *arg, enum ft_action a, const char *text, char *why, size_t size)
{
    struct ft_app *app = arg;
    if (app->hooks.check) app->hooks.check(app->hooks.arg, a, text, why, size);
}

static void open_line(struct ft_app *app, const char *kind, const char *of, const char *initial)
{
    struct ft_view *v = app_now(app);
    struct ft_prompt *p = &app->prompt;
    close_line(app);
    app->line = kind ? LINE_PROMPT : LINE_COMMAND;
    *p = (struct ft_prompt){.kind = kind,
                            .scope = v ? v->panels[v->focus].scope : FT_SCOPE_ALL,
                            .history = &app->history,
                            .complete = complete,
                            .check = check,
                            .arg = app,
                            .recent = app->state.recent,
                            .recent_n = app->state.recent_n};
    snprintf(p->of, sizeof p->of, "%.*s", (int)strcspn(of, " :("), of);
    ft_prompt_begin(p, initial);
}

void ft_app_prompt(struct ft_app *app, const char *label, const char *initial, const char *kind,
                   bool (*take)(void *arg, const char *text), void *arg)
{
    open_line(app, kind ? kind : "", label, initial);
    snprintf(app->label, sizeof app->label, "%s:", label);
    app->take = take;
    app->line_arg = arg;
}

void app_line_command(struct ft_app *app, const char *initial)
{
    open_line(app, NULL, "", initial);
    snprintf(app->label, sizeof app->label, ":");
}

/* Enter in a prompt. The line is closed first: what it does may open another. */
static void enter_prompt(struct ft_app *app, const char *text)
{
    bool (*take)(void *, const char *) = app->take;
    struct ft_prompt kept = app->prompt;
    char label[sizeof app->label];
    void *arg = app->line_arg;
    memcpy(label, app->label, sizeof label);
    app->prompt = (struct ft_prompt){0};
    app->line = LINE_NONE;
    bool taken = take(arg, text);
    if (taken) ft_history_add(&app->history, kept.of, text);
    if (taken || app->line) {
        ft_prompt_release(&kept);
        return;
    }
    app->prompt = kept; /* not taken: back as it was */
    app->line = LINE_PROMPT;
    app->take = take;
    app->line_arg = arg;
    memcpy(app->label, label, sizeof label);
}

static void enter(struct ft_app *app)
{
    char *text = ft_prompt_text(&app->prompt);
    app_error_seen(app);
    if (app->line == LINE_COMMAND) {
        close_line(app);
        ft_history_add(&app->history, "", text);
        ft_app_command(app, text);
    } else {
        enter_prompt(app, text);
    }
    free(text);
    ft_app_redraw(app);
}

bool app_line_key(struct ft_app *app, const struct ft_key *k)
{
    bool interrupt = k->code == FT_KEY_CHAR && k->cp == 'c' && k->mods == FT_MOD_CTRL, taken;
    if (!app->line) return false;
    ft_app_redraw(app);
    if (k->code == FT_KEY_ESC || interrupt) {
        app_error_seen(app);
        close_line(app);
        return true;
    }
    if (app->line == LINE_ASK) {
        bool (*answer)(void *, const struct ft_key *) = app->answer;
        if (k->code == FT_KEY_MOUSE) return true;
        app->line = LINE_NONE;
        if (!answer(app->line_arg, k) && !app->line) app->line = LINE_ASK;
        return true;
    }
    bool used = ft_prompt_key(&app->prompt, k, app->w, &taken);
    if (taken || (!used && k->code == FT_KEY_ENTER))
        enter(app);
    else if (!used && k->code == FT_KEY_BACKSPACE && app->line == LINE_COMMAND)
        close_line(app);
    else if (k->code != FT_KEY_MOUSE)
        app_error_seen(app);
    return true;
}

/* A text that begins with one of the words of messages shows the word in its colour. */
static void draw_said(struct ft_app *app, int y, const char *text)
{
    struct ft_canvas *c = &app->canvas;
    int x = 1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t n = strlen(kinds[i].word);
        if (strncmp(text, kinds[i].word, n)) continue;
        x += ft_canvas_text(c, y, x, c->w - 1 - x, kinds[i].style | FT_BOLD, kinds[i].word);
        text += n;
        break;
    }
    ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, text);
}

void app_line_draw(struct ft_app *app, struct ft_rect area)
{
    struct ft_canvas *c = &app->canvas;
    struct ft_view *v = app_now(app);
    char text[1100] = "";
    int x = 1, y = area.y + area.h - 1;
    bool error = app->said_s >= 0 && app->said == FT_SAY_ERROR;
    switch (app->line) {
    case LINE_COMMAND:
    case LINE_PROMPT:
        if (error) snprintf(text, sizeof text, "%s %s", kinds[app->said].word, app->message);
        ft_prompt_draw(&app->prompt, c, area, app->label, error ? text : NULL);
        return;
    case LINE_ASK:
        x += ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_WARN | FT_BOLD, "ask:") + 1;
        ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, app->label);
        return;
    case LINE_NONE:
        break;
    }
    bool said = app->said_s >= 0;
    /* long work comes back two seconds after what was said meanwhile, but an error stays */
    if (said && app->busy.on && app->said != FT_SAY_ERROR) said = ft_now_s() - app->said_s < 2;
    if (said)
        snprintf(text, sizeof text, "%s %s", kinds[app->said].word, app->message);
    else if (app->busy.on) {
        draw_busy(app, y);
        return;
    } else if (v && v->next)
        v->next(v, text, sizeof text);
    draw_said(app, y, text);
}
