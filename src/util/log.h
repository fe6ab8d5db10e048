/* The message log: a ring of the last lines, a file if one is set, and an optional listener
 * (the command line prints it on stderr, the workbench shows it). Never writes to the terminal
 * itself. Threads: every function is safe from any thread; the listener is called under no
 * lock, on the thread that speaks. */
#ifndef FT_UTIL_LOG_H
#define FT_UTIL_LOG_H

#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

enum ft_log_level { FT_LOG_DEBUG, FT_LOG_INFO, FT_LOG_NOTE, FT_LOG_WARN, FT_LOG_ERROR };
const char *ft_log_level_name(enum ft_log_level level); /* "note", "warn".. */

void ft_log(enum ft_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
typedef void ft_log_fn(void *arg, enum ft_log_level level, const char *line);
void ft_log_listen(ft_log_fn *fn, void *arg); /* NULL ends it */
/* Appends to `path` from now on (created when missing); NULL closes. When the file has grown to
 * FT_LOG_FILE_MAX, its older half is dropped. */
enum { FT_LOG_FILE_MAX = 2 << 20 }; /* bytes */
enum ft_status ft_log_open(const char *path, struct ft_err *err);

struct ft_log_line {
    uint64_t seq;  /* counts from 1, never repeats */
    double time_s; /* since the program started */
    enum ft_log_level level;
    char text[512];
};
/* Copies the last `n` lines, oldest first; returns how many. */
size_t ft_log_last(struct ft_log_line *out, size_t n);

#endif
