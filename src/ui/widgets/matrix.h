/* Confusion matrices: rows are true labels, columns predicted ones. Heat is of the errors only, the
 * diagonal is muted, zero is ".". Cell width is the widest number + 1, at least 3. */
#ifndef FT_UI_WIDGETS_MATRIX_H
#define FT_UI_WIDGETS_MATRIX_H

#include "ui/term/canvas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_matrix_mode {
    FT_MATRIX_COUNTS,
    FT_MATRIX_TRUE,      /* % of the true label's rows */
    FT_MATRIX_PREDICTED, /* % of what was predicted as this */
    FT_MATRIX_ALL        /* % of all */
};
const char *ft_matrix_mode_name(enum ft_matrix_mode m); /* "counts", "true", "predicted", "all" */

struct ft_matrix {
    const uint64_t *counts; /* n * n, the caller's */
    const char *const *labels;
    /* The last label stands for "none of these": what its row and its column are called, "spurious" and
     * "missed"; they have no recall and precision. NULL: it is a label like the others. */
    const char *row_none, *col_none;
    const int *order; /* which label stands in row (and column) i; NULL: as they come */
    int n;
    enum ft_matrix_mode mode;
    int row, col;   /* the cursor, in order's places; -1: none */
    int window;     /* labels shown at once; 0: all */
    bool no_recall; /* no recall column and precision row */
    bool pairs;     /* rows and columns are the same thing: no true and predicted */
};

/* Labels that ft_matrix_draw would show in r: the window, or those that fit. */
int ft_matrix_shown(const struct ft_matrix *m, struct ft_rect r);
/* Draws the whole matrix or the window around the cursor: column heads (names where they fit, else
 * their numbers), rows, recall and precision. Returns the rows used. */
int ft_matrix_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_matrix *m, bool focused);
/* Text of one cell. */
char *ft_matrix_cell(const struct ft_matrix *m, int row, int col, char *buf, size_t size);
/* Puts the cursor on the largest wrong cell; false when there is none. */
bool ft_matrix_worst(struct ft_matrix *m);
/* Moves the cursor, staying inside. */
void ft_matrix_move(struct ft_matrix *m, int dy, int dx);

/* Every wrong cell as one braille dot: ceil(n/2) x ceil(n/4) cells; when r is smaller, a dot is a
 * block of cells. The cursor's cell is reversed. Returns how many labels a dot stands for. */
int ft_error_map_draw(struct ft_canvas *c, struct ft_rect r, const struct ft_matrix *m);

#endif
