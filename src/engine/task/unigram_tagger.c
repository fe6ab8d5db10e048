/* See unigram_tagger.h. The words of the training part are numbered, and the pairs of a word and a tag
 * sorted, which gives the counts of each word one after another. */
#include "engine/task/unigram_tagger.h"

#include "engine/task/entity_scores.h"
#include "util/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct pair {
    size_t word;
    int32_t tag;
};
struct pairs {
    struct pair *items;
    size_t n, cap;
};

static int by_word(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->word != y->word) return x->word < y->word ? -1 : 1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

static const struct ft_word *words_of(const struct ft_examples *x, size_t i, size_t *n)
{
    const struct ft_sentence *s = ft_examples_sentence(x, i);
    *n = s ? s->n : 0;
    return s ? x->tagged[x->items[i].file]->words + s->first : NULL;
}

/* Has the example tags to learn or to compare with? */
static bool counts(const struct ft_examples *x, size_t i, enum ft_part part)
{
    const struct ft_sentence *s = ft_examples_sentence(x, i);
    return x->items[i].part == part && s && s->tagged;
}

static void add_words(struct ft_unigram_tagger *t, const struct ft_examples *x, size_t i,
                      struct pairs *p)
{
    size_t n, *at;
    const struct ft_word *words = words_of(x, i, &n);
    const char *text = x->items[i].text.data;
    ft_grow(&p->items, &p->cap, p->n + n + 1, sizeof *p->items);
    for (size_t k = 0; k < n; k++) {
        const struct ft_word *w = &words[k];
        size_t place = t->words, length = w->end - w->start;
        if (w->tag < 0) continue;
        if ((at = ft_strmap_get(&t->index, text + w->start, length)))
            place = *at;
        else
            ft_strmap_put(&t->index, text + w->start, length, t->words++);
        p->items[p->n++] = (struct pair){place, w->tag};
        t->shares[w->tag]++;
    }
}

/* The counts of each word, from sorted pairs. */
static void count_pairs(struct ft_unigram_tagger *t, const struct pairs *p)
{
    size_t n = 0, word = 0;
    t->counts = ft_xcalloc(p->n + 1, sizeof *t->counts);
    t->start = ft_xcalloc(t->words + 1, sizeof *t->start);
    for (size_t i = 0; i < p->n; i++) {
        bool same = i && !by_word(&p->items[i], &p->items[i - 1]);
        while (word < p->items[i].word)
            t->start[++word] = n;
        if (!same) t->counts[n++] = (struct ft_unigram_count){p->items[i].tag, 0};
        t->counts[n - 1].n++;
    }
    while (word < t->words)
        t->start[++word] = n;
}

void ft_unigram_tagger_train(struct ft_unigram_tagger *t, const struct ft_examples *x)
{
    struct pairs p = {0};
    *t = (struct ft_unigram_tagger){.labels = &x->labels};
    ft_tag_set_init(&t->tags, (const char *const *)x->labels.names, x->labels.n);
    t->shares = ft_xcalloc(x->labels.n + 1, sizeof *t->shares);
    for (size_t i = 0; i < x->n; i++) {
        if (!counts(x, i, FT_PART_TRAIN)) continue;
        add_words(t, x, i, &p);
        t->sentences++;
    }
    if (p.n) qsort(p.items, p.n, sizeof *p.items, by_word);
    count_pairs(t, &p);
    for (size_t k = 1; k < x->labels.n; k++)
        if (t->shares[k] > t->shares[t->common]) t->common = (int32_t)k;
    for (size_t k = 0; k < x->labels.n && p.n; k++)
        t->shares[k] /= (double)p.n;
    free(p.items);
}

void ft_unigram_tagger_release(struct ft_unigram_tagger *t)
{
    ft_strmap_release(&t->index);
    ft_tag_set_release(&t->tags);
    free(t->start);
    free(t->counts);
    free(t->shares);
    *t = (struct ft_unigram_tagger){0};
}

/* The counts of a word; *n 0: it is not in the training part. */
static const struct ft_unigram_count *counts_of(const struct ft_unigram_tagger *t,
                                                struct ft_text text, const struct ft_word *w,
                                                size_t *n)
{
    const size_t *at = ft_strmap_get(&t->index, text.data + w->start, w->end - w->start);
    *n = at ? t->start[*at + 1] - t->start[*at] : 0;
    return at ? t->counts + t->start[*at] : NULL;
}

/* The tag B-TYPE for I-TYPE or E-TYPE that continues nothing; where there is none: the tag itself. */
static int32_t valid(const struct ft_tag_set *s, int32_t tag, int32_t before)
{
    const struct ft_tag *g = &s->tags[tag], *b = before < 0 ? NULL : &s->tags[before];
    if (!g->marks || g->type < 0 || (g->prefix != 'I' && g->prefix != 'E')) return tag;
    if (b && b->type == g->type && (b->prefix == 'B' || b->prefix == 'I')) return tag;
    for (size_t i = 0; i < s->n; i++)
        if (s->tags[i].marks && s->tags[i].prefix == 'B' && s->tags[i].type == g->type)
            return (int32_t)i;
    return tag;
}

void ft_unigram_tagger_tag(const struct ft_unigram_tagger *t, struct ft_text text,
                           const struct ft_word *words, size_t n, int32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        size_t k, best = 0;
        const struct ft_unigram_count *c = counts_of(t, text, &words[i], &k);
        for (size_t j = 1; j < k; j++)
            if (c[j].n > c[best].n) best = j;
        out[i] = valid(&t->tags, k ? c[best].tag : t->common, i ? out[i - 1] : -1);
    }
}

/* Of a word with its true tag. */
static double likelihood(const struct ft_unigram_tagger *t, struct ft_text text,
                         const struct ft_word *w)
{
    double all = 0, right = 0;
    size_t k;
    const struct ft_unigram_count *c = counts_of(t, text, w, &k);
    for (size_t i = 0; i < k; i++) {
        all += c[i].n;
        if (c[i].tag == w->tag) right = c[i].n;
    }
    return (right + t->shares[w->tag]) / (all + 1);
}

void ft_unigram_tagger_score(const struct ft_unigram_tagger *t, const struct ft_examples *x,
                             enum ft_part part, struct ft_scores *constant,
                             struct ft_scores *unigram)
{
    struct ft_entity_scores e[2];
    double losses[2] = {0};
    size_t cap = 0, sentences = 0, words_n = 0, n;
    int32_t *tags = NULL; /* (3, n): true, constant, unigram */
    for (int k = 0; k < 2; k++)
        ft_entity_scores_init(&e[k], (const char *const *)x->labels.names, x->labels.n);
    for (size_t i = 0; i < x->n; i++) {
        if (!counts(x, i, part)) continue;
        const struct ft_word *words = words_of(x, i, &n);
        struct ft_text text = x->items[i].text;
        ft_grow(&tags, &cap, 3 * n + 1, sizeof *tags);
        ft_unigram_tagger_tag(t, text, words, n, tags + 2 * n);
        for (size_t k = 0; k < n; k++) {
            tags[k] = words[k].tag;
            tags[n + k] = t->common;
            if (words[k].tag < 0) continue;
            losses[0] -= log(fmax(t->shares[words[k].tag], 1e-12));
            losses[1] -= log(fmax(likelihood(t, text, &words[k]), 1e-12));
            words_n++;
        }
        ft_entity_scores_add(&e[0], tags, tags + n, n);
        ft_entity_scores_add(&e[1], tags, tags + 2 * n, n);
        sentences++;
    }
    struct ft_scores *out[2] = {constant, unigram};
    for (int k = 0; k < 2; k++) {
        *out[k] = (struct ft_scores){.task = FT_TASK_NER, .examples = sentences};
        out[k]->loss = words_n ? losses[k] / (double)words_n : (double)NAN;
        ft_entity_scores_end(&e[k], out[k]);
    }
    free(tags);
}
