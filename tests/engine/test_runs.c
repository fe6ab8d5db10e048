/* The registry of runs: states by lock, broken ones kept, series that follow a growing and a cut
 * file, differences, deletion refused while a run holds its folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/run_series.h"
#include "engine/runs/runs.h"
#include "util/fs.h"
#include "util/mem.h"
#include "scratch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_text(const char *dir, const char *name, const char *text)
{
    struct ft_err err = {0};
    char *path = ft_path_join(dir, name);
    if (ft_mkdirs(dir, &err) || ft_file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    free(path);
}

/* A run's folder below scratch; returns its path. */
static char *make_run(const char *name, const char *state, const char *rate, int seed)
{
    char *dir = in_scratch(name);
    struct ft_options o;
    struct ft_str s = {0};
    char text[32];
    ft_options_init(&o);
    snprintf(text, sizeof text, "%d", seed);
    assert_int_equal(ft_options_set_id(&o, FT_OPT_seed, text, true, NULL), FT_OK);
    assert_int_equal(ft_options_set_id(&o, FT_OPT_learning_rate, rate, true, NULL), FT_OK);
    assert_int_equal(ft_options_set_id(&o, FT_OPT_output_dir, dir, true, NULL), FT_OK);
    ft_str_addf(&s,
                "{\"state\":\"%s\",\"task\":\"classify\",\"step\":7,\"steps\":9,\"seconds\":1.5,"
                "\"metric_for_best_model\":\"accuracy\",\"best_metric\":0.75,\"best_step\":5,"
                "\"data\":[{\"option\":\"data\",\"path\":\"x.csv\",\"sha256\":\"ab\"}],"
                "\"split\":{\"train\":[1,2]},\"model\":{\"name\":\"tiny\"},\"options\":",
                state);
    ft_options_to_json(&o, &s);
    ft_str_addc(&s, '}');
    write_text(dir, "run.json", ft_str_text(&s));
    ft_str_release(&s);
    ft_options_release(&o);
    return dir;
}

static void test_list_and_states(void **state)
{
    (void)state;
    char *done = make_run("list/b/done", "done", "5e-5", 1);
    char *killed = make_run("list/a", "running", "5e-5", 1);
    char *alive = make_run("list/c", "stopped", "5e-5", 1);
    char *broken = in_scratch("list/d"), *list = in_scratch("list");
    char *lock = ft_path_join(alive, ".lock"), *link = ft_path_join(list, "loop");
    write_text(broken, "run.json", "{\"options\":{\"seed\":{\"value\":\"many\"}}}");
    assert_int_equal(symlink(list, link), 0);
    int fd = -1;
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    struct ft_runs runs;
    struct ft_err err = {0};
    assert_int_equal(ft_runs_list(&runs, list, NULL, &err), FT_OK);
    assert_int_equal(runs.n, 4);
    const struct {
        const char *name;
        enum ft_run_state state;
    } want[] = {{"a", FT_RUN_STOPPED},
                {"b/done", FT_RUN_DONE},
                {"c", FT_RUN_RUNNING},
                {"d", FT_RUN_UNREADABLE}};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(runs.items[i].name, want[i].name);
        assert_int_equal(runs.items[i].state, want[i].state);
    }
    assert_non_null(strstr(runs.items[3].why, "seed"));
    assert_int_equal(runs.items[1].step, 7);
    assert_true(runs.items[1].has_best && runs.items[1].best == 0.75);
    assert_string_equal(runs.items[1].model, "tiny");
    assert_false(runs.cut);
    ft_runs_release(&runs);

    assert_int_equal(ft_run_delete(alive, NULL, &err), FT_BUSY);
    assert_true(ft_path_is_dir(alive));
    ft_lock_release(&fd);
    bool left = true;
    assert_int_equal(ft_run_delete(alive, &left, &err), FT_OK);
    assert_false(left || ft_path_exists(alive));
    assert_int_equal(ft_runs_list(&runs, alive, NULL, &err), FT_NOTFOUND);
    char *const texts[] = {done, killed, alive, broken, list, lock, link};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

static void test_differences(void **state)
{
    (void)state;
    char *dirs[3] = {make_run("diff/a", "done", "5e-5", 1), make_run("diff/b", "done", "1e-4", 1),
                     make_run("diff/c", "done", "0.00005", 2)};
    struct ft_run runs[3];
    const struct ft_run *each[3];
    enum ft_opt which[FT_OPT_COUNT];
    struct ft_str why = {0};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ft_run_read(&runs[i], dirs[i], NULL), FT_OK);
        each[i] = &runs[i];
    }
    assert_int_equal(ft_runs_differ(each, 2, which), 1);
    assert_int_equal(which[0], FT_OPT_learning_rate);
    assert_true(ft_runs_comparable(each, 2, &why));
    assert_int_equal(why.len, 0);
    assert_int_equal(ft_runs_differ(each, 3, which), 2);
    assert_false(ft_runs_comparable(each, 3, &why));
    assert_non_null(strstr(ft_str_text(&why), "c differs in seed from a"));
    const struct ft_run *ends[2] = {&runs[0], &runs[2]};
    assert_int_equal(ft_runs_differ(ends, 2, which), 1); /* 5e-5 is 0.00005 */
    assert_int_equal(which[0], FT_OPT_seed);
    ft_str_release(&why);
    for (int i = 0; i < 3; i++) {
        ft_run_release(&runs[i]);
        free(dirs[i]);
    }
}

static void test_notes(void **state)
{
    (void)state;
    char *dir = make_run("note", "done", "5e-5", 1);
    struct ft_err err = {0};
    struct ft_run run;
    assert_int_equal(ft_run_note(dir, "two\nlines", &err), FT_OK);
    assert_int_equal(ft_run_read(&run, dir, &err), FT_OK);
    assert_string_equal(run.note, "two\nlines");
    ft_run_release(&run);
    assert_int_equal(ft_run_note(dir, "\xff", &err), FT_USAGE);
    assert_int_equal(ft_run_note(dir, "", &err), FT_OK);
    assert_int_equal(ft_run_read(&run, dir, &err), FT_OK);
    assert_string_equal(run.note, "");
    ft_run_release(&run);
    assert_int_equal(ft_run_note(scratch, "x", &err), FT_NOTFOUND);
    free(dir);
}

static void add_checkpoint(const char *run, int step)
{
    char *dir = ft_xprintf("%s/checkpoint-%d", run, step);
    write_text(dir, "model.safetensors", "0123456789");
    free(dir);
}

static bool has_checkpoint(const char *run, int step)
{
    char *dir = ft_xprintf("%s/checkpoint-%d", run, step);
    bool is = ft_path_is_dir(dir);
    free(dir);
    return is;
}

/* make_run's best step is 5. */
static void test_trim(void **state)
{
    (void)state;
    char *done = make_run("trim/done", "done", "5e-5", 1);
    char *stopped = make_run("trim/stopped", "stopped", "5e-5", 1);
    char *lost = make_run("trim/lost", "done", "5e-5", 1); /* its best one is not there */
    char *broken = in_scratch("trim/broken"), *lock = ft_path_join(done, ".lock");
    for (int i = 0; i < 3; i++) {
        add_checkpoint(done, 3 + 2 * i);
        add_checkpoint(stopped, 3 + 2 * i);
        add_checkpoint(lost, 1 + 3 * i);
    }
    struct ft_run_trim t;
    struct ft_err err = {0};
    int fd = -1;
    assert_int_equal(ft_run_trim_plan(done, &t, &err), FT_OK);
    assert_true(t.n == 2 && t.bytes == 20 && t.kept_n == 1 && t.kept[0] == 5);
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    assert_int_equal(ft_run_trim(done, NULL, &err), FT_BUSY);
    assert_true(has_checkpoint(done, 3));
    ft_lock_release(&fd);
    assert_int_equal(ft_run_trim(done, &t, &err), FT_OK);
    assert_true(t.n == 2 && !has_checkpoint(done, 3) && !has_checkpoint(done, 7));
    assert_true(has_checkpoint(done, 5));
    assert_int_equal(ft_run_trim(done, &t, &err), FT_OK);
    assert_int_equal(t.n, 0);
    assert_int_equal(ft_run_trim(stopped, &t, &err), FT_OK);
    assert_true(!has_checkpoint(stopped, 3) && has_checkpoint(stopped, 5));
    assert_true(has_checkpoint(stopped, 7)); /* from where it goes on */
    assert_int_equal(ft_run_trim(lost, &t, &err), FT_OK);
    assert_true(!has_checkpoint(lost, 1) && !has_checkpoint(lost, 4) && has_checkpoint(lost, 7));
    write_text(broken, "run.json", "{");
    add_checkpoint(broken, 1);
    assert_int_equal(ft_run_trim(broken, NULL, &err), FT_FORMAT);
    assert_true(has_checkpoint(broken, 1));
    assert_int_equal(ft_run_trim(scratch, NULL, &err), FT_NOTFOUND);
    free(done);
    free(stopped);
    free(lost);
    free(broken);
    free(lock);
}

static void test_rename(void **state)
{
    (void)state;
    char *dir = make_run("name/a", "done", "5e-5", 1), *to;
    char *other = make_run("name/b", "done", "5e-5", 1), *lock = ft_path_join(dir, ".lock");
    struct ft_err err = {0};
    int fd = -1;
    static const char *const wrong[] = {"", ".", "..", ".hidden", "x/y", "a\nb", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ft_run_rename(dir, wrong[i], &to, &err), FT_USAGE);
    assert_int_equal(ft_run_rename(dir, "b", &to, &err), FT_EXISTS);
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    assert_int_equal(ft_run_rename(dir, "c", &to, &err), FT_BUSY);
    ft_lock_release(&fd);
    assert_int_equal(ft_run_rename(dir, "new name", &to, &err), FT_OK);
    assert_false(ft_path_exists(dir));
    struct ft_run run;
    assert_int_equal(ft_run_read(&run, to, &err), FT_OK);
    assert_string_equal(run.name, "new name");
    assert_int_equal(run.step, 7);
    ft_run_release(&run);
    assert_true(ft_run_bytes(to) > 100);
    free(to);
    assert_int_equal(ft_run_rename(scratch, "x", &to, &err), FT_NOTFOUND);
    free(dir);
    free(other);
    free(lock);
}

static void append(const char *dir, const char *text)
{
    char *path = ft_path_join(dir, "metrics.jsonl");
    FILE *f = fopen(path, "ae");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    free(path);
}

/* The file of a run resumed from a checkpoint is truncated, and may have grown past its old size
 * before anybody looks again. */
static void test_series_cut(void **state)
{
    (void)state;
    char *dir = make_run("series", "done", "5e-5", 1);
    struct ft_run_series s = {0};
    ft_run_series_follow(&s, dir);
    append(dir,
           "{\"step\":1,\"epoch\":0.5,\"loss\":2,\"grad_norm\":3,\"learning_rate\":1e-5}\n"
           "{\"step\":2,\"event\":\"save\"}\n{\"step\":2,\"eval_loss\":0.5,\"eval_f1\":0.25}\n");
    assert_true(ft_run_series_follow(&s, dir));
    assert_int_equal(s.points_n, 1);
    assert_int_equal(s.events_n, 1);
    assert_true(s.evals[0].f1 == 0.25 && isnan(s.evals[0].exact));
    assert_false(ft_run_series_follow(&s, dir));
    char *path = ft_path_join(dir, "metrics.jsonl");
    assert_int_equal(truncate(path, 0), 0);
    for (int i = 0; i < 9; i++)
        append(dir, "{\"step\":1,\"epoch\":0.5,\"loss\":9,\"grad_norm\":3}\n");
    assert_true(ft_run_series_follow(&s, dir));
    assert_true(s.points_n == 9 && s.passed_over == 0 && s.points[0].loss == 9);
    ft_run_series_release(&s);
    free(path);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_and_states), cmocka_unit_test(test_differences),
        cmocka_unit_test(test_notes),           cmocka_unit_test(test_trim),
        cmocka_unit_test(test_rename),          cmocka_unit_test(test_series_cut),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
