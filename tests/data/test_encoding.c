/* Encodings told from the bytes and asked for; files that are written over while they are read. */
#include "data_test.h"

#include "data/encoding.h"

#include <unistd.h>

/* Text in an encoding, what it is read as where nobody said it ("" for what is asked for), and how
 * it is in UTF-8. */
static const struct {
    const char *text, *found, *asked, *utf8;
} encoded[] = {
    {"caf\xE9 na\xEFve", "windows-1252", "windows-1252", "caf\xC3\xA9 na\xC3\xAFve"},
    {"\x93quoted\x94 don\x92t", "windows-1252", "cp1252",
     "\xE2\x80\x9Cquoted\xE2\x80\x9D don\xE2\x80\x99t"},
    {"9 \x80 \x96 20\xB0", "windows-1252", "CP-1252", "9 \xE2\x82\xAC \xE2\x80\x93 20\xC2\xB0"},
    {"hyv\xE4\xE4 p\xE4iv\xE4\xE4 \xE0 l'\xE9t\xE9", "windows-1252", "latin-1",
     "hyv\xC3\xA4\xC3\xA4 p\xC3\xA4iv\xC3\xA4\xC3\xA4 \xC3\xA0 l'\xC3\xA9t\xC3\xA9"},
    {"\xD1\xF3\xEF \xE8 \xF5\xEB\xE5\xE1", "utf-8", "windows-1251",
     "\xD0\xA1\xD1\x83\xD0\xBF \xD0\xB8 \xD1\x85\xD0\xBB\xD0\xB5\xD0\xB1"},
    {"\x83\x65\x83\x58\x83\x67\x8C\x8B\x89\xCA", "utf-8", "shift_jis",
     "\xE3\x83\x86\xE3\x82\xB9\xE3\x83\x88\xE7\xB5\x90\xE6\x9E\x9C"},
    {"\xD6\xD0\xCE\xC4\xB2\xE2\xCA\xD4", "utf-8", "gbk",
     "\xE4\xB8\xAD\xE6\x96\x87\xE6\xB5\x8B\xE8\xAF\x95"},
    {"\xC5\xD7\xBD\xBA\xC6\xAE", "utf-8", "euc-kr", "\xED\x85\x8C\xEC\x8A\xA4\xED\x8A\xB8"},
    {"caf\xC3\xA9 \xE2\x80\x94 na\xEFve", "utf-8", "utf-8",
     "caf\xC3\xA9 \xE2\x80\x94 na\xEF\xBF\xBDve"},
    {"\xCF\xDE\xC5\xCE\xD8 \xD7\xCB\xD5\xD3\xCE\xD9\xCA", "utf-8", "koi8-r",
     "\xD0\xBE\xD1\x87\xD0\xB5\xD0\xBD\xD1\x8C "
     "\xD0\xB2\xD0\xBA\xD1\x83\xD1\x81\xD0\xBD\xD1\x8B\xD0\xB9"},
    {"caf\x8E d\x8Fj\x88", "utf-8", "macintosh", "caf\xC3\xA9 d\xC3\xA8j\xC3\xA0"},
};

static void test_encodings_found(void **state)
{
    (void)state;
    char path[] = "/tmp/fettle_csvXXXXXX";
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++) {
        for (int late = 0; late < 2; late++) { /* in the first piece, or far behind it */
            struct ft_str s = {0};
            struct ft_err err = {0};
            struct ft_table t = {0};
            ft_str_addz(&s, "text,label\n");
            for (int k = 0; late && k < 100000; k++)
                ft_str_addz(&s, "plain words,1\n");
            ft_str_addf(&s, "%s,1\nplain,2\n", encoded[i].text);
            assert_ok(ft_file_write(path, s.data, s.len, &err), err);
            assert_ok(ft_table_read(&t, path, NULL, &err), err);
            assert_string_equal(ft_encoding_name(t.encoding), encoded[i].found);
            size_t row = ft_table_rows(&t) - 2;
            bool found = strcmp(encoded[i].found, "utf-8") != 0;
            if (found) assert_text(ft_table_cell(&t, row, 0), encoded[i].utf8);
            assert_int_equal(t.notes[FT_NOTE_UTF8].rows, found ? 0 : 1);
            ft_table_release(&t);
            struct ft_read_opt opt = {0};
            assert_ok(ft_encoding_parse(encoded[i].asked, &opt.encoding, &err), err);
            assert_ok(ft_table_read(&t, path, &opt, &err), err);
            assert_text(ft_table_cell(&t, row, 0), encoded[i].utf8);
            ft_table_release(&t);
            ft_str_release(&s);
        }
    }
    struct ft_err err = {0};
    enum ft_encoding e;
    assert_int_equal(ft_encoding_parse("klingon", &e, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "klingon"));
    assert_non_null(strstr(err.msg, "euc-kr"));
    remove(path);
}

/* Four bytes a character, with a byte order mark of either order. */
static void test_wide_marks(void **state)
{
    (void)state;
    static const char text[] = "t,l\na\xE9,x\nb,y\n"; /* Latin-1, in UTF-32 below */
    for (int big = 0; big < 2; big++) {
        struct ft_str s = {0};
        struct ft_err err = {0};
        struct ft_table t = {0};
        ft_str_add(&s, big ? "\0\0\xFE\xFF" : "\xFF\xFE\0\0", 4);
        for (const char *p = text; *p; p++) {
            char unit[4] = {0};
            unit[big ? 3 : 0] = *p;
            ft_str_add(&s, unit, 4);
        }
        assert_ok(ft_table_read_mem(&t, "wide.csv", s.data, s.len, NULL, &err), err);
        assert_string_equal(ft_encoding_name(t.encoding), big ? "utf-32be" : "utf-32le");
        assert_text(ft_table_cell(&t, 0, 0), "a\xC3\xA9");
        ft_table_release(&t);
        ft_str_release(&s);
    }
}

/* The survey sees the same however the bytes come. */
static void test_encoding_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++) {
        const uint8_t *p = (const uint8_t *)encoded[i].text;
        size_t n = strlen(encoded[i].text);
        struct ft_encoding_survey whole = {0};
        ft_encoding_survey_add(&whole, p, n, true);
        for (size_t step = 1; step < n; step++) {
            struct ft_encoding_survey s = {0};
            for (size_t at = 0; at < n; at += step)
                ft_encoding_survey_add(&s, p + at, n - at < step ? n - at : step, at + step >= n);
            assert_int_equal(s.high, whole.high);
            assert_int_equal(s.utf8, whole.utf8);
            assert_int_equal(s.broken, whole.broken);
            assert_int_equal(s.fits, whole.fits);
            assert_int_equal(s.misfits, whole.misfits);
        }
    }
}

/* The file is written over by another program: while it is read that is an error, and rows that
 * were read stay as they were. */
static bool cut_file(void *arg, const struct ft_table *t, size_t rows, uint64_t done,
                     uint64_t total)
{
    (void)t, (void)rows, (void)done, (void)total;
    assert_int_equal(truncate(arg, 100), 0);
    return true;
}

static void test_written_over(void **state)
{
    (void)state;
    char path[] = "/tmp/fettle_csvXXXXXX";
    close(mkstemp(path));
    struct ft_str s = {0};
    struct ft_err err = {0};
    struct ft_table t = {0};
    ft_str_addz(&s, "text,label\n");
    for (int i = 0; i < 200000; i++)
        ft_str_addf(&s, "the words of row %d,%d\n", i, i % 2);
    assert_ok(ft_file_write(path, s.data, s.len, &err), err);
    struct ft_read_opt opt = {.progress = cut_file, .progress_arg = path};
    assert_int_equal(ft_table_read(&t, path, &opt, &err), FT_IO);
    assert_non_null(strstr(err.msg, "changed by another program"));
    assert_true(ft_table_rows(&t) >= 64);
    assert_text(ft_table_cell(&t, 10, 0), "the words of row 10");
    ft_table_release(&t);
    assert_ok(ft_file_write(path, s.data, s.len, &err), err);
    assert_ok(ft_table_read(&t, path, NULL, &err), err);
    assert_int_equal(truncate(path, 0), 0);
    for (size_t i = 0; i < 200000; i++)
        assert_int_equal(ft_table_cell(&t, i, 1).data[0], '0' + (char)(i % 2));
    ft_table_release(&t);
    ft_str_release(&s);
    remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encodings_found),
        cmocka_unit_test(test_wide_marks),
        cmocka_unit_test(test_encoding_pieces),
        cmocka_unit_test(test_written_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
