/* Plain loops, which the compiler turns into vectors. */
#include "core/bf16.h"

#include "core/pool.h"

enum { GRAIN = 4096 };

struct job {
    uint16_t *to;
    const float *from;
};

static void convert(void *ctx, size_t begin, size_t end, int worker)
{
    const struct job *j = ctx;
    uint16_t *restrict to = j->to;
    const float *restrict from = j->from;
    (void)worker;
    for (size_t i = begin; i < end; i++)
        to[i] = ft_bf16_of(from[i]);
}

void ft_bf16_convert(uint16_t *to, const float *from, size_t n)
{
    struct job j = {to, from};
    if (n <= GRAIN)
        convert(&j, 0, n, 0);
    else
        ft_pool_run(n, GRAIN, convert, &j);
}
