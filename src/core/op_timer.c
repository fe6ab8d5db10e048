/* One pointer a thread: a worker of the pool that computes a part of an op has none of its own. */
#include "core/op_timer.h"

#include "util/clock.h"
#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static _Thread_local struct ft_op_timer *watching;

void ft_op_timer_watch(struct ft_op_timer *s)
{
    watching = s;
}

void ft_op_timer_clear(struct ft_op_timer *s)
{
    memset(s->s, 0, sizeof s->s);
    s->products_n = 0;
}

void ft_op_timer_release(struct ft_op_timer *s)
{
    free(s->products);
    memset(s, 0, sizeof *s);
}

double ft_op_timer_begin(void)
{
    return watching ? ft_now_s() : 0.0;
}

void ft_op_timer_end(enum ft_op_timer_kind kind, double begun)
{
    if (watching) watching->s[kind] += ft_now_s() - begun;
}

void ft_op_timer_product(double begun, const struct ft_product *p)
{
    struct ft_op_timer *s = watching;
    if (!s) return;
    double took = ft_now_s() - begun;
    s->s[FT_OP_TIMER_PRODUCTS] += took;
    ft_grow(&s->products, &s->products_cap, s->products_n + 1, sizeof *s->products);
    s->products[s->products_n] = *p;
    s->products[s->products_n++].s = took;
}
