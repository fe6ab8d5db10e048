/* SQuAD files: nested and flattened, offsets in any script, answers put right, broken files, real
 * ones. */
#include "data_test.h"

#include "data/problems.h"
#include "data/squad.h"

static const char nested[] =
    "{\"data\":[{\"paragraphs\":[{\"qas\":["
    "{\"id\":\"1\",\"question\":\"Who?\",\"answers\":[{\"text\":\"J\\u00fcrgen\",\"answer_start\":"
    "3},"
    "{\"answer_start\":0,\"text\":\"\xF0\x9F\x98\x80\"}],\"is_impossible\":false},"
    "{\"id\":\"2\",\"question\":\"Where?\",\"is_impossible\":true,\"answers\":[],"
    "\"plausible_answers\":[{\"text\":\"x\",\"answer_start\":1}]},"
    "{\"question\":\"When?\",\"answers\":[{\"text\":\"1900\",\"answer_start\":5}],\"id\":\"3\"},"
    "{\"question\":\"What?\",\"answers\":[{\"text\":\"nowhere\",\"answer_start\":5}],\"id\":\"4\"}]"
    ","
    "\"context\":\"\xF0\x9F\x98\x80: J\xC3\xBCrgen was born in 1900.\"}],\"title\":\"T\"},"
    "{\"title\":\"U\",\"paragraphs\":[{\"context\":\"\",\"qas\":[]}]}],\"version\":\"v2.0\"}";

static void test_nested(void **state)
{
    (void)state;
    struct ft_squad q;
    struct ft_err err = {0};
    assert_ok(ft_squad_read_mem(&q, "q.json", nested, strlen(nested), &err), err);
    assert_int_equal(q.articles_n, 2);
    assert_int_equal(q.paragraphs_n, 2);
    assert_int_equal(q.questions_n, 4);
    assert_int_equal(q.answers_n, 4);
    assert_int_equal(q.impossible, 1);
    assert_int_equal(q.moved, 1);
    assert_int_equal(q.lost, 1);
    assert_int_equal(q.contexts_empty, 1);
    assert_true(q.v2);
    assert_text(q.articles[0].title, "T");
    assert_int_equal(q.paragraphs[0].chars, 27);
    const struct ft_squad_answer *a = &q.answers[q.questions[0].answers_first];
    assert_text(a[0].text, "J\xC3\xBCrgen");
    assert_true(a[0].placed && !a[0].moved);
    assert_int_equal(a[0].start, 6);
    assert_int_equal(a[0].end, 13);
    assert_int_equal(a[0].start_cp, 3);
    assert_int_equal(a[0].end_cp, 9);
    assert_int_equal(a[1].start_cp, 0);
    assert_int_equal(a[1].end, 4);
    const struct ft_squad_answer *moved = &q.answers[q.questions[2].answers_first];
    assert_true(moved->moved);
    assert_int_equal(moved->start_cp, 22);
    assert_memory_equal(q.paragraphs[0].context.data + moved->start, "1900", 4);
    assert_false(q.answers[q.questions[3].answers_first].placed);
    struct ft_problems p;
    assert_ok(ft_problems_find_squad(&p, &q, 0, &err), err);
    assert_int_equal(p.count[FT_PROBLEM_ANSWER], 2);
    ft_problems_release(&p);
    ft_squad_release(&q);
}

static void test_flat(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "[{\"id\":\"1\",\"title\":\"A\",\"context\":\"one "
        "two\",\"question\":\"q1\",\"answers\":{\"text\":[\"two\",\"one\"],"
        "\"answer_start\":[4,0]}},"
        "{\"id\":\"2\",\"title\":\"B\",\"context\":\"other\",\"question\":\"q2\",\"answers\":{"
        "\"text\":[],\"answer_start\":[]}},"
        "{\"id\":\"3\",\"title\":\"A\",\"context\":\"one "
        "two\",\"question\":\"q3\",\"answers\":{\"answer_start\":[0],\"text\":[\"one\"]}}]",
        NULL, NULL};
    char lines[1024], under[1024];
    /* The same as JSONL and under "data". */
    snprintf(lines, sizeof lines, "%s", forms[0] + 1);
    lines[strlen(lines) - 1] = '\n';
    for (char *c = lines; (c = strstr(c, "},{\"id\""));)
        c[1] = '\n';
    snprintf(under, sizeof under, "{\"data\":%s}", forms[0]);
    const char *const all[] = {forms[0], lines, under};
    for (size_t i = 0; i < 3; i++) {
        struct ft_squad q;
        struct ft_err err = {0};
        assert_ok(ft_squad_read_mem(&q, "q.json", all[i], strlen(all[i]), &err), err);
        assert_true(q.flat && q.v2);
        assert_int_equal(q.articles_n, 2);
        assert_int_equal(q.paragraphs_n, 2);
        assert_int_equal(q.questions_n, 3);
        assert_int_equal(q.paragraphs[0].questions_n, 2);
        assert_text(q.questions[1].id, "3");
        assert_true(q.questions[2].impossible);
        assert_int_equal(q.answers[q.questions[0].answers_first].start, 4);
        assert_int_equal(q.lost + q.moved, 0);
        struct ft_str s = {0};
        ft_squad_row_json(&q, 0, &s);
        assert_string_equal(
            s.data, "{\"id\":\"1\",\"title\":\"A\",\"context\":\"one two\",\"question\":\"q1\","
                    "\"answers\":{\"text\":[\"two\",\"one\"],\"answer_start\":[4,0]}}");
        ft_str_release(&s);
        ft_squad_release(&q);
    }
}

static void test_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *context, *answer;
        int start, want; /* -1: lost */
    } cases[] = {
        {"a cat and a cat and", "cat", 11, 12},
        {"a cat and a cat and", "cat", 3, 2},
        {"xx cat x cat", "cat", 6, -1}, /* 3 away from both */
        {"xx cat x cat and one more cat", "cat", 6, -1},
        {"a cat", "cat", 999, 2},
        {"a cat", "", 0, -1},
        {"a cat", "cats", 2, -1},
        {"aaa", "aa", 2, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(
            text, sizeof text,
            "[{\"context\":\"%s\",\"question\":\"q\",\"id\":\"1\",\"answers\":{\"text\":[\"%s\"],"
            "\"answer_start\":[%d]}}]",
            cases[i].context, cases[i].answer, cases[i].start);
        struct ft_squad q;
        struct ft_err err = {0};
        assert_ok(ft_squad_read_mem(&q, "q.json", text, strlen(text), &err), err);
        if (q.answers[0].placed != (cases[i].want >= 0)) fail_msg("case %zu", i);
        if (cases[i].want >= 0) assert_int_equal(q.answers[0].start_cp, cases[i].want);
        ft_squad_release(&q);
    }
}

/* Overlapping occurrences everywhere: costs no square of the text. */
static void test_periodic(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    struct ft_str s = {0};
    char *as = malloc(N);
    memset(as, 'a', N);
    ft_str_addz(&s, "[{\"id\":1,\"question\":\"q\",\"context\":\"");
    ft_str_add(&s, as, N);
    ft_str_addz(&s, "b\",\"answers\":{\"text\":[\"");
    ft_str_add(&s, as, N / 2);
    ft_str_addz(&s, "\"],\"answer_start\":[1048570]}}]");
    struct ft_squad q;
    struct ft_err err = {0};
    assert_ok(ft_squad_read_mem(&q, "q.json", s.data, s.len, &err), err);
    assert_int_equal(q.moved + q.lost, 1);
    ft_squad_release(&q);
    ft_str_release(&s);
    free(as);
}

static void test_broken(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "JSON"},
        {"[]", "no question"},
        {"{\"data\":[{\"title\":\"x\"}]}", "data[0]: neither \"paragraphs\""},
        {"{\"data\":[{\"paragraphs\":[{\"context\":\"c\"}]}]}",
         "data[0].paragraphs[0]: no \"qas\""},
        {"{\"data\":[{\"paragraphs\":[{\"qas\":[]}]}]}", "data[0].paragraphs[0]: no \"context\""},
        {"{\"data\":[{\"paragraphs\":[{\"context\":\"c\",\"qas\":[{\"id\":\"1\",\"answers\":[]}]}]}"
         "]}",
         "qas[0]: no \"question\""},
        {"[{\"context\":5}]", "expected a string"},
        {"{\"data\":[{\"paragraphs\":[", "unexpected end of the text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_squad q;
        struct ft_err err = {0};
        assert_int_equal(
            ft_squad_read_mem(&q, "q.json", cases[i].text, strlen(cases[i].text), &err), FT_FORMAT);
        if (!strstr(err.msg, cases[i].says)) fail_msg("%s lacks \"%s\"", err.msg, cases[i].says);
    }
}

static void test_real(void **state)
{
    (void)state;
    static const struct {
        const char *rel;
        size_t questions, impossible;
        bool v2;
    } cases[] = {{"data/squad/squad-v1.1-dev.json", 1887, 0, false},
                 {"data/squad/squad-v1.1-train.json", 8683, 0, false},
                 {"data/squad/squad-v2.0-train.json", 9782, 4964, true}};
    for (size_t i = 0; i < 3; i++) {
        SHARED_OR_SKIP(path, cases[i].rel);
        struct ft_squad q;
        struct ft_err err = {0};
        enum ft_format f;
        assert_ok(ft_format_sniff(path, NULL, &f, &err), err);
        assert_int_equal(f, FT_FORMAT_SQUAD);
        assert_ok(ft_squad_read(&q, path, NULL, NULL, &err), err);
        assert_int_equal(q.questions_n, cases[i].questions);
        assert_int_equal(q.impossible, cases[i].impossible);
        assert_int_equal(q.v2, cases[i].v2);
        assert_int_equal(q.moved + q.lost, 0);
        ft_squad_limit(&q, 2000 < q.questions_n ? 2000 : 0, 42);
        ft_squad_split(&q, (double[FT_PART_COUNT]){0.8, 0.1, 0.1}, (struct ft_fold){0}, 42);
        size_t n[FT_PART_COUNT] = {0}, kept = 0;
        for (size_t k = 0; k < q.questions_n; k++) {
            const struct ft_squad_paragraph *p = &q.paragraphs[q.questions[k].paragraph];
            kept += q.questions[k].kept;
            n[q.questions[k].part] += q.questions[k].kept;
            assert_int_equal(q.questions[k].part, q.questions[p->questions_first].part);
        }
        assert_int_equal(kept, q.questions_n < 2000 ? q.questions_n : 2000);
        for (int p = 0; p < FT_PART_COUNT; p++)
            assert_true(n[p] > 0);
        ft_squad_release(&q);
        free(path);
    }
}

/* Whether there is an answer is said by the answers, as the official script has it. */
static void test_contradiction(void **state)
{
    (void)state;
    static const char text[] =
        "{\"version\":\"v2.0\",\"data\":[{\"title\":\"T\",\"paragraphs\":[{\"context\":\"born in "
        "1900\",\"qas\":[{\"id\":\"1\",\"question\":\"When?\",\"is_impossible\":true,\"answers\":["
        "{\"text\":\"1900\",\"answer_start\":8}]},"
        "{\"id\":\"2\",\"question\":\"Who?\",\"is_impossible\":false,\"answers\":[]}]}]}]}";
    struct ft_squad q;
    struct ft_err err = {0};
    assert_ok(ft_squad_read_mem(&q, "q.json", text, strlen(text), &err), err);
    assert_int_equal(q.contradictions, 1);
    assert_false(q.questions[0].impossible);
    assert_int_equal(q.questions[0].answers_n, 1);
    assert_true(q.questions[1].impossible);
    assert_int_equal(q.impossible, 1);
    ft_squad_release(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nested),  cmocka_unit_test(test_flat),
        cmocka_unit_test(test_nearest), cmocka_unit_test(test_periodic),
        cmocka_unit_test(test_broken),  cmocka_unit_test(test_contradiction),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
