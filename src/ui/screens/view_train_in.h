/* The inside of screen 4, one unit in these files:
 *
 *     view_train.c          what the app sees: layout, ticks, notes, message line
 *     view_train_actions.c  keys and words
 *     view_train_fork.c     choosing a checkpoint to start from
 *     view_train_data.c     what is kept of the run and of those drawn over it
 *     view_train_draw.c     the head and the plots; view_train_titles.c the titles
 *     view_train_facts.c    scores, checkpoints, machine, settings and log */
#ifndef FT_UI_SCREENS_VIEW_TRAIN_IN_H
#define FT_UI_SCREENS_VIEW_TRAIN_IN_H

#include "engine/train/run_warnings.h"
#include "ui/widgets/plot.h"
#include "ui/app/message_log.h"
#include "ui/screens/view_train.h"
#include "util/log.h"

enum train_panel {
    TRAIN_HEAD,
    TRAIN_LOSS,
    TRAIN_SCORE,
    TRAIN_MATRIX,
    TRAIN_STEP,
    TRAIN_RATE,
    TRAIN_NORM,
    TRAIN_SPEED,
    TRAIN_EVALS,
    TRAIN_SAVED,
    TRAIN_MACHINE,
    TRAIN_RUN,
    TRAIN_SAID,
    TRAIN_PANELS
};

/* Series of the plots, one array each over the logged points. */
enum train_line { LINE_LOSS, LINE_RATE, LINE_NORM, LINE_SPEED, TRAIN_LINES };
enum train_axis { AXIS_STEP, AXIS_EPOCH, AXIS_TIME, TRAIN_AXES };
enum { TRAIN_OTHERS_MAX = 4, TRAIN_SPIKES_MAX = 8 };

/* A run's points, copied for the plots. */
struct train_curves {
    struct ft_point *lines[TRAIN_LINES], *smooth; /* (n) */
    struct ft_point *val, *score, *exact;         /* (val_n) loss, score, exact match (qa) */
    size_t n, val_n;
    size_t lines_cap[TRAIN_LINES], smooth_cap, val_cap, score_cap, exact_cap;
};

/* A run drawn over the one shown. */
struct train_other {
    char run[512];
    struct ft_run_series series;
    struct train_curves curves;
};

struct train_saved {
    uint64_t step;
    int64_t bytes;
};

struct train_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;

    /* made anew when the series grew or is drawn otherwise */
    struct train_curves c;
    uint64_t made_bytes;
    enum train_axis made_axis;
    double made_smooth;
    char made_run[512];
    struct train_other others[TRAIN_OTHERS_MAX];
    size_t others_n;
    struct ft_run_warnings notes;
    bool was_paused;
    unsigned told;      /* bit 1 << kind: this note was said.. */
    char told_run[512]; /* ..of this run */

    /* the folder's contents, read twice a second */
    struct ft_run record;
    bool has_record;
    struct train_saved *saved;
    size_t saved_n, saved_cap;
    struct ft_scores_file before; /* the evaluation before the last; no examples: none */
    uint64_t before_tried;
    struct ft_str log;
    int64_t log_bytes, folder_bytes;
    double cpu_s, cpu_at_s, busy; /* threads busy since the last look; negative: not known */

    double smooth;
    enum train_axis axis;
    bool log_y, fit_all, reading;
    bool forking; /* a checkpoint is being chosen */
    size_t fork;  /* of saved */
    size_t at;    /* the read-out's point */
    struct ft_plot_range loss_range, score_range;
    struct ft_plot_report loss_report;
    struct ft_message_log said;
};

static inline struct train_view *train_of(struct ft_view *v)
{
    return (struct train_view *)v;
}

bool train_paused(const struct train_view *t);

/* --- view_train_actions.c --- */
bool train_act(struct ft_view *v, enum ft_action a, const char *arg);
bool train_can(struct ft_view *v, enum ft_action a);
void train_why_not(struct ft_view *v, enum ft_action a, char *buf, size_t size);
const char *train_label(struct ft_view *v, enum ft_action a);
bool train_may_continue(const struct train_view *t);                           /* C would */
void train_elsewhere_text(const struct train_view *t, char *buf, size_t size); /* what trains */

/* --- view_train_fork.c --- */
void train_fork_word(struct train_view *t, const char *text); /* the step of a checkpoint */
void train_begin_choosing(struct train_view *t);
bool train_choose(struct train_view *t, enum ft_action a); /* a key while one is chosen */

/* --- view_train_data.c --- */
void train_make(struct train_view *t);    /* curves, when they are not as the series is */
void train_refresh(struct train_view *t); /* looks at the folder */
void train_data_release(struct train_view *t);
bool train_own(const struct train_view *t);  /* a snapshot of the run shown is there */
bool train_on(const struct train_view *t);   /* it is trained now, and keys control it */
bool train_mine(const struct train_view *t); /* by this program */
/* The snapshot of the run shown; empty when there is none. */
const struct ft_snapshot *train_snap(const struct train_view *t);
uint64_t train_step(const struct train_view *t);
uint64_t train_steps(const struct train_view *t); /* planned; 0: not known */
uint64_t train_best_step(const struct train_view *t);
bool train_best(const struct train_view *t, double *metric); /* false: there is none */
const char *train_state(const struct train_view *t);
bool train_elsewhere(const struct train_view *t);        /* another process trains it */
double train_x(const struct train_view *t, double step); /* on the axis chosen */
const char *train_option(const struct train_view *t, enum ft_opt id); /* "": not known */
/* Which score is drawn, by the task; *name is for titles. NaN: the line has none. */
double train_score(const struct ft_run_eval *e, const char **name);
/* The value of a metric ("f1", "eval_f1") of the run's task as text. */
char *train_metric(const struct train_view *t, const char *metric, double v, char *buf,
                   size_t size);
/* Overlays run `name` on this one, or removes it; reports errors. */
bool train_overlay(struct train_view *t, const char *name);

/* --- view_train_draw.c, view_train_facts.c --- */
bool train_copy(struct ft_view *v, struct ft_str *out); /* view_train_copy.c */
void train_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
double train_strip_top(const struct train_view *t, enum train_line line); /* of its scale */
char *train_count(char *buf, size_t size, uint64_t n);
void train_title(struct ft_view *v, int p, struct ft_title *t);
bool train_facts_draw(struct train_view *t, int p, struct ft_canvas *c, struct ft_rect r);
void train_facts_title(const struct train_view *t, int p, struct ft_title *out);
void train_muted(struct ft_canvas *c, struct ft_rect r, const char *text);
void train_no_evaluation(const struct train_view *t, struct ft_canvas *c, struct ft_rect r);
const struct ft_run_point *train_last(const struct train_view *t);

#endif
