/* Byte strings and small text forms: see str.h. */
#include "util/str.h"
#include "util/mem.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ft_str_release(struct ft_str *s)
{
    free(s->data);
    memset(s, 0, sizeof *s);
}

void ft_str_clear(struct ft_str *s)
{
    s->len = 0;
    if (s->data) s->data[0] = 0;
}

void ft_str_reserve(struct ft_str *s, size_t cap)
{
    ft_grow(&s->data, &s->cap, cap + 1, 1);
    s->data[s->len] = 0;
}

void ft_str_add(struct ft_str *s, const char *data, size_t n)
{
    ft_str_reserve(s, s->len + n);
    if (n) memcpy(s->data + s->len, data, n);
    s->len += n;
    s->data[s->len] = 0;
}

void ft_str_addz(struct ft_str *s, const char *text)
{
    ft_str_add(s, text, strlen(text));
}

void ft_str_addc(struct ft_str *s, char c)
{
    ft_str_add(s, &c, 1);
}

void ft_str_add_cell(struct ft_str *s, const char *text, size_t n, char delimiter)
{
    bool plain = true;
    for (size_t i = 0; i < n; i++)
        plain =
            plain && text[i] != '"' && text[i] != '\n' && text[i] != '\r' && text[i] != delimiter;
    if (plain) {
        ft_str_add(s, text, n);
        return;
    }
    ft_str_addc(s, '"');
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '"') ft_str_addc(s, '"');
        ft_str_addc(s, text[i]);
    }
    ft_str_addc(s, '"');
}

void ft_str_addf(struct ft_str *s, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n > 0) {
        ft_str_reserve(s, s->len + (size_t)n);
        vsnprintf(s->data + s->len, (size_t)n + 1, fmt, again);
        s->len += (size_t)n;
    }
    va_end(again);
}

const char *ft_str_text(const struct ft_str *s)
{
    return s->data ? s->data : "";
}

char *ft_str_take(struct ft_str *s)
{
    char *p = s->data ? s->data : ft_xstrdup("");
    memset(s, 0, sizeof *s);
    return p;
}

size_t ft_utf8_chars(const char *text, size_t n)
{
    size_t chars = 0;
    for (size_t i = 0; i < n; i++)
        chars += ((unsigned char)text[i] & 0xC0) != 0x80;
    return chars;
}

size_t ft_utf8_byte(const char *text, size_t n, size_t chars)
{
    size_t i = 0;
    for (; i < n; i++) {
        if (((unsigned char)text[i] & 0xC0) == 0x80) continue;
        if (!chars--) break;
    }
    return i;
}

/* The code point of a valid sequence of len bytes. */
static unsigned decode(const unsigned char *p, size_t len)
{
    static const unsigned char first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned c = p[0] & first[len];
    for (size_t i = 1; i < len; i++)
        c = c << 6 | (p[i] & 0x3fu);
    return c;
}

/* What a terminal may not be given, apart from newline and tab. */
static bool is_active(unsigned c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7f && c < 0xa0) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

void ft_text_tame(char *text, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        const unsigned char *p = (const unsigned char *)text + i;
        size_t whole = ft_utf8_len(text + i, n - i);
        len = whole ? whole : 1;
        if (!whole || is_active(decode(p, len))) memset(text + i, '?', len);
    }
}

void ft_str_add_shown(struct ft_str *s, const char *text, size_t n, bool line)
{
    for (size_t i = 0, len; i < n; i += len) {
        const unsigned char *p = (const unsigned char *)text + i;
        size_t whole = ft_utf8_len(text + i, n - i);
        len = whole ? whole : 1;
        unsigned c = whole ? decode(p, len) : *p;
        if (whole && line && (c == '\n' || c == '\t'))
            ft_str_addz(s, c == '\n' ? "\\n" : "\\t");
        else if (whole && !is_active(c))
            ft_str_add(s, text + i, len);
        else
            ft_str_addf(s, len == 1 ? "\\x%02x" : "\\u%04x", c);
    }
}

bool ft_ends_with(const char *text, size_t n, const char *end)
{
    size_t k = strlen(end);
    return n >= k && !memcmp(text + n - k, end, k);
}

bool ft_parse_double(const char *text, double *out)
{
    if (!text || !*text || *text == ' ' || *text == '\t') return false;
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    if (*end || (errno == ERANGE && fabs(x) > 1)) return false;
    *out = x;
    return true;
}

bool ft_parse_i64(const char *text, long long *out)
{
    if (!text || !*text || *text == ' ' || *text == '\t') return false;
    char *end;
    errno = 0;
    long long x = strtoll(text, &end, 10);
    if (*end || errno == ERANGE) return false;
    *out = x;
    return true;
}

char *ft_format_count(char *buf, size_t size, long long n)
{
    char digits[32], out[48];
    int len = snprintf(digits, sizeof digits, "%lld", n), o = 0;
    for (int i = 0; i < len; i++) {
        out[o++] = digits[i];
        int left = len - 1 - i;
        if (left && left % 3 == 0 && digits[i] != '-') out[o++] = ',';
    }
    out[o] = 0;
    snprintf(buf, size, "%s", out);
    return buf;
}

char *ft_format_bytes(char *buf, size_t size, double bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    size_t u = 0;
    while (fabs(bytes) >= 1024 && u + 1 < sizeof units / sizeof *units) {
        bytes /= 1024;
        u++;
    }
    int digits = u == 0 || fabs(bytes) >= 100 ? 0 : fabs(bytes) >= 10 ? 1 : 2;
    snprintf(buf, size, "%.*f %s", digits, bytes, units[u]);
    return buf;
}

char *ft_format_time(char *buf, size_t size, double seconds)
{
    if (!(seconds >= 0)) {
        snprintf(buf, size, "-");
        return buf;
    }
    if (seconds > 1e9) seconds = 1e9;
    long long s = (long long)(seconds + 0.5);
    if (s >= 3600)
        snprintf(buf, size, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(buf, size, "%lld:%02lld", s / 60, s % 60);
    return buf;
}

const char *ft_by_count(size_t n, const char *one, const char *more)
{
    return n == 1 ? one : more;
}

const char *ft_plural(size_t n)
{
    return ft_by_count(n, "", "s");
}

size_t ft_edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    size_t *row = ft_xmalloc((m + 1) * sizeof *row);
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diag = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t change = diag + (a[i - 1] != b[j - 1]);
            diag = row[j];
            size_t best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            row[j] = change < best ? change : best;
        }
    }
    size_t d = row[m];
    free(row);
    return d;
}

const char *ft_nearest(const char *word, const char *const *names, size_t n)
{
    const char *best = NULL;
    size_t best_d = strlen(word) / 3 + 2;
    for (size_t i = 0; i < n; i++) {
        size_t d = ft_edit_distance(word, names[i]);
        if (strlen(word) >= 3 && !strncmp(word, names[i], strlen(word))) d = 1;
        if (d < best_d) {
            best_d = d;
            best = names[i];
        }
    }
    return best;
}

size_t ft_utf8_len(const char *text, size_t n)
{
    const unsigned char *p = (const unsigned char *)text;
    if (!n) return 0;
    unsigned char c = p[0];
    size_t len = c < 0x80                ? 1
                 : c >= 0xc2 && c < 0xe0 ? 2
                 : c >= 0xe0 && c < 0xf0 ? 3
                 : c >= 0xf0 && c < 0xf5 ? 4
                                         : 0;
    if (!len || len > n) return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) return 0;
    }
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return len;
}

size_t ft_utf8_prefix(const char *text, size_t n)
{
    size_t at = 0;
    for (size_t len; at < n && (len = ft_utf8_len(text + at, n - at)); at += len)
        ;
    return at;
}
