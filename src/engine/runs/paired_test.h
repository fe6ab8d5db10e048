/* Whether one of two runs is really better: a paired test on the examples that both were scored on at their end
 * (predictions.jsonl) and whose text is the same in both. An example's number is that of example_score.h.
 * Where an example's one label was corrected between the runs, both are scored against the label of the later
 * one; several labels, tags and answers are each run's own.
 *
 *     struct ft_paired_test t;
 *     const struct ft_paired_run runs[2] = {{"runs/a", a_started}, {"runs/b", b_started}};
 *     if (!ft_paired_test_make(&t, runs, seed, &err) && t.examples) .. t.better ..
 *
 * Tests: sample_stats.h. A run is called better only where the permutation
 * test says so at the level of 0.05. Threads: any. */
#ifndef FT_ENGINE_RUNS_PAIRED_TEST_H
#define FT_ENGINE_RUNS_PAIRED_TEST_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_paired_run {
    const char *path;    /* its folder */
    const char *started; /* UTC, as in run.json: which one is the later */
};

struct ft_paired_test {
    size_t examples;   /* that both have; 0: nothing can be said, and all below is NaN, 0 or "" */
    size_t all[2];     /* that each run was scored on */
    size_t relabelled; /* of the examples: their label is another one in the two runs */
    int labels_of;     /* 0 or 1: the later run, whose labels count */
    const char *what;  /* of example_score.h: "accuracy", "f1", "loss" */
    bool lower;        /* less of it is better */
    char part[24];     /* "test"; of different splits "test, validation" */
    double mean[2];    /* of what, on these examples */
    double difference; /* above 0: the first run is better, also where less is better */
    double low, high;  /* its bootstrap interval */
    double p;          /* permutation test */
    double mcnemar;    /* exact; NaN where an example is not right or wrong */
    uint64_t only[2];  /* examples on which the one run is better than the other */
    int better;        /* 0, 1; -1: the test shows no difference */
};
/* Runs without predictions have no examples. Errors: FT_FORMAT, naming file and line; FT_IO. */
enum ft_status ft_paired_test_make(struct ft_paired_test *t, const struct ft_paired_run runs[2],
                                   uint64_t seed, struct ft_err *err);
/* "run-b is better (p 0.013): accuracy 0.914 against 0.879 on 58 examples" and what labels were used; ""
 * without examples. */
void ft_paired_test_text(const struct ft_paired_test *t, const char *a, const char *b,
                         struct ft_str *out);
/* As an object; null without examples. */
void ft_paired_test_json(const struct ft_paired_test *t, struct ft_str *out);

#endif
