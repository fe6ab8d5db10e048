/* Which rows have texts similar to one text: the cosine of their embeddings (engine/predict/embed.h),
 * computed in the background, best first. What was compared so far can be looked at meanwhile.
 * Vectors are kept for the model they are of, by their text, so that another question about texts that
 * were seen is answered at once, also when rows came, went or moved.
 *
 *     struct ft_similarity *s = ft_similarity_new(&wake);
 *     struct ft_similarity_ask ask = {.model = "m", .o = &o, .text = query,
 *                                     .n = rows, .row = row_text, .arg = view};
 *     if (!ft_similarity_ask(s, &ask)) ask again later
 *     ... each time `wake` is readable: if (ft_similarity_follow(s)) redraw;
 *     for (k = 0; k < ft_similarity_count(s); k++) i = ft_similarity_at(s, k, &value);
 *     ft_similarity_free(s);
 *
 * At most FT_SIMILARITY_ROWS rows are compared, FT_SIMILARITY_TOP are listed, and of each text the
 * first FT_SIMILARITY_BYTES bytes and max_seq_length tokens are read.
 * Threads: main thread only; its worker is met inside. No call waits for it, but for
 * ft_similarity_free. */
#ifndef FT_ENGINE_PRESENT_SIMILARITY_H
#define FT_ENGINE_PRESENT_SIMILARITY_H

#include "engine/options/job.h"
#include "engine/options/options.h"

#include <stdbool.h>
#include <stddef.h>

enum { FT_SIMILARITY_ROWS = 20000, FT_SIMILARITY_TOP = 200, FT_SIMILARITY_BYTES = 8192 };

struct ft_similarity;
struct ft_similarity *ft_similarity_new(struct ft_wake *wake);
void ft_similarity_free(struct ft_similarity *s);

struct ft_similarity_text {
    const char *text, *pair; /* pair NULL: none; else it is read behind the text */
    size_t n, pair_n;
    bool self; /* this row is the one that is asked about: it is listed first */
};
struct ft_similarity_ask {
    const char *model;          /* as --model takes it */
    const struct ft_options *o; /* max_seq_length, threads */
    struct ft_similarity_text text;
    size_t n;
    /* Fills t with row i of n, for this call only. Called before ft_similarity_ask returns. */
    void (*row)(void *arg, size_t i, struct ft_similarity_text *t);
    void *arg;
};
/* Replaces the question before; copies what it needs. false: the work of that one has to end first,
 * which was told to: ask again when ft_similarity_busy says that it has. */
bool ft_similarity_ask(struct ft_similarity *s, const struct ft_similarity_ask *ask);
void ft_similarity_cancel(struct ft_similarity *s); /* what was compared stays listed */
bool ft_similarity_follow(struct ft_similarity *s); /* true: something changed */
/* Work that goes on; view may be NULL. */
bool ft_similarity_busy(struct ft_similarity *s, struct ft_job_view *view);
/* Why the last question failed; code 0: it did not. */
const struct ft_err *ft_similarity_failed(const struct ft_similarity *s);

struct ft_similarity_facts {
    size_t rows;     /* to be compared */
    size_t compared; /* so far */
    size_t left_out; /* rows beyond FT_SIMILARITY_ROWS */
    bool self;       /* the row that was asked about is among them, and listed first */
};
struct ft_similarity_facts ft_similarity_facts(const struct ft_similarity *s);
/* How many are listed, and which row the k-th of them is, with its cosine (-1 to 1); SIZE_MAX: there
 * are not so many. */
size_t ft_similarity_count(const struct ft_similarity *s);
size_t ft_similarity_at(const struct ft_similarity *s, size_t k, double *value);

#endif
