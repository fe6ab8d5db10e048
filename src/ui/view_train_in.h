/* The inside of screen 4: view_train.c has its state and keys, view_train_draw.c its panels. */
#ifndef FT_UI_VIEW_TRAIN_IN_H
#define FT_UI_VIEW_TRAIN_IN_H

#include "ui/plot.h"
#include "ui/view_train.h"
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
    TRAIN_SAID,
    TRAIN_PANELS
};

/* Series of the plots, one array each over the logged points. */
enum train_line { LINE_LOSS, LINE_RATE, LINE_NORM, LINE_SPEED, TRAIN_LINES };

struct train_saved {
    uint64_t step;
    int64_t bytes;
};

struct train_view {
    struct ft_view view; /* first: the app sees this */
    struct ft_workbench *w;

    /* copies of the series for the plots, made when it grew */
    struct ft_point *lines[TRAIN_LINES], *val, *score;
    size_t lines_n, val_n;
    size_t lines_cap[TRAIN_LINES], val_cap, score_cap;
    uint64_t made_bytes;
    char made_run[512];

    /* what the folder says, looked at twice a second */
    struct train_saved *saved;
    size_t saved_n, saved_cap;
    char state[24]; /* run.json's, for a run that is not our session's */
    uint64_t steps, best_step;
    double best;
    struct ft_str log;
    int64_t log_bytes;

    double smooth;
    bool log_y, fit_all, reading;
    size_t at; /* the read-out's point */
    struct ft_plot_range loss_range, score_range;
    struct ft_plot_report loss_report;
    size_t log_up; /* lines of the log scrolled back */
};

bool train_own(const struct train_view *t); /* the snapshot is of the run shown */
uint64_t train_step(const struct train_view *t);
uint64_t train_steps(const struct train_view *t); /* planned; 0: not known */
const char *train_state(const struct train_view *t);
void train_draw(struct ft_view *v, int p, struct ft_canvas *c, struct ft_rect r, bool focused);
void train_title(struct ft_view *v, int p, struct ft_title *t);

#endif
