/* The loop of pair joining. Every pair knows its count and the words it is in; a heap holds pairs
 * by count, and entries whose count has changed since are put right when they come up. A join
 * touches only the words of its pair. */
#include "data/vocab_train_in.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    uint64_t key;
    int64_t count;
    uint32_t *words; /* where it is or was */
    size_t words_n, words_cap;
};

struct entry {
    int64_t count;
    uint64_t key;
    uint32_t pair;
};

struct merger {
    struct pair *pairs;
    size_t pairs_n, pairs_cap;
    uint32_t *slots; /* pair index + 1, 0: free */
    size_t slots_n;
    struct entry *heap;
    size_t heap_n, heap_cap;
};

static uint64_t key_of(int32_t a, int32_t b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

static uint32_t *slot_of(const struct merger *m, uint64_t key)
{
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 20) & (m->slots_n - 1);

    while (m->slots[i] && m->pairs[m->slots[i] - 1].key != key) {
        i = (i + 1) & (m->slots_n - 1);
    }
    return &m->slots[i];
}

static uint32_t pair_of(struct merger *m, uint64_t key)
{
    uint32_t *slot;

    if (m->pairs_n * 2 >= m->slots_n) {
        free(m->slots);
        m->slots_n = m->slots_n ? m->slots_n * 2 : 1 << 16;
        m->slots = ft_xcalloc(m->slots_n, sizeof *m->slots);
        for (size_t i = 0; i < m->pairs_n; i++) {
            *slot_of(m, m->pairs[i].key) = (uint32_t)i + 1;
        }
    }
    slot = slot_of(m, key);
    if (!*slot) {
        ft_grow(&m->pairs, &m->pairs_cap, m->pairs_n + 1, sizeof *m->pairs);
        m->pairs[m->pairs_n++] = (struct pair){.key = key};
        *slot = (uint32_t)m->pairs_n;
    }
    return *slot - 1;
}

/* More frequent first, then the smaller pair. */
static bool before(struct entry a, struct entry b)
{
    return a.count != b.count ? a.count > b.count : a.key < b.key;
}

static void push(struct merger *m, uint32_t pair)
{
    struct entry e = {m->pairs[pair].count, m->pairs[pair].key, pair};
    size_t i = m->heap_n++;

    ft_grow(&m->heap, &m->heap_cap, m->heap_n, sizeof *m->heap);
    while (i > 0 && before(e, m->heap[(i - 1) / 2])) {
        m->heap[i] = m->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    m->heap[i] = e;
}

static struct entry pop(struct merger *m)
{
    struct entry top = m->heap[0], e = m->heap[--m->heap_n];
    size_t i = 0, k;

    while ((k = 2 * i + 1) < m->heap_n) {
        k += k + 1 < m->heap_n && before(m->heap[k + 1], m->heap[k]);
        if (!before(m->heap[k], e)) {
            break;
        }
        m->heap[i] = m->heap[k];
        i = k;
    }
    m->heap[i] = e;
    return top;
}

static uint32_t add(struct merger *m, int32_t a, int32_t b, int64_t by, uint32_t word)
{
    uint32_t at = pair_of(m, key_of(a, b));
    struct pair *p = &m->pairs[at];

    p->count += by;
    if (by > 0 && (p->words_n == 0 || p->words[p->words_n - 1] != word)) {
        ft_grow(&p->words, &p->words_cap, p->words_n + 1, sizeof *p->words);
        p->words[p->words_n++] = word;
    }
    return at;
}

/* Joins a b to `made` in one word. */
static void join_in(struct merger *m, struct learn_word *w, int32_t *s, uint32_t word, int32_t a,
                    int32_t b, int32_t made)
{
    int64_t count = (int64_t)w->count;
    uint32_t to = 0;

    for (uint32_t i = 0; i < w->n; i++) {
        if (i + 1 < w->n && s[i] == a && s[i + 1] == b) {
            if (to > 0) {
                add(m, s[to - 1], a, -count, word);
                add(m, s[to - 1], made, count, word);
            }
            if (i + 2 < w->n) {
                add(m, b, s[i + 2], -count, word);
                add(m, made, s[i + 2], count, word);
            }
            s[to++] = made;
            i++;
        } else {
            s[to++] = s[i];
        }
    }
    w->n = to;
}

bool learn_merge(struct learn_word *words, size_t words_n, int32_t *symbols, uint64_t min_frequency,
                 learn_join_fn *join, void *arg, const atomic_bool *cancel)
{
    struct merger m = {0};
    bool done = true;

    for (size_t w = 0; w < words_n; w++) {
        const int32_t *s = symbols + words[w].start;
        for (uint32_t i = 0; i + 1 < words[w].n; i++) {
            add(&m, s[i], s[i + 1], (int64_t)words[w].count, (uint32_t)w);
        }
    }
    for (size_t i = 0; i < m.pairs_n; i++) {
        push(&m, (uint32_t)i);
    }
    while (m.heap_n && done) {
        struct entry top = pop(&m);
        struct pair p = m.pairs[top.pair];
        size_t old = m.pairs_n;
        int32_t a = (int32_t)(p.key >> 32), b = (int32_t)(uint32_t)p.key, made;
        if (p.count != top.count) {
            if (p.count > 0) {
                push(&m, top.pair);
            }
            continue;
        }
        if (p.count < 1 || (uint64_t)p.count < min_frequency || (made = join(arg, a, b)) < 0) {
            break;
        }
        m.pairs[top.pair].words = NULL; /* `made` may bring the same pair again */
        m.pairs[top.pair].words_n = m.pairs[top.pair].words_cap = 0;
        for (size_t i = 0; i < p.words_n; i++) {
            struct learn_word *w = &words[p.words[i]];
            join_in(&m, w, symbols + w->start, p.words[i], a, b, made);
        }
        m.pairs[top.pair].count = 0;
        free(p.words);
        for (size_t i = old; i < m.pairs_n; i++) {
            if (m.pairs[i].count > 0) {
                push(&m, (uint32_t)i);
            }
        }
        done = !cancel || !atomic_load(cancel);
    }
    for (size_t i = 0; i < m.pairs_n; i++) {
        free(m.pairs[i].words);
    }
    free(m.pairs);
    free(m.slots);
    free(m.heap);
    return done;
}
