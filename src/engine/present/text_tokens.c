/* See text_tokens.h. */
#include "engine/present/text_tokens.h"

#include "data/hf_config.h"
#include "engine/tools/inspect_in.h"
#include "util/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool byte_level(const struct ft_tokenizer *t)
{
    return ft_tok_is_byte_level(t->tok);
}

/* The bytes of a byte-level piece so that each can be told from the others. */
static void add_legible(struct ft_str *s, const char *text, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned char c = (unsigned char)text[i];
        size_t len = ft_utf8_len(text + i, n - i);
        if (c == ' ') {
            ft_str_addc(s, '_');
        } else if (c == '_') {
            ft_str_addz(s, "\\_");
        } else if (!len || c < 0x20 || c == 0x7f) {
            ft_str_addf(s, "<%02X>", c);
            len = 1;
        } else {
            ft_str_add(s, text + i, len);
        }
        i += len;
    }
}

static const char *piece_text(struct ft_text_tokens *p, const struct ft_tokenizer *t, int32_t id,
                              struct ft_str *bytes, struct ft_str *s)
{
    size_t n = 0;
    const char *text = ft_tok_text(t->tok, id, &n);
    ft_str_clear(s);
    if (byte_level(t) && !ft_tok_is_special(t->tok, id)) {
        ft_str_clear(bytes);
        ft_tok_decode(t->tok, &id, 1, FT_TOK_RAW_BYTES, bytes);
        add_legible(s, ft_str_text(bytes), bytes->len);
    } else if (text) {
        ft_str_add(s, text, n);
    }
    return ft_arena_strndup(p->arena, ft_str_text(s), s->len);
}

static size_t count_words(const char *text, size_t n)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        bool blank = strchr(" \t\n\r\f\v", text[i]) != NULL && text[i];
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

enum ft_status ft_text_tokens_make(struct ft_text_tokens *p, struct ft_tokenizer *t,
                                   const char *text, size_t n, struct ft_err *err)
{
    struct ft_str bytes = {0}, s = {0};
    struct ft_enc *e = &t->enc;
    enum ft_status st = ft_tok_build(t->tok, t->ctx, text, n, NULL, 0, NULL, e, err);
    if (st) return st;
    int32_t unknown = byte_level(t) ? -1 : ft_tok_special_id(t->tok, FT_TOK_UNK);
    *p = (struct ft_text_tokens){.items = ft_xcalloc(e->n + 1, sizeof *p->items),
                                 .n = e->n,
                                 .words = count_words(text, n),
                                 .arena = ft_xcalloc(1, sizeof *p->arena)};
    for (size_t i = 0; i < e->n; i++) {
        bool added = e->parts[i] == FT_TOK_ADDED;
        p->items[i] = (struct ft_piece){.text = piece_text(p, t, e->ids[i], &bytes, &s),
                                        .id = e->ids[i],
                                        .start = e->chars[i].start,
                                        .end = e->chars[i].end,
                                        .added = added,
                                        .unknown = !added && e->ids[i] == unknown};
        p->unknown += p->items[i].unknown;
    }
    ft_str_release(&bytes);
    ft_str_release(&s);
    return FT_OK;
}

void ft_text_tokens_release(struct ft_text_tokens *p)
{
    if (p->arena) ft_arena_release(p->arena);
    free(p->arena);
    free(p->items);
    *p = (struct ft_text_tokens){0};
}

enum ft_status ft_tokenizer_fits(const struct ft_tokenizer *t, int64_t rows, const char *name,
                                 struct ft_err *err)
{
    int64_t n = (int64_t)ft_tok_vocab_size(t->tok);
    return ft_hf_config_check_vocab(n, n - 1, rows, name, err);
}

static const char *model_name(const struct ft_tokenizer *t)
{
    switch (ft_tok_model(t->tok)) {
    case FT_TOK_BPE:
        return byte_level(t) ? "byte-level BPE" : "BPE";
    case FT_TOK_UNIGRAM:
        return "Unigram";
    case FT_TOK_WORDPIECE:
        break;
    }
    return "WordPiece";
}

char *ft_tokenizer_text(const struct ft_tokenizer *t, char *buf, size_t size)
{
    char n[32];
    snprintf(buf, size, "%s, %s tokens%s", model_name(t),
             ft_format_count(n, sizeof n, (long long)ft_tok_vocab_size(t->tok)),
             ft_tok_lowercases(t->tok) ? ", uncased" : ", cased");
    return buf;
}

const char *ft_tokenizer_unknown(const struct ft_tokenizer *t)
{
    int32_t id = byte_level(t) ? -1 : ft_tok_special_id(t->tok, FT_TOK_UNK);
    const char *text = id < 0 ? NULL : ft_tok_text(t->tok, id, NULL);
    return text ? text : "";
}
