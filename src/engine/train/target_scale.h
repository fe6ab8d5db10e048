/* The scale in which a regression learns its targets: 1, or a power of two near their standard
 * deviation where they are far from it, such as prices (standard deviation outside 0.1 .. 10, or a
 * mean beyond 10), unless --scale_targets is false. AdamW moves each weight by about the learning rate, whatever the loss: with
 * targets of thousands the last layer would need thousands of updates. A new head then also begins at
 * their mean, where the family's has a bias (GPT-2's has none).
 *
 * Nothing of it is left in files: models and checkpoints hold the last layer times the scale
 * (core/net.h, ft_net_values_fold), which a power of two makes exact, and a run that goes on computes
 * the scale from the same targets again. Losses and scores are of the targets themselves. */
#ifndef FT_ENGINE_TRAIN_TARGET_SCALE_H
#define FT_ENGINE_TRAIN_TARGET_SCALE_H

#include "engine/train/train_state.h"

/* Once data and model are loaded; logs what was chosen. */
void ft_target_scale_set(struct ft_train *t);

#endif
