/* The hub's client without a network: names, etags, answers, which files are wanted, addresses,
 * settings from the environment. With one: tests/cli/test_pull*.sh. */
#include "data/hub_info.h"
#include "data/hub_select.h"
#include "data/files_help.h"

#define COMMIT "0123456789abcdef0123456789abcdef01234567"

static void test_names(void **state)
{
    static const char *const good[] = {"config.json", "1_Pooling/config.json", "a b/c.d.bin", "-x",
                                       "\xc3\xa4.txt"};
    static const char *const bad[] = {"",     "/x",  "../x",  "a/../b", ".hidden", "a/.b",
                                      "a//b", "a/",  "a\\b",  "a\nb",   "a\x7f",   "\xff",
                                      "..",   "./x", "a/./b", "a/.."};
    char longer[FT_HUB_NAME_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(ft_hub_name_is_safe(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(ft_hub_name_is_safe(bad[i]));
    memset(longer, 'a', sizeof longer);
    for (size_t i = 100; i < sizeof longer; i += 100)
        longer[i] = '/';
    longer[sizeof longer - 1] = 0;
    assert_false(ft_hub_name_is_safe(longer)); /* one byte too long.. */
    longer[sizeof longer - 2] = 0;
    assert_true(ft_hub_name_is_safe(longer));
    longer[100] = longer[200] = 'a';
    assert_false(ft_hub_name_is_safe(longer)); /* ..and a part that no file system takes */
}

static void test_etags(void **state)
{
    static const struct {
        const char *header, *etag;
    } cases[] = {{"\"abc\"", "abc"},
                 {"W/\"a-b_C\"", "a-b_C"},
                 {"abc", "abc"},
                 {"\"\"", NULL},
                 {"", NULL},
                 {"\"a/b\"", NULL},
                 {"\"..\"", NULL},
                 {"\"a b\"", NULL},
                 {"\"a\"b\"", NULL},
                 {"W/", NULL},
                 {"\"", NULL},
                 {"a.lock", NULL},
                 {"\"\xc3\xa4\"", NULL}};
    char etag[FT_HUB_ETAG_MAX + 1], header[FT_HUB_ETAG_MAX + 2];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ft_hub_etag_parse(etag, cases[i].header), cases[i].etag != NULL);
        if (cases[i].etag) assert_string_equal(etag, cases[i].etag);
    }
    memset(header, 'a', sizeof header);
    header[FT_HUB_ETAG_MAX + 1] = 0;
    assert_false(ft_hub_etag_parse(etag, header));
    header[FT_HUB_ETAG_MAX] = 0;
    assert_true(ft_hub_etag_parse(etag, header));
    header[64] = 0;
    assert_true(ft_hub_etag_is_sha256(header));
    header[63] = 'g';
    assert_false(ft_hub_etag_is_sha256(header));
    header[63] = 0;
    assert_false(ft_hub_etag_is_sha256(header));
}

/* The licence of an answer with `more` in it. */
static void check_licence(const char *more, const char *licence)
{
    struct ft_hub_info info;
    struct ft_err err = {0};
    char *text = ft_xprintf("{\"sha\":\"" COMMIT "\",%s\"siblings\":[]}", more);
    assert_int_equal(ft_hub_info_parse(&info, text, strlen(text), "t", &err), FT_OK);
    assert_string_equal(info.licence, licence);
    assert_string_equal(info.commit, COMMIT);
    ft_hub_info_release(&info);
    free(text);
}

static void test_licences(void **state)
{
    (void)state;
    check_licence("", "not stated");
    check_licence("\"cardData\":{\"license\":\"apache-2.0\"},", "apache-2.0");
    check_licence("\"cardData\":{\"license\":[\"mit\",\"gpl\"]},", "mit");
    check_licence("\"cardData\":{\"license\":\"other\",\"license_name\":\"my own\"},",
                  "other (my own)");
    check_licence("\"tags\":[1,\"x\",\"license:\",\"license:bsd\"],", "bsd");
    check_licence("\"cardData\":{\"license\":7},\"tags\":3,", "not stated");
    check_licence("\"cardData\":{\"license\":\"a\\u001b[1m\\nb\"},", "a?[1m b");
}

/* The names that are wanted of a listing, parted by blanks; `names` likewise. */
static char *select_of(const char *names, const char *modules, const char *index,
                       enum ft_status *check)
{
    struct ft_str text = {0}, out = {0};
    struct ft_hub_info info;
    struct ft_err err = {0};
    ft_str_addz(&text, "{\"sha\":\"" COMMIT "\",\"siblings\":[");
    for (const char *p = names; *p; p += strspn(p, " ")) {
        size_t n = strcspn(p, " ");
        ft_str_addf(&text, "%s{\"rfilename\":\"%.*s\"}", p == names ? "" : ",", (int)n, p);
        p += n;
    }
    ft_str_addz(&text, "]}");
    assert_int_equal(ft_hub_info_parse(&info, text.data, text.len, "t", &err), FT_OK);
    bool *wanted = ft_hub_select(&info);
    enum ft_status st = FT_OK;
    if (modules) st = ft_hub_select_modules(&info, wanted, modules, strlen(modules), &err);
    for (size_t i = 0; index && i < info.n && !st; i++)
        if (wanted[i] && ft_hub_is_index(info.names[i]))
            st = ft_hub_select_shards(&info, wanted, i, index, strlen(index), &err);
    *check = st ? st : ft_hub_select_check(&info, wanted, "org/x", &err);
    for (size_t i = 0; i < info.n; i++)
        if (wanted[i]) ft_str_addf(&out, "%s%s", out.len ? " " : "", info.names[i]);
    free(wanted);
    ft_hub_info_release(&info);
    ft_str_release(&text);
    ft_str_addz(&out, "");
    return out.data ? ft_str_take(&out) : ft_xstrdup("");
}

static void check_select(const char *names, const char *modules, const char *index,
                         const char *want, enum ft_status status)
{
    enum ft_status st;
    char *got = select_of(names, modules, index, &st);
    assert_int_equal(st, status);
    if (want) assert_string_equal(got, want);
    free(got);
}

static void test_select(void **state)
{
    (void)state;
    check_select("README.md config.json model.onnx model.safetensors pytorch_model.bin tf_model.h5 "
                 "tokenizer.json training_args.bin vocab.txt merges.txt optimizer.bin config.json",
                 NULL, NULL, "config.json merges.txt model.safetensors tokenizer.json vocab.txt",
                 FT_OK);
    check_select("config.json pytorch_model.bin pytorch_model.bin.index.json", NULL, NULL,
                 "config.json pytorch_model.bin", FT_OK);
    check_select("config.json model.safetensors.index.json m-1.safetensors m-2.safetensors "
                 "m-3.safetensors pytorch_model.bin",
                 NULL, "{\"weight_map\":{\"a\":\"m-2.safetensors\",\"b\":\"m-1.safetensors\"}}",
                 "config.json m-1.safetensors m-2.safetensors model.safetensors.index.json", FT_OK);
    check_select("config.json pytorch_model.bin.index.json p-1.bin p-1.safetensors", NULL,
                 "{\"weight_map\":{\"a\":\"p-1.safetensors\"}}", NULL, FT_FORMAT);
    check_select("modules.json 0_T/config.json 0_T/pytorch_model.bin 0_T/vocab.txt 1_P/config.json "
                 "2_D/config.json 2_D/model.safetensors 3_X/config.json 1_P/other.json",
                 "[{\"type\":\"a.Transformer\",\"path\":\"0_T\"},{\"type\":\"a.Pooling\",\"path\":"
                 "\"1_P\"},{\"type\":\"a.Dense\",\"path\":\"2_D\"},{\"type\":1},7]",
                 NULL,
                 "0_T/config.json 0_T/pytorch_model.bin 0_T/vocab.txt 1_P/config.json "
                 "2_D/config.json 2_D/model.safetensors modules.json",
                 FT_OK);
    check_select("modules.json config.json model.safetensors",
                 "[{\"type\":\"a.Pooling\",\"path\":\"../x\"}]", NULL, NULL, FT_FORMAT);
    check_select("config.json onnx/model.onnx", NULL, NULL, NULL, FT_UNSUPPORTED);
    check_select("model.safetensors", NULL, NULL, NULL, FT_UNSUPPORTED);
    check_select("", NULL, NULL, NULL, FT_UNSUPPORTED);
}

static void test_addresses(void **state)
{
    struct ft_hub_settings s = {.endpoint = "https://hub.example/mirror", .cache = "/c"};
    struct ft_hub_repo r;
    struct ft_err err = {0};
    (void)state;
    assert_int_equal(ft_hub_repo_open(&r, &s, "org/x", "refs/pr/1", NULL, &err), FT_OK);
    char *info = ft_hub_repo_info_url(&r),
         *file = ft_hub_repo_file_url(&r, "c0", "a b/\xc3\xa4?.bin");
    assert_string_equal(info, "https://hub.example/mirror/api/models/org/x/revision/refs%2Fpr%2F1");
    assert_string_equal(file, "https://hub.example/mirror/org/x/resolve/c0/a%20b/%C3%A4%3F.bin");
    assert_string_equal(r.folder, "/c/models--org--x");
    assert_string_equal(r.locks, "/c/.locks/models--org--x");
    assert_string_equal(r.host, "hub.example");
    free(info);
    free(file);
    ft_hub_repo_close(&r);
}

static void check_settings(const char *name, const char *value, enum ft_status want)
{
    struct ft_hub_settings s;
    struct ft_err err = {0};
    setenv(name, value, 1);
    enum ft_status st = ft_hub_settings_load(&s, &err);
    assert_int_equal(st, want);
    if (st) assert_non_null(strstr(err.msg, name));
    if (!st) ft_hub_settings_release(&s);
    unsetenv(name);
}

static void test_settings(void **state)
{
    static const char *const clear[] = {"HF_ENDPOINT",
                                        "HF_TOKEN",
                                        "HF_TOKEN_PATH",
                                        "HF_HUB_OFFLINE",
                                        "HF_HUB_CACHE",
                                        "TRANSFORMERS_OFFLINE",
                                        "HF_HOME",
                                        "HF_HUB_DISABLE_SYMLINKS",
                                        "XDG_CACHE_HOME",
                                        "HF_HUB_DISABLE_IMPLICIT_TOKEN",
                                        "HF_HUB_ETAG_TIMEOUT",
                                        "HF_HUB_DOWNLOAD_TIMEOUT"};
    struct ft_hub_settings s;
    struct ft_err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof clear / sizeof *clear; i++)
        unsetenv(clear[i]);
    setenv("HOME", "/nowhere", 1);
    assert_int_equal(ft_hub_settings_load(&s, &err), FT_OK);
    assert_string_equal(s.endpoint, "https://huggingface.co");
    assert_string_equal(s.cache, "/nowhere/.cache/huggingface/hub");
    assert_true(!s.token && !s.offline && !s.no_symlinks && s.etag_timeout_s == 10 &&
                s.download_timeout_s == 10);
    ft_hub_settings_release(&s);
    setenv("HF_ENDPOINT", "http://hub.example:80/x//", 1);
    setenv("HF_TOKEN", " hf_abc\n", 1);
    setenv("TRANSFORMERS_OFFLINE", "Yes", 1);
    setenv("HF_HUB_OFFLINE", "0", 1);
    setenv("HF_HUB_ETAG_TIMEOUT", "2.5", 1);
    assert_int_equal(ft_hub_settings_load(&s, &err), FT_OK);
    assert_string_equal(s.endpoint, "http://hub.example:80/x");
    assert_string_equal(s.token, "hf_abc");
    assert_true(s.offline && s.etag_timeout_s == 2.5);
    assert_string_equal(s.offline_by, "TRANSFORMERS_OFFLINE");
    ft_hub_settings_release(&s);
    static const char *const endpoints[] = {"file:///x",       "huggingface.co", "http://",
                                            "http://a@b",      "http://a b",     "http://a/?x",
                                            "http://a/\x1b[1m"};
    for (size_t i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
        check_settings("HF_ENDPOINT", endpoints[i], FT_FORMAT);
    check_settings("HF_TOKEN", "a\nb", FT_FORMAT);
    check_settings("HF_TOKEN", "\xc3\xa4", FT_FORMAT);
    check_settings("HF_HUB_DOWNLOAD_TIMEOUT", "0", FT_FORMAT);
    check_settings("HF_HUB_DOWNLOAD_TIMEOUT", "nan", FT_FORMAT);
    check_settings("HF_HUB_DOWNLOAD_TIMEOUT", "30", FT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),     cmocka_unit_test(test_etags),
        cmocka_unit_test(test_licences),  cmocka_unit_test(test_select),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_settings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
