/* Weights saved by torch.save: the zip form (since PyTorch 1.6) and the legacy form, a chain of
 * pickles with the storages behind it. Nothing in the file is run (pt_pickle.h). A tensor is a
 * place in the file, with strides where it is not row-major; every one is checked to lie inside its
 * storage, and every storage inside the file. Storages may be shared (tied weights).
 *
 * What is looked for is a state dict: a dict of names and tensors, or one under the key
 * "state_dict", "model_state_dict" or "model" of a training checkpoint.
 *
 * Source: torch/serialization.py (_save, _legacy_save). Threads: safe; nothing is kept. */
#ifndef FT_DATA_PT_FILE_H
#define FT_DATA_PT_FILE_H

#include "data/pt_zip.h"
#include "data/st_header.h"

/* By the first bytes: a zip archive or a legacy file of torch.save. */
bool ft_pt_is_file(const uint8_t *data, size_t n);

/* Fills what ft_st_header_parse fills: tensors by offset (shared storages: the same one), names in
 * `arena`, data NULL. Errors: FT_FORMAT, FT_IO, FT_NOMEM, FT_UNSUPPORTED (a name that is not
 * allowed, a type or an order of bytes that is not read). */
enum ft_status ft_pt_parse(struct ft_st_header *h, const struct ft_pt_source *source,
                           struct ft_arena *arena, struct ft_err *err);

#endif
