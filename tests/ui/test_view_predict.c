/* Screen 6 against stored pictures; every task's answer against `predict`; history, files, another
 * run beside, the weights of a run that trains, what is missing, any size. */
#include "ui/screen_bench.h"

#include "engine/model/precision.h"
#include "ui/screens/view_predict.h"
#include "ui/screens/view_train.h"

#include <ctype.h>

#define NETS FETTLE_SOURCE_DIR "/tests/reference/nets"
#define MAIL FETTLE_SOURCE_DIR "/assets/data/library-mail.csv"

static char *model; /* a classifier trained on the mail, made once */

/* Time is another one on each machine: "ok: 1.2 ms" and "31.4 tokens/s" lose their digits. */
static void without_times(char *s)
{
    static const char *const units[] = {" ms", " tokens/s"};
    for (size_t i = 0; i < 2; i++)
        for (char *p = s; (p = strstr(p, units[i])); p++)
            for (char *d = p; d > s && (isdigit((unsigned char)d[-1]) || d[-1] == '.'); d--)
                d[-1] = '0';
    for (char *p; (p = strstr(s, "00.0 ms")) || (p = strstr(s, "00 ms"));)
        memmove(p, p + 1, strlen(p));
}

static char *drive(const char *with, const char *data, const char *script, int h, int w,
                   const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    struct ft_str s = {0};
    ft_app_add(b.app, ft_view_predict_new(b.w));
    if (with) bench_set(&b, "model", with);
    if (data) bench_set(&b, "data", data);
    ft_workbench_settled(b.w);
    assert_int_equal(ft_app_run(b.app), 0);
    ft_app_dump(b.app, &s);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
    char *text = ft_str_take(&s);
    without_times(text);
    if (!picture) return text;
    expect_text(picture, text, strlen(text));
    free(text);
    return NULL;
}

static void run(const char *with, const char *data, const char *script)
{
    free(drive(with, data, script, 24, 80, NULL));
}

#define ASKED ":wait data\n:wait answer\n"

static void test_pictures(void **state)
{
    (void)state;
    /* stored nets: a trained one is another one with each number of threads and each processor */
    const char *net = NETS "/bert-classify/model", *rows = NETS "/bert-classify/train.csv";
    drive(net, rows, ASKED ":predict When is the next reading for children?\n:wait answer\n", 24,
          80, "predict-80x24");
    drive(net, rows,
          ASKED
          "key Esc\n:predict Is the lift broken?\n:wait answer\n:predict My card is blocked.\n"
          ":wait answer\n",
          60, 200, "predict-200x60");
    drive(NETS "/bert-qa/model", NETS "/bert-qa/train.json",
          ASKED "key Tab\n:wait answer\nkey Enter\n:wait answer\nkey Esc\n", 24, 80,
          "predict-qa-80x24");
    drive(NETS "/gpt2-clm/model", NULL,
          ":wait answer\nkey Esc\nkey G\n:predict The harbour\n:wait answer\n", 24, 80,
          "predict-clm-80x24");
    drive(NETS "/bert-mlm/model", NULL, ":wait answer\n:predict The [MASK] froze.\n:wait answer\n",
          24, 80, "predict-mlm-80x24");
    drive(NULL, NULL, "", 24, 80, "predict-empty-80x24");
    const char *typed = ":wait answer\nkeys Riga, the harbour 😀 froze\n:wait answer\n";
    drive(NETS "/bert-ner/model", NULL, typed, 24, 80, "predict-entities-80x24");
    drive(NETS "/bert-ner/model", NULL,
          ":wait answer\nkeys Riga, the harbour 😀 froze\n:wait answer\nkey Tab\nkey Down\n", 60,
          200, "predict-entities-200x60");
    drive(NETS "/distilbert-multilabel/model", NULL, typed, 24, 80, "predict-labels-80x24");
}

/* A label is predicted where its probability is above its own threshold, which the model's folder has. */
static void test_thresholds(void **state)
{
    (void)state;
    const char *files[] = {"model.safetensors", "tokenizer.json", "tokenizer_config.json",
                           "vocab.txt"};
    char *from = NETS "/distilbert-multilabel/model", *config = ft_path_join(from, "config.json"),
         *dir = ft_path_join(bench_folder, "thresholds"), *data;
    struct ft_str s = {0};
    struct ft_err err = {0};
    size_t n;
    assert_int_equal(ft_file_read(config, 1 << 20, &data, &n, &err), FT_OK);
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    ft_str_addz(&s, "{\"label_thresholds\":{\"account\":0.05,\"building\":0.95,\"event\":0.95,"
                    "\"loan\":0.95},");
    ft_str_add(&s, data + 1, n - 1);
    char *to = ft_path_join(dir, "config.json");
    assert_int_equal(ft_file_write(to, ft_str_text(&s), s.len, &err), FT_OK);
    free(to);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *a = ft_path_join(from, files[i]), *b = ft_path_join(dir, files[i]);
        if (ft_path_is_file(a)) assert_int_equal(symlink(a, b), 0);
        free(a);
        free(b);
    }
    run(dir, NULL,
        ":wait answer\nkeys the lift is broken\n:wait answer\nexpect ✓account\n"
        "reject ✓building\nreject ✓event\nreject ✓loan\nexpect │\n");
    ft_str_release(&s);
    free(data);
    free(config);
    free(dir);
}

/* The text that an empty field offers is whole: the cursor stands before it. */
static void test_offered(void **state)
{
    (void)state;
    run(NETS "/bert-mlm/model", FETTLE_SOURCE_DIR "/assets/data/library-mail.csv",
        ":set task mlm\n:wait data\n:wait answer\nexpect My registration has been pending\n");
}

/* What is typed is answered; Enter keeps it, the next character takes its place; the arrows walk.
 */
static void test_typing(void **state)
{
    (void)state;
    run(model, MAIL,
        ASKED "expect classify, 4 labels\n"
              "keys Is the lift broken?\n:wait answer\nexpect logit\nkey Enter\n:wait answer\n"
              "expect History 1\n"
              "keys My card\n:wait answer\nreject Is the lift broken?My card\nkey Enter\n"
              ":wait answer\nexpect History 2\n"
              "key Ctrl-U\nkey Backspace\nkey Up\nexpect My card\nkey Up\n"
              "expect Is the lift\nkey Down\nkey Down\n"
              "key Esc\nkey i\n:wait answer\nkey Enter\nkeys The lift\n:wait answer\nkey Esc\n"
              "expect Attribution to\nexpect +9\n");
    /* an example of the data, by Tab */
    char *text =
        drive(model, MAIL, ASKED "expect Tab accepts it\nkey Tab\n:wait answer\n", 24, 80, NULL);
    assert_non_null(strstr(text, "logit"));
    assert_null(strstr(text, "Tab accepts it"));
    free(text);
}

/* 8-bit weights, on and off; where the processor has none, why not. */
static void test_int8(void **state)
{
    (void)state;
    const char *has = ":predict My card is blocked.\n:wait answer\nkey Esc\nreject   int8\n";
    char *script =
        ft_precision_has(FT_PRECISION_INT8)
            ? ft_xprintf(ASKED "%s"
                               "key I\n:wait answer\nexpect tokens  int8\nexpect logit\nkey I\n"
                               ":wait answer\nreject tokens  int8\nexpect logit\n:int8\n"
                               ":wait answer\nexpect tokens  int8\n",
                         has)
            : ft_xprintf(ASKED "%skey I\nexpect no faster than fp32\n", has);
    run(model, MAIL, script);
    free(script);
}

/* Words that the model's vocabulary does not have: the message says that they were not read. */
static void test_unknown_words(void **state)
{
    (void)state;
    run(model, MAIL,
        ASKED ":predict \u6f22\u5b57 \u65e5\u672c\u8a9e \u4e2d\u6587\n:wait answer\n"
              "expect warn: 100% [UNK] tokens\n:predict a book\n:wait answer\nreject [UNK]\n");
}

static void test_history_file(void **state)
{
    (void)state;
    char *path = ft_path_join(bench_folder, "kept.jsonl"), *data, *script;
    struct ft_err err = {0};
    size_t n;
    script = ft_xprintf(ASKED ":predict one\n:wait answer\n:predict two\n:wait answer\n"
                              ":history %s\nexpect 2 predictions written\n"
                              ":write %s.csv\n:write %s.json\nexpect 2 predictions written\n"
                              "key Esc\nkey Tab\nkey Tab\nkey Tab\nkey Down\nkey Enter\n"
                              ":wait answer\nexpect one\n",
                        path, path, path);
    run(model, MAIL, script);
    char *csv = ft_xprintf("%s.csv", path), *json = ft_xprintf("%s.json", path);
    assert_int_equal(ft_file_read(csv, 1 << 20, &data, &n, &err), FT_OK);
    assert_int_equal(strncmp(data, "text,pair,answer,score,model,step\none,,", 39), 0);
    free(data);
    assert_int_equal(ft_file_read(json, 1 << 20, &data, &n, &err), FT_OK);
    assert_int_equal(strncmp(data, "[\n{\"text\":\"one\",", 16), 0);
    assert_string_equal(data + n - 4, "}\n]\n");
    free(data);
    free(csv);
    free(json);
    assert_int_equal(ft_file_read(path, 1 << 20, &data, &n, &err), FT_OK);
    const char *first = strstr(data, "{\"text\":\"one\",\"label\":\""),
               *second = strstr(data, "{\"text\":\"two\",\"label\":\"");
    assert_true(first == data && second > first);
    assert_non_null(strstr(second, "\"score\":"));
    free(data);
    free(script);
    free(path);
}

static void test_question(void **state)
{
    (void)state;
    char *path = ft_path_join(bench_folder, "context.txt");
    static const char context[] = "Anders Holm carried books across the ice on a sledge.";
    struct ft_err err = {0};
    assert_int_equal(ft_file_write(path, context, sizeof context - 1, &err), FT_OK);
    char *script = ft_xprintf(":wait answer\nexpect question answering\n"
                              "keys Who carried books?\nkey Enter\nexpect question has no context\n"
                              "key Esc\nkey a\n:wait answer\nexpect a: the question has no\n"
                              "reject null - best\n"
                              ":context %s\n:wait answer\nexpect null - best\n"
                              "reject question has no context\n"
                              "expect across the ice\nexpect [\n"
                              ":threshold -1000\nexpect threshold -1000: no answer\n"
                              "expect The context has no answer\nreject lit\n"
                              ":threshold 1000\nexpect threshold 1000: answered\n"
                              "expect The answer is highlighted\n"
                              ":threshold x\nexpect expected a number\n",
                              path);
    run(NETS "/bert-qa/model", NULL, script);
    free(script);
    free(path);
}

/* Streams, continues by one token, accepts a candidate, sampling changes, the same seed the same text.
 */
static void test_growing(void **state)
{
    (void)state;
    run(NETS "/gpt2-clm/model", NULL,
        ":wait answer\nkeys The harbour\nkey Enter\n:wait answer\nexpect Continuation\n"
        "expect Next token after\nkey Esc\nkey t\nexpect t: for question answering models only\n"
        "reject null - best\n:threshold 1\nexpect :threshold: for question answering\n"
        "key s\n:wait answer\n"
        "key Tab\nkey Tab\nkey Right\nexpect 0.9\nkey Enter\nkey Ctrl-U\nkeys hot\nkey Enter\n"
        "expect expected a number\nkey Ctrl-U\nkeys 0.5\nkey Enter\nexpect 0.5\n:wait answer\n"
        "key G\nexpect greedy\n:wait answer\nkey Tab\nkey Enter\n:wait answer\n");
    /* what the next text may have says nothing of this one */
    run(NETS "/gpt2-clm/model", NULL,
        ":wait answer\nkeys The harbour\nkey Enter\n:wait answer\nexpect of 60 tokens\n"
        "key Esc\nkey Tab\nkey Tab\nkey Down\nkey Down\nkey Down\nkey Down\nkey Right\n"
        "expect 100\nexpect of 60 tokens\n");
    static const char again[] =
        ":wait answer\nkeys The harbour\nkey Enter\n:wait answer\nkey Esc\n";
    char *a = drive(NETS "/gpt2-clm/model", NULL, again, 24, 80, NULL),
         *b = drive(NETS "/gpt2-clm/model", NULL, again, 24, 80, NULL);
    assert_string_equal(a, b);
    free(a);
    free(b);
}

static void test_masked(void **state)
{
    (void)state;
    run(NETS "/bert-mlm/model", NULL,
        ":wait answer\nkeys The [MASK] froze and no [MASK] came.\n:wait answer\n"
        "expect mask 1 of 2\nkey Esc\nkey Tab\nkey Right\nexpect mask 2 of 2\nkey Left\n"
        "key Enter\n:wait answer\nreject The [MASK]\nexpect no [MASK] came\n");
    /* the prediction follows the typing once a mask is complete, by either name */
    run(NETS "/bert-mlm/model", NULL,
        ":wait answer\nkeys The [MA\n:wait answer\nreject error\nkeys SK]\n:wait answer\n"
        "reject no prediction yet\n");
    run(NETS "/roberta-mlm/model", NULL,
        ":wait answer\nkeys The <mask> froze.\n:wait answer\nreject no prediction yet\n");
}

static void test_file(void **state)
{
    (void)state;
    char *in = ft_path_join(bench_folder, "texts.txt"), *data;
    char *out = ft_xprintf("%s.predictions.jsonl", in);
    static const char lines[] = "Is the lift broken?\nMy card is blocked.\n";
    struct ft_err err = {0};
    size_t n, rows = 0;
    assert_int_equal(ft_file_write(in, lines, sizeof lines - 1, &err), FT_OK);
    char *script = ft_xprintf(ASKED ":file %s/nowhere\nexpect no such file\n:file %s\n"
                                    "expect write predictions to: \nkey Esc\n"
                                    "reject busy\n:file %s\nkey Enter\n"
                                    ":wait predicted\nexpect written\n:file %s\n"
                                    "expect predictions-2.jsonl\nkeys %s\nkey Enter\n"
                                    "expect already exists;\nkey Esc\n"
                                    /* comparing with another model leaves the file's name alone */
                                    ":compare %s\n:wait beside\n:file %s\nkey Esc\n",
                              bench_folder, in, in, in, out, model, in);
    run(model, MAIL, script);
    assert_int_equal(ft_file_read(out, 1 << 20, &data, &n, &err), FT_OK);
    for (const char *p = data; (p = strchr(p, '\n')); p++)
        rows++;
    assert_int_equal(rows, 2);
    free(data);
    free(script);
    free(out);
    free(in);
}

static void test_beside(void **state)
{
    (void)state;
    char *script = ft_xprintf(ASKED ":predict Is the lift broken?\n:wait answer\n:compare %s\n"
                                    ":wait beside\nexpect building\n:compare /nowhere\n"
                                    ":wait beside\nexpect no such\nkey v\nreject no such\n",
                              model);
    run(model, MAIL, script);
    free(script);
}

/* No model, one that is not there, one for another task than the data's. */
static void test_missing(void **state)
{
    (void)state;
    run(NULL, NULL, "expect no model: 2 chooses one\n:predict x\nexpect choose a model (2)\n");
    run("/nowhere/model", NULL, ":wait answer\nexpect no such\n");
    run(FETTLE_SOURCE_DIR "/tests/assets/models/starter", MAIL,
        ASKED "expect T trains it on your data\n:predict x\n:wait answer\nexpect has no [MASK]\n");
    /* a body: the panel has the whole reason */
    run(FETTLE_SOURCE_DIR "/assets/models/minilm-l4", MAIL,
        ASKED ":predict x\n:wait answer\nexpect ✗ minilm-l4: has no trained head for task\n");
}

/* The current weights, while a run trains; it continues to its end. */
static void test_while_training(void **state)
{
    (void)state;
    char *dir = ft_path_join(bench_folder, "live");
    struct screen_bench b =
        bench_new(":train\n:wait step 3\n:predict Is the lift broken?\n:wait answer\n"
                  "expect live  step\nexpect logit\n:wait ended\n"
                  ":predict Is the lift broken?\n:wait answer\nexpect live  classify\n"
                  "expect logit\n",
                  24, 80);
    ft_app_add(b.app, ft_view_train_new(b.w));
    ft_app_add(b.app, ft_view_predict_new(b.w));
    bench_set(&b, "model", FETTLE_SOURCE_DIR "/tests/assets/models/starter");
    bench_set(&b, "data", MAIL);
    bench_set(&b, "num_train_epochs", "2");
    bench_set(&b, "output_dir", dir);
    bench_run(&b, NULL);
    free(dir);
}

static void test_sizes(void **state)
{
    (void)state;
    static const char *const models[] = {"/bert-classify/model", "/bert-qa/model",
                                         "/gpt2-clm/model", "/bert-mlm/model"};
    struct ft_str script = {0};
    for (int h = 1; h <= 60; h += h < 12 ? 1 : 9)
        for (int w = 1; w <= 220; w += w < 12 ? 3 : 31)
            ft_str_addf(&script, ":size %d %d\nkey Tab\n", w, h);
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        char *path = ft_xprintf("%s%s", NETS, models[i]);
        char *all = ft_xprintf(":wait answer\n:predict the [MASK] froze\n:wait answer\n%s",
                               ft_str_text(&script));
        run(path, NULL, all);
        free(all);
        free(path);
    }
    ft_str_release(&script);
}

static int make(void **state)
{
    if (bench_setup(state)) return -1;
    char *dir = ft_path_join(bench_folder, "mail");
    struct screen_bench b = bench_new(":train\n:wait ended\n", 24, 80);
    ft_app_add(b.app, ft_view_train_new(b.w));
    bench_set(&b, "model", FETTLE_SOURCE_DIR "/tests/assets/models/starter");
    bench_set(&b, "data", MAIL);
    bench_set(&b, "learning_rate", "1e-3");
    bench_set(&b, "num_train_epochs", "6");
    bench_set(&b, "output_dir", dir);
    bench_run(&b, NULL);
    model = ft_path_join(dir, "model");
    free(dir);
    return 0;
}

static int unmake(void **state)
{
    free(model);
    return bench_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),     cmocka_unit_test(test_thresholds),
        cmocka_unit_test(test_offered),      cmocka_unit_test(test_typing),
        cmocka_unit_test(test_int8),         cmocka_unit_test(test_unknown_words),
        cmocka_unit_test(test_history_file), cmocka_unit_test(test_question),
        cmocka_unit_test(test_growing),      cmocka_unit_test(test_masked),
        cmocka_unit_test(test_file),         cmocka_unit_test(test_beside),
        cmocka_unit_test(test_missing),      cmocka_unit_test(test_while_training),
        cmocka_unit_test(test_sizes),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
