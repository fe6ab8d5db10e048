/* The pickle inside a PyTorch file, read without executing code: numbers, strings, tuples, lists,
 * dicts, storages and tensors become values of an arena. A pickle is a program for a small stack
 * machine; here it may name only what builds a tensor (torch._utils._rebuild_tensor_v2,
 * torch._utils._rebuild_parameter, torch.*Storage, collections.OrderedDict). Any other name is an
 * error that names it, and nothing is ever looked up or called.
 *
 * Not here: files, zip archives, and whether a tensor lies inside its storage (pt_file.h).
 * Source of the format: Python's pickletools.py, torch/serialization.py.
 * Threads: safe; nothing is kept between calls. */
#ifndef FT_DATA_PT_PICKLE_H
#define FT_DATA_PT_PICKLE_H

#include "util/err.h"
#include "util/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ft_pt_kind {
    FT_PT_NONE,
    FT_PT_BOOL,
    FT_PT_INT,
    FT_PT_BIG,  /* a whole number beyond 64 bits: text has its bytes, little-endian */
    FT_PT_REAL, /* the value is of no use here and not kept */
    FT_PT_TEXT,
    FT_PT_TUPLE,
    FT_PT_LIST,
    FT_PT_DICT,   /* items: key, value, key, value .. as set; a key set twice appears twice */
    FT_PT_GLOBAL, /* text: "torch.FloatStorage" */
    FT_PT_STORAGE,
    FT_PT_TENSOR, /* items: storage, storage_offset, size, stride: types unchecked */
};

struct ft_pt_value {
    enum ft_pt_kind kind;
    int64_t number;   /* BOOL, INT; STORAGE: its elements */
    const char *text; /* not ended by 0 */
    size_t text_len;
    struct ft_pt_value **items;
    size_t n, cap;
    /* STORAGE: text is its key */
    const char *type;         /* "FloatStorage", ended by 0 */
    int64_t first;            /* legacy views: the element of the stored one at which it begins */
    struct ft_pt_value *next; /* STORAGE: the one before it in the pickle */
};

/* Runs one pickle from `data` to its STOP; *used: its bytes; *storages: all that it names, linked
 * by `next`. Both may be NULL. `name` is for error texts. Values live in `arena`, their texts point
 * into `data`. A value may contain itself: walk with a limit. Errors: FT_FORMAT with the byte,
 * FT_UNSUPPORTED for a name that is not allowed. */
enum ft_status ft_pt_pickle(const uint8_t *data, size_t n, const char *name, struct ft_arena *arena,
                            struct ft_pt_value **out, struct ft_pt_value **storages, size_t *used,
                            struct ft_err *err);

/* The value of a text key of a DICT, the last one set; NULL: none, or no DICT. */
struct ft_pt_value *ft_pt_get(const struct ft_pt_value *dict, const char *key);
bool ft_pt_is_text(const struct ft_pt_value *v, const char *text);

#endif
