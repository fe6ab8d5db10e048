/* Words with tags on screens 1 and 4: entities in the text, counts by type, what is wrong with the file,
 * an entity that is changed in place; entity F1 and the matrix of types while a run learns. */
#include "ui/screen_bench.h"

#include "engine/task/score_report.h"
#include "ui/screens/view_train.h"
#include "ui/widgets/plot.h"

#include <math.h>

static void put(const char *name, const char *text)
{
    char *path = ft_path_join(bench_folder, name), *dir = ft_path_dir(path);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, text, strlen(text), &err), FT_OK);
    free(path);
    free(dir);
}

static void drive(const char *data, const char *script, int h, int w, const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    char *path = ft_path_join(bench_folder, data);
    ft_app_add(b.app, ft_view_data_new(b.w));
    bench_set(&b, "data", path);
    ft_workbench_settled(b.w);
    bench_run(&b, picture);
    free(path);
}

/* Three sentences of each kind, and one with an I- that continues nothing and a type in two spellings. */
static void make_conll(const char *name)
{
    struct ft_str s = {0};
    for (int i = 0; i < 3; i++)
        ft_str_addf(
            &s,
            "Ana\tB-PER\nSmith\tI-PER\nsaw\tO\nNew\tB-LOC\nYork\tI-LOC\nfor\tO\nday\tO\n%d\tO\n\n"
            "nobody\tO\nleft\tO\nRiga\tB-LOC\n%d\tO\n\n",
            i, i);
    ft_str_addz(&s, "the\tO\nBaltic\tI-LOC\nSea\tB-loc\n\n");
    put(name, ft_str_text(&s));
    ft_str_release(&s);
}

static void test_data(void **state)
{
    (void)state;
    make_conll("names.conll");
    drive("names.conll", ":wait data\n", 24, 80, "data-entities-80x24");
    drive("names.conll", ":wait data\nkey c\n", 60, 200, "data-entities-200x60");
    drive(
        "names.conll",
        ":wait data\nexpect Entity types 3\nexpect [Ana Smith PER] saw\n"
        "expect [New York LOC]\nexpect I- without B-\n"
        ":filter label:none\nexpect Rows 0 of 7\n:filter label:PER\nexpect Rows 3 of 7\nkey Esc\n"
        /* cleaning would change the words */
        ":clean html\nexpect error\nkey Esc\nkey c\nexpect not for word\nkey Space\n"
        "expect the words stay as they are\nkey Esc\nreject [x]\n:clean dedup\n:wait data\nkey c\n"
        "expect [x] dedup\nkey u\n:wait data\nkey Esc\n",
        24, 80, NULL);
}

/* Extended, of another type, removed, a new one; each is a step of undo, and a file of edits. */
static void test_edits(void **state)
{
    (void)state;
    make_conll("edit.conll");
    drive(
        "edit.conll",
        ":wait data\nkey r\nexpect Ana Smith PER\nkey Ctrl-U\nkeys Ana Smith saw PER\nkey Enter\n"
        ":wait data\nexpect [Ana Smith saw PER]\nkey r\nkey Ctrl-U\nkeys Ana Smith LOC\nkey Enter\n"
        ":wait data\nexpect [Ana Smith LOC] saw\nkey r\nkey Ctrl-U\nkeys Ana Smith O\nkey Enter\n"
        ":wait data\nreject [Ana\n"
        "key u\n:wait data\nexpect [Ana Smith LOC] saw\nkey u\n:wait data\n"
        "expect [Ana Smith saw PER]\nkey u\n:wait data\nexpect [Ana Smith PER] saw\n"
        ":relabel 2 nobody PER\n:wait data\nkey Down\nexpect [nobody PER] left\n"
        ":relabel 2 4 LOC\n:wait data\nexpect [0 LOC]\n"
        ":relabel 2 somebody PER\nexpect error\nkey Esc\n",
        24, 80, NULL);
    char *path = ft_path_join(bench_folder, "edit.conll.edits.jsonl"), *text = NULL;
    struct ft_err err = {0};
    size_t n;
    assert_int_equal(ft_file_read(path, 1 << 20, &text, &n, &err), FT_OK);
    assert_non_null(strstr(text, "\"new\":[\"B-PER\",\"O\",\"B-LOC\",\"B-LOC\"]"));
    free(text);
    free(path);
}

/* A run's folder with made numbers. */
static void make_run(const char *name)
{
    struct ft_str s = {0};
    char file[64];
    for (int step = 10; step <= 200; step += 10) {
        double x = step;
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%.2f,\"loss\":%.4f,\"grad_norm\":0.8,\"learning_rate\":"
                    "3e-05,\"tokens\":%d,\"tokens_per_second\":2000}\n",
                    step, x / 100, 1 + 4 * exp(-x / 60), step * 400);
        if (step % 100) continue;
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%g,\"eval_loss\":%g,\"eval_precision\":%g,"
                    "\"eval_recall\":%g,\"eval_f1\":%g,\"eval_accuracy\":%g,\"eval_runtime\":2}\n",
                    step, x / 100, 0.5 - x / 1000, 0.5 + x / 1000, 0.25 + x / 1000,
                    1.0 / 3 + x / 1000, 0.9 + x / 10000);
    }
    snprintf(file, sizeof file, "%s/metrics.jsonl", name);
    put(file, ft_str_text(&s));
    snprintf(file, sizeof file, "%s/evals/200.json", name);
    put(file,
        "{\"task\":\"ner\",\"examples\":24,\"loss\":0.3,\"overall_precision\":0.7,"
        "\"overall_recall\":0.45,\"overall_f1\":0.5333333333333333,\"overall_accuracy\":0.92,"
        "\"words\":840,\"types\":{\"LOC\":{\"precision\":0.333,\"recall\":0.5,\"f1\":0.4,"
        "\"number\":80},\"PER\":{\"precision\":0.5,\"recall\":0.333,\"f1\":0.4,\"number\":120}},"
        "\"entities\":{\"right\":100,\"missed\":50,\"spurious\":30,\"wrong_type\":40,"
        "\"wrong_boundary\":10},\"matrix\":[[40,0,40],[40,60,20],[17,13,0]],\"part\":"
        "\"validation\","
        "\"step\":200}\n");
    snprintf(file, sizeof file, "%s/run.json", name);
    put(file,
        "{\"state\":\"stopped\",\"step\":200,\"steps\":300,\"best_step\":200,\"best_metric\":"
        "0.5333333333333333,\"metric_for_best_model\":\"f1\",\"task\":\"ner\",\"options\":{}}");
    ft_str_release(&s);
}

static void train(const char *script, int h, int w, const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_train_new(b.w));
    bench_run(&b, picture);
}

static void test_train(void **state)
{
    (void)state;
    make_run("tags");
    char *script = ft_xprintf(":run %s/tags\nexpect F1 .5333 at 200, best\nreject Accuracy .9\n"
                              "expect spurious\nexpect missed\nreject (none)\n",
                              bench_folder);
    train(script, 24, 80, NULL);
    free(script);
    script = ft_xprintf(":run %s/tags\n", bench_folder);
    train(script, 24, 80, "train-entities-80x24");
    free(script);
}

/* A run that learns: what is plotted and counted is what its files say. */
static void test_training(void **state)
{
    (void)state;
    struct ft_scores_file file;
    struct ft_err err = {0};
    char number[64];
    make_conll("learn.conll");
    char *script = ft_xprintf(
        ":set model " FETTLE_SOURCE_DIR "/tests/reference/nets/bert-ner/model\n"
        ":set data %s/learn.conll\n:set validation %s/learn.conll\n:set output_dir %s/learnt\n"
        ":set max_seq_length 48\n:set num_train_epochs 2\n:set logging_steps 1\n"
        ":set learning_rate 1e-3\n:set threads 1\nkey T\n:wait done\nexpect F1 \n",
        bench_folder, bench_folder, bench_folder);
    struct screen_bench b = bench_new(script, 60, 200);
    ft_app_add(b.app, ft_view_train_new(b.w));
    assert_int_equal(ft_app_run(b.app), 0);
    const struct ft_run_series *s = &b.w->series;
    assert_int_equal(s->evals_n, 2);
    const struct ft_run_eval *e = &s->evals[1];
    char *path = ft_xprintf("%s/learnt/evals/%llu.json", bench_folder, (unsigned long long)e->step);
    assert_int_equal(ft_scores_read(&file, path, &err), FT_OK);
    assert_true(fabs(file.scores.f1 - e->f1) < 1e-9 &&
                fabs(file.scores.precision - e->precision) < 1e-9 &&
                fabs(file.scores.recall - e->recall) < 1e-9);
    struct ft_str dump = {0};
    ft_app_dump(b.app, &dump);
    snprintf(number, sizeof number, "F1 %s", ft_format_short((char[32]){0}, 32, e->f1, 4));
    if (!strstr(ft_str_text(&dump), number))
        fail_msg("no '%s' on:\n%s", number, ft_str_text(&dump));
    ft_str_release(&dump);
    ft_scores_file_release(&file);
    ft_app_free(b.app);
    ft_workbench_free(b.w);
    free(path);
    free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_train),
        cmocka_unit_test(test_training),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
