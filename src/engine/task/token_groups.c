/* Groups of tokens of two encodings: see token_groups.h. */
#include "engine/task/token_groups.h"

#include "util/mem.h"

#include <stdlib.h>
#include <string.h>

static void put(struct ft_token_groups *g, size_t a, size_t a_end, size_t b, size_t b_end)
{
    size_t at = (size_t)g->start[g->n + 1]++;
    ft_grow(&g->items, &g->items_cap, at + 1, sizeof *g->items);
    g->items[at] =
        (struct ft_token_group){(uint16_t)a, (uint16_t)a_end, (uint16_t)b, (uint16_t)b_end};
}

/* The next token of this part at or behind `i`; e->n: there is none. */
static size_t next_of(const struct ft_enc *e, size_t i, enum ft_tok_part part)
{
    while (i < e->n && e->parts[i] != part)
        i++;
    return i;
}

/* The groups of one of the texts. Both sides go on to the next common end; a token that lies before
 * all that is left of the other side has no counterpart. */
static void match_part(struct ft_token_groups *g, const struct ft_enc *a, const struct ft_enc *b,
                       enum ft_tok_part part)
{
    size_t i = next_of(a, 0, part), k = next_of(b, 0, part);
    while (i < a->n && k < b->n) {
        size_t from_a = i, from_b = k;
        uint32_t end_a = a->bytes[i].end, end_b = b->bytes[k].end;
        if (end_a <= b->bytes[k].start) {
            i = next_of(a, i + 1, part);
            continue;
        }
        if (end_b <= a->bytes[i].start) {
            k = next_of(b, k + 1, part);
            continue;
        }
        size_t last_a = i, last_b = k;
        i = next_of(a, i + 1, part);
        k = next_of(b, k + 1, part);
        bool gap = false;
        while (end_a != end_b && !gap) {
            if (end_a < end_b) {
                gap = i >= a->n || a->bytes[i].start >= end_b;
                if (gap) break;
                end_a = a->bytes[i].end;
                last_a = i;
                i = next_of(a, i + 1, part);
            } else {
                gap = k >= b->n || b->bytes[k].start >= end_a;
                if (gap) break;
                end_b = b->bytes[k].end;
                last_b = k;
                k = next_of(b, k + 1, part);
            }
        }
        if (!gap) put(g, from_a, last_a + 1, from_b, last_b + 1);
    }
}

static size_t count_added(const struct ft_enc *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n; i++)
        n += e->parts[i] == FT_TOK_ADDED;
    return n;
}

static void match_added(struct ft_token_groups *g, const struct ft_enc *a, const struct ft_enc *b)
{
    size_t n = count_added(a), i = next_of(a, 0, FT_TOK_ADDED), k = next_of(b, 0, FT_TOK_ADDED);
    if (n == count_added(b)) {
        for (; i < a->n; i = next_of(a, i + 1, FT_TOK_ADDED), k = next_of(b, k + 1, FT_TOK_ADDED))
            put(g, i, i + 1, k, k + 1);
        return;
    }
    if (!i && !k && a->n && b->n) put(g, 0, 1, 0, 1);
    if (a->n > 1 && b->n > 1 && a->parts[a->n - 1] == FT_TOK_ADDED &&
        b->parts[b->n - 1] == FT_TOK_ADDED)
        put(g, a->n - 1, a->n, b->n - 1, b->n);
}

enum ft_status ft_token_groups_add(struct ft_token_groups *g, const struct ft_enc *a,
                                   const struct ft_enc *b, struct ft_err *err)
{
    if (a->n > FT_TOKEN_GROUPS_TOKENS_MAX || b->n > FT_TOKEN_GROUPS_TOKENS_MAX)
        return ft_fail(
            err, FT_UNSUPPORTED,
            "a text of %zu tokens is too long for the hidden-state loss, which takes %d: "
            "lower max_seq_length",
            a->n > b->n ? a->n : b->n, (int)FT_TOKEN_GROUPS_TOKENS_MAX);
    ft_grow(&g->start, &g->cap, g->n + 2, sizeof *g->start);
    if (!g->n) g->start[0] = 0;
    g->start[g->n + 1] = g->start[g->n];
    match_added(g, a, b);
    match_part(g, a, b, FT_TOK_FIRST);
    match_part(g, a, b, FT_TOK_SECOND);
    g->n++;
    return FT_OK;
}

void ft_token_groups_release(struct ft_token_groups *g)
{
    free(g->start);
    free(g->items);
    memset(g, 0, sizeof *g);
}
