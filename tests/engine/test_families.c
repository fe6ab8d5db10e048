/* A family is a line in util/kinds.h, a row of data (its files) and a row of core (its network). Every
 * family is walked here: what was forgotten in a row is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/family.h"
#include "core/net_config.h"
#include "data/hf_config.h"
#include "engine/model/model_family.h"
#include "engine/model/model_file.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(int f)
{
    return ft_family_name((enum ft_family)f);
}

static void words(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        assert_int_equal(ft_family_parse(name_of(f)), f);
        if (!*ft_family_title((enum ft_family)f)) fail_msg("%s: no title", name_of(f));
    }
    struct ft_str list = {0};
    ft_family_words(&list, 1u << FT_FAMILY_BERT, "or");
    assert_string_equal(ft_str_text(&list), "bert");
    ft_str_clear(&list);
    ft_family_titles(&list, 1u << FT_FAMILY_BERT | 1u << FT_FAMILY_ROBERTA | 1u << FT_FAMILY_GPT2,
                     "and");
    assert_string_equal(ft_str_text(&list), "BERT, RoBERTa and GPT-2");
    ft_str_release(&list);
}

/* Texts of data's row, and the required keys of config.json. */
static void rows_of_files(void **state)
{
    (void)state;
    static const struct {
        enum ft_hf_field_id id;
        const char *what;
    } needed[] = {
        {FT_HF_FIELD_VOCAB, "VOCAB"},
        {FT_HF_FIELD_HIDDEN, "HIDDEN"},
        {FT_HF_FIELD_LAYERS, "LAYERS"},
        {FT_HF_FIELD_HEADS, "HEADS"},
        {FT_HF_FIELD_FF, "FF"},
        {FT_HF_FIELD_POSITIONS, "POSITIONS"},
        {FT_HF_FIELD_HIDDEN_DROPOUT, "HIDDEN_DROPOUT"},
        {FT_HF_FIELD_ATTENTION_DROPOUT, "ATTENTION_DROPOUT"},
        {FT_HF_FIELD_INIT_RANGE, "INIT_RANGE"},
        {FT_HF_FIELD_PAD, "PAD"},
        {FT_HF_FIELD_BOS, "BOS"},
        {FT_HF_FIELD_EOS, "EOS"},
        {FT_HF_FIELD_TIED, "TIED"},
    };
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        const struct ft_hf_family *row = ft_hf_family((enum ft_family)f);
        if (!row->class_prefix) fail_msg("%s: data's row has no class_prefix", name_of(f));
        if (!row->tokenizer_class) fail_msg("%s: data's row has no tokenizer_class", name_of(f));
        if (!row->lm || !row->lm_tensor)
            fail_msg("%s: data's row has no lm, lm_tensor", name_of(f));
        if (!row->act_key) fail_msg("%s: data's row has no act_key", name_of(f));
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
            if (!row->keys[needed[i].id].key)
                fail_msg("%s: data's row has no key FT_HF_FIELD_%s", name_of(f), needed[i].what);
        /* fixed where there is no key; 0 is what a forgotten line leaves */
        if (row->keys[FT_HF_FIELD_NORM_EPS].value <= 0)
            fail_msg("%s: data's row has no FT_HF_FIELD_NORM_EPS", name_of(f));
        if (row->keys[FT_HF_FIELD_ATTN_SCALED].value <= 0)
            fail_msg("%s: data's row has no FT_HF_FIELD_ATTN_SCALED", name_of(f));
        for (int g = 0; g < f; g++)
            if (!strcmp(row->class_prefix, ft_hf_family((enum ft_family)g)->class_prefix))
                fail_msg("%s: class_prefix is that of %s", name_of(f), name_of(g));
    }
}

/* The two rows speak of the same heads; each class name leads back to its family. */
static void rows_agree(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        enum ft_family family = (enum ft_family)f;
        bool generates = ft_hf_family(family)->lm == FT_HEAD_CLM;
        enum ft_task lm = generates ? FT_TASK_CLM : FT_TASK_MLM;
        enum ft_task other = generates ? FT_TASK_MLM : FT_TASK_CLM;
        if (!ft_family_has_head(family, FT_HEAD_CLASSIFY))
            fail_msg("%s: core's table has no rows for FT_FOR_CLASSIFY", name_of(f));
        if (!ft_family_has_head(family, ft_task_head(lm)) ||
            ft_family_has_head(family, ft_task_head(other)))
            fail_msg("%s: the language model is %s in data's row, not in core's table", name_of(f),
                     ft_task_name(lm));
        if (ft_family_is_causal(family) != generates)
            fail_msg("%s: causal in core's row, %s in data's", name_of(f), ft_task_name(lm));
        for (int t = 0; t < FT_TASK_COUNT; t++) {
            enum ft_head head = ft_task_head((enum ft_task)t);
            if (!ft_family_has_head(family, ft_task_head((enum ft_task)t))) continue;
            char *class_name = ft_hf_class_name(family, head);
            if (!class_name)
                fail_msg("no class of transformers for %s", ft_task_name((enum ft_task)t));
            if (ft_hf_class_family(class_name) != f)
                fail_msg("%s is taken for a class of %s: in FT_FAMILY_LIST, %s goes before it",
                         class_name, name_of(ft_hf_class_family(class_name)), name_of(f));
            assert_int_equal(ft_hf_class_head(class_name), head);
            free(class_name);
        }
    }
}

/* A config.json that only names the family makes a net for each of its tasks; other tasks are
 * refused, and the message says who can. */
static void defaults_make_nets(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        struct ft_hf_config c;
        struct ft_err err = {0};
        ft_hf_config_init(&c, (enum ft_family)f);
        if (ft_hf_config_check(&c, &err) || ft_model_check_positions(&c, &err))
            fail_msg("%s: %s", name_of(f), err.msg);
        assert_true(ft_model_max_tokens(&c) > 1);
        for (int t = 0; t < FT_TASK_COUNT; t++) {
            struct ft_model_opt opt = {.task = (enum ft_task)t, .dropout = -1};
            struct ft_net_config net;
            bool able = ft_family_has_head((enum ft_family)f, ft_task_head(opt.task));
            enum ft_status st = ft_model_file_net_config(&c, &opt, &net, &err);
            if (able && st) fail_msg("%s, %s: %s", name_of(f), ft_task_name(opt.task), err.msg);
            assert_int_equal(st, able ? FT_OK : FT_UNSUPPORTED);
            if (!able && !strstr(err.msg, " model, or the task ")) fail_msg("%s", err.msg);
        }
        ft_hf_config_release(&c);
    }
}

static void check(const char *json, enum ft_status (*what)(const char *, struct ft_err *),
                  enum ft_status want, const char *part)
{
    struct ft_err err = {0};
    enum ft_status st = what(json, &err);
    if (st != want || !strstr(err.msg, part)) fail_msg("%s: %d %s", json, st, err.msg);
}

static enum ft_status positions(const char *json, struct ft_err *err)
{
    struct ft_hf_config c;
    if (ft_hf_config_parse(&c, json, strlen(json), "dir/config.json", err))
        fail_msg("%s", err->msg);
    enum ft_status st = ft_model_check_positions(&c, err);
    if (!st && (size_t)c.positions != ft_model_max_tokens(&c) + 2) st = FT_NUMERIC;
    ft_hf_config_release(&c);
    return st;
}

static void positions_from_pad(void **state)
{
    (void)state;
    check("{\"model_type\":\"roberta\",\"pad_token_id\":null}", positions, FT_FORMAT,
          "dir/config.json: pad_token_id is missing; RoBERTa counts positions from it");
    check("{\"model_type\":\"roberta\",\"max_position_embeddings\":2}", positions, FT_FORMAT,
          "leaves no usable position");
    check("{\"model_type\":\"roberta\",\"max_position_embeddings\":514}", positions, FT_OK, "");
}

static void tasks(void **state)
{
    (void)state;
    struct ft_hf_config c;
    struct ft_err err = {0};
    ft_hf_config_init(&c, FT_FAMILY_BERT);
    assert_int_equal(ft_model_check_task(&c, FT_TASK_MLM, &err), FT_OK);
    assert_int_equal(ft_model_check_task(&c, FT_TASK_CLM, &err), FT_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "a bert model does not support the task clm; use a gpt2"));
    assert_non_null(strstr(err.msg, " model, or the task classify, ner, qa, mlm or embed"));
    ft_hf_config_release(&c);
    ft_hf_config_init(&c, FT_FAMILY_GPT2);
    assert_int_equal(ft_model_check_task(&c, FT_TASK_CLM, &err), FT_OK);
    assert_int_equal(ft_model_check_task(&c, FT_TASK_MLM, &err), FT_UNSUPPORTED);
    assert_non_null(
        strstr(err.msg, "a gpt2 model does not support the task mlm; use a bert, roberta"));
    assert_non_null(strstr(err.msg, " model, or the task classify, ner, clm or embed"));
    assert_int_equal(ft_model_check_task(&c, FT_TASK_QA, &err), FT_UNSUPPORTED);
    ft_hf_config_release(&c);
    assert_int_equal(ft_family_text_task(FT_FAMILY_BERT), FT_TASK_MLM);
    assert_int_equal(ft_family_text_task(FT_FAMILY_GPT2), FT_TASK_CLM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(rows_of_files),
        cmocka_unit_test(rows_agree),
        cmocka_unit_test(defaults_make_nets),
        cmocka_unit_test(positions_from_pad),
        cmocka_unit_test(tasks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
