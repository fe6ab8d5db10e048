/* Labels that are probably wrong, found by confident learning (Northcutt, Jiang and Chuang 2021) with
 * the rules and defaults of cleanlab's find_label_issues: pruning by noise rate, the worst first by
 * normalised margin; every sort is stable, and sums are added up as numpy does, so that both find the
 * same rows.
 *
 *     struct ft_label_issues found = {0};
 *     st = ft_label_issues_find(&found, p, given, n, k, &err);
 *     .. found.items[0 .. found.n) ..
 *     ft_label_issues_release(&found);
 *
 * The probabilities must come from a model that was not trained on the row. Threads: any. */
#ifndef FT_ENGINE_RUNS_LABEL_ISSUES_H
#define FT_ENGINE_RUNS_LABEL_ISSUES_H

#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_label_issue {
    size_t row;        /* of the matrix, from 0 */
    int32_t suggested; /* the label with the largest probability; never the given one */
    double margin;     /* (p of the given label - largest other p + 1) / 2, in 0..1; 0 is worst */
};
struct ft_label_issues {
    struct ft_label_issue *items;
    size_t n;
};

/* p(n, k) row-major, each in 0..1; given(n) in [0, k). Errors: FT_FORMAT, naming the row from 1: a
 * probability outside 0..1 or a label outside the columns; fewer than two columns. Where all rows have the
 * same label nothing is found. */
enum ft_status ft_label_issues_find(struct ft_label_issues *found, const double *p,
                                    const int32_t *given, size_t n, size_t k, struct ft_err *err);
void ft_label_issues_release(struct ft_label_issues *found);

#endif
