/* Products of rows with weights of 8 bits, for inference. Rows: quantized as they come, each with its
 * own scale and zero point, to 0..255 over the range of its values and 0. Weights: quantized with a
 * scale for each column of the result, the larger of
 *
 *     - its largest weight / 127, and
 *     - its largest sum of weights of one sign in one lane / 126,
 *
 * a lane being numbers 0, 1, 4, 5 of 8 neighbours along K, or the other four. Rounding adds at most 2 to
 * such a sum, so that the products of a lane with a row add up to at most 128 * 255 = 32,640: AVX2
 * multiplies bytes only with sums in 16 bits. Sums are exact and the same on every processor; the
 * result is
 *
 *     scale of the row * scale of the column * sum (q - zero) w + bias
 *
 * in fp32. A row's result has the same bits in every product. Threads: by core/pool.h; not to be
 * called inside a run. Nothing is allocated. Private to core. */
#ifndef FT_CORE_PANELS_INT8_H
#define FT_CORE_PANELS_INT8_H

#include "core/panels.h"

/* The largest I: sums stay within 32 bits. */
#define FT_PANELS_INT8_I_MAX ((size_t)65536)

/* true where the processor multiplies bytes faster than floats; elsewhere the products are right
 * and slow. */
bool ft_panels_int8_fast(void);

/* Bytes of the panels with their scales; SIZE_MAX when that overflows. */
size_t ft_panels_int8_bytes(size_t I, size_t O);
/* Quantizes and arranges. Weights must be finite. */
void ft_panels_int8_arrange(void *panels, const struct ft_weights *w);

/* c(M,n) = a(M,I) times columns [from, from + n) of the layer's result, + bias(n) (NULL: none). A
 * row that is not finite, or whose range is not, gives NaN. c must not overlap a. */
void ft_panels_int8_product(float *c, size_t ldc, const float *a, size_t lda, size_t M, size_t I,
                            size_t O, const void *panels, size_t from, size_t n, const float *bias);

#endif
