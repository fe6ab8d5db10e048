/* Every key and every word in every panel of every screen: with nothing open, with a file without
 * rows, with questions and answers. Lists are empty there, which is where an index that nobody
 * checked goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "monkey_sandbox.h"

#include "ui/app/app_in.h"
#include "ui/screens/ui.h"
#include "ui/screens/workbench.h"

static char folder[] = "/tmp/fettle-keys-XXXXXX";
static size_t pressed;

struct bench {
    struct ft_app *app;
    struct ft_workbench *w;
};

static void set(struct bench *b, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (value && ft_options_set(&b->w->o, name, value, true, &err)) fail_msg("%s", err.msg);
}

static struct bench bench_open(const char *data, const char *model)
{
    struct bench b = {.app = ft_app_new(&(struct ft_app_options){.h = 24, .w = 80})};
    b.w = ft_workbench_new(b.app);
    ft_ui_screens(b.app, b.w);
    set(&b, "data", data);
    set(&b, "model", model);
    set(&b, "num_train_epochs", "1");
    set(&b, "threads", "1");
    ft_workbench_settled(b.w);
    while (data && app_woken(b.app, 1000)) /* until it is read */
        app_work(b.app, true);
    return b;
}

static void bench_close(struct bench *b)
{
    ft_app_free(b->app);
    ft_workbench_free(b->w);
}

static void press(struct ft_app *app, const char *name)
{
    struct ft_key k;
    assert_true(ft_key_parse(name, &k));
    app_key(app, &k);
    pressed++;
}

/* Back to the panel, whatever is open now. */
static void back(struct ft_app *app, int screen, int panel)
{
    for (int i = 0; i < 3; i++)
        press(app, "Esc");
    ft_app_screen(app, screen);
    app->views[screen]->focus = panel;
}

/* Is this key bound by an action before `a` as well? */
static bool pressed_before(int a, const char *name)
{
    char padded[40], keys[256];
    snprintf(padded, sizeof padded, " %s ", name);
    while (--a > 0) {
        snprintf(keys, sizeof keys, " %s ", ft_action_row((enum ft_action)a)->keys);
        if (strstr(keys, padded)) return true;
    }
    return false;
}

static void every_key(struct ft_app *app, int screen, int panel)
{
    char name[32];
    for (int a = 1; a < FT_ACT_COUNT; a++) {
        if (a == FT_ACT_QUIT || a == FT_ACT_SUSPEND || a == FT_ACT_SCREEN) continue;
        const char *keys = ft_action_row((enum ft_action)a)->keys;
        for (size_t n; *keys; keys += n + (keys[n] == ' ')) {
            n = strcspn(keys, " ");
            snprintf(name, sizeof name, "%.*s", (int)n, keys);
            if (pressed_before(a, name)) continue;
            back(app, screen, panel);
            press(app, name);
            app_draw(app);
            press(app, "Enter"); /* what it opened, if anything */
        }
    }
}

/* Every word without an argument, and clicks all over the screen. */
static void every_word(struct ft_app *app, int screen)
{
    for (int a = 1; a < FT_ACT_COUNT; a++) {
        if (a == FT_ACT_QUIT || a == FT_ACT_SUSPEND || a == FT_ACT_SCREEN) continue;
        back(app, screen, app->views[screen]->focus);
        ft_app_act(app, (enum ft_action)a, "");
        app_draw(app);
    }
    for (int y = 0; y < app->h; y += 2)
        for (int x = 0; x < app->w; x += 13) {
            struct ft_key k = {.code = FT_KEY_MOUSE, .button = FT_BUTTON_DOUBLE, .y = y, .x = x};
            back(app, screen, app->views[screen]->focus);
            app_key(app, &k);
        }
}

static void everywhere(const char *data, const char *model)
{
    struct bench b = bench_open(data, model);
    for (int screen = 0; screen < b.app->views_n; screen++) {
        for (int panel = 0; panel < b.app->views[screen]->panels_n; panel++) {
            if (b.app->views[screen]->panels[panel].bare) continue;
            every_key(b.app, screen, panel);
        }
        every_word(b.app, screen);
        app_work(b.app, app_woken(b.app, 0));
        assert_false(b.app->quit);
    }
    bench_close(&b);
    print_message("%zu keys\n", pressed);
}

static void test_nothing(void **state)
{
    (void)state;
    everywhere(NULL, NULL);
    assert_true(pressed > 5000);
}

static void test_empty(void **state)
{
    (void)state;
    everywhere("empty.csv", "missing");
}

static void test_questions(void **state)
{
    (void)state;
    everywhere("squad.json", "model-qa");
}

static int setup(void **state)
{
    (void)state;
    if (!mkdtemp(folder) || !sandbox_enter(folder, NULL)) return -1;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return chdir("/") || ft_remove_tree(folder, NULL) ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_questions),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
