/* A classifier over many sequences: see classify.h. Batches are made of sequences of like length;
 * each result depends on its own sequence only, so the order of work does not show. */
#include "engine/task/classify.h"

#include "core/pool.h"
#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ft_classified_release(struct ft_classified *c)
{
    free(c->logits);
    free(c->losses);
    free(c->predicted);
    free(c->confusion);
    memset(c, 0, sizeof *c);
}

void ft_probabilities(const float *logits, size_t labels, double *out)
{
    double top = (double)logits[0], sum = 0;
    for (size_t i = 1; i < labels; i++)
        top = fmax(top, (double)logits[i]);
    for (size_t i = 0; i < labels; i++)
        sum += out[i] = exp((double)logits[i] - top);
    for (size_t i = 0; i < labels; i++)
        out[i] /= sum;
}

struct item {
    size_t index, len;
};

static int longest_first(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    if (x->len != y->len) return x->len < y->len ? 1 : -1;
    return x->index < y->index ? -1 : 1;
}

/* What one sequence's logits say. */
static void settle(struct ft_classified *c, size_t i, int32_t label, double *sum, size_t *n)
{
    size_t best = 0;
    const float *z = c->logits + i * c->labels;
    for (size_t k = 1; k < c->labels; k++) {
        if (z[k] > z[best]) best = k;
    }
    c->predicted[i] = (int32_t)best;
    c->losses[i] = NAN;
    if (label < 0) return;
    assert((size_t)label < c->labels);
    double top = (double)z[best], lse = 0;
    for (size_t k = 0; k < c->labels; k++)
        lse += exp((double)z[k] - top);
    double loss = log(lse) + top - (double)z[label];
    c->losses[i] = (float)loss;
    *sum += loss;
    ++*n;
    c->confusion[(size_t)label * c->labels + best]++;
}

enum ft_status ft_classify(struct ft_classified *c, const struct ft_net *net,
                           const struct ft_sequences *s, size_t batch, struct ft_job *w,
                           struct ft_err *err)
{
    memset(c, 0, sizeof *c);
    c->n = s->n;
    c->labels = net->cfg.labels;
    c->logits = ft_xcalloc(s->n * c->labels, sizeof *c->logits);
    c->losses = ft_xcalloc(s->n, sizeof *c->losses);
    c->predicted = ft_xcalloc(s->n, sizeof *c->predicted);
    c->confusion = ft_xcalloc(c->labels * c->labels, sizeof *c->confusion);
    if (!s->n) return FT_OK;
    struct item *items = ft_xmalloc(s->n * sizeof *items);
    for (size_t i = 0; i < s->n; i++)
        items[i] = (struct item){i, ft_sequences_len(s, i)};
    qsort(items, s->n, sizeof *items, longest_first);
    struct ft_ws_opt opt = ft_sequences_ws(s, batch, false);
    size_t *pick = ft_xmalloc(opt.B * sizeof *pick), done = 0, with_label = 0;
    double sum = 0;
    struct ft_batch b;
    ft_batch_init(&b, opt.N, opt.B);
    struct ft_ws *ws = NULL;
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    while (!st && done < s->n) {
        size_t n = s->n - done < batch ? s->n - done : batch;
        for (size_t i = 0; i < n; i++)
            pick[i] = items[done + i].index;
        ft_batch_fill(&b, s, pick, n);
        ft_pool_take();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        ft_pool_give();
        if (st) break;
        const float *logits = ft_ws_logits(ws);
        for (size_t i = 0; i < n; i++)
            memcpy(c->logits + pick[i] * c->labels, logits + i * c->labels,
                   c->labels * sizeof *logits);
        done += n;
        ft_job_report(w, (double)done, (double)s->n, "texts");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    for (size_t i = 0; i < s->n && !st; i++)
        settle(c, i, s->labels[i], &sum, &with_label);
    c->loss = with_label ? sum / (double)with_label : NAN;
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(pick);
    free(items);
    if (st) ft_classified_release(c);
    return st;
}
