/* Added tokens that are written out in a text: which one comes next. Leftmost first, the longest of
 * those that begin there; then the token's own rules (single_word, lstrip, rstrip), as the
 * library's added vocabulary has them. */
#include "data/tok_in.h"

#include <stdlib.h>
#include <string.h>

static int by_first_then_longest(const void *pa, const void *pb)
{
    const struct tok_added *a = pa, *b = pb;
    int c = (uint8_t)a->text[0] - (uint8_t)b->text[0];

    if (c) {
        return c;
    }
    if (a->len != b->len) {
        return a->len < b->len ? 1 : -1;
    }
    return a->id - b->id;
}

static void build_set(struct tok_added_set *set)
{
    size_t at = 0;

    if (set->n) {
        qsort(set->items, set->n, sizeof *set->items, by_first_then_longest);
    }
    for (size_t byte = 0; byte < 256; byte++) {
        set->first[byte] = (uint32_t)at;
        while (at < set->n && (uint8_t)set->items[at].text[0] == byte) {
            at++;
        }
    }
    set->first[256] = (uint32_t)at;
}

/* A token with `normalized` is looked for in normalized text, in its own normalized form. */
static void add_normalized(struct ft_tok *tok, struct ft_tok_ctx *ctx, const struct tok_added *a)
{
    struct tok_added *slot = &tok->normalized.items[tok->normalized.n];

    *slot = *a;
    if (tok->ops_n) {
        tok_normalize(tok, ctx, a->text, a->len, 0);
        tok_chars_to_text(ctx);
        if (ctx->text.len == 0) {
            return;
        }
        slot->text = ft_arena_strndup(&tok->arena, ctx->text.data, ctx->text.len);
        slot->len = (uint32_t)ctx->text.len;
    }
    tok->normalized.n++;
}

void tok_added_sets(struct ft_tok *tok)
{
    struct ft_tok_ctx *ctx = ft_tok_ctx_new(tok);

    tok_added_sets_release(tok);
    tok->raw.items = ft_xcalloc(tok->added_n + 1, sizeof *tok->raw.items);
    tok->normalized.items = ft_xcalloc(tok->added_n + 1, sizeof *tok->normalized.items);
    for (size_t i = 0; i < tok->added_n; i++) {
        if (tok->added[i].normalized) {
            add_normalized(tok, ctx, &tok->added[i]);
        } else {
            tok->raw.items[tok->raw.n++] = tok->added[i];
        }
    }
    build_set(&tok->raw);
    build_set(&tok->normalized);
    ft_tok_ctx_free(ctx);
}

void tok_added_sets_release(struct ft_tok *tok)
{
    free(tok->raw.items);
    free(tok->normalized.items);
    memset(&tok->raw, 0, sizeof tok->raw);
    memset(&tok->normalized, 0, sizeof tok->normalized);
}

static bool word_before(const char *text, size_t at)
{
    return at > 0 && ft_uni_is_word(ft_uni_prev(text, &at));
}

static bool word_after(const char *text, size_t n, size_t at)
{
    return at < n && ft_uni_is_word(ft_uni_next(text, n, &at));
}

static const struct tok_added *match_at(const struct tok_added_set *set, const char *text, size_t n,
                                        size_t at)
{
    uint8_t byte = (uint8_t)text[at];

    for (uint32_t i = set->first[byte]; i < set->first[byte + 1]; i++) {
        const struct tok_added *a = &set->items[i];
        if (a->len <= n - at && memcmp(a->text, text + at, a->len) == 0) {
            return a;
        }
    }
    return NULL;
}

const struct tok_added *tok_added_find(const struct tok_added_set *set, const char *text, size_t n,
                                       size_t from, size_t done, size_t *start, size_t *end)
{
    if (set->n == 0) {
        return NULL;
    }
    for (size_t i = from; i < n;) {
        const struct tok_added *a;
        if (set->first[(uint8_t)text[i]] == set->first[(uint8_t)text[i] + 1] ||
            !(a = match_at(set, text, n, i))) {
            i++;
            continue;
        }
        *start = i;
        *end = i + a->len;
        i = *end;
        if (a->single_word && (word_before(text, *start) || word_after(text, n, *end))) {
            continue;
        }
        while (a->lstrip && *start > done) {
            size_t at = *start;
            if (!(ft_uni_class(ft_uni_prev(text, &at)) & FT_UNI_SPACE) || at < done) {
                break;
            }
            *start = at;
        }
        while (a->rstrip && *end < n) {
            size_t at = *end;
            if (!(ft_uni_class(ft_uni_next(text, n, &at)) & FT_UNI_SPACE)) {
                break;
            }
            *end = at;
        }
        return a;
    }
    return NULL;
}
