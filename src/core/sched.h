/* Learning-rate schedules, the numbers of transformers.optimization (get_scheduler). */
#ifndef FT_CORE_SCHED_H
#define FT_CORE_SCHED_H

#include <stdbool.h>
#include <stdint.h>

/* Names are those of --lr_scheduler_type, in the order of help texts. */
#define FT_SCHED_LIST(X)                                                                           \
    X(LINEAR, "linear", "rises over the warm-up, then falls in a line to 0")                       \
    X(COSINE, "cosine", "rises over the warm-up, then falls along half a cosine to 0")             \
    X(CONSTANT, "constant", "stays the same; warm-up is not used")                                 \
    X(CONSTANT_WITH_WARMUP, "constant_with_warmup", "rises over the warm-up, then stays")          \
    X(POLYNOMIAL, "polynomial", "rises over the warm-up, then falls to 1e-7 (power 1)")

enum ft_sched_kind {
#define X(id, name, help) FT_SCHED_##id,
    FT_SCHED_LIST(X)
#undef X
        FT_SCHED_COUNT
};
bool ft_sched_parse(const char *name, enum ft_sched_kind *kind);
const char *ft_sched_name(enum ft_sched_kind kind);
const char *ft_sched_help(enum ft_sched_kind kind);

/* Warm-up updates from the two options: steps when >= 1, else a share of total (steps below 1, or
 * ratio when steps is 0), rounded up. */
uint64_t ft_sched_warmup(double warmup_steps, double warmup_ratio, uint64_t total);

/* The learning rate of update `step` (from 0) of `total`. */
double ft_sched_lr(enum ft_sched_kind kind, double base_lr, uint64_t step, uint64_t warmup,
                   uint64_t total);

#endif
