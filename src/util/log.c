/* The log: see log.h. One ring for the process; a line longer than a slot is cut. */
#include "util/log.h"
#include "util/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { RING = 512 };

static struct {
    pthread_mutex_t mu;
    struct ft_log_line ring[RING];
    uint64_t count;
    double started_s;
    ft_log_fn *fn;
    void *arg;
    FILE *file;
} lg = {.mu = PTHREAD_MUTEX_INITIALIZER};

static const char *const level_names[] = {"debug", "info", "note", "warn", "error"};

const char *ft_log_level_name(enum ft_log_level level)
{
    return level_names[level];
}

void ft_log(enum ft_log_level level, const char *fmt, ...)
{
    struct ft_err text = {0}; /* borrows ft_fail's way of making a text printable */
    char raw[sizeof text.msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    ft_fail(&text, FT_OK, "%s", raw);

    pthread_mutex_lock(&lg.mu);
    if (!lg.count) lg.started_s = ft_now_s();
    struct ft_log_line *line = &lg.ring[lg.count % RING];
    line->seq = ++lg.count;
    line->time_s = ft_now_s() - lg.started_s;
    line->level = level;
    snprintf(line->text, sizeof line->text, "%.*s", (int)sizeof line->text - 1, text.msg);
    if (lg.file) {
        char when[32];
        fprintf(lg.file, "%s %s: %s\n", ft_wall_iso(when, sizeof when, ft_wall_s()),
                ft_log_level_name(level), text.msg);
        fflush(lg.file);
    }
    ft_log_fn *fn = lg.fn;
    void *arg = lg.arg;
    pthread_mutex_unlock(&lg.mu);
    if (fn) fn(arg, level, text.msg);
}

void ft_log_listen(ft_log_fn *fn, void *arg)
{
    pthread_mutex_lock(&lg.mu);
    lg.fn = fn;
    lg.arg = arg;
    pthread_mutex_unlock(&lg.mu);
}

enum ft_status ft_log_open(const char *path, struct ft_err *err)
{
    FILE *f = NULL;
    if (path && !(f = fopen(path, "ae")))
        return ft_fail(err, FT_IO, "%s: cannot be opened for the log: %s", path, strerror(errno));
    pthread_mutex_lock(&lg.mu);
    if (lg.file) fclose(lg.file);
    lg.file = f;
    pthread_mutex_unlock(&lg.mu);
    return FT_OK;
}

size_t ft_log_last(struct ft_log_line *out, size_t n)
{
    pthread_mutex_lock(&lg.mu);
    uint64_t have = lg.count < RING ? lg.count : RING;
    if (n > have) n = (size_t)have;
    for (size_t i = 0; i < n; i++)
        out[i] = lg.ring[(lg.count - n + i) % RING];
    pthread_mutex_unlock(&lg.mu);
    return n;
}
