/* The list of runs in the background: what it reads, what it keeps when the folder changes, what is
 * inside a run, changes one at a time, ending in the middle of a work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/present/run_list.h"
#include "util/fs.h"
#include "scratch.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ft_wake wake;

static void put(const char *dir, const char *name, const char *text)
{
    struct ft_err err = {0};
    char *path = ft_path_join(dir, name), *parent = ft_path_dir(path);
    if (ft_mkdirs(parent, &err) || ft_file_write(path, text, strlen(text), &err))
        fail_msg("%s", err.msg);
    free(path);
    free(parent);
}

static char *make_run(const char *name)
{
    char *dir = in_scratch(name);
    put(dir, "run.json",
        "{\"state\":\"done\",\"step\":4,\"best_metric\":0.5,\"best_step\":2,\"options\":{}}");
    put(dir, "metrics.jsonl",
        "{\"step\":1,\"loss\":2}\n{\"step\":2,\"loss\":1}\n{\"step\":2,\"eval_loss\":1}\n");
    put(dir, "log.txt", "one\ntwo\n");
    put(dir, "checkpoint-2/trainer_state.json", "{}");
    put(dir, "checkpoint-4/trainer_state.json", "{}");
    return dir;
}

/* Until no work is in progress; the result of a change does not count. */
static void settle(struct ft_run_list *l, struct ft_run_changed *changed)
{
    struct pollfd p = {.fd = wake.fd, .events = POLLIN};
    bool got = false;
    ft_run_list_follow(l);
    while (!ft_run_list_idle(l)) {
        if (changed && ft_run_list_changed(l, changed)) got = true;
        if (ft_run_list_idle(l)) break;
        assert_int_equal(poll(&p, 1, 60000), 1);
        ft_wake_drain(&wake);
        ft_run_list_follow(l);
    }
    assert_true(got == (changed != NULL));
}

static size_t find(const struct ft_run_list *l, const char *name)
{
    for (size_t i = 0; i < ft_run_list_count(l); i++)
        if (!strcmp(ft_run_list_item(l, i)->run.name, name)) return i;
    fail_msg("%s is not in the list", name);
    return 0;
}

static void test_list(void **state)
{
    (void)state;
    char *a = make_run("here/a"), *b = make_run("here/b"), *c = make_run("there/c");
    char *here = in_scratch("here"), *there = in_scratch("there");
    struct ft_run_list *l = ft_run_list_new(&wake);
    assert_false(ft_run_list_whole(l));
    ft_run_list_read(l, here, c); /* c lies elsewhere, and is there all the same */
    settle(l, NULL);
    assert_true(ft_run_list_whole(l));
    assert_int_equal(ft_run_list_count(l), 3);
    assert_true(ft_run_list_item(l, find(l, "a"))->bytes == ft_run_bytes(a));
    assert_string_equal(ft_run_list_item(l, find(l, c))->real, c);
    ft_run_list_read(l, here, a); /* one of the folder's own: not twice */
    settle(l, NULL);
    assert_int_equal(ft_run_list_count(l), 2);

    uint64_t version = ft_run_list_version(l);
    ft_run_list_read(l, there, ""); /* the other folder's are not shown meanwhile */
    assert_int_equal(ft_run_list_count(l), 0);
    assert_true(ft_run_list_version(l) > version);
    ft_run_list_read(l, here, "");
    ft_run_list_read(l, there, ""); /* the last wish counts */
    settle(l, NULL);
    assert_int_equal(ft_run_list_count(l), 1);
    assert_string_equal(ft_run_list_dir(l), there);

    ft_run_list_read(l, "/nonexistent", "");
    settle(l, NULL);
    assert_int_equal(ft_run_list_failed(l)->code, FT_NOTFOUND);
    assert_null(ft_run_list_look(l, 0));
    ft_run_list_read(l, here, "");
    ft_run_list_free(l); /* in the middle of it */
    char *const texts[] = {a, b, c, here, there};
    for (size_t i = 0; i < 5; i++)
        free(texts[i]);
}

static void test_look(void **state)
{
    (void)state;
    char *folder = in_scratch("many");
    for (int i = 0; i < FT_RUN_LOOKS_MAX + 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "many/r%02d", i);
        free(make_run(name));
    }
    struct ft_run_list *l = ft_run_list_new(&wake);
    ft_run_list_read(l, folder, "");
    settle(l, NULL);
    assert_null(ft_run_list_look(l, 0)); /* it comes */
    settle(l, NULL);
    const struct ft_run_look *look = ft_run_list_look(l, 0);
    assert_non_null(look);
    assert_int_equal(look->series.points_n, 2);
    assert_int_equal(look->series.evals_n, 1);
    assert_int_equal(look->saved_n, 2);
    assert_int_equal(look->saved[1], 4);
    assert_true(look->may_trim && look->trim.n == 1 && look->trim.kept[0] == 2);
    assert_string_equal(look->log, "one\ntwo\n");
    for (size_t i = 0; i < ft_run_list_count(l); i++)
        ft_run_list_look(l, i);
    settle(l, NULL);
    assert_non_null(ft_run_list_look(l, ft_run_list_count(l) - 1));
    assert_null(ft_run_list_look(l, 0)); /* made room for others */
    settle(l, NULL);

    char *first = ft_path_join(folder, "r00"); /* what was changed since is read again */
    put(first, "run.json", "{\"state\":\"done\",\"updated\":\"later\",\"options\":{}}");
    put(first, "log.txt", "three\n");
    ft_run_list_read(l, folder, "");
    settle(l, NULL);
    assert_non_null(ft_run_list_look(l, 0));
    settle(l, NULL);
    assert_string_equal(ft_run_list_look(l, 0)->log, "three\n");
    free(first);
    ft_run_list_free(l);
    free(folder);
}

static void test_change(void **state)
{
    (void)state;
    char *a = make_run("change/a"), *folder = in_scratch("change");
    char *out = in_scratch("out"), *kept = ft_path_join(a, "checkpoint-2");
    struct ft_run_list *l = ft_run_list_new(&wake);
    struct ft_run_changed c;
    ft_run_list_read(l, folder, "");
    assert_true(ft_run_list_change(l, FT_RUN_CHANGE_TRIM, a, NULL));
    assert_false(ft_run_list_change(l, FT_RUN_CHANGE_DELETE, a, NULL)); /* one at a time */
    settle(l, &c);
    assert_int_equal(c.status, FT_OK);
    assert_true(c.what == FT_RUN_CHANGE_TRIM && c.trim.n == 1 && !strcmp(c.path, a));
    ft_run_changed_release(&c);
    assert_true(ft_path_is_dir(kept));
    assert_true(ft_run_list_change(l, FT_RUN_CHANGE_EXPORT, a, out)); /* it has no model */
    settle(l, &c);
    assert_int_equal(c.status, FT_NOTFOUND);
    assert_non_null(strstr(c.err.msg, "without a saved model"));
    assert_string_equal(c.to, out);
    ft_run_changed_release(&c);
    assert_true(ft_run_list_change(l, FT_RUN_CHANGE_DELETE, a, NULL));
    settle(l, &c);
    assert_int_equal(c.status, FT_OK);
    assert_false(c.left || ft_path_exists(a));
    ft_run_changed_release(&c);
    assert_true(ft_run_list_change(l, FT_RUN_CHANGE_DELETE, a, NULL));
    ft_run_list_free(l); /* nobody takes what came of it */
    free(a);
    free(folder);
    free(out);
    free(kept);
}

static int setup(void **state)
{
    (void)state;
    ft_wake_open(&wake);
    return scratch_make(state);
}

static int teardown(void **state)
{
    (void)state;
    ft_wake_close(&wake);
    return scratch_remove(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_change),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
