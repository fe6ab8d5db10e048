/* The processes that mpirun started as one job, for the commands: joining them, comparing their
 * builds and processors, and ending. core/comm.h carries the data. A process that was started alone
 * is rank 0 of 1, for which all of this does nothing.
 *
 * Threads: the main one; ft_ranks_lost any. */
#ifndef FT_ENGINE_OPTIONS_RANKS_H
#define FT_ENGINE_OPTIONS_RANKS_H

#include "engine/options/options.h"
#include "util/err.h"

#include <stdbool.h>

/* By the environment alone: before ft_ranks_open, too. */
int ft_ranks_rank(void);
int ft_ranks_size(void);
/* Joins the others, and compares: FT_UNSUPPORTED where a rank has another build, libraries that
 * compute otherwise, or a processor with other features; all ranks get the same error. */
enum ft_status ft_ranks_open(struct ft_err *err);
/* The compute threads of this process: the option; else the processors that it may use, divided by
 * the ranks of this machine where each may use all of them. 0: no ranks, the pool decides. */
int ft_ranks_threads(const struct ft_options *o);
/* The main thread takes part in what follows (prediction, evaluation), or no longer. */
void ft_ranks_enter(void);
void ft_ranks_leave(void);
/* All ranks get the first error of any; after one, the next calls return their own. So a rank that fails
 * between two calls is noticed by the others at their next one, wherever that is. */
enum ft_status ft_ranks_agree(enum ft_status st, struct ft_err *err);
/* Whether a rank of this machine is gone: FT_IO, naming it. */
enum ft_status ft_ranks_lost(struct ft_err *err);
bool ft_ranks_broken(void); /* the connection to one was lost */
/* Waits for all to close. Where a rank was lost it does nothing: the process must end at once, without
 * what the MPI library does at the end of a program. */
bool ft_ranks_close(void); /* false: a rank that this process forked did not end well */
/* Ends the other ranks. */
void ft_ranks_abort(void);
/* "Open MPI v4.1.4 (libmpi.so.40)", or why there is none; free() it. */
char *ft_ranks_mpi(void);

#endif
