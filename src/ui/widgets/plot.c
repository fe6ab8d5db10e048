/* Plots: from series to dots. The dots of a plot are collected in a grid of braille masks first, so
 * that lines that cross are or-ed and none hides another; then the grid goes into cells. Axis
 * arithmetic is in axis.c. */
#include "ui/widgets/plot_in.h"

#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct grid {
    int h, w; /* cells */
    struct {
        uint8_t dots;
        uint16_t style;
        uint8_t rank; /* the style of the highest rank stays */
    } * cells;
};

static void dot(struct grid *g, int y, int x, unsigned style, int rank)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (y < 0 || x < 0 || y >= g->h * 4 || x >= g->w * 2) return;
    size_t i = (size_t)(y / 4) * (size_t)g->w + (size_t)(x / 2);
    g->cells[i].dots |= bit[y % 4][x % 2];
    if (rank >= g->cells[i].rank) {
        g->cells[i].style = (uint16_t)style;
        g->cells[i].rank = (uint8_t)rank;
    }
}

/* Which of a line's dots are drawn: solid, 1 of 2, 2 of 3, 1 of 3. */
static bool pattern_on(int pattern, int x)
{
    static const struct {
        int on, of;
    } p[] = {{1, 1}, {1, 2}, {2, 3}, {1, 3}};
    int i = pattern % 4;
    return x % p[i].of < p[i].on;
}

struct pen {
    struct grid *g;
    const struct axes *a;
    unsigned style;
    int pattern, rank;
    bool has; /* a point to draw from */
    int x, y;
};

static void line_to(struct pen *p, int x, int y)
{
    if (!p->has) {
        dot(p->g, y, x, p->style, p->rank);
    } else {
        int dx = abs(x - p->x), dy = abs(y - p->y), n = dx > dy ? dx : dy;
        for (int i = 0; i <= n; i++) {
            double f = n ? (double)i / n : 0;
            int px = p->x + (int)lround(f * (x - p->x)), py = p->y + (int)lround(f * (y - p->y));
            if (pattern_on(p->pattern, px)) dot(p->g, py, px, p->style, p->rank);
        }
    }
    p->has = true;
    p->x = x;
    p->y = y;
}

/* Dot row of y, clipped to the plot; *out: it was outside. */
static int row_of(const struct axes *a, double y, bool *out)
{
    double f = axes_share(a, y);
    *out = f < -1e-9 || f > 1 + 1e-9;
    if (f < 0) f = 0;
    if (f > 1) f = 1;
    return (int)lround((1 - f) * (a->dots_h - 1));
}

/* A raw series: each dot column's least..largest, in muted. */
static void draw_raw(struct grid *g, const struct axes *a, const struct ft_series *s,
                     struct ft_plot_report *rep)
{
    bool many = s->n > (size_t)a->dots_w;
    int column = INT32_MIN, lo = 0, hi = 0;
    for (size_t i = 0; i <= s->n; i++) {
        int x = INT32_MAX, y = 0;
        if (i < s->n) {
            double v = s->points[i].y;
            bool out;
            if (!isfinite(v) || (a->log && v <= 0)) continue;
            x = axes_column(a, s->points[i].x);
            y = row_of(a, v, &out);
            rep->beyond += out && x >= 0 && x < a->dots_w;
        }
        if (x == column && many) {
            if (y < lo) lo = y;
            if (y > hi) hi = y;
            continue;
        }
        for (int k = lo; column != INT32_MIN && k <= hi; k++)
            dot(g, k, column, FT_ROLE_MUTED, 0);
        column = x;
        lo = hi = y;
    }
}

/* A line through n values; each dot column shows its last one. */
static void draw_line(struct grid *g, const struct axes *a, const struct ft_series *s,
                      const double *values, int rank, bool counts, struct ft_plot_report *rep)
{
    struct pen pen = {.g = g, .a = a, .style = s->style, .pattern = s->pattern, .rank = rank};
    for (size_t i = 0; i < s->n; i++) {
        double v = values[i];
        bool out;
        if (!isfinite(s->points[i].y) || !isfinite(v) || (a->log && v <= 0)) {
            pen.has = false;
            continue;
        }
        int x = axes_column(a, s->points[i].x);
        if (i + 1 < s->n && isfinite(s->points[i + 1].y) && axes_column(a, s->points[i + 1].x) == x)
            continue;
        int y = row_of(a, v, &out);
        if (counts) rep->beyond += out;
        line_to(&pen, x, y);
    }
}

/* --- drawn over the dots --- */

static void put_mark(struct ft_canvas *c, const struct axes *a, int x, int y, uint32_t sign,
                     unsigned style)
{
    if (x < 0 || x >= a->dots_w || y < 0 || y >= a->dots_h) return;
    ft_canvas_put(c, a->area.y + y / 4, a->area.x + x / 2, sign, style);
}

static void draw_marks(struct ft_canvas *c, const struct axes *a, const struct ft_series *s,
                       const double *values, int index)
{
    char sign = s->marker ? s->marker : 'o';
    int last = INT32_MIN / 2, step = 24;
    if (s->kind == FT_SERIES_RAW ||
        (s->kind == FT_SERIES_LINE && !s->overlay && !s->marker && s->n > 1))
        return;
    if (s->kind == FT_SERIES_LINE && s->overlay) last = -step + 4 * index;
    for (size_t i = 0; i < s->n; i++) {
        double v = values[i];
        bool out;
        if (!isfinite(v) || (a->log && v <= 0)) continue;
        int x = axes_column(a, s->points[i].x);
        bool end = i + 1 == s->n;
        if (s->kind == FT_SERIES_LINE) {
            if (!end && (x - last < step || a->dots_w - x < step / 2)) continue;
            last = x;
        }
        put_mark(c, a, x, row_of(a, v, &out), (uint32_t)(unsigned char)sign, s->style);
    }
}

static void draw_bad(struct ft_canvas *c, const struct axes *a, const struct ft_series *s,
                     struct ft_plot_report *rep)
{
    for (size_t i = 0; i < s->n; i++) {
        double v = s->points[i].y;
        bool bad = !isfinite(v);
        if (!bad && !(a->log && v <= 0)) continue;
        rep->bad += bad;
        put_mark(c, a, axes_column(a, s->points[i].x), a->dots_h - 1, 0x2717, FT_ROLE_BAD);
    }
}

static void draw_columns(struct ft_canvas *c, const struct axes *a, const struct ft_plot *p,
                         int axis_y)
{
    for (int i = 0; i < p->events_n; i++) {
        int x = axes_column(a, p->events[i].x);
        if (x < 0 || x >= a->dots_w) continue;
        for (int y = 0; y < a->area.h; y++)
            ft_canvas_put(c, a->area.y + y, a->area.x + x / 2, 0x250a, FT_ROLE_MUTED);
        if (axis_y >= 0)
            ft_canvas_put(c, axis_y, a->area.x + x / 2,
                          (uint32_t)(unsigned char)p->events[i].letter, FT_ROLE_ACCENT);
    }
    if (!p->has_cursor) return;
    int x = axes_column(a, p->cursor);
    for (int y = 0; y < a->area.h && x >= 0 && x < a->dots_w; y++)
        ft_canvas_put(c, a->area.y + y, a->area.x + x / 2, 0x250a, FT_ROLE_ACCENT | FT_BOLD);
}

static void blit_grid(struct ft_canvas *c, const struct axes *a, const struct grid *g)
{
    for (int y = 0; y < g->h; y++)
        for (int x = 0; x < g->w; x++) {
            size_t i = (size_t)y * (size_t)g->w + (size_t)x;
            if (g->cells[i].dots)
                ft_canvas_put(c, a->area.y + y, a->area.x + x, 0x2800u + g->cells[i].dots,
                              g->cells[i].style);
        }
}

/* The values of the line of each series: smoothed for raw ones. */
static double **line_values(const struct ft_plot *p)
{
    double **values = ft_xcalloc((size_t)p->series_n + 1, sizeof *values);
    for (int i = 0; i < p->series_n; i++) {
        const struct ft_series *s = &p->series[i];
        values[i] = ft_xmalloc((s->n + 1) * sizeof **values);
        ft_plot_smooth(s->points, s->n, s->kind == FT_SERIES_RAW ? p->smooth : 0, values[i]);
    }
    return values;
}

void ft_plot_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_plot *p,
                  struct ft_plot_report *report)
{
    struct ft_plot_report own, *rep = report ? report : &own;
    *rep = (struct ft_plot_report){.axis_x = r.x};
    if (r.h < 1 || r.w < 2) return;
    double **values = line_values(p);
    struct axes a;
    int axis_y = axes_make(&a, c, r, p, (const double *const *)values);
    rep->axis_x = a.area.x - 1;
    if (a.area.w > 0 && a.area.h > 0) {
        struct grid g = {.h = a.area.h, .w = a.area.w};
        g.cells = ft_xcalloc((size_t)g.h * (size_t)g.w, sizeof *g.cells);
        bool raw_line = !(p->smooth > 0);
        for (int i = 0; i < p->series_n; i++)
            if (p->series[i].kind == FT_SERIES_RAW && !raw_line)
                draw_raw(&g, &a, &p->series[i], rep);
        for (int i = p->series_n - 1; i >= 0; i--) { /* the first series' colour wins */
            struct ft_series s = p->series[i];
            if (s.kind == FT_SERIES_MARKED) s.pattern = 1;
            draw_line(&g, &a, &s, values[i], 1 + p->series_n - i,
                      s.kind != FT_SERIES_RAW || raw_line, rep);
        }
        draw_columns(c, &a, p, axis_y);
        blit_grid(c, &a, &g);
        for (int i = p->series_n - 1; i >= 0; i--) {
            draw_marks(c, &a, &p->series[i], values[i], i);
            draw_bad(c, &a, &p->series[i], rep);
        }
        free(g.cells);
    }
    for (int i = 0; i < p->series_n; i++)
        free(values[i]);
    free(values);
}
