/* A training session from the command line: its progress on stderr, in place on a terminal, and
 * Ctrl-C, which ends it after the step and saves. */
#ifndef FT_CLI_TRAINING_H
#define FT_CLI_TRAINING_H

#include "engine/train/session.h"

struct ft_sweep;
/* Waits for the end. *snap: the last state; FT_SESSION_STOPPED when it was stopped. sweep: the one whose
 * member it is, which stops it when its budget is used up, or when another process asks it to stop; NULL:
 * none. The caller releases *scores. */
enum ft_status ft_training(const struct ft_options *o, const struct ft_session_how *how,
                           struct ft_sweep *sweep, struct ft_snapshot *snap,
                           struct ft_scores *scores, struct ft_err *err);

#endif
