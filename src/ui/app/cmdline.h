/* Commands as text: "set learning_rate 3e-5" split into its word and arguments, and what may stand
 * at the cursor, from the action table. The line itself is a prompt: prompt.h. */
#ifndef FT_UI_APP_CMDLINE_H
#define FT_UI_APP_CMDLINE_H

#include "ui/app/action.h"
#include "ui/app/matches.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Offers values for a kind of argument: the words of the table's usage column ("OPTION", "VALUE",
 * "M", "RUN", "LABEL", "C", "COLUMN", "STATE", "NAME"..). `before` is the argument before it (""
 * when it is the first): VALUE needs to know its OPTION. What does not fit the prefix is left out
 * by the caller. */
typedef void ft_complete_fn(void *arg, const char *kind, const char *before, const char *prefix,
                            struct ft_matches *out);

/* A command split in word and rest: "set learning_rate 3e-5" -> FT_ACT_SET and "learning_rate
 * 3e-5". A leading ':' is skipped. Unknown words fail with the nearest one. An empty line gives
 * FT_ACT_NONE. */
enum ft_status ft_command_parse(enum ft_scope scope, const char *line, enum ft_action *action,
                                const char **rest, struct ft_err *err);
/* The next argument of `*rest` into buf, quotes ("..", '..') taken off; false when there is none.
 */
bool ft_command_arg(const char **rest, char *buf, size_t size);
/* The path that the rest of a command names: all of it with its blanks; when there is no such file
 * and the rest is quoted as for a shell, what the quotes hold; "~/" is the home folder. free() it.
 */
char *ft_command_path(const char *rest);

/* A usage of choices ("on|off") and an argument that is none of them: fails with what they are. */
enum ft_status ft_command_choice(const char *usage, const char *rest, struct ft_err *err);

/* Where the cursor is, at the end of `line`. */
struct ft_command_place {
    bool word;             /* in the command's own word */
    enum ft_action action; /* else its action; FT_ACT_NONE: there is no such word */
    char kind[64];         /* of the argument, as in the usage column; "" takes nothing */
    char before[256];      /* the argument before it */
    size_t from;           /* byte where the word or argument begins */
};
void ft_command_place(enum ft_scope scope, const char *line, struct ft_command_place *at);
/* The words that may be typed, those that are used most first, then those of the scope's screen. */
void ft_command_words(enum ft_scope scope, const char *prefix, struct ft_matches *out);

#endif
