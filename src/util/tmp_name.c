/* See tmp_name.h. */
#include "util/tmp_name.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

static bool parse_pid(const char *text, size_t n, long long *pid)
{
    *pid = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9' || *pid > INT_LEAST32_MAX) return false;
        *pid = *pid * 10 + (text[i] - '0');
    }
    return n > 0;
}

bool ft_tmp_name_parse(struct ft_tmp_name *t, const char *name)
{
    const char *tmp = strstr(name, ".tmp");
    t->target = name + (name[0] == '.');
    if (!tmp || tmp < t->target || (tmp[4] != '.' && tmp[4] != '-')) return false;
    t->target_n = (size_t)(tmp - t->target);
    t->folder = tmp[4] == '-';
    if (t->folder && name[0] != '.') return false;
    const char *pid = tmp + 5, *end = t->folder ? strstr(pid, ".old") : NULL;
    t->aside = end != NULL;
    if (end && end[4]) return false;
    return parse_pid(pid, end ? (size_t)(end - pid) : strlen(pid), &t->pid);
}

bool ft_tmp_name_dead(const struct ft_tmp_name *t)
{
    return t->pid > 0 && t->pid != getpid() && kill((pid_t)t->pid, 0) && errno == ESRCH;
}
