/* The inside of screen 7, one unit in these files:
 *
 *     view_runs.c         what the app sees; keys and words
 *     view_runs_choose.c  cursor, marks and finding
 *     view_runs_change.c  what it does to a run
 *     view_runs_table.c   the columns of the list, its filter and order
 *     view_runs_sweep.c   members of a sweep: one row for all, or the sweep alone
 *     view_runs_sweep_change.c  what it does to a sweep
 *     view_runs_draw.c    the panels
 *     view_runs_queue.c   the queue
 *     view_runs_facts.c   facts of the runs, side by side */
#ifndef FT_UI_SCREENS_VIEW_RUNS_IN_H
#define FT_UI_SCREENS_VIEW_RUNS_IN_H

#include "ui/widgets/plot.h"
#include "ui/widgets/rich.h"
#include "ui/app/message_log.h"
#include "ui/screens/view_runs.h"

enum runs_panel {
    RUNS_LIST,
    RUNS_QUEUE,
    RUNS_PLOT,
    RUNS_OPTIONS,
    RUNS_RESULTS,
    RUNS_LOG,
    RUNS_PANELS
};

enum runs_column {
    RUNS_BY_RUN,
    RUNS_BY_WHEN,
    RUNS_BY_TASK,
    RUNS_BY_MODEL,
    RUNS_BY_DATA,
    RUNS_BY_METRIC,
    RUNS_BY_STATE,
    RUNS_BY_STEP,
    RUNS_BY_TOOK,
    RUNS_BY_SIZE,
    RUNS_BY_RATE,
    RUNS_BY_BATCH,
    RUNS_BY_EPOCHS,
    RUNS_BY_LENGTH,
    RUNS_BY_NOTE,
    RUNS_COLUMNS
};

enum runs_curve {
    RUNS_CURVE_SCORE,
    RUNS_CURVE_LOSS,
    RUNS_CURVE_TRAINING,
    RUNS_CURVE_OPTION, /* of a sweep alone: its metric against an option */
    RUNS_CURVES
};
enum { RUNS_MARKS_MAX = 6 };

struct runs_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;
    struct ft_run_list *l;

    /* the list: places in l, as filtered and sorted */
    struct ft_list list;
    size_t *index;
    uint64_t made;  /* the version it was made of */
    size_t common;  /* bytes that all names begin with: a folder */
    int64_t bytes;  /* of all runs */
    char *cursor;   /* `real` of the run it stands on; NULL: none yet */
    char *open_run; /* the workbench's run, and its `real` */
    char *open_real;
    enum runs_column column, sort; /* chosen; sorted by */
    bool down;
    char filter[256], find[128];

    char *sweep;           /* real folder of the one that is listed alone; NULL: all runs are */
    struct ft_sweep brief; /* its sweep.json as it was read with the list */
    bool has_brief;
    size_t option; /* whose values RUNS_CURVE_OPTION shows */
    enum runs_column sort_before;
    bool down_before;

    char *marks[RUNS_MARKS_MAX]; /* `real` of each, in the order they were marked */
    size_t marks_n;
    int curve, by_epoch; /* -1: what suits */
    struct ft_list options, results;
    struct ft_message_log said;

    char *asked;        /* path of the run or sweep a question is about */
    char *asked_member; /* of that sweep; NULL: the sweep as a whole */
    enum ft_run_change asked_change;
    bool asked_open;       /* it is the workbench's */
    bool started, busy;    /* the list was asked for; our work is in the message line */
    struct ft_queue queue; /* as read last */
    struct ft_list queue_list;
    uint64_t queue_stamp; /* of the file that it is; 0: there was none */
    int64_t queue_runner; /* as ft_queue_runner */
    struct ft_node nodes[12];
};

/* --- view_runs.c --- */
void runs_anew(struct runs_view *t); /* reads the list */

/* --- view_runs_choose.c --- */
/* The run under the cursor; NULL: the list is empty. */
const struct ft_run_item *runs_item(const struct runs_view *t);
size_t runs_place(const struct runs_view *t); /* its place in l */
/* Places of what is compared: the marked ones (one: and the one under the cursor), else the one
 * under the cursor alone. Returns how many. */
size_t runs_compared(const struct runs_view *t, size_t places[RUNS_MARKS_MAX]);
/* The paired test where two runs are compared; NULL: it comes, or they have no examples in common. */
const struct ft_paired_test *runs_paired(struct runs_view *t);
int runs_mark(const struct runs_view *t, const struct ft_run_item *item); /* its place, or -1 */
bool runs_is_open(const struct runs_view *t, const struct ft_run_item *item);
/* It is active in this process. */
bool runs_is_own(const struct runs_view *t, const struct ft_run_item *item);
/* Its place among the runs that may be compared with it, *of them; 0: it has no score. */
size_t runs_rank(const struct runs_view *t, const struct ft_run_item *item, size_t *of);
/* The cursor goes to this run once it is in the list. */
void runs_select(struct runs_view *t, const char *real);
void runs_moved(struct runs_view *t);  /* the cursor was put on another row */
void runs_remake(struct runs_view *t); /* the list again; the cursor stays on its run */
/* The cursor to the run that a word names: its name, path or the last part of it. Says when there
 * is none. */
bool runs_to(struct runs_view *t, const char *name);
size_t runs_place_of(const struct runs_view *t, const char *real); /* in l; SIZE_MAX: not there */
bool runs_gone(const struct runs_view *t, const char *real); /* neither listed nor on the disk */
void runs_unmark(struct runs_view *t, int mark);
bool runs_choose_act(struct runs_view *t, enum ft_action a, const char *arg);

/* --- view_runs_change.c --- */
bool runs_change_act(struct runs_view *t, enum ft_action a, const char *arg);
bool runs_change_can(const struct runs_view *t, enum ft_action a, bool *can);

/* --- view_runs_queue.c --- */
void runs_queue_follow(struct runs_view *t);
void runs_queue_release(struct runs_view *t);
bool runs_queue_act(struct runs_view *t, enum ft_action a);
bool runs_queue_can(const struct runs_view *t, enum ft_action a, bool *can);
void runs_queue_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void runs_queue_title(const struct runs_view *t, struct ft_title *title);

/* --- view_runs_table.c --- */
enum { RUNS_SIGNS = 3 }; /* before the columns: the mark, the sign of the open run, a blank */
void runs_columns(int w, struct ft_column out[RUNS_COLUMNS]);
const char *runs_column_name(enum runs_column column);
const char *runs_name(const struct runs_view *t, const struct ft_run_item *item); /* as listed */
/* "": nothing to say. Returns buf. */
const char *runs_text(const struct runs_view *t, const struct ft_run_item *item,
                      enum runs_column column, char *buf, size_t size);
/* "state:done metric>.9 word": FT_USAGE when it is not understood. */
enum ft_status runs_filter_check(const struct runs_view *t, const char *filter, struct ft_err *err);
void runs_table_make(struct runs_view *t); /* index from filter and order */
/* "accuracy" of "eval_accuracy" */
const char *runs_metric(const struct ft_run *r);
/* The value of a metric of the run's task as text. */
char *runs_score(const struct ft_run *r, const char *metric, double v, char *buf, size_t size);

/* --- view_runs_sweep.c --- */
/* Whether the row of this run stands for all runs of its sweep; and how many these are. */
size_t runs_group(const struct runs_view *t, const struct ft_run_item *item);
bool runs_in_sweep(const struct runs_view *t, const struct ft_run_item *item); /* it is listed */
/* The first row of a sweep, of those found so far: it keeps the best member. false: none is there. */
bool runs_group_take(struct runs_view *t, size_t kept, size_t place);
void runs_group_name(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                     size_t size);
void runs_group_state(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                      size_t size);
/* "rung 2" of a member that halving has paused or left there; false: nothing to say. */
bool runs_rung_text(const struct runs_view *t, const struct ft_run_item *item, char *buf,
                    size_t size);
void runs_sweep_open(struct runs_view *t, const struct ft_run_item *item);
bool runs_sweep_close(struct runs_view *t); /* false: none is listed alone */
void runs_sweep_read(struct runs_view *t);  /* with each list */
void runs_sweep_release(struct runs_view *t);
void runs_sweep_title(const struct runs_view *t, char *buf, size_t size);
/* The best members, where one sweep is listed and nothing is marked. Returns how many. */
size_t runs_sweep_compared(const struct runs_view *t, size_t places[RUNS_MARKS_MAX]);
void runs_option_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r);
void runs_option_title(const struct runs_view *t, char *buf, size_t size);

/* --- view_runs_sweep_change.c --- */
/* false: it has nothing to do with a sweep. */
bool runs_sweep_act(struct runs_view *t, enum ft_action a, const char *arg);
bool runs_sweep_can(const struct runs_view *t, enum ft_action a, bool *can);

/* --- view_runs_facts.c --- */
/* The rows of the panels of options and results; texts of run k of what is compared. */
size_t runs_options_n(const struct runs_view *t);
void runs_options_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);
void runs_results_draw(struct runs_view *t, struct ft_canvas *c, struct ft_rect r, bool focused);

/* --- view_runs_draw.c --- */
const struct ft_node *runs_layout(struct ft_view *v, int h, int w);
void runs_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void runs_title(struct ft_view *v, int p, struct ft_title *title);
/* The curves that are shown by name, with their last values. */
void runs_curves_copy(struct runs_view *t, struct ft_str *out);
/* What the plot shows now. */
enum runs_curve runs_curve_now(struct runs_view *t);
bool runs_epoch_now(const struct runs_view *t);

#endif
