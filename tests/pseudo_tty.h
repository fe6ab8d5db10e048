/* A program in a pseudo-terminal: what it writes is kept, keys are typed, its end is waited for. No
 * cmocka in here: the tests of the terminal and bench/bench_ui.c share it.
 *
 *     struct pty p;
 *     if (!pty_begin(&p, 24, 80, main_of_child, arg)) ..
 *     pty_wait(&p, "Next:", 20);  pty_type(&p, "q");  pty_end(&p, &status);  pty_release(&p); */
#ifndef FT_TESTS_PSEUDO_TTY_H
#define FT_TESTS_PSEUDO_TTY_H

#include "util/clock.h"
#include "util/str.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

struct pty {
    pid_t pid;    /* the program */
    pid_t waited; /* our child: the program, or the shell that stands above it */
    int fd, keep; /* keep: the other side, so that its settings can be read after the end */
    struct termios before;
    struct ft_str out; /* what was written since the keys typed last */
    struct ft_str all; /* what was written at all */
};

/* A shell's part in job control: the program in a process group of its own in the foreground, so
 * that it can be stopped. Ends as the program does. */
static inline int pty_shell(pid_t *pid, int (*child)(void *arg), void *arg)
{
    int status;
    signal(SIGTTOU, SIG_IGN);
    pid_t program = fork();
    if (program <= 0) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
        signal(SIGTTOU, SIG_DFL);
        _exit(child(arg));
    }
    *pid = program;
    while (waitpid(program, &status, 0) < 0)
        ;
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}

/* Runs `child` in a new terminal of h x w; `shell`: below a process that does as a shell. */
static inline bool pty_begin(struct pty *p, int h, int w, bool shell, int (*child)(void *arg),
                             void *arg)
{
    struct winsize ws = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    pid_t *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *p = (struct pty){0};
    if (shared == MAP_FAILED || openpty(&p->fd, &p->keep, NULL, NULL, &ws)) return false;
    *shared = 0;
    tcgetattr(p->keep, &p->before);
    p->waited = fork();
    if (!p->waited) {
        close(p->fd);
        login_tty(p->keep);
        _exit(shell ? pty_shell(shared, child, arg) : child(arg));
    }
    p->pid = p->waited;
    while (shell && p->waited > 0 && !(p->pid = *(volatile pid_t *)shared))
        usleep(1000);
    munmap(shared, sizeof *shared);
    return p->waited > 0;
}

static inline void pty_release(struct pty *p)
{
    ft_str_release(&p->out);
    ft_str_release(&p->all);
    close(p->fd);
    close(p->keep);
}

/* Takes what comes within `seconds`; false when nothing did. A question about the terminal is
 * answered as terminals do. */
static inline bool pty_read(struct pty *p, double seconds)
{
    struct pollfd fd = {.fd = p->fd, .events = POLLIN};
    static const char ask[] = "\033[c", answer[] = "\033[?62;22c";
    char buf[65536];
    if (poll(&fd, 1, seconds > 0 ? (int)(seconds * 1000) + 1 : 0) <= 0) return false;
    ssize_t n = read(p->fd, buf, sizeof buf);
    if (n <= 0) return false;
    if (memmem(buf, (size_t)n, ask, sizeof ask - 1) &&
        write(p->fd, answer, sizeof answer - 1) != sizeof answer - 1)
        return false;
    ft_str_add(&p->out, buf, (size_t)n);
    ft_str_add(&p->all, buf, (size_t)n);
    return true;
}

static inline bool pty_has(const struct ft_str *s, const char *text)
{
    return s->len && memmem(s->data, s->len, text, strlen(text));
}

/* Reads until `text` came, at most `seconds`. */
static inline bool pty_wait(struct pty *p, const char *text, double seconds)
{
    double until = ft_now_s() + seconds;
    while (!pty_has(&p->out, text))
        if (!pty_read(p, until - ft_now_s()) && ft_now_s() >= until) return false;
    return true;
}

/* Reads for so long. */
static inline void pty_drain(struct pty *p, double seconds)
{
    for (double until = ft_now_s() + seconds, left; (left = until - ft_now_s()) > 0;)
        if (!pty_read(p, left)) usleep(1000);
}

static inline bool pty_type(struct pty *p, const char *keys)
{
    ft_str_clear(&p->out);
    return write(p->fd, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

static inline void pty_resize(struct pty *p, int h, int w)
{
    struct winsize ws = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    ioctl(p->fd, TIOCSWINSZ, &ws);
}

/* Are the terminal's settings those of before? */
static inline bool pty_restored(const struct pty *p)
{
    struct termios now;
    tcgetattr(p->keep, &now);
    return now.c_lflag == p->before.c_lflag && now.c_iflag == p->before.c_iflag &&
           now.c_oflag == p->before.c_oflag;
}

/* The state of the program as the kernel names it: 'R', 'S', 'T' (stopped) .., 0: gone. */
static inline char pty_state(const struct pty *p)
{
    char path[64], text[512] = "", *end;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)p->pid);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    if (!fgets(text, sizeof text, f)) text[0] = 0;
    fclose(f);
    end = strrchr(text, ')');
    return end && end[1] ? end[2] : 0;
}

/* Waits for the end, reading; false when it had to be killed after `seconds`. */
static inline bool pty_end(struct pty *p, int *status, double seconds)
{
    double until = ft_now_s() + seconds;
    while (waitpid(p->waited, status, WNOHANG) == 0) {
        if (!pty_read(p, 0.02)) usleep(1000);
        if (ft_now_s() < until) continue;
        kill(p->pid, SIGKILL);
        waitpid(p->waited, status, 0);
        return false;
    }
    while (pty_read(p, 0.02))
        ;
    return true;
}

/* The environment of a program that starts in the folder, which is made from its XXXXXX: nothing is
 * remembered elsewhere, colours are the terminal's. 0, or 1 when it can't be made. */
static inline int pty_world(char *folder)
{
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("NCURSES_GPM_TERMS", "none", 1); /* no mouse daemon of this machine */
    unsetenv("COLORTERM");
    unsetenv("COLORFGBG");
    unsetenv("NO_COLOR");
    unsetenv("CLICOLOR_FORCE");
    return 0;
}

#endif
