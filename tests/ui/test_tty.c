/* The real terminal, as a pseudo-terminal: start, keys, paste, a storm of resizes, sleep and
 * waking, every way to end, and the terminal as it was before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ui/demo_view.h"
#include "pseudo_tty.h"
#include "util/fs.h"

static char folder[] = "/tmp/fettle-tty-XXXXXX";

static bool crash_key(struct ft_view *v, const struct ft_key *k)
{
    if (ft_key_is(k, '%')) abort();
    if (ft_key_is(k, '&')) fprintf(stderr, "STRAY library output\n");
    return demo_key(v, k);
}

static int child(void *term)
{
    setenv("TERM", term, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    struct ft_app_options opt = {.theme = "dark"};
    struct ft_app *app = demo_app(&opt);
    demo_views[0].key = crash_key;
    int status = ft_app_run(app);
    demo_release(app);
    return status;
}

static struct pty begin_in(const char *term, bool shell)
{
    static char name[64];
    struct pty s;
    snprintf(name, sizeof name, "%s", term);
    assert_true(pty_begin(&s, 24, 80, shell, child, name));
    return s;
}

static struct pty begin(const char *term)
{
    return begin_in(term, false);
}

static void expect_out(struct pty *s, const char *text)
{
    if (!pty_wait(s, text, 20)) fail_msg("'%s' did not come:\n%s", text, ft_str_text(&s->out));
}

static void type(struct pty *s, const char *keys)
{
    assert_true(pty_type(s, keys));
}

/* The child has ended; returns its wait status. The terminal must be as before. */
static int end(struct pty *s)
{
    int status;
    if (!pty_end(s, &status, 20)) fail_msg("it did not end:\n%s", ft_str_text(&s->out));
    assert_true(pty_restored(s));
    return status;
}

static const char leave_screen[] = "\033[?1049l", paste_off[] = "\033[?2004l";

static void test_start_and_quit(void **state)
{
    (void)state;
    static const char *const terms[] = {"xterm-256color", "screen-256color", "linux", "vt100",
                                        "xterm"};
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        struct pty s = begin(terms[i]);
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
        pty_release(&s);
    }
}

static void test_keys(void **state)
{
    (void)state;
    struct pty s = begin("xterm-256color");
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
    type(&s, "\025\033[200~caf\xc3"); /* a read may end inside a character */
    pty_drain(&s, 0.2);
    type(&s, "\xa9 \xe6");
    pty_drain(&s, 0.2);
    type(&s, "\xbc\xa2!\033[201~");
    expect_out(&s, "\u00e9");
    expect_out(&s, "\u6f22!");
    assert_false(pty_has(&s.out, "\ufffd"));
    type(&s, "\033"); /* Esc alone */
    expect_out(&s, "read");
    type(&s, "\003"); /* Ctrl-C is q */
    assert_int_equal(WEXITSTATUS(end(&s)), 0);
    pty_release(&s);
}

static void test_resize_storm(void **state)
{
    (void)state;
    struct pty s = begin("xterm-256color");
    expect_out(&s, "Next: T trains");
    for (int i = 0; i < 200; i++) {
        pty_resize(&s, 1 + i * 37 % 120, 1 + i * 53 % 300);
        if (i % 10 == 0) type(&s, "j\t");
        pty_drain(&s, 0.005);
    }
    pty_resize(&s, 1, 1);
    pty_drain(&s, 0.1);
    pty_resize(&s, 30, 100);
    ft_str_clear(&s.out);
    expect_out(&s, "trains");
    type(&s, "\033");
    pty_drain(&s, 0.1);
    type(&s, "q");
    assert_int_equal(WEXITSTATUS(end(&s)), 0);
    pty_release(&s);
}

static void test_signals(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGHUP, SIGINT};
    for (int i = 0; i < 3; i++) {
        struct pty s = begin("xterm-256color");
        expect_out(&s, "Next: T trains");
        kill(s.pid, numbers[i]);
        int status = end(&s);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), numbers[i] == SIGINT ? 0 : 128 + numbers[i]);
        assert_non_null(memmem(s.out.data, s.out.len, leave_screen, sizeof leave_screen - 1));
        pty_release(&s);
    }
}

static void wait_state(const struct pty *s, char state)
{
    double until = ft_now_s() + 20;
    while (pty_state(s) != state) {
        if (ft_now_s() > until) fail_msg("its state is %c, not %c", pty_state(s), state);
        usleep(1000);
    }
}

/* Stopped as a shell does it, by key and by signal: the terminal is the shell's meanwhile. */
static void test_sleep(void **state)
{
    (void)state;
    struct pty s = begin_in("xterm-256color", true);
    expect_out(&s, "Next: T trains");
    for (int by_key = 0; by_key < 2; by_key++) {
        ft_str_clear(&s.out);
        if (by_key)
            type(&s, "\032");
        else
            kill(s.pid, SIGTSTP);
        wait_state(&s, 'T');
        expect_out(&s, leave_screen);
        assert_true(pty_has(&s.out, paste_off));
        assert_true(pty_restored(&s));
        pty_resize(&s, 30 + by_key, 100);
        ft_str_clear(&s.out);
        kill(s.pid, SIGCONT);
        expect_out(&s, "\033[?1049h");
        expect_out(&s, "Next: T trains"); /* all of it, though it was there before */
        expect_out(&s, " help");
        assert_false(pty_restored(&s));
    }
    type(&s, "q");
    assert_int_equal(WEXITSTATUS(end(&s)), 0);
    pty_release(&s);
}

static void test_crash(void **state)
{
    (void)state;
    struct pty s = begin("xterm-256color");
    expect_out(&s, "Next: T trains");
    type(&s, "&");
    pty_drain(&s, 0.2);
    assert_false(pty_has(&s.all, "STRAY"));
    type(&s, "%");
    int status = end(&s);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    const char *left = memmem(s.out.data, s.out.len, leave_screen, sizeof leave_screen - 1);
    assert_non_null(left);
    assert_non_null(strstr(left, "error: fettle was terminated by a failed assertion; see "));
    assert_non_null(strstr(left, "log.txt"));
    char *log = ft_path_join(folder, "fettle/log.txt"), *text;
    size_t n;
    struct ft_err err = {0};
    assert_int_equal(ft_file_read(log, 1 << 20, &text, &n, &err), FT_OK);
    assert_non_null(strstr(text, "STRAY library output"));
    free(text);
    free(log);
    pty_release(&s);
}

/* Whatever comes from outside and ends it. */
static void test_crash_signals(void **state)
{
    (void)state;
    static const int numbers[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct pty s = begin("xterm-256color");
        expect_out(&s, "Next: T trains");
        kill(s.pid, numbers[i]);
        int status = end(&s);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]);
        assert_true(pty_has(&s.out, leave_screen));
        assert_true(pty_has(&s.out, "error: fettle was terminated by "));
        pty_release(&s);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const terms[] = {"dumb", "no-such-terminal"};
    for (int i = 0; i < 2; i++) {
        struct pty s = begin(terms[i]);
        int status = end(&s);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
        assert_non_null(strstr(ft_str_text(&s.out), "error: TERM"));
        pty_release(&s);
    }
}

static int start(void **state)
{
    (void)state;
    return pty_world(folder);
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
        cmocka_unit_test(test_crash_signals),  cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
