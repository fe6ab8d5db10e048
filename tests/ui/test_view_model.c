/* Screen 2 against stored pictures; its numbers against `inspect` and `tokenize`; choosing, typing,
 * tensors, configuration; a broken folder, a model that is not there, no model at all. */
#include "ui/screen_bench.h"

#include "engine/tools/inspect.h"
#include "ui/screens/view_model.h"
#include "util/json.h"

#define READY ":wait data\nkey Ctrl-L\n:wait models\n"
#define NETS  FETTLE_SOURCE_DIR "/tests/reference/nets"
#define DATA  FETTLE_SOURCE_DIR "/assets/data/library-mail.csv"

static char assets[256], starter[256], broken[256], empty[256];

static void copy_model(const char *from, const char *to)
{
    char **names;
    size_t n;
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(to, &err), FT_OK);
    assert_int_equal(ft_dir_list(from, &names, &n, &err), FT_OK);
    for (size_t i = 0; i < n; i++) {
        char *a = ft_path_join(from, names[i]), *b = ft_path_join(to, names[i]);
        if (ft_file_copy(a, b, &err)) fail_msg("%s", err.msg);
        free(a);
        free(b);
    }
    ft_names_free(names, n);
}

/* The screen without what differs between machines: the test's folder and the free memory. */
static char *screen(struct screen_bench *b)
{
    struct ft_str s = {0}, out = {0};
    ft_app_dump(b->app, &s);
    const char *random = bench_folder + strlen("/tmp/fettle-screen-");
    for (char *p; (p = strstr(s.data, random));)
        memset(p, '0', strlen(random));
    for (const char *p = ft_str_text(&s); *p;) {
        size_t n = strcspn(p, "\n"), keep = n;
        const char *row = strstr(p, " up to ");
        const char *of = row && row < p + n ? strstr(row, " of ") : NULL;
        if (of && of < p + n) keep = (size_t)(of - p);
        ft_str_add(&out, p, keep);
        ft_str_addc(&out, '\n');
        p += n + (p[n] == '\n');
    }
    ft_str_release(&s);
    return ft_str_take(&out);
}

/* Runs in the test's folder, where there are no runs; gives the last screen (free() it), NULL when
 * a picture is compared. */
static char *drive(const char *model, const char *data, const char *script, int h, int w,
                   const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_model_new(b.w));
    if (model) bench_set(&b, "model", model);
    if (data) bench_set(&b, "data", data);
    ft_dataset_set(b.w->data, &b.w->o);
    assert_int_equal(chdir(bench_folder), 0);
    int status = ft_app_run(b.app);
    assert_int_equal(chdir(FETTLE_SOURCE_DIR), 0);
    assert_int_equal(status, 0);
    char *text = screen(&b);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
    if (!picture) return text;
    expect_text(picture, text, strlen(text));
    free(text);
    return NULL;
}

static void run(const char *model, const char *data, const char *script)
{
    free(drive(model, data, script, 24, 80, NULL));
}

static void test_pictures(void **state)
{
    (void)state;
    drive(starter, DATA, READY, 24, 80, "model-80x24");
    drive(starter, DATA, READY "key i\nkey Down\n", 24, 80, "model-tensors-80x24");
    drive(broken, DATA, READY "key Ctrl-L\n:wait models\n", 24, 80, "model-broken-80x24");
    drive(starter, DATA, READY, 60, 200, "model-200x60");
    drive(NETS "/gpt2-classify/model", DATA, READY, 24, 80, "model-gpt2-80x24");
}

static void has(const char *text, const char *what)
{
    if (!strstr(text, what)) fail_msg("the screen lacks '%s':\n%s", what, text);
}

/* The numbers of the screen are those of the commands. */
static void same_as_commands(const char *model, const char *typed)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_str s = {0};
    struct ft_tokenizer *t = NULL;
    cJSON *tree = NULL;
    char *script = ft_xprintf(":wait models\n:tokens %s\n:wait models\n", typed);
    char want[160], n[32], *text = drive(model, NULL, script, 60, 200, NULL);
    ft_options_init(&o);
    if (ft_inspect(model, &o, true, &s, &err)) fail_msg("%s", err.msg);
    assert_int_equal(ft_json_parse(ft_str_text(&s), s.len, model, &tree, &err), FT_OK);
    snprintf(want, sizeof want, "%s parameters",
             ft_format_count(n, sizeof n, ft_json_get(tree, "parameters")->valueint));
    has(text, want);
    snprintf(want, sizeof want, "  %d tensors, ", cJSON_GetArraySize(ft_json_get(tree, "tensors")));
    has(text, want);
    snprintf(want, sizeof want, "%d layers  hidden %d ", ft_json_get(tree, "layers")->valueint,
             ft_json_get(tree, "hidden_size")->valueint);
    has(text, want);
    snprintf(want, sizeof want, "vocabulary %s",
             ft_format_count(n, sizeof n, ft_json_get(tree, "vocab_size")->valueint));
    has(text, want);
    has(text, ft_json_get(tree, "architecture")->valuestring);
    cJSON_Delete(tree);

    /* the row "id", blanks between the numbers aside */
    ft_str_clear(&s);
    if (ft_tokenizer_open(&t, model, &err)) fail_msg("%s", err.msg);
    assert_int_equal(
        ft_tokenize(t, typed, strlen(typed), NULL, 0, false, FT_TOKENIZE_IDS, &s, &err), FT_OK);
    const char *row = strstr(text, "\n id ");
    assert_non_null(row);
    struct ft_str ids = {0};
    for (const char *p = row + 4; *p != '\n'; p++)
        if (*p != ' ' || (ids.len && p[1] != ' ' && p[1] != '\n')) ft_str_addc(&ids, *p);
    assert_string_equal(ft_str_text(&ids), ft_str_text(&s));
    ft_tokenizer_free(t);
    ft_str_release(&ids);
    ft_str_release(&s);
    ft_options_release(&o);
    free(script);
    free(text);
}

static void test_numbers(void **state)
{
    (void)state;
    same_as_commands(starter, "My card is lost.");
    same_as_commands(NETS "/bert-qa/model", "Where is it?");
    same_as_commands(NETS "/distilbert-classify/model", "Where is it?");
    same_as_commands(NETS "/roberta-mlm/model", "is_not \xc3\xbc");
    same_as_commands(NETS "/gpt2-clm/model", "is_not \xc3\xbc");
}

/* Pieces of bytes can be read. */
static void test_bytes(void **state)
{
    (void)state;
    run(NETS "/gpt2-clm/model", NULL,
        ":wait models\nexpect _ is a blank, <0A> a byte\n:tokens is_not \xc3\xbc\n:wait models\n"
        "expect <C3> <BC>\nexpect \\_\nreject \xc4\xa0\nexpect Next: open data (1)\n");
}

static void test_choosing(void **state)
{
    (void)state;
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_str s = {0};
    char n[32];
    cJSON *tree = NULL;
    ft_options_init(&o);
    assert_int_equal(ft_inspect(NETS "/gpt2-classify/model", &o, true, &s, &err), FT_OK);
    assert_int_equal(ft_json_parse(ft_str_text(&s), s.len, "net", &tree, &err), FT_OK);
    char *script = ft_xprintf(
        ":wait models\nexpect \xe2\x9c\x93starter\nexpect ok: starter is in use\n"
        /* a folder that is opened is in use and in the list */
        "key o\nkeys %s\nkey Enter\n:wait models\nkey Ctrl-L\n:wait models\n"
        "expect \xe2\x9c\x93gpt2-classify/~\nexpect Models 2 local\nexpect %s parameters\n"
        "key Up\nkey Ctrl-L\n:wait models\nexpect Enter uses starter instead of\n"
        "expect 218,396 parameters\nkey Enter\nexpect \xe2\x9c\x93starter\nexpect u undoes\n"
        "key u\nkey Ctrl-L\nexpect \xe2\x9c\x93gpt2-classify/~\n",
        NETS "/gpt2-classify/model",
        ft_format_count(n, sizeof n, ft_json_get(tree, "parameters")->valueint));
    run(starter, NULL, script);
    /* remembered by the next start */
    run(starter, NULL, ":wait models\nexpect Models 2 local\n");
    cJSON_Delete(tree);
    ft_str_release(&s);
    ft_options_release(&o);
    free(script);
}

static void test_keys(void **state)
{
    (void)state;
    run(starter, DATA,
        READY
        /* the data's row stands in the token line; what is typed takes its place, and goes again */
        "expect Tokens of row 1\nexpect My registration has been\n"
        "key t\nkeys the book\n:wait models\nexpect the book_\nexpect 4 tokens, 2 words, 0 [UNK]\n"
        "key Esc\nexpect Tokens: t to enter another\nkey Enter\nkey Backspace\nkey Enter\n"
        "expect Tokens of row 1\nkey Esc\n"
        /* every tensor, found by a part of its name */
        "key i\nexpect Tensors 42 in the file, 4 new, 5 not used\nexpect 1500 x 64\n"
        ":find classifier\nexpect classifier.weight\nexpect 4 x 64\nexpect new\n"
        ":find nothing-like-it\nexpect not found\nkey Esc\n"
        /* config.json */
        "key v\nexpect Settings that change the results\nexpect layer_norm_eps\nexpect (default, "
        "not in\n"
        "key Esc\nreject What changes\n"
        "key w\nexpect export starter to: starter-hf\nkey Ctrl-U\nkeys .\nkey Enter\n"
        "expect already exists\nkey Ctrl-U\nkeys copied\nkey Enter\n:wait exported\n"
        "expect ok: copied written: \n"
        ":export copied\nexpect already exists\nkey Esc\n"
        "expect head  new, will be trained\nexpect use   classify, 4 labels\n"
        ":set freeze embeddings\nkey Ctrl-L\n:wait models\nexpect F32   no\n"
        ":set task clm\nkey Ctrl-L\n:wait models\nexpect \xe2\x9c\x97 no clm with bert\n");
}

/* A smaller model becomes the model of the settings; wrong words say what is expected. */
static void test_create(void **state)
{
    (void)state;
    run(starter, DATA,
        READY
        ":create\nexpect type the folder of the new model\nkey Esc\n"
        ":create small\nexpect keep_layers=0,2,5, keep_tokens_of=F or dtype=bf16 is missing\nkey "
        "Esc\n"
        ":create small keep_layers=0 other\nexpect expected keep_layers=\nkey Esc\n"
        ":create small vocab_size=x\nexpect not a number of tokens\nkey Esc\n"
        ":create small vocab_size=9\nexpect vocab_size needs keep_tokens_of\nkey Esc\n"
        ":create small keep_layers=7\n:wait created\nexpect expected different layers from 0 to 1\n"
        ":create small keep_layers=1 dtype=bf16\n:wait created\n"
        "expect ok: small: 1 of 2 layers\nkey Ctrl-L\n:wait models\nkey Ctrl-L\n"
        "expect \xe2\x9c\x93small\n"
        ":create small keep_layers=0\nexpect already exists\nkey Esc\n"
        "key u\nkey Ctrl-L\n:wait models\nkey Ctrl-L\nexpect \xe2\x9c\x93starter\n");
    char *path = ft_path_join(bench_folder, "small");
    assert_int_equal(ft_remove_tree(path, NULL), FT_OK);
    free(path);
}

static void test_memory(void **state)
{
    (void)state;
    run(starter, DATA,
        READY ":set per_device_train_batch_size 32\nkey Ctrl-L\n"
              "expect 32 x 37 = 1,184 tokens\nexpect fits\nexpect AdamW 1.66 MB\n"
              ":set optim sgd\nkey Ctrl-L\nexpect SGD 0 B\n");
    run(starter, NULL,
        ":wait models\nkey Ctrl-L\n:wait models\n"
        ":set max_seq_length 256\n:set per_device_train_batch_size 65536\nkey Ctrl-L\n"
        "expect \xe2\x9c\x97 halve per_device_train_batch_size\nexpect largest: activations\n");
}

static void test_broken(void **state)
{
    (void)state;
    char *script = ft_xprintf(
        ":wait models\nexpect \xe2\x9c\x97"
        "broken\nexpect header length\nexpect 1 Model!\n"
        /* it can't be chosen */
        "key Up\nkey Ctrl-L\n:wait models\nkey Enter\nexpect starter is in use\nkey Down\nkey "
        "Enter\n"
        "expect error:\nexpect \xe2\x9c\x93starter\n"
        ":model %s/nowhere\nexpect error: \nexpect nowhere\nkey Ctrl-L\n:wait models\n"
        "key Ctrl-L\nreject nowhere\nexpect \xe2\x9c\x93starter\n",
        bench_folder);
    run(broken, NULL, script);
    free(script);
}

static void test_no_model(void **state)
{
    (void)state;
    setenv("FETTLE_ASSETS", empty, 1);
    setenv("XDG_STATE_HOME", empty, 1);
    run(NULL, NULL,
        ":wait models\nexpect no models found: o opens a\nexpect p pulls from the hub\n"
        "expect Next: pull one (p) or open a folder (o)\nkey Enter\nkey i\nkey v\nexpect no model "
        "is selected\n"
        ":tokens x\nkey Esc\nkey Down\n");
    setenv("XDG_STATE_HOME", bench_folder, 1);
    setenv("FETTLE_ASSETS", assets, 1);
}

/* Many wishes while the first ones are on their way; the end comes in the middle. */
static void test_hurry(void **state)
{
    (void)state;
    run(starter, DATA,
        "key Down\nkey Up\nkey t\nkeys a b c d e f g h\nkey Esc\nkey Down\n"
        ":set task qa\n:model " NETS "/bert-qa/model\nkey Up\nkey Down\n:set task classify\n");
}

/* Each test begins without folders opened before. */
static int forget(void **state)
{
    char *path = ft_path_join(bench_folder, "fettle/models.txt");
    (void)state;
    int st = ft_remove_tree(path, NULL) ? -1 : 0;
    free(path);
    return st;
}

static int setup(void **state)
{
    if (bench_setup(state)) return -1;
    snprintf(assets, sizeof assets, "%s/assets", bench_folder);
    snprintf(empty, sizeof empty, "%s/empty", bench_folder);
    snprintf(starter, sizeof starter, "%s/assets/models/starter", bench_folder);
    snprintf(broken, sizeof broken, "%s/broken", bench_folder);
    copy_model(FETTLE_SOURCE_DIR "/tests/assets/models/starter", starter);
    copy_model(FETTLE_SOURCE_DIR "/tests/assets/models/starter", broken);
    char *weights = ft_path_join(broken, "model.safetensors"),
         *none = ft_path_join(empty, "models");
    int st = truncate(weights, 1000);
    if (!st && ft_mkdirs(none, NULL)) st = -1;
    free(weights);
    free(none);
    setenv("FETTLE_ASSETS", assets, 1);
    setenv("HF_HUB_CACHE", empty, 1);
    return st;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_pictures, forget),
        cmocka_unit_test_setup(test_numbers, forget),
        cmocka_unit_test_setup(test_bytes, forget),
        cmocka_unit_test_setup(test_choosing, forget),
        cmocka_unit_test_setup(test_keys, forget),
        cmocka_unit_test_setup(test_create, forget),
        cmocka_unit_test_setup(test_memory, forget),
        cmocka_unit_test_setup(test_broken, forget),
        cmocka_unit_test_setup(test_no_model, forget),
        cmocka_unit_test_setup(test_hurry, forget),
    };
    return cmocka_run_group_tests(tests, setup, bench_teardown);
}
