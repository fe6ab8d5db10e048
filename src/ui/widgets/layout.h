/* Where panels lie: integer arithmetic over a tree of splits, no curses, no drawing.
 *
 *     static const struct ft_node narrow = FT_ROWS(
 *         1, FT_PANEL(HEAD, .h = 1),
 *            FT_COLS(1, FT_PANEL(ROWS, .w = 30), FT_PANEL(LABELS, .w = 26, .w_max = 26)),
 *            FT_PANEL(TEXT, .h = 4));
 *
 * A panel's rectangle starts with its title row unless it is bare. Between columns lies one
 * separator column. Space is given in three rounds: every node its least size, then up to its most
 * by weight; when the least sizes do not fit, panels with the highest `drop` go first. */
#ifndef FT_UI_WIDGETS_LAYOUT_H
#define FT_UI_WIDGETS_LAYOUT_H

#include "ui/term/canvas.h"

#include <stdbool.h>

#define FT_PANELS_MAX     16
#define FT_SEPARATORS_MAX 16

enum ft_node_kind { FT_NODE_PANEL, FT_NODE_ROWS, FT_NODE_COLS };

struct ft_node {
    enum ft_node_kind kind;
    int panel; /* FT_NODE_PANEL: its number, below FT_PANELS_MAX */
    bool bare; /* no title row */
    int h, w;  /* least size with the title row; 0 means 1 row, 1 column (2 rows with title) */
    int h_max, w_max;   /* most; 0: as much as there is */
    int weight;         /* share of what is left; 0 means 1 */
    int drop;           /* 0 never goes; higher goes earlier */
    int from_h, from_w; /* exists only when the whole body is at least this big */
    const struct ft_node *kids;
    int kids_n;
};

/* A panel for trees that are made anew for each size; h, h_max, w, w_max, weight as above. */
struct ft_node ft_node_panel(int panel, int h, int h_max, int w, int w_max, int weight);

/* Initialisers for tables at file scope. */
#define FT_PANEL(number, ...)                                                                      \
    {                                                                                              \
        .kind = FT_NODE_PANEL, .panel = (number), __VA_ARGS__                                      \
    }
#define FT_KIDS(...)                                                                               \
    .kids = (const struct ft_node[]){__VA_ARGS__},                                                 \
    .kids_n = (int)(sizeof((const struct ft_node[]){__VA_ARGS__}) / sizeof(struct ft_node))
#define FT_ROWS(weight_, ...)                                                                      \
    {                                                                                              \
        .kind = FT_NODE_ROWS, .weight = (weight_), FT_KIDS(__VA_ARGS__)                            \
    }
#define FT_COLS(weight_, ...)                                                                      \
    {                                                                                              \
        .kind = FT_NODE_COLS, .weight = (weight_), FT_KIDS(__VA_ARGS__)                            \
    }

struct ft_separator {
    int x, y0, y1; /* a column of rows y0..y1-1 */
};

struct ft_layout {
    struct ft_rect panel[FT_PANELS_MAX]; /* h == 0: not shown */
    bool bare[FT_PANELS_MAX];
    struct ft_separator separators[FT_SEPARATORS_MAX];
    int separators_n;
};

/* Lays `root` out in `body`. Every panel lies inside, none overlaps another or a separator; panels
 * that do not fit have h == 0. Works for any size, an empty one too. */
void ft_layout_solve(struct ft_layout *l, const struct ft_node *root, struct ft_rect body);
/* One panel takes it all (zoom, small terminals). */
void ft_layout_single(struct ft_layout *l, int panel, bool bare, struct ft_rect body);
/* The part of panel i below its title row; h == 0 when nothing is left. */
struct ft_rect ft_layout_inside(const struct ft_layout *l, int panel);

/* The three forms of the workbench by the size of the terminal. */
enum ft_form { FT_FORM_FULL, FT_FORM_SINGLE, FT_FORM_LINE };
enum ft_form ft_layout_form(int h, int w); /* FULL from 80x24, LINE below 40x10 */

#endif
