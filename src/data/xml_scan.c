/* Tags and texts of XML: see xml_scan.h. */
#include "data/xml_scan.h"

#include "data/unicode.h"

#include <stdlib.h>
#include <string.h>

static const char comment[] = "<!--", cdata[] = "<![CDATA[";
enum { COMMENT_BYTES = sizeof comment - 1, CDATA_BYTES = sizeof cdata - 1 };

static bool begins(const char *p, const char *end, const char *with, size_t n)
{
    return (size_t)(end - p) >= n && !memcmp(p, with, n);
}

/* Behind the comment or CDATA section at p; NULL: it does not end; p: there is none. */
static const char *behind_section(const char *p, const char *end)
{
    bool note = begins(p, end, comment, COMMENT_BYTES);
    if (!note && !begins(p, end, cdata, CDATA_BYTES)) return p;
    const char *close = memmem(p, (size_t)(end - p), note ? "-->" : "]]>", 3);
    return close ? close + 3 : NULL;
}

/* The > that ends the tag at p, not one within a quoted value. */
static const char *tag_end(const char *p, const char *end)
{
    const char *gt = memchr(p, '>', (size_t)(end - p));
    char quote = 0;
    if (!gt) return NULL;
    if (!memchr(p, '"', (size_t)(gt - p)) && !memchr(p, '\'', (size_t)(gt - p))) return gt;
    for (; p < end; p++) {
        if (quote)
            quote = *p == quote ? 0 : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '>')
            return p;
    }
    return NULL;
}

bool ft_xml_next(struct ft_xml *x)
{
    const char *lt = x->p, *after;
    for (;; lt = after) {
        lt = lt < x->end ? memchr(lt, '<', (size_t)(x->end - lt)) : NULL;
        after = lt ? behind_section(lt, x->end) : NULL;
        if (!after) return false;
        if (after == lt) break;
    }
    const char *gt = tag_end(lt, x->end);
    if (!gt) return false;
    x->text = (struct ft_text){x->p, (size_t)(lt - x->p)};
    x->p = gt + 1;
    const char *from = lt + 1;
    x->closing = from < gt && *from == '/';
    from += x->closing;
    x->empty = gt > from && gt[-1] == '/';
    const char *to = from;
    while (to < gt && !(*to && strchr(" \t\r\n/", *to)))
        to++;
    const char *colon = memchr(from, ':', (size_t)(to - from));
    if (colon) from = colon + 1;
    x->name = (struct ft_text){from, (size_t)(to - from)};
    x->attributes = (struct ft_text){to, (size_t)(gt - to)};
    return true;
}

bool ft_xml_is(struct ft_text s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.data, word, s.n);
}

struct ft_text ft_xml_attribute(const struct ft_xml *x, const char *name)
{
    const char *p = x->attributes.data, *end = p + x->attributes.n;
    size_t n = strlen(name);
    while (p < end) {
        const char *eq = memchr(p, '=', (size_t)(end - p));
        if (!eq || eq + 1 >= end || (eq[1] != '"' && eq[1] != '\'')) break;
        const char *close = memchr(eq + 2, eq[1], (size_t)(end - eq - 2));
        if (!close) break;
        size_t before = (size_t)(eq - p);
        bool same =
            before >= n && !memcmp(eq - n, name, n) &&
            (before == n || (eq[-1 - (ptrdiff_t)n] && strchr(" \t\r\n:", eq[-1 - (ptrdiff_t)n])));
        if (same) return (struct ft_text){eq + 2, (size_t)(close - eq - 2)};
        p = close + 1;
    }
    return (struct ft_text){NULL, 0};
}

/* ---- texts ---- */

static size_t put_reference(struct ft_text s, struct ft_str *out)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].name);
        if (s.n < n || memcmp(s.data, known[i].name, n)) continue;
        ft_str_addc(out, known[i].c);
        return n;
    }
    const char *semicolon = memchr(s.data, ';', s.n < 12 ? s.n : 12);
    if (semicolon && s.n > 3 && s.data[1] == '#') {
        bool hex = s.data[2] == 'x';
        char *stop;
        unsigned long cp = strtoul(s.data + (hex ? 3 : 2), &stop, hex ? 16 : 10);
        if (stop == semicolon && cp && cp < 0x110000 && (cp < 0xD800 || cp > 0xDFFF)) {
            char bytes[4];
            ft_str_add(out, bytes, ft_uni_put((uint32_t)cp, bytes));
            return (size_t)(semicolon - s.data) + 1;
        }
    }
    ft_str_addc(out, '&');
    return 1;
}

/* _x000D_, as Office writes characters that XML cannot hold. */
static size_t put_escape(struct ft_text s, struct ft_str *out)
{
    char hex[5] = "";
    if (s.n >= 7 && s.data[1] == 'x' && s.data[6] == '_') {
        memcpy(hex, s.data + 2, 4);
        char *stop;
        unsigned long cp = strtoul(hex, &stop, 16);
        if (!*stop && strspn(hex, "0123456789abcdefABCDEF") == 4 && cp &&
            (cp < 0xD800 || cp > 0xDFFF)) {
            char bytes[4];
            ft_str_add(out, bytes, ft_uni_put((uint32_t)cp, bytes));
            return 7;
        }
    }
    ft_str_addc(out, '_');
    return 1;
}

static size_t put_section(struct ft_text s, struct ft_str *out)
{
    const char *after = behind_section(s.data, s.data + s.n);
    size_t n = after ? (size_t)(after - s.data) : 0;
    if (n < 3) {
        ft_str_addc(out, s.data[0]);
        return 1;
    }
    if (s.data[2] == '[') ft_str_add(out, s.data + CDATA_BYTES, n - CDATA_BYTES - 3);
    return n;
}

void ft_xml_add_text(struct ft_text s, struct ft_str *out)
{
    for (size_t i = 0; i < s.n;) {
        struct ft_text rest = {s.data + i, s.n - i};
        if (s.data[i] == '&')
            i += put_reference(rest, out);
        else if (s.data[i] == '_')
            i += put_escape(rest, out);
        else if (s.data[i] == '<')
            i += put_section(rest, out);
        else
            ft_str_addc(out, s.data[i++]);
    }
}
