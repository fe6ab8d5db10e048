/* The folder of a run: see run_folder.h. */
#include "engine/train/run_folder.h"

#include "engine/train/train_state.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static bool is_number(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < '0' || text[i] > '9') return false;
    return n > 0;
}

/* "NAME.tmp.PID", a file in the making; ".NAME.tmp-PID", a folder in the making, an old one or one
 * that is being removed; ".NAME.tmp-PID.old", an old one that was moved aside (hf_dir.c): its NAME
 * has *name_n bytes from *name on. */
static bool is_leftover(const char *file, const char **name, size_t *name_n)
{
    const char *tmp = strstr(file, ".tmp");
    *name = file + (file[0] == '.');
    if (!tmp || tmp < *name || (tmp[4] != '.' && tmp[4] != '-')) return false;
    *name_n = (size_t)(tmp - *name);
    const char *end = tmp[4] == '-' ? strstr(tmp + 5, ".old") : NULL;
    if (tmp[4] == '-' && file[0] != '.') return false;
    if (end && end[4]) return false;
    return is_number(tmp + 5, end ? (size_t)(end - tmp - 5) : strlen(tmp + 5));
}

/* What a process that was killed left half done: whoever has the lock may clear it away. A folder
 * that had been moved aside when nothing was in its place yet goes back. */
void ft_run_folder_clear(const char *dir)
{
    char **names;
    size_t n;
    if (ft_dir_list(dir, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        const char *name;
        size_t name_n, len = strlen(names[i]);
        if (!is_leftover(names[i], &name, &name_n)) continue;
        char *path = ft_path_join(dir, names[i]);
        char *plain = ft_xstrndup(name, name_n), *target = ft_path_join(dir, plain);
        bool old = len > 4 && !strcmp(names[i] + len - 4, ".old");
        if (old && !ft_path_exists(target))
            ft_rename(path, target, NULL);
        else
            ft_remove_tree(path, NULL);
        free(target);
        free(plain);
        free(path);
    }
    ft_names_free(names, n);
}

enum ft_status ft_run_folder_here(const struct ft_train *t, struct ft_err *err)
{
    char *lock = ft_path_join(t->dir, ".lock");
    bool stands = ft_lock_stands(t->lock, lock);
    free(lock);
    if (stands) return FT_OK;
    return ft_fail(err, FT_IO,
                   "%s: the run's folder was moved or removed during the run; stopped at step %llu "
                   "(put it back, then --resume)",
                   t->dir, (unsigned long long)t->s.step);
}

enum ft_status ft_run_folder_watch(struct ft_train *t, struct ft_err *err)
{
    double now = ft_now_s();
    if (now - t->looked_s < 1 && now >= t->looked_s) return FT_OK;
    t->looked_s = now;
    return ft_run_folder_here(t, err);
}
