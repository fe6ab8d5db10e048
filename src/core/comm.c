/* The ranks: see comm.h. Everything is made of exchanges between two, along the edges of a
 * hypercube, so that the number of ranks is a power of two. */
#include "core/comm.h"

#include "core/comm_in.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/str.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct peer {
    char name[96];
    atomic_int pid; /* 0: on another machine */
};

static struct {
    bool known; /* start was read from the environment */
    bool forks; /* FETTLE_RANKS */
    struct ft_comm_start start;
    const struct ft_comm_link *link;
    struct peer *peers; /* (size) */
    bool broken;
    uint64_t sent_bytes;
    double seconds;
} world;
static _Thread_local bool takes_part;

static void know(void)
{
    long long n;
    const char *ranks = getenv("FETTLE_RANKS");
    if (world.known) return;
    world.known = true;
    if (ft_comm_mpi_started(&world.start)) return;
    world.start = (struct ft_comm_start){0, 1};
    if (ranks && ft_parse_i64(ranks, &n) && n > 1 && n <= FT_COMM_RANKS_MAX) {
        world.start.size = (int)n;
        world.forks = true;
    }
}

enum ft_status ft_comm_open(struct ft_err *err)
{
    know();
    int n = world.start.size;
    if (n == 1) return FT_OK;
    if (n & (n - 1) || n > FT_COMM_RANKS_MAX)
        return ft_fail(err, FT_USAGE,
                       "%d processes: expected a power of two, at most %d (mpirun -n 1, 2, 4 ..)",
                       n, (int)FT_COMM_RANKS_MAX);
    world.link =
        world.forks ? ft_comm_fork_open(&world.start, err) : ft_comm_mpi_open(&world.start, err);
    if (!world.link) return err->code;
    world.peers = ft_xcalloc((size_t)n, sizeof *world.peers);
    for (int i = 0; i < n; i++)
        snprintf(world.peers[i].name, sizeof world.peers[i].name, "rank %d", i);
    return FT_OK;
}

bool ft_comm_close(void)
{
    if (!world.link || world.broken) return !world.broken;
    bool ok = world.link->close();
    world.link = NULL;
    free(world.peers);
    world.peers = NULL;
    return ok;
}

void ft_comm_abort(void)
{
    if (world.link) world.link->abort();
}

bool ft_comm_is_broken(void)
{
    return world.broken;
}

int ft_comm_world_rank(void)
{
    know();
    return world.start.rank;
}

int ft_comm_world_size(void)
{
    know();
    return world.start.size;
}

void ft_comm_enter(void)
{
    takes_part = world.link != NULL;
}

void ft_comm_leave(void)
{
    takes_part = false;
}

int ft_comm_rank(void)
{
    return takes_part ? world.start.rank : 0;
}

int ft_comm_size(void)
{
    return takes_part ? world.start.size : 1;
}

void ft_comm_introduce(int rank, const char *name, int pid)
{
    if (!world.peers) return;
    snprintf(world.peers[rank].name, sizeof world.peers[rank].name, "%s", name);
    atomic_store(&world.peers[rank].pid, pid);
}

const char *ft_comm_name(int rank)
{
    return world.peers ? world.peers[rank].name : "rank 0";
}

int ft_comm_lost(void)
{
    for (int i = 0; world.peers && i < world.start.size; i++) {
        int pid = atomic_load(&world.peers[i].pid);
        if (pid > 0 && i != world.start.rank && kill(pid, 0) && errno == ESRCH) return i;
    }
    return -1;
}

enum ft_status ft_comm_lost_error(int rank, struct ft_err *err)
{
    return ft_fail(err, FT_IO,
                   "%s was lost, and the job ends; a training run goes on from its last checkpoint "
                   "with --resume, also with fewer processes",
                   ft_comm_name(rank));
}

enum ft_status ft_comm_fail(int rank, struct ft_err *err)
{
    int lost = ft_comm_lost();
    world.broken = true;
    return ft_comm_lost_error(lost >= 0 ? lost : rank, err);
}

enum ft_status ft_comm_exchange(int peer, const void *send, size_t n, void *receive, size_t m,
                                struct ft_err *err)
{
    assert(takes_part && peer != world.start.rank);
    if (world.broken) return ft_comm_fail(peer, err);
    double from = ft_now_s();
    const char *out = send;
    char *in = receive;
    enum ft_status st = FT_OK;
    do {
        size_t a = n < FT_COMM_PIECE ? n : FT_COMM_PIECE, b = m < FT_COMM_PIECE ? m : FT_COMM_PIECE;
        st = world.link->exchange(peer, out, a, in, b, err);
        out += a;
        in += b;
        n -= a;
        m -= b;
        world.sent_bytes += a;
    } while (!st && (n || m));
    world.seconds += ft_now_s() - from;
    return st;
}

/* From rank 0 to rank 1, from these to 2 and 3, and so on. */
enum ft_status ft_comm_bcast(void *data, size_t n, struct ft_err *err)
{
    int rank = ft_comm_rank(), size = ft_comm_size();
    enum ft_status st = FT_OK;
    for (int d = 1; d < size && !st; d *= 2) {
        if (rank < d)
            st = ft_comm_exchange(rank + d, data, n, NULL, 0, err);
        else if (rank < 2 * d)
            st = ft_comm_exchange(rank - d, NULL, 0, data, n, err);
    }
    return st;
}

/* After the exchange over distance d each rank has the blocks of 2d ranks. */
enum ft_status ft_comm_gather(void *data, size_t each, struct ft_err *err)
{
    size_t rank = (size_t)ft_comm_rank(), size = (size_t)ft_comm_size();
    char *all = data;
    enum ft_status st = FT_OK;
    for (size_t d = 1; d < size && !st; d *= 2) {
        size_t own = rank & ~(d - 1), other = own ^ d;
        st = ft_comm_exchange((int)(rank ^ d), all + own * each, d * each, all + other * each,
                              d * each, err);
    }
    return st;
}

uint64_t ft_comm_sent_bytes(void)
{
    return world.sent_bytes;
}

double ft_comm_seconds(void)
{
    return world.seconds;
}

char *ft_comm_text(void)
{
    return ft_comm_mpi_text();
}
