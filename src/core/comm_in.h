/* The two ways by which ranks are connected. Private to core/comm*.c. */
#ifndef FT_CORE_COMM_IN_H
#define FT_CORE_COMM_IN_H

#include "core/comm.h"

/* How this process was started. */
struct ft_comm_start {
    int rank, size;
};
struct ft_comm_link {
    /* As ft_comm_exchange, at most FT_COMM_PIECE bytes each way. */
    enum ft_status (*exchange)(int peer, const void *send, size_t n, void *receive, size_t m,
                               struct ft_err *err);
    bool (*close)(void); /* false: a rank that was started here failed */
    void (*abort)(void);
};
#define FT_COMM_PIECE ((size_t)64 << 20)

/* What mpirun says in the environment; false: this process was not started by one. */
bool ft_comm_mpi_started(struct ft_comm_start *start);
const struct ft_comm_link *ft_comm_mpi_open(const struct ft_comm_start *start, struct ft_err *err);
char *ft_comm_mpi_text(void);
/* start->size processes; start->rank is set. */
const struct ft_comm_link *ft_comm_fork_open(struct ft_comm_start *start, struct ft_err *err);

/* The error of a rank that does not answer any more. */
enum ft_status ft_comm_fail(int rank, struct ft_err *err);

#endif
