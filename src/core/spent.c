/* One pointer a thread: a worker of the pool that computes a part of an op has none of its own. */
#include "core/spent.h"

#include "util/clock.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local struct ft_spent *watching;

void ft_spent_watch(struct ft_spent *s)
{
    watching = s;
}

void ft_spent_clear(struct ft_spent *s)
{
    memset(s->s, 0, sizeof s->s);
    s->products_n = 0;
}

void ft_spent_release(struct ft_spent *s)
{
    free(s->products);
    memset(s, 0, sizeof *s);
}

double ft_spent_begin(void)
{
    return watching ? ft_now_s() : 0.0;
}

void ft_spent_end(enum ft_spent_kind kind, double begun)
{
    if (watching) watching->s[kind] += ft_now_s() - begun;
}

void ft_spent_product(double begun, const struct ft_product *p)
{
    struct ft_spent *s = watching;
    if (!s) return;
    s->s[FT_SPENT_PRODUCTS] += ft_now_s() - begun;
    ft_grow(&s->products, &s->products_cap, s->products_n + 1, sizeof *s->products);
    s->products[s->products_n++] = *p;
}
