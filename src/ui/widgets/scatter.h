/* Scatter plots of predictions: a dot for each pair of a true value (across) and a predicted one
 * (up), both axes with the same range, so that the diagonal is where they agree. Braille dots (2
 * across, 4 down a cell); without Unicode a digit of how many pairs a cell has.
 *
 *     struct ft_scatter s = {.x = truth, .y = predicted, .n = n, .cursor = i};
 *     ft_scatter_draw(c, rect, &s, focused);
 *
 * The cursor is a pair; ft_scatter_move goes to the next one in a direction. */
#ifndef FT_UI_WIDGETS_SCATTER_H
#define FT_UI_WIDGETS_SCATTER_H

#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>

enum { FT_SCATTER_NONE = -1 };

struct ft_scatter {
    const double *x, *y; /* the caller's, n of each; pairs that are not finite are left out */
    size_t n;
    long long cursor; /* a pair, or FT_SCATTER_NONE */
};

/* Draws into r: labels of y, the plot with its diagonal, labels of x in the last row. Too small an r
 * (below 5 rows or 16 columns) shows nothing. */
void ft_scatter_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_scatter *s,
                     bool focused);
/* The pair nearest to the cursor among those in a direction (-1, 0, 1 each; dy up), at the size of
 * r; the cursor itself where there is none. Without a cursor: the worst. */
long long ft_scatter_move(const struct ft_scatter *s, struct ft_rect r, int dy, int dx);
/* The pair with the largest difference; FT_SCATTER_NONE: there is none. */
long long ft_scatter_worst(const struct ft_scatter *s);

#endif
