/* Weights on disk: a reader for safetensors files, single or sharded, and for those of torch.save
 * (pt_file.h). Opening reads the header; tensors are read one by one. Everything in it is treated
 * as hostile and checked on opening, as the official library does: header length, JSON, names,
 * types, shapes, offsets, no overlap, no hole, no bytes left over. Which of the two formats a file
 * has is decided by its first bytes; a file of another program is an error that says what it is
 * (foreign.h).
 *
 *     struct ft_st *st;
 *     if ((code = ft_st_open_dir(&st, "models/minilm", &err))) return code;
 *     const struct ft_st_tensor *t = ft_st_find(st, "embeddings.word_embeddings.weight");
 *     if (t && t->rank == 2) code = ft_st_read_f32(st, t, dst, &err);
 *     ft_st_close(st);
 *
 * Nothing is mapped: a file that another program cuts short meanwhile is an error of the next read.
 * Threads: an open ft_st is read-only; every function but open and close is safe from many threads.
 */
#ifndef FT_DATA_SAFETENSORS_H
#define FT_DATA_SAFETENSORS_H

#include "data/st_tensor.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FT_ST_FILE  "model.safetensors"
#define FT_ST_INDEX "model.safetensors.index.json"
#define FT_PT_FILE  "pytorch_model.bin"
#define FT_PT_INDEX "pytorch_model.bin.index.json"

struct ft_st;

/* One file. Errors: FT_NOTFOUND, FT_IO, FT_FORMAT; the text names file, tensor, byte, what was
 * found and what was expected. */
enum ft_status ft_st_open(struct ft_st **out, const char *path, struct ft_err *err);

/* A model's folder: model.safetensors, else model.safetensors.index.json with its shards (each
 * tensor must be in the shard that the index says; tensors that the index does not name are
 * refused), else pytorch_model.bin, else its index. With none of them there the text says what is
 * there instead: FT_UNSUPPORTED. */
enum ft_status ft_st_open_dir(struct ft_st **out, const char *dir, struct ft_err *err);

/* The same checks over bytes in memory, which must outlive the ft_st; `name` is for error texts. */
enum ft_status ft_st_open_mem(struct ft_st **out, const void *data, size_t n, const char *name,
                              struct ft_err *err);
void ft_st_close(struct ft_st *st); /* NULL is fine */

size_t ft_st_count(const struct ft_st *st);
/* In the order of the data in the files, shard after shard; i < count. */
const struct ft_st_tensor *ft_st_at(const struct ft_st *st, size_t i);
const struct ft_st_tensor *ft_st_find(const struct ft_st *st,
                                      const char *name); /* NULL: not there */
/* A value of `__metadata__` (of the first file that has it), NULL when there is none. */
const char *ft_st_meta(const struct ft_st *st, const char *key);

/* Whether the folder has weights of a name that ft_st_open_dir reads. */
bool ft_st_is_there(const char *dir);
/* Written by torch.save, at least one of its files. */
bool ft_st_is_pytorch(const struct ft_st *st);
/* Reads all bytes and compares them with the checksums that fettle writes into its files: FT_FORMAT
 * names a file that is damaged. A file without one (of another program) passes. */
enum ft_status ft_st_verify(const struct ft_st *st, struct ft_err *err);

size_t ft_st_files(const struct ft_st *st);                   /* shards, 1 for a single file */
const char *ft_st_file(const struct ft_st *st, size_t shard); /* its path */
uint64_t ft_st_data_bytes(const struct ft_st *st);            /* of all tensors */

/* Converts the whole tensor (F64, F32, F16, BF16) into dst[t->count]. A NaN or infinite value is
 * FT_NUMERIC with the count and the place of the first; dst is then filled all the same. Other
 * types: FT_UNSUPPORTED. */
enum ft_status ft_st_read_f32(const struct ft_st *st, const struct ft_st_tensor *t, float *dst,
                              struct ft_err *err);
/* Integers and booleans into dst[t->count]; other types: FT_UNSUPPORTED. */
enum ft_status ft_st_read_i64(const struct ft_st *st, const struct ft_st_tensor *t, int64_t *dst,
                              struct ft_err *err);

/* The elements as they are in the file: t->size_bytes, row-major, little-endian. */
enum ft_status ft_st_read_raw(const struct ft_st *st, const struct ft_st_tensor *t, void *dst,
                              struct ft_err *err);

/* ft_st_verify and ft_st_read_f32 of `n` tensors in one pass over the files, by two threads: the
 * caller's and one more, which has ended when it returns. Errors, also when several apply: a file
 * that is damaged, else the first of `wanted` that cannot be read. */
struct ft_st_wanted {
    const struct ft_st_tensor *tensor;
    float *dst; /* tensor->count of them */
};
enum ft_status ft_st_load(const struct ft_st *st, const struct ft_st_wanted *wanted, size_t n,
                          struct ft_err *err);

#endif
