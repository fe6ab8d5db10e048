/* The workbench itself in a pseudo-terminal, with a run that trains: what ends it leaves a run that
 * goes on, what stops it does not stop the run for good, and nothing that stands in a file reaches
 * the terminal as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/run_series.h"
#include "pseudo_tty.h"
#include "ui/screens/ui.h"
#include "util/fs.h"

static char folder[] = "/tmp/fettle-tty-XXXXXX";
static const char leave_screen[] = "\033[?1049l";

struct how {
    const char *term, *locale;
    bool no_color;
    char *argv[12]; /* "fettle", "ui" .. */
};

static int child(void *arg)
{
    struct how *h = arg;
    int argc = 0;
    setenv("TERM", h->term ? h->term : "xterm-256color", 1);
    setenv("LC_ALL", h->locale ? h->locale : "C.UTF-8", 1);
    if (h->no_color) setenv("NO_COLOR", "1", 1);
    if (chdir(folder)) return 99;
    while (h->argv[argc])
        argc++;
    return ft_ui_main(argc, h->argv);
}

static void expect_out(struct pty *s, const char *text)
{
    if (!pty_wait(s, text, 20))
        fail_msg("'%s' did not come:\n%.*s", text, (int)s->out.len, ft_str_text(&s->out));
}

static int end(struct pty *s)
{
    int status;
    if (!pty_end(s, &status, 30)) fail_msg("it did not end:\n%s", ft_str_text(&s->out));
    assert_true(pty_restored(s));
    return status;
}

static void command(struct pty *s, const char *line)
{
    assert_true(pty_type(s, ":"));
    assert_true(pty_type(s, line));
    assert_true(pty_type(s, "\r"));
}

/* Redraws the screen, so that the text comes in one piece. */
static void redraw(struct pty *s)
{
    assert_true(pty_type(s, "\f"));
}

/* --- a run that trains --- */

static const char run_dir[] = "trained";

static uint64_t steps_logged(const char *dir)
{
    struct ft_run_series series = {0};
    char *path = ft_path_join(folder, dir);
    ft_run_series_follow(&series, path);
    uint64_t step = series.points_n ? series.points[series.points_n - 1].step : 0;
    ft_run_series_release(&series);
    free(path);
    return step;
}

/* Waits until the run has logged a step after `step`; the terminal is read meanwhile. */
static uint64_t expect_step_after(struct pty *s, const char *dir, uint64_t step)
{
    double until = ft_now_s() + 60;
    for (uint64_t now;;) {
        if ((now = steps_logged(dir)) > step) return now;
        if (ft_now_s() > until) fail_msg("the run stands at step %d", (int)now);
        pty_drain(s, 0.02);
    }
}

/* The workbench with a long run that has begun. */
static struct pty begin_training(bool shell, const char *dir)
{
    struct pty s;
    struct how how = {.argv = {"fettle", "ui", "--open",
                               FETTLE_SOURCE_DIR "/assets/data/library-mail.csv", "--model",
                               FETTLE_SOURCE_DIR "/tests/assets/models/starter"}};
    char line[128];
    assert_true(pty_begin(&s, 24, 80, shell, child, &how));
    expect_out(&s, " help");
    command(&s, "set num_train_epochs 5000");
    command(&s, "set logging_steps 1");
    command(&s, "set max_seq_length 16");
    command(&s, "set threads 1");
    snprintf(line, sizeof line, "set output_dir %s", dir);
    command(&s, line);
    assert_true(pty_type(&s, "T"));
    expect_step_after(&s, dir, 2);
    return s;
}

/* Runs a script with the same program, in a terminal too: its exit status is 0. */
static void expect_script(const char *text)
{
    struct pty s;
    struct ft_err err = {0};
    char *path = ft_path_join(folder, "script");
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    struct how how = {.argv = {"fettle", "ui", "--script", path}};
    assert_true(pty_begin(&s, 24, 80, false, child, &how));
    int status = end(&s);
    if (status) fail_msg("%s", ft_str_text(&s.all));
    pty_release(&s);
    free(path);
}

static void test_signals_save(void **state)
{
    (void)state;
    static const int numbers[] = {SIGTERM, SIGHUP};
    for (int i = 0; i < 2; i++) {
        char dir[32], script[512];
        snprintf(dir, sizeof dir, "%s-%d", run_dir, i);
        struct pty s = begin_training(false, dir);
        kill(s.pid, numbers[i]);
        int status = end(&s);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 128 + numbers[i]);
        assert_true(pty_has(&s.out, leave_screen));
        pty_release(&s);
        uint64_t step = steps_logged(dir);
        snprintf(script, sizeof script,
                 ":run %s\nexpect %s\nkey C\n:wait step %d\nkey s\nkey w\n:wait stopped\n", dir,
                 dir, (int)step + 2);
        expect_script(script);
        assert_true(steps_logged(dir) >= step + 2);
    }
}

/* A terminal that goes away is a hang-up: the run is saved too. */
static void test_terminal_gone(void **state)
{
    (void)state;
    struct pty s = begin_training(false, "gone");
    int status = 0;
    close(s.fd);
    close(s.keep);
    double until = ft_now_s() + 30;
    while (waitpid(s.waited, &status, WNOHANG) == 0) {
        if (ft_now_s() > until) {
            kill(s.pid, SIGKILL);
            fail_msg("it goes on without a terminal");
        }
        usleep(1000);
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + SIGHUP);
    s.fd = s.keep = -1;
    pty_release(&s);
    expect_script(":run gone\nkey C\n:wait running\nkey s\nkey w\n:wait stopped\n");
}

static void test_resize_while_training(void **state)
{
    (void)state;
    struct pty s = begin_training(false, "resized");
    uint64_t step = steps_logged("resized");
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 120; i++) {
            pty_resize(&s, 1 + i * 37 % 120, 1 + i * 53 % 300);
            if (i % 12 == 0) pty_type(&s, (const char[]){'\033', (char)('1' + i / 12 % 7), 0});
            pty_drain(&s, 0.003);
        }
        pty_resize(&s, 1, 1);
        step = expect_step_after(&s, "resized", step + 1);
    }
    pty_resize(&s, 24, 80);
    assert_true(pty_type(&s, "\0334")); /* also out of a text field */
    redraw(&s);
    expect_out(&s, "[4 Train");
    assert_true(pty_type(&s, "q"));
    assert_true(pty_type(&s, "w"));
    assert_int_equal(end(&s), 0);
    pty_release(&s);
    expect_script(":run resized\nexpect stopped\n");
}

static void test_sleep_while_training(void **state)
{
    (void)state;
    struct pty s = begin_training(true, "slept");
    kill(s.pid, SIGTSTP);
    double until = ft_now_s() + 20;
    while (pty_state(&s) != 'T' && ft_now_s() < until)
        pty_drain(&s, 0.005);
    assert_int_equal(pty_state(&s), 'T');
    assert_true(pty_restored(&s));
    uint64_t step = steps_logged("slept");
    pty_drain(&s, 0.1);
    assert_int_equal(steps_logged("slept"), step);
    ft_str_clear(&s.out);
    kill(s.pid, SIGCONT);
    expect_out(&s, "[4 Train");
    assert_false(pty_restored(&s));
    expect_step_after(&s, "slept", step + 2);
    kill(s.pid, SIGTERM);
    assert_int_equal(WEXITSTATUS(end(&s)), 143);
    pty_release(&s);
}

/* A crash while a run trains, in whatever thread the signal meets. */
static void test_crash_while_training(void **state)
{
    (void)state;
    struct pty s = begin_training(false, "crashed");
    kill(s.pid, SIGSEGV);
    int status = end(&s);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    assert_true(pty_has(&s.out, leave_screen));
    assert_true(pty_has(&s.out, "error: fettle was terminated by an invalid memory access; see "));
    pty_release(&s);
    expect_script(":run crashed\nkey C\n:wait running\nkey s\nkey w\n:wait stopped\n");
}

/* --- kinds of terminals --- */

/* Does a byte string hold a control sequence that sets a colour? */
static bool has_colour(const struct ft_str *s)
{
    for (size_t i = 0; i + 2 < s->len; i++) {
        if (memcmp(s->data + i, "\033[", 2)) continue;
        size_t k = i + 2;
        while (k < s->len && strchr("0123456789;:", s->data[k]))
            k++;
        if (k == s->len || s->data[k] != 'm') continue;
        for (size_t at = i + 2; at < k; at++) {
            long v = strtol(s->data + at, NULL, 10);
            if ((v >= 30 && v <= 38) || (v >= 40 && v <= 48) || (v >= 90 && v <= 107)) return true;
            while (at < k && s->data[at] != ';')
                at++;
        }
    }
    return false;
}

static bool has_high_byte(const struct ft_str *s)
{
    for (size_t i = 0; i < s->len; i++)
        if ((unsigned char)s->data[i] >= 0x80) return true;
    return false;
}

static void test_terminals(void **state)
{
    (void)state;
    static const struct {
        const char *term, *locale, *option;
        bool no_color, colour, unicode;
    } kinds[] = {
        {"xterm-256color", "C.UTF-8", NULL, false, true, true},
        {"screen-256color", "C.UTF-8", NULL, false, true, true},
        {"linux", "C.UTF-8", NULL, false, true, false}, /* its font has no braille */
        {"vt100", "C.UTF-8", NULL, false, false, false},
        {"xterm-256color", "C.UTF-8", NULL, true, false, true},
        {"xterm-256color", "C.UTF-8", "--no-color", false, false, true},
        {"xterm-256color", "C.UTF-8", "--no-unicode", false, true, false},
        {"xterm-256color", "C", NULL, false, true, false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct pty s;
        struct how how = {
            .term = kinds[i].term,
            .locale = kinds[i].locale,
            .no_color = kinds[i].no_color,
            .argv = {"fettle", "ui", "--open", FETTLE_SOURCE_DIR "/assets/data/library-mail.csv"}};
        how.argv[4] = (char *)(uintptr_t)kinds[i].option;
        assert_true(pty_begin(&s, 24, 80, false, child, &how));
        expect_out(&s, " help");
        for (char key = '1'; key <= '7'; key++) {
            assert_true(pty_type(&s, (const char[]){key, 0}));
            redraw(&s);
            expect_out(&s, " help");
        }
        assert_true(pty_type(&s, "q"));
        assert_int_equal(end(&s), 0);
        assert_int_equal(has_colour(&s.all), kinds[i].colour);
        assert_int_equal(has_high_byte(&s.all), kinds[i].unicode);
        pty_release(&s);
    }
}

/* What is typed before the first screen is there is not lost with the terminal's answers. */
static void test_typed_ahead(void **state)
{
    (void)state;
    struct pty s;
    struct how how = {.argv = {"fettle", "ui"}};
    assert_true(pty_begin(&s, 24, 80, false, child, &how));
    assert_true(pty_type(&s, "3:set seed 7\r"));
    expect_out(&s, "[3 Tune");
    expect_out(&s, "seed is 7");
    assert_true(pty_type(&s, "q"));
    assert_int_equal(end(&s), 0);
    pty_release(&s);
}

/* --- text from files --- */

/* What must never be written: title changes, questions to the terminal, 8-bit controls as such and
 * as UTF-8, marks that turn the direction of what follows. */
static const char *const forbidden[] = {
    "\033]0;",      "\033]2;",      "\033]52;",     "\033P",        "\033_",
    "\033^",        "\033[6n",      "\033[97;41",   "\033[777;7H",  "\x9b",
    "\xc2\x9b",     "\xc2\x9d",     "\xc2\x85",     "\xe2\x80\xae", "\xe2\x80\xaa",
    "\xe2\x81\xa6", "\xe2\x81\xa9", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xd8\x9c"};
#define EVIL                                                                                       \
    "e\033]0;PWNED\a\033[6n\033[97;41mV\033[777;7H\033Pq\033\\I\b\x0e\x9b"                         \
    "\xc2\x9b\xc2\x9dL\xc2\x85\xe2\x80\xae\xe2\x80\xaa\xe2\x81\xa6\xe2\x80\x8f\xe2\x80\xa8\xd8"    \
    "\x9c\x7f "

static void expect_clean(const struct pty *s)
{
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        for (size_t at = 0, n = strlen(forbidden[i]); at + n <= s->all.len; at++)
            if (!memcmp(s->all.data + at, forbidden[i], n)) {
                /* the second byte of a longer character is no control */
                bool inside = n == 1 && at && (unsigned char)s->all.data[at - 1] >= 0x80;
                if (!inside) fail_msg("sequence %d was written", (int)i);
            }
    assert_false(pty_has(&s->all, "\016")); /* SO of the data: xterm-256color needs none */
}

static void test_evil_data(void **state)
{
    (void)state;
    struct ft_str csv = {0};
    struct ft_err err = {0};
    char name[] = "e\033]0;PWNED\avil\033[6n\xe2\x80\xae.csv";
    ft_str_addz(&csv, "text,label,e\033]0;PWNED\a\033[6n\n");
    for (int i = 0; i < 40; i++)
        ft_str_addf(&csv, "%d " EVIL "word%d,l" EVIL "%d,x" EVIL "\n", i, i, i % 2);
    char *path = ft_path_join(folder, name);
    assert_int_equal(ft_file_write(path, csv.data, csv.len, &err), FT_OK);
    struct pty s;
    struct how how = {.argv = {"fettle", "ui", "--open", path, "--model",
                               FETTLE_SOURCE_DIR "/tests/assets/models/starter"}};
    assert_true(pty_begin(&s, 50, 160, false, child, &how));
    expect_out(&s, " help");
    expect_out(&s, "^[]0;PWNED"); /* it is there, made visible */
    command(&s, "set max_steps 3");
    command(&s, "set logging_steps 1");
    command(&s, "set threads 1");
    assert_true(pty_type(&s, "T"));
    expect_out(&s, "model saved");
    for (const char *key = "1\t2\t3\t4\t5\r\tp\r7\t\r6"; *key; key++) {
        assert_true(pty_type(&s, (const char[]){*key, 0}));
        redraw(&s);
        pty_drain(&s, 0.05);
    }
    /* into the field of Predict; a paste may hold anything */
    assert_true(pty_type(&s, "\r\033[200~w\033]0;PWNED\a\033[6n\x9bord\033[201~\r"));
    pty_drain(&s, 0.2);
    assert_true(pty_type(&s, "\033"));
    pty_drain(&s, 0.1);
    assert_true(pty_type(&s, ":open e\t\r")); /* completion of the file's name */
    pty_drain(&s, 0.1);
    command(&s, "open no\033[6n\x9bsuch");
    command(&s, "messages");
    redraw(&s);
    pty_drain(&s, 0.1);
    assert_true(pty_type(&s, "\003"));
    pty_drain(&s, 0.1);
    assert_true(pty_type(&s, "\003"));
    assert_int_equal(end(&s), 0);
    expect_clean(&s);
    pty_release(&s);
    ft_str_release(&csv);
    free(path);
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
        cmocka_unit_test(test_terminals),
        cmocka_unit_test(test_typed_ahead),
        cmocka_unit_test(test_evil_data),
        cmocka_unit_test(test_signals_save),
        cmocka_unit_test(test_terminal_gone),
        cmocka_unit_test(test_resize_while_training),
        cmocka_unit_test(test_sleep_while_training),
        cmocka_unit_test(test_crash_while_training),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
