/* Weights to disk: a safetensors writer. Tensors are laid out as the official library does (by size
 * of element, then by name), so the same tensors give the same bytes; the header is padded to 8
 * bytes. Every file is written under a temporary name and renamed: a full disk leaves no
 * partial file. `__metadata__` has "format":"pt" and a checksum (st_sum.h), which ft_st_verify
 * reads.
 *
 *     struct ft_st_item items[] = {{.name = "w", .dtype = FT_DTYPE_F32, .rank = 2, .shape = {2, 3},
 *                                   .data = w}};
 *     code = ft_st_save("x.safetensors", items, 1, NULL, NULL, &err);
 */
#ifndef FT_DATA_ST_WRITE_H
#define FT_DATA_ST_WRITE_H

#include "data/safetensors.h"

struct ft_st_item {
    const char *name;
    enum ft_dtype dtype;
    size_t rank;
    size_t shape[FT_ST_RANK_MAX];
    const void *data; /* row-major; NULL: asked for piece by piece through ft_st_source */
    size_t id;        /* the caller's, handed to ft_st_source */
};

/* Gives `n` bytes of the item from byte `first` on into `buf`: for tensors that are made or
 * converted while they are written. Called with rising `first`, pieces of at most 1 MB, whole
 * elements. */
typedef enum ft_status ft_st_fill_fn(void *arg, const struct ft_st_item *item, size_t first,
                                     size_t n, void *buf, struct ft_err *err);
struct ft_st_source {
    ft_st_fill_fn *fill;
    void *arg;
};

/* Writes one file. `meta`: further keys and values of `__metadata__` besides those two, as
 * {"key", "value", .., NULL}, or NULL. `src` may be NULL when every item has data.
 * Errors: FT_FORMAT (a name twice, a size that overflows), FT_IO with the path and what to do. */
enum ft_status ft_st_save(const char *path, const struct ft_st_item *items, size_t n,
                          const char *const *meta, const struct ft_st_source *src,
                          struct ft_err *err);

/* Writes model.safetensors into `dir`, or, when the tensors take more than shard_bytes (0: no
 * limit), model-0000i-of-0000n.safetensors and model.safetensors.index.json, in the order of the
 * items; the index comes last. Leftovers of the other form in `dir` are not touched. */
enum ft_status ft_st_save_dir(const char *dir, const struct ft_st_item *items, size_t n,
                              uint64_t shard_bytes, const char *const *meta,
                              const struct ft_st_source *src, struct ft_err *err);

/* Bytes that the tensors take, without headers; FT_FORMAT when it overflows. */
enum ft_status ft_st_items_bytes(const struct ft_st_item *items, size_t n, uint64_t *bytes,
                                 struct ft_err *err);

#endif
