/* Private to safetensors.c (opening), st_read.c (reading values) and st_load.c (all of them). */
#ifndef FT_DATA_SAFETENSORS_IN_H
#define FT_DATA_SAFETENSORS_IN_H

#include "data/safetensors.h"
#include "util/checksum.h"
#include "util/hash.h"
#include "util/mem.h"

/* Read at a time: stays in the second-level cache until it is looked at. */
#define FT_ST_PIECE_BYTES ((size_t)1 << 18)

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

/* Whether fettle wrote it, with a checksum. The checksum of the first bytes of such a file, whose
 * digits become zeros. */
enum ft_status ft_st_has_sum(const struct ft_st_shard *s, bool *has, struct ft_err *err);
void ft_st_sum_take(void *first, char want[FT_CHECKSUM_DIGITS + 1]);

/* The errors of a damaged file, and of a tensor of which `bad` (> 0) of the values are not finite. */
enum ft_status ft_st_fail_sum(const struct ft_st_shard *s, const char *is, const char *want,
                              struct ft_err *err);
enum ft_status ft_st_fail_bad(const struct ft_st *st, const struct ft_st_tensor *t,
                              const float *values, size_t bad, struct ft_err *err);

#endif
