/* The vectors of many texts (embed.h, always L2-normalised), kept by text: texts that were seen are not
 * computed again, also after rows came, went or moved, or when the work was cancelled half-way.
 *
 *     struct ft_text_vectors x = {0};
 *     st = ft_text_vectors_take(&x, model, &options, texts, n, at, job, &err);
 *     .. x.v + at[i] * x.size is the vector of texts[i] ..
 *     ft_text_vectors_release(&x);
 *
 * How long it will take is measured on the first texts and written to the log before the others.
 * Threads: one at a time. */
#ifndef FT_ENGINE_PREDICT_TEXT_VECTORS_H
#define FT_ENGINE_PREDICT_TEXT_VECTORS_H

#include "data/text.h"
#include "engine/options/job.h"
#include "engine/options/options.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/mem.h"

#include <stddef.h>
#include <stdint.h>

struct ft_text_vectors {
    float *v; /* (n, size) */
    size_t n, size;
    size_t truncated; /* texts of the last call that lost tokens to the limit */
    /* private */
    char *key; /* of the model: its weights' time, max_seq_length */
    size_t cap;
    struct ft_strmap places; /* hash of a text -> its vector */
    struct ft_arena arena;
};
void ft_text_vectors_release(struct ft_text_vectors *x);

/* Fills at (n). Another model, or other weights of it, or another length forgets what was kept. `compare`:
 * how many vectors will be compared with each other afterwards, for the estimate; 0: none.
 * Errors: those of ft_embedder_open and ft_embed; FT_NOMEM; FT_CANCELLED. */
enum ft_status ft_text_vectors_take(struct ft_text_vectors *x, const char *model,
                                    const struct ft_options *o, const struct ft_text *texts,
                                    size_t n, size_t *at, size_t compare, struct ft_job *w,
                                    struct ft_err *err);

/* When the weights in a model's or a run's folder were written, in ns; 0: there are none. Another training may
 * have replaced them. */
long long ft_text_vectors_stamp(const char *model);

#endif
