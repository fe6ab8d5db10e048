/* Cleaning: each step on texts written by hand, spans of what goes, IMDb's counts. */
#include "data_test.h"

#include "data/clean.h"

static void check(unsigned steps, const char *in, const char *want)
{
    struct ft_str out = {0};
    ft_str_addz(&out, "untouched");
    bool changed = ft_clean_text(steps, (struct ft_text){in, strlen(in)}, &out);
    assert_int_equal(changed, strcmp(in, want) != 0);
    const char *got = ft_str_text(&out);
    if (strcmp(got, changed ? want : "untouched") != 0) fail_msg("\"%s\" gave \"%s\"", in, got);
    ft_str_release(&out);
}

static void test_steps(void **state)
{
    (void)state;
    static const struct {
        unsigned steps;
        const char *in, *want;
    } cases[] = {
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "good acting.<br /><br />4/10", "good acting. 4/10"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "a <b>bold</b>er <A HREF=\"x>y\">link</a>", "a bolder link"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "a < b, 3 > 2, <3 <sigh> <br", "a < b, 3 > 2, <3 <sigh> <br"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "x &amp; y&eacute;&#233;&#xE9;&nbsp;&bogus; &",
         "x & y\xC3\xA9\xC3\xA9\xC3\xA9\xC2\xA0&bogus; &"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "&amp;lt; &#150; &#0;&#x110000;",
         "&lt; \xE2\x80\x93 \xEF\xBF\xBD\xEF\xBF\xBD"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "a<script>if (a<b) x();</script>b<!-- no <p> -->c", "a bc"},
        {FT_CLEAN_BIT(FT_CLEAN_HTML), "<p>one</p><p>two</p>", "one two"},
        {FT_CLEAN_BIT(FT_CLEAN_WHITESPACE), "  a \t b\xC2\xA0\n c  ", "a b c"},
        {FT_CLEAN_BIT(FT_CLEAN_WHITESPACE), "a b", "a b"},
        {FT_CLEAN_BIT(FT_CLEAN_WHITESPACE), "a\tb", "a b"},
        {FT_CLEAN_BIT(FT_CLEAN_URLS), "see http://a.b/c?d=e, or (www.x.org).",
         "see [url], or ([url])."},
        {FT_CLEAN_BIT(FT_CLEAN_URLS), "HTTPS://X.Y shttp://no www. http:// x",
         "[url] shttp://no www. http:// x"},
        {FT_CLEAN_BIT(FT_CLEAN_LOWERCASE), "ABC \xC3\x89\xCE\x91\xD0\x96 1",
         "abc \xC3\xA9\xCE\xB1\xD0\xB6 1"},
        {FT_CLEAN_BIT(FT_CLEAN_STOPWORDS), "The film is not good, it's the worst",
         "film not good, worst"},
        {FT_CLEAN_BIT(FT_CLEAN_STOPWORDS), "theatre then\xC3\xA9 them", "theatre then\xC3\xA9 "},
        {FT_CLEAN_BIT(FT_CLEAN_DEDUP), "Any <b>text</b>", "Any <b>text</b>"},
        {(1u << FT_CLEAN_COUNT) - 1, "The <i>BEST</i>  of http://x.y", "best [url]"},
        {0, "<b>", "<b>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(cases[i].steps, cases[i].in, cases[i].want);
    struct ft_str out = {0};
    assert_false(ft_clean_text(~0u, (struct ft_text){NULL, 0}, &out));
    /* Bytes that cost a careless parser its square. */
    size_t n = 400000;
    char *big = malloc(n);
    for (size_t i = 0; i < n; i++)
        big[i] = "<a \"<script>&"[i % 13];
    ft_clean_text((1u << FT_CLEAN_COUNT) - 1, (struct ft_text){big, n}, &out);
    for (size_t i = 0; i < n; i++)
        big[i] = "<script><!--"[i % 12];
    ft_clean_text((1u << FT_CLEAN_COUNT) - 1, (struct ft_text){big, n}, &out);
    assert_true(out.len <= 3 * n);
    free(big);
    ft_str_release(&out);
}

static void test_spans(void **state)
{
    (void)state;
    const char *in = "Good.<br /><br />4/10  &amp; THE end";
    struct ft_clean_span s[8];
    unsigned steps = FT_CLEAN_BIT(FT_CLEAN_HTML) | FT_CLEAN_BIT(FT_CLEAN_WHITESPACE);
    size_t n = ft_clean_spans(steps, (struct ft_text){in, strlen(in)}, s, 8);
    assert_int_equal(n, 2);
    assert_int_equal(s[0].start, 5);
    assert_int_equal(s[0].end, 17);
    assert_int_equal(s[1].start, 22); /* the second blank and the entity, side by side */
    assert_int_equal(s[1].end, 28);
    assert_int_equal(ft_clean_spans(steps, (struct ft_text){"plain", 5}, s, 8), 0);
    assert_int_equal(ft_clean_spans(steps, (struct ft_text){in, strlen(in)}, s, 1), 2);
}

static void test_parse(void **state)
{
    (void)state;
    unsigned bits = 99;
    struct ft_err err = {0};
    assert_ok(ft_clean_parse("none", &bits, &err), err);
    assert_int_equal(bits, 0);
    assert_ok(ft_clean_parse("dedup, html", &bits, &err), err);
    assert_int_equal(bits, FT_CLEAN_BIT(FT_CLEAN_HTML) | FT_CLEAN_BIT(FT_CLEAN_DEDUP));
    assert_int_equal(ft_clean_parse("htm", &bits, &err), FT_USAGE);
    assert_non_null(strstr(err.msg, "html"));
}

static void test_imdb(void **state)
{
    (void)state;
    SHARED_OR_SKIP(path, "data/imdb/imdb_train.csv.xz");
    struct ft_err err = {0};
    struct ft_table t;
    assert_ok(ft_table_read(&t, path, NULL, &err), err);
    assert_int_equal(ft_clean_count(&t, 0, 0, FT_CLEAN_HTML, NULL), 14668);
    assert_int_equal(ft_clean_count(&t, 0, 0, FT_CLEAN_URLS, NULL), 93);
    atomic_bool stop = true;
    assert_int_equal(ft_clean_count(&t, 0, 0, FT_CLEAN_HTML, &stop), 0);
    ft_table_release(&t);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_imdb),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
