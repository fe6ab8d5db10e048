/* Rotary positions (RoPE, Su et al., 2104.09864), in the order of columns of GPT-NeoX and Llama:
 * column c of a head and column c + D/2 are turned as one pair, by position * theta^(-2c/D). The
 * score of a query and a key then depends on their distance alone. D is even. The angles are float
 * products of float frequencies, as PyTorch has them: at position 8,000 another rounding of a
 * frequency would change a cosine by 1e-4. Threads: the caller's pool. */
#ifndef FT_CORE_OP_ROTARY_H
#define FT_CORE_OP_ROTARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* table(T,D): of each position D/2 cosines, then D/2 sines. */
void op_rotary_table(float *table, size_t T, size_t D, double theta);

/* Turns `heads` heads of D columns in each of N rows of x, ld floats apart, in place, by the positions
 * pos[n], or pos[rows[n]] with rows; the table has them. `back`: the other way, which is the
 * gradient. */
void op_rotary(float *x, const float *table, const int32_t *pos, const int32_t *rows, size_t N,
               size_t heads, size_t D, size_t ld, bool back);

#endif
