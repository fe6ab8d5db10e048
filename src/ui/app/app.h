/* The workbench's frame and main loop: the list of screens on row 1, the panels of the current screen,
 * the message line on the last row but one, the key line on the last. Screens are views; this module
 * knows none of them.
 *
 *     struct ft_view view = {.name = "Data", .scope = FT_SCOPE_DATA, .panels = panels,
 *                            .panels_n = 5, .layout = layout, .title = title, .draw = draw,
 *                            .act = act};
 *     struct ft_app *app = ft_app_new(&opt, err);
 *     ft_app_add(app, &view);                 in the order of keys 1..7
 *     ft_app_hooks(app, &hooks);
 *     status = ft_app_run(app);
 *     ft_app_free(app);
 *
 * Threads: main thread only. Other threads signal the ft_wake given to ft_app_watch. */
#ifndef FT_UI_APP_APP_H
#define FT_UI_APP_APP_H

#include "ui/app/action.h"
#include "ui/term/canvas.h"
#include "ui/app/cmdline.h"
#include "ui/app/error_text.h"
#include "ui/widgets/field.h"
#include "ui/term/key.h"
#include "ui/widgets/layout.h"
#include "ui/widgets/list.h"
#include "ui/app/message_line.h"
#include "ui/app/state.h"
#include "util/err.h"
#include "util/wake.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_app;
struct ft_view;

struct ft_panel {
    const char *name;    /* for `?` */
    enum ft_scope scope; /* the screen's, or one of its panels' */
    bool bare;           /* no title, cannot be focused */
};

struct ft_title {
    char left[160], right[80]; /* left empty: the panel's name */
};

/* A screen. Every callback but layout and draw may be NULL. Callbacks run on the main thread and
 * must not wait for anything: a key is answered within 16 ms. */
struct ft_view {
    const char *name;
    enum ft_scope scope;
    const struct ft_panel *panels;
    int panels_n;
    void *data; /* the view's own */

    /* The screen is shown (again). */
    void (*open)(struct ft_view *v);
    /* The tree for this body size; panels it does not name are hidden. */
    const struct ft_node *(*layout)(struct ft_view *v, int h, int w);
    /* Draws panel p into r, the part below its title. Called before title. */
    void (*draw)(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
    void (*title)(struct ft_view *v, int p, struct ft_title *t);
    /* An action by key (arg NULL) or by command (arg: the text after it, may be ""). false: not
     * handled here. */
    bool (*act)(struct ft_view *v, enum ft_action a, const char *arg);
    /* Gets keys before actions: text fields, label choices. false: not handled. */
    bool (*key)(struct ft_view *v, const struct ft_key *k);
    /* The focused panel is a text field being typed in: plain characters are text, not actions. */
    bool (*typing)(struct ft_view *v);
    /* Whether the action is available now. NULL: always. For the key line and `?`. */
    bool (*can)(struct ft_view *v, enum ft_action a);
    /* Why the action is not available ("no active run: T trains"), for `?` and the message line;
     * NULL or nothing written: a general message. */
    void (*why_not)(struct ft_view *v, enum ft_action a, char *buf, size_t size);
    /* Label of an action on the key line now ("continue" instead of "pause"); NULL: as in the
     * table. */
    const char *(*label)(struct ft_view *v, enum ft_action a);
    /* After a watched wake-up, and every half second. Call ft_app_redraw if something changed. */
    void (*tick)(struct ft_view *v);
    /* Mark after the screen's name on row 1: "✓", "!", "70%" or "". Called for every view at each
     * drawing. */
    void (*mark)(struct ft_view *v, char *buf, size_t size);
    /* The next step, for the message line when there is no message ("choose a model (2)"). */
    void (*next)(struct ft_view *v, char *buf, size_t size);
    /* A click into panel p at screen place y, x; `again`: the second one at the same place, as
     * Enter. */
    bool (*click)(struct ft_view *v, int p, int y, int x, bool again);
    /* Values of an argument, as ft_complete_fn. */
    void (*complete)(struct ft_view *v, const char *kind, const char *before, const char *prefix,
                     struct ft_matches *out);
    /* What y copies of the focused panel: what is selected or chosen there, whole; rows of a table as
     * tab-separated cells. false: the panel as it is drawn. */
    bool (*copy)(struct ft_view *v, struct ft_str *out);
    void (*close)(struct ft_view *v);

    /* Kept by the app. */
    struct ft_app *app;
    int focus; /* panel */
    bool zoom;
    struct ft_layout shown; /* where the panels lay when drawn last */
};

/* Callbacks for all screens; each may be NULL. */
struct ft_hooks {
    void *arg;
    /* Actions that the current view did not handle (train, set, model, open, export..). */
    bool (*act)(void *arg, enum ft_action a, const char *text);
    /* `q`: true if the program may end now; else the hook has asked the user (ft_app_ask). */
    bool (*quit)(void *arg);
    /* SIGTERM, SIGHUP: save what must not be lost, then the program ends. Called once. */
    void (*terminate)(void *arg, int signal);
    /* For `:wait STATE`: 1 reached, 0 not yet, -1 unknown state, or it cannot be reached any more. */
    int (*reached)(void *arg, const char *state);
    /* Text for the right end of row 1 from 120 columns. */
    void (*status)(void *arg, char *buf, size_t size);
    /* The most important number, for the single line shown below 40x10 ("loss .118"); "" none. */
    void (*brief)(void *arg, char *buf, size_t size);
    /* After a watched wake-up: take snapshots. Runs before the views' ticks. */
    void (*wake)(void *arg);
    /* Completion values that no view provides. */
    ft_complete_fn *complete;
    /* What is wrong with the text of a command that is being typed ("" nothing). */
    void (*check)(void *arg, enum ft_action a, const char *text, char *why, size_t size);
};

struct ft_app_options {
    bool no_color, no_unicode, no_mouse;
    const char *theme;    /* NULL: remembered, or the terminal's */
    const char *script;   /* scripted driving, see script.h; NULL: by keys */
    const char *dump;     /* without a terminal: a file for the screen at the end of the script, or
                             (no script) once everything is loaded; NULL: none */
    int h, w;             /* with a script or dump: the size; 0: 24 x 80 */
    const char *log_path; /* NULL: $XDG_STATE_HOME/fettle/log.txt */
};

/* Nothing is started on the terminal before ft_app_run. */
struct ft_app *ft_app_new(const struct ft_app_options *opt);
void ft_app_add(struct ft_app *app, struct ft_view *v);
void ft_app_hooks(struct ft_app *app, const struct ft_hooks *hooks);
void ft_app_watch(struct ft_app *app, struct ft_wake *wake); /* polled with the keyboard */
/* Runs until it ends; returns the program's exit status (1 with a line on stderr when the terminal
 * cannot be used or a script failed; 129, 143 after signals). */
int ft_app_run(struct ft_app *app);
void ft_app_free(struct ft_app *app); /* calls close of every view */

/* --- for views --- */

void ft_app_redraw(struct ft_app *app);        /* soon: at most 10 times a second, 30 after a key */
void ft_app_quit(struct ft_app *app);          /* ends the loop; asks nothing */
void ft_app_screen(struct ft_app *app, int i); /* from 0 */
void ft_app_screen_of(struct ft_app *app, enum ft_scope scope); /* by what it is; none: stays */
int ft_app_screen_now(const struct ft_app *app);
struct ft_view *ft_app_view(struct ft_app *app, int i); /* NULL when there is none */
int ft_app_width(const struct ft_app *app);             /* columns of the screen */
bool ft_app_in_front(const struct ft_view *v);          /* it is the current screen */
void ft_app_focus(struct ft_view *v, int panel);
/* Runs an action as if its key had been pressed or its command typed. */
bool ft_app_act(struct ft_app *app, enum ft_action a, const char *arg);
/* A whole command line, with or without ':'. */
void ft_app_command(struct ft_app *app, const char *line);
struct ft_state *ft_app_state(struct ft_app *app);
/* Something ended that somebody may wait for elsewhere: the bell, and a desktop notification with
 * `text` where the terminal has them; nothing after `:bell off`. */
void ft_app_notify(struct ft_app *app, const char *text);

/* The message line. Errors stay until a key, the rest 8 s. */
void ft_app_say(struct ft_app *app, enum ft_say kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A note of low priority: it does not replace a warning or an error. */
void ft_app_offer(struct ft_app *app, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The error in the words of the workbench (error_text.h). */
void ft_app_say_err(struct ft_app *app, const struct ft_err *err);
void ft_app_unsay(struct ft_app *app); /* removes an outdated message */
/* Long work: "busy: WHAT ━━╸── done/total  rate UNIT/s  ETA  Esc cancels". Call it again as it goes
 * on; the bar comes after 0.3 s, the ETA after 3 s or 2 %. total 0: not known. `cancel` runs on Esc
 * (NULL: cannot be cancelled). WHAT identifies the job: another one restarts the clock.
 * ft_app_busy_end removes it. */
void ft_app_busy(struct ft_app *app, const char *what, const char *unit, uint64_t done,
                 uint64_t total, void (*cancel)(void *arg), void *arg);
void ft_app_busy_end(struct ft_app *app);

/* "ask: TEXT": the next key goes to `answer`; Esc ends it without a call. true from answer: done;
 * false: ask again. `keys` is what the key line shows meanwhile ("y delete  Esc stay"). */
void ft_app_ask(struct ft_app *app, const char *text, const char *keys,
                bool (*answer)(void *arg, const struct ft_key *k), void *arg);
/* The question with this answer and arg is open. */
bool ft_app_asking(const struct ft_app *app, bool (*answer)(void *arg, const struct ft_key *k),
                   const void *arg);
/* "LABEL: text_": a prompt in the message line; typing replaces the initial text. `kind` is what is
 * asked for: "F" a file or folder that is there, "D" a folder, "W" a file to write, "RUN",
 * "LABEL".. as in the action table, "" free text. Enter calls `take` with the text: true ends it,
 * false keeps it open (after an error message, which is shown above it). Esc ends it. What is in
 * brackets in the label is left out where there is no room; its first word names the history. */
void ft_app_prompt(struct ft_app *app, const char *label, const char *initial, const char *kind,
                   bool (*take)(void *arg, const char *text), void *arg);
/* A page over the body (help, logs, a command to copy); Esc or the same key closes it. Takes the
 * text over: *text is empty afterwards. */
struct ft_rich;
void ft_app_page(struct ft_app *app, const char *title, struct ft_rich *text);
/* The screen as text, as `:dump` writes it. */
void ft_app_dump(struct ft_app *app, struct ft_str *out);

#endif
