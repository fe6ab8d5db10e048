/* The handler only sets a flag and writes the wake-up byte; the second SIGINT, SIGTERM or SIGQUIT
 * ends the process with the status that a shell gives it. SIGHUP and SIGPIPE never do: when a
 * connection is lost, both the kernel and the shell send the one, and every line that nobody reads
 * brings the other. */
#include "cli/stop.h"

#include "cli/progress.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const int watched[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE};
enum { WATCHED = sizeof watched / sizeof *watched };

static atomic_int caught, asked; /* the first signal; those so far that abort */
static int depth;                /* of calls of ft_stop_watch; the main thread's */
static struct sigaction before[WATCHED];
static struct ft_wake *_Atomic to_wake;

static void on_signal(int sig)
{
    int none = 0;
    bool aborts = sig != SIGHUP && sig != SIGPIPE;
    if (aborts && atomic_fetch_add(&asked, 1)) _exit(128 + sig);
    atomic_compare_exchange_strong(&caught, &none, sig);
    struct ft_wake *w = atomic_load(&to_wake);
    if (w) ft_wake_signal(w);
}

void ft_stop_watch(struct ft_wake *wake)
{
    struct sigaction sa;
    atomic_store(&to_wake, wake);
    if (depth++) return;
    memset(&sa, 0, sizeof sa);
    sa.sa_handler = on_signal;
    sigemptyset(&sa.sa_mask);
    atomic_store(&caught, 0);
    atomic_store(&asked, 0);
    for (int i = 0; i < WATCHED; i++) {
        sigaction(watched[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) sigaction(watched[i], &sa, NULL);
    }
}

void ft_stop_unwatch(void)
{
    atomic_store(&to_wake, NULL);
    if (--depth) return;
    for (int i = 0; i < WATCHED; i++)
        sigaction(watched[i], &before[i], NULL);
}

int ft_stop_signal(void)
{
    return atomic_load(&caught);
}

enum ft_status ft_stop_work(const char *what, ft_job_fn *fn, void *arg, struct ft_err *err)
{
    struct ft_wake wake;
    struct ft_progress p;
    struct ft_job_view view;
    ft_wake_open(&wake);
    ft_stop_watch(&wake);
    ft_progress_init(&p);
    struct ft_job *w = ft_job_start(what, fn, arg, &wake);
    for (ft_job_look(w, &view); !view.finished; ft_job_look(w, &view)) {
        struct pollfd fd = {.fd = wake.fd, .events = POLLIN};
        poll(&fd, 1, 500);
        ft_wake_drain(&wake);
        if (ft_stop_signal()) ft_job_cancel(w);
        ft_progress_show(&p, &view);
    }
    ft_progress_hide();
    enum ft_status st = ft_job_join(w, err);
    ft_stop_unwatch();
    ft_wake_close(&wake);
    return st;
}
