/* What a command prints: results on stdout, messages on stderr. */
#ifndef FT_CLI_REPORT_H
#define FT_CLI_REPORT_H

#include "util/err.h"

struct ft_args;
struct ft_str;

/* Prints `err` on stderr; returns the exit status: 2 for wrong usage (with a hint), 130 for what was
 * cancelled, else 1. */
int ft_command_fail(const struct ft_args *a, const struct ft_err *err);
/* The last error that was printed. */
const struct ft_err *ft_command_last(void);
/* Wrong usage found by the command itself. */
int ft_command_usage(const struct ft_args *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Flushes stdout; 1 with a line on stderr when writing failed (a full disk), else 0. */
int ft_command_done(void);
/* Puts a result on stdout. What is not JSON is for people: what a terminal would obey in it is
 * escaped (ft_str_add_shown). show: the same for text, whatever the flags. */
void ft_command_print(const struct ft_args *a, struct ft_str *s);
void ft_command_show(const struct ft_str *s);
/* One line on stderr, without its newline, escaped in the same way: names of files are text, too.
 */
void ft_command_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
