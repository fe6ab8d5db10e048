/* See folder.h. */
#include "util/folder.h"

#include "util/fs.h"
#include "util/mem.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_name(const void *a, const void *b)
{
    const struct ft_folder_entry *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* Links and entries of file systems that keep no types are looked at. */
static bool is_folder(const char *path, const struct dirent *e)
{
    if (e->d_type != DT_UNKNOWN && e->d_type != DT_LNK) return e->d_type == DT_DIR;
    char *full = ft_path_join(path, e->d_name);
    bool folder = ft_path_is_dir(full);
    free(full);
    return folder;
}

enum ft_status ft_folder_read(struct ft_folder *f, const char *path, struct ft_err *err)
{
    char *given = ft_xstrdup(path);
    ft_folder_release(f);
    f->path = given;
    DIR *d = opendir(path);
    if (!d)
        return ft_fail(err, errno == ENOENT || errno == ENOTDIR ? FT_NOTFOUND : FT_IO,
                       "%s: cannot be listed: %s", path, strerror(errno));
    struct dirent *e;
    for (errno = 0; (e = readdir(d)); errno = 0) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")) continue;
        ft_grow(&f->entries, &f->cap, f->n + 1, sizeof *f->entries);
        f->entries[f->n++] = (struct ft_folder_entry){ft_xstrdup(e->d_name), is_folder(path, e)};
    }
    int why = errno;
    closedir(d);
    if (f->n) qsort(f->entries, f->n, sizeof *f->entries, by_name);
    return why ? ft_fail(err, FT_IO, "%s: cannot be listed: %s", path, strerror(why)) : FT_OK;
}

void ft_folder_release(struct ft_folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->entries[i].name);
    free(f->entries);
    free(f->path);
    *f = (struct ft_folder){0};
}
