/* Token classification over sentences of words: windows of tokens, and a tag for each word.
 *
 *     ft_ner_opt_of(&opt, o, max_tokens);
 *     st = ft_ner_windows(&s, &x, part, tok, &opt, NULL, err);
 *     st = ft_ner_classify(&r, &x, part, net, &s, 32, NULL, err);
 *     r.tags[r.start[example] + word], r.scores[..]
 *     ft_ner_result_release(&r);
 *
 * A word is labelled at its first token. A sentence longer than max_length is cut into windows that
 * overlap by `stride` tokens; a word counts in the window where its first token has more context on
 * its poorer side, the earlier one of equals; elsewhere its tokens have no target. Words of a file
 * are tokenized one by one, those of a text together. Runs on the thread that computes. */
#ifndef FT_ENGINE_TASK_NER_H
#define FT_ENGINE_TASK_NER_H

#include "engine/options/job.h"
#include "engine/options/options.h"
#include "engine/task/sequences.h"

struct ft_ner_opt {
    size_t max_length, stride; /* tokens, special ones included; of overlap */
    bool all_tokens;           /* the other tokens of a word learn I- of its type, or O */
};
/* stride is at most a third of the length where the user gave none. */
void ft_ner_opt_of(struct ft_ner_opt *opt, const struct ft_options *o, size_t max_tokens);

/* What ft_ner_windows made. */
struct ft_ner_made {
    size_t sentences, windowed; /* windowed: sentences of more than one window */
    size_t silent;              /* words without a token: they cannot be labelled */
};
/* The sequences of a part, in file order. Errors: FT_USAGE (no room for the stride), FT_CANCELLED. */
enum ft_status ft_ner_windows(struct ft_sequences *s, const struct ft_examples *x,
                              enum ft_part part, const struct ft_tok *tok,
                              const struct ft_ner_opt *opt, struct ft_ner_made *made,
                              struct ft_job *w, struct ft_err *err);
/* Of one sentence, which is called example `example`. */
enum ft_status ft_ner_windows_one(struct ft_sequences *s, const struct ft_tagged *g,
                                  const struct ft_sentence *sentence, size_t example,
                                  const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                  const struct ft_ner_opt *opt, struct ft_ner_made *made,
                                  struct ft_err *err);

struct ft_ner_result {
    size_t n;      /* examples that there is room for */
    size_t *start; /* (n+1) the first word of each; examples of other parts have none */
    int32_t *tags; /* (words) -1: the word has no token */
    float *scores; /* (words) the probability of that label */
    float *losses; /* (words) NaN without a label */
    double loss;   /* mean over labelled tokens; NaN: there are none */
};
/* words_of: words of each of the n examples. */
enum ft_status ft_ner_classify(struct ft_ner_result *r, const size_t *words_of, size_t n,
                               const struct ft_net *net, const struct ft_sequences *s, size_t batch,
                               struct ft_job *w, struct ft_err *err);
void ft_ner_result_release(struct ft_ner_result *r);

#endif
