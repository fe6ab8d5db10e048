/* What the workbench remembers between starts: $XDG_STATE_HOME/fettle/state.json, written
 * atomically. A missing or broken file is as if there were none: nothing here is worth failing for.
 */
#ifndef FT_UI_APP_STATE_H
#define FT_UI_APP_STATE_H

#include "util/err.h"

#include <stddef.h>

struct ft_state {
    struct ft_state_entry *entries; /* key and text */
    size_t n, cap;
    char **recent; /* files opened last, newest first */
    size_t recent_n;
};
#define FT_RECENT_MAX 20

void ft_state_release(struct ft_state *s);
/* Reads the file; a broken one gives an empty state, an error status and err. */
enum ft_status ft_state_load(struct ft_state *s, struct ft_err *err);
enum ft_status ft_state_save(const struct ft_state *s, struct ft_err *err);
/* Values by key ("theme", "screen", "data.sort"); NULL when there is none. */
const char *ft_state_get(const struct ft_state *s, const char *key);
void ft_state_set(struct ft_state *s, const char *key, const char *value); /* NULL removes */
/* Puts path first among the recent files. */
void ft_state_recent(struct ft_state *s, const char *path);

#endif
