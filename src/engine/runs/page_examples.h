/* The examples of a page, from predictions.jsonl: the worst ones, and intervals of the scores. Each task
 * writes lines of its own; what a line does not have is left empty. Threads: the caller's. */
#ifndef FT_ENGINE_RUNS_PAGE_EXAMPLES_H
#define FT_ENGINE_RUNS_PAGE_EXAMPLES_H

#include "util/err.h"
#include "util/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum { FT_PAGE_EXAMPLES = 20 };
struct ft_page_example {
    size_t row;
    char *text, *gold, *predicted; /* one line each, cut where they are long */
    double loss;
};
/* A number of each example whose mean is a score; of entities two of them, and the score is the sum of the
 * first over that of the second. */
struct ft_page_values {
    const char *metric;
    double (*items)[2]; /* (n) */
    size_t n, cap;
};
struct ft_page_examples {
    struct ft_page_example
        items[FT_PAGE_EXAMPLES]; /* the largest loss first; right ones are left out */
    size_t n;
    struct ft_page_values values[4];
    struct ft_arena arena;
};
/* Lines that are not understood are passed over. */
enum ft_status ft_page_examples_read(struct ft_page_examples *x, const char *path,
                                     struct ft_err *err);
void ft_page_examples_release(struct ft_page_examples *x);

struct ft_page_interval {
    double low, high;
};
/* The 2.5th and 97.5th percentile of the metric over 1,000 bootstrap samples; the examples' numbers
 * times `scale` give the metric. false: the mean of the numbers is not `value`, so that there is no
 * interval of it. */
bool ft_page_interval(const struct ft_page_examples *x, const char *metric, double value,
                      double scale, struct ft_page_interval *i);

#endif
