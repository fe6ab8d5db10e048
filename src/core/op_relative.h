/* MPNet's bias of attention scores by distance: a table of 32 buckets and H heads, in which near
 * distances have a bucket each and far ones share them, up to 128 tokens (T5's scheme, Raffel et
 * al., 1910.10683, section 2.1). The attention adds it (op_attn.h). */
#ifndef FT_CORE_OP_RELATIVE_H
#define FT_CORE_OP_RELATIVE_H

#include <stddef.h>
#include <stdint.h>

enum { FT_RELATIVE_BUCKETS = 32 };

/* The bucket of a key `distance` tokens behind (negative: in front of) its query. */
size_t op_relative_bucket(int64_t distance);

/* rel(H, 2 max - 1) = w(32, H) by bucket: head h, distance d at rel[h * (2 max - 1) + max - 1 + d]. */
void op_relative_fwd(float *rel, const float *w, size_t H, size_t max);
/* Adds to dw(32, H) what op_attn_bwd left in drel for B sequences. */
void op_relative_bwd(float *dw, const float *drel, const int32_t *starts, size_t B, size_t H);

#endif
