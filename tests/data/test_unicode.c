/* UTF-8 with its invalid sequences, classes, lower case and normal forms of single characters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "data/unicode.h"

#include <string.h>

static void decodes(const char *bytes, size_t n, const uint32_t *want, size_t want_n)
{
    size_t i = 0, k = 0;

    while (i < n) {
        uint32_t cp = ft_uni_next(bytes, n, &i);
        assert_true(k < want_n);
        assert_int_equal(cp, want[k++]);
    }
    assert_int_equal(k, want_n);
    assert_int_equal(ft_uni_count(bytes, n), want_n);
    while (i > 0) {
        assert_int_equal(ft_uni_prev(bytes, &i), want[--k]);
    }
}
#define DECODES(bytes, ...)                                                                        \
    decodes(bytes, sizeof(bytes) - 1, (const uint32_t[]){__VA_ARGS__},                             \
            sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static void utf8(void **state)
{
    char buf[4];
    size_t i = 0;

    (void)state;
    DECODES("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x88", 'a', 0xE9, 0x20AC, 0x1F408);
    DECODES("\xc0\x80", 0xFFFD, 0xFFFD);                         /* overlong */
    DECODES("\xed\xa0\x80", 0xFFFD, 0xFFFD, 0xFFFD);             /* a surrogate */
    DECODES("\xf4\x90\x80\x80", 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD); /* past the last */
    DECODES("\xffz", 0xFFFD, 'z');
    i = 0; /* cut short: one for the part that began well */
    assert_int_equal(ft_uni_next("\xf0\x9f\x90z", 4, &i), 0xFFFD);
    assert_int_equal(i, 3);
    assert_false(ft_uni_valid("\xe2\x82", 2));
    assert_true(ft_uni_valid("\xef\xbf\xbd ok and longer than eight", 28));
    for (uint32_t cp = 1; cp < 0x110000; cp += 97) {
        if (cp < 0xD800 || cp > 0xDFFF) {
            size_t n = ft_uni_put(cp, buf);
            i = 0;
            assert_int_equal(ft_uni_next(buf, n, &i), cp);
            assert_int_equal(i, n);
        }
    }
}

static void classes(void **state)
{
    (void)state;
    ft_uni_init();
    assert_true(ft_uni_class(0x3000) & FT_UNI_SPACE);
    assert_true(ft_uni_class('$') & FT_UNI_PUNCT);
    assert_true(ft_uni_class(0x3002) & FT_UNI_PUNCT);
    assert_int_equal(ft_uni_class(0x20AC) & FT_UNI_PUNCT, 0); /* a currency sign is none */
    assert_true(ft_uni_class(0xFFFD) & FT_UNI_CONTROL);
    assert_int_equal(ft_uni_class('\n') & FT_UNI_CONTROL, 0);
    assert_true(ft_uni_class(0x301) & FT_UNI_NONSPACING);
    assert_int_equal(ft_uni_class(0x903) & FT_UNI_NONSPACING, 0); /* a spacing mark, but a mark */
    assert_true(ft_uni_class(0x903) & FT_UNI_MARK);
    assert_true(ft_uni_class(0x751F) & FT_UNI_CJK);
    assert_true(ft_uni_class(0x751F) & FT_UNI_LETTER);
    assert_int_equal(ft_uni_class(0xAC00) & FT_UNI_CJK, 0);
    assert_true(ft_uni_class(0xB2) & FT_UNI_NUMBER);
    assert_int_equal(ft_uni_class(0x110000), 0);
    assert_true(ft_uni_is_word('_') && ft_uni_is_word(0xE9) && ft_uni_is_word('7'));
    assert_false(ft_uni_is_word('-') || ft_uni_is_word(' '));
}

static void forms(void **state)
{
    uint32_t out[FT_UNI_DECOMPOSED_MAX];

    (void)state;
    assert_int_equal(ft_uni_lower(0x130, out), 2);
    assert_int_equal(out[1], 0x307);
    assert_int_equal(ft_uni_lower(0x3A3, out), 1); /* sigma is never final here */
    assert_int_equal(out[0], 0x3C3);
    assert_int_equal(ft_uni_lower(0x1E9E, out), 1);
    assert_int_equal(out[0], 0xDF);
    assert_int_equal(ft_uni_decompose(0x1EA4, false, out), 3);
    assert_int_equal(out[0], 'A');
    assert_int_equal(ft_uni_decompose(0xAC01, false, out), 3); /* Hangul */
    assert_int_equal(ft_uni_decompose(0xFB01, false, out), 1);
    assert_int_equal(ft_uni_decompose(0xFB01, true, out), 2);
    assert_int_equal(ft_uni_decompose(0xFDFA, true, out), 18);
    assert_int_equal(ft_uni_compose('e', 0x301), 0xE9);
    assert_int_equal(ft_uni_compose('e', 'x'), 0);
    assert_int_equal(ft_uni_combining(0x301), 230);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8),
        cmocka_unit_test(classes),
        cmocka_unit_test(forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
