/* Which first rows are headers: tables as people have them, with and without one. */
#include "data_test.h"

#include "util/str.h"

static const char *const texts[] = {
    "the kettle was hot and the tea was strong", "no seat was free on the early train",
    "a quiet garden with old apple trees",       "the parcel came two weeks too late",
    "our guide knew every stone of the town",    "the lamp broke on the second day"};
static const char *const labels[] = {"fine", "poor"};

/* A row of the body: T text, t another text, L label, S spam or ham, N the row's number, B 0 or 1,
 * D a date, I an id; all else stands for itself. */
static void add_row(struct ft_str *s, const char *pattern, size_t i)
{
    for (const char *p = pattern; *p; p++) {
        switch (*p) {
        case 'T':
            ft_str_addz(s, texts[i % 6]);
            break;
        case 't':
            ft_str_addz(s, texts[5 - i % 6]);
            break;
        case 'L':
            ft_str_addz(s, labels[i % 2]);
            break;
        case 'S':
            ft_str_addz(s, i % 2 ? "spam" : "ham");
            break;
        case 'N':
            ft_str_addf(s, "%zu", i * 3 + 1);
            break;
        case 'B':
            ft_str_addf(s, "%zu", i % 2);
            break;
        case 'D':
            ft_str_addf(s, "2023-0%zu-1%zu", i % 9 + 1, i % 7);
            break;
        case 'I':
            ft_str_addf(s, "item_%03zu", i);
            break;
        default:
            ft_str_addc(s, *p);
        }
    }
    ft_str_addc(s, '\n');
}

static const struct {
    const char *header, *body;
} with[] = {
    {"text,label", "T,L"},
    {"S,remark,,", "S,T,,"},         /* empty cells */
    {",remark,verdict", "N,T,L"},    /* an index without a name */
    {"remark\tverdict\t", "T\tL\t"}, /* each line ends in a tab */
    {"text,spam", "T,S"},            /* a name that is a value below it */
    {"message,fine", "T,L"},
    {"fine,message", "L,T"},
    {"text,1", "T,B"}, /* a number for a name */
    {"text,2025", "T,L"},
    {"0,1", "T,B"},
    {",0,1", "N,T,L"},
    {"place,2021,2022,2023", "L,N,N,N"},
    {"text,text", "T,L"}, /* a name twice */
    {"id,text,text", "N,T,t"},
    {"What did you like?,Was it worth it?", "T,L"}, /* signs at the end */
    {"1. What did you like.,2. Was it worth it:", "T,L"},
    {"Text:,Label:", "T,L"},
    {"text.,label.", "T,L"},
    {"Q1,Q2,Q3", "T,L,S"},
    {"Tell us in your own words how your journey with us has been this time.,Points", "T,N"},
    {"text,label,This column has the initials of whoever looked at the row last of all, see the "
     "notes",
     "T,L,S"}, /* longer than most */
    {"review_text,isPositive", "T,B"},
    {"# text,% sure", "T,N"},
    {"Rückmeldung,Urteil", "T,L"},
    {"\u8BC4\u8BBA\u5185\u5BB9,\u60C5\u611F", "T,L"},
    {"day,headline,section", "D,T,L"},
    {"key,body", "I,T"},
    {"a;b;c", "N;T;L"},
    {"x,y", "N,N"},
    {"\"Remark\",\"Verdict\"", "\"T\",\"L\""},
    {"Remark,Verdict", "\"T\",\"L\""},
    {"sentence", "T"},
    {"Remark", "T"},
    {"points", "N"},
};
static const char *const without[] = {
    "T,L",
    "L,T",
    "\"T\",\"L\"",
    "T,B",
    "\"B\",\"T\",\"t\"",
    "T",
    "T.",
    "N",
    "N,T",
    "N,N,B",
    "D,T",
    "D,T,L",
    "I,T,L",
    "T\tB",
    "I\tB\t*\tT",
    "N;N",
    "B,T,,",
    "S,T",
    "L;T",
    "T|S",
    "user@N.org,T",
    "B,\"T!\"",
    "__x__B,T",
    "D N:0B,T,L",
};

static void check(const char *text, bool header, size_t rows)
{
    struct ft_err err = {0};
    struct ft_table t = {0};
    const char *name = strchr(text, '\t') ? "a.tsv" : "a.csv";
    assert_ok(ft_table_read_mem(&t, name, text, strlen(text), NULL, &err), err);
    if (t.has_header != header || ft_table_rows(&t) != rows)
        fail_msg("%zu rows, header %d for\n%s", ft_table_rows(&t), t.has_header, text);
    /* what is said is believed */
    struct ft_read_opt opt = {.header = header ? -1 : 1};
    ft_table_release(&t);
    assert_ok(ft_table_read_mem(&t, name, text, strlen(text), &opt, &err), err);
    assert_int_equal(ft_table_rows(&t), header ? rows + 1 : rows - 1);
    ft_table_release(&t);
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t n = 6; n <= 60; n += 18) {
        for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
            struct ft_str s = {0};
            ft_str_addf(&s, "%s\n", with[i].header);
            for (size_t k = 0; k < n; k++)
                add_row(&s, with[i].body, k);
            check(ft_str_text(&s), true, n);
            ft_str_release(&s);
        }
        for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
            struct ft_str s = {0};
            for (size_t k = 0; k < n; k++)
                add_row(&s, without[i], k);
            check(ft_str_text(&s), false, n);
            ft_str_release(&s);
        }
    }
}

static void test_small(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool header;
        size_t rows;
    } cases[] = {
        {"text,label\nwell done,fine\n", true, 1},
        {"Urteil,Punkte\nes war gut,3\n", true, 1},
        {"lovely,1\nawful,0\n", false, 2},
        {"one line of text\n", false, 1},
        {"one line of text,fine\n", false, 1},
        {"cold,poor\nslow,poor\nquick,fine\nrude,poor\nkind,fine\n", false, 5},
        {"fine,short\nfine,a longer text about tea\npoor,the soup was cold again\n"
         "fine,all was well on the way\npoor,the train was late again\n",
         false, 5},
        {"5,\"short\"\n1,\"a longer text, about tea\"\n2,\"the soup, cold again\"\n", false, 3},
        {"Where is the station?,PLACE\nWho wrote it?,PERSON\nWhere do we eat?,PLACE\n", false, 3},
        {"Lovely!\nThe soup was cold and the tea was hot\nNobody came to help us all day\n", false,
         3},
        {"sep=;\ntext;label\nwell done;fine\nall wrong;poor\n", true, 2},
        {",,,\n\ntext,label\nwell done,fine\nall wrong,poor\n", true, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].text, cases[i].header, cases[i].rows);
}

/* Names that are there twice, or not at all, are told apart; delimiters at the end of a line make
 * no cells; R leaves out the name of the row names. */
static void test_names(void **state)
{
    (void)state;
    struct ft_err err = {0};
    struct ft_table t = {0};
    const char *text = "text,text,,text\nwell done,a,b,c\nall wrong,d,e,f\n";
    assert_ok(ft_table_read_mem(&t, "a.csv", text, strlen(text), NULL, &err), err);
    assert_string_equal(ft_table_name(&t, 0), "text");
    assert_string_equal(ft_table_name(&t, 1), "text_2");
    assert_string_equal(ft_table_name(&t, 2), "column3");
    assert_string_equal(ft_table_name(&t, 3), "text_3");
    ft_table_release(&t);
    text = "text,label\nwell done,fine,,\nall wrong,poor,,\n";
    assert_ok(ft_table_read_mem(&t, "a.csv", text, strlen(text), NULL, &err), err);
    assert_int_equal(ft_table_columns(&t), 2);
    assert_int_equal(t.notes[FT_NOTE_LONG].rows, 0);
    ft_table_release(&t);
    text = "\"text\",\"label\"\n\"1\",\"well done\",\"fine\"\n\"2\",\"all wrong\",\"poor\"\n";
    assert_ok(ft_table_read_mem(&t, "a.csv", text, strlen(text), NULL, &err), err);
    assert_int_equal(ft_table_rows(&t), 2);
    assert_string_equal(ft_table_name(&t, 1), "text");
    assert_text(ft_table_cell(&t, 1, 2), "poor");
    ft_table_release(&t);
}

/* Quotes, line ends, one column. */
static void test_forms(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        char delimiter, quote;
        size_t rows, cols, lines; /* lines: rows noted as swallowing others */
        const char *cell;         /* of row 0, column 0 */
    } cases[] = {
        {"a.tsv", "text\tlabel\n\"one\ntwo\"\tfine\n\"three\tfour\"\tpoor\nfive\tfine\n", '\t', '"',
         3, 2, 0, "one\ntwo"},
        {"a.tsv", "text\tlabel\n\"one said\tfine\ntwo\" said\tpoor\n", '\t', 0, 2, 2, 0,
         "\"one said"},
        {"a.tsv", "\"a\" b\t1\nc \"d\"\t0\n\"e\t1\n", '\t', 0, 3, 2, 0, "\"a\" b"},
        {"a.csv", "text,label\r\nwell done,fine\r\nall wrong,poor\rtoo late,fine\r\n", ',', '"', 3,
         2, 0, "well done"},
        {"a.csv", "text,label\nwell done,fine\rall wrong,poor\ntoo late,fine\n", ',', '"', 3, 2, 0,
         "well done"},
        {"a.csv", "well, it was fine\nso it was\nno, not at all, never\nyes\n", FT_DELIMITER_NONE,
         '"', 4, 1, 0, "well, it was fine"},
        {"a.csv", "text;label\n'well; done';fine\n'all wrong';poor\n", ';', '\'', 2, 2, 0,
         "well; done"},
        {"a.csv", "text,label\nt1,fine\n\"t2,poor\nt3,fine\nt4,poor\nt5\",fine\nt6,poor\n", ',',
         '"', 3, 2, 1, "t1"},
        {"a.csv", "text,label\nt1,fine\nt2,poor\n\"t3,fine\nt4\",poor\nt6,poor\n", ',', '"', 4, 2,
         1, "t1"},
        {"a.csv", "text,label\n\"Dear all,\nplease come, soon\nyours, me\",fine\nno,poor\n", ',',
         '"', 2, 2, 0, "Dear all,\nplease come, soon\nyours, me"},
        {"noend", "sep=|\ntext|label\nwell done|fine\nall wrong|poor\n", '|', '"', 2, 2, 0,
         "well done"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ft_err err = {0};
        struct ft_table t = {0};
        assert_ok(
            ft_table_read_mem(&t, cases[i].name, cases[i].text, strlen(cases[i].text), NULL, &err),
            err);
        if (ft_table_rows(&t) != cases[i].rows || t.delimiter != cases[i].delimiter ||
            t.quote != cases[i].quote || t.notes[FT_NOTE_LINES].rows != cases[i].lines)
            fail_msg("%zu rows, delimiter %d, quote %d, %zu noted for\n%s", ft_table_rows(&t),
                     t.delimiter, t.quote, t.notes[FT_NOTE_LINES].rows, cases[i].text);
        assert_int_equal(ft_table_columns(&t), cases[i].cols);
        assert_text(ft_table_cell(&t, 0, 0), cases[i].cell);
        ft_table_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
