/* This program again, in the background: see background.h. posix_spawn is used, not fork: the
 * process has many threads and much memory. */
#include "util/background.h"

#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char self[] = "/proc/self/exe";
static bool allowed;

void ft_background_allow(void)
{
    allowed = true;
}

/* The program's path, so that it is listed by its name; the link itself when the file was replaced
 * since this process began. */
static void find_program(char *buf, size_t size)
{
    struct stat now, then;
    ssize_t n = readlink(self, buf, size - 1);
    if (n > 0 && (size_t)n < size - 1) {
        buf[n] = 0;
        if (!stat(buf, &now) && !stat(self, &then) && now.st_ino == then.st_ino &&
            now.st_dev == then.st_dev)
            return;
    }
    snprintf(buf, size, "%s", self);
}

static void prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *how, const char *log)
{
    static const int reset[] = {SIGINT,  SIGTERM, SIGQUIT, SIGHUP,  SIGPIPE, SIGTSTP,
                                SIGXFSZ, SIGCHLD, SIGTTIN, SIGTTOU, SIGWINCH};
    sigset_t set;
    posix_spawn_file_actions_init(files);
    posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(files, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND,
                                     0600);
    posix_spawn_file_actions_adddup2(files, STDOUT_FILENO, STDERR_FILENO);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 34)
    posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
#endif
    posix_spawnattr_init(how);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(how, &set);
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        sigaddset(&set, reset[i]);
    posix_spawnattr_setsigdefault(how, &set);
    posix_spawnattr_setflags(
        how, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
}

enum ft_status ft_background_start(const char *const *words, const char *log, int64_t *pid,
                                   struct ft_err *err)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    char program[4096];
    size_t n = 0;
    pid_t child = 0;
    *pid = 0;
    if (!allowed)
        return ft_fail(err, FT_UNSUPPORTED, "this program starts no process in the background");
    while (words[n])
        n++;
    char **list = ft_xcalloc(n + 2, sizeof *list);
    list[0] = ft_xstrdup("fettle");
    for (size_t i = 0; i < n; i++)
        list[i + 1] = ft_xstrdup(words[i]);
    find_program(program, sizeof program);
    prepare(&files, &how, log);
    int why = posix_spawn(&child, program, &files, &how, list, environ);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    for (size_t i = 0; i <= n; i++)
        free(list[i]);
    free(list);
    *pid = child;
    if (!why) return FT_OK;
    return ft_fail(err, FT_IO, "no process could be started in the background (output to %s): %s",
                   log, strerror(why));
}

bool ft_background_ended(int64_t pid, int *status)
{
    int raw = 0;
    pid_t ended;
    do
        ended = waitpid((pid_t)pid, &raw, WNOHANG);
    while (ended < 0 && errno == EINTR);
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return ended != 0; /* also when it is no child of this process any more */
}
