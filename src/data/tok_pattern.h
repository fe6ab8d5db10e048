/* Patterns of tokenizer.json's Replace and Split: a text, or one of the regular expressions that
 * tokenizers are published with. Understood are alternatives of single characters, \s, \p{L}, \p{N},
 * \p{M} and sets of these, each once or repeated ("\s{2,}|[\n\r\t]"), texts, and GPT-2's expression
 * for words. Anything else is refused, so that no text is split in another way than the library
 * splits it. Private to data/tok*.c.
 *
 * Threads: a pattern is read-only after parsing. */
#ifndef FT_DATA_TOK_PATTERN_H
#define FT_DATA_TOK_PATTERN_H

#include "data/unicode.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One normalized code point and the original one that it stands for. */
struct tok_char {
    uint32_t cp, from;
};

enum { TOK_ATOMS_MAX = 16 };

struct tok_atom {
    uint32_t literals[8];
    uint32_t min, max; /* times */
    unsigned classes;  /* enum ft_uni_class */
    uint8_t literals_n, alternative;
    bool negated;
};
struct tok_pattern {
    struct tok_atom atoms[TOK_ATOMS_MAX]; /* alternatives one after another */
    size_t atoms_n;                       /* 0: matches nothing */
    bool gpt2;                            /* GPT-2's words: tok_bpe_word_end */
};

/* false: not one of the forms above, or too long. */
bool tok_pattern_regex(struct tok_pattern *p, const char *regex, size_t n);
bool tok_pattern_text(struct tok_pattern *p, const char *text, size_t n);

/* How many of the characters c[0..n) the pattern matches from the first on; 0: none. */
size_t tok_pattern_match(const struct tok_pattern *p, const struct tok_char *c, size_t n);
/* Whether a match can contain the character. */
bool tok_pattern_has(const struct tok_pattern *p, uint32_t cp);

#endif
