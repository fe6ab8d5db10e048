#include "cli/cli.h"

#include <stdio.h>

int ft_cli_main(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "error: %s: the command line is being built\n", argv[1]);
    return 1;
}
