/* The canvas to curses: only cells that are not on the terminal yet are sent. */
#include "ui/term/term_in.h"

#include <curses.h>

#include <string.h>
#include <wchar.h>

/* The pair of two colours, made when it is first needed. When there are no more, the terminal's
 * own. */
static int pair_of(struct ft_term *t, int32_t fg, int32_t bg)
{
    if (fg < 0 && bg < 0) return 0;
    for (int i = 0; i < t->pairs_n; i++)
        if (t->pairs[i].fg == fg && t->pairs[i].bg == bg) return i + 1;
    if (t->pairs_n == TERM_PAIRS || t->pairs_n + 1 >= COLOR_PAIRS) return 0;
    t->pairs[t->pairs_n].fg = fg;
    t->pairs[t->pairs_n].bg = bg;
    int f = fg < 0 ? -1 : fg & 0xffffff, b = bg < 0 ? -1 : bg & 0xffffff;
    init_extended_pair(t->pairs_n + 1, f, b);
    return ++t->pairs_n;
}

static void put_cell(struct ft_term *t, int y, int x, const struct ft_cell *cell,
                     const struct ft_theme *theme)
{
    struct ft_look look = ft_theme_look(theme, cell->style);
    attr_t attrs = A_NORMAL;
    if (look.attrs & FT_BOLD) attrs |= A_BOLD;
    if (look.attrs & FT_UNDERLINE) attrs |= A_UNDERLINE;
    if (look.attrs & FT_REVERSE) attrs |= A_REVERSE;
    int pair = theme->depth == FT_DEPTH_NONE ? 0 : pair_of(t, look.fg, look.bg);
    wchar_t text[4] = {(wchar_t)cell->cp, (wchar_t)cell->mark[0], (wchar_t)cell->mark[1], 0};
    /* where the system's width is another than ours, a sign of the right width keeps the columns */
    bool odd = wcwidth(text[0]) != cell->width;
    for (int k = 1; k < 3 && text[k]; k++)
        if (wcwidth(text[k]) != 0) text[k] = 0;
    if (odd) text[0] = t->unicode ? 0xfffd : L'?', text[1] = 0;
    cchar_t cc;
    if (setcchar(&cc, text, attrs, (short)pair, NULL) == OK) mvadd_wch(y, x, &cc);
    if (!odd || cell->width < 2) return;
    text[0] = L' ';
    if (setcchar(&cc, text, attrs, (short)pair, NULL) == OK) mvadd_wch(y, x + 1, &cc);
}

static bool same_cell(const struct ft_cell *a, const struct ft_cell *b)
{
    return a->cp == b->cp && a->style == b->style && a->width == b->width &&
           a->mark[0] == b->mark[0] && a->mark[1] == b->mark[1];
}

void ft_term_blit(struct ft_term *t, const struct ft_canvas *c, const struct ft_theme *theme)
{
    bool all = t->fresh || t->shown.h != c->h || t->shown.w != c->w ||
               memcmp(&t->theme, theme, sizeof *theme) != 0;
    if (LINES != c->h || COLS != c->w) resizeterm(c->h, c->w);
    if (all) {
        ft_canvas_resize(&t->shown, c->h, c->w);
        memcpy(&t->theme, theme, sizeof *theme);
        if (t->fresh) clear();
        t->fresh = false;
    }
    size_t n = (size_t)c->h * (size_t)c->w;
    for (size_t i = 0; i < n; i++) {
        const struct ft_cell *cell = &c->cells[i];
        int y = (int)(i / (size_t)c->w), x = (int)(i % (size_t)c->w);
        /* a wide character is sent again when either of its halves was something else */
        bool half = cell->width == 2 && i + 1 < n && !same_cell(cell + 1, &t->shown.cells[i + 1]);
        if (cell->width && (all || half || !same_cell(cell, &t->shown.cells[i])))
            put_cell(t, y, x, cell, theme);
    }
    memcpy(t->shown.cells, c->cells, n * sizeof *c->cells);
    refresh();
}

void ft_term_redraw(struct ft_term *t)
{
    t->fresh = true;
}
