/* See snapshot.h. */
#include "engine/train/snapshot.h"

static const char *const state_names[] = {"starting", "running", "evaluating", "paused",
                                          "stopped",  "done",    "failed"};

const char *ft_session_state_name(enum ft_session_state state)
{
    return state_names[state];
}
