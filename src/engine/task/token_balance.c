/* See token_balance.h. Shares are compared as products, which do not round. */
#include "engine/task/token_balance.h"

#include "util/mem.h"

#include <assert.h>
#include <stdlib.h>

void ft_token_balance(const struct ft_sequences *s, const size_t *order, size_t batches,
                      size_t *ends)
{
    assert(batches >= 1 && batches <= s->n);
    uint64_t all = s->start[s->n], before = 0; /* tokens of the first `i` sequences */
    size_t i = 0;
    for (size_t b = 0; b < batches; b++) {
        size_t first = i, most = s->n - (batches - 1 - b); /* one for each batch behind it */
        while (i < most && (i == first || before * batches < (b + 1) * all))
            before += ft_sequences_len(s, order[i++]);
        ends[b] = i;
    }
    assert(i == s->n);
}

static int shortest_first(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

struct ft_ws_opt ft_token_balance_ws(const struct ft_sequences *s, size_t batches)
{
    uint64_t all = s->start[s->n], share = all / batches + 1;
    struct ft_ws_opt opt = {.T = s->longest, .train = true};
    opt.N = (size_t)(share + s->longest < all ? share + s->longest : all);
    /* the most sequences: the shortest ones, until their tokens reach a share */
    size_t *lens = ft_xmalloc((s->n + 1) * sizeof *lens);
    for (size_t i = 0; i < s->n; i++)
        lens[i] = ft_sequences_len(s, i);
    qsort(lens, s->n, sizeof *lens, shortest_first);
    uint64_t tokens = 0;
    while (opt.B < s->n && tokens < share)
        tokens += lens[opt.B++];
    free(lens);
    return opt;
}
