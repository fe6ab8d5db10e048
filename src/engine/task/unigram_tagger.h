/* The baseline for token classification: each word gets the tag that it has most often in the training
 * part, a word that is not there the most frequent tag of all (usually O). No context is used.
 *
 *     struct ft_unigram_tagger t;
 *     ft_unigram_tagger_train(&t, &examples);            some training example has tags
 *     ft_unigram_tagger_score(&t, &examples, FT_PART_TEST, &constant, &unigram);
 *     ft_unigram_tagger_release(&t);
 *
 * Words are compared as they are written. Of tags that are equally frequent the first in the labels'
 * order is taken. Tags are made valid: an I- (or E-) that continues no entity of its type becomes B-.
 * Losses are the mean negative log likelihood of the true tags: of the shares of the tags; of those of a
 * word, (count + share) / (words + 1), so that a word that is not there has the shares of all.
 *
 * Threads: training is one thread's, a trained one is read-only. The examples must outlive it. */
#ifndef FT_ENGINE_TASK_UNIGRAM_TAGGER_H
#define FT_ENGINE_TASK_UNIGRAM_TAGGER_H

#include "data/examples.h"
#include "engine/task/scores.h"

struct ft_unigram_count {
    int32_t tag;
    uint32_t n;
};
struct ft_unigram_tagger {
    size_t sentences, words; /* different words; both of the training part */
    int32_t common;          /* the most frequent tag */
    /* private */
    struct ft_strmap index;          /* word -> its place */
    size_t *start;                   /* (words+1) into counts */
    struct ft_unigram_count *counts; /* of a word, by tag */
    double *shares;                  /* (labels) */
    const struct ft_labels *labels;
    struct ft_tag_set tags;
};
void ft_unigram_tagger_train(struct ft_unigram_tagger *t, const struct ft_examples *x);
/* The tags of n words of `text` into out (n). */
void ft_unigram_tagger_tag(const struct ft_unigram_tagger *t, struct ft_text text,
                           const struct ft_word *words, size_t n, int32_t *out);
/* On the sentences of a part that have tags: the most frequent tag everywhere, and the tagger. */
void ft_unigram_tagger_score(const struct ft_unigram_tagger *t, const struct ft_examples *x,
                             enum ft_part part, struct ft_scores *constant,
                             struct ft_scores *unigram);
void ft_unigram_tagger_release(struct ft_unigram_tagger *t);

#endif
