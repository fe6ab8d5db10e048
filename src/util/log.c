/* The log: see log.h. One ring for the process; a line longer than a slot is truncated. */
#include "util/log.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
    char *path; /* of file */
    long bytes; /* that it has */
} lg = {.mu = PTHREAD_MUTEX_INITIALIZER};

static const char *const level_names[] = {"debug", "info", "note", "warn", "error"};

const char *ft_log_level_name(enum ft_log_level level)
{
    return level_names[level];
}

static void close_file(void)
{
    if (lg.file) fclose(lg.file);
    free(lg.path);
    lg.file = NULL;
    lg.path = NULL;
    lg.bytes = 0;
}

static bool open_file(const char *path)
{
    FILE *f = fopen(path, "ae");
    if (!f) return false;
    fseek(f, 0, SEEK_END);
    long bytes = ftell(f);
    lg.path = ft_xstrdup(path);
    lg.file = f;
    lg.bytes = bytes > 0 ? bytes : 0;
    return true;
}

/* Drops the older half, from the beginning of a line on. A log that cannot be shortened goes on as
 * it is; it is looked at again after as many bytes. */
static void shorten(void)
{
    static const char head[] = "(older messages were dropped)\n";
    char *text = NULL, *path = lg.path;
    size_t n = 0;
    lg.bytes = 0;
    if (ft_file_read(path, (size_t)FT_LOG_FILE_MAX * 4, &text, &n, NULL)) return;
    size_t from = n > FT_LOG_FILE_MAX / 2 ? n - FT_LOG_FILE_MAX / 2 : 0;
    while (from && from < n && text[from - 1] != '\n')
        from++;
    struct ft_out out;
    if (!ft_out_open(&out, path, NULL)) {
        fputs(head, out.f);
        fwrite(text + from, 1, n - from, out.f);
        if (!ft_out_commit(&out, NULL)) {
            lg.path = NULL;
            close_file();
            open_file(path);
            free(path);
        }
    }
    free(text);
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
        int n = fprintf(lg.file, "%s %s: %s\n", ft_wall_iso(when, sizeof when, ft_wall_s()),
                        ft_log_level_name(level), text.msg);
        fflush(lg.file);
        lg.bytes += n > 0 ? n : 0;
        if (lg.bytes > FT_LOG_FILE_MAX) shorten();
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
    pthread_mutex_lock(&lg.mu);
    close_file();
    int why = !path || open_file(path) ? 0 : errno;
    pthread_mutex_unlock(&lg.mu);
    if (!why) return FT_OK;
    return ft_fail(err, FT_IO, "%s: cannot be opened for the log: %s", path, strerror(why));
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
