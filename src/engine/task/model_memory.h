/* The memory that a run with a model needs, and what to reduce if there is not enough.
 *
 *     struct ft_model_memory m;
 *     ft_model_memory(&facts, &options, &m);
 *     if (!m.fits) puts(m.advice);
 *
 * Threads: any; nothing is kept. */
#ifndef FT_ENGINE_TASK_MODEL_MEMORY_H
#define FT_ENGINE_TASK_MODEL_MEMORY_H

#include "engine/model/model_facts.h"
#include "engine/options/options.h"

/* Where the memory of a run with these options goes: batches of per_device_train_batch_size texts
 * of the longest length that max_seq_length (language models: block_size) and the model's positions
 * allow. It is what a run takes at most. */
struct ft_model_memory {
    size_t batch, length;                                             /* texts, tokens of each */
    uint64_t weights, gradients, optimiser, activations, work, total; /* bytes */
    uint64_t teacher; /* the teacher's weights and work, part of the total; 0: there is none */
    const char *optimiser_name; /* "AdamW" */
    const char *precision;      /* of the products: "fp32", "bf16", whose copies of the weights are
                                 * a part of `work` */
    int64_t free;               /* now; -1: not known */
    bool fits;                  /* true when not known */
    char advice[160];           /* what to set, or to halve and to what; "" when it fits */
};
void ft_model_memory(const struct ft_model_facts *f, const struct ft_options *o,
                     struct ft_model_memory *m);

#endif
