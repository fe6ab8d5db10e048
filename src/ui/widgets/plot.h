/* Plots in cells: braille dots (2 across, 4 down a cell), or . : ' without Unicode.
 *
 * Range: y from the 1st to the 99th percentile of raw points and all of smooth and marked points,
 * widened to ticks of 1, 2, 5 x 10^n; points outside are drawn on the edge row and counted. Redrawing
 * only widens the range; `fit` computes a new one. Raw series with more
 * points than dot columns draw each column's least..largest (an envelope), never every n-th point;
 * smoothing runs over the whole series before. NaN and Inf leave a gap and a "✗" on the bottom row.
 *
 *     struct ft_plot p = {.series = s, .series_n = 2, .from_zero = true, .x_max = steps,
 *                         .range = &range};
 *     struct ft_plot_report rep;
 *     ft_plot_draw(c, rect, &p, &rep); */
#ifndef FT_UI_WIDGETS_PLOT_H
#define FT_UI_WIDGETS_PLOT_H

#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_point {
    double x, y; /* x never falls along a series */
};

enum ft_series_kind {
    FT_SERIES_RAW,    /* dots in muted, and its smooth line in the series' style */
    FT_SERIES_LINE,   /* a line */
    FT_SERIES_MARKED, /* the marker at each point, joined by dots */
};

struct ft_series {
    enum ft_series_kind kind;
    const struct ft_point *points; /* the caller's, n of them */
    size_t n;
    unsigned style; /* of the line; FT_ROLE_ACCENT for the one that counts */
    char marker;    /* 0: none; MARKED without one uses 'o' */
    int pattern;    /* overlay: 0 solid, 1 dots of 2, 2 of 3, 3 of 3: see ft_series_pattern */
    bool overlay;   /* LINE: the marker every 12 cells, offset by 2 cells a series */
};

/* The range drawn last; zero-initialise, keep it with the plot. */
struct ft_plot_range {
    bool set;
    double lo, hi;
};

struct ft_plot_event {
    double x;
    char letter; /* r rate, f fork, c continued, p paused, b best */
};

struct ft_plot {
    const struct ft_series *series;
    int series_n;
    double x_min, x_max; /* planned range of x; x_max <= x_min: from the points */
    double smooth;       /* 0 .. 0.99; 0 draws raw as the line */
    bool log_y;
    bool from_zero; /* the range starts at 0 unless log_y */
    bool fit_all;   /* all points, not percentiles */
    bool fixed;     /* y_min .. y_max as given (strips) */
    double y_min, y_max;
    double y_limit; /* upper limit of all values, and of the space around a single one; 0: none */
    bool no_labels; /* strip: an axis, no labels, no x row */
    double cursor;  /* x of the read-out column when has_cursor */
    bool has_cursor;
    const struct ft_plot_event *events;
    int events_n;
    struct ft_plot_range *range;                              /* may be NULL */
    const char *(*x_label)(double x, char *buf, size_t size); /* NULL: numbers with commas */
    int label_w; /* least width of the y labels, to line plots up; 0: what they need */
};

struct ft_plot_report {
    size_t beyond; /* finite points outside the range */
    size_t bad;    /* NaN and Inf */
    int axis_x;    /* column of the y axis */
};

/* Draws into r: labels, axis, plot, and the row of x labels under it. Too small an r shows what
 * fits. */
void ft_plot_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_plot *p,
                  struct ft_plot_report *report);

/* Debiased exponential mean of y over n points, NaN and Inf skipped (they stay NaN in out); exact
 * on a constant series. factor 0 copies. */
void ft_plot_smooth(const struct ft_point *in, size_t n, double factor, double *out);
/* 0, .5, .8, .9, .95, .99 */
extern const double ft_smooth_steps[6];
double ft_smooth_next(double factor, int direction);
/* Ticks 1, 2, 5 x 10^n covering lo..hi: at least 3, at most `max`; returns how many and the first
 * and step. */
int ft_plot_ticks(double lo, double hi, int max, double *first, double *step);
/* The point nearest to x, n when there is none. */
size_t ft_plot_nearest(const struct ft_point *points, size_t n, double x);

/* A histogram: two bins a column, four levels a row, any bin that is not empty shows at least one
 * dot. Bins from `cut` on (bins_n: none) are muted, with "│" at the cut. */
struct ft_histogram {
    const uint64_t *bins;
    int bins_n;
    int cut;       /* bin where the cut is; bins_n or more: none */
    double bin_w;  /* what one bin spans, for the x labels */
    double from;   /* where the first bin begins */
    bool numbers;  /* x labels are numbers of any size, not counts */
    bool y_labels; /* the largest count and 0 on an axis (wide screens) */
};
void ft_histogram_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_histogram *h);

/* 0.1178 -> ".118"; 1.5 -> "1.500"; as SCREENS writes losses and scores. Returns buf. */
char *ft_format_short(char *buf, size_t size, double v, int digits);
/* A score by its size: ".9096", "3.421", "59.65". */
char *ft_format_score(char *buf, size_t size, double v);
/* A metric: "59.65" and "0.42" in percent, else as ft_format_score. */
char *ft_format_metric(char *buf, size_t size, double v, bool percent);
/* 5e-05, 1.68e-05, 0.25: at most `digits` significant ones. */
char *ft_format_g(char *buf, size_t size, double v, int digits);

#endif
