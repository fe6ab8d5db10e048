/* A list or table of any length: requests only the visible rows, so its cost does not depend on their
 * number.
 *
 *     struct ft_list l = {.n = rows};
 *     ft_list_draw(c, rect, &l, draw_row, view);
 *     if (ft_list_move(&l, move)) ...          moved
 */
#ifndef FT_UI_WIDGETS_LIST_H
#define FT_UI_WIDGETS_LIST_H

#include "ui/widgets/move.h"
#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>

/* Draws row i into the columns x..x+w-1 of row y. `selected` rows are restyled afterwards, so the
 * callback only draws. */
typedef void ft_list_row_fn(void *arg, size_t i, struct ft_canvas *c, int y, int x, int w);

struct ft_list {
    size_t n;        /* rows there are */
    size_t selected; /* below n, or 0 */
    size_t top;      /* first row shown */
    int h;           /* rows shown, known after drawing */
    int h_columns;   /* first row on the screen (under a header), known after drawing */
    bool no_mark;    /* no "▸" in the first column of the selected row */
};
/* Draws as many rows as r has; the selected one starts with "▸" in column r.x and is drawn as
 * selected when `focused`. Row callbacks get r.x + 1 on unless no_mark. Keeps the selection
 * visible. */
void ft_list_draw(struct ft_canvas *c, struct ft_rect r, struct ft_list *l, bool focused,
                  ft_list_row_fn *row, void *arg);
/* Moves by the movement actions (up, down, pages, ends). true when it was one of them and there are
 * rows. */
bool ft_list_move(struct ft_list *l, enum ft_move move);
/* A new number of rows; selection and top stay where they can. */
void ft_list_resize(struct ft_list *l, size_t n);
/* Selects i (cut to n - 1). */
void ft_list_select(struct ft_list *l, size_t i);
/* A click at screen row y; true when a row was hit and selected. */
bool ft_list_click(struct ft_list *l, int y);

/* Columns of a table: header and cell positions from widths. */
struct ft_column {
    const char *name;
    int w;      /* columns it takes; 0: what is left, shared */
    bool right; /* numbers stand right */
    int from_w; /* shown only when the table is at least this wide */
};
/* x offsets and widths for a table of w columns, one blank between; w 0 when a column is not shown.
 */
void ft_columns_place(const struct ft_column *cols, int n, int w, int *x, int *cw);
/* The header row in muted; the column `sort` (-1: none) gets " ^" or " v" after its name. */
void ft_columns_header(struct ft_canvas *c, int y, int x0, const struct ft_column *cols, int n,
                       int w, int sort, bool descending);
/* One cell's text at its place. */
void ft_columns_cell(struct ft_canvas *c, int y, int x0, const struct ft_column *cols, int n, int w,
                     int col, unsigned style, const char *text);

#endif
