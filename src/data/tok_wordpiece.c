/* WordPiece with BERT's pre-tokenizer: words end at white space, punctuation stands alone, then the
 * longest known pieces from the left. Stretches of plain ASCII between blanks, nearly all of an
 * English text, go straight from bytes to ids; any other stretch goes through the normalizer. */
#include "data/tok_in.h"

#include <stdlib.h>
#include <string.h>

/* What an ASCII byte is to the fast way; OTHER (controls, bytes above 127) leaves it. */
enum kind { WORD, PUNCT, BLANK, OTHER };

static enum kind kind_of(uint8_t b)
{
    if (b == ' ' || b == '\t' || b == '\n' || b == '\r') {
        return BLANK;
    }
    if (b < 0x20 || b >= 0x7F) {
        return OTHER;
    }
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') ? WORD
                                                                                      : PUNCT;
}

static void add_unit(struct tok_units *u, int32_t id, size_t end)
{
    ft_grow(&u->items, &u->cap, u->n + 1, sizeof *u->items);
    u->items[u->n++] = (struct tok_unit){id, (uint32_t)end};
}

/* The longest entry of `map` that text begins with; its length in *len, 0 when there is none. */
static int32_t longest(const struct tok_map *map, const char *text, size_t n, size_t *len)
{
    uint64_t hashes[256], h = TOK_HASH_START;
    size_t most = n < map->len_max ? n : map->len_max;

    if (most <= 256) {
        for (size_t i = 0; i < most; i++) {
            h = tok_hash_step(h, (uint8_t)text[i]);
            hashes[i] = h;
        }
    }
    for (size_t k = most; k > 0; k--) {
        int32_t id;
        if (k < n && ((uint8_t)text[k] & 0xC0) == 0x80) {
            continue;
        }
        id = tok_map_get(map, most <= 256 ? hashes[k - 1] : tok_hash(text, k), text, k);
        if (id >= 0) {
            *len = k;
            return id;
        }
    }
    *len = 0;
    return -1;
}

/* The pieces of a word (UTF-8) into ctx->units. */
static void split_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *word, size_t n)
{
    struct tok_units *u = &ctx->units;

    u->n = 0;
    if (n > tok->word_chars_max && ft_uni_count(word, n) > tok->word_chars_max) {
        add_unit(u, tok->unk, n);
        return;
    }
    for (size_t at = 0; at < n;) {
        size_t len;
        int32_t id = longest(at ? &tok->inner : &tok->vocab, word + at, n - at, &len);
        if (len == 0) {
            u->n = 0;
            add_unit(u, tok->unk, n);
            return;
        }
        at += len;
        add_unit(u, id, at);
    }
}

static const struct tok_unit *word_units(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                         uint64_t hash, const char *word, size_t n, size_t *units_n)
{
    const struct tok_unit *u = tok_cache_get(ctx, hash, word, n, units_n);

    if (u) {
        return u;
    }
    split_word(tok, ctx, word, n);
    tok_cache_put(ctx, hash, word, n);
    *units_n = ctx->units.n;
    return ctx->units.items;
}

/* Printable ASCII without blanks; its first character is code point `base`. */
static void ascii_stretch(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                          size_t n, size_t base, bool lower, const uint8_t *kinds,
                          struct ft_enc *out)
{
    char buf[128];

    for (size_t i = 0; i < n;) {
        size_t from = i, units_n = 0, start = 0;
        uint64_t hash = TOK_HASH_START;
        const struct tok_unit *u;
        const char *word = text + from;
        if (kinds[(uint8_t)text[i]] == PUNCT) {
            hash = tok_hash_step(hash, (uint8_t)text[i++]);
        } else if (lower) {
            for (; i < n && kinds[(uint8_t)text[i]] == WORD; i++) {
                uint8_t b = (uint8_t)text[i];
                b = b >= 'A' && b <= 'Z' ? (uint8_t)(b + 32) : b;
                hash = tok_hash_step(hash, b);
                if (i - from < sizeof buf) {
                    buf[i - from] = (char)b;
                }
            }
            word = buf;
            if (i - from > sizeof buf) {
                ft_str_clear(&ctx->word);
                for (size_t k = from; k < i; k++) {
                    uint8_t b = (uint8_t)text[k];
                    ft_str_addc(&ctx->word, (char)(b >= 'A' && b <= 'Z' ? b + 32 : b));
                }
                word = ctx->word.data;
            }
        } else {
            for (; i < n && kinds[(uint8_t)text[i]] == WORD; i++) {
                hash = tok_hash_step(hash, (uint8_t)text[i]);
            }
        }
        u = word_units(tok, ctx, hash, word, i - from, &units_n);
        for (size_t k = 0; k < units_n; k++) {
            tok_emit(out, u[k].id, base + from + start, base + from + u[k].end);
            start = u[k].end;
        }
        tok_word_end(out);
    }
}

/* One word of normalized characters. */
static void chars_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const struct tok_char *c,
                       size_t n, struct ft_enc *out)
{
    size_t units_n, at = 0, byte = 0;
    const struct tok_unit *u;
    char buf[4];

    ft_str_clear(&ctx->word);
    for (size_t i = 0; i < n; i++) {
        ft_str_add(&ctx->word, buf, ft_uni_put(c[i].cp, buf));
    }
    u = word_units(tok, ctx, tok_hash(ctx->word.data, ctx->word.len), ctx->word.data, ctx->word.len,
                   &units_n);
    for (size_t k = 0; k < units_n; k++) {
        size_t first = at;
        while (byte < u[k].end) {
            byte += ft_uni_put(c[at++].cp, buf);
        }
        tok_emit(out, u[k].id, c[first].from, c[at - 1].from + 1u);
    }
    tok_word_end(out);
}

bool tok_bert_word(const struct tok_char *c, size_t end, size_t *i, size_t *from)
{
    unsigned class;

    while (*i < end && (ft_uni_class(c[*i].cp) & FT_UNI_SPACE)) {
        ++*i;
    }
    if (*i == end) {
        return false;
    }
    class = ft_uni_class(c[*i].cp);
    *from = (*i)++;
    if (!(class & FT_UNI_PUNCT)) {
        while (*i < end && !(ft_uni_class(c[*i].cp) & (FT_UNI_SPACE | FT_UNI_PUNCT))) {
            ++*i;
        }
    }
    return true;
}

/* ctx->chars[i, end) */
static void chars_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, size_t i, size_t end,
                        struct ft_enc *out)
{
    size_t from;

    while (tok_bert_word(ctx->chars.items, end, &i, &from)) {
        chars_word(tok, ctx, ctx->chars.items + from, i - from, out);
    }
}

/* Normalized text in which added tokens are still to be found. */
static void chars_with_added(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct ft_enc *out)
{
    size_t byte = 0, at = 0, start, end;
    const struct tok_added *a;
    char buf[4];

    tok_chars_to_text(ctx);
    while ((a = tok_added_find(&tok->normalized, ctx->text.data, ctx->text.len, byte, byte, &start,
                               &end))) {
        size_t from = at, first;
        for (; byte < start; at++) {
            byte += ft_uni_put(ctx->chars.items[at].cp, buf);
        }
        chars_words(tok, ctx, from, at, out);
        for (first = at; byte < end; at++) {
            byte += ft_uni_put(ctx->chars.items[at].cp, buf);
        }
        tok_emit(out, a->id, ctx->chars.items[first].from, ctx->chars.items[at - 1].from + 1u);
        tok_word_end(out);
    }
    chars_words(tok, ctx, at, ctx->chars.n, out);
}

size_t tok_wordpiece_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                           size_t n, size_t base, struct ft_enc *out)
{
    uint8_t kinds[256];
    bool lower = ft_tok_lowercases(tok);
    size_t count = 0; /* code points before i */

    if (tok->normalized.n || tok->args) {
        tok_normalize(tok, ctx, text, n, (uint32_t)base);
        chars_with_added(tok, ctx, out);
        return ft_uni_count(text, n);
    }
    for (unsigned b = 0; b < 256; b++) {
        kinds[b] = (uint8_t)kind_of((uint8_t)b);
    }
    for (size_t i = 0; i < n;) {
        size_t from = i;
        bool plain = true;
        while (i < n && kinds[(uint8_t)text[i]] == BLANK) {
            i++;
        }
        count += i - from;
        for (from = i; i < n && kinds[(uint8_t)text[i]] != BLANK; i++) {
            plain &= kinds[(uint8_t)text[i]] != OTHER;
        }
        if (plain) {
            ascii_stretch(tok, ctx, text + from, i - from, base + count, lower, kinds, out);
            count += i - from;
        } else {
            tok_normalize(tok, ctx, text + from, i - from, (uint32_t)(base + count));
            chars_words(tok, ctx, 0, ctx->chars.n, out);
            count += ft_uni_count(text + from, i - from);
        }
    }
    return count;
}
