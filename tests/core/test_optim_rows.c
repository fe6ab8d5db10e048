/* Updates by rows against updates of the whole matrix: the same bits, whatever is used when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/optim_rows.h"
#include "core/pool.h"
#include "util/mem.h"
#include "util/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 37, BEGIN = 16, STEPS = 700, BATCH = 5 };

struct arrays {
    float *p, *g, *m, *v;
    size_t n;
};

static struct arrays arrays_new(size_t n, const struct arrays *from)
{
    struct arrays a = {.n = n};
    float **all[] = {&a.p, &a.g, &a.m, &a.v};
    float *const *old[] = {from ? &from->p : NULL, from ? &from->g : NULL, from ? &from->m : NULL,
                           from ? &from->v : NULL};
    for (int i = 0; i < 4; i++) {
        *all[i] = ft_xcalloc(n, sizeof(float));
        if (from) memcpy(*all[i], *old[i], n * sizeof(float));
    }
    return a;
}

static void arrays_free(struct arrays *a)
{
    free(a->p);
    free(a->g);
    free(a->m);
    free(a->v);
}

static void assert_same(const struct arrays *a, const struct arrays *b, uint64_t step)
{
    if (memcmp(a->p, b->p, a->n * sizeof(float))) fail_msg("p differs after step %d", (int)step);
    if (memcmp(a->m, b->m, a->n * sizeof(float))) fail_msg("m differs after step %d", (int)step);
    if (memcmp(a->v, b->v, a->n * sizeof(float))) fail_msg("v differs after step %d", (int)step);
    if (memcmp(a->g, b->g, a->n * sizeof(float))) fail_msg("g differs after step %d", (int)step);
}

/* Few of the ids come often, some late, the last rows never. */
static int32_t id_of(struct ft_rng *r, uint64_t step)
{
    int32_t most = step < STEPS / 2 ? 9 : ROWS - 4;
    return (int32_t)ft_rng_below(r, ft_rng_below(r, 4) ? 5 : (uint64_t)most);
}

static struct ft_optim optim_of(enum ft_optim_kind kind, double decay, uint64_t step)
{
    return (struct ft_optim){.kind = kind,
                             .lr = 1e-2 * (double)(STEPS - step) / STEPS,
                             .beta1 = 0.9,
                             .beta2 = 0.999,
                             .eps = 1e-8,
                             .weight_decay = decay,
                             .step = step,
                             .grad_scale = step % 3 ? 1.0f : 0.25f,
                             .zero_grad = true};
}

/* Both ways, step by step; now and then everything is brought up to date and compared, and once the
 * rows begin again from what is there, as a resumed run does. */
static void check(enum ft_optim_kind kind, double decay, size_t width, size_t most_between)
{
    size_t n = BEGIN + ROWS * width + 16;
    struct ft_rng rng;
    ft_rng_init(&rng, 7, FT_RNG_INIT);
    struct arrays whole = arrays_new(n, NULL);
    for (size_t i = BEGIN; i < BEGIN + ROWS * width; i++)
        whole.p[i] = (float)ft_rng_normal(&rng);
    struct arrays rows = arrays_new(n, &whole);
    struct ft_optim_part part = {BEGIN, ROWS, width, true, 1};
    struct ft_optim_range range = {BEGIN, BEGIN + ROWS * width, true, 1};
    struct ft_optim o = optim_of(kind, decay, 1);
    struct ft_optim_rows x;
    ft_optim_rows_init(&x, &o, rows.p, rows.m, rows.v, &part);
    for (uint64_t step = 1; step <= STEPS; step++) {
        o = optim_of(kind, decay, step);
        int32_t ids[2][BATCH];
        for (int b = 0; b < 2; b++) { /* two batches an update */
            for (int i = 0; i < BATCH; i++)
                ids[b][i] = id_of(&rng, step);
            ft_optim_rows_use(&x, ids[b], BATCH);
            for (int i = 0; i < BATCH; i++) {
                size_t at = BEGIN + (size_t)ids[b][i] * width;
                assert_memory_equal(rows.p + at, whole.p + at, width * sizeof(float));
                for (size_t c = 0; c < width; c++) {
                    float g = (float)ft_rng_normal(&rng);
                    whole.g[at + c] += g;
                    rows.g[at + c] += g;
                }
            }
        }
        double norm = ft_optim_norm(whole.g, &range, 1);
        double squares = ft_optim_rows_squares(&x, rows.g);
        assert_true(fabs(sqrt(squares) - norm) <= 1e-6 * norm);
        ft_optim_step(&o, whole.p, whole.g, whole.m, whole.v, &range, 1);
        ft_optim_rows_step(&x, &o, rows.g);
        if (ft_rng_below(&rng, most_between)) continue;
        ft_optim_rows_sync(&x);
        assert_same(&rows, &whole, step);
        if (ft_rng_below(&rng, 2)) continue;
        ft_optim_rows_release(&x);
        ft_optim_rows_init(&x, &o, rows.p, rows.m, rows.v, &part);
    }
    ft_optim_rows_sync(&x);
    assert_same(&rows, &whole, STEPS);
    ft_optim_rows_release(&x);
    arrays_free(&whole);
    arrays_free(&rows);
}

static void check_all(void)
{
    static const size_t widths[] = {3, 200};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (int kind = 0; kind < FT_OPTIM_COUNT; kind++) {
            check((enum ft_optim_kind)kind, 0, widths[w], 40);
            check((enum ft_optim_kind)kind, 0.1, widths[w], 40);
            check((enum ft_optim_kind)kind, 0.1, widths[w], 10 * STEPS); /* longer than any pause */
        }
    }
}

static void test_same_as_whole(void **state)
{
    (void)state;
    struct ft_err err = {0};
    for (int threads = 1; threads <= 3; threads += 2) {
        if (ft_pool_init(threads, &err)) fail_msg("%s", err.msg);
        check_all();
    }
}

/* A net without such a matrix. */
static void test_none(void **state)
{
    (void)state;
    struct ft_optim_rows x = {0};
    struct ft_optim o = optim_of(FT_OPTIM_ADAMW, 0, 1);
    int32_t id = 0;
    ft_optim_rows_use(&x, &id, 1);
    assert_true(ft_optim_rows_squares(&x, NULL) == 0);
    ft_optim_rows_step(&x, &o, NULL);
    ft_optim_rows_sync(&x);
    ft_optim_rows_release(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_whole),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
