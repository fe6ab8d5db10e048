/* Whole model folders: see hf_dir.h. The swap uses renameat2(RENAME_EXCHANGE) where the file system
 * has it, so that at no moment there is no folder; else the old one is moved aside first. */
#include "data/hf_dir.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/tmp_name.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ".NAME.tmp-PID" in the target's parent. */
static char *tmp_prefix(const char *base)
{
    return ft_xprintf(".%s.tmp-", base);
}

/* Removes hidden folders of this target whose process is gone. */
static void remove_leftovers(const char *parent, const char *base)
{
    char **names;
    size_t n;
    if (ft_dir_list(parent, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        struct ft_tmp_name tmp;
        if (!ft_tmp_name_parse(&tmp, names[i]) || !tmp.folder || tmp.aside ||
            tmp.target_n != strlen(base) || memcmp(tmp.target, base, tmp.target_n))
            continue;
        if (tmp.pid != getpid() && !ft_tmp_name_dead(&tmp)) continue;
        char *path = ft_path_join(parent, names[i]);
        ft_remove_tree(path, NULL);
        free(path);
    }
    ft_names_free(names, n);
}

static enum ft_status check_space(const char *parent, const char *path, uint64_t need,
                                  struct ft_err *err)
{
    int64_t have = need ? ft_disk_free(parent) : -1;
    char a[32], b[32];
    if (have < 0 || (uint64_t)have >= need) return FT_OK;
    return ft_fail(err, FT_IO, "%s: needs %s, but only %s are free there; free some disk space",
                   path, ft_format_bytes(a, sizeof a, (double)need),
                   ft_format_bytes(b, sizeof b, (double)have));
}

static void release(struct ft_hf_dir *d)
{
    free(d->path);
    free(d->tmp);
    memset(d, 0, sizeof *d);
}

static enum ft_status begin(struct ft_hf_dir *d, const char *path, uint64_t need_bytes,
                            bool make_parents, struct ft_err *err)
{
    d->path = ft_xstrdup(path);
    d->fresh = false;
    size_t n = strlen(d->path);
    while (n > 1 && d->path[n - 1] == '/')
        d->path[--n] = 0;
    char *parent = ft_path_dir(d->path);
    const char *base = ft_path_base(d->path);
    char *prefix = tmp_prefix(base);
    d->tmp = ft_xprintf("%s/%s%ld", parent, prefix, (long)getpid());
    enum ft_status st = make_parents ? ft_mkdirs(parent, err) : FT_OK;
    if (!st && ft_path_exists(d->path) && !ft_path_is_dir(d->path))
        st =
            ft_fail(err, FT_EXISTS,
                    "%s: is a file, expected a folder or a new name; choose another name", d->path);
    if (!st) {
        remove_leftovers(parent, base);
        st = check_space(parent, d->path, need_bytes, err);
    }
    if (!st) st = ft_mkdir(d->tmp, err);
    free(prefix);
    free(parent);
    if (st) release(d);
    return st;
}

enum ft_status ft_hf_dir_begin(struct ft_hf_dir *d, const char *path, uint64_t need_bytes,
                               struct ft_err *err)
{
    return begin(d, path, need_bytes, true, err);
}

enum ft_status ft_hf_dir_begin_in(struct ft_hf_dir *d, const char *path, uint64_t need_bytes,
                                  struct ft_err *err)
{
    return begin(d, path, need_bytes, false, err);
}

enum ft_status ft_hf_dir_put_model(struct ft_hf_dir *d, struct ft_hf_config *config,
                                   const struct ft_st_item *items, size_t n, uint64_t shard_bytes,
                                   const struct ft_st_source *src, struct ft_err *err)
{
    char *path = ft_path_join(d->tmp, "config.json");
    enum ft_status st = ft_hf_config_save(config, path, err);
    free(path);
    if (!st && config->head == FT_HEAD_CLM) {
        path = ft_path_join(d->tmp, "generation_config.json");
        st = ft_hf_config_save_generation(config, path, err);
        free(path);
    }
    return st ? st : ft_st_save_dir(d->tmp, items, n, shard_bytes, NULL, src, err);
}

enum ft_status ft_hf_dir_put_copy(struct ft_hf_dir *d, const char *from_dir, const char *name,
                                  struct ft_err *err)
{
    char *from = ft_path_join(from_dir, name), *to = ft_path_join(d->tmp, name);
    enum ft_status st = ft_path_is_file(from) ? ft_file_copy(from, to, err) : FT_OK;
    free(from);
    free(to);
    return st;
}

/* Puts tmp where nothing may be. */
static enum ft_status place(const struct ft_hf_dir *d, struct ft_err *err)
{
    bool there = false;
    if (renameat2(AT_FDCWD, d->tmp, AT_FDCWD, d->path, RENAME_NOREPLACE)) {
        there = errno == EEXIST || ft_path_exists(d->path);
        if (!there) return ft_rename(d->tmp, d->path, err); /* no such call on this file system */
    }
    if (there) return ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", d->path);
    char *parent = ft_path_dir(d->path);
    ft_dir_sync(parent);
    free(parent);
    return FT_OK;
}

/* Puts tmp in the place of path; what was there, if anything, is in tmp afterwards or gone. */
static enum ft_status swap(const struct ft_hf_dir *d, struct ft_err *err)
{
    if (d->fresh) return place(d, err);
    if (!ft_path_exists(d->path)) return ft_rename(d->tmp, d->path, err);
    if (!renameat2(AT_FDCWD, d->tmp, AT_FDCWD, d->path, RENAME_EXCHANGE)) {
        char *parent = ft_path_dir(d->path);
        ft_dir_sync(parent);
        free(parent);
        return FT_OK;
    }
    char *old = ft_xprintf("%s.old", d->tmp);
    enum ft_status st = ft_remove_tree(old, err);
    if (!st) st = ft_rename(d->path, old, err);
    if (!st && (st = ft_rename(d->tmp, d->path, err))) ft_rename(old, d->path, NULL);
    if (!st) ft_remove_tree(old, NULL);
    free(old);
    return st;
}

enum ft_status ft_hf_dir_end(struct ft_hf_dir *d, enum ft_status st, struct ft_err *err)
{
    if (!d->tmp) return st;
    if (!st) {
        ft_dir_sync(d->tmp);
        st = swap(d, err);
    }
    ft_remove_tree(d->tmp, NULL); /* what was written in vain, or the old folder */
    release(d);
    return st;
}
