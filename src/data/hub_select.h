/* Which files of a model on the hub are downloaded: config.json, tokenizer, modules.json of
 * sentence-transformers with its folders, and the weights once: safetensors, else those of
 * torch.save, in one file or in the shards that their index names. Nothing else: no weights of other
 * programs, no code, no other pickled files.
 *
 *     bool *wanted = ft_hub_select(&info);               one for each of info.names; free() it
 *     if (wanted[modules.json]) st = ft_hub_select_modules(&info, wanted, text, n, err);
 *     .. for each wanted[i] with ft_hub_is_index(info.names[i]): ft_hub_select_shards(..) ..
 *     st = ft_hub_select_check(&info, wanted, r->id, err);
 *
 * Opens nothing; texts are given by the caller. Threads: safe. */
#ifndef FT_DATA_HUB_SELECT_H
#define FT_DATA_HUB_SELECT_H

#include "data/hub_info.h"
#include "util/err.h"

#include <stdbool.h>
#include <stddef.h>

#define FT_HUB_MODULES "modules.json"
#define FT_HUB_CONFIG  "config.json"

/* By their names alone. */
bool *ft_hub_select(const struct ft_hub_info *info);
/* And those in the folders that modules.json, n bytes of text, names. */
enum ft_status ft_hub_select_modules(const struct ft_hub_info *info, bool *wanted, const char *text,
                                     size_t n, struct ft_err *err);
/* And the shards that info->names[index] names. FT_FORMAT when one is not a plain name or not in
 * the list. */
enum ft_status ft_hub_select_shards(const struct ft_hub_info *info, bool *wanted, size_t index,
                                    const char *text, size_t n, struct ft_err *err);
/* FT_UNSUPPORTED when there is no config.json, or neither weights nor an index of them. */
enum ft_status ft_hub_select_check(const struct ft_hub_info *info, const bool *wanted,
                                   const char *id, struct ft_err *err);

/* The file among the names; info->n: it is not there. */
size_t ft_hub_select_find(const struct ft_hub_info *info, const char *name);
bool ft_hub_is_index(const char *name);   /* "DIR/model.safetensors.index.json" */
bool ft_hub_is_weights(const char *name); /* ends in .safetensors or .bin */

#endif
