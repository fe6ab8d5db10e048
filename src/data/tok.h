/* Tokenizers: text to token ids and back, as Hugging Face's `tokenizers` library does it for the
 * same folder: WordPiece (BERT, DistilBERT, ELECTRA, MPNet), BPE over bytes (GPT-2, RoBERTa,
 * ModernBERT) or characters, and Unigram (SentencePiece: XLM-RoBERTa, ALBERT, DeBERTa).
 *
 *     struct ft_tok *tok = NULL;
 *     struct ft_enc enc = {0};
 *     struct ft_tok_ctx *ctx;
 *     if ((st = ft_tok_load(&tok, "models/bert", err)))
 *         return st;
 *     ctx = ft_tok_ctx_new(tok);                                    one a thread
 *     ft_tok_encode(tok, ctx, text, n, &enc);                       no special tokens
 *     ft_tok_build(tok, ctx, a, an, b, bn, &opt, &enc, err);        with them, cut to a length
 *     ... enc.ids[0..enc.n) ...
 *     ft_enc_release(&enc), ft_tok_ctx_free(ctx), ft_tok_free(tok);
 *
 * Texts are bytes with a length; NULs are text. Bytes that are not UTF-8 become U+FFFD, one for
 * each maximal invalid part (as Python's and the web's decoders do), and count as one code point
 * there. Threads: a loaded struct ft_tok is never written to; a struct ft_tok_ctx belongs to one
 * thread. Where a ctx is asked for, NULL is allowed and costs a fresh one for this call. */
#ifndef FT_DATA_TOK_H
#define FT_DATA_TOK_H

#include "util/err.h"
#include "util/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ft_tok;
struct ft_tok_ctx; /* scratch memory and a cache of words */

enum ft_tok_model { FT_TOK_WORDPIECE, FT_TOK_BPE, FT_TOK_UNIGRAM };

enum ft_tok_special {
    FT_TOK_BOS,
    FT_TOK_EOS,
    FT_TOK_UNK,
    FT_TOK_SEP,
    FT_TOK_PAD,
    FT_TOK_CLS,
    FT_TOK_MASK,
    FT_TOK_SPECIALS,
};

/* A half-open range. */
struct ft_span {
    uint32_t start, end;
};

/* Where a token comes from. */
enum ft_tok_part { FT_TOK_FIRST, FT_TOK_SECOND, FT_TOK_ADDED };

/* An encoding: `n` tokens in parallel arrays, which grow as needed. Zero-initialise it; every
 * function that fills one overwrites it and keeps its memory. `chars` counts code points and
 * `bytes` counts bytes of the text (of the first or the second one, see `parts`) as it was given;
 * both are 0,0 for the special tokens that were put around the texts (FT_TOK_ADDED). */
struct ft_enc {
    size_t n, cap;
    int32_t *ids;
    uint8_t *type_ids;
    uint8_t *parts; /* enum ft_tok_part */
    struct ft_span *chars, *bytes;
    uint32_t *words; /* which word of its text, as the pre-tokenizer splits it (word_ids() of
                        `tokenizers`); FT_TOK_NO_WORD for FT_TOK_ADDED */
    size_t cut;      /* tokens that truncation left out */
    uint32_t word;   /* private: of the next token */
};
#define FT_TOK_NO_WORD UINT32_MAX
void ft_enc_release(struct ft_enc *enc);

/* Loads the tokenizer of the folder `dir`: tokenizer.json when it is there (its own truncation and
 * padding settings are ignored), else vocab.txt, else vocab.json with merges.txt, else a
 * SentencePiece file (spiece.model, sentencepiece.bpe.model, spm.model);
 * tokenizer_config.json, special_tokens_map.json and added_tokens.json are read as far as they say
 * something; where they and tokenizer.json disagree, see ft_tok_notes. Errors: FT_NOTFOUND when
 * none of these files is there; FT_FORMAT names file and place; FT_UNSUPPORTED names the component
 * that is not built. The caller ends it with ft_tok_free. */
enum ft_status ft_tok_load(struct ft_tok **tok, const char *dir, struct ft_err *err);
/* The same from the text of a tokenizer.json alone; `name` stands for it in errors. */
enum ft_status ft_tok_load_json(struct ft_tok **tok, const char *text, size_t n, const char *name,
                                struct ft_err *err);
void ft_tok_free(struct ft_tok *tok);

/* Writes the files that transformers' AutoTokenizer loads into the existing folder `dir`:
 * tokenizer.json (the one it was loaded from with truncation and padding set to null, else made),
 * vocab.txt, or vocab.json and merges.txt, or the SentencePiece file; tokenizer_config.json,
 * special_tokens_map.json. */
enum ft_status ft_tok_save(const struct ft_tok *tok, const char *dir, struct ft_err *err);
/* Makes `id` the padding token when there is none (GPT-2: end of text). Call it before other
 * threads use the tokenizer. */
void ft_tok_set_pad(struct ft_tok *tok, int32_t id);

struct ft_tok_ctx *ft_tok_ctx_new(const struct ft_tok *tok);
void ft_tok_ctx_free(struct ft_tok_ctx *ctx);

/* Encodes one text, without special tokens around it; type_ids are 0. Special tokens that are
 * written out in the text are recognised. Texts over 4 GB are cut there. */
void ft_tok_encode(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                   struct ft_enc *out);
/* The same for one word of a list, as `tokenizers` does it with is_pretokenized: with byte-level
 * BPE, a blank is in front of it, which its offsets do not count. */
void ft_tok_encode_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                        size_t n, struct ft_enc *out);
/* How many tokens ft_tok_encode would give; faster. */
size_t ft_tok_count(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n);

/* How a text longer than max_length is cut. LONGEST_FIRST is what `tokenizers` does: one text loses
 * its end; of two, the longer one is cut to what the shorter leaves, both to half when both are
 * longer than that. HEAD_TAIL keeps the first and the last tokens of a single text, 128 of the
 * first to 382 of the last when 510 fit and the same share otherwise (Sun et al., "How to fine-tune
 * BERT for text classification?", 2019); a pair is cut as by LONGEST_FIRST. */
enum ft_tok_cut {
    FT_TOK_CUT_NONE,
    FT_TOK_CUT_LONGEST_FIRST,
    FT_TOK_CUT_ONLY_FIRST,
    FT_TOK_CUT_ONLY_SECOND,
    FT_TOK_CUT_HEAD_TAIL,
};
struct ft_tok_opt {
    bool no_special; /* leave out the special tokens around the texts */
    enum ft_tok_cut cut;
    size_t max_length; /* in tokens, special ones included; 0: no limit */
};

/* One text (b == NULL) or a pair, with special tokens and type ids as the folder says, cut to
 * length. opt NULL: special tokens, no limit. Errors: FT_USAGE when max_length is too small for the
 * special tokens, or for the text that must not be cut. */
enum ft_status ft_tok_build(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *a,
                            size_t an, const char *b, size_t bn, const struct ft_tok_opt *opt,
                            struct ft_enc *out, struct ft_err *err);

/* The tokens of all texts that went through this ctx, and those of them that stand for something
 * which the vocabulary does not have. */
void ft_tok_ctx_seen(const struct ft_tok_ctx *ctx, uint64_t *tokens, uint64_t *unknown);
/* The id of such a token; -1 where every text has its tokens (byte-level BPE). */
int32_t ft_tok_unknown_id(const struct ft_tok *tok);

/* The special tokens of a single text around ids that were encoded before. chars, bytes and words of
 * the text's own tokens are 0. */
void ft_tok_wrap(const struct ft_tok *tok, const int32_t *ids, size_t n, struct ft_enc *out);

/* How many special tokens ft_tok_build puts around one text or a pair. */
size_t ft_tok_added_count(const struct ft_tok *tok, bool pair);

/* The windows of a question and its context: every window holds the whole question and up to
 * max_length tokens in all; consecutive windows share `stride` tokens of the context; in order,
 * until the context's last token is in one. An empty context gives one window. question_max > 0
 * cuts the question to so many tokens first. `context` NULL is the one of the last call with this
 * ctx, which is then not encoded again. Errors: FT_USAGE when the question leaves no room for
 * stride + 1 tokens of the context. */
struct ft_windows {
    size_t n, cap;
    struct ft_enc *items; /* cap of them initialised, n in use */
};
void ft_windows_release(struct ft_windows *w);
enum ft_status ft_tok_windows(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                              const char *question, size_t qn, const char *context, size_t cn,
                              size_t max_length, size_t stride, size_t question_max,
                              struct ft_windows *out, struct ft_err *err);

enum ft_tok_model ft_tok_model(const struct ft_tok *tok);
/* Tokens are written in the printable stand-ins of bytes ("Ġthe"). */
bool ft_tok_is_byte_level(const struct ft_tok *tok);
/* "BertTokenizer", "RobertaTokenizer", "AlbertTokenizer" .. */
const char *ft_tok_class(const struct ft_tok *tok);
/* Where the folder's files disagree, and which of them counts; "" when they agree. */
const char *ft_tok_notes(const struct ft_tok *tok);
/* Highest id + 1, added tokens included. */
size_t ft_tok_vocab_size(const struct ft_tok *tok);
/* model_max_length of tokenizer_config.json; 0 when it says nothing sensible. */
size_t ft_tok_max_length(const struct ft_tok *tok);
bool ft_tok_lowercases(const struct ft_tok *tok);
/* -1 when the tokenizer has none. */
int32_t ft_tok_special_id(const struct ft_tok *tok, enum ft_tok_special which);
/* True for ids that decoding with FT_TOK_SKIP_SPECIAL leaves out. */
bool ft_tok_is_special(const struct ft_tok *tok, int32_t id);

/* The token as it is in the vocabulary file ("##ing", "Ġthe"), ended by 0; NULL when there is none
 * with this id. *n (may be NULL) gets its length in bytes. */
const char *ft_tok_text(const struct ft_tok *tok, int32_t id, size_t *n);
/* The id of exactly this vocabulary entry or added token; -1 when there is none. */
int32_t ft_tok_id(const struct ft_tok *tok, const char *text, size_t n);

/* Appends the text of ids as the library's decoder writes it (WordPiece: joined, with its clean-up
 * of blanks; BPE: the bytes, what is not UTF-8 replaced unless FT_TOK_RAW_BYTES). Unknown ids are
 * left out. */
enum ft_tok_decode_flag { FT_TOK_SKIP_SPECIAL = 1, FT_TOK_RAW_BYTES = 2 };
void ft_tok_decode(const struct ft_tok *tok, const int32_t *ids, size_t n, unsigned flags,
                   struct ft_str *out);

#endif
