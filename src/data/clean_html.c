/* HTML to text. A tag is `<`, perhaps `/`, the name of an HTML element and the next `>`: "a < b",
 * "<3" and
 * "<sigh>" are text. Tags that end a line or block become one blank where there is none yet; the
 * others vanish. Comments go, and scripts and styles with what is in them. Entities are decoded
 * once. */
#include "data/clean_in.h"
#include "data/html_entities.h"
#include "data/scan.h"
#include "data/unicode.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { TAG_BYTES_MAX = 4096, INLINE = 0, BLOCK = 1, SWALLOW = 2 };

static const struct element {
    const char *name;
    int kind;
} elements[] = {
    {"a", INLINE},       {"abbr", INLINE},      {"acronym", INLINE}, {"address", BLOCK},
    {"area", INLINE},    {"article", BLOCK},    {"aside", BLOCK},    {"audio", INLINE},
    {"b", INLINE},       {"base", INLINE},      {"bdi", INLINE},     {"bdo", INLINE},
    {"big", INLINE},     {"blockquote", BLOCK}, {"body", BLOCK},     {"br", BLOCK},
    {"button", INLINE},  {"canvas", INLINE},    {"caption", BLOCK},  {"center", BLOCK},
    {"cite", INLINE},    {"code", INLINE},      {"col", BLOCK},      {"colgroup", BLOCK},
    {"data", INLINE},    {"dd", BLOCK},         {"del", INLINE},     {"details", BLOCK},
    {"dfn", INLINE},     {"dialog", BLOCK},     {"dir", BLOCK},      {"div", BLOCK},
    {"dl", BLOCK},       {"dt", BLOCK},         {"em", INLINE},      {"embed", INLINE},
    {"fieldset", BLOCK}, {"figcaption", BLOCK}, {"figure", BLOCK},   {"font", INLINE},
    {"footer", BLOCK},   {"form", BLOCK},       {"frame", BLOCK},    {"frameset", BLOCK},
    {"h1", BLOCK},       {"h2", BLOCK},         {"h3", BLOCK},       {"h4", BLOCK},
    {"h5", BLOCK},       {"h6", BLOCK},         {"head", BLOCK},     {"header", BLOCK},
    {"hr", BLOCK},       {"html", BLOCK},       {"i", INLINE},       {"iframe", INLINE},
    {"img", INLINE},     {"input", INLINE},     {"ins", INLINE},     {"kbd", INLINE},
    {"label", INLINE},   {"legend", BLOCK},     {"li", BLOCK},       {"link", INLINE},
    {"main", BLOCK},     {"map", INLINE},       {"mark", INLINE},    {"menu", BLOCK},
    {"meta", INLINE},    {"meter", INLINE},     {"nav", BLOCK},      {"noscript", BLOCK},
    {"object", INLINE},  {"ol", BLOCK},         {"optgroup", BLOCK}, {"option", BLOCK},
    {"output", INLINE},  {"p", BLOCK},          {"param", INLINE},   {"picture", INLINE},
    {"pre", BLOCK},      {"progress", INLINE},  {"q", INLINE},       {"rp", INLINE},
    {"rt", INLINE},      {"ruby", INLINE},      {"s", INLINE},       {"samp", INLINE},
    {"script", SWALLOW}, {"section", BLOCK},    {"select", INLINE},  {"small", INLINE},
    {"source", INLINE},  {"spoiler", INLINE},   {"span", INLINE},    {"strike", INLINE},
    {"strong", INLINE},  {"style", SWALLOW},    {"sub", INLINE},     {"summary", BLOCK},
    {"sup", INLINE},     {"svg", INLINE},       {"table", BLOCK},    {"tbody", BLOCK},
    {"td", BLOCK},       {"textarea", INLINE},  {"tfoot", BLOCK},    {"th", BLOCK},
    {"thead", BLOCK},    {"time", INLINE},      {"title", BLOCK},    {"tr", BLOCK},
    {"track", INLINE},   {"tt", INLINE},        {"u", INLINE},       {"ul", BLOCK},
    {"var", INLINE},     {"video", INLINE},     {"wbr", INLINE}};

static const struct element *find_element(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
        if (strlen(elements[i].name) == n && !strncasecmp(elements[i].name, name, n))
            return &elements[i];
    }
    return NULL;
}

/* The end of the tag's `>` + 1, or NULL: not a tag. */
static const char *tag_end(const char *p, const char *end)
{
    char quote = 0;
    if (end - p > TAG_BYTES_MAX) end = p + TAG_BYTES_MAX;
    for (; p < end; p++) {
        if (quote) {
            if (*p == quote) quote = 0;
        } else if (*p == '>') {
            return p + 1;
        } else if (*p == '<') {
            return NULL;
        } else if ((*p == '"' || *p == '\'') && p[-1] == '=') {
            quote = *p;
        }
    }
    return NULL;
}

/* What a `<` at p begins: its end, and whether it leaves a blank. NULL: text. *closed false: no
 * closing tag of a script was found, so looking again is of no use. */
static const char *skip_tag(const char *p, const char *end, bool *blank, bool *closed)
{
    const char *q = p + 1;
    *blank = false;
    if (end - q >= 3 && !memcmp(q, "!--", 3)) {
        const char *stop = *closed ? memmem(q + 3, (size_t)(end - q - 3), "-->", 3) : NULL;
        if (!stop) *closed = false;
        return stop ? stop + 3 : NULL;
    }
    if (end - q >= 8 && !strncasecmp(q, "!doctype", 8)) return tag_end(q, end);
    bool closing = q < end && *q == '/';
    if (closing) q++;
    const char *name = q;
    while (q < end && isalnum((unsigned char)*q))
        q++;
    if (q == name || q == end || !strchr(" \t\r\n/>", *q) || !*q) return NULL;
    const struct element *e = find_element(name, (size_t)(q - name));
    const char *stop = e ? tag_end(q, end) : NULL;
    if (!stop) return NULL;
    *blank = e->kind != INLINE;
    if (e->kind != SWALLOW || closing || !*closed) return stop;
    size_t n = strlen(e->name);
    for (const char *s = stop; (s = memchr(s, '<', (size_t)(end - s))); s++) {
        if ((size_t)(end - s) < n + 3 || s[1] != '/' || strncasecmp(s + 2, e->name, n) != 0)
            continue;
        const char *after = tag_end(s + 2 + n, end);
        if (after) return after;
    }
    *closed = false;
    return stop;
}

/* windows-1252's characters, which the web takes numbers 128..159 for. */
static uint32_t numeric_cp(uint32_t cp)
{
    static const uint16_t high[32] = {
        0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
        0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
        0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};
    if (cp >= 128 && cp < 160) return high[cp - 128];
    if (!cp || cp > 0x10FFFF || (cp >= 0xD800 && cp < 0xE000)) return FT_UNI_REPLACEMENT;
    return cp;
}

/* The entity at p (on the &): its code point and end, or 0. */
static uint32_t entity_at(const char *p, const char *end, const char **after)
{
    const char *q = p + 1;
    if (q < end && *q == '#') {
        q++;
        bool hex = q < end && (*q == 'x' || *q == 'X');
        if (hex) q++;
        const char *from = q;
        uint32_t v = 0;
        for (; q < end && (hex ? isxdigit((unsigned char)*q) : isdigit((unsigned char)*q)); q++) {
            uint32_t d = *q <= '9' ? (uint32_t)(*q - '0') : (uint32_t)((*q | 32) - 'a' + 10);
            v = v > 0x110000 ? v : v * (hex ? 16 : 10) + d;
        }
        if (q == from || q == end || *q != ';') return 0;
        *after = q + 1;
        return numeric_cp(v);
    }
    while (q < end && q - p < 40 && isalnum((unsigned char)*q))
        q++;
    if (q == end || *q != ';') return 0;
    *after = q + 1;
    return ft_html_entity(p + 1, (size_t)(q - p - 1));
}

static bool ends_blank(const struct ft_str *s)
{
    return !s->len || strchr(" \t\r\n", s->data[s->len - 1]);
}

bool ft_clean_step_html(struct ft_text in, struct ft_clean_sink *s)
{
    const char *p = in.data, *end = p + in.n;
    if (ft_scan2(p, end, '<', '&') == end) return false;
    bool pending = false, closed = true, changed = false;
    while (p < end) {
        const char *q = ft_scan2(p, end, '<', '&'), *after = NULL;
        if (q > p) {
            if (pending && !ends_blank(s->out) && !strchr(" \t\r\n", *p)) ft_clean_new(s, " ", 1);
            pending = false;
            ft_clean_keep(s, p, (size_t)(q - p), (size_t)(p - in.data));
            p = q;
            continue;
        }
        bool blank;
        if (*p == '<' && (after = skip_tag(p, end, &blank, &closed))) {
            pending |= blank;
            changed = true;
            p = after;
            continue;
        }
        if (pending && !ends_blank(s->out)) ft_clean_new(s, " ", 1);
        pending = false;
        uint32_t cp = *p == '&' ? entity_at(p, end, &after) : 0;
        if (cp) {
            char utf8[4];
            ft_clean_new(s, utf8, ft_uni_put(cp, utf8));
            changed = true;
            p = after;
        } else {
            ft_clean_keep(s, p, 1, (size_t)(p - in.data));
            p++;
        }
    }
    return changed;
}
