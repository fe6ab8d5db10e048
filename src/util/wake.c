/* Wake-up bytes between threads: see wake.h. */
#include "util/wake.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

void ft_wake_open(struct ft_wake *w)
{
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void ft_wake_close(struct ft_wake *w)
{
    if (w->fd >= 0) close(w->fd);
    w->fd = -1;
}

void ft_wake_signal(struct ft_wake *w)
{
    uint64_t one = 1;
    int saved = errno;
    if (w->fd >= 0 &&
        write(w->fd, &one, sizeof one) < 0) { /* full: somebody is being woken anyway */
    }
    errno = saved;
}

void ft_wake_drain(struct ft_wake *w)
{
    uint64_t n;
    if (w->fd >= 0 && read(w->fd, &n, sizeof n) < 0) { /* nothing there */
    }
}
