/* JSONL, JSON, folders and plain text as rows; what columns are guessed for. */
#include "data_test.h"

#include "data/columns.h"
#include "util/str.h"

static enum ft_status read_mem(struct ft_table *t, const char *name, const char *text,
                               struct ft_err *err)
{
    return ft_table_read_mem(t, name, text, strlen(text), NULL, err);
}

static void test_jsonl(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(read_mem(&t, "a.jsonl",
                       "{\"text\":\"caf\\u00e9 \\ud83d\\ude00\\n\",\"label\":1}\r\n\n"
                       "{\"label\":null,\"more\":{\"a\":[1,\"]\"]},\"text\":\"x\"}\n"
                       "{\"text\":\"\\ud800\",\"label\":true}",
                       &err),
              err);
    assert_int_equal(t.format, FT_FORMAT_JSONL);
    assert_int_equal(ft_table_rows(&t), 3);
    assert_int_equal(ft_table_columns(&t), 3);
    assert_text(ft_table_cell(&t, 0, 0), "caf\xC3\xA9 \xF0\x9F\x98\x80\n");
    assert_text(ft_table_cell(&t, 0, 1), "1");
    assert_null(ft_table_cell(&t, 0, 2).data);
    assert_null(ft_table_cell(&t, 1, 1).data);
    assert_text(ft_table_cell(&t, 1, 2), "[1,\"]\"]");
    assert_string_equal(ft_table_name(&t, 2), "more.a");
    assert_text(ft_table_cell(&t, 2, 0), "\xEF\xBF\xBD");
    assert_text(ft_table_cell(&t, 2, 1), "true");
    assert_int_equal(t.notes[FT_NOTE_UTF8].items[0].row, 3);
    struct ft_str s = {0};
    ft_table_row_json(&t, 1, &s);
    assert_string_equal(s.data, "{\"text\":\"x\",\"label\":null,\"more.a\":\"[1,\\\"]\\\"]\"}");
    ft_str_release(&s);
    ft_table_release(&t);
}

static void test_json(void **state)
{
    (void)state;
    static const char *const same[] = {
        "[{\"text\":\"a\",\"label\":\"x\"},{\"text\":\"b\",\"label\":\"y\"}]",
        "{\"version\":1,\"data\":[{\"text\":\"a\",\"label\":\"x\"} , "
        "{\"label\":\"y\",\"text\":\"b\"}],\"z\":[]}",
        "\n{\"rows\" : [\n {\"text\":\"a\",\"label\":\"x\"},\n "
        "{\"text\":\"b\",\"label\":\"y\"}\n]}\n",
        "{\"text\":\"a\",\"label\":\"x\"}\n{\"text\":\"b\",\"label\":\"y\"}\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct ft_err err = {0};
        struct ft_table t;
        assert_ok(read_mem(&t, "a.json", same[i], &err), err);
        assert_int_equal(ft_table_rows(&t), 2);
        assert_text(ft_table_cell(&t, 1, 0), "b");
        assert_text(ft_table_cell(&t, 1, 1), "y");
        ft_table_release(&t);
    }
    struct ft_err err = {0};
    struct ft_table t;
    assert_int_equal(
        read_mem(&t, "a.json", "[{\"context\":\"c\",\"question\":\"q\",\"answers\":{}}]", &err),
        FT_USAGE);
    ft_table_release(&t);
}

static void test_text(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_table t;
    const char *text = " = Title = \n\nfirst line\r\n second\n";
    assert_ok(read_mem(&t, "a.txt", text, &err), err);
    assert_int_equal(ft_table_rows(&t), 4);
    assert_text(ft_table_cell(&t, 0, 0), " = Title = ");
    assert_text(ft_table_cell(&t, 1, 0), "");
    assert_text(ft_table_cell(&t, 2, 0), "first line");
    assert_text(ft_table_cell(&t, 3, 0), " second");
    ft_table_release(&t);
    struct ft_read_opt opt = {.whole = true};
    assert_ok(ft_table_read_mem(&t, "a.txt", text, strlen(text), &opt, &err), err);
    assert_int_equal(ft_table_rows(&t), 1);
    assert_text(ft_table_cell(&t, 0, 0), text);
    ft_table_release(&t);
}

static void put(const char *root, const char *rel, const char *text)
{
    struct ft_err err = {0};
    char *path = ft_path_join(root, rel), *dir = ft_path_dir(path);
    assert_ok(ft_mkdirs(dir, &err), err);
    assert_ok(ft_file_write(path, text, strlen(text), &err), err);
    free(dir);
    free(path);
}

static void test_folder(void **state)
{
    (void)state;
    char root[] = "/tmp/fettle_folderXXXXXX";
    assert_non_null(mkdtemp(root));
    put(root, "train/pos/1.txt", "good\n");
    put(root, "train/neg/2.txt", "bad");
    put(root, "train/unsup/3.txt", "who knows");
    put(root, "dev/pos/1.txt", "nice");
    put(root, "test/neg/1.txt", "\xEF\xBB\xBFpoor");
    put(root, "README", "not a text");
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(ft_table_read(&t, root, NULL, &err), err);
    assert_int_equal(t.format, FT_FORMAT_FOLDER);
    assert_int_equal(ft_table_rows(&t), 5);
    assert_int_equal(t.files, 5);
    assert_int_equal(t.files_skipped, 1);
    size_t part = (size_t)t.part_column;
    assert_text(ft_table_cell(&t, 0, 0), "nice");
    assert_text(ft_table_cell(&t, 0, part), "validation");
    assert_text(ft_table_cell(&t, 1, 0), "poor");
    assert_text(ft_table_cell(&t, 1, 1), "neg");
    assert_text(ft_table_cell(&t, 1, part), "test");
    assert_text(ft_table_cell(&t, 3, 2), "train/pos/1.txt");
    assert_null(ft_table_cell(&t, 4, 1).data);
    struct ft_columns c;
    ft_columns_guess(&t, &c);
    assert_int_equal(c.text, 0);
    assert_int_equal(c.label, 1);
    ft_table_release(&t);
    assert_ok(ft_remove_tree(root, &err), err);
    assert_int_equal(ft_table_read(&t, root, NULL, &err), FT_NOTFOUND);
    ft_table_release(&t);
}

static void test_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int text_col, pair, label;
    } cases[] = {
        {"label,review\n1,good food\n0,bad food\n", 1, -1, 0},
        {"text,category\nhow do I,card\nwhere,pin\n", 0, -1, 1},
        {"sentence\tlabel\na b\t0\nc d\t1\n", 0, -1, 1},
        {" Review , Sentiment \ngood film,pos\nbad film,neg\n", 0, -1, 1},
        {"idx,premise,hypothesis,label\n1,a b,c d,0\n2,e f,g h,1\n", 1, 2, 3},
        {"id,question1,question2,is_duplicate\n1,a,b,0\n2,c,d,1\n", 1, 2, 3},
        {"foo,bar\na long text here,x\nanother long text,y\nand a third one,x\nthe last,y\n", 0, -1,
         1},
        {"nr,what,kind\n1,a long text here,x\n2,another text,y\n3,and a third one,x\n4,last "
         "one,y\n",
         1, -1, 2},
        {"text\nonly\none\n", 0, -1, -1},
        /* in the most rows, then the fewest different ones; a name says more than both */
        {"words,place,kind,kind2\na long text,x,a,k\nb text,,b,k\nc text,y,a,l\nd text,,b,m\n"
         "e text,x,a,k\nf text,y,b,l\n",
         0, -1, 2},
        {"words,label,kind\na long text,x,a\nb text,,b\nc text,x,a\nd text,y,b\n", 0, -1, 1},
        {"good film overall,1\nbad film it was,0\nfine film I guess,1\nthe worst film,0\n", 0, -1,
         1},
        /* without names: two columns of texts are a pair, an id is none */
        {"a man walks by,a man goes by,5.0\na dog barks,a cat sleeps,0.5\nthe sun is up,the sun "
         "shines,4.2\nit rains,it is raining now,3.8\n",
         0, 1, 2},
        {"a man walks by,x,eed5\na dog barks,y,ee84\nthe sun is up,x,ee90\nit rains,y,ee91\n", 0,
         -1, 1},
        /* of several columns with fractions the first, also where no number comes again */
        {"id,V,A,words\n1,3.0,2.5,a long text\n2,3.2,2.5,another text\n3,3.1,2.5,one more text\n"
         "4,3.1,2.75,the last text\n5,3.0,2.5,yes\n",
         3, -1, 1},
        {"words,amount\na long text,0.25\nanother text,0.75\nthe last text,1.5\n", 0, -1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_err err = {0};
        struct ft_table t;
        assert_ok(read_mem(&t, "a.csv", cases[i].text, &err), err);
        struct ft_columns c;
        ft_columns_guess(&t, &c);
        if (c.text != cases[i].text_col || c.pair != cases[i].pair || c.label != cases[i].label)
            fail_msg("case %zu: text %d pair %d label %d", i, c.text, c.pair, c.label);
        ft_table_release(&t);
    }
    struct ft_err err = {0};
    struct ft_table t;
    struct ft_str others = {0};
    assert_ok(
        read_mem(&t, "a.csv", "id,V,A,D,words\n1,3.0,2.5,1,a text\n2,3.2,2.5,1,more text\n", &err),
        err);
    struct ft_columns numbers;
    ft_columns_guess(&t, &numbers);
    assert_int_equal(numbers.label, 1);
    assert_int_equal(ft_columns_other_numbers(&t, &numbers, &others), 1);
    assert_string_equal(ft_str_text(&others), "A");
    assert_ok(ft_columns_set(&t, NULL, NULL, "V", &numbers, &err), err);
    assert_int_equal(ft_columns_other_numbers(&t, &numbers, &others), 0);
    ft_str_release(&others);
    ft_table_release(&t);
    assert_ok(read_mem(&t, "a.csv", "title,body,stars\nx,y,1\nz,w,2\n", &err), err);
    struct ft_columns c;
    ft_columns_guess(&t, &c);
    assert_ok(ft_columns_set(&t, "title", "body", NULL, &c, &err), err);
    assert_int_equal(c.text, 0);
    assert_int_equal(c.pair, 1);
    assert_int_equal(ft_columns_set(&t, "titel", NULL, NULL, &c, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "did you mean \"title\""));
    assert_int_equal(ft_columns_set(&t, "title", NULL, "title", &c, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "\"title\" is given twice"));
    assert_ok(ft_columns_set(&t, "body", "", "title", &c, &err), err);
    assert_int_equal(c.pair, -1);
    struct ft_column_facts f;
    ft_column_facts(&t, 0, 0, &f);
    assert_int_equal(f.filled, 2);
    assert_int_equal(f.distinct, 2);
    assert_text(f.example, "x");
    ft_table_release(&t);
}

/* A folder with several files for a part: the one with the plain name, as the training file's. */
static void test_folder_files(void **state)
{
    (void)state;
    char root[] = "/tmp/fettle_filesXXXXXX";
    struct ft_err err = {0};
    struct ft_table t;
    assert_non_null(mkdtemp(root));
    put(root, "train.tsv", "text\tlabel\na b\tx\nc d\ty\n");
    put(root, "dev.tsv", "text\tlabel\ne f\tx\n");
    put(root, "dev.names.csv", "text,label\nno,no\n");
    put(root, "test.tsv", "text\tlabel\ng h\ty\n");
    put(root, "test.csv", "text,label\nno,no\n");
    put(root, "labels.txt", "x\ny\n");
    assert_ok(ft_table_read(&t, root, NULL, &err), err);
    assert_int_equal(ft_table_rows(&t), 4);
    assert_text(ft_table_cell(&t, 2, 1), "e f");
    assert_text(ft_table_cell(&t, 3, 1), "g h");
    assert_non_null(strstr(t.said, "not read: dev.names.csv, test.csv"));
    ft_table_release(&t);
    put(root, "train.csv", "text,label\nno,no\n"); /* now neither is the plain one */
    assert_int_equal(ft_table_read(&t, root, NULL, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "several files for one split"));
    ft_table_release(&t);
    assert_ok(ft_remove_tree(root, &err), err);
}

static void test_split_column(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(read_mem(&t, "a.csv", "text,split,label\na,train,x\nb,dev,y\nc,test,x\n", &err), err);
    assert_int_equal(t.part_column, 1);
    assert_true(t.part_by_name);
    assert_non_null(strstr(t.said, "1 rows train, 1 validation, 1 test"));
    ft_table_release(&t);
    static const char *const none[] = {
        "text,split,label\na,train,x\nb,other,y\n", /* another value */
        "text,split,label\na,train,x\nb,train,y\n", /* one split */
        "text,split,label\na,test,x\nb,test,y\n",
        "text,split\na,train\nb,test\n", /* it is the label */
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_ok(read_mem(&t, "a.csv", none[i], &err), err);
        assert_int_equal(t.part_column, -1);
        ft_table_release(&t);
    }
}

static void test_real_columns(void **state)
{
    (void)state;
    static const struct {
        const char *rel, *text, *label;
    } cases[] = {{"data/imdb/imdb_train.csv.xz", "review", "sentiment"},
                 {"data/sst2/train.tsv", "sentence", "label"},
                 {"data/banking77/train.csv", "text", "category"},
                 {"data/waimai/waimai_10k.csv", "review", "label"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SHARED_OR_SKIP(path, cases[i].rel);
        struct ft_err err = {0};
        struct ft_table t;
        struct ft_read_opt opt = {.rows_max = 2000};
        assert_ok(ft_table_read(&t, path, &opt, &err), err);
        struct ft_columns c;
        ft_columns_guess(&t, &c);
        assert_string_equal(ft_table_name(&t, (size_t)c.text), cases[i].text);
        assert_string_equal(ft_table_name(&t, (size_t)c.label), cases[i].label);
        assert_int_equal(c.pair, -1);
        ft_table_release(&t);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonl),        cmocka_unit_test(test_json),
        cmocka_unit_test(test_text),         cmocka_unit_test(test_folder),
        cmocka_unit_test(test_columns),      cmocka_unit_test(test_folder_files),
        cmocka_unit_test(test_split_column), cmocka_unit_test(test_real_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
