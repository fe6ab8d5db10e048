/* Entities and their scores against seqeval's numbers on random tag sequences, also invalid ones; the
 * kinds of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/task/entity_scores.h"
#include "reference_lines.h"
#include "util/mem.h"

enum { WORDS = 64 };

/* The tags of "B-PER I-PER O"; returns how many. */
static size_t take_tags(struct ft_labels *names, const char *text, int32_t *tags)
{
    size_t n = 0;
    for (const char *p = text; *p; p += strcspn(p, " ") + (p[strcspn(p, " ")] == ' ')) {
        assert_true(n < WORDS);
        tags[n++] = ft_labels_add(names, p, strcspn(p, " "));
    }
    return n;
}

static void collect(struct ft_labels *names, const cJSON *list)
{
    const cJSON *s;
    int32_t tags[WORDS];
    cJSON_ArrayForEach(s, list) take_tags(names, s->valuestring, tags);
}

/* Sentences are joined by O, as seqeval does it. */
static void check_entities(const struct ft_tag_set *set, struct ft_labels *names, const cJSON *row)
{
    const cJSON *want = ft_json_get(row, "entities"), *s;
    int32_t tags[4 * WORDS];
    struct ft_entity found[4 * WORDS];
    size_t n = 0;
    cJSON_ArrayForEach(s, ft_json_get(row, "truth"))
    {
        assert_true(n < 3 * WORDS);
        n += take_tags(names, s->valuestring, tags + n);
        tags[n++] = -1;
    }
    size_t k = ft_entities(set, tags, n, found);
    assert_int_equal(k, cJSON_GetArraySize(want));
    for (size_t i = 0; i < k; i++) {
        const cJSON *e = cJSON_GetArrayItem(want, (int)i);
        const char *type = found[i].type < 0 ? "_" : set->types.names[found[i].type];
        assert_string_equal(type, cJSON_GetArrayItem(e, 0)->valuestring);
        assert_int_equal(found[i].first, cJSON_GetArrayItem(e, 1)->valueint);
        assert_int_equal(found[i].end - 1, cJSON_GetArrayItem(e, 2)->valueint);
    }
}

static void check_scores(const struct ft_scores *s, const cJSON *row)
{
    const cJSON *types = ft_json_get(row, "types"), *t;
    size_t n = 0;
    reference_near(s->precision, reference_num(row, "precision"), 1e-12, "precision");
    reference_near(s->recall, reference_num(row, "recall"), 1e-12, "recall");
    reference_near(s->f1, reference_num(row, "f1"), 1e-12, "f1");
    reference_near(s->accuracy, reference_num(row, "accuracy"), 1e-12, "accuracy");
    assert_int_equal(s->labels, (size_t)cJSON_GetArraySize(types) + 1);
    cJSON_ArrayForEach(t, types)
    {
        const struct ft_score *c = NULL;
        for (size_t i = 0; i + 1 < s->labels && !c; i++)
            if (!strcmp(s->names[i], t->string)) c = &s->classes[i];
        if (!c) fail_msg("type %s is missing", t->string);
        reference_near(c->precision, reference_num(t, "precision"), 1e-12, t->string);
        reference_near(c->recall, reference_num(t, "recall"), 1e-12, t->string);
        reference_near(c->f1, reference_num(t, "f1"), 1e-12, t->string);
        assert_int_equal(c->support, (uint64_t)reference_num(t, "number"));
        n++;
    }
    assert_int_equal(n + 1, s->labels);
    /* every true and every predicted entity is in one cell of the matrix */
    uint64_t right = 0, all = 0;
    for (size_t i = 0; i < s->labels; i++)
        for (size_t k = 0; k < s->labels; k++) {
            all += s->confusion[i * s->labels + k];
            if (i == k) right += s->confusion[i * s->labels + k];
        }
    assert_int_equal(right, s->entity_errors[FT_ENTITY_RIGHT]);
    assert_true(all >= s->entity_errors[FT_ENTITY_RIGHT] + s->entity_errors[FT_ENTITY_MISSED] +
                           s->entity_errors[FT_ENTITY_SPURIOUS] +
                           s->entity_errors[FT_ENTITY_WRONG_TYPE] +
                           s->entity_errors[FT_ENTITY_WRONG_BOUNDARY]);
}

static void scores_are_seqevals(void **state)
{
    (void)state;
    struct reference_lines lines = reference_read(REFERENCE "entities/seqeval.jsonl");
    assert_true(lines.n >= 1000);
    for (size_t r = 0; r < lines.n; r++) {
        const cJSON *row = lines.rows[r], *truth = ft_json_get(row, "truth"),
                    *said = ft_json_get(row, "predicted");
        struct ft_labels names;
        struct ft_tag_set set;
        struct ft_entity_scores e;
        struct ft_scores s = {0};
        ft_labels_init(&names);
        collect(&names, truth);
        collect(&names, said);
        ft_tag_set_init(&set, (const char *const *)names.names, names.n);
        check_entities(&set, &names, row);
        ft_entity_scores_init(&e, (const char *const *)names.names, names.n);
        for (int i = 0; i < cJSON_GetArraySize(truth); i++) {
            int32_t a[WORDS], b[WORDS];
            size_t n = take_tags(&names, cJSON_GetArrayItem(truth, i)->valuestring, a);
            assert_int_equal(n, take_tags(&names, cJSON_GetArrayItem(said, i)->valuestring, b));
            ft_entity_scores_add(&e, a, b, n);
        }
        ft_entity_scores_end(&e, &s);
        check_scores(&s, row);
        ft_scores_release(&s);
        ft_tag_set_release(&set);
        ft_labels_release(&names);
    }
    reference_release(&lines);
}

static void errors_have_kinds(void **state)
{
    (void)state;
    static const char *const labels[] = {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"};
    enum { O, BP, IP, BL, IL };
    static const struct {
        int32_t truth[5], said[5];
        uint64_t errors[FT_ENTITY_ERRORS];
    } cases[] = {
        {{BP, IP, O, BL, O}, {BP, IP, O, BL, O}, {[FT_ENTITY_RIGHT] = 2}},
        {{BP, IP, O, O, O}, {O, O, O, O, O}, {[FT_ENTITY_MISSED] = 1}},
        {{O, O, O, O, O}, {O, BP, O, -1, O}, {[FT_ENTITY_SPURIOUS] = 1}},
        {{BP, IP, O, O, O}, {BL, IL, O, O, O}, {[FT_ENTITY_WRONG_TYPE] = 1}},
        {{BP, IP, O, O, O}, {O, BP, IP, O, O}, {[FT_ENTITY_WRONG_BOUNDARY] = 1}},
        {{BP, IP, IP, O, O}, {BP, O, BL, O, O}, {[FT_ENTITY_WRONG_BOUNDARY] = 1}},
        /* words without a truth do not count */
        {{-1, BP, O, O, -1}, {BL, BP, O, O, BL}, {[FT_ENTITY_RIGHT] = 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_entity_scores e;
        struct ft_scores s = {0};
        ft_entity_scores_init(&e, labels, 5);
        ft_entity_scores_add(&e, cases[i].truth, cases[i].said, 5);
        ft_entity_scores_end(&e, &s);
        for (int k = 0; k < FT_ENTITY_ERRORS; k++)
            if (s.entity_errors[k] != cases[i].errors[k])
                fail_msg("case %zu, kind %d: %d, expected %d", i, k, (int)s.entity_errors[k],
                         (int)cases[i].errors[k]);
        assert_string_equal(s.names[s.labels - 1], FT_ENTITY_NONE);
        ft_scores_release(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_seqevals),
        cmocka_unit_test(errors_have_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
