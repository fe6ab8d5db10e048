/* A pull as a screen sees it, without a hub: wrong names, no network, a server that never answers,
 * offline with what the cache has. With a hub: tests/cli/test_pull*.sh, tests/ui/test_pull.sh. */
#include "engine/model/pull.h"
#include "util/clock.h"
#include "util/fs.h"
#include "util/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COMMIT "0123456789abcdef0123456789abcdef01234567"
static char root[] = "/tmp/fettle-test-XXXXXX";

static void put(const char *file, const char *text)
{
    char *path = ft_path_join(root, file), *dir = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(dir, NULL), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(dir);
    free(path);
}

static int setup(void **state)
{
    static const char *const clear[] = {
        "HF_TOKEN",   "HF_TOKEN_PATH", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE",
        "http_proxy", "HTTP_PROXY",    "all_proxy",    "ALL_PROXY",      "HF_HUB_ETAG_TIMEOUT"};
    (void)state;
    for (size_t i = 0; i < sizeof clear / sizeof *clear; i++)
        unsetenv(clear[i]);
    if (!mkdtemp(root)) return 1;
    setenv("HF_HOME", root, 1);
    put("hub/models--org--x/refs/main", COMMIT);
    put("hub/models--org--x/snapshots/" COMMIT "/config.json", "{}");
    put("hub/models--org--x/snapshots/" COMMIT "/model.safetensors", "12345678");
    put("hub/models--org--x/snapshots/" COMMIT "/1_Pooling/config.json", "{ }");
    put("hub/models--org--half/refs/main", COMMIT);
    put("hub/models--org--half/snapshots/" COMMIT "/config.json", "{}");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    return ft_remove_tree(root, NULL) != FT_OK;
}

/* Waits for the wake-up of its end; the last view. */
static void wait_for_end(struct ft_pull *p, struct ft_wake *wake, struct ft_pull_view *v)
{
    for (ft_pull_look(p, v); v->phase < FT_PULL_DONE; ft_pull_look(p, v)) {
        struct pollfd fd = {.fd = wake->fd, .events = POLLIN};
        assert_int_equal(poll(&fd, 1, 20000), 1); /* not forgotten */
        ft_wake_drain(wake);
    }
}

static void check_failure(const char *name, enum ft_status code, const char *words)
{
    struct ft_wake wake;
    struct ft_pull_view v;
    ft_wake_open(&wake);
    struct ft_pull *p = ft_pull_start(name, true, &wake);
    wait_for_end(p, &wake, &v);
    assert_int_equal(v.phase, FT_PULL_FAILED);
    assert_int_equal(v.err.code, code);
    assert_non_null(strstr(v.err.msg, words));
    assert_null(ft_pull_folder(p));
    ft_pull_free(p);
    ft_wake_close(&wake);
}

static void test_refused(void **state)
{
    (void)state;
    check_failure("", FT_FORMAT, "not the id");
    check_failure("../x", FT_FORMAT, "not the id");
    check_failure("a/b/c", FT_FORMAT, "not the id");
    check_failure("org/x@", FT_FORMAT, "revision");
    check_failure("org/x@a/../b", FT_FORMAT, "revision");
    setenv("HF_ENDPOINT", "http://127.0.0.1:1", 1);
    check_failure("org/x", FT_IO, "127.0.0.1:1: no connection");
    unsetenv("HF_ENDPOINT");
}

static void test_offline(void **state)
{
    struct ft_wake wake;
    struct ft_pull_view v;
    struct ft_pull_file *files;
    (void)state;
    setenv("HF_HUB_OFFLINE", "1", 1);
    check_failure("org/none", FT_NOTFOUND, "HF_HUB_OFFLINE");
    check_failure("org/half", FT_NOTFOUND, "HF_HUB_OFFLINE");
    ft_wake_open(&wake);
    struct ft_pull *p = ft_pull_start("org/x", true, &wake);
    wait_for_end(p, &wake, &v);
    assert_int_equal(v.phase, FT_PULL_DONE);
    assert_string_equal(v.id, "org/x");
    assert_string_equal(v.revision, "main");
    assert_string_equal(v.commit, COMMIT);
    assert_int_equal(v.files, 3);
    assert_int_equal(v.files_done, 3);
    assert_int_equal(v.bytes, 13);
    assert_int_equal(v.bytes_done, 13);
    size_t n = ft_pull_files(p, &files);
    assert_int_equal(n, 3);
    assert_string_equal(files[0].name, "1_Pooling/config.json");
    assert_false(files[0].fetched);
    ft_pull_files_free(files, n);
    char *folder = ft_pull_folder(p),
         *want = ft_xprintf("%s/hub/models--org--x/snapshots/" COMMIT, root);
    assert_string_equal(folder, want);
    free(folder);
    free(want);
    ft_pull_free(p);
    ft_wake_close(&wake);
    unsetenv("HF_HUB_OFFLINE");
}

/* A server that takes the connection and says nothing: cancelled, and freed, at once. */
static void test_cancel(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    struct ft_wake wake;
    struct ft_pull_view v;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    char *endpoint = ft_xprintf("http://127.0.0.1:%d", ntohs(a.sin_port));
    setenv("HF_ENDPOINT", endpoint, 1);
    ft_wake_open(&wake);
    for (int how = 0; how < 2; how++) {
        struct ft_pull *p = ft_pull_start("org/x", how != 0, &wake);
        usleep(200000);
        ft_pull_look(p, &v);
        assert_int_equal(v.phase, FT_PULL_PLANNING);
        assert_non_null(strstr(v.doing, "asking 127.0.0.1"));
        double start_s = ft_now_s();
        if (how == 0) {
            ft_pull_cancel(p);
            wait_for_end(p, &wake, &v);
            assert_int_equal(v.phase, FT_PULL_FAILED);
            assert_int_equal(v.err.code, FT_CANCELLED);
        }
        ft_pull_free(p);
        assert_true(ft_now_s() - start_s < 5); /* of 10 that it would wait */
    }
    ft_wake_close(&wake);
    unsetenv("HF_ENDPOINT");
    free(endpoint);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_offline),
                                       cmocka_unit_test(test_cancel)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
