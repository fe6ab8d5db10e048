/* Which tokens of two tokenizers stand for the same text: groups, the smallest spans of a text whose
 * both ends are token boundaries in both encodings. "un ##break ##able" and "unbreak ##able" have
 * the groups {un ##break | unbreak} and {##able | ##able}. Special tokens around the texts are
 * groups of their own: in order where both have as many, else only the first and the last ones.
 * Tokens that truncation left to one side only are in no group.
 *
 *     struct ft_token_groups g = {0};
 *     st = ft_token_groups_add(&g, &student, &teacher, err);     a text, appended
 *     .. g.items[g.start[i] .. g.start[i + 1]) are those of the i-th text ..
 *     ft_token_groups_release(&g);
 *
 * Threads: adding is one thread's; afterwards read-only. */
#ifndef FT_ENGINE_TASK_TOKEN_GROUPS_H
#define FT_ENGINE_TASK_TOKEN_GROUPS_H

#include "data/tok.h"
#include "util/err.h"

#include <stddef.h>
#include <stdint.h>

enum { FT_TOKEN_GROUPS_TOKENS_MAX = 65535 }; /* of one text */

/* Half-open ranges of tokens of one text, from its first. */
struct ft_token_group {
    uint16_t a, a_end, b, b_end;
};
struct ft_token_groups {
    size_t n;        /* texts */
    uint64_t *start; /* (n+1) into items */
    struct ft_token_group *items;
    /* private */
    size_t cap, items_cap;
};
/* Appends the groups of a text encoded twice. FT_UNSUPPORTED for more tokens than the limit. */
enum ft_status ft_token_groups_add(struct ft_token_groups *g, const struct ft_enc *a,
                                   const struct ft_enc *b, struct ft_err *err);
void ft_token_groups_release(struct ft_token_groups *g);

#endif
