/* The option table: every row holds what it says, values are checked when set, files and commands
 * give the same options back. */
#include "engine/options/options.h"
#include "engine/task/task_facts.h"

#include "core/optim.h"
#include "core/sched.h"
#include "util/fs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void table_is_sound(void **state)
{
    (void)state;
    struct ft_err err;
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        const struct ft_option *o = ft_option_at((enum ft_opt)i);
        assert_int_equal(ft_option_find(o->name), i);
        assert_int_equal(ft_option_check((enum ft_opt)i, o->fallback, &err), FT_OK);
        assert_non_null(o->help);
        bool used = false;
        for (int t = 0; t < FT_TASK_COUNT; t++)
            used |= (o->traits & ft_task_traits((enum ft_task)t)) != 0;
        assert_true(used); /* else no task has the trait */
        char *steps = strdup(o->steps ? o->steps : ""), *rest = steps;
        for (char *w; (w = strsep(&rest, " "));)
            if (*w) assert_int_equal(ft_option_check((enum ft_opt)i, w, &err), FT_OK);
        free(steps);
    }
    assert_int_equal(ft_option_find("learning-rate"), FT_OPT_learning_rate);
    assert_string_equal(ft_option_nearest("lerning_rate"), "learning_rate");
    assert_string_equal(ft_option_nearest("epochs"), "num_train_epochs");
    assert_null(ft_option_nearest("xyzzy"));
}

static void bad_values_stay_out(void **state)
{
    (void)state;
    static const struct {
        enum ft_opt id;
        const char *text, *said;
    } bad[] = {
        {FT_OPT_learning_rate, "fast", "not a number"},
        {FT_OPT_learning_rate, "-1", "0 to 1"},
        {FT_OPT_learning_rate, "nan", "not a number"},
        {FT_OPT_learning_rate, "1e-5x", "not a number"},
        {FT_OPT_seed, "4.5", "not a whole number"},
        {FT_OPT_per_device_train_batch_size, "0", "out of range"},
        {FT_OPT_lr_scheduler_type, "cosin", "did you mean cosine"},
        {FT_OPT_lr_scheduler_type, "", "expected one of"},
        {FT_OPT_load_best_model_at_end, "maybe", "true or false"},
        {FT_OPT_clean, "html,dedupe", "did you mean dedup"},
        {FT_OPT_split, "0.5,0.6,0.1", ""},
        {FT_OPT_freeze, "half", "embeddings"},
        {FT_OPT_dropout, "1", "below 1"},
    };
    struct ft_options o;
    ft_options_init(&o);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ft_err err = {0};
        assert_int_equal(ft_options_set_id(&o, bad[i].id, bad[i].text, true, &err), FT_USAGE);
        if (!strstr(err.msg, bad[i].said)) fail_msg("%s: %s", bad[i].text, err.msg);
        assert_string_equal(ft_options_text(&o, bad[i].id), ft_option_at(bad[i].id)->fallback);
        assert_false(ft_options_given(&o, bad[i].id));
    }
    struct ft_err err = {0};
    assert_int_equal(ft_options_set(&o, "num-train-epoch", "3", true, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "num_train_epochs"));
    ft_options_release(&o);
}

static void task_settles_what_was_not_given(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_options o;
    ft_options_init(&o);
    ft_task_settle(&o, FT_TASK_QA);
    assert_int_equal(ft_options_int(&o, FT_OPT_max_seq_length), 384);
    assert_string_equal(ft_options_text(&o, FT_OPT_metric_for_best_model), "f1");
    assert_false(ft_options_given(&o, FT_OPT_max_seq_length));
    ft_task_settle(&o, FT_TASK_CLASSIFY); /* what another task decided is not kept */
    assert_int_equal(ft_options_int(&o, FT_OPT_max_seq_length), 128);
    assert_int_equal(ft_options_set(&o, "max_seq_length", "64", true, &err), FT_OK);
    ft_task_settle(&o, FT_TASK_CLASSIFY);
    assert_int_equal(ft_options_int(&o, FT_OPT_max_seq_length), 64);
    assert_string_equal(ft_options_text(&o, FT_OPT_metric_for_best_model), "accuracy");
    assert_int_equal(ft_task_check(&o, FT_TASK_CLASSIFY, &err), FT_OK);
    assert_int_equal(ft_task_check(&o, FT_TASK_CLM, &err), FT_USAGE);
    assert_int_equal(ft_options_set(&o, "eval_strategy", "no", true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "early_stopping_patience", "2", true, &err), FT_OK);
    assert_int_equal(ft_task_check(&o, FT_TASK_CLASSIFY, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "eval_strategy"));
    ft_options_release(&o);
}

static char *temp_file(const char *text)
{
    char *path = strdup("/tmp/fettle_options_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    return path;
}

static void files_are_read_and_written(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_options o, back;
    ft_options_init(&o);
    assert_int_equal(ft_options_set(&o, "seed", "7", true, &err), FT_OK);
    char *lines = temp_file("# a recipe\nlearning_rate = 3e-5   # peak\n\nseed = 9\n"
                            "data = \"my file.csv\"\n");
    assert_int_equal(ft_options_load(&o, lines, &err), FT_OK);
    assert_string_equal(ft_options_text(&o, FT_OPT_learning_rate), "3e-5");
    assert_int_equal(ft_options_int(&o, FT_OPT_seed), 7); /* flags win */
    assert_string_equal(ft_options_text(&o, FT_OPT_data), "my file.csv");

    assert_int_equal(ft_options_save(&o, lines, &err), FT_OK);
    ft_options_init(&back);
    assert_int_equal(ft_options_load(&back, lines, &err), FT_OK);
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        assert_int_equal(back.v[i].given, o.v[i].given);
        assert_true(back.v[i].num == o.v[i].num);
    }
    assert_string_equal(ft_options_text(&back, FT_OPT_data), "my file.csv");
    ft_options_release(&back);

    char *json = temp_file("{\"split\":[0.5,0.25,0.25],\"load_best_model_at_end\":false,"
                           "\"freeze\":2,\"clean\":[\"html\",\"dedup\"]}  \n");
    assert_int_equal(ft_options_load(&o, json, &err), FT_OK);
    assert_string_equal(ft_options_text(&o, FT_OPT_split), "0.5,0.25,0.25");
    assert_string_equal(ft_options_text(&o, FT_OPT_freeze), "2");
    assert_string_equal(ft_options_text(&o, FT_OPT_clean), "html,dedup");
    assert_false(ft_options_bool(&o, FT_OPT_load_best_model_at_end));

    char *wrong = temp_file("learning_rate = 1e-3\nnum_train_epochs = x\n");
    ft_options_reset(&o, FT_OPT_learning_rate);
    assert_int_equal(ft_options_load(&o, wrong, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, ":2"));
    assert_false(ft_options_given(&o, FT_OPT_learning_rate)); /* nothing of a wrong file stays */

    /* of two values the last counts; a list or null is none where one value is asked for */
    char *twice = temp_file("{\"learning_rate\":1e-4,\"learning_rate\":2e-4}");
    assert_int_equal(ft_options_load(&o, twice, &err), FT_OK);
    assert_true(ft_options_num(&o, FT_OPT_learning_rate) == 2e-4);
    ft_options_reset(&o, FT_OPT_learning_rate);
    char *list = temp_file("{\"learning_rate\":[1e-4]}");
    char *null = temp_file("{\"learning_rate\":null}");
    assert_int_equal(ft_options_load(&o, list, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "learning_rate: expected a text, a number"));
    assert_int_equal(ft_options_load(&o, null, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "learning_rate: expected a text, a number"));
    ft_options_release(&o);
    char *files[] = {lines, json, wrong, twice, list, null};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        unlink(files[i]);
        free(files[i]);
    }
}

static void json_and_command_say_the_same(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_options o, back;
    struct ft_str s = {0};
    ft_options_init(&o);
    ft_options_init(&back);
    assert_int_equal(ft_options_set(&o, "learning_rate", "0.1", true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "data", "it's $HOME.csv", true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "model", "m", true, &err), FT_OK);
    ft_options_command(&o, NULL, false, &s);
    assert_string_equal(s.data, "fettle train --model m --data 'it'\\''s $HOME.csv' "
                                "--learning_rate 0.1");
    ft_str_clear(&s);
    ft_options_to_json(&o, &s);
    assert_non_null(strstr(s.data, "\"learning_rate\":{\"value\":0.1,\"given\":true}"));
    cJSON *tree = NULL;
    assert_int_equal(ft_json_parse(s.data, s.len, "run.json", &tree, &err), FT_OK);
    cJSON_AddObjectToObject(tree, "of_tomorrow");
    assert_int_equal(ft_options_from_json(&back, tree, "run.json", &err), FT_OK);
    for (int i = 0; i < FT_OPT_COUNT; i++) {
        assert_true(back.v[i].num == o.v[i].num);
        assert_int_equal(back.v[i].given, o.v[i].given);
    }
    assert_string_equal(ft_options_text(&back, FT_OPT_data), "it's $HOME.csv");
    cJSON_Delete(tree);
    ft_str_release(&s);
    ft_options_release(&o);
    ft_options_release(&back);
}

static void presets_hold_valid_values(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_options o;
    size_t n;
    const struct ft_preset *p = ft_presets_built_in(&n);
    for (size_t i = 0; i < n; i++) {
        ft_options_init(&o);
        assert_int_equal(ft_options_set(&o, "num_train_epochs", "1.5", true, &err), FT_OK);
        assert_int_equal(ft_preset_apply(&o, p[i].name, &err), FT_OK);
        assert_true(ft_options_num(&o, FT_OPT_num_train_epochs) == 1.5);
        assert_true(ft_options_given(&o, FT_OPT_learning_rate));
        ft_options_release(&o);
    }
    ft_options_init(&o);
    assert_int_equal(ft_preset_apply(&o, "robeta", &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "roberta"));
    assert_int_equal(ft_preset_apply(&o, "../x", &err), FT_USAGE);

    char dir[] = "/tmp/fettle_presets_XXXXXX";
    assert_non_null(mkdtemp(dir));
    setenv("XDG_CONFIG_HOME", dir, 1);
    assert_int_equal(ft_options_set(&o, "weight_decay", "0.3", true, &err), FT_OK);
    assert_int_equal(ft_options_set(&o, "data", "x.csv", true, &err), FT_OK);
    assert_int_equal(ft_preset_save(&o, "mine", &err), FT_OK);
    ft_options_release(&o);
    ft_options_init(&o);
    assert_int_equal(ft_preset_apply(&o, "mine", &err), FT_OK);
    assert_true(ft_options_num(&o, FT_OPT_weight_decay) == 0.3);
    assert_false(ft_options_given(&o, FT_OPT_data));
    ft_options_release(&o);
    assert_int_equal(ft_remove_tree(dir, &err), FT_OK);
}

/* A number is the same however it is written; a text is not. */
static void numbers_are_compared_as_numbers(void **state)
{
    (void)state;
    static const struct {
        enum ft_opt id;
        const char *a, *b;
        bool same;
    } rows[] = {{FT_OPT_learning_rate, "1e-3", "0.001", true},
                {FT_OPT_learning_rate, "1e-3", "0.0011", false},
                {FT_OPT_num_train_epochs, "3", "3.0", true},
                {FT_OPT_adam_epsilon, "1e-8", "0.00000001", true},
                {FT_OPT_split, "0.8,0.1,0.1", "0.8,0.2,0", false},
                {FT_OPT_text_column, "1", "1.0", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ft_options a, b;
        struct ft_err err = {0};
        ft_options_init(&a);
        ft_options_init(&b);
        assert_int_equal(ft_options_set_id(&a, rows[i].id, rows[i].a, true, &err), FT_OK);
        assert_int_equal(ft_options_set_id(&b, rows[i].id, rows[i].b, true, &err), FT_OK);
        assert_int_equal(ft_options_same(&a, &b, rows[i].id), rows[i].same);
        ft_options_release(&a);
        ft_options_release(&b);
    }
}

/* The enums of choices.h, core and util are the indices of the words. */
static void choices_are_indices(void **state)
{
    (void)state;
    static const struct {
        enum ft_opt id;
        const char *word;
        int index;
    } rows[] = {
        {FT_OPT_truncation, "head", FT_TRUNCATION_HEAD},
        {FT_OPT_truncation, "head_tail", FT_TRUNCATION_HEAD_TAIL},
        {FT_OPT_header, "auto", FT_HEADER_DETECT},
        {FT_OPT_header, "true", FT_HEADER_PRESENT},
        {FT_OPT_header, "false", FT_HEADER_ABSENT},
        {FT_OPT_train_sampling_strategy, "random", FT_ORDER_RANDOM},
        {FT_OPT_train_sampling_strategy, "sequential", FT_ORDER_SEQUENTIAL},
        {FT_OPT_train_sampling_strategy, "group_by_length", FT_ORDER_LENGTH},
        {FT_OPT_eval_strategy, "no", FT_STRATEGY_NEVER},
        {FT_OPT_eval_strategy, "steps", FT_STRATEGY_STEPS},
        {FT_OPT_eval_strategy, "epoch", FT_STRATEGY_EPOCH},
        {FT_OPT_save_strategy, "no", FT_STRATEGY_NEVER},
        {FT_OPT_save_strategy, "steps", FT_STRATEGY_STEPS},
        {FT_OPT_save_strategy, "epoch", FT_STRATEGY_EPOCH},
        {FT_OPT_save_strategy, "best", FT_STRATEGY_BEST},
        {FT_OPT_optim, "adamw_torch", FT_OPTIM_ADAMW},
        {FT_OPT_optim, "adam", FT_OPTIM_ADAM},
        {FT_OPT_optim, "sgd", FT_OPTIM_SGD},
        {FT_OPT_lr_scheduler_type, "linear", FT_SCHED_LINEAR},
        {FT_OPT_lr_scheduler_type, "polynomial", FT_SCHED_POLYNOMIAL},
        {FT_OPT_precision, "auto", FT_PRECISION_AUTO},
        {FT_OPT_precision, "bf16", FT_PRECISION_BF16},
        {FT_OPT_task, "", -1},
    };
    struct ft_options o;
    struct ft_err err = {0};
    ft_options_init(&o);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ft_options_set_id(&o, rows[i].id, rows[i].word, true, &err), FT_OK);
        assert_int_equal(ft_options_choice(&o, rows[i].id), rows[i].index);
    }
    for (int t = 0; t < FT_TASK_COUNT; t++) {
        enum ft_problem_type type = ft_task_problem((enum ft_task)t);
        const char *name = type ? ft_problem_type_name(type) : "";
        assert_int_equal(
            ft_options_set_id(&o, FT_OPT_task, ft_task_name((enum ft_task)t), true, &err), FT_OK);
        assert_int_equal(ft_options_choice(&o, FT_OPT_task),
                         ft_task_parse(ft_task_name((enum ft_task)t), FT_PROBLEM_TYPE_NONE));
        assert_int_equal(ft_options_set_id(&o, FT_OPT_problem_type, name, true, &err), FT_OK);
        assert_int_equal(ft_options_choice(&o, FT_OPT_problem_type) + 1, type);
    }
    assert_int_equal(ft_options_set_id(&o, FT_OPT_eval_strategy, "best", true, &err), FT_USAGE);
    ft_options_release(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_sound),
        cmocka_unit_test(bad_values_stay_out),
        cmocka_unit_test(task_settles_what_was_not_given),
        cmocka_unit_test(files_are_read_and_written),
        cmocka_unit_test(json_and_command_say_the_same),
        cmocka_unit_test(presets_hold_valid_values),
        cmocka_unit_test(numbers_are_compared_as_numbers),
        cmocka_unit_test(choices_are_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
