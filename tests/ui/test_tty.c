/* The real terminal, as a pseudo-terminal: start, keys, paste, a storm of resizes, sleep and
 * waking, every way to end, and the terminal as it was before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/demo_view.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static char folder[] = "/tmp/fettle-tty-XXXXXX";

struct session {
    pid_t pid;
    int fd, keep; /* keep: the other side, so that its settings can be read after the child's end */
    struct termios before;
    struct ft_str out;
};

static bool crash_key(struct ft_view *v, const struct ft_key *k)
{
    if (ft_key_is(k, '%')) abort();
    if (ft_key_is(k, '&')) fprintf(stderr, "STRAY library output\n");
    return demo_key(v, k);
}

static void child(const char *term)
{
    setenv("TERM", term, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    struct ft_app_options opt = {.theme = "dark"};
    struct ft_app *app = demo_app(&opt);
    demo_views[0].key = crash_key;
    int status = ft_app_run(app);
    demo_release(app);
    _exit(status); /* what curses keeps for ever is no leak of ours */
}

static struct session begin(const char *term)
{
    struct session s = {0};
    struct winsize ws = {.ws_row = 24, .ws_col = 80};
    int slave;
    assert_int_equal(openpty(&s.fd, &slave, NULL, NULL, &ws), 0);
    s.keep = slave;
    tcgetattr(slave, &s.before);
    s.pid = fork();
    assert_true(s.pid >= 0);
    if (!s.pid) {
        close(s.fd);
        login_tty(slave);
        child(term);
    }
    return s;
}

/* Reads for at most `seconds`, until `text` came (NULL: the whole time, or the end). */
static bool read_until(struct session *s, const char *text, double seconds)
{
    double end = ft_now_s() + seconds;
    for (;;) {
        if (text && s->out.len && memmem(s->out.data, s->out.len, text, strlen(text))) return true;
        double left = end - ft_now_s();
        if (left <= 0) return false;
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        char buf[4096];
        if (poll(&p, 1, (int)(left * 1000) + 1) <= 0) return false;
        ssize_t n = read(s->fd, buf, sizeof buf);
        if (n <= 0) return false;
        ft_str_add(&s->out, buf, (size_t)n);
    }
}

static void expect_out(struct session *s, const char *text)
{
    if (!read_until(s, text, 20)) fail_msg("'%s' did not come:\n%s", text, ft_str_text(&s->out));
}

static void type(struct session *s, const char *keys)
{
    ft_str_clear(&s->out);
    assert_int_equal(write(s->fd, keys, strlen(keys)), (ssize_t)strlen(keys));
}

static void resize(struct session *s, int h, int w)
{
    struct winsize ws = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    ioctl(s->fd, TIOCSWINSZ, &ws);
}

/* The child has ended; returns its wait status. The terminal must be as before. */
static int end(struct session *s)
{
    int status = 0;
    double until = ft_now_s() + 20;
    while (waitpid(s->pid, &status, WNOHANG) == 0) {
        read_until(s, NULL, 0.05);
        if (ft_now_s() > until) {
            kill(s->pid, SIGKILL);
            waitpid(s->pid, &status, 0);
            fail_msg("it did not end:\n%s", ft_str_text(&s->out));
        }
    }
    read_until(s, NULL, 0.05);
    struct termios after;
    tcgetattr(s->keep, &after);
    assert_int_equal(after.c_lflag, s->before.c_lflag);
    assert_int_equal(after.c_iflag, s->before.c_iflag);
    assert_int_equal(after.c_oflag, s->before.c_oflag);
    return status;
}

static void close_session(struct session *s)
{
    ft_str_release(&s->out);
    close(s->fd);
    close(s->keep);
}

static const char leave_screen[] = "\033[?1049l", paste_off[] = "\033[?2004l";

static void test_start_and_quit(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen-256color", "linux", "vt100",
                                        "xterm"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct session s = begin(terms[i]);
        expect_out(&s, "Next: T trains");
        assert_null(memmem(s.out.data, s.out.len, "\033[31mis", 8)); /* data never reaches it raw */
        type(&s, "d");
        expect_out(&s, "dropped");
        type(&s, "q");
        int status = end(&s);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        if (strstr(terms[i], "xterm")) {
            assert_non_null(memmem(s.out.data, s.out.len, leave_screen, sizeof leave_screen - 1));
            assert_non_null(memmem(s.out.data, s.out.len, paste_off, sizeof paste_off - 1));
        }
        close_session(&s);
    }
}

static void test_keys(void **state)
{
    (void)state;
    struct session s = begin("xterm-256color");
    expect_out(&s, "Next: T trains");
    type(&s, "\033[B\033OB"); /* Down in both forms */
    expect_out(&s, "2 ");
    type(&s, "\0332"); /* Alt-2 */
    expect_out(&s, "[2 Runs");
    type(&s, "1");
    expect_out(&s, "[1 Data");
    type(&s, "\033]11;rgb:ff/ff/ff\033\\\033[?62;22c"); /* late answers are no keys */
    type(&s, ":");
    expect_out(&s, "Tab complete");
    type(&s, "\033[200~set x\033[201~");
    expect_out(&s, "set x");
    type(&s, "\033"); /* Esc alone */
    expect_out(&s, "read");
    type(&s, "\003"); /* Ctrl-C is q */
    assert_int_equal(WEXITSTATUS(end(&s)), 0);
    close_session(&s);
}

static void test_resize_storm(void **state)
{
    (void)state;
    struct session s = begin("xterm-256color");
    expect_out(&s, "Next: T trains");
    for (int i = 0; i < 200; i++) {
        resize(&s, 1 + i * 37 % 120, 1 + i * 53 % 300);
        if (i % 10 == 0) type(&s, "j\t");
        read_until(&s, NULL, 0.005);
    }
    resize(&s, 1, 1);
    read_until(&s, NULL, 0.1);
    resize(&s, 30, 100);
    ft_str_clear(&s.out);
    expect_out(&s, "trains");
    type(&s, "\033");
    read_until(&s, NULL, 0.1);
    type(&s, "q");
    assert_int_equal(WEXITSTATUS(end(&s)), 0);
    close_session(&s);
}

static void test_signals(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGHUP, SIGINT};
    for (int i = 0; i < 3; i++) {
        struct session s = begin("xterm-256color");
        expect_out(&s, "Next: T trains");
        kill(s.pid, numbers[i]);
        int status = end(&s);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), numbers[i] == SIGINT ? 0 : 128 + numbers[i]);
        assert_non_null(memmem(s.out.data, s.out.len, leave_screen, sizeof leave_screen - 1));
        close_session(&s);
    }
}

static void test_sleep(void **state)
{
    (void)state;
    struct session s = begin("xterm-256color");
    int status;
    expect_out(&s, "Next: T trains");
    /* a session of its own has no shell to stop it: SIGTSTP of an orphaned group is ignored by the
     * kernel, so SIGSTOP stands in after the program gave the terminal back */
    ft_str_clear(&s.out);
    kill(s.pid, SIGTSTP);
    expect_out(&s, leave_screen);
    kill(s.pid, SIGCONT);
    expect_out(&s, "\033[?1049h");
    expect_out(&s, "trains");
    type(&s, "q");
    status = end(&s);
    assert_int_equal(WEXITSTATUS(status), 0);
    close_session(&s);
}

static void test_crash(void **state)
{
    (void)state;
    struct session s = begin("xterm-256color");
    expect_out(&s, "Next: T trains");
    type(&s, "&");
    read_until(&s, NULL, 0.2);
    assert_null(memmem(s.out.data, s.out.len, "STRAY", 5));
    type(&s, "%");
    int status = end(&s);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    const char *left = memmem(s.out.data, s.out.len, leave_screen, sizeof leave_screen - 1);
    assert_non_null(left);
    assert_non_null(strstr(left, "error: fettle ended by a broken assumption; see "));
    assert_non_null(strstr(left, "log.txt"));
    char *log = ft_path_join(folder, "fettle/log.txt"), *text;
    size_t n;
    struct ft_err err = {0};
    assert_int_equal(ft_file_read(log, 1 << 20, &text, &n, &err), FT_OK);
    assert_non_null(strstr(text, "STRAY library output"));
    free(text);
    free(log);
    close_session(&s);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const terms[] = {"dumb", "no-such-terminal"};
    for (int i = 0; i < 2; i++) {
        struct session s = begin(terms[i]);
        int status = end(&s);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_non_null(strstr(ft_str_text(&s.out), "error: TERM"));
        close_session(&s);
    }
}

static int start(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    unsetenv("COLORTERM");
    unsetenv("NO_COLOR");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    return ft_remove_tree(folder, NULL) != FT_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start_and_quit), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_resize_storm),   cmocka_unit_test(test_signals),
        cmocka_unit_test(test_sleep),          cmocka_unit_test(test_crash),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
