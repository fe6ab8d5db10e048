/* Paired tests of members of a sweep: see sweep_compare.h. */
#include "engine/runs/sweep_compare.h"

#include "engine/runs/example_score.h"
#include "engine/runs/sample_stats.h"
#include "util/fs.h"
#include "util/json_lines.h"
#include "util/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the examples of a member ---- */

struct reading {
    struct ft_sweep_outcomes *o;
    const char *path;
    size_t repeat;
    bool by_loss; /* members are compared by it */
};

static enum ft_status take_line(void *arg, const cJSON *tree, size_t line, struct ft_err *err)
{
    struct reading *r = arg;
    struct ft_sweep_outcomes *o = r->o;
    if (!tree) return err->code;
    const cJSON *part = ft_json_get(tree, "part");
    struct ft_example_score score;
    bool scored = ft_example_score_read(&score, tree, r->by_loss);
    size_t row = ft_json_count(tree, "row");
    if (!row) return ft_fail(err, FT_FORMAT, "%s, line %zu: has no row", r->path, line);
    if (!scored) return FT_OK;
    if (o->what && strcmp(o->what, score.what) != 0)
        return ft_fail(err, FT_FORMAT, "%s, line %zu: is of another task", r->path, line);
    o->what = score.what;
    o->lower = score.lower;
    o->binary = score.binary;
    if (cJSON_IsString(part)) snprintf(o->part, sizeof o->part, "%s", part->valuestring);
    ft_grow(&o->items, &o->cap, o->n + 1, sizeof *o->items);
    o->items[o->n++] = (struct ft_sweep_outcome){row, r->repeat, score.value};
    return FT_OK;
}

static int by_row(const void *pa, const void *pb)
{
    const struct ft_sweep_outcome *a = pa, *b = pb;
    if (a->row != b->row) return a->row < b->row ? -1 : 1;
    return a->repeat < b->repeat ? -1 : a->repeat > b->repeat;
}

enum ft_status ft_sweep_outcomes_read(struct ft_sweep_outcomes *o, const struct ft_sweep *s,
                                      size_t member, struct ft_err *err)
{
    const struct ft_sweep_member *m = &s->members[member];
    enum ft_status st = FT_OK;
    *o = (struct ft_sweep_outcomes){0};
    for (size_t i = 0; i < s->repeats && !st; i++) {
        char *path = ft_path_join(m->runs[i].path, "predictions.jsonl");
        struct reading r = {o, path, i, !strcmp(s->metric, "loss")};
        if (m->runs[i].state == FT_SWEEP_DONE && ft_path_is_file(path))
            st = ft_json_lines(path, take_line, &r, err);
        free(path);
    }
    if (st) {
        ft_sweep_outcomes_release(o);
        return st;
    }
    if (o->n) qsort(o->items, o->n, sizeof *o->items, by_row);
    return FT_OK;
}

void ft_sweep_outcomes_release(struct ft_sweep_outcomes *o)
{
    free(o->items);
    *o = (struct ft_sweep_outcomes){0};
}

/* The mean of each row, into x (o->n); returns how many rows there are. */
static size_t row_means(const struct ft_sweep_outcomes *o, double *x)
{
    size_t rows = 0;
    for (size_t i = 0, j; i < o->n; i = j) {
        double sum = 0;
        for (j = i; j < o->n && o->items[j].row == o->items[i].row; j++)
            sum += o->items[j].value;
        x[rows++] = sum / (double)(j - i);
    }
    return rows;
}

bool ft_sweep_outcomes_mean(const struct ft_sweep_outcomes *o, uint64_t seed, double *mean,
                            double *low, double *high)
{
    double *x = ft_xcalloc(o->n + 1, sizeof *x);
    size_t rows = row_means(o, x);
    if (rows) {
        *mean = ft_sample_mean(x, rows);
        ft_sample_bootstrap(x, rows, seed, low, high);
    }
    free(x);
    return rows > 0;
}

/* ---- two members ---- */

/* The differences of the rows that both have, of the runs that both have, into d (a->n). */
static size_t differences(const struct ft_sweep_outcomes *a, const struct ft_sweep_outcomes *b,
                          double *d)
{
    size_t rows = 0, times = 0, row = 0, j = 0;
    double sum = 0;
    for (size_t i = 0; i < a->n; i++) {
        const struct ft_sweep_outcome *x = &a->items[i];
        while (j < b->n && by_row(&b->items[j], x) < 0)
            j++;
        if (j == b->n || by_row(&b->items[j], x)) continue;
        if (times && x->row != row) {
            d[rows++] = sum / (double)times;
            sum = 0;
            times = 0;
        }
        row = x->row;
        sum += a->lower ? b->items[j].value - x->value : x->value - b->items[j].value;
        times++;
    }
    if (times) d[rows++] = sum / (double)times;
    return rows;
}

void ft_sweep_compare(const struct ft_sweep_outcomes *a, const struct ft_sweep_outcomes *b,
                      uint64_t seed, struct ft_sweep_test *t)
{
    *t = (struct ft_sweep_test){0};
    t->difference = t->low = t->high = t->p = t->mcnemar = (double)NAN;
    if (!a->what || !b->what || strcmp(a->what, b->what) != 0) return;
    double *d = ft_xcalloc(a->n + 1, sizeof *d);
    t->rows = differences(a, b, d);
    for (size_t i = 0; i < t->rows; i++) {
        t->b += d[i] > 0;
        t->c += d[i] < 0;
    }
    if (t->rows) {
        t->difference = ft_sample_mean(d, t->rows);
        ft_sample_bootstrap(d, t->rows, seed, &t->low, &t->high);
        t->p = ft_sample_permutation(d, t->rows, seed);
        if (a->binary) t->mcnemar = ft_sample_mcnemar(t->b, t->c);
    }
    free(d);
}

/* ---- all against the best ---- */

static void judge(struct ft_sweep_verdicts *v, const struct ft_sweep *s,
                  const struct ft_sweep_outcomes *best, uint64_t seed)
{
    double *p = ft_xcalloc(s->n + 1, sizeof *p);
    for (size_t i = 0; i < s->n; i++) {
        struct ft_sweep_verdict *x = &v->items[i];
        struct ft_sweep_outcomes o;
        p[i] = (double)NAN;
        if (ft_sweep_outcomes_read(&o, s, i, NULL)) continue;
        x->scored = ft_sweep_outcomes_mean(&o, seed, &x->mean, &x->low, &x->high);
        if (i != v->best) ft_sweep_compare(best, &o, seed, &x->test);
        x->tested = i != v->best && x->test.rows;
        if (x->tested) {
            p[i] = x->test.p;
            v->comparisons++;
        }
        ft_sweep_outcomes_release(&o);
    }
    ft_sample_holm(p, s->n);
    for (size_t i = 0; i < s->n; i++) {
        struct ft_sweep_verdict *x = &v->items[i];
        x->p = p[i];
        x->worse = x->tested && p[i] < FT_SWEEP_LEVEL_PERCENT / 100.0 && x->test.difference > 0;
    }
    free(p);
}

void ft_sweep_verdicts_make(struct ft_sweep_verdicts *v, const struct ft_sweep *s)
{
    struct ft_sweep_outcomes best = {0};
    uint64_t seed = (uint64_t)ft_options_int(&s->o, FT_OPT_seed);
    *v = (struct ft_sweep_verdicts){.items = ft_xcalloc(s->n + 1, sizeof *v->items),
                                    .best = ft_sweep_best(s)};
    if (v->best == s->n) return;
    if (ft_sweep_outcomes_read(&best, s, v->best, NULL)) return;
    v->what = best.what;
    v->lower = best.lower;
    v->binary = best.binary;
    for (size_t i = 0; i < best.n; i++)
        v->rows += !i || best.items[i].row != best.items[i - 1].row;
    memcpy(v->part, best.part, sizeof v->part);
    judge(v, s, &best, seed);
    ft_sweep_outcomes_release(&best);
}

void ft_sweep_verdicts_release(struct ft_sweep_verdicts *v)
{
    free(v->items);
    *v = (struct ft_sweep_verdicts){0};
}
