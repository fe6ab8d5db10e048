/* The handler only sets a flag and writes the wake-up byte; the second signal ends the process with
 * the status that a shell gives it. */
#include "cli/stop.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static atomic_int caught;
static struct ft_wake *_Atomic to_wake;

static void on_signal(int sig)
{
    if (atomic_exchange(&caught, sig)) _exit(128 + sig);
    struct ft_wake *w = atomic_load(&to_wake);
    if (w) ft_wake_signal(w);
}

static void set_handler(void (*handler)(int))
{
    struct sigaction sa;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = handler;
    sigemptyset(&sa.sa_mask);
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

void ft_stop_watch(struct ft_wake *wake)
{
    atomic_store(&caught, 0);
    atomic_store(&to_wake, wake);
    set_handler(on_signal);
}

void ft_stop_unwatch(void)
{
    set_handler(SIG_DFL);
    atomic_store(&to_wake, NULL);
}

int ft_stop_signal(void)
{
    return atomic_load(&caught);
}
