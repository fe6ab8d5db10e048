/* Workbooks: number formats, sheets, and what is refused. The archives are written here. */
#include "data_test.h"

#include "data/read.h"
#include "data/xlsx.h"
#include "data/xlsx_format.h"
#include "util/str.h"

#include <stdlib.h>

/* What a spreadsheet program shows. */
static void test_formats(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        double x;
        const char *shown;
    } cases[] = {
        {"General", 5, "5"},
        {"General", 0.1 + 0.2, "0.3"},
        {"General", -2.5, "-2.5"},
        {"General", 1e21, "1e+21"},
        {"", 3.75, "3.75"},
        {"0", 2.5, "3"},
        {"0", -0.4, "0"},
        {"0.00", 2.675, "2.68"},
        {"0.00", -1.005, "-1.01"},
        {"0.0#", 1.5, "1.5"},
        {"0.0#", 1.257, "1.26"},
        {"#.##", 0.5, ".5"},
        {"0000", 42, "0042"},
        {"#,##0", 1234567, "1,234,567"},
        {"#,##0.00", 999.999, "1,000.00"},
        {"#,##0,", 1234567, "1,235"},
        {"0%", 0.256, "26%"},
        {"0.0%", 0.2564, "25.6%"},
        {"0.00E+00", 123456, "1.23E+05"},
        {"0.00E+00", 0.00012, "1.20E-04"},
        {"0E+0", 9.6e10, "1E+11"},
        {"$#,##0.00", 1234.5, "$1,234.50"},
        {"#,##0.00 \"EUR\"", 3, "3.00 EUR"},
        {"[$\xE2\x82\xAC-407] 0.00", 3, "\xE2\x82\xAC 3.00"},
        {"#,##0;(#,##0)", -1234, "(1,234)"},
        {"0;-0;\"none\"", 0, "none"},
        {"_(* #,##0_);_(* (#,##0);_(* \"-\"_);_(@_)", 1234, "1,234"},
        {"[Red]0.0", 1.25, "1.3"},
        {"000-0000", 5551234, "555-1234"},
        {"0 \\x", 3, "3 x"},
        {"# ?/?", 0.25, "0.25"},
        {"[<100]0;0.0", 5.25, "5.25"},
        {"@", 7, "7"},
        {"yyyy-mm-dd", 45322, "2024-01-31"},
        {"yyyy-mm-dd hh:mm:ss", 36525.999988425926, "1999-12-31 23:59:59"},
        {"d.m.yy", 45322, "31.1.24"},
        {"dddd, mmmm d", 45322, "Wednesday, January 31"},
        {"mmm-yy", 45322, "Jan-24"},
        {"h:mm AM/PM", 0.75, "6:00 PM"},
        {"h:mm AM/PM", 0, "12:00 AM"},
        {"hh:mm", 0.99999, "23:59"},
        {"mm:ss.0", 0.000723, "01:02.5"},
        {"[h]:mm:ss", 1.5, "36:00:00"},
        {"[mm]:ss", 0.0625, "90:00"},
        {"yyyy-mm-dd", 60, "1900-02-29"},
        {"yyyy-mm-dd", 59, "1900-02-28"},
        {"yyyy-mm-dd", 61, "1900-03-01"},
        {"yyyy-mm-dd", 2958465, "9999-12-31"},
        {"yyyy-mm-dd", -1, "-1"},
        {"yyyy-mm-dd", 1e9, "1000000000"},
        {"[Magenta]0", 8, "8"},
        {"\"open", 3, ""},
        {";;;", 3, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_str s = {0};
        ft_xlsx_format_add(cases[i].code, strlen(cases[i].code), cases[i].x, false, &s);
        if (strcmp(ft_str_text(&s), cases[i].shown) != 0)
            fail_msg("%s of %.17g: %s, expected %s", cases[i].code, cases[i].x, ft_str_text(&s),
                     cases[i].shown);
        ft_str_release(&s);
    }
    struct ft_str s = {0};
    ft_xlsx_format_add("yyyy-mm-dd", 10, 45322 - 1462, true, &s);
    assert_string_equal(ft_str_text(&s), "2024-01-31");
    ft_str_release(&s);
}

/* ---- an archive of stored parts ---- */

static void put(struct ft_str *s, unsigned long x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        ft_str_addc(s, (char)(x >> 8 * i & 255));
}

struct zip {
    struct ft_str data, directory;
    size_t n;
};

static void add_part(struct zip *z, const char *name, const char *text, size_t n)
{
    size_t at = z->data.len, name_n = strlen(name);
    for (int central = 0; central < 2; central++) {
        struct ft_str *s = central ? &z->directory : &z->data;
        put(s, central ? 0x02014b50 : 0x04034b50, 4);
        if (central) put(s, 20, 2);
        put(s, 20, 2); /* version */
        put(s, 0, 2);  /* flags */
        put(s, 0, 2);  /* stored */
        put(s, 0, 4);
        put(s, 0, 4); /* checksum */
        put(s, n, 4);
        put(s, n, 4);
        put(s, name_n, 2);
        put(s, 0, 2);
        if (central) {
            put(s, 0, 2);
            put(s, 0, 8);
            put(s, at, 4);
        }
        ft_str_add(s, name, name_n);
        if (!central) ft_str_add(s, text, n);
    }
    z->n++;
}

static void end_zip(struct zip *z)
{
    size_t at = z->data.len;
    ft_str_add(&z->data, ft_str_text(&z->directory), z->directory.len);
    put(&z->data, 0x06054b50, 4);
    put(&z->data, 0, 4);
    put(&z->data, z->n, 2);
    put(&z->data, z->n, 2);
    put(&z->data, z->directory.len, 4);
    put(&z->data, at, 4);
    put(&z->data, 0, 2);
    ft_str_release(&z->directory);
}

#define PART(z, name, text) add_part(z, name, text, strlen(text))

static void begin_book(struct zip *z, const char *sheets)
{
    struct ft_str s = {0};
    ft_str_addf(&s, "<?xml version=\"1.0\"?><workbook><workbookPr/><sheets>%s</sheets></workbook>",
                sheets);
    add_part(z, "xl/workbook.xml", ft_str_text(&s), s.len);
    ft_str_release(&s);
    PART(z, "xl/_rels/workbook.xml.rels",
         "<Relationships><Relationship Id=\"r1\" Target=\"worksheets/sheet1.xml\"/>"
         "<Relationship Id=\"r2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>");
}

static const char two_sheets[] =
    "<sheet name=\"A &amp; B\" r:id=\"r1\"/><sheet name=\"Two\" r:id=\"r2\"/>";

static enum ft_status read_zip(struct zip *z, const char *sheet, struct ft_str *csv,
                               struct ft_xlsx_facts *f, struct ft_err *err)
{
    return ft_xlsx_csv_mem("a.xlsx", z->data.data, z->data.len, sheet, csv, f, err);
}

static void test_cells(void **state)
{
    (void)state;
    struct zip z = {0};
    struct ft_str csv = {0};
    struct ft_xlsx_facts f;
    struct ft_err err = {0};
    begin_book(&z, two_sheets);
    PART(&z, "xl/sharedStrings.xml",
         "<sst><si><t>te</t><rPh><t>no</t></rPh><r><t xml:space=\"preserve\">xt </t></r></si>"
         "<si><t>a<!-- > --><![CDATA[<&]]>&#x41;_x0042_</t></si></sst>");
    PART(&z, "xl/styles.xml",
         "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy\"/>"
         "<numFmt numFmtId=\"165\" formatCode=\"[>5]&quot;a>b&quot;\"/></numFmts>"
         "<cellStyleXfs><xf numFmtId=\"9\"/></cellStyleXfs>"
         "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/><xf numFmtId=\"14\"/>"
         "<xf numFmtId=\"10\"/></cellXfs></styleSheet>");
    PART(&z, "xl/worksheets/sheet1.xml",
         "<worksheet><sheetData>"
         "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
         "<row r=\"2\"/><row r=\"3\"><c r=\"A3\" s=\"1\"><v>45322</v></c>"
         "<c r=\"B3\" s=\"2\" t=\"n\"><v>45322</v></c><c r=\"C3\" s=\"3\"><v>0.5</v></c></row>"
         "<row><c "
         "t=\"inlineStr\"><is><t>in</t></is></c><c><f>1+1</f></c><c><f>2</f><v>4</v></c></row>"
         "<row><c t=\"str\"><v>x</v></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>"
         "<row><c t=\"s\"><v>99</v></c><c t=\"s\"><v>-1</v></c></row>"
         "</sheetData></worksheet>");
    PART(&z, "xl/worksheets/sheet2.xml",
         "<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>");
    end_zip(&z);
    assert_ok(read_zip(&z, NULL, &csv, &f, &err), err);
    assert_string_equal(ft_str_text(&csv), "text ,,a<&AB\n31/01/2024,2024-01-31,50.00%\nin,,4\n"
                                           "x,TRUE,#N/A\n");
    assert_string_equal(ft_str_text(&f.sheet), "A & B");
    assert_string_equal(ft_str_text(&f.names), "A & B, Two");
    assert_int_equal(f.sheets, 2);
    assert_int_equal(f.no_value, 1);
    ft_xlsx_facts_release(&f);
    ft_str_clear(&csv);
    assert_ok(read_zip(&z, "two", &csv, &f, &err), err);
    assert_string_equal(ft_str_text(&csv), "2\n");
    ft_xlsx_facts_release(&f);
    assert_int_equal(read_zip(&z, "Three", &csv, &f, &err), FT_FORMAT);
    assert_string_equal(err.msg, "a.xlsx: no sheet \"Three\"; the sheets are: A & B, Two");
    ft_xlsx_facts_release(&f);
    ft_str_release(&csv);
    ft_str_release(&z.data);
}

static void write_file(const char *path, const void *data, size_t n)
{
    struct ft_err err = {0};
    assert_ok(ft_file_write(path, data, n, &err), err);
}

static void refused(const char *path, enum ft_status expected, const char *text)
{
    struct ft_err err = {0};
    struct ft_table t;
    assert_int_equal(ft_table_read(&t, path, NULL, &err), expected);
    if (!strstr(err.msg, text)) fail_msg("%s; expected %s", err.msg, text);
    assert_null(strchr(err.msg, '\n'));
    ft_table_release(&t);
}

/* A table from a file; what is no workbook is refused with what it is. */
static void test_files(void **state)
{
    (void)state;
    char root[] = "/tmp/fettle_xlsxXXXXXX";
    assert_non_null(mkdtemp(root));
    char *path = ft_path_join(root, "a.xlsx"), *sheet = ft_path_join(root, "a.xlsx#two");
    struct zip z = {0};
    begin_book(&z, two_sheets);
    PART(&z, "xl/worksheets/sheet1.xml", "<worksheet/>");
    PART(&z, "xl/worksheets/sheet2.xml",
         "<sheetData><row><c t=\"inlineStr\"><is><t>text</t></is></c></row>"
         "<row><c t=\"inlineStr\"><is><t>a, \"b\"</t></is></c></row></sheetData>");
    end_zip(&z);
    write_file(path, z.data.data, z.data.len);
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(ft_table_read(&t, sheet, NULL, &err), err);
    assert_int_equal(t.format, FT_FORMAT_XLSX);
    assert_text(ft_table_cell(&t, 0, 0), "a, \"b\"");
    assert_non_null(strstr(t.said, "sheet \"Two\" is read, of 2 (A & B, Two)"));
    ft_table_release(&t);
    refused(path, FT_FORMAT, "sheet \"A & B\" is empty; the sheets are: A & B, Two");
    write_file(path, z.data.data, z.data.len / 2);
    refused(path, FT_FORMAT, "a damaged or truncated workbook");
    refused(sheet, FT_FORMAT, "a damaged or truncated workbook");
    struct ft_str locked = {0};
    ft_str_add(&locked, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
    for (const char *p = "EncryptedPackage"; *p; p++)
        put(&locked, (unsigned char)*p, 2);
    write_file(path, locked.data, locked.len);
    refused(sheet, FT_FORMAT, "with a password");
    ft_str_release(&locked);
    ft_str_release(&z.data);
    assert_ok(ft_remove_tree(root, &err), err);
    free(path);
    free(sheet);
}

/* A long shared text in many cells: a small file that would fill the memory. */
static void test_bomb(void **state)
{
    (void)state;
    enum { LONG = 1 << 20, CELLS = 100 };
    struct zip z = {0};
    struct ft_str s = {0}, csv = {0};
    struct ft_xlsx_facts f;
    struct ft_err err = {0};
    begin_book(&z, two_sheets);
    ft_str_addz(&s, "<sst><si><t>");
    for (size_t i = 0; i < LONG; i++)
        ft_str_addc(&s, 'a');
    ft_str_addz(&s, "</t></si></sst>");
    add_part(&z, "xl/sharedStrings.xml", s.data, s.len);
    ft_str_clear(&s);
    for (size_t i = 0; i < CELLS; i++)
        ft_str_addz(&s, "<row><c t=\"s\"><v>0</v></c></row>");
    add_part(&z, "xl/worksheets/sheet1.xml", s.data, s.len);
    end_zip(&z);
    assert_int_equal(read_zip(&z, NULL, &csv, &f, &err), FT_FORMAT);
    assert_non_null(strstr(err.msg, "its cells repeat long ones"));
    ft_xlsx_facts_release(&f);
    ft_str_release(&csv);
    ft_str_release(&s);
    ft_str_release(&z.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
