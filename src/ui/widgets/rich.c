/* Styled text and its wrapping. Lines are found anew at each drawing from the bytes alone; texts
 * here are one example, one page or a log's tail, so that costs little. */
#include "ui/widgets/rich.h"

#include "util/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void ft_rich_release(struct ft_rich *t)
{
    ft_str_release(&t->text);
    free(t->spans);
    *t = (struct ft_rich){0};
}

void ft_rich_add(struct ft_rich *t, unsigned style, const char *text, size_t n)
{
    if (!n) return;
    size_t start = t->text.len;
    ft_str_add(&t->text, text, n);
    struct ft_span *last = t->spans_n ? &t->spans[t->spans_n - 1] : NULL;
    if (last && last->style == style) {
        last->end = t->text.len;
        return;
    }
    ft_grow(&t->spans, &t->spans_cap, t->spans_n + 1, sizeof *t->spans);
    t->spans[t->spans_n++] = (struct ft_span){start, t->text.len, style};
}

void ft_rich_addz(struct ft_rich *t, unsigned style, const char *text)
{
    ft_rich_add(t, style, text, strlen(text));
}

void ft_rich_addf(struct ft_rich *t, unsigned style, const char *fmt, ...)
{
    char buf[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    ft_rich_addz(t, style, buf);
}

/* A shell's quotes are open at byte `at`. */
static bool in_quotes(const char *text, size_t at)
{
    char quote = 0;
    for (size_t i = 0; i < at; i++) {
        if (quote ? text[i] == quote : text[i] == '"' || text[i] == '\'')
            quote = quote ? 0 : text[i];
        else if (text[i] == '\\' && !quote)
            i++;
    }
    return quote != 0;
}

/* Where the line that starts at `start` ends, and where the next one starts. */
static struct ft_line next_line(const char *text, size_t n, size_t start, int w, bool quoted,
                                size_t *next)
{
    const char *nl = memchr(text + start, '\n', n - start);
    size_t limit = nl ? (size_t)(nl - text) : n;
    size_t whole = limit;
    if (whole > start && text[whole - 1] == '\r') whole--;
    size_t fit = start + ft_text_fit(text + start, whole - start, w);
    if (fit >= whole) {
        *next = nl ? limit + 1 : n;
        return (struct ft_line){start, whole};
    }
    if (fit == start) { /* one character is wider than the line: take it all the same */
        uint32_t cp;
        fit = start + ft_text_next(text + start, whole - start, &cp);
    }
    size_t cut = fit;
    if (text[cut] != ' ' || (quoted && in_quotes(text, cut))) {
        while (cut > start && (text[cut - 1] != ' ' || (quoted && in_quotes(text, cut))))
            cut--;
    }
    if (cut == start) { /* a word longer than the line */
        *next = fit;
        return (struct ft_line){start, fit};
    }
    size_t end = cut;
    while (end > start && text[end - 1] == ' ')
        end--;
    if (end == start) { /* the line began with more blanks than fit */
        *next = fit;
        return (struct ft_line){start, fit};
    }
    while (cut < whole && text[cut] == ' ')
        cut++;
    *next = cut;
    return (struct ft_line){start, end};
}

/* The indent of a line that begins at `at`: `hang` for continuation lines. */
static int indent(const char *text, size_t at, int w, int hang)
{
    return at && text[at - 1] != '\n' && hang < w / 2 ? hang : 0;
}

static size_t wrap(const char *text, size_t n, int w, int hang, bool quoted, struct ft_line *lines,
                   size_t max)
{
    size_t count = 0, at = 0;
    if (w < 1) w = 1;
    bool more = true;
    while (more) {
        size_t next = n;
        struct ft_line line = {n, n};
        if (at < n) line = next_line(text, n, at, w - indent(text, at, w, hang), quoted, &next);
        if (count < max) lines[count] = line;
        count++;
        /* a text that ends in a newline has no empty line after it */
        more = next < n;
        at = next;
    }
    return count;
}

size_t ft_wrap(const char *text, size_t n, int w, struct ft_line *lines, size_t max)
{
    return wrap(text, n, w, 0, false, lines, max);
}

void ft_rich_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_rich *t,
                  struct ft_scroll *s)
{
    if (r.h < 1 || r.w < 1) return;
    const char *text = ft_str_text(&t->text);
    size_t n = t->text.len;
    size_t count = wrap(text, n, r.w, t->hang, t->quoted, NULL, 0);
    size_t h = (size_t)r.h, top = s ? s->top : 0, last = count > h ? count - h : 0;
    if (top > last) top = last;
    if (s) *s = (struct ft_scroll){top, count, r.h};
    size_t want = count - top < h ? count : top + h;
    struct ft_line *lines = ft_xmalloc(want * sizeof *lines);
    wrap(text, n, r.w, t->hang, t->quoted, lines, want);
    size_t span = 0;
    for (size_t i = top; i < want; i++) {
        int x = r.x + indent(text, lines[i].start, r.w, t->hang), y = r.y + (int)(i - top);
        size_t at = lines[i].start;
        while (at < lines[i].end) {
            while (span < t->spans_n && t->spans[span].end <= at)
                span++;
            size_t end = lines[i].end;
            unsigned style = FT_ROLE_NORMAL;
            if (span < t->spans_n) {
                style = t->spans[span].style;
                if (t->spans[span].end < end) end = t->spans[span].end;
            }
            x += ft_canvas_textn(c, y, x, r.x + r.w - x, style, text + at, end - at);
            at = end;
        }
    }
    free(lines);
}

/* --- finding --- */

static size_t next_place(const struct ft_rich *t, const char *needle, size_t from)
{
    size_t n = strlen(needle);
    const char *text = ft_str_text(&t->text);
    for (size_t at = from; n && at + n <= t->text.len; at++)
        if (!strncasecmp(text + at, needle, n)) return at;
    return SIZE_MAX;
}

size_t ft_rich_find(const struct ft_rich *t, const char *needle, size_t n)
{
    size_t at = next_place(t, needle, 0);
    while (n-- && at != SIZE_MAX)
        at = next_place(t, needle, at + strlen(needle));
    return at;
}

size_t ft_rich_found(const struct ft_rich *t, const char *needle)
{
    size_t count = 0, at = next_place(t, needle, 0);
    for (; at != SIZE_MAX; count++)
        at = next_place(t, needle, at + strlen(needle));
    return count;
}

/* Bytes start..end of the text, in their own styles. */
static void add_styled(struct ft_rich *out, const struct ft_rich *t, size_t start, size_t end)
{
    const char *text = ft_str_text(&t->text);
    for (size_t i = 0; i < t->spans_n && t->spans[i].start < end; i++) {
        struct ft_span s = t->spans[i];
        if (s.start < start) s.start = start;
        if (s.end > end) s.end = end;
        if (s.start < s.end) ft_rich_add(out, s.style, text + s.start, s.end - s.start);
    }
}

void ft_rich_mark(struct ft_rich *out, const struct ft_rich *t, const char *needle, size_t n)
{
    size_t from = 0, len = strlen(needle), count = 0;
    *out = (struct ft_rich){.hang = t->hang, .quoted = t->quoted};
    for (size_t at; (at = next_place(t, needle, from)) != SIZE_MAX; from = at + len) {
        unsigned style = count++ == n ? FT_ROLE_SELECT : FT_ROLE_ACCENT | FT_UNDERLINE;
        add_styled(out, t, from, at);
        ft_rich_add(out, style, ft_str_text(&t->text) + at, len);
    }
    add_styled(out, t, from, t->text.len);
}

size_t ft_rich_line(const struct ft_rich *t, int w, size_t at)
{
    const char *text = ft_str_text(&t->text);
    size_t line = 0, from = 0, n = t->text.len;
    if (w < 1) w = 1;
    while (from < n) {
        size_t next = n;
        next_line(text, n, from, w - indent(text, from, w, t->hang), t->quoted, &next);
        if (at < next || next >= n) break;
        from = next;
        line++;
    }
    return line;
}

bool ft_scroll_move(struct ft_scroll *s, enum ft_move move)
{
    size_t page = s->h > 1 ? (size_t)s->h - 1 : 1;
    switch (move) {
    case FT_MOVE_UP:
        s->top -= s->top > 0;
        return true;
    case FT_MOVE_DOWN:
        s->top++;
        return true;
    case FT_MOVE_PAGE_UP:
        s->top = s->top > page ? s->top - page : 0;
        return true;
    case FT_MOVE_PAGE_DOWN:
        s->top += page;
        return true;
    case FT_MOVE_TOP:
        s->top = 0;
        return true;
    case FT_MOVE_BOTTOM:
        s->top = s->lines;
        return true;
    default:
        return false;
    }
}

void ft_rich_muted(struct ft_canvas *c, struct ft_rect r, const char *text)
{
    struct ft_rich rich = {0};
    ft_rich_addz(&rich, FT_ROLE_MUTED, text);
    ft_rich_draw(c, (struct ft_rect){r.y, r.x + 1, r.h, r.w - 2}, &rich, NULL);
    ft_rich_release(&rich);
}
