/* A run that is computed by several processes (core/comm.h). Rank 0 is the session: it has the run's
 * folder, its events and decisions. The others do what it tells them, one command after the other,
 * and write nothing.
 *
 *     rank 0                                     others: follow.h
 *     ft_train_ranks_prepare(t)                  take the options, prepare the same run
 *     ft_train_ranks_from(t)                     load the model from the same checkpoint
 *     st = ft_train_ranks_ready(t, err)          compare what they have, before anything is written
 *     st = ft_train_ranks_begin(t, err)          take weights and moments
 *     st = ft_train_ranks_update(t, err)         the same update
 *     st = ft_train_ranks_score(t, part, ..)     their part of an evaluation
 *     ft_train_ranks_end()                       end
 *
 * With one rank each of these does nothing. Errors: FT_IO when a rank was lost; those of another
 * rank, with its name in front. Threads: the session's thread. */
#ifndef FT_ENGINE_TRAIN_TRAIN_RANKS_H
#define FT_ENGINE_TRAIN_TRAIN_RANKS_H

#include "data/split.h"
#include "util/err.h"

#include <stdbool.h>
#include <stdint.h>

struct ft_train;

/* shards in t->o, for the ranks that there are. FT_USAGE: their number doesn't divide it. */
enum ft_status ft_train_ranks_settle(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_ranks_prepare(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_ranks_from(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_ranks_ready(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_ranks_begin(struct ft_train *t, struct ft_err *err);
/* t->optim.lr is set; t->s says which update it is. */
enum ft_status ft_train_ranks_update(const struct ft_train *t, struct ft_err *err);
/* The next evaluation of a part: all of its scores, the lines of its predictions too, or (logits)
 * only a classifier's logits. */
enum ft_train_score { FT_TRAIN_SCORE, FT_TRAIN_SCORE_LINES, FT_TRAIN_SCORE_LOGITS };
enum ft_status ft_train_ranks_score(const struct ft_train *t, enum ft_part part,
                                    enum ft_train_score what, struct ft_err *err);
/* The weights that rank 0 has loaded. */
enum ft_status ft_train_ranks_weights(const struct ft_train *t, struct ft_err *err);
/* Room for all moments in t->whole; and the moments of all ranks in it. Freed by drop. */
enum ft_status ft_train_ranks_room(struct ft_train *t, struct ft_err *err);
enum ft_status ft_train_ranks_moments(struct ft_train *t, struct ft_err *err);
void ft_train_ranks_drop(struct ft_train *t);
void ft_train_ranks_end(void);

/* For follow.c: a command, and what goes with it. */
enum ft_ranks_kind {
    FT_RANKS_END,
    FT_RANKS_PREPARE,
    FT_RANKS_FROM,
    FT_RANKS_READY,
    FT_RANKS_BEGIN,
    FT_RANKS_UPDATE,
    FT_RANKS_SCORE,
    FT_RANKS_WEIGHTS,
    FT_RANKS_MOMENTS
};
struct ft_ranks_command {
    uint64_t kind;
    uint64_t a, b; /* BEGIN: whether the teacher's outputs are kept, moments follow; UPDATE: step,
                      micro; SCORE: part, what */
    double rate;
    uint64_t bytes; /* of a text that follows */
};
/* The run of a PREPARE. */
enum ft_status ft_train_ranks_options(struct ft_train *t, const struct ft_ranks_command *c,
                                      struct ft_err *err);
enum ft_status ft_train_ranks_skip(const struct ft_ranks_command *c, struct ft_err *err);
/* Compares what all ranks have; mine, why: how preparing it ended. */
enum ft_status ft_train_ranks_meet(const struct ft_train *t, enum ft_status mine,
                                   const struct ft_err *why, struct ft_err *err);
enum ft_status ft_train_ranks_share_weights(const struct ft_train *t, struct ft_err *err);
/* From t->whole of rank 0 to all (apart), or back. */
enum ft_status ft_train_ranks_share_moments(struct ft_train *t, bool apart, struct ft_err *err);

#endif
