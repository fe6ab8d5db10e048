/* What the tok*.c files share; nothing else includes this. The way a text goes:
 *
 *     bytes -> added tokens found (tok_added) -> normalized (tok_norm) -> words (tok_pre)
 *           -> ids (tok_wordpiece, tok_bpe, tok_unigram)
 *           -> cut, special tokens around, offsets trimmed and in bytes (tok_build)
 *
 * Offsets travel as code points of the original text; bytes are looked up at the end. */
#ifndef FT_DATA_TOK_IN_H
#define FT_DATA_TOK_IN_H

#include "data/tok.h"
#include "data/tok_charsmap.h"
#include "data/tok_pattern.h"
#include "data/unicode.h"
#include "util/mem.h"

#include <cjson/cJSON.h>

enum { TOK_OPS_MAX = 16, TOK_STEPS_MAX = 16, TOK_FILE_MAX = 256 << 20, TOK_ID_MAX = 1 << 24 };

/* Steps of normalizers; BertNormalizer is CLEAN, CJK, NFD and NONSPACING, LOWER as its flags say.
 */
enum tok_op {
    TOK_OP_CLEAN,
    TOK_OP_CJK,
    TOK_OP_NFD,
    TOK_OP_NFC,
    TOK_OP_NFKD,
    TOK_OP_NFKC,
    TOK_OP_NONSPACING,
    TOK_OP_MARKS,
    TOK_OP_LOWER,
    TOK_OP_REPLACE,  /* `pattern` by `text` */
    TOK_OP_PREPEND,  /* `text` */
    TOK_OP_STRIP,    /* white space at the ends */
    TOK_OP_CHARSMAP, /* SentencePiece's map */
};
/* What the last four need to know. */
struct tok_op_arg {
    struct tok_pattern pattern;
    const char *text; /* in the arena */
    size_t text_n;
    bool left, right;
    struct tok_charsmap map;
};

/* Steps of pre-tokenizers; none for BERT's and for a ByteLevel alone. */
enum tok_pre {
    TOK_PRE_METASPACE, /* blanks become `mark`, and one is put in front: `prepend` */
    TOK_PRE_SPLIT,     /* at `pattern`, or at characters of `classes` */
};
enum tok_split {
    TOK_SPLIT_REMOVED,
    TOK_SPLIT_ISOLATED,
    TOK_SPLIT_PREVIOUS,
    TOK_SPLIT_NEXT,
    TOK_SPLIT_CONTIGUOUS
};
enum tok_prepend { TOK_PREPEND_ALWAYS, TOK_PREPEND_FIRST, TOK_PREPEND_NEVER };
struct tok_pre_step {
    enum tok_pre kind;
    struct tok_pattern pattern;
    enum tok_split split;
    bool invert; /* what the pattern does not match is the delimiter */
    uint32_t mark;
    enum tok_prepend prepend;
    bool split_marks; /* Metaspace: a word begins at each mark */
};

/* Steps of decoders other than WordPiece and ByteLevel. */
enum tok_dec {
    TOK_DEC_METASPACE, /* `from`, the mark, becomes a blank; in the first token nothing */
    TOK_DEC_REPLACE,   /* `from` by `to` in each token */
    TOK_DEC_BYTES,     /* <0xE4> becomes a byte */
    TOK_DEC_FUSE,      /* all tokens become one */
    TOK_DEC_STRIP,     /* up to `start` and `stop` of `from` off the ends */
};
struct tok_dec_step {
    enum tok_dec kind;
    const char *from, *to; /* in the arena */
    size_t start, stop;
    bool keep_first; /* Metaspace without a mark in front */
};

/* The pieces of a Unigram model as a trie: a node's children stand side by side, by byte. */
struct tok_trie {
    uint8_t *labels;
    uint32_t *first; /* (n + 1) where each node's children begin */
    int32_t *ids;    /* -1: no piece ends here */
    size_t n;
};

struct tok_entry {
    const char *text; /* NULL: no token has this id */
    uint32_t len;
    uint16_t lead, trail; /* blanks at its ends, as trim_offsets counts them */
    bool special, added;
};

struct tok_added {
    const char *text;
    uint32_t len;
    int32_t id;
    bool single_word, lstrip, rstrip, normalized, special;
};

/* The added tokens that are looked for in one kind of text, by first byte, longest first. */
struct tok_added_set {
    struct tok_added *items;
    size_t n;
    uint32_t first[257];
};

/* Byte strings to ids. The hash can be carried along a text, so all prefixes of it cost one pass.
 */
struct tok_map {
    struct tok_map_slot *slots;
    size_t cap, count, len_max;
};
#define TOK_HASH_START 0xcbf29ce484222325u
static inline uint64_t tok_hash_step(uint64_t h, uint8_t byte)
{
    return (h ^ byte) * 0x100000001b3u;
}
static inline uint64_t tok_hash(const char *text, size_t n)
{
    uint64_t h = TOK_HASH_START;
    for (size_t i = 0; i < n; i++) {
        h = tok_hash_step(h, (uint8_t)text[i]);
    }
    return h;
}
/* Keys are not copied. An existing key gets the new id. */
void tok_map_put(struct tok_map *m, const char *key, size_t n, int32_t id);
int32_t tok_map_get(const struct tok_map *m, uint64_t hash, const char *key,
                    size_t n); /* -1: none */
void tok_map_release(struct tok_map *m);

/* Pairs of ids to the rank and the result of their merge. */
struct tok_merge {
    uint64_t pair;
    uint32_t rank;
    int32_t id;
};
struct tok_pair {
    int32_t a, b, made;
};

/* A piece of a template: a special token (id >= 0) or a text. */
enum { TOK_PIECE_A = -1, TOK_PIECE_B = -2 };
struct tok_piece {
    int32_t id;
    uint8_t type_id;
};
struct tok_template {
    struct tok_piece *items;
    size_t n, cap;
};

struct ft_tok {
    enum ft_tok_model model;
    char *class_name;
    struct ft_arena arena; /* the texts of all tokens */
    struct tok_entry *entries;
    size_t n, cap;
    struct tok_map vocab; /* of the model; added tokens are looked up in `extra` */
    struct tok_map extra;
    struct tok_added *added; /* as in the file */
    size_t added_n, added_cap;
    struct tok_added_set raw, normalized;
    uint8_t ops[TOK_OPS_MAX];
    size_t ops_n;
    int32_t special[FT_TOK_SPECIALS];
    struct tok_template single, pair;
    bool trim_offsets, trim_keeps_prefix;
    bool cleanup; /* of the WordPiece decoder */
    size_t length_max;

    struct tok_op_arg *args; /* (TOK_OPS_MAX) of ops; NULL when none needs any */
    struct tok_pre_step *pre;
    size_t pre_n;
    struct tok_dec_step *dec;
    size_t dec_n;

    double *scores; /* Unigram: by id */
    size_t scores_n, scores_cap;
    double unk_score;
    struct tok_trie trie;
    bool byte_fallback;
    uint8_t plain[128]; /* Unigram: what an ASCII character becomes in a word; 0: see tok_pre.c */

    char *spm; /* the SentencePiece file beside or instead of tokenizer.json, as read */
    size_t spm_n;
    const char *spm_name; /* "spiece.model" ..; NULL: there was none */
    bool spm_changed;     /* the vocabulary is another one than its */

    int32_t unk;          /* of the model; -1: unknown bytes are dropped (BPE) */
    char *prefix;         /* of WordPiece's continuations */
    struct tok_map inner; /* continuations without their prefix */
    size_t word_chars_max;

    bool byte_level; /* BPE: over bytes, else over characters */
    bool add_prefix_space, use_regex, ignore_merges, fuse_unk;
    int32_t byte_ids[256];
    struct tok_merge *merges; /* open addressing */
    size_t merges_cap;
    struct tok_pair *merge_list; /* by rank */
    size_t merge_list_n, merge_list_cap;

    char *json, *config_json, *specials_json; /* files as read, NULL when there was none */
    size_t bert_ops;     /* ops_n behind a BertNormalizer that is the only one; else 0 */
    bool bert_follows;   /* its strip_accents was null: as lowercase */
    bool changed;        /* other files overruled tokenizer.json, or added to it */
    struct ft_str notes; /* where the files disagree */
};

struct tok_chars {
    struct tok_char *items;
    size_t n, cap;
};

/* A part of the characters: [begin, end); `from` is the original character that it begins at; `id`
 * that of an added token, -1 for text. */
struct tok_seg {
    uint32_t begin, end, from;
    int32_t id;
};
struct tok_segs {
    struct tok_seg *items;
    size_t n, cap;
};

/* The best way to a place of a word (Unigram). */
struct tok_best {
    double score;
    uint32_t start;
    int32_t id;
};

/* A word's tokens: ids and where each ends, in bytes of the word; one that ends where the one before
 * it does stands for the same bytes. */
struct tok_unit {
    int32_t id;
    uint32_t end;
};
struct tok_units {
    struct tok_unit *items;
    size_t n, cap;
};

struct tok_word_slot {
    uint64_t hash;
    uint32_t key, units;
    uint16_t key_len, units_n; /* key_len 0: free */
};

/* A text's encoding before cutting and trimming. */
struct tok_raw {
    struct ft_enc enc;
    const char *text;
    size_t text_n;
    bool ascii;
    uint32_t *offsets; /* byte of every code point, and the end; only when not ascii */
    size_t offsets_cap;
};

struct ft_tok_ctx {
    struct tok_word_slot *slots;
    size_t slots_n, used; /* slots_n is a power of two */
    struct ft_str keys;
    struct tok_units pool;

    uint64_t seen, unknown; /* tokens */
    struct tok_raw raw[2];
    struct tok_chars chars, chars2;
    bool cut_left, cut_right; /* the characters are a part of a text: Strip leaves that end alone */
    bool lagging;             /* a step left the places of what follows displaced */
    struct tok_segs segs, segs2, spans;
    struct tok_best *best;
    size_t best_cap;
    struct ft_str text, word; /* normalized text, one word of it */
    uint32_t *map;            /* original code point of every byte of `text` */
    size_t map_cap;
    struct tok_units units; /* of a word that is not kept in the cache */
    uint32_t *next, *prev;  /* of a long word's symbols */
    size_t next_cap, prev_cap;
    struct tok_heap_item *heap;
    size_t heap_cap;
};

/* Appends a token of the word that began with the encoding or the last call of tok_word_end. */
void tok_emit(struct ft_enc *enc, int32_t id, size_t first, size_t end);
static inline void tok_word_end(struct ft_enc *enc)
{
    enc->word++;
}
void tok_enc_reserve(struct ft_enc *enc, size_t n);

/* The tokens of a word from the cache; NULL when it is not there. */
const struct tok_unit *tok_cache_get(struct ft_tok_ctx *ctx, uint64_t hash, const char *word,
                                     size_t n, size_t *units_n);
/* Keeps a copy of ctx->units for the word, when it is worth it. */
void tok_cache_put(struct ft_tok_ctx *ctx, uint64_t hash, const char *word, size_t n);

/* Adds a token to the table of ids; the text is copied. False when the id is out of range. */
bool tok_entry_set(struct ft_tok *tok, int64_t id, const char *text, size_t n);
struct ft_tok *tok_new(enum ft_tok_model model);
/* After all entries, merges and added tokens are in: builds the maps. */
enum ft_status tok_finish(struct ft_tok *tok, const char *name, struct ft_err *err);
/* Adds or replaces an added token; its id must be in range. */
bool tok_added_put(struct ft_tok *tok, const struct tok_added *a);
/* Blanks at one end of a text: white space and U+0120, the byte-level blank. */
size_t tok_blanks(const char *text, size_t n, bool from_end);
int32_t tok_find(const struct ft_tok *tok, const char *text, size_t n);

void tok_template_add(struct tok_template *t, int32_t id, unsigned type_id);
/* The usual templates: BERT's and RoBERTa's. */
void tok_template_bert(struct ft_tok *tok, int32_t cls, int32_t sep);
void tok_template_roberta(struct ft_tok *tok, int32_t cls, int32_t sep);

/* tok_added.c */
void tok_added_sets(struct ft_tok *tok);
void tok_added_sets_release(struct ft_tok *tok);
/* The next added token at or after `from`; `done` is where the one before it ended. */
const struct tok_added *tok_added_find(const struct tok_added_set *set, const char *text, size_t n,
                                       size_t from, size_t done, size_t *start, size_t *end);

/* tok_norm.c: text[0..n) to ctx->chars, whose `from` counts on from `base`. */
void tok_normalize(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                   uint32_t base);
/* ctx->chars to ctx->text and ctx->map. */
void tok_chars_to_text(struct ft_tok_ctx *ctx);
void tok_chars_push(struct tok_chars *to, uint32_t cp, uint32_t from);

/* A piece without added tokens; returns how many code points it has. */
size_t tok_wordpiece_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                           size_t n, size_t base, struct ft_enc *out);
size_t tok_bpe_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                     size_t base, struct ft_enc *out);
/* tok_pre.c: pre-tokenizers other than BERT's and a ByteLevel alone. */
size_t tok_pre_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                     size_t base, struct ft_enc *out);
/* After loading: fills tok->plain. */
void tok_pre_finish(struct ft_tok *tok);
/* A word of characters into ctx->units; a stretch of text with the place of each byte as tokens. */
void tok_bpe_split(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *word, size_t n);
void tok_bpe_stretch(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *s, size_t n,
                     const uint32_t *map, struct ft_enc *out);
void tok_unigram_split(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *word,
                       size_t n);
/* Unknown score and trie. Errors: FT_FORMAT. */
enum ft_status tok_unigram_finish(struct ft_tok *tok, const char *name, struct ft_err *err);
void tok_trie_release(struct tok_trie *t);
/* BERT's pre-tokenizer: the next word of c[*i, end) is [*from, *i) afterwards; false: none is left.
 */
bool tok_bert_word(const struct tok_char *c, size_t end, size_t *i, size_t *from);
/* GPT-2's: where the word that begins at text[i] ends; text is UTF-8. */
size_t tok_bpe_word_end(const char *text, size_t n, size_t i);
void tok_bpe_finish(struct ft_tok *tok);
/* Byte <-> the printable code point that byte-level vocabularies write for it. */
uint32_t tok_byte_char(uint8_t byte);
int tok_char_byte(uint32_t cp); /* -1: none */

/* BertNormalizer's steps, appended. */
void tok_bert_ops(struct ft_tok *tok, bool clean, bool cjk, bool accents, bool lower);

/* tok_agree.c: after tokenizer.json, applies the settings of the files next to it; before a
 * vocabulary file, checks that its class reads it in the usual way. `config` may be NULL. */
enum tok_source { TOK_FROM_JSON, TOK_FROM_TXT, TOK_FROM_MERGES, TOK_FROM_NOTHING };
enum ft_status tok_agree(struct ft_tok *tok, const char *dir, const cJSON *config,
                         struct ft_err *err);
enum ft_status tok_check_class(const char *dir, const cJSON *config, enum tok_source from,
                               struct ft_err *err);
/* added_tokens.json {text: id}, added_tokens_decoder and additional special tokens of the config.
 */
enum ft_status tok_read_added(struct ft_tok *tok, const char *dir, const cJSON *config,
                              struct ft_err *err);

/* tok_spm.c: SentencePiece files. The one of a folder, by name: its full path, the caller's to free,
 * or NULL. */
char *tok_spm_find(const char *dir);
/* A tokenizer of that file alone, put together as transformers does it for its class. */
enum ft_status tok_spm_load(struct ft_tok **tok, const char *path, const char *dir,
                            struct ft_err *err);
/* Keeps the bytes of such a file beside a tokenizer.json, to be saved again. */
enum ft_status tok_spm_keep(struct ft_tok *tok, const char *path, struct ft_err *err);
/* The file as it is saved: as it was read if the vocabulary is the same, else made; false: the
 * class has none, or it cannot be made (BPE). */
bool tok_spm_text(const struct ft_tok *tok, const char **name, struct ft_str *out);

/* tok_save.c: tokenizer.json as it is saved; the caller's to delete. */
cJSON *tok_json_tree(const struct ft_tok *tok);

/* tok_json.c, tok_files.c */
enum ft_status tok_json_parse(struct ft_tok **tok, const char *text, size_t n, const char *name,
                              struct ft_err *err);
enum ft_status tok_files_load(struct ft_tok **tok, const char *dir, struct ft_err *err);
/* Reads tokenizer_config.json and the other small files next to the vocabulary, as far as they are
 * of special tokens, class and length. */
/* A special token's entry in such a file: a text or an object with `content`; fills its fields.
 */
bool tok_added_parse(const cJSON *item, struct tok_added *a);
enum ft_status tok_side_files(struct ft_tok *tok, const char *dir, struct ft_err *err);
/* One merge "a b" or its two halves; place (line or number) is for the error. */
enum ft_status tok_merge_add(struct ft_tok *tok, const char *a, size_t an, const char *b, size_t bn,
                             size_t place, const char *unit, const char *name, struct ft_err *err);
/* Special tokens, normalizer and templates as the class of such files has them; config and map
 * (parsed tokenizer_config.json and special_tokens_map.json) may be NULL. */
enum ft_status tok_set_up(struct ft_tok *tok, const cJSON *config, const cJSON *map,
                          const char *name, struct ft_err *err);
extern const char *const tok_special_keys[FT_TOK_SPECIALS]; /* "bos_token".. */

#endif
