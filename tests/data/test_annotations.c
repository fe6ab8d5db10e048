/* What annotation tools write, as rows: Label Studio, doccano, Prodigy, spaCy. And rows that are not
 * clear. */
#include "data_test.h"

#include "util/str.h"

/* Reads the text and compares all rows, a line each; *said gets what reading told. */
static void rows_are(const char *name, const char *text, const char *rows, const char *said)
{
    struct ft_err err = {0};
    struct ft_table t;
    struct ft_str s = {0};
    assert_ok(ft_table_read_mem(&t, name, text, strlen(text), NULL, &err), err);
    for (size_t r = 0; r < ft_table_rows(&t); r++) {
        ft_table_row_json(&t, r, &s);
        ft_str_addc(&s, '\n');
    }
    assert_string_equal(ft_str_text(&s), rows);
    if (said && (!t.said || !strstr(t.said, said)))
        fail_msg("said: %s; expected %s", t.said ? t.said : "nothing", said);
    ft_str_release(&s);
    ft_table_release(&t);
}

static void test_label_studio(void **state)
{
    (void)state;
    rows_are("a.json",
             "[{\"id\":1,\"annotations\":[{\"result\":[{\"value\":{\"choices\":[\"a\",\"b\"]},"
             "\"from_name\":\"topic\"},{\"value\":{\"rating\":4},\"from_name\":\"stars\"}]}],"
             "\"data\":{\"text\":\"x\",\"label\":\"old\",\"id\":7},\"meta\":{\"text\":\"no\"}},"
             "{\"id\":2,\"data\":{\"text\":\"y\"},\"annotations\":[{\"was_cancelled\":true,"
             "\"result\":[{\"from_name\":\"topic\",\"value\":{\"choices\":[\"c\"]}}]},"
             "{\"result\":[{\"from_name\":\"topic\",\"value\":{\"choices\":[\"b\"]}}]},"
             "{\"result\":[{\"from_name\":\"topic\",\"value\":{\"choices\":[\"a\"]}}]}]},"
             "{\"id\":3,\"data\":{\"text\":\"z\"},\"annotations\":[]}]",
             "{\"id\":\"1\",\"label\":\"[\\\"a\\\",\\\"b\\\"]\",\"stars\":\"4\",\"text\":\"x\","
             "\"data.label\":\"old\",\"data.id\":\"7\"}\n"
             "{\"id\":\"2\",\"label\":\"b\",\"stars\":null,\"text\":\"y\",\"data.label\":null,"
             "\"data.id\":null}\n"
             "{\"id\":\"3\",\"label\":null,\"stars\":null,\"text\":\"z\",\"data.label\":null,"
             "\"data.id\":null}\n",
             "topic -> label, stars -> stars; annotators disagree in 1 row");
    /* a number alone is the label; a question called as a field */
    rows_are("a.json",
             "[{\"data\":{\"text\":\"x\",\"q\":1},\"annotations\":[{\"result\":[{\"value\":{"
             "\"number\":0.5},\"from_name\":\"n\"},{\"value\":{\"choices\":[\"a\"]},"
             "\"from_name\":\"q\"}]}]}]",
             "{\"text\":\"x\",\"q\":\"1\",\"label\":\"0.5\",\"annotation.q\":\"a\"}\n", NULL);
}

static void test_label_studio_spans(void **state)
{
    (void)state;
    rows_are("a.json",
             "[{\"data\":{\"text\":\"nothing\"},\"annotations\":[{\"result\":[]}]},"
             "{\"data\":{\"text\":\"Ann is\"},\"annotations\":[{\"result\":[{\"from_name\":\"l\","
             "\"type\": \"labels\",\"value\":{\"start\":0,\"end\":3,\"text\":\"Ann\",\"labels\":["
             "\"PER\"]}},{\"type\":\"labels\",\"value\":{\"start\":\"/p[1]\",\"end\":\"/p[1]\","
             "\"globalOffsets\":{\"start\":4,\"end\":6},\"hypertextlabels\":[\"V\"]}},"
             "{\"type\":\"labels\",\"value\":{\"start\":\"/p[1]\",\"end\":\"/p[1]\","
             "\"labels\":[\"V\"]}}]}]},"
             "{\"data\":{\"text\":\"open\"},\"annotations\":[]}]",
             "{\"text\":\"nothing\",\"spans\":\"[]\"}\n"
             "{\"text\":\"Ann is\",\"spans\":\"[{\\\"start\\\":0,\\\"end\\\":3,\\\"label\\\":"
             "\\\"PER\\\",\\\"text\\\":\\\"Ann\\\"},{\\\"start\\\":4,\\\"end\\\":6,"
             "\\\"label\\\":\\\"V\\\"}]\"}\n"
             "{\"text\":\"open\",\"spans\":null}\n",
             "1 region without a label or a place in plain text is not used");
}

static void test_label_studio_cells(void **state)
{
    (void)state;
    rows_are("a.json",
             "[{\"text\":\"a\",\"m\":{\"choices\":[\"x\",\"y\"]},\"s\":[{\"rating\":4}]},"
             "{\"text\":\"b\",\"m\":{\"choices\":[\"x\"]},\"s\":[{\"rating\":4},{\"rating\":5}]}]",
             "{\"text\":\"a\",\"m\":\"[\\\"x\\\",\\\"y\\\"]\",\"s\":\"4\"}\n"
             "{\"text\":\"b\",\"m\":\"x\",\"s\":\"[{\\\"rating\\\":4},{\\\"rating\\\":5}]\"}\n",
             "Label Studio export");
    rows_are(
        "a.csv",
        "text,m,s\na,\"{\"\"choices\"\": [\"\"x\"\", \"\"y\"\"]}\",\"[{\"\"number\"\": 0.5}]\"\n"
        "b,x,\"[{\"\"other\"\": 0.5}]\"\n",
        "{\"text\":\"a\",\"m\":\"[\\\"x\\\",\\\"y\\\"]\",\"s\":\"0.5\"}\n"
        "{\"text\":\"b\",\"m\":\"x\",\"s\":\"[{\\\"other\\\": 0.5}]\"}\n",
        "Label Studio export");
}

static void test_lists(void **state)
{
    (void)state;
    rows_are("a.jsonl",
             "{\"text\":[\"a\"],\"label\":[\"x\"],\"tokens\":[\"a\"],\"more\":[1]}\n"
             "{\"text\":\"b\",\"label\":[\"x\",\"y\"],\"tokens\":[\"b\"],\"more\":[]}\n"
             "{\"text\":\"c\",\"label\":[]}\n",
             "{\"text\":\"a\",\"label\":\"x\",\"tokens\":\"[\\\"a\\\"]\",\"more\":\"[1]\"}\n"
             "{\"text\":\"b\",\"label\":\"[\\\"x\\\",\\\"y\\\"]\",\"tokens\":\"[\\\"b\\\"]\","
             "\"more\":\"[]\"}\n"
             "{\"text\":\"c\",\"label\":\"[]\",\"tokens\":null,\"more\":null}\n",
             "a list with one label");
    rows_are("a.json", "{\"text\":{\"0\":\"a\",\"1\":\"b\"},\"label\":{\"0\":[\"x\"],\"1\":[]}}",
             "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"[]\"}\n", NULL);
    rows_are("a.jsonl",
             "{\"text\":\"a\",\"cats\":{\"x\":1.0,\"y\":true}}\n"
             "{\"text\":\"b\",\"cats\":{\"x\":0,\"y\":1}}\n{\"text\":\"c\",\"cats\":{\"x\":0.0}}\n"
             "{\"text\":\"d\",\"cats\":{\"x\":0.25,\"y\":0.75}}\n",
             "{\"text\":\"a\",\"cats\":\"[\\\"x\\\",\\\"y\\\"]\"}\n"
             "{\"text\":\"b\",\"cats\":\"y\"}\n{\"text\":\"c\",\"cats\":\"[]\"}\n"
             "{\"text\":\"d\",\"cats\":\"{\\\"x\\\":0.25,\\\"y\\\":0.75}\"}\n",
             "categories (cats)");
}

static void test_spans(void **state)
{
    (void)state;
    /* doccano before 1.3, with places and without */
    rows_are(
        "a.jsonl",
        "{\"text\":\"Ann is\",\"annotations\":[{\"label\":3,\"start_offset\":0,"
        "\"end_offset\":3,\"user\":1},{\"label\":\"V\",\"start_offset\":4,\"end_offset\":6}]}\n"
        "{\"text\":\"b\",\"annotations\":[]}\n",
        "{\"text\":\"Ann is\",\"label\":\"[[0,3,\\\"3\\\"],[4,6,\\\"V\\\"]]\","
        "\"annotations\":null}\n"
        "{\"text\":\"b\",\"label\":null,\"annotations\":\"[]\"}\n",
        "the row's annotations");
    /* spaCy's pairs, alone and under "annotations" */
    rows_are("a.json", "[[\"a b\",{\"entities\":[[0,1,\"X\"]]}],[\"c\",{\"entities\":[]}]]",
             "{\"text\":\"a b\",\"entities\":\"[[0,1,\\\"X\\\"]]\"}\n"
             "{\"text\":\"c\",\"entities\":\"[]\"}\n",
             "lists of a text and its annotations");
    rows_are("a.json",
             "{\"classes\":[\"X\"],\"annotations\":[[\"a b\",{\"entities\":[[0,1,\"X\"]]}],null]}",
             "{\"text\":\"a b\",\"entities\":\"[[0,1,\\\"X\\\"]]\"}\n"
             "{\"text\":null,\"entities\":null}\n",
             "under \"annotations\"");
}

static void refused(const char *name, const char *text, const char *what)
{
    struct ft_err err = {0};
    struct ft_table t;
    assert_int_equal(ft_table_read_mem(&t, name, text, strlen(text), NULL, &err), FT_FORMAT);
    if (!strstr(err.msg, what)) fail_msg("%s; expected %s", err.msg, what);
    assert_null(strchr(err.msg, '\n'));
    ft_table_release(&t);
}

static void test_unclear(void **state)
{
    (void)state;
    refused("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\",\"x\":1,\"text\":\"c\"}\n",
            "row 2: the key \"text\" comes twice");
    refused("a.json", "[{\"a\":{\"b\":1},\"a.b\":2}]", "row 1: the key \"a.b\" comes twice");
    refused("a.json", "{\"text\":{\"0\":\"a\"},\"label\":{\"0\":\"x\"},\"text\":{\"0\":\"b\"}}",
            "the column \"text\" comes twice");
    refused("a.jsonl", "{\"text\":\"a\"}\n[\"b\",\"x\"]\n",
            "row 2: a list, but the rows before are an object");
    refused("a.json", "[{\"text\":\"a\"},\"b\"]",
            "row 2: a text, but the rows before are an object");
    refused("a.json", "[[\"a\",{\"cats\":{}}],[\"b\",\"x\"]]",
            "row 2: a list, but the rows before are a list of a text and an object");
    refused("a.json", "[{\"text\":\"a\"},5]", "row 2: a number or a truth value");
    refused("a.json", "[{\"data\":{\"text\":\"a\"},\"annotations\":[{\"result\":[{\"value\":{",
            "row 1");
    refused("a.json", "[[\"a\",{\"entities\":[[0,1,\"X\"]]},", "row 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_label_studio),
        cmocka_unit_test(test_label_studio_spans),
        cmocka_unit_test(test_label_studio_cells),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_unclear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
