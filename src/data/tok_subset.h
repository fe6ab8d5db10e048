/* A smaller vocabulary out of a tokenizer's: some of its tokens under new ids, in the old order. A
 * text whose old tokens are all kept has the same tokens afterwards; every other text is spelled with
 * the base, which is always kept: special and added tokens, single characters (those of ASCII; WordPiece: as
 * the first of a word and as its continuation; BPE: the bytes, or all characters) and every piece of
 * WordPiece that they cannot spell; for Unigram the lowest score, from which that of unknown characters
 * follows, and its byte pieces. A word, or for Unigram a character, whose tokens were not kept is
 * unknown. BPE keeps the merges that lead to a kept token, and the tokens in between.
 *
 *     struct ft_tok_subset *s = ft_tok_subset_new(tok);
 *     ft_tok_subset_add(s, id, SIZE_MAX);                as often as wanted
 *     st = ft_tok_subset_make(s, &small, err);
 *     .. row i of the small table is row ft_tok_subset_old_id(s, i) of the large one ..
 *     ft_tok_subset_free(s);
 *
 * Threads: one subset belongs to one thread; `tok` must outlive it. */
#ifndef FT_DATA_TOK_SUBSET_H
#define FT_DATA_TOK_SUBSET_H

#include "data/tok.h"

struct ft_tok_subset;
/* With the base alone. */
struct ft_tok_subset *ft_tok_subset_new(const struct ft_tok *tok);
void ft_tok_subset_free(struct ft_tok_subset *s);

/* Keeps a token and what its merges need, if that is at most `room` more tokens; returns how many
 * more it is: 0 when it does not fit, is kept already or does not exist. */
size_t ft_tok_subset_add(struct ft_tok_subset *s, int32_t id, size_t room);
bool ft_tok_subset_has(const struct ft_tok_subset *s, int32_t id);
size_t ft_tok_subset_size(const struct ft_tok_subset *s); /* tokens that are kept */

/* The tokenizer of the kept tokens; it is saved with all files that name ids brought up to date.
 * Errors: FT_NOMEM; FT_FORMAT when the files say something that loading does not notice. */
enum ft_status ft_tok_subset_make(struct ft_tok_subset *s, struct ft_tok **out, struct ft_err *err);
/* After that: the new id of an old one and the reverse; -1: it is not kept, there is none. */
int32_t ft_tok_subset_new_id(const struct ft_tok_subset *s, int64_t old_id);
int32_t ft_tok_subset_old_id(const struct ft_tok_subset *s, int32_t new_id);

#endif
