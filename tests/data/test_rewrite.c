/* Files rewritten with label edits: every byte that no edit touches is as before, and the new file
 * reads as the edits say. */
#include "data_test.h"

#include "data/rewrite.h"
#include "util/str.h"

/* An edit of a row: its new label, NULL to drop it. */
struct change {
    size_t row;
    const char *label;
};

static void read_text(struct ft_table *t, const char *name, const char *text)
{
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(t, name, text, strlen(text), NULL, &err), err);
}

static struct ft_text cell(const struct ft_table *t, size_t row, int col)
{
    return col < 0 ? (struct ft_text){NULL, 0} : ft_table_cell(t, row - 1, (size_t)col);
}

static enum ft_status rewrite(const char *name, const char *text, const struct change *changes,
                              size_t n, const char *delimiter, struct ft_str *out,
                              struct ft_err *err)
{
    struct ft_table t;
    struct ft_columns c;
    struct ft_edits edits = {0};
    struct ft_rewritten done;
    read_text(&t, name, text);
    ft_columns_guess(&t, &c);
    for (size_t i = 0; i < n; i++) {
        struct ft_text label = cell(&t, changes[i].row, c.label);
        char *old = label.data ? ft_xstrndup(label.data, label.n) : NULL;
        ft_edits_set(&edits, changes[i].row, cell(&t, changes[i].row, c.text), old,
                     changes[i].label);
        free(old);
    }
    struct ft_rewrite_opt opt = {.columns = &c, .edits = &edits, .label_delimiter = delimiter};
    enum ft_status st = ft_rewrite(&t, &opt, out, &done, err);
    if (!st) {
        assert_int_equal(done.changed + done.dropped, edits.n);
        assert_int_equal(done.stale, 0);
    }
    ft_edits_release(&edits);
    ft_table_release(&t);
    return st;
}

static void becomes(const char *name, const char *text, const struct change *changes, size_t n,
                    const char *delimiter, const char *expected)
{
    struct ft_str out = {0};
    struct ft_err err = {0};
    assert_ok(rewrite(name, text, changes, n, delimiter, &out, &err), err);
    assert_string_equal(ft_str_text(&out), expected);
    ft_str_clear(&out);
    assert_ok(rewrite(name, text, NULL, 0, delimiter, &out, &err), err);
    assert_string_equal(ft_str_text(&out), text); /* without edits: the file */
    ft_str_release(&out);
}

#define BECOMES(name, text, expected, ...)                                                         \
    do {                                                                                           \
        const struct change list[] = {__VA_ARGS__};                                                \
        becomes(name, text, list, sizeof list / sizeof *list, NULL, expected);                     \
    } while (0)

static void test_csv(void **state)
{
    (void)state;
    BECOMES("a.csv", "text,label\r\n\"a, \"\"b\"\"\",x\r\nc,\"y\"\r\n\r\nd,x\r\n",
            "text,label\r\n\"a, \"\"b\"\"\",y\r\nc,\"x \"\"1\"\"\"\r\n\r\nd,\"a,b\"\r\n", {1, "y"},
            {2, "x \"1\""}, {3, "a,b"});
    BECOMES("a.csv", "text,label,n\na,x,1\nb,y,2\nc,x,3\nd,y,4", "text,label,n\nb,x,2\nc,x,3\n",
            {1, NULL}, {2, "x"}, {4, NULL});
    BECOMES("a.tsv", "sentence\tlabel\n\"a b\t0\nc d\t1\n", "sentence\tlabel\n\"a b\t1\nc d\t0\n",
            {1, "1"}, {2, "0"});
    BECOMES("a.csv", "text;label\na;x\nb\nc;y\n", "text;label\na;x\nb;y\nc;y\n", {2, "y"});
    BECOMES("a.csv", "sep=;\ntext;label\na;x\nb;y\n", "sep=;\ntext;label\na;y\nb;y\n", {1, "y"});
    BECOMES("a.csv",
            "annotation_id,mood,text\n1,\"{\"\"choices\"\": [\"\"x\"\", \"\"y\"\"]}\",a\n2,x,b\n"
            "3,y,c\n4,x,d\n5,y,e\n6,x,f\n7,y,g\n",
            "annotation_id,mood,text\n1,\"x\",a\n2,\"{\"\"choices\"\":[\"\"x\"\", \"\"y\"\"]}\",b\n"
            "3,y,c\n4,x,d\n5,y,e\n6,x,f\n7,y,g\n",
            {1, "x"}, {2, "[\"x\",\"y\"]"});
    BECOMES("a.csv",
            "text,stars\na,\"[{\"\"rating\"\": 4}]\"\nb,\"[{\"\"rating\"\": 4}]\"\n"
            "c,\"[{\"\"rating\"\": 2}]\"\n",
            "text,stars\na,\"[{\"\"rating\"\": 4}]\"\nb,\"[{\"\"rating\"\": 3}]\"\n"
            "c,\"[{\"\"rating\"\": 2}]\"\n",
            {2, "3"});
    const struct change several[] = {{1, "[\"x\",\"y\"]"}, {2, "[\"y\"]"}};
    becomes("a.csv", "text,label\na,x\nb,x|y\n", several, 2, "|", "text,label\na,x|y\nb,y\n");
}

static void test_jsonl(void **state)
{
    (void)state;
    BECOMES("a.jsonl",
            "{\"id\": 1, \"text\": \"a\\u00e9\", \"label\": \"x\", \"more\": {\"k\": [1, 2]}}\n\n"
            " {\"label\":3,\"text\":\"b\"} \r\n{\"text\":\"c\"}\n{\"text\":\"d\",\"label\":null}",
            "{\"id\": 1, \"text\": \"a\\u00e9\", \"label\": \"y \\\"z\\\"\", \"more\": {\"k\": [1, "
            "2]}}\n\n"
            " {\"label\":4,\"text\":\"b\"} \r\n{\"text\":\"c\",\"label\":\"n\"}\n"
            "{\"text\":\"d\",\"label\":\"n\"}",
            {1, "y \"z\""}, {2, "4"}, {3, "n"}, {4, "n"});
    BECOMES("a.jsonl",
            "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n"
            "{\"text\":\"c\",\"label\":\"x\"}\n",
            "{\"text\":\"b\",\"label\":\"y\"}\n", {1, NULL}, {3, NULL});
    BECOMES("a.jsonl",
            "{\"review\":{\"body\":\"a\"},\"meta\":{\"label\":\"x\",\"n\":1}}\n"
            "{\"meta\":{\"label\":\"y\"},\"review\":{\"body\":\"b\"}}\n",
            "{\"review\":{\"body\":\"a\"},\"meta\":{\"label\":\"y\",\"n\":1}}\n"
            "{\"meta\":{\"label\":\"x\"},\"review\":{\"body\":\"b\"}}\n",
            {1, "y"}, {2, "x"});
}

/* Labels keep the form that they had. */
static void test_labels(void **state)
{
    (void)state;
    BECOMES("a.jsonl",
            "{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\",\"label\":[\"x\",\"y\"]}\n"
            "{\"text\":\"c\",\"label\":[]}\n{\"text\":\"d\",\"label\":[3]}\n",
            "{\"text\":\"a\",\"label\":[\"y\"]}\n{\"text\":\"b\",\"label\":[]}\n"
            "{\"text\":\"c\",\"label\":[\"x\", \"z\"]}\n{\"text\":\"d\",\"label\":[4]}\n",
            {1, "y"}, {2, "[]"}, {3, "[\"x\",\"z\"]"}, {4, "4"});
    BECOMES("a.jsonl",
            "{\"text\":\"a\",\"cats\":{\"x\": 1.0, \"y\": 0.0}}\n"
            "{\"text\":\"b\",\"cats\":{\"x\":true,\"y\":false}}\n"
            "{\"text\":\"c\",\"cats\":{\"x\":0,\"y\":1}}\n",
            "{\"text\":\"a\",\"cats\":{\"x\": 0.0, \"y\": 1.0}}\n"
            "{\"text\":\"b\",\"cats\":{\"x\":true,\"y\":true}}\n"
            "{\"text\":\"c\",\"cats\":{\"x\":0,\"y\":0,\"z\":1}}\n",
            {1, "y"}, {2, "[\"x\",\"y\"]"}, {3, "z"});
    BECOMES("a.jsonl",
            "{\"text\":\"a\",\"accept\":[\"x\"],\"answer\":\"accept\"}\n"
            "{\"text\":\"b\",\"accept\":[\"y\"],\"answer\":\"accept\"}\n",
            "{\"text\":\"a\",\"accept\":[\"y\"],\"answer\":\"accept\"}\n"
            "{\"text\":\"b\",\"accept\":[\"y\"],\"answer\":\"accept\"}\n",
            {1, "y"});
    BECOMES("a.jsonl",
            "{\"text\":\"a\",\"annotations\":[{\"label\":3,\"user\":1}]}\n"
            "{\"text\":\"b\",\"annotations\":[{\"label\":4,\"user\":1}]}\n",
            "{\"text\":\"a\",\"annotations\":[{\"label\":\"4\"}]}\n"
            "{\"text\":\"b\",\"annotations\":[{\"label\":4,\"user\":1}]}\n",
            {1, "4"});
    BECOMES("a.json",
            "[{\"text\":\"a\",\"stars\":[{\"rating\":4}]},{\"text\":\"b\",\"stars\":[{\"rating\": "
            "2}]}]",
            "[{\"text\":\"a\",\"stars\":[{\"rating\":4}]},{\"text\":\"b\",\"stars\":[{\"rating\": "
            "5}]}]",
            {2, "5"});
}

/* A column of 0 and 1 for each label. */
static void test_flags(void **state)
{
    (void)state;
    static const char *const files[][3] = {
        {"a.csv", "text,rude,loud\na,0,1\nb,1,False\nc,0,True\n",
         "text,rude,loud\na,1,1\nb,1,False\nc,1,False\n"},
        {"a.jsonl",
         "{\"text\":\"a\",\"rude\":0,\"loud\":true}\n{\"text\":\"b\",\"rude\":1,\"loud\":false}\n"
         "{\"text\":\"c\",\"rude\":0.0,\"loud\":1}\n",
         "{\"text\":\"a\",\"rude\":1,\"loud\":true}\n{\"text\":\"b\",\"rude\":1,\"loud\":false}\n"
         "{\"text\":\"c\",\"rude\":1.0,\"loud\":0}\n"},
        {"a.json", "{\"text\":[\"a\",\"b\",\"c\"],\"rude\":[0,1,0],\"loud\":[1,0,1]}",
         "{\"text\":[\"a\",\"b\",\"c\"],\"rude\":[1,1,1],\"loud\":[1,0,0]}"}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ft_table t;
        struct ft_columns c;
        struct ft_edits e = {0};
        struct ft_rewritten done;
        struct ft_str out = {0};
        struct ft_err err = {0};
        read_text(&t, files[i][0], files[i][1]);
        ft_columns_guess(&t, &c);
        assert_ok(ft_columns_set(&t, NULL, NULL, "rude,loud", &c, &err), err);
        const char edits[] =
            "{\"row\":1,\"sha256\":\"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9"
            "807785afee48bb\",\"old\":[\"loud\"],\"new\":[\"loud\",\"rude\"]}\n"
            "{\"row\":3,\"sha256\":\"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265"
            "a1a25aefc6\",\"old\":[\"loud\"],\"new\":[\"rude\"]}\n";
        assert_ok(ft_edits_parse(&e, edits, strlen(edits), "e", &err), err);
        struct ft_rewrite_opt opt = {.columns = &c, .edits = &e};
        assert_ok(ft_rewrite(&t, &opt, &out, &done, &err), err);
        assert_int_equal(done.changed, 2);
        assert_string_equal(ft_str_text(&out), files[i][2]);
        ft_str_release(&out);
        ft_edits_release(&e);
        ft_table_release(&t);
    }
}

static void test_json_forms(void **state)
{
    (void)state;
    BECOMES("a.json",
            "[\n  {\"text\":\"a\",\"label\":\"x\"},\n  {\"text\":\"b\",\"label\":\"y\"},\n"
            "  {\"text\":\"c\",\"label\":\"x\"}\n]\n",
            "[\n  {\"text\":\"a\",\"label\":\"x\"},\n  {\"text\":\"c\",\"label\":\"y\"}\n]\n",
            {2, NULL}, {3, "y"});
    BECOMES("a.json", "[{\"text\":\"a\",\"label\":\"x\"},{\"text\":\"b\",\"label\":\"y\"}]", "[]",
            {1, NULL}, {2, NULL});
    BECOMES("a.json",
            "{\"text\":{\"0\":\"a\",\"1\":\"b\",\"2\":\"c\"},\"label\":{\"0\":\"x\",\"1\":\"y\","
            "\"2\":\"x\"}}",
            "{\"text\":{\"0\":\"a\",\"1\":\"b\"},\"label\":{\"0\":\"y\",\"1\":\"y\"}}", {1, "y"},
            {3, NULL});
    BECOMES("a.json", "{\"text\": [\"a\", \"b\", \"c\"], \"label\": [\"x\", \"y\", \"x\"]}",
            "{\"text\": [\"b\", \"c\"], \"label\": [\"x\", \"x\"]}", {1, NULL}, {2, "x"});
    BECOMES(
        "a.json",
        "{\"columns\":[\"text\",\"label\"],\"index\":[0,1,2],\"data\":[[\"a\",\"x\"],[\"b\",\"y\"],"
        "[\"c\",\"x\"]]}",
        "{\"columns\":[\"text\",\"label\"],\"index\":[0,2],\"data\":[[\"a\",\"y\"],[\"c\",\"x\"]]}",
        {1, "y"}, {2, NULL});
    BECOMES("a.json",
            "{\"0\":{\"text\":\"a\",\"label\":\"x\"},\"1\":{\"text\":\"b\",\"label\":\"y\"}}",
            "{\"1\":{\"text\":\"b\",\"label\":\"x\"}}", {1, NULL}, {2, "x"});
    BECOMES("a.json",
            "{\"train\":[{\"text\":\"a\",\"label\":\"x\"},{\"text\":\"b\",\"label\":\"y\"}],"
            "\"test\":[{\"text\":\"c\",\"label\":\"x\"}]}",
            "{\"train\":[{\"text\":\"a\",\"label\":\"x\"}],\"test\":[{\"text\":\"c\",\"label\":"
            "\"y\"}]}",
            {2, NULL}, {3, "y"});
    BECOMES("a.json", "[[\"a\",{\"cats\":{\"x\":1,\"y\":0}}],[\"b\",{\"cats\":{\"x\":0,\"y\":1}}]]",
            "[[\"a\",{\"cats\":{\"x\":0,\"y\":1}}],[\"b\",{\"cats\":{\"x\":0,\"y\":1}}]]",
            {1, "y"});
}

static void test_studio(void **state)
{
    (void)state;
#define RESULT(choice)                                                                             \
    "{\"value\":{\"choices\":[" choice "]},\"id\":\"q\",\"from_name\":\"m\",\"type\":\"choices\"}"
#define TASK(text, annotations)                                                                    \
    "{\"annotations\":[" annotations "],\"data\":{\"text\":\"" text "\"}}"
#define DONE(results) "{\"id\":9,\"result\":[" results "]}"
    BECOMES(
        "a.json",
        "[" TASK("a", DONE(RESULT("\"x\""))) "," TASK("b", DONE(RESULT("\"y\""))) "," TASK(
            "c", "") "," TASK("d", DONE("")) "]",
        "[" TASK("a", DONE(RESULT("\"y\""))) "," TASK("b", DONE(RESULT("\"x\",\"y\""))) "," TASK(
            "c",
            "{\"result\":[{\"from_name\":\"m\",\"to_name\":\"text\",\"type\":\"choices\","
            "\"value\":{\"choices\":[\"x\"]}}]}") "," TASK("d",
                                                           DONE("{\"from_name\":\"m\","
                                                                "\"to_name\":\"text\",\"type\":"
                                                                "\"choices\",\"value\":{"
                                                                "\"choices\":[\"y\"]}}")) "]",
        {1, "y"}, {2, "[\"x\",\"y\"]"}, {3, "x"}, {4, "y"});
}

static void test_fasttext(void **state)
{
    (void)state;
    BECOMES("a.txt", "__label__x a b\r\n__label__x __label__y c\nd e __label__y\n",
            "__label__y a b\r\n__label__y c\nd e __label__x __label__y\n", {1, "y"}, {2, "y"},
            {3, "[\"x\",\"y\"]"});
    BECOMES("a.txt", "__label__x a\n__label__y b\n__label__x c\n", "__label__x a\n__label__x c\n",
            {2, NULL});
}

static void refused(const char *name, const char *text, const char *label, enum ft_status expected,
                    const char *what)
{
    struct ft_str out = {0};
    struct ft_err err = {0};
    struct change c = {1, label};
    assert_int_equal(rewrite(name, text, &c, 1, NULL, &out, &err), expected);
    if (!strstr(err.msg, what)) fail_msg("%s; expected %s", err.msg, what);
    ft_str_release(&out);
}

static void test_refused(void **state)
{
    (void)state;
    refused("a.txt", "__label__x a\n__label__y b\n", "two words", FT_USAGE,
            "cannot be empty or have");
    refused("a.tsv", "text\tlabel\n\"a\t0\nb\t1\n", "x\ty", FT_USAGE, "the file has no quotes");
    refused("a.txt", "a text\nanother\n", "x", FT_UNSUPPORTED, "plain text");
}

/* Edits of other texts are counted and leave no trace. */
static void test_stale(void **state)
{
    (void)state;
    struct ft_table t;
    struct ft_columns c;
    struct ft_edits e = {0};
    struct ft_rewritten done;
    struct ft_str out = {0};
    struct ft_err err = {0};
    const char *text = "text,label\na,x\nb,y\n";
    read_text(&t, "a.csv", text);
    ft_columns_guess(&t, &c);
    ft_edits_set(&e, 1, (struct ft_text){"other", 5}, "x", "y");
    ft_edits_set(&e, 2, (struct ft_text){"b", 1}, "x", NULL);
    ft_edits_set(&e, 9, (struct ft_text){"b", 1}, "x", "y");
    assert_ok(
        ft_rewrite(&t, &(struct ft_rewrite_opt){.columns = &c, .edits = &e}, &out, &done, &err),
        err);
    assert_int_equal(done.stale, 3);
    assert_string_equal(ft_str_text(&out), text);
    ft_str_release(&out);
    ft_edits_release(&e);
    ft_table_release(&t);
}

/* ---- tags and spans ---- */

/* Gives the words of row 1 these tags, as an edit, and compares the file. */
static void tagged(const char *name, const char *text, const char *tags, const char *expected)
{
    struct ft_table t;
    struct ft_columns c;
    struct ft_tagged_columns tc;
    struct ft_tagged before, g;
    struct ft_edits e = {0};
    struct ft_rewritten done;
    struct ft_str out = {0}, old = {0};
    struct ft_err err = {0};
    read_text(&t, name, text);
    ft_columns_guess(&t, &c);
    ft_tagged_find(&t, NULL, NULL, false, &tc);
    struct ft_tagged_opt opt = {.columns = tc};
    assert_ok(ft_tagged_build(&before, &t, &opt, &err), err);
    ft_tagged_json(&before, &before.sentences[0], &old);
    ft_edits_set(&e, 1, before.sentences[0].text, ft_str_text(&old), tags);
    opt.edits = &e;
    assert_ok(ft_tagged_build(&g, &t, &opt, &err), err);
    c.text = tc.text;
    c.label = tc.tags;
    struct ft_rewrite_opt how = {.columns = &c, .edits = &e, .tagged = &g};
    assert_ok(ft_rewrite(&t, &how, &out, &done, &err), err);
    assert_string_equal(ft_str_text(&out), expected);
    assert_int_equal(done.changed + done.dropped, 1);
    ft_str_release(&out);
    ft_str_release(&old);
    ft_edits_release(&e);
    ft_tagged_release(&before);
    ft_tagged_release(&g);
    ft_table_release(&t);
}

static void test_tags(void **state)
{
    (void)state;
    tagged("a.conll", "-DOCSTART- O\n\nAnn NN B-PER\nis VB  O\n\nRiga NN B-LOC\nis VB O\n",
           "[\"O\",\"B-X\"]", "-DOCSTART- O\n\nAnn NN O\nis VB  B-X\n\nRiga NN B-LOC\nis VB O\n");
    tagged("a.conll", "Ann\tB-PER\nis\tO\n\nRiga\tB-LOC\nis\tO\n", NULL, "Riga\tB-LOC\nis\tO\n");
    tagged("a.jsonl",
           "{\"tokens\": [\"Ann\", \"is\"], \"ner_tags\": [\"B-PER\", \"O\"], \"id\": 1}\n"
           "{\"tokens\": [\"b\", \"c\"], \"ner_tags\": [\"O\", \"O\"], \"id\": 2}\n",
           "[\"O\",\"B-X\"]",
           "{\"tokens\": [\"Ann\", \"is\"], \"ner_tags\": [\"O\", \"B-X\"], \"id\": 1}\n"
           "{\"tokens\": [\"b\", \"c\"], \"ner_tags\": [\"O\", \"O\"], \"id\": 2}\n");
}

static void test_spans(void **state)
{
    (void)state;
    const char *tags = "[\"B-PER\",\"O\",\"O\",\"B-LOC\",\"I-LOC\"]";
    tagged("a.jsonl",
           "{\"text\":\"Ann is in New York\",\"label\":[[0,3,\"PER\"],[10,13,\"X\"]]}\n"
           "{\"text\":\"c\",\"label\":[]}\n",
           tags,
           "{\"text\":\"Ann is in New York\",\"label\":[[0,3,\"PER\"], [10, 18, \"LOC\"]]}\n"
           "{\"text\":\"c\",\"label\":[]}\n");
    tagged("a.jsonl",
           "{\"text\":\"Ann is in New York\",\"spans\":[{\"start\":0,\"end\":3,\"token_start\":0,"
           "\"label\":\"PER\"}],\"answer\":\"accept\"}\n",
           tags,
           "{\"text\":\"Ann is in New York\",\"spans\":[{\"start\":0,\"end\":3,\"token_start\":0,"
           "\"label\":\"PER\"}, "
           "{\"start\":10,\"end\":18,\"label\":\"LOC\"}],\"answer\":\"accept\"}\n");
    tagged("a.jsonl",
           "{\"text\":\"Ann is in New "
           "York\",\"entities\":[{\"id\":7,\"label\":\"X\",\"start_offset\":0,"
           "\"end_offset\":3}]}\n",
           tags,
           "{\"text\":\"Ann is in New York\",\"entities\":[{\"start_offset\":0,\"end_offset\":3,"
           "\"label\":\"PER\"}, {\"start_offset\":10,\"end_offset\":18,\"label\":\"LOC\"}]}\n");
    tagged(
        "a.jsonl",
        "{\"text\":\"\xF0\x9F\x98\x80 Ann is\",\"spans\":[{\"start\":3,\"end\":6,\"label\":\"P\","
        "\"text\":\"Ann\"}]}\n",
        "[\"O\",\"B-P\",\"B-V\"]",
        "{\"text\":\"\xF0\x9F\x98\x80 Ann is\",\"spans\":[{\"start\":3,\"end\":6,\"label\":\"P\","
        "\"text\":\"Ann\"}, {\"start\":7,\"end\":9,\"label\":\"V\"}]}\n");
#define REGION(start, end, text, label)                                                            \
    "{\"from_name\":\"l\",\"to_name\":\"t\",\"type\":\"labels\",\"value\":{\"start\":" start       \
    ",\"end\":" end ",\"text\":\"" text "\",\"labels\":[\"" label "\"]}}"
    tagged("a.json",
           "[{\"data\":{\"text\":\"Ann is in New York\"},\"annotations\":[{\"result\":[" REGION(
               "10", "13", "New", "X") "," REGION("0", "3", "Ann", "PER") "]}]}]",
           tags,
           "[{\"data\":{\"text\":\"Ann is in New York\"},\"annotations\":[{\"result\":[" REGION(
               "0", "3", "Ann", "PER") "," REGION("10", "18", "New York", "LOC") "]}]}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv),        cmocka_unit_test(test_jsonl),
        cmocka_unit_test(test_flags),      cmocka_unit_test(test_labels),
        cmocka_unit_test(test_json_forms), cmocka_unit_test(test_studio),
        cmocka_unit_test(test_fasttext),   cmocka_unit_test(test_refused),
        cmocka_unit_test(test_stale),      cmocka_unit_test(test_tags),
        cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
