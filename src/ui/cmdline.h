/* The command line behind `:` (and prompts in the message line): a field with completion by Tab and
 * a history walked by prefix. */
#ifndef FT_UI_CMDLINE_H
#define FT_UI_CMDLINE_H

#include "ui/action.h"
#include "ui/field.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Receives one possible value; n bytes need not end in 0. */
struct ft_matches {
    char **items;
    size_t n, cap;
};
void ft_matches_add(struct ft_matches *m, const char *text);
void ft_matches_release(struct ft_matches *m);
/* Offers values for a kind of argument: the words of the table's usage column ("OPTION", "VALUE",
 * "M", "RUN", "LABEL", "C", "COLUMN", "STATE", "NAME"..). `before` is the argument before it (""
 * when it is the first): VALUE needs to know its OPTION. What does not start with the prefix is
 * left out by the caller. */
typedef void ft_complete_fn(void *arg, const char *kind, const char *before, const char *prefix,
                            struct ft_matches *out);

struct ft_history {
    char **lines; /* oldest first */
    size_t n, cap;
};
#define FT_HISTORY_MAX 1000
/* From and to $XDG_STATE_HOME/fettle/history; failures are silent (it is only a comfort). */
void ft_history_load(struct ft_history *h);
void ft_history_add(struct ft_history *h,
                    const char *line); /* in memory and appended to the file */
void ft_history_release(struct ft_history *h);

struct ft_cmdline {
    struct ft_field field;
    enum ft_scope scope; /* words are seen from here */
    struct ft_history *history;
    ft_complete_fn *complete; /* may be NULL */
    void *complete_arg;
    const char
        *only; /* a prompt: one argument of this kind ("F", "ID", ""), no words; NULL: commands */
    size_t at; /* place in the history, history->n: the line being typed */
    struct ft_str typed;       /* what was typed before walking the history */
    struct ft_matches matches; /* of the last Tab */
    size_t match;
    size_t match_from; /* byte where the completed part starts */
};
void ft_cmdline_release(struct ft_cmdline *c);
/* true when the key was used. Enter and Esc are the caller's. */
bool ft_cmdline_key(struct ft_cmdline *c, const struct ft_key *k, int w);
/* Fills `matches` for the text before the cursor. */
void ft_cmdline_complete(struct ft_cmdline *c);

/* A command split in word and rest: "set learning_rate 3e-5" -> FT_ACT_SET and "learning_rate
 * 3e-5". A leading ':' is skipped. Unknown words fail with the nearest one. An empty line gives
 * FT_ACT_NONE. */
enum ft_status ft_command_parse(enum ft_scope scope, const char *line, enum ft_action *action,
                                const char **rest, struct ft_err *err);
/* The next argument of `*rest` into buf, quotes ("..", '..') taken off; false when there is none.
 */
bool ft_command_arg(const char **rest, char *buf, size_t size);
/* Paths beginning with prefix ("~/" is the home folder), folders (maybe only those) end in "/". */
void ft_complete_path(const char *prefix, bool folders, struct ft_matches *out);

#endif
