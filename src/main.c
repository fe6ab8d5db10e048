/* The program: no words or `ui` opens the workbench, every other word is the command line's.
 * The two faces do not know each other; this file is the only one that sees both. */
#include "cli/cli.h"
#include "ui/ui.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 1 || !strcmp(argv[1], "ui")) return ft_ui_main(argc, argv);
    return ft_cli_main(argc, argv);
}
