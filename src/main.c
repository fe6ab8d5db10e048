/* The program: no words or `ui` opens the workbench (`help ui` says how), every other word is the
 * command line's.
 * The two faces do not know each other; this file is the only one that sees both. */
#include "cli/cli.h"
#include "ui/screens/ui.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A service may start the program with closed streams. The next file that is opened would get the
 * number of stdin, stdout or stderr, and messages would be written into it. */
static void open_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) continue;
        int opened = open("/dev/null", O_RDWR); /* gets the lowest free number */
        if (opened >= 0 && opened != fd) {
            dup2(opened, fd);
            close(opened);
        }
    }
}

int main(int argc, char **argv)
{
    open_streams();
    if (argc == 1 || !strcmp(argv[1], "ui")) return ft_ui_main(argc, argv);
    if (argc == 3 && !strcmp(argv[1], "help") && !strcmp(argv[2], "ui")) {
        char *help[] = {argv[0], argv[2], "--help", NULL};
        return ft_ui_main(3, help);
    }
    return ft_cli_main(argc, argv);
}
