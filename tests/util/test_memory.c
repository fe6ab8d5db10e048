/* What may still be used under cgroups of both versions, and what happens when memory runs out. */
#include "util/cgroup.h"
#include "util/fs.h"
#include "util/json.h"
#include "util/mem.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[] = "/tmp/fettle-cgroup-XXXXXX";

static void put(const char *file, const char *text)
{
    char *path = ft_path_join(root, file), *dir = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(dir, NULL), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(dir);
    free(path);
}

/* A new tree: what /proc/self/cgroup says. */
static void group(const char *self)
{
    assert_int_equal(ft_remove_tree(root, NULL), FT_OK);
    put("proc/self/cgroup", self);
}

#define G2 "sys/fs/cgroup/"
#define G1 "sys/fs/cgroup/memory/"

static void test_version_2(void **state)
{
    (void)state;
    group("0::/a/b\n");
    assert_int_equal(ft_cgroup_free(root), -1); /* no files */
    put(G2 "a/b/memory.max", "max\n");
    put(G2 "a/b/memory.current", "600\n");
    assert_int_equal(ft_cgroup_free(root), -1); /* no limit */
    put(G2 "a/b/memory.max", "1000\n");
    assert_int_equal(ft_cgroup_free(root), 400);
    put(G2 "a/b/memory.stat", "anon 100\nfile 500\ninactive_file_x 7\ninactive_file 200\n"
                              "active_file 100\nslab_reclaimable 50\n");
    assert_int_equal(ft_cgroup_free(root), 750);
    put(G2 "a/b/memory.high", "900\n");
    assert_int_equal(ft_cgroup_free(root), 650);
    put(G2 "a/memory.max", "500\n"); /* the group above has less */
    put(G2 "a/memory.current", "300\n");
    assert_int_equal(ft_cgroup_free(root), 200);
    put(G2 "memory.max", "310\n"); /* a container sees its own group here */
    put(G2 "memory.current", "300\n");
    assert_int_equal(ft_cgroup_free(root), 10);
    put(G2 "memory.current", "400\n");
    assert_int_equal(ft_cgroup_free(root), 0);
    put(G2 "memory.stat", "inactive_file 9000\n");
    assert_int_equal(ft_cgroup_free(root), 200);
}

static void test_version_1(void **state)
{
    (void)state;
    group("12:cpu,cpuacct:/x\n5:memory:/docker/abc\n1:name=systemd:/y\n0::/\n");
    put(G1 "memory.limit_in_bytes", "9223372036854771712\n");
    put(G1 "memory.usage_in_bytes", "100\n");
    assert_int_equal(ft_cgroup_free(root), -1);
    put(G1 "memory.limit_in_bytes", "1000\n"); /* the path is the host's: only the mount is there */
    assert_int_equal(ft_cgroup_free(root), 900);
    put(G1 "docker/abc/memory.limit_in_bytes", "800\n");
    put(G1 "docker/abc/memory.usage_in_bytes", "500\n");
    put(G1 "docker/abc/memory.stat", "cache 300\ninactive_file 1\ntotal_inactive_file 200\n"
                                     "total_active_file 50\nhierarchical_memory_limit 700\n");
    assert_int_equal(ft_cgroup_free(root), 450);
    group("4:memoryless:/a\n");
    put(G1 "a/memory.limit_in_bytes", "1000\n");
    put(G1 "a/memory.usage_in_bytes", "1\n");
    assert_int_equal(ft_cgroup_free(root), -1);
}

static void test_other_trees(void **state)
{
    (void)state;
    group("0::/../../x\n\nnonsense\n7:memory\n");
    put(G2 "memory.max", "1000\n");
    put(G2 "memory.current", "1\n");
    assert_int_equal(ft_cgroup_free(root), -1);
    group("3:memory:/\n0::/u\n"); /* both: version 1 has the memory */
    put(G1 "memory.limit_in_bytes", "1000\n");
    put(G1 "memory.usage_in_bytes", "1\n");
    put("sys/fs/cgroup/unified/u/cgroup.procs", "1\n");
    assert_int_equal(ft_cgroup_free(root), 999);
    assert_int_equal(ft_cgroup_free("/nonexistent"), -1);
    assert_true(ft_mem_available() != 0);
    ft_remove_tree(root, NULL);
}

/* Sanitizers end the process themselves when memory is refused. */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
/* Runs `act` in a process of its own; returns its exit status, -1 for a signal, and its stderr. */
static int apart(void (*act)(void), char *said, size_t size)
{
    int pipes[2], status = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (!pid) {
        dup2(pipes[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    close(pipes[1]);
    size_t n = 0;
    for (ssize_t r; n + 1 < size && (r = read(pipes[0], said + n, size - 1 - n)) > 0;)
        n += (size_t)r;
    said[n] = 0;
    close(pipes[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void take_too_much(void)
{
    ft_mem_set_die_hook(NULL);
    volatile size_t much = SIZE_MAX / 4;
    free(ft_xmalloc(much));
}

static void test_small_memory_gone(void **state)
{
    (void)state;
    char said[256];
    assert_int_equal(apart(take_too_much, said, sizeof said), 1);
    assert_non_null(strstr(said, "error: out of memory ("));
}

static void read_json(void)
{
    enum { N = 4 << 20 };
    char *text = malloc(2 * N + 1);
    if (!text) _exit(2);
    text[0] = '[';
    for (size_t i = 0; i < N; i++)
        memcpy(text + 1 + 2 * i, i + 1 < N ? "1," : "1]", 2);
    struct rlimit limit = {256u << 20, 256u << 20}; /* 4 million items take more */
    setrlimit(RLIMIT_AS, &limit);
    struct ft_err err = {0};
    cJSON *tree = NULL;
    enum ft_status st = ft_json_parse(text, 2 * N + 1, "x.json", &tree, &err);
    fprintf(stderr, "%s", err.msg);
    _exit(st == FT_NOMEM ? 0 : 3);
}

static void test_json_says_memory(void **state)
{
    (void)state;
    char said[512];
    if (apart(read_json, said, sizeof said)) fail_msg("\"%s\"", said);
    assert_non_null(strstr(said, "x.json: out of memory"));
}
#endif

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version_2),
        cmocka_unit_test(test_version_1),
        cmocka_unit_test(test_other_trees),
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
        cmocka_unit_test(test_small_memory_gone),
        cmocka_unit_test(test_json_says_memory),
#endif
    };
    return cmocka_run_group_tests(tests, make_root, NULL);
}
