/* Unicode for tokenizers: UTF-8 in and out, character classes, lower case, normal forms.
 * The classes and lower case are those of the `tokenizers` library (unicode_tables.c);
 * decomposition and composition come from utf8proc, whose tables may be of another Unicode version:
 * code points that are newer than either can differ. Widths on a screen are none of this file's
 * business. */
#ifndef FT_DATA_UNICODE_H
#define FT_DATA_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_UNI_REPLACEMENT 0xFFFDu

/* The code point at text[*i], *i < n; moves *i past it. An invalid sequence gives U+FFFD for its
 * maximal part that could begin a valid one, as Python's decoder and the web's do. */
uint32_t ft_uni_next(const char *text, size_t n, size_t *i);
/* The code point that ends before text[*i], *i > 0; moves *i to its start. */
uint32_t ft_uni_prev(const char *text, size_t *i);
/* Writes 1 to 4 bytes; returns how many. */
size_t ft_uni_put(uint32_t cp, char out[4]);
/* Code points in n bytes. */
size_t ft_uni_count(const char *text, size_t n);
bool ft_uni_valid(const char *text, size_t n);
/* The first n bytes of text that are ASCII. */
size_t ft_uni_ascii_run(const char *text, size_t n);

enum ft_uni_class {
    FT_UNI_SPACE = 1,      /* White_Space */
    FT_UNI_PUNCT = 2,      /* what BERT's pre-tokenizer isolates */
    FT_UNI_CONTROL = 4,    /* what BERT's clean-up removes */
    FT_UNI_NONSPACING = 8, /* what BERT's accent stripping removes after NFD */
    FT_UNI_MARK = 16,      /* what the StripAccents normalizer removes */
    FT_UNI_LETTER = 32,    /* \p{L} */
    FT_UNI_NUMBER = 64,    /* \p{N} */
    FT_UNI_CJK = 128,      /* what BERT puts blanks around */
};
/* All bits of a code point. ft_uni_init must have been called; it may be called often, from any
 * thread. */
void ft_uni_init(void);
unsigned ft_uni_class(uint32_t cp);
/* \w of the library's regular expressions. */
bool ft_uni_is_word(uint32_t cp);

/* Lower case of one code point: 1 or 2 code points into out, their number is returned. */
size_t ft_uni_lower(uint32_t cp, uint32_t out[2]);

/* Canonical (or compatibility) decomposition of one code point, not reordered; at most 18 code
 * points. */
#define FT_UNI_DECOMPOSED_MAX 18
size_t ft_uni_decompose(uint32_t cp, bool compat, uint32_t out[FT_UNI_DECOMPOSED_MAX]);
/* Canonical combining class. */
unsigned ft_uni_combining(uint32_t cp);
/* The primary composite of a pair, 0 when there is none. */
uint32_t ft_uni_compose(uint32_t a, uint32_t b);
/* Whether an extended grapheme cluster (UAX 29) may end between two code points that stand next to
 * each other. *state is 0 at the start of a text and carried along. */
bool ft_uni_grapheme_ends(uint32_t a, uint32_t b, int32_t *state);

#endif
