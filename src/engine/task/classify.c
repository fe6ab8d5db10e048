/* A classifier over many sequences: see classify.h. Batches are made of sequences of like length;
 * each result depends on its own sequence only, so the order of work does not show. */
#include "engine/task/classify.h"

#include "core/pool.h"
#include "engine/task/share.h"
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

enum ft_status ft_classify_logits(float **out, const struct ft_net *net,
                                  const struct ft_sequences *s, size_t batch, struct ft_job *w,
                                  struct ft_err *err)
{
    size_t K = net->cfg.labels;
    float *all = *out = ft_xcalloc(s->n * K + 1, sizeof *all);
    if (!s->n) return FT_OK;
    struct ft_ws_opt opt = ft_sequences_packed_ws(s, batch);
    size_t *order = ft_xmalloc(s->n * sizeof *order), done = 0;
    ft_order_longest(s, order);
    struct ft_batch b;
    ft_batch_init(&b, opt.N, opt.B);
    struct ft_ws *ws = NULL;
    struct ft_share share;
    ft_share_init(&share, s->n);
    enum ft_status st = ft_ws_new(&ws, net, &opt, err);
    while (!st && done < s->n) {
        const size_t *pick = order + done;
        size_t n = ft_sequences_fit(s, pick, s->n - done, &opt);
        done += n;
        if (!ft_share_takes(&share, pick, n)) continue;
        ft_batch_fill(&b, s, pick, n);
        ft_pool_take();
        st = ft_net_forward(net, ws, &b.net, NULL, err);
        ft_pool_give();
        if (st) break;
        const float *logits = ft_ws_logits(ws);
        for (size_t i = 0; i < n; i++)
            memcpy(all + pick[i] * K, logits + i * K, K * sizeof *logits);
        ft_job_report(w, (double)done, (double)s->n, "texts");
        if (ft_job_cancelled(w)) st = ft_fail(err, FT_CANCELLED, "cancelled");
    }
    st = ft_share_rows(&share, all, K * sizeof *all, NULL, st, err);
    ft_share_release(&share);
    ft_ws_free(ws);
    ft_batch_release(&b);
    free(order);
    if (!st) return FT_OK;
    free(all);
    *out = NULL;
    return st;
}

enum ft_status ft_classify(struct ft_classified *c, const struct ft_net *net,
                           const struct ft_sequences *s, size_t batch, struct ft_job *w,
                           struct ft_err *err)
{
    double sum = 0;
    size_t with_label = 0;
    memset(c, 0, sizeof *c);
    enum ft_status st = ft_classify_logits(&c->logits, net, s, batch, w, err);
    if (st) return st;
    c->n = s->n;
    c->labels = net->cfg.labels;
    c->losses = ft_xcalloc(s->n, sizeof *c->losses);
    c->predicted = ft_xcalloc(s->n, sizeof *c->predicted);
    c->confusion = ft_xcalloc(c->labels * c->labels, sizeof *c->confusion);
    for (size_t i = 0; i < s->n; i++)
        settle(c, i, s->labels[i], &sum, &with_label);
    c->loss = with_label ? sum / (double)with_label : NAN;
    return FT_OK;
}
