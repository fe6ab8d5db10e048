/* Screen 3 against stored pictures and by keys: editing, wrong values, steps, choices, presets,
 * undo, finding, files; and the schedule's curve against the rates of a real run. */
#include "ui/picture.h"

#include "engine/schedule.h"
#include "ui/view_tune.h"
#include "util/mem.h"

#include <math.h>
#include <unistd.h>

static char folder[] = "/tmp/fettle-tune-XXXXXX";

static struct ft_app *app;
static struct ft_workbench *w;

static int drive(const char *script, int h, int width)
{
    static char path[512];
    struct ft_err err = {0};
    snprintf(path, sizeof path, "%s/script", folder);
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    app = ft_app_new(&(struct ft_app_options){.script = path, .h = h, .w = width});
    w = ft_workbench_new(app);
    ft_app_add(app, ft_view_tune_new(w));
    w->train_examples = 19924;
    return ft_app_run(app);
}

static void done(void)
{
    ft_app_free(app);
    ft_workbench_free(w);
}

/* The screen without the machine's free memory and disk. */
static void expect_screen(const char *name)
{
    struct ft_str s = {0}, out = {0};
    ft_app_dump(app, &s);
    for (const char *p = ft_str_text(&s); *p;) {
        size_t n = strcspn(p, "\n"), keep = n;
        const char *free_row = strstr(p, "free    ");
        if (free_row && free_row < p + n) keep = (size_t)(free_row - p) + 4;
        ft_str_add(&out, p, keep);
        ft_str_addc(&out, '\n');
        p += n + (p[n] == '\n');
    }
    expect_text(name, ft_str_text(&out), out.len);
    ft_str_release(&s);
    ft_str_release(&out);
}

static void test_pictures(void **state)
{
    (void)state;
    const char *some =
        ":set warmup_ratio 0.1\n:set max_seq_length 256\n:set model m\n:set data d\n";
    assert_int_equal(drive("", 24, 80), 0);
    expect_screen("tune_80x24");
    done();
    assert_int_equal(drive(some, 60, 200), 0);
    expect_screen("tune_200x60");
    done();
    assert_int_equal(drive("key Enter\nkeys 5x\n", 24, 80), 0);
    expect_screen("tune_editing");
    done();
}

static void test_editing(void **state)
{
    (void)state;
    assert_int_equal(
        drive(/* steps along the list, there and back, and undone */
              "key -\nexpect 3e-5\nexpect Settings 50, 1 changed\nkey +\nexpect 5e-5\nkey +\n"
              "expect 1e-4\nkey u u u\nexpect 0 changed\nkey Ctrl-R\nexpect 3e-5\n"
              "key x\nexpect 0 changed\n"
              /* typed wrong: stays, is marked, and T is refused */
              "key Enter\nkeys 7\nexpect ! learning_rate: 7 is out of\nkey Enter\nexpect [1 "
              "Tune!]\nexpect ! "
              "learn\n"
              "key T\nexpect learning_rate is wrong: 7\nkey x\nreject [1 Tune!]\n"
              /* Esc leaves the old value */
              "key Enter\nkeys 1e-5\nkey Esc\nexpect 0 changed\n"
              /* choices, whole numbers, groups */
              "key / Ctrl-U\nkeys lr_sched\nkey Enter Space\nexpect cosine\nkey -\nexpect linear\n"
              "key / Ctrl-U\nkeys beta2\nkey Enter\nexpect adam_beta2\nkey Left\nreject "
              "adam_beta2\n"
              "expect Optimiser  13\nkey Right\nexpect adam_beta2\n"
              ":set seed 7\nkey d\nreject adam_beta2\nexpect seed\nkey d\n"
              ":set nosuch 1\nexpect no option 'nosuch'\n:default seed\nexpect 1 changed\n",
              24, 80),
        0);
    done();
}

static void test_presets_and_files(void **state)
{
    (void)state;
    char *path = ft_path_join(folder, "c.json");
    char *script =
        ft_xprintf(":set learning_rate 1e-3\nkey p\nexpect roberta\nkeys nosuch\nkey Enter\n"
                   "expect no preset\nkey Ctrl-U\nkeys bert\nkey Enter\nexpect preset bert\n"
                   "expect 2e-5\nkey u\nexpect 1e-3\nkey c\nexpect fettle train\n"
                   "expect --learning_rate 1e-3\nkey Esc\n:write-config %s\nexpect written\n"
                   ":preset save mine\nexpect preset mine saved\n:set learning_rate 3e-5\n"
                   ":preset mine\nexpect 0.001\n",
                   path);
    assert_int_equal(drive(script, 24, 80), 0);
    done();
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    assert_int_equal(ft_options_load(&o, path, &err), FT_OK);
    assert_true(ft_options_num(&o, FT_OPT_learning_rate) == 1e-3);
    ft_options_release(&o);
    free(script);
    free(path);
}

/* The curve that is drawn is the one that is run. */
static void test_schedule(void **state)
{
    (void)state;
    static const char *const kinds[] = {"linear", "cosine", "constant", "constant_with_warmup",
                                        "polynomial"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        char *dir = ft_xprintf("%s/run-%s", folder, kinds[k]);
        char *script = ft_xprintf(
            ":set model tests/reference/nets/bert-classify/model\n"
            ":set data tests/reference/nets/bert-classify/train.csv\n:set max_seq_length 40\n"
            ":set output_dir %s\n:set split 1,0,0\n:set num_train_epochs 3\n"
            ":set logging_steps 1\n:set warmup_ratio 0.2\n:set lr_scheduler_type %s\n"
            ":set eval_strategy no\n:set save_strategy no\n:set threads 1\nkey T\n:wait done\n",
            dir, kinds[k]);
        assert_int_equal(drive(script, 24, 80), 0);
        struct ft_schedule s;
        ft_schedule_make(&s, &w->o, 40); /* rows of train.csv */
        assert_int_equal(s.total, 9);
        assert_int_equal(w->series.points_n, 9);
        for (size_t i = 0; i < 9; i++) {
            double want = w->series.points[i].learning_rate;
            double got = ft_schedule_lr(&s, &w->o, w->series.points[i].step - 1);
            if (fabs(want - got) > 1e-12) fail_msg("%s: %.9g, %.9g", kinds[k], want, got);
        }
        done();
        free(script);
        free(dir);
    }
}

static int start(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return 1;
    setenv("XDG_STATE_HOME", folder, 1);
    setenv("XDG_CONFIG_HOME", folder, 1);
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
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_editing),
        cmocka_unit_test(test_presets_and_files),
        cmocka_unit_test(test_schedule),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
