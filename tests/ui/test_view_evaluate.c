/* Screen 5 against stored pictures of evaluations with made numbers, two labels and 77; the way
 * from a wrong cell to a changed label; numbers are those of the files. */
#include "ui/evaluate_bench.h"

#include "util/json.h"

#include <math.h>

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

static char *file_text(const char *dir, const char *name)
{
    char *path = ft_path_join(dir, name), *text;
    struct ft_err err = {0};
    size_t n;
    if (ft_file_read(path, 1 << 20, &text, &n, &err)) fail_msg("%s", err.msg);
    free(path);
    return text;
}

static size_t lines_of(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '\n';
    return n;
}

/* `w` on the report writes the report, elsewhere the predictions, in the format of the name. */
static void test_write(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "run-write"), *text;
    make_run(run, NULL, 2, 60);
    char *script = ft_xprintf(
        ":wait evaluated\nkey w\nexpect write the report to\nkey Esc\n"
        ":report %s/r.csv\nexpect report written to\n:report %s/r.md\n:report %s/r.json\n"
        ":report %s/r.pdf\nexpect expected a name ending in\nkey p Tab Tab\n"
        ":predictions %s/p.csv\nexpect 60 predictions written to\n:predictions %s/p.json\n"
        ":predictions %s/p.jsonl\n:predictions %s/p.csv\nexpect already exists\nkey Esc\n",
        run, run, run, run, run, run, run, run);
    drive(run, NULL, script, 24, 160, NULL);
    text = file_text(run, "r.csv");
    assert_int_equal(strncmp(text, "label,precision,recall,f1,support\nlabel00,", 42), 0);
    assert_non_null(strstr(text, "\nmacro avg,"));
    assert_int_equal(lines_of(text), 6);
    free(text);
    text = file_text(run, "r.md");
    assert_int_equal(strncmp(text, "| label | precision | recall | f1 | support |\n| --- |", 53),
                     0);
    assert_non_null(strstr(text, "\n\n| true \\ predicted | label00 | label01 |\n"));
    free(text);
    text = file_text(run, "r.json");
    cJSON *json = cJSON_Parse(text);
    assert_non_null(cJSON_GetObjectItem(json, "confusion_matrix"));
    cJSON_Delete(json);
    free(text);
    text = file_text(run, "p.csv");
    assert_int_equal(strncmp(text,
                             "row,part,text,text_pair,label,predicted,probability,loss\n"
                             "1,test,text number 1 of the file,,label00,label01,",
                             107),
                     0);
    assert_int_equal(lines_of(text), 61);
    free(text);
    text = file_text(run, "p.json");
    json = cJSON_Parse(text);
    assert_int_equal(cJSON_GetArraySize(json), 60);
    cJSON_Delete(json);
    free(text);
    text = file_text(run, "p.jsonl");
    assert_int_equal(lines_of(text), 60);
    free(text);
    free(script);
    free(run);
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
    drive(NULL, NULL, "expect no run: T trains, 7 opens one\nreject m mode\nreject e evaluates\n",
          24, 80, NULL);
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
          "key x\nexpect x: only rows of the open data\n",
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
    drive(run, NULL, ":wait evaluated\nexpect no predictions.jsonl in this run\n", 24, 80, NULL);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"classify\",\"labels\":[\"a\",\"b\"],\"confusion_matrix\":[[1]]}");
    put(run, "eval.json", &s);
    drive(run, NULL, ":wait evaluated\nexpect expected labels and a con\n", 24, 80, NULL);
    ft_str_release(&s);
    free(run);
}

/* Questions: every third one has no answer; of the others some are answered wrongly, some not. */
static void make_questions(const char *dir, int n)
{
    struct ft_str s = {0};
    static const char context[] = "The two 2011 Special Reports were requested by governments of "
                                  "many lands, and were printed in Geneva a year later.";
    for (int i = 0; i < n; i++) {
        bool has = i % 3 != 2, right = i % 2;
        double diff = -4 + 8.0 * ((i * 7) % n) / n;
        int start = right ? 34 : 4;
        ft_str_addf(
            &s,
            "{\"row\":%d,\"part\":\"test\",\"id\":\"q%03d\",\"question\":\"Who asked for report "
            "number %d?\",\"context\":\"%s\",\"answers\":[%s],\"answer\":\"\",\"score\":0.5,"
            "\"null_score_diff\":%.4f,\"exact\":0,\"f1\":0,\"best\":{\"text\":\"%s\","
            "\"start\":%d,\"end\":58,\"score\":0.71,\"exact\":%d,\"f1\":%s}}\n",
            i + 1, i, i + 1, context, has ? "\"requested by governments\"" : "", diff,
            right ? "requested by governments"
                  : "two 2011 Special Reports were requested by governments",
            start, has && right,
            !has    ? "0"
            : right ? "1"
                    : "0.545");
    }
    put(dir, "predictions.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addf(
        &s,
        "{\"task\":\"qa\",\"examples\":%d,\"loss\":1.5,\"exact\":50,\"f1\":55,\"total\":%d,"
        "\"HasAns_exact\":40,\"HasAns_f1\":45,\"HasAns_total\":%d,\"NoAns_exact\":60,"
        "\"NoAns_f1\":60,\"NoAns_total\":%d,\"best_exact\":56.96,\"best_exact_thresh\":-1.42,"
        "\"best_f1\":60.11,\"best_f1_thresh\":-1.03,\"part\":\"test\",\"step\":1244}\n",
        n, n, n - n / 3, n / 3);
    put(dir, "eval.json", &s);
    ft_str_release(&s);
}

static void test_questions(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "squad2");
    make_questions(run, 60);
    drive(run, NULL, ":wait evaluated\nkey Down\nkey Enter\n", 24, 80, "evaluate-qa-80x24");
    drive(run, NULL, ":wait evaluated\nkey t\nkey Ctrl-U\nkeys -1\nkey Enter\n", 60, 200,
          "evaluate-qa-200x60");
    /* with a threshold that all reach nothing is answered: right where there is no answer */
    drive(run, NULL,
          ":wait evaluated\n:threshold -100\nexpect exact 33.33  F1 33.33\n"
          "expect answerable             0         40\n"
          ":threshold 100\nexpect answerable            40          0\nexpect exact 33.33\n"
          ":threshold nonsense\nexpect error:\nkey Esc\n"
          "key f\nexpect Questions 40 answerable\nkey f\nexpect Questions 20 unanswerable\n"
          "key f\nexpect wrong, worst first\nkey f\nkey n\nexpect Context of question\n",
          24, 80, NULL);
    free(run);
}

static void test_blocks(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "gpt2");
    struct ft_str s = {0};
    for (int i = 0; i < 40; i++)
        ft_str_addf(
            &s,
            "{\"row\":%d,\"part\":\"test\",\"text\":\"a block of running text, the %dth\","
            "\"tokens\":12,\"right\":%d,\"loss\":%.3f,\"hardest\":[{\"start\":11,\"end\":18,"
            "\"token\":\"running\",\"guess\":\"a\",\"loss\":7.5},{\"start\":2,\"end\":7,"
            "\"token\":\"block\",\"guess\":\"line\",\"loss\":3}]}\n",
            i + 1, i + 1, i % 12, 2.5 + (i * 11 % 40) / 40.0);
    put(run, "predictions.jsonl", &s);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"clm\",\"examples\":40,\"loss\":2.9875,\"perplexity\":19.8361,"
                    "\"tokens\":480,\"part\":\"test\",\"step\":600}\n");
    put(run, "eval.json", &s);
    ft_str_clear(&s);
    for (int i = 1; i <= 6; i++)
        ft_str_addf(&s,
                    "{\"step\":%d,\"epoch\":%d,\"eval_loss\":%.3f,\"eval_perplexity\":%.3f,"
                    "\"eval_runtime\":1}\n",
                    i * 100, i, 4.0 - i * 0.15, exp(4.0 - i * 0.15));
    put(run, "metrics.jsonl", &s);
    ft_str_release(&s);
    drive(run, NULL, ":wait evaluated\nkey Enter\nexpect 19.84\n", 24, 80, "evaluate-lm-80x24");
    drive(run, NULL, ":wait evaluated\nkey Down\n", 60, 200, "evaluate-lm-200x60");
    drive(
        run, NULL, /* keys that are not for it say so */
        ":wait evaluated\nkey m\nexpect note: m: for classification runs only\nkey b\nexpect b: "
        "for classification runs\n"
        "key t\nexpect t: for question answering runs only\nkey /\nexpect /: not available on this "
        "screen\n"
        "key ?\nexpect not now: for classification runs only\n",
        24, 80, NULL);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),   cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_words),   cmocka_unit_test(test_questions),
        cmocka_unit_test(test_blocks),  cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
