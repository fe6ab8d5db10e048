/* Any bytes as a safetensors file: no crash, and after a successful open every view lies inside. */
#include "data/safetensors.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses: the bytes as they are, or behind a header length that fits, so that the
 * JSON is reached without guessing 8 bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    struct ft_err err = {0};
    struct ft_st *st = NULL;
    size_t skip = 1, n = size - skip, tail = data[0] & 31u;
    uint8_t *file = malloc(n + 8);
    if (!file) abort();
    if (data[0] & 128u) {
        memcpy(file, data + skip, n);
    } else {
        size_t json = n > tail ? n - tail : n;
        for (size_t i = 0; i < 8; i++)
            file[i] = (uint8_t)((uint64_t)json >> (8 * i));
        memcpy(file + 8, data + skip, n);
        n += 8;
    }
    if (!ft_st_open_mem(&st, file, n, "fuzz", &err)) {
        for (size_t i = 0; i < ft_st_count(st); i++) {
            const struct ft_st_tensor *t = ft_st_at(st, i);
            if (t->data < file || t->data + t->size_bytes > file + n) abort();
            if (ft_st_find(st, t->name) != t) abort();
            if (!ft_dtype_is_float(t->dtype)) continue;
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
