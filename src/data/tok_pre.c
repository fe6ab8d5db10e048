/* Pre-tokenizers as steps over parts of the normalized characters (Metaspace, splits), then the
 * model on each part. Words of plain ASCII, nearly all of an English text, skip the normalizer: see
 * plain_words(). BERT's pre-tokenizer and a ByteLevel alone have ways of their own. */
#include "data/tok_in.h"

#include <stdlib.h>
#include <string.h>

static void add_seg(struct tok_segs *s, size_t begin, size_t end, uint32_t from, int32_t id)
{
    if (begin == end) {
        return;
    }
    ft_grow(&s->items, &s->cap, s->n + 1, sizeof *s->items);
    s->items[s->n++] = (struct tok_seg){(uint32_t)begin, (uint32_t)end, from, id};
}

static void swap_segs(struct ft_tok_ctx *ctx)
{
    struct tok_segs t = ctx->segs;
    ctx->segs = ctx->segs2;
    ctx->segs2 = t;
}

/* The parts around the added tokens that are found in normalized text. */
static void find_added(const struct ft_tok *tok, struct ft_tok_ctx *ctx, uint32_t base)
{
    const struct tok_char *c = ctx->chars.items;
    size_t byte = 0, at = 0, start, end;
    const struct tok_added *a;
    char buf[4];

    ctx->segs.n = 0;
    if (tok->normalized.n) {
        tok_chars_to_text(ctx);
        while ((a = tok_added_find(&tok->normalized, ctx->text.data, ctx->text.len, byte, byte,
                                   &start, &end))) {
            size_t from = at, first;
            for (; byte < start; at++) {
                byte += ft_uni_put(c[at].cp, buf);
            }
            add_seg(&ctx->segs, from, at, from ? c[from].from : base, -1);
            for (first = at; byte < end; at++) {
                byte += ft_uni_put(c[at].cp, buf);
            }
            add_seg(&ctx->segs, first, at, c[first].from, a->id);
        }
    }
    add_seg(&ctx->segs, at, ctx->chars.n, at && at < ctx->chars.n ? c[at].from : base, -1);
}

/* --- the steps --- */

static void metaspace(const struct tok_pre_step *p, struct ft_tok_ctx *ctx)
{
    const struct tok_char *c = ctx->chars.items;
    struct tok_chars *to = &ctx->chars2;

    to->n = ctx->segs2.n = 0;
    ft_grow(&to->items, &to->cap, ctx->chars.n + ctx->segs.n + 1, sizeof *to->items);
    for (size_t k = 0; k < ctx->segs.n; k++) {
        struct tok_seg s = ctx->segs.items[k];
        size_t begin = to->n;
        if (s.id < 0) {
            uint32_t first = c[s.begin].cp;
            bool wants = p->prepend == TOK_PREPEND_ALWAYS ||
                         (p->prepend == TOK_PREPEND_FIRST && s.from == 0);
            if (wants && first != ' ' && first != p->mark) {
                to->items[to->n++] = (struct tok_char){p->mark, c[s.begin].from};
            }
        }
        for (size_t i = s.begin; i < s.end; i++) {
            struct tok_char ch = c[i];
            if (s.id < 0 && ch.cp == ' ') {
                ch.cp = p->mark;
            }
            if (s.id < 0 && p->split_marks && ch.cp == p->mark && to->n > begin) {
                add_seg(&ctx->segs2, begin, to->n, s.from, -1);
                begin = to->n;
                s.from = ch.from;
            }
            to->items[to->n++] = ch;
        }
        add_seg(&ctx->segs2, begin, to->n, s.from, s.id);
    }
    struct tok_chars t = ctx->chars;
    ctx->chars = ctx->chars2;
    ctx->chars2 = t;
    swap_segs(ctx);
}

/* Matches and what lies between them, in order; `id` says which is a match (1) and which is not. */
static void find_matches(const struct tok_pre_step *p, struct ft_tok_ctx *ctx, struct tok_seg s)
{
    const struct tok_char *c = ctx->chars.items;
    size_t done = s.begin;
    int32_t match = !p->invert;

    ctx->spans.n = 0;
    for (size_t i = s.begin; i < s.end;) {
        size_t len = tok_pattern_match(&p->pattern, c + i, s.end - i);
        if (len == 0) {
            i++;
            continue;
        }
        add_seg(&ctx->spans, done, i, 0, !match);
        add_seg(&ctx->spans, i, i + len, 0, match);
        done = i += len;
    }
    add_seg(&ctx->spans, done, s.end, 0, !match);
}

/* GPT-2's words are all matches. */
static void find_words(const struct tok_pre_step *p, struct ft_tok_ctx *ctx, struct tok_seg s)
{
    const struct tok_char *c = ctx->chars.items;
    size_t at = s.begin, byte = 0;
    char buf[4];

    ctx->spans.n = 0;
    ft_str_clear(&ctx->text);
    for (size_t i = s.begin; i < s.end; i++) {
        ft_str_add(&ctx->text, buf, ft_uni_put(c[i].cp, buf));
    }
    while (byte < ctx->text.len) {
        size_t end = tok_bpe_word_end(ctx->text.data, ctx->text.len, byte), begin = at;
        while (byte < end) {
            byte += ft_uni_put(c[at++].cp, buf);
        }
        add_seg(&ctx->spans, begin, at, 0, !p->invert);
    }
}

/* Whether span i begins a part of its own; removed ones do not get here. */
static bool begins(const struct tok_pre_step *p, const struct tok_seg *s, size_t n, size_t i)
{
    switch (p->split) {
    case TOK_SPLIT_PREVIOUS: /* the first of a row of matches goes to what is before it */
        return !(i > 0 && s[i].id && !s[i - 1].id);
    case TOK_SPLIT_NEXT: /* what follows the last of a row of matches goes with it */
        return !(i > 0 && s[i - 1].id && !s[i].id);
    case TOK_SPLIT_CONTIGUOUS:
        return !(i > 0 && s[i].id == s[i - 1].id);
    case TOK_SPLIT_REMOVED:
    case TOK_SPLIT_ISOLATED:
        break;
    }
    return i < n;
}

static void split(const struct tok_pre_step *p, struct ft_tok_ctx *ctx)
{
    const struct tok_char *c = ctx->chars.items;

    ctx->segs2.n = 0;
    for (size_t k = 0; k < ctx->segs.n; k++) {
        struct tok_seg s = ctx->segs.items[k];
        if (s.id >= 0) {
            add_seg(&ctx->segs2, s.begin, s.end, s.from, s.id);
            continue;
        }
        if (p->pattern.gpt2) {
            find_words(p, ctx, s);
        } else {
            find_matches(p, ctx, s);
        }
        const struct tok_seg *spans = ctx->spans.items;
        for (size_t i = 0; i < ctx->spans.n; i++) {
            if (p->split == TOK_SPLIT_REMOVED && spans[i].id) {
                continue;
            }
            if (!begins(p, spans, ctx->spans.n, i)) {
                ctx->segs2.items[ctx->segs2.n - 1].end = spans[i].end;
                continue;
            }
            uint32_t from = spans[i].begin == s.begin ? s.from : c[spans[i].begin].from;
            add_seg(&ctx->segs2, spans[i].begin, spans[i].end, from, -1);
        }
    }
    swap_segs(ctx);
}

/* --- the model on each part --- */

static const struct tok_unit *word_units(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                                         uint64_t hash, const char *word, size_t n, size_t *units_n)
{
    const struct tok_unit *u = tok_cache_get(ctx, hash, word, n, units_n);

    if (u) {
        return u;
    }
    if (tok->model == FT_TOK_UNIGRAM) {
        tok_unigram_split(tok, ctx, word, n);
    } else {
        tok_bpe_split(tok, ctx, word, n);
    }
    tok_cache_put(ctx, hash, word, n);
    *units_n = ctx->units.n;
    return ctx->units.items;
}

static void seg_text(struct ft_str *s, const struct tok_char *c, size_t n)
{
    ft_str_clear(s);
    ft_str_reserve(s, n * 4 + 1);
    for (size_t i = 0; i < n; i++) {
        if (c[i].cp < 0x80) {
            s->data[s->len++] = (char)c[i].cp;
        } else {
            s->len += ft_uni_put(c[i].cp, s->data + s->len);
        }
    }
}

static void emit_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const struct tok_char *c,
                      size_t n, struct ft_enc *out)
{
    size_t units_n = 0, at = 0, byte = 0, first = 0;
    const struct tok_unit *u;
    char buf[4];

    seg_text(&ctx->word, c, n);
    u = word_units(tok, ctx, tok_hash(ctx->word.data, ctx->word.len), ctx->word.data, ctx->word.len,
                   &units_n);
    for (size_t k = 0; k < units_n; k++) {
        first = byte < u[k].end ? at : first; /* else the bytes of one character */
        while (byte < u[k].end) {
            byte += c[at].cp < 0x80 ? 1 : ft_uni_put(c[at].cp, buf);
            at++;
        }
        tok_emit(out, u[k].id, c[first].from, c[at - 1].from + 1u);
    }
    tok_word_end(out);
}

/* A part for the byte-level model, which looks for words in it. */
static void emit_bytes(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const struct tok_char *c,
                       size_t n, struct ft_enc *out)
{
    size_t len = 0;

    seg_text(&ctx->text, c, n);
    ft_grow(&ctx->map, &ctx->map_cap, ctx->text.len + 1, sizeof *ctx->map);
    for (size_t i = 0; i < n; i++) {
        char buf[4];
        for (size_t k = ft_uni_put(c[i].cp, buf); k > 0; k--) {
            ctx->map[len++] = c[i].from;
        }
    }
    tok_bpe_stretch(tok, ctx, ctx->text.data, ctx->text.len, ctx->map, out);
}

/* Text of any kind; false: the places of what follows it are displaced. */
static bool any_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                      size_t base, struct ft_enc *out)
{
    tok_normalize(tok, ctx, text, n, (uint32_t)base);
    find_added(tok, ctx, (uint32_t)base);
    for (size_t i = 0; i < tok->pre_n; i++) {
        if (tok->pre[i].kind == TOK_PRE_METASPACE) {
            metaspace(&tok->pre[i], ctx);
        } else {
            split(&tok->pre[i], ctx);
        }
    }
    for (size_t i = 0; i < ctx->segs.n; i++) {
        struct tok_seg s = ctx->segs.items[i];
        const struct tok_char *c = ctx->chars.items + s.begin;
        if (s.id >= 0) {
            tok_emit(out, s.id, c[0].from, c[s.end - s.begin - 1].from + 1u);
            tok_word_end(out);
        } else if (tok->byte_level) {
            emit_bytes(tok, ctx, c, s.end - s.begin, out);
        } else {
            emit_word(tok, ctx, c, s.end - s.begin, out);
        }
    }
    return !ctx->lagging;
}

/* --- plain words ---
 *
 * With Metaspace in front, and nothing but a WhitespaceSplit before it, a word between single blanks
 * that consists of characters which the normalizer maps one to one and which no pattern contains
 * has the same tokens wherever it stands. It goes from bytes to the cache; whatever else there is
 * goes through any_words, from a blank that follows such a character to the next one. */

/* What the normalizer makes of an ASCII character anywhere in a text; 0: it depends. */
static uint8_t plain_form(struct ft_tok *tok, struct ft_tok_ctx *ctx, char c)
{
    size_t ops_n = tok->ops_n;
    uint32_t cp = (uint8_t)c;

    for (size_t i = 0; i <= ops_n && cp; i++) {
        tok->ops_n = i;
        tok_normalize(tok, ctx, &c, 1, 0);
        cp = ctx->chars.n == 1 ? ctx->chars.items[0].cp : 0;
        if (cp <= ' ' || cp >= 0x7F ||
            (i < ops_n &&
             (tok->ops[i] == TOK_OP_PREPEND ||
              (tok->ops[i] == TOK_OP_REPLACE && tok_pattern_has(&tok->args[i].pattern, cp))))) {
            cp = 0;
        }
    }
    tok->ops_n = ops_n;
    return (uint8_t)cp;
}

static bool has_plain_words(const struct ft_tok *tok)
{
    const struct tok_pre_step *p = tok->pre;

    if (tok->byte_level || tok->pre_n < 1 || tok->pre_n > 2 ||
        p[tok->pre_n - 1].kind != TOK_PRE_METASPACE ||
        p[tok->pre_n - 1].prepend != TOK_PREPEND_ALWAYS || !p[tok->pre_n - 1].split_marks ||
        p[tok->pre_n - 1].mark < 0x80) {
        return false;
    }
    if (tok->pre_n == 2 && (p->kind != TOK_PRE_SPLIT || p->split != TOK_SPLIT_REMOVED ||
                            p->invert || p->pattern.gpt2 || p->pattern.atoms_n != 1 ||
                            p->pattern.atoms[0].classes != FT_UNI_SPACE ||
                            p->pattern.atoms[0].literals_n || p->pattern.atoms[0].negated)) {
        return false;
    }
    for (size_t i = 0; i < tok->normalized.n; i++) {
        const struct tok_added *a = &tok->normalized.items[i];
        if (a->rstrip || memchr(a->text, ' ', a->len)) {
            return false;
        }
    }
    return true;
}

void tok_pre_finish(struct ft_tok *tok)
{
    struct ft_tok_ctx *ctx;

    memset(tok->plain, 0, sizeof tok->plain);
    if (!has_plain_words(tok)) {
        return;
    }
    ctx = ft_tok_ctx_new(tok);
    for (int c = 0x21; c < 0x7F; c++) {
        tok->plain[c] = plain_form(tok, ctx, (char)c);
    }
    for (size_t i = 0; i < tok->normalized.n; i++) { /* an added token may begin here */
        for (int c = 0x21; c < 0x7F; c++) {
            if (tok->plain[c] == (uint8_t)tok->normalized.items[i].text[0]) {
                tok->plain[c] = 0;
            }
        }
    }
    ft_tok_ctx_free(ctx);
}

/* The end of the plain word at text[i], which ends the text or stands before a blank; i: none. */
static size_t plain_end(const struct ft_tok *tok, const char *text, size_t n, size_t i)
{
    size_t end = i;

    while (end < n && (uint8_t)text[end] < 0x80 && tok->plain[(uint8_t)text[end]]) {
        end++;
    }
    return end == n || text[end] == ' ' ? end : i;
}

/* The word [from, end), in front of which a mark is put that stands for the character at `mark`;
 * characters are counted from `base`. */
static void plain_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                       size_t from, size_t end, size_t mark, size_t base, struct ft_enc *out)
{
    size_t units_n = 0, begin = 0, mark_n;
    struct ft_str *w = &ctx->word;
    const struct tok_unit *u;
    uint64_t hash = TOK_HASH_START;
    struct ft_span last = {0, 0};

    ft_str_clear(w);
    ft_str_reserve(w, end - from + 8);
    w->len = mark_n = ft_uni_put(tok->pre[tok->pre_n - 1].mark, w->data);
    for (size_t i = from; i < end; i++) {
        w->data[w->len++] = (char)tok->plain[(uint8_t)text[i]];
    }
    for (size_t i = 0; i < w->len; i++) {
        hash = tok_hash_step(hash, (uint8_t)w->data[i]);
    }
    u = word_units(tok, ctx, hash, w->data, w->len, &units_n);
    for (size_t k = 0; k < units_n; k++) {
        if (u[k].end > begin) { /* else the bytes of one character */
            last.start = (uint32_t)(base + (begin < mark_n ? mark : from + begin - mark_n));
            begin = u[k].end;
            last.end = (uint32_t)(base + (begin <= mark_n ? mark + 1 : from + begin - mark_n));
        }
        tok_emit(out, u[k].id, last.start, last.end);
    }
    tok_word_end(out);
}

/* Where text that is not plain ends: before a blank between a plain character and a plain word. */
static size_t other_end(const struct ft_tok *tok, const char *text, size_t n, size_t i)
{
    for (i++; i < n; i++) {
        const char *blank = memchr(text + i, ' ', n - i);
        if (!blank) {
            break;
        }
        i = (size_t)(blank - text);
        uint8_t before = (uint8_t)text[i - 1];
        if (before < 0x80 && tok->plain[before] && plain_end(tok, text, n, i + 1) > i + 1) {
            return i;
        }
    }
    return n;
}

/* false: some of it displaced what follows, so that the text must be taken as a whole. */
static bool plain_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                        size_t n, size_t base, size_t *chars, struct ft_enc *out)
{
    bool whole = tok->pre_n == 1; /* a blank is a part of its word, unless it is split off */

    *chars = base;
    for (size_t i = 0; i < n;) {
        size_t from = i + (i > 0), end = plain_end(tok, text, n, from);
        if (end > from) {
            plain_word(tok, ctx, text, from, end, whole ? i : from, *chars - i, out);
            *chars += end - i;
            i = end;
            continue;
        }
        end = other_end(tok, text, n, i);
        ctx->cut_left = i > 0;
        ctx->cut_right = end < n;
        bool good = any_words(tok, ctx, text + i, end - i, *chars, out);
        ctx->cut_left = ctx->cut_right = false;
        if (!good && end < n) {
            return false;
        }
        *chars += ft_uni_count(text + i, end - i);
        i = end;
    }
    return true;
}

size_t tok_pre_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                     size_t base, struct ft_enc *out)
{
    size_t before = out->n, end;

    if (tok->plain['e'] && plain_words(tok, ctx, text, n, base, &end, out)) {
        return end - base;
    }
    out->n = before;
    any_words(tok, ctx, text, n, base, out);
    return ft_uni_count(text, n);
}
