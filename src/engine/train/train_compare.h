/* The trained model next to its teacher, at the end of a run: scores of both on the same split, the
 * time of a text by itself, the size of the weights. For eval.json and the screen Evaluate. */
#ifndef FT_ENGINE_TRAIN_TRAIN_COMPARE_H
#define FT_ENGINE_TRAIN_TRAIN_COMPARE_H

#include "data/split.h"
#include "engine/task/score_report.h"

struct ft_train;
/* sides[0] is the model, whose scores are `scores`, sides[1] the teacher, which is evaluated here.
 * Nothing is done without a teacher. */
enum ft_status ft_train_compare(struct ft_train *t, enum ft_part part,
                                const struct ft_scores *scores, struct ft_scores_side sides[2],
                                struct ft_err *err);

#endif
