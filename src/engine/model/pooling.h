/* How a model's token states become one vector for a text: what the files of a sentence-transformers
 * model say, or a default. modules.json lists the steps; 1_Pooling/config.json has the pooling modes,
 * sentence_bert_config.json the length and the case, config_sentence_transformers.json a prompt.
 * Only the configuration is read here; engine/predict/embed.h computes.
 *
 *     struct ft_pooling p;
 *     if ((st = ft_pooling_read(&p, m.path, &err))) return st;
 *     ft_pooling_text(&p, &s);                       "mean pooling, L2-normalised"
 *     ft_pooling_release(&p);
 *
 * Without modules.json: the mean of all tokens, special ones included, L2-normalised.
 * Threads: any; nothing is kept. */
#ifndef FT_ENGINE_MODEL_POOLING_H
#define FT_ENGINE_MODEL_POOLING_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>

/* X(ENUM, key, word): the words are those of "pooling_mode" in 1_Pooling/config.json, one or a list.
 * Older files have a switch for each, "pooling_mode_" and the key, whose order is this one. */
#define FT_POOLING_LIST(X)                                                                         \
    X(CLS, "cls_token", "cls")                                                                     \
    X(MAX, "max_tokens", "max")                                                                    \
    X(MEAN, "mean_tokens", "mean")                                                                 \
    X(MEAN_SQRT_LEN, "mean_sqrt_len_tokens", "mean_sqrt_len_tokens")                               \
    X(WEIGHTED_MEAN, "weightedmean_tokens", "weightedmean")                                        \
    X(LAST, "lasttoken", "lasttoken")
enum ft_pooling_mode {
#define X(id, key, word) FT_POOLING_##id,
    FT_POOLING_LIST(X)
#undef X
        FT_POOLING_COUNT
};

/* What is done with the pooled vector, in order. */
struct ft_pooling_step {
    char *dir; /* DENSE: the folder of its weights; NULL: L2 normalisation */
    size_t in, out;
    bool bias;
    enum ft_pooling_act { FT_POOLING_IDENTITY, FT_POOLING_TANH, FT_POOLING_RELU } act;
};
enum { FT_POOLING_STEPS_MAX = 8 };

struct ft_pooling {
    char *dir; /* the folder of modules.json; NULL: there is none, these are defaults */
    enum ft_pooling_mode modes[FT_POOLING_COUNT]; /* one or more; their vectors are concatenated */
    size_t modes_n;
    struct ft_pooling_step steps[FT_POOLING_STEPS_MAX];
    size_t steps_n;
    size_t max_seq_length; /* 0: not given */
    bool lowercase;        /* texts are lower-cased before they are tokenized */
    char *prompt;          /* put in front of each text; NULL: none */
};

/* Of the model in folder `path`; modules.json lies there, or one folder up when `path` is the
 * transformer that it names. Errors: those of the files; FT_UNSUPPORTED for a module or a mode that
 * fettle has not. On an error *p is released. */
enum ft_status ft_pooling_read(struct ft_pooling *p, const char *path, struct ft_err *err);
void ft_pooling_release(struct ft_pooling *p);

/* Length of the vector for this hidden size. FT_FORMAT when a dense layer does not fit. */
enum ft_status ft_pooling_size(const struct ft_pooling *p, size_t hidden, size_t *size,
                               struct ft_err *err);
bool ft_pooling_normalises(const struct ft_pooling *p); /* the last step does */
/* Appends "mean pooling, dense layer of 256, L2-normalised". */
void ft_pooling_text(const struct ft_pooling *p, struct ft_str *out);

#endif
