/* Candidates lie in a heap, likeliest on top, and are popped until top-k and top-p have enough: a
 * whole vocabulary is never sorted. */
#include "core/sampler.h"

#include "util/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ft_sampler_item {
    float score;
    int32_t id;
};

void ft_sampler_init(struct ft_sampler *s, const struct ft_sampler_opt *opt, uint64_t seed)
{
    *s = (struct ft_sampler){.opt = *opt};
    ft_rng_init(&s->rng, seed, FT_RNG_GENERATE);
}

void ft_sampler_release(struct ft_sampler *s)
{
    free(s->items);
    *s = (struct ft_sampler){0};
}

static void penalise(struct ft_sampler *s, float *logits, size_t vocab, const int32_t *seen,
                     size_t seen_n)
{
    float p = (float)s->opt.repetition_penalty;
    /* From the scores as they were, so that a token seen twice is penalised once. */
    for (size_t i = 0; i < vocab; i++)
        s->items[i].score = logits[i];
    for (size_t i = 0; i < seen_n; i++) {
        if (seen[i] < 0 || (size_t)seen[i] >= vocab) continue;
        float was = s->items[seen[i]].score;
        logits[seen[i]] = was < 0 ? was * p : was / p;
    }
}

static bool before(const struct ft_sampler_item *a, const struct ft_sampler_item *b)
{
    return a->score > b->score || (a->score == b->score && a->id < b->id);
}

static void sift(struct ft_sampler_item *heap, size_t n, size_t i)
{
    struct ft_sampler_item item = heap[i];
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n) break;
        if (child + 1 < n && before(&heap[child + 1], &heap[child])) child++;
        if (!before(&heap[child], &item)) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = item;
}

/* Moves the next likeliest behind the shrunken heap: items come to stand at the end, in order from
 * the last one backwards. */
static const struct ft_sampler_item *pop(struct ft_sampler_item *heap, size_t *n)
{
    struct ft_sampler_item top = heap[0];
    heap[0] = heap[--*n];
    heap[*n] = top;
    sift(heap, *n, 0);
    return &heap[*n];
}

/* How many of the likeliest are candidates under top-k: k, and who ties with the last of them. */
static size_t pop_top_k(struct ft_sampler *s, size_t vocab, size_t *left)
{
    size_t k = s->opt.top_k && s->opt.top_k < vocab ? s->opt.top_k : vocab, n = 0;
    float last = 0;
    while (*left && (n < k || s->items[0].score == last)) {
        last = pop(s->items, left)->score;
        n++;
    }
    return n;
}

static void heapify(struct ft_sampler *s, size_t vocab)
{
    for (size_t i = vocab / 2; i-- > 0;)
        sift(s->items, vocab, i);
}

/* What top-k and top-p leave, likeliest last in items; *kept is the sum of their exp(score - top).
 */
static size_t cut(struct ft_sampler *s, size_t vocab, double *kept)
{
    size_t left = vocab, n;
    double total = 0;
    heapify(s, vocab);
    const double top = (double)s->items[0].score;
    if (s->opt.top_k && s->opt.top_k < vocab) {
        n = pop_top_k(s, vocab, &left);
        for (size_t i = 0; i < n; i++)
            total += exp((double)s->items[vocab - 1 - i].score - top);
    } else {
        n = vocab;
        for (size_t i = 0; i < vocab; i++)
            total += exp((double)s->items[i].score - top);
    }
    /* A token stays while those before it hold less than top_p. */
    size_t count = 0;
    *kept = 0;
    while (count < n && (count == 0 || *kept < s->opt.top_p * total)) {
        size_t at = vocab - 1 - count;
        if (at < left) pop(s->items, &left);
        *kept += exp((double)s->items[at].score - top);
        count++;
    }
    return count;
}

static int32_t draw_filtered(struct ft_sampler *s, size_t vocab)
{
    double kept;
    size_t count = cut(s, vocab, &kept);
    const double top = (double)s->items[vocab - 1].score;
    double u = ft_rng_f64(&s->rng) * kept;
    for (size_t i = 0; i < count; i++) {
        u -= exp((double)s->items[vocab - 1 - i].score - top);
        if (u < 0) return s->items[vocab - 1 - i].id;
    }
    return s->items[vocab - 1].id;
}

static int32_t draw_all(struct ft_sampler *s, const float *logits, size_t vocab, double top)
{
    double total = 0, t = s->opt.temperature;
    for (size_t i = 0; i < vocab; i++)
        total += exp(((double)logits[i] - top) / t);
    double u = ft_rng_f64(&s->rng) * total;
    for (size_t i = 0; i < vocab; i++) {
        u -= exp(((double)logits[i] - top) / t);
        if (u < 0) return (int32_t)i;
    }
    return (int32_t)vocab - 1;
}

static void room(struct ft_sampler *s, size_t vocab)
{
    if (s->items_cap >= vocab) return;
    s->items = ft_xrealloc(s->items, vocab * sizeof(*s->items));
    s->items_cap = vocab;
}

static bool is_cut(const struct ft_sampler *s, size_t vocab)
{
    return !s->opt.greedy && ((s->opt.top_k && s->opt.top_k < vocab) || s->opt.top_p < 1);
}

static void set_items(struct ft_sampler *s, const float *logits, size_t vocab, double temperature)
{
    for (size_t i = 0; i < vocab; i++)
        s->items[i] = (struct ft_sampler_item){.score = (float)((double)logits[i] / temperature),
                                               .id = (int32_t)i};
}

int32_t ft_sampler_pick(struct ft_sampler *s, float *logits, size_t vocab, const int32_t *seen,
                        size_t seen_n)
{
    assert(vocab > 0 && s->opt.repetition_penalty > 0);
    room(s, vocab);
    if (s->opt.repetition_penalty != 1) penalise(s, logits, vocab, seen, seen_n);
    size_t best = 0;
    for (size_t i = 1; i < vocab; i++)
        best = logits[i] > logits[best] ? i : best;
    if (s->opt.greedy) return (int32_t)best;
    assert(s->opt.temperature > 0 && s->opt.top_p > 0);
    if (!is_cut(s, vocab)) return draw_all(s, logits, vocab, (double)logits[best]);
    set_items(s, logits, vocab, s->opt.temperature);
    return draw_filtered(s, vocab);
}

size_t ft_sampler_choices(struct ft_sampler *s, const float *logits, size_t vocab,
                          const int32_t *seen, size_t seen_n, size_t n, int32_t *ids,
                          double *shares)
{
    float *own = ft_xmalloc(vocab * sizeof *own);
    memcpy(own, logits, vocab * sizeof *own);
    room(s, vocab);
    if (s->opt.repetition_penalty != 1) penalise(s, own, vocab, seen, seen_n);
    set_items(s, own, vocab, s->opt.greedy ? 1 : s->opt.temperature);
    free(own);
    double kept = 0;
    size_t count = 0;
    if (is_cut(s, vocab)) {
        count = cut(s, vocab, &kept);
    } else {
        size_t left = vocab;
        heapify(s, vocab);
        const double top = (double)s->items[0].score;
        for (size_t i = 0; i < vocab; i++)
            kept += exp((double)s->items[i].score - top);
        for (; count < n && left; count++)
            pop(s->items, &left);
    }
    const double top = (double)s->items[vocab - 1].score;
    if (count > n) count = n;
    for (size_t i = 0; i < count; i++) {
        ids[i] = s->items[vocab - 1 - i].id;
        shares[i] = exp((double)s->items[vocab - 1 - i].score - top) / kept;
    }
    return count;
}
