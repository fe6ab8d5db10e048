/* A wake-up byte between threads: the writing end is signalled by any thread, the reading end
 * is polled together with the keyboard. */
#ifndef FT_UTIL_WAKE_H
#define FT_UTIL_WAKE_H

struct ft_wake {
    int fd; /* poll this for reading; -1 when not open */
};
void ft_wake_open(struct ft_wake *w);
void ft_wake_close(struct ft_wake *w);
void ft_wake_signal(struct ft_wake *w); /* async-signal-safe */
void ft_wake_drain(struct ft_wake *w);

#endif
