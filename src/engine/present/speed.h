/* The speed of a training step on this machine, measured in the background for a few seconds with
 * the model, batch and length of the settings, on random tokens. What it says about a run is in
 * plan.h.
 *
 *     struct ft_speed *s = ft_speed_new(&wake);
 *     ft_speed_start(s, &options, 128, flops_of_a_token);
 *     ... each time `wake` is readable: if (ft_speed_follow(s)) ...
 *     const struct ft_speed_fact *f = ft_speed_last(s);           NULL: not measured
 *     ft_speed_free(s);
 *
 * Threads: main thread only; its worker is met inside. No call waits for it, but for
 * ft_speed_free. */
#ifndef FT_ENGINE_PRESENT_SPEED_H
#define FT_ENGINE_PRESENT_SPEED_H

#include "engine/options/options.h"
#include "engine/options/job.h"

struct ft_speed_fact {
    char model[256];
    size_t sequences, length; /* of the step that was measured, of all its batches */
    double ms, ms_low, ms_high, tokens_per_s;
    double flops_per_s, flops_low, flops_high; /* by flops_of_a_token */
};

enum { FT_SPEED_SECONDS = 5 };

struct ft_speed;
struct ft_speed *ft_speed_new(struct ft_wake *wake);
void ft_speed_free(struct ft_speed *s);
/* `length`: tokens of each sequence. A measurement in progress continues. */
void ft_speed_start(struct ft_speed *s, const struct ft_options *o, size_t length,
                    double flops_of_a_token);
void ft_speed_cancel(struct ft_speed *s); /* what was measured before stays */
bool ft_speed_follow(struct ft_speed *s); /* true: it has ended just now */
bool ft_speed_busy(struct ft_speed *s, struct ft_job_view *view); /* view may be NULL */
/* Why the last one failed; code 0: it did not. */
const struct ft_err *ft_speed_failed(const struct ft_speed *s);
const struct ft_speed_fact *ft_speed_last(const struct ft_speed *s);

#endif
