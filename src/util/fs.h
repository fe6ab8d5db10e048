/* Files: whole reads, replacing a file atomically, folders, locks, XDG paths.
 * Every error text names the path and says what to do. */
#ifndef FT_UTIL_FS_H
#define FT_UTIL_FS_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads the whole file, ended by a 0 that is not counted in *n. More than max_bytes is refused
 * before anything is read. The caller frees *data with free(). */
enum ft_status ft_file_read(const char *path, size_t max_bytes, char **data, size_t *n,
                            struct ft_err *err);

/* Opens a regular file for reading; *fd is the caller's to close, *size its length now. A file is
 * never mapped: another program may cut it short, and the next access would kill this one. A Git
 * LFS pointer (a short text in place of a large file) is FT_FORMAT and named. */
enum ft_status ft_file_open(const char *path, int *fd, size_t *size, struct ft_err *err);

/* Replacing a file: write to out->f, then commit (flush, fsync, rename over `path`, fsync of the
 * folder) or abort (the old file stays as it was).
 *     struct ft_out out;
 *     if ((st = ft_out_open(&out, path, err))) return st;
 *     fprintf(out.f, ...);
 *     return ft_out_commit(&out, err);       reports any write error since open */
struct ft_out {
    FILE *f;
    char *path, *tmp;
};
enum ft_status ft_out_open(struct ft_out *out, const char *path, struct ft_err *err);
enum ft_status ft_out_commit(struct ft_out *out, struct ft_err *err);
void ft_out_abort(struct ft_out *out);
/* The three in one. */
enum ft_status ft_file_write(const char *path, const void *data, size_t n, struct ft_err *err);
/* Copies a file, atomically at the target. */
enum ft_status ft_file_copy(const char *from, const char *to, struct ft_err *err);

bool ft_path_exists(const char *path);
bool ft_path_is_dir(const char *path);
bool ft_path_is_file(const char *path);
int64_t ft_file_size(const char *path); /* -1 when there is none */
int64_t ft_disk_free(const char *path); /* bytes a user may still write there, -1 unknown */
int64_t ft_mem_available(void);         /* MemAvailable, or what cgroups leave; -1 unknown */
int64_t ft_mem_rss(void);               /* resident bytes of this process now */
char *ft_path_join(const char *a, const char *b); /* free() it; b absolute gives b */
const char *ft_path_base(const char *path);       /* last part, points into path */
char *ft_path_dir(const char *path);              /* free() it; "." when there is none */
char *ft_path_home(const char *path);             /* "~/x" in the home folder; free() it */
char *ft_path_real(const char *path);             /* absolute, links resolved; NULL when missing */
/* The same place, however it is written; paths of which one is missing: the same text. */
bool ft_path_same(const char *a, const char *b);
enum ft_status ft_mkdirs(const char *path, struct ft_err *err);
/* Only the last part of the path: where what is above it is missing, it is not to be made. */
enum ft_status ft_mkdir(const char *path, struct ft_err *err);
/* Removes a file or a whole tree; never follows links. Missing is fine. */
enum ft_status ft_remove_tree(const char *path, struct ft_err *err);
enum ft_status ft_rename(const char *from, const char *to, struct ft_err *err); /* and syncs */
/* fsync on a folder, so that a rename in it lasts. */
void ft_dir_sync(const char *path);

/* Names in a folder, sorted by bytes, without "." and ".."; free with ft_names_free. A folder that
 * cannot be read to its end is FT_IO, not a shorter list. */
enum ft_status ft_dir_list(const char *path, char ***names, size_t *n, struct ft_err *err);
void ft_names_free(char **names, size_t n);

/* An exclusive lock held while the process lives (flock on PATH, created when missing, its text set
 * to the pid). FT_BUSY names the holder's pid. */
enum ft_status ft_lock_take(int *fd, const char *path, struct ft_err *err);
void ft_lock_release(int *fd);
/* Whether PATH is still the file that is locked: not when it or its folder was moved or removed. */
bool ft_lock_stands(int fd, const char *path);
/* The pid that holds the lock on PATH now, 0: nobody, -1: somebody whose pid cannot be read. */
int64_t ft_lock_holder(const char *path);

/* $XDG_CONFIG_HOME/fettle and so on (relative values are ignored, as the standard says);
 * free() it. The folder is not created. */
enum ft_xdg { FT_XDG_CONFIG, FT_XDG_DATA, FT_XDG_STATE, FT_XDG_CACHE };
char *ft_xdg_path(enum ft_xdg kind, const char *file);

/* The folder of what ships (models, sample data): $FETTLE_ASSETS, the source tree's assets/, or the
 * installed one; NULL when none is there. free() it. */
char *ft_assets_path(const char *file);

#endif
