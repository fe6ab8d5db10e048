/* Errors: see err.h. The text is made safe for a terminal here, once, for everybody. */
#include "util/err.h"

#include "util/str.h"

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

/* One line that a terminal may see. */
static void make_printable(char *s)
{
    for (char *p = s; *p; p++)
        if (*p == '\n' || *p == '\t') *p = ' ';
    ft_text_tame(s, strlen(s));
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
