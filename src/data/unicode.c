/* Bodies of unicode.h. The classes live in a two-stage table (page of 256 code points -> byte of
 * bits) that is filled once from the generated ranges; equal pages are not shared: the pages in use
 * are few. */
#include "data/unicode.h"
#include "data/unicode_in.h"

#include "util/mem.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { PAGE = 256, PAGES = 0x110000 / PAGE };

static uint8_t empty_page[PAGE], full_cjk[PAGE], full_letter_cjk[PAGE], full_control[PAGE];
static uint8_t *pages[PAGES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void add_class(uint32_t first, uint32_t last, enum ft_uni_class bit)
{
    for (uint32_t cp = first; cp <= last; cp++) {
        uint8_t **page = &pages[cp / PAGE];
        if (*page == empty_page) {
            *page = ft_xcalloc(1, PAGE);
        }
        (*page)[cp % PAGE] |= (uint8_t)bit;
    }
}

/* Thousands of pages of ideographs, syllables and private use are alike: one copy of each is
 * enough. */
static void share_page(uint8_t **page, uint8_t *shared)
{
    if (*page != shared && memcmp(*page, shared, PAGE) == 0) {
        free(*page);
        *page = shared;
    }
}

static void fill(void)
{
    memset(full_cjk, FT_UNI_CJK, PAGE);
    memset(full_letter_cjk, FT_UNI_CJK | FT_UNI_LETTER, PAGE);
    memset(full_control, FT_UNI_CONTROL, PAGE);
    for (size_t i = 0; i < PAGES; i++) {
        pages[i] = empty_page;
    }
    for (size_t i = 0; i < ft_uni_ranges_n; i++) {
        add_class(ft_uni_ranges[i].first, ft_uni_ranges[i].last, ft_uni_ranges[i].bit);
    }
    for (size_t i = 0; i < PAGES; i++) {
        share_page(&pages[i], full_cjk);
        share_page(&pages[i], full_letter_cjk);
        share_page(&pages[i], full_control);
    }
}

void ft_uni_init(void)
{
    pthread_once(&once, fill);
}

unsigned ft_uni_class(uint32_t cp)
{
    return cp < 0x110000 ? pages[cp / PAGE][cp % PAGE] : 0;
}

bool ft_uni_is_word(uint32_t cp)
{
    if (ft_uni_class(cp) & (FT_UNI_LETTER | FT_UNI_MARK) || cp == 0x200C || cp == 0x200D) {
        return true;
    }
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return true;
    default: /* circled and squared letters are alphabetic symbols */
        return (cp >= 0x24B6 && cp <= 0x24E9) || (cp >= 0x1F130 && cp <= 0x1F149) ||
               (cp >= 0x1F150 && cp <= 0x1F169) || (cp >= 0x1F170 && cp <= 0x1F189);
    }
}

uint32_t ft_uni_next(const char *text, size_t n, size_t *i)
{
    const uint8_t *s = (const uint8_t *)text + *i;
    size_t left = n - *i, len;
    uint32_t cp = s[0];
    uint8_t lo = 0x80, hi = 0xBF; /* what the second byte may be */

    *i += 1;
    if (cp < 0x80) {
        return cp;
    }
    if (cp < 0xC2 || cp > 0xF4) {
        return FT_UNI_REPLACEMENT;
    }
    len = cp < 0xE0 ? 2 : cp < 0xF0 ? 3 : 4;
    lo = cp == 0xE0 ? 0xA0 : cp == 0xF0 ? 0x90 : lo;
    hi = cp == 0xED ? 0x9F : cp == 0xF4 ? 0x8F : hi;
    cp &= 0xFFu >> (len + 1);
    for (size_t k = 1; k < len; k++) {
        if (k >= left || s[k] < lo || s[k] > hi) {
            return FT_UNI_REPLACEMENT;
        }
        cp = cp << 6 | (s[k] & 0x3F);
        lo = 0x80;
        hi = 0xBF;
        *i += 1;
    }
    return cp;
}

uint32_t ft_uni_prev(const char *text, size_t *i)
{
    size_t end = *i, at = end - 1, j;
    uint32_t cp;

    while (at > 0 && end - at < 4 && ((uint8_t)text[at] & 0xC0) == 0x80) {
        at--;
    }
    j = at;
    cp = ft_uni_next(text, end, &j);
    if (j == end) {
        *i = at;
        return cp;
    }
    *i = end - 1;
    return FT_UNI_REPLACEMENT;
}

size_t ft_uni_put(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

size_t ft_uni_ascii_run(const char *text, size_t n)
{
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, text + i, 8);
        if (w & 0x8080808080808080u) {
            break;
        }
    }
    while (i < n && (uint8_t)text[i] < 0x80) {
        i++;
    }
    return i;
}

size_t ft_uni_count(const char *text, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n;) {
        size_t run = ft_uni_ascii_run(text + i, n - i);
        count += run;
        i += run;
        if (i < n) {
            ft_uni_next(text, n, &i);
            count++;
        }
    }
    return count;
}

bool ft_uni_valid(const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        i += ft_uni_ascii_run(text + i, n - i);
        if (i < n) {
            size_t from = i;
            if (ft_uni_next(text, n, &i) == FT_UNI_REPLACEMENT &&
                (i - from != 3 || memcmp(text + from, "\xEF\xBF\xBD", 3) != 0)) {
                return false;
            }
        }
    }
    return true;
}

size_t ft_uni_lower(uint32_t cp, uint32_t out[2])
{
    size_t lo = 0, hi = ft_uni_lowers_n;

    out[0] = cp;
    if (cp < 0x80) {
        out[0] = cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
        return 1;
    }
    if (cp == 0x130) { /* the only letter whose lower case is two: i and a dot above */
        out[0] = 'i';
        out[1] = 0x307;
        return 2;
    }
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (ft_uni_lowers[mid].from < cp) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    if (lo < ft_uni_lowers_n && ft_uni_lowers[lo].from == cp) {
        out[0] = ft_uni_lowers[lo].to;
    }
    return 1;
}

size_t ft_uni_decompose(uint32_t cp, bool compat, uint32_t out[FT_UNI_DECOMPOSED_MAX])
{
    utf8proc_int32_t buf[FT_UNI_DECOMPOSED_MAX];
    int boundary = 0, opt = UTF8PROC_DECOMPOSE | (compat ? UTF8PROC_COMPAT : 0);
    utf8proc_ssize_t n;

    out[0] = cp;
    if (cp < 0xA0) {
        return 1;
    }
    n = utf8proc_decompose_char((utf8proc_int32_t)cp, buf, FT_UNI_DECOMPOSED_MAX,
                                (utf8proc_option_t)opt, &boundary);
    if (n < 1 || n > FT_UNI_DECOMPOSED_MAX) {
        return 1;
    }
    for (utf8proc_ssize_t i = 0; i < n; i++) {
        out[i] = (uint32_t)buf[i];
    }
    return (size_t)n;
}

unsigned ft_uni_combining(uint32_t cp)
{
    return cp < 0x300 ? 0 : (unsigned)utf8proc_get_property((utf8proc_int32_t)cp)->combining_class;
}

uint32_t ft_uni_compose(uint32_t a, uint32_t b)
{
    utf8proc_int32_t pair[2] = {(utf8proc_int32_t)a, (utf8proc_int32_t)b};

    if (b < 0x300) {
        return 0;
    }
    if (utf8proc_normalize_utf32(pair, 2, UTF8PROC_STABLE | UTF8PROC_COMPOSE) == 1) {
        return (uint32_t)pair[0];
    }
    return 0;
}

bool ft_uni_grapheme_ends(uint32_t a, uint32_t b, int32_t *state)
{
    if (a < 0x300 && b < 0x300 && a != '\r' && a != 0xAD && b != 0xAD) {
        *state = 0;
        return true; /* neither joins */
    }
    return utf8proc_grapheme_break_stateful((utf8proc_int32_t)a, (utf8proc_int32_t)b, state);
}
