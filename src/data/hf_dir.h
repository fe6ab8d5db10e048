/* Writes a model folder in Hugging Face layout atomically: everything is written to a hidden
 * folder next to the target, which is renamed into place at the end. An interrupted write leaves
 * the old folder untouched; leftovers of dead processes are removed by the next write to the same
 * target.
 *
 *     struct ft_hf_dir d;
 *     if ((st = ft_hf_dir_begin(&d, "out/model", bytes, &err))) return st;
 *     st = ft_hf_dir_put_model(&d, &config, items, n, 0, NULL, &err);
 *     if (!st) st = .. the tokenizer's files into d.tmp ..
 *     return ft_hf_dir_end(&d, st, &err);       commits when st is FT_OK, else throws away
 *
 * Threads: one owner; two writers of one target are kept apart by the run folder's lock, not here.
 */
#ifndef FT_DATA_HF_DIR_H
#define FT_DATA_HF_DIR_H

#include "data/hf_config.h"
#include "data/st_write.h"

#include <stdbool.h>

struct ft_hf_dir {
    char *path; /* the target */
    char *tmp;  /* write here */
    bool fresh; /* the target must not be there at the end: FT_EXISTS, and it stays as it is */
};

/* Makes the hidden folder (and the target's parents). need_bytes: what will be written, checked
 * against the free space first; 0 skips that. */
enum ft_status ft_hf_dir_begin(struct ft_hf_dir *d, const char *path, uint64_t need_bytes,
                               struct ft_err *err);
/* The same in a folder that must be there: one that was moved away does not grow again. */
enum ft_status ft_hf_dir_begin_in(struct ft_hf_dir *d, const char *path, uint64_t need_bytes,
                                  struct ft_err *err);
/* config.json, model.safetensors (shards above shard_bytes, 0: never), and generation_config.json
 * for a causal LM. */
enum ft_status ft_hf_dir_put_model(struct ft_hf_dir *d, struct ft_hf_config *config,
                                   const struct ft_st_item *items, size_t n, uint64_t shard_bytes,
                                   const struct ft_st_source *src, struct ft_err *err);
/* Copies a file of another folder under its own name; missing is fine. */
enum ft_status ft_hf_dir_put_copy(struct ft_hf_dir *d, const char *from_dir, const char *name,
                                  struct ft_err *err);
/* With `st` FT_OK: puts the new folder in the target's place (the old one goes) and returns how
 * that went. Else: removes what was written and returns `st`; err keeps its text. */
enum ft_status ft_hf_dir_end(struct ft_hf_dir *d, enum ft_status st, struct ft_err *err);

#endif
