/* The table of all commands. */
#ifndef FT_CLI_COMMANDS_H
#define FT_CLI_COMMANDS_H

#include "cli/command.h"

const struct ft_command *ft_command_at(size_t i); /* NULL: past the last */
const struct ft_command *ft_command_find(const char *name);

#endif
