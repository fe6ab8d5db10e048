/* Curves as SVG, of a page. Threads: any. */
#ifndef FT_ENGINE_RUNS_PAGE_CURVES_H
#define FT_ENGINE_RUNS_PAGE_CURVES_H

#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

struct ft_page_curve {
    const char *name, *colour; /* name "": not in the legend */
    const double *x, *y;       /* (n); points that are not finite are left out */
    size_t n;
};
/* One plot with axes, a legend and all curves in it; nothing when no curve has a finite point. */
void ft_page_curves(const char *title, const struct ft_page_curve *curves, size_t n,
                    struct ft_str *out);
/* The same as points. log: x is the decimal logarithm of what the axis shows; names: x is a place among
 * them. */
struct ft_page_axis {
    bool log;
    const char *const *names;
    size_t names_n; /* 0: numbers */
};
void ft_page_points(const char *title, const struct ft_page_curve *curves, size_t n,
                    const struct ft_page_axis *axis, struct ft_str *out);

#endif
