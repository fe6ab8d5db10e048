/* A canvas as SVG, in four passes over its cells: fills behind runs of one look, then the lines of
 * each look as one path, then the braille dots of each look as another, then the text. */
#include "ui/widgets/svg.h"
#include "util/text_table.h"

#include <stdio.h>

/* One cell in pixels; the size of text that is 0.6 em wide; the margin around the screen. */
enum { CELL_W = 9, CELL_H = 18, FONT = 15, MARGIN = 10 };
enum { UP = 1, DOWN = 2, LEFT = 4, RIGHT = 8 };

struct paint {
    int32_t fg, bg; /* 0xrrggbb; bg -1: the screen's own */
    unsigned attrs; /* FT_BOLD, FT_UNDERLINE */
};

struct picture {
    const struct ft_canvas *canvas;
    struct ft_theme theme;
    int32_t fg, bg; /* the screen's own */
    struct ft_str *out;
};

static struct paint paint_of(const struct picture *p, const struct ft_cell *cell)
{
    struct ft_look look = ft_theme_look(&p->theme, cell->style);
    struct paint paint = {look.fg < 0 ? p->fg : look.fg & 0xffffff,
                          look.bg < 0 ? -1 : look.bg & 0xffffff,
                          look.attrs & (FT_BOLD | FT_UNDERLINE)};
    if (look.attrs & FT_REVERSE) {
        int32_t fg = paint.fg;
        paint.fg = paint.bg < 0 ? p->bg : paint.bg;
        paint.bg = fg;
    }
    return paint;
}

static bool same_paint(struct paint a, struct paint b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attrs == b.attrs;
}

static bool is_braille(const struct ft_cell *cell)
{
    return cell->cp > 0x2800 && cell->cp <= 0x28ff;
}

/* The directions in which a thin line leaves the cell; 0 when it holds something else. */
static unsigned line_of(const struct picture *p, const struct ft_cell *cell)
{
    static const struct {
        uint16_t cp;
        uint8_t ways;
    } rows[] = {{0x2500, LEFT | RIGHT},
                {0x2502, UP | DOWN},
                {0x250c, DOWN | RIGHT},
                {0x2510, DOWN | LEFT},
                {0x2514, UP | RIGHT},
                {0x2518, UP | LEFT},
                {0x251c, UP | DOWN | RIGHT},
                {0x2524, UP | DOWN | LEFT},
                {0x252c, DOWN | LEFT | RIGHT},
                {0x2534, UP | LEFT | RIGHT},
                {0x253c, UP | DOWN | LEFT | RIGHT}};
    if (p->canvas->ascii) return 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].cp == cell->cp) return rows[i].ways;
    return 0;
}

/* A heavy bar from the left edge, in halves of the cell: 2 "━", 1 "╸", 0 neither. */
static int bar_of(const struct ft_cell *cell)
{
    return cell->cp == 0x2501 ? 2 : cell->cp == 0x2578 ? 1 : 0;
}

static bool is_shape(const struct picture *p, const struct ft_cell *cell)
{
    return line_of(p, cell) || bar_of(cell) || cell->cp == 0x250a || is_braille(cell);
}

/* --- the passes --- */

static void fills(struct picture *p)
{
    const struct ft_canvas *c = p->canvas;
    for (int y = 0; y < c->h; y++) {
        for (int x = 0, end; x < c->w; x = end) {
            int32_t bg = paint_of(p, ft_canvas_at(c, y, x)).bg;
            for (end = x + 1; end < c->w; end++)
                if (paint_of(p, ft_canvas_at(c, y, end)).bg != bg) break;
            if (bg < 0) continue;
            ft_str_addf(p->out,
                        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
                        x * CELL_W, y * CELL_H, (end - x) * CELL_W, CELL_H, (unsigned)bg);
        }
    }
}

/* The shapes of one cell as commands of a path. `dots` asks for braille, otherwise lines. */
static void shape(const struct picture *p, const struct ft_cell *cell, int x, int y, bool dots,
                  struct ft_str *path)
{
    int left = x * CELL_W, top = y * CELL_H;
    unsigned ways = line_of(p, cell);
    if (dots) {
        /* Bits 0..7 of the code point: left column top to row 3, right column, then the bottom. */
        static const struct {
            uint8_t column, row;
        } at[8] = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}};
        for (unsigned bit = 0; is_braille(cell) && bit < 8; bit++)
            if ((cell->cp - 0x2800) >> bit & 1)
                ft_str_addf(path, "M%g %gh0", left + CELL_W * (0.25 + 0.5 * at[bit].column),
                            top + CELL_H * (0.125 + 0.25 * at[bit].row));
        return;
    }
    double mid_x = left + CELL_W / 2.0, mid_y = top + CELL_H / 2.0;
    if (ways & (LEFT | RIGHT))
        ft_str_addf(path, "M%g %gH%g", ways & LEFT ? left : mid_x, mid_y,
                    ways & RIGHT ? left + CELL_W : mid_x);
    if (ways & (UP | DOWN))
        ft_str_addf(path, "M%g %gV%g", mid_x, ways & UP ? top : mid_y,
                    ways & DOWN ? top + CELL_H : mid_y);
    if (cell->cp == 0x250a)
        for (int k = 0; k < 3; k++)
            ft_str_addf(path, "M%g %gv3", mid_x, top + 1.5 + 6 * k);
    if (bar_of(cell))
        ft_str_addf(path, "M%d %gh%gv4h%gz", left, mid_y - 2, bar_of(cell) * CELL_W / 2.0,
                    -bar_of(cell) * CELL_W / 2.0);
}

/* All lines, or all dots, of one colour as one path. */
static void paths(struct picture *p, bool dots)
{
    const struct ft_canvas *c = p->canvas;
    int32_t done[2 * FT_ROLE_COUNT];
    size_t n = 0;
    for (int first = 0; first < c->h * c->w; first++) {
        if (!is_shape(p, &c->cells[first])) continue;
        int32_t fg = paint_of(p, &c->cells[first]).fg;
        size_t k = 0;
        while (k < n && done[k] != fg)
            k++;
        if (k < n || n == sizeof done / sizeof *done) continue;
        done[n++] = fg;
        struct ft_str path = {0};
        for (int i = first; i < c->h * c->w; i++)
            if (is_shape(p, &c->cells[i]) && paint_of(p, &c->cells[i]).fg == fg)
                shape(p, &c->cells[i], i % c->w, i / c->w, dots, &path);
        if (path.len)
            ft_str_addf(p->out,
                        "<path d=\"%s\" stroke=\"#%06x\" fill=\"#%06x\" stroke-width=\"%s\" "
                        "stroke-linecap=\"round\"/>\n",
                        ft_str_text(&path), (unsigned)fg, (unsigned)fg, dots ? "2.2" : "1");
        ft_str_release(&path);
    }
}

static void add_escaped(struct ft_str *out, uint32_t cp)
{
    const char *entity = ft_html_escape(cp);
    if (entity)
        ft_str_addz(out, entity);
    else
        ft_text_add(out, cp == 0xfffe || cp == 0xffff ? 0xfffd : cp);
}

/* Text from column x on that shares one look: ASCII in one run, anything else a character a run,
 * so that a font with other widths moves nothing. Returns the column behind it. */
static int run_of_text(struct picture *p, int y, int x)
{
    const struct ft_canvas *c = p->canvas;
    const struct ft_cell *cell = ft_canvas_at(c, y, x);
    struct paint paint = paint_of(p, cell);
    struct ft_str text = {0};
    int end = x, columns = 0;
    for (; end < c->w; end++) {
        const struct ft_cell *at = ft_canvas_at(c, y, end);
        if (!at->width) continue;
        if (is_shape(p, at) || !same_paint(paint_of(p, at), paint)) break;
        if (end > x && (at->cp >= 0x7f || cell->cp >= 0x7f)) break;
        add_escaped(&text, at->cp);
        for (int k = 0; k < 2 && at->mark[k]; k++)
            add_escaped(&text, at->mark[k]);
        if (at->cp != ' ') columns = end + at->width - x;
    }
    while (text.len && text.data[text.len - 1] == ' ')
        text.data[--text.len] = '\0';
    if (text.len)
        ft_str_addf(p->out,
                    "<text x=\"%d\" y=\"%d\" textLength=\"%d\"%s%s fill=\"#%06x\">%s</text>\n",
                    x * CELL_W, y * CELL_H + 13, columns * CELL_W,
                    paint.attrs & FT_BOLD ? " font-weight=\"bold\"" : "",
                    paint.attrs & FT_UNDERLINE ? " text-decoration=\"underline\"" : "",
                    (unsigned)paint.fg, ft_str_text(&text));
    ft_str_release(&text);
    return end > x ? end : x + 1;
}

static void texts(struct picture *p)
{
    const struct ft_canvas *c = p->canvas;
    for (int y = 0; y < c->h; y++) {
        for (int x = 0; x < c->w;) {
            const struct ft_cell *cell = ft_canvas_at(c, y, x);
            if (cell->cp == ' ' || !cell->width || is_shape(p, cell))
                x++;
            else
                x = run_of_text(p, y, x);
        }
    }
}

void ft_canvas_svg(const struct ft_canvas *c, const struct ft_theme *theme, struct ft_str *out)
{
    struct picture p = {c, *theme, 0xd6dae0, 0x15181d, out};
    if (p.theme.light) {
        p.fg = 0x1e2329;
        p.bg = 0xffffff;
    }
    int w = c->w * CELL_W, h = c->h * CELL_H;
    ft_str_addf(out,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                "viewBox=\"%d %d %d %d\" xml:space=\"preserve\" "
                "font-family=\"ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace\" "
                "font-size=\"%d\">\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\" "
                "fill=\"#%06x\"/>\n",
                w + 2 * MARGIN, h + 2 * MARGIN, -MARGIN, -MARGIN, w + 2 * MARGIN, h + 2 * MARGIN,
                FONT, -MARGIN, -MARGIN, w + 2 * MARGIN, h + 2 * MARGIN, (unsigned)p.bg);
    fills(&p);
    paths(&p, false);
    paths(&p, true);
    texts(&p);
    ft_str_addz(out, "</svg>\n");
}
