/* Help, written from the command table and the option table. */
#ifndef FT_CLI_HELP_H
#define FT_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

void ft_help_overview(FILE *to);
void ft_help_command(const struct ft_command *c, FILE *to);
/* What stands for an option's value: "N", its choices, .. */
const char *ft_help_value_name(const struct ft_option *o);

#endif
