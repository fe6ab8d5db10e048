/* The row above the keys while something is asked there: a question, a prompt, a command. What is
 * said there is in message_line.h. */
#include "ui/app/app_in.h"

#include "util/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- messages --- */

void ft_app_say(struct ft_app *app, enum ft_say kind, const char *fmt, ...)
{
    char text[sizeof app->message.text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    ft_message_line_say(&app->message, kind, text);
    ft_app_redraw(app);
}

void ft_app_offer(struct ft_app *app, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (ft_message_line_said(&app->message, FT_SAY_WARN))
        ft_log(FT_LOG_NOTE, "%s", text);
    else
        ft_app_say(app, FT_SAY_NOTE, "%s", text);
}

void ft_app_unsay(struct ft_app *app)
{
    ft_message_line_unsay(&app->message);
    ft_app_redraw(app);
}

void ft_app_say_err(struct ft_app *app, const struct ft_err *err)
{
    char text[sizeof err->msg];
    ft_app_say(app, FT_SAY_ERROR, "%s", ft_error_text(err, text, sizeof text));
}

void ft_app_busy(struct ft_app *app, const char *what, const char *unit, uint64_t done,
                 uint64_t total, void (*cancel)(void *arg), void *arg)
{
    if (ft_message_line_busy(&app->message, what, unit, done, total, cancel, arg))
        ft_app_redraw(app);
}

void ft_app_busy_end(struct ft_app *app)
{
    if (ft_message_line_busy_end(&app->message)) ft_app_redraw(app);
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
    ft_message_line_seen(&app->message);
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
        ft_message_line_seen(&app->message);
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
        ft_message_line_seen(&app->message);
    return true;
}

void app_line_draw(struct ft_app *app, struct ft_rect area)
{
    struct ft_canvas *c = &app->canvas;
    struct ft_view *v = app_now(app);
    char text[1100] = "";
    int x = 1, y = area.y + area.h - 1;
    bool error = ft_message_line_said(&app->message, FT_SAY_ERROR);
    switch (app->line) {
    case LINE_COMMAND:
    case LINE_PROMPT:
        if (error) ft_message_line_full(&app->message, text, sizeof text);
        ft_prompt_draw(&app->prompt, c, area, app->label, error ? text : NULL);
        return;
    case LINE_ASK:
        x += ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_WARN | FT_BOLD, "ask:") + 1;
        ft_canvas_text(c, y, x, c->w - 1 - x, FT_ROLE_NORMAL, app->label);
        return;
    case LINE_NONE:
        break;
    }
    if (ft_message_line_draw(&app->message, c, y)) return;
    if (v && v->next) v->next(v, text, sizeof text);
    ft_message_line_text(c, y, text);
}
