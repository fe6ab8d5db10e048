/* trainer_state.json of a checkpoint, as transformers' Trainer writes and reads it: where a run
 * stands and its log so far. fettle's own exact state (optimiser, random numbers) is elsewhere. */
#ifndef FT_DATA_TRAINER_STATE_H
#define FT_DATA_TRAINER_STATE_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_trainer_state {
    double epoch;
    int64_t global_step, max_steps;
    int64_t logging_steps, eval_steps, save_steps;
    int64_t train_batch_size, num_train_epochs;
    int64_t num_input_tokens_seen;
    double total_flos;
    bool has_best;
    double best_metric; /* these three count only with has_best */
    int64_t best_global_step;
    const char
        *best_model_checkpoint; /* a path, or NULL. Borrowed for saving; owned after loading */
    /* log_history: each entry one JSON object on one line. Borrowed for saving; owned after
     * loading. */
    const char *const *log_history;
    size_t log_count;
    void *owned; /* of load; NULL in a struct that the caller filled */
};

/* Writes it atomically: sorted keys, indent 2. An entry that is no JSON object is FT_FORMAT. */
enum ft_status ft_trainer_state_save(const struct ft_trainer_state *s, const char *path,
                                     struct ft_err *err);
/* Missing keys keep 0. Release with ft_trainer_state_release, also after a failure. */
enum ft_status ft_trainer_state_load(struct ft_trainer_state *s, const char *path,
                                     struct ft_err *err);
void ft_trainer_state_release(struct ft_trainer_state *s);

#endif
