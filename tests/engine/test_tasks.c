/* The table of tasks: whatever a new row forgot is named. See docs/ADDING_A_TASK.md. */
#include "core/family.h"
#include "core/net_config.h"
#include "data/hf_family.h"
#include "engine/task/score_report.h"
#include "engine/task/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void need(const char *task, const char *member, bool there)
{
    if (!there) fail_msg("task %s: struct ft_task_ops.%s is missing", task, member);
}

static void members(void **state)
{
    (void)state;
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        const char *name = ft_task_name((enum ft_task)t);
        const struct ft_task_ops *o = ft_task_ops((enum ft_task)t);
        const struct ft_task_facts *f = ft_task_facts((enum ft_task)t);
#define TEXT(member) need(name, "facts." #member, f->member && * f->member)
        TEXT(does);
        TEXT(examples);
        TEXT(needed);
        TEXT(sequences);
        TEXT(input_title);
        TEXT(input_key);
        TEXT(pair_key);
        TEXT(answer_key);
        TEXT(best_metrics);
#undef TEXT
        need(name, "facts.ask_hint (may be empty)", f->ask_hint);
        need(name, "facts.metrics", f->metrics[0].name);
#define FN(member) need(name, #member, o->member)
        FN(open);
        FN(count);
        FN(split_json);
        FN(sequences);
        FN(score);
        FN(scores_json);
        FN(scores_text);
        FN(scores_read);
#undef FN
    }
}

/* A metric that may choose the best checkpoint is one that is reported, or the loss. */
static void metrics(void **state)
{
    (void)state;
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        const struct ft_task_facts *f = ft_task_facts((enum ft_task)t);
        char *all = strdup(f->best_metrics), *rest = all;
        for (char *word; (word = strsep(&rest, "|"));) {
            bool found = !strcmp(word, "loss");
            for (const struct ft_metric *m = f->metrics; m->name; m++)
                found |= !strcmp(word, m->name);
            if (!found)
                fail_msg("task %s: best_metrics has %s, metrics has not",
                         ft_task_name((enum ft_task)t), word);
        }
        free(all);
        for (const struct ft_metric *m = f->metrics; m->name; m++)
            if (m->at % sizeof(double) || m->at + sizeof(double) > sizeof(struct ft_scores))
                fail_msg("task %s: metric %s is no double of struct ft_scores",
                         ft_task_name((enum ft_task)t), m->name);
    }
}

/* Only f1 of questions is in percent, and by the task, not by the name. */
static void percent(void **state)
{
    (void)state;
    int n = 0;
    assert_false(ft_metric_is_percent(FT_TASK_NONE, "f1"));
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        assert_int_equal(ft_metric_is_percent((enum ft_task)t, "eval_f1"),
                         ft_task_has((enum ft_task)t, FT_TRAIT_ANSWERS));
        n += ft_metric_is_percent((enum ft_task)t, "exact");
        assert_false(ft_metric_is_percent((enum ft_task)t, "accuracy"));
    }
    assert_int_equal(n, 1);
}

static void options(void **state)
{
    (void)state;
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        const char *name = ft_task_name((enum ft_task)t);
        struct ft_err err = {0};
        struct ft_options o;
        for (const struct ft_task_default *d = ft_task_facts((enum ft_task)t)->defaults; d->text;
             d++)
            if (ft_option_check(d->option, d->text, &err))
                fail_msg("task %s: defaults: %s", name, err.msg);
        ft_options_init(&o);
        enum ft_problem_type type = ft_task_problem((enum ft_task)t);
        if (ft_options_set(&o, "task", name, true, &err)) fail_msg("--task: %s", err.msg);
        if (type && ft_options_set(&o, "problem_type", ft_problem_type_name(type), true, &err))
            fail_msg("--problem_type: %s", err.msg);
        if (ft_task_asked(&o, -1) != (enum ft_task)t)
            fail_msg("task %s: the row in FT_TASK_LIST is in neither FT_TASK_NAMED_LIST nor "
                     "FT_PROBLEM_TYPE_LIST",
                     ft_task_ops((enum ft_task)t)->facts.does);
        assert_int_equal(ft_task_find(&o), t);
        if (ft_task_has((enum ft_task)t, FT_TRAIT_HIDDEN))
            ft_options_set(&o, "teacher", "M", true, &err); /* which has no default */
        ft_task_settle(&o, (enum ft_task)t);
        if (ft_task_check(&o, (enum ft_task)t, &err))
            fail_msg("task %s: its defaults contradict each other: %s", name, err.msg);
        assert_int_equal(ft_task_parse(name, type), t);
        ft_options_release(&o);
    }
}

/* problem_type belongs to classification alone, and what a model's head is for decides where the
 * options leave it open. */
static void problem_types(void **state)
{
    (void)state;
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    assert_int_equal(ft_task_asked(&o, -1), FT_TASK_NONE);
    assert_int_equal(ft_task_asked(&o, FT_TASK_QA), FT_TASK_QA);
    ft_options_set(&o, "task", "qa", true, &err);
    assert_int_equal(ft_task_asked(&o, FT_TASK_CLASSIFY), FT_TASK_QA);
    ft_options_set(&o, "problem_type", "single_label_classification", true, &err);
    assert_int_equal(ft_task_check(&o, FT_TASK_QA, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "problem_type is for task classify only"));
    ft_options_reset(&o, FT_OPT_task);
    assert_int_equal(ft_task_asked(&o, FT_TASK_QA), FT_TASK_CLASSIFY);
    for (int p = 1; p < FT_PROBLEM_TYPE_COUNT; p++) {
        enum ft_problem_type type = (enum ft_problem_type)p;
        enum ft_task task = ft_task_of_problem(type);
        assert_int_equal(ft_problem_type_parse(ft_problem_type_name(type)), type);
        ft_options_set(&o, "problem_type", ft_problem_type_name(type), true, &err);
        if (task >= 0) {
            assert_int_equal(ft_task_find(&o), task);
            assert_string_equal(ft_task_name(task), "classify");
        } else { /* not supported, by name */
            assert_int_equal(ft_task_check(&o, ft_task_find(&o), &err), FT_UNSUPPORTED);
            assert_non_null(strstr(err.msg, ft_problem_type_name(type)));
        }
    }
    ft_options_release(&o);
}

/* Some family's table has rows for the head, and transformers a class. */
static void heads(void **state)
{
    (void)state;
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        enum ft_head head = ft_task_head((enum ft_task)t);
        int able = -1;
        for (int f = 0; f < FT_FAMILY_COUNT && able < 0; f++)
            if (ft_family_has_head((enum ft_family)f, head)) able = f;
        if (able < 0)
            fail_msg("task %s: no family of core has rows for the head %s",
                     ft_task_name((enum ft_task)t), ft_head_name(head));
        char *class_name = ft_hf_class_name((enum ft_family)able, head);
        if (!class_name)
            fail_msg("task %s: data/hf_family.c has no class suffix for the head %s",
                     ft_task_name((enum ft_task)t), ft_head_name(head));
        free(class_name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(members),       cmocka_unit_test(metrics),
                                       cmocka_unit_test(percent),       cmocka_unit_test(options),
                                       cmocka_unit_test(problem_types), cmocka_unit_test(heads)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
