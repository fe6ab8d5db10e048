/* The one pool of compute threads: our kernels and the matrix products (core/gemm.h, one thread
 * a piece) run on it. It is not OpenMP's, because OpenMP makes a team for each thread that
 * calls it and its idle threads spin: here several threads compute in turn on the same workers, and
 * the pieces, and so the bits of a sum, depend on the number of threads alone.
 *
 *     ft_pool_init(0, &err);                      // on the thread that will compute
 *     ft_pool_run(rows, 16, add_rows, &job);      // add_rows(&job, begin, end, worker)
 *
 * Work is cut by position, never by who is free: the same number of threads gives the same pieces
 * and so the same bits; `worker` is the number of the piece. Threads are started by the first run
 * that needs them and stay. A thread that computes calls ft_pool_init; where there are several (a
 * training session, and a prediction asked meanwhile), each takes its turn for one piece of work,
 * an update or a batch: ft_pool_take, ft_pool_give. A run inside a run is done serially by the
 * worker that asks; ops that add up partial sums of the workers (their headers do not repeat it)
 * must not be called inside a run. */
#ifndef FT_CORE_POOL_H
#define FT_CORE_POOL_H

#include <stddef.h>
#include "util/err.h"

/* Bytes of scratch each worker owns; no op asks for more, whatever the shapes. */
#define FT_POOL_SCRATCH_BYTES ((size_t)1 << 20)
/* Columns (hidden or feed-forward size) that ops with sums over rows accept because of it. */
#define FT_POOL_COLUMNS_MAX ((size_t)65536)

/* Does items [begin, end). `worker` is in [0, ft_pool_threads()) and nobody else's meanwhile. */
typedef void (*ft_pool_fn)(void *ctx, size_t begin, size_t end, int worker);

/* Sets the number of compute threads of the calling thread; 0 takes one for each processor this
 * process may use. May be called again. Errors: FT_NOMEM (scratch). */
enum ft_status ft_pool_init(int threads, struct ft_err *err);

/* Waits until nobody else computes, first come first served, and puts this thread's number of
 * threads in force. May be nested on one thread. Nothing but computing belongs between the two. */
void ft_pool_take(void);
void ft_pool_give(void);

/* How many threads a run of the calling thread uses; 1 before ft_pool_init. */
int ft_pool_threads(void);

/* Splits [0, n) into one even piece for each thread, borders at multiples of `grain` (>= 1), and
 * returns when all are done. Pieces may be empty, then fn is not called for them. */
void ft_pool_run(size_t n, size_t grain, ft_pool_fn fn, void *ctx);

/* Calls fn for each item of [0, n) alone (end = begin + 1), handed out in order to whoever is free:
 * for items of unequal cost that write disjoint memory, so that the result is the same all the
 * same. */
void ft_pool_each(size_t n, ft_pool_fn fn, void *ctx);

/* The piece [*begin, *end) that worker w gets from ft_pool_run(n, grain): to add up partial sums.
 */
void ft_pool_piece(size_t n, size_t grain, int w, size_t *begin, size_t *end);

/* Scratch of one worker, FT_POOL_SCRATCH_BYTES long, 64-byte aligned. What a worker leaves there
 * may be read by the caller after the run, until the next op. */
void *ft_pool_scratch(int worker);

/* Memory the pool holds, for the memory plan. */
size_t ft_pool_bytes(void);

#endif
