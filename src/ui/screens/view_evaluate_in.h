/* The inside of screen 5, one unit in these files:
 *
 *     view_evaluate.c          what the app sees: opening, ticks, clicks, completion
 *     view_evaluate_actions.c  keys and words: a table of what each does
 *     view_evaluate_order.c    labels, report and examples of an evaluation in their order
 *     view_evaluate_cells.c    the cursor in matrix and map, pairs, the way down and up
 *     view_evaluate_edits.c    labels changed here
 *     view_evaluate_similar.c  the examples most similar to one
 *     view_evaluate_sets.c     what is other for several labels per row: a list of labels, each with a
 *                              2 x 2 matrix
 *     view_evaluate_frame.c    layout and message line
 *     view_evaluate_draw.c     the panels and their titles
 *     view_evaluate_numbers.c  what is other for regressions
 *     view_evaluate_more.c     what is other for questions and language models;
 *                              view_evaluate_texts.c how one of their examples reads
 *     view_evaluate_entities.c what is other for tagged words */
#ifndef FT_UI_SCREENS_VIEW_EVALUATE_IN_H
#define FT_UI_SCREENS_VIEW_EVALUATE_IN_H

#include "ui/app/view_action.h"
#include "ui/widgets/matrix.h"
#include "ui/widgets/scatter.h"
#include "ui/screens/relabel.h"
#include "ui/screens/similar.h"
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

enum evaluate_order { EVAL_BY_NAME, EVAL_BY_SIMILARITY, EVAL_BY_RECALL, EVAL_ORDERS };
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
    enum ft_entity_error entities;     /* the same; FT_ENTITY_ERRORS: all wrong ones */
    struct ft_similar similar;
    size_t *listed, listed_n, listed_at; /* examples and cursor before the similar ones */
    bool *kept; /* examples that are not of the open data, whose label was marked as correct */
    struct ft_scatter scatter; /* regression: of `values`, all true ones, all predicted */
    double *values;
    struct ft_node nodes[20];
};

static inline struct evaluate_view *evaluate_of(struct ft_view *v)
{
    return (struct evaluate_view *)v;
}

static inline const struct ft_scores *evaluate_scores(const struct evaluate_view *t)
{
    return &ft_evaluation_facts(t->e)->scores;
}

const struct ft_evaluation_row *evaluate_row(const struct evaluate_view *t);
/* More labels than one matrix shows, or several per row: a list stands beside the matrix. */
bool evaluate_many(const struct evaluate_view *t);
bool evaluate_sets(const struct evaluate_view *t); /* rows have any number of labels */
/* The label that the matrix's place i stands for. */
int evaluate_label(const struct evaluate_view *t, int place);
const char *evaluate_name(const struct evaluate_view *t, int label);

const char *evaluate_empty(const struct evaluate_view *t); /* why there is no evaluation */
void evaluate_ask_why(struct evaluate_view *t); /* which tokens mattered in the selected example */
void evaluate_moved(struct evaluate_view *t);   /* another example is selected */

/* view_evaluate_actions.c */
bool evaluate_act(struct ft_view *v, enum ft_action a, const char *arg);
bool evaluate_can(struct ft_view *v, enum ft_action a);
void evaluate_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size);

/* view_evaluate_order.c */
void evaluate_remake(struct evaluate_view *t); /* when the evaluation is another one */
void evaluate_make_order(struct evaluate_view *t);
void evaluate_sort_report(struct evaluate_view *t);
bool evaluate_sort(struct evaluate_view *t, bool down); /* the report, by the next column */
void evaluate_select(struct evaluate_view *t);          /* the examples that are listed */
void evaluate_first_panel(struct evaluate_view *t);     /* the focus is on one that is shown */

/* view_evaluate_cells.c */
bool evaluate_move_cell(struct evaluate_view *t, enum ft_action a);
bool evaluate_to_pair(struct evaluate_view *t); /* the cursor goes to the selected pair */
bool evaluate_to_cell(struct evaluate_view *t, const char *arg); /* "TRUE PREDICTED" */
bool evaluate_enter(struct evaluate_view *t);
bool evaluate_back(struct evaluate_view *t);
/* Labels in the window after + or -; 0: the matrix is not shown, or it would be the same. */
int evaluate_zoom(const struct evaluate_view *t, enum ft_action a);

/* view_evaluate_edits.c: only rows of --data can be given another label. */
#define EVAL_CHANGED_LABELS "%zu label%s changed; scores are for the labels before your changes"
bool evaluate_is_open_row(const struct evaluate_view *t, const struct ft_evaluation_row *r);
/* Example i was marked as correct: in the data set where it is of the open data. */
bool evaluate_kept(const struct evaluate_view *t, size_t i);
bool evaluate_keep(struct evaluate_view *t); /* the selected one, or no longer */
/* The selected row; NULL and a message when it can't be relabelled. */
const struct ft_evaluation_row *evaluate_editable(struct evaluate_view *t);
bool evaluate_relabel(void *view, const char *label); /* the selected row; then the next one */
/* For the strip: the same, or of several labels the one is added or removed and the row stays selected. */
bool evaluate_take_label(void *view, const char *label);
bool evaluate_has_sets(void *view); /* rows of the open data have any number of labels */
bool evaluate_row_has(void *view, const char *label);
bool evaluate_next_row(void *view);
void evaluate_entity(void *view, char *buf, size_t size); /* the selected one, "WORDS TYPE" */
int evaluate_best_labels(void *view, const char **best);
bool evaluate_edit_word(struct evaluate_view *t, const char *arg, bool drop); /* "ROW [LABEL]" */
void evaluate_drop(struct evaluate_view *t);
bool evaluate_step_down(struct evaluate_view *t);

/* view_evaluate_similar.c */
void evaluate_similar_open(struct evaluate_view *t,
                           const char *arg);         /* NULL: of the selected one */
void evaluate_similar_drop(struct evaluate_view *t); /* another list takes its place */
void evaluate_similar_follow(struct evaluate_view *t);
bool evaluate_similar_enter(struct evaluate_view *t); /* to the example; false: it is not shown */
bool evaluate_similar_back(struct evaluate_view *t);

/* view_evaluate_sets.c: several labels per row; pair_items are the labels, lowest F1 first. */
void evaluate_sets_remake(struct evaluate_view *t);
int evaluate_sets_label(const struct evaluate_view *t);    /* the selected one; -1: none */
bool evaluate_sets_to(struct evaluate_view *t, int label); /* the list and the matrix go to it */
size_t evaluate_sets_select(struct evaluate_view *t);      /* fills t->index */
const struct ft_node *evaluate_sets_layout(struct evaluate_view *t, int h, int w);
void evaluate_sets_head(const struct evaluate_view *t, char *line, size_t size);
void evaluate_sets_list(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                        bool focused);
void evaluate_sets_report(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                          bool focused);
void evaluate_sets_labels(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_sets_title(const struct evaluate_view *t, int p, struct ft_title *title);
/* The true labels of an example, or the predicted ones, for a cell of the list. */
void evaluate_sets_names(const struct evaluate_view *t, const struct ft_evaluation_row *r,
                         bool predicted, struct ft_str *out);
void evaluate_sets_say(struct evaluate_view *t); /* what the cell under the cursor means */
/* view_evaluate_entities.c: tagged words, whose examples are entities. */
bool evaluate_entities(const struct evaluate_view *t);
/* Lines of the report that are labels: all, but not "(none)", which is no type. */
size_t evaluate_report_labels(const struct evaluate_view *t);
/* Says what a cell of spurious or missed entities is; false: it is another one. */
bool evaluate_entities_say(const struct evaluate_view *t, int row, int col, uint64_t n);
size_t evaluate_entities_select(struct evaluate_view *t);
bool evaluate_entities_filter(struct evaluate_view *t, const char *word); /* NULL: the next kind */
void evaluate_entities_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_entities_counts(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_entities_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                                bool focused);
void evaluate_entities_text(struct evaluate_view *t, struct ft_rich *out); /* the selected one */
bool evaluate_entities_title(const struct evaluate_view *t, int p, struct ft_title *title);
bool evaluate_entities_can(const struct evaluate_view *t, enum ft_action a, bool *can);
void evaluate_entities_next(const struct evaluate_view *t, char *buf, size_t size);

/* view_evaluate_more.c: tasks other than classification. */
bool evaluate_more(const struct evaluate_view *t);
/* This model and its teacher, a row each; returns the row behind them. */
int evaluate_sides(const struct ft_evaluation_facts *f, struct ft_canvas *c, struct ft_rect r);
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

/* view_evaluate_numbers.c: regressions. */
bool evaluate_numbers(const struct evaluate_view *t);
void evaluate_numbers_remake(struct evaluate_view *t);
void evaluate_numbers_select(struct evaluate_view *t);
void evaluate_numbers_follow(struct evaluate_view *t); /* the cursor goes to the selected example */
bool evaluate_numbers_move(struct evaluate_view *t, enum ft_action a); /* and the other way round */
void evaluate_numbers_head(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_numbers_scatter(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                              bool focused);
void evaluate_numbers_scores(const struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r);
void evaluate_numbers_examples(struct evaluate_view *t, struct ft_canvas *c, struct ft_rect r,
                               bool focused);
const struct ft_node *evaluate_numbers_layout(struct evaluate_view *t, int h, int w);
void evaluate_numbers_title(const struct evaluate_view *t, int p, struct ft_title *title);
bool evaluate_numbers_can(const struct evaluate_view *t, enum ft_action a, bool *can);
void evaluate_numbers_next(const struct evaluate_view *t, char *buf, size_t size);

/* view_evaluate_frame.c */
const struct ft_node *evaluate_layout(struct ft_view *v, int h, int w);
const char *evaluate_key_label(struct ft_view *v, enum ft_action a); /* as ft_view.label */
void evaluate_next(struct ft_view *v, char *buf, size_t size);

bool evaluate_copy(struct ft_view *v, struct ft_str *out); /* view_evaluate_copy.c */

/* view_evaluate_write.c: by key and by word */
bool evaluate_act_predictions(const struct ft_view_call *call);
bool evaluate_act_write(const struct ft_view_call *call);
void evaluate_report_to(struct evaluate_view *t, const char *path);

/* view_evaluate_draw.c */
/* What the row's label is now, in the data that is open; NULL: as it was evaluated. */
const char *evaluate_edited(const struct evaluate_view *t, const struct ft_evaluation_row *r);
void evaluate_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void evaluate_title(struct ft_view *v, int p, struct ft_title *title);

#endif
