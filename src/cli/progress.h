/* The progress of a piece of work on stderr: on a terminal one line, redrawn in place and removed at
 * the end; else a plain line every ten seconds. Work that is done within a second shows nothing.
 *
 *     struct ft_progress p;
 *     ft_progress_init(&p);
 *     .. ft_progress_show(&p, &view); ..           as often as one likes
 *     ft_progress_hide();
 *
 * Threads: the one that waits; ft_progress_hide from any. */
#ifndef FT_CLI_PROGRESS_H
#define FT_CLI_PROGRESS_H

#include "engine/options/job.h"

#include <stdbool.h>

struct ft_progress {
    bool terminal;
    double shown_s; /* when the last line was shown */
};
void ft_progress_init(struct ft_progress *p);
void ft_progress_show(struct ft_progress *p, const struct ft_job_view *view);
/* Removes the line, if one is there, before a message is printed. */
void ft_progress_hide(void);

#endif
