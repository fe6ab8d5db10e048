/* The terminal: curses start and stop, signals, keys in, cells out. The only unit that uses
 * curses. The terminal is restored on a normal end, a signal and a crash. While curses is active,
 * the stderr output of libraries goes to the log file.
 *
 *     if ((st = ft_term_start(&term, &opt, &theme, err))) ...
 *     while (ft_term_wait(term, fds, n, timeout_ms)) while (ft_term_key(term, &k)) ...
 *     ft_term_blit(term, &canvas, &theme);
 *     ft_term_stop(term);
 *
 * Threads: main thread only; one terminal a process. */
#ifndef FT_UI_TERM_TERM_H
#define FT_UI_TERM_TERM_H

#include "ui/term/canvas.h"
#include "ui/term/key.h"
#include "ui/term/theme.h"
#include "util/err.h"

#include <stdbool.h>

struct ft_term;

struct ft_term_options {
    bool no_color, no_unicode, no_mouse;
    const char *theme;    /* "dark", "light", "plain", "contrast"; NULL: ask the terminal */
    const char *log_path; /* where stderr goes; named after a crash */
};

/* Sets *theme to what the terminal can show. Fails (FT_UNSUPPORTED) when stdin or stdout is no
 * terminal or TERM is unknown or dumb. Sets LC_CTYPE from the environment. */
enum ft_status ft_term_start(struct ft_term **out, const struct ft_term_options *opt,
                             struct ft_theme *theme, struct ft_err *err);
void ft_term_stop(struct ft_term *t);          /* NULL is fine */
bool ft_term_unicode(const struct ft_term *t); /* UTF-8 locale and not --no-unicode */
/* Its font can be expected to have braille, box lines and signs: not on a text console. */
bool ft_term_has_signs(const struct ft_term *t);

void ft_term_size(const struct ft_term *t, int *h, int *w);
/* Waits for a key, a signal or one of the n fds, at most timeout_ms (-1: for ever). */
void ft_term_wait(struct ft_term *t, const int *fds, int n, int timeout_ms);
/* The next key that is there; false when none is. */
bool ft_term_key(struct ft_term *t, struct ft_key *k);

/* Signals received since the last call; 0: none. */
enum ft_term_event {
    FT_TERM_RESIZED = 1,   /* ft_term_size has the new size */
    FT_TERM_INTERRUPT = 2, /* SIGINT */
    FT_TERM_TERMINATE = 4, /* SIGTERM */
    FT_TERM_HANGUP = 8,    /* SIGHUP, or the terminal is gone */
    FT_TERM_RESUMED = 16   /* back from sleep: draw everything */
};
unsigned ft_term_events(struct ft_term *t);
/* Gives the terminal back to the shell and sleeps, as Ctrl-Z does; returns when woken. */
void ft_term_suspend(struct ft_term *t);

/* Brings what changed since the last call to the screen. */
void ft_term_blit(struct ft_term *t, const struct ft_canvas *c, const struct ft_theme *theme);
void ft_term_redraw(struct ft_term *t); /* the next blit sends everything */
void ft_term_mouse(struct ft_term *t, bool on);
void ft_term_bell(struct ft_term *t);
/* A desktop notification (OSC 9), at most 200 bytes, without control characters. Nothing is sent to
 * a terminal that is not known to have them: others may print the text. */
void ft_term_notify(struct ft_term *t, const char *text);
/* To the terminal's clipboard (OSC 52); at most 74,994 bytes are sent. */
void ft_term_copy(struct ft_term *t, const char *text, size_t n);

#endif
