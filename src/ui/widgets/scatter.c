/* Scatter plots: see scatter.h. Dots are collected in a grid of counts a dot, so that one pair is a
 * dot and the cell's style can follow how many there are. */
#include "ui/widgets/scatter.h"

#include "ui/widgets/plot.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MIN = 5, COLS_MIN = 16 };

/* Where dots go, and the range of both axes. */
struct frame {
    struct ft_rect area;
    double lo, hi, first, step;
    int ticks;
};

static bool is_shown(const struct ft_scatter *s, size_t i)
{
    return isfinite(s->x[i]) && isfinite(s->y[i]);
}

static void tick_text(char *buf, size_t size, double v, double step)
{
    int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    if (fabs(v) < step * 1e-6) v = 0;
    if (fabs(v) >= 1e6 || digits > 5)
        ft_format_g(buf, size, v, 4);
    else
        snprintf(buf, size, "%.*f", digits, v);
}

/* False: there is nothing to draw, or no space. */
static bool make_frame(struct frame *f, const struct ft_scatter *s, struct ft_rect r)
{
    double lo = INFINITY, hi = -INFINITY;
    if (r.h < ROWS_MIN || r.w < COLS_MIN) return false;
    for (size_t i = 0; i < s->n; i++) {
        if (!is_shown(s, i)) continue;
        lo = fmin(lo, fmin(s->x[i], s->y[i]));
        hi = fmax(hi, fmax(s->x[i], s->y[i]));
    }
    if (!(lo <= hi)) return false;
    if (!(hi > lo)) {
        double room = lo != 0 ? fabs(lo) * 0.1 : 1;
        lo -= room;
        hi += room;
    }
    int rows = r.h - 1, most = rows / 2 + 1;
    f->ticks = ft_plot_ticks(lo, hi, most > 7 ? 7 : most, &f->first, &f->step);
    f->lo = fmin(lo, f->first);
    f->hi = fmax(hi, f->first + f->step * (f->ticks - 1));
    int labels = 1;
    for (int i = 0; i < f->ticks; i++) {
        char text[32];
        tick_text(text, sizeof text, f->first + f->step * i, f->step);
        if ((int)strlen(text) > labels) labels = (int)strlen(text);
    }
    f->area = (struct ft_rect){r.y, r.x + labels + 1, rows, r.w - labels - 1};
    /* Cells are about twice as high as wide: a square has two columns a row. */
    if (f->area.w > f->area.h * 3) f->area.w = f->area.h * 3;
    return f->area.w > 2;
}

/* 0 .. dots - 1 */
static int dot_of(const struct frame *f, double v, int dots)
{
    double at = (v - f->lo) / (f->hi - f->lo) * (dots - 1);
    return at <= 0 ? 0 : at >= dots - 1 ? dots - 1 : (int)lround(at);
}

/* The dot of a pair: column from the left, row from the top. */
static void place(const struct frame *f, const struct ft_scatter *s, size_t i, int *x, int *y)
{
    *x = dot_of(f, s->x[i], f->area.w * 2);
    *y = f->area.h * 4 - 1 - dot_of(f, s->y[i], f->area.h * 4);
}

static void draw_axes(struct ft_canvas *c, struct ft_rect r, const struct frame *f)
{
    int bottom = f->area.y + f->area.h, busy = 0;
    for (int y = 0; y < f->area.h; y++)
        ft_canvas_put(c, f->area.y + y, f->area.x - 1, 0x2502, FT_ROLE_MUTED);
    for (int i = 0; i < f->ticks; i++) {
        double v = f->first + f->step * i;
        char text[32];
        if (v < f->lo - f->step * 1e-6 || v > f->hi + f->step * 1e-6) continue;
        tick_text(text, sizeof text, v, f->step);
        int w = (int)strlen(text), col = f->area.x + dot_of(f, v, f->area.w * 2) / 2;
        int row = f->area.y + (f->area.h * 4 - 1 - dot_of(f, v, f->area.h * 4)) / 4;
        ft_canvas_put(c, row, f->area.x - 1, 0x2524, FT_ROLE_MUTED);
        ft_canvas_right(c, row, r.x, f->area.x - 1 - r.x, FT_ROLE_MUTED, text);
        int x = col - w / 2;
        if (x + w > r.x + r.w) x = r.x + r.w - w;
        if (x < busy) continue;
        ft_canvas_text(c, bottom, x, w, FT_ROLE_MUTED, text);
        busy = x + w + 1;
    }
}

static void draw_cell(struct ft_canvas *c, int y, int x, unsigned dots, unsigned count,
                      bool diagonal)
{
    bool ascii = c->ascii || c->ascii_signs;
    if (!count && !diagonal) return;
    unsigned style = count ? FT_ROLE_ACCENT | (count > 8 ? FT_BOLD : 0u) : FT_ROLE_MUTED;
    uint32_t sign = !ascii ? 0x2800 + dots : !count ? '.' : count > 9 ? '#' : '0' + count;
    ft_canvas_put(c, y, x, sign, style);
}

void ft_scatter_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_scatter *s,
                     bool focused)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    struct frame f;
    int x, y;
    if (!make_frame(&f, s, r)) return;
    draw_axes(c, r, &f);
    int w = f.area.w, h = f.area.h;
    struct {
        uint8_t dots;
        bool diagonal;
        unsigned count;
    } *cells = ft_xcalloc((size_t)w * (size_t)h, sizeof *cells);
    for (x = 0; x < w * 2; x++) { /* every third dot: pairs stand out */
        y = h * 4 - 1 - (int)lround((double)x / (w * 2 - 1) * (h * 4 - 1));
        size_t at = (size_t)(y / 4) * (size_t)w + (size_t)(x / 2);
        cells[at].diagonal = true;
        if (x % 3 == 0) cells[at].dots |= bit[y % 4][x % 2];
    }
    for (size_t i = 0; i < s->n; i++) {
        if (!is_shown(s, i)) continue;
        place(&f, s, i, &x, &y);
        size_t at = (size_t)(y / 4) * (size_t)w + (size_t)(x / 2);
        cells[at].dots |= bit[y % 4][x % 2];
        cells[at].count++;
    }
    for (int row = 0; row < h; row++)
        for (int col = 0; col < w; col++) {
            size_t at = (size_t)row * (size_t)w + (size_t)col;
            draw_cell(c, f.area.y + row, f.area.x + col, cells[at].dots, cells[at].count,
                      cells[at].diagonal && (cells[at].dots || c->ascii || c->ascii_signs));
        }
    free(cells);
    if (s->cursor < 0 || (size_t)s->cursor >= s->n || !is_shown(s, (size_t)s->cursor)) return;
    place(&f, s, (size_t)s->cursor, &x, &y);
    ft_canvas_put(c, f.area.y + y / 4, f.area.x + x / 2, 'o',
                  focused ? FT_ROLE_SELECT : FT_ROLE_WARN | FT_BOLD);
}

long long ft_scatter_worst(const struct ft_scatter *s)
{
    long long worst = FT_SCATTER_NONE;
    double most = -1;
    for (size_t i = 0; i < s->n; i++) {
        double d = fabs(s->x[i] - s->y[i]);
        if (!is_shown(s, i) || !(d > most)) continue;
        most = d;
        worst = (long long)i;
    }
    return worst;
}

long long ft_scatter_move(const struct ft_scatter *s, struct ft_rect r, int dy, int dx)
{
    struct frame f;
    int x0, y0, x, y;
    if (s->cursor < 0 || (size_t)s->cursor >= s->n || !is_shown(s, (size_t)s->cursor))
        return ft_scatter_worst(s);
    if (!make_frame(&f, s, r)) return s->cursor;
    place(&f, s, (size_t)s->cursor, &x0, &y0);
    x0 /= 2, y0 /= 4;
    long long best = s->cursor;
    double nearest = INFINITY;
    for (size_t i = 0; i < s->n; i++) {
        if (!is_shown(s, i)) continue;
        place(&f, s, i, &x, &y);
        int across = x / 2 - x0, up = y0 - y / 4;
        int along = dx ? across * dx : up * dy, aside = dx ? up : across;
        if (along < 1) continue;
        /* a cell is half as wide as high; what is aside counts double */
        double far = dx ? along + 4.0 * abs(aside) : 2.0 * along + 2.0 * abs(aside);
        if (far < nearest) {
            nearest = far;
            best = (long long)i;
        }
    }
    return best;
}
