/* The frame driven by scripts, without a terminal: dispatch, message line, prompts, completion,
 * history, sizes, pages, and the screen as text. */
#include "ui/picture.h"

#include "ui/demo_view.h"
#include "util/mem.h"

#include <pthread.h>
#include <unistd.h>

static char folder[] = "/tmp/fettle-ui-XXXXXX";

static char *in_folder(const char *name)
{
    return ft_path_join(folder, name);
}

/* Runs a script; returns the exit status. After it `app` is still there unless it is NULL. */
static int drive(const char *script, struct ft_app **keep)
{
    char *path = in_folder("script");
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    struct ft_app_options opt = {.script = path, .h = 24, .w = 80};
    struct ft_app *app = demo_app(&opt);
    int status = ft_app_run(app);
    if (keep)
        *keep = app;
    else
        demo_release(app);
    free(path);
    return status;
}

static void expect_screen(struct ft_app *app, const char *name)
{
    struct ft_str s = {0};
    ft_app_dump(app, &s);
    expect_text(name, ft_str_text(&s), s.len);
    ft_str_release(&s);
}

static void test_frame(void **state)
{
    (void)state;
    struct ft_app *app;
    assert_int_equal(drive("key Down Down\nexpect selected 2\nreject LEAK\n", &app), 0);
    expect_screen(app, "frame_80x24");
    demo_release(app);
    assert_int_equal(drive(":size 130 30\nkey z\n", &app), 0);
    expect_screen(app, "frame_zoom_130x30");
    demo_release(app);
    assert_int_equal(drive(":size 60 12\nkey Tab\nexpect [1 Data✓] 1/2\n", &app), 0);
    expect_screen(app, "frame_single_60x12");
    demo_release(app);
    assert_int_equal(drive("key 2\n:size 60 9\nexpect fettle 2 Runs 70% loss .118, needs 40x10\n"
                           ":size 38 9\nexpect 2 Runs 70% loss .118, needs 40x10\n",
                           NULL),
                     0);
    assert_int_equal(drive("key ?\n", &app), 0);
    expect_screen(app, "frame_help");
    demo_release(app);
}

static void test_dispatch(void **state)
{
    (void)state;
    assert_int_equal(drive("key d d\nexpect dropped 2\nkey T\nexpect trained 1\n"
                           ":drop 7\nexpect ok: dropped 3\nexpect arg 7\n"
                           ":trian\nexpect error: no command 'trian'; did you mean :train?\n"
                           "key Down\nreject trian\n"
                           ":theme nosuch\nexpect error: expected dark, light, plain or contrast, "
                           "not 'nosuch'\n:mouse maybe\nexpect expected on or off, not 'maybe'\n"
                           ":screen 2\nexpect [2 Runs 70%]\n"
                           "key 1\nexpect [1 Data✓]\n"
                           "click 0 13\nexpect [2 Runs 70%]\n"
                           "key 1 G\nexpect selected 999999\nkey g PgDn\nreject selected 0 \n"
                           ":threshold 3\nexpect note: :threshold has no effect here\n",
                           NULL),
                     0);
}

static void test_lines(void **state)
{
    (void)state;
    /* a prompt: taken, refused, left */
    assert_int_equal(
        drive(
            "key s\nexpect split: 0.8,0.1,0.1_\nkey Enter\nexpect arg 0.8,0.1,0.1\n"
            "key s Ctrl-U Enter\nexpect empty\nexpect split: _\n"
            "keys 1,0,0\nkey Enter\nexpect arg 1,0,0\nreject split:\n"
            "key s Esc\nreject split:\n"
            /* a question: only its letter counts, Enter does not */
            "key c\nexpect ask: clean: y\nkey Enter x\nexpect ask:\nkey y\n"
            "expect asked y\nreject ask:\n"
            /* completion */
            "key :\nkeys se\nkey Tab\nexpect :set _\nkeys l\nkey Tab\nexpect :set learning_rate_\n"
            "key Tab\nexpect :set logging_steps_\n"
            "key Ctrl-U\nkeys set seed \nkey Tab\nexpect :set seed 42 _\nkey Esc\n"
            "key :\nkeys model CHANGEL\nkey Tab\nexpect :model CHANGEL_\nkey Esc\n"
            "key :\nkeys open CHANGEL\nkey Tab\nexpect :open CHANGELOG.md _\nkey Esc\n"
            "key :\nkeys theme c\nkey Tab\nexpect :theme contrast _\nkey Enter\n"
            /* history by prefix */
            "key :\nkeys drop 99\nkey Enter : Up\nexpect :drop 99_\nkey Up\n"
            "expect :theme contrast\nkey Down Down\nexpect  :_\n"
            "keys dr\nkey Up\nexpect :drop 99_\nkey Esc\n",
            NULL),
        0);
}

/* Completion of nothing: the field has no memory of its own then. */
static void test_tab_in_empty_prompt(void **state)
{
    (void)state;
    assert_int_equal(drive("key : Tab\nexpect train\nkey Tab Tab Shift-Tab Esc\n"
                           "key : Shift-Tab Esc\nkey : Ctrl-U Ctrl-K Ctrl-W Ctrl-D Delete Tab Esc\n"
                           "key s Ctrl-U Tab Tab Shift-Tab Esc\nreject split:\n",
                           NULL),
                     0);
}

static void test_field(void **state)
{
    (void)state;
    assert_int_equal(drive("key Tab Tab Enter\nkeys q1:?Tz\nexpect q1:?Tz_\npaste a b\x1b[31mc\n"
                           "expect q1:?Tza b[31mc_\nkey Ctrl-A Ctrl-K\nkeys 日本\nexpect 日本_\n"
                           "key Backspace\nreject 本\nkey Alt-2\nexpect [2 Runs\n",
                           NULL),
                     0);
}

static void *waker(void *arg)
{
    usleep(100000);
    ft_wake_signal(arg);
    return NULL;
}

static void test_wait(void **state)
{
    (void)state;
    char *path = in_folder("script"), *dump = in_folder("dump.txt");
    struct ft_err err = {0};
    char *script = ft_xprintf(":wait ready\n:dump %s\n", dump);
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    struct ft_app_options opt = {.script = path, .h = 24, .w = 80};
    struct ft_app *app = demo_app(&opt);
    struct ft_wake wake;
    ft_wake_open(&wake);
    ft_app_watch(app, &wake);
    pthread_t thread;
    pthread_create(&thread, NULL, waker, &wake);
    assert_int_equal(ft_app_run(app), 0);
    pthread_join(thread, NULL);
    assert_true(demo.ready && demo.wakes >= 1);
    char *text;
    size_t n, lines = 0;
    assert_int_equal(ft_file_read(dump, 1 << 20, &text, &n, &err), FT_OK);
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    assert_int_equal(lines, 24);
    free(text);
    demo_release(app);
    ft_wake_close(&wake);
    free(script);
    free(dump);
    free(path);
}

static void test_failures(void **state)
{
    (void)state;
    assert_int_equal(drive("expect not on the screen\n", NULL), 1);
    assert_int_equal(drive(":wait nosuchstate\n", NULL), 1);
    assert_int_equal(drive("key NoSuchKey\n", NULL), 1);
    assert_int_equal(drive("what\n", NULL), 1);
    assert_int_equal(drive("signal TERM\n", NULL), 143);
    assert_int_equal(demo.terminated, 15);
    assert_int_equal(drive("key q\n# the end\n:wait data\n", NULL), 0);
    assert_int_equal(drive("key q\nexpect never run\n", NULL), 1);
    assert_int_equal(drive("signal TERM\nreject never run\n", NULL), 1);
    assert_int_equal(drive("key q Down\n", NULL), 1);
}

/* `/` on a page over the body: how many places there are, round the ends, and no further. */
static void test_find_on_page(void **state)
{
    (void)state;
    assert_int_equal(
        drive("key ?\nexpect / find\nkey /\nkeys UNDONE\nkey Enter\nexpect 1 of 1 found: UNDONE\n"
              "expect redo the last undone change\nkey Esc\nreject of 1 found\nexpect Esc closes\n"
              "key g\n:find nowhere at all\nexpect 'nowhere at all' is not on this page\n"
              "key / Ctrl-U\nkeys no such key\nkey Enter\n"
              "expect 'no such key' is not on this page\nkey Esc\n"
              ":find panel\nexpect 1 of 6 found: panel\nkey N\nexpect 6 of 6 found\n"
              "key n\nexpect 1 of 6 found\nkey n\nexpect 2 of 6 found\n"
              "key Esc\nexpect Keys\nkey Esc\nreject Esc closes\n",
              NULL),
        0);
}

static void test_any_size(void **state)
{
    (void)state;
    struct ft_str s = {0};
    for (int w = 1; w <= 300; w += 23)
        for (int h = 1; h <= 120; h += 7) {
            ft_str_addf(&s, ":size %d %d\nkey Down Tab\n", w, h);
            if (h % 2) ft_str_addz(&s, "key ? Esc z\n");
            if (w % 2) ft_str_addz(&s, "key : a Tab Esc\n");
        }
    struct ft_app *app;
    assert_int_equal(drive(ft_str_text(&s), &app), 0);
    demo_release(app);
    ft_str_release(&s);
}

static void test_busy(void **state)
{
    (void)state;
    struct ft_app_options opt = {.script = "/nonexistent", .h = 24, .w = 80};
    struct ft_app *app = demo_app(&opt);
    struct ft_str s = {0};
    ft_app_busy(app, "counting tokens", "rows", 10, 100, NULL, NULL);
    ft_app_dump(app, &s);
    assert_non_null(strstr(ft_str_text(&s), " busy: counting tokens 10/100\n")); /* no bar yet */
    usleep(350000);
    ft_app_busy(app, "counting tokens", "rows", 50, 100, NULL, NULL);
    ft_str_clear(&s);
    ft_app_dump(app, &s);
    assert_non_null(strstr(ft_str_text(&s), "━"));
    assert_non_null(strstr(ft_str_text(&s), "rows/s"));
    assert_non_null(strstr(ft_str_text(&s), "ETA 0:00"));
    ft_app_busy_end(app);
    ft_str_clear(&s);
    ft_app_dump(app, &s);
    assert_null(strstr(ft_str_text(&s), "busy:"));
    ft_str_release(&s);
    demo_release(app);
}

static void test_state(void **state)
{
    (void)state;
    struct ft_state st = {0}, again = {0};
    struct ft_err err = {0};
    ft_state_set(&st, "theme", "light");
    ft_state_set(&st, "screen", "3");
    ft_state_set(&st, "screen", NULL);
    for (int i = 0; i < 30; i++) {
        char path[32];
        snprintf(path, sizeof path, "/data/%d.csv", i);
        ft_state_recent(&st, path);
    }
    ft_state_recent(&st, "/data/25.csv");
    assert_int_equal(st.recent_n, FT_RECENT_MAX);
    assert_string_equal(st.recent[0], "/data/25.csv");
    assert_string_equal(st.recent[1], "/data/29.csv");
    assert_int_equal(ft_state_save(&st, &err), FT_OK);
    assert_int_equal(ft_state_load(&again, &err), FT_OK);
    assert_string_equal(ft_state_get(&again, "theme"), "light");
    assert_null(ft_state_get(&again, "screen"));
    assert_int_equal(again.recent_n, FT_RECENT_MAX);
    assert_string_equal(again.recent[0], "/data/25.csv");
    assert_string_equal(again.recent[19], st.recent[19]);
    char *path = ft_xdg_path(FT_XDG_STATE, "state.json");
    assert_int_equal(ft_file_write(path, "{broken", 7, &err), FT_OK);
    assert_int_not_equal(ft_state_load(&again, &err), FT_OK);
    assert_int_equal(again.n, 0); /* as if there was none */
    free(path);
    ft_state_release(&st);
    ft_state_release(&again);
}

/* A path in Latin-1 cannot stand in JSON; with another character in its place it would name another
 * file. */
static void test_state_not_utf8(void **state)
{
    (void)state;
    static const char file[] = "{\"data\":\"/a\xe9.csv\",\"\xe9\":\"x\",\"model\":\"m\","
                               "\"recent\":[\"/b\xe9.csv\",\"/c.csv\"]}";
    struct ft_state st = {0};
    struct ft_err err = {0};
    char *path = ft_xdg_path(FT_XDG_STATE, "state.json");
    assert_int_equal(ft_file_write(path, file, sizeof file - 1, &err), FT_OK);
    assert_int_equal(ft_state_load(&st, &err), FT_OK);
    assert_int_equal(st.n, 1);
    assert_int_equal(st.recent_n, 1);
    ft_state_set(&st, "data", "/d\xe9.csv");
    ft_state_recent(&st, "/e\xe9.csv");
    assert_int_equal(ft_state_save(&st, &err), FT_OK);
    assert_int_equal(ft_state_load(&st, &err), FT_OK);
    assert_null(ft_state_get(&st, "data"));
    assert_string_equal(ft_state_get(&st, "model"), "m");
    assert_int_equal(st.recent_n, 1);
    assert_string_equal(st.recent[0], "/c.csv");
    free(path);
    ft_state_release(&st);
}

static int start(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
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
        cmocka_unit_test(test_frame),    cmocka_unit_test(test_dispatch),
        cmocka_unit_test(test_lines),    cmocka_unit_test(test_tab_in_empty_prompt),
        cmocka_unit_test(test_field),    cmocka_unit_test(test_wait),
        cmocka_unit_test(test_failures), cmocka_unit_test(test_find_on_page),
        cmocka_unit_test(test_any_size), cmocka_unit_test(test_busy),
        cmocka_unit_test(test_state),    cmocka_unit_test(test_state_not_utf8),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
