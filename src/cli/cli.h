/* The command line: `fettle COMMAND ...`, word for word as the help says it. */
#ifndef FT_CLI_CLI_H
#define FT_CLI_CLI_H

#include <stdbool.h>

/* Runs one command; returns the program's exit status (0, 1, 2, 130, 143). */
int ft_cli_main(int argc, char **argv);
/* Whether mpirun started several of this process. */
bool ft_cli_is_ranks(void);
/* The exit status of the workbench, which they cannot be; one of them says so. */
int ft_cli_refuse_ranks(void);

#endif
