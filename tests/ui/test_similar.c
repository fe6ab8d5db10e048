/* `~` on screens 1 and 5: the list of similar rows, walking in it, back, labels changed in it, filters,
 * what it says without a model or with a broken one. */
#include "ui/screen_bench.h"

#include "ui/screens/view_evaluate.h"

#define MODEL "tests/reference/nets/bert-mlm/model"

static char *put(const char *dir, const char *name, const char *text)
{
    char *path = ft_path_join(dir, name);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    return path;
}

#define ROWS                                                                                       \
    "text,label\n"                                                                                 \
    "When does the library open on Monday?,event\n"                                                \
    "My card was lost last week.,account\n"                                                        \
    "The book about the harbour is still on loan.,loan\n"                                          \
    "When does the library open on Tuesday?,event\n"                                               \
    "My card was lost last month.,account\n"                                                       \
    "The reading room is cold.,building\n"                                                         \
    "When does the library open on Monday?,loan\n"                                                 \
    "I lost my card.,account\n"

static void drive_data(const char *path, const char *model, const char *script, int h, int w,
                       const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", path);
    if (model) bench_set(&b, "model", model);
    bench_set(&b, "max_seq_length", "32");
    bench_run(&b, picture);
}

static void test_data(void **state)
{
    (void)state;
    char *path = put(bench_folder, "similar.csv", ROWS);
    drive_data(path, MODEL, ":wait data\nkey ~\n:wait similar\n", 24, 80, "similar-80x24");
    drive_data(path, MODEL, ":wait data\nkey ~\n:wait similar\n", 60, 200, "similar-200x60");
    drive_data(
        path, MODEL,
        /* the same text first, then the next one; the text below is the selected row's */
        ":wait data\nkey ~\n:wait similar\nexpect Similar to row 1: 7 of 8\n"
        "expect Row 7 full text\nexpect Enter go to row\nkey Down\nexpect Row 4 full text\n"
        /* Enter: that row in the list of all; Esc there goes nowhere */
        "key Enter\nreject Similar\nexpect Rows 8 of 8\nexpect Row 4 full text\n"
        /* from one to the next; Esc goes back to where it began */
        "key ~\n:wait similar\nexpect Similar to row 4: 7 of 8\nkey G\nkey ~\n:wait similar\n"
        "reject Similar to row 4:\nexpect Similar to row\nkey Esc\nexpect Rows 8 of 8\n"
        "expect Row 4 full text\n"
        /* by word, also of another row */
        ":similar 2\n:wait similar\nexpect Similar to row 2\nexpect Row 5 full text\nkey Esc\n"
        ":similar 99\nexpect expected the number of a listed row\nkey Esc\n"
        ":similar x\nexpect expected the number of a listed row\nkey Esc\n",
        24, 80, NULL);
    free(path);
}

static void test_filter_and_labels(void **state)
{
    (void)state;
    char *path = put(bench_folder, "similar-edit.csv", ROWS);
    drive_data(path, MODEL,
               /* only rows that are listed; the list follows the filter */
               ":wait data\n:filter label:account\nkey ~\n:wait similar\n"
               "expect Similar to row 2: 2 of 3\n:filter\n:wait similar\n"
               "expect Similar to row 2: 7 of 8\nkey Esc\n"
               /* a label that is changed in the list stays in it, and the cursor moves on */
               "key g\nkey ~\n:wait similar\nexpect Row 7 full text\n:relabel 7 event\n:wait data\n"
               "expect Similar to row 1: 7 of 8\nexpect Row 7 full text\n"
               "key r\nkey b\nkey Esc\n:wait data\nexpect Similar to row 1: 7 of 8\n"
               "expect Row 4 full text\n"
               /* one that is excluded leaves it */
               "key d\n:wait data\nexpect Similar to row 1: 6 of 7\nkey u\n:wait data\n"
               "expect Similar to row 1: 7 of 8\nkey Esc\nexpect Row 1 full text\n"
               /* other lists end it */
               "key ~\n:wait similar\n:find harbour\nreject Similar\nexpect Row 3 full text\n",
               24, 80, NULL);
    free(path);
}

static void test_no_model(void **state)
{
    (void)state;
    char *path = put(bench_folder, "similar-none.csv", ROWS);
    drive_data(path, NULL,
               ":wait data\nkey ~\nexpect choose one (2), then ~ again\nreject Similar to\n", 24,
               80, NULL);
    char *broken = ft_path_join(bench_folder, "broken");
    free(put(broken, "config.json", "{\"model_type\":\"bert\"}"));
    drive_data(
        path, broken,
        ":wait data\nkey ~\n:wait similar\nexpect error\nkey Esc\nkey Esc\nreject Similar to\n"
        "expect Rows 8 of 8\n",
        24, 80, NULL);
    drive_data(
        "assets/data/harbour-qa.json", MODEL,
        ":wait data\nkey ~\n:wait similar\nexpect Similar to row 1\nkey Enter\nreject Similar\n",
        24, 80, NULL);
    free(broken);
    free(path);
}

/* --- screen 5 --- */

/* A run whose model is the one of the reference, and an evaluation of the rows above. */
static char *make_run(const char *name)
{
    static const char *const files[] = {"config.json", "model.safetensors", "tokenizer.json",
                                        "tokenizer_config.json", "vocab.txt"};
    char *dir = ft_path_join(bench_folder, name), *model = ft_path_join(dir, "model");
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(model, &err), FT_OK);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *from = ft_path_join(MODEL, files[i]), *to = ft_path_join(model, files[i]);
        assert_int_equal(ft_file_copy(from, to, &err), FT_OK);
        free(from);
        free(to);
    }
    free(put(dir, "run.json", "{\"options\":{}}"));
    free(put(
        dir, "eval.json",
        "{\"task\":\"classify\",\"examples\":5,\"loss\":0.5,\"accuracy\":0.6,\"labels\":[\"account"
        "\",\"event\"],\"confusion_matrix\":[[2,1],[1,1]],\"part\":\"test\",\"step\":7}\n"));
#define LINE(row, text, label, predicted, p)                                                       \
    "{\"row\":" #row ",\"part\":\"test\",\"text\":\"" text "\",\"label\":\"" label                 \
    "\",\"predicted\":\"" predicted "\",\"probabilities\":{\"account\":" #p                        \
    ",\"event\":0.5},\"loss\":0.5}\n"
    free(put(dir, "predictions.jsonl",
             LINE(1, "When does the library open on Monday?", "event", "account", 0.6)
                 LINE(2, "My card was lost last week.", "account", "account", 0.6)
                     LINE(4, "When does the library open on Tuesday?", "event", "event", 0.4)
                         LINE(5, "My card was lost last month.", "account", "event", 0.4)
                             LINE(8, "I lost my card.", "account", "account", 0.7)));
    free(model);
    return dir;
}

static void test_evaluate(void **state)
{
    (void)state;
    char *run = make_run("run-similar"), *data = put(bench_folder, "similar-eval.csv", ROWS);
    static const char *const script =
        ":wait data\n:wait evaluated\nkey a\nkey Tab\nkey Tab\n:similar 1\n:wait similar\n"
        "expect Similar to row 1: 4 of 5\nexpect Row 4 full text\nexpect Enter go to row\n";
    for (int k = 0; k < 3; k++) {
        struct screen_bench b = bench_new(
            k < 2
                ? script
                : ":wait data\n:wait evaluated\n:similar 1\n:wait similar\nexpect Similar to row "
                  "1: 4 of 5\n"
                  "key Enter\nreject Similar\nexpect Examples 5 in all\nexpect Row 4 full text\n"
                  "key ~\n:wait similar\nexpect Similar to row 4: 4 of 5\nexpect Row 1 full text\n"
                  "key r\nkey a\nkey Esc\nexpect 1 label changed\nexpect Row 2 full text\n"
                  "key Esc\nexpect Examples 5 in all\nexpect Row 4 full text\n"
                  ":similar 99\nexpect expected the row of an example\nkey Esc\n"
                  "key a\nkey ~\n:wait similar\nkey f\nreject Similar\n",
            k == 1 ? 60 : 24, k == 1 ? 200 : 80);
        ft_app_add(b.app, ft_view_evaluate_new(b.w));
        bench_set(&b, "data", data);
        bench_set(&b, "max_seq_length", "32");
        ft_workbench_show(b.w, run);
        bench_run(&b, k == 0   ? "similar-evaluate-80x24"
                      : k == 1 ? "similar-evaluate-200x60"
                               : NULL);
    }
    free(data);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_filter_and_labels),
        cmocka_unit_test(test_no_model),
        cmocka_unit_test(test_evaluate),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
