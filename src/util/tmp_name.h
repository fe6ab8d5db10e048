/* The names of what a process writes before it is renamed into place, and of what a process that
 * was killed leaves behind:
 *
 *     NAME.tmp.PID          a file (ft_out_open, util/fs.h)
 *     .NAME.tmp-PID         a folder, or an old one that is being removed (data/hf_dir.h)
 *     .NAME.tmp-PID.old     an old folder that was moved aside
 */
#ifndef FT_UTIL_TMP_NAME_H
#define FT_UTIL_TMP_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct ft_tmp_name {
    const char *target; /* NAME, inside the name that was parsed */
    size_t target_n;
    bool folder, aside;
    long long pid;
};
/* false: `name` is not such a name. */
bool ft_tmp_name_parse(struct ft_tmp_name *t, const char *name);
/* Whether the process that wrote it is gone. */
bool ft_tmp_name_dead(const struct ft_tmp_name *t);

#endif
