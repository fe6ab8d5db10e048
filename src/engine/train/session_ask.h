/* A question to the model of a running session: see ft_session_ask in session.h. */
#ifndef FT_ENGINE_TRAIN_SESSION_ASK_H
#define FT_ENGINE_TRAIN_SESSION_ASK_H

#include <stdint.h>

struct ft_predictor;
/* Called on the session's thread with its model as it is after `step` updates. */
typedef void ft_session_ask_fn(void *arg, struct ft_predictor *p, uint64_t step);

#endif
