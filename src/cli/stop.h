/* Signals that stop a command: the first asks to stop, and what was done is saved; a second SIGINT,
 * SIGTERM or SIGQUIT ends the program at once, a second SIGHUP or SIGPIPE does not. */
#ifndef FT_CLI_STOP_H
#define FT_CLI_STOP_H

#include "engine/options/job.h"
#include "util/wake.h"

/* `wake` (may be NULL) is signalled when one arrives; it must stay open until ft_stop_unwatch. Calls may
 * be nested: a signal counts until the outermost ft_stop_unwatch. */
void ft_stop_watch(struct ft_wake *wake);
void ft_stop_unwatch(void);
int ft_stop_signal(void); /* 0: none yet */
/* Runs `fn` as a piece of work and waits for it, with its progress on stderr (cli/progress.h); a
 * signal cancels it. */
enum ft_status ft_stop_work(const char *what, ft_job_fn *fn, void *arg, struct ft_err *err);

#endif
