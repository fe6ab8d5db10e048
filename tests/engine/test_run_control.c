/* Requests to a run and its progress, as files in its folder: in order, one's own only, and nothing
 * that a broken or foreign file could do; and when a run stands still. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/train/run_control.h"
#include "engine/train/run_status.h"
#include "engine/train/session_watch.h"
#include "scratch.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char *new_run(const char *name)
{
    char *dir = in_scratch(name);
    assert_int_equal(ft_mkdirs(dir, NULL), FT_OK);
    return dir;
}

static int hold(const char *dir)
{
    int fd;
    char *lock = ft_path_join(dir, ".lock");
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    free(lock);
    return fd;
}

static void put(const char *dir, const char *name, const char *text, mode_t mode)
{
    char *folder = ft_path_join(dir, ".control"), *path = ft_path_join(folder, name);
    mkdir(folder, 0700);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    assert_int_equal(chmod(path, mode), 0);
    free(folder);
    free(path);
}

static size_t files_in(const char *dir)
{
    char *folder = ft_path_join(dir, ".control"), **names;
    size_t n = 0;
    if (!ft_dir_list(folder, &names, &n, NULL)) ft_names_free(names, n);
    free(folder);
    return n;
}

static void test_in_order(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_run_request r;
    char *dir = new_run("order");
    assert_false(ft_run_control_take(dir, &r));
    for (int i = 0; i < FT_RUN_REQUEST_SET; i++) { /* nobody trains it */
        struct ft_run_request x = {.kind = (enum ft_run_request_kind)i};
        assert_int_equal(ft_run_control_send(dir, &x, &err), FT_NOTFOUND);
    }
    int lock = hold(dir);
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < FT_RUN_REQUEST_COUNT; i++) {
            struct ft_run_request x = {.kind = (enum ft_run_request_kind)i};
            if (i == FT_RUN_REQUEST_SET)
                x.option = FT_OPT_learning_rate, snprintf(x.value, sizeof x.value, "x0.8");
            assert_int_equal(ft_run_control_send(dir, &x, &err), FT_OK);
        }
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < FT_RUN_REQUEST_COUNT; i++) {
            assert_true(ft_run_control_take(dir, &r));
            assert_int_equal(r.kind, i);
        }
    assert_int_equal(r.option, FT_OPT_learning_rate);
    assert_string_equal(r.value, "x0.8");
    assert_false(ft_run_control_take(dir, &r));
    assert_int_equal(files_in(dir), 0);
    put(dir, "old.json", "{\"request\":\"stop\"}", 0600);
    ft_run_control_clear(dir);
    assert_false(ft_run_control_take(dir, &r));
    ft_lock_release(&lock);
    free(dir);
}

static void test_refused_values(void **state)
{
    (void)state;
    static const struct {
        enum ft_opt option;
        const char *value;
        bool right;
    } rows[] = {{FT_OPT_learning_rate, "x1.25", true},  {FT_OPT_learning_rate, "3e-5", true},
                {FT_OPT_learning_rate, "x0", false},    {FT_OPT_learning_rate, "x-1", false},
                {FT_OPT_learning_rate, "xnan", false},  {FT_OPT_learning_rate, "7", false},
                {FT_OPT_learning_rate, "", false},      {FT_OPT_num_train_epochs, "5", true},
                {FT_OPT_num_train_epochs, "x2", false}, {FT_OPT_seed, "1", false},
                {FT_OPT_output_dir, "/etc", false},     {FT_OPT_notify, "rm -rf /", false},
                {FT_OPT_save_steps, "0", false}};
    char *dir = new_run("values");
    int lock = hold(dir);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ft_err err = {0};
        struct ft_run_request x = {.kind = FT_RUN_REQUEST_SET, .option = rows[i].option}, got;
        struct ft_str text = {0};
        snprintf(x.value, sizeof x.value, "%s", rows[i].value);
        assert_int_equal(!ft_run_control_send(dir, &x, &err), rows[i].right);
        assert_int_equal(ft_run_control_take(dir, &got), rows[i].right);
        /* written by somebody who did not check it */
        ft_str_addf(&text, "{\"request\":\"set\",\"option\":\"%s\",\"value\":\"%s\"}",
                    ft_option_at(rows[i].option)->name, rows[i].value);
        put(dir, "1.json", ft_str_text(&text), 0600);
        assert_int_equal(ft_run_control_take(dir, &got), rows[i].right);
        assert_int_equal(files_in(dir), 0);
        ft_str_release(&text);
    }
    ft_lock_release(&lock);
    free(dir);
}

static void test_hostile_files(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "null",
                                      "7",
                                      "{\"request\":7}",
                                      "{\"request\":\"explode\"}",
                                      "{\"request\":\"set\"}",
                                      "{\"request\":\"set\",\"option\":\"none\",\"value\":\"1\"}",
                                      "{\"request\":\"set\",\"option\":7,\"value\":\"1\"}",
                                      "{\"request\":\"stop\"} x"};
    struct ft_run_request r;
    char *dir = new_run("hostile"), *folder = ft_path_join(dir, ".control");
    char *link = ft_path_join(folder, "3.json"), *sub = ft_path_join(folder, "4.json");
    char *pipe = ft_path_join(folder, "5.json"), *good = ft_path_join(dir, "good");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(dir, "1.json", bad[i], 0600);
        assert_false(ft_run_control_take(dir, &r));
        assert_int_equal(files_in(dir), 0);
    }
    struct ft_str longest = {0};
    ft_str_addf(&longest, "{\"request\":\"set\",\"option\":\"learning_rate\",\"value\":\"%070d\"}",
                1);
    put(dir, "1.json", ft_str_text(&longest), 0600);
    assert_false(ft_run_control_take(dir, &r));
    ft_str_release(&longest);
    char *big = malloc(1 << 20);
    assert_non_null(big);
    memset(big, ' ', 1 << 20);
    memcpy(big, "{\"request\":\"stop\"}", 18);
    big[(1 << 20) - 1] = 0;
    put(dir, "1.json", big, 0600);
    put(dir, "2.json", "{\"request\":\"stop\"}", 0666); /* somebody else may have written it */
    assert_int_equal(ft_file_write(good, "{\"request\":\"stop\"}", 18, NULL), FT_OK);
    assert_int_equal(chmod(good, 0600), 0);
    assert_int_equal(symlink("../good", link), 0);
    assert_int_equal(mkdir(sub, 0700), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    put(dir, "6.txt", "{\"request\":\"stop\"}", 0600); /* no request's name, nor the next */
    put(dir, ".7.json", "{\"request\":\"stop\"}", 0600);
    assert_false(ft_run_control_take(dir, &r));
    assert_int_equal(files_in(dir), 2);
    put(dir, "8.json", "{\"request\":\"save\",\"more\":[1,2]}", 0600);
    assert_true(ft_run_control_take(dir, &r));
    assert_int_equal(r.kind, FT_RUN_REQUEST_SAVE);

    put(dir, "9.json", "{\"request\":\"stop\"}", 0600);
    assert_int_equal(chmod(folder, 0777), 0); /* anybody may write there */
    assert_false(ft_run_control_take(dir, &r));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_true(ft_run_control_take(dir, &r));
    assert_int_equal(ft_remove_tree(folder, NULL), FT_OK);
    assert_int_equal(symlink("/tmp", folder), 0); /* it is elsewhere */
    assert_false(ft_run_control_take(dir, &r));
    int lock = hold(dir);
    struct ft_err err = {0};
    struct ft_run_request stop = {.kind = FT_RUN_REQUEST_STOP};
    assert_int_equal(ft_run_control_send(dir, &stop, &err), FT_IO);
    ft_run_control_clear(dir);
    assert_true(ft_path_is_dir("/tmp"));
    ft_lock_release(&lock);
    char *const texts[] = {big, link, sub, pipe, good, folder, dir};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

/* As root, the requests of other users can be made. */
static void test_other_users(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_run_request r = {.kind = FT_RUN_REQUEST_STOP};
    if (geteuid()) skip();
    char *dir = new_run("others"), *lock_path = ft_path_join(dir, ".lock");
    char *folder = ft_path_join(dir, ".control"), *file = ft_path_join(folder, "1.json");
    int lock = hold(dir);
    assert_int_equal(chown(lock_path, 12345, 12345), 0);
    assert_int_equal(ft_run_control_send(dir, &r, &err), FT_UNSUPPORTED);
    put(dir, "1.json", "{\"request\":\"stop\"}", 0600);
    assert_int_equal(chown(file, 12345, 12345), 0);
    assert_false(ft_run_control_take(dir, &r));
    put(dir, "1.json", "{\"request\":\"stop\"}", 0600);
    assert_int_equal(chown(folder, 12345, 12345), 0);
    assert_false(ft_run_control_take(dir, &r));
    ft_lock_release(&lock);
    free(file);
    free(folder);
    free(lock_path);
    free(dir);
}

static struct ft_snapshot sample(void)
{
    struct ft_snapshot s = {.state = FT_SESSION_EVALUATING,
                            .phase = "validation",
                            .step = 40,
                            .steps_total = 120,
                            .epoch = 1.25,
                            .epochs_total = 3,
                            .loss = 0.5,
                            .peak_rate = 4e-5,
                            .eta_s = 61.5,
                            .elapsed_s = 30,
                            .stopping = true,
                            .eval_task = FT_TASK_CLASSIFY,
                            .best_step = 39,
                            .best_metric = 0.75};
    return s;
}

static void test_status(void **state)
{
    (void)state;
    struct ft_snapshot s = sample(), got;
    int64_t pid;
    char *dir = new_run("status"), *file = ft_path_join(dir, ".status.json");
    assert_int_equal(ft_run_status_write(dir, &s, NULL), FT_OK);
    assert_false(ft_run_status_live(dir, &got, &pid)); /* left over: nobody has the lock */
    assert_int_equal(pid, 0);
    int lock = hold(dir);
    assert_true(ft_run_status_live(dir, &got, &pid));
    assert_int_equal(pid, getpid());
    assert_int_equal(got.state, FT_SESSION_EVALUATING);
    assert_string_equal(got.phase, "validation");
    assert_int_equal(got.step, 40);
    assert_int_equal(got.steps_total, 120);
    assert_true(got.stopping && !got.pausing);
    assert_true(got.epoch == 1.25 && got.loss == 0.5 && got.peak_rate == 4e-5 && got.eta_s == 61.5);
    assert_int_equal(got.eval_task, FT_TASK_CLASSIFY);
    assert_string_equal(got.output_dir, dir);
    static const char *const bad[] = {"", "{", "[]", "{\"pid\":1,\"state\":\"running\"}",
                                      "{\"state\":\"running\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(ft_file_write(file, bad[i], strlen(bad[i]), NULL), FT_OK);
        assert_false(ft_run_status_live(dir, &got, &pid));
        assert_int_equal(pid, getpid());
    }
    char *text = NULL;
    size_t n = 0;
    struct ft_str evil = {0};
    ft_str_addf(&evil,
                "{\"pid\":%ld,\"state\":\"running\",\"phase\":\"a\\u001b[31mb\\u00e9%0200d\","
                "\"step\":99,\"steps_total\":7,\"eta_s\":-1e300,\"elapsed_s\":1e300,\"loss\":"
                "\"x\",\"peak_rate\":-3,\"eval_task\":\"dance\",\"best_step\":-1}",
                (long)getpid(), 0);
    assert_int_equal(ft_file_write(file, evil.data, evil.len, NULL), FT_OK);
    assert_true(ft_run_status_live(dir, &got, &pid));
    assert_null(strchr(got.phase, 27));
    assert_true(strlen(got.phase) < sizeof got.phase);
    assert_int_equal(got.step, 7);
    assert_int_equal(got.best_step, 0);
    assert_true(got.eta_s == -1 && got.elapsed_s == 0 && got.peak_rate == 0);
    assert_int_equal(got.eval_task, FT_TASK_NONE);
    ft_run_status_remove(dir);
    assert_false(ft_run_status_live(dir, &got, &pid));
    assert_int_not_equal(ft_file_read(file, 100, &text, &n, NULL), FT_OK);
    ft_lock_release(&lock);
    ft_str_release(&evil);
    free(file);
    free(dir);
}

/* A process that was killed: its status counts for nothing, not even when another one has the lock
 * now. */
static void test_killed(void **state)
{
    (void)state;
    struct ft_snapshot s = sample(), got;
    int64_t pid;
    int status;
    char *dir = new_run("killed");
    pid_t child = fork();
    if (!child) {
        hold(dir);
        ft_run_status_write(dir, &s, NULL);
        raise(SIGKILL);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_false(ft_run_status_live(dir, &got, &pid));
    assert_int_equal(pid, 0);
    int lock = hold(dir);
    assert_false(ft_run_status_live(dir, &got, &pid));
    assert_int_equal(pid, getpid());
    ft_lock_release(&lock);
    free(dir);
}

static void test_stalls(void **state)
{
    (void)state;
    struct ft_stall x = {0};
    struct ft_snapshot s = {.state = FT_SESSION_RUNNING};
    double now = 1000, cpu = 0;
    for (int i = 0; i < 10; i++, now += 5, cpu += 5) {
        s.step++;
        assert_false(ft_stall_see(&x, &s, now, cpu));
    }
    now -= 5, cpu -= 5; /* of the last progress */
    assert_false(ft_stall_see(&x, &s, now + FT_STALL_SECONDS - 1, cpu));
    assert_true(ft_stall_see(&x, &s, now + FT_STALL_SECONDS, cpu));
    assert_false(ft_stall_see(&x, &s, now + 2 * FT_STALL_SECONDS, cpu)); /* told once */
    now += 3 * FT_STALL_SECONDS;
    s.step++;
    assert_false(ft_stall_see(&x, &s, now, cpu));
    /* it computes, but for ten times as long as ever */
    assert_true(ft_stall_see(&x, &s, now + FT_STALL_SECONDS, cpu + FT_STALL_SECONDS));
    s.state = FT_SESSION_EVALUATING; /* an evaluation may take its time while it computes.. */
    assert_false(ft_stall_see(&x, &s, now, cpu));
    assert_false(ft_stall_see(&x, &s, now + 90000, cpu + 90000));
    assert_true(ft_stall_see(&x, &s, now + 90001, cpu + 8000)); /* ..not when it does not */
    s.state = FT_SESSION_PAUSED;
    for (int i = 0; i < 5; i++)
        assert_false(ft_stall_see(&x, &s, now += 90000, cpu));
    s.state = FT_SESSION_DONE;
    for (int i = 0; i < 5; i++)
        assert_false(ft_stall_see(&x, &s, now += 90000, cpu));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),      cmocka_unit_test(test_refused_values),
        cmocka_unit_test(test_hostile_files), cmocka_unit_test(test_other_users),
        cmocka_unit_test(test_status),        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_stalls)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
