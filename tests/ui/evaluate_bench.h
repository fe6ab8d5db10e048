/* What the tests of screen Evaluate share: files of a run, and a script on the screen. */
#ifndef FT_TESTS_UI_EVALUATE_BENCH_H
#define FT_TESTS_UI_EVALUATE_BENCH_H

#include "ui/screen_bench.h"

#include "ui/screens/view_evaluate.h"
#include "util/fs.h"

/* Writes a file of a run; the folder is made. */
static void put(const char *dir, const char *name, const struct ft_str *s)
{
    char *path = ft_path_join(dir, name);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, ft_str_text(s), s->len, &err), FT_OK);
    free(path);
}

/* Runs a script on screen Evaluate with a data file and a run, each NULL: none; picture: see
 * bench_run. */
static void drive(const char *run, const char *data, const char *script, int h, int w,
                  const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_evaluate_new(b.w));
    if (data) bench_set(&b, "data", data);
    if (run) ft_workbench_show(b.w, run);
    bench_run(&b, picture);
}

#endif
