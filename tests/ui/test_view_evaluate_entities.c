/* Screen 5 for token classification: pictures, the lists of missed, spurious and wrong entities, an entity
 * that is changed in place (extended, shrunk, of another type, removed) with undo, and damaged files. */
#include "ui/evaluate_bench.h"

#include "util/json.h"

enum { WORDS = 8, SENTENCES = 6, COPIES = 4 };
static const char *const labels[] = {"B-LOC", "B-PER", "I-LOC", "I-PER", "O"};
enum { B_LOC, B_PER, I_LOC, I_PER, O, LABELS };

/* A sentence of each kind of error. */
static const struct {
    const char *words[WORDS];
    int8_t truth[WORDS], said[WORDS];
    double loss;
} sentences[SENTENCES] = {
    {{"Ana", "Smith", "saw", "Riga"}, {B_PER, I_PER, O, B_LOC}, {B_PER, I_PER, O, B_LOC}, 0.01},
    {{"New", "York", "is", "far"}, {B_LOC, I_LOC, O, O}, {O, O, O, O}, 2.5},
    {{"the", "Moon", "is", "far"}, {O, O, O, O}, {O, B_LOC, O, O}, 1.5},
    {{"Paris", "Hilton", "sings"}, {B_PER, I_PER, O}, {B_LOC, I_LOC, O}, 1.75},
    {{"Bob", "van", "Dam", "left"}, {B_PER, I_PER, I_PER, O}, {B_PER, O, O, O}, 0.75},
    {{"nobody", "left"}, {O, O}, {O, O}, 0.02},
};

static size_t words_of(size_t i)
{
    size_t n = 0;
    while (n < WORDS && sentences[i].words[n])
        n++;
    return n;
}

static void add_tags(struct ft_str *s, const char *key, const int8_t *tags, size_t n)
{
    ft_json_add_key(s, key);
    for (size_t k = 0; k < n; k++)
        ft_str_addf(s, "%s\"%s\"", k ? "," : "[", labels[tags[k]]);
    ft_str_addc(s, ']');
}

/* The scores are those of the predictions, counted by hand; data: the file that they are of. */
static void make_run(const char *dir, const char *data)
{
    struct ft_str lines = {0}, eval = {0}, conll = {0};
    for (size_t row = 1; row <= SENTENCES * COPIES; row++) {
        size_t i = (row - 1) % SENTENCES, n = words_of(i);
        ft_str_addf(&lines, "{\"row\":%zu,\"part\":\"test\",\"tokens\":", row);
        for (size_t k = 0; k < n; k++) {
            const char *word = sentences[i].words[k];
            ft_str_addf(&lines, "%s\"%s\"", k ? "," : "[", word);
            ft_str_addf(&conll, "%s\t%s\n", word, labels[sentences[i].truth[k]]);
        }
        ft_str_addc(&lines, ']');
        add_tags(&lines, "labels", sentences[i].truth, n);
        add_tags(&lines, "predicted", sentences[i].said, n);
        ft_str_addf(&lines, ",\"loss\":%g}\n",
                    sentences[i].loss + (double)((row - 1) / SENTENCES) / 4);
        ft_str_addc(&conll, '\n');
    }
    ft_str_addz(&eval,
                "{\"task\":\"ner\",\"examples\":24,\"loss\":0.8125,\"overall_precision\":0.4,"
                "\"overall_recall\":0.4,\"overall_f1\":0.4,\"overall_accuracy\":0.6666666666666666,"
                "\"words\":84,\"types\":{\"LOC\":{\"precision\":0.3333333333333333,\"recall\":0.5,"
                "\"f1\":0.4,\"number\":8},\"PER\":{\"precision\":0.5,\"recall\":0.3333333333333333,"
                "\"f1\":0.4,\"number\":12}},\"entities\":{\"right\":8,\"missed\":4,\"spurious\":4,"
                "\"wrong_type\":4,\"wrong_boundary\":4},\"matrix\":[[4,0,4],[4,4,4],[4,4,0]],"
                "\"part\":\"test\",\"step\":426}\n");
    put(dir, "eval.json", &eval);
    put(dir, "predictions.jsonl", &lines);
    ft_str_clear(&eval);
    ft_str_addz(&eval, "{\"majority\":{\"f1\":0.0},\"unigram\":{\"f1\":0.625}}");
    put(dir, "baseline.json", &eval);
    if (data) put(bench_folder, data, &conll);
    ft_str_release(&lines);
    ft_str_release(&eval);
    ft_str_release(&conll);
}

static void test_pictures(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "names");
    make_run(run, NULL);
    drive(run, NULL, ":wait evaluated\n", 24, 80, "evaluate-entities-80x24");
    drive(run, NULL, ":wait evaluated\nkey f\nkey Tab Tab Tab\nkey Down\n", 60, 200,
          "evaluate-entities-200x60");
    free(run);
}

/* Four of each kind, and each opens its sentence. */
static void test_kinds(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "kinds");
    make_run(run, NULL);
    drive(run, NULL,
          ":wait evaluated\nexpect 8 found, 4 missed, 4 spurious\n"
          "expect 4 wrong type, 4 wrong boundary\nexpect F1 of majority .000, unigram .625\n"
          "reject (none)      .0\n"
          "key f\nexpect Entities 16 wrong\nkey f\nexpect Entities 4 missed\nexpect New York\n"
          "key f\nexpect Entities 4 spurious\nexpect [Moon LOC]\n"
          "key f\nexpect Entities 4 wrong type\nexpect {[Paris Hilton LOC] PER}\n"
          "key f\nexpect Entities 4 wrong boundary\nexpect {[Bob PER] van Dam PER}\n"
          "key f\nexpect Entities 16 wrong\nkey a\nexpect Entities 24\n"
          ":filter missed\nexpect Entities 4 missed\n:filter odd\n"
          "expect all errors, missed, spurious, wrong type or wrong boundary\n"
          "key Tab\nkey Tab\nexpect ▸Entities\nkey Down\nkey Enter\nexpect ▸Row\n",
          24, 80, NULL);
    free(run);
}

/* Each change is a step of undo. */
static void test_relabel(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "edit");
    char *data = ft_path_join(bench_folder, "edit.conll");
    make_run(run, "edit.conll");
    drive(
        run, data,
        ":wait data\n:wait evaluated\n:filter wrong boundary\nkey Tab\nkey Tab\nkey Tab\n"
        /* shrunk, and the words that it loses are none */
        "key r\nexpect Bob PER\nkey Ctrl-U\nkeys Bob van PER\nkey Enter\n"
        "expect 1 label changed\n:undo\nexpect 0 labels changed\n"
        /* extended */
        ":filter missed\nkey r\nexpect New York LOC\nkey Ctrl-U\nkeys New York is LOC\nkey Enter\n"
        "expect 1 label changed\nkey u\nexpect 0 labels changed\n"
        /* of another type, then removed */
        ":filter wrong type\nkey r\nkey Ctrl-U\nkeys Paris Hilton LOC\nkey Enter\n"
        "expect 1 label changed\n"
        "key r\nkey Ctrl-U\nkeys Paris Hilton O\nkey Enter\nexpect 1 label changed\n"
        "key u\nkey u\nexpect 0 labels changed\n"
        /* what cannot be */
        "key r\nkey Ctrl-U\nkeys Nobody here PER\nkey Enter\nexpect error\nkey Esc\nkey Esc\n"
        "key r\nkey Ctrl-U\nkeys Paris Hilton PLANET\nkey Enter\n",
        24, 80, NULL);
    free(run);
    free(data);
}

static void test_odd_files(void **state)
{
    (void)state;
    char *run = ft_path_join(bench_folder, "odd");
    struct ft_str s = {0};
    make_run(run, NULL);
    ft_str_addz(&s,
                "{\"row\":1,\"tokens\":[\"a\",\"b\"],\"labels\":[\"B-PER\"],\"predicted\":[1]}\n"
                "{\"row\":2,\"tokens\":7}\nnot json\n");
    put(run, "predictions.jsonl", &s);
    drive(run, NULL, ":wait evaluated\nkey f\nkey f\nkey Enter\nkey Down\n", 24, 80, NULL);
    ft_str_clear(&s);
    ft_str_addz(&s, "{\"task\":\"ner\",\"examples\":4,\"loss\":1,\"types\":{\"PER\":{}},"
                    "\"entities\":{},\"matrix\":[[1]],\"part\":\"test\",\"step\":1}");
    put(run, "eval.json", &s);
    drive(run, NULL, ":wait evaluated\nexpect expected a matrix with a row\n", 24, 80, NULL);
    ft_str_release(&s);
    free(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_relabel),
        cmocka_unit_test(test_odd_files),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
