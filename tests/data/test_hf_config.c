/* config.json: what is read, what is refused and by which name, what is kept and written again. */
#include "data/hf_config.h"
#include "data/files_help.h"

#include "util/json.h"

static void check_text(const char *text, struct ft_hf_config *c)
{
    struct ft_err err = {0};
    assert_ok(ft_hf_config_parse(c, text, strlen(text), "config.json", &err), err);
}

#define BERT   "\"model_type\":\"bert\","
#define GPT2   "\"model_type\":\"gpt2\","
#define MODERN "\"model_type\":\"modernbert\",\"num_hidden_layers\":3,"
#define FULL   "\"full_attention\""
#define NEAR   "\"sliding_attention\""

/* clang-format off */
static const struct {
    const char *json, *part;
    enum ft_status status;
} bad[] = {
    {"", "not valid JSON", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":\"a\xff\",\"1\":\"a\xfe\"}}", "byte 39: is not UTF-8", FT_FORMAT},
    {"[1]", "is not a JSON object", FT_FORMAT},
    {"{}", "has no model_type", FT_FORMAT},
    {"{\"architectures\":[\"T5Model\"]}", "architectures (\"T5Model\")", FT_FORMAT},
    {"{\"model_type\":\"llama\"}", "model_type \"llama\" is not supported", FT_UNSUPPORTED},
    {"{\"model_type\":3}", "model_type is a number", FT_FORMAT},
    {"{" BERT "\"vocab_size\":9,\"vocab_size\":10}", "duplicate key vocab_size", FT_FORMAT},
    {"{" BERT "\"vocab_size\":0}", "vocab_size is 0, expected 1 to", FT_FORMAT},
    {"{" BERT "\"vocab_size\":99999999999}", "vocab_size is 99999999999", FT_FORMAT},
    {"{" BERT "\"hidden_size\":-4}", "hidden_size is -4", FT_FORMAT},
    {"{" BERT "\"hidden_size\":768.5}", "expected a whole number", FT_FORMAT},
    {"{" BERT "\"hidden_size\":\"768\"}", "hidden_size is a string", FT_FORMAT},
    {"{" BERT "\"hidden_size\":100,\"num_attention_heads\":3}", "hidden size 100 is not a multiple of the number of heads, 3", FT_FORMAT},
    {"{" BERT "\"num_hidden_layers\":100000}", "num_hidden_layers", FT_FORMAT},
    {"{" BERT "\"layer_norm_eps\":0}", "layer_norm_eps", FT_FORMAT},
    {"{" BERT "\"hidden_dropout_prob\":1}", "hidden_dropout_prob is 1, expected 0 to", FT_FORMAT},
    {"{" BERT "\"attention_probs_dropout_prob\":-0.1}", "attention_probs_dropout_prob", FT_FORMAT},
    {"{" BERT "\"hidden_act\":\"mish\"}", "hidden_act \"mish\" is not supported", FT_UNSUPPORTED},
    {"{" BERT "\"position_embedding_type\":\"relative_key\"}", "position_embedding_type \"relative_key\": only absolute", FT_UNSUPPORTED},
    {"{" BERT "\"is_decoder\":true}", "is_decoder", FT_UNSUPPORTED},
    {"{" BERT "\"add_cross_attention\":true}", "add_cross_attention", FT_UNSUPPORTED},
    {"{" BERT "\"pruned_heads\":{\"0\":[1]}}", "pruned_heads", FT_UNSUPPORTED},
    {"{" BERT "\"quantization_config\":{}}", "quantization_config", FT_UNSUPPORTED},
    {"{" BERT "\"vocab_size\":5,\"pad_token_id\":5}", "pad_token_id is 5, expected below vocab_size 5", FT_FORMAT},
    {"{" BERT "\"id2label\":[]}", "id2label: expected {", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":\"a\",\"2\":\"b\"}}", "key \"2\", expected 0 to 1 without gaps", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":\"a\",\"x\":\"b\"}}", "key \"x\"", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":\"a\",\"00\":\"b\"}}", "duplicate id 0", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":\"a\",\"1\":\"a\"}}", "duplicate label \"a\" (0 and 1)", FT_FORMAT},
    {"{" BERT "\"id2label\":{\"0\":[],\"1\":\"a\"}}", "id2label: 0 is not a string", FT_FORMAT},
    {"{" BERT "\"num_labels\":0}", "num_labels is 0", FT_FORMAT},
    {"{" BERT "\"problem_type\":\"ranking\"}", "problem_type \"ranking\"", FT_FORMAT},
    {"{" BERT "\"problem_type\":\"single_label_classification\",\"num_labels\":1}", "needs two labels or more", FT_FORMAT},
    {"{" GPT2 "\"n_embd\":8,\"hidden_size\":16}", "n_embd and hidden_size are the same setting", FT_FORMAT},
    {"{" GPT2 "\"n_inner\":0}", "n_inner is 0", FT_FORMAT},
    {"{" GPT2 "\"activation_function\":\"quick_gelu\"}", "activation_function \"quick_gelu\"", FT_UNSUPPORTED},
    {"{" GPT2 "\"scale_attn_weights\":1}", "scale_attn_weights is a number", FT_FORMAT},
    {"{" MODERN "\"local_attention\":-1}", "local_attention is -1, expected 0 to", FT_FORMAT},
    {"{" MODERN "\"global_attn_every_n_layers\":0}", "global_attn_every_n_layers is 0, expected 1 to", FT_FORMAT},
    {"{" MODERN "\"global_rope_theta\":0}", "global_rope_theta is 0, expected 1 to", FT_FORMAT},
    {"{" MODERN "\"local_rope_theta\":1e30}", "local_rope_theta is 1e+30, expected 1 to", FT_FORMAT},
    {"{" MODERN "\"hidden_size\":36,\"num_attention_heads\":4}", "a head has 9 columns", FT_FORMAT},
    {"{" MODERN "\"head_dim\":32}", "head_dim: heads of another size", FT_UNSUPPORTED},
    {"{" MODERN "\"rope_scaling\":{}}", "rope_scaling: scaled", FT_UNSUPPORTED},
    {"{" MODERN "\"classifier_pooling\":\"max\"}", "classifier_pooling \"max\" is not supported", FT_UNSUPPORTED},
    {"{" MODERN "\"classifier_activation\":\"mish\"}", "classifier_activation \"mish\"", FT_UNSUPPORTED},
    {"{" MODERN "\"layer_types\":[" FULL "]}", "layer_types: expected a list of 3 layers", FT_FORMAT},
    {"{" MODERN "\"layer_types\":3}", "layer_types: expected a list of 3 layers", FT_FORMAT},
    {"{" MODERN "\"layer_types\":[" FULL ",1," NEAR "]}", "layer_types: layer 1 is \"\"", FT_UNSUPPORTED},
    {"{" MODERN "\"rope_parameters\":[]}", "rope_parameters: expected an object", FT_FORMAT},
    {"{" MODERN "\"rope_parameters\":{\"rope_theta\":1}}", "rope_parameters: rope_theta, expected full_attention", FT_UNSUPPORTED},
    {"{" MODERN "\"rope_parameters\":{" FULL ":7}}", "full_attention: expected an object", FT_FORMAT},
    {"{" MODERN "\"rope_parameters\":{" NEAR ":{\"rope_type\":\"yarn\"}}}", "sliding_attention: rope_type yarn is not supported", FT_UNSUPPORTED},
    {"{" MODERN "\"rope_parameters\":{" NEAR ":{\"rope_theta\":0}}}", "rope_theta is 0", FT_FORMAT},
    {"{\"model_type\":\"distilbert\",\"dim\":10,\"n_heads\":3}", "hidden size 10", FT_FORMAT},
};
/* clang-format on */

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct ft_hf_config c;
        struct ft_err err = {0};
        enum ft_status st =
            ft_hf_config_parse(&c, bad[i].json, strlen(bad[i].json), "dir/config.json", &err);
        if (st != bad[i].status || !strstr(err.msg, bad[i].part) ||
            strncmp(err.msg, "dir/config.json: ", 17))
            fail_msg("row %zu %s: status %d \"%s\", expected \"%s\"", i, bad[i].json, st, err.msg,
                     bad[i].part);
        assert_null(c.tree);
    }
}

static void test_defaults(void **state)
{
    (void)state;
    struct ft_hf_config c;
    check_text("{\"model_type\":\"bert\"}", &c);
    assert_int_equal(c.vocab_size, 30522);
    assert_int_equal(c.layers, 12);
    assert_int_equal(c.type_vocab_size, 2);
    assert_int_equal(c.bos_token_id, -1);
    assert_true(c.layer_norm_eps == 1e-12 && c.classifier_dropout == 0.1 &&
                c.embedding_dropout == 0.1);
    assert_int_equal(c.label_count, 2);
    assert_string_equal(c.labels[1], "LABEL_1");
    assert_false(c.labels_given);
    ft_hf_config_release(&c);
    check_text("{\"architectures\":[\"DistilBertForMaskedLM\"],\"dim\":64,\"n_heads\":4}", &c);
    assert_int_equal(c.family, FT_FAMILY_DISTILBERT);
    assert_int_equal(c.head, FT_HEAD_MLM);
    assert_int_equal(c.layers, 6);
    assert_int_equal(c.type_vocab_size, 0);
    assert_true(c.classifier_dropout == 0.2 && c.qa_dropout == 0.1 && c.layer_norm_eps == 1e-12);
    ft_hf_config_release(&c);
    check_text(
        "{\"model_type\":\"gpt2\",\"hidden_size\":36,\"n_inner\":null,\"eos_token_id\":[5,6],"
        "\"scale_attn_by_inverse_layer_idx\":true,\"embd_pdrop\":0.25,\"n_ctx\":9}",
        &c);
    assert_int_equal(c.hidden_size, 36);
    assert_int_equal(c.intermediate_size, 144);
    assert_int_equal(c.eos_token_id, 5);
    assert_int_equal(c.pad_token_id, -1);
    assert_int_equal(c.act, FT_HF_ACT_GELU_TANH);
    assert_true(c.attn_scaled && c.attn_layer_scaled && c.embedding_dropout == 0.25);
    assert_true(c.classifier_dropout == 0.0 && c.layer_norm_eps == 1e-5);
    ft_hf_config_release(&c);
    check_text(
        "{\"model_type\":\"roberta\",\"max_position_embeddings\":514,\"classifier_dropout\":0.3,"
        "\"id2label\":{\"1\":\"b\",\"0\":\"a\",\"2\":3}}",
        &c);
    assert_true(c.classifier_dropout == 0.3);
    assert_int_equal(c.label_count, 3);
    assert_string_equal(c.labels[0], "a");
    assert_string_equal(c.labels[1], "b");
    assert_string_equal(c.labels[2], "3");
    ft_hf_config_release(&c);
}

static void test_activations(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum ft_hf_act act;
    } rows[] = {{"gelu", FT_HF_ACT_GELU},          {"gelu_python", FT_HF_ACT_GELU},
                {"gelu_new", FT_HF_ACT_GELU_TANH}, {"gelu_pytorch_tanh", FT_HF_ACT_GELU_TANH},
                {"relu", FT_HF_ACT_RELU},          {"tanh", FT_HF_ACT_TANH},
                {"silu", FT_HF_ACT_SILU},          {"swish", FT_HF_ACT_SILU}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = ft_xprintf("{\"model_type\":\"bert\",\"hidden_act\":\"%s\"}", rows[i].name);
        struct ft_hf_config c;
        check_text(text, &c);
        assert_int_equal(c.act, rows[i].act);
        ft_hf_config_release(&c);
        free(text);
    }
}

static void test_write(void **state)
{
    (void)state;
    struct ft_hf_config c, back;
    check_text(
        "{\"model_type\":\"gpt2\",\"zeta\":{\"b\":1,\"a\":[true,null]},\"n_embd\":36,\"n_ctx\":7,"
        "\"dtype\":\"float16\",\"num_labels\":5,\"transformers_version\":\"4.1\","
        "\"eos_token_id\":[5,6],\"pad_token_id\":null,\"label2id\":{\"old\":0}}",
        &c);
    const char *names[] = {"neg\"", "pos", "neutral"};
    ft_hf_config_set_labels(&c, names, 3);
    ft_hf_config_set_task(&c, FT_TASK_CLASSIFY);
    c.pad_token_id = 5;
    c.vocab_size = 77;
    struct ft_str text = {0};
    ft_hf_config_text(&c, &text);
    static const char *const parts[] = {
        "{\n  \"activation_function\": \"gelu_new\",",
        "\"architectures\": [\n    \"GPT2ForSequenceClassification\"\n  ]",
        "\"dtype\": \"float32\"",
        "\"eos_token_id\": [\n    5,\n    6\n  ]",
        ("\"id2label\": {\n    \"0\": \"neg\\\"\",\n    \"1\": \"pos\",\n    \"2\": \"neutral\"\n  "
         "}"),
        "\"label2id\": {\n    \"neg\\\"\": 0,",
        "\"n_ctx\": 7,",
        "\"n_inner\": null,",
        "\"pad_token_id\": 5,",
        "\"problem_type\": \"single_label_classification\"",
        "\"torch_dtype\": \"float32\"",
        "\"transformers_version\": \"4.1\"",
        "\"vocab_size\": 77,",
        "\"zeta\": {\n    \"a\": [\n      true,\n      null\n    ],\n    \"b\": 1\n  }\n}\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!strstr(text.data, parts[i])) fail_msg("lacks %s:\n%s", parts[i], text.data);
    }
    assert_null(strstr(text.data, "num_labels"));
    assert_null(strstr(text.data, "old"));
    check_text(text.data, &back);
    assert_int_equal(back.label_count, 3);
    assert_string_equal(back.labels[2], "neutral");
    assert_int_equal(back.head, FT_HEAD_CLASSIFY);
    struct ft_str again = {0};
    ft_hf_config_text(&back, &again);
    assert_string_equal(again.data, text.data);
    /* another task: labels and problem go */
    ft_hf_config_set_labels(&back, NULL, 0);
    ft_hf_config_set_task(&back, FT_TASK_CLM);
    ft_str_clear(&again);
    ft_hf_config_text(&back, &again);
    assert_null(strstr(again.data, "id2label"));
    assert_null(strstr(again.data, "problem_type"));
    assert_non_null(strstr(again.data, "GPT2LMHeadModel"));
    ft_str_release(&again);
    ft_str_release(&text);
    ft_hf_config_release(&c);
    ft_hf_config_release(&back);
}

static void test_new_config(void **state)
{
    (void)state;
    for (int f = 0; f < FT_FAMILY_COUNT; f++) {
        struct ft_hf_config c, back;
        struct ft_str text = {0};
        struct ft_err err = {0};
        ft_hf_config_init(&c, (enum ft_family)f);
        assert_ok(ft_hf_config_check(&c, &err), err);
        c.hidden_size = 64;
        c.heads = 4;
        c.layers = 2;
        c.intermediate_size = 100;
        c.vocab_size = 500;
        if (c.pad_token_id >= 500) c.pad_token_id = 1;
        c.positions = 66;
        c.hidden_dropout = 0;
        if (!ft_hf_family(c.family)->keys[FT_HF_FIELD_CLASSIFIER_DROPOUT].key)
            c.classifier_dropout = 0; /* follows it */
        assert_ok(ft_hf_config_check(&c, &err), err);
        ft_hf_config_set_task(&c, FT_TASK_QA);
        ft_hf_config_text(&c, &text);
        check_text(text.data, &back);
        assert_int_equal(back.family, f);
        assert_int_equal(back.head, FT_HEAD_QA);
        assert_int_equal(back.hidden_size, 64);
        assert_int_equal(back.heads, 4);
        assert_int_equal(back.layers, 2);
        assert_int_equal(back.intermediate_size, 100);
        assert_int_equal(back.positions, 66);
        assert_true(back.hidden_dropout == 0 && back.classifier_dropout == c.classifier_dropout);
        c.heads = 5;
        assert_fails(ft_hf_config_check(&c, &err), FT_FORMAT, err, "not a multiple");
        ft_str_release(&text);
        ft_hf_config_release(&c);
        ft_hf_config_release(&back);
    }
}

static void test_classes(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum ft_family family;
        enum ft_head head;
    } rows[] = {
        {"BertForQuestionAnswering", FT_FAMILY_BERT, FT_HEAD_QA},
        {"RobertaForSequenceClassification", FT_FAMILY_ROBERTA, FT_HEAD_CLASSIFY},
        {"DistilBertForMaskedLM", FT_FAMILY_DISTILBERT, FT_HEAD_MLM},
        {"GPT2LMHeadModel", FT_FAMILY_GPT2, FT_HEAD_CLM},
        {"GPT2ForTokenClassification", FT_FAMILY_GPT2, FT_HEAD_TOKENS},
        {"BertModel", FT_FAMILY_BERT, FT_HEAD_NONE},
        {"GPT2Model", FT_FAMILY_GPT2, FT_HEAD_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *name = ft_hf_class_name(rows[i].family, rows[i].head);
        assert_string_equal(name, rows[i].name);
        assert_int_equal(ft_hf_class_family(name), rows[i].family);
        assert_int_equal(ft_hf_class_head(name), rows[i].head);
        free(name);
    }
    assert_int_equal(ft_hf_class_head("GPT2DoubleHeadsModel"), FT_HEAD_CLM);
    assert_int_equal(ft_hf_class_family("BertModel"), FT_FAMILY_BERT);
    assert_int_equal(ft_hf_class_head("BertModel"), FT_HEAD_NONE);
    assert_int_equal(ft_hf_class_head("BertForPreTraining"), FT_HEAD_MLM);
    assert_int_equal(ft_hf_class_family("T5Model"), -1);
}

static void test_vocab(void **state)
{
    (void)state;
    struct ft_err err = {0};
    assert_ok(ft_hf_config_check_vocab(90, 89, 90, "m", &err), err);
    assert_ok(ft_hf_config_check_vocab(90, 89, 128, "m", &err), err);
    assert_fails(ft_hf_config_check_vocab(91, 90, 90, "m", &err), FT_FORMAT, err,
                 "embedding has 90 rows");
}

/* Real files: what was there is there again, the same in value. */
static void check_folder(const char *folder)
{
    char *path = ft_path_join(folder, "config.json");
    struct ft_hf_config c;
    struct ft_err err = {0};
    cJSON *before, *after;
    struct ft_str text = {0};
    assert_ok(ft_hf_config_load(&c, path, &err), err);
    assert_ok(ft_json_read(path, 1 << 20, &before, &err), err);
    ft_hf_config_text(&c, &text);
    assert_ok(ft_json_parse(text.data, text.len, "text", &after, &err), err);
    const cJSON *e;
    cJSON_ArrayForEach(e, before)
    {
        if (!cJSON_Compare(e, ft_json_get(after, e->string), 1))
            fail_msg("%s: %s", path, e->string);
    }
    cJSON_Delete(before);
    cJSON_Delete(after);
    ft_str_release(&text);
    ft_hf_config_release(&c);
    free(path);
}

static void test_own_nets(void **state)
{
    (void)state;
    each_net("tests/reference/nets", 18, check_folder);
}

static void test_shared(void **state)
{
    (void)state;
    SHARED_OR_SKIP(nets, "ref/nets");
    SHARED_OR_SKIP(minilm, "models/minilm-l6");
    each_net(nets, 11, check_folder);
    check_folder(minilm);
    free(nets);
    free(minilm);
}

/* ModernBERT's two ways to say what single layers are; read, written, and with layers left out. */
static void test_layers(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *local; /* a digit for each layer */
        double theta, theta_local;
        const char *written, *absent;
    } cases[] = {
        {"{\"model_type\":\"modernbert\",\"num_hidden_layers\":5}", "01101", 160000, 10000,
         "\"global_attn_every_n_layers\": 3", "layer_types"},
        {"{" MODERN "\"global_attn_every_n_layers\":1}", "000", 160000, 10000,
         "\"global_attn_every_n_layers\": 1", "layer_types"},
        {"{" MODERN "\"local_rope_theta\":null,\"global_rope_theta\":5000}", "011", 5000, 5000,
         "\"local_rope_theta\": 5000", "rope_parameters"},
        {"{" MODERN "\"layer_types\":[" FULL "," NEAR "," FULL "]}", "010", 160000, 10000,
         "layer_types", "global_attn_every_n_layers"},
        {"{" MODERN "\"layer_types\":[" NEAR "," NEAR "," FULL "]}", "110", 160000, 10000,
         "layer_types", "global_attn_every_n_layers"},
        {"{" MODERN "\"rope_parameters\":{" FULL
         ":{\"rope_theta\":9,\"rope_type\":\"default\"}," NEAR ":null}}",
         "011", 9, 10000, "rope_parameters", "global_rope_theta"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_hf_config c, back;
        struct ft_str text = {0};
        check_text(cases[i].json, &c);
        ft_hf_config_text(&c, &text);
        if (!strstr(text.data, cases[i].written) || strstr(text.data, cases[i].absent))
            fail_msg("%s: written as %s", cases[i].json, text.data);
        check_text(text.data, &back);
        for (const struct ft_hf_config *k = &c; k; k = k == &c ? &back : NULL) {
            assert_int_equal(k->layers, strlen(cases[i].local));
            for (size_t l = 0; l < (size_t)k->layers; l++)
                assert_int_equal(ft_hf_config_local(k, l), cases[i].local[l] == '1');
            assert_true(!(k->rope_theta < cases[i].theta || k->rope_theta > cases[i].theta));
            assert_true(!(k->rope_theta_local < cases[i].theta_local ||
                          k->rope_theta_local > cases[i].theta_local));
        }
        /* without the first layer */
        bool kept[8] = {false, true, true, true, true};
        ft_hf_config_keep_layers(&c, kept);
        ft_str_clear(&text);
        ft_hf_config_text(&c, &text);
        ft_hf_config_release(&back);
        check_text(text.data, &back);
        assert_int_equal(back.layers, strlen(cases[i].local) - 1);
        for (size_t l = 0; l < (size_t)back.layers; l++)
            assert_int_equal(ft_hf_config_local(&back, l), cases[i].local[l + 1] == '1');
        ft_str_release(&text);
        ft_hf_config_release(&c);
        ft_hf_config_release(&back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_activations), cmocka_unit_test(test_write),
        cmocka_unit_test(test_new_config),  cmocka_unit_test(test_classes),
        cmocka_unit_test(test_vocab),       cmocka_unit_test(test_own_nets),
        cmocka_unit_test(test_shared),      cmocka_unit_test(test_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
