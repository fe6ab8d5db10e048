/* Sums of embedding rows (token, position, token type), forward and backward. */
#ifndef FT_CORE_OP_EMBED_H
#define FT_CORE_OP_EMBED_H

#include <stddef.h>
#include <stdint.h>

/* y(N,C) = tok[ids] + pos[positions] + type[types]. pos or type may be NULL, then its ids are not
 * read; types NULL with type given means type 0 everywhere. The caller has checked every id. */
void op_embed_fwd(float *y, const int32_t *ids, const int32_t *positions, const int32_t *types,
                  const float *tok, const float *pos, const float *type, size_t N, size_t C);
/* Adds dy(N,C) to the rows used; any of dtok, dpos, dtype may be NULL (frozen). Each worker owns
 * a range of columns, so the sums do not depend on the number of threads. */
void op_embed_bwd(float *dtok, float *dpos, float *dtype, const float *dy, const int32_t *ids,
                  const int32_t *positions, const int32_t *types, size_t N, size_t C);

#endif
