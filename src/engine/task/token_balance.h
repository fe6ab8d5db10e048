/* Batches of about the same number of tokens instead of the same number of sequences: an epoch's
 * order, cut where the tokens reach equal shares. All sequences are in one batch, none is empty; a
 * function of the order alone, so a resumed run has the same batches.
 *
 *     ft_order_epoch(s, ..., order);
 *     ft_token_balance(s, order, batches, ends);
 *     batch b: order[b ? ends[b - 1] : 0] to order[ends[b] - 1]
 *
 * Threads: any. */
#ifndef FT_ENGINE_TASK_TOKEN_BALANCE_H
#define FT_ENGINE_TASK_TOKEN_BALANCE_H

#include "engine/task/sequences.h"

/* Batch b ends in front of the first sequence that starts with or behind token
 * (b + 1) * tokens / batches of the order. `batches` is 1 to s->n. */
void ft_token_balance(const struct ft_sequences *s, const size_t *order, size_t batches,
                      size_t *ends);
/* A workspace for such batches in training, whatever the order: less than an equal share of the
 * tokens and the longest sequence. */
struct ft_ws_opt ft_token_balance_ws(const struct ft_sequences *s, size_t batches);

#endif
