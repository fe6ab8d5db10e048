/* The JSON scanner: see jscan.h. No recursion: deep nesting costs nothing and has an end. */
#include "data/jscan.h"

#include "data/scan.h"
#include "data/unicode.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 512, DEPTH_STRICT = 32 };

static bool fail(struct ft_jscan *s, const char *why)
{
    if (!s->why) s->why = why;
    return false;
}

static bool fail_at(struct ft_jscan *s, const char *p, const char *why)
{
    if (!s->why) s->p = p;
    return fail(s, why);
}

/* Another byte than c is next, or none. */
static bool fail_wanted(struct ft_jscan *s, char c, const char *why)
{
    if (!s->why) s->wanted = c;
    return fail(s, s->p == s->end ? "unexpected end of the text" : why);
}

static void blanks(struct ft_jscan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

char ft_jscan_peek(struct ft_jscan *s)
{
    if (s->why) return 0;
    blanks(s);
    if (s->p == s->end) return 0;
    return strchr("{[\"tfn-0123456789", *s->p) ? *s->p : 0;
}

bool ft_jscan_enter(struct ft_jscan *s, char open)
{
    if (s->why) return false;
    blanks(s);
    if (s->p == s->end || *s->p != open)
        return fail_wanted(s, open,
                           open == '{' ? "expected an object { }" : "expected an array [ ]");
    s->p++;
    s->first = true;
    return true;
}

bool ft_jscan_expect(struct ft_jscan *s, char c)
{
    if (s->why) return false;
    blanks(s);
    if (s->p == s->end || *s->p != c) return fail_wanted(s, c, "unexpected text");
    s->p++;
    return true;
}

/* After the opening bracket or an item: false at the closing bracket, else one more item begins (or
 * the text ends, which reading the item finds). */
static bool more(struct ft_jscan *s, char close)
{
    if (s->why) return false;
    blanks(s);
    bool first = s->first;
    s->first = false;
    if (s->p < s->end && *s->p == close) {
        s->p++;
        return false;
    }
    if (first) return true;
    if (s->p == s->end || *s->p != ',')
        return fail_wanted(s, close, close == '}' ? "expected , or }" : "expected , or ]");
    s->p++;
    blanks(s);
    if (!s->strict && s->p < s->end && *s->p == close)
        return fail(s, "a comma before the closing bracket");
    return true;
}

static bool colon(struct ft_jscan *s)
{
    blanks(s);
    if (s->p == s->end || *s->p != ':') return fail_wanted(s, ':', "expected : after a key");
    s->p++;
    return true;
}

bool ft_jscan_key(struct ft_jscan *s, struct ft_text *key)
{
    if (!more(s, '}')) return false;
    return ft_jscan_string(s, key) && colon(s);
}

bool ft_jscan_item(struct ft_jscan *s)
{
    return more(s, ']');
}

static int hex4(const char *p, const char *end)
{
    int v = 0;
    if (end - p < 4) return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0) return -1;
        v = v << 4 | d;
    }
    return v;
}

/* \uXXXX at p (on the u); *next is after it, after both halves of a surrogate pair. */
static uint32_t unescape_u(struct ft_jscan *s, const char *p, const char *end, const char **next)
{
    int a = hex4(p + 1, end);
    *next = p + 5;
    if (a < 0) {
        fail_at(s, p - 1, "an invalid \\u escape in a string");
        return 0;
    }
    if (a >= 0xD800 && a < 0xDC00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u') {
        int b = hex4(p + 7, end);
        if (b >= 0xDC00 && b < 0xE000) {
            *next = p + 11;
            return 0x10000u + ((uint32_t)(a - 0xD800) << 10) + (uint32_t)(b - 0xDC00);
        }
    }
    if (a >= 0xD800 && a < 0xE000) {
        if (s->strict) fail_at(s, p - 1, "half of a surrogate pair in a string");
        s->bad_utf8++;
        return FT_UNI_REPLACEMENT;
    }
    return (uint32_t)a;
}

/* Decodes [p, q), which holds escapes. */
static struct ft_text unescape(struct ft_jscan *s, const char *p, const char *q)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char *out = ft_arena_alloc(s->arena, (size_t)(q - p));
    size_t n = 0;
    while (p < q && !s->why) {
        const char *e = memchr(p, '\\', (size_t)(q - p));
        size_t plain = (size_t)((e ? e : q) - p);
        memcpy(out + n, p, plain);
        n += plain;
        p += plain;
        if (!e) break;
        const char *hit = p[1] ? strchr(from, p[1]) : NULL;
        if (p[1] == 'u') {
            const char *next = q;
            uint32_t cp = unescape_u(s, p + 1, q, &next);
            n += ft_uni_put(cp, out + n); /* at most 3 bytes for 6, 4 for 12 */
            p = next;
        } else if (hit) {
            out[n++] = to[hit - from];
            p += 2;
        } else {
            fail_at(s, p, "an unknown escape in a string");
        }
    }
    return (struct ft_text){out, n};
}

/* The quote that ends the string at s->p; NULL (with why): none. */
static const char *end_of_string(struct ft_jscan *s, bool *escaped)
{
    const char *q = s->p + 1;
    *escaped = false;
    for (;;) {
        if (!s->strict)
            q = ft_scan2(q, s->end, '"', '\\');
        else
            while (q < s->end && *q != '"' && *q != '\\' && (unsigned char)*q >= 0x20)
                q++;
        if (q == s->end) {
            fail(s, "an unterminated string");
            return NULL;
        }
        if (*q == '"') return q;
        if (*q != '\\') {
            fail_at(s, q, "a control character in a string");
            return NULL;
        }
        *escaped = true;
        if (s->end - q < 2) {
            fail_at(s, q, "the JSON ends inside a string");
            return NULL;
        }
        q += 2;
    }
}

bool ft_jscan_string(struct ft_jscan *s, struct ft_text *out)
{
    bool escaped;
    if (s->why) return false;
    blanks(s);
    if (s->p == s->end || *s->p != '"') return fail_wanted(s, '"', "expected a string");
    s->start = s->p;
    const char *p = s->p + 1, *q = end_of_string(s, &escaped);
    if (!q) return false;
    struct ft_text v = {p, (size_t)(q - p)};
    if (escaped) v = unescape(s, p, q);
    if (!s->strict) {
        size_t bad;
        v = ft_text_repair(s->arena, v, &bad);
        s->bad_utf8 += bad;
    }
    if (s->why) return false;
    *out = v;
    s->p = q + 1;
    return true;
}

/* Escapes are looked at only if strict. */
static bool skip_string(struct ft_jscan *s)
{
    struct ft_text unused;
    bool escaped;
    if (s->strict) return ft_jscan_string(s, &unused);
    const char *q = end_of_string(s, &escaped);
    if (!q) return false;
    s->p = q + 1;
    return true;
}

static bool skip_number(struct ft_jscan *s)
{
    const char *p = s->p, *end = s->end;
    if (p < end && *p == '-') p++;
    if (p == end || !isdigit((unsigned char)*p)) return fail(s, "an invalid number");
    bool zero = *p == '0';
    const char *from = p;
    while (p < end && isdigit((unsigned char)*p))
        p++;
    if (zero && p - from > 1) return fail(s, "an invalid number: it begins with 0");
    if (p < end && *p == '.') {
        from = ++p;
        while (p < end && isdigit((unsigned char)*p))
            p++;
        if (p == from) return fail(s, "an invalid number");
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-')) p++;
        from = p;
        while (p < end && isdigit((unsigned char)*p))
            p++;
        if (p == from) return fail(s, "an invalid number");
    }
    s->p = p;
    return true;
}

static bool skip_word(struct ft_jscan *s)
{
    static const char *const words[] = {"true", "false", "null", "NaN"};
    for (size_t i = 0; i < (s->strict ? 3 : 4); i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(s->end - s->p) >= n && !memcmp(s->p, words[i], n)) {
            s->p += n;
            return true;
        }
    }
    return fail(s, "found no JSON value where one was expected");
}

/* A value with nothing in it, or the opening of one that goes onto the stack. */
static bool skip_one(struct ft_jscan *s, char *stack, int *depth)
{
    if (s->p == s->end) return fail(s, "the JSON ends where a value was expected");
    char c = *s->p;
    if (c == '{' || c == '[') {
        if (*depth == (s->strict ? DEPTH_STRICT : DEPTH_MAX))
            return fail(s,
                        s->strict ? "values nested too deeply" : "nested deeper than 512 levels");
        stack[(*depth)++] = c;
        s->p++;
        s->first = true;
        return true;
    }
    s->first = false;
    return c == '"'                                ? skip_string(s)
           : c == '-' || isdigit((unsigned char)c) ? skip_number(s)
                                                   : skip_word(s);
}

static bool skip_key(struct ft_jscan *s)
{
    blanks(s);
    if (s->p == s->end || *s->p != '"') return fail_wanted(s, '"', "expected a key");
    return skip_string(s) && colon(s);
}

bool ft_jscan_skip(struct ft_jscan *s, struct ft_text *raw)
{
    char stack[DEPTH_MAX];
    int depth = 0;
    if (s->why) return false;
    blanks(s);
    const char *from = s->p;
    for (bool item = true; item || depth;) {
        blanks(s);
        if (item && !skip_one(s, stack, &depth)) return false;
        if (!depth) break;
        bool object = stack[depth - 1] == '{';
        item = more(s, object ? '}' : ']');
        if (s->why || (item && object && !skip_key(s))) return false;
        if (!item) depth--;
    }
    s->first = false;
    if (raw) *raw = (struct ft_text){from, (size_t)(s->p - from)};
    return true;
}

bool ft_jscan_cell(struct ft_jscan *s, struct ft_text *out)
{
    char c = ft_jscan_peek(s);
    if (c == '"') {
        if (!ft_jscan_string(s, out)) return false;
        if (!out->data) out->data = "";
        return true;
    }
    if (!ft_jscan_skip(s, out)) return false;
    if (c == 'n') *out = (struct ft_text){NULL, 0};
    return true;
}

bool ft_jscan_u64(struct ft_jscan *s, uint64_t *out)
{
    char c = ft_jscan_peek(s);
    const char *p = s->p;
    uint64_t v = 0;
    if (!isdigit((unsigned char)c)) return fail(s, "expected a whole number of 0 or more");
    for (; p < s->end && isdigit((unsigned char)*p); p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (v > (UINT64_MAX - digit) / 10) return fail(s, "a number above 18446744073709551615");
        v = v * 10 + digit;
    }
    if (c == '0' && p - s->p > 1) return fail(s, "a number with leading zeros");
    if (p < s->end && (*p == '.' || *p == 'e' || *p == 'E'))
        return fail(s, "expected a whole number, found a fraction or exponent");
    *out = v;
    s->p = p;
    return true;
}

bool ft_jscan_count(struct ft_jscan *s, size_t *out)
{
    uint64_t v;
    if (!ft_jscan_u64(s, &v)) return false;
    if (v > 999999999999999) return fail(s, "a number that is too large");
    *out = (size_t)v;
    return true;
}

bool ft_jscan_bool(struct ft_jscan *s, bool *out)
{
    char c = ft_jscan_peek(s);
    if (c != 't' && c != 'f') return fail(s, "expected true or false");
    if (!ft_jscan_skip(s, NULL)) return false;
    *out = c == 't';
    return true;
}

bool ft_jscan_at_end(struct ft_jscan *s)
{
    blanks(s);
    return s->p == s->end;
}

bool ft_jscan_is(struct ft_text key, const char *name)
{
    return key.n == strlen(name) && !memcmp(key.data, name, key.n);
}

char *ft_jscan_place(const struct ft_jscan *s, const char *text, char *buf, size_t size)
{
    size_t line = 1;
    const char *from = text;
    for (const char *q; (q = memchr(from, '\n', (size_t)(s->p - from))); from = q + 1)
        line++;
    snprintf(buf, size, "line %zu, column %zu", line, (size_t)(s->p - from) + 1);
    return buf;
}
