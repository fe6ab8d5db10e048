/* Lists and tables: selection and scrolling as arithmetic, drawing of the visible rows only. */
#include "ui/widgets/list.h"

#include <stdio.h>
#include <string.h>

void ft_list_select(struct ft_list *l, size_t i)
{
    l->selected = l->n ? (i < l->n ? i : l->n - 1) : 0;
}

void ft_list_resize(struct ft_list *l, size_t n)
{
    l->n = n;
    ft_list_select(l, l->selected);
    if (l->top >= n) l->top = 0;
}

void ft_list_draw(struct ft_canvas *c, struct ft_rect r, struct ft_list *l, bool focused,
                  ft_list_row_fn *row, void *arg)
{
    l->h = r.h > 0 ? r.h : 0;
    l->h_columns = r.y;
    if (r.h <= 0 || r.w <= 0) return;
    size_t h = (size_t)r.h;
    ft_list_resize(l, l->n);
    size_t last = l->n > h ? l->n - h : 0;
    if (l->top > l->selected) l->top = l->selected;
    if (l->selected - l->top >= h) l->top = l->selected - h + 1;
    if (l->top > last) l->top = last;
    int mark = l->no_mark ? 0 : 1;
    for (size_t i = l->top; i < l->n && i - l->top < h; i++) {
        int y = r.y + (int)(i - l->top);
        row(arg, i, c, y, r.x + mark, r.w - mark);
        if (i != l->selected) continue;
        if (mark) ft_canvas_put(c, y, r.x, 0x25b8, FT_ROLE_ACCENT | FT_BOLD);
        if (focused) ft_canvas_restyle(c, (struct ft_rect){y, r.x, 1, r.w}, FT_ROLE_SELECT);
    }
}

bool ft_list_move(struct ft_list *l, enum ft_move move)
{
    size_t page = l->h > 1 ? (size_t)l->h - 1 : 1;
    if (!l->n) return false;
    switch (move) {
    case FT_MOVE_UP:
        ft_list_select(l, l->selected ? l->selected - 1 : 0);
        return true;
    case FT_MOVE_DOWN:
        ft_list_select(l, l->selected + 1);
        return true;
    case FT_MOVE_PAGE_UP:
        ft_list_select(l, l->selected > page ? l->selected - page : 0);
        l->top = l->top > page ? l->top - page : 0;
        return true;
    case FT_MOVE_PAGE_DOWN:
        ft_list_select(l, l->selected + page);
        l->top += page;
        return true;
    case FT_MOVE_TOP:
        ft_list_select(l, 0);
        return true;
    case FT_MOVE_BOTTOM:
        ft_list_select(l, l->n - 1);
        return true;
    default:
        return false;
    }
}

bool ft_list_click(struct ft_list *l, int y)
{
    if (y < l->h_columns || y >= l->h_columns + l->h) return false;
    size_t i = l->top + (size_t)(y - l->h_columns);
    if (i >= l->n) return false;
    l->selected = i;
    return true;
}

/* --- columns --- */

void ft_columns_place(const struct ft_column *cols, int n, int w, int *x, int *cw)
{
    int fixed = 0, open = 0, shown = 0;
    for (int i = 0; i < n; i++) {
        cw[i] = w >= cols[i].from_w ? cols[i].w : -1;
        if (cw[i] < 0) continue;
        shown++;
        fixed += cw[i];
        if (!cw[i]) open++;
    }
    int left = w - fixed - (shown > 0 ? shown - 1 : 0), at = 0;
    for (int i = 0; i < n; i++) {
        x[i] = at;
        if (cw[i] < 0) {
            cw[i] = 0;
            continue;
        }
        if (!cw[i]) {
            cw[i] = left > 0 ? left / open : 0;
            left -= cw[i];
            open--;
        }
        if (at + cw[i] > w) cw[i] = at < w ? w - at : 0;
        at += cw[i] + 1;
    }
}

enum { COLUMNS_MAX = 32 };

void ft_columns_cell(struct ft_canvas *c, int y, int x0, const struct ft_column *cols, int n, int w,
                     int col, unsigned style, const char *text)
{
    int x[COLUMNS_MAX], cw[COLUMNS_MAX];
    if (n > COLUMNS_MAX || col >= n) return;
    ft_columns_place(cols, n, w, x, cw);
    if (cw[col] < 1) return;
    if (cols[col].right)
        ft_canvas_right(c, y, x0 + x[col], cw[col], style, text);
    else
        ft_canvas_text(c, y, x0 + x[col], cw[col], style, text);
}

/* "name v": the mark stands apart from the name, which is cut where both don't fit. */
static void sorted_name(char *buf, size_t size, const char *name, int w, bool descending)
{
    size_t n = ft_text_fit(name, strlen(name), w > 3 ? w - 2 : 1);
    snprintf(buf, size, "%.*s %c", (int)n, name, descending ? 'v' : '^');
}

void ft_columns_header(struct ft_canvas *c, int y, int x0, const struct ft_column *cols, int n,
                       int w, int sort, bool descending)
{
    int x[COLUMNS_MAX], cw[COLUMNS_MAX];
    if (n > COLUMNS_MAX) return;
    ft_columns_place(cols, n, w, x, cw);
    for (int i = 0; i < n; i++) {
        char name[80];
        if (i == sort) sorted_name(name, sizeof name, cols[i].name, cw[i], descending);
        ft_columns_cell(c, y, x0, cols, n, w, i, i == sort ? FT_ROLE_ACCENT : FT_ROLE_MUTED,
                        i == sort ? name : cols[i].name);
    }
}
