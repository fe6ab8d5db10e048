/* Ranks that are forked from one process, each pair connected by sockets: what tests use where
 * there is no MPI. A rank whose process ends closes its sockets, which its peers notice. */
#include "core/comm_in.h"

#include "util/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static struct {
    int rank, size;
    int *fds;    /* (size) to each peer; -1: itself */
    pid_t *pids; /* (size) rank 0's children */
} forked;

/* One side of an exchange: as much as goes without waiting. false: the connection is gone. */
static bool move(int fd, const char **out, size_t *n, char **in, size_t *m)
{
    ssize_t k = *n ? send(fd, *out, *n, MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
    if (k < 0 && errno != EAGAIN && errno != EINTR) return false;
    if (k > 0) {
        *out += k;
        *n -= (size_t)k;
    }
    k = *m ? recv(fd, *in, *m, MSG_DONTWAIT) : 1;
    if (k == 0 || (k < 0 && errno != EAGAIN && errno != EINTR)) return false;
    if (k > 0 && *m) {
        *in += k;
        *m -= (size_t)k;
    }
    return true;
}

static enum ft_status exchange(int peer, const void *send_, size_t n, void *receive, size_t m,
                               struct ft_err *err)
{
    const char *out = send_;
    char *in = receive;
    int fd = forked.fds[peer];
    while (n || m) {
        if (!move(fd, &out, &n, &in, &m)) return ft_comm_fail(peer, err);
        if (!n && !m) break;
        struct pollfd wait = {.fd = fd, .events = (short)((n ? POLLOUT : 0) | (m ? POLLIN : 0))};
        poll(&wait, 1, 1000);
    }
    return FT_OK;
}

static bool close_all(void)
{
    bool ok = true;
    int status;
    for (int i = 0; i < forked.size; i++)
        if (forked.fds[i] >= 0) close(forked.fds[i]);
    for (int i = 0; !forked.rank && i < forked.size; i++)
        if (forked.pids[i] > 0)
            ok = waitpid(forked.pids[i], &status, 0) > 0 && WIFEXITED(status) &&
                 !WEXITSTATUS(status) && ok;
    free(forked.fds);
    free(forked.pids);
    return ok;
}

/* The others find their connections closed. */
static void abort_all(void) {}

static const struct ft_comm_link forked_link = {exchange, close_all, abort_all};

const struct ft_comm_link *ft_comm_fork_open(struct ft_comm_start *start, struct ft_err *err)
{
    int n = start->size, pair[2];
    int *fds = ft_xmalloc((size_t)n * (size_t)n * sizeof *fds); /* [i * n + k]: i's, to k */
    bool ok = true;
    for (int i = 0; i < n * n; i++)
        fds[i] = -1;
    for (int i = 0; i < n && ok; i++) {
        for (int k = i + 1; k < n && ok; k++) {
            ok = !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
            if (ok) fds[i * n + k] = pair[0], fds[k * n + i] = pair[1];
        }
    }
    forked.size = n;
    forked.rank = 0;
    forked.pids = ft_xcalloc((size_t)n, sizeof *forked.pids);
    for (int i = 1; i < n && ok && !forked.rank; i++) {
        pid_t pid = fork();
        ok = pid >= 0;
        if (!pid) forked.rank = i;
        forked.pids[i] = pid;
    }
    forked.fds = ft_xmalloc((size_t)n * sizeof *forked.fds);
    for (int i = 0; i < n * n; i++) {
        if (ok && i / n == forked.rank)
            forked.fds[i % n] = fds[i];
        else if (fds[i] >= 0)
            close(fds[i]);
    }
    free(fds);
    start->rank = forked.rank;
    if (ok) return &forked_link;
    ft_fail(err, FT_IO, "%d processes could not be started: %s", n, strerror(errno));
    return NULL;
}
