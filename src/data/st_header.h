/* The JSON header of a safetensors file, checked: the inner part of safetensors.h, on its own
 * because it is what faces hostile bytes. Knows nothing of files and maps beyond the name for error
 * texts. */
#ifndef FT_DATA_ST_HEADER_H
#define FT_DATA_ST_HEADER_H

#include "data/st_tensor.h"
#include "util/err.h"
#include "util/mem.h"

struct ft_st_header {
    struct ft_st_tensor *tensors; /* sorted by offset; free() it */
    size_t count;
    const char **meta; /* key, value, key, value ..; free() it */
    size_t meta_count; /* pairs */
};

/* Parses the header of a file of n bytes: length, JSON, and whether the tensors fill the rest. Only
 * the first 8 bytes of `file` and, where they give a legal length, as many as they say are looked
 * at; ft_st_header_length tells how many that is. Names and metadata are copied into `arena`;
 * tensors[].data is left NULL. On failure nothing is to be freed but the arena. */
enum ft_status ft_st_header_parse(struct ft_st_header *h, const uint8_t *file, size_t n,
                                  const char *name, struct ft_arena *arena, struct ft_err *err);

/* Bytes of a file of n bytes that ft_st_header_parse looks at, from its first 8. */
size_t ft_st_header_length(const uint8_t first[8], size_t n);

#endif
