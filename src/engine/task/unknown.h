/* Texts outside a model's vocabulary, for example Chinese with an English model. Their tokens
 * become [UNK], so nothing can be learned or predicted from them. Byte-level vocabularies have
 * no such tokens. */
#ifndef FT_ENGINE_TASK_UNKNOWN_H
#define FT_ENGINE_TASK_UNKNOWN_H

#include "data/tok.h"
#include "engine/task/sequences.h"

#include <stdbool.h>
#include <stdint.h>

enum { FT_UNKNOWN_TEXT = 160 };

/* "[UNK]", the text of such a token; NULL: the tokenizer has none. */
const char *ft_unknown_name(const struct ft_tok *tok);
/* "61% [UNK] tokens: the model's vocabulary does not have these words"; false when so
 * few are unknown (below 20%, of a handful of tokens below half) that there is nothing to say. */
bool ft_unknown_text(const char *name, uint64_t tokens, uint64_t unknown,
                     char text[FT_UNKNOWN_TEXT]);
/* Logs that as a warning about `what`, a file or model. */
void ft_unknown_warn(const char *what, const struct ft_tok *tok, uint64_t tokens, uint64_t unknown);
/* The same of sequences; special tokens around the texts don't count. */
void ft_unknown_warn_of(const char *what, const struct ft_tok *tok, const struct ft_sequences *s);

#endif
