/* Every screen of the workbench at every kind of size, from 1x1 to 300x120: its panels stay inside
 * and never lie over each other, whatever is open: nothing, a file of examples, a run. */
#include "ui/screen_bench.h"

#include "ui/app/app_in.h"
#include "ui/layout_check.h"
#include "ui/screens/ui.h"

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
    every_size(b.app);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
    free(script);
}

static void test_classify(void **state)
{
    (void)state;
    with_run("classify", "assets/data/library-mail.csv", "assets/models/starter",
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
        cmocka_unit_test(test_nothing_open),
        cmocka_unit_test(test_classify),
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
