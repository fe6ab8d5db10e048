/* CSV and TSV: the csv-spectrum suite, forms that are sniffed, broken and hostile bytes, real
 * files. */
#include "data_test.h"

#include "util/json.h"

#include <pthread.h>
#include <zlib.h>

static enum ft_status read_text(struct ft_table *t, const char *text, struct ft_err *err)
{
    return ft_table_read_mem(t, "mem.csv", text, strlen(text), NULL, err);
}

static void check_json(const struct ft_table *t, const cJSON *json, bool first_differs)
{
    size_t row = 0;
    const cJSON *o = cJSON_IsArray(json) ? json->child : json;
    for (; o; o = o->next, row++) {
        size_t col = 0;
        for (const cJSON *f = o->child; f; f = f->next, col++) {
            assert_string_equal(ft_table_name(t, col), f->string);
            if (!(first_differs && !col)) assert_text(ft_table_cell(t, row, col), f->valuestring);
        }
        assert_int_equal(col, ft_table_columns(t));
    }
    assert_int_equal(row, ft_table_rows(t));
}

static void test_spectrum(void **state)
{
    (void)state;
    static const char *const names[] = {"comma_in_quotes", "empty",         "empty_crlf",
                                        "escaped_quotes",  "json",          "location_coordinates",
                                        "newlines",        "newlines_crlf", "quotes_and_newlines",
                                        "simple",          "simple_crlf",   "utf8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char rel[128];
        struct ft_err err = {0};
        struct ft_table t = {0};
        cJSON *json = NULL;
        snprintf(rel, sizeof rel, "suites/csv-spectrum/csvs/%s.csv", names[i]);
        SHARED_OR_SKIP(csv, rel);
        snprintf(rel, sizeof rel, "suites/csv-spectrum/json/%s.json", names[i]);
        SHARED_OR_SKIP(js, rel);
        assert_ok(ft_table_read(&t, csv, NULL, &err), err);
        assert_ok(ft_json_read(js, 1 << 20, &json, &err), err);
        /* The suite's own phone number differs between the two files of location_coordinates. */
        check_json(&t, json, !strcmp(names[i], "location_coordinates"));
        assert_true(t.complete);
        cJSON_Delete(json);
        ft_table_release(&t);
        free(csv);
        free(js);
    }
}

static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        char delimiter;
        bool header;
        size_t rows, cols;
        const char *first;
    } cases[] = {
        {"text,label\ngood,1\nbad,0\n", ',', true, 2, 2, "good"},
        {"text;label\na, b, c;1\nd, e;0\n", ';', true, 2, 2, "a, b, c"},
        {"text\tlabel\r\na, b\t1\r\n\"c\"\"d\"\t0\r\n", '\t', true, 2, 2, "a, b"},
        {"text|label\ngood|1\nbad|0", '|', true, 2, 2, "good"},
        {"\xEF\xBB\xBFtext,label\ngood,1\n", ',', true, 1, 2, "good"},
        {"good film,1\nbad film,0\nnice,1\n", ',', false, 3, 2, "good film"},
        {"text,label\rgood,1\rbad,0\r", ',', true, 2, 2, "good"},
        {"text\none\n\ntwo\n", FT_DELIMITER_NONE, true, 2, 1, "one"},
        {" text , label \n\"\",x\n", ',', true, 1, 2, ""},
        {"a,b\n\"x\"\"y\",\"z\n\n,w\"\n", ',', true, 1, 2, "x\"y"},
        {"a,b\n\"x\" y,z\n", ',', true, 1, 2, "x y"},
        {"a,b\n5\" disk,z\n", ',', true, 1, 2, "5\" disk"},
        {"a,b\n1\n1,2,3\n", ',', true, 2, 2, "1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_err err = {0};
        struct ft_table t = {0};
        assert_ok(read_text(&t, cases[i].text, &err), err);
        assert_int_equal(t.delimiter, cases[i].delimiter);
        assert_int_equal(t.has_header, cases[i].header);
        assert_int_equal(ft_table_rows(&t), cases[i].rows);
        assert_int_equal(ft_table_columns(&t), cases[i].cols);
        assert_text(ft_table_cell(&t, 0, 0), cases[i].first);
        ft_table_release(&t);
    }
    struct ft_err err = {0};
    struct ft_table t = {0};
    assert_ok(read_text(&t, "a,b\n1\n1,2,3\n\"x\"y,z\n", &err), err);
    assert_int_equal(t.notes[FT_NOTE_SHORT].rows, 1);
    assert_int_equal(t.notes[FT_NOTE_SHORT].items[0].row, 1);
    assert_int_equal(t.notes[FT_NOTE_LONG].items[0].row, 2);
    assert_int_equal(t.notes[FT_NOTE_QUOTE].items[0].row, 3);
    assert_null(ft_table_cell(&t, 0, 1).data);
    assert_null(ft_table_cell(&t, 9, 0).data);
    ft_table_release(&t);
    /* What is set is believed. */
    struct ft_read_opt opt = {.delimiter = ';', .quote = FT_QUOTE_NONE, .header = -1};
    const char *text = "\"a,b\n\"c;2\n";
    assert_ok(ft_table_read_mem(&t, "x.csv", text, strlen(text), &opt, &err), err);
    assert_int_equal(ft_table_rows(&t), 2);
    assert_text(ft_table_cell(&t, 1, 0), "\"c");
    ft_table_release(&t);
}

static void test_encodings(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_table t = {0};
    const char le[] = "\xFF\xFEt\0,\0l\0\n\0\xE4\0=\xD8\0\xDE,\0001\0\n\0\0\xD8,\0002\0";
    assert_ok(ft_table_read_mem(&t, "u.csv", le, sizeof le - 1, NULL, &err), err);
    assert_int_equal(t.encoding, FT_ENCODING_UTF16LE);
    assert_text(ft_table_cell(&t, 0, 0), "\xC3\xA4\xF0\x9F\x98\x80");
    assert_text(ft_table_cell(&t, 1, 0), "\xEF\xBF\xBD");
    assert_int_equal(t.notes[FT_NOTE_UTF8].items[0].row, 2);
    ft_table_release(&t);
    const char be[] = "\xFE\xFF\0t\0,\0l\0\n\0a\0,\0001";
    assert_ok(ft_table_read_mem(&t, "u.csv", be, sizeof be - 1, NULL, &err), err);
    assert_int_equal(t.encoding, FT_ENCODING_UTF16BE);
    assert_text(ft_table_cell(&t, 0, 0), "a");
    ft_table_release(&t);
    struct ft_read_opt opt = {.encoding = FT_ENCODING_CP1252};
    assert_ok(ft_table_read_mem(&t, "u.csv", "t,l\n\x80\xE9,1\n", 10, &opt, &err), err);
    assert_text(ft_table_cell(&t, 0, 0), "\xE2\x82\xAC\xC3\xA9");
    ft_table_release(&t);
    assert_ok(ft_table_read_mem(&t, "u.csv",
                                "t,l\na\xE9"
                                "b\xFF,1\nc,2\n",
                                15, NULL, &err),
              err);
    assert_text(ft_table_cell(&t, 0, 0), "a\xEF\xBF\xBD"
                                         "b\xEF\xBF\xBD");
    assert_int_equal(t.notes[FT_NOTE_UTF8].rows, 1);
    assert_int_equal(t.notes[FT_NOTE_UTF8].items[0].amount, 2);
    ft_table_release(&t);
}

static void test_broken(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        size_t n;
        const char *says;
    } cases[] = {
        {"a.csv", "a,b\n1,2\n3,\"never\nends\n", 21, "row 2 (line 3): quote never closed"},
        {"a.csv", "", 0, "empty"},
        {"a.csv", "PK\003\004xxxx", 8, "zip"},
        {"a.csv", "PAR1xxxx", 8, "Parquet"},
        {"a.csv", "\0\1\2\3\4\5\6\7", 8, "not text"},
        {"a.jsonl", "{\"a\":1}\n{\"a\":", 13, "row 2 (line 2"},
        {"a.jsonl", "{\"a\":1}}\n", 9, "text after"},
        {"a.json", "[{\"a\":1},]", 10, "comma"},
        {"a.json", "{\"b\":3}", 7, "no rows"},
        {"a.json", "[1]", 3, "object"},
        {"a.json", "[{\"a\":\"x", 8, "unterminated"},
        {"a.json", "[{\"a\":\"\\q\"}]", 12, "escape"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_err err = {0};
        struct ft_table t = {0};
        assert_int_equal(
            ft_table_read_mem(&t, cases[i].name, cases[i].text, cases[i].n, NULL, &err), FT_FORMAT);
        if (!strstr(err.msg, cases[i].says)) fail_msg("%s lacks \"%s\"", err.msg, cases[i].says);
        assert_false(t.complete);
        ft_table_release(&t);
    }
    /* Deep nesting ends, a huge line does not. */
    size_t n = 3 << 20;
    char *big = malloc(n);
    memset(big, '[', n);
    memcpy(big, "[{\"a\":", 6);
    struct ft_err err = {0};
    struct ft_table t = {0};
    assert_int_equal(ft_table_read_mem(&t, "deep.json", big, n, NULL, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "512"));
    ft_table_release(&t);
    memset(big, 'x', n);
    memcpy(big, "a,b\n", 4);
    assert_ok(ft_table_read_mem(&t, "long.csv", big, n, NULL, &err), err);
    assert_int_equal(ft_table_cell(&t, 0, 0).n, n - 4);
    ft_table_release(&t);
    free(big);
}

static bool stop_at_second(void *arg, const struct ft_table *t, size_t rows, uint64_t done,
                           uint64_t total)
{
    int *calls = arg;
    assert_int_equal(ft_table_rows(t), rows);
    assert_true(done <= total);
    if (rows) assert_text(ft_table_cell(t, rows - 1, 1), "1");
    return ++*calls < 2;
}

static void test_progress(void **state)
{
    (void)state;
    struct ft_str s = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < 20000; i++)
        ft_str_addf(&s, "row %d,1\n", i);
    int calls = 0;
    struct ft_read_opt opt = {.progress = stop_at_second, .progress_arg = &calls};
    struct ft_err err = {0};
    struct ft_table t = {0};
    assert_int_equal(ft_table_read_mem(&t, "x.csv", s.data, s.len, &opt, &err), FT_CANCELLED);
    assert_int_equal(ft_table_rows(&t), 64 + 4096);
    assert_text(ft_table_cell(&t, 4000, 0), "row 4000");
    ft_table_release(&t);
    struct ft_read_opt few = {.rows_max = 10};
    assert_ok(ft_table_read_mem(&t, "x.csv", s.data, s.len, &few, &err), err);
    assert_int_equal(ft_table_rows(&t), 10);
    assert_false(t.complete);
    ft_table_release(&t);
    assert_ok(ft_table_read_mem(&t, "x.csv", s.data, s.len, NULL, &err), err);
    for (int i = 0; i < 20000; i++) {
        char want[32];
        snprintf(want, sizeof want, "row %d", i);
        assert_text(ft_table_cell(&t, (size_t)i, 0), want);
    }
    ft_table_release(&t);
    ft_str_release(&s);
}

/* Another thread looks at rows while they are read. */
struct watcher {
    struct ft_table t;
    atomic_bool end;
    size_t seen, wrong;
};

static void *watch(void *arg)
{
    struct watcher *w = arg;
    while (!atomic_load(&w->end)) {
        size_t rows = ft_table_rows(&w->t);
        if (!rows) continue;
        struct ft_text a = ft_table_cell(&w->t, 0, 1), b = ft_table_cell(&w->t, rows - 1, 1);
        w->wrong += a.n != 1 || b.n != 1 || *a.data != '1' || *b.data != '1';
        w->wrong += ft_table_columns(&w->t) != 2 || strcmp(ft_table_name(&w->t, 1), "label") != 0;
        w->seen++;
    }
    return NULL;
}

/* The thread starts when there are rows: before that ft_table_read_mem itself fills the table's
 * head. */
static bool start_watching(void *arg, const struct ft_table *t, size_t rows, uint64_t done,
                           uint64_t total)
{
    (void)t;
    (void)rows;
    (void)done;
    (void)total;
    pthread_t *thread = ((void **)arg)[0];
    bool *started = ((void **)arg)[2];
    if (!*started) *started = !pthread_create(thread, NULL, watch, ((void **)arg)[1]);
    return true;
}

static void test_threads(void **state)
{
    (void)state;
    struct ft_str s = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < 200000; i++)
        ft_str_addf(&s, "row %d,1\n", i);
    struct watcher w = {.end = false};
    pthread_t thread;
    bool started = false;
    void *arg[] = {&thread, &w, &started};
    struct ft_read_opt opt = {.progress = start_watching, .progress_arg = arg};
    struct ft_err err = {0};
    assert_ok(ft_table_read_mem(&w.t, "x.csv", s.data, s.len, &opt, &err), err);
    assert_true(started);
    atomic_store(&w.end, true);
    pthread_join(thread, NULL);
    assert_int_equal(w.wrong, 0);
    ft_table_release(&w.t);
    ft_str_release(&s);
}

static void test_gzip(void **state)
{
    (void)state;
    struct ft_str s = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < 300000; i++)
        ft_str_addf(&s, "\"row, %d\",%d\n", i, i & 1);
    char path[] = "/tmp/fettle_gzXXXXXX";
    int fd = mkstemp(path);
    gzFile gz = gzdopen(fd, "wb");
    assert_int_equal(gzwrite(gz, s.data, (unsigned)s.len), (int)s.len);
    gzclose(gz);
    struct ft_err err = {0};
    struct ft_table t = {0};
    struct ft_read_opt opt = {.format = FT_FORMAT_CSV};
    assert_ok(ft_table_read(&t, path, &opt, &err), err);
    assert_int_equal(ft_table_rows(&t), 300000);
    assert_string_equal(t.compression, "gz");
    assert_text(ft_table_cell(&t, 299999, 0), "row, 299999");
    ft_table_release(&t);
    /* Cut off, then damaged: one line that says so. */
    char *packed;
    size_t n;
    assert_ok(ft_file_read(path, 1 << 30, &packed, &n, &err), err);
    assert_ok(ft_file_write(path, packed, n / 2, &err), err);
    assert_int_equal(ft_table_read(&t, path, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "truncated"));
    ft_table_release(&t);
    packed[n - 6] ^= 1;
    assert_ok(ft_file_write(path, packed, n, &err), err);
    assert_int_equal(ft_table_read(&t, path, &opt, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "invalid"));
    ft_table_release(&t);
    memset(packed + n / 2, 0x55, n / 4);
    assert_ok(ft_file_write(path, packed, n, &err), err);
    assert_int_equal(ft_table_read(&t, path, &opt, &err), FT_FORMAT);
    ft_table_release(&t);
    free(packed);
    remove(path);
    ft_str_release(&s);
}

static void test_real(void **state)
{
    (void)state;
    static const struct {
        const char *rel, *name0, *first;
        size_t rows;
        char delimiter;
    } cases[] = {
        {"data/imdb/imdb_train.csv.xz", "review", "Bromwell High is a cartoon comedy.", 25000, ','},
        {"data/sst2/train.tsv", "sentence", "hide new secretions", 67349, '\t'},
        {"data/sst2/dev.tsv", "sentence", "one long string", 872, '\t'},
        {"data/banking77/train.csv", "text", "I am still waiting", 10003, ','},
        {"data/banking77/test.csv", "text", "How do I locate", 3080, ','},
        {"data/waimai/waimai_10k.csv", "label", "1", 11987, ','},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SHARED_OR_SKIP(path, cases[i].rel);
        struct ft_err err = {0};
        struct ft_table t = {0};
        assert_ok(ft_table_read(&t, path, NULL, &err), err);
        assert_int_equal(ft_table_rows(&t), cases[i].rows);
        assert_int_equal(ft_table_columns(&t), 2);
        assert_int_equal(t.delimiter, cases[i].delimiter);
        assert_true(t.has_header);
        assert_string_equal(ft_table_name(&t, 0), cases[i].name0);
        struct ft_text s = ft_table_cell(&t, 0, 0);
        assert_memory_equal(s.data, cases[i].first, strlen(cases[i].first));
        for (size_t k = 0; k < FT_NOTE_COUNT; k++)
            assert_int_equal(t.notes[k].rows, 0);
        ft_table_release(&t);
        free(path);
    }
}

static void test_kuhn(void **state)
{
    (void)state;
    SHARED_OR_SKIP(path, "suites/utf8/kuhn/UTF-8-test.txt");
    struct ft_err err = {0};
    struct ft_table t = {0};
    struct ft_read_opt opt = {.format = FT_FORMAT_TEXT};
    assert_ok(ft_table_read(&t, path, &opt, &err), err);
    assert_true(ft_table_rows(&t) > 290);
    assert_true(t.notes[FT_NOTE_UTF8].rows > 50);
    ft_table_release(&t);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spectrum),  cmocka_unit_test(test_forms),
        cmocka_unit_test(test_encodings), cmocka_unit_test(test_broken),
        cmocka_unit_test(test_progress),  cmocka_unit_test(test_threads),
        cmocka_unit_test(test_gzip),      cmocka_unit_test(test_real),
        cmocka_unit_test(test_kuhn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
