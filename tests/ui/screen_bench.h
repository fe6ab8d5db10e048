/* A workbench driven by a script, for the tests of its screens: settings in, screen out. */
#ifndef FT_TESTS_UI_SCREEN_BENCH_H
#define FT_TESTS_UI_SCREEN_BENCH_H

#include "ui/picture.h"

#include "ui/screens/view_data.h"
#include "ui/screens/workbench.h"
#include "util/mem.h"

#include <unistd.h>

static char bench_folder[] = "/tmp/fettle-screen-XXXXXX";

/* A file in the scratch folder, with the folders that it is in; free() its path. */
static inline char *bench_put(const char *name, const char *text)
{
    char *path = ft_path_join(bench_folder, name);
    char *dir = ft_path_dir(path);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(dir);
    return path;
}

struct screen_bench {
    struct ft_app *app;
    struct ft_workbench *w;
};

static inline void bench_set(struct screen_bench *b, const char *name, const char *value)
{
    struct ft_err err = {0};
    if (ft_options_set(&b->w->o, name, value, true, &err)) fail_msg("%s", err.msg);
}

/* Screens are added by the caller, in their order. */
static inline struct screen_bench bench_new(const char *script, int h, int w)
{
    static char path[512];
    struct ft_err err = {0};
    struct screen_bench b;
    snprintf(path, sizeof path, "%s/script", bench_folder);
    assert_int_equal(ft_file_write(path, script, strlen(script), &err), FT_OK);
    b.app = ft_app_new(&(struct ft_app_options){.script = path, .h = h, .w = w});
    b.w = ft_workbench_new(b.app);
    return b;
}

/* Runs the script to its end; every `expect` in it must hold. */
static inline void bench_run(struct screen_bench *b, const char *picture)
{
    ft_dataset_set(b->w->data, &b->w->o);
    assert_int_equal(ft_app_run(b->app), 0);
    if (picture) {
        struct ft_str s = {0};
        ft_app_dump(b->app, &s);
        expect_text(picture, ft_str_text(&s), s.len);
        ft_str_release(&s);
    }
    ft_app_free(b->app);
    ft_workbench_free(b->w);
}

/* What is remembered between starts goes into the test's own folder. */
static inline int bench_setup(void **state)
{
    (void)state;
    if (!mkdtemp(bench_folder)) return -1;
    setenv("XDG_STATE_HOME", bench_folder, 1);
    setenv("XDG_CONFIG_HOME", bench_folder, 1);
    setenv("FETTLE_ASSETS", FETTLE_SOURCE_DIR "/tests/assets", 1);
    setenv("HF_HUB_OFFLINE", "1", 1); /* no test asks the real hub */
    return 0;
}

static inline int bench_teardown(void **state)
{
    (void)state;
    return ft_remove_tree(bench_folder, NULL) ? -1 : 0;
}

#endif
