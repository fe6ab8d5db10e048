/* What changes a run's folder: its note, its name, its checkpoints, and the whole of it. Each takes
 * the folder's lock first, so that a run that goes on is never touched; only the note needs none,
 * as no process but a person's writes it. See runs.h. */
#include "engine/runs/runs.h"

#include "engine/train/checkpoint_list.h"
#include "engine/train/record.h"
#include "util/fs.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ft_status check_run(const char *path, struct ft_err *err)
{
    char *json = ft_path_join(path, "run.json");
    enum ft_status st = FT_OK;
    if (!ft_path_exists(json))
        st = ft_fail(err, FT_NOTFOUND, "%s: no run here (no run.json)", path);
    free(json);
    return st;
}

enum ft_status ft_run_note(const char *path, const char *text, struct ft_err *err)
{
    enum ft_status st = check_run(path, err);
    if (st) return st;
    size_t n = strlen(text);
    if (n >= FT_RUN_NOTE_MAX)
        return ft_fail(err, FT_USAGE, "the note is %zu bytes long, expected less than %d", n,
                       (int)FT_RUN_NOTE_MAX);
    if (ft_utf8_prefix(text, n) != n)
        return ft_fail(err, FT_USAGE, "the note is not UTF-8 at byte %zu", ft_utf8_prefix(text, n));
    char *file = ft_path_join(path, "note.txt"), *line = ft_xprintf("%s\n", text);
    st = n ? ft_file_write(file, line, n + 1, err) : ft_remove_tree(file, err);
    free(file);
    free(line);
    return st;
}

enum ft_status ft_run_delete(const char *path, bool *left, struct ft_err *err)
{
    enum ft_status st = check_run(path, err);
    if (st) return st;
    int fd = -1;
    char *lock = ft_path_join(path, ".lock"), *log = ft_path_join(path, "log.txt");
    if (!(st = ft_lock_take(&fd, lock, err))) {
        st = ft_record_remove(path, err);
        if (!st) st = ft_remove_tree(log, err);
        if (!st) st = ft_remove_tree(lock, err);
        bool stays = !st && rmdir(path);
        if (left) *left = stays;
        ft_lock_release(&fd);
    }
    free(lock);
    free(log);
    return st;
}

static int64_t tree_bytes(const char *path)
{
    struct stat sb;
    char **names;
    size_t n;
    if (lstat(path, &sb)) return 0;
    if (!S_ISDIR(sb.st_mode)) return S_ISREG(sb.st_mode) ? (int64_t)sb.st_size : 0;
    int64_t sum = 0;
    if (ft_dir_list(path, &names, &n, NULL)) return 0;
    for (size_t i = 0; i < n; i++) {
        char *inner = ft_path_join(path, names[i]);
        sum += tree_bytes(inner);
        free(inner);
    }
    ft_names_free(names, n);
    return sum;
}

int64_t ft_run_bytes(const char *path)
{
    return tree_bytes(path);
}

/* Whether checkpoint i of n (steps ascend) is one that a trimmed run keeps. */
static bool stays(const struct ft_run *r, const uint64_t *steps, size_t i, size_t n)
{
    bool best_there = false;
    for (size_t k = 0; k < n; k++)
        best_there = best_there || (r->has_best && steps[k] == r->best_step);
    bool best = best_there && steps[i] == r->best_step;
    bool last = i + 1 == n;
    return best || (last && (!best_there || r->stored != FT_RUN_DONE));
}

enum ft_status ft_run_trim_plan(const char *path, struct ft_run_trim *plan, struct ft_err *err)
{
    struct ft_run r;
    *plan = (struct ft_run_trim){0};
    enum ft_status st = ft_run_read(&r, path, err);
    if (st) return st;
    if (r.state == FT_RUN_UNREADABLE)
        st = ft_fail(err, FT_FORMAT, "%s; the best checkpoint is unknown", r.why);
    uint64_t *steps = NULL;
    size_t n = 0;
    if (!st) st = ft_checkpoint_list(path, &steps, &n, err);
    for (size_t i = 0; i < n; i++) {
        if (stays(&r, steps, i, n)) {
            plan->kept[plan->kept_n++] = steps[i];
            continue;
        }
        char *inner = ft_checkpoint_path(path, steps[i]);
        plan->bytes += tree_bytes(inner);
        plan->n++;
        free(inner);
    }
    free(steps);
    ft_run_release(&r);
    return st;
}

enum ft_status ft_run_trim(const char *path, struct ft_run_trim *done, struct ft_err *err)
{
    int fd = -1;
    enum ft_status st = check_run(path, err);
    if (st) return st;
    char *lock = ft_path_join(path, ".lock");
    struct ft_run_trim plan = {0};
    if (!(st = ft_lock_take(&fd, lock, err))) {
        /* The lock is ours now, so run.json and the folders stay as they are read here. */
        st = ft_run_trim_plan(path, &plan, err);
        uint64_t *steps = NULL;
        size_t n = 0;
        if (!st) st = ft_checkpoint_list(path, &steps, &n, err);
        for (size_t i = 0; i < n && !st; i++) {
            bool keep = false;
            for (size_t k = 0; k < plan.kept_n; k++)
                keep = keep || plan.kept[k] == steps[i];
            if (keep) continue;
            st = ft_checkpoint_remove(path, steps[i], err);
        }
        free(steps);
        ft_lock_release(&fd);
    }
    if (done) *done = plan;
    free(lock);
    return st;
}

/* A folder's name that lies beside the old one, whatever file system it is. */
static enum ft_status check_name(const char *name, struct ft_err *err)
{
    bool control = false;
    for (const char *p = name; *p; p++)
        control = control || (unsigned char)*p < 0x20 || *p == 0x7F;
    if (*name && *name != '.' && !strchr(name, '/') && !control && strlen(name) < 256 &&
        ft_utf8_prefix(name, strlen(name)) == strlen(name))
        return FT_OK;
    return ft_fail(err, FT_USAGE,
                   "'%s': expected the name of a folder, without / and not beginning with a dot",
                   name);
}

enum ft_status ft_run_rename(const char *path, const char *name, char **to, struct ft_err *err)
{
    int fd = -1;
    char *real = NULL, *parent = NULL, *lock = NULL, *target = NULL;
    *to = NULL;
    enum ft_status st = check_run(path, err);
    if (!st) st = check_name(name, err);
    if (st) return st;
    real = ft_path_real(path); /* "." or a path with a / at its end has no name to replace */
    parent = ft_path_dir(real ? real : path);
    target = ft_path_join(parent, name);
    lock = ft_path_join(path, ".lock");
    if (!(st = ft_lock_take(&fd, lock, err))) {
        if (renameat2(AT_FDCWD, real ? real : path, AT_FDCWD, target, RENAME_NOREPLACE)) {
            if (errno == EEXIST)
                st = ft_fail(err, FT_EXISTS, "%s: already exists; choose another name", name);
            else
                st = ft_fail(err, FT_IO, "%s: cannot be renamed to %s: %s", path, target,
                             strerror(errno));
        } else {
            ft_dir_sync(parent);
        }
        ft_lock_release(&fd);
    }
    if (!st) {
        char *beside = ft_path_dir(path);
        bool relative = path[0] != '/' && strcmp(path, ".") && path[strlen(path) - 1] != '/';
        *to = !relative              ? ft_xstrdup(target)
              : !strcmp(beside, ".") ? ft_xstrdup(name)
                                     : ft_path_join(beside, name);
        free(beside);
    }
    free(real);
    free(parent);
    free(target);
    free(lock);
    return st;
}
