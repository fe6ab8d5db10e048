/* The JSON header of a safetensors file, checked: the inner part of safetensors.h, on its own
 * because it is what faces hostile bytes. Knows nothing of files and maps beyond the name for error
 * texts. */
#ifndef FT_DATA_ST_HEADER_H
#define FT_DATA_ST_HEADER_H

#include "data/safetensors.h"
#include "util/mem.h"

struct ft_st_header {
    struct ft_st_tensor *tensors; /* sorted by offset; free() it */
    size_t count;
    const char **meta; /* key, value, key, value ..; free() it */
    size_t meta_count; /* pairs */
};

/* Parses a whole file of n bytes: length, JSON, data. Names and metadata are copied into `arena`;
 * tensors[].data points into `file`. On failure nothing is to be freed but the arena. */
enum ft_status ft_st_header_parse(struct ft_st_header *h, const uint8_t *file, size_t n,
                                  const char *name, struct ft_arena *arena, struct ft_err *err);

#endif
