/* The inside of a training session, shared by the files that make one up:
 *     task*.c       what tasks differ in: data, token sequences, scores (task.h)
 *     record.c      run.json, the run's folder and its lock
 *     metrics_file.c  metrics.jsonl: appended, cut, repaired; the log history
 *     events.c      what was changed or asked for while it went on, and doing it again
 *     checkpoint*.c checkpoint-STEP folders: saved, listed, rotated, verified, read back
 *     train.c       the loop; train_update.c an update; train_eval.c evaluations, the end of a run
 *     session.c     the thread, wishes and snapshots (session.h)
 * Everything here belongs to the session's thread, but for what session.c guards. */
#ifndef FT_ENGINE_TRAIN_TRAIN_H
#define FT_ENGINE_TRAIN_TRAIN_H

#include "core/optim.h"
#include "core/sched.h"
#include "engine/train/run_segments.h"
#include "engine/model/model_file.h"
#include "engine/options/options.h"
#include "engine/task/run_data.h"
#include "engine/train/run_warnings.h"
#include "engine/task/sequences.h"
#include "engine/train/session.h"

#include <stdio.h>

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
    uint64_t kept_best;     /* the best step, when its checkpoint was made only to keep it */
    uint64_t metrics_bytes; /* length of metrics.jsonl */
};

enum ft_event_kind { FT_EVENT_SET, FT_EVENT_SAVE, FT_EVENT_EVALUATE };
enum { FT_EVENT_VALUE_MAX = 64 };
struct ft_event {
    uint64_t step; /* after this update */
    enum ft_event_kind kind;
    enum ft_opt option; /* of SET */
    char value[FT_EVENT_VALUE_MAX];
    uint64_t at; /* where its line begins in the file it was read from */
};
struct ft_events { /* zero-initialise it; steps ascend */
    struct ft_event *items;
    size_t n, cap;
};

/* How long the last updates and the last evaluation took: what the time left is worked out from.
 * Pauses count for nothing. */
enum { FT_PACE_UPDATES = 50 };
struct ft_pace {
    double seconds[FT_PACE_UPDATES]; /* a ring */
    uint64_t updates;                /* of this process */
    double evaluation;               /* 0: none yet */
};

struct ft_train {
    struct ft_session *session;
    struct ft_options o;     /* in force */
    struct ft_options base;  /* as the run was started: what its events are laid over */
    struct ft_events replay; /* events to make again.. */
    size_t replay_next;      /* ..from this one on */
    struct ft_events given;  /* of the file that --events names */
    struct ft_events asked;  /* live options given to a run that goes on: changed at once */
    uint64_t changes;        /* options changed so far */
    uint64_t saved_bytes;    /* of metrics.jsonl, at the last checkpoint */
    uint64_t evaluated;      /* the step that was evaluated last, by this process */
    enum ft_task task;
    char *dir;
    int lock;
    bool resumed;
    bool replaces;   /* an older run lies in the folder; it goes when this one starts */
    bool made_dir;   /* the folder is new */
    bool started;    /* prepared without an error: from here on run.json is this run's */
    char *fork_from; /* a checkpoint's folder, or NULL */
    struct ft_run_segments breaks;
    bool fork_rate; /* the fork was given a learning rate: the checkpoint's factor is not for it */
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
    /* Lines of metrics.jsonl, for trainer_state.json: the last ones from history_whole on, before
     * them a selection. */
    char **history;
    size_t history_n, history_cap, history_whole;
    struct ft_str event_lines; /* all events so far, as they stand in metrics.jsonl */
    char *from;                /* the checkpoint that a resumed run goes on from; NULL: none */
    char *tail;                /* of metrics.jsonl, as the checkpoint has it; NULL: it has none */
    uint64_t undropped;        /* checkpoints below this step that stay have been reported */
    double looked_s;           /* when it was looked at whether the folder is still there */
    double started_s;          /* of this process */
    char began[32];            /* when the run was, by its first process */
    double seconds_before;     /* of earlier processes */
    struct ft_pace pace;
    struct ft_jump jump;
    struct ft_mem_plan plan;
};

/* train_update.c: one update after the other, on the thread that computes. */
struct ft_update {
    double loss, norm; /* mean over its examples; of the gradient, before clipping */
    double ms[4];      /* data, forward, backward, optimizer */
    uint64_t tokens;
    /* private */
    struct ft_batch batch; /* in the making */
    struct ft_ws *ws;
    size_t *order;
    uint64_t order_epoch; /* whose order it is; UINT64_MAX: none yet */
};
/* The train must be armed (ft_train_arm). */
enum ft_status ft_update_begin(struct ft_update *u, const struct ft_train *t, struct ft_err *err);
/* Goes on from t->s. FT_NUMERIC: loss or norm is not a finite number, the weights are as they were.
 */
enum ft_status ft_update_once(struct ft_update *u, struct ft_train *t, struct ft_err *err);
void ft_update_end(struct ft_update *u);
/* The place of update `step`: its epoch, first batch and how many batches it takes. */
void ft_update_place(const struct ft_train *t, uint64_t step, uint64_t *epoch, uint64_t *first,
                     uint64_t *n);

/* record.c */
enum ft_status ft_record_open(struct ft_train *t, struct ft_err *err); /* folder and lock */
/* Whether the data files are those that run.json names, by sha256: FT_FORMAT when one is not. */
enum ft_status ft_record_same_data(const struct ft_train *t, struct ft_err *err);
/* Removes the older run, once this one is prepared. */
enum ft_status ft_record_replace(struct ft_train *t, struct ft_err *err);
/* Takes back what ft_record_open made, for a run that could not be prepared. */
void ft_record_undo(struct ft_train *t);
enum ft_status ft_record_write(struct ft_train *t, const char *state, struct ft_err *err);
/* FT_IO when the run's folder is no longer where it was: nothing may be written then, or a second
 * folder would grow there. */
enum ft_status ft_record_here(const struct ft_train *t, struct ft_err *err);
/* The same, at most once a second: for the loop. */
enum ft_status ft_record_watch(struct ft_train *t, struct ft_err *err);
/* Removes half-made files and folders of processes that ended, also of this one. */
void ft_record_clear(const char *dir);
void ft_record_close(struct ft_train *t);
/* Removes a run's files, but for the lock and log.txt, and nothing else that lies there. */
enum ft_status ft_record_remove(const char *dir, struct ft_err *err);
/* What a run that goes on needs of its run.json besides: events, seconds, where it was forked. */
enum ft_status ft_record_resume(struct ft_train *t, const char *dir, struct ft_err *err);

/* metrics_file.c */
/* After a checkpoint was read (t->s, t->tail, t->event_lines): makes metrics.jsonl begin with what
 * it had when the checkpoint was saved, where lines were lost or damaged, and says so. Lines after
 * the checkpoint stay, for their events. */
enum ft_status ft_metrics_repair(struct ft_train *t, struct ft_err *err);
/* Opens metrics.jsonl cut to s.metrics_bytes, and reads what is left into the history. */
enum ft_status ft_metrics_open(struct ft_train *t, struct ft_err *err);
/* Cuts metrics.jsonl back to the last checkpoint: what came after it is not wanted. */
enum ft_status ft_metrics_discard(struct ft_train *t, struct ft_err *err);
/* Appends one line (an object's text without the newline). */
enum ft_status ft_metrics_line(struct ft_train *t, const char *line, struct ft_err *err);
enum ft_status ft_metrics_sync(struct ft_train *t, struct ft_err *err); /* to disk */
/* The last lines, at most FT_METRICS_TAIL_MAX bytes, for a checkpoint. */
enum { FT_METRICS_TAIL_MAX = 256 << 10, FT_METRICS_HISTORY_MAX = 4096 /* lines */ };
void ft_metrics_tail(const struct ft_train *t, struct ft_str *out);
void ft_metrics_close(struct ft_train *t);

/* events.c */
void ft_events_release(struct ft_events *e);
/* Appends the events of a metrics.jsonl. FT_FORMAT names the line of a broken one; not strict: a
 * line that is no JSON is skipped (the file of a run whose machine was switched off). */
enum ft_status ft_events_read(struct ft_events *e, const char *path, bool strict,
                              struct ft_err *err);
enum ft_status ft_events_from_json(struct ft_events *e, const cJSON *list, const char *name,
                                   struct ft_err *err);
void ft_events_to_json(const struct ft_events *e, struct ft_str *out);
/* Lays the changes up to `step` over `o`, but for the learning rate (a checkpoint has its factor).
 */
void ft_events_apply_until(const struct ft_events *e, uint64_t step, struct ft_options *o);
/* After a checkpoint was read and before metrics.jsonl is cut: the options in force then, and in
 * t->replay what comes. */
enum ft_status ft_events_restore(struct ft_train *t, struct ft_err *err);
/* Changes an option now and writes the event. */
enum ft_status ft_events_set(struct ft_train *t, enum ft_opt id, const char *value,
                             struct ft_err *err);
/* Writes the event of a checkpoint or an evaluation on request. */
enum ft_status ft_events_note(struct ft_train *t, enum ft_event_kind kind, struct ft_err *err);
/* Makes those events again that are due after this update; sets *save and *evaluate. */
enum ft_status ft_events_due(struct ft_train *t, bool *save, bool *evaluate, struct ft_err *err);
/* A live option given with --resume: remembered, then changed where its value is another. */
void ft_events_ask(struct ft_train *t, enum ft_opt id, const char *value);
enum ft_status ft_events_asked(struct ft_train *t, struct ft_err *err);
/* Whether a run that goes on would end, with what was asked, before where it is: FT_USAGE then. */
enum ft_status ft_events_fit(struct ft_train *t, struct ft_err *err);

/* checkpoint.c */
/* Keys of the metadata of optimizer.safetensors: texts. */
#define FT_CHECKPOINT_STATE  "fettle"         /* ft_train_state */
#define FT_CHECKPOINT_TAIL   "fettle_metrics" /* the last lines of metrics.jsonl */
#define FT_CHECKPOINT_EVENTS "fettle_events"  /* all lines of events */
#define FT_CHECKPOINT_FILES  "fettle_files"   /* {name: {bytes, checksum}} of the folder */
enum ft_status ft_checkpoint_save(struct ft_train *t, struct ft_err *err); /* and rotates */
/* FT_NUMERIC when a weight is not a finite number: such a model is not written over a good one. */
enum ft_status ft_checkpoint_check(const struct ft_train *t, struct ft_err *err);
/* Weights, moments and state of checkpoint `path`. */
enum ft_status ft_checkpoint_load(struct ft_train *t, const char *path, struct ft_err *err);
/* Only the weights. */
enum ft_status ft_checkpoint_weights(struct ft_train *t, const char *path, struct ft_err *err);
/* Renamed first, so that half of a checkpoint is never taken for one. Missing is fine. */
enum ft_status ft_checkpoint_remove(const char *dir, uint64_t step, struct ft_err *err);
/* The same during a run: one that cannot be removed is a warning. */
void ft_checkpoint_drop(struct ft_train *t, uint64_t step);
char *ft_checkpoint_path(const char *dir, uint64_t step);  /* free() it */
bool ft_checkpoint_step(const char *name, uint64_t *step); /* of "checkpoint-STEP" */
/* Steps of the checkpoints in a run's folder, ascending; free(*steps). On failure there are none.
 */
enum ft_status ft_checkpoint_list(const char *dir, uint64_t **steps, size_t *count,
                                  struct ft_err *err);

/* checkpoint_verify.c */
/* What a checkpoint's folder holds now, as FT_CHECKPOINT_FILES. */
enum ft_status ft_checkpoint_manifest(const char *dir, struct ft_str *out, struct ft_err *err);
/* Whether all files are there and undamaged: reads every byte. */
enum ft_status ft_checkpoint_verify(const char *dir, struct ft_err *err);
/* Sets t->from to the newest checkpoint that can be used (NULL: there is none at all), and reports
 * and sets aside those after it. FT_FORMAT..: there are some, and none can be used. */
enum ft_status ft_checkpoint_choose(struct ft_train *t, struct ft_err *err);
/* Removes those that were set aside. */
enum ft_status ft_checkpoint_remove_aside(const char *dir, struct ft_err *err);

/* train.c, train_eval.c */
void ft_train_count_steps(struct ft_train *t); /* how long the run is, by its options */
/* Freezes what the options say. FT_USAGE: the model has fewer layers. */
enum ft_status ft_train_freeze(struct ft_train *t, struct ft_err *err);
/* Steps, memory plan and optimiser, once model and training sequences are there. FT_NOMEM with the
 * numbers when the memory is not enough. */
enum ft_status ft_train_arm(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_prepare(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_loop(struct ft_train *t, bool *stopped, struct ft_err *err);
enum ft_status ft_train_evaluate(struct ft_train *t, bool *better, struct ft_err *err);
enum ft_status ft_train_finish(struct ft_train *t, struct ft_scores *scores, struct ft_err *err);
void ft_train_release(struct ft_train *t);

/* session.c, for the loop */
enum { FT_WISH_CHANGES_MAX = 16 };
struct ft_wish {
    bool stop, discard, save, evaluate;
    size_t changes;
    struct {
        enum ft_opt option;
        char value[FT_EVENT_VALUE_MAX];
    } change[FT_WISH_CHANGES_MAX]; /* in the order they were wished */
    double paused_s;               /* how long it waited for them, paused */
    bool paused;                   /* and is still: these are not to be followed by an update */
};
/* Takes what was wished since the last call; waits while paused. */
void ft_session_wishes(struct ft_session *s, struct ft_wish *wish);
struct ft_snapshot *ft_session_edit(struct ft_session *s); /* locks the snapshot.. */
void ft_session_publish(struct ft_session *s);             /* ..unlocks it and wakes the listener */

#endif
