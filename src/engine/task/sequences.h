/* Token sequences in one block of memory: what training, evaluation and prediction go through. A
 * batch is a list of them laid one after another without padding. Threads: filling is one thread's;
 * afterwards read-only. */
#ifndef FT_ENGINE_TASK_SEQUENCES_H
#define FT_ENGINE_TASK_SEQUENCES_H

#include "core/net.h"
#include "data/examples.h"
#include "data/tok.h"
#include "engine/options/job.h"
#include "engine/options/options.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

struct ft_sequences {
    size_t n;
    uint64_t *start; /* (n+1) into ids and types */
    int32_t *ids, *types;
    int32_t *labels; /* (n), -1: none; QA: the answer's first token; of sets: a set's number */
    const struct ft_label_sets *sets; /* several labels per text: not owned; NULL: one */
    size_t set_labels;                /* how many labels there are in all */
    int32_t *ends;                    /* QA: (n) the answer's last token; NULL for other tasks */
    const struct ft_example *numbers; /* regression: the items that example refers to, each with a
                                         value; not owned; NULL: targets are labels */
    size_t *example; /* (n) where each comes from: an index into the examples' items, or of a
                        question; language models: of the text it begins in */
    /* QA, where answers are read: NULL otherwise. */
    struct ft_span *bytes;   /* (tokens) bytes of the context that a token stands for */
    struct ft_span *context; /* (n) which of its tokens are the context's */
    /* Tagged words: NULL otherwise. */
    int32_t *targets; /* (tokens) the label that a token learns; FT_TARGET_IGNORE: none */
    int32_t *words;   /* (tokens) the word of the example that is read off here; -1: none */
    size_t longest;   /* tokens of the longest */
    size_t cut;       /* sequences that lost tokens to the limit */
    /* private */
    size_t cap, tokens_cap;
};
void ft_sequences_release(struct ft_sequences *s);

/* Appends one encoded sequence. */
void ft_sequences_add(struct ft_sequences *s, const struct ft_enc *enc, int32_t label,
                      size_t example);
/* Appends the window of a question: answer in [start, end], `keep`: with bytes and context. */
void ft_sequences_add_window(struct ft_sequences *s, const struct ft_enc *enc, int32_t start,
                             int32_t end, size_t question, bool keep);
/* Appends a window of a sentence of tagged words; targets and words have enc->n items. */
void ft_sequences_add_tagged(struct ft_sequences *s, const struct ft_enc *enc,
                             const int32_t *targets, const int32_t *words, size_t example);
/* One text or a pair of texts as the model reads it, at most max_length tokens. `pair` empty with
 * data NULL: none. */
enum ft_status ft_sequences_encode(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                   struct ft_text text, struct ft_text pair, size_t max_length,
                                   bool head_tail, struct ft_enc *enc, struct ft_err *err);
/* All examples of a part, in file order, as the options say; d, o and w as struct ft_task_ops has them. */
struct ft_model_file;
struct ft_run_data;
enum ft_status ft_run_data_sequences(struct ft_sequences *s, const struct ft_run_data *d,
                                     enum ft_part part, const struct ft_model_file *m,
                                     const struct ft_options *o, bool to_score, struct ft_job *w,
                                     struct ft_err *err);
/* All examples of a part, in file order. */
enum ft_status ft_sequences_make(struct ft_sequences *s, const struct ft_examples *x,
                                 enum ft_part part, const struct ft_tok *tok, size_t max_length,
                                 bool head_tail, struct ft_job *w, struct ft_err *err);

static inline size_t ft_sequences_len(const struct ft_sequences *s, size_t i)
{
    return (size_t)(s->start[i + 1] - s->start[i]);
}

/* Leaves out those without a label. */
void ft_sequences_keep_labelled(struct ft_sequences *s);

/* Room for one batch, filled again and again. */
struct ft_batch {
    size_t n_cap, b_cap;
    int32_t *ids, *types, *offsets, *labels, *ends;
    int32_t *tokens, *rows; /* (n_cap) MLM: what was masked, and where; targets of words */
    float *values;          /* (b_cap, labels) several labels: 1 where a text has it; or numbers */
    size_t values_cap;
    struct ft_net_batch net;       /* these two point into the arrays above */
    struct ft_net_targets targets; /* of sequences that have labels; CLM needs none */
};
void ft_batch_init(struct ft_batch *b, size_t tokens, size_t sequences);
void ft_batch_release(struct ft_batch *b);
/* Lays the sequences pick[0..n) into the batch. They must fit. */
void ft_batch_fill(struct ft_batch *b, const struct ft_sequences *s, const size_t *pick, size_t n);

/* Masked language modelling, as transformers' collator does it: each token that is not special is
 * chosen with `probability`; of the chosen, 80 % become the mask token, 10 % a random one, 10 %
 * stay. A function of seed, epoch, sequence and place: no storage, and a resumed run has the same.
 */
struct ft_masking {
    double probability; /* 0: nothing is masked, the task is another */
    uint64_t seed, epoch;
    const struct ft_tok *tok;
    size_t vocab; /* random tokens lie below */
};
/* Masks what fill has laid out; the batch's targets and rows are then MLM's. */
void ft_batch_mask(struct ft_batch *b, const size_t *pick, const struct ft_masking *m);

/* The order of an epoch, one index a sequence: sequential, random, or by length (batches of like
 * length: shuffled, cut into runs of 50 batches or a quarter of the epoch, each run sorted longest
 * first, as transformers' LengthGroupedSampler does). The same for the same seed and epoch. */
void ft_order_epoch(const struct ft_sequences *s, enum ft_order kind, uint64_t seed, uint64_t epoch,
                    size_t batch, size_t *order);
/* The longest first: for an evaluation, whose batches then hold texts of like length. */
void ft_order_longest(const struct ft_sequences *s, size_t *order);
/* A workspace for batches of up to `batch` of these sequences, whichever they are. */
struct ft_ws_opt ft_sequences_ws(const struct ft_sequences *s, size_t batch, bool train);
/* The same for an evaluation that packs short sequences: room for the tokens of `batch` long ones, and
 * for more sequences than that. */
struct ft_ws_opt ft_sequences_packed_ws(const struct ft_sequences *s, size_t batch);
/* How many of the sequences pick[0..n), from the first on, fit into such a workspace; at least 1. */
size_t ft_sequences_fit(const struct ft_sequences *s, const size_t *pick, size_t n,
                        const struct ft_ws_opt *opt);

#endif
