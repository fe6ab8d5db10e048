/* A bounded first-in-first-out queue of pointers between threads. Whoever has an item owns it:
 * after ft_queue_put the sender must not touch it. */
#ifndef FT_UTIL_QUEUE_H
#define FT_UTIL_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct ft_queue {
    pthread_mutex_t mu;
    pthread_cond_t more;
    void **items;
    size_t cap, head, count;
    bool closed;
};
void ft_queue_init(struct ft_queue *q, size_t cap);
/* Frees what is still in it with free_item (NULL: items are not owned). No thread may use q any
 * more. */
void ft_queue_release(struct ft_queue *q, void (*free_item)(void *));
bool ft_queue_put(struct ft_queue *q,
                  void *item); /* false when full or closed: still the caller's */
/* Waits up to timeout_ms (-1: for ever, 0: not at all); NULL when nothing came or the queue is
 * closed and empty. */
void *ft_queue_get(struct ft_queue *q, int timeout_ms);
void ft_queue_close(struct ft_queue *q); /* no more puts; waiting getters wake */

/* A wake-up byte: the writing end is signalled by any thread, the reading end is polled. */
struct ft_wake {
    int fd; /* poll this for reading; -1 when not open */
};
void ft_wake_open(struct ft_wake *w);
void ft_wake_close(struct ft_wake *w);
void ft_wake_signal(struct ft_wake *w); /* async-signal-safe */
void ft_wake_drain(struct ft_wake *w);

#endif
