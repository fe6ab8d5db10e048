/* Unigram (SentencePiece): of all ways to cut a word into pieces the one whose scores add up to the
 * most (Viterbi), as Kudo, "Subword Regularization" (2018), has it. A character that no piece covers
 * alone is unknown, with the lowest score - 10; unknown ones in a row are one token, or their bytes.
 * Ties go to the way found first, and sums are in double in the library's order, so that equal
 * scores have equal tokens. */
#include "data/tok_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_START      UINT32_MAX
#define UNKNOWN_COSTS 10.0

/* --- the trie --- */

struct key {
    const char *text;
    uint32_t len;
    int32_t id;
};

static int by_text(const void *pa, const void *pb)
{
    const struct key *a = pa, *b = pb;
    uint32_t n = a->len < b->len ? a->len : b->len;
    int c = memcmp(a->text, b->text, n);

    return c ? c : a->len < b->len ? -1 : a->len > b->len;
}

/* The keys below a node while the trie is made, level by level: they share `depth` bytes. */
struct span {
    uint32_t from, end, depth;
};

static void make_trie(struct tok_trie *t, const struct key *keys, size_t n)
{
    struct span *spans = NULL;
    size_t cap = 0, nodes = 1;

    ft_grow(&spans, &cap, 1, sizeof *spans);
    spans[0] = (struct span){0, (uint32_t)n, 0};
    for (size_t at = 0; at < nodes; at++) {
        struct span s = spans[at];
        s.from += s.from < s.end && keys[s.from].len == s.depth;
        while (s.from < s.end) {
            uint32_t end = s.from + 1;
            while (end < s.end && keys[end].text[s.depth] == keys[s.from].text[s.depth]) {
                end++;
            }
            ft_grow(&spans, &cap, nodes + 1, sizeof *spans);
            spans[nodes++] = (struct span){s.from, end, s.depth + 1};
            s.from = end;
        }
    }
    t->n = nodes;
    t->labels = ft_xcalloc(nodes + 1, 1);
    t->ids = ft_xmalloc(nodes * sizeof *t->ids);
    t->first = ft_xmalloc((nodes + 1) * sizeof *t->first);
    for (size_t at = 0, next = 1; at < nodes; at++) {
        struct span s = spans[at];
        bool ends = s.from < s.end && keys[s.from].len == s.depth;
        t->ids[at] = ends ? keys[s.from].id : -1;
        t->first[at] = (uint32_t)next;
        /* the children are those of the next nodes that lie within this one's keys */
        while (next < nodes && spans[next].depth == s.depth + 1 && spans[next].from < s.end) {
            t->labels[next] = (uint8_t)keys[spans[next].from].text[s.depth];
            next++;
        }
    }
    t->first[nodes] = (uint32_t)nodes;
    free(spans);
}

void tok_trie_release(struct tok_trie *t)
{
    free(t->labels);
    free(t->first);
    free(t->ids);
    *t = (struct tok_trie){0};
}

/* The child of `node` by this byte; 0: none. */
static uint32_t child(const struct tok_trie *t, uint32_t node, uint8_t byte)
{
    uint32_t from = t->first[node], end = t->first[node + 1];

    while (end - from > 8) {
        uint32_t mid = from + (end - from) / 2;
        if (t->labels[mid] <= byte) {
            from = mid;
        } else {
            end = mid;
        }
    }
    for (; from < end; from++) {
        if (t->labels[from] == byte) {
            return from;
        }
    }
    return 0;
}

enum ft_status tok_unigram_finish(struct ft_tok *tok, const char *name, struct ft_err *err)
{
    struct key *keys = ft_xmalloc((tok->scores_n + 1) * sizeof *keys);
    double lowest = INFINITY;
    size_t n = 0;

    for (size_t id = 0; id < tok->scores_n; id++) {
        const struct tok_entry *e = &tok->entries[id];
        lowest = tok->scores[id] < lowest ? tok->scores[id] : lowest;
        if (e->len &&
            tok_map_get(&tok->vocab, tok_hash(e->text, e->len), e->text, e->len) == (int32_t)id) {
            keys[n++] = (struct key){e->text, e->len, (int32_t)id};
        }
    }
    if (tok->unk < 0 || (size_t)tok->unk >= tok->scores_n || n == 0) {
        free(keys);
        return ft_fail(err, FT_FORMAT, "%s: model: unk_id must be the index of a piece of vocab",
                       name);
    }
    tok->unk_score = lowest - UNKNOWN_COSTS;
    qsort(keys, n, sizeof *keys, by_text);
    make_trie(&tok->trie, keys, n);
    free(keys);
    return FT_OK;
}

/* --- the best way --- */

static size_t char_bytes(uint8_t first)
{
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static void improve(struct tok_best *b, double score, size_t start, int32_t id)
{
    if (b->start == NO_START || score > b->score) {
        *b = (struct tok_best){score, (uint32_t)start, id};
    }
}

static void find_best(const struct ft_tok *tok, struct tok_best *best, const char *word, size_t n)
{
    const struct tok_trie *t = &tok->trie;

    for (size_t i = 0; i <= n; i++) {
        best[i] = (struct tok_best){0, NO_START, -1};
    }
    for (size_t at = 0, len; at < n; at += len) {
        double so_far = best[at].score;
        uint32_t node = 0;
        bool alone = false;
        len = char_bytes((uint8_t)word[at]);
        for (size_t i = at; i < n && (node = child(t, node, (uint8_t)word[i])) != 0;) {
            int32_t id = t->ids[node];
            i++;
            if (id >= 0) {
                improve(&best[i], tok->scores[id] + so_far, at, id);
                alone |= i - at == len;
            }
        }
        if (!alone) {
            improve(&best[at + len], tok->unk_score + so_far, at, tok->unk);
        }
    }
}

/* A string without a piece as its bytes, all of which must be pieces. */
static bool add_bytes(const struct ft_tok *tok, struct tok_units *u, const char *text, size_t n,
                      uint32_t end)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t before = u->n;

    for (size_t i = 0; i < n; i++) { /* in reverse, as all units here */
        uint8_t b = (uint8_t)text[n - 1 - i];
        char piece[] = {'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'};
        int32_t id = tok_map_get(&tok->vocab, tok_hash(piece, sizeof piece), piece, sizeof piece);
        if (id < 0) {
            u->n = before;
            return false;
        }
        ft_grow(&u->items, &u->cap, u->n + 1, sizeof *u->items);
        u->items[u->n++] = (struct tok_unit){id, end};
    }
    return true;
}

static void add_piece(const struct ft_tok *tok, struct tok_units *u, const char *word, size_t from,
                      size_t end)
{
    size_t n = end - from;
    int32_t id = tok_map_get(&tok->vocab, tok_hash(word + from, n), word + from, n);

    if (id < 0 && tok->byte_fallback && add_bytes(tok, u, word + from, n, (uint32_t)end)) {
        return;
    }
    ft_grow(&u->items, &u->cap, u->n + 1, sizeof *u->items);
    u->items[u->n++] = (struct tok_unit){id >= 0 ? id : tok->unk, (uint32_t)end};
}

void tok_unigram_split(const struct ft_tok *tok, struct ft_tok_ctx *ctx, const char *word, size_t n)
{
    struct tok_units *u = &ctx->units;

    u->n = 0;
    ft_grow(&ctx->best, &ctx->best_cap, n + 1, sizeof *ctx->best);
    find_best(tok, ctx->best, word, n);
    for (size_t end = n; end > 0;) {
        size_t from = ctx->best[end].start;
        if (ctx->best[end].id == tok->unk) {
            while (from > 0 && ctx->best[from].id == tok->unk) {
                from = ctx->best[from].start;
            }
            add_piece(tok, u, word, from, end);
        } else {
            ft_grow(&u->items, &u->cap, u->n + 1, sizeof *u->items);
            u->items[u->n++] = (struct tok_unit){ctx->best[end].id, (uint32_t)end};
        }
        end = from;
    }
    for (size_t i = 0; i < u->n / 2; i++) {
        struct tok_unit t = u->items[i];
        u->items[i] = u->items[u->n - 1 - i];
        u->items[u->n - 1 - i] = t;
    }
}
