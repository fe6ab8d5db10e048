/* The baselines for tags of words, against numbers computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/read.h"
#include "engine/task/baseline.h"
#include "engine/task/unigram_tagger.h"
#include "scratch.h"
#include "util/fs.h"
#include "util/mem.h"

#include <math.h>
#include <string.h>

struct files {
    struct ft_table tables[FT_PART_COUNT];
    struct ft_tagged tagged[FT_PART_COUNT];
    struct ft_examples x;
};

static void open_files(struct files *f, const char *train, const char *test)
{
    const char *texts[FT_PART_COUNT] = {[FT_PART_TRAIN] = train, [FT_PART_TEST] = test};
    struct ft_examples_opt build = {.share = {1, 0, 0}};
    struct ft_err err = {0};
    memset(f, 0, sizeof *f);
    for (int part = 0; part < FT_PART_COUNT; part++) {
        if (!texts[part]) continue;
        char *path = ft_xprintf("%s/%d.conll", scratch, part);
        if (ft_file_write(path, texts[part], strlen(texts[part]), &err) ||
            ft_table_read(&f->tables[part], path, NULL, &err))
            fail_msg("%s", err.msg);
        free(path);
        struct ft_tagged_opt how = {0};
        ft_tagged_find(&f->tables[part], NULL, NULL, false, &how.columns);
        if (ft_tagged_build(&f->tagged[part], &f->tables[part], &how, &err))
            fail_msg("%s", err.msg);
        build.tables[part] = &f->tables[part];
        build.tagged[part] = &f->tagged[part];
    }
    if (ft_examples_build(&f->x, &build, &err)) fail_msg("%s", err.msg);
}

static void close_files(struct files *f)
{
    ft_examples_release(&f->x);
    for (int part = 0; part < FT_PART_COUNT; part++) {
        if (!f->tables[part].path) continue;
        ft_tagged_release(&f->tagged[part]);
        ft_table_release(&f->tables[part]);
    }
}

static const char train[] = "Ana\tB-PER\nSmith\tI-PER\nis\tO\nin\tO\nRiga\tB-LOC\n\nNew\tB-"
                            "LOC\nYork\tI-LOC\nis\tO\nnew\tO\n\n"
                            "York\tB-ORG\nis\tO\n\nRiga\tB-ORG\nRiga\tB-LOC\n";

/* York is as often I-LOC as B-ORG; Oslo is unknown; Smith alone is a whole name. */
static void hand_computed(void **state)
{
    struct files f;
    struct ft_baseline b;
    struct ft_err err = {0};
    (void)state;
    open_files(&f, train, "York\tB-LOC\nis\tO\nRiga\tB-LOC\n\nSmith\tB-PER\nin\tO\nOslo\tB-LOC\n");
    assert_int_equal(ft_baseline_train(&b, &f.x, 42, NULL, &err), FT_OK);
    assert_string_equal(b.part, "test");
    assert_int_equal(b.train_n, 4);
    assert_int_equal(b.features, 8);
    assert_string_equal(b.majority_json, "\"O\"");
    assert_int_equal(b.trained.examples, 2);
    assert_float_equal(b.trained.precision, 2.0 / 3, 1e-12);
    assert_float_equal(b.trained.recall, 2.0 / 4, 1e-12);
    assert_float_equal(b.trained.f1, 4.0 / 7, 1e-12);
    assert_float_equal(b.trained.accuracy, 4.0 / 6, 1e-12);
    assert_int_equal(b.trained.entity_errors[FT_ENTITY_RIGHT], 2);
    assert_int_equal(b.trained.entity_errors[FT_ENTITY_WRONG_TYPE], 1);
    assert_int_equal(b.trained.entity_errors[FT_ENTITY_MISSED], 1);
    assert_float_equal(b.constant.f1, 0, 0);
    assert_float_equal(b.constant.accuracy, 2.0 / 6, 1e-12);
    double o = 5.0 / 13, loc = 3.0 / 13, per = 1.0 / 13;
    assert_float_equal(b.constant.loss, -(3 * log(loc) + 2 * log(o) + log(per)) / 6, 1e-12);
    double loss = log(loc / 3) + log((3 + o) / 4) + log((2 + loc) / 4) + log(per / 2) +
                  log((1 + o) / 2) + log(loc);
    assert_float_equal(b.trained.loss, -loss / 6, 1e-12);
    ft_baseline_release(&b);
    close_files(&f);
}

/* The tags of words, by name. */
static void valid_tags(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {{"Ana Smith", "B-PER I-PER "},
                 {"Smith Smith", "B-PER I-PER "},
                 {"Riga Smith", "B-LOC B-PER "},
                 {"is Smith", "O B-PER "},
                 {"ana", "O "},
                 {"", ""}};
    struct files f;
    struct ft_unigram_tagger t;
    (void)state;
    open_files(&f, train, NULL);
    ft_unigram_tagger_train(&t, &f.x);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_text text = {cases[i].text, strlen(cases[i].text)};
        struct ft_word *words = NULL;
        size_t n = 0, cap = 0;
        int32_t tags[8];
        struct ft_str got = {0};
        ft_text_words(NULL, NULL, text, &words, &n, &cap);
        assert_true(n <= 8);
        ft_unigram_tagger_tag(&t, text, words, n, tags);
        for (size_t k = 0; k < n; k++)
            ft_str_addf(&got, "%s ", f.x.labels.names[tags[k]]);
        assert_string_equal(ft_str_text(&got), cases[i].want);
        ft_str_release(&got);
        free(words);
    }
    ft_unigram_tagger_release(&t);
    close_files(&f);
}

/* Parts of speech: there is no O, and all words are labelled. */
static void without_outside(void **state)
{
    struct files f;
    struct ft_baseline b;
    struct ft_err err = {0};
    (void)state;
    open_files(&f, "the\tDET\ncat\tNOUN\nsat\tVERB\n\na\tDET\ndog\tNOUN\ncat\tNOUN\n",
               "the\tDET\nbird\tNOUN\n");
    assert_int_equal(ft_baseline_train(&b, &f.x, 42, NULL, &err), FT_OK);
    assert_float_equal(b.trained.accuracy, 1,
                       0); /* the most frequent tag is that of unknown words */
    assert_float_equal(b.constant.accuracy, 0.5, 0);
    ft_baseline_release(&b);
    close_files(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hand_computed),
        cmocka_unit_test(valid_tags),
        cmocka_unit_test(without_outside),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
