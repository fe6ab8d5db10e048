/* What a model's head is for: by its class, by problem_type and labels, and by its tensors. */
#include "data/files_help.h"
#include "scratch.h"
#include "data/hf_head.h"
#include "data/st_write.h"

static enum ft_head found(enum ft_family family, const char *const *names)
{
    static const float one = 1;
    char *path = in_scratch("head.safetensors");
    struct ft_st_item items[8];
    struct ft_st *st = NULL;
    struct ft_err err = {0};
    size_t n = 0;
    for (; names[n]; n++)
        items[n] = (struct ft_st_item){
            .name = names[n], .dtype = FT_DTYPE_F32, .rank = 1, .shape = {1}, .data = &one};
    if (ft_st_save(path, items, n, NULL, NULL, &err)) fail_msg("%s", err.msg);
    if (ft_st_open(&st, path, &err)) fail_msg("%s", err.msg);
    enum ft_head head = ft_hf_head_find(st, family);
    ft_st_close(st);
    free(path);
    return head;
}

#define FOUND(family, ...) found(FT_FAMILY_##family, (const char *const[]){__VA_ARGS__, NULL})

static void by_tensors(void **state)
{
    (void)state;
    assert_int_equal(FOUND(BERT, "bert.pooler.dense.weight", "classifier.weight"),
                     FT_HEAD_CLASSIFY);
    assert_int_equal(FOUND(BERT, "classifier.weight", "classifier.bias"), FT_HEAD_TOKENS);
    assert_int_equal(FOUND(ROBERTA, "classifier.dense.weight", "classifier.out_proj.weight"),
                     FT_HEAD_CLASSIFY);
    assert_int_equal(FOUND(ROBERTA, "classifier.weight"), FT_HEAD_TOKENS);
    assert_int_equal(FOUND(DISTILBERT, "pre_classifier.weight", "classifier.weight"),
                     FT_HEAD_CLASSIFY);
    assert_int_equal(FOUND(DISTILBERT, "classifier.weight"), FT_HEAD_TOKENS);
    assert_int_equal(FOUND(GPT2, "score.weight"), FT_HEAD_CLASSIFY);
    assert_int_equal(FOUND(GPT2, "classifier.weight"), FT_HEAD_TOKENS);
    assert_int_equal(FOUND(GPT2, "lm_head.weight"), FT_HEAD_CLM);
    assert_int_equal(FOUND(BERT, "qa_outputs.weight", "bert.pooler.dense.weight"), FT_HEAD_QA);
    assert_int_equal(
        FOUND(BERT, "cls.predictions.transform.dense.weight", "cls.seq_relationship.weight"),
        FT_HEAD_MLM);
    assert_int_equal(FOUND(ROBERTA, "lm_head.dense.weight"), FT_HEAD_MLM);
    assert_int_equal(FOUND(DISTILBERT, "vocab_transform.weight"), FT_HEAD_MLM);
    assert_int_equal(FOUND(BERT, "cls.seq_relationship.weight"), FT_HEAD_NEXT);
    assert_int_equal(FOUND(BERT, "bert.pooler.dense.weight"), FT_HEAD_NONE);
    assert_int_equal(FOUND(BERT, "my_classifier.weight"), FT_HEAD_NONE);
    assert_int_equal(FOUND(DEBERTA_V2, "mask_predictions.classifier.weight",
                           "lm_predictions.lm_head.dense.weight"),
                     FT_HEAD_MLM); /* as microsoft/deberta-v3-base has it */
    assert_int_equal(FOUND(DEBERTA_V2, "cls.predictions.transform.dense.weight"), FT_HEAD_MLM);
    assert_int_equal(FOUND(DEBERTA_V2, "pooler.dense.weight", "classifier.weight"),
                     FT_HEAD_CLASSIFY);
}

static void by_configuration(void **state)
{
    static const struct {
        const char *json, *purpose;
        enum ft_problem_type problem;
    } rows[] = {
        {"\"architectures\":[\"BertForSequenceClassification\"]", "text classification",
         FT_PROBLEM_TYPE_SINGLE_LABEL},
        {"\"architectures\":[\"BertForSequenceClassification\"],\"id2label\":{\"0\":\"x\"}",
         "regression", FT_PROBLEM_TYPE_REGRESSION},
        {"\"architectures\":[\"BertForSequenceClassification\"],\"problem_type\":\"regression\"",
         "regression of several numbers", FT_PROBLEM_TYPE_REGRESSION},
        {"\"architectures\":[\"BertForSequenceClassification\"],"
         "\"problem_type\":\"multi_label_classification\"",
         "multi-label classification", FT_PROBLEM_TYPE_MULTI_LABEL},
        {"\"architectures\":[\"BertForTokenClassification\"]", "token classification (ner)",
         FT_PROBLEM_TYPE_NONE},
        {"\"architectures\":[\"BertForMultipleChoice\"]", "multiple choice", FT_PROBLEM_TYPE_NONE},
        {"\"architectures\":[\"BertForPreTraining\"]", "masked language modelling",
         FT_PROBLEM_TYPE_NONE},
        {"\"architectures\":[\"BertLMHeadModel\"]", "masked language modelling",
         FT_PROBLEM_TYPE_NONE},
        {"\"architectures\":[\"BertModel\"]", "", FT_PROBLEM_TYPE_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[300];
        struct ft_hf_config c;
        struct ft_err err = {0};
        int n = snprintf(text, sizeof text, "{\"model_type\":\"bert\",%s}", rows[i].json);
        if (ft_hf_config_parse(&c, text, (size_t)n, "config.json", &err)) fail_msg("%s", err.msg);
        assert_string_equal(ft_hf_head_purpose(&c), rows[i].purpose);
        assert_int_equal(ft_hf_head_problem(&c), rows[i].problem);
        ft_hf_config_release(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_tensors),
        cmocka_unit_test(by_configuration),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
