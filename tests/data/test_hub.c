/* Finding models: folders, runs, the hub cache, what ships. All in a temporary folder. */
#include "data/hub.h"
#include "data/files_help.h"

#include <unistd.h>

static char *root;

static void put(const char *file, const char *text)
{
    char *path = ft_path_join(root, file), *dir = ft_path_dir(path);
    assert_int_equal(ft_mkdirs(dir, NULL), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), NULL), FT_OK);
    free(dir);
    free(path);
}

static void put_env(const char *name, const char *file)
{
    char *path = ft_path_join(root, file);
    setenv(name, path, 1);
    free(path);
}

#define COMMIT_A "aaaaaaaabbbbbbbbccccccccddddddddeeeeeeee"
#define COMMIT_B "aaaaaaaa11111111222222223333333344444444"
#define ORG      "hub/models--org--tiny-bert/"

static int setup(void **state)
{
    (void)state;
    root = tmp_folder();
    put("hub/.locks/x", "");
    put("hub/version.txt", "1");
    put("hub/datasets--org--set/refs/main", COMMIT_A);
    put(ORG "refs/main", COMMIT_A "\n");
    put(ORG "refs/refs/pr/1", COMMIT_B);
    put(ORG "refs/evil", "../../../..");
    put(ORG "blobs/1234", "0123456789");
    put(ORG "snapshots/" COMMIT_A "/config.json", "{}");
    char *link = ft_path_join(root, ORG "snapshots/" COMMIT_A "/model.safetensors");
    assert_int_equal(symlink("../../blobs/1234", link), 0);
    free(link);
    put(ORG "snapshots/" COMMIT_B "/config.json", "{ }");
    put("hub/models--gpt2/snapshots/" COMMIT_B "/config.json", "{}");
    put("hub/models--empty/refs/main", COMMIT_A);
    put("assets/models/starter/config.json", "{}");
    put("assets/models/starter/model.safetensors", "1234");
    put("assets/models/README.md", "x");
    put("folder/config.json", "{}");
    put("run/run.json", "{}");
    put("run/model/config.json", "{}");
    put("young/run.json", "{}");
    put("other/x", "");
    put_env("HF_HUB_CACHE", "hub");
    put_env("FETTLE_ASSETS", "assets");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmp_remove(root);
    return 0;
}

static void check(const char *name, enum ft_hub_kind kind, const char *file, const char *revision)
{
    struct ft_hub_model m;
    struct ft_err err = {0};
    assert_ok(ft_hub_resolve(&m, name, &err), err);
    char *path = ft_path_join(root, file);
    assert_string_equal(m.path, path);
    assert_int_equal(m.kind, kind);
    if (revision)
        assert_string_equal(m.revision, revision);
    else
        assert_null(m.revision);
    free(path);
    ft_hub_model_release(&m);
}

static void test_resolve(void **state)
{
    (void)state;
    char *folder = ft_path_join(root, "folder"), *run = ft_path_join(root, "run");
    check(folder, FT_HUB_KIND_FOLDER, "folder", NULL);
    check(run, FT_HUB_KIND_RUN, "run/model", NULL);
    check("org/tiny-bert", FT_HUB_KIND_CACHE, ORG "snapshots/" COMMIT_A, COMMIT_A);
    check("org/tiny-bert@main", FT_HUB_KIND_CACHE, ORG "snapshots/" COMMIT_A, COMMIT_A);
    check("org/tiny-bert@refs/pr/1", FT_HUB_KIND_CACHE, ORG "snapshots/" COMMIT_B, COMMIT_B);
    check("org/tiny-bert@" COMMIT_B, FT_HUB_KIND_CACHE, ORG "snapshots/" COMMIT_B, COMMIT_B);
    check("org/tiny-bert@aaaaaaaab", FT_HUB_KIND_CACHE, ORG "snapshots/" COMMIT_A, COMMIT_A);
    check("gpt2", FT_HUB_KIND_CACHE, "hub/models--gpt2/snapshots/" COMMIT_B, COMMIT_B);
    check("starter", FT_HUB_KIND_BUNDLED, "assets/models/starter", NULL);
    free(folder);
    free(run);
}

static void check_refused(const char *name, const char *part)
{
    struct ft_hub_model m;
    struct ft_err err = {0};
    enum ft_status st = ft_hub_resolve(&m, name, &err);
    if (!st || !strstr(err.msg, part))
        fail_msg("%s: %d \"%s\" lacks \"%s\"", name, st, err.msg, part);
    assert_null(m.path);
}

static void test_refused(void **state)
{
    (void)state;
    char *other = ft_path_join(root, "other"), *young = ft_path_join(root, "young");
    char *file = ft_path_join(root, "other/x");
    check_refused("", "is empty");
    check_refused(other, "no config.json");
    check_refused(young, "without a saved model");
    check_refused(file, "is a file");
    check_refused("org/tiny-bert@aaaaaaaa", "not its revision aaaaaaaa");
    check_refused("org/tiny-bert@aaa", "not its revision aaa");
    check_refused("org/tiny-bert@evil", "not its revision");
    check_refused("org/tiny-bert@../x", "no such model");
    check_refused("org/tiny-bert@", "no such model");
    check_refused("../hub/models--gpt2", "no such model");
    check_refused("org/other", "not in the hub cache");
    check_refused("startr", "did you mean starter?");
    check_refused("empty", "not its revision main");
    free(other);
    free(young);
    free(file);
}

static void test_ids(void **state)
{
    (void)state;
    assert_true(ft_hub_id_is_valid("gpt2"));
    assert_true(ft_hub_id_is_valid("google/bert_uncased_L-2_H-128.x"));
    static const char *const bad_ids[] = {"",   "/x",  "x/",   "a/b/c", "../x", "a/..",    "a/.b",
                                          ".a", "a b", "a--b", "a..b",  "a\\b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad_ids / sizeof *bad_ids; i++)
        assert_false(ft_hub_id_is_valid(bad_ids[i]));
}

static void test_list(void **state)
{
    (void)state;
    struct ft_hub_model *models;
    size_t n;
    struct ft_err err = {0};
    assert_ok(ft_hub_list(&models, &n, &err), err);
    assert_int_equal(n, 3);
    assert_string_equal(models[0].name, "gpt2");
    assert_false(models[0].complete);
    assert_string_equal(models[1].name, "org/tiny-bert");
    assert_true(models[1].complete);
    assert_int_equal(models[1].size_bytes, 12);
    assert_string_equal(models[2].name, "starter");
    assert_int_equal(models[2].kind, FT_HUB_KIND_BUNDLED);
    assert_int_equal(models[2].size_bytes, 6);
    ft_hub_list_free(models, n);
}

static void test_cache_path(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *want;
    } steps[] = {{"HF_HUB_CACHE", "/a", "/a"},
                 {"HF_HOME", "/b", "/b/hub"},
                 {"XDG_CACHE_HOME", "/c", "/c/huggingface/hub"},
                 {"HOME", "/d", "/d/.cache/huggingface/hub"}};
    char *saved[4];
    for (size_t i = 0; i < 4; i++) {
        saved[i] = ft_xstrdup(getenv(steps[i].name));
        setenv(steps[i].name, steps[i].value, 1);
    }
    for (size_t i = 0; i < 4; i++) {
        char *path = ft_hub_cache_path();
        assert_string_equal(path, steps[i].want);
        free(path);
        setenv(steps[i].name, "", 1); /* empty counts as not set */
    }
    assert_null(ft_hub_cache_path());
    setenv("HOME", "/d", 1);
    for (size_t i = 0; i < 2; i++) { /* as the client expands it */
        setenv(steps[i].name, "~/x", 1);
        char *path = ft_hub_cache_path();
        assert_string_equal(path, i ? "/d/x/hub" : "/d/x");
        free(path);
        unsetenv(steps[i].name);
    }
    for (size_t i = 0; i < 4; i++) {
        if (saved[i])
            setenv(steps[i].name, saved[i], 1);
        else
            unsetenv(steps[i].name);
        free(saved[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolve), cmocka_unit_test(test_refused), cmocka_unit_test(test_ids),
        cmocka_unit_test(test_list), cmocka_unit_test(test_cache_path)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
