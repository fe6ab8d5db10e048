/* Against the official script's numbers in tests/reference/metrics. */
#include "engine/task/squad_scores.h"

#include "util/fs.h"
#include "util/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define REFERENCE "tests/reference/metrics/"

static void single_answers(void **state)
{
    (void)state;
    struct ft_err err = {0};
    char *text = NULL, *rest;
    size_t n = 0, lines = 0;
    assert_int_equal(ft_file_read(REFERENCE "squad-answers.jsonl", 1 << 20, &text, &n, &err),
                     FT_OK);
    rest = text;
    for (char *line; (line = strsep(&rest, "\n")); lines++) {
        if (!*line) continue;
        cJSON *tree = NULL;
        assert_int_equal(ft_json_parse(line, strlen(line), "answers", &tree, &err), FT_OK);
        const char *said = ft_json_get(tree, "prediction")->valuestring;
        double exact = 0, f1 = 0;
        bool any = false;
        const cJSON *gold;
        cJSON_ArrayForEach(gold, ft_json_get(tree, "answers"))
        {
            const char *g = gold->valuestring;
            if (ft_squad_exact(g, strlen(g), "", 0) > 0) continue; /* nothing of it is left */
            any = true;
            exact = fmax(exact, ft_squad_exact(g, strlen(g), said, strlen(said)));
            f1 = fmax(f1, ft_squad_f1(g, strlen(g), said, strlen(said)));
        }
        if (!any) {
            exact = ft_squad_exact("", 0, said, strlen(said));
            f1 = ft_squad_f1("", 0, said, strlen(said));
        }
        if (!(fabs(exact - ft_json_get(tree, "exact")->valuedouble) < 1e-12) ||
            !(fabs(f1 - ft_json_get(tree, "f1")->valuedouble) < 1e-12))
            fail_msg("%s: exact %g, f1 %g", line, exact, f1);
        cJSON_Delete(tree);
    }
    assert_true(lines > 20);
    free(text);
}

static void whole_files(void **state)
{
    (void)state;
    struct ft_err err = {0};
    cJSON *cases = NULL;
    const cJSON *one, *v;
    assert_int_equal(ft_json_read(REFERENCE "squad-scores.json", 1 << 20, &cases, &err), FT_OK);
    assert_true(cJSON_GetArraySize(cases) >= 2);
    cJSON_ArrayForEach(one, cases)
    {
        struct ft_squad_scores s;
        struct ft_str json = {0};
        cJSON *got = NULL;
        assert_int_equal(ft_squad_scores_files(&s, REFERENCE "squad-data.json",
                                               REFERENCE "squad-predictions.json",
                                               REFERENCE "squad-na-probs.json",
                                               ft_json_get(one, "threshold")->valuedouble, &err),
                         FT_OK);
        ft_squad_scores_json(&s, &json);
        assert_int_equal(ft_json_parse(json.data, json.len, "scores", &got, &err), FT_OK);
        int keys = 0;
        cJSON_ArrayForEach(v, ft_json_get(one, "scores"))
        {
            const cJSON *x = ft_json_get(got, v->string);
            assert_non_null(x);
            if (!(fabs(x->valuedouble - v->valuedouble) < 1e-9))
                fail_msg("%s: %.12g, expected %.12g", v->string, x->valuedouble, v->valuedouble);
            keys++;
        }
        assert_int_equal(cJSON_GetArraySize(got), keys);
        cJSON_Delete(got);
        ft_str_release(&json);
    }
    cJSON_Delete(cases);
}

static void broken_files(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_squad_scores s;
    assert_int_equal(ft_squad_scores_files(&s, REFERENCE "squad-data.json",
                                           REFERENCE "squad-scores.json", NULL, 1, &err),
                     FT_FORMAT);
    assert_int_equal(ft_squad_scores_files(&s, REFERENCE "squad-data.json",
                                           REFERENCE "squad-na-probs.json", NULL, 1, &err),
                     FT_FORMAT);
    assert_int_equal(ft_squad_scores_files(&s, REFERENCE "nothing.json",
                                           REFERENCE "squad-predictions.json", NULL, 1, &err),
                     FT_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_answers),
        cmocka_unit_test(whole_files),
        cmocka_unit_test(broken_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
