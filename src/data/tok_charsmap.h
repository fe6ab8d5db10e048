/* SentencePiece's precompiled map of characters (normalizer "Precompiled"): a double array of
 * characters, and the texts that it replaces them by. The bytes are hostile: every index is checked
 * where it is used. Private to data/tok*.c.
 *
 * Layout: u32 size of the array in bytes, little-endian; the array's u32 units; texts ended by 0.
 * Source: sentencepiece's normalizer.cc, Darts-clone; applied to grapheme clusters as the
 * `tokenizers` library does (spm_precompiled). Threads: read-only after parsing. */
#ifndef FT_DATA_TOK_CHARSMAP_H
#define FT_DATA_TOK_CHARSMAP_H

#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tok_charsmap {
    uint32_t *units;
    size_t units_n;
    char *texts;
    size_t texts_n;
};

/* Copies what it needs of the bytes; an empty map replaces nothing. Errors: FT_FORMAT with `name`. */
enum ft_status tok_charsmap_parse(struct tok_charsmap *m, const uint8_t *bytes, size_t n,
                                  const char *name, struct ft_err *err);
void tok_charsmap_release(struct tok_charsmap *m);

/* The text that replaces key[0..n), by its shortest prefix that the map has; false: none. */
bool tok_charsmap_find(const struct tok_charsmap *m, const char *key, size_t n, const char **text,
                       size_t *text_n);

#endif
