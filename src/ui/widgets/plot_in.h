/* The inside of plots: axes, shared by plot.c and axis.c. */
#ifndef FT_UI_WIDGETS_PLOT_IN_H
#define FT_UI_WIDGETS_PLOT_IN_H

#include "ui/widgets/plot.h"

struct axes {
    struct ft_rect area;   /* where dots go */
    int dots_h, dots_w;    /* 4 and 2 a cell */
    double x0, x1, y0, y1; /* y0 < y1; of the logarithm (base 10) when log */
    bool log;
};
/* 0 at the bottom, 1 at the top of the range; outside it beyond. */
double axes_share(const struct axes *a, double y);
/* The dot column of x; outside 0 .. dots_w-1 beyond. */
int axes_column(const struct axes *a, double x);
/* Finds ranges and draws labels, axis and the row under it; returns that row, -1 when there is
 * none. values[i][k]: the line of series i. */
int axes_make(struct axes *a, struct ft_canvas *c, struct ft_rect r, const struct ft_plot *p,
              const double *const *values);

#endif
