/* The families by number: see family.h. */
#include "core/family_in.h"

static const struct ft_family_def *const families[FT_FAMILY_COUNT] = {
#define X(id, name, word, title) &ft_family_##name,
    FT_FAMILY_LIST(X)
#undef X
};

const struct ft_family_def *ft_family_get(enum ft_family family)
{
    return families[family];
}

bool ft_family_has_head(enum ft_family family, enum ft_head head)
{
    const struct ft_family_def *f = families[family];
    if (head == FT_HEAD_NONE) return true; /* every family has a body */
    for (size_t i = 0; i < f->specs_n; i++)
        if (f->specs[i].flags & FT_PARAM_HEAD && f->specs[i].heads & 1u << head) return true;
    return false;
}

bool ft_family_is_causal(enum ft_family family)
{
    return families[family]->causal;
}

bool ft_family_classifies_last(enum ft_family family)
{
    return families[family]->classify_last;
}

bool ft_family_is_gated(enum ft_family family)
{
    return families[family]->gated;
}

bool ft_family_shares_layers(enum ft_family family)
{
    return families[family]->shared_layers;
}

bool ft_family_counts_from_pad(enum ft_family family)
{
    return families[family]->pos_from_pad;
}

size_t ft_family_tokens_max(enum ft_family family, size_t positions, int32_t pad_id)
{
    size_t first = families[family]->pos_from_pad ? (size_t)((int64_t)pad_id + 1) : 0;
    return positions > first ? positions - first : 0;
}
