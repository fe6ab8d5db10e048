/* Screen 5 against stored pictures of evaluations with made numbers, two labels and 77; the way
 * from a wrong cell to a changed label; numbers are those of the files. */
#include "ui/screen_bench.h"

#include "ui/view_evaluate.h"
#include "util/json.h"

static void put(const char *dir, const char *name, const struct ft_str *s)
{
    char *path = ft_path_join(dir, name);
    struct ft_err err = {0};
    assert_int_equal(ft_mkdirs(dir, &err), FT_OK);
    assert_int_equal(ft_file_write(path, ft_str_text(s), s->len, &err), FT_OK);
    free(path);
}

/* The rows 1.. of `data`, labelled in turn; each third one of the first half is taken for the next
 * label. */
static void make_run(const char *dir, const char *data, int labels, int rows)
{
    struct ft_str s = {0}, eval = {0}, csv = {0};
    uint64_t *m = ft_xcalloc((size_t)labels * (size_t)labels, sizeof *m);
    int right = 0;
    ft_str_addz(&csv, "text,label\n");
    for (int i = 0; i < rows; i++) {
        int label = i % labels,
            guess = i % 3 || i > rows / 2 ? label : (label + 1 + i % 2) % labels;
        double p = guess == label ? 0.9 : 0.6 + 0.3 * i / rows;
        right += guess == label;
        m[label * labels + guess]++;
        ft_str_addf(&csv, "text number %d of the file,label%02d\n", i + 1, label);
        ft_str_addf(&s,
                    "{\"row\":%d,\"part\":\"test\",\"text\":\"text number %d of the file\","
                    "\"label\":\"label%02d\",\"predicted\":\"label%02d\",\"probabilities\":{",
                    i + 1, i + 1, label, guess);
        for (int k = 0; k < labels; k++)
            ft_str_addf(&s, "%s\"label%02d\":%.6f", k ? "," : "", k,
                        k == guess ? p : (1 - p) / (labels - 1));
        ft_str_addf(&s, "},\"loss\":%.4f}\n", guess == label ? 0.1 : 1.0 + 2.0 * i / rows);
    }
    ft_str_addf(&eval,
                "{\"task\":\"classify\",\"examples\":%d,\"loss\":0.4321,\"accuracy\":%.6f,"
                "\"labels\":[",
                rows, (double)right / rows);
    for (int k = 0; k < labels; k++)
        ft_str_addf(&eval, "%s\"label%02d\"", k ? "," : "", k);
    ft_str_addz(&eval, "],\"confusion_matrix\":[");
    for (int i = 0; i < labels; i++) {
        ft_str_addz(&eval, i ? ",[" : "[");
        for (int k = 0; k < labels; k++)
            ft_str_addf(&eval, "%s%llu", k ? "," : "", (unsigned long long)m[i * labels + k]);
        ft_str_addc(&eval, ']');
    }
    ft_str_addz(&eval, "],\"part\":\"test\",\"step\":3738}\n");
    put(dir, "eval.json", &eval);
    put(dir, "predictions.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"majority\":{\"accuracy\":0.501},\"linear\":{\"accuracy\":0.91}}");
    put(dir, "baseline.json", &s);
    if (data) put(bench_folder, data, &csv);
    free(m);
    ft_str_release(&s);
    ft_str_release(&eval);
    ft_str_release(&csv);
}

static void drive(const char *run, const char *data, const char *script, int h, int w,
                  const char *picture)
{
    struct screen_bench b = bench_new(script, h, w);
    ft_app_add(b.app, ft_view_evaluate_new(b.w));
    if (data) bench_set(&b, "data", data);
    if (run) ft_workbench_show(b.w, run);
    bench_run(&b, picture);
}

static void test_pictures(void **state)
{
    (void)state;
    char *two = ft_path_join(bench_folder, "imdb"), *many = ft_path_join(bench_folder, "banking");
    make_run(two, NULL, 2, 400);
    make_run(many, NULL, 77, 3080);
    drive(two, NULL, ":wait evaluated\n", 24, 80, "evaluate-80x24");
    drive(two, NULL, ":wait evaluated\nkey m\nkey Enter\nkey Enter\n", 60, 200, "evaluate-200x60");
    drive(many, NULL, ":wait evaluated\n", 24, 80, "evaluate-77-80x24");
    drive(many, NULL, ":wait evaluated\nkey Down\nkey Enter\n", 60, 200, "evaluate-77-200x60");
    drive(NULL, NULL, "expect no run: T trains, 7 opens one\n", 24, 80, NULL);
    free(two);
    free(many);
}

static void test_words(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "words");
    make_run(run, NULL, 4, 400);
    drive(run, NULL,
          ":wait evaluated\nexpect accuracy .8\n"
          ":mode true\nexpect % of true\n:mode nonsense\nexpect error:\nkey Esc\n"
          ":cell label00 label01\nexpect in this cell\n"
          "key f\nexpect wrong, by loss\nkey a\nexpect 400 in all, by loss\n"
          "key p\nkey ]\nexpect prec\nkey Down\nkey Enter\n"
          "key Space\nexpect \xe2\x9c\x93\n"
          "key x\nexpect is not a row of the open data\n",
          24, 80, NULL);
    free(run);
}

/* A wrong cell, its examples, one text: its label is changed, and changed back. */
static void test_relabel(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "relabel");
    char *data = ft_path_join(bench_folder, "relabel.csv");
    make_run(run, "relabel.csv", 2, 100);
    drive(run, data,
          ":wait data\n:wait evaluated\nkey Enter\nkey Enter\nkey x\nexpect 1 label changed\n"
          "key r\nexpect a label00  b label01\nkey a\nkey b\nkey Esc\nexpect labels changed\n"
          "key u\nkey u\nkey u\n:wait data\n",
          24, 80, NULL);
    free(run);
    free(data);
}

/* Damaged files say so, or are passed over. */
static void test_damaged(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "damaged");
    struct ft_str s = {0};
    make_run(run, NULL, 2, 20);
    ft_str_addz(&s,
                "{\"row\":1}\nnot json\n{\"row\":-1,\"text\":\"x\",\"predicted\":\"label00\"}\n");
    put(run, "predictions.jsonl", &s);
    drive(run, NULL, ":wait evaluated\nexpect has no predictions.jsonl\n", 24, 80, NULL);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"labels\":[\"a\",\"b\"],\"confusion_matrix\":[[1]]}");
    put(run, "eval.json", &s);
    drive(run, NULL, "pause 600\nexpect expected labels and a con\n", 24, 80, NULL);
    ft_str_release(&s);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
