/* Windows of tagged words and their labels, against the reference cases *-ner: tests/reference/nets,
 * and ../shared/ref/nets where it is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/pool.h"
#include "data/read.h"
#include "engine/model/model_file.h"
#include "engine/task/ner.h"
#include "reference_lines.h"
#include "shared.h"
#include "util/mem.h"

struct ner_case {
    char dir[512];
    cJSON *run;
    struct ft_table table;
    struct ft_tagged tagged;
    struct ft_labels labels;
    struct ft_examples x;
    struct ft_model_file m;
    struct ft_sequences s;
    struct ft_ner_opt opt;
    struct ft_ner_made made;
};

static void open_case(struct ner_case *c, const char *dir, const char *file, bool all_tokens)
{
    struct ft_err err = {0};
    *c = (struct ner_case){.dir = {0}};
    snprintf(c->dir, sizeof c->dir, "%s", dir);
    char *path = ft_path_join(dir, "run.json");
    if (ft_json_read(path, 1u << 24, &c->run, &err)) fail_msg("%s", err.msg);
    free(path);
    path = ft_path_join(dir, "model");
    struct ft_model_opt opt = {.task = FT_TASK_NER, .dropout = -1, .as_it_is = true};
    if (ft_model_file_load(&c->m, path, &opt, &err)) fail_msg("%s", err.msg);
    free(path);
    path = ft_path_join(dir, file);
    if (ft_table_read(&c->table, path, NULL, &err)) fail_msg("%s", err.msg);
    free(path);
    struct ft_tagged_opt how = {0};
    ft_tagged_find(&c->table, NULL, NULL, false, &how.columns);
    if (ft_tagged_build(&c->tagged, &c->table, &how, &err)) fail_msg("%s", err.msg);
    ft_labels_init(&c->labels);
    for (size_t i = 0; i < c->m.config.label_count; i++)
        ft_labels_add(&c->labels, c->m.config.labels[i], strlen(c->m.config.labels[i]));
    struct ft_examples_opt build = {
        .tables = {&c->table}, .tagged = {&c->tagged}, .share = {1, 0, 0}, .labels = &c->labels};
    if (ft_examples_build(&c->x, &build, &err)) fail_msg("%s", err.msg);
    c->opt = (struct ft_ner_opt){.max_length = (size_t)reference_num(c->run, "max_seq_length"),
                                 .stride = (size_t)reference_num(c->run, "doc_stride"),
                                 .all_tokens = all_tokens};
    if (ft_ner_windows(&c->s, &c->x, FT_PART_TRAIN, c->m.tok, &c->opt, &c->made, NULL, &err))
        fail_msg("%s", err.msg);
}

static void close_case(struct ner_case *c)
{
    ft_sequences_release(&c->s);
    ft_examples_release(&c->x);
    ft_tagged_release(&c->tagged);
    ft_table_release(&c->table);
    ft_labels_release(&c->labels);
    ft_model_file_release(&c->m);
    cJSON_Delete(c->run);
}

static void same_ints(const struct ner_case *c, const char *what, const int32_t *got, size_t n,
                      const cJSON *want)
{
    assert_int_equal(n, (size_t)cJSON_GetArraySize(want));
    for (size_t i = 0; i < n; i++)
        if (got[i] != (int32_t)cJSON_GetArrayItem(want, (int)i)->valuedouble)
            fail_msg("%s: %s differ", c->dir, what);
}

static void check_windows(const char *dir)
{
    struct ner_case c;
    open_case(&c, dir, "train.conll", false);
    const cJSON *windows = cJSON_GetObjectItem(c.run, "windows");
    assert_int_equal(c.s.n, (size_t)cJSON_GetArraySize(windows));
    assert_true(c.made.windowed > 5);
    size_t words = 0;
    for (size_t i = 0; i < c.s.n; i++) {
        const cJSON *w = cJSON_GetArrayItem(windows, (int)i);
        size_t from = (size_t)c.s.start[i], n = ft_sequences_len(&c.s, i);
        same_ints(&c, "input_ids", c.s.ids + from, n, ft_json_get(w, "input_ids"));
        same_ints(&c, "labels", c.s.targets + from, n, ft_json_get(w, "labels"));
        assert_int_equal(c.s.example[i], (size_t)reference_num(w, "sentence"));
        for (size_t k = 0; k < n; k++)
            words += c.s.words[from + k] >= 0;
    }
    assert_int_equal(words, c.tagged.words_n); /* each word counts once */
    close_case(&c);
}

/* How far the reference's scores of two labels may be from each other for either to be right. */
static void check_predictions(const char *dir, const char *file)
{
    struct ner_case c;
    struct ft_err err = {0};
    struct ft_ner_result r;
    char *path = ft_path_join(dir, "predict.jsonl");
    struct reference_lines lines = reference_read(path);
    free(path);
    open_case(&c, dir, file, false);
    size_t *words = ft_xcalloc(c.x.n + 1, sizeof *words);
    for (size_t i = 0; i < c.x.n; i++)
        words[i] = c.tagged.sentences[i].n;
    if (ft_ner_classify(&r, words, c.x.n, c.m.net, &c.s, 7, NULL, &err)) fail_msg("%s", err.msg);
    assert_int_equal(c.x.n, lines.n);
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *said = ft_json_get(lines.rows[i], "predicted");
        const cJSON *scores = ft_json_get(lines.rows[i], "scores");
        assert_int_equal(words[i], (size_t)cJSON_GetArraySize(said));
        for (size_t k = 0; k < words[i]; k++) {
            const char *name = c.labels.names[r.tags[r.start[i] + k]];
            reference_near((double)r.scores[r.start[i] + k],
                           cJSON_GetArrayItem(scores, (int)k)->valuedouble, 1e-5, dir);
            assert_string_equal(name, cJSON_GetArrayItem(said, (int)k)->valuestring);
        }
    }
    const cJSON *loss = ft_json_get(c.run, "eval_loss");
    if (loss) reference_near(r.loss, loss->valuedouble, 1e-6, "eval_loss");
    ft_ner_result_release(&r);
    reference_release(&lines);
    free(words);
    close_case(&c);
}

static const char *const names[] = {"bert-ner", "distilbert-ner", "roberta-ner", "gpt2-ner"};

static void windows_are_the_references(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *dir = ft_xprintf(REFERENCE "nets/%s", names[i]);
        check_windows(dir);
        check_predictions(dir, "train.conll");
        free(dir);
    }
}

static void shared_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *rel = ft_xprintf("ref/nets/%s", names[i]);
        SHARED_OR_SKIP(dir, rel);
        check_predictions(dir, "eval.conll");
        check_predictions(dir, "eval.jsonl");
        free(dir);
        free(rel);
    }
}

/* With all tokens, the later ones of a word learn I-; O stays O. */
static void all_tokens(void **state)
{
    (void)state;
    struct ner_case c, first;
    open_case(&c, REFERENCE "nets/bert-ner", "train.conll", true);
    open_case(&first, REFERENCE "nets/bert-ner", "train.conll", false);
    size_t more = 0;
    for (size_t t = 0; t < (size_t)c.s.start[c.s.n]; t++) {
        int32_t got = c.s.targets[t], was = first.s.targets[t];
        if (was >= 0) {
            assert_int_equal(got, was);
        } else if (got >= 0) {
            int32_t before = c.s.targets[t - 1];
            const char *name = c.labels.names[got], *prior = c.labels.names[before];
            assert_true(before >= 0);
            assert_true(!strcmp(name, "O") ? !strcmp(prior, "O")
                                           : *name == 'I' && !strcmp(name + 1, prior + 1));
            more++;
        }
    }
    assert_true(more > 100);
    close_case(&first);
    close_case(&c);
}

int main(void)
{
    struct ft_err err = {0};
    if (ft_pool_init(2, &err)) return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_the_references),
        cmocka_unit_test(all_tokens),
        cmocka_unit_test(shared_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
