/* Several processes, connected by sockets: what is carried, the gradients of their shards, a lost one. Each case runs
 * in a process of its own, from which the ranks are forked; its exit status is the number of failed checks. */
#include "core/comm.h"

#include "core/pool.h"
#include "core/shards.h"
#include "util/mem.h"
#include "util/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { FLOATS = 5003, SHARDS = 8 };
static int failures;

static void check(bool ok, const char *what)
{
    if (ok) return;
    failures++;
    fprintf(stderr, "rank %d: %s\n", ft_comm_rank(), what);
}
#define CHECK(x) check(x, #x)

/* The failures of all ranks that are left. */
static void run_ranks(int n, void (*work)(void), bool ends)
{
    fflush(NULL);
    pid_t pid = fork();
    if (!pid) {
        char text[12];
        snprintf(text, sizeof text, "%d", n);
        setenv("FETTLE_RANKS", text, 1);
        unsetenv("OMPI_COMM_WORLD_SIZE");
        unsetenv("PMI_SIZE");
        struct ft_err err = {0};
        if (ft_comm_open(&err)) _exit(100);
        ft_pool_init(1, NULL);
        ft_comm_enter();
        work();
        int all[16] = {0};
        all[ft_comm_rank()] = failures;
        if (ends && ft_comm_gather(all, sizeof *all, &err)) all[0]++;
        int sum = 0;
        for (int i = 0; i < n; i++)
            sum += all[i];
        ft_comm_leave();
        ft_comm_close();
        _exit(sum);
    }
    int status = 0;
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void carry(void)
{
    int rank = ft_comm_rank(), size = ft_comm_size();
    uint64_t number = rank ? 0 : 77, numbers[16] = {0};
    CHECK(!ft_comm_bcast(&number, sizeof number, NULL) && number == 77);
    numbers[rank] = 100 + (uint64_t)rank;
    CHECK(!ft_comm_gather(numbers, sizeof *numbers, NULL));
    for (int i = 0; i < size; i++)
        CHECK(numbers[i] == 100 + (uint64_t)i);
    CHECK(numbers[size] == 0);
    /* more than a socket holds, both ways, of different lengths */
    size_t n = ((size_t)3 << 20) + (size_t)rank % 2;
    size_t m = ((size_t)3 << 20) + (size_t)(rank + 1) % 2;
    char *out = ft_xmalloc(n), *in = ft_xcalloc(m, 1);
    memset(out, 'a' + rank, n);
    uint64_t before = ft_comm_sent_bytes();
    CHECK(!ft_comm_exchange(rank ^ 1, out, n, in, m, NULL));
    CHECK(ft_comm_sent_bytes() - before == n);
    CHECK(in[0] == 'a' + (rank ^ 1) && in[m - 1] == in[0]);
    free(out);
    free(in);
    ft_comm_leave();
    CHECK(ft_comm_rank() == 0 && ft_comm_size() == 1); /* a thread that takes no part */
    CHECK(!ft_comm_bcast(&number, sizeof number, NULL) && number == 77);
    ft_comm_enter();
}

static void fill(float *x, size_t shard)
{
    struct ft_rng rng;
    ft_rng_init(&rng, 7, shard);
    for (size_t i = 0; i < FLOATS; i++)
        x[i] = (float)ft_rng_normal(&rng) * (i % 3 ? 1.0f : 1e4f);
}

/* One step of all shards: weights, the moments of this rank in their places, and the norm. */
static void step(float *w, float *moments, double *norm, bool counts)
{
    static const struct ft_optim_range ranges[] = {{3, 700, true, 1}, {712, FLOATS - 2, false, 1}};
    struct ft_optim o = {.kind = FT_OPTIM_ADAM,
                         .lr = 0.01,
                         .beta1 = 0.9,
                         .beta2 = 0.99,
                         .eps = 1e-8,
                         .weight_decay = 0.1,
                         .grad_scale = 0.5f,
                         .zero_grad = true};
    struct ft_shards s;
    float *g = ft_try_big(FLOATS * sizeof *g), *x = ft_xmalloc(FLOATS * sizeof *x);
    CHECK(!ft_shards_init(&s, SHARDS, FLOATS, ranges, 2, NULL));
    CHECK(s.own == (size_t)(SHARDS / ft_comm_size()));
    float *m = ft_xcalloc(s.end - s.begin + 1, sizeof *m);
    float *v = ft_xcalloc(s.end - s.begin + 1, sizeof *v);
    for (o.step = 1; o.step <= 2; o.step++) {
        for (size_t i = 0; i < s.own; i++) {
            fill(x, s.first + i + 100 * o.step);
            for (size_t k = 0; k < FLOATS; k++)
                g[k] += x[k];
            ft_shards_add(&s, i, &g);
        }
        uint64_t before = ft_comm_sent_bytes();
        CHECK(!ft_shards_reduce(&s, g, NULL));
        uint64_t sent = ft_comm_sent_bytes() - before;
        CHECK(!ft_shards_norm(&s, g, norm, NULL));
        for (size_t k = 0; k < FLOATS; k++) /* frozen ones have no gradient */
            if (k < 3 || (k >= 700 && k < 712) || k >= FLOATS - 2) g[k] = 0;
        ft_shards_step(&s, &o, w, g, m, v);
        before = ft_comm_sent_bytes();
        CHECK(!ft_shards_share(&s, w, NULL));
        sent += ft_comm_sent_bytes() - before;
        if (counts && ft_comm_rank() == 0)
            CHECK(sent == ft_shards_sent_bytes(SHARDS, (size_t)ft_comm_size(), FLOATS));
        bool zero = true;
        for (size_t k = 0; k < FLOATS; k++)
            zero = zero && g[k] >= 0 && g[k] <= 0;
        CHECK(zero);
    }
    memset(moments, 0, 2 * FLOATS * sizeof *moments);
    CHECK(!ft_shards_moments(&s, m, moments, false, NULL));
    CHECK(!ft_shards_moments(&s, v, moments + FLOATS, false, NULL));
    memset(m, 0, (s.end - s.begin) * sizeof *m);
    CHECK(!ft_shards_moments(&s, m, moments, true, NULL));
    if (ft_comm_rank() == 0) CHECK(!memcmp(m, moments + s.begin, (s.end - s.begin) * sizeof *m));
    ft_shards_release(&s);
    ft_big_free(g, FLOATS * sizeof *g);
    free(x);
    free(m);
    free(v);
}

static void shards(void)
{
    float *w = ft_xcalloc(2 * FLOATS, sizeof *w), *moments = ft_xcalloc(4 * FLOATS, sizeof *w);
    double norm = 0, alone = 0;
    step(w, moments, &norm, true);
    ft_comm_leave();
    step(w + FLOATS, moments + 2 * FLOATS, &alone, false);
    ft_comm_enter();
    CHECK(alone > 0 && norm >= alone && norm <= alone);
    CHECK(!memcmp(w, w + FLOATS, FLOATS * sizeof *w));
    if (ft_comm_rank() == 0) CHECK(!memcmp(moments, moments + 2 * FLOATS, 2 * FLOATS * sizeof *w));
    free(w);
    free(moments);
}

static void lose(void)
{
    struct ft_err err = {0};
    int numbers[4] = {0};
    CHECK(!ft_comm_gather(numbers, sizeof *numbers, &err));
    if (ft_comm_rank() == 2) _exit(0);
    CHECK(ft_comm_gather(numbers, sizeof *numbers, &err) == FT_IO);
    CHECK(ft_comm_is_broken() && strstr(err.msg, "was lost"));
    if (ft_comm_rank() == 0)
        CHECK(ft_comm_gather(numbers, sizeof *numbers, &err) == FT_IO); /* at once */
}

static void test_carry(void **state)
{
    (void)state;
    run_ranks(2, carry, true);
    run_ranks(4, carry, true);
    run_ranks(8, carry, true);
}
static void test_shards(void **state)
{
    (void)state;
    run_ranks(2, shards, true);
    run_ranks(4, shards, true);
    run_ranks(8, shards, true);
}
static void test_lost(void **state)
{
    (void)state;
    run_ranks(4, lose, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_carry), cmocka_unit_test(test_shards),
                                       cmocka_unit_test(test_lost)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
