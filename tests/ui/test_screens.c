/* Every screen of the workbench at every kind of size, from 1x1 to 300x120: its panels stay inside
 * and never lie over each other, whatever is open: nothing, a file of examples, a run. */
#include "ui/screen_bench.h"

#include "ui/app/app_in.h"
#include "ui/layout_check.h"
#include "ui/screens/ui.h"
#include "ui/screens/view_data_in.h"
#include "ui/screens/view_model_in.h"
#include "ui/screens/view_tune_in.h"

enum { SIZE_H = 120, SIZE_W = 300 };

/* Draws the screen shown at h x w and looks where its panels are. */
static void look(struct ft_app *app, int h, int w)
{
    struct ft_str text = {0};
    struct ft_view *v = app_now(app);
    char what[160];
    app_size(app, h, w);
    ft_app_dump(app, &text);
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    assert_int_equal(lines, h);
    ft_str_release(&text);
    if (ft_layout_form(h, w) == FT_FORM_LINE || app->overlay.open) return;
    snprintf(what, sizeof what, "screen %s, panel %s%s", v->name, v->panels[v->focus].name,
             v->zoom ? ", zoomed" : "");
    layout_check(&v->shown, (struct ft_rect){1, 0, h - 3, w}, h, w, what);
}

/* All screens, all panels that can be focused, at sizes in steps that meet every residue. */
static void every_size(struct ft_app *app)
{
    for (int i = 0; i < app->views_n; i++) {
        ft_app_screen(app, i);
        for (int h = 1, k = i; h <= SIZE_H; h += h < 30 ? 1 : 9, k++)
            for (int w = 1 + k % 7; w <= SIZE_W; w += w < 90 ? 7 : 23) {
                ft_app_act(app, FT_ACT_NEXT_PANEL, NULL);
                look(app, h, w);
            }
        for (int zoom = 0; zoom < 2; zoom++) {
            ft_app_act(app, FT_ACT_ZOOM, NULL);
            look(app, 1, 1);
            look(app, 24, 80);
            look(app, SIZE_H, SIZE_W);
        }
        ft_app_act(app, FT_ACT_HELP, NULL);
        for (int h = 1; h <= 60; h += 5)
            look(app, h, 3 * h);
        ft_app_act(app, FT_ACT_BACK, NULL);
    }
}

/* `y` copies something in every panel that can be focused, at a size that shows them all. */
static void every_copy(struct ft_app *app, const char *what)
{
    static const int sizes[][2] = {{24, 80}, {60, 200}};
    ft_app_command(app, "clipboard on");
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < app->views_n; i++) {
            int panels[FT_PANELS_MAX];
            struct ft_view *v = app->views[i];
            app_size(app, sizes[k][0], sizes[k][1]);
            ft_app_screen(app, i);
            app_draw(app);
            int n = app_panels(v, app->h, app->w, panels);
            assert_true(n > 0);
            for (int p = 0; p < n; p++) {
                struct ft_key esc = {.code = FT_KEY_ESC}, y = {.code = FT_KEY_CHAR, .cp = 'y'};
                v->focus = panels[p];
                app_key(app, &esc); /* out of a text field */
                v->focus = panels[p];
                app_draw(app);
                ft_str_clear(&app->copied);
                app_key(app, &y);
                if (!app->copied.len)
                    fail_msg("%s: y copies nothing in panel %s of %s at %dx%d", what,
                             v->panels[panels[p]].name, v->name, app->w, app->h);
            }
        }
}

/* What y copies from the panels used most: complete, and in cells. */
static const char *copied(struct ft_app *app, int screen, int panel)
{
    struct ft_key y = {.code = FT_KEY_CHAR, .cp = 'y'};
    ft_app_screen(app, screen);
    app->views[screen]->focus = panel;
    app_draw(app);
    ft_str_clear(&app->copied);
    app_key(app, &y);
    return ft_str_text(&app->copied);
}

static void test_copied(void **state)
{
    (void)state;
    struct screen_bench b = bench_new(
        ":set model " FETTLE_SOURCE_DIR "/tests/assets/models/starter\n"
        ":open " FETTLE_SOURCE_DIR "/assets/data/library-mail.csv\n:wait data\n:wait models\n"
        ":screen 2\n:wait models\n:tokens a book\n:wait models\n",
        24, 80);
    ft_ui_screens(b.app, b.w);
    assert_int_equal(ft_app_run(b.app), 0);
    ft_app_command(b.app, "clipboard on");
    assert_int_equal(strncmp(copied(b.app, 0, DATA_ROWS), "1\t", 2), 0);
    assert_non_null(strstr(copied(b.app, 0, DATA_LABELS), "label\ttrain\tvalidation\ttest\n"));
    assert_int_equal(strncmp(copied(b.app, 1, MODEL_TOKENS), "[CLS]\t", 6), 0);
    assert_int_equal(strncmp(copied(b.app, 2, TUNE_FORM), "learning_rate = ", 16), 0);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
}

static void test_nothing_open(void **state)
{
    (void)state;
    struct screen_bench b = bench_new("", 24, 80);
    ft_ui_screens(b.app, b.w);
    every_size(b.app);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
}

/* A file and a model, and a run of them: trained, evaluated, asked. */
static void with_run(const char *name, const char *data, const char *model, const char *more)
{
    char *script = ft_xprintf(":set model " FETTLE_SOURCE_DIR "/%s\n"
                              ":open " FETTLE_SOURCE_DIR "/%s\n:wait data\n"
                              ":set output_dir %s/%s\n:set max_steps 4\n:set logging_steps 1\n"
                              ":set threads 1\n%s:train\n:wait done\n:wait evaluated\n",
                              model, data, bench_folder, name, more);
    struct screen_bench b = bench_new(script, 24, 80);
    ft_ui_screens(b.app, b.w);
    assert_int_equal(ft_app_run(b.app), 0);
    every_copy(b.app, name);
    every_size(b.app);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
    free(script);
}

static void test_classify(void **state)
{
    (void)state;
    with_run("classify", "assets/data/library-mail.csv", "tests/assets/models/starter",
             ":set max_seq_length 32\n");
}

static void test_questions(void **state)
{
    (void)state;
    with_run("qa", "assets/data/harbour-qa.json", "tests/reference/nets/bert-qa/model",
             ":set max_seq_length 32\n:set doc_stride 8\n");
}

static void test_text(void **state)
{
    (void)state;
    with_run("clm", "assets/data/ferry-year.txt", "tests/reference/nets/gpt2-clm/model", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copied),   cmocka_unit_test(test_nothing_open),
        cmocka_unit_test(test_classify), cmocka_unit_test(test_questions),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
