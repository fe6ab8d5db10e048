/* Lists a folder, names and types, for browsing: one pass over the folder, a `stat` only where the
 * file system does not say what an entry is. Sizes and formats are the caller's to ask, for the
 * entries that are seen.
 *
 *     struct ft_folder f = {0};
 *     if (!ft_folder_read(&f, "data", &err))
 *         for (size_t i = 0; i < f.n; i++) .. f.entries[i].name ..
 *     ft_folder_release(&f); */
#ifndef FT_UTIL_FOLDER_H
#define FT_UTIL_FOLDER_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_folder_entry {
    char *name;
    bool folder; /* or a link to one */
};
struct ft_folder {
    char *path;                      /* as it was given; NULL: nothing was read */
    struct ft_folder_entry *entries; /* sorted by bytes, without "." and ".." */
    size_t n, cap;
};
/* What was there before is released. A folder that cannot be read leaves `path` set and no entries.
 */
enum ft_status ft_folder_read(struct ft_folder *f, const char *path, struct ft_err *err);
void ft_folder_release(struct ft_folder *f);

#endif
