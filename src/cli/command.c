/* See command.h. */
#include "cli/command.h"

bool ft_command_reads(const struct ft_command *c, enum ft_opt id)
{
    for (const enum ft_opt *o = c->options; o && *o != FT_OPT_COUNT; o++)
        if (*o == id) return true;
    return false;
}
