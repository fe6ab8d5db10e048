/* The metrics of a run, read from metrics.jsonl line by line. The file may grow while it is read
 * (by this process or another): each call reads only what was added. Lines that are not understood
 * are counted and passed over, so a damaged file never stops a screen.
 *
 *     struct ft_run_series s = {0};
 *     if (ft_run_series_follow(&s, "imdb-minilm")) ...     something new
 *     ft_run_series_release(&s);
 *
 * Threads: one series belongs to one thread. */
#ifndef FT_ENGINE_TRAIN_RUN_SERIES_H
#define FT_ENGINE_TRAIN_RUN_SERIES_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum ft_run_ms { FT_RUN_MS_DATA, FT_RUN_MS_FORWARD, FT_RUN_MS_BACKWARD, FT_RUN_MS_OPTIMIZER };

/* A line of the training loop; NaN: the line has no such number. */
struct ft_run_point {
    uint64_t step;
    double epoch, loss, grad_norm, learning_rate, tokens_per_s, ms[4], rss_bytes;
    double loss_label, loss_teacher, loss_hidden; /* parts of the loss, of a run with a teacher */
    double seconds; /* of updates so far: tokens over their speed, without evaluations and pauses */
};
/* A line of an evaluation. */
struct ft_run_eval {
    uint64_t step;
    double epoch, loss, accuracy, f1, seconds;
    double exact, perplexity;           /* questions; language models */
    double cosine;                      /* embeddings, against their teacher's */
    double f1_macro, subset_accuracy;   /* several labels */
    double precision, recall;           /* entities */
    double pearson, spearman, mse, mae; /* regression */
};
/* By the metric's name, with or without eval_; NaN: there is none. */
double ft_run_eval_score(const struct ft_run_eval *e, const char *metric);
/* An option that was changed on the way. */
struct ft_run_event {
    uint64_t step;
    char option[48], value[48];
};

struct ft_run_series {
    struct ft_run_point *points;
    struct ft_run_eval *evals;
    struct ft_run_event *events;
    size_t points_n, points_cap, evals_n, evals_cap, events_n, events_cap;
    uint64_t read_bytes; /* of the file so far, whole lines */
    uint64_t passed_over;
    double tokens, seconds; /* of the points so far */
    double train_runtime_s; /* the end's line; negative: the run has not ended */
    ino_t inode;
    char last[128]; /* the bytes before read_bytes: tells a file that was cut and has grown again */
    size_t last_n;
};
void ft_run_series_release(struct ft_run_series *s); /* empty again */
/* Reads what was added to DIR/metrics.jsonl; a file that was cut or replaced is read anew. true
 * when anything changed. A missing file is an empty series. */
bool ft_run_series_follow(struct ft_run_series *s, const char *dir);

#endif
