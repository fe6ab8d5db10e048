/* The pool of compute threads. A run is a job of as many pieces as there are threads; whoever is
 * free claims the next piece, the caller too. So a processor that another program holds costs its
 * share of the work, and never a wait for a thread that has not begun; and which thread does a
 * piece makes no difference to it, since all that a piece knows is its own number.
 *
 * Threads that wait spin for a moment (the gap between two ops of a step), then sleep. */
#include "core/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "util/mem.h"

enum { THREADS_MAX = 1024 };

static struct {
    int threads;                /* 0: not set up, one thread */
    atomic_int scratch_threads; /* also read by a thread that plans while another sets up */
    char *scratch;
} pool;

/* Turns: a ticket each, so that nobody waits for more than those who came before. */
static struct {
    pthread_mutex_t mu;
    pthread_cond_t next;
    unsigned long ticket, serving;
} turn = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
static _Thread_local int own_threads; /* of the last ft_pool_init on this thread; 0: none */
static _Thread_local int turns;       /* taken by this thread and not given yet */

/* Scratch of a program that never set up the pool, and of tests of single ops. */
static _Alignas(64) char first_scratch[FT_POOL_SCRATCH_BYTES];

void ft_pool_take(void)
{
    if (turns++) return;
    pthread_mutex_lock(&turn.mu);
    unsigned long mine = turn.ticket++;
    while (turn.serving != mine)
        pthread_cond_wait(&turn.next, &turn.mu);
    pthread_mutex_unlock(&turn.mu);
    if (own_threads) pool.threads = own_threads;
}

void ft_pool_give(void)
{
    assert(turns > 0);
    if (--turns) return;
    pthread_mutex_lock(&turn.mu);
    turn.serving++;
    pthread_cond_broadcast(&turn.next);
    pthread_mutex_unlock(&turn.mu);
}

static enum ft_status set_up(int threads, struct ft_err *err)
{
    if (threads <= 0) {
        cpu_set_t set;
        threads = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    }
    if (threads > THREADS_MAX) threads = THREADS_MAX;
    if (threads > 1 && threads > pool.scratch_threads) {
        size_t bytes = (size_t)threads * FT_POOL_SCRATCH_BYTES;
        char *scratch = ft_try_big(bytes);
        if (!scratch)
            return ft_fail(err, FT_NOMEM, "no memory for %d compute threads (%zu MB of scratch)",
                           threads, bytes >> 20);
        if (pool.scratch)
            ft_big_free(pool.scratch, (size_t)pool.scratch_threads * FT_POOL_SCRATCH_BYTES);
        pool.scratch = scratch;
        pool.scratch_threads = threads;
    }
    pool.threads = own_threads = threads;
    return FT_OK;
}

enum ft_status ft_pool_init(int threads, struct ft_err *err)
{
    ft_pool_take();
    enum ft_status st = set_up(threads, err);
    ft_pool_give();
    return st;
}

/* A thread that set itself up asks for its own number, also while another one computes; a worker
 * asks inside a run, when nobody changes the pool's. */
int ft_pool_threads(void)
{
    if (own_threads) return own_threads;
    return pool.threads > 0 ? pool.threads : 1;
}

void *ft_pool_scratch(int worker)
{
    assert(worker >= 0 && worker < ft_pool_threads());
    return pool.scratch ? pool.scratch + (size_t)worker * FT_POOL_SCRATCH_BYTES : first_scratch;
}

size_t ft_pool_bytes(void)
{
    return sizeof(first_scratch) + (size_t)pool.scratch_threads * FT_POOL_SCRATCH_BYTES;
}

struct job {
    ft_pool_fn fn;
    void *ctx;
    size_t n, grain; /* grain 0: items, see `next` */
    int threads;
    atomic_size_t next; /* item that is handed out next */
};

enum { SPINS = 3000 }; /* of some 40 ns each */

/* What callers and helpers share. `offer` says all that is needed to claim a piece in one word: the
 * number of the run, how many pieces it has, which is next. Between the claim of its first piece
 * and the end of its last one `job` does not change. */
static struct {
    pthread_mutex_t run; /* held by the caller: one run at a time */
    _Atomic uint64_t offer;
    struct job job;
    atomic_int left; /* pieces that are not done */
    int helpers;     /* threads that were started */
    pthread_mutex_t mu;
    pthread_cond_t offered, done;
    atomic_int asleep; /* helpers that wait for `offered` */
    atomic_bool caller_asleep;
} crew = {.run = PTHREAD_MUTEX_INITIALIZER,
          .mu = PTHREAD_MUTEX_INITIALIZER,
          .offered = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};
static _Thread_local int piece_now = -1; /* the piece this thread is at; -1: outside a run */

static uint64_t offer_of(uint64_t round, int pieces)
{
    return round << 32 | (uint64_t)pieces << 16;
}

static int offer_pieces(uint64_t offer)
{
    return (int)(offer >> 16 & 0xffff);
}

static int offer_next(uint64_t offer)
{
    return (int)(offer & 0xffff);
}

/* Helper h (from 1) leaves runs of h pieces or fewer to those before it. */
static bool is_offered(int h)
{
    uint64_t offer = atomic_load(&crew.offer);
    return offer_next(offer) < offer_pieces(offer) && h < offer_pieces(offer);
}

static void pause_a_moment(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void piece_bounds(size_t n, size_t grain, int threads, int w, size_t *begin, size_t *end)
{
    size_t at = (size_t)w, grains = (n + grain - 1) / grain;
    size_t each = grains / (size_t)threads, more = grains % (size_t)threads;
    size_t from = at * each + (at < more ? at : more);
    size_t to = from + each + (at < more ? 1 : 0);
    *begin = from * grain < n ? from * grain : n;
    *end = to * grain < n ? to * grain : n;
}

void ft_pool_piece(size_t n, size_t grain, int w, size_t *begin, size_t *end)
{
    piece_bounds(n, grain, ft_pool_threads(), w, begin, end);
}

static void do_piece(struct job *job, int w)
{
    int own = own_threads;
    own_threads = job->threads;
    piece_now = w;
    size_t begin, end;
    if (job->grain) {
        piece_bounds(job->n, job->grain, job->threads, w, &begin, &end);
        if (begin < end) job->fn(job->ctx, begin, end, w);
    } else {
        while ((begin = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed)) < job->n)
            job->fn(job->ctx, begin, begin + 1, w);
    }
    piece_now = -1;
    own_threads = own;
}

/* Claims pieces and does them until none is left to claim. */
static void work(void)
{
    uint64_t offer = atomic_load(&crew.offer);
    while (offer_next(offer) < offer_pieces(offer)) {
        if (!atomic_compare_exchange_weak(&crew.offer, &offer, offer + 1)) continue;
        do_piece(&crew.job, offer_next(offer));
        if (atomic_fetch_sub(&crew.left, 1) == 1 && atomic_load(&crew.caller_asleep)) {
            pthread_mutex_lock(&crew.mu);
            pthread_cond_signal(&crew.done);
            pthread_mutex_unlock(&crew.mu);
        }
        offer = atomic_load(&crew.offer);
    }
}

static void *help(void *number)
{
    int h = (int)(intptr_t)number;
    for (;;) {
        for (int i = 0; i < SPINS && !is_offered(h); i++)
            pause_a_moment();
        if (!is_offered(h)) {
            pthread_mutex_lock(&crew.mu);
            atomic_fetch_add(&crew.asleep, 1);
            while (!is_offered(h))
                pthread_cond_wait(&crew.offered, &crew.mu);
            atomic_fetch_sub(&crew.asleep, 1);
            pthread_mutex_unlock(&crew.mu);
        }
        work();
    }
    return NULL;
}

/* Helpers get no signals: those are the main thread's. One that cannot be started is not missed,
 * the others do its pieces. */
static void start_helpers(int threads)
{
    if (crew.helpers >= threads - 1) return;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (crew.helpers < threads - 1) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, help, (void *)(intptr_t)(crew.helpers + 1))) break;
        pthread_detach(thread);
        crew.helpers++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void wait_for_pieces(void)
{
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(&crew.left) == 0) return;
        pause_a_moment();
    }
    pthread_mutex_lock(&crew.mu);
    atomic_store(&crew.caller_asleep, true);
    while (atomic_load(&crew.left) > 0)
        pthread_cond_wait(&crew.done, &crew.mu);
    atomic_store(&crew.caller_asleep, false);
    pthread_mutex_unlock(&crew.mu);
}

/* grain 0: items. Of pieces that would be empty none is offered. */
static void run_job(size_t n, size_t grain, ft_pool_fn fn, void *ctx)
{
    int threads = ft_pool_threads();
    size_t grains = grain ? (n + grain - 1) / grain : n;
    int pieces = grains < (size_t)threads ? (int)grains : threads;
    pthread_mutex_lock(&crew.run);
    start_helpers(threads);
    crew.job = (struct job){.fn = fn, .ctx = ctx, .n = n, .grain = grain, .threads = threads};
    atomic_store(&crew.left, pieces);
    uint64_t round = (atomic_load(&crew.offer) >> 32) + 1;
    atomic_store(&crew.offer, offer_of(round, pieces));
    if (atomic_load(&crew.asleep)) {
        pthread_mutex_lock(&crew.mu);
        pthread_cond_broadcast(&crew.offered);
        pthread_mutex_unlock(&crew.mu);
    }
    work();
    wait_for_pieces();
    pthread_mutex_unlock(&crew.run);
}

/* Inside a run, with one thread or for one piece: the whole of it by the worker that asks, which is
 * a run all the same for what it calls. */
static bool ran_serially(size_t pieces, ft_pool_fn fn, void *ctx, size_t n, size_t step)
{
    if (piece_now < 0 && ft_pool_threads() > 1 && pieces > 1) return false;
    int before = piece_now, w = before < 0 ? 0 : before;
    piece_now = w;
    for (size_t i = 0; i < n; i += step)
        fn(ctx, i, i + step, w);
    piece_now = before;
    return true;
}

void ft_pool_run(size_t n, size_t grain, ft_pool_fn fn, void *ctx)
{
    assert(grain >= 1);
    if (!ran_serially((n + grain - 1) / grain, fn, ctx, n, n)) run_job(n, grain, fn, ctx);
}

void ft_pool_each(size_t n, ft_pool_fn fn, void *ctx)
{
    if (!ran_serially(n, fn, ctx, n, 1)) run_job(n, 0, fn, ctx);
}
