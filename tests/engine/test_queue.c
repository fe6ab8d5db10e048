/* The queue of a folder: order, changes, what a runner takes, and files that others or accidents wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/runs/queue.h"
#include "scratch.h"
#include "util/str.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t add(const char *root, const char *name, const char *after)
{
    struct ft_options o;
    struct ft_err err = {0};
    uint64_t id = 0;
    char *dir = in_scratch(name);
    ft_options_init(&o);
    assert_int_equal(ft_options_set(&o, "learning_rate", "3e-5", true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "output_dir", dir, true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "notify", "echo \"$FETTLE_RUN\"", true, &err), FT_OK);
    struct ft_queue_entry e = {.dir = dir, .after = after, .fork = "a@4", .o = &o};
    enum ft_status st = ft_queue_add(root, &e, &id, &err);
    if (st) fail_msg("%s", err.msg);
    ft_options_release(&o);
    free(dir);
    return id;
}

/* The ids in their order, "1 3 2". */
static const char *order(const char *root)
{
    static char text[256];
    struct ft_queue q;
    struct ft_err err = {0};
    if (ft_queue_read(&q, root, &err)) fail_msg("%s", err.msg);
    text[0] = 0;
    for (size_t i = 0; i < q.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%llu%s", i ? " " : "",
                 (unsigned long long)q.items[i].id,
                 q.items[i].state == FT_QUEUE_RUNNING  ? "r"
                 : q.items[i].state == FT_QUEUE_FAILED ? "f"
                                                       : "");
    ft_queue_release(&q);
    return text;
}

static void test_changes(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_queue q;
    uint64_t id;
    size_t n;
    char *root = in_scratch("changes");
    assert_string_equal(order(root), ""); /* no file, no folder */
    for (int i = 0; i < 4; i++) {
        char name[16];
        snprintf(name, sizeof name, "run-%d", i);
        assert_int_equal(add(root, name, NULL), i + 1);
    }
    char *dir = in_scratch("run-2");
    struct ft_queue_entry again = {.dir = dir};
    assert_int_equal(ft_queue_add(root, &again, &id, &err), FT_EXISTS);
    assert_int_equal(ft_queue_move(root, 3, -1, &err), FT_OK);
    assert_string_equal(order(root), "1 3 2 4");
    assert_int_equal(ft_queue_move(root, 3, -9, &err), FT_OK);
    assert_string_equal(order(root), "3 1 2 4");
    assert_int_equal(ft_queue_move(root, 3, 100, &err), FT_OK);
    assert_string_equal(order(root), "1 2 4 3");
    assert_int_equal(ft_queue_move(root, 9, 1, &err), FT_NOTFOUND);
    assert_int_equal(ft_queue_remove(root, 2, &err), FT_OK);
    assert_int_equal(ft_queue_remove(root, 2, &err), FT_NOTFOUND);
    assert_string_equal(order(root), "1 4 3");
    assert_int_equal(add(root, "run-9", NULL), 5); /* no id twice */
    assert_int_equal(ft_queue_read(&q, root, &err), FT_OK);
    assert_string_equal(q.items[0].fork, "a@4");
    assert_string_equal(q.items[0].notify, "echo \"$FETTLE_RUN\"");
    assert_string_equal(ft_options_text(&q.items[0].o, FT_OPT_learning_rate), "3e-05");
    assert_true(ft_options_given(&q.items[0].o, FT_OPT_learning_rate));
    assert_false(ft_options_given(&q.items[0].o, FT_OPT_seed));
    ft_queue_release(&q);
    assert_int_equal(ft_queue_clear(root, &n, &err), FT_OK);
    assert_int_equal(n, 4);
    assert_string_equal(order(root), "");
    free(dir);
    free(root);
}

static int hold(const char *dir)
{
    int fd;
    char *lock = ft_path_join(dir, ".lock");
    assert_int_equal(ft_mkdirs(dir, NULL), FT_OK);
    assert_int_equal(ft_lock_take(&fd, lock, NULL), FT_OK);
    free(lock);
    return fd;
}

/* An audit is the same command, begun or not. */
static void test_audit(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_queue_item x;
    struct ft_options o;
    bool waiting;
    uint64_t id;
    char *root = in_scratch("audits"), *dir = in_scratch("an-audit");
    ft_options_init(&o);
    assert_int_equal(ft_options_set_id(&o, FT_OPT_seed, "7", true, &err), FT_OK);
    const struct ft_queue_entry e = {.kind = FT_QUEUE_AUDIT, .dir = dir, .folds = 4, .o = &o};
    assert_int_equal(ft_queue_add(root, &e, &id, &err), FT_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
        assert_true(x.kind == FT_QUEUE_AUDIT && x.folds == 4);
        assert_string_equal(ft_options_text(&x.o, FT_OPT_seed), "7");
        ft_queue_item_release(&x);
    }
    char *file = ft_path_join(root, "queue.json");
    static const char bad[] = "{\"version\":1,\"entries\":[{\"id\":1,\"kind\":\"audit\",\"state\":"
                              "\"waiting\",\"dir\":\"x\",\"folds\":1e9}]}";
    assert_int_equal(ft_file_write(file, bad, sizeof bad - 1, &err), FT_OK);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_FORMAT);
    ft_options_release(&o);
    free(file);
    free(dir);
    free(root);
}

static void test_runner(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_queue_item x;
    bool waiting;
    int runner, other;
    size_t n;
    char *root = in_scratch("runner"), *active = in_scratch("active"), *one = in_scratch("r-one");
    add(root, "r-one", active);
    add(root, "r-two", NULL);
    assert_int_equal(ft_queue_runner(root), 0);
    assert_int_equal(ft_queue_claim(root, &runner, &err), FT_OK);
    assert_int_equal(ft_queue_claim(root, &other, &err), FT_BUSY);
    assert_int_equal(ft_queue_runner(root), getpid());
    int lock = hold(active); /* the run that the first one waits for */
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(waiting && !x.id);
    assert_string_equal(order(root), "1 2");
    ft_lock_release(&lock);
    assert_int_equal(ft_queue_waits(root, &waiting, &err), FT_OK);
    assert_false(waiting);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(!waiting && x.id == 1 && x.kind == FT_QUEUE_TRAIN);
    ft_queue_item_release(&x);
    assert_string_equal(order(root), "1r 2");
    assert_int_equal(ft_queue_remove(root, 1, &err), FT_BUSY);
    assert_int_equal(ft_queue_move(root, 2, -1, &err), FT_OK);
    assert_string_equal(order(root), "1r 2");
    /* its process was killed, and so was the runner: a run that has begun is resumed */
    lock = hold(one);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(waiting && !x.id); /* only the runner was: the run goes on by itself */
    ft_lock_release(&lock);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(x.id == 1 && x.kind == FT_QUEUE_TRAIN);
    ft_queue_item_release(&x);
    char *json = ft_path_join(one, "run.json");
    assert_int_equal(ft_file_write(json, "{}", 2, NULL), FT_OK);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(x.id == 1 && x.kind == FT_QUEUE_RESUME);
    ft_queue_item_release(&x);
    assert_int_equal(ft_queue_ended(root, 1, "no such model", &err), FT_OK);
    assert_string_equal(order(root), "1f 2");
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_int_equal(x.id, 2); /* a failure does not stop the others */
    ft_queue_item_release(&x);
    assert_int_equal(ft_queue_ended(root, 2, NULL, &err), FT_OK);
    assert_int_equal(ft_queue_ended(root, 2, NULL, &err), FT_NOTFOUND);
    assert_int_equal(ft_queue_next(root, &x, &waiting, &err), FT_OK);
    assert_true(!x.id && !waiting);
    assert_string_equal(order(root), "1f");
    assert_int_equal(ft_queue_clear(root, &n, &err), FT_OK);
    ft_lock_release(&runner);
    char *const texts[] = {root, active, one, json};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
}

static void test_hostile_files(void **state)
{
    (void)state;
#define ENTRY(more) "{\"version\":1,\"entries\":[{" more "}]}"
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "{}",
        "{\"version\":2,\"entries\":[]}",
        "{\"version\":1}",
        "{\"version\":1,\"entries\":{}}",
        "{\"version\":1,\"entries\":[7]}",
        ENTRY(""),
        ENTRY("\"id\":1,\"kind\":\"train\",\"state\":\"waiting\""),
        ENTRY("\"id\":1,\"kind\":\"dance\",\"state\":\"waiting\",\"dir\":\"a\""),
        ENTRY("\"id\":1,\"kind\":\"train\",\"state\":\"asleep\",\"dir\":\"a\""),
        ENTRY("\"id\":-1,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":\"a\""),
        ENTRY("\"id\":1e300,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":\"a\""),
        ENTRY("\"id\":1,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":7"),
        ENTRY("\"id\":1,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":\"\""),
        ENTRY("\"id\":1,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":\"a\",\"options\":7"),
        ENTRY(
            "\"id\":1,\"kind\":\"train\",\"state\":\"waiting\",\"dir\":\"a\",\"options\":{\"seed\":"
            "{\"value\":\"x\",\"given\":true}}")};
    static const char good[] =
        ENTRY("\"id\":7,\"kind\":\"sweep\",\"state\":\"waiting\",\"dir\":\"a\",\"unknown\":[1]");
    struct ft_err err = {0};
    struct ft_queue q;
    uint64_t id;
    char *root = in_scratch("hostile"), *file = ft_path_join(root, "queue.json");
    char *elsewhere = in_scratch("elsewhere.json");
    struct ft_queue_entry e = {.dir = "b"};
    assert_int_equal(ft_mkdirs(root, NULL), FT_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char *text = NULL;
        size_t n = 0;
        assert_int_equal(ft_file_write(file, bad[i], strlen(bad[i]), NULL), FT_OK);
        assert_int_equal(chmod(file, 0600), 0);
        assert_int_not_equal(ft_queue_read(&q, root, &err), FT_OK);
        assert_int_equal(q.n, 0);
        assert_int_not_equal(ft_queue_add(root, &e, &id, &err), FT_OK); /* and stays as it is */
        assert_int_equal(ft_file_read(file, 1 << 20, &text, &n, NULL), FT_OK);
        assert_int_equal(n, strlen(bad[i]));
        free(text);
    }
    assert_int_equal(ft_file_write(file, good, strlen(good), NULL), FT_OK);
    assert_int_equal(chmod(file, 0622), 0); /* others could have had commands run */
    assert_int_equal(ft_queue_read(&q, root, &err), FT_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "chmod 600"));
    assert_int_equal(chmod(file, 0600), 0);
    assert_string_equal(order(root), "7");
    assert_int_equal(ft_queue_add(root, &e, &id, &err), FT_OK);
    assert_int_equal(id, 8);
    struct stat sb;
    assert_int_equal(stat(file, &sb), 0);
    assert_int_equal(sb.st_mode & 0777, 0600);
    assert_int_equal(rename(file, elsewhere), 0);
    assert_int_equal(symlink(elsewhere, file), 0);
    assert_int_equal(ft_queue_read(&q, root, &err), FT_UNSUPPORTED);
    free(elsewhere);
    free(file);
    free(root);
}

static void test_full(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_str s = {0};
    uint64_t id;
    char *root = in_scratch("full"), *file = ft_path_join(root, "queue.json");
    ft_str_addz(&s, "{\"version\":1,\"entries\":[");
    for (int i = 0; i < FT_QUEUE_MAX; i++)
        ft_str_addf(&s, "%s{\"id\":%d,\"kind\":\"resume\",\"state\":\"failed\",\"dir\":\"%d\"}",
                    i ? "," : "", i + 1, i);
    ft_str_addz(&s, "]}");
    assert_int_equal(ft_mkdirs(root, NULL), FT_OK);
    assert_int_equal(ft_file_write(file, s.data, s.len, NULL), FT_OK);
    assert_int_equal(chmod(file, 0600), 0);
    struct ft_queue_entry e = {.dir = "x"};
    assert_int_equal(ft_queue_add(root, &e, &id, &err), FT_BUSY);
    assert_int_equal(ft_queue_remove(root, 1, &err), FT_OK);
    assert_int_equal(ft_queue_add(root, &e, &id, &err), FT_OK);
    assert_int_equal(id, FT_QUEUE_MAX + 1);
    ft_str_release(&s);
    free(file);
    free(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes), cmocka_unit_test(test_runner), cmocka_unit_test(test_audit),
        cmocka_unit_test(test_hostile_files), cmocka_unit_test(test_full)};
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
