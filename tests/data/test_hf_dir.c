/* Writing whole model folders and trainer_state.json: swapped in at once, nothing half-written. */
#include "data/hf_dir.h"
#include "data/trainer_state.h"
#include "data/files_help.h"

#include <sys/resource.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static size_t count_names(const char *dir)
{
    char **names;
    size_t n;
    assert_int_equal(ft_dir_list(dir, &names, &n, NULL), FT_OK);
    ft_names_free(names, n);
    return n;
}

static enum ft_status fill_ramp(void *arg, const struct ft_st_item *item, size_t first, size_t n,
                                void *buf, struct ft_err *err)
{
    float *f = buf;
    (void)err;
    for (size_t i = 0; i < n / 4; i++)
        f[i] = (float)(first / 4 + i) + (float)item->id;
    ++*(size_t *)arg;
    return FT_OK;
}

static enum ft_status fill_fails(void *arg, const struct ft_st_item *item, size_t first, size_t n,
                                 void *buf, struct ft_err *err)
{
    (void)arg, (void)buf, (void)n;
    if (!first) {
        memset(buf, 0, n);
        return FT_OK;
    }
    return ft_fail(err, FT_NUMERIC, "tensor %s is broken", item->name);
}

enum { BIG = 700000 }; /* floats: three pieces */

static enum ft_status write_model(const char *path, enum ft_task task, ft_st_fill_fn *fill,
                                  size_t *calls, struct ft_err *err)
{
    static const float small[2] = {1, 2};
    struct ft_st_item items[] = {
        {.name = "small", .dtype = FT_DTYPE_F32, .rank = 1, .shape = {2}, .data = small},
        {.name = "big", .dtype = FT_DTYPE_F32, .rank = 1, .shape = {BIG}, .id = 3}};
    struct ft_st_source src = {fill, calls};
    struct ft_hf_config config;
    struct ft_hf_dir d;
    ft_hf_config_init(&config, FT_FAMILY_GPT2);
    ft_hf_config_set_task(&config, task);
    enum ft_status st = ft_hf_dir_begin(&d, path, 1000, err);
    if (!st) {
        st = ft_hf_dir_put_model(&d, &config, items, 2, 0, &src, err);
        st = ft_hf_dir_end(&d, st, err);
    }
    ft_hf_config_release(&config);
    return st;
}

static void check_model(const char *path)
{
    struct ft_err err = {0};
    struct ft_st *st;
    assert_ok(ft_st_open_dir(&st, path, &err), err);
    float *f = ft_xmalloc(BIG * sizeof *f);
    assert_ok(ft_st_read_f32(st, ft_st_find(st, "big"), f, &err), err);
    for (size_t i = 0; i < BIG; i++)
        assert_true(f[i] == (float)i + 3.0f);
    free(f);
    ft_st_close(st);
}

static void test_write_and_replace(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "a/b/model/"),
         *parent = ft_path_join(dir, "a/b");
    char *generation = ft_path_join(path, "generation_config.json");
    struct ft_err err = {0};
    size_t calls = 0;
    assert_ok(write_model(path, FT_TASK_CLM, fill_ramp, &calls, &err), err);
    assert_int_equal(calls, 3);
    check_model(path);
    assert_true(ft_path_exists(generation));
    assert_int_equal(count_names(path), 3);
    /* again, as a classifier: the old folder goes as a whole, its leftovers too */
    char *stale = ft_path_join(parent, ".model.tmp-999999999/x"), *stale_dir = ft_path_dir(stale);
    assert_ok(ft_mkdirs(stale, &err), err);
    assert_ok(write_model(path, FT_TASK_CLASSIFY, fill_ramp, &calls, &err), err);
    check_model(path);
    assert_false(ft_path_exists(generation));
    assert_false(ft_path_exists(stale_dir));
    assert_int_equal(count_names(parent), 1);
    /* a failure in the middle leaves the old one as it was, and nothing beside it */
    assert_fails(write_model(path, FT_TASK_CLM, fill_fails, &calls, &err), FT_NUMERIC, err,
                 "tensor big is broken");
    check_model(path);
    assert_int_equal(count_names(parent), 1);
    free(stale);
    free(stale_dir);
    free(generation);
    free(parent);
    free(path);
    tmp_remove(dir);
}

static void test_refused_targets(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *file = ft_path_join(dir, "file"), *path = ft_path_join(dir, "m");
    struct ft_err err = {0};
    struct ft_hf_dir d;
    size_t calls = 0;
    assert_ok(ft_file_write(file, "x", 1, &err), err);
    assert_fails(ft_hf_dir_begin(&d, file, 0, &err), FT_EXISTS, err, "is a file");
    assert_fails(ft_hf_dir_begin(&d, path, (uint64_t)1 << 60, &err), FT_IO, err,
                 "free some disk space");
    assert_fails(ft_hf_dir_begin(&d, "/proc/fettle/m", 0, &err), FT_IO, err, "cannot be created");
    if (geteuid()) { /* root may write anywhere */
        assert_int_equal(chmod(dir, 0555), 0);
        assert_fails(write_model(path, FT_TASK_CLM, fill_ramp, &calls, &err), FT_IO, err,
                     "cannot be created");
        assert_int_equal(chmod(dir, 0777), 0);
    }
    assert_int_equal(count_names(dir), 1);
    free(file);
    free(path);
    tmp_remove(dir);
}

/* A write that the system refuses (a limit on file size stands in for a full disk), in a child so
 * that the limit ends with it. */
static void test_no_room(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "m");
    pid_t child = fork();
    if (!child) {
        struct rlimit limit = {1 << 20, 1 << 20};
        struct ft_err err = {0};
        size_t calls = 0;
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit)) _exit(2);
        enum ft_status st = write_model(path, FT_TASK_CLM, fill_ramp, &calls, &err);
        _exit(st == FT_IO && strstr(err.msg, "model.safetensors") ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(count_names(dir), 0);
    free(path);
    tmp_remove(dir);
}

static void test_refused_items(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_st_item item = {
        .name = "a", .dtype = FT_DTYPE_F32, .rank = 1, .shape = {1}, .data = "1234"};
    struct ft_st_item twice[2] = {item, item};
    char *dir = tmp_folder(), *path = ft_path_join(dir, "x.safetensors");
    assert_fails(ft_st_save(path, twice, 2, NULL, NULL, &err), FT_FORMAT, err, "duplicate name");
    item.name = "__metadata__";
    assert_fails(ft_st_save(path, &item, 1, NULL, NULL, &err), FT_FORMAT, err,
                 "is not a valid tensor name");
    item.name = "a";
    item.shape[0] = SIZE_MAX;
    assert_fails(ft_st_save(path, &item, 1, NULL, NULL, &err), FT_FORMAT, err, "too large");
    item.shape[0] = 1;
    assert_fails(ft_st_save("/nonexistent/x", &item, 1, NULL, NULL, &err), FT_IO, err,
                 "cannot be written");
    assert_int_equal(count_names(dir), 0);
    free(path);
    tmp_remove(dir);
}

static void test_trainer_state(void **state)
{
    (void)state;
    char *dir = tmp_folder(), *path = ft_path_join(dir, "trainer_state.json");
    const char *log[] = {"{\"step\":1,\"loss\":0.1,\"epoch\":0.2}",
                         "{\"step\": 5, \"eval_loss\": 1e-07, \"note\": \"a  b\\n\"}"};
    struct ft_trainer_state s = {.epoch = 1.25,
                                 .global_step = 5,
                                 .max_steps = 20,
                                 .logging_steps = 1,
                                 .eval_steps = 5,
                                 .save_steps = 5,
                                 .train_batch_size = 16,
                                 .num_train_epochs = 3,
                                 .num_input_tokens_seen = 123456789012,
                                 .total_flos = 1.5e18,
                                 .has_best = true,
                                 .best_metric = 0.1,
                                 .best_global_step = 5,
                                 .best_model_checkpoint = "out/checkpoint-5",
                                 .log_history = log,
                                 .log_count = 2};
    struct ft_trainer_state back;
    struct ft_err err = {0};
    assert_ok(ft_trainer_state_save(&s, path, &err), err);
    assert_ok(ft_trainer_state_load(&back, path, &err), err);
    assert_true(back.epoch == 1.25 && back.best_metric == 0.1 && back.total_flos == 1.5e18);
    assert_int_equal(back.global_step, 5);
    assert_int_equal(back.num_input_tokens_seen, 123456789012);
    assert_int_equal(back.best_global_step, 5);
    assert_string_equal(back.best_model_checkpoint, "out/checkpoint-5");
    assert_int_equal(back.log_count, 2);
    assert_null(strchr(back.log_history[1], '\n'));
    assert_non_null(strstr(back.log_history[1], "a  b\\n"));
    ft_trainer_state_release(&back);
    s.has_best = false;
    s.log_count = 0;
    assert_ok(ft_trainer_state_save(&s, path, &err), err);
    assert_ok(ft_trainer_state_load(&back, path, &err), err);
    assert_false(back.has_best);
    assert_null(back.best_model_checkpoint);
    assert_int_equal(back.log_count, 0);
    ft_trainer_state_release(&back);
    static const struct {
        const char *text, *part;
    } bad[] = {{"[]", "not a JSON object"},
               {"{\"global_step\":\"5\"}", "global_step is a string"},
               {"{\"global_step\":-9}", "global_step is -9"},
               {"{\"log_history\":{}}", "log_history is not a list"},
               {"{\"log_history\":[{},3]}", "entry 2 is not an object"},
               {"{\"best_metric\":1,\"best_model_checkpoint\":7}", "best_model_checkpoint"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_ok(ft_file_write(path, bad[i].text, strlen(bad[i].text), &err), err);
        assert_fails(ft_trainer_state_load(&back, path, &err), FT_FORMAT, err, bad[i].part);
        ft_trainer_state_release(&back);
    }
    log[1] = "3";
    s.log_count = 2;
    assert_fails(ft_trainer_state_save(&s, path, &err), FT_FORMAT, err,
                 "log entry 2 is not a JSON object");
    free(path);
    tmp_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_replace), cmocka_unit_test(test_refused_targets),
        cmocka_unit_test(test_no_room), cmocka_unit_test(test_refused_items),
        cmocka_unit_test(test_trainer_state)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
