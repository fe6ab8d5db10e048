/* BPE, over bytes or over characters. Over bytes: GPT-2's pre-tokenizer
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * as a scanner over UTF-8, then for each word the merge of lowest rank, leftmost first, until none
 * is left. Short words scan their few pairs; long ones (a text without blanks) keep them in a heap.
 */
#include "data/tok_in.h"

#include <stdlib.h>
#include <string.h>

enum { SCAN_MAX = 48 };
#define NO_RANK UINT32_MAX

/* The printable stand-in of each byte: itself where it is a visible character of Latin-1, else the
 * next free code point from 256 on. */
static bool is_visible(unsigned b)
{
    return (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
}

uint32_t tok_byte_char(uint8_t byte)
{
    uint32_t hidden = 0;

    if (is_visible(byte)) {
        return byte;
    }
    for (unsigned b = 0; b < byte; b++) {
        hidden += !is_visible(b);
    }
    return 256 + hidden;
}

int tok_char_byte(uint32_t cp)
{
    if (cp < 256) {
        return is_visible(cp) ? (int)cp : -1;
    }
    if (cp > 0x143) {
        return -1;
    }
    cp -= 256; /* the cp-th hidden byte: 0..32, 127..160, 173 */
    return (int)(cp <= 32 ? cp : cp <= 66 ? cp - 33 + 127 : 173);
}

static uint64_t pair_key(int32_t a, int32_t b)
{
    return (uint64_t)(uint32_t)a << 32 | (uint32_t)b;
}

static struct tok_merge *merge_slot(const struct ft_tok *tok, uint64_t pair)
{
    uint64_t h = pair * 0x9E3779B97F4A7C15u;

    for (size_t i = (size_t)(h >> 32) & (tok->merges_cap - 1);;
         i = (i + 1) & (tok->merges_cap - 1)) {
        struct tok_merge *m = &tok->merges[i];
        if (m->pair == pair || m->rank == NO_RANK) {
            return m;
        }
    }
}

static const struct tok_merge *merge_of(const struct ft_tok *tok, int32_t a, int32_t b)
{
    return merge_slot(tok, pair_key(a, b));
}

enum ft_status tok_merge_add(struct ft_tok *tok, const char *a, size_t an, const char *b, size_t bn,
                             size_t place, const char *unit, const char *name, struct ft_err *err)
{
    struct ft_str both = {0};
    int32_t ids[3];
    const char *texts[3] = {a, b, NULL};
    size_t lens[3] = {an, bn, an + bn};
    enum ft_status st = FT_OK;

    ft_str_add(&both, a, an);
    ft_str_add(&both, b, bn);
    texts[2] = ft_str_text(&both);
    for (size_t i = 0; i < 3 && !st; i++) {
        ids[i] = tok_map_get(&tok->vocab, tok_hash(texts[i], lens[i]), texts[i], lens[i]);
        if (ids[i] < 0) {
            st = ft_fail(err, FT_FORMAT,
                         "%s: %s %zu: the merge uses \"%.*s\", which is not in the vocabulary",
                         name, unit, place, (int)(lens[i] < 80 ? lens[i] : 80), texts[i]);
        }
    }
    if (!st) {
        ft_grow(&tok->merge_list, &tok->merge_list_cap, tok->merge_list_n + 1,
                sizeof *tok->merge_list);
        tok->merge_list[tok->merge_list_n++] = (struct tok_pair){ids[0], ids[1], ids[2]};
    }
    ft_str_release(&both);
    return st;
}

void tok_bpe_finish(struct ft_tok *tok)
{
    tok->merges_cap = 64;
    while (tok->merges_cap < tok->merge_list_n * 2 + 2) {
        tok->merges_cap *= 2;
    }
    free(tok->merges);
    tok->merges = ft_xmalloc(tok->merges_cap * sizeof *tok->merges);
    for (size_t i = 0; i < tok->merges_cap; i++) {
        tok->merges[i] = (struct tok_merge){UINT64_MAX, NO_RANK, -1};
    }
    for (size_t i = 0; i < tok->merge_list_n; i++) {
        struct tok_pair p = tok->merge_list[i];
        struct tok_merge *m = merge_slot(tok, pair_key(p.a, p.b));
        *m = (struct tok_merge){pair_key(p.a, p.b), (uint32_t)i, p.made};
    }
    for (unsigned b = 0; b < 256; b++) {
        char buf[4];
        size_t n = ft_uni_put(tok_byte_char((uint8_t)b), buf);
        tok->byte_ids[b] = tok_map_get(&tok->vocab, tok_hash(buf, n), buf, n);
    }
}

/* ctx->units[0..n): symbols with their lengths in `end`, merged while a pair has a rank. */
static size_t merge_scan(const struct ft_tok *tok, struct tok_unit *u, size_t n)
{
    uint32_t ranks[SCAN_MAX];

    for (size_t i = 0; i + 1 < n; i++) {
        ranks[i] = merge_of(tok, u[i].id, u[i + 1].id)->rank;
    }
    while (n > 1) {
        size_t best = 0;
        for (size_t i = 1; i + 1 < n; i++) {
            best = ranks[i] < ranks[best] ? i : best;
        }
        if (ranks[best] == NO_RANK) {
            break;
        }
        u[best].id = merge_of(tok, u[best].id, u[best + 1].id)->id;
        u[best].end += u[best + 1].end;
        n--;
        memmove(u + best + 1, u + best + 2, (n - best - 1) * sizeof *u);
        if (best + 1 < n) {
            memmove(ranks + best, ranks + best + 1, (n - best - 1) * sizeof *ranks);
            ranks[best] = merge_of(tok, u[best].id, u[best + 1].id)->rank;
        }
        if (best > 0) {
            ranks[best - 1] = merge_of(tok, u[best - 1].id, u[best].id)->rank;
        }
    }
    return n;
}

struct tok_heap_item {
    uint32_t rank, at;
    int32_t left, right; /* the ids when it was put in; stale when they differ now */
};

static bool heap_less(struct tok_heap_item a, struct tok_heap_item b)
{
    return a.rank != b.rank ? a.rank < b.rank : a.at < b.at;
}

static void heap_push(struct ft_tok_ctx *ctx, size_t *n, struct tok_heap_item item)
{
    size_t i = (*n)++;

    ft_grow(&ctx->heap, &ctx->heap_cap, *n, sizeof *ctx->heap);
    while (i > 0 && heap_less(item, ctx->heap[(i - 1) / 2])) {
        ctx->heap[i] = ctx->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    ctx->heap[i] = item;
}

static struct tok_heap_item heap_pop(struct ft_tok_ctx *ctx, size_t *n)
{
    struct tok_heap_item top = ctx->heap[0], item = ctx->heap[--*n];
    size_t i = 0;

    for (;;) {
        size_t k = 2 * i + 1;
        if (k >= *n) {
            break;
        }
        k += k + 1 < *n && heap_less(ctx->heap[k + 1], ctx->heap[k]);
        if (!heap_less(ctx->heap[k], item)) {
            break;
        }
        ctx->heap[i] = ctx->heap[k];
        i = k;
    }
    ctx->heap[i] = item;
    return top;
}

static void heap_pair(const struct ft_tok *tok, struct ft_tok_ctx *ctx, size_t *n, uint32_t a,
                      uint32_t b)
{
    const struct tok_unit *u = ctx->units.items;
    uint32_t rank = merge_of(tok, u[a].id, u[b].id)->rank;

    if (rank != NO_RANK) {
        heap_push(ctx, n, (struct tok_heap_item){rank, a, u[a].id, u[b].id});
    }
}

static size_t merge_heap(const struct ft_tok *tok, struct ft_tok_ctx *ctx, size_t n)
{
    struct tok_unit *u = ctx->units.items;
    size_t heap_n = 0, kept = 0;

    ft_grow(&ctx->next, &ctx->next_cap, n, sizeof *ctx->next);
    ft_grow(&ctx->prev, &ctx->prev_cap, n, sizeof *ctx->prev);
    for (uint32_t i = 0; i < n; i++) {
        ctx->next[i] = i + 1;
        ctx->prev[i] = i - 1; /* of the first one: UINT32_MAX */
    }
    for (uint32_t i = 0; i + 1 < n; i++) {
        heap_pair(tok, ctx, &heap_n, i, i + 1);
    }
    while (heap_n) {
        struct tok_heap_item top = heap_pop(ctx, &heap_n);
        uint32_t a = top.at, b = ctx->next[a];
        if (u[a].end == 0 || b >= n || u[a].id != top.left || u[b].id != top.right) {
            continue;
        }
        u[a].id = merge_of(tok, top.left, top.right)->id;
        u[a].end += u[b].end;
        u[b].end = 0; /* gone */
        ctx->next[a] = ctx->next[b];
        if (ctx->next[a] < n) {
            ctx->prev[ctx->next[a]] = a;
            heap_pair(tok, ctx, &heap_n, a, ctx->next[a]);
        }
        if (ctx->prev[a] != UINT32_MAX) {
            heap_pair(tok, ctx, &heap_n, ctx->prev[a], a);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (u[i].end) {
            u[kept++] = u[i];
        }
    }
    return kept;
}

/* Characters to units; those without a token become unknown ones, joined when fuse_unk. */
static void chars_to_units(const struct ft_tok *tok, struct tok_units *u, const char *word,
                           size_t n)
{
    bool last_unknown = false;

    for (size_t i = 0, from; i < n;) {
        from = i;
        ft_uni_next(word, n, &i);
        int32_t id =
            tok_map_get(&tok->vocab, tok_hash(word + from, i - from), word + from, i - from);
        if (id < 0 && tok->unk >= 0 && tok->fuse_unk && last_unknown) {
            u->items[u->n - 1].end += (uint32_t)(i - from);
        } else if (id >= 0 || tok->unk >= 0) {
            u->items[u->n++] = (struct tok_unit){id >= 0 ? id : tok->unk, (uint32_t)(i - from)};
        }
        last_unknown = id < 0 && (last_unknown || tok->unk >= 0);
    }
}

static void merge_units(const struct ft_tok *tok, struct ft_tok_ctx *ctx)
{
    struct tok_units *u = &ctx->units;
    uint32_t end = 0;

    u->n = u->n <= SCAN_MAX ? merge_scan(tok, u->items, u->n) : merge_heap(tok, ctx, u->n);
    for (size_t i = 0; i < u->n; i++) {
        end += u->items[i].end;
        u->items[i].end = end;
    }
}

void tok_bpe_split(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *word, size_t n)
{
    struct tok_units *u = &ctx->units;

    u->n = 0;
    ft_grow(&u->items, &u->cap, n + 1, sizeof *u->items);
    int32_t id = tok->ignore_merges ? tok_map_get(&tok->vocab, tok_hash(word, n), word, n) : -1;
    if (id >= 0) {
        u->items[u->n++] = (struct tok_unit){id, (uint32_t)n};
        return;
    }
    chars_to_units(tok, u, word, n);
    merge_units(tok, ctx);
}

static void split_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const uint8_t *word,
                       size_t n)
{
    struct tok_units *u = &ctx->units;

    u->n = 0;
    ft_grow(&u->items, &u->cap, n, sizeof *u->items);
    if (tok->ignore_merges) {
        ft_str_clear(&ctx->word);
        for (size_t i = 0; i < n; i++) {
            char buf[4];
            ft_str_add(&ctx->word, buf, ft_uni_put(tok_byte_char(word[i]), buf));
        }
        int32_t id = tok_map_get(&tok->vocab, tok_hash(ctx->word.data, ctx->word.len),
                                 ctx->word.data, ctx->word.len);
        if (id >= 0) {
            u->items[u->n++] = (struct tok_unit){id, (uint32_t)n};
            return;
        }
    }
    bool last_unknown = false;
    for (size_t i = 0; i < n; i++) {
        int32_t id = tok->byte_ids[word[i]];
        if (id < 0 && tok->unk >= 0 && tok->fuse_unk && last_unknown) {
            u->items[u->n - 1].end++;
        } else if (id >= 0 || tok->unk >= 0) {
            u->items[u->n++] = (struct tok_unit){id >= 0 ? id : tok->unk, 1};
        }
        last_unknown = id < 0 && u->n > 0 && (last_unknown || tok->unk >= 0);
    }
    merge_units(tok, ctx);
}

/* A stretch of UTF-8 that is cut into words, and how its bytes lie in the original text. */
struct stretch {
    const uint8_t *s;
    size_t n;
    const uint32_t *map; /* original code point of each byte; NULL: counted */
    size_t base;         /* code point of s[0] when counted */
    bool shifted;        /* s[0] is a blank put before the text */
    size_t at, chars;    /* counted: code points that begin before s[at] */
};

/* The original code point that the byte at `i` belongs to; `i` does not go back by more than a
 * character. */
static size_t char_of(struct stretch *p, size_t i)
{
    if (p->map) {
        return p->map[i];
    }
    while (p->at <= i) {
        p->chars += (p->s[p->at++] & 0xC0) != 0x80;
    }
    while (p->at > i + 1) {
        p->chars -= (p->s[--p->at] & 0xC0) != 0x80;
    }
    size_t k = p->chars - 1;
    return p->base + (p->shifted && k > 0 ? k - 1 : k);
}

static void emit_word(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct stretch *p,
                      size_t from, size_t end, struct ft_enc *out)
{
    const char *word = (const char *)p->s + from;
    size_t n = end - from, units_n, start = from;
    uint64_t hash = tok_hash(word, n);
    const struct tok_unit *u = tok_cache_get(ctx, hash, word, n, &units_n);

    if (!u) {
        split_word(tok, ctx, p->s + from, n);
        tok_cache_put(ctx, hash, word, n);
        u = ctx->units.items;
        units_n = ctx->units.n;
    }
    for (size_t k = 0; k < units_n; k++) {
        size_t first = char_of(p, start);
        start = from + u[k].end;
        tok_emit(out, u[k].id, first, char_of(p, start - 1) + 1);
    }
    tok_word_end(out);
}

enum { OTHER = 0, CLASSES = FT_UNI_SPACE | FT_UNI_LETTER | FT_UNI_NUMBER };

static unsigned class_at(const struct stretch *p, size_t i, size_t *next)
{
    *next = i;
    return ft_uni_class(ft_uni_next((const char *)p->s, p->n, next)) & CLASSES;
}

static size_t run_of(const struct stretch *p, size_t i, unsigned class)
{
    size_t next;

    while (i < p->n && class_at(p, i, &next) == class) {
        i = next;
    }
    return i;
}

static size_t contraction(const uint8_t *s, size_t n)
{
    if (n >= 2 && memchr("stmd", s[1], 4)) {
        return 2;
    }
    if (n >= 3 && ((s[1] == 'r' && s[2] == 'e') || (s[1] == 'v' && s[2] == 'e') ||
                   (s[1] == 'l' && s[2] == 'l'))) {
        return 3;
    }
    return 0;
}

/* Where the word that begins at s[i] ends. */
static size_t word_end(const struct stretch *p, size_t i)
{
    size_t next, last = i, end;
    unsigned class;

    if (p->s[i] == '\'' && (end = contraction(p->s + i, p->n - i)) > 0) {
        return i + end;
    }
    class = class_at(p, i, &next);
    if (p->s[i] == ' ' && next < p->n) {
        size_t after;
        unsigned second = class_at(p, next, &after);
        if (second != FT_UNI_SPACE) {
            return run_of(p, after, second);
        }
    }
    if (class != FT_UNI_SPACE) {
        return run_of(p, next, class);
    }
    end = run_of(p, next, FT_UNI_SPACE);
    if (end == p->n) {
        return end;
    }
    for (size_t k = i; k < end; class_at(p, k, &k)) {
        last = k;
    }
    return last > i ? last : end;
}

size_t tok_bpe_word_end(const char *text, size_t n, size_t i)
{
    struct stretch p = {.s = (const uint8_t *)text, .n = n};

    return word_end(&p, i);
}

static void stretch_words(const struct ft_tok *tok, struct ft_tok_ctx *ctx, struct stretch *p,
                          struct ft_enc *out)
{
    for (size_t i = 0; i < p->n;) {
        size_t end = tok->use_regex ? word_end(p, i) : p->n;
        emit_word(tok, ctx, p, i, end, out);
        i = end;
    }
}

/* s[0..n) between added tokens: the blank in front, then words. */
static void cut(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *s, size_t n,
                const uint32_t *map, size_t base, struct ft_enc *out)
{
    struct stretch p = {.s = (const uint8_t *)s, .n = n, .map = map, .base = base};
    char *copy = NULL;
    uint32_t *places = NULL;

    if (n == 0) {
        return;
    }
    if (tok->add_prefix_space && s[0] != ' ') {
        copy = ft_xmalloc(n + 1);
        copy[0] = ' ';
        memcpy(copy + 1, s, n);
        if (map) {
            places = ft_xmalloc((n + 1) * sizeof *places);
            places[0] = map[0];
            memcpy(places + 1, map, n * sizeof *places);
        }
        p = (struct stretch){(const uint8_t *)copy, n + 1, places, base, true, 0, 0};
    }
    stretch_words(tok, ctx, &p, out);
    free(copy);
    free(places);
}

void tok_bpe_stretch(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *s, size_t n,
                     const uint32_t *map, struct ft_enc *out)
{
    cut(tok, ctx, s, n, map, 0, out);
}

/* Whether the normalizer leaves the text as it is: a composed normal form changes nothing below
 * U+0300, any other nothing in ASCII. */
static bool is_normal(const struct ft_tok *tok, const char *text, size_t n)
{
    bool ascii = false;

    for (size_t i = 0; i < tok->ops_n; i++) {
        if (tok->ops[i] < TOK_OP_NFD || tok->ops[i] > TOK_OP_NFKC) {
            return false;
        }
        ascii |= tok->ops[i] != TOK_OP_NFC;
    }
    for (size_t i = 0; tok->ops_n && i < n; i++) {
        if ((uint8_t)text[i] >= (ascii ? 0x80 : 0xCC)) {
            return false;
        }
    }
    return true;
}

size_t tok_bpe_piece(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *text, size_t n,
                     size_t base, struct ft_enc *out)
{
    bool mapped = !is_normal(tok, text, n) || !ft_uni_valid(text, n);
    const char *s = text;
    const uint32_t *map = NULL;
    size_t len = n, done = 0, start, end, chars = base;
    const struct tok_added *a;

    if (mapped) {
        tok_normalize(tok, ctx, text, n, (uint32_t)base);
        tok_chars_to_text(ctx);
        s = ft_str_text(&ctx->text);
        len = ctx->text.len;
        map = ctx->map;
    }
    while ((a = tok_added_find(&tok->normalized, s, len, done, done, &start, &end))) {
        cut(tok, ctx, s + done, start - done, map ? map + done : NULL, chars, out);
        if (map) {
            tok_emit(out, a->id, map[start], map[end - 1] + 1u);
        } else {
            chars += ft_uni_count(s + done, start - done);
            size_t wide = ft_uni_count(s + start, end - start);
            tok_emit(out, a->id, chars, chars + wide);
            chars += wide;
        }
        tok_word_end(out);
        done = end;
    }
    cut(tok, ctx, s + done, len - done, map ? map + done : NULL, chars, out);
    return mapped ? ft_uni_count(text, n) : chars - base + ft_uni_count(s + done, len - done);
}
