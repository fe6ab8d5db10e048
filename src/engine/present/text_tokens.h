/* The tokens of a text in readable form: the output of `tokenize --format json`, with byte-level
 * tokens decoded and unknown ones marked.
 *
 *     struct ft_text_tokens p = {0};
 *     if (!(st = ft_text_tokens_make(&p, tokenizer, text, n, &err))) for (i = 0; i < p.n; i++) ..
 *     ft_text_tokens_release(&p);
 *
 * Threads: as the tokenizer: one at a time. */
#ifndef FT_ENGINE_PRESENT_TEXT_TOKENS_H
#define FT_ENGINE_PRESENT_TEXT_TOKENS_H

#include "engine/tools/inspect.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_piece {
    const char *text; /* byte-level: a blank as "_" ("_" itself as "\_"), bytes that are no
                         character as <E6>, controls as <0A>; else as in the vocabulary */
    int32_t id;
    uint32_t start, end; /* code points of the text; 0, 0 when added */
    bool added;          /* a special token put around the text */
    bool unknown;        /* stands for something the vocabulary does not have */
};
struct ft_text_tokens {
    struct ft_piece *items;
    size_t n, words, unknown; /* words: runs between blanks */
    struct ft_arena *arena;   /* private */
};
/* `p` is zeroed or released. The text is tokenized whole, with special tokens. */
enum ft_status ft_text_tokens_make(struct ft_text_tokens *p, struct ft_tokenizer *t,
                                   const char *text, size_t n, struct ft_err *err);
void ft_text_tokens_release(struct ft_text_tokens *p);

/* Whether the tokenizer's ids fit an embedding of `rows`; `name` is for the error. */
enum ft_status ft_tokenizer_fits(const struct ft_tokenizer *t, int64_t rows, const char *name,
                                 struct ft_err *err);
/* "WordPiece, 30,522 words, uncased" into buf; returns buf. */
char *ft_tokenizer_text(const struct ft_tokenizer *t, char *buf, size_t size);
/* How the tokenizer writes what it does not know; "" when it can write everything. */
const char *ft_tokenizer_unknown(const struct ft_tokenizer *t);

#endif
