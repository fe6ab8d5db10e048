/* Queues and wake-up bytes between threads: see queue.h. */
#include "util/queue.h"
#include "util/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

void ft_queue_init(struct ft_queue *q, size_t cap)
{
    pthread_mutex_init(&q->mu, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&q->more, &attr);
    pthread_condattr_destroy(&attr);
    q->items = ft_xcalloc(cap, sizeof *q->items);
    q->cap = cap;
    q->head = q->count = 0;
    q->closed = false;
}

void ft_queue_release(struct ft_queue *q, void (*free_item)(void *))
{
    for (size_t i = 0; free_item && i < q->count; i++)
        free_item(q->items[(q->head + i) % q->cap]);
    free(q->items);
    pthread_cond_destroy(&q->more);
    pthread_mutex_destroy(&q->mu);
}

bool ft_queue_put(struct ft_queue *q, void *item)
{
    pthread_mutex_lock(&q->mu);
    bool ok = !q->closed && q->count < q->cap;
    if (ok) {
        q->items[(q->head + q->count++) % q->cap] = item;
        pthread_cond_signal(&q->more);
    }
    pthread_mutex_unlock(&q->mu);
    return ok;
}

void *ft_queue_get(struct ft_queue *q, int timeout_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    if (timeout_ms > 0) {
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
    }
    pthread_mutex_lock(&q->mu);
    while (!q->count && !q->closed && timeout_ms) {
        if (timeout_ms < 0)
            pthread_cond_wait(&q->more, &q->mu);
        else if (pthread_cond_timedwait(&q->more, &q->mu, &until) == ETIMEDOUT)
            break;
    }
    void *item = NULL;
    if (q->count) {
        item = q->items[q->head];
        q->head = (q->head + 1) % q->cap;
        q->count--;
    }
    pthread_mutex_unlock(&q->mu);
    return item;
}

void ft_queue_close(struct ft_queue *q)
{
    pthread_mutex_lock(&q->mu);
    q->closed = true;
    pthread_cond_broadcast(&q->more);
    pthread_mutex_unlock(&q->mu);
}

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
