/* Help, written from the command table and the option table. */
#ifndef FT_CLI_HELP_H
#define FT_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* The help of the program, with a line for each of the n commands. */
void ft_help_overview(const struct ft_command *commands, size_t n, FILE *to);
void ft_help_command(const struct ft_command *c, FILE *to);
/* What stands for an option's value: "N", its choices, .. */
const char *ft_help_value_name(const struct ft_option *o);

#endif
