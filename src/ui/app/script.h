/* Scripted driving, for tests and demonstrations. A script is lines of text:
 *
 *     key Down            one key by name; more may follow, blank-separated
 *     keys abc def        the rest of the line, character by character
 *     paste TEXT          one paste event
 *     click Y X           the left button, from 0
 *     signal RESIZE|TERM  as if it had arrived
 *     :WORD ...           any command; `:wait STATE` waits (at most 120 s), `:dump F` writes the
 *                         screen
 *     :size W H           another size
 *     expect TEXT         fails when the screen does not contain TEXT; `reject TEXT` the opposite
 *     pause MS            waits (for animations only; use :wait for states)
 *     # comment
 *
 * Runs without a terminal. Fails with file and line, also if a line follows the one that quits
 * (other than pause and :wait); the end of the script ends the program. */
#ifndef FT_UI_APP_SCRIPT_H
#define FT_UI_APP_SCRIPT_H

#include "ui/term/key.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

enum ft_script_kind {
    FT_SCRIPT_END,
    FT_SCRIPT_KEY,
    FT_SCRIPT_COMMAND, /* text */
    FT_SCRIPT_SIZE,    /* h, w */
    FT_SCRIPT_EXPECT,  /* text */
    FT_SCRIPT_REJECT,  /* text */
    FT_SCRIPT_PAUSE,   /* ms */
    FT_SCRIPT_SIGNAL   /* text: RESIZE or TERM */
};

struct ft_script_step {
    enum ft_script_kind kind;
    struct ft_key key;
    const char *text; /* belongs to the script, until the next step */
    int h, w, ms;
};

struct ft_script;
enum ft_status ft_script_open(struct ft_script **out, const char *path, struct ft_err *err);
void ft_script_close(struct ft_script *s);
/* The next step; one key at a time. Errors name file and line. */
enum ft_status ft_script_next(struct ft_script *s, struct ft_script_step *step, struct ft_err *err);
/* "path line 12", for errors found while a step runs. */
const char *ft_script_place(const struct ft_script *s);

#endif
