/* Learning rate schedules with the values of transformers.optimization (get_scheduler). */
#ifndef FT_CORE_SCHED_H
#define FT_CORE_SCHED_H

#include <stdbool.h>
#include <stdint.h>

/* Names are those of --lr_scheduler_type, in the order of help texts. */
#define FT_SCHED_LIST(X)                                                                           \
    X(LINEAR, "linear", "linear warm-up, then linear decay to 0")                                  \
    X(COSINE, "cosine", "linear warm-up, then cosine decay to 0")                                  \
    X(CONSTANT, "constant", "constant, without warm-up")                                           \
    X(CONSTANT_WITH_WARMUP, "constant_with_warmup", "linear warm-up, then constant")               \
    X(POLYNOMIAL, "polynomial", "linear warm-up, then polynomial decay to 1e-7 (power 1)")

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
