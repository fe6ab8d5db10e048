/* Number formats: see xlsx_format.h. A format is taken apart twice, once to tell its kind and once
 * to write; dates are in xlsx_date.c. */
#include "data/xlsx_format.h"

#include "data/xlsx_date.h"
#include "data/xml_scan.h"
#include "util/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CODE_BYTES_MAX = 1000, DIGITS = 15, PLACES_MAX = 30, STYLES_MAX = 1 << 20 };

/* ---- decimal numbers ---- */

struct decimal { /* 0.d1d2d3.. times 10^point */
    char digits[DIGITS + 1];
    int n, point;
};

static struct decimal decimal_of(double x)
{
    struct decimal d = {.n = DIGITS};
    char buf[40];
    snprintf(buf, sizeof buf, "%.*e", DIGITS - 1, fabs(x));
    for (int i = 0, k = 0; buf[i] && buf[i] != 'e'; i++)
        if (buf[i] != '.' && k < DIGITS) d.digits[k++] = buf[i];
    d.point = x == 0 ? 1 : (int)strtol(strchr(buf, 'e') + 1, NULL, 10) + 1;
    return d;
}

/* The digit with the weight 10^at. */
static char digit_at(const struct decimal *d, int at)
{
    int i = d->point - 1 - at;
    return i < 0 || i >= d->n ? '0' : d->digits[i];
}

/* Half away from zero, to `places` digits after the point. */
static void round_to(struct decimal *d, int places)
{
    int keep = d->point + places;
    if (keep >= d->n) return;
    bool up = keep >= 0 && d->digits[keep] >= '5';
    if (keep < 0) keep = 0;
    d->n = keep;
    while (up && keep-- > 0) {
        if (d->digits[keep] < '9') {
            d->digits[keep]++;
            return;
        }
        d->digits[keep] = '0';
    }
    if (!up) return;
    memmove(d->digits + 1, d->digits, (size_t)d->n);
    d->digits[0] = '1';
    d->n++;
    d->point++;
}

static bool is_zero(const struct decimal *d)
{
    for (int i = 0; i < d->n; i++)
        if (d->digits[i] != '0') return false;
    return true;
}

/* As stored, without the noise after the 15th digit. */
static void add_general(double x, struct ft_str *out)
{
    ft_str_addf(out, "%.*g", DIGITS, x == 0 ? 0 : x);
}

/* ---- sections ---- */

/* The length of the piece at p that is no placeholder: "text", \c, _c, *c, [..]; 0: it is one.
 * *shown: the text that it stands for. */
static size_t literal(const char *p, const char *end, struct ft_text *shown)
{
    size_t left = (size_t)(end - p);
    *shown = (struct ft_text){p, 0};
    const char *close = NULL;
    switch (*p) {
    case '"':
        close = left > 1 ? memchr(p + 1, '"', left - 1) : NULL;
        if (!close) return left;
        *shown = (struct ft_text){p + 1, (size_t)(close - p - 1)};
        return (size_t)(close - p) + 1;
    case '[':
        close = memchr(p, ']', left);
        if (!close) return left;
        if (p[1] == '$') { /* [$EUR-407]: a currency and a locale */
            const char *to = memchr(p, '-', (size_t)(close - p));
            *shown = (struct ft_text){p + 2, (size_t)((to ? to : close) - p - 2)};
        }
        return (size_t)(close - p) + 1;
    case '\\':
    case '_':
    case '*': {
        size_t n = left > 1 ? ft_utf8_len(p + 1, left - 1) : 0;
        if (*p == '\\') *shown = (struct ft_text){p + 1, n};
        if (*p == '_') *shown = (struct ft_text){" ", 1};
        return n + 1;
    }
    default:
        return 0;
    }
}

/* [h], [mm]: a duration. */
static bool is_elapsed(const char *p, const char *end)
{
    size_t n = 1;
    if (*p != '[' || end - p < 3 || !strchr("hHmMsS", p[1]) || !p[1]) return false;
    while (p + n < end && tolower((unsigned char)p[n]) == tolower((unsigned char)p[1]))
        n++;
    return p + n < end && p[n] == ']';
}

/* The section of a format that is for x; *bare: its sign is the section's business. */
static struct ft_text section_for(struct ft_text code, double x, bool *bare)
{
    struct ft_text sections[4], shown;
    size_t n = 0;
    const char *p = code.data, *end = p + code.n, *from = p;
    for (; p < end && n < 3;) {
        size_t skip = literal(p, end, &shown);
        if (*p == ';') {
            sections[n++] = (struct ft_text){from, (size_t)(p - from)};
            from = p + 1;
        }
        p += skip ? skip : 1;
    }
    if (n < 3) sections[n++] = (struct ft_text){from, (size_t)(end - from)};
    *bare = x < 0 && n > 1;
    return x < 0 && n > 1 ? sections[1] : x == 0 && n > 2 ? sections[2] : sections[0];
}

enum kind { KIND_TEXT, KIND_NUMBER, KIND_DATE, KIND_GENERAL };

/* What a section writes; GENERAL also for what is not supported. */
static enum kind kind_of(struct ft_text s)
{
    const char *p = s.data, *end = p + s.n;
    struct ft_text shown;
    bool digits = false;
    while (p < end) {
        if (is_elapsed(p, end)) return KIND_DATE;
        if (*p == '[' && p + 1 < end && p[1] && strchr("<>=", p[1])) return KIND_GENERAL;
        size_t skip = literal(p, end, &shown);
        if (skip) {
            p += skip;
            continue;
        }
        if (end - p >= 7 && !strncasecmp(p, "general", 7)) return KIND_GENERAL;
        if (strchr("yYmMdDhHsS", *p) && *p) return KIND_DATE;
        if (*p == '@' || (*p == '/' && digits)) return KIND_GENERAL;
        digits |= *p && strchr("0#?", *p);
        p++;
    }
    return digits ? KIND_NUMBER : KIND_TEXT;
}

/* ---- numbers ---- */

struct shape {
    int whole, places, places_min; /* digit placeholders before and after the point; zeros */
    int zeros;                     /* before the point: at least these digits */
    int percent, scale;            /* % signs; commas behind the last placeholder */
    int exponent;                  /* digits of it; 0: none */
    bool thousands, plus;          /* plus: a sign of the exponent also when it is positive */
};

static struct shape shape_of(struct ft_text s)
{
    struct shape f = {0};
    const char *p = s.data, *end = p + s.n;
    struct ft_text shown;
    bool point = false;
    int commas = 0;
    while (p < end) {
        size_t skip = literal(p, end, &shown);
        if (!skip && *p && strchr("0#?", *p)) {
            if (f.exponent || point) {
                f.places += !f.exponent;
                if (*p == '0' && !f.exponent) f.places_min = f.places;
                f.exponent += f.exponent > 0;
            } else {
                f.thousands |= commas > 0;
                f.whole++;
                f.zeros += *p == '0' || f.zeros;
                commas = 0;
            }
        }
        commas += !skip && *p == ',' && f.whole && !point;
        point |= !skip && *p == '.';
        f.percent += !skip && *p == '%';
        if (!skip && (*p == 'E' || *p == 'e') && p + 1 < end && (p[1] == '+' || p[1] == '-')) {
            f.exponent = 1; /* one more than its digits, until the end */
            f.plus = p[1] == '+';
            p++;
        }
        p += skip ? skip : 1;
    }
    f.exponent -= f.exponent > 0;
    f.scale = commas;
    return f;
}

static void add_whole(const struct decimal *d, const struct shape *f, struct ft_str *out)
{
    int n = d->point > f->zeros ? d->point : f->zeros;
    for (int at = n - 1; at >= 0; at--) {
        ft_str_addc(out, digit_at(d, at));
        if (f->thousands && at && at % 3 == 0) ft_str_addc(out, ',');
    }
}

static void add_places(const struct decimal *d, const struct shape *f, struct ft_str *out)
{
    int last = f->places;
    while (last > f->places_min && digit_at(d, -last) == '0')
        last--;
    if (last || f->places_min) ft_str_addc(out, '.');
    for (int at = 1; at <= last; at++)
        ft_str_addc(out, digit_at(d, -at));
}

/* Placeholders with texts among them, as in 000-0000: the digits go to their places. */
static void add_spread(struct ft_text s, const struct decimal *d, const struct shape *f,
                       struct ft_str *out)
{
    const char *p = s.data, *end = p + s.n;
    struct ft_text shown;
    int at = f->whole;
    bool begun = false;
    while (p < end) {
        size_t skip = literal(p, end, &shown);
        if (skip && *p != '[' && *p != '_' && *p != '*') ft_str_add(out, shown.data, shown.n);
        if (!skip && *p && strchr("0#?", *p)) {
            for (int more = d->point; at == f->whole && more > at; more--)
                ft_str_addc(out, digit_at(d, more - 1));
            begun |= d->point >= at || *p == '0';
            at--;
            if (begun) ft_str_addc(out, digit_at(d, at));
        } else if (!skip && *p != ',') {
            ft_str_addc(out, *p);
        }
        p += skip ? skip : 1;
    }
}

static bool is_spread(struct ft_text s)
{
    const char *p = s.data, *end = p + s.n;
    struct ft_text shown;
    size_t begun = 0, between = 0;
    while (p < end) {
        size_t skip = literal(p, end, &shown);
        bool digit = !skip && *p && strchr("0#?", *p);
        if (!skip && (*p == '.' || *p == 'E' || *p == 'e' || *p == '%')) return false;
        if (digit && between) return true;
        begun += digit;
        between += !digit && begun && (skip ? shown.n > 0 : *p != ',');
        p += skip ? skip : 1;
    }
    return false;
}

/* The section with its placeholders, which are one number, replaced. */
static void add_number(struct ft_text s, double x, struct ft_str *out)
{
    struct shape f = shape_of(s);
    const char *p = s.data, *end = p + s.n;
    struct ft_text shown;
    bool done = false;
    if (f.places > PLACES_MAX || f.whole > PLACES_MAX || (f.exponent && f.whole > 1)) {
        add_general(x, out);
        return;
    }
    struct decimal d = decimal_of(x);
    d.point += is_zero(&d) ? 0 : 2 * f.percent - 3 * f.scale;
    int exponent = d.point - 1;
    if (f.exponent) d.point = 1;
    round_to(&d, f.places);
    if (f.exponent && d.point > 1) {
        exponent++;
        d.point = 1;
    }
    if (is_zero(&d)) d.point = 0;
    if (!f.exponent && is_spread(s)) {
        add_spread(s, &d, &f, out);
        return;
    }
    while (p < end) {
        size_t skip = literal(p, end, &shown);
        if (skip) {
            ft_str_add(out, shown.data, shown.n);
        } else if (strchr("0#?.,", *p) && *p) {
            if (!done) add_whole(&d, &f, out);
            if (!done) add_places(&d, &f, out);
            done = true;
        } else if (f.exponent && (*p == 'E' || *p == 'e') && p + 1 < end) {
            if (is_zero(&d)) exponent = 0;
            ft_str_addf(out, "%c%s%0*d", *p,
                        exponent < 0 ? "-"
                        : f.plus     ? "+"
                                     : "",
                        f.exponent, abs(exponent));
            p++;
        } else {
            ft_str_addc(out, *p);
        }
        p += skip ? skip : 1;
    }
}

void ft_xlsx_format_add(const char *code, size_t n, double x, bool from_1904, struct ft_str *out)
{
    struct ft_text c = {code, n}, shown;
    bool bare = false;
    struct ft_str s = {0};
    if (!isfinite(x) || n > CODE_BYTES_MAX) n = 0;
    struct ft_text section = n ? section_for(c, x, &bare) : c;
    enum kind kind = n ? kind_of(section) : KIND_GENERAL;
    if (kind == KIND_DATE && !ft_xlsx_date_add(section, x, from_1904, &s)) kind = KIND_GENERAL;
    if (kind == KIND_GENERAL) {
        ft_str_clear(&s);
        add_general(x, &s);
    } else if (kind == KIND_NUMBER) {
        add_number(section, x, &s);
        bool some = strpbrk(ft_str_text(&s), "123456789") != NULL;
        if (x < 0 && !bare && some) ft_str_addc(out, '-');
    } else if (kind == KIND_TEXT) {
        for (const char *p = section.data, *end = p + section.n; p < end;) {
            size_t skip = literal(p, end, &shown);
            if (skip) ft_str_add(&s, shown.data, shown.n);
            if (!skip) ft_str_addc(&s, *p);
            p += skip ? skip : 1;
        }
    }
    struct ft_text trimmed = ft_text_trim((struct ft_text){ft_str_text(&s), s.len});
    ft_str_add(out, trimmed.data, trimmed.n);
    ft_str_release(&s);
}

/* ---- styles ---- */

static unsigned number_of(struct ft_text s)
{
    char buf[12];
    if (!s.n || s.n >= sizeof buf) return 0;
    memcpy(buf, s.data, s.n);
    buf[s.n] = 0;
    long long x;
    return ft_parse_i64(buf, &x) && x >= 0 && x < 1 << 30 ? (unsigned)x : 0;
}

void ft_xlsx_styles_read(struct ft_xlsx_styles *s, const char *xml, size_t n)
{
    struct ft_xml x = {.p = xml, .end = xml + n};
    bool cells = false;
    while (ft_xml_next(&x)) {
        if (ft_xml_is(x.name, "cellXfs")) cells = !x.closing && !x.empty;
        if (!x.closing && ft_xml_is(x.name, "numFmt") && s->n < STYLES_MAX) {
            size_t from = s->codes.len;
            ft_xml_add_text(ft_xml_attribute(&x, "formatCode"), &s->codes);
            ft_grow(&s->items, &s->cap, s->n + 1, sizeof *s->items);
            s->items[s->n++] = (struct ft_xlsx_code){number_of(ft_xml_attribute(&x, "numFmtId")),
                                                     from, s->codes.len - from};
        }
        if (!x.closing && cells && ft_xml_is(x.name, "xf") && s->cells_n < STYLES_MAX) {
            ft_grow(&s->cells, &s->cells_cap, s->cells_n + 1, sizeof *s->cells);
            s->cells[s->cells_n++] = number_of(ft_xml_attribute(&x, "numFmtId"));
        }
    }
}

void ft_xlsx_styles_release(struct ft_xlsx_styles *s)
{
    ft_str_release(&s->codes);
    free(s->items);
    free(s->cells);
    memset(s, 0, sizeof *s);
}

/* The formats that every workbook has; those of one country as ISO 8601. */
static const char *built_in(unsigned id)
{
    static const char *const codes[50] = {
        [1] = "0",
        [2] = "0.00",
        [3] = "#,##0",
        [4] = "#,##0.00",
        [5] = "$#,##0;($#,##0)",
        [6] = "$#,##0;($#,##0)",
        [7] = "$#,##0.00;($#,##0.00)",
        [8] = "$#,##0.00;($#,##0.00)",
        [9] = "0%",
        [10] = "0.00%",
        [11] = "0.00E+00",
        [14] = "yyyy-mm-dd",
        [15] = "d-mmm-yy",
        [16] = "d-mmm",
        [17] = "mmm-yy",
        [18] = "h:mm AM/PM",
        [19] = "h:mm:ss AM/PM",
        [20] = "h:mm",
        [21] = "h:mm:ss",
        [22] = "yyyy-mm-dd h:mm",
        [37] = "#,##0;(#,##0)",
        [38] = "#,##0;(#,##0)",
        [39] = "#,##0.00;(#,##0.00)",
        [40] = "#,##0.00;(#,##0.00)",
        [41] = "#,##0;-#,##0;\"-\"",
        [42] = "$#,##0;-$#,##0;\"$-\"",
        [43] = "#,##0.00;-#,##0.00;\"-\"",
        [44] = "$#,##0.00;-$#,##0.00;\"$-\"",
        [45] = "mm:ss",
        [46] = "[h]:mm:ss",
        [47] = "mm:ss.0",
    };
    if ((id >= 27 && id <= 31) || (id >= 50 && id <= 58) || id == 36) return "yyyy-mm-dd";
    if (id >= 32 && id <= 35) return "h:mm:ss";
    return id < 50 && codes[id] ? codes[id] : "General";
}

void ft_xlsx_styles_add(const struct ft_xlsx_styles *s, size_t style, struct ft_text number,
                        struct ft_str *out)
{
    char buf[64];
    double x;
    unsigned id = style < s->cells_n ? s->cells[style] : 0;
    struct ft_text trimmed = ft_text_trim(number);
    if (!trimmed.n || trimmed.n >= sizeof buf) {
        ft_str_add(out, number.data, number.n);
        return;
    }
    memcpy(buf, trimmed.data, trimmed.n);
    buf[trimmed.n] = 0;
    if (!ft_parse_double(buf, &x) || !isfinite(x)) {
        ft_str_add(out, number.data, number.n);
        return;
    }
    const char *code = NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->n && !code; i++) {
        if (s->items[i].id != id) continue;
        code = ft_str_text(&s->codes) + s->items[i].from;
        n = s->items[i].n;
    }
    if (!code) {
        code = built_in(id);
        n = strlen(code);
    }
    ft_xlsx_format_add(code, n, x, s->from_1904, out);
}
