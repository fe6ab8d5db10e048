/* See baseline.h; tags of words are unigram_tagger.h's. The linear one is logistic regression on words and
 * pairs of words, weighted by (1 + log tf) idf and scaled to length 1, trained by AdaGrad (Duchi et
 * al. 2011) in a seeded order; with several labels per text a logistic regression for each (one against the
 * rest); for numbers a linear regression by least squares. Words are runs of letters and digits, ASCII capitals made small; a
 * character of the scripts without blanks (from U+2E80) is a word of its own. */
#include "engine/task/baseline.h"

#include "core/label_report.h"
#include "core/regression.h"

#include "engine/task/score_report.h"
#include "engine/task/run_data.h"
#include "engine/task/task.h"
#include "engine/task/unigram_tagger.h"
#include "util/clock.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/mem.h"
#include "util/rng.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EPOCHS = 6 };
static const float rate = 0.5f, number_rate = 0.1f;

struct feature {
    uint32_t index;
    float value;
};
struct gram { /* of the table; df 0: free */
    uint64_t hash;
    uint32_t df, index;
};
struct grams {
    struct gram *slots;
    size_t cap, count; /* cap is a power of two */
};
struct hashes {
    uint64_t *items;
    size_t n, cap;
};
struct linear {
    size_t labels, features;
    float *w, *g2; /* (features+1, labels); the last row is the bias */
    struct grams grams;
    size_t docs;
    struct hashes scratch;
    struct feature *x; /* the features of one text */
    size_t x_cap;
    bool several; /* labels per text: a sigmoid each, no softmax */
    double *p;    /* (labels) */
    uint8_t *t;   /* (labels) 1: the text has the label */
    bool numbers; /* a value per text, less the mean and divided by the standard deviation */
    double target, mean, sd;
};

static size_t word_end(const char *s, size_t i, size_t n)
{
    unsigned char c = (unsigned char)s[i];
    if (c >= 0xe2) { /* three bytes and more, nearly all of them scripts without blanks or marks */
        for (i++; i < n && ((unsigned char)s[i] & 0xc0) == 0x80; i++)
            continue;
        return i;
    }
    for (; i < n; i++) {
        c = (unsigned char)s[i];
        bool in = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '\'' || (c >= 0x80 && c < 0xe2);
        if (!in) break;
    }
    return i;
}

static uint64_t word_hash(const char *s, size_t n)
{
    char small[64];
    size_t m = n < sizeof small ? n : sizeof small;
    for (size_t i = 0; i < m; i++)
        small[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    return ft_hash64(small, m);
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;
    return h ^ (h >> 33);
}

static void add_text(struct hashes *h, struct ft_text t, uint64_t side)
{
    uint64_t before = 1;
    for (size_t i = 0; i < t.n;) {
        size_t end = word_end(t.data, i, t.n);
        if (end == i) {
            i++;
            continue;
        }
        uint64_t word = mix(word_hash(t.data + i, end - i), side);
        ft_grow(&h->items, &h->cap, h->n + 2, sizeof *h->items);
        h->items[h->n++] = word;
        h->items[h->n++] = mix(word, before);
        before = word;
        i = end;
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted hashes of an example in l->scratch. */
static void hash_example(struct hashes *h, const struct ft_example *e)
{
    h->n = 0;
    add_text(h, e->text, 2);
    if (e->pair.data) add_text(h, e->pair, 3);
    if (h->n) qsort(h->items, h->n, sizeof *h->items, by_value);
}

static struct gram *find(const struct grams *g, uint64_t hash)
{
    size_t i = (size_t)mix(hash, 5) & (g->cap - 1);
    while (g->slots[i].df && g->slots[i].hash != hash)
        i = (i + 1) & (g->cap - 1);
    return &g->slots[i];
}

static bool grow(struct grams *g)
{
    struct grams next = {.cap = g->cap ? g->cap * 2 : 1 << 16, .count = g->count};
    next.slots = calloc(next.cap, sizeof *next.slots);
    if (!next.slots) return false;
    for (size_t i = 0; i < g->cap; i++)
        if (g->slots[i].df) *find(&next, g->slots[i].hash) = g->slots[i];
    free(g->slots);
    *g = next;
    return true;
}

static bool count_example(struct linear *l, const struct ft_example *e)
{
    hash_example(&l->scratch, e);
    for (size_t i = 0; i < l->scratch.n; i++) {
        uint64_t h = l->scratch.items[i];
        if (i && h == l->scratch.items[i - 1]) continue;
        if (l->grams.count * 2 >= l->grams.cap && !grow(&l->grams)) return false;
        struct gram *g = find(&l->grams, h);
        if (!g->df) l->grams.count++;
        g->hash = h;
        g->df++;
    }
    return true;
}

/* The features of one example into l->x; returns how many. */
static size_t make_features(struct linear *l, const struct ft_example *e)
{
    size_t n = 0;
    double sum = 0;
    hash_example(&l->scratch, e);
    const struct hashes *h = &l->scratch;
    for (size_t i = 0, end; i < h->n; i = end) {
        for (end = i + 1; end < h->n && h->items[end] == h->items[i];)
            end++;
        const struct gram *g = find(&l->grams, h->items[i]);
        if (g->df < 2) continue;
        double idf = log((1.0 + (double)l->docs) / (1.0 + g->df)) + 1;
        double v = (1 + log((double)(end - i))) * idf;
        ft_grow(&l->x, &l->x_cap, n + 1, sizeof *l->x);
        l->x[n++] = (struct feature){g->index, (float)v};
        sum += v * v;
    }
    float scale = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
    for (size_t i = 0; i < n; i++)
        l->x[i].value *= scale;
    return n;
}

/* Probabilities into l->p. */
static void forward(struct linear *l, const struct feature *x, size_t n)
{
    size_t labels = l->labels;
    const float *bias = l->w + l->features * labels;
    for (size_t k = 0; k < labels; k++)
        l->p[k] = bias[k];
    for (size_t i = 0; i < n; i++) {
        const float *w = l->w + x[i].index * labels;
        for (size_t k = 0; k < labels; k++)
            l->p[k] += (double)(w[k] * x[i].value);
    }
    if (l->numbers) return;
    for (size_t k = 0; k < labels && l->several; k++)
        l->p[k] = 1 / (1 + exp(-l->p[k]));
    if (l->several) return;
    double top = l->p[0], sum = 0;
    for (size_t k = 1; k < labels; k++)
        top = fmax(top, l->p[k]);
    for (size_t k = 0; k < labels; k++)
        sum += l->p[k] = exp(l->p[k] - top);
    for (size_t k = 0; k < labels; k++)
        l->p[k] /= sum;
}

static void take_targets(struct linear *l, const struct ft_examples *x, const struct ft_example *e)
{
    if (l->numbers) l->target = (e->value - l->mean) / l->sd;
    for (size_t k = 0; k < l->labels && !l->numbers; k++)
        l->t[k] = ft_examples_has(x, e, k);
}

/* Towards the targets in l->t. */
static void update(struct linear *l, const struct feature *x, size_t n)
{
    size_t labels = l->labels;
    for (size_t i = 0; i <= n; i++) {
        size_t row = (i < n ? x[i].index : l->features) * labels;
        float value = i < n ? x[i].value : 1;
        for (size_t k = 0; k < labels; k++) {
            float g = (float)(l->p[k] - (l->numbers ? l->target : l->t[k])) * value;
            float *sum = &l->g2[row + k];
            *sum += g * g;
            l->w[row + k] -= (l->numbers ? number_rate : rate) * g / (sqrtf(*sum) + 1e-6f);
        }
    }
}

struct kept { /* features of all training examples, one after another */
    struct feature *items;
    size_t n, cap, *start; /* (examples+1) */
};

static enum ft_status cancelled(struct ft_err *err)
{
    return ft_fail(err, FT_CANCELLED, "the baseline was cancelled");
}

static enum ft_status fit(struct linear *l, const struct ft_examples *x, const size_t *train,
                          size_t n, uint64_t seed, struct ft_job *w, struct ft_err *err)
{
    enum ft_status st = FT_OK;
    struct kept kept = {.start = ft_xcalloc(n + 1, sizeof *kept.start)};
    size_t *order = ft_xcalloc(n + 1, sizeof *order), size;
    l->docs = n;
    for (size_t i = 0; i < n; i++)
        if (!count_example(l, &x->items[train[i]])) {
            st =
                ft_fail(err, FT_NOMEM, "baseline: not enough memory for %zu words", l->grams.count);
            goto out;
        }
    if (!l->grams.cap && !grow(&l->grams)) {
        st = ft_fail(err, FT_NOMEM, "baseline: not enough memory");
        goto out;
    }
    for (size_t i = 0; i < l->grams.cap; i++)
        if (l->grams.slots[i].df >= 2) l->grams.slots[i].index = (uint32_t)l->features++;
    if (ft_size_mul(l->features + 1, l->labels * sizeof(float), &size) ||
        !(l->w = calloc(1, size)) || !(l->g2 = calloc(1, size))) {
        st = ft_fail(err, FT_NOMEM, "baseline: not enough memory for %zu features of %zu labels",
                     l->features, l->labels);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        size_t m = make_features(l, &x->items[train[i]]);
        ft_grow(&kept.items, &kept.cap, kept.n + m, sizeof *kept.items);
        if (m) memcpy(kept.items + kept.n, l->x, m * sizeof *l->x);
        kept.n += m;
        kept.start[i + 1] = kept.n;
        order[i] = i;
    }
    struct ft_rng rng;
    ft_rng_init(&rng, seed, FT_RNG_BASELINE);
    for (size_t epoch = 0; epoch < EPOCHS && !st; epoch++) {
        ft_rng_shuffle(&rng, order, n);
        for (size_t i = 0; i < n && !st; i++) {
            size_t k = order[i];
            const struct feature *f = kept.items + kept.start[k];
            size_t m = kept.start[k + 1] - kept.start[k];
            forward(l, f, m);
            take_targets(l, x, &x->items[train[k]]);
            update(l, f, m);
            if (i % 4096) continue;
            ft_job_report(w, (double)(epoch * n + i), (double)(EPOCHS * n), "texts");
            if (ft_job_cancelled(w)) st = cancelled(err);
        }
    }
out:
    free(kept.items);
    free(kept.start);
    free(order);
    return st;
}

static void linear_release(struct linear *l)
{
    free(l->w);
    free(l->g2);
    free(l->grams.slots);
    free(l->scratch.items);
    free(l->x);
    free(l->p);
    free(l->t);
}

static void score_one(struct ft_baseline *b, struct linear *l, const struct ft_examples *x,
                      const double *shares, const size_t *index, size_t n)
{
    size_t labels = l->labels;
    uint64_t *linear = ft_xcalloc(labels * labels, sizeof *linear),
             *majority = ft_xcalloc(labels * labels, sizeof *majority);
    double linear_loss = 0, majority_loss = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ft_example *e = &x->items[index[i]];
        size_t label = (size_t)e->label, best = 0, m = make_features(l, e);
        forward(l, l->x, m);
        for (size_t k = 1; k < labels; k++)
            if (l->p[k] > l->p[best]) best = k;
        linear[label * labels + best]++;
        majority[label * labels + b->majority_label]++;
        linear_loss -= log(fmax(l->p[label], 1e-12));
        majority_loss -= log(fmax(shares[label], 1e-12));
    }
    const char *const *names = (const char *const *)x->labels.names;
    ft_scores_make(&b->trained, FT_TASK_CLASSIFY, names, labels, linear, linear_loss / (double)n);
    ft_scores_make(&b->constant, FT_TASK_CLASSIFY, names, labels, majority,
                   majority_loss / (double)n);
    free(linear);
    free(majority);
}

/* Mean binary cross-entropy of probabilities against the targets in l->t. */
static double loss_of(const struct linear *l, const double *p)
{
    double sum = 0;
    for (size_t k = 0; k < l->labels; k++)
        sum -= log(fmax(l->t[k] ? p[k] : 1 - p[k], 1e-12));
    return sum / (double)l->labels;
}

static void score_several(struct ft_baseline *b, struct linear *l, const struct ft_examples *x,
                          const double *shares, const size_t *index, size_t n)
{
    size_t labels = l->labels, cells = labels * FT_LABEL_CELLS;
    uint64_t *room = ft_xcalloc(2 * cells, sizeof *room);
    struct ft_label_counts linear = {.K = labels, .cells = room},
                           majority = {.K = labels, .cells = room + cells};
    uint8_t *said = ft_xcalloc(2 * labels, 1), *most = said + labels;
    double linear_loss = 0, majority_loss = 0;
    for (size_t k = 0; k < labels; k++)
        most[k] = ft_label_sets_has(&x->sets, (int32_t)b->majority_label, (int32_t)k);
    for (size_t i = 0; i < n; i++) {
        const struct ft_example *e = &x->items[index[i]];
        forward(l, l->x, make_features(l, e));
        take_targets(l, x, e);
        for (size_t k = 0; k < labels; k++)
            said[k] = l->p[k] > 0.5;
        ft_label_counts_add(&linear, l->t, said);
        ft_label_counts_add(&majority, l->t, most);
        linear_loss += loss_of(l, l->p);
        majority_loss += loss_of(l, shares);
    }
    const char *const *names = (const char *const *)x->labels.names;
    ft_scores_make_multi(&b->trained, names, &linear, NULL, linear_loss / (double)n);
    ft_scores_make_multi(&b->constant, names, &majority, NULL, majority_loss / (double)n);
    free(room);
    free(said);
}

static void score_numbers(struct ft_baseline *b, struct linear *l, const struct ft_examples *x,
                          const double *shares, const size_t *index, size_t n)
{
    double *truth = ft_xcalloc(3 * n + 1, sizeof *truth), *linear = truth + n, *mean = linear + n;
    (void)shares;
    for (size_t i = 0; i < n; i++) {
        const struct ft_example *e = &x->items[index[i]];
        forward(l, l->x, make_features(l, e));
        truth[i] = e->value;
        linear[i] = l->p[0] * l->sd + l->mean;
        mean[i] = l->mean;
    }
    ft_scores_make_values(&b->trained, FT_TASK_REGRESS, truth, linear, n);
    ft_scores_make_values(&b->constant, FT_TASK_REGRESS, truth, mean, n);
    free(truth);
}

/* The mean and standard deviation of the training part. */
static void find_mean(struct ft_baseline *b, struct linear *l, const struct ft_examples *x,
                      const size_t *train)
{
    double *values = ft_xcalloc(b->train_n + 1, sizeof *values);
    struct ft_str mean = {0};
    for (size_t i = 0; i < b->train_n; i++)
        values[i] = x->items[train[i]].value;
    ft_mean_sd(values, b->train_n, &l->mean, &l->sd);
    if (!(l->sd > 0)) l->sd = 1;
    ft_json_add_num(&mean, l->mean);
    b->majority_json = ft_str_take(&mean);
    b->majority_text = ft_xstrdup(b->majority_json);
    free(values);
}

/* The examples of a part that have a label. */
static size_t labelled(const struct ft_examples *x, enum ft_part part, size_t **index)
{
    size_t n = 0, kept = 0;
    ft_examples_part(x, part, index, &n);
    for (size_t i = 0; i < n; i++)
        if (x->items[(*index)[i]].label >= 0) (*index)[kept++] = (*index)[i];
    return kept;
}

static void name_majority(struct ft_baseline *b, const char *name)
{
    struct ft_str json = {0};
    ft_json_add_str(&json, name, strlen(name));
    b->majority_json = ft_str_take(&json);
    b->majority_text = ft_xstrdup(name);
}

/* The most frequent label, or set of labels, of the training part, and the share of each label. */
static void find_majority(struct ft_baseline *b, struct linear *l, const struct ft_examples *x,
                          const size_t *train, double *shares)
{
    size_t kinds = l->several ? x->sets.n : l->labels;
    size_t *rows = ft_xcalloc(kinds + 1, sizeof *rows);
    for (size_t i = 0; i < b->train_n; i++) {
        const struct ft_example *e = &x->items[train[i]];
        rows[e->label]++;
        take_targets(l, x, e);
        for (size_t k = 0; k < l->labels; k++)
            shares[k] += l->t[k] / (double)b->train_n;
    }
    for (size_t k = 1; k < kinds; k++)
        if (rows[k] > rows[b->majority_label]) b->majority_label = k;
    free(rows);
    if (!l->several) {
        name_majority(b, x->labels.names[b->majority_label]);
        return;
    }
    struct ft_str set = {0};
    ft_label_sets_json(&x->sets, (int32_t)b->majority_label, x->labels.names, &set);
    b->majority_json = ft_str_take(&set);
    b->majority_text = ft_xstrdup(b->majority_json);
}

static const enum ft_part scored[] = {FT_PART_TEST, FT_PART_VALIDATION, FT_PART_TRAIN};
enum { SCORED = sizeof scored / sizeof *scored };

static void train_tags(struct ft_baseline *b, const struct ft_examples *x)
{
    double started_s = ft_now_s();
    struct ft_unigram_tagger t;
    ft_unigram_tagger_train(&t, x);
    b->train_n = t.sentences;
    b->features = t.words;
    b->majority_label = (size_t)t.common;
    name_majority(b, x->labels.names[t.common]);
    for (size_t i = 0; i < SCORED && !b->trained.examples; i++) {
        ft_scores_release(&b->constant);
        ft_scores_release(&b->trained);
        ft_unigram_tagger_score(&t, x, scored[i], &b->constant, &b->trained);
        b->part = ft_part_name(scored[i]);
    }
    ft_unigram_tagger_release(&t);
    b->seconds = ft_now_s() - started_s;
}

enum ft_status ft_baseline_train(struct ft_baseline *b, const struct ft_examples *x, uint64_t seed,
                                 struct ft_job *w, struct ft_err *err)
{
    double started_s = ft_now_s(), *shares = NULL;
    size_t *train = NULL, *index = NULL, n = 0;
    struct linear l = {.labels = x->labels.n, .several = x->several, .numbers = x->numbers};
    memset(b, 0, sizeof *b);
    if (x->tagged[FT_PART_TRAIN]) {
        train_tags(b, x);
        return FT_OK;
    }
    b->train_n = labelled(x, FT_PART_TRAIN, &train);
    enum ft_status st = FT_OK;
    assert(b->train_n && l.labels >= (l.several || l.numbers ? 1 : 2));
    shares = ft_xcalloc(l.labels, sizeof *shares);
    l.p = ft_xcalloc(l.labels, sizeof *l.p);
    l.t = ft_xcalloc(l.labels, sizeof *l.t);
    if (l.numbers)
        find_mean(b, &l, x, train);
    else
        find_majority(b, &l, x, train, shares);
    if ((st = fit(&l, x, train, b->train_n, seed, w, err))) goto out;
    b->features = l.features;
    for (size_t i = 0; i < SCORED && !n; i++) {
        free(index);
        n = labelled(x, scored[i], &index);
        b->part = ft_part_name(scored[i]);
    }
    (l.numbers ? score_numbers : l.several ? score_several : score_one)(b, &l, x, shares, index, n);
    b->seconds = ft_now_s() - started_s;
out:
    linear_release(&l);
    free(shares);
    free(train);
    free(index);
    if (st) ft_baseline_release(b);
    return st;
}

/* What the data are for, where that has baselines. */
static enum ft_task task_of(const struct ft_options *o)
{
    enum ft_task task = ft_task_find(o);
    return ft_task_has(task, FT_TRAIT_OUTPUTS) ? task : FT_TASK_CLASSIFY;
}

enum ft_status ft_baseline_file(struct ft_baseline *b, const struct ft_options *o, struct ft_job *w,
                                struct ft_err *err)
{
    struct ft_run_data *d = ft_xcalloc(1, sizeof *d);
    enum ft_status st = ft_task_open(d, task_of(o), o, NULL, false, err);
    if (!st) st = ft_run_data_teaches(d, err);
    if (!st) st = ft_baseline_train(b, &d->x, (uint64_t)ft_options_int(o, FT_OPT_seed), w, err);
    ft_run_data_release(d);
    free(d);
    return st;
}

void ft_baseline_release(struct ft_baseline *b)
{
    ft_scores_release(&b->constant);
    ft_scores_release(&b->trained);
    free(b->majority_json);
    free(b->majority_text);
    memset(b, 0, sizeof *b);
}

const char *ft_baseline_constant(enum ft_task task)
{
    return ft_task_has(task, FT_TRAIT_NUMBERS) ? "mean" : "majority";
}

const char *ft_baseline_trained(enum ft_task task)
{
    return ft_task_has(task, FT_TRAIT_TAGS) ? "unigram" : "linear";
}

const char *ft_baseline_constant_text(enum ft_task task)
{
    return ft_task_has(task, FT_TRAIT_NUMBERS)      ? "the mean of the training values"
           : ft_task_has(task, FT_TRAIT_LABEL_SETS) ? "the most frequent set of labels"
           : ft_task_has(task, FT_TRAIT_TAGS)       ? "the most frequent tag"
                                                    : "the most frequent label";
}

const char *ft_baseline_trained_text(enum ft_task task)
{
    return ft_task_has(task, FT_TRAIT_NUMBERS) ? "a linear regression on words"
           : ft_task_has(task, FT_TRAIT_TAGS)  ? "the most frequent tag of each word"
                                               : "a linear classifier on words";
}

void ft_baseline_json(const struct ft_baseline *b, struct ft_str *out)
{
    ft_str_addf(out, "{\"part\":\"%s\",\"train\":%zu,\"examples\":%zu,\"features\":%zu", b->part,
                b->train_n, b->trained.examples, b->features);
    const char *name = ft_baseline_constant(b->constant.task);
    ft_str_addf(out, ",\"%s_%s\":%s,\"%s\":{", name,
                ft_task_has(b->constant.task, FT_TRAIT_NUMBERS) ? "value" : "label",
                b->majority_json, name);
    ft_scores_json(&b->constant, out);
    ft_str_addf(out, "},\"%s\":{", ft_baseline_trained(b->trained.task));
    ft_scores_json(&b->trained, out);
    ft_str_addz(out, "}}");
}

/* A line of the table, without its end. */
static void add_line(struct ft_str *out, const char *name, const struct ft_scores *s)
{
    const struct ft_metric *m = ft_task_facts(s->task)->metrics;
    ft_str_addf(out, "%-16s%.4f", name, ft_scores_metric(s, m[0].name));
    for (int i = 1; m[i].name; i++) {
        int width = (int)strlen(m[i].name) + 4;
        ft_str_addf(out, "%*.4f", width < 10 ? 10 : width, ft_scores_metric(s, m[i].name));
    }
    ft_str_addf(out, "    %.4f", s->loss);
}

void ft_baseline_text(const struct ft_baseline *b, struct ft_str *out)
{
    bool tags = ft_task_has(b->trained.task, FT_TRAIT_TAGS);
    ft_str_addf(out, "trained on %zu %s%s, scored on the %s split (%zu)\n\n", b->train_n,
                tags ? "sentence" : "text", ft_plural(b->train_n), b->part, b->trained.examples);
    const struct ft_metric *m = ft_task_facts(b->trained.task)->metrics;
    ft_str_addf(out, "%22s", m[0].name);
    for (int i = 1; m[i].name; i++)
        ft_str_addf(out, "%*s", (int)strlen(m[i].name) + 4 < 10 ? 10 : (int)strlen(m[i].name) + 4,
                    m[i].name);
    ft_str_addz(out, "      loss\n");
    add_line(out, ft_baseline_constant(b->constant.task), &b->constant);
    ft_str_addf(out, "   always %s\n", b->majority_text);
    add_line(out, ft_baseline_trained(b->trained.task), &b->trained);
    if (tags)
        ft_str_addf(out, "   the most frequent tag of each of %zu word%s, %.1f s\n", b->features,
                    ft_plural(b->features), b->seconds);
    else
        ft_str_addf(out, "   %zu words and word pairs, %.1f s\n", b->features, b->seconds);
}
