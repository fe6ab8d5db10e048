/* Losses over rows of logits: see op_loss.h. A row is read twice (its largest, its sum of
 * exponentials); rows go to threads in pieces, whose sums are in double and added in order. */
#include "core/op_loss.h"

#include <assert.h>
#include <math.h>
#include "core/pool.h"
#include "core/vec.h"

enum { GRAIN = 4, FEW_COLUMNS = 64 };

struct loss_job {
    const struct ft_xent *x;
    const float *logits;
    const int32_t *targets;
    float *out, *losses;
    size_t V;
    double scale;
};

static float largest(const float *s, size_t V, size_t stride)
{
    float best = -INFINITY;
    size_t c = 0;
    if (stride == 1) {
        vf top = vf_set(-INFINITY);
        for (; c + VW <= V; c += VW)
            top = vf_max(top, vf_load(s + c));
        best = vf_max_of(top);
    }
    for (; c < V; c++)
        best = s[c * stride] > best ? s[c * stride] : best;
    return best;
}

/* Sum of exp(s - top); partial sums go to double every 16 vectors. */
static double exp_sum(const float *s, size_t V, float top)
{
    double sum = 0.0;
    size_t c = 0;
    while (c + VW <= V) {
        size_t stop = V - c > 16 * VW ? c + 16 * VW : V;
        vf e = vf_set(0.0f);
        for (; c + VW <= stop; c += VW)
            e += vf_exp(vf_load(s + c) - top);
        sum += vf_sum(e);
    }
    for (; c < V; c++)
        sum += exp((double)(s[c] - top));
    return sum;
}

static double log_sum_exp(const float *s, size_t V)
{
    float top = largest(s, V, 1);
    if (V > FEW_COLUMNS) return (double)top + log(exp_sum(s, V, top));
    double sum = 0;
    for (size_t c = 0; c < V; c++)
        sum += exp((double)s[c] - (double)top);
    return (double)top + log(sum);
}

static double weight_of(const struct ft_xent *x, int32_t target)
{
    if (target == FT_TARGET_IGNORE) return 0.0;
    assert(target >= 0 && (size_t)target < x->V);
    return x->class_weight ? (double)x->class_weight[target] : 1.0;
}

double op_xent_weight(const struct ft_xent *x, const int32_t *targets, size_t N)
{
    double sum = 0.0;
    for (size_t r = 0; r < N; r++)
        sum += weight_of(x, targets[r]);
    return sum;
}

/* Sums over the classes of w and of w * logit, for the smoothed part. */
static void smooth_sums(const struct ft_xent *x, const float *s, double *w, double *ws)
{
    *w = *ws = 0.0;
    for (size_t c = 0; c < x->V; c++) {
        double weight = x->class_weight ? (double)x->class_weight[c] : 1.0;
        *w += weight;
        *ws += weight * (double)s[c];
    }
}

static void sum_add(struct ft_loss_sum *to, const struct ft_loss_sum *from)
{
    to->loss += from->loss;
    to->weight += from->weight;
    to->count += from->count;
    to->correct += from->correct;
}

/* Adds the sums that the workers left in their scratch. */
static void collect(struct ft_loss_sum *sum, size_t n, size_t grain)
{
    for (int w = 0; w < ft_pool_threads(); w++) {
        size_t begin, end;
        ft_pool_piece(n, grain, w, &begin, &end);
        if (begin < end) sum_add(sum, ft_pool_scratch(w));
    }
}

static void xent_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct loss_job *j = ctx;
    const struct ft_xent *x = j->x;
    struct ft_loss_sum sum = {0};
    for (size_t r = begin; r < end; r++) {
        int32_t target = j->targets[r];
        if (j->losses) j->losses[r] = 0.0f;
        if (target == FT_TARGET_IGNORE) continue;
        const float *s = j->logits + r * x->V;
        double weight = weight_of(x, target), eps = (double)x->smoothing;
        float top = largest(s, x->V, 1);
        double lse = (double)top + log(exp_sum(s, x->V, top));
        double loss = weight * (lse - (double)s[target]);
        if (eps > 0.0) {
            double w, ws;
            smooth_sums(x, s, &w, &ws);
            loss = (1.0 - eps) * loss + eps / (double)x->V * (w * lse - ws);
        }
        if (j->losses) j->losses[r] = (float)loss;
        sum.loss += loss;
        sum.weight += weight;
        sum.count++;
        if (s[target] >= top) sum.correct++;
    }
    *(struct ft_loss_sum *)ft_pool_scratch(worker) = sum;
}

void op_xent_fwd(const struct ft_xent *x, struct ft_loss_sum *sum, float *losses,
                 const float *logits, const int32_t *targets, size_t N)
{
    struct loss_job j = {.x = x, .logits = logits, .targets = targets, .losses = losses};
    ft_pool_run(N, GRAIN, xent_rows, &j);
    collect(sum, N, GRAIN);
}

/* out = factor * exp(s - lse); of few columns in double: a classifier's probabilities cancel in the
 * sums of its gradient. */
static void softmax_row(float *out, const float *s, size_t V, double exact, double factor_exact)
{
    float lse = (float)exact, factor = (float)factor_exact;
    size_t c = 0;
    if (V <= FEW_COLUMNS) {
        for (; c < V; c++)
            out[c] = (float)(exp((double)s[c] - exact) * factor_exact);
        return;
    }
    for (; c + VW <= V; c += VW)
        vf_store(out + c, vf_exp(vf_load(s + c) - lse) * factor);
    if (c < V) vf_store_n(out + c, vf_exp(vf_load_n(s + c, V - c) - lse) * factor, V - c);
}

static void xent_back_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct loss_job *j = ctx;
    const struct ft_xent *x = j->x;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        int32_t target = j->targets[r];
        const float *s = j->logits + r * x->V;
        float *d = j->out + r * x->V;
        if (target == FT_TARGET_IGNORE) {
            memset(d, 0, x->V * sizeof(*d));
            continue;
        }
        double eps = (double)x->smoothing, hard = weight_of(x, target) * (1.0 - eps);
        double soft = eps / (double)x->V, w = 0.0, ws;
        if (eps > 0.0) smooth_sums(x, s, &w, &ws);
        double lse = log_sum_exp(s, x->V);
        softmax_row(d, s, x->V, lse, j->scale * (hard + soft * w));
        if (eps > 0.0)
            for (size_t c = 0; c < x->V; c++)
                d[c] -=
                    (float)(j->scale * soft * (x->class_weight ? (double)x->class_weight[c] : 1.0));
        d[target] -= (float)(j->scale * hard);
    }
}

void op_xent_bwd(const struct ft_xent *x, float *dlogits, const float *logits,
                 const int32_t *targets, size_t N, double scale)
{
    struct loss_job j = {
        .x = x, .out = dlogits, .logits = logits, .targets = targets, .scale = scale};
    ft_pool_run(N, GRAIN, xent_back_rows, &j);
}

static void softmax_rows(void *ctx, size_t begin, size_t end, int worker)
{
    const struct loss_job *j = ctx;
    (void)worker;
    for (size_t r = begin; r < end; r++) {
        const float *s = j->logits + r * j->V;
        softmax_row(j->out + r * j->V, s, j->V, log_sum_exp(s, j->V), 1.0);
    }
}

void op_softmax(float *p, const float *logits, size_t N, size_t V)
{
    struct loss_job j = {.out = p, .logits = logits, .V = V};
    ft_pool_run(N, GRAIN, softmax_rows, &j);
}

/* log of the sum of exp(x / T), and the largest x. */
static double tempered_lse(const float *x, size_t V, double T, double *top)
{
    double sum = 0;
    *top = (double)x[0];
    for (size_t v = 1; v < V; v++)
        *top = fmax(*top, (double)x[v]);
    for (size_t v = 0; v < V; v++)
        sum += exp(((double)x[v] - *top) / T);
    return log(sum);
}

void op_distill_fwd(struct ft_loss_sum *sum, const float *s, const float *t, size_t N, size_t V,
                    double T)
{
    for (size_t n = 0; n < N; n++, s += V, t += V) {
        double top_s, top_t, kl = 0;
        double lse_s = tempered_lse(s, V, T, &top_s), lse_t = tempered_lse(t, V, T, &top_t);
        for (size_t v = 0; v < V; v++) {
            double log_t = ((double)t[v] - top_t) / T - lse_t;
            kl += exp(log_t) * (log_t - ((double)s[v] - top_s) / T + lse_s);
        }
        sum->loss += T * T * kl;
    }
    sum->weight += (double)N;
    sum->count += N;
}

void op_distill_bwd(float *ds, const float *s, const float *t, size_t N, size_t V, double T,
                    double scale)
{
    for (size_t n = 0; n < N; n++, s += V, t += V, ds += V) {
        double top_s, top_t;
        double lse_s = tempered_lse(s, V, T, &top_s), lse_t = tempered_lse(t, V, T, &top_t);
        for (size_t v = 0; v < V; v++)
            ds[v] += (float)(scale * T *
                             (exp(((double)s[v] - top_s) / T - lse_s) -
                              exp(((double)t[v] - top_t) / T - lse_t)));
    }
}

/* Scores of one kind (start or end) of one sequence: every second float. */
static double span_lse(const float *s, size_t T, float *top)
{
    *top = largest(s, T, 2);
    double sum = 0.0;
    for (size_t t = 0; t < T; t++)
        sum += exp((double)(s[2 * t] - *top));
    return (double)*top + log(sum);
}

void op_span_fwd(struct ft_loss_sum sum[2], const float *logits, const int32_t *offsets,
                 const int32_t *start, const int32_t *end, size_t B)
{
    for (size_t b = 0; b < B; b++) {
        size_t first = (size_t)offsets[b], T = (size_t)offsets[b + 1] - first;
        int32_t at[2] = {start[b], end[b]};
        for (size_t k = 0; k < 2; k++) {
            if (at[k] < 0 || (size_t)at[k] >= T) continue;
            const float *s = logits + 2 * first + k;
            float top, mine = s[2 * (size_t)at[k]];
            double lse = span_lse(s, T, &top);
            sum[k].loss += lse - (double)mine;
            sum[k].weight += 1.0;
            sum[k].count++;
            if (mine >= top) sum[k].correct++;
        }
    }
}

void op_span_bwd(float *dlogits, const float *logits, const int32_t *offsets, const int32_t *start,
                 const int32_t *end, size_t B, const double scale[2])
{
    for (size_t b = 0; b < B; b++) {
        size_t first = (size_t)offsets[b], T = (size_t)offsets[b + 1] - first;
        int32_t at[2] = {start[b], end[b]};
        for (size_t k = 0; k < 2; k++) {
            const float *s = logits + 2 * first + k;
            float *d = dlogits + 2 * first + k, top;
            bool used = at[k] >= 0 && (size_t)at[k] < T;
            double lse = used ? span_lse(s, T, &top) : 0.0;
            for (size_t t = 0; t < T; t++)
                d[2 * t] = used ? (float)(scale[k] * exp((double)s[2 * t] - lse)) : 0.0f;
            if (used) d[2 * (size_t)at[k]] -= (float)scale[k];
        }
    }
}

void op_mse_fwd(struct ft_loss_sum *sum, const float *y, const float *t, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double d = (double)y[i] - (double)t[i];
        sum->loss += d * d;
    }
    sum->weight += (double)n;
    sum->count += n;
}

void op_mse_bwd(float *dy, const float *y, const float *t, size_t n, double scale, bool add)
{
    for (size_t i = 0; i < n; i++) {
        float d = (float)(scale * 2.0 * ((double)y[i] - (double)t[i]));
        dy[i] = add ? dy[i] + d : d;
    }
}

static double softplus(double x)
{
    return (x > 0.0 ? x : 0.0) + log1p(exp(-fabs(x)));
}

static double sigmoid(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

void op_bce_fwd(struct ft_loss_sum *sum, const float *y, const float *t, const float *pos_weight,
                size_t n)
{
    for (size_t i = 0; i < n; i++) {
        double x = (double)y[i], one = (double)t[i], w = pos_weight ? (double)pos_weight[i] : 1.0;
        sum->loss += w * one * softplus(-x) + (1.0 - one) * softplus(x);
        if ((y[i] > 0.0f) == (t[i] > 0.5f)) sum->correct++;
    }
    sum->weight += (double)n;
    sum->count += n;
}

void op_bce_bwd(float *dy, const float *y, const float *t, const float *pos_weight, size_t n,
                double scale)
{
    for (size_t i = 0; i < n; i++) {
        double one = (double)t[i], w = pos_weight ? (double)pos_weight[i] : 1.0;
        double p = sigmoid((double)y[i]);
        dy[i] = (float)(scale * (w * one * (p - 1.0) + (1.0 - one) * p));
    }
}

void op_distill_bce_fwd(struct ft_loss_sum *sum, const float *s, const float *t, size_t n, double T)
{
    for (size_t i = 0; i < n; i++) {
        double x = (double)s[i] / T, q = (double)t[i] / T, p = sigmoid(q);
        /* p log(p / sigmoid(x)) + (1 - p) log((1 - p) / (1 - sigmoid(x))) */
        sum->loss +=
            T * T * (p * (softplus(-x) - softplus(-q)) + (1.0 - p) * (softplus(x) - softplus(q)));
    }
    sum->weight += (double)n;
    sum->count += n;
}

void op_distill_bce_bwd(float *ds, const float *s, const float *t, size_t n, double T, double scale)
{
    for (size_t i = 0; i < n; i++)
        ds[i] += (float)(scale * T * (sigmoid((double)s[i] / T) - sigmoid((double)t[i] / T)));
}
