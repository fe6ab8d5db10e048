/* Benchmarks of this machine with a given model, batch and length, for `fettle bench`. Everything
 * is measured in rounds after two that warm up; a number is the median of its rounds. The step is
 * a run's own (train_update.c), on random tokens.
 *
 *     struct ft_bench b = {0};
 *     st = ft_bench_run(&b, &options, &opt, &err);
 *     if (!st) ft_bench_text(&b, &out);           or ft_bench_json
 *     ft_bench_release(&b);
 *
 * Threads: runs on the caller's, which computes. */
#ifndef FT_ENGINE_TOOLS_BENCH_H
#define FT_ENGINE_TOOLS_BENCH_H

#include "engine/options/options.h"
#include "engine/options/job.h"
#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

/* X(id, word, help) */
#define FT_BENCH_LIST(X)                                                                           \
    X(STEP, step, "a training step, its phases, and its matrix products alone")                    \
    X(LOAD, load, "loading a model")                                                               \
    X(PREDICT, predict,                                                                            \
      "a prediction for a short text; forward passes of 12 and 128 tokens in each precision")      \
    X(THROUGHPUT, throughput, "a full batch of an evaluation in each precision")                   \
    X(GENERATE, generate, "text generation with the key/value cache")                              \
    X(TOKENS, tokens, "tokenizing with one thread, and training a vocabulary")                     \
    X(READ, read, "reading a data file with one thread")                                           \
    X(QA, qa, "tokenizing questions and contexts with one thread")                                 \
    X(SCALE, scale,                                                                                \
      "a training step with one thread and with all, with half the tokens, with half the layers; " \
      "only when it is named")                                                                     \
    X(NETWORK, network,                                                                            \
      "a training step by 2, 4, 8 and 16 processes over 1, 10 and 25 Gbit/s, from measured times " \
      "and bytes; only when it is named")
enum ft_bench_what {
#define X(id, name, help) FT_BENCH_##id,
    FT_BENCH_LIST(X)
#undef X
        FT_BENCH_COUNT
};
const char *ft_bench_name(enum ft_bench_what what);
const char *ft_bench_help(enum ft_bench_what what);
int ft_bench_parse(const char *name); /* -1: none of them */

enum { FT_BENCH_ROUNDS_MAX = 1000, FT_BENCH_MEGABYTES_MAX = 4096 };

struct ft_bench_opt {
    bool what[FT_BENCH_COUNT]; /* none: all that suit the model */
    size_t rounds;             /* 1 to FT_BENCH_ROUNDS_MAX */
    size_t megabytes;          /* of made text, where --data names no file */
    /* of STEP */
    bool brief;          /* without its matrix products alone */
    size_t length;       /* tokens of each sequence; 0: the most that a run has */
    double seconds;      /* no further round after so many, but one; 0: no limit */
    struct ft_job *work; /* may cancel it between two rounds; NULL: nobody does */
};

struct ft_bench_fact {
    const char *group, *key, *label, *unit; /* unit "" for a plain number, "%" for a share of 1 */
    char *text;                             /* NULL: a number */
    double value, low, high;                /* median and range; low NaN: no rounds */
};
struct ft_bench {
    struct ft_bench_fact *facts;
    size_t n, cap;
};

/* The value of a fact and its range; false: there is none. low and high may be NULL. */
bool ft_bench_fact(const struct ft_bench *b, const char *group, const char *key, double *value,
                   double *low, double *high);

/* `o`: model (none: the one that ships), data, per_device_train_batch_size, max_seq_length,
 * task, threads and all that a training step depends on. Errors: FT_USAGE for what the model cannot
 * do when it was asked for by name, FT_NOMEM with the numbers, those of the files. */
enum ft_status ft_bench_run(struct ft_bench *b, const struct ft_options *o,
                            const struct ft_bench_opt *opt, struct ft_err *err);
void ft_bench_release(struct ft_bench *b);

/* A table for a person; one JSON object with a newline, an object for each group, medians beside
 * KEY_range of [lowest, highest]. */
void ft_bench_text(const struct ft_bench *b, struct ft_str *out);
void ft_bench_json(const struct ft_bench *b, struct ft_str *out);

#endif
