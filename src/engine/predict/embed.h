/* Vectors of texts: a model's last hidden states, pooled as its sentence-transformers files say
 * (engine/model/pooling.h), else the mean of all tokens, L2-normalised. Any model of any family will
 * do, with or without a head, which is not used; a causal one gives the mean, too, in which each
 * token knows those before it only.
 *
 *     struct ft_embedder *e = NULL;
 *     if ((st = ft_embedder_open(&e, "models/minilm", &options, err))) return st;
 *     float *v = malloc(n * ft_embedder_size(e) * sizeof *v);
 *     st = ft_embed(e, texts, n, v, NULL, err);
 *     ft_embedder_free(e);
 *
 * Texts go through the network in packed batches of some thousand tokens. A text's vector depends on
 * that text alone, apart from the last bits. Sums are in double.
 * Threads: all calls on one embedder from one thread at a time, which computes; between batches
 * others may (ft_pool_take). */
#ifndef FT_ENGINE_PREDICT_EMBED_H
#define FT_ENGINE_PREDICT_EMBED_H

#include "data/text.h"
#include "engine/options/job.h"
#include "engine/options/options.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_embedder;

/* `o`: threads, and max_seq_length where it is given; else the model's own, at most what its
 * positions allow. Errors: those of the files; FT_UNSUPPORTED for a module that fettle has not. */
enum ft_status ft_embedder_open(struct ft_embedder **e, const char *model,
                                const struct ft_options *o, struct ft_err *err);
void ft_embedder_free(struct ft_embedder *e); /* NULL is fine */
/* The vectors of a model whose files do not end in a normalisation get one. */
void ft_embedder_normalise(struct ft_embedder *e);

/* How many texts there will be in all calls together: each batch is then reported to the job. */
void ft_embedder_expect(struct ft_embedder *e, size_t texts);

size_t ft_embedder_size(const struct ft_embedder *e);       /* numbers of a vector */
size_t ft_embedder_max_tokens(const struct ft_embedder *e); /* that it reads of a text */
/* Appends "mean pooling, L2-normalised, 384 numbers, at most 256 tokens". */
void ft_embedder_text(const struct ft_embedder *e, struct ft_str *out);

/* out (n, size), in the order of the texts. A text without a token (an empty one where the model puts
 * nothing around it) has the vector 0. `w` may be NULL. Errors: FT_CANCELLED, FT_NOMEM, FT_NUMERIC when a vector has NaN or infinity. */
enum ft_status ft_embed(struct ft_embedder *e, const struct ft_text *texts, size_t n, float *out,
                        struct ft_job *w, struct ft_err *err);

/* Of all texts so far. */
struct ft_embed_seen {
    uint64_t texts, tokens;
    uint64_t truncated; /* texts that lost tokens to the limit */
    uint64_t empty;     /* texts without a token */
};
struct ft_embed_seen ft_embedder_seen(const struct ft_embedder *e);
/* Warns when most of them are words that the model's vocabulary does not have; `what`: their file. */
void ft_embedder_warn_unknown(const struct ft_embedder *e, const char *what);

#endif
