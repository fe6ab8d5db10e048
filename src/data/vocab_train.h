/* Learning a vocabulary from text, as the trainers of the `tokenizers` library do it: start from
 * single characters (WordPiece: with ## inside words) or bytes (BPE), then join the pair that
 * occurs most often, until the vocabulary is full or the best pair is rarer than min_frequency. The
 * same text and options give the same vocabulary: equal counts are decided by the ids of the pair.
 *
 *     struct ft_vocab_train *l = ft_vocab_train_new(&opt);
 *     ft_vocab_train_add(l, text, n);                    as often as there are texts
 *     st = ft_vocab_train_finish(l, &tok, err);          frees l
 *
 * Threads: one learner belongs to one thread. */
#ifndef FT_DATA_VOCAB_TRAIN_H
#define FT_DATA_VOCAB_TRAIN_H

#include "data/tok.h"

#include <stdatomic.h>

struct ft_vocab_train_opt {
    const char *class_name; /* "BertTokenizer", "DistilBertTokenizer", "RobertaTokenizer",
                               "GPT2Tokenizer" */
    size_t vocab_size;      /* special tokens included */
    size_t min_frequency;   /* 0: 2 */
    size_t alphabet_max;    /* WordPiece: most frequent characters kept; 0: 1000 */
    size_t max_length;      /* model_max_length to be written; 0: none */
    bool keep_case;         /* WordPiece: not lower-cased, accents kept */
    atomic_bool *cancel;    /* looked at now and then; NULL: none */
};

struct ft_vocab_train;
struct ft_vocab_train *ft_vocab_train_new(const struct ft_vocab_train_opt *opt);
void ft_vocab_train_free(struct ft_vocab_train *l);
/* Counts the words of a text; the text is not kept. */
void ft_vocab_train_add(struct ft_vocab_train *l, const char *text, size_t n);
/* Errors: FT_USAGE when vocab_size is too small for special tokens and alphabet or no text was
 * added, FT_CANCELLED. l is freed in any case. */
enum ft_status ft_vocab_train_finish(struct ft_vocab_train *l, struct ft_tok **tok,
                                     struct ft_err *err);

#endif
