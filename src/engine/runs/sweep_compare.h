/* Whether the difference of two members of a sweep is real: a paired test on the examples that both
 * were scored on at their end (predictions.jsonl: the test split, else the validation split; with folds,
 * every row). An example counts once: where it was scored by several runs of a member (seeds, folds), its
 * numbers are averaged first, so that repeats do not pass for more examples. Its number: example_score.h,
 * whether a label, a set of labels or a sentence's entities are right, the squared error of a number, the
 * F1 of an answer, else the loss.
 *
 *     struct ft_sweep_outcomes a = {0}, b = {0};
 *     if (!ft_sweep_outcomes_read(&a, &sweep, 0, &err) && ..) ft_sweep_compare(&a, &b, seed, &c);
 *     ft_sweep_outcomes_release(&a);
 *
 * Tests: sample_stats.h. "Better" is said of the best member only where the permutation test says so at
 * the level of 0.05 after Holm's correction for all comparisons with it. Threads: any. */
#ifndef FT_ENGINE_RUNS_SWEEP_COMPARE_H
#define FT_ENGINE_RUNS_SWEEP_COMPARE_H

#include "engine/runs/sweep.h"

struct ft_sweep_outcome {
    size_t row, repeat;
    double value;
};
struct ft_sweep_outcomes {
    struct ft_sweep_outcome *items; /* by row, then by repeat */
    size_t n, cap;
    const char *what; /* of example_score.h: "accuracy", "loss"; NULL: none */
    bool lower;       /* less of it is better */
    bool binary;      /* an example is right or wrong */
    char part[16];    /* "test" */
};
/* Of the runs that are done. n 0: there are none. Errors: FT_FORMAT, naming file and line. */
enum ft_status ft_sweep_outcomes_read(struct ft_sweep_outcomes *o, const struct ft_sweep *s,
                                      size_t member, struct ft_err *err);
void ft_sweep_outcomes_release(struct ft_sweep_outcomes *o);
/* The mean over the rows and its bootstrap interval; false: there are no rows. */
bool ft_sweep_outcomes_mean(const struct ft_sweep_outcomes *o, uint64_t seed, double *mean,
                            double *low, double *high);

struct ft_sweep_test {
    size_t rows;       /* that both have; 0: nothing can be said, and all else is NaN or 0 */
    double difference; /* mean of a - b; above 0: a is better, also where less is better */
    double low, high;  /* its bootstrap interval */
    double p;          /* permutation test */
    uint64_t b, c;     /* rows on which a, or the other, is better */
    double
        mcnemar; /* of b and c: McNemar's exact test, where each row is right or wrong; else NaN */
};
void ft_sweep_compare(const struct ft_sweep_outcomes *a, const struct ft_sweep_outcomes *b,
                      uint64_t seed, struct ft_sweep_test *t);

/* All members against the best one. */
struct ft_sweep_verdict {
    bool scored;               /* mean, low and high are there */
    double mean, low, high;    /* of its examples */
    bool tested;               /* against the best */
    struct ft_sweep_test test; /* a: the best, b: this one; p as it is */
    double p;                  /* adjusted */
    bool worse;                /* p < 0.05, and the best one has the better mean */
};
struct ft_sweep_verdicts {
    struct ft_sweep_verdict *items; /* (s->n) */
    size_t best, comparisons;       /* best: s->n: there is none */
    const char *what;               /* NULL: there are no examples */
    bool lower, binary;
    char part[16];
    size_t rows; /* of the best one */
};
enum { FT_SWEEP_LEVEL_PERCENT = 5 };
/* Members whose files cannot be read are left out. */
void ft_sweep_verdicts_make(struct ft_sweep_verdicts *v, const struct ft_sweep *s);
void ft_sweep_verdicts_release(struct ft_sweep_verdicts *v);

#endif
