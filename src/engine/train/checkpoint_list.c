/* The folders of checkpoints: see checkpoint_list.h. */
#include "engine/train/checkpoint_list.h"

#include "util/fs.h"
#include "util/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "checkpoint-";

char *ft_checkpoint_path(const char *dir, uint64_t step)
{
    return ft_xprintf("%s/%s%" PRIu64, dir, prefix, step);
}

static int by_step(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

bool ft_checkpoint_step(const char *name, uint64_t *step)
{
    long long x;
    if (strncmp(name, prefix, sizeof prefix - 1) || !ft_parse_i64(name + sizeof prefix - 1, &x) ||
        x < 0)
        return false;
    if (step) *step = (uint64_t)x;
    return true;
}

enum ft_status ft_checkpoint_list(const char *dir, uint64_t **steps, size_t *count,
                                  struct ft_err *err)
{
    char **names = NULL;
    size_t n = 0;
    *steps = NULL;
    *count = 0;
    enum ft_status st = ft_dir_list(dir, &names, &n, err);
    if (st) return st;
    *steps = ft_xcalloc(n, sizeof **steps);
    for (size_t i = 0; i < n; i++)
        *count += ft_checkpoint_step(names[i], &(*steps)[*count]);
    ft_names_free(names, n);
    if (*count) qsort(*steps, *count, sizeof **steps, by_step);
    return FT_OK;
}

enum ft_status ft_checkpoint_remove(const char *dir, uint64_t step, struct ft_err *err)
{
    char *path = ft_checkpoint_path(dir, step);
    char *gone = ft_xprintf("%s/.%s.tmp-%ld", dir, ft_path_base(path), (long)getpid());
    enum ft_status st = FT_OK;
    if (ft_path_is_dir(path)) {
        st = ft_remove_tree(gone, err);
        if (!st) st = ft_rename(path, gone, err);
        if (!st) st = ft_remove_tree(gone, err);
        if (st) ft_fail_in(err, "%s cannot be removed", path);
    }
    free(gone);
    free(path);
    return st;
}
