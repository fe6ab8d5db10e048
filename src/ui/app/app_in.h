/* The inside of the app, which is one unit in these files (each may call the others). Not for views.
 *
 *     app.c            its life, and what views ask of it
 *     app_loop.c       the main loop
 *     app_dispatch.c   who gets a key, a click, a word
 *     app_actions.c    what the app does itself
 *     app_line.c       questions, prompts, commands and messages above the keys
 *     frame.c          drawing
 *     script_player.c  scripts in place of a terminal */
#ifndef FT_UI_APP_APP_IN_H
#define FT_UI_APP_APP_IN_H

#include "ui/app/app.h"
#include "ui/app/overlay.h"
#include "ui/app/prompt.h"
#include "ui/app/script.h"
#include "ui/term/term.h"

enum { APP_VIEWS_MAX = 9, APP_WAKES_MAX = 8, APP_FOOTER_MAX = 32 };

enum line_mode { LINE_NONE, LINE_COMMAND, LINE_PROMPT, LINE_ASK };

struct footer_spot {
    int x, w;
    enum ft_action action;
};

struct ft_app {
    struct ft_app_options opt;
    char *log_path;
    struct ft_view *views[APP_VIEWS_MAX];
    bool opened[APP_VIEWS_MAX];
    int views_n, now;
    struct ft_hooks hooks;
    struct ft_wake *wakes[APP_WAKES_MAX];
    int wakes_n;

    struct ft_term *term; /* NULL: no terminal (scripts) */
    struct ft_theme theme;
    struct ft_canvas canvas, scratch;
    struct ft_state state;
    struct ft_history history;
    struct ft_overlay overlay;
    int h, w, old_h, old_w; /* wanted and drawn size */
    bool clipboard, no_bell;
    struct ft_str copied; /* what went to the clipboard last */

    /* the message line */
    enum line_mode line;
    struct ft_prompt prompt; /* command and prompt */
    char label[640];         /* of the prompt, or the question */
    char ask_keys[80];       /* of the question, for the key line */
    bool (*answer)(void *arg, const struct ft_key *k);
    bool (*take)(void *arg, const char *text);
    void *line_arg;
    struct ft_message_line message;

    struct footer_spot spots[APP_FOOTER_MAX]; /* where the key line's items stand, for clicks */
    int spots_n;
    struct {
        int y, x;
        double at_s;
    } clicked;

    bool dirty, urgent; /* something to draw; because of a key */
    bool woken;         /* and not looked at so far */
    double drawn_s, ticked_s, key_s;
    bool quit, terminated;
    int status;
};

static inline struct ft_view *app_now(struct ft_app *app)
{
    return app->views_n ? app->views[app->now] : NULL;
}

/* frame.c */
void app_draw(struct ft_app *app);
enum ft_scope app_scope(struct ft_app *app); /* where keys are looked up now */
bool app_typing(struct ft_app *app);
bool app_can(struct ft_app *app, enum ft_action a);
/* As app_can, but true for what the frame does itself; an ft_action_works_fn of an ft_app. */
bool app_works(void *app, enum ft_action a, char *why, size_t size);
int app_panels(struct ft_view *v, int h, int w, int *out); /* the panels one may focus */

/* app_line.c */
bool app_line_key(struct ft_app *app, const struct ft_key *k); /* a key while a line is open */
void app_line_draw(struct ft_app *app, struct ft_rect area); /* on its last row, or from there up */
void app_line_command(struct ft_app *app, const char *initial);

/* app_actions.c */
bool app_act(struct ft_app *app, enum ft_action a, const char *arg); /* false: not the app's */
void app_ask_quit(struct ft_app *app); /* ends, if the hook has nothing to ask */

/* app_dispatch.c */
void app_key(struct ft_app *app, const struct ft_key *k);
void app_size(struct ft_app *app, int h, int w);
bool app_woken(struct ft_app *app, int timeout_ms); /* waits for a watched wake-up, drains it */
void app_work(struct ft_app *app, bool woken);      /* hooks.wake and ticks */
void app_terminate(struct ft_app *app, int signal);
/* The screen as a file: a picture where `path` ends in .svg, otherwise text. */
enum ft_status app_dump_to(struct ft_app *app, const char *path, struct ft_err *err);

/* script_player.c */
int app_drive(struct ft_app *app);

#endif
