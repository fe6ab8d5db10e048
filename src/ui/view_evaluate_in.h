/* The inside of screen 5: view_evaluate.c has its state, keys and words, view_evaluate_draw.c its
 * panels. */
#ifndef FT_UI_VIEW_EVALUATE_IN_H
#define FT_UI_VIEW_EVALUATE_IN_H

#include "ui/matrix.h"
#include "ui/relabel.h"
#include "ui/rich.h"
#include "ui/view_evaluate.h"

enum evaluate_panel {
    EVAL_HEAD,
    EVAL_MATRIX,
    EVAL_REPORT,
    EVAL_PAIRS,
    EVAL_MAP,
    EVAL_EXAMPLES,
    EVAL_TEXT,
    EVAL_LABELS,
    EVAL_PANELS
};

enum evaluate_order { EVAL_BY_NAME, EVAL_BY_LIKENESS, EVAL_BY_RECALL, EVAL_ORDERS };
enum { EVAL_MATRIX_LABELS = 12 }; /* up to so many: one matrix; more: pairs, map and window */

struct evaluate_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_evaluation *e;
    uint64_t made; /* the version that what follows was made of */
    struct ft_matrix matrix;
    int *order; /* labels in their places */
    enum evaluate_order order_by;
    struct ft_list examples, pairs, report;
    size_t *index; /* of the examples */
    struct ft_evaluation_pair *pair_items;
    size_t pairs_n;
    int *report_items, report_sort; /* labels; column */
    bool report_down;
    bool all, right_too; /* examples of all cells; right ones as well */
    struct ft_scroll text;
    struct ft_relabel relabel;
    bool why, busy;
    uint64_t asked;   /* id of the question why */
    size_t asked_row; /* example it was asked for */
    bool *kept;       /* examples whose label was said to be right */
    struct ft_node nodes[20];
};

const struct ft_evaluation_row *evaluate_row(const struct evaluate_view *t);
bool evaluate_many(const struct evaluate_view *t); /* more labels than one matrix shows */
/* The label that the matrix's place i stands for. */
int evaluate_label(const struct evaluate_view *t, int place);
const char *evaluate_name(const struct evaluate_view *t, int label);

void evaluate_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void evaluate_title(struct ft_view *v, int p, struct ft_title *title);

#endif
