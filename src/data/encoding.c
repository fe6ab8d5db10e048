/* Encodings: see encoding.h. Telling windows-1252 from the rest goes by where its characters stand
 * in words: accented letters next to plain ones, quotes at the ends of words. In texts of other code
 * pages they stand next to each other, or as capitals inside of words. */
#include "data/encoding.h"

#include "util/mem.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name, *other;
} table[FT_ENCODING_COUNT] = {
#define X(id, name, other) [FT_ENCODING_##id] = {name, other},
    FT_ENCODING_LIST(X)
#undef X
};

/* What iconv knows a superset of, or by another name. */
static const struct {
    enum ft_encoding e;
    const char *name;
} iconv_names[] = {{FT_ENCODING_SHIFT_JIS, "CP932"},
                   {FT_ENCODING_EUC_KR, "CP949"},
                   {FT_ENCODING_TIS620, "CP874"},
                   {FT_ENCODING_IBM866, "IBM866"}};

/* windows-1252 0x80..0x9F, as the web's Encoding standard has it. */
static const uint16_t cp1252_high[32] = {
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

/* --- names --- */

const char *ft_encoding_name(enum ft_encoding e)
{
    return table[e].name;
}

/* Small letters and digits of a name; n < size. */
static void plain(const char *name, size_t n, char *buf, size_t size)
{
    size_t k = 0;
    for (size_t i = 0; i < n && k + 1 < size; i++)
        if (!strchr("-_ ", name[i])) buf[k++] = (char)tolower((unsigned char)name[i]);
    buf[k] = 0;
}

static bool is_called(enum ft_encoding e, const char *want)
{
    char buf[40];
    plain(table[e].name, strlen(table[e].name), buf, sizeof buf);
    if (!strcmp(buf, want)) return true;
    for (const char *p = table[e].other; *p;) {
        size_t n = strcspn(p, " ");
        if (n == strlen(want) && !memcmp(p, want, n)) return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

enum ft_status ft_encoding_parse(const char *name, enum ft_encoding *out, struct ft_err *err)
{
    char want[40];
    plain(name, strlen(name), want, sizeof want);
    for (int i = 0; i < FT_ENCODING_COUNT; i++) {
        if (!is_called((enum ft_encoding)i, want)) continue;
        *out = (enum ft_encoding)i;
        return FT_OK;
    }
    struct ft_str list = {0};
    for (int i = 0; i < FT_ENCODING_COUNT; i++)
        ft_str_addf(&list, "%s%s", i ? ", " : "", table[i].name);
    enum ft_status st = ft_fail(err, FT_USAGE, "encoding: unknown name `%.60s`; expected one of %s",
                                name, ft_str_text(&list));
    ft_str_release(&list);
    return st;
}

bool ft_encoding_is_utf8(enum ft_encoding e)
{
    return e == FT_ENCODING_AUTO || e == FT_ENCODING_UTF8 || e == FT_ENCODING_UTF8_BOM;
}

size_t ft_encoding_mark(const void *first, size_t n, enum ft_encoding asked, enum ft_encoding *out)
{
    static const struct {
        const char *mark;
        size_t n;
        enum ft_encoding enc, also;
    } marks[] = {{"\xFF\xFE\0\0", 4, FT_ENCODING_UTF32LE, FT_ENCODING_UTF32LE},
                 {"\0\0\xFE\xFF", 4, FT_ENCODING_UTF32BE, FT_ENCODING_UTF32LE},
                 {"\xEF\xBB\xBF", 3, FT_ENCODING_UTF8_BOM, FT_ENCODING_UTF8},
                 {"\xFF\xFE", 2, FT_ENCODING_UTF16LE, FT_ENCODING_UTF16},
                 {"\xFE\xFF", 2, FT_ENCODING_UTF16BE, FT_ENCODING_UTF16}};
    *out = asked == FT_ENCODING_AUTO    ? FT_ENCODING_UTF8
           : asked == FT_ENCODING_UTF16 ? FT_ENCODING_UTF16LE
                                        : asked;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (n < marks[i].n || memcmp(first, marks[i].mark, marks[i].n) != 0) continue;
        if (marks[i].n == 4 && asked != FT_ENCODING_AUTO && asked != FT_ENCODING_UTF32LE &&
            asked != FT_ENCODING_UTF32BE)
            continue;
        bool same = asked == FT_ENCODING_AUTO || asked == marks[i].enc || asked == marks[i].also;
        /* three bytes that say UTF-8 are no text in any other encoding that is asked for */
        if (!same)
            return marks[i].n == 3 && asked != FT_ENCODING_UTF16LE &&
                           asked != FT_ENCODING_UTF16BE && asked != FT_ENCODING_UTF16
                       ? 3
                       : 0;
        *out = marks[i].enc;
        return marks[i].n;
    }
    return 0;
}

/* --- telling them apart --- */

enum { CUT_OFF = 9 };

/* Bytes of the complete UTF-8 sequence at p, n > 0; 0: none; CUT_OFF: it may be incomplete. */
static size_t sequence(const uint8_t *p, size_t n)
{
    uint8_t low = 0x80, high = 0xBF;
    size_t len = p[0] < 0x80   ? 1
                 : p[0] < 0xC2 ? 0
                 : p[0] < 0xE0 ? 2
                 : p[0] < 0xF0 ? 3
                 : p[0] < 0xF5 ? 4
                               : 0;
    if (p[0] == 0xE0) low = 0xA0;
    if (p[0] == 0xED) high = 0x9F;
    if (p[0] == 0xF0) low = 0x90;
    if (p[0] == 0xF4) high = 0x8F;
    for (size_t i = 1; i < len; i++) {
        if (i == n) return CUT_OFF;
        if (p[i] < low || p[i] > high) return 0;
        low = 0x80;
        high = 0xBF;
    }
    return len;
}

/* The first n bytes of p that are below 128. */
static size_t ascii_run(const uint8_t *p, size_t n)
{
    size_t i = 0;
    for (; n - i >= 32; i += 32) {
        uint64_t w[4];
        memcpy(w, p + i, sizeof w);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) break;
    }
    while (i < n && p[i] < 0x80)
        i++;
    return i;
}

size_t ft_encoding_utf8_prefix(const uint8_t *p, size_t n, size_t *whole, size_t *sequences)
{
    *sequences = 0;
    *whole = n;
    for (size_t i = 0;;) {
        i += ascii_run(p + i, n - i);
        if (i == n) return n;
        size_t len = sequence(p + i, n - i);
        if (len == CUT_OFF) {
            *whole = i;
            return n;
        }
        if (!len) {
            *whole = i;
            return i;
        }
        ++*sequences;
        i += len;
    }
}

static bool is_upper(uint8_t b)
{
    return (b >= 'A' && b <= 'Z') || (b >= 0xC0 && b <= 0xDE && b != 0xD7) || b == 0x8A ||
           b == 0x8C || b == 0x8E || b == 0x9F;
}

static bool is_lower(uint8_t b)
{
    return (b >= 'a' && b <= 'z') || (b >= 0xDF && b != 0xF7) || b == 0x9A || b == 0x9C ||
           b == 0x9E;
}

static bool is_letter(uint8_t b)
{
    return is_upper(b) || is_lower(b);
}

static bool is_ascii_letter(uint8_t b)
{
    return b < 0x80 && is_letter(b);
}

/* The letters above 127 that stand together and end here. One or two of them next to plain letters
 * are western; words of nothing else are not. */
static void judge_run(struct ft_encoding_survey *s, uint8_t next)
{
    unsigned n = s->run;
    bool in_word = is_ascii_letter(s->run_before) || is_ascii_letter(next);
    s->run = 0;
    if (!n) return;
    if (s->run_odd || (!in_word && (n > 3 || (n > 2 && !is_upper(s->before)))))
        s->misfits += n;
    else if (in_word && n < 3)
        s->fits += n;
    else if (n == 1)
        s->fits += s->before >= 0xE0 || s->before == 0xC0 || s->before == 0xC9; /* a word: a` */
}

/* A character of windows-1252 above 127 that is no letter. */
static void judge_sign(struct ft_encoding_survey *s, uint8_t b, uint8_t next)
{
    bool inside = is_letter(s->before) && is_letter(next);
    bool joins = b == 0x92 || b == 0x91 || b == 0x96 || b == 0x97 || b == 0x85 || b == 0xA0 ||
                 b == 0xAD || b == 0xB7;
    bool opens = b == 0x82 || b == 0x84 || b == 0xA1 || b == 0xBF;
    bool ends = b == 0xB1 || b == 0xB2 || b == 0xB3 || b == 0xB6 || b == 0xB9 || b == 0xBC;
    bool row = b > 0xA0 && b < 0xC0 && s->before > 0xA0 && s->before < 0xC0;
    bool rare = b == 0x83 || (b >= 0x86 && b <= 0x89) || b == 0x98;
    if (b == 0x81 || b == 0x8D || b == 0x8F || b == 0x90 || b == 0x9D)
        s->misfits += 2; /* stand for nothing */
    else if (row || (inside && !joins) || (opens && is_letter(s->before)) ||
             (ends && is_letter(next)))
        s->misfits++;
    else if (!rare)
        s->fits++;
}

static void survey_byte(struct ft_encoding_survey *s, const uint8_t *p, size_t n)
{
    uint8_t b = *p, next = n > 1 ? p[1] : 0;
    s->high++;
    if (is_letter(b)) {
        if (!s->run++) {
            s->run_before = s->before;
            s->run_odd = false;
        }
        s->run_odd |= b == 0xFF || (is_upper(b) && is_lower(s->before));
    } else {
        judge_run(s, b);
        judge_sign(s, b, next);
    }
    s->before = b;
}

/* All but the last few bytes, which may go on. */
static size_t survey_some(struct ft_encoding_survey *s, const uint8_t *p, size_t n, bool last)
{
    size_t i = 0, end = last ? n : n > sizeof s->tail - 1 ? n - (sizeof s->tail - 1) : 0;
    while (i < end) {
        size_t plain_n = ascii_run(p + i, end - i);
        if (plain_n) {
            judge_run(s, p[i]);
            s->before = p[i + plain_n - 1];
            i += plain_n;
            continue;
        }
        size_t len = sequence(p + i, n - i);
        bool whole = len && len != CUT_OFF;
        s->utf8 += whole;
        s->broken += !whole;
        for (size_t k = 0, m = whole ? len : 1; k < m; k++, i++)
            survey_byte(s, p + i, n - i);
    }
    if (last) judge_run(s, 0);
    return i;
}

void ft_encoding_survey_add(struct ft_encoding_survey *s, const uint8_t *p, size_t n, bool last)
{
    /* the bytes that were left over, with the first new ones behind them */
    while (s->tail_n && (n || last)) {
        uint8_t few[2 * sizeof s->tail];
        size_t more = n < sizeof s->tail ? n : sizeof s->tail;
        memcpy(few, s->tail, s->tail_n);
        if (more) memcpy(few + s->tail_n, p, more);
        size_t have = s->tail_n + more, used = survey_some(s, few, have, last && more == n);
        if (used >= s->tail_n) { /* the rest is looked at where it lies */
            p += used - s->tail_n;
            n -= used - s->tail_n;
            s->tail_n = 0;
        } else if (more == n) {
            s->tail_n = have - used;
            memcpy(s->tail, few + used, s->tail_n);
            return;
        } else {
            memmove(few, few + used, have - used);
            s->tail_n -= used;
            memcpy(s->tail, few, s->tail_n);
        }
    }
    size_t used = n ? survey_some(s, p, n, last) : 0;
    s->tail_n = n - used;
    if (s->tail_n) memcpy(s->tail, p + used, s->tail_n);
}

enum ft_encoding ft_encoding_survey_end(const struct ft_encoding_survey *s)
{
    bool western = s->broken && s->utf8 * 10 <= s->broken && s->fits && s->misfits * 5 <= s->fits;
    return western ? FT_ENCODING_CP1252 : FT_ENCODING_UTF8;
}

/* --- converting --- */

struct ft_encoding_coder {
    enum ft_encoding e;
    iconv_t cd;
    bool has_cd;
    int half;      /* UTF-16: first byte of a unit, -1 none */
    uint32_t high; /* UTF-16: waiting high surrogate, 0 none */
    uint8_t rest[16];
    size_t rest_n; /* iconv: bytes of a character that goes on */
};

enum ft_status ft_encoding_coder_new(struct ft_encoding_coder **out, enum ft_encoding e,
                                     struct ft_err *err)
{
    struct ft_encoding_coder *c = ft_xcalloc(1, sizeof *c);
    c->e = e;
    c->half = -1;
    if (e > FT_ENCODING_LATIN1) {
        const char *name = ft_encoding_name(e);
        for (size_t i = 0; i < sizeof iconv_names / sizeof *iconv_names; i++)
            if (iconv_names[i].e == e) name = iconv_names[i].name;
        c->cd = iconv_open("UTF-8", name);
        c->has_cd = c->cd != (iconv_t)-1;
        if (!c->has_cd) {
            free(c);
            return ft_fail(err, FT_UNSUPPORTED,
                           "encoding: this system's iconv does not know %s; convert the file to "
                           "UTF-8 first",
                           ft_encoding_name(e));
        }
    }
    *out = c;
    return FT_OK;
}

void ft_encoding_coder_free(struct ft_encoding_coder *c)
{
    if (!c) return;
    if (c->has_cd) iconv_close(c->cd);
    free(c);
}

size_t ft_encoding_room(size_t n)
{
    size_t room;
    return ft_size_mul(n, 3, &room) || ft_size_add(room, 128, &room) ? SIZE_MAX / 2 : room;
}

static char *put(char *o, uint32_t cp)
{
    if (cp < 0x80) {
        *o++ = (char)cp;
    } else if (cp < 0x800) {
        *o++ = (char)(0xC0 | cp >> 6);
        *o++ = (char)(0x80 | (cp & 63));
    } else if (cp < 0x10000) {
        *o++ = (char)(0xE0 | cp >> 12);
        *o++ = (char)(0x80 | (cp >> 6 & 63));
        *o++ = (char)(0x80 | (cp & 63));
    } else {
        *o++ = (char)(0xF0 | cp >> 18);
        *o++ = (char)(0x80 | (cp >> 12 & 63));
        *o++ = (char)(0x80 | (cp >> 6 & 63));
        *o++ = (char)(0x80 | (cp & 63));
    }
    return o;
}

static char *put_bad(char *o)
{
    *o++ = (char)0xFF;
    return o;
}

static char *put_unit(struct ft_encoding_coder *c, uint32_t u, char *o)
{
    if (c->high) {
        uint32_t high = c->high;
        c->high = 0;
        if (u >= 0xDC00 && u < 0xE000)
            return put(o, 0x10000 + ((high - 0xD800) << 10) + (u - 0xDC00));
        o = put_bad(o);
    }
    if (u >= 0xD800 && u < 0xDC00) {
        c->high = u;
        return o;
    }
    return u >= 0xDC00 && u < 0xE000 ? put_bad(o) : put(o, u);
}

static char *convert_wide(struct ft_encoding_coder *c, const uint8_t *p, size_t n, bool last,
                          char *o)
{
    bool big = c->e == FT_ENCODING_UTF16BE;
    for (size_t i = 0; i < n; i++) {
        if (c->half < 0) {
            c->half = p[i];
            continue;
        }
        uint32_t a = (uint32_t)c->half, b = p[i];
        c->half = -1;
        o = put_unit(c, big ? a << 8 | b : b << 8 | a, o);
    }
    if (!last || (!c->high && c->half < 0)) return o;
    c->high = 0;
    c->half = -1;
    return put_bad(o);
}

static char *convert_iconv(struct ft_encoding_coder *c, const uint8_t *p, size_t n, bool last,
                           char *o)
{
    uint8_t *all = ft_xmalloc(c->rest_n + n + 1);
    memcpy(all, c->rest, c->rest_n);
    if (n) memcpy(all + c->rest_n, p, n);
    char *in = (char *)all;
    size_t left = c->rest_n + n, room = ft_encoding_room(n);
    char *end = o + room;
    c->rest_n = 0;
    while (left) {
        size_t out_n = (size_t)(end - o);
        if (iconv(c->cd, &in, &left, &o, &out_n) != (size_t)-1) continue;
        if (errno == EINVAL && !last && left <= sizeof c->rest) {
            memcpy(c->rest, in, left);
            c->rest_n = left;
            break;
        }
        if (o == end) break;
        o = put_bad(o);
        in++;
        left--;
    }
    size_t out_n = (size_t)(end - o);
    if (last) iconv(c->cd, NULL, NULL, &o, &out_n);
    free(all);
    return o;
}

size_t ft_encoding_convert(struct ft_encoding_coder *c, const uint8_t *p, size_t n, bool last,
                           char *out)
{
    char *o = out;
    if (c->has_cd) {
        o = convert_iconv(c, p, n, last, o);
    } else if (c->e == FT_ENCODING_UTF16LE || c->e == FT_ENCODING_UTF16BE) {
        o = convert_wide(c, p, n, last, o);
    } else if (ft_encoding_is_utf8(c->e)) {
        if (n) memcpy(o, p, n);
        o += n;
    } else {
        bool windows = c->e == FT_ENCODING_CP1252;
        for (size_t i = 0; i < n; i++)
            o = put(o, windows && p[i] >= 0x80 && p[i] < 0xA0 ? cp1252_high[p[i] - 0x80] : p[i]);
    }
    return (size_t)(o - out);
}
