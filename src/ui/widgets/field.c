/* Text fields. Movement is by characters with their combining marks, so a letter with an accent is
 * one step; what comes in is made valid UTF-8 first, so that no later step meets a broken sequence.
 */
#include "ui/widgets/field.h"

#include "ui/widgets/rich.h"
#include "util/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { FIELD_BYTES = 64 * 1024 };

void ft_field_release(struct ft_field *f)
{
    ft_str_release(&f->text);
    f->cursor = 0;
}

const char *ft_field_text(const struct ft_field *f)
{
    return ft_str_text(&f->text);
}

/* Appends what of text the field takes, as valid UTF-8. */
static void clean(const struct ft_field *f, const char *text, size_t n, struct ft_str *out)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += ft_text_next(text + i, n - i, &cp);
        if (cp == '\r') {
            if (i < n && text[i] == '\n') continue;
            cp = '\n';
        }
        if (cp == '\n' && !f->multiline) cp = ' ';
        if (cp < 0x20 && cp != '\n' && cp != '\t') continue;
        if (cp == 0x7f || (f->accepts && !f->accepts(cp))) continue;
        ft_text_add(out, cp);
    }
}

void ft_field_erase(struct ft_field *f, size_t from, size_t to)
{
    if (to <= from) return;
    memmove(f->text.data + from, f->text.data + to, f->text.len - to + 1);
    f->text.len -= to - from;
    f->cursor = from;
}

void ft_field_insert(struct ft_field *f, const char *text, size_t n)
{
    struct ft_str in = {0};
    clean(f, text, n, &in);
    if (in.len && f->selected) ft_field_erase(f, 0, f->text.len);
    f->selected = false;
    size_t max = f->max_bytes ? f->max_bytes : FIELD_BYTES;
    size_t room = max > f->text.len ? max - f->text.len : 0;
    if (in.len > room) { /* whole characters only */
        while (room && ((unsigned char)in.data[room] & 0xc0) == 0x80)
            room--;
        in.len = room;
    }
    if (in.len) {
        char *tail = ft_xstrndup(ft_str_text(&f->text) + f->cursor, f->text.len - f->cursor);
        size_t tail_n = f->text.len - f->cursor;
        f->text.len = f->cursor;
        ft_str_add(&f->text, in.data, in.len);
        ft_str_add(&f->text, tail, tail_n);
        free(tail);
        f->cursor += in.len;
    }
    ft_str_release(&in);
}

void ft_field_set(struct ft_field *f, const char *text)
{
    ft_str_clear(&f->text);
    f->cursor = 0;
    f->top = 0;
    f->selected = false;
    ft_field_insert(f, text, strlen(text));
}

/* --- movement --- */

static size_t step_right(const struct ft_field *f, size_t at)
{
    const char *t = ft_field_text(f);
    uint32_t cp;
    if (at >= f->text.len) return f->text.len;
    at += ft_text_next(t + at, f->text.len - at, &cp);
    while (at < f->text.len) {
        size_t took = ft_text_next(t + at, f->text.len - at, &cp);
        if (cp < 0x300 || utf8proc_charwidth((utf8proc_int32_t)cp) > 0) break;
        at += took;
    }
    return at;
}

static size_t step_left(const struct ft_field *f, size_t at)
{
    size_t before = 0, i = 0;
    while (i < at) {
        before = i;
        i = step_right(f, i);
    }
    return before;
}

static size_t word_left(const struct ft_field *f, size_t at)
{
    const char *t = ft_field_text(f);
    while (at && isspace((unsigned char)t[at - 1]))
        at--;
    while (at && !isspace((unsigned char)t[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct ft_field *f, size_t at)
{
    const char *t = ft_field_text(f);
    while (at < f->text.len && isspace((unsigned char)t[at]))
        at++;
    while (at < f->text.len && !isspace((unsigned char)t[at]))
        at++;
    return at;
}

/* Start and end of the cursor's line (the whole text in a field of one line). */
static size_t line_start(const struct ft_field *f)
{
    size_t at = f->cursor;
    while (at && ft_field_text(f)[at - 1] != '\n')
        at--;
    return at;
}

static size_t line_end(const struct ft_field *f)
{
    size_t at = f->cursor;
    while (at < f->text.len && ft_field_text(f)[at] != '\n')
        at++;
    return at;
}

/* Wrapped lines of the text; free() them. The cursor's line goes to *at. */
static struct ft_line *wrapped(const struct ft_field *f, int w, size_t *n, size_t *at)
{
    const char *t = ft_field_text(f);
    size_t count = ft_wrap(t, f->text.len, w, NULL, 0);
    struct ft_line *lines = ft_xmalloc((count + 1) * sizeof *lines);
    ft_wrap(t, f->text.len, w, lines, count);
    if (f->text.len && t[f->text.len - 1] == '\n')
        lines[count++] = (struct ft_line){f->text.len, f->text.len};
    *at = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].start <= f->cursor) *at = i;
    *n = count;
    return lines;
}

/* One wrapped line up or down; false when there is none. */
static bool line_move(struct ft_field *f, int w, int direction)
{
    size_t n, at;
    struct ft_line *lines = wrapped(f, w, &n, &at);
    bool can = direction < 0 ? at > 0 : at + 1 < n;
    if (can) {
        const char *t = ft_field_text(f);
        int column = ft_text_width(t + lines[at].start, f->cursor - lines[at].start);
        struct ft_line to = lines[direction < 0 ? at - 1 : at + 1];
        f->cursor = to.start + ft_text_fit(t + to.start, to.end - to.start, column);
    }
    free(lines);
    return can;
}

static bool ctrl(struct ft_field *f, uint32_t cp)
{
    size_t from = f->cursor;
    switch (cp) {
    case 'a':
        f->cursor = line_start(f);
        return true;
    case 'e':
        f->cursor = line_end(f);
        return true;
    case 'b':
        f->cursor = step_left(f, f->cursor);
        return true;
    case 'f':
        f->cursor = step_right(f, f->cursor);
        return true;
    case 'd':
        ft_field_erase(f, from, step_right(f, from));
        return true;
    case 'h':
        ft_field_erase(f, step_left(f, from), from);
        return true;
    case 'w':
        ft_field_erase(f, word_left(f, from), from);
        return true;
    case 'u':
        ft_field_erase(f, line_start(f), from);
        return true;
    case 'k':
        ft_field_erase(f, from, line_end(f));
        return true;
    default:
        return false;
    }
}

bool ft_field_key(struct ft_field *f, const struct ft_key *k, int w)
{
    bool word = k->mods & FT_MOD_CTRL;
    if (k->mods & FT_MOD_ALT) return false;
    if (ft_key_is_text(k)) {
        struct ft_str s = {0};
        ft_text_add(&s, k->cp);
        ft_field_insert(f, s.data, s.len);
        ft_str_release(&s);
        return true;
    }
    switch (k->code) {
    case FT_KEY_PASTE:
        ft_field_insert(f, k->text, k->n);
        return true;
    case FT_KEY_CHAR:
        f->selected = false;
        return ctrl(f, k->cp);
    case FT_KEY_LEFT:
        f->cursor = word ? word_left(f, f->cursor) : step_left(f, f->cursor);
        break;
    case FT_KEY_RIGHT:
        f->cursor = word ? word_right(f, f->cursor) : step_right(f, f->cursor);
        break;
    case FT_KEY_HOME:
        f->cursor = line_start(f);
        break;
    case FT_KEY_END:
        f->cursor = line_end(f);
        break;
    case FT_KEY_BACKSPACE:
        if (f->selected)
            ft_field_erase(f, 0, f->text.len);
        else
            ft_field_erase(f, word ? word_left(f, f->cursor) : step_left(f, f->cursor), f->cursor);
        break;
    case FT_KEY_DELETE:
        if (f->selected)
            ft_field_erase(f, 0, f->text.len);
        else
            ft_field_erase(f, f->cursor, step_right(f, f->cursor));
        break;
    case FT_KEY_UP:
    case FT_KEY_DOWN:
        if (!f->multiline || !line_move(f, w, k->code == FT_KEY_UP ? -1 : 1)) return false;
        break;
    default:
        return false;
    }
    f->selected = false;
    return true;
}

/* --- drawing --- */

/* The cursor at column x: "_" after the text, else the character reversed. */
static void draw_cursor(struct ft_canvas *c, int y, int x, bool at_end)
{
    if (at_end) {
        ft_canvas_put(c, y, x, '_', FT_ROLE_ACCENT | FT_BOLD);
        return;
    }
    struct ft_cell *cell = ft_canvas_at(c, y, x);
    if (cell) cell->style |= FT_REVERSE | FT_UNDERLINE;
}

void ft_field_draw(struct ft_canvas *c, int y, int x, int w, struct ft_field *f, bool focused)
{
    if (w < 1) return;
    struct ft_str hidden = {0};
    const char *t = ft_field_text(f);
    size_t n = f->text.len, cursor = f->cursor;
    if (f->secret) {
        cursor = 0;
        for (size_t i = 0; i < n;) {
            uint32_t cp;
            if (i < f->cursor) cursor++;
            i += ft_text_next(t + i, n - i, &cp);
            ft_str_addc(&hidden, '*');
        }
        t = ft_str_text(&hidden);
        n = hidden.len;
    }
    int at = ft_text_width(t, cursor);
    int spare = ft_text_width(t, n) + 1 - w; /* no further than the end needs */
    if (f->top > spare) f->top = spare > 0 ? spare : 0;
    if (f->top > at) f->top = at;
    if (at - f->top > w - 1) f->top = at - w + 1;
    size_t skip = ft_text_fit(t, n, f->top);
    int column = ft_text_width(t, skip);
    while (column < f->top && skip < n) { /* the cut goes through a wide character */
        uint32_t cp;
        skip += ft_text_next(t + skip, n - skip, &cp);
        column = ft_text_width(t, skip);
    }
    unsigned style = f->selected && focused ? FT_ROLE_SELECT : FT_ROLE_NORMAL;
    if (ft_text_width(t + skip, n - skip) <= w)
        ft_canvas_textn(c, y, x, w, style, t + skip, n - skip);
    else
        ft_canvas_textn(c, y, x, w, style, t + skip, ft_text_fit(t + skip, n - skip, w));
    if (focused) draw_cursor(c, y, x + at - column, cursor >= n);
    ft_str_release(&hidden);
}

void ft_field_draw_area(struct ft_canvas *c, struct ft_rect r, struct ft_field *f, bool focused)
{
    if (r.h < 1 || r.w < 1) return;
    size_t n, at;
    int w = r.w > 1 ? r.w - 1 : 1; /* the last column is for the cursor */
    struct ft_line *lines = wrapped(f, w, &n, &at);
    size_t top = (size_t)(f->top > 0 ? f->top : 0), h = (size_t)r.h;
    if (top > at) top = at;
    if (at - top >= h) top = at - h + 1;
    f->top = (int)top;
    const char *t = ft_field_text(f);
    unsigned style = f->selected && focused ? FT_ROLE_SELECT : FT_ROLE_NORMAL;
    for (size_t i = top; i < n && i - top < h; i++) {
        int y = r.y + (int)(i - top);
        ft_canvas_textn(c, y, r.x, r.w, style, t + lines[i].start, lines[i].end - lines[i].start);
        if (i != at || !focused) continue;
        size_t upto = f->cursor < lines[i].end ? f->cursor : lines[i].end;
        int column = ft_text_width(t + lines[i].start, upto - lines[i].start);
        if (f->cursor > lines[i].end) column++; /* behind the blank it was broken at */
        draw_cursor(c, y, r.x + (column < r.w ? column : r.w - 1), f->cursor >= lines[i].end);
    }
    free(lines);
}

void ft_form_row(struct ft_canvas *c, int y, int x, int w, int name_w, char mark, const char *name,
                 unsigned value_style, const char *value)
{
    unsigned mark_style = mark == '!' ? FT_ROLE_WARN | FT_BOLD : FT_ROLE_ACCENT;
    if (w > 0) ft_canvas_put(c, y, x, (uint32_t)(unsigned char)mark, mark_style);
    ft_canvas_text(c, y, x + 2, name_w < w - 2 ? name_w : w - 2, FT_ROLE_NORMAL, name);
    ft_canvas_text(c, y, x + 3 + name_w, w - 3 - name_w, value_style, value);
}
