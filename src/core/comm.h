/* The processes of one run: sending bytes between them. One process alone is rank 0 of 1, which
 * costs nothing. Several are those that mpirun started (comm_mpi.c, with the MPI library), or those
 * of a test, forked and connected by sockets (comm_fork.c). What is summed is summed by the caller
 * (core/shards.h): here bytes are carried, nothing more.
 *
 *     st = ft_comm_open(err);                   first thing in the program
 *     ft_comm_enter();                          on the thread that takes part
 *     st = ft_comm_bcast(&x, sizeof x, err);    on all ranks, in the same order
 *     ft_comm_leave();
 *     ft_comm_close();
 *
 * A thread that has not entered is alone: rank 0 of 1. So what it computes with functions that
 * share their work among the ranks, it computes by itself.
 *
 * Errors: FT_IO, naming the rank that was lost. All ranks are unusable after one: the process ends.
 * Threads: one at a time carries; ft_comm_lost and ft_comm_world_* from any. */
#ifndef FT_CORE_COMM_H
#define FT_CORE_COMM_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_COMM_RANKS_MAX = 1024 };

/* Joins the ranks that this process was started as one of, by the environment that mpirun sets;
 * nothing is opened where it was not. FETTLE_RANKS=N, for tests: forks N - 1 processes, which all
 * return from here. The number of ranks is a power of two.
 * Errors: FT_UNSUPPORTED: started by mpirun, but there is no MPI (or another one); FT_USAGE. */
enum ft_status ft_comm_open(struct ft_err *err);
/* Waits for the others to close, too. Does nothing after one was lost: the process is to end then.
 * false: the end of another was not a good one. */
bool ft_comm_close(void);
/* Ends all ranks with exit status 1; this one may be left. */
void ft_comm_abort(void);
/* A broken connection was found; the ranks can only be ended. */
bool ft_comm_is_broken(void);

/* Of the program: known before ft_comm_open, from the environment. */
int ft_comm_world_rank(void);
int ft_comm_world_size(void);
/* Of the calling thread: 0 of 1 unless it has entered. */
void ft_comm_enter(void);
void ft_comm_leave(void);
int ft_comm_rank(void);
int ft_comm_size(void);

/* What others call rank r ("rank 2 (node7)"), and where its process can be looked for: on this
 * machine, or pid 0. */
void ft_comm_introduce(int rank, const char *name, int pid);
const char *ft_comm_name(int rank);
/* Whether a process of this machine is gone: its rank, or -1. */
int ft_comm_lost(void);
enum ft_status ft_comm_lost_error(int rank, struct ft_err *err); /* FT_IO */

/* Sends n bytes to a rank while m bytes come from it, which does the same the other way round.
 * Either may be 0. */
enum ft_status ft_comm_exchange(int peer, const void *send, size_t n, void *receive, size_t m,
                                struct ft_err *err);
/* Rank 0's bytes for all. */
enum ft_status ft_comm_bcast(void *data, size_t n, struct ft_err *err);
/* data holds `each` bytes of every rank, in their order; on entry its own at their place. */
enum ft_status ft_comm_gather(void *data, size_t each, struct ft_err *err);

/* Bytes that this rank sent so far, and the time it spent sending and waiting. */
uint64_t ft_comm_sent_bytes(void);
double ft_comm_seconds(void);

/* The MPI: "Open MPI 4.1.4, libmpi.so.40", "built for libmpi.so.40, which is not installed" or "not
 * built in"; free() it. */
char *ft_comm_text(void);

#endif
