/* Confident learning: see label_issues.h. The steps, over n rows and k labels: a threshold for each
 * label, the rows that are confidently of a label (the confident joint), that matrix scaled to the
 * labels' counts, and from it how many rows of each label are to be flagged. */
#include "engine/runs/label_issues.h"

#include "util/mem.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* cleanlab's: comparisons, the least threshold, and the least divisor. */
#define SLACK         1e-6
#define THRESHOLD_MIN 2e-6
#define TINY          1e-100

struct rows {
    const double *p;
    const int32_t *given;
    size_t n, k;
};

static double at(const struct rows *r, size_t row, size_t label)
{
    return r->p[row * r->k + label];
}

/* A sum in numpy's order (pairwise, eight partial sums in blocks of 128): counts are rounded afterwards,
 * where the last bit can decide. */
static double sum(const double *x, size_t n)
{
    double total = 0, part[8];
    if (n > 128) {
        size_t half = n / 2 - n / 2 % 8;
        return sum(x, half) + sum(x + half, n - half);
    }
    if (n < 8) {
        for (size_t i = 0; i < n; i++)
            total += x[i];
        return total;
    }
    size_t i = 8;
    memcpy(part, x, sizeof part);
    for (; i + 8 <= n; i += 8)
        for (size_t j = 0; j < 8; j++)
            part[j] += x[i + j];
    total =
        ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
    for (; i < n; i++)
        total += x[i];
    return total;
}

/* ---- sorting ---- */

struct keyed {
    double key;
    size_t i;
};

static int by_key(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    if (a->key < b->key || a->key > b->key) return a->key < b->key ? -1 : 1;
    return a->i < b->i ? -1 : a->i > b->i;
}

/* ---- the confident joint ---- */

/* threshold[label]: the mean probability of the label over the rows that have it; no probability
 * reaches that of a label without rows. */
static void thresholds(const struct rows *r, const size_t *counts, double *threshold)
{
    double *mine = ft_xcalloc(r->n + 1, sizeof *mine);
    for (size_t c = 0; c < r->k; c++) {
        size_t m = 0;
        for (size_t i = 0; i < r->n; i++)
            if ((size_t)r->given[i] == c) mine[m++] = at(r, i, c);
        threshold[c] = counts[c] ? sum(mine, m) / (double)m : 2;
        if (threshold[c] < THRESHOLD_MIN) threshold[c] = THRESHOLD_MIN;
    }
    free(mine);
}

/* joint[given * k + confident label]: rows; at least 1 on the diagonal. */
static void confident_joint(const struct rows *r, const double *threshold, double *joint)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t confident = 0, first = 0, best = 0;
        for (size_t c = r->k; c-- > 0;) {
            if (at(r, i, c) >= at(r, i, best)) best = c; /* of equal ones the first */
            if (at(r, i, c) < threshold[c] - SLACK) continue;
            confident++;
            first = c;
        }
        if (confident) joint[(size_t)r->given[i] * r->k + (confident > 1 ? best : first)]++;
    }
    for (size_t c = 0; c < r->k; c++)
        if (joint[c * r->k + c] < 1) joint[c * r->k + c] = 1;
}

/* Rounds a row to whole numbers with the rounded sum of the row: those nearest to the next number are
 * moved. */
static void round_row(double *x, size_t k, double *whole, struct keyed *order)
{
    for (size_t c = 0; c < k; c++)
        whole[c] = rint(x[c]);
    double want = rint(sum(x, k)), have = rint(sum(whole, k));
    while (fabs(have - want) > SLACK) {
        double diff = rint(want - have);
        size_t changes = fabs(diff) < (double)k ? (size_t)fabs(diff) : k;
        for (size_t c = 0; c < k; c++)
            order[c] = (struct keyed){x[c] - whole[c], c};
        qsort(order, k, sizeof *order, by_key);
        for (size_t j = 0; j < changes; j++)
            whole[order[diff < 0 ? j : k - 1 - j].i] += diff < 0 ? -1 : 1;
        have = rint(sum(whole, k));
    }
    memcpy(x, whole, k * sizeof *x);
}

/* Scales each row of the joint to its label's count, then the whole to the number of rows. */
static void calibrate(const struct rows *r, const size_t *counts, double *joint)
{
    size_t k = r->k;
    double *columns =
        ft_xcalloc(k * k, sizeof *columns); /* one after the other, as numpy adds them */
    double *whole = ft_xcalloc(k, sizeof *whole);
    struct keyed *order = ft_xcalloc(k, sizeof *order);
    for (size_t s = 0; s < k; s++) {
        double total = sum(joint + s * k, k);
        for (size_t y = 0; y < k; y++)
            columns[y * k + s] = joint[s * k + y] / fmax(total, TINY) * (double)counts[s];
    }
    double all = fmax(sum(columns, k * k), TINY);
    for (size_t s = 0; s < k; s++) {
        for (size_t y = 0; y < k; y++)
            joint[s * k + y] = columns[y * k + s] / all * (double)r->n;
        round_row(joint + s * k, k, whole, order);
    }
    free(columns);
    free(whole);
    free(order);
}

/* prune[given * k + label]: rows with the given label that are to be flagged as the other one. A
 * label keeps at least one row: where the diagonal is raised to that, the others become less. */
static void prune_counts(const double *joint, size_t k, size_t *prune)
{
    for (size_t s = 0; s < k; s++) {
        const double *row = joint + s * k;
        size_t others = 0;
        for (size_t y = 0; y < k; y++)
            others += row[y] != 0;
        double raised = row[s] < 1 ? 1 - row[s] : 0, share = others > 1 ? (double)others - 1 : 1;
        for (size_t y = 0; y < k; y++) {
            double left = row[y] - raised / share;
            prune[s * k + y] = left > 0 && y != s ? (size_t)left : 0;
        }
    }
}

/* ---- the rows ---- */

/* Of the rows with a given label, those whose probability of another exceeds it most. */
static void flag(const struct rows *r, const size_t *counts, const size_t *prune, bool *flagged)
{
    struct keyed *order = ft_xcalloc(r->n + 1, sizeof *order);
    for (size_t s = 0; s < r->k; s++) {
        if (counts[s] <= 1) continue; /* its only row stays */
        for (size_t y = 0; y < r->k; y++) {
            size_t m = 0, most = prune[s * r->k + y];
            if (!most) continue;
            for (size_t i = 0; i < r->n; i++)
                if ((size_t)r->given[i] == s)
                    order[m++] = (struct keyed){-(at(r, i, y) - at(r, i, s)), i};
            qsort(order, m, sizeof *order, by_key);
            for (size_t j = 0; j < m && j < most; j++)
                flagged[order[j].i] = true;
        }
    }
    free(order);
}

/* The label with the largest probability, the given one favoured by the slack. */
static size_t likeliest(const struct rows *r, size_t row)
{
    size_t best = 0, given = (size_t)r->given[row];
    double most = -1;
    for (size_t c = 0; c < r->k; c++) {
        double p = at(r, row, c) + (c == given ? SLACK : 0);
        if (p > most) best = c, most = p;
    }
    return best;
}

static double margin(const struct rows *r, size_t row)
{
    size_t given = (size_t)r->given[row];
    double other = -1;
    for (size_t c = 0; c < r->k; c++)
        if (c != given && at(r, row, c) > other) other = at(r, row, c);
    return (at(r, row, given) - other + 1) / 2;
}

static void list(const struct rows *r, const bool *flagged, struct ft_label_issues *found)
{
    size_t n = 0;
    struct keyed *order = ft_xcalloc(r->n + 1, sizeof *order);
    for (size_t i = 0; i < r->n; i++)
        if (flagged[i] && likeliest(r, i) != (size_t)r->given[i])
            order[n++] = (struct keyed){margin(r, i), i};
    qsort(order, n, sizeof *order, by_key);
    found->items = ft_xcalloc(n + 1, sizeof *found->items);
    found->n = n;
    for (size_t j = 0; j < n; j++)
        found->items[j] =
            (struct ft_label_issue){order[j].i, (int32_t)likeliest(r, order[j].i), order[j].key};
    free(order);
}

static enum ft_status check(const struct rows *r, size_t *counts, struct ft_err *err)
{
    if (r->k < 2) return ft_fail(err, FT_FORMAT, "one label only; at least two are needed");
    for (size_t i = 0; i < r->n; i++) {
        if (r->given[i] < 0 || (size_t)r->given[i] >= r->k)
            return ft_fail(err, FT_FORMAT, "row %zu: its label has no column of probabilities",
                           i + 1);
        for (size_t c = 0; c < r->k; c++)
            if (!(at(r, i, c) >= -SLACK && at(r, i, c) <= 1 + SLACK))
                return ft_fail(err, FT_FORMAT,
                               "row %zu: probability %g, expected a number from 0 to 1", i + 1,
                               at(r, i, c));
        counts[r->given[i]]++;
    }
    return FT_OK;
}

enum ft_status ft_label_issues_find(struct ft_label_issues *found, const double *p,
                                    const int32_t *given, size_t n, size_t k, struct ft_err *err)
{
    struct rows r = {p, given, n, k};
    *found = (struct ft_label_issues){0};
    size_t *counts = ft_xcalloc(k + 1, sizeof *counts);
    enum ft_status st = check(&r, counts, err);
    if (!st) {
        double *threshold = ft_xcalloc(k, sizeof *threshold),
               *joint = ft_xcalloc(k * k, sizeof *joint);
        size_t *prune = ft_xcalloc(k * k, sizeof *prune);
        bool *flagged = ft_xcalloc(n, sizeof *flagged);
        thresholds(&r, counts, threshold);
        confident_joint(&r, threshold, joint);
        calibrate(&r, counts, joint);
        prune_counts(joint, k, prune);
        flag(&r, counts, prune, flagged);
        list(&r, flagged, found);
        free(threshold);
        free(joint);
        free(prune);
        free(flagged);
    }
    free(counts);
    return st;
}

void ft_label_issues_release(struct ft_label_issues *found)
{
    free(found->items);
    *found = (struct ft_label_issues){0};
}
