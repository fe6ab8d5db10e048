/* The score of an example from its line in predictions.jsonl, by the form of the line. */
#include "engine/runs/example_score.h"

#include "util/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static void check(const char *text, bool by_loss, double value, const char *what)
{
    struct ft_example_score s;
    cJSON *line = cJSON_Parse(text);
    assert_non_null(line);
    bool scored = ft_example_score_read(&s, line, by_loss);
    cJSON_Delete(line);
    assert_int_equal(scored, !isnan(value));
    if (!scored) return;
    assert_true(fabs(s.value - value) < 1e-12);
    assert_string_equal(s.what, what);
    bool error = !strcmp(what, "loss") || !strcmp(what, "squared error");
    assert_int_equal(s.lower, error);
    assert_int_equal(s.binary, !error && strcmp(what, "f1") != 0);
}

static void test_forms(void **state)
{
    (void)state;
    check("{\"label\":\"a\",\"predicted\":\"a\",\"loss\":0.5}", false, 1, "accuracy");
    check("{\"label\":\"a\",\"predicted\":\"b\",\"loss\":0.5}", false, 0, "accuracy");
    check("{\"label\":\"a\",\"predicted\":\"b\",\"loss\":0.5}", true, 0.5, "loss");
    check("{\"label\":null,\"predicted\":\"b\",\"loss\":null}", false, (double)NAN, "");
    check("{\"label\":[\"a\",\"b\"],\"labels\":[\"b\",\"a\"],\"loss\":1}", false, 1,
          "subset accuracy");
    check("{\"label\":[\"a\",\"b\"],\"labels\":[\"b\"],\"loss\":1}", false, 0, "subset accuracy");
    check("{\"label\":[\"b\"],\"labels\":[\"a\",\"b\"],\"loss\":1}", false, 0, "subset accuracy");
    check("{\"label\":[],\"labels\":[],\"loss\":1}", false, 1, "subset accuracy");
    check("{\"label\":2.5,\"value\":1,\"loss\":2.25}", false, 2.25, "squared error");
    check("{\"label\":null,\"value\":1}", false, (double)NAN, "");
    check("{\"best\":{\"exact\":0,\"f1\":0.4},\"loss\":3}", false, 0.4, "f1");
    check("{\"text\":\"x\",\"loss\":3}", false, 3, "loss");
}

/* A sentence is right when its entities are, whatever tags mark them. */
static void test_entities(void **state)
{
    (void)state;
    static const struct {
        const char *truth, *predicted;
        int right;
    } cases[] = {
        {"\"B-PER\",\"I-PER\",\"O\"", "\"B-PER\",\"I-PER\",\"O\"", 1},
        {"\"B-PER\",\"I-PER\",\"O\"", "\"I-PER\",\"I-PER\",\"O\"", 1},
        {"\"B-PER\",\"I-PER\",\"O\"", "\"B-PER\",\"B-PER\",\"O\"", 0},
        {"\"B-PER\",\"I-PER\",\"O\"", "\"B-PER\",\"O\",\"O\"", 0},
        {"\"B-PER\",\"O\",\"O\"", "\"B-LOC\",\"O\",\"O\"", 0},
        {"\"O\",\"O\",\"O\"", "\"O\",\"O\",\"O\"", 1},
        {"\"O\",\"O\",\"O\"", "\"O\",\"O\",\"B-LOC\"", 0},
        {"\"B-PER\",\"O\",\"B-LOC\"", "\"B-PER\",\"O\",\"O\"", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        snprintf(text, sizeof text,
                 "{\"tokens\":[\"a\",\"b\",\"c\"],\"labels\":[%s],\"predicted\":[%s],\"loss\":0.1}",
                 cases[i].truth, cases[i].predicted);
        check(text, false, cases[i].right, "exact match");
    }
    check("{\"labels\":[\"O\"],\"predicted\":[\"O\",\"O\"],\"loss\":0.1}", false, (double)NAN, "");
    check("{\"labels\":[1],\"predicted\":[\"O\"],\"loss\":0.1}", false, (double)NAN, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forms),
                                       cmocka_unit_test(test_entities)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
