/* Models that answer, against the references of tests/reference/nets and ../shared/ref/nets: spans
 * and scores of questions, greedy continuations; masked words; SQuAD's scores of a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "data/text.h"
#include "engine/predict/predict.h"
#include "reference_case.h"
#include "shared.h"
#include "util/mem.h"

static void near(double got, double want, double bar)
{
    if (!(fabs(got - want) <= bar)) fail_msg("%.9g, expected %.9g", got, want);
}

static struct ft_predictor *open_model(const char *dir, struct ft_options *o)
{
    char path[2048];
    struct ft_err err = {0};
    struct ft_predictor *p = NULL;
    snprintf(path, sizeof path, "%s/model", dir);
    if (ft_predictor_open(&p, path, o, &err)) fail_msg("%s", err.msg);
    return p;
}

static void set(struct ft_options *o, const char *name, const cJSON *run)
{
    char text[32];
    struct ft_err err = {0};
    snprintf(text, sizeof text, "%d", (int)reference_num(run, name));
    if (ft_options_set(o, name, text, true, &err)) fail_msg("%s", err.msg);
}

static void check_answers(const char *dir, const cJSON *run)
{
    char path[2048];
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    set(&o, "max_seq_length", run);
    set(&o, "doc_stride", run);
    set(&o, "max_answer_length", run);
    struct ft_predictor *p = open_model(dir, &o);
    snprintf(path, sizeof path, "%s/predict.jsonl", dir);
    struct reference_lines lines = reference_read(path);
    assert_true(lines.n > 0);
    for (size_t i = 0; i < lines.n; i++) {
        const cJSON *row = lines.rows[i];
        const char *question = reference_str(row, "question"),
                   *context = reference_str(row, "context");
        struct ft_reply x;
        if (ft_predict_answer(p, question, strlen(question), context, strlen(context), &x, &err))
            fail_msg("%s", err.msg);
        assert_string_equal(x.text, reference_str(row, "best_span"));
        assert_int_equal(x.start, (size_t)reference_num(row, "start"));
        assert_int_equal(x.end, (size_t)reference_num(row, "end"));
        double best = x.best[0].start_logit + x.best[0].end_logit;
        near(best, reference_num(row, "best_score"), 1e-4);
        near(x.null_score_diff + best, reference_num(row, "null_score"), 1e-4);
        double sum = 0;
        for (size_t k = 0; k < x.best_n; k++)
            sum += x.best[k].probability;
        assert_true(sum > 0 && sum < 1); /* no answer has its share */
        ft_reply_release(&x);
    }
    reference_release(&lines);
    ft_predictor_free(p);
    ft_options_release(&o);
}

/* What `--explain` says of each token is what PyTorch's gradient says. */
static void check_explanations(const char *dir, const cJSON *run)
{
    char path[2048];
    struct ft_options o;
    struct ft_err err = {0};
    snprintf(path, sizeof path, "%s/explain.jsonl", dir);
    if (!ft_path_is_file(path)) return; /* a classifier of pairs */
    ft_options_init(&o);
    set(&o, "max_seq_length", run);
    struct ft_predictor *p = open_model(dir, &o);
    struct reference_lines lines = reference_read(path);
    for (size_t i = 0; i < lines.n; i++) {
        const char *text = reference_str(lines.rows[i], "text");
        const cJSON *want = cJSON_GetObjectItem(lines.rows[i], "attributions");
        struct ft_prediction x;
        if (ft_predict(p, text, strlen(text), NULL, 0, true, &x, &err)) fail_msg("%s", err.msg);
        assert_string_equal(ft_predictor_label(p, (size_t)x.label),
                            reference_str(lines.rows[i], "label"));
        assert_int_equal(x.token_n, cJSON_GetArraySize(want));
        for (size_t k = 0; k < x.token_n; k++)
            near(x.tokens[k].attribution, cJSON_GetArrayItem(want, (int)k)->valuedouble, 1e-5);
        ft_prediction_release(&x);
    }
    reference_release(&lines);
    ft_predictor_free(p);
    ft_options_release(&o);
}

/* Padding and end tokens that are written in a text. */
static void check_special(const char *dir)
{
    char path[2048];
    struct ft_options o;
    struct ft_err err = {0};
    snprintf(path, sizeof path, "%s/special.jsonl", dir);
    if (!ft_path_is_file(path)) return;
    ft_options_init(&o);
    struct ft_predictor *p = open_model(dir, &o);
    struct reference_lines lines = reference_read(path);
    for (size_t i = 0; i < lines.n; i++) {
        const char *text = reference_str(lines.rows[i], "text");
        const cJSON *want = cJSON_GetObjectItem(lines.rows[i], "logits");
        struct ft_prediction x;
        if (ft_predict(p, text, strlen(text), NULL, 0, false, &x, &err)) fail_msg("%s", err.msg);
        assert_int_equal(x.tokens_n,
                         cJSON_GetArraySize(cJSON_GetObjectItem(lines.rows[i], "input_ids")));
        assert_int_equal(x.labels, cJSON_GetArraySize(want));
        for (size_t k = 0; k < x.labels; k++)
            near((double)x.logits[k], cJSON_GetArrayItem(want, (int)k)->valuedouble, 1e-5);
        ft_prediction_release(&x);
    }
    reference_release(&lines);
    ft_predictor_free(p);
    ft_options_release(&o);
}

static void check_continuations(const char *dir)
{
    char path[2048];
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    struct ft_predictor *p = open_model(dir, &o);
    snprintf(path, sizeof path, "%s/generate.jsonl", dir);
    struct reference_lines lines = reference_read(path);
    assert_true(lines.n > 0);
    for (size_t i = 0; i < lines.n; i++) {
        const char *prompt = reference_str(lines.rows[i], "prompt");
        const cJSON *ids = ft_json_get(lines.rows[i], "greedy_ids");
        struct ft_generate_opt opt = {.max_new_tokens = 24};
        struct ft_generated x;
        if (ft_generate(p, prompt, strlen(prompt), &opt, NULL, NULL, &x, &err))
            fail_msg("%s", err.msg);
        assert_int_equal(x.ids_n, (size_t)cJSON_GetArraySize(ids));
        for (size_t k = 0; k < x.ids_n; k++)
            assert_int_equal(x.ids[k], cJSON_GetArrayItem(ids, (int)k)->valueint);
        assert_string_equal(x.text, reference_str(lines.rows[i], "greedy_text"));
        assert_int_equal(x.end, FT_END_LENGTH);
        ft_generated_release(&x);
    }
    reference_release(&lines);
    ft_predictor_free(p);
    ft_options_release(&o);
}

/* The texts of a file: which come out, in what order, and with what. */
enum { MANY = 700, BAD = 600 };
struct many {
    struct ft_predictor *p;
    struct ft_text texts[MANY];
    size_t next;
};

static enum ft_status same_as_alone(void *arg, size_t i, struct ft_fill *x, struct ft_err *err)
{
    struct many *m = arg;
    struct ft_fill alone;
    assert_int_equal(i, m->next++);
    if (ft_predict_fill(m->p, m->texts[i].data, m->texts[i].n, 3, &alone, err))
        fail_msg("%s", err->msg);
    assert_int_equal(x->masks, alone.masks);
    assert_string_equal(x->text, alone.text);
    for (size_t k = 0; k < x->masks * x->choices; k++) {
        assert_int_equal(x->choice[k].id, alone.choice[k].id);
        assert_memory_equal(&x->choice[k].probability, &alone.choice[k].probability,
                            sizeof(double));
    }
    ft_fill_release(&alone);
    return FT_OK;
}

/* Many texts in passes: the same bits as each alone; up to the first that has no mask. */
static void check_many_masked(struct ft_predictor *p)
{
    static const char *const some[] = {"the film was [MASK] and [MASK] .", "[MASK] !",
                                       "a good film , a bad [MASK] , a film , a day , the end ."};
    struct many m = {.p = p};
    struct ft_err err = {0};
    size_t done;
    for (size_t i = 0; i < MANY; i++)
        m.texts[i] = (struct ft_text){some[i % 3], strlen(some[i % 3])};
    if (ft_predict_fill_all(p, m.texts, MANY, 3, &done, same_as_alone, &m, NULL, &err))
        fail_msg("%s", err.msg);
    assert_int_equal(done, MANY);
    assert_int_equal(m.next, MANY);
    m.next = 0;
    m.texts[BAD] = (struct ft_text){"the film", 8};
    assert_int_equal(ft_predict_fill_all(p, m.texts, MANY, 3, &done, same_as_alone, &m, NULL, &err),
                     FT_USAGE);
    assert_int_equal(done, BAD);
    assert_int_equal(m.next, BAD);
    assert_non_null(strstr(err.msg, "has no"));
}

static void check_masked(const char *dir)
{
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_fill x;
    static const char text[] = "the film was [MASK] and [MASK] .";
    ft_options_init(&o);
    struct ft_predictor *p = open_model(dir, &o);
    if (ft_predict_fill(p, text, sizeof text - 1, 4, &x, &err)) fail_msg("%s", err.msg);
    assert_int_equal(x.masks, 2);
    assert_int_equal(x.choices, 4);
    for (size_t i = 0; i < 8; i++) {
        const struct ft_fill_choice *c = &x.choice[i];
        assert_true(c->probability > 0 && c->probability < 1);
        if (i % 4) assert_true(c->probability <= c[-1].probability);
    }
    assert_null(strstr(x.text, "MASK"));
    ft_fill_release(&x);
    assert_int_equal(ft_predict_fill(p, "the film", 8, 4, &x, &err), FT_USAGE);
    check_many_masked(p);
    struct ft_reply reply;
    assert_int_equal(ft_predict_answer(p, "a", 1, "b", 1, &reply, &err), FT_USAGE);
    struct ft_generated generated;
    struct ft_generate_opt opt = {.max_new_tokens = 1};
    assert_int_equal(ft_generate(p, "a", 1, &opt, NULL, NULL, &generated, &err), FT_USAGE);
    ft_predictor_free(p);
    ft_options_release(&o);
}

static size_t check_cases(const char *root)
{
    char **names, dir[1500], path[2048];
    size_t n, done = 0;
    struct ft_err err = {0};
    if (ft_dir_list(root, &names, &n, &err)) return 0;
    for (size_t i = 0; i < n; i++) {
        snprintf(dir, sizeof dir, "%s/%s", root, names[i]);
        snprintf(path, sizeof path, "%s/run.json", dir);
        cJSON *run = NULL;
        if (!reference_case_known(dir)) continue;
        if (ft_json_read(path, 1 << 24, &run, &err)) fail_msg("%s", err.msg);
        const char *task = reference_str(run, "task");
        print_message("%s\n", dir);
        done += strcmp(task, "classify") != 0;
        if (!strcmp(task, "classify")) check_explanations(dir, run);
        if (!strcmp(task, "classify")) check_special(dir);
        if (!strcmp(task, "qa")) check_answers(dir, run);
        if (!strcmp(task, "clm")) check_continuations(dir);
        if (!strcmp(task, "mlm")) check_masked(dir);
        cJSON_Delete(run);
    }
    ft_names_free(names, n);
    return done;
}

static void test_own_reference(void **state)
{
    (void)state;
    assert_true(check_cases(FETTLE_SOURCE_DIR "/tests/reference/nets") >= 6);
}

static void test_shared_reference(void **state)
{
    (void)state;
    SHARED_OR_SKIP(root, "ref/nets");
    assert_true(check_cases(root) >= 6);
    free(root);
}

/* Draws: the same seed gives the same text, another one another; a stop text is not told; what does
 * not fit ends it. */
static void test_draws(void **state)
{
    (void)state;
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_generated x[3];
    ft_options_init(&o);
    struct ft_predictor *p = open_model(FETTLE_SOURCE_DIR "/tests/reference/nets/gpt2-clm", &o);
    struct ft_generate_opt opt = {.max_new_tokens = 16, .temperature = 1, .top_k = 40, .seed = 7};
    for (int i = 0; i < 3; i++) {
        opt.seed = i == 2 ? 8 : 7;
        if (ft_generate(p, "a book", 6, &opt, NULL, NULL, &x[i], &err)) fail_msg("%s", err.msg);
    }
    assert_int_equal(x[0].ids_n, x[1].ids_n);
    assert_memory_equal(x[0].ids, x[1].ids, x[0].ids_n * sizeof *x[0].ids);
    bool same =
        x[0].ids_n == x[2].ids_n && !memcmp(x[0].ids, x[2].ids, x[0].ids_n * sizeof *x[0].ids);
    assert_false(same);
    for (int i = 0; i < 3; i++)
        ft_generated_release(&x[i]);

    opt = (struct ft_generate_opt){.max_new_tokens = 100000};
    if (ft_generate(p, "a book", 6, &opt, NULL, NULL, &x[0], &err)) fail_msg("%s", err.msg);
    assert_true(x[0].end == FT_END_ROOM || x[0].end == FT_END_OF_TEXT);
    ft_generated_release(&x[0]);
    if (ft_generate(p, "", 0, &opt, NULL, NULL, &x[0], &err))
        assert_int_equal(err.code, FT_USAGE);
    else
        ft_generated_release(&x[0]);
    ft_predictor_free(p);
    ft_options_release(&o);
}

/* The scores of a file are those of the official script on what predict says of it. */
static void test_file_scores(void **state)
{
    (void)state;
    struct ft_options o;
    struct ft_err err = {0};
    struct ft_scores scores = {0};
    char *text = NULL;
    size_t n = 0, lines = 0;
    double exact = 0;
    static const char dir[] = FETTLE_SOURCE_DIR "/tests/reference/nets/bert-qa";
    ft_options_init(&o);
    if (ft_options_set(&o, "data", FETTLE_SOURCE_DIR "/tests/reference/nets/bert-qa/train.json",
                       true, &err))
        fail_msg("%s", err.msg);
    struct ft_predictor *p = open_model(dir, &o);
    FILE *f = open_memstream(&text, &n);
    if (ft_evaluate(p, &o, NULL, f, &scores, NULL, &err)) fail_msg("%s", err.msg);
    fclose(f);
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        cJSON *row = NULL;
        assert_int_equal(ft_json_parse(line, strlen(line), "line", &row, &err), FT_OK);
        exact += reference_num(row, "exact");
        const char *answer = reference_str(row, "answer"), *context = reference_str(row, "context");
        assert_true(!*answer || strstr(context, answer));
        cJSON_Delete(row);
        lines++;
    }
    assert_int_equal(lines, scores.examples);
    near(100 * exact / (double)lines, scores.squad.exact, 1e-9);
    assert_true(isfinite(scores.loss));
    free(text);
    ft_scores_release(&scores);
    ft_predictor_free(p);
    ft_options_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_reference),
        cmocka_unit_test(test_shared_reference),
        cmocka_unit_test(test_draws),
        cmocka_unit_test(test_file_scores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
