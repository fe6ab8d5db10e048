/* The inside of screen 5: view_evaluate.c has its state, keys and words, view_evaluate_draw.c its
 * panels; view_evaluate_more.c what is other for questions and language models. */
#ifndef FT_UI_SCREENS_VIEW_EVALUATE_IN_H
#define FT_UI_SCREENS_VIEW_EVALUATE_IN_H

#include "ui/widgets/matrix.h"
#include "ui/screens/relabel.h"
#include "ui/widgets/rich.h"
#include "ui/screens/view_evaluate.h"

enum evaluate_panel {
    EVAL_HEAD,
    EVAL_MATRIX,
    EVAL_REPORT,
    EVAL_PAIRS,
    EVAL_MAP,
    EVAL_EXAMPLES,
    EVAL_TEXT,
    EVAL_LABELS,
    EVAL_SCORES,   /* questions and language models: in place of matrix and report */
    EVAL_ANSWERED, /* questions */
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
    bool why, busy, failed;
    uint64_t asked;                    /* id of the question why */
    size_t asked_row;                  /* example it was asked for */
    enum ft_evaluation_kind questions; /* which ones are listed */
    bool *kept;                        /* examples whose label was said to be right */
    struct ft_node nodes[20];
};

const struct ft_evaluation_row *evaluate_row(const struct evaluate_view *t);
bool evaluate_many(const struct evaluate_view *t); /* more labels than one matrix shows */
/* The label that the matrix's place i stands for. */
int evaluate_label(const struct evaluate_view *t, int place);
const char *evaluate_name(const struct evaluate_view *t, int label);

const char *evaluate_empty(const struct evaluate_view *t); /* why there is no evaluation */

/* view_evaluate_more.c: tasks other than classification. */
bool evaluate_more(const struct evaluate_view *t);
void evaluate_more_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_more_scores(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_more_answered(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_more_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                            bool focused);
void evaluate_more_text(struct evaluate_view *t, struct ft_rich *out); /* the selected one */
const struct ft_node *evaluate_more_layout(struct evaluate_view *t, int h, int w);
void evaluate_more_title(const struct evaluate_view *t, int p, struct ft_title *title);
void evaluate_more_select(struct evaluate_view *t);
bool evaluate_more_act(struct evaluate_view *t, enum ft_action a, const char *arg);
bool evaluate_more_can(const struct evaluate_view *t, enum ft_action a, bool *can);
const char *evaluate_more_why_not(const struct evaluate_view *t, enum ft_action a);
void evaluate_more_next(const struct evaluate_view *t, char *buf, size_t size);

void evaluate_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void evaluate_title(struct ft_view *v, int p, struct ft_title *title);

#endif
