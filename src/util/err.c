/* Errors: see err.h. The text is made safe for a terminal here, once, for everybody. */
#include "util/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
#define X(id, text) [FT_##id] = text,
    FT_STATUS_LIST(X)
#undef X
};

const char *ft_status_name(enum ft_status st)
{
    size_t i = (size_t)st;
    return i < sizeof status_names / sizeof *status_names ? status_names[i] : "unknown error";
}

static void make_printable(char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c < 0x20 || c == 0x7f) *s = c == '\n' || c == '\t' ? ' ' : '?';
        /* C1 controls, U+0080..U+009F, are C2 80..C2 9F in UTF-8 */
        if (c == 0xc2 && (unsigned char)s[1] >= 0x80 && (unsigned char)s[1] <= 0x9f)
            s[0] = s[1] = '?';
    }
}

/* A text that was cut must not end inside a UTF-8 sequence. */
static void trim_utf8(char *s)
{
    size_t n = strlen(s), back = 0;
    while (back < 4 && back < n && ((unsigned char)s[n - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back >= n) return;
    unsigned char lead = (unsigned char)s[n - 1 - back];
    size_t want = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (want > back) s[n - 1 - back] = 0;
}

enum ft_status ft_fail(struct ft_err *err, enum ft_status code, const char *fmt, ...)
{
    if (!err) return code;
    char text[sizeof err->msg]; /* an argument may be err->msg itself */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    trim_utf8(text);
    make_printable(text);
    memcpy(err->msg, text, sizeof text);
    err->code = code;
    return code;
}

enum ft_status ft_fail_in(struct ft_err *err, const char *fmt, ...)
{
    if (!err) return FT_FORMAT;
    char prefix[sizeof err->msg];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    return ft_fail(err, err->code, "%s: %s", prefix, err->msg);
}
