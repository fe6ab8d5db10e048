/* The inside of a training session, shared by the files that make one up:
 *     run_data.c    options -> tables -> examples -> token sequences
 *     record.c      run.json, metrics.jsonl, the folder's lock
 *     checkpoint.c  checkpoint-STEP folders: saved, listed, rotated, read back
 *     train.c       the loop; train_eval.c evaluations and the end of a run
 *     session.c     the thread, wishes and snapshots (session.h)
 * Everything here belongs to the session's thread, but for what session.c guards. */
#ifndef FT_ENGINE_TRAIN_H
#define FT_ENGINE_TRAIN_H

#include "core/optim.h"
#include "core/sched.h"
#include "data/edits.h"
#include "data/examples.h"
#include "data/table.h"
#include "engine/model_file.h"
#include "engine/options.h"
#include "engine/sequences.h"
#include "engine/session.h"

#include <stdio.h>

/* Data files of a run and what came of them. */
struct ft_run_data {
    struct ft_table tables[FT_PART_COUNT]; /* those that were given; path NULL: not */
    char sha256[FT_PART_COUNT][65];        /* "" for a folder */
    struct ft_columns columns;
    struct ft_edits edits;
    struct ft_examples x;
    bool built;
};
/* Opens the files that the options name and builds the examples; labels NULL: those of the data.
 * Says in the log what was guessed. `w` may be NULL. */
enum ft_status ft_run_data_open(struct ft_run_data *d, const struct ft_options *o,
                                const struct ft_labels *labels, bool unlabelled,
                                struct ft_err *err);
/* Builds the examples again with another order of labels. */
enum ft_status ft_run_data_rebuild(struct ft_run_data *d, const struct ft_options *o,
                                   const struct ft_labels *labels, bool unlabelled,
                                   struct ft_err *err);
void ft_run_data_release(struct ft_run_data *d);

/* What a checkpoint holds besides weights and moments. */
struct ft_train_state {
    uint64_t step;    /* updates done */
    uint64_t micro;   /* batches done: dropout's key */
    double lr_factor; /* what `+` and `-` made of the schedule */
    double log_loss;  /* sum of the updates' losses since the last line */
    uint64_t log_steps;
    double loss_total;
    uint64_t tokens;
    bool has_best;
    double best;
    uint64_t best_step;
    uint64_t worse;         /* evaluations in a row without a better one */
    uint64_t metrics_bytes; /* length of metrics.jsonl */
};

struct ft_train {
    struct ft_session *session;
    struct ft_options o;
    enum ft_task task;
    char *dir;
    int lock;
    bool resumed;
    bool replaces;   /* an older run lies in the folder; it goes when this one starts */
    bool made_dir;   /* the folder is new */
    bool started;    /* prepared without an error: from here on run.json is this run's */
    char *fork_from; /* a checkpoint's folder, or NULL */
    struct ft_run_data data;
    struct ft_model_file model;
    struct ft_sequences seq[FT_PART_COUNT];
    struct ft_optim optim;
    float *moments[2]; /* params.floats each; NULL for sgd */
    struct ft_optim_range *ranges;
    size_t range_n;
    float *class_weights; /* NULL: none */
    enum ft_sched_kind sched;
    uint64_t batches; /* an epoch */
    uint64_t updates; /* an epoch */
    uint64_t total;   /* updates of the run */
    uint64_t warmup;
    double epochs;
    struct ft_train_state s;
    FILE *metrics;
    char **history; /* the lines of metrics.jsonl, for trainer_state.json */
    size_t history_n, history_cap;
    double started_s;      /* of this process */
    int64_t started_wall;  /* of the run */
    double seconds_before; /* of earlier processes */
    struct ft_mem_plan plan;
};

/* record.c */
enum ft_status ft_record_open(struct ft_train *t, struct ft_err *err); /* folder and lock */
/* Removes the older run, once this one is prepared. */
enum ft_status ft_record_replace(struct ft_train *t, struct ft_err *err);
/* Takes back what ft_record_open made, for a run that could not be prepared. */
void ft_record_undo(struct ft_train *t);
enum ft_status ft_record_write(struct ft_train *t, const char *state, struct ft_err *err);
/* Opens metrics.jsonl cut to s.metrics_bytes, and reads what is left into the history. */
enum ft_status ft_record_metrics_open(struct ft_train *t, struct ft_err *err);
/* Appends one line (an object's text without the newline). */
enum ft_status ft_record_line(struct ft_train *t, const char *line, struct ft_err *err);
void ft_record_close(struct ft_train *t);
/* Removes a run's files, but for the lock and log.txt, and nothing else that lies there. */
enum ft_status ft_record_remove(const char *dir, struct ft_err *err);
/* The options that a run's folder was started with. */
enum ft_status ft_record_options(const char *dir, struct ft_options *o, struct ft_err *err);

/* checkpoint.c */
enum ft_status ft_checkpoint_save(struct ft_train *t, struct ft_err *err); /* and rotates */
/* FT_NUMERIC when a weight is not a finite number: such a model is not written over a good one. */
enum ft_status ft_checkpoint_check(const struct ft_train *t, struct ft_err *err);
/* Weights, moments and state of checkpoint `path`. */
enum ft_status ft_checkpoint_load(struct ft_train *t, const char *path, struct ft_err *err);
/* Only the weights. */
enum ft_status ft_checkpoint_weights(struct ft_train *t, const char *path, struct ft_err *err);
char *ft_checkpoint_path(const char *dir, uint64_t step); /* free() it */
/* Steps of the checkpoints in a run's folder, ascending; free(*steps). */
size_t ft_checkpoint_list(const char *dir, uint64_t **steps);

/* train.c, train_eval.c */
enum ft_status ft_train_prepare(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_loop(struct ft_train *t, bool *stopped, struct ft_err *err);
enum ft_status ft_train_evaluate(struct ft_train *t, bool *better, struct ft_err *err);
enum ft_status ft_train_finish(struct ft_train *t, struct ft_scores *scores, struct ft_err *err);
void ft_train_release(struct ft_train *t);

/* session.c, for the loop */
struct ft_wish {
    bool stop, discard, pause, save, evaluate;
    bool changed; /* an option, with its name and value */
    char option[64], value[64];
};
/* Takes what was wished since the last call; waits while paused. */
void ft_session_wishes(struct ft_session *s, struct ft_wish *wish);
struct ft_snapshot *ft_session_edit(struct ft_session *s); /* locks the snapshot.. */
void ft_session_publish(struct ft_session *s);             /* ..unlocks it and wakes the listener */

#endif
