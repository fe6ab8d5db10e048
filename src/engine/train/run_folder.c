/* The folder of a run: see run_folder.h. */
#include "engine/train/run_folder.h"

#include "engine/train/train_state.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/tmp_name.h"

#include <stdlib.h>
#include <string.h>

/* What a process that was killed left half done: whoever has the lock may clear it away. A folder
 * that had been moved aside when nothing was in its place yet goes back. */
void ft_run_folder_clear(const char *dir)
{
    char **names;
    size_t n;
    if (ft_dir_list(dir, &names, &n, NULL)) return;
    for (size_t i = 0; i < n; i++) {
        struct ft_tmp_name tmp;
        if (!ft_tmp_name_parse(&tmp, names[i])) continue;
        char *path = ft_path_join(dir, names[i]);
        char *plain = ft_xstrndup(tmp.target, tmp.target_n), *target = ft_path_join(dir, plain);
        if (tmp.aside && !ft_path_exists(target))
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
