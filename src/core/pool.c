/* The pool of compute threads: libgomp's, called as gcc's -fopenmp would call it, but by hand, so
 * that clang (whose own runtime is another) shares it with OpenBLAS too.
 *
 * ThreadSanitizer cannot see libgomp's futexes; the fork and the join are told to it here. */
#include "core/pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include "util/mem.h"

/* libgomp's binary interface, stable since gcc 4.9 (libgomp.map, GOMP_4.0 and OMP_1.0). */
extern void GOMP_parallel(void (*fn)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int threads);
extern void omp_set_dynamic(int dynamic);

#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#ifdef TSAN
extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);
#define tsan_acquire(p) __tsan_acquire(p)
#define tsan_release(p) __tsan_release(p)
#else
#define tsan_acquire(p) ((void)(p))
#define tsan_release(p) ((void)(p))
#endif

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
    omp_set_dynamic(0);
    omp_set_num_threads(threads);
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

void ft_pool_piece(size_t n, size_t grain, int w, size_t *begin, size_t *end)
{
    size_t threads = (size_t)ft_pool_threads(), at = (size_t)w;
    size_t grains = (n + grain - 1) / grain;
    size_t each = grains / threads, more = grains % threads;
    size_t from = at * each + (at < more ? at : more);
    size_t to = from + each + (at < more ? 1 : 0);
    *begin = from * grain < n ? from * grain : n;
    *end = to * grain < n ? to * grain : n;
}

struct job {
    ft_pool_fn fn;
    void *ctx;
    size_t n, grain;
    atomic_size_t next; /* of ft_pool_each */
};

static void job_pieces(void *data)
{
    struct job *job = data;
    tsan_acquire(job);
    int w = omp_get_thread_num();
    size_t begin, end;
    ft_pool_piece(job->n, job->grain, w, &begin, &end);
    if (begin < end) job->fn(job->ctx, begin, end, w);
    tsan_release(job);
}

static void job_items(void *data)
{
    struct job *job = data;
    tsan_acquire(job);
    int w = omp_get_thread_num();
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&job->next, 1, memory_order_relaxed);
        if (i >= job->n) break;
        job->fn(job->ctx, i, i + 1, w);
    }
    tsan_release(job);
}

static void job_start(struct job *job, void (*body)(void *))
{
    tsan_release(job);
    GOMP_parallel(body, job, (unsigned)ft_pool_threads(), 0);
    tsan_acquire(job);
}

/* Inside a run, or with one thread: the whole of it by the worker that asks. */
static bool is_serial(int *worker)
{
    bool inside = omp_in_parallel() != 0;
    *worker = inside ? omp_get_thread_num() : 0;
    return inside || ft_pool_threads() == 1;
}

void ft_pool_run(size_t n, size_t grain, ft_pool_fn fn, void *ctx)
{
    assert(grain >= 1);
    int w;
    /* One piece is worker 0's, who is the caller: nobody else needs to be woken for it. */
    if (is_serial(&w) || n <= grain) {
        if (n > 0) fn(ctx, 0, n, w);
        return;
    }
    struct job job = {.fn = fn, .ctx = ctx, .n = n, .grain = grain};
    job_start(&job, job_pieces);
}

void ft_pool_each(size_t n, ft_pool_fn fn, void *ctx)
{
    int w;
    if (is_serial(&w) || n <= 1) {
        for (size_t i = 0; i < n; i++)
            fn(ctx, i, i + 1, w);
        return;
    }
    struct job job = {.fn = fn, .ctx = ctx, .n = n};
    job_start(&job, job_items);
}
