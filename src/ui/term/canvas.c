/* The cell buffer. Text is taken apart into code points by utf8proc, made visible, measured and put
 * into cells; lines are kept as the sides they leave a cell by, so that joints come out by
 * themselves. */
#include "ui/term/canvas.h"

#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { SIZE_MAX_CELLS = 10000 };
enum { LINE_UP = 1, LINE_DOWN = 2, LINE_LEFT = 4, LINE_RIGHT = 8 };

static const struct ft_cell blank = {.cp = ' ', .width = 1};

void ft_canvas_resize(struct ft_canvas *c, int h, int w)
{
    h = h < 1 ? 1 : h > SIZE_MAX_CELLS ? SIZE_MAX_CELLS : h;
    w = w < 1 ? 1 : w > SIZE_MAX_CELLS ? SIZE_MAX_CELLS : w;
    size_t count = (size_t)h * (size_t)w;
    c->cells = ft_xrealloc(c->cells, count * sizeof *c->cells);
    c->h = h;
    c->w = w;
    ft_canvas_clear(c);
}

void ft_canvas_release(struct ft_canvas *c)
{
    free(c->cells);
    *c = (struct ft_canvas){0};
}

void ft_canvas_clear(struct ft_canvas *c)
{
    size_t count = (size_t)c->h * (size_t)c->w;
    for (size_t i = 0; i < count; i++)
        c->cells[i] = blank;
}

struct ft_cell *ft_canvas_at(const struct ft_canvas *c, int y, int x)
{
    if (y < 0 || x < 0 || y >= c->h || x >= c->w) return NULL;
    return &c->cells[(size_t)y * (size_t)c->w + (size_t)x];
}

/* --- without Unicode --- */

/* Braille dots of the upper two and the lower two rows of a cell. */
enum { BRAILLE = 0x2800, DOTS_UPPER = 0x1b, DOTS_LOWER = 0xe4 };

static uint32_t ascii_of(uint32_t cp, uint32_t other)
{
    static const struct {
        uint32_t cp;
        char ch;
    } table[] = {{0x2500, '-'}, {0x2502, '|'}, {0x252c, '+'}, {0x2534, '+'}, {0x251c, '+'},
                 {0x2524, '+'}, {0x253c, '+'}, {0x2501, '='}, {0x2578, '-'}, {0x250a, ':'},
                 {0x2713, '+'}, {0x2717, 'x'}, {0x203a, '>'}, {0x25b8, '>'}, {0x25aa, '*'}};
    if (cp < 0x7f) return cp;
    if (cp == BRAILLE) return ' ';
    if (cp > BRAILLE && cp < BRAILLE + 256) {
        bool upper = cp & DOTS_UPPER, lower = cp & DOTS_LOWER;
        return upper && lower ? ':' : upper ? '\'' : '.';
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].cp == cp) return (uint32_t)table[i].ch;
    return other;
}

/* Takes what stands at x away, both halves of a wide character. */
static void unset(struct ft_canvas *c, int y, int x)
{
    struct ft_cell *cell = ft_canvas_at(c, y, x), *next;
    if (cell->width == 0 && x > 0) {
        struct ft_cell *left = cell - 1;
        left->cp = ' ';
        left->mark[0] = left->mark[1] = 0;
        left->width = 1;
    } else if (cell->width == 2 && (next = ft_canvas_at(c, y, x + 1))) {
        next->cp = ' ';
        next->width = 1;
    }
    *cell = blank;
}

/* One character of width 1 or 2; the caller has checked that both columns are inside. */
static void set(struct ft_canvas *c, int y, int x, uint32_t cp, int width, unsigned style)
{
    struct ft_cell *cell = ft_canvas_at(c, y, x);
    unset(c, y, x);
    if (width == 2) unset(c, y, x + 1);
    cell->cp = c->ascii ? ascii_of(cp, '?') : c->ascii_signs ? ascii_of(cp, cp) : cp;
    cell->style = (uint16_t)style;
    cell->width = (uint8_t)width;
    if (width != 2) return;
    if (c->ascii) { /* "??" keeps the columns */
        cell->width = 1;
        cell[1] = *cell;
        return;
    }
    cell[1] = (struct ft_cell){.cp = ' ', .style = (uint16_t)style, .width = 0};
}

void ft_canvas_put(struct ft_canvas *c, int y, int x, uint32_t cp, unsigned style)
{
    if (ft_canvas_at(c, y, x)) set(c, y, x, cp, 1, style);
}

/* --- text --- */

size_t ft_text_next(const char *text, size_t n, uint32_t *cp)
{
    utf8proc_int32_t value = -1;
    utf8proc_ssize_t took =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)(n < 4 ? n : 4), &value);
    if (took <= 0 || value < 0) {
        *cp = 0xfffd;
        return 1;
    }
    *cp = (uint32_t)value;
    return (size_t)took;
}

/* A character as it is shown: up to 8 visible characters of its own, or itself. */
struct shown {
    char text[12]; /* what stands for it; "" when it shows itself */
    uint32_t cp;
    int width; /* 0: a mark on the character before */
};

static struct shown show(uint32_t cp)
{
    struct shown s = {.cp = cp, .width = 1};
    if (cp >= 0x20 && cp < 0x7f) return s;
    if (cp == '\t') {
        s.cp = ' ';
    } else if (cp < 0x20 || cp == 0x7f) {
        snprintf(s.text, sizeof s.text, "^%c", (char)(cp ^ 0x40));
        s.width = 2;
    } else if (cp < 0xa0 || (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) ||
               cp == 0x2028 || cp == 0x2029 || cp == 0x200e || cp == 0x200f || cp == 0x061c) {
        s.width = snprintf(s.text, sizeof s.text, "<%04X>", (unsigned)cp);
    } else if (cp != 0xad) { /* a soft hyphen shows as one */
        s.width = utf8proc_charwidth((utf8proc_int32_t)cp);
        utf8proc_category_t cat = utf8proc_category((utf8proc_int32_t)cp);
        if (cat == UTF8PROC_CATEGORY_CN || cat == UTF8PROC_CATEGORY_CO ||
            cat == UTF8PROC_CATEGORY_CS) {
            s.cp = 0xfffd;
            s.width = 1;
        } else if (cp >= 0x2500 && cp < 0x2580) {
            s.width = 1;
        }
        if (s.width < 0) s.width = 0;
        if (s.width > 2) s.width = 2;
    }
    return s;
}

int ft_text_width(const char *text, size_t n)
{
    int w = 0;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += ft_text_next(text + i, n - i, &cp);
        w += show(cp).width;
        if (w > SIZE_MAX_CELLS * 2) break; /* wider than any canvas */
    }
    return w;
}

size_t ft_text_fit(const char *text, size_t n, int w)
{
    int used = 0;
    size_t i = 0;
    while (i < n) {
        uint32_t cp;
        size_t took = ft_text_next(text + i, n - i, &cp);
        used += show(cp).width;
        if (used > w) break;
        i += took;
    }
    return i;
}

/* Draws the characters of text that fit into w columns; returns the columns. */
static int draw(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text,
                size_t n)
{
    int at = x, end = x + w;
    struct ft_cell *last = NULL;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += ft_text_next(text + i, n - i, &cp);
        struct shown s = show(cp);
        if (s.width == 0) {
            if (last && !c->ascii) {
                int k = last->mark[0] ? 1 : 0;
                if (!last->mark[k]) last->mark[k] = s.cp;
            }
            continue;
        }
        if (at + s.width > end) break;
        if (s.text[0]) {
            for (int k = 0; k < s.width; k++)
                ft_canvas_put(c, y, at + k, (uint32_t)(unsigned char)s.text[k], style);
            last = NULL;
        } else if (at >= 0 && at + s.width <= c->w && y >= 0 && y < c->h) {
            set(c, y, at, s.cp, s.width, style);
            last = ft_canvas_at(c, y, at);
        } else if (s.width == 2 && at + 1 == c->w) { /* half of it is outside */
            ft_canvas_put(c, y, at, ' ', style);
        }
        at += s.width;
    }
    return at - x;
}

int ft_canvas_textn(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text,
                    size_t n)
{
    if (w <= 0 || !n) return 0;
    if (w > c->w - x) w = c->w - x; /* the canvas' edge cuts too */
    if (w <= 0) return 0;
    if (ft_text_fit(text, n, w) >= n) return draw(c, y, x, w, style, text, n);
    int used = draw(c, y, x, w - 1, style, text, n);
    for (; used < w - 1; used++)
        ft_canvas_put(c, y, x + used, ' ', style);
    ft_canvas_put(c, y, x + w - 1, '~', FT_ROLE_MUTED);
    return w;
}

int ft_canvas_text(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text)
{
    return ft_canvas_textn(c, y, x, w, style, text, strlen(text));
}

int ft_canvas_text_plain(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text)
{
    return w > 0 ? draw(c, y, x, w, style, text, strlen(text)) : 0;
}

int ft_canvas_printf(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *fmt, ...)
{
    char buf[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(buf, sizeof buf, fmt, ap);
    va_end(ap);
    return ft_canvas_text(c, y, x, w, style, buf);
}

int ft_canvas_right(struct ft_canvas *c, int y, int x, int w, unsigned style, const char *text)
{
    int tw = ft_text_width(text, strlen(text));
    int skip = tw < w ? w - tw : 0;
    ft_canvas_text(c, y, x + skip, w - skip, style, text);
    return tw < w ? tw : w;
}

static struct ft_rect clip(const struct ft_canvas *c, struct ft_rect r)
{
    int y1 = r.y + r.h < c->h ? r.y + r.h : c->h, x1 = r.x + r.w < c->w ? r.x + r.w : c->w;
    if (r.y < 0) r.y = 0;
    if (r.x < 0) r.x = 0;
    r.h = y1 - r.y;
    r.w = x1 - r.x;
    return r;
}

void ft_canvas_fill(struct ft_canvas *c, struct ft_rect r, uint32_t cp, unsigned style)
{
    r = clip(c, r);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            set(c, y, x, cp, 1, style);
}

void ft_canvas_restyle(struct ft_canvas *c, struct ft_rect r, unsigned style)
{
    r = clip(c, r);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            ft_canvas_at(c, y, x)->style = (uint16_t)style;
}

void ft_canvas_copy(struct ft_canvas *c, const struct ft_canvas *from, struct ft_rect r)
{
    r = clip(c, r);
    r = clip(from, r);
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            *ft_canvas_at(c, y, x) = *ft_canvas_at(from, y, x);
}

/* --- lines --- */

static void join(struct ft_canvas *c, int y, int x, unsigned sides, unsigned style)
{
    /* By the sides a line leaves by; corners are not among our characters: a joint stands in. */
    static const uint16_t sign[16] = {
        [LINE_UP] = 0x2502,
        [LINE_DOWN] = 0x2502,
        [LINE_UP | LINE_DOWN] = 0x2502,
        [LINE_LEFT] = 0x2500,
        [LINE_RIGHT] = 0x2500,
        [LINE_LEFT | LINE_RIGHT] = 0x2500,
        [LINE_DOWN | LINE_LEFT] = 0x252c,
        [LINE_DOWN | LINE_RIGHT] = 0x252c,
        [LINE_DOWN | LINE_LEFT | LINE_RIGHT] = 0x252c,
        [LINE_UP | LINE_LEFT] = 0x2534,
        [LINE_UP | LINE_RIGHT] = 0x2534,
        [LINE_UP | LINE_LEFT | LINE_RIGHT] = 0x2534,
        [LINE_UP | LINE_DOWN | LINE_RIGHT] = 0x251c,
        [LINE_UP | LINE_DOWN | LINE_LEFT] = 0x2524,
        [LINE_UP | LINE_DOWN | LINE_LEFT | LINE_RIGHT] = 0x253c,
    };
    struct ft_cell *cell = ft_canvas_at(c, y, x);
    if (!cell || !sides) return;
    sides |= cell->line;
    set(c, y, x, sign[sides & 15], 1, style);
    cell->line = (uint8_t)sides;
}

void ft_canvas_hline(struct ft_canvas *c, int y, int x0, int x1, unsigned style)
{
    for (int x = x0; x < x1; x++)
        join(c, y, x, (x > x0 || x1 == x0 + 1 ? LINE_LEFT : 0) | (x < x1 - 1 ? LINE_RIGHT : 0),
             style);
}

void ft_canvas_vline(struct ft_canvas *c, int x, int y0, int y1, unsigned style)
{
    for (int y = y0; y < y1; y++)
        join(c, y, x, (y > y0 ? LINE_UP : 0) | (y < y1 - 1 || y1 == y0 + 1 ? LINE_DOWN : 0), style);
}

static bool is_line(const struct ft_canvas *c, int y, int x)
{
    const struct ft_cell *cell = ft_canvas_at(c, y, x);
    return cell && cell->line;
}

void ft_canvas_title(struct ft_canvas *c, int y, int x, int w, bool focused, const char *left,
                     const char *right)
{
    if (w < 1) return;
    int x0 = is_line(c, y, x - 1) ? x - 1 : x, x1 = is_line(c, y, x + w) ? x + w + 1 : x + w;
    ft_canvas_hline(c, y, x0, x1, FT_ROLE_MUTED);
    int room = w - 2; /* "─▸" before it */
    if (room < 1) return;
    if (focused)
        ft_canvas_put(c, y, x + 1, 0x25b8, FT_ROLE_ACCENT | FT_BOLD);
    else
        ft_canvas_put(c, y, x + 1, ' ', FT_ROLE_NORMAL);
    unsigned style = focused ? FT_ROLE_ACCENT | FT_BOLD : FT_ROLE_NORMAL;
    int used = ft_canvas_text(c, y, x + 2, room, style, left);
    if (used < room) ft_canvas_put(c, y, x + 2 + used++, ' ', FT_ROLE_NORMAL);
    if (!right || !*right) return;
    int rw = ft_text_width(right, strlen(right));
    if (rw + 3 > room - used) return; /* whole or not at all */
    int rx = x + w - rw - 3;
    ft_canvas_put(c, y, rx, ' ', FT_ROLE_NORMAL);
    ft_canvas_text(c, y, rx + 1, rw, FT_ROLE_NORMAL, right);
    ft_canvas_put(c, y, rx + 1 + rw, ' ', FT_ROLE_NORMAL);
}

/* --- bars --- */

/* Half columns that share takes of w columns. */
static int halves(int w, double share)
{
    if (!(share > 0) || w < 1) return 0;
    if (share > 1) share = 1;
    int n = (int)floor(share * w * 2 + 1e-9);
    return n < 1 ? 1 : n;
}

int ft_canvas_bar(struct ft_canvas *c, int y, int x, int w, double share, unsigned style)
{
    int n = halves(w, share);
    for (int i = 0; i < n / 2; i++)
        ft_canvas_put(c, y, x + i, 0x2501, style);
    if (n % 2) ft_canvas_put(c, y, x + n / 2, 0x2578, style);
    return (n + 1) / 2;
}

void ft_canvas_progress(struct ft_canvas *c, int y, int x, int w, double share)
{
    int used = ft_canvas_bar(c, y, x, w, share, FT_ROLE_ACCENT);
    for (int i = used; i < w; i++)
        ft_canvas_put(c, y, x + i, 0x2500, FT_ROLE_MUTED);
}

/* --- as text --- */

void ft_text_add(struct ft_str *s, uint32_t cp)
{
    utf8proc_uint8_t buf[4];
    utf8proc_ssize_t n = utf8proc_encode_char((utf8proc_int32_t)cp, buf);
    ft_str_add(s, (const char *)buf, (size_t)n);
}

void ft_canvas_dump(const struct ft_canvas *c, struct ft_str *out)
{
    ft_canvas_dump_part(c, (struct ft_rect){0, 0, c->h, c->w}, out);
}

void ft_canvas_dump_part(const struct ft_canvas *c, struct ft_rect r, struct ft_str *out)
{
    for (int y = r.y; y < r.y + r.h; y++) {
        size_t keep = out->len;
        for (int x = r.x; x < r.x + r.w; x++) {
            const struct ft_cell *cell = ft_canvas_at(c, y, x);
            if (!cell || !cell->width) continue;
            ft_text_add(out, cell->cp);
            for (int k = 0; k < 2 && cell->mark[k]; k++)
                ft_text_add(out, cell->mark[k]);
            if (cell->cp != ' ') keep = out->len;
        }
        out->len = keep;
        ft_str_addc(out, '\n');
    }
}
