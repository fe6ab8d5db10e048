/* See baseline_cache.h. */
#include "engine/task/baseline_cache.h"

#include "data/examples.h"
#include "engine/task/baseline.h"
#include "engine/task/score_report.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/str.h"

#include <stdlib.h>
#include <string.h>

static void add_bytes(struct ft_sha256 *h, const void *data, size_t n)
{
    ft_sha256_add(h, &n, sizeof n);
    if (n) ft_sha256_add(h, data, n);
}

/* All that a baseline is made of. */
static void make_key(const struct ft_examples *x, uint64_t seed, char key[65])
{
    struct ft_sha256 *h = ft_sha256_new();
    const uint64_t head[] = {seed, x->n, x->numbers, x->several, x->labels.n};
    ft_sha256_add(h, head, sizeof head);
    for (size_t k = 0; k < x->labels.n; k++)
        add_bytes(h, x->labels.names[k], strlen(x->labels.names[k]));
    for (size_t i = 0; i < x->n; i++) {
        const struct ft_example *e = &x->items[i];
        struct ft_str set = {0};
        add_bytes(h, e->text.data, e->text.n);
        add_bytes(h, e->pair.data, e->pair.data ? e->pair.n : 0);
        ft_sha256_add(h, &e->part, sizeof e->part);
        ft_sha256_add(h, &e->label, sizeof e->label);
        if (x->numbers) ft_sha256_add(h, &e->value, sizeof e->value);
        if (x->several && e->label >= 0)
            ft_label_sets_json(&x->sets, e->label, x->labels.names, &set);
        add_bytes(h, ft_str_text(&set), set.len);
        ft_str_release(&set);
    }
    ft_sha256_end(h, key);
}

void ft_baseline_cache_release(struct ft_baseline_cache *c)
{
    free(c->json);
    *c = (struct ft_baseline_cache){0};
}

enum ft_status ft_baseline_cache_find(struct ft_baseline_cache *c, const struct ft_examples *x,
                                      uint64_t seed, struct ft_err *err)
{
    struct ft_baseline b = {0};
    struct ft_str json = {0};
    char key[65] = "";
    size_t made = c->made + 1;
    if (!x->tagged[FT_PART_TRAIN]) make_key(x, seed, key);
    if (*key && !strcmp(key, c->key)) return FT_OK;
    ft_baseline_cache_release(c);
    enum ft_status st = ft_baseline_train(&b, x, seed, NULL, err);
    if (st) return st;
    ft_baseline_json(&b, &json);
    c->json = ft_str_take(&json);
    c->constant = ft_scores_first(&b.constant);
    c->trained = ft_scores_first(&b.trained);
    c->made = made;
    memcpy(c->key, key, sizeof c->key);
    ft_baseline_release(&b);
    return FT_OK;
}
