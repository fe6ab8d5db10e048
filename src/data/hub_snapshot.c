/* What makes blobs a model that other programs find: links and refs. See hub_fetch.h. Each is made
 * under a temporary name in the model's folder, where no program looks, and renamed. */
#include "data/hub_fetch.h"

#include "util/fs.h"
#include "util/mem.h"
#include "util/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *ft_hub_snapshot_path(const struct ft_hub_repo *r, const char *commit)
{
    return ft_xprintf("%s/snapshots/%s", r->folder, commit);
}

/* "../../blobs/ETAG" seen from snapshots/COMMIT/FILE. */
static char *link_text(const char *file, const char *etag)
{
    struct ft_str s = {0};
    ft_str_addz(&s, "../../");
    for (const char *p = file; *p; p++)
        if (*p == '/') ft_str_addz(&s, "../");
    ft_str_addf(&s, "blobs/%s", etag);
    return ft_str_take(&s);
}

static bool is_link_to(const char *path, const char *text)
{
    char buf[1024];
    ssize_t n = readlink(path, buf, sizeof buf);
    return n > 0 && (size_t)n == strlen(text) && !memcmp(buf, text, (size_t)n);
}

/* FT_UNSUPPORTED: the file system has no links. */
static enum ft_status put_link(const char *tmp, const char *path, const char *text,
                               struct ft_err *err)
{
    unlink(tmp);
    if (symlink(text, tmp)) {
        bool none = errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL;
        return ft_fail(err, none ? FT_UNSUPPORTED : FT_IO, "%s: the link cannot be made: %s", path,
                       strerror(errno));
    }
    enum ft_status st = ft_rename(tmp, path, err);
    if (st) unlink(tmp);
    return st;
}

enum ft_status ft_hub_link(const struct ft_hub_repo *r, const char *commit, const char *file,
                           const struct ft_hub_head *head, bool keep, struct ft_err *err)
{
    char *path = ft_xprintf("%s/snapshots/%s/%s", r->folder, commit, file),
         *blob = ft_xprintf("%s/blobs/%s", r->folder, head->etag),
         *tmp = ft_xprintf("%s/.link.tmp.%ld", r->folder, (long)getpid()), *dir = ft_path_dir(path),
         *text = link_text(file, head->etag);
    char first;
    enum ft_status st = ft_mkdirs(dir, err);
    bool right = ft_path_is_file(path) && ft_file_size(path) == head->bytes &&
                 (r->settings->no_symlinks || is_link_to(path, text) || !ft_path_is_file(blob));
    if (!st && !right) {
        st = r->settings->no_symlinks ? FT_UNSUPPORTED : put_link(tmp, path, text, err);
        if (st == FT_UNSUPPORTED) {
            bool copy = keep || readlink(blob, &first, 1) >= 0; /* a link is no file to be moved */
            if (copy) unlink(path); /* a link there would be written through */
            st = copy ? ft_file_copy(blob, path, err) : ft_rename(blob, path, err);
        }
    }
    free(path);
    free(blob);
    free(tmp);
    free(dir);
    free(text);
    return st;
}

enum ft_status ft_hub_set_ref(const struct ft_hub_repo *r, const char *commit, struct ft_err *err)
{
    if (!strcmp(r->revision, commit)) return FT_OK;
    char *path = ft_xprintf("%s/refs/%s", r->folder, r->revision),
         *tmp = ft_xprintf("%s/.ref.tmp.%ld", r->folder, (long)getpid()), *dir = ft_path_dir(path),
         *now = NULL;
    size_t n = 0, len = strlen(commit);
    enum ft_status st = ft_mkdirs(dir, err);
    if (!st && ft_path_is_file(path) && !ft_file_read(path, 256, &now, &n, NULL) && n == len &&
        !memcmp(now, commit, n)) {
        /* as it is */
    } else if (!st && !(st = ft_file_write(tmp, commit, len, err))) {
        st = ft_rename(tmp, path, err);
        if (st) unlink(tmp);
    }
    free(now);
    free(path);
    free(tmp);
    free(dir);
    return st;
}
