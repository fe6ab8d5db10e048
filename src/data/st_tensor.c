/* See st_tensor.h. */
#include "data/st_tensor.h"

#include <stdio.h>

char *ft_st_shape_text(const struct ft_st_tensor *t, char *buf, size_t size)
{
    int n = snprintf(buf, size, "(");
    for (size_t i = 0; i < t->rank && n >= 0 && (size_t)n < size; i++)
        n += snprintf(buf + n, size - (size_t)n, "%s%zu", i ? ", " : "", t->shape[i]);
    if (n >= 0 && (size_t)n < size) snprintf(buf + n, size - (size_t)n, ")");
    return buf;
}
