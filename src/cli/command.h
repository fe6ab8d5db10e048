/* A command as a row of the table in commands.c: from it come dispatch, help and the check of what
 * was typed. */
#ifndef FT_CLI_COMMAND_H
#define FT_CLI_COMMAND_H

#include "engine/options/options.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_args;

enum ft_flag_kind {
    FT_FLAG_SWITCH, /* --json */
    FT_FLAG_VALUE,  /* --output F */
    FT_FLAG_COUNT,  /* --rows [N]: a whole number may follow */
    FT_FLAG_MAYBE,  /* --duplicates [THRESHOLD]: a value may follow; for commands without words */
    FT_FLAG_EACH,   /* --over A=1,2 --over B=3,4: several times; one such flag a command at most */
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
/* Does the option do something in this command? */
bool ft_command_reads(const struct ft_command *c, enum ft_opt id);

#define FT_COMMAND_LIST(X)                                                                         \
    X(train)                                                                                       \
    X(eval)                                                                                        \
    X(predict)                                                                                     \
    X(embed)                                                                                       \
    X(tokenize)                                                                                    \
    X(inspect)                                                                                     \
    X(baseline)                                                                                    \
    X(create)                                                                                      \
    X(runs)                                                                                        \
    X(queue)                                                                                       \
    X(sweep)                                                                                       \
    X(audit)                                                                                       \
    X(compare)                                                                                     \
    X(report)                                                                                      \
    X(note)                                                                                        \
    X(delete)                                                                                      \
    X(export)                                                                                      \
    X(bench)                                                                                       \
    X(plan)                                                                                        \
    X(doctor)                                                                                      \
    X(models)                                                                                      \
    X(pull)                                                                                        \
    X(help)

#define X(name) int ft_cmd_##name(const struct ft_args *a);
FT_COMMAND_LIST(X)
#undef X

#endif
