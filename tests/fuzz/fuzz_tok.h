/* What must hold of every tokenizer that loads: offsets lie inside the text; counting agrees with
 * encoding; decoding takes what encoding gives. */
#ifndef FT_TESTS_FUZZ_TOK_H
#define FT_TESTS_FUZZ_TOK_H

#include "data/tok.h"

#include <stdlib.h>

static inline void fuzz_tok_use(const struct ft_tok *tok, const char *text, size_t n)
{
    struct ft_err err = {0};
    struct ft_enc e = {0};
    struct ft_str s = {0};
    if (ft_tok_build(tok, NULL, text, n, text, n / 2, NULL, &e, &err)) abort();
    for (size_t i = 0; i < e.n; i++) {
        size_t end = e.parts[i] == FT_TOK_SECOND ? n / 2 : n;
        if (e.bytes[i].end > end || e.bytes[i].start > end || !ft_tok_text(tok, e.ids[i], NULL))
            abort();
    }
    ft_tok_decode(tok, e.ids, e.n, 0, &s);
    ft_tok_encode(tok, NULL, text, n, &e);
    if (ft_tok_count(tok, NULL, text, n) != e.n) abort();
    ft_str_release(&s);
    ft_enc_release(&e);
}

#endif
