/* Words after a command, read by its row of the command table: `--flag value`, `--flag=value`, `-`
 * for
 * `_`, `--` ends the flags. An unknown flag is an error that names the nearest one. */
#ifndef FT_CLI_ARGS_H
#define FT_CLI_ARGS_H

#include "cli/command.h"

struct ft_args {
    const struct ft_command *command;
    const char
        *flags[FT_FLAGS_MAX]; /* in the order of command->flags; NULL: not given; "": no value */
    const char **each;        /* values of the flag that may be given several times */
    size_t each_n;
    const char **words;
    size_t words_n;
    struct ft_options o; /* where the command takes options */
    const char *config, *preset;
};

/* argv points to the first word after the command; it must outlive `a`. Flags win over --config,
 * and that over --preset. On an error `a` is released. */
enum ft_status ft_args_parse(struct ft_args *a, const struct ft_command *command, int argc,
                             char **argv, struct ft_err *err);
void ft_args_release(struct ft_args *a);

/* The value of a flag of the command's own table; NULL when it was not given. */
const char *ft_args_flag(const struct ft_args *a, const char *name);
/* The text of a training option, NULL when it is empty. */
const char *ft_args_option(const struct ft_args *a, enum ft_opt id);

#endif
