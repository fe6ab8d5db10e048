/* The program: no words or `ui` opens the workbench (`help ui` says how), every other word is the
 * command line's.
 * The two faces do not know each other; this file is the only one that sees both. */
#include "cli/cli.h"
#include "ui/screens/ui.h"
#include "util/background.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

/* OpenBLAS takes 128 MB of addresses for each processor before main, and where a limit forbids that
 * it tries for ever. So the limit is looked at before any library is initialised. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern char *openblas_get_config(void) __attribute__((weak));

static void check_addresses(int argc, char **argv, char **envp)
{
    static const char words[] =
        "error: out of memory: the limit on addresses (ulimit -v) is below what OpenBLAS needs, "
        "128 MB a processor: raise it, or set OPENBLAS_NUM_THREADS=1\n";
    struct rlimit limit;
    (void)argc;
    (void)argv;
    if (!openblas_get_config || getrlimit(RLIMIT_AS, &limit) || limit.rlim_cur == RLIM_INFINITY)
        return;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    for (char **e = envp; *e; e++)
        if (!strncmp(*e, "OPENBLAS_NUM_THREADS=", 21) || !strncmp(*e, "OMP_NUM_THREADS=", 16))
            n = 1;
    size_t need = (size_t)(n > 0 ? n : 1) * ((size_t)129 << 20);
    void *p = mmap(NULL, need, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p != MAP_FAILED) {
        munmap(p, need);
        return;
    }
    if (write(STDERR_FILENO, words, sizeof words - 1) < 0) _exit(1);
    _exit(1);
}
__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **,
                                                            char **) = check_addresses;
#endif

int main(int argc, char **argv)
{
    open_streams();
    ft_background_allow();
    if (argc == 1 || !strcmp(argv[1], "ui"))
        return ft_cli_is_ranks() ? ft_cli_refuse_ranks() : ft_ui_main(argc, argv);
    if (argc == 3 && !strcmp(argv[1], "help") && !strcmp(argv[2], "ui")) {
        char *help[] = {argv[0], argv[2], "--help", NULL};
        return ft_ui_main(3, help);
    }
    return ft_cli_main(argc, argv);
}
