/* The inside of the terminal, one unit in these files: term.c (its life, signals, waiting),
 * term_cells.c (what is shown), term_key.c (what is typed). */
#ifndef FT_UI_TERM_TERM_IN_H
#define FT_UI_TERM_TERM_IN_H

#include "ui/term/term.h"
#include "util/clock.h"
#include "util/wake.h"
#include "util/str.h"

#include <signal.h>
#include <termios.h>

enum { TERM_PAIRS = 250, TERM_SLEEP = 0x100, TERM_PENDING = 32 };

struct ft_term {
    struct screen *screen; /* curses' SCREEN */
    bool unicode, signs, xterm, mouse;
    bool fresh; /* the next blit sends everything */
    int stderr_fd;
    struct ft_canvas shown; /* what the terminal shows */
    struct ft_theme theme;
    struct {
        int32_t fg, bg;
    } pairs[TERM_PAIRS];
    int pairs_n;
    struct sigaction old_flags[5], old_crash[6];
    stack_t alt_stack;
    struct ft_str paste; /* being read, or given with the last key */
    bool pasting;
    unsigned pending[TERM_PENDING]; /* characters read ahead */
    int pending_n;
    char part[4]; /* the bytes of a character whose rest has not come */
    size_t part_n;
};

void term_keys_define(struct ft_term *t);

#endif
