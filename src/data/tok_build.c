/* From a text to an encoding: added tokens found, the pieces between them encoded, then texts cut,
 * special tokens put around, offsets trimmed and looked up in bytes. Also the cache of words. */
#include "data/tok_in.h"

#include "util/str.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_SLOTS = 1 << 16, CACHE_WORD_MAX = 64, CACHE_UNITS_MAX = 64 };

struct ft_tok_ctx *ft_tok_ctx_new(const struct ft_tok *tok)
{
    struct ft_tok_ctx *ctx = ft_xcalloc(1, sizeof *ctx);

    (void)tok;
    ctx->slots_n = 1024;
    ctx->slots = ft_xcalloc(ctx->slots_n, sizeof *ctx->slots);
    return ctx;
}

void ft_tok_ctx_free(struct ft_tok_ctx *ctx)
{
    if (!ctx) {
        return;
    }
    for (size_t i = 0; i < 2; i++) {
        ft_enc_release(&ctx->raw[i].enc);
        free(ctx->raw[i].offsets);
    }
    ft_str_release(&ctx->keys);
    ft_str_release(&ctx->text);
    ft_str_release(&ctx->word);
    free(ctx->slots);
    free(ctx->pool.items);
    free(ctx->chars.items);
    free(ctx->chars2.items);
    free(ctx->map);
    free(ctx->units.items);
    free(ctx->next);
    free(ctx->prev);
    free(ctx->heap);
    free(ctx->segs.items);
    free(ctx->segs2.items);
    free(ctx->spans.items);
    free(ctx->best);
    free(ctx);
}

static struct tok_word_slot *cache_slot(const struct ft_tok_ctx *ctx, uint64_t hash,
                                        const char *word, size_t n)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (ctx->slots_n - 1);

    for (;; i = (i + 1) & (ctx->slots_n - 1)) {
        struct tok_word_slot *s = &ctx->slots[i];
        if (s->key_len == 0 ||
            (s->hash == hash && s->key_len == n && memcmp(ctx->keys.data + s->key, word, n) == 0)) {
            return s;
        }
    }
}

const struct tok_unit *tok_cache_get(struct ft_tok_ctx *ctx, uint64_t hash, const char *word,
                                     size_t n, size_t *units_n)
{
    const struct tok_word_slot *s;

    if (n > CACHE_WORD_MAX) {
        return NULL;
    }
    s = cache_slot(ctx, hash, word, n);
    if (s->key_len == 0) {
        return NULL;
    }
    *units_n = s->units_n;
    return ctx->pool.items + s->units;
}

/* Twice the slots until CACHE_SLOTS, then from empty again: rare words must not stay for ever. */
static void cache_grow(struct ft_tok_ctx *ctx)
{
    struct tok_word_slot *old = ctx->slots;
    size_t old_n = ctx->slots_n;

    if (old_n >= CACHE_SLOTS) {
        memset(old, 0, old_n * sizeof *old);
        ft_str_clear(&ctx->keys);
        ctx->pool.n = ctx->used = 0;
        return;
    }
    ctx->slots_n = old_n * 4;
    ctx->slots = ft_xcalloc(ctx->slots_n, sizeof *ctx->slots);
    for (size_t i = 0; i < old_n; i++) {
        if (old[i].key_len) {
            *cache_slot(ctx, old[i].hash, ctx->keys.data + old[i].key, old[i].key_len) = old[i];
        }
    }
    free(old);
}

void tok_cache_put(struct ft_tok_ctx *ctx, uint64_t hash, const char *word, size_t n)
{
    const struct tok_units *u = &ctx->units;

    if (n == 0 || n > CACHE_WORD_MAX || u->n > CACHE_UNITS_MAX) {
        return;
    }
    if ((ctx->used + 1) * 2 > ctx->slots_n) {
        cache_grow(ctx);
    }
    *cache_slot(ctx, hash, word, n) = (struct tok_word_slot){
        hash, (uint32_t)ctx->keys.len, (uint32_t)ctx->pool.n, (uint16_t)n, (uint16_t)u->n};
    ctx->used++;
    ft_str_add(&ctx->keys, word, n);
    ft_grow(&ctx->pool.items, &ctx->pool.cap, ctx->pool.n + u->n + 1, sizeof *ctx->pool.items);
    if (u->n) {
        memcpy(ctx->pool.items + ctx->pool.n, u->items, u->n * sizeof *u->items);
    }
    ctx->pool.n += u->n;
}

void ft_enc_release(struct ft_enc *enc)
{
    free(enc->ids);
    free(enc->type_ids);
    free(enc->parts);
    free(enc->chars);
    free(enc->bytes);
    free(enc->words);
    *enc = (struct ft_enc){0};
}

void tok_enc_reserve(struct ft_enc *enc, size_t n)
{
    if (n > enc->cap) {
        size_t cap = enc->cap ? enc->cap * 2 : 64;
        cap = cap < n ? n : cap;
        enc->ids = ft_xrealloc(enc->ids, cap * sizeof *enc->ids);
        enc->type_ids = ft_xrealloc(enc->type_ids, cap);
        enc->parts = ft_xrealloc(enc->parts, cap);
        enc->chars = ft_xrealloc(enc->chars, cap * sizeof *enc->chars);
        enc->bytes = ft_xrealloc(enc->bytes, cap * sizeof *enc->bytes);
        enc->words = ft_xrealloc(enc->words, cap * sizeof *enc->words);
        enc->cap = cap;
    }
}

void tok_emit(struct ft_enc *enc, int32_t id, size_t first, size_t end)
{
    if (enc->n == enc->cap) {
        tok_enc_reserve(enc, enc->n + 1);
    }
    enc->ids[enc->n] = id;
    enc->words[enc->n] = enc->word;
    enc->chars[enc->n++] = (struct ft_span){(uint32_t)first, (uint32_t)end};
}

static size_t encode_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                           size_t n, size_t base, struct ft_enc *out)
{
    if (n == 0) {
        return 0;
    }
    if (tok->model == FT_TOK_UNIGRAM || tok->pre_n) {
        return tok_pre_piece(tok, ctx, text, n, base, out);
    }
    return tok->model == FT_TOK_BPE ? tok_bpe_piece(tok, ctx, text, n, base, out)
                                    : tok_wordpiece_piece(tok, ctx, text, n, base, out);
}

/* Fills raw->enc's ids and chars. */
static void encode_raw(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                       struct tok_raw *raw)
{
    size_t done = 0, start, end, chars = 0;
    const struct tok_added *a;

    n = n < UINT32_MAX - 1 ? n : UINT32_MAX - 1;
    raw->enc.n = 0;
    raw->enc.word = 0;
    raw->text = text;
    raw->text_n = n;
    while ((a = tok_added_find(&tok->raw, text, n, done, done, &start, &end))) {
        size_t wide;
        chars += encode_piece(tok, ctx, text + done, start - done, chars, &raw->enc);
        wide = ft_uni_count(text + start, end - start);
        tok_emit(&raw->enc, a->id, chars, chars + wide);
        tok_word_end(&raw->enc);
        chars += wide;
        done = end;
    }
    encode_piece(tok, ctx, text + done, n - done, chars, &raw->enc);
    ctx->seen += raw->enc.n;
    for (size_t i = 0; !tok->byte_level && i < raw->enc.n; i++) {
        ctx->unknown += raw->enc.ids[i] == tok->unk;
    }
}

void ft_tok_ctx_seen(const struct ft_tok_ctx *ctx, uint64_t *tokens, uint64_t *unknown)
{
    *tokens = ctx->seen;
    *unknown = ctx->unknown;
}

int32_t ft_tok_unknown_id(const struct ft_tok *tok)
{
    return tok->byte_level || tok->byte_fallback ? -1 : tok->unk;
}

/* The byte of each code point. */
static void locate(struct tok_raw *raw)
{
    size_t count = 0;

    raw->ascii = ft_uni_ascii_run(raw->text, raw->text_n) == raw->text_n;
    if (raw->ascii) {
        return;
    }
    ft_grow(&raw->offsets, &raw->offsets_cap, raw->text_n + 1, sizeof *raw->offsets);
    for (size_t i = 0; i < raw->text_n;) {
        raw->offsets[count++] = (uint32_t)i;
        ft_uni_next(raw->text, raw->text_n, &i);
    }
    raw->offsets[count] = (uint32_t)raw->text_n;
}

static struct ft_span in_bytes(const struct tok_raw *raw, struct ft_span s)
{
    return raw->ascii ? s : (struct ft_span){raw->offsets[s.start], raw->offsets[s.end]};
}

/* What the library's trim_offsets does: blanks at a token's ends are no part of it. An added token
 * may have taken blanks of the text with it. */
static struct ft_span trim(const struct ft_tok *tok, const struct tok_raw *raw, int32_t id,
                           struct ft_span s, bool first)
{
    const struct tok_entry *e = &tok->entries[id];
    size_t lead = e->lead, trail = e->trail;

    if (e->added) {
        struct ft_span b = in_bytes(raw, s);
        lead = tok_blanks(raw->text + b.start, b.end - b.start, false);
        trail = tok_blanks(raw->text + b.start, b.end - b.start, true);
    }
    if (lead && (first || s.start == 0) && tok->trim_keeps_prefix) {
        lead = 0;
    }
    s.start = s.start + lead < s.end ? (uint32_t)(s.start + lead) : s.end;
    if (trail && s.end >= trail) {
        s.end = s.end - trail > s.start ? (uint32_t)(s.end - trail) : s.start;
    }
    return s;
}

/* Appends tokens [from, end) of a text. */
static void put_text(const struct ft_tok *tok, const struct tok_raw *raw, size_t from, size_t end,
                     enum ft_tok_part part, unsigned type_id, bool starts, struct ft_enc *out)
{
    tok_enc_reserve(out, out->n + (end - from));
    for (size_t i = from; i < end; i++) {
        size_t k = out->n++;
        struct ft_span s = raw->enc.chars[i];
        out->ids[k] = raw->enc.ids[i];
        out->type_ids[k] = (uint8_t)type_id;
        out->parts[k] = (uint8_t)part;
        out->words[k] = raw->enc.words[i];
        if (tok->trim_offsets) {
            s = trim(tok, raw, out->ids[k], s, starts && i == from);
        }
        out->chars[k] = s;
        out->bytes[k] = in_bytes(raw, s);
    }
}

static void put_special(int32_t id, unsigned type_id, struct ft_enc *out)
{
    size_t k = out->n;

    tok_enc_reserve(out, k + 1);
    out->n++;
    out->ids[k] = id;
    out->type_ids[k] = (uint8_t)type_id;
    out->parts[k] = FT_TOK_ADDED;
    out->chars[k] = out->bytes[k] = (struct ft_span){0, 0};
    out->words[k] = FT_TOK_NO_WORD;
}

/* What stays of a text: [from, end), or [0, head) and [tail, n) when head > 0. */
struct keep {
    size_t from, end, head, tail;
};

static void put_template(const struct ft_tok *tok, const struct ft_tok_ctx *ctx,
                         const struct tok_template *t, bool specials, const struct keep keep[2],
                         struct ft_enc *out)
{
    out->n = 0;
    for (size_t i = 0; i < t->n; i++) {
        struct tok_piece piece = t->items[i];
        if (piece.id >= 0) {
            if (specials) {
                put_special(piece.id, piece.type_id, out);
            }
            continue;
        }
        int which = piece.id == TOK_PIECE_B;
        const struct tok_raw *raw = &ctx->raw[which];
        enum ft_tok_part part = which ? FT_TOK_SECOND : FT_TOK_FIRST;
        struct keep k = keep[which];
        if (k.head) {
            put_text(tok, raw, 0, k.head, part, piece.type_id, true, out);
            put_text(tok, raw, k.tail, raw->enc.n, part, piece.type_id, false, out);
        } else {
            put_text(tok, raw, k.from, k.end, part, piece.type_id, true, out);
        }
    }
}

static void encode_text(const struct ft_tok *tok, struct ft_tok_ctx *ctx, int which,
                        const char *text, size_t n)
{
    encode_raw(tok, ctx, text, n, &ctx->raw[which]);
    locate(&ctx->raw[which]);
}

void ft_tok_encode(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                   struct ft_enc *out)
{
    struct ft_tok_ctx *own = ctx ? NULL : ft_tok_ctx_new(tok);

    ctx = ctx ? ctx : own;
    encode_text(tok, ctx, 0, text, n);
    out->n = out->cut = 0;
    put_text(tok, &ctx->raw[0], 0, ctx->raw[0].enc.n, FT_TOK_FIRST, 0, true, out);
    ft_tok_ctx_free(own);
}

void ft_tok_encode_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text,
                        size_t n, struct ft_enc *out)
{
    struct ft_str spaced = {0};
    if (tok->model != FT_TOK_BPE || tok->add_prefix_space || !n || *text == ' ') {
        ft_tok_encode(tok, ctx, text, n, out);
        return;
    }
    ft_str_addc(&spaced, ' ');
    ft_str_add(&spaced, text, n);
    ft_tok_encode(tok, ctx, spaced.data, spaced.len, out);
    for (size_t i = 0; i < out->n; i++) {
        struct ft_span *c = &out->chars[i], *b = &out->bytes[i];
        *c = (struct ft_span){c->start - (c->start > 0), c->end - (c->end > 0)};
        *b = (struct ft_span){b->start - (b->start > 0), b->end - (b->end > 0)};
    }
    ft_str_release(&spaced);
}

size_t ft_tok_count(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n)
{
    struct ft_tok_ctx *own = ctx ? NULL : ft_tok_ctx_new(tok);
    size_t count;

    ctx = ctx ? ctx : own;
    encode_raw(tok, ctx, text, n, &ctx->raw[0]);
    count = ctx->raw[0].enc.n;
    ft_tok_ctx_free(own);
    return count;
}

size_t ft_tok_added_count(const struct ft_tok *tok, bool pair)
{
    const struct tok_template *t = pair ? &tok->pair : &tok->single;
    size_t count = 0;

    for (size_t i = 0; i < t->n; i++) {
        count += t->items[i].id >= 0;
    }
    return count;
}

/* Both lengths as `tokenizers` cuts a pair to `room` by longest_first. */
static void longest_first(size_t *an, size_t *bn, size_t room)
{
    bool swapped = *an > *bn;
    size_t less = swapped ? *bn : *an, more = swapped ? *an : *bn;

    if (less + more <= room) {
        return;
    }
    more = less > room ? less : less > room - less ? less : room - less;
    if (less + more > room) {
        less = room / 2;
        more = less + room % 2;
    }
    *an = swapped ? more : less;
    *bn = swapped ? less : more;
}

static enum ft_status cut_pair(const struct ft_tok_opt *opt, bool pair, size_t room, size_t n[2],
                               struct ft_err *err)
{
    size_t over = n[0] + n[1] > room ? n[0] + n[1] - room : 0;
    int which = opt->cut == FT_TOK_CUT_ONLY_SECOND;

    if (over == 0) {
        return FT_OK;
    }
    if (!pair && !which) {
        n[0] = room;
        return FT_OK;
    }
    if (opt->cut == FT_TOK_CUT_ONLY_FIRST || which) {
        if (n[which] < over) {
            return ft_fail(err, FT_USAGE,
                           "max_length %zu: the %s text has only %zu token%s, but %zu must be "
                           "removed; shorten the other text",
                           opt->max_length, which ? "second" : "first", n[which],
                           ft_plural(n[which]), over);
        }
        n[which] -= over;
        return FT_OK;
    }
    longest_first(&n[0], &n[1], room);
    return FT_OK;
}

enum ft_status ft_tok_build(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *a,
                            size_t an, const char *b, size_t bn, const struct ft_tok_opt *opt,
                            struct ft_enc *out, struct ft_err *err)
{
    static const struct ft_tok_opt plain = {0};
    struct ft_tok_ctx *own = ctx ? NULL : ft_tok_ctx_new(tok);
    const struct tok_template *t = b ? &tok->pair : &tok->single;
    size_t added, n[2], whole;
    struct keep keep[2] = {{0}};
    enum ft_status st = FT_OK;

    ctx = ctx ? ctx : own;
    opt = opt ? opt : &plain;
    added = opt->no_special ? 0 : ft_tok_added_count(tok, b != NULL);
    encode_text(tok, ctx, 0, a, an);
    ctx->raw[1].enc.n = 0;
    if (b) {
        encode_text(tok, ctx, 1, b, bn);
    }
    n[0] = ctx->raw[0].enc.n;
    n[1] = ctx->raw[1].enc.n;
    whole = n[0] + n[1];
    if (opt->cut != FT_TOK_CUT_NONE && opt->max_length > 0) {
        if (opt->max_length < added) {
            st = ft_fail(err, FT_USAGE,
                         "max_length %zu leaves no room for text after %zu special token%s",
                         opt->max_length, added, ft_plural(added));
        } else {
            st = cut_pair(opt, b != NULL, opt->max_length - added, n, err);
        }
    }
    if (!st) {
        size_t all = ctx->raw[0].enc.n;
        keep[0].end = n[0];
        keep[1].end = n[1];
        if (opt->cut == FT_TOK_CUT_HEAD_TAIL && !b && n[0] < all && n[0] > 1) {
            size_t head = (n[0] * 128 + 255) / 510;
            keep[0].head = head ? head : 1;
            keep[0].tail = all - (n[0] - keep[0].head);
        }
        put_template(tok, ctx, t, !opt->no_special, keep, out);
        out->cut = whole - n[0] - n[1];
    }
    ft_tok_ctx_free(own);
    return st;
}

void ft_tok_wrap(const struct ft_tok *tok, const int32_t *ids, size_t n, struct ft_enc *out)
{
    out->n = out->cut = 0;
    for (size_t i = 0; i < tok->single.n; i++) {
        struct tok_piece piece = tok->single.items[i];
        if (piece.id >= 0) {
            put_special(piece.id, piece.type_id, out);
            continue;
        }
        tok_enc_reserve(out, out->n + n);
        for (size_t k = 0; k < n; k++) {
            size_t at = out->n++;
            out->ids[at] = ids[k];
            out->type_ids[at] = piece.type_id;
            out->parts[at] = FT_TOK_FIRST;
            out->chars[at] = out->bytes[at] = (struct ft_span){0, 0};
            out->words[at] = 0;
        }
    }
}

void ft_windows_release(struct ft_windows *w)
{
    for (size_t i = 0; i < w->cap; i++) {
        ft_enc_release(&w->items[i]);
    }
    free(w->items);
    *w = (struct ft_windows){0};
}

static struct ft_enc *next_window(struct ft_windows *w)
{
    size_t old = w->cap;

    ft_grow(&w->items, &w->cap, w->n + 1, sizeof *w->items);
    if (w->cap > old) {
        memset(w->items + old, 0, (w->cap - old) * sizeof *w->items);
    }
    return &w->items[w->n++];
}

enum ft_status ft_tok_windows(const struct ft_tok *tok, struct ft_tok_ctx *ctx,
                              const char *question, size_t qn, const char *context, size_t cn,
                              size_t max_length, size_t stride, size_t question_max,
                              struct ft_windows *out, struct ft_err *err)
{
    struct ft_tok_ctx *own = ctx ? NULL : ft_tok_ctx_new(tok);
    size_t added = ft_tok_added_count(tok, true), q, all, room;
    enum ft_status st = FT_OK;

    ctx = ctx ? ctx : own;
    out->n = 0;
    encode_text(tok, ctx, 0, question, qn);
    if (context) encode_text(tok, ctx, 1, context, cn);
    q = ctx->raw[0].enc.n;
    q = question_max > 0 && q > question_max ? question_max : q;
    all = ctx->raw[1].enc.n;
    room = max_length > added + q ? max_length - added - q : 0;
    if (room == 0 || (all > room && room <= stride)) {
        st = ft_fail(
            err, FT_USAGE,
            "max_length %zu: a question of %zu token%s leaves %zu for the context, expected "
            "more than the stride of %zu: use a smaller stride or a larger max_length",
            max_length, q, ft_plural(q), room, stride);
    }
    for (size_t from = 0; !st; from += room - stride) {
        struct keep keep[2] = {{.end = q}, {.from = from}};
        struct ft_enc *enc = next_window(out);
        keep[1].end = all - from < room ? all : from + room;
        put_template(tok, ctx, &tok->pair, true, keep, enc);
        enc->cut = ctx->raw[0].enc.n - q;
        if (keep[1].end == all) {
            break;
        }
    }
    ft_tok_ctx_free(own);
    return st;
}
