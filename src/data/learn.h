/* Learning a vocabulary from text, as the trainers of the `tokenizers` library do it: start from
 * single characters (WordPiece: with ## inside words) or bytes (BPE), then join the pair that
 * occurs most often, until the vocabulary is full or the best pair is rarer than min_frequency. The
 * same text and options give the same vocabulary: equal counts are decided by the ids of the pair.
 *
 *     struct ft_learn *l = ft_learn_new(&opt);
 *     ft_learn_add(l, text, n);                    as often as there are texts
 *     st = ft_learn_finish(l, &tok, err);          frees l
 *
 * Threads: one learner belongs to one thread. */
#ifndef FT_DATA_LEARN_H
#define FT_DATA_LEARN_H

#include "data/tok.h"

#include <stdatomic.h>

struct ft_learn_opt {
    const char *class_name; /* "BertTokenizer", "DistilBertTokenizer", "RobertaTokenizer",
                               "GPT2Tokenizer" */
    size_t vocab_size;      /* special tokens included */
    size_t min_frequency;   /* 0: 2 */
    size_t alphabet_max;    /* WordPiece: most frequent characters kept; 0: 1000 */
    size_t max_length;      /* model_max_length to be written; 0: none */
    bool keep_case;         /* WordPiece: not lower-cased, accents kept */
    atomic_bool *cancel;    /* looked at now and then; NULL: none */
};

struct ft_learn;
struct ft_learn *ft_learn_new(const struct ft_learn_opt *opt);
void ft_learn_free(struct ft_learn *l);
/* Counts the words of a text; the text is not kept. */
void ft_learn_add(struct ft_learn *l, const char *text, size_t n);
/* Errors: FT_USAGE when vocab_size is too small for special tokens and alphabet or no text was
 * added, FT_CANCELLED. l is freed in any case. */
enum ft_status ft_learn_finish(struct ft_learn *l, struct ft_tok **tok, struct ft_err *err);

#endif
