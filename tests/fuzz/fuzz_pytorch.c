/* Any bytes as a file of torch.save: no crash, and after a successful open every element that a
 * tensor's strides reach lies inside. */
#include "data/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    uint8_t *file = malloc(size ? size : 1);
    if (!file) abort();
    if (size) memcpy(file, data, size);
    if (!ft_st_open_mem(&st, file, size, "fuzz", &err)) {
        for (size_t i = 0; i < ft_st_count(st); i++) {
            const struct ft_st_tensor *t = ft_st_at(st, i);
            if (ft_st_find(st, t->name) != t) abort();
            if (!ft_dtype_is_float(t->dtype) || t->count > 1 << 16) continue;
            float *f = malloc((t->count + 1) * sizeof *f);
            if (!f) abort();
            ft_st_read_f32(st, t, f, &err);
            free(f);
        }
        ft_st_close(st);
    } else if (!err.msg[0]) {
        abort(); /* a refusal must say why */
    }
    free(file);
    return 0;
}
