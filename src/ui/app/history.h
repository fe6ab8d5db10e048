/* What was typed into prompts before, each kind of prompt on its own ("find", "split"; the command
 * line is ""), kept in $XDG_STATE_HOME/fettle/history: a line each, "KIND<tab>TEXT", of the command
 * line the text alone. Failures are silent: it is a comfort. */
#ifndef FT_UI_APP_HISTORY_H
#define FT_UI_APP_HISTORY_H

#include <stdbool.h>
#include <stddef.h>

struct ft_history {
    char **lines; /* oldest first, as in the file */
    size_t n, cap;
};
#define FT_HISTORY_MAX 1000
void ft_history_load(struct ft_history *h);
/* In memory and appended to the file. A text that is empty, has a control character or is the last
 * one of its kind is not added. */
void ft_history_add(struct ft_history *h, const char *kind, const char *text);
/* The text of line i when it is of this kind, else NULL. */
const char *ft_history_text(const struct ft_history *h, size_t i, const char *kind);
void ft_history_release(struct ft_history *h);

#endif
