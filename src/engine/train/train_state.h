/* The state of a training session: private to engine/train, whose files each own a part of it, and
 * to the benchmark of a training step. What is done with it is declared elsewhere:
 *     train_options.h     the options of a run that is new, resumed or forked
 *     train_prepare.h     data, model, sequences and optimiser, once
 *     train.h             the loop; train_update.h an update; train_eval.h evaluations, the end
 *     record.h            run.json; run_folder.h the folder; metrics_file.h metrics.jsonl
 *     events.h            changes during a run, and their replay
 *     checkpoint.h        saving and loading; checkpoint_verify.h which one is used
 *     session_link.h      requests and snapshots: the only part that two threads share
 * Everything else here belongs to the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_STATE_H
#define FT_ENGINE_TRAIN_TRAIN_STATE_H

#include "core/optim.h"
#include "core/optim_rows.h"
#include "core/sched.h"
#include "core/shards.h"
#include "engine/model/model_file.h"
#include "engine/options/options.h"
#include "engine/task/run_data.h"
#include "engine/task/sequences.h"
#include "engine/task/teacher.h"
#include "engine/train/event_list.h"
#include "engine/train/run_segments.h"
#include "engine/train/run_warnings.h"

#include <stdio.h>

/* What a checkpoint holds besides weights and moments. */
struct ft_train_state {
    uint64_t step;                             /* updates done */
    uint64_t micro;                            /* batches done: dropout's key */
    double lr_factor;                          /* what `+` and `-` made of the schedule */
    double log_loss;                           /* sum of the updates' losses since the last line */
    double log_label, log_teacher, log_hidden; /* its parts, of a run with a teacher */
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

/* How long the last updates and the last evaluation took: what the time left is worked out from.
 * Pauses count for nothing. */
enum { FT_PACE_UPDATES = 50 };
struct ft_pace {
    double seconds[FT_PACE_UPDATES]; /* a ring */
    uint64_t updates;                /* of this process */
    double evaluation;               /* 0: none yet */
};

struct ft_train {
    struct ft_session_link *link;
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
    uint64_t until_step; /* where this process ends, as session.h has it */
    double until_share;
    struct ft_baseline_cache *baseline; /* of a sweep; NULL: its own */
    bool replaces;   /* an older run lies in the folder; it goes when this one starts */
    bool made_dir;   /* the folder is new */
    bool follows;    /* this process is not rank 0 (train_ranks.h).. */
    bool ended;      /* ..which has ended */
    bool started;    /* prepared without an error: from here on run.json is this run's */
    char *fork_from; /* a checkpoint's folder, or NULL */
    struct ft_run_segments breaks;
    bool fork_rate; /* the fork was given a learning rate: the checkpoint's factor is not for it */
    struct ft_run_data data;
    struct ft_model_file model;
    struct ft_sequences seq[FT_PART_COUNT];
    struct ft_teacher teacher; /* m.net NULL: none */
    int teacher_cached;        /* of a resumed run: whether its outputs were kept; -1: unknown */
    struct ft_optim optim;
    float *moments[2]; /* of the weights in [shards.begin, shards.end); NULL for sgd */
    float *whole[2];   /* those of all ranks, while a checkpoint is read or written; else NULL */
    struct ft_shards shards; /* the gradients of a step */
    struct ft_optim_rows
        rows;             /* of the word embeddings, where those of a batch are updated alone */
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

#endif
