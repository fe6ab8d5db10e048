/* Element types of safetensors files: one row a type, and their conversion to float.
 * Not here: files (safetensors.h, st_write.h) and arithmetic (src/core). */
#ifndef FT_DATA_ST_DTYPE_H
#define FT_DATA_ST_DTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name in the file, bits an element. The list is that of the safetensors library; what fettle
 * cannot turn into floats is still read, checked and named. */
#define FT_DTYPE_LIST(X)                                                                           \
    X(BOOL, 8)                                                                                     \
    X(F4, 4)                                                                                       \
    X(F6_E2M3, 6)                                                                                  \
    X(F6_E3M2, 6)                                                                                  \
    X(U8, 8)                                                                                       \
    X(I8, 8)                                                                                       \
    X(F8_E5M2, 8)                                                                                  \
    X(F8_E4M3, 8)                                                                                  \
    X(F8_E5M2FNUZ, 8)                                                                              \
    X(F8_E4M3FNUZ, 8)                                                                              \
    X(F8_E8M0, 8)                                                                                  \
    X(I16, 16)                                                                                     \
    X(U16, 16)                                                                                     \
    X(F16, 16)                                                                                     \
    X(BF16, 16)                                                                                    \
    X(I32, 32)                                                                                     \
    X(U32, 32)                                                                                     \
    X(F32, 32)                                                                                     \
    X(C64, 64)                                                                                     \
    X(F64, 64)                                                                                     \
    X(I64, 64)                                                                                     \
    X(U64, 64)

enum ft_dtype {
#define X(id, bits) FT_DTYPE_##id,
    FT_DTYPE_LIST(X)
#undef X
        FT_DTYPE_COUNT
};

const char *ft_dtype_name(enum ft_dtype t);
size_t ft_dtype_bits(enum ft_dtype t);
bool ft_dtype_parse(const char *name, size_t n, enum ft_dtype *out); /* false: unknown */

/* F64, F32, F16, BF16: what ft_dtype_to_f32 takes. */
bool ft_dtype_is_float(enum ft_dtype t);

/* Converts n elements at `src` (any alignment, little-endian) to float; returns how many of the
 * results are NaN or infinite (a float64 above the range of float counts too). Subnormals are
 * exact. `t` must be a float type (ft_dtype_is_float). `src` and `dst` do not overlap. */
size_t ft_dtype_to_f32(enum ft_dtype t, const void *src, float *dst, size_t n);

/* How many of n floats are NaN or infinite. */
size_t ft_f32_bad(const float *x, size_t n);

/* The reverse, rounded to nearest, ties to even; returns how many finite values became infinite
 * (above the range of F16 or BF16). */
size_t ft_dtype_from_f32(enum ft_dtype t, const float *src, void *dst, size_t n);
/* Its name in config.json and in options: "float32", "bfloat16", ..; NULL for other types. */
const char *ft_dtype_torch_name(enum ft_dtype t);

/* Converts n integer or bool elements at `src` to int64; false when the type is no integer or a
 * value does not fit (U64 above the range). */
bool ft_dtype_to_i64(enum ft_dtype t, const void *src, int64_t *dst, size_t n);

float ft_f16_to_f32(uint16_t h);
float ft_bf16_to_f32(uint16_t h);

#endif
