/* Private to safetensors.c (opening) and st_read.c (reading values). */
#ifndef FT_DATA_SAFETENSORS_IN_H
#define FT_DATA_SAFETENSORS_IN_H

#include "data/safetensors.h"
#include "util/hash.h"
#include "util/mem.h"

struct ft_st_shard {
    char *path;
    int fd;             /* -1: bytes in memory.. */
    const uint8_t *mem; /* ..which are these */
    uint64_t size_bytes;
    const char **meta;
    size_t meta_count;
};

struct ft_st {
    struct ft_st_shard *shards;
    size_t shard_count, shard_cap;
    struct ft_st_tensor *tensors;
    size_t count, cap;
    uint64_t data_bytes;
    bool pytorch;
    struct ft_strmap by_name;
    struct ft_arena arena;
};

/* n bytes of a shard's file from byte `at`. Errors: FT_IO, also when the file has become shorter. */
enum ft_status ft_st_read_at(const struct ft_st_shard *s, uint64_t at, void *dst, size_t n,
                             struct ft_err *err);

#endif
