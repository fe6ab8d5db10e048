/* The commands: one row each, from which come dispatch, help and the check of what was typed. */
#ifndef FT_CLI_COMMAND_H
#define FT_CLI_COMMAND_H

#include "engine/options/options.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_args;
struct ft_str;

enum ft_flag_kind {
    FT_FLAG_SWITCH, /* --json */
    FT_FLAG_VALUE,  /* --output F */
    FT_FLAG_COUNT,  /* --rows [N]: a whole number may follow */
};
struct ft_flag { /* a flag that is no training option */
    const char *name;
    enum ft_flag_kind kind;
    const char *value; /* what stands for the value in help, or NULL */
    const char *help;
};

enum { FT_FLAGS_MAX = 16 };

struct ft_command {
    const char *name;
    const char *usage;           /* without "fettle ", lines parted by \n */
    const char *help;            /* one line */
    const struct ft_flag *flags; /* ended by a row without a name; NULL: none */
    const enum ft_opt *options; /* of the table, those that do something here (all are taken), ended
                                   by FT_OPT_COUNT; NULL: it takes none */
    size_t words_min, words_max; /* words that belong to no flag */
    int (*run)(const struct ft_args *a);
};
const struct ft_command *ft_command_at(size_t i); /* NULL: past the last */
const struct ft_command *ft_command_find(const char *name);
bool ft_command_reads(const struct ft_command *c, enum ft_opt id);

/* Says `err` on stderr and gives the exit status: 2 for wrong usage (with a hint), 130 for what was
 * cancelled, else 1. */
int ft_command_fail(const struct ft_args *a, const struct ft_err *err);
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

#define FT_COMMAND_LIST(X)                                                                         \
    X(train)                                                                                       \
    X(eval)                                                                                        \
    X(predict)                                                                                     \
    X(tokenize)                                                                                    \
    X(inspect)                                                                                     \
    X(baseline)                                                                                    \
    X(create)                                                                                      \
    X(runs)                                                                                        \
    X(compare)                                                                                     \
    X(note)                                                                                        \
    X(delete)                                                                                      \
    X(export)                                                                                      \
    X(bench)                                                                                       \
    X(doctor)                                                                                      \
    X(models)                                                                                      \
    X(help)                                                                                        \
    X(missing)

#define X(name) int ft_cmd_##name(const struct ft_args *a);
FT_COMMAND_LIST(X)
#undef X

#endif
