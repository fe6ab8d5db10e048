/* SentencePiece model files (spiece.model, sentencepiece.bpe.model, spm.model): protocol buffers,
 * read with every length checked against the bytes that are left, and written.
 *
 *     struct ft_spm m;
 *     if ((st = ft_spm_parse(&m, bytes, n, path, err))) return st;
 *     .. m.pieces[0..m.n) ..
 *     ft_spm_release(&m);
 *
 * Source: sentencepiece_model.proto. Threads: none of its own. */
#ifndef FT_DATA_SPM_MODEL_H
#define FT_DATA_SPM_MODEL_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_spm_type {
    FT_SPM_NORMAL = 1,
    FT_SPM_UNKNOWN,
    FT_SPM_CONTROL, /* never in a text */
    FT_SPM_USER,    /* always a piece of its own */
    FT_SPM_UNUSED,
    FT_SPM_BYTE,
};
struct ft_spm_piece {
    const char *text; /* UTF-8, not ended by 0 */
    uint32_t len;
    float score; /* finite */
    enum ft_spm_type type;
};

enum ft_spm_kind { FT_SPM_UNIGRAM = 1, FT_SPM_BPE, FT_SPM_WORD, FT_SPM_CHAR };

struct ft_spm {
    struct ft_spm_piece *pieces; /* texts point into the bytes that were parsed */
    size_t n, cap;
    enum ft_spm_kind kind;
    int64_t unk_id;
    bool byte_fallback;
    const uint8_t *charsmap; /* may be NULL */
    size_t charsmap_n;
    const uint8_t *trainer, *normalizer; /* the two messages as they are; NULL: none */
    size_t trainer_n, normalizer_n;
};

/* Errors: FT_FORMAT with name and place. The bytes must outlive the model. */
enum ft_status ft_spm_parse(struct ft_spm *m, const uint8_t *bytes, size_t n, const char *name,
                            struct ft_err *err);
void ft_spm_release(struct ft_spm *m);

/* Appends the file: pieces, then the messages as they are, or, where they are NULL, made of the
 * other fields. */
void ft_spm_write(const struct ft_spm *m, struct ft_str *out);

#endif
