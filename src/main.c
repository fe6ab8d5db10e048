/* The program: no words or `ui` opens the workbench (`help ui` says how), every other word is the
 * command line's.
 * The two faces do not know each other; this file is the only one that sees both. */
#include "cli/cli.h"
#include "ui/ui.h"

#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 1 || !strcmp(argv[1], "ui")) return ft_ui_main(argc, argv);
    if (argc == 3 && !strcmp(argv[1], "help") && !strcmp(argv[2], "ui")) {
        char *help[] = {argv[0], argv[2], "--help", NULL};
        return ft_ui_main(3, help);
    }
    return ft_cli_main(argc, argv);
}
