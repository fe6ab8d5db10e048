/* The command line: `fettle COMMAND ...`, word for word as the help says it. */
#ifndef FT_CLI_CLI_H
#define FT_CLI_CLI_H

/* Runs one command; returns the program's exit status (0, 1, 2, 130, 143). */
int ft_cli_main(int argc, char **argv);

#endif
