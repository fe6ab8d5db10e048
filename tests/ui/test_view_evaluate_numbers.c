/* Screen 5 for a regression: pictures, the way from a dot of the scatter plot to its example and to a
 * changed value, numbers that are not defined, and damaged files. */
#include "ui/evaluate_bench.h"

#include <math.h>

/* Values in quarters from 0 to 5, predictions flatter, row 8 far off. */
static void make_run(const char *dir, const char *data, int rows)
{
    struct ft_str s = {0}, csv = {0};
    ft_str_addz(&csv, "text,score\n");
    for (int i = 0; i < rows; i++) {
        double truth = i * 13 % 21 / 4.0;
        double value = i == 7 ? 4.75 : 0.75 + 0.6875 * truth + (i * 7 % 16 - 8) / 16.0,
               d = value - truth;
        ft_str_addf(&csv, "text number %d of the file,%.2f\n", i + 1, truth);
        ft_str_addf(&s,
                    "{\"row\":%d,\"part\":\"test\",\"text\":\"text number %d of the file\","
                    "\"label\":%.2f,\"value\":%.6f,\"loss\":%.6f}\n",
                    i + 1, i + 1, truth, value, d * d);
    }
    put(dir, "predictions.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addf(&s,
                "{\"task\":\"classify\",\"problem_type\":\"regression\",\"examples\":%d,\"loss\":"
                "0.4931,\"mse\":0.4931,\"rmse\":0.7022,\"mae\":0.5313,\"r2\":0.7861,\"pearson\":"
                "0.9012,\"spearman\":0.8955,\"part\":\"test\",\"step\":374}\n",
                rows);
    put(dir, "eval.json", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"mean\":{\"examples\":9,\"mse\":2.163},\"linear\":{\"examples\":9,\"mse\":"
                    "2.01}}");
    put(dir, "baseline.json", &s);
    if (data) put(bench_folder, data, &csv);
    ft_str_release(&s);
    ft_str_release(&csv);
}

static void test_pictures(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "stsb");
    make_run(run, NULL, 120);
    drive(run, NULL, ":wait evaluated\n", 24, 80, "evaluate-numbers-80x24");
    drive(run, NULL, ":wait evaluated\nkey Right\nkey Enter\nkey Enter\n", 60, 200,
          "evaluate-numbers-200x60");
    free(run);
}

/* The worst is selected; the cursor and the list go together. */
static void test_cursor(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "cursor");
    make_run(run, NULL, 120);
    drive(run, NULL,
          ":wait evaluated\nexpect Examples 120, largest error first\nexpect o row 8: true 1.75\n"
          "key Enter\nkey Down\nreject o row 8\nkey Up\nexpect o row 8\nkey Esc\n"
          "key Down\nreject o row 8\nexpect o row \nkey Right\nkey Left\nkey Up\n"
          "reject m mode\nreject f filter\nkey m\nexpect for classification runs only\n"
          ":predictions r/p.txt\nexpect expected a name\nkey Esc\n",
          24, 80, NULL);
    free(run);
}

static void test_relabel(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "values");
    char *data = ft_path_join(bench_folder, "values.csv");
    make_run(run, "values.csv", 120);
    drive(run, data,
          ":wait data\n:wait evaluated\nkey Enter\nkey x\nexpect 1 label changed\nkey Up\n"
          "expect 4.75\nkey r\nexpect value\nkeys abc\nkey Enter\nexpect is not a number\nkey Esc\n"
          "key Esc\nkey r\nkeys 3.5\nkey Enter\nkey Esc\nexpect label\nkey u\nkey u\n"
          "expect 0 labels changed\n",
          24, 80, NULL);
    free(run);
    free(data);
}

static void test_odd_files(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "odd");
    struct ft_str s = {0};
    make_run(run, NULL, 10);
    ft_str_addz(&s, "{\"row\":1,\"text\":\"a\",\"label\":\"x\",\"value\":\"y\"}\nnot json\n");
    put(run, "predictions.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"problem_type\":\"regression\",\"examples\":10,"
                    "\"loss\":0.5,\"mse\":0.5,\"pearson\":null,\"part\":\"test\",\"step\":1}");
    put(run, "eval.json", &s);
    drive(run, NULL,
          ":wait evaluated\nexpect no predictions.jsonl in this run\nexpect not defined\n"
          "expect the correlation is not defined\nkey Right\nkey Down\nkey Enter\n",
          24, 80, NULL);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"problem_type\":\"regression\",\"examples\":-3}");
    put(run, "eval.json", &s);
    drive(run, NULL, ":wait evaluated\nexpect examples is not a count\n", 24, 80, NULL);
    ft_str_release(&s);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_cursor),
        cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_odd_files),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
