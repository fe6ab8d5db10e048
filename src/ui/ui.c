#include "ui/ui.h"

#include <stdio.h>

int ft_ui_main(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    fprintf(stderr, "error: the workbench is being built\n");
    return 1;
}
