/* The user's command at the end of a run: see notify.h. A thread of its own starts the command,
 * reads its output and waits for it. */
#include "engine/train/notify.h"

#include "util/log.h"
#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const event_names[FT_NOTIFY_COUNT] = {"done", "failed", "nan", "stall"};

const char *ft_notify_event_name(enum ft_notify_event event)
{
    return event_names[event];
}

struct notification {
    char *command;
    char *variables[3]; /* NAME=VALUE */
};

static struct {
    pthread_mutex_t mu;
    pthread_cond_t ended;
    int running;
} all = {.mu = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};

static void notification_free(struct notification *n)
{
    for (size_t i = 0; i < 3; i++)
        free(n->variables[i]);
    free(n->command);
    free(n);
}

/* The environment with our variables in place of any of the same names; free() the list alone. */
static char **environment(const struct notification *n)
{
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **list = ft_xcalloc(count + 4, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        bool ours = false;
        for (size_t k = 0; k < 3; k++) {
            size_t len = strcspn(n->variables[k], "=") + 1;
            ours = ours || !strncmp(environ[i], n->variables[k], len);
        }
        if (!ours) list[kept++] = environ[i];
    }
    for (size_t k = 0; k < 3; k++)
        list[kept++] = n->variables[k];
    return list;
}

static int start(const struct notification *n, int output, pid_t *pid)
{
    static const int reset[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGXFSZ, SIGCHLD};
    char *words[] = {(char *)"sh", (char *)"-c", n->command, NULL};
    char **variables = environment(n);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t set;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    posix_spawnattr_init(&how);
    sigemptyset(&set);
    posix_spawnattr_setsigmask(&how, &set);
    for (size_t i = 0; i < sizeof reset / sizeof *reset; i++)
        sigaddset(&set, reset[i]);
    posix_spawnattr_setsigdefault(&how, &set);
    posix_spawnattr_setflags(
        &how, (short)(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID));
    int why = posix_spawn(pid, "/bin/sh", &files, &how, words, variables);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    free(variables);
    return why;
}

/* Keeps the beginning of what the command writes until it ends; what its own children write later
 * is nobody's business here. */
static void read_output(int fd, char *first, size_t size)
{
    size_t n = strlen(first);
    char buf[512];
    ssize_t got;
    while ((got = read(fd, buf, sizeof buf)) > 0)
        for (ssize_t i = 0; i < got && n + 1 < size; i++)
            first[n++] = buf[i];
    first[n] = 0;
}

static int wait_for(pid_t pid, int fd, char *first, size_t size)
{
    int status = 0;
    for (;;) {
        pid_t ended = waitpid(pid, &status, WNOHANG);
        read_output(fd, first, size);
        if (ended == pid || (ended < 0 && errno != EINTR)) return status;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, 100) > 0 && p.revents & (POLLHUP | POLLERR) && !(p.revents & POLLIN))
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* it closed its output */
    }
}

static void report(const struct notification *n, int status, char *first)
{
    char how[64];
    if (WIFEXITED(status) && !WEXITSTATUS(status)) return;
    if (WIFSIGNALED(status))
        snprintf(how, sizeof how, "was ended by signal %d", WTERMSIG(status));
    else
        snprintf(how, sizeof how, "failed with exit status %d", WEXITSTATUS(status));
    first[strcspn(first, "\r\n")] = 0;
    ft_log(FT_LOG_WARN, "notify: `%.200s` %s%s%.200s", n->command, how, *first ? ": " : "", first);
}

static void *run(void *arg)
{
    struct notification *n = arg;
    int ends[2], why = 0;
    pid_t pid = 0;
    char first[512] = "";
    if (pipe2(ends, O_CLOEXEC)) {
        why = errno;
    } else {
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
        why = start(n, ends[1], &pid);
        close(ends[1]);
        if (!why) report(n, wait_for(pid, ends[0], first, sizeof first), first);
        close(ends[0]);
    }
    if (why) ft_log(FT_LOG_WARN, "notify: `%.200s` cannot be run: %s", n->command, strerror(why));
    notification_free(n);
    pthread_mutex_lock(&all.mu);
    all.running--;
    pthread_cond_broadcast(&all.ended);
    pthread_mutex_unlock(&all.mu);
    return NULL;
}

void ft_notify(const char *command, enum ft_notify_event event, const char *run_dir,
               const char *message)
{
    pthread_t thread;
    if (!command || !*command) return;
    struct notification *n = ft_xcalloc(1, sizeof *n);
    n->command = ft_xstrdup(command);
    n->variables[0] = ft_xprintf("FETTLE_EVENT=%s", event_names[event]);
    n->variables[1] = ft_xprintf("FETTLE_RUN=%s", run_dir);
    n->variables[2] = ft_xprintf("FETTLE_MESSAGE=%s", message);
    pthread_mutex_lock(&all.mu);
    all.running++;
    pthread_mutex_unlock(&all.mu);
    if (!pthread_create(&thread, NULL, run, n)) {
        pthread_detach(thread);
        return;
    }
    ft_log(FT_LOG_WARN, "notify: no thread could be started");
    notification_free(n);
    pthread_mutex_lock(&all.mu);
    all.running--;
    pthread_mutex_unlock(&all.mu);
}

bool ft_notify_wait(double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    double end = (double)until.tv_sec + (double)until.tv_nsec * 1e-9 + seconds;
    until.tv_sec = (time_t)end;
    until.tv_nsec = (long)((end - (double)until.tv_sec) * 1e9);
    int failed = 0;
    pthread_mutex_lock(&all.mu);
    while (all.running && !failed)
        failed = pthread_cond_timedwait(&all.ended, &all.mu, &until);
    bool none = !all.running;
    pthread_mutex_unlock(&all.mu);
    return none;
}
