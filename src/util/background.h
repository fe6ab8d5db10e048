/* Starting this program again as a process that needs no terminal and outlives this one: a session
 * of its own (setsid), so neither a closed terminal nor a lost connection sends it a signal; stdin
 * /dev/null; stdout and stderr appended to a file; no other file of this process stays open in it;
 * signals as in a new process. It has the working folder and the environment of this process.
 *
 * Threads: any. */
#ifndef FT_UTIL_BACKGROUND_H
#define FT_UTIL_BACKGROUND_H

#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Says that this process is fettle, whose first argument is a command. Until main has called it no
 * process is started: another program, a test for example, would start itself without end. */
void ft_background_allow(void);

/* `words`: the arguments, NULL-terminated. `log` is created for the user alone. FT_IO; FT_UNSUPPORTED before
 * ft_background_allow. */
enum ft_status ft_background_start(const char *const *words, const char *log, int64_t *pid,
                                   struct ft_err *err);
/* Whether a process started here has ended, without waiting; *status as a shell gives it. */
bool ft_background_ended(int64_t pid, int *status);

#endif
