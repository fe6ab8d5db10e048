/* One row times a matrix: what generation does for each token. Bound by reading the weights, so the
 * threads share them and each is read once, in order. Private to core. */
#ifndef FT_CORE_MATVEC_H
#define FT_CORE_MATVEC_H

#include <stdbool.h>
#include <stddef.h>

/* y(O) = x(I) w + b(O); w is (O,I), or (I,O) when in_out. b may be NULL. y must not be x. */
void ft_matvec(float *y, const float *x, const float *w, const float *b, size_t I, size_t O,
               bool in_out);

#endif
