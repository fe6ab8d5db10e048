/* Properties of the model families, from their rows (family_NAME.c). What differs between families
 * is asked here, by property; a family's name is for messages and config.json only. */
#ifndef FT_CORE_FAMILY_H
#define FT_CORE_FAMILY_H

#include "util/kinds.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ft_family_has_head(enum ft_family family, enum ft_head head); /* its table has one's rows */
bool ft_family_is_causal(enum ft_family family);       /* tokens see only those before them */
bool ft_family_classifies_last(enum ft_family family); /* by a text's last token, else its first */
bool ft_family_is_gated(enum ft_family family);        /* a gated feed-forward part */
bool ft_family_shares_layers(enum ft_family family);   /* one set of weights for all of them */
bool ft_family_counts_from_pad(
    enum ft_family family); /* positions start at pad_id + 1, else at 0 */
/* The longest sequence with a table of `positions`, special tokens included. */
size_t ft_family_tokens_max(enum ft_family family, size_t positions, int32_t pad_id);

#endif
