/* What a training step computes, from the facts of a model: for estimates of time.
 *
 * Threads: any; nothing is kept. */
#ifndef FT_ENGINE_TASK_MODEL_FLOPS_H
#define FT_ENGINE_TASK_MODEL_FLOPS_H

#include "engine/model/model_facts.h"

/* Floating-point operations that a training step takes for one token of sequences of this length:
 * of the matrix products, those of the backward pass twice. */
double ft_model_flops_of_token(const struct ft_model_facts *model, enum ft_task task,
                               double mlm_share, size_t length);
/* Operations of a step in units of those: more than 1 with gradient checkpointing, which computes
 * two thirds of the forward pass again. */
double ft_model_flops_recompute(const struct ft_options *o);

#endif
