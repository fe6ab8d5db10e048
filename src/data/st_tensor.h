/* One tensor of a file of weights: its name, type, shape and where its elements are. Plain values;
 * what reads them is in safetensors.h. */
#ifndef FT_DATA_ST_TENSOR_H
#define FT_DATA_ST_TENSOR_H

#include "data/st_dtype.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FT_ST_RANK_MAX = 8 };          /* more dimensions are refused */
#define FT_ST_HEADER_MAX 100000000ull /* bytes of JSON; the official library's limit */

struct ft_st_tensor {
    const char *name; /* unique, never empty, without NUL; ended by 0 */
    size_t name_len;
    enum ft_dtype dtype;
    size_t rank; /* 0: a single number */
    size_t shape[FT_ST_RANK_MAX];
    size_t count;                  /* elements: the product of shape, checked */
    size_t size_bytes;             /* of its elements */
    const uint8_t *data;           /* of ft_st_open_mem: little-endian, any alignment; else NULL */
    bool strided;                  /* not row-major in the file (torch.save only) */
    size_t stride[FT_ST_RANK_MAX]; /* in elements, where strided */
    uint64_t offset;               /* of data from the start of its file */
    size_t shard;                  /* index for ft_st_file */
};

/* "(30522, 384)" into buf; returns buf. 192 bytes are always enough. */
char *ft_st_shape_text(const struct ft_st_tensor *t, char *buf, size_t size);

#endif
