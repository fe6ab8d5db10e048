/* Completion candidates of a prompt: commands, options, values, files. Filled by the view or hook,
 * filtered by the typed text, shown as a list with a note after each. */
#ifndef FT_UI_APP_MATCHES_H
#define FT_UI_APP_MATCHES_H

#include "util/folder.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_match {
    char *text; /* what it puts in; of a folder it ends in "/" */
    char *note; /* size and format, a help text; NULL: none, or not looked at yet */
    bool path, looked;
};
struct ft_matches {
    struct ft_match *items;
    size_t n, cap;
};
void ft_matches_add(struct ft_matches *m, const char *text);
void ft_matches_add_note(struct ft_matches *m, const char *text, const char *note);
void ft_matches_add_path(struct ft_matches *m, const char *path);
void ft_matches_release(struct ft_matches *m);
/* Keeps what begins with prefix, each once; where nothing does, what contains it in its last part,
 * in upper or lower case. `sorted` by bytes, else in the order of adding. */
void ft_matches_keep(struct ft_matches *m, const char *prefix, bool sorted);
/* Bytes of the longest start that all share, whole characters; 0 when there are none. */
size_t ft_matches_shared(const struct ft_matches *m);
bool ft_match_is_folder(const struct ft_match *one);
/* The note; a path is looked at now (a `stat`), so ask for those that are shown: "1.2 MB  csv". */
const char *ft_match_note(struct ft_match *one);

/* Paths beginning with prefix ("~/" is the home folder); folders (maybe only those) end in "/".
 * Hidden names are offered after a '.'. The folder is read again when it is another one than `f`
 * has. An unreadable folder gives no matches: see the error. */
enum ft_status ft_complete_path(struct ft_folder *f, const char *prefix, bool folders,
                                struct ft_matches *out, struct ft_err *err);

#endif
